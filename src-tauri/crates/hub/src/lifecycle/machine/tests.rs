//! The machine's table (every pair of state and input) and its invariants under random life.
#![expect(clippy::wildcard_enum_match_arm, reason = "the tests pick out what they look at")]

use labdeck_model::{Failure, LastExit, ServerState, StartStep, StopReason, Timestamp};
use labdeck_spawner::{Exit, Liveness, StopMode};
use proptest::prelude::*;

use super::super::effects::{Deadline, Effect, Input, Refused, Step, StopCause};
use super::*;

const URL: &str = "http://127.0.0.1:1";

fn moment() -> Moment {
    let second = Duration::from_secs(1);
    let timeouts =
        Timeouts { start: second, answer: second * 2, cancel: second * 3, stop: second * 4, kill: second * 5 };
    Moment { now: Timestamp::from_unix_micros(7_000_000), timeouts }
}

fn failure(kind: &str) -> Failure {
    Failure::new(kind, "It failed.", "")
}

fn states() -> Vec<(&'static str, ServerState)> {
    let at = Timestamp::from_unix_micros(0);
    let url = URL.to_owned();
    let stopping = |reason| ServerState::Stopping { since: at, deadline: at, reason };
    let starting = |step| ServerState::Starting { since: at, deadline: at, step };
    vec![
        ("Stopped", ServerState::new()),
        ("Failed", ServerState::Failed { at, failure: failure("exited") }),
        ("HalfStopped", ServerState::Failed { at, failure: failure(STOP_FAILED) }),
        ("Queued", starting(StartStep::Queued)),
        ("Pulling", starting(StartStep::Pulling)),
        ("Waiting", ServerState::Waiting { since: at, url: url.clone(), deadline: at }),
        ("Routing", ServerState::Routing { since: at, url: url.clone() }),
        ("Ready", ServerState::Ready { url, started: at }),
        ("Stopping", stopping(StopReason::Asked)),
        ("Clearing", stopping(StopReason::StartFailed { failure: failure("exited") })),
        ("Dying", stopping(StopReason::Died { exit: LastExit::new(at, "exited", "It ended.") })),
        ("Checking", ServerState::Checking { since: at }),
    ]
}

fn inputs() -> Vec<(&'static str, Input)> {
    let passed = |deadline| Input::DeadlinePassed { deadline, seen: None };
    let stop = |mode| Input::StopAsked { mode, cause: StopCause::Asked };
    let not_stopped = |mode| Input::StopFailed { mode, failure: failure("engine_gone") };
    let step = |step| Input::Progressed { step };
    vec![
        ("StartAsked", Input::StartAsked),
        ("Queued", step(StartStep::Queued)),
        ("Pulling", step(StartStep::Pulling)),
        ("Creating", step(StartStep::Creating)),
        ("Started", Input::Started { url: URL.into() }),
        ("StartFailed", Input::StartFailed { failure: failure("image_not_found") }),
        ("Answered", Input::Answered),
        ("Routed", Input::Routed { started: None }),
        ("RouteFailed", Input::RouteFailed { failure: failure("no_route") }),
        ("Stop", stop(StopMode::Graceful)),
        ("Kill", stop(StopMode::Kill)),
        ("Stopped", Input::Stopped { log: vec!["last words".into()] }),
        ("StopFailed", not_stopped(StopMode::Graceful)),
        ("KillFailed", not_stopped(StopMode::Kill)),
        ("Runs", Input::Observed(Liveness::Running)),
        ("Exited", Input::Observed(Liveness::Exited(Exit { code: Some(1), log: vec!["x".into()], ..Exit::default() }))),
        ("Gone", Input::Observed(Liveness::Gone)),
        ("Late(Start)", passed(Deadline::Start)),
        ("Late(Answer)", passed(Deadline::Answer)),
        ("Late(Cancel)", passed(Deadline::Cancel)),
        ("Late(Stop)", passed(Deadline::Stop)),
        ("Late(Kill)", passed(Deadline::Kill)),
        ("Found", Input::Found),
        ("Adopted", Input::Adopted { url: URL.into() }),
        ("NotAdopted", Input::NotAdopted { failure: failure("no_answer") }),
    ]
}

