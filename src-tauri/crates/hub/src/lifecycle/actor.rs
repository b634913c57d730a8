//! One task per server that is not stopped. Owns its state, its one running call, its deadline and its watch; turns
//! what happens into inputs, lets `machine` decide, and carries the effects out (`perform`). Plumbing only: no
//! decision about a server is made here. Made and reached by `registry`.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, OptionFuture};
use labdeck_model::{Clock, Failure, ServerState, StartStep};
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use tokio::time::Sleep;

use super::calls::{Caller, Checkpoint, Outcome, RETRY_PAUSE, StartLine, chain};
use super::effects::{Deadline, Input, Step};
use super::machine::{self, Moment, Timeouts, is_half_stopped, is_watched};
use super::observe::{Observation, observe};
use super::ports::{Command, Engine, Snapshot, StartOptions};
use super::progress::{ProgressEvent, ProgressLog};

/// Everything an actor is made of.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) caller: Caller,
    /// For a start; an adopted server has none.
    pub(super) options: Option<StartOptions>,
    pub(super) snapshot: Snapshot,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) timeouts: Timeouts,
    pub(super) log: ProgressLog,
    pub(super) view: watch::Sender<Snapshot>,
    /// Full means that several stops wait already. Closed means that the registry is gone: leave.
    pub(super) commands: mpsc::Receiver<Command>,
    /// What the server's path is called below the hub's base, for the last line of the progress.
    pub(super) path: String,
}

/// One server's life from its first step until it is stopped.
pub(super) struct Actor {
    pub(super) parts: Parts,
    pub(super) call: Option<BoxFuture<'static, Outcome>>,
    pub(super) line: Option<StartLine>,
    pub(super) deadline: Option<(Deadline, Pin<Box<Sleep>>)>,
    watch: Option<BoxFuture<'static, Observation>>,
    /// Armed while the last write of the record failed.
    pub(super) rewrite: Option<Pin<Box<Sleep>>>,
    pub(super) first_part: FirstPart,
    /// What the last probe saw.
    pub(super) seen: Arc<Mutex<Option<String>>>,
}

/// What the next call of the driver begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FirstPart {
    Nothing,
    MintTokens,
    TakeLog,
}

/// Something that woke the actor.
enum Woken {
    Command(Option<Command>),
    Checkpoint(Checkpoint),
    Input(Input),
    Call(Outcome),
    Observed(Observation),
    Rewrite,
}

// === impl Actor ===

impl Actor {
    pub(super) fn new(parts: Parts) -> Self {
        Self {
            parts,
            call: None,
            line: None,
            deadline: None,
            watch: None,
            rewrite: None,
            first_part: FirstPart::Nothing,
            seen: Arc::default(),
        }
    }

    /// Carries out a first step that was decided already, and everything after it, until the server is stopped or
    /// the actor is told to leave.
    ///
    /// # Cancellation
    /// Not to be dropped while a server runs: nobody would watch it. What was persisted is found by recovery.
    pub(super) async fn run(mut self, first: Step) {
        self.follow(first).await;
        while self.parts.snapshot.state().is_active() {
            match self.woken().await {
                // A stop that runs is brought to its end: its deadlines see to it that there is one.
                Woken::Command(Some(Command::Leave)) if self.is_stopping() => {}
                Woken::Command(None | Some(Command::Leave)) => return,
                Woken::Command(Some(Command::Stop { mode, cause })) => {
                    self.feed(Input::StopAsked { mode, cause }).await;
                }
                Woken::Checkpoint(checkpoint) => self.save(checkpoint).await,
                Woken::Input(input) => self.feed(input).await,
                Woken::Call(outcome) => self.call_ended(outcome).await,
                Woken::Observed(Observation::Ended(liveness)) => {
                    let seen = match self.parts.snapshot.engine {
                        Engine::Answers => liveness,
                        Engine::Gone => liveness.with_engine(),
                    };
                    self.feed(Input::Observed(seen)).await;
                }
                Woken::Observed(Observation::Engine(engine)) => self.engine_is(engine).await,
                Woken::Rewrite => self.persist().await,
            }
        }
    }

    /// Waits for whatever comes first.
    async fn woken(&mut self) -> Woken {
        self.arm_watch();
        let (checkpoints, steps) = match self.line.as_mut() {
            Some(line) => (Some(&mut line.checkpoints), Some(&mut line.step)),
            None => (None, None),
        };
        // Commands first: a stop must win over whatever else goes on. What a start says before what it ends with,
        // because its checkpoint has to be known by then. Its end before a deadline that passed in the same moment.
        tokio::select! {
            biased;
            command = self.parts.commands.recv() => Woken::Command(command),
            Some(Some(checkpoint)) = OptionFuture::from(checkpoints.map(|line| line.recv())) => {
                Woken::Checkpoint(checkpoint)
            }
            Some(input) = OptionFuture::from(steps.map(next_step)) => Woken::Input(input),
            Some(outcome) = OptionFuture::from(self.call.as_mut()) => {
                self.call = None;
                Woken::Call(outcome)
            }
            Some(deadline) = OptionFuture::from(self.deadline.as_mut().map(passed)) => {
                self.deadline = None;
                Woken::Input(Input::DeadlinePassed { deadline, seen: self.seen.lock().take() })
            }
            Some(observation) = OptionFuture::from(self.watch.as_mut()) => {
                self.watch = None;
                Woken::Observed(observation)
            }
            Some(()) = OptionFuture::from(self.rewrite.as_mut()) => {
                self.rewrite = None;
                Woken::Rewrite
            }
        }
    }

