//! What a new home begins with: the lead's skeleton, put into a home volume that this very start made, before anything
//! runs. Homes that exist are never touched, and nothing that the image brought is written over.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bollard::models::Mount;
use bollard::query_parameters::{ContainerArchiveInfoOptionsBuilder, UploadToContainerOptionsBuilder};
use tracing::warn;

use super::engine::{Engine, status};
use super::fresh::kind;
use crate::{SpawnError, skeleton};

/// A home that was just made, seen through the container that will use it.
#[derive(Debug)]
pub(super) struct NewHome<'a> {
    pub(super) engine: &'a Arc<Engine>,
    pub(super) container: &'a str,
    /// User and group of the server, by number.
    pub(super) owner: (u32, u32),
}

// === impl NewHome ===

impl NewHome<'_> {
    /// Copies the skeleton, where the home among these mounts is new. A home without it is better than none.
    pub(super) async fn furnish(&self, skeleton: PathBuf, mounts: &[Mount], fresh: &BTreeSet<String>) {
        let is_new = |mount: &&Mount| mount.source.as_ref().is_some_and(|name| fresh.contains(name));
        let home = mounts.iter().filter(is_new).find(|mount| kind(mount) == Some("home"));
        let Some(target) = home.and_then(|mount| mount.target.as_deref()) else { return };
        if let Err(error) = self.copy(skeleton.clone(), target).await {
            warn!(%error, "The skeleton {} could not be copied into a new home", skeleton.display());
        }
    }

    async fn copy(&self, folder: PathBuf, target: &str) -> Result<(), SpawnError> {
        const DOING: &str = "copying the skeleton into a new home";
        let read = tokio::task::spawn_blocking(move || skeleton::pieces(&folder)).await;
        let pieces = read.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(SpawnError::io(DOING))?;
        if pieces.is_empty() {
            return Ok(());
        }
        let mut there = BTreeSet::new();
        for piece in &pieces {
            if self.exists(&Path::new(target).join(&piece.name)).await? {
                there.insert(piece.name.clone());
            }
        }
        let owner = self.owner;
        let packed = tokio::task::spawn_blocking(move || skeleton::pack(&pieces, &there, owner)).await;
        let packed = packed.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(SpawnError::io(DOING))?;
        let options = UploadToContainerOptionsBuilder::new().path(target).build();
        let body = bollard::body_full(packed.into());
        let client = self.engine.client().await?;
        client.upload_to_container(self.container, Some(options), body).await.map_err(self.engine.failed(DOING))
    }

    async fn exists(&self, path: &Path) -> Result<bool, SpawnError> {
        let options = ContainerArchiveInfoOptionsBuilder::new().path(&path.display().to_string()).build();
        match self.engine.client().await?.get_container_archive_info(self.container, Some(options)).await {
            Ok(_) => Ok(true),
            Err(refused) if status(&refused) == Some(404) => Ok(false),
            Err(error) => Err(self.engine.failed("looking into a new home")(error)),
        }
    }
}