/// The state's word with what matters of it.
fn told(state: &ServerState) -> String {
    match state {
        ServerState::Stopped { .. } => "Stopped".into(),
        ServerState::Starting { step, .. } => format!("{step:?}"),
        ServerState::Waiting { .. } => "Waiting".into(),
        ServerState::Routing { .. } => "Routing".into(),
        ServerState::Ready { .. } => "Ready".into(),
        ServerState::Stopping { reason: StopReason::StartFailed { failure }, .. } => {
            format!("Clearing({})", failure.kind)
        }
        ServerState::Stopping { reason: StopReason::Died { .. }, .. } => "Dying".into(),
        ServerState::Stopping { .. } => "Stopping".into(),
        ServerState::Checking { .. } => "Checking".into(),
        ServerState::Failed { failure, .. } => format!("Failed({})", failure.kind),
    }
}

fn shown(result: &Result<Step, Refused>) -> String {
    let step = match result {
        Ok(step) => step,
        Err(refused) => return format!("refused {refused:?}"),
    };
    let effects: Vec<String> = step
        .effects
        .iter()
        .map(|effect| match effect {
            Effect::SetDeadline { deadline, at } => format!("{deadline:?}+{}", at.since(moment().now).as_secs()),
            Effect::CallStop { mode } => format!("{mode:?}"),
            Effect::Probe { .. } => "Probe".into(),
            Effect::AddRoute { .. } => "AddRoute".into(),
            other => format!("{other:?}"),
        })
        .collect();
    format!("{}: {}", told(&step.next), effects.join(" "))
}

