//! One task per server that is not stopped. Owns its state, its one running call, its deadline and its watch; turns
//! what happens into inputs, lets `machine` decide, and carries the effects out (`perform`). Plumbing only: no
//! decision about a server is made here. Made and reached by `registry`.

use std::pin::Pin;
use std::sync::Arc;

use futures_util::future::{BoxFuture, OptionFuture};
use labdeck_model::{Clock, Failure, ServerState, StartStep};
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use tokio::time::Sleep;

use super::calls::{Caller, Checkpoint, Outcome, StartLine};
use super::chronicle::{self, Line};
use super::effects::{Deadline, Input, Step, StopCause};
use super::entries::Turn;
use super::machine::{self, is_half_stopped, is_watched};
use super::observe::{Observation, observe};
use super::perform::bounded;
use super::ports::{Command, Engine, Snapshot, StartOptions};
use super::progress::{ProgressEvent, ProgressLog};
use super::registry::Turnstile;
use super::stopwatch::{StartTimes, Stopwatch};
use super::timeouts::{Moment, Timeouts};

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
    /// While the server is queued: the newest word about its turn.
    pub(super) turn: Option<watch::Receiver<Turn>>,
    /// What the server's path is called below the hub's base, for the last line of the progress.
    pub(super) path: String,
    /// Turned after each change. Last, so that the commands are closed when it is dropped.
    pub(super) turnstile: Turnstile,
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
    stopwatch: Stopwatch,
    /// The hub ends: where nothing can be done to the server any more, the next run finds it as it is.
    hub_ends: bool,
    /// What is to be noted once the effects are done: a line, the end of a start.
    pub(super) lines: Vec<Line>,
    times: Option<StartTimes>,
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
    Turn(Turn),
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
            stopwatch: Stopwatch::default(),
            hub_ends: false,
            lines: Vec::new(),
            times: None,
        }
    }

    /// Carries out a first step that was decided already, and everything after it, until the server is stopped or
    /// the actor is told to leave.
    ///
    /// # Cancellation
    /// Not to be dropped while a server runs: nobody would watch it. What was persisted is found by recovery.
    pub(super) async fn run(mut self, first: Step) {
        if let Some(by) = self.parts.options.as_ref().map(|options| &options.asked_by).filter(|by| !by.is_empty()) {
            self.lines.push(("start_asked", format!("{by} asked for a start.")));
        }
        self.follow(first).await;
        if let Some(waiting) = &self.parts.snapshot.waiting {
            self.tell_wait(waiting);
        }
        while self.parts.snapshot.state().is_active() {
            let woken = self.woken().await;
            self.hub_ends |= matches!(
                woken,
                Woken::Command(Some(Command::Leave | Command::Stop { cause: StopCause::Shutdown, .. }))
            );
            if self.hub_ends && self.engine_is_gone() {
                return;
            }
            match woken {
                // A stop that runs is brought to its end: its deadlines see to it that there is one.
                Woken::Command(Some(Command::Leave)) if self.is_stopping() => {}
                Woken::Command(None | Some(Command::Leave)) => return,
                Woken::Command(Some(Command::Stop { mode, cause })) => {
                    self.feed(Input::StopAsked { mode, cause }).await;
                }
                Woken::Checkpoint(checkpoint) => self.save(checkpoint).await,
                Woken::Input(input) => self.feed(input).await,
                Woken::Turn(turn) => self.turn_is(turn).await,
                Woken::Call(outcome) => self.call_ended(outcome).await,
                Woken::Observed(observation) => self.observed(observation).await,
                Woken::Rewrite => self.persist().await,
            }
            // It may have gone after the command, while a stop ran: nobody waits for its return now.
            if self.hub_ends && self.engine_is_gone() {
                return;
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
            Some(turn) = OptionFuture::from(self.parts.turn.as_mut().map(next_turn)) => Woken::Turn(turn),
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
        self.chronicle().await;
    }

    /// Notes what happened, after it was done.
    pub(super) async fn chronicle(&mut self) {
        let (key, ports) = (&self.parts.caller.key, &self.parts.caller.ports);
        for (kind, words) in std::mem::take(&mut self.lines) {
            ports.note(key, kind, words).await;
        }
        if let Some(times) = self.times.take() {
            ports.note_start(&self.parts.snapshot.record, &times).await;
        }
    }

    /// Takes a state over into the record.
    fn enter(&mut self, state: ServerState) {
        let now = self.parts.clock.now();
        self.lines.extend(chronicle::of_change(&self.parts.snapshot, &state, &self.stopwatch, now));
        self.times = self.stopwatch.see(&state, now).or(self.times.take());
        if !matches!(state, ServerState::Queued { .. }) {
            (self.parts.turn, self.parts.snapshot.waiting) = (None, None);
        }
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
        let event = match (&record.state, &state) {
            (ServerState::Queued { .. }, ServerState::Starting { .. }) => Some(ProgressEvent::turn_has_come()),
            (_, state) => ProgressEvent::of_state(state, &self.parts.path),
        };
        if let Some(event) = event.filter(|_| is_new) {
            let usual = self.parts.caller.ports.usual_seconds(&record.spawner_kind, record.stack.as_deref());
            self.parts.log.add(event.with_usual(usual));
        }
        record.state = state;
    }

    pub(super) fn engine_is_gone(&self) -> bool {
        self.parts.snapshot.engine == Engine::Gone
    }

    fn is_stopping(&self) -> bool {
        matches!(self.parts.snapshot.state(), ServerState::Stopping { .. })
    }

    /// Makes a checkpoint durable, then lets the driver go on.
    async fn save(&mut self, checkpoint: Checkpoint) {
        self.parts.snapshot.record.spawner_state = Some(checkpoint.state);
        // A start whose record is not written in time does not go on; whoever asks for a stop must not wait for it.
        let saved = bounded(self.parts.caller.ports.persist(&self.parts.snapshot.record)).await;
        // Nobody waits any more only where the start was dropped; its stop goes by this checkpoint.
        let _ = checkpoint.saved.send(saved);
    }

    /// Watches a server that runs, and one that does not no longer.
    fn arm_watch(&mut self) {
        let snapshot = &self.parts.snapshot;
        match (is_watched(snapshot.state()), &snapshot.record.spawner_state) {
            (true, Some(state)) => {
                let spawner = Arc::clone(&self.parts.caller.spawner);
                let (state, engine, poll) = (state.clone(), snapshot.engine, self.parts.timeouts.poll);
                self.watch.get_or_insert_with(|| Box::pin(observe(spawner, state, engine, poll)));
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

/// A registry that is gone says nothing any more; the closed commands tell that.
async fn next_turn(turn: &mut watch::Receiver<Turn>) -> Turn {
    match turn.changed().await {
        Ok(()) => turn.borrow_and_update().clone(),
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
