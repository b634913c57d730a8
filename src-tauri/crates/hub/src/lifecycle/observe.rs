//! Watching a server that runs: resolves when something about it changed. Waits for the driver's word, and looks by
//! itself from time to time, since an engine's event can be missed. An error of the driver is never taken for the end
//! of the server.

use std::sync::Arc;
use std::time::Duration;

use labdeck_spawner::{Liveness, SpawnError, Spawner, SpawnerState};

use super::calls::RETRY_PAUSE;
use super::ports::Engine;

/// For one look. An engine that takes longer is as good as gone.
const ONE_LOOK: Duration = Duration::from_secs(10);
/// Between two looks beside a stop that takes its time: whether its engine answers at all.
const SILENCE_LOOKS: Duration = Duration::from_secs(5);

/// How long after a server's end its engine must be gone, to have taken it along. An engine that stops takes no more calls
/// by then; whoever watches is told of every other end within a second.
const ENGINE_FOLLOWS: Duration = Duration::from_millis(300);

/// What changed.
#[derive(Debug)]
pub(super) enum Observation {
    /// The server ended.
    Ended(Liveness),
    /// Its driver cannot say anything about it any more.
    EngineGone,
    /// Its driver can again, and it runs.
    EngineBack {
        /// Where it listens now, if the driver can tell.
        url: Option<String>,
    },
}

/// Resolves at the next change. `poll` is how often it looks while the driver says nothing.
///
/// # Cancellation
/// Safe to drop; it only looks.
pub(super) async fn observe(
    spawner: Arc<dyn Spawner>,
    state: SpawnerState,
    engine: Engine,
    poll: Option<Duration>,
) -> Observation {
    match engine {
        Engine::Answers => watch(&*spawner, &state, poll).await,
        Engine::Gone => until_back(&*spawner, &state).await,
    }
}

async fn watch(spawner: &dyn Spawner, state: &SpawnerState, poll: Option<Duration>) -> Observation {
    loop {
        // The driver's word first: it comes with the exit code, and a look at the same moment may find nothing left.
        let seen = tokio::select! {
            biased;
            ended = spawner.wait(state) => match ended {
                // It broke off because the engine went. One that is back by the next look was restarted in between.
                Err(SpawnError::EngineGone(_)) => pause_and_look(spawner, state).await.map(Liveness::with_engine),
                // A word without an end, or none at all: a look tells how it really is.
                Ok(Liveness::Running) | Err(_) => pause_and_look(spawner, state).await,
                Ok(ended) => return with_or_without_engine(spawner, state, ended).await,
            },
            () = pause(poll) => look(spawner, state).await,
        };
        match seen {
            Ok(Liveness::Running) => {}
            Ok(ended) => return Observation::Ended(ended),
            Err(_) => return Observation::EngineGone,
        }
    }
}

async fn pause(poll: Option<Duration>) {
    match poll {
        Some(interval) => tokio::time::sleep(interval).await,
        None => std::future::pending().await,
    }
}

/// An engine that is being stopped ends its containers first and goes a moment later.
async fn with_or_without_engine(spawner: &dyn Spawner, state: &SpawnerState, ended: Liveness) -> Observation {
    let may_be_its_engine = match &ended {
        Liveness::Exited(exit) => !exit.out_of_memory && matches!(exit.code, Some(0 | 137 | 143)),
        Liveness::Running | Liveness::Gone => false,
    };
    if may_be_its_engine {
        tokio::time::sleep(ENGINE_FOLLOWS).await;
        if matches!(look(spawner, state).await, Err(SpawnError::EngineGone(_))) {
            return Observation::Ended(ended.with_engine());
        }
    }
    Observation::Ended(ended)
}

async fn until_back(spawner: &dyn Spawner, state: &SpawnerState) -> Observation {
    loop {
        match pause_and_look(spawner, state).await {
            Ok(Liveness::Running) => {
                let address = tokio::time::timeout(ONE_LOOK, spawner.address(state)).await;
                return Observation::EngineBack { url: address.ok().and_then(Result::ok) };
            }
            Ok(ended) => return Observation::Ended(ended.with_engine()),
            Err(_) => {}
        }
    }
}

/// Resolves when the engine under a server does not answer.
///
/// # Cancellation
/// Safe to drop; it only looks.
pub(super) async fn silence(spawner: &dyn Spawner, state: &SpawnerState) -> SpawnError {
    loop {
        tokio::time::sleep(SILENCE_LOOKS).await;
        if let Err(error @ SpawnError::EngineGone(_)) = look(spawner, state).await {
            return error;
        }
    }
}

/// Looks once, a moment from now.
pub(super) async fn pause_and_look(spawner: &dyn Spawner, state: &SpawnerState) -> Result<Liveness, SpawnError> {
    tokio::time::sleep(RETRY_PAUSE).await;
    look(spawner, state).await
}

async fn look(spawner: &dyn Spawner, state: &SpawnerState) -> Result<Liveness, SpawnError> {
    match tokio::time::timeout(ONE_LOOK, spawner.poll(state)).await {
        Ok(seen) => seen,
        Err(late) => Err(SpawnError::EngineGone(late.into())),
    }
}
