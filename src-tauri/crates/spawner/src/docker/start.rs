//! Bringing a container up, step by step: image, network, create, checkpoint, start, address. At any moment nothing
//! exists that was not checkpointed, except for the instant that the create call itself takes (see `create`).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bollard::models::Mount;
use labdeck_model::{Failure, ImageRef, StartStep};
use tokio::time::Instant;
use tracing::{info, warn};

use super::config::{DockerConfig, PullPolicy};
use super::container::{self, Plan};
use super::create::{self, Owner};
use super::engine::{Engine, is_gone, said};
use super::image::{self, Checked, Look, absent};
use super::mounts::{MountPlan, Place};
use super::network::Network;
use super::probe::Prober;
use super::reach::Way;
use super::shapes::is_roots;
use super::system_user::Account;
use super::template::Names;
use super::{adopt, after, fresh, furnish, host_home, inspect, pull, stray, system_user, together};
use crate::diagnosis::kind;
use crate::{Ceiling, Progress, SpawnError, SpawnRequest, StartContext, StopMode};

/// What a start works with.
#[derive(Debug)]
pub(super) struct Starter<'a> {
    pub(super) config: &'a DockerConfig,
    pub(super) engine: &'a Arc<Engine>,
    pub(super) prober: &'a Prober,
    pub(super) network: &'a Network,
    pub(super) ceiling: Option<&'a Arc<Ceiling>>,
}

/// A fetch that took longer than this may have outlived what was looked at before it.
const LONG_FETCH: Duration = Duration::from_secs(10);

/// What a server gets of the machine.
#[derive(Debug)]
struct Around {
    account: Option<Account>,
    mounts: Vec<Mount>,
    /// The volumes that this start makes.
    fresh: BTreeSet<String>,
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
        let names = Names { key: &request.key, image: reference.as_str(), prefix: self.config.container_prefix() };
        let begun = Instant::now();
        // None of these needs another; together they take as long as the longest.
        let (image, around, _, ()) = Box::pin(async {
            tokio::try_join!(
                self.image(&reference, ctx),
                self.around(request, names),
                self.network.ensure(self.engine, self.config),
                self.clear_leftovers(request)
            )
        })
        .await?;
        if let (None, Some(reason)) = (&request.cmd, &image.verdict.refusal) {
            return Err(SpawnError::ImageUnusable { image: reference.to_string(), reason: reason.clone() });
        }
        ctx.check()?;
        ctx.step(StartStep::Creating, format!("Creating a container of {reference}"));
        if begun.elapsed() > LONG_FETCH {
            // Somebody may have removed the network while the image came.
            self.network.ensure(self.engine, self.config).await?;
        }
        let way = Way::of(self.config.containers.reach, self.engine.host().as_deref());
        let image_user = image.config.user.clone().unwrap_or_default();
        self.check_home(&around, &image_user).await?;
        let body = container::body(Plan {
            config: self.config,
            names,
            image: &image.id,
            image_user: &image_user,
            mounts: around.mounts.clone(),
            gpus: &request.gpus,
            account: around.account.as_ref(),
            publish_on: way.publish_on(),
            cmd: command(request, &image),
            environment: container::environment(self.config, request, &names),
            limits: request.limits,
            machine_cpus: machine.cpus,
            parent: together::parent(self.engine, self.ceiling).await,
        })?;
        ctx.check()?;
        let name = self.config.container_name(&names);
        let state = |id: &str| inspect::state_of(id, &name, reference.as_str(), &image.id);
        let owner = Owner { hub_id: self.config.hub_id.clone(), key: request.key.clone() };
        let id = create::create(self.engine, owner, &name, body).await?.save(state, ctx).await?;
        info!(container.id = %id, server.name = %request.key, "Created container {name} for {}", request.key);
        ctx.check()?;
        ctx.step(StartStep::Booting, "Starting the container");
        self.hand_over(&around, &image_user, &id).await?;
        self.mount_plan(request, names, around.account.as_ref()).check_again(&around.mounts).await?;
        self.run(&reference, &id).await?;
        let address = inspect::address(self.engine, &id, &way).await?;
        together::confirm(self.engine, self.ceiling, &id).await?;
        self.post_start(&names, &id).await?;
        Ok(address)
    }

    async fn post_start(&self, names: &Names<'_>, id: &str) -> Result<(), SpawnError> {
        let command: Vec<_> = self.config.containers.post_start_cmd.iter().map(|word| word.render(names)).collect();
        if command.is_empty() { Ok(()) } else { after::run(self.engine, id, command).await }
    }

    /// What a server gets of the machine, found out beside its image.
    async fn around(&self, request: &SpawnRequest, names: Names<'_>) -> Result<Around, SpawnError> {
        let account = match &self.config.containers.system_user {
            Some(setting) => Some(system_user::find(setting, &names).await?),
            None => None,
        };
        let mounts = self.mount_plan(request, names, account.as_ref()).all().await?;
        let fresh = fresh::among(self.engine, &mounts).await?;
        Ok(Around { account, mounts, fresh })
    }

    fn mount_plan<'b>(
        &'b self,
        request: &'b SpawnRequest,
        names: Names<'b>,
        account: Option<&'b Account>,
    ) -> MountPlan<'b> {
        MountPlan {
            config: self.config,
            key: &request.key,
            home: &request.home,
            names,
            wishes: &request.mounts,
            account,
            place: self.engine.place(),
            socket: self.engine.socket(),
            storage: self.engine.storage(),
        }
    }

    /// A home on this machine must be writable for its server.
    async fn check_home(&self, around: &Around, image_user: &str) -> Result<(), SpawnError> {
        if self.engine.place() != Place::Here {
            return Ok(());
        }
        let account = around.account.as_ref();
        let home = account.map_or(self.config.home_path.as_str(), |account| &account.image_home);
        host_home::check(&around.mounts, home, fresh::owner(image_user, account)).await
    }

    async fn hand_over(&self, around: &Around, image_user: &str, id: &str) -> Result<(), SpawnError> {
        if around.fresh.is_empty() {
            return Ok(());
        }
        let (user, group) = fresh::owner(image_user, around.account.as_ref());
        let of_root = is_roots(image_user.split(':').next().unwrap_or_default());
        fresh::hand_over(self.engine, id, &around.mounts, &around.fresh, (user, group, of_root)).await?;
        if let Some(skeleton) = self.config.skeleton.clone() {
            let home = furnish::NewHome { engine: self.engine, container: id, owner: (user, group) };
            home.furnish(skeleton, &around.mounts, &around.fresh).await;
        }
        Ok(())
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
            stray::clear(self.engine, self.config, &id, StopMode::Kill).await?;
            info!(container.id = %id, "Cleared container {id} away, which an earlier start of {} left", request.key);
        }
        Ok(())
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

