//! The long calls of an actor, each a future that ends in one [`Outcome`]. Owns their order and their small retries;
//! what an outcome means is the machine's. At most one of them exists per server, and dropping it is always allowed:
//! a driver leaves behind only what it checkpointed.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use labdeck_model::{Failure, ServerKey, StartStep, Timestamp};
use labdeck_spawner::{Liveness, SpawnError, Spawner, SpawnerState, StartContext, StopMode};
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::effects::Input;
use super::observe::{pause_and_look, silence};
use super::ports::{BoxError, Ports, Readiness, StartOptions};
use super::progress::ProgressLog;
use super::readiness::until_ready;
use crate::tasks::panic_text;

/// How many of a server's last lines a failure shows.
pub(super) const LOG_LINES: usize = 40;
/// For reading them: they are an extra, nobody waits long for it.
const LOG_PATIENCE: Duration = Duration::from_secs(2);
/// For the proxy to take a route: it is a table in this process, or one call to a neighbour.
const ROUTE_PATIENCE: Duration = Duration::from_secs(10);
/// How often a stop is tried in one mode before the next is taken.
const STOP_TRIES: u32 = 3;
/// Between two such tries, and between two looks while an engine is away.
pub(super) const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// How a call ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// In an input of the machine.
    Input(Input),
    /// The server answered a probe; `url` is where.
    Ready(Readiness),
    /// A look after a restart found a living server.
    Adopted { url: String, state: SpawnerState, readiness: Readiness },
    /// Nothing can be known, because what runs the server does not answer.
    EngineGone(SpawnError),
    /// A stop cannot go on for the same reason.
    EngineAway(Failure),
    /// What runs the server answers again.
    EngineBack,
}

/// A state that the driver wants written down, and where it waits for that.
#[derive(Debug)]
pub(super) struct Checkpoint {
    pub(super) state: SpawnerState,
    pub(super) saved: oneshot::Sender<Result<(), BoxError>>,
}

/// The actor's end of the line to a start that runs. Dropping it cuts the line: what a dropped start still says has
/// no way in, so it cannot be taken for a word of the next one.
#[derive(Debug)]
pub(super) struct StartLine {
    /// Full means that a checkpoint is being written: the driver waits. Closed means that the start is over.
    pub(super) checkpoints: mpsc::Receiver<Checkpoint>,
    pub(super) step: watch::Receiver<StartStep>,
    pub(super) cancel: CancellationToken,
}

/// Everything that calls to one server's driver need.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) key: ServerKey,
    pub(super) ports: Arc<dyn Ports>,
    pub(super) spawner: Arc<dyn Spawner>,
}

/// The two ends of the line between an actor and the start it calls.
pub(super) fn start_line(log: ProgressLog) -> (StartLine, StartContext) {
    let (checkpoint, checkpoints) = mpsc::channel(1);
    let (step_in, step) = watch::channel(StartStep::Queued);
    let cancel = CancellationToken::new();
    let save = move |state| {
        let checkpoint = checkpoint.clone();
        async move {
            let (saved, answer) = oneshot::channel();
            checkpoint.send(Checkpoint { state, saved }).await.map_err(|_| "the start is over")?;
            answer.await.map_err(|_| "the start is over")?
        }
    };
    let report = move |progress: labdeck_spawner::Progress| {
        if !step_in.is_closed() {
            let next = progress.step;
            log.report(progress);
            step_in.send_if_modified(|step| std::mem::replace(step, next) != next);
        }
    };
    (StartLine { checkpoints, step, cancel: cancel.clone() }, StartContext::new(save, report, cancel))
}

// === impl Caller ===

