//! Bringing a container down and away. Idempotent: a container that is gone, or being removed by somebody else, is
//! what was asked for. Volumes with a name are never touched here.

use std::time::Duration;

use bollard::query_parameters::{RemoveContainerOptions, RemoveContainerOptionsBuilder, StopContainerOptionsBuilder};
use tokio::time::{Instant, sleep};

use super::engine::{Engine, status};
use super::inspect;
use crate::{SpawnError, StopMode};

/// How long a removal that is under way may take. Large writable layers take seconds on slow disks.
const REMOVAL_DEADLINE: Duration = Duration::from_secs(30);

/// Stops and removes a container.
pub(super) async fn stop(engine: &Engine, id: &str, mode: StopMode, grace: Duration) -> Result<(), SpawnError> {
    if mode == StopMode::Graceful {
        end(engine, id, grace).await?;
    }
    remove(engine, id).await
}

/// Removes a container, running or not, and waits until it is gone.
pub(super) async fn remove(engine: &Engine, id: &str) -> Result<(), SpawnError> {
    remove_by(engine, id, RemoveContainerOptionsBuilder::new().force(true).v(false).build()).await
}

/// The same for a container that nobody saved anything in: with the nameless volumes that engines make where an image
/// declares some.
pub(super) async fn remove_wholly(engine: &Engine, id: &str) -> Result<(), SpawnError> {
    remove_by(engine, id, RemoveContainerOptionsBuilder::new().force(true).v(true).build()).await
}

async fn remove_by(engine: &Engine, id: &str, options: RemoveContainerOptions) -> Result<(), SpawnError> {
    let client = engine.client().await?;
    match client.remove_container(id, Some(options)).await {
        Ok(()) => Ok(()),
        Err(refused) if status(&refused) == Some(404) => Ok(()),
        // Somebody else removes it at this moment.
        Err(refused) if status(&refused) == Some(409) => until_gone(engine, id).await,
        Err(error) => Err(engine.failed("removing a server")(error)),
    }
}

/// Stops a container and leaves it there.
pub(super) async fn end(engine: &Engine, id: &str, grace: Duration) -> Result<(), SpawnError> {
    let seconds = i32::try_from(grace.as_secs()).unwrap_or(i32::MAX);
    let options = StopContainerOptionsBuilder::new().t(seconds).build();
    match engine.client().await?.stop_container(id, Some(options)).await {
        Ok(()) => Ok(()),
        // Not running, gone, or being removed.
        Err(refused) if matches!(status(&refused), Some(304 | 404 | 409)) => Ok(()),
        Err(error) => Err(engine.failed("stopping a server")(error)),
    }
}

async fn until_gone(engine: &Engine, id: &str) -> Result<(), SpawnError> {
    let deadline = Instant::now() + REMOVAL_DEADLINE;
    while inspect::inspect(engine, id).await?.is_some() {
        if Instant::now() > deadline {
            return Err(SpawnError::Engine { doing: "removing a server", said: "the removal does not end".into() });
        }
        sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}
