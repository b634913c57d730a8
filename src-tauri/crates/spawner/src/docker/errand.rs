//! [`Errand`]: a container of the driver's own for a moment, that mounts one place to look into it, to read it out or
//! to fill it. Most are never started: the engine's archive calls reach the files of a container that does not run,
//! whatever its image. Dropped, it is removed, and with it a volume that it was making.

use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bollard::errors::Error as EngineError;
use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigLogConfig, Mount, MountType, MountVolumeOptions,
};
use bollard::query_parameters::{RemoveVolumeOptionsBuilder, WaitContainerOptionsBuilder};
use futures_util::StreamExt;
use tokio::time::timeout;
use tracing::warn;

use super::container::labels;
use super::engine::{Engine, said, status};
use super::{adopt, image, log, stop};
use crate::docker::DockerSpawner;
use crate::{SpawnError, tasks};

/// Where an errand sees what it is about: `home` in [`ABOVE`].
pub(super) const PLACE: &str = "/labdeck/home";
/// The folder above, into which an archive of `home/` is unpacked.
pub(super) const ABOVE: &str = "/labdeck";
/// The label by which an errand of this run is told from one that a killed hub left.
const RUN: &str = "labdeck.run";
/// What a failure says was being done.
const DOING: &str = "looking into a folder";
/// How long an errand may run. Counting a million files on a slow disk takes minutes.
const PATIENCE: Duration = Duration::from_secs(600);

/// This run of the program.
static THIS_RUN: LazyLock<String> = LazyLock::new(|| {
    let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
    format!("{}-{random:x}", std::process::id())
});

/// What an errand is about.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    mount: Mount,
    /// A volume that is removed with the errand unless it is kept.
    making: Option<String>,
}

/// What an errand runs, if it runs anything.
#[derive(Debug, Clone, Copy)]
pub(super) struct Script<'a> {
    pub(super) text: &'a str,
    /// As whom: `0:0`, `1000:100`.
    pub(super) user: &'a str,
}

/// The container.
#[derive(Debug)]
pub(super) struct Errand {
    engine: Arc<Engine>,
    id: Option<String>,
    making: Option<String>,
}

// === impl Subject ===

impl Subject {
    /// A volume, which is only read.
    pub(super) fn reading(volume: &str) -> Self {
        Self { mount: volume_mount(volume, true), making: None }
    }

    /// A volume that exists, to write into.
    pub(super) fn writing(volume: &str) -> Self {
        Self { mount: volume_mount(volume, false), making: None }
    }

    /// A volume that is being made.
    pub(super) fn making(volume: &str) -> Self {
        Self { mount: volume_mount(volume, false), making: Some(volume.to_owned()) }
    }

    /// A folder of the engine's machine, which must exist.
    pub(super) fn folder(path: &str) -> Self {
        let mount = Mount {
            target: Some(PLACE.to_owned()),
            source: Some(path.to_owned()),
            typ: Some(MountType::BIND),
            read_only: Some(false),
            ..Mount::default()
        };
        Self { mount, making: None }
    }
}

/// Without what the image has at that place: the volume is looked at as it is.
fn volume_mount(volume: &str, read_only: bool) -> Mount {
    Mount {
        target: Some(PLACE.to_owned()),
        source: Some(volume.to_owned()),
        typ: Some(MountType::VOLUME),
        read_only: Some(read_only),
        volume_options: Some(MountVolumeOptions { no_copy: Some(true), ..MountVolumeOptions::default() }),
        ..Mount::default()
    }
}

// === impl Errand ===

impl Errand {
    /// Makes the container; nothing runs, so any image does.
    pub(super) async fn create(driver: &DockerSpawner, subject: Subject) -> Result<Self, SpawnError> {
        // From here on a drop clears away, also the volume that was made before.
        let mut guard = Self { engine: Arc::clone(&driver.engine), id: None, making: subject.making.clone() };
        for image in images(driver).await? {
            if guard.make(driver, &image, subject.mount.clone(), None).await? {
                return Ok(guard);
            }
        }
        Err(no_image())
    }