/// All pairs that do something; every other one must stay.
const TABLE: &str = "
Stopped StartAsked = Queued: Start+1 Persist Publish MintTokens CallStart
Failed StartAsked = Queued: Start+1 Persist Publish MintTokens CallStart
HalfStopped StartAsked = Queued: Start+1 Persist Publish MintTokens CallStart
Stopped Found = Checking: Publish CallCheck
Failed Found = Checking: Publish CallCheck
HalfStopped Found = Checking: Publish CallCheck
HalfStopped Stop = Stopping: DeleteRoute Persist Publish DropCall Stop+4 Graceful
HalfStopped Kill = Stopping: DeleteRoute Persist Publish DropCall Kill+5 Kill
Queued Pulling = Pulling: ClearDeadline Publish
Queued Creating = Creating: Publish
Pulling Queued = Queued: Start+1 Publish
Pulling Creating = Creating: Start+1 Publish
Queued Started = Waiting: Answer+2 Persist Publish Probe
Pulling Started = Waiting: Answer+2 Persist Publish Probe
Queued StartFailed = Clearing(image_not_found): DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Pulling StartFailed = Clearing(image_not_found): DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Queued Stop = Stopping: DeleteRoute Cancel+3 CancelStart Persist Publish
Queued Kill = Stopping: DeleteRoute Cancel+3 CancelStart Persist Publish
Pulling Stop = Stopping: DeleteRoute Cancel+3 CancelStart Persist Publish
Pulling Kill = Stopping: DeleteRoute Cancel+3 CancelStart Persist Publish
Queued Late(Start) = Clearing(start_timeout): DeleteRoute Cancel+3 CancelStart Persist Publish
Pulling Late(Start) = Clearing(start_timeout): DeleteRoute Cancel+3 CancelStart Persist Publish
Waiting Answered = Routing: ClearDeadline Publish AddRoute
Waiting Exited = Clearing(exited): DeleteRoute Persist Publish DropCall Kill+5 Kill
Waiting Gone = Clearing(gone): DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Waiting Stop = Stopping: DeleteRoute Persist Publish DropCall Stop+4 Graceful
Waiting Kill = Stopping: DeleteRoute Persist Publish DropCall Kill+5 Kill
Waiting Late(Answer) = Clearing(start_timeout): DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Routing Routed = Ready: Persist Publish
Routing RouteFailed = Clearing(no_route): DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Routing Exited = Clearing(exited): DeleteRoute Persist Publish DropCall Kill+5 Kill
Routing Gone = Clearing(gone): DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Routing Stop = Stopping: DeleteRoute Persist Publish DropCall Stop+4 Graceful
Routing Kill = Stopping: DeleteRoute Persist Publish DropCall Kill+5 Kill
Ready StartAsked = refused Running
Ready Stop = Stopping: DeleteRoute Persist Publish DropCall Stop+4 Graceful
Ready Kill = Stopping: DeleteRoute Persist Publish DropCall Kill+5 Kill
Ready Exited = Dying: DeleteRoute Persist Publish DropCall Kill+5 Kill
Ready Gone = Dying: DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Stopping StartAsked = refused Stopping
Stopping Started = Stopping: DropCall Stop+4 Graceful
Stopping StartFailed = Stopping: DropCall Stop+4 Graceful
Stopping Late(Cancel) = Stopping: DropCall Stop+4 Graceful
Stopping Kill = Stopping: DropCall Kill+5 Kill
Stopping StopFailed = Stopping: DropCall Kill+5 Kill
Stopping Late(Stop) = Stopping: DropCall Kill+5 Kill
Stopping Stopped = Stopped: ClearDeadline RevokeTokens Persist Publish
Stopping KillFailed = Failed(stop_failed): DropCall ClearDeadline RevokeTokens Persist Publish
Stopping Late(Kill) = Failed(stop_failed): DropCall ClearDeadline RevokeTokens Persist Publish
Clearing StartAsked = refused Stopping
Clearing Started = Clearing(exited): DropCall Kill+5 TakeLog Kill
Clearing StartFailed = Clearing(exited): DropCall Kill+5 TakeLog Kill
Clearing Late(Cancel) = Clearing(exited): DropCall Kill+5 TakeLog Kill
Clearing Kill = Clearing(exited): DropCall Kill+5 TakeLog Kill
Clearing StopFailed = Clearing(exited): DropCall Kill+5 TakeLog Kill
Clearing Late(Stop) = Clearing(exited): DropCall Kill+5 TakeLog Kill
Clearing Stopped = Failed(exited): ClearDeadline RevokeTokens Persist Publish
Clearing KillFailed = Failed(stop_failed): DropCall ClearDeadline RevokeTokens Persist Publish
Clearing Late(Kill) = Failed(stop_failed): DropCall ClearDeadline RevokeTokens Persist Publish
Dying StartAsked = refused Stopping
Dying Started = Dying: DropCall Kill+5 TakeLog Kill
Dying StartFailed = Dying: DropCall Kill+5 TakeLog Kill
Dying Late(Cancel) = Dying: DropCall Kill+5 TakeLog Kill
Dying Kill = Dying: DropCall Kill+5 TakeLog Kill
Dying StopFailed = Dying: DropCall Kill+5 TakeLog Kill
Dying Late(Stop) = Dying: DropCall Kill+5 TakeLog Kill
Dying Stopped = Stopped: ClearDeadline RevokeTokens Persist Publish
Dying KillFailed = Failed(stop_failed): DropCall ClearDeadline RevokeTokens Persist Publish
Dying Late(Kill) = Failed(stop_failed): DropCall ClearDeadline RevokeTokens Persist Publish
Checking StartAsked = refused Checking
Checking Adopted = Routing: Publish AddRoute
Checking NotAdopted = Dying: DeleteRoute Persist Publish DropCall Stop+4 TakeLog Graceful
Checking Exited = Dying: DeleteRoute Persist Publish DropCall Kill+5 Kill
Checking Gone = Dying: DeleteRoute Persist Publish DropCall Kill+5 TakeLog Kill
Checking Stop = Stopping: DeleteRoute Persist Publish DropCall Stop+4 Graceful
Checking Kill = Stopping: DeleteRoute Persist Publish DropCall Kill+5 Kill
";

