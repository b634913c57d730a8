//! The machine's invariants under random life.

use proptest::prelude::*;

use super::super::super::effects::{Deadline, Effect, Input, Step, StopCause};
use super::*;

/// A world that answers as the actor's does: one call at a time, deadlines as set.
#[derive(Debug)]
struct World {
    state: ServerState,
    call: Option<Call>,
    deadline: Option<Deadline>,
    minted: u32,
    revoked: u32,
    route_asked: bool,
    routes_deleted: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Call {
    Start,
    Check,
    /// Waits for its turn: no call, but something will come.
    Turn,
    Engine,
    Stop(StopMode),
    Probe,
    Route,
}

impl World {
    fn new() -> Self {
        let (state, call, deadline) = (ServerState::new(), None, None);
        Self { state, call, deadline, minted: 0, revoked: 0, route_asked: false, routes_deleted: 0 }
    }

    /// What can happen now, besides somebody asking.
    fn may_happen(&self) -> Vec<Input> {
        let exited = || Input::Observed(Liveness::Exited(Exit::default()));
        let mut may = match self.call {
            None => vec![],
            Some(Call::Start) => vec![
                Input::Started { url: URL.into() },
                Input::StartFailed { failure: failure("x") },
                Input::Progressed { step: StartStep::Pulling },
                Input::Progressed { step: StartStep::Creating },
            ],
            Some(Call::Check) => vec![
                Input::Adopted { url: URL.into() },
                Input::NotAdopted { failure: failure("x") },
                exited(),
                Input::Observed(Liveness::Gone),
            ],
            Some(Call::Stop(mode)) => {
                let gone = Input::EngineGone { failure: failure("engine_gone") };
                vec![Input::Stopped { log: vec![] }, Input::StopFailed { mode, failure: failure("x") }, gone]
            }
            Some(Call::Engine) => vec![Input::EngineBack],
            Some(Call::Turn) => vec![Input::LetIn, Input::StartFailed { failure: failure("x") }],
            Some(Call::Probe) => vec![Input::Answered],
            Some(Call::Route) => vec![Input::Routed { started: None }, Input::RouteFailed { failure: failure("x") }],
        };
        may.extend(self.deadline.map(|deadline| Input::DeadlinePassed { deadline, seen: None }));
        if is_watched(&self.state) {
            may.extend([exited(), Input::Observed(Liveness::Gone), Input::Observed(Liveness::Running)]);
            may.push(Input::Adopted { url: "http://127.0.0.1:2".into() });
        }
        may
    }

    fn feed(&mut self, input: Input) {
        match &input {
            Input::DeadlinePassed { .. } => self.deadline = None,
            Input::Observed(_) if self.call != Some(Call::Check) => {}
            Input::Adopted { .. } if self.call != Some(Call::Check) => {}
            Input::Progressed { .. }
            | Input::StartAsked
            | Input::StartQueued
            | Input::StopAsked { .. }
            | Input::Found => {}
            _ => self.call = None,
        }
        let was_active = self.state.is_active();
        let Ok(Step { next, effects }) = step(&self.state, input, &moment()) else { return };
        if !was_active && next.is_active() {
            (self.revoked, self.routes_deleted, self.route_asked) = (0, 0, false);
        }
        self.state = next;
        self.call = match (&self.state, self.call) {
            (ServerState::Queued { .. }, None) => Some(Call::Turn),
            (ServerState::Queued { .. }, call) => call,
            (_, Some(Call::Turn)) => None,
            (_, call) => call,
        };
        for effect in effects {
            self.perform(&effect);
        }
        self.check(was_active);
    }

    fn perform(&mut self, effect: &Effect) {
        let call = match effect {
            Effect::CallStart => Call::Start,
            Effect::CallCheck => Call::Check,
            Effect::CallStop { mode } => Call::Stop(*mode),
            Effect::AwaitEngine => Call::Engine,
            Effect::Probe { .. } => Call::Probe,
            Effect::AddRoute { .. } => {
                self.route_asked = true;
                Call::Route
            }
            Effect::DropCall => return self.call = None,
            Effect::SetDeadline { deadline, .. } => return self.deadline = Some(*deadline),
            Effect::ClearDeadline => return self.deadline = None,
            Effect::MintTokens => return self.minted += 1,
            Effect::RevokeTokens => return self.revoked += 1,
            Effect::DeleteRoute => return self.routes_deleted += 1,
            Effect::TakeLog | Effect::CancelStart | Effect::Persist | Effect::Publish => return,
        };
        assert_eq!(self.call.replace(call), None, "two live calls: {self:?}");
    }

    fn check(&self, was_active: bool) {
        let waits_for_something = self.call.is_some() || self.state.is_ready();
        assert_eq!(self.state.is_active(), waits_for_something, "stuck, or busy at rest: {self:?}");
        if self.state.is_ready() {
            assert!(self.route_asked, "ready without a route: {self:?}");
        }
        if was_active && self.state.is_stopped() {
            assert_eq!((self.revoked, self.routes_deleted), (1, 1), "left something behind: {self:?}");
        }
        if self.state.is_stopped() {
            assert_eq!(self.deadline, None, "a deadline at rest: {self:?}");
        }
        if matches!(self.state, ServerState::Stopping { .. } | ServerState::Waiting { .. }) {
            assert!(self.deadline.is_some() || self.call == Some(Call::Engine), "waits for ever: {self:?}");
        }
    }
}

fn asked(choice: u8) -> Input {
    let (graceful, kill) = (StopMode::Graceful, StopMode::Kill);
    match choice % 5 {
        4 => Input::StartQueued,
        0 => Input::StopAsked {
            mode: graceful,
            cause: StopCause::Culled { rule: "idle".into(), words: "Nobody used it.".into() },
        },
        1 => Input::StopAsked { mode: kill, cause: StopCause::Asked },
        2 => Input::Found,
        _ => Input::StartAsked,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_happens_the_invariants_hold_and_a_stop_comes_to_an_end(choices in prop::collection::vec(any::<u8>(), 1..80)) {
        let mut world = World::new();
        let pick = |world: &mut World, choice: u8| {
            let may = world.may_happen();
            let nothing = may.is_empty() || choice >= 200;
            world.feed(if nothing { asked(choice) } else { may[usize::from(choice) % may.len()].clone() });
        };
        for choice in &choices {
            pick(&mut world, *choice);
        }
        world.feed(Input::StopAsked { mode: StopMode::Graceful, cause: StopCause::Asked });
        for choice in choices.iter().cycle().take(40) {
            if world.state.is_active() {
                // Each call ends, or its deadline passes; progress alone is no end.
                let goes_on = |input: &Input| matches!(input, Input::Progressed { .. } | Input::EngineGone { .. });
                let ends: Vec<_> = world.may_happen().into_iter().filter(|input| !goes_on(input)).collect();
                let input = ends[usize::from(*choice) % ends.len()].clone();
                world.feed(input);
            }
        }
        prop_assert!(world.state.is_stopped(), "{:?}", world.state);
    }
}