    /// Runs a script to its end; what it wrote, if it ended well. An image that has no shell, lacks a command (the
    /// script ends with 127 then) or is made for another processor makes way for the next.
    pub(super) async fn run(
        driver: &DockerSpawner,
        subject: &Subject,
        script: Script<'_>,
    ) -> Result<String, SpawnError> {
        let mut refused = no_tools();
        for image in images(driver).await? {
            let mut errand = Self { engine: Arc::clone(&driver.engine), id: None, making: None };
            if !errand.make(driver, &image, subject.mount.clone(), Some(script)).await? {
                continue;
            }
            let client = driver.engine.client().await?;
            if let Err(error) = client.start_container(errand.id(), None).await {
                let has_no_shell = said(&error).contains("/bin/sh");
                errand.done().await?;
                if has_no_shell {
                    continue;
                }
                refused = driver.engine.failed(DOING)(error);
                break;
            }
            let written = errand.written().await;
            errand.done().await?;
            if let Some(written) = written? {
                return Ok(written);
            }
        }
        Err(refused)
    }

    /// Makes the container of an image. Answers whether the image is still there.
    async fn make(
        &mut self,
        driver: &DockerSpawner,
        image: &str,
        mount: Mount,
        script: Option<Script<'_>>,
    ) -> Result<bool, SpawnError> {
        let body = body(&driver.config.hub_id, image, mount, script);
        let client = driver.engine.client().await?;
        match client.create_container(None, body).await {
            Ok(made) => self.id = Some(made.id),
            // Removed since the list was made. Nothing is ever fetched for an errand.
            Err(refused) if status(&refused) == Some(404) => return Ok(false),
            Err(error) => return Err(driver.engine.failed(DOING)(error)),
        }
        Ok(true)
    }

    /// The container's id.
    pub(super) fn id(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }

    /// Waits for the end of a container that runs; what it wrote. `None` if its image lacks what the script needs.
    async fn written(&self) -> Result<Option<String>, SpawnError> {
        let (engine, id) = (&self.engine, self.id());
        let client = engine.client().await?;
        let options = WaitContainerOptionsBuilder::new().condition("not-running").build();
        let mut ended = Box::pin(client.with_timeout(PATIENCE).wait_container(id, Some(options)));
        let outcome = timeout(PATIENCE, ended.next()).await;
        let written = log::last(engine, id, 10).await?.join("\n");
        match outcome {
            Ok(Some(Ok(_))) => Ok(Some(written)),
            Ok(Some(Err(error))) if cannot_run(&error, &written) => Ok(None),
            Ok(Some(Err(error))) if status(&error).is_some() => Err(engine.failed(DOING)(error)),
            Ok(Some(Err(error))) => {
                let words = if written.is_empty() { said(&error) } else { written };
                Err(SpawnError::Engine { doing: DOING, said: words })
            }
            Ok(None) | Err(_) => Err(SpawnError::Engine { doing: DOING, said: "it did not come to an end".into() }),
        }
    }

    /// Removes it now; a volume that it made stays.
    pub(super) async fn done(mut self) -> Result<(), SpawnError> {
        self.making = None;
        match self.id.take() {
            Some(id) => stop::remove_wholly(&self.engine, &id).await,
            None => Ok(()),
        }
    }

    /// Removes it now, with the volume that it was making.
    pub(super) async fn undo(mut self) {
        let (engine, id, making) = (Arc::clone(&self.engine), self.id.take(), self.making.take());
        clear(&engine, id, making).await;
    }
}

impl Drop for Errand {
    fn drop(&mut self) {
        let (engine, id, making) = (Arc::clone(&self.engine), self.id.take(), self.making.take());
        let nothing = id.is_none() && making.is_none();
        // Without a runtime the hub is ending; its next start finds the container by its labels.
        if !nothing && tokio::runtime::Handle::try_current().is_ok() {
            tasks::detach("remove errand", async move { clear(&engine, id, making).await });
        }
    }
}