/// A start that the engine refused, by its words.
fn refused_start(reference: &ImageRef, said: &str) -> SpawnError {
    let image = || reference.to_string();
    let says = |pieces: &[&str]| pieces.iter().any(|piece| said.contains(piece));
    let engine = || SpawnError::Engine { doing: "starting a server", said: said.to_owned() };
    // A missing file can be the toolkit's, and a refused folder one that is to be mounted: no fault of the image.
    let of_cards = ["nvidia-container-", "could not select device driver", "unresolvable CDI devices"];
    if says(&of_cards) || says(&["mount source path"]) {
        return engine();
    }
    if says(&["exec format error"]) {
        let (found, wanted) = ("another kind of".to_owned(), std::env::consts::ARCH.to_owned());
        return SpawnError::WrongArchitecture { image: image(), found, wanted };
    }
    let missing = ["no such file or directory", "permission denied"];
    if says(&["executable file not found"]) || (says(&["exec: "]) && says(&missing)) {
        return SpawnError::ImageUnusable {
            image: image(),
            reason: format!("its start command cannot be run ({said})"),
        };
    }
    if says(&["error mounting", "rootfs", "cgroup"]) && says(&missing) {
        return SpawnError::Refused(Failure::new(
            kind::PERMISSION_DENIED,
            format!("The engine could not mount what the server needs: {said}"),
            "The lead looks at the folder that is named: whether it is still there, and whether the engine may use it. \
             Where it is the engine's own, restarting Docker helps.",
        ));
    }
    engine()
}

#[cfg(test)]
mod tests {
    use bollard::models::ImageConfig;

    use super::super::probe::Verdict;
    use super::*;
    use crate::env;

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
        let create = "OCI runtime create failed: runc create failed: unable to start container process: ";
        let rows = [
            ("exec: \"x\": executable file not found in $PATH", "image_unusable"),
            ("exec: \"/start.sh\": permission denied: unknown", "image_unusable"),
            ("exec: \"/start.sh\": stat /start.sh: no such file or directory", "image_unusable"),
            ("exec /x: exec format error", "wrong_architecture"),
            ("could not select device driver \"nvidia\" with capabilities: [[gpu]]", "gpu_toolkit_missing"),
            ("failed to inject CDI devices: unresolvable CDI devices nvidia.com/gpu=0", "gpu_toolkit_missing"),
            ("exec: \"nvidia-container-runtime-hook\": executable file not found in $PATH", "gpu_toolkit_missing"),
            (
                "error mounting \"/nfs/ada\" to rootfs at \"/home/jovyan\": mount src=/nfs/ada: permission denied",
                "permission_denied",
            ),
            (
                "error during container init: error mounting \"proc\" to rootfs: no such file or directory",
                "permission_denied",
            ),
            ("unable to apply cgroup configuration: mkdir /sys/fs/cgroup/x: permission denied", "permission_denied"),
            ("openat2 /sys/fs/cgroup/docker/x/cgroup.procs: no such file or directory", "permission_denied"),
        ];
        for (said, wanted) in rows {
            assert_eq!(kind(&format!("{create}{said}")), wanted, "{said}");
        }
        assert_eq!(kind("driver failed programming external connectivity"), "engine_error");
    }
}
