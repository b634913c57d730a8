//! Bringing a container up, step by step: image, network, create, checkpoint, start, address. Owns the promise that
//! at any moment nothing exists that was not checkpointed, except for the instant that the create call itself takes.

use std::sync::Arc;

use bollard::errors::Error as EngineError;
use bollard::models::ContainerCreateBody;
use bollard::query_parameters::CreateContainerOptionsBuilder;
use labdeck_model::{ImageRef, StartStep};
use tokio::sync::oneshot;
use tracing::{info, warn};

use super::config::{DockerConfig, PullPolicy};
use super::container::{self, LISTEN, Plan, labels};
use super::engine::{Engine, is_gone, said, status};
use super::image::{self, Checked, Look, absent};
use super::network::Network;
use super::probe::Prober;
use super::{adopt, inspect, pull, stop};
use crate::{Progress, SpawnError, SpawnRequest, StartContext, env, tasks};

/// What a start works with.
#[derive(Debug)]
pub(super) struct Starter<'a> {
    pub(super) config: &'a DockerConfig,
    pub(super) engine: &'a Arc<Engine>,
    pub(super) prober: &'a Prober,
    pub(super) network: &'a Network,
}

/// A created container that nobody has written down yet: dropped, it is removed.
struct Unsaved {
    engine: Arc<Engine>,
    id: Option<String>,
}

// === impl Starter ===

impl Starter<'_> {
    /// Brings the server up and returns where it listens.
    pub(super) async fn start(&self, request: &SpawnRequest, ctx: &StartContext) -> Result<String, SpawnError> {
        let reference = self.reference(request)?;
        let machine = tokio::select! {
            biased;
            () = ctx.cancelled() => return Err(SpawnError::Cancelled),
            connected = self.engine.connect() => connected?,
        };
        let image = Box::pin(self.image(&reference, ctx)).await?;
        if let (None, Some(reason)) = (&request.cmd, &image.verdict.refusal) {
            return Err(SpawnError::ImageUnusable { image: reference.to_string(), reason: reason.clone() });
        }
        ctx.check()?;
        ctx.step(StartStep::Creating, format!("Creating a container of {reference}"));
        self.network.ensure(self.engine, self.config).await?;
        self.clear_leftovers(request).await?;
        let body = container::body(&Plan {
            config: self.config,
            key: &request.key,
            home: &request.home,
            image: &image.id,
            cmd: command(request, &image),
            environment: env::server_environment(request, LISTEN),
            limits: request.limits,
            machine_cpus: machine.cpus,
        });
        ctx.check()?;
        let name = self.config.container_name(&request.key);
        let id = self.create(&name, body).await?.save(&name, ctx).await?;
        info!(container.id = %id, server.name = %request.key, "Created container {name} for {}", request.key);
        ctx.check()?;
        ctx.step(StartStep::Booting, "Starting the container");
        self.run(&reference, &id).await?;
        inspect::address(self.engine, &id).await
    }

    fn reference(&self, request: &SpawnRequest) -> Result<ImageRef, SpawnError> {
        let stack = request.stack.as_ref().map(|stack| stack.image.clone());
        stack.or_else(|| self.config.image.clone()).ok_or_else(|| SpawnError::ImageNotFound {
            image: "(none)".into(),
            said: "no stack was chosen and none is the default".into(),
        })
    }

    /// The image, fetched if it must be, and fit to serve notebooks.
    async fn image(&self, reference: &ImageRef, ctx: &StartContext) -> Result<Checked, SpawnError> {
        let machine = self.engine.connect().await?;
        let present = image::inspect(self.engine, reference.as_str()).await?;
        let found = match (self.config.pull_policy, present) {
            (PullPolicy::IfNotPresent | PullPolicy::Never, Some(found)) => found,
            (PullPolicy::Never, None) => return Err(absent(reference, "fetching images at a start is switched off")),
            (PullPolicy::IfNotPresent | PullPolicy::Always, present) => {
                let pulled = self.pull(reference, ctx).await;
                match (pulled, present) {
                    (Err(SpawnError::ImageNotFound { said, .. }), Some(found)) => {
                        warn!("Image {reference} could not be renewed, the present one serves: {said}");
                        found
                    }
                    (Err(error), _) => return Err(error),
                    (Ok(()), _) => image::inspect(self.engine, reference.as_str())
                        .await?
                        .ok_or_else(|| absent(reference, "it was fetched and is gone again"))?,
                }
            }
        };
        let (engine, prober, hub_id) = (self.engine, self.prober, &self.config.hub_id);
        let look = Look { engine, prober, hub_id, machine: &machine };
        image::check_for_start(&look, reference.as_str(), found).await
    }

    async fn pull(&self, reference: &ImageRef, ctx: &StartContext) -> Result<(), SpawnError> {
        ctx.step(StartStep::Pulling, format!("Fetching {reference}"));
        let report = |progress: pull::PullProgress| {
            ctx.progress(Progress {
                step: StartStep::Pulling,
                percent: progress.percent(),
                message: format!("Fetching {reference}: {}", progress.message()),
            });
        };
        pull::pull(self.engine, reference, &report, ctx.token()).await
    }

    /// Removes what an earlier life of this server left. Its home is a volume and stays.
    async fn clear_leftovers(&self, request: &SpawnRequest) -> Result<(), SpawnError> {
        for id in adopt::ids_of(self.engine, &self.config.hub_id, &request.key).await? {
            info!(container.id = %id, "Removed container {id}, which an earlier start of {} left", request.key);
            stop::remove(self.engine, &id).await?;
        }
        Ok(())
    }

    /// Creates the container. The call runs to its end even if this start is dropped in the middle of it: whoever
    /// made something must learn its id to remove it.
    async fn create(&self, name: &str, body: ContainerCreateBody) -> Result<Unsaved, SpawnError> {
        let (sender, receiver) = oneshot::channel();
        let (engine, hub_id, name) = (self.engine.clone(), self.config.hub_id.clone(), name.to_owned());
        tasks::detach("create container", async move {
            let made = create_once_or_twice(&engine, &hub_id, &name, body).await;
            // A closed channel drops the container with the message: it is removed.
            let _ = sender.send(made.map(|id| Unsaved { engine, id: Some(id) }));
        });
        receiver.await.unwrap_or_else(|_| {
            Err(SpawnError::Engine { doing: "creating a server", said: "the hub is ending".into() })
        })
    }

    async fn run(&self, reference: &ImageRef, id: &str) -> Result<(), SpawnError> {
        match self.engine.client().await?.start_container(id, None).await {
            Ok(()) => Ok(()),
            Err(error) if is_gone(&error) => Err(self.engine.failed("starting a server")(error)),
            Err(error) => Err(refused_start(reference, &said(&error))),
        }
    }
}