    /// Lets the machine decide and does what it says.
    pub(super) async fn feed(&mut self, input: Input) {
        let moment = Moment { now: self.parts.clock.now(), timeouts: self.parts.timeouts };
        match machine::step(self.parts.snapshot.state(), input, &moment) {
            Ok(step) => self.follow(step).await,
            // Starts are refused by the registry, before they come here.
            Err(refused) => tracing::debug!(server.key = %self.parts.caller.key, ?refused, "Input refused"),
        }
    }

    async fn follow(&mut self, step: Step) {
        let mut next = Some(step);
        while let Some(step) = next.take() {
            self.enter(step.next);
            for effect in step.effects {
                // A start whose record cannot be written must not go on: after a crash nobody would know of it.
                if let Err(failure) = self.perform(effect).await {
                    let moment = Moment { now: self.parts.clock.now(), timeouts: self.parts.timeouts };
                    next = machine::step(self.parts.snapshot.state(), Input::StartFailed { failure }, &moment).ok();
                    break;
                }
            }
        }
    }

    /// Takes a state over into the record.
    fn enter(&mut self, state: ServerState) {
        let record = &mut self.parts.snapshot.record;
        if let ServerState::Ready { started, .. } = &state {
            record.started = Some(*started);
        }
        if state.is_stopped() {
            (record.started, self.parts.snapshot.engine) = (None, Engine::Answers);
        }
        if state.is_stopped() && !is_half_stopped(&state) {
            record.spawner_state = None;
        }
        let is_new = std::mem::discriminant(&record.state) != std::mem::discriminant(&state);
        if is_new && let Some(event) = ProgressEvent::of_state(&state, &self.parts.path) {
            self.parts.log.add(event);
        }
        record.state = state;
    }

    fn is_stopping(&self) -> bool {
        matches!(self.parts.snapshot.state(), ServerState::Stopping { .. })
    }

    async fn call_ended(&mut self, outcome: Outcome) {
        self.line = None;
        let input = match outcome {
            Outcome::Input(input) => input,
            Outcome::Ready(readiness) => {
                self.parts.snapshot.version = readiness.version;
                Input::Answered
            }
            Outcome::Adopted { url, state, readiness } => {
                let snapshot = &mut self.parts.snapshot;
                (snapshot.version, snapshot.engine) = (readiness.version, Engine::Answers);
                snapshot.record.spawner_state = Some(state);
                Input::Adopted { url }
            }
            Outcome::EngineGone(error) => {
                let key = &self.parts.caller.key;
                tracing::debug!(server.key = %key, error = %chain(&error), "Cannot look at server {key} yet");
                self.call = Some(self.check(RETRY_PAUSE));
                return self.engine_is(Engine::Gone).await;
            }
        };
        self.feed(input).await;
    }

    /// A look at a server of an earlier run of the hub.
    pub(super) fn check(&self, pause: Duration) -> BoxFuture<'static, Outcome> {
        let known = self.parts.snapshot.record.spawner_state.clone();
        self.parts.caller.check(known, pause, self.parts.timeouts.answer)
    }

    async fn engine_is(&mut self, engine: Engine) {
        if self.parts.snapshot.engine != engine {
            let key = &self.parts.caller.key;
            match engine {
                Engine::Gone => tracing::warn!(server.key = %key, "What runs server {key} does not answer"),
                Engine::Answers => tracing::info!(server.key = %key, "What runs server {key} answers again"),
            }
            self.parts.snapshot.engine = engine;
            self.parts.publish().await;
        }
    }

    /// Makes a checkpoint durable, then lets the driver go on.
    async fn save(&mut self, checkpoint: Checkpoint) {
        self.parts.snapshot.record.spawner_state = Some(checkpoint.state);
        let saved = self.parts.caller.ports.persist(&self.parts.snapshot.record).await;
        // Nobody waits any more only where the start was dropped; its stop goes by this checkpoint.
        let _ = checkpoint.saved.send(saved);
    }

    /// Watches a server that runs, and one that does not no longer.
    fn arm_watch(&mut self) {
        let snapshot = &self.parts.snapshot;
        match (is_watched(snapshot.state()), &snapshot.record.spawner_state) {
            (true, Some(state)) => {
                let spawner = Arc::clone(&self.parts.caller.spawner);
                let (state, engine) = (state.clone(), snapshot.engine);
                self.watch.get_or_insert_with(|| Box::pin(observe(spawner, state, engine)));
            }
            (true, None) | (false, _) => self.watch = None,
        }
    }
}

impl std::fmt::Debug for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Actor").field("parts", &self.parts).finish_non_exhaustive()
    }
}

async fn next_step(steps: &mut watch::Receiver<StartStep>) -> Input {
    match steps.changed().await {
        Ok(()) => Input::Progressed { step: *steps.borrow_and_update() },
        // The driver let go of its line. Its end comes through the call.
        Err(_) => std::future::pending().await,
    }
}

async fn passed((deadline, sleep): &mut (Deadline, Pin<Box<Sleep>>)) -> Deadline {
    sleep.as_mut().await;
    *deadline
}

/// Words for a record that could not be written.
pub(super) fn not_saved() -> Failure {
    Failure::new(
        "not_saved",
        "The hub could not write down the server, so it was not started.",
        "Check free disk space on the computer that runs the hub.",
    )
}