async fn clear(engine: &Engine, id: Option<String>, making: Option<String>) {
    if let Some(id) = id
        && let Err(error) = stop::remove_wholly(engine, &id).await
    {
        warn!(container.id = %id, "Container {id}, which looked into a folder, could not be removed: {error}");
    }
    if let Some(volume) = making
        && let Err(error) = remove_volume(engine, &volume).await
    {
        warn!(volume.name = %volume, "The half-made volume {volume} could not be removed: {error}");
    }
}

/// Removes a volume; one that is gone already is a success, one that a container uses is refused.
pub(super) async fn remove_volume(engine: &Engine, volume: &str) -> Result<(), SpawnError> {
    let options = RemoveVolumeOptionsBuilder::new().force(false).build();
    match engine.client().await?.remove_volume(volume, Some(options)).await {
        Ok(()) => Ok(()),
        Err(refused) if status(&refused) == Some(404) => Ok(()),
        Err(error) => Err(engine.failed("deleting a home")(error)),
    }
}

/// Removes the errands of earlier runs.
pub(super) async fn clear_leftovers(engine: &Engine, hub_id: &str) -> Result<(), SpawnError> {
    for left in adopt::containers(engine, &[(labels::HUB, hub_id), (labels::KIND, "errand")]).await? {
        let run = left.labels.as_ref().and_then(|labels| labels.get(RUN));
        if run != Some(&*THIS_RUN) {
            stop::remove_wholly(engine, &left.id.unwrap_or_default()).await?;
        }
    }
    Ok(())
}

fn body(hub_id: &str, image: &str, mount: Mount, script: Option<Script<'_>>) -> ContainerCreateBody {
    let labels = [(labels::HUB, hub_id), (labels::KIND, "errand"), (RUN, THIS_RUN.as_str())];
    let words = ["/bin/sh", "-c", script.map_or("exit 0", |script| script.text)];
    // Reading what belongs to others is what an errand of root is for; it may do nothing else.
    let privileges = script.map_or(Vec::new(), |_| vec!["DAC_READ_SEARCH".to_owned()]);
    ContainerCreateBody {
        image: Some(image.to_owned()),
        entrypoint: Some(words.map(str::to_owned).to_vec()),
        cmd: Some(Vec::new()),
        // Not the image's own user, who may read nothing of the home.
        user: script.map(|script| script.user.to_owned()),
        working_dir: Some("/".to_owned()),
        healthcheck: Some(HealthConfig { test: Some(vec!["NONE".to_owned()]), ..HealthConfig::default() }),
        network_disabled: Some(true),
        labels: Some(labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into()),
        host_config: Some(HostConfig {
            network_mode: Some("none".into()),
            mounts: Some(vec![mount]),
            cap_drop: Some(vec!["ALL".to_owned()]),
            cap_add: Some(privileges),
            security_opt: Some(vec!["no-new-privileges".to_owned()]),
            pids_limit: Some(64),
            // Whatever the engine's own is: what the script writes is read from it.
            log_config: Some(HostConfigLogConfig { typ: Some("json-file".into()), config: None }),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

/// Whether it was the image: a command that it lacks, or programs for another processor.
fn cannot_run(ended: &EngineError, written: &str) -> bool {
    let code = if let EngineError::DockerContainerWaitError { code, .. } = ended { *code } else { 0 };
    matches!(code, 126 | 127) || (code != 0 && written.contains("exec format error"))
}

fn no_image() -> SpawnError {
    let said = "there is no image on this computer to do it with; fetch one first, under Stacks".into();
    SpawnError::Engine { doing: DOING, said }
}

fn no_tools() -> SpawnError {
    let said = "no image on this computer has a shell and the commands find, stat, awk and du, with which homes are \
                counted; fetch one that has, such as a Jupyter image, under Stacks";
    SpawnError::Engine { doing: DOING, said: said.into() }
}

/// The images of this machine by id, those first that serve notebooks and are small.
async fn images(driver: &DockerSpawner) -> Result<Vec<String>, SpawnError> {
    let mut images = image::list(&driver.engine, &driver.prober, &driver.config.hub_id).await?;
    images.sort_by_key(|image| (!image.usable, image.size_bytes, image.reference.clone()));
    if images.is_empty() {
        return Err(no_image());
    }
    Ok(images.into_iter().map(|image| image.id).collect())
}