impl Caller {
    /// Clears away what an earlier stop could not, mints, starts.
    pub(super) fn start(
        &self,
        options: StartOptions,
        leftover: Option<SpawnerState>,
        ctx: StartContext,
    ) -> BoxFuture<'static, Outcome> {
        let caller = self.clone();
        let start = async move {
            match caller.try_start(&options, leftover, ctx).await {
                Ok(url) => Input::Started { url },
                Err(failure) => Input::StartFailed { failure },
            }
        };
        guarded(start, |failure| Input::StartFailed { failure })
    }

    async fn try_start(
        &self,
        options: &StartOptions,
        leftover: Option<SpawnerState>,
        ctx: StartContext,
    ) -> Result<String, Failure> {
        if let Some(state) = leftover {
            self.spawner.stop(&state, StopMode::Kill).await.map_err(|error| self.told(&error, "clear away"))?;
        }
        let minted = self.ports.mint_tokens(&self.key, options).await?;
        self.spawner.start(minted.request, ctx).await.map_err(|error| self.told(&error, "start"))
    }

    /// Stops, a few times if need be. Without a checkpoint there is nothing to stop.
    pub(super) fn stop(
        &self,
        state: Option<SpawnerState>,
        mode: StopMode,
        log_lines: usize,
    ) -> BoxFuture<'static, Outcome> {
        let caller = self.clone();
        let stop = async move {
            let Some(state) = state else { return Outcome::Input(Input::Stopped { log: Vec::new() }) };
            let log = caller.last_lines(&state, log_lines).await;
            // The stop's own word first: it knows more than a look beside it.
            tokio::select! {
                biased;
                stopped = caller.try_stop(&state, mode) => match stopped {
                    Ok(()) => Outcome::Input(Input::Stopped { log }),
                    Err(error @ SpawnError::EngineGone(_)) => Outcome::EngineAway(caller.told(&error, "stop")),
                    Err(error) => Outcome::Input(Input::StopFailed { mode, failure: caller.told(&error, "stop") }),
                },
                error = silence(&*caller.spawner, &state) => Outcome::EngineAway(caller.told(&error, "stop")),
            }
        };
        guarded_outcome(stop, move |failure| Input::StopFailed { mode, failure })
    }

    async fn try_stop(&self, state: &SpawnerState, mode: StopMode) -> Result<(), SpawnError> {
        let mut tries = 1;
        loop {
            match self.spawner.stop(state, mode).await {
                Ok(()) => return Ok(()),
                // No driver can read it, so there is nothing that could be stopped by it.
                Err(error @ SpawnError::State(_)) => {
                    self.told(&error, "stop");
                    return Ok(());
                }
                Err(error) if tries >= STOP_TRIES => return Err(error),
                Err(_) => tries += 1,
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    /// Waits until what runs the server answers.
    pub(super) fn await_engine(&self, state: SpawnerState) -> BoxFuture<'static, Outcome> {
        let spawner = Arc::clone(&self.spawner);
        Box::pin(async move {
            while let Err(SpawnError::EngineGone(_)) = pause_and_look(&*spawner, &state).await {}
            Outcome::EngineBack
        })
    }

    async fn last_lines(&self, state: &SpawnerState, lines: usize) -> Vec<String> {
        if lines == 0 {
            return Vec::new();
        }
        let read = tokio::time::timeout(LOG_PATIENCE, self.spawner.logs(state, lines)).await;
        read.ok().and_then(Result::ok).unwrap_or_default()
    }

    /// Looks once at a server of an earlier run of the hub, `pause` from now.
    pub(super) fn check(
        &self,
        known: Option<SpawnerState>,
        pause: Duration,
        patience: Duration,
    ) -> BoxFuture<'static, Outcome> {
        let caller = self.clone();
        let look = async move {
            tokio::time::sleep(pause).await;
            caller.try_check(known, patience).await.unwrap_or_else(Outcome::EngineGone)
        };
        guarded_outcome(look, |failure| Input::NotAdopted { failure })
    }

    async fn try_check(&self, known: Option<SpawnerState>, patience: Duration) -> Result<Outcome, SpawnError> {
        let was_begun = known.is_some();
        let Some((state, liveness)) = self.find(known).await? else {
            let gone = Input::Observed(Liveness::Gone);
            return Ok(Outcome::Input(if was_begun { gone } else { Input::NotAdopted { failure: not_begun() } }));
        };
        if liveness != Liveness::Running {
            return Ok(Outcome::Input(Input::Observed(liveness)));
        }
        let url = self.spawner.address(&state).await?;
        let seen = Mutex::new(None);
        let answered = tokio::time::timeout(patience, until_ready(&*self.ports, &self.key, &url, &seen)).await;
        if let Ok(readiness) = answered {
            return Ok(Outcome::Adopted { url, state, readiness });
        }
        let input = match self.spawner.poll(&state).await? {
            Liveness::Running => Input::NotAdopted {
                failure: Failure::new("no_answer", "It did not answer when the hub came back.", ""),
            },
            ended @ (Liveness::Exited(_) | Liveness::Gone) => Input::Observed(ended),
        };
        Ok(Outcome::Input(input))
    }

    /// By its checkpoint; by the driver's list where the hub died before one was written, or it cannot be read.
    async fn find(&self, known: Option<SpawnerState>) -> Result<Option<(SpawnerState, Liveness)>, SpawnError> {
        if let Some(state) = known {
            match self.spawner.poll(&state).await {
                Ok(liveness) => return Ok(Some((state, liveness))),
                Err(error @ SpawnError::State(_)) => drop(self.told(&error, "recognise")),
                Err(error) => return Err(error),
            }
        }
        let found = self.spawner.list().await?.into_iter().find(|found| found.key == self.key);
        Ok(found.map(|found| (found.state, found.liveness)))
    }

    /// Asks until the server answers.
    pub(super) fn probe(&self, url: String, seen: Arc<Mutex<Option<String>>>) -> BoxFuture<'static, Outcome> {
        let caller = self.clone();
        Box::pin(async move { Outcome::Ready(until_ready(&*caller.ports, &caller.key, &url, &seen).await) })
    }

    /// Tells the proxy.
    pub(super) fn route(&self, url: String, started: Option<Timestamp>) -> BoxFuture<'static, Outcome> {
        let caller = self.clone();
        Box::pin(async move {
            let added = tokio::time::timeout(ROUTE_PATIENCE, caller.ports.add_route(&caller.key, &url)).await;
            let late = |_| Err(Failure::new("no_route", "The proxy did not take the server's route.", "Try again."));
            let added = added.unwrap_or_else(late);
            Outcome::Input(added.map_or_else(|failure| Input::RouteFailed { failure }, |()| Input::Routed { started }))
        })
    }

    /// Words for the user; the chain of causes goes to the log.
    fn told(&self, error: &SpawnError, doing: &str) -> Failure {
        let (key, cause) = (&self.key, chain(error));
        tracing::warn!(server.key = %key, error = %cause, "Could not {doing} server {key}: {cause}");
        error.failure()
    }
}