#[test]
fn every_pair_of_state_and_input_does_what_the_table_says() {
    let mut rows: Vec<&str> = TABLE.trim().lines().collect();
    for (state_name, state) in states() {
        for (input_name, input) in inputs() {
            let result = step(&state, input, &moment());
            let row = format!("{state_name} {input_name} = {}", shown(&result));
            match rows.iter().position(|known| *known == row) {
                Some(known) => drop(rows.remove(known)),
                None => assert_eq!(result, Ok(Step::stay(&state)), "{row}"),
            }
        }
    }
    assert_eq!(rows, [""; 0], "rows that no pair gives");
}

#[test]
fn a_failed_start_shows_the_servers_last_lines() {
    let (_, clearing) = states().remove(9);
    let (_, stopped) = inputs().remove(11);
    let ServerState::Failed { failure, at } = step(&clearing, stopped, &moment()).unwrap().next else { panic!() };
    assert_eq!((failure.kind.as_str(), failure.log, at), ("exited", vec!["last words".to_owned()], moment().now));
}

#[test]
fn a_failed_start_that_cannot_be_cleared_away_still_says_why_it_failed() {
    let (_, clearing) = states().remove(9);
    let (_, late) = inputs().remove(21);
    let ServerState::Failed { failure, .. } = step(&clearing, late, &moment()).unwrap().next else { panic!() };
    assert_eq!(failure.kind, STOP_FAILED);
    assert!(failure.message.starts_with("It failed. What is left of it"), "{}", failure.message);
}

#[test]
fn an_adopted_server_keeps_the_time_of_its_start() {
    let long_ago = Timestamp::from_unix_micros(1);
    let (_, routing) = states().remove(6);
    let next = step(&routing, Input::Routed { started: Some(long_ago) }, &moment()).unwrap().next;
    assert_eq!(next, ServerState::Ready { url: URL.into(), started: long_ago });
}

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
                vec![Input::Stopped { log: vec![] }, Input::StopFailed { mode, failure: failure("x") }]
            }
            Some(Call::Probe) => vec![Input::Answered],
            Some(Call::Route) => vec![Input::Routed { started: None }, Input::RouteFailed { failure: failure("x") }],
        };
        may.extend(self.deadline.map(|deadline| Input::DeadlinePassed { deadline, seen: None }));
        if is_watched(&self.state) {
            may.extend([exited(), Input::Observed(Liveness::Gone), Input::Observed(Liveness::Running)]);
        }
        may
    }

    fn feed(&mut self, input: Input) {
        match &input {
            Input::DeadlinePassed { .. } => self.deadline = None,
            Input::Observed(_) if self.call != Some(Call::Check) => {}
            Input::Progressed { .. } | Input::StartAsked | Input::StopAsked { .. } | Input::Found => {}
            _ => self.call = None,
        }
        let was_active = self.state.is_active();
        let Ok(Step { next, effects }) = step(&self.state, input, &moment()) else { return };
        if !was_active && next.is_active() {
            (self.revoked, self.routes_deleted, self.route_asked) = (0, 0, false);
        }
        self.state = next;
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
            assert!(self.deadline.is_some(), "waits for ever: {self:?}");
        }
    }
}

fn asked(choice: u8) -> Input {
    let (graceful, kill) = (StopMode::Graceful, StopMode::Kill);
    match choice % 4 {
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
                let ends: Vec<_> =
                    world.may_happen().into_iter().filter(|input| !matches!(input, Input::Progressed { .. })).collect();
                let input = ends[usize::from(*choice) % ends.len()].clone();
                world.feed(input);
            }
        }
        prop_assert!(world.state.is_stopped(), "{:?}", world.state);
    }
}