/// What is run: what the request says, the image's own command, or the single-user server where the image's command
/// is something else.
fn command(request: &SpawnRequest, image: &Checked) -> Option<Vec<String>> {
    let own = || {
        if image.verdict.starts_by_itself {
            image.config.cmd.clone().unwrap_or_default()
        } else {
            vec!["jupyterhub-singleuser".into()]
        }
    };
    match (&request.cmd, request.args.is_empty(), image.verdict.starts_by_itself) {
        (None, true, true) => None,
        (cmd, _, _) => Some(cmd.clone().unwrap_or_else(own).into_iter().chain(request.args.iter().cloned()).collect()),
    }
}

async fn create_once_or_twice(
    engine: &Engine,
    hub_id: &str,
    name: &str,
    body: ContainerCreateBody,
) -> Result<String, SpawnError> {
    let client = engine.client().await?;
    let options = || Some(CreateContainerOptionsBuilder::new().name(name).build());
    match client.create_container(options(), body.clone()).await {
        Ok(made) => Ok(made.id),
        Err(refused) if name_is_taken(&refused) => {
            free_name(engine, hub_id, name).await?;
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

/// Removes the holder of a name if it is this hub's; a stranger keeps it.
async fn free_name(engine: &Engine, hub_id: &str, name: &str) -> Result<(), SpawnError> {
    let Some(holder) = inspect::inspect(engine, name).await? else { return Ok(()) };
    let its_labels = holder.config.and_then(|config| config.labels).unwrap_or_default();
    if its_labels.get(labels::HUB).map(String::as_str) != Some(hub_id) {
        let said = format!("another container, not of this hub, is named {name}");
        return Err(SpawnError::Engine { doing: "creating a server", said });
    }
    stop::remove(engine, &holder.id.unwrap_or_else(|| name.to_owned())).await
}

/// A start that the engine refused, by its words.
fn refused_start(reference: &ImageRef, said: &str) -> SpawnError {
    let image = || reference.to_string();
    // A missing file can be the toolkit's, and a refused folder one that is to be mounted: no fault of the image.
    if said.contains("nvidia-container-cli") || said.contains("mount source path") {
        return SpawnError::Engine { doing: "starting a server", said: said.to_owned() };
    }
    if said.contains("exec format error") {
        let (found, wanted) = ("another kind of".to_owned(), std::env::consts::ARCH.to_owned());
        return SpawnError::WrongArchitecture { image: image(), found, wanted };
    }
    let no_program = ["executable file not found", "no such file or directory", "permission denied"];
    if no_program.iter().any(|words| said.contains(words)) {
        return SpawnError::ImageUnusable {
            image: image(),
            reason: format!("its start command cannot be run ({said})"),
        };
    }
    SpawnError::Engine { doing: "starting a server", said: said.to_owned() }
}

// === impl Unsaved ===

impl Unsaved {
    /// Writes the container down; where that fails or is no longer wanted, removes it.
    async fn save(mut self, name: &str, ctx: &StartContext) -> Result<String, SpawnError> {
        let id = self.id.clone().unwrap_or_default();
        let saved = match ctx.check() {
            Ok(()) => ctx.checkpoint(inspect::state_of(&id, name)).await,
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

#[cfg(test)]
mod tests {
    use bollard::models::ImageConfig;

    use super::super::probe::Verdict;
    use super::*;

    fn checked(starts_by_itself: bool) -> Checked {
        let config = ImageConfig { cmd: Some(vec!["start-notebook.py".into()]), ..ImageConfig::default() };
        Checked { id: "x".into(), config, verdict: Verdict { refusal: None, hub_version: None, starts_by_itself } }
    }

    #[test]
    fn the_command_is_the_images_unless_it_cannot_serve_or_somebody_says_otherwise() {
        let mut request = env::tests::request("ada", "");
        assert_eq!(command(&request, &checked(true)), None);
        assert_eq!(command(&request, &checked(false)).unwrap(), ["jupyterhub-singleuser"]);
        request.args = vec!["--debug".into()];
        assert_eq!(command(&request, &checked(true)).unwrap(), ["start-notebook.py", "--debug"]);
        request.cmd = Some(vec!["mine".into()]);
        assert_eq!(command(&request, &checked(true)).unwrap(), ["mine", "--debug"]);
    }

    #[test]
    fn a_refused_start_is_told_by_the_engines_words() {
        let image = ImageRef::parse("a").unwrap();
        let kind = |said: &str| refused_start(&image, said).failure().kind;
        assert_eq!(kind("exec: \"x\": executable file not found in $PATH"), "image_unusable");
        assert_eq!(kind("exec /x: exec format error"), "wrong_architecture");
        assert_eq!(kind("driver failed programming external connectivity"), "engine_error");
    }
}