/// Words for a start that the end of the hub caught in the queue, or before anything of it ran.
fn not_begun() -> Failure {
    let message = "The hub was restarted before the server had begun to run.";
    Failure::new("hub_restarted", message, "Start it again.")
}

/// An error with its causes, on one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// A driver's panic is the failure of one call, not the end of the actor.
fn guarded<F>(call: F, on_panic: impl FnOnce(Failure) -> Input + Send + 'static) -> BoxFuture<'static, Outcome>
where
    F: Future<Output = Input> + Send + 'static,
{
    guarded_outcome(call.map(Outcome::Input), on_panic)
}

fn guarded_outcome<F>(call: F, on_panic: impl FnOnce(Failure) -> Input + Send + 'static) -> BoxFuture<'static, Outcome>
where
    F: Future<Output = Outcome> + Send + 'static,
{
    let guarded = AssertUnwindSafe(call).catch_unwind();
    Box::pin(guarded.map(|result| result.unwrap_or_else(|panic| Outcome::Input(on_panic(panicked(panic.as_ref()))))))
}

fn panicked(panic: &(dyn Any + Send)) -> Failure {
    tracing::error!(panic = panic_text(panic), "A spawner panicked");
    Failure::new("internal", "The hub failed at this; its log says more.", "Try again, and tell who runs the hub.")
}
