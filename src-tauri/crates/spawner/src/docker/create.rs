//! The one call that makes a container. Owns the promise that a container which nobody wrote down is removed, also
//! when its start is dropped in the middle of the call, and that a name is only freed of an earlier life of the same
//! server.

use std::sync::Arc;

use bollard::errors::Error as EngineError;
use bollard::models::ContainerCreateBody;
use bollard::query_parameters::CreateContainerOptionsBuilder;
use labdeck_model::ServerKey;
use tokio::sync::oneshot;
use tracing::warn;

use super::container::{self, labels};
use super::engine::{Engine, said, status};
use super::{inspect, stop};
use crate::{SpawnError, SpawnerState, StartContext, tasks};

/// A created container that nobody has written down yet: dropped, it is removed.
pub(super) struct Unsaved {
    engine: Arc<Engine>,
    id: Option<String>,
}

/// Whose container it shall be.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub(super) hub_id: String,
    pub(super) key: ServerKey,
}

/// Creates the container. The call runs to its end even if the start is dropped in the middle of it: whoever made
/// something must learn its id to remove it.
pub(super) async fn create(
    engine: &Arc<Engine>,
    owner: Owner,
    name: &str,
    body: ContainerCreateBody,
) -> Result<Unsaved, SpawnError> {
    let (sender, receiver) = oneshot::channel();
    let (engine, name) = (Arc::clone(engine), name.to_owned());
    tasks::detach("create container", async move {
        let made = create_once_or_twice(&engine, &owner, &name, body).await;
        // A closed channel drops the container with the message: it is removed.
        let _ = sender.send(made.map(|id| Unsaved { engine, id: Some(id) }));
    });
    receiver
        .await
        .unwrap_or_else(|_| Err(SpawnError::Engine { doing: "creating a server", said: "the hub is ending".into() }))
}

async fn create_once_or_twice(
    engine: &Engine,
    owner: &Owner,
    name: &str,
    body: ContainerCreateBody,
) -> Result<String, SpawnError> {
    let client = engine.client().await?;
    let options = || Some(CreateContainerOptionsBuilder::new().name(name).build());
    match client.create_container(options(), body.clone()).await {
        Ok(made) => Ok(made.id),
        Err(refused) if name_is_taken(&refused) => {
            free_name(engine, owner, name).await?;
            let made = client.create_container(options(), body).await;
            made.map(|made| made.id).map_err(engine.failed("creating a server"))
        }
        Err(error) => Err(engine.failed("creating a server")(error)),
    }
}

/// Docker says 409, Podman 500 with these words.
fn name_is_taken(refused: &EngineError) -> bool {
    status(refused) == Some(409) || (status(refused) == Some(500) && said(refused).contains("already in use"))
}

/// Removes the holder of a name if it is an earlier life of this server; anybody else keeps it.
async fn free_name(engine: &Engine, owner: &Owner, name: &str) -> Result<(), SpawnError> {
    let Some(holder) = inspect::inspect(engine, name).await? else { return Ok(()) };
    let its_labels = holder.config.and_then(|config| config.labels).unwrap_or_default();
    let ours = its_labels.get(labels::HUB) == Some(&owner.hub_id);
    if !ours || container::key_of(&its_labels).is_some_and(|key| key != owner.key) {
        let whose = if ours { "another server" } else { "another container, not of this hub," };
        let said = format!("{whose} is named {name}; the lead changes name_template or prefix");
        return Err(SpawnError::Engine { doing: "creating a server", said });
    }
    stop::remove(engine, &holder.id.unwrap_or_else(|| name.to_owned())).await
}

// === impl Unsaved ===

impl Unsaved {
    /// Writes the container down; where that fails or is no longer wanted, removes it.
    pub(super) async fn save(
        mut self,
        state: impl FnOnce(&str) -> SpawnerState,
        ctx: &StartContext,
    ) -> Result<String, SpawnError> {
        let id = self.id.clone().unwrap_or_default();
        let saved = match ctx.check() {
            Ok(()) => ctx.checkpoint(state(&id)).await,
            Err(cancelled) => Err(cancelled),
        };
        if saved.is_err() {
            stop::remove(&self.engine, &id).await?;
        }
        self.id = None;
        saved.map(|()| id)
    }
}

impl Drop for Unsaved {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else { return };
        let engine = self.engine.clone();
        // Without a runtime the hub is ending; its next start finds the container by its labels.
        if tokio::runtime::Handle::try_current().is_ok() {
            tasks::detach("remove unsaved container", async move {
                if let Err(error) = stop::remove(&engine, &id).await {
                    warn!(container.id = %id, "Container {id} of an abandoned start could not be removed: {error}");
                }
            });
        }
    }
}
