//! Watching a server that runs: resolves when something about it changed. Waits for the driver's word, and looks by
//! itself from time to time, since an engine's event can be missed. An error of the driver is never taken for the end
//! of the server.

use std::sync::Arc;
use std::time::Duration;

use labdeck_spawner::{Liveness, SpawnError, Spawner, SpawnerState};

use super::calls::RETRY_PAUSE;
use super::ports::Engine;

/// Between two looks while the driver says nothing. JupyterHub's `poll_interval`.
const POLL_INTERVAL: Duration = Duration::from_secs(30);
/// For one look. An engine that takes longer is as good as gone.
const ONE_LOOK: Duration = Duration::from_secs(10);

/// What changed.
#[derive(Debug)]
pub(super) enum Observation {
    /// The server ended.
    Ended(Liveness),
    /// Whether its driver can say anything about it.
    Engine(Engine),
}

/// Resolves at the next change.
///
/// # Cancellation
/// Safe to drop; it only looks.
pub(super) async fn observe(spawner: Arc<dyn Spawner>, state: SpawnerState, engine: Engine) -> Observation {
    match engine {
        Engine::Answers => watch(&*spawner, &state).await,
        Engine::Gone => until_back(&*spawner, &state).await,
    }
}

async fn watch(spawner: &dyn Spawner, state: &SpawnerState) -> Observation {
    loop {
        // The driver's word first: it comes with the exit code, and a look at the same moment may find nothing left.
        let seen = tokio::select! {
            biased;
            ended = spawner.wait(state) => match ended {
                // A word without an end, or none at all: a look tells how it really is.
                Ok(Liveness::Running) | Err(_) => pause_and_look(spawner, state).await,
                Ok(ended) => Ok(ended),
            },
            () = tokio::time::sleep(POLL_INTERVAL) => look(spawner, state).await,
        };
        match seen {
            Ok(Liveness::Running) => {}
            Ok(ended) => return Observation::Ended(ended),
            Err(_) => return Observation::Engine(Engine::Gone),
        }
    }
}

async fn until_back(spawner: &dyn Spawner, state: &SpawnerState) -> Observation {
    loop {
        match pause_and_look(spawner, state).await {
            Ok(Liveness::Running) => return Observation::Engine(Engine::Answers),
            Ok(ended) => return Observation::Ended(ended),
            Err(_) => {}
        }
    }
}

async fn pause_and_look(spawner: &dyn Spawner, state: &SpawnerState) -> Result<Liveness, SpawnError> {
    tokio::time::sleep(RETRY_PAUSE).await;
    look(spawner, state).await
}

async fn look(spawner: &dyn Spawner, state: &SpawnerState) -> Result<Liveness, SpawnError> {
    match tokio::time::timeout(ONE_LOOK, spawner.poll(state)).await {
        Ok(seen) => seen,
        Err(late) => Err(SpawnError::EngineGone(late.into())),
    }
}
