//! [`DockerSpawner`]: the driver's face. Implements [`Spawner`] by the parts beside it, and adds what only Docker has:
//! how the engine stands, which images there are, fetching one.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bollard::errors::Error as EngineError;
use bollard::query_parameters::{RemoveVolumeOptionsBuilder, WaitContainerOptionsBuilder};
use futures_util::StreamExt;
use labdeck_model::{EngineState, Failure, ImageRef, ResourceLimits, ServerKey};
use parking_lot::Mutex;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::config::DockerConfig;
use super::engine::{Engine, is_gone};
use super::events::{Listener, until_ended};
use super::image::Image;
use super::network::Network;
use super::probe::Prober;
use super::pull::PullProgress;
use super::reach::Way;
use super::start::Starter;
use super::stats::Meter;
use super::watch::Watch;
use super::{adopt, image, inspect, log, pull, stop, stray, together};
use crate::{
    Ceiling, Found, Happening, Homes, HubAccess, Liveness, LogLines, SpawnError, SpawnRequest, Spawner, SpawnerState,
    StartContext, StopMode, Usage,
};

/// Runs every server in a container of its own. One per hub; its clones of the engine's connection are cheap.
#[derive(Debug)]
pub struct DockerSpawner {
    pub(super) config: DockerConfig,
    pub(super) engine: Arc<Engine>,
    pub(super) prober: Prober,
    network: Network,
    meter: Meter,
    watch: Mutex<Option<Watch>>,
    /// Begun by the first who wants to hear.
    listener: Mutex<Option<Listener>>,
    /// The group around all servers.
    ceiling: Option<Arc<Ceiling>>,
}

/// The machine that containers run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineMachine {
    /// Its processors.
    pub cpus: usize,
    /// Its memory.
    pub memory_bytes: u64,
    /// Whether the engine can hand NVIDIA's cards to containers.
    pub has_nvidia: bool,
}

// === impl DockerSpawner ===

impl DockerSpawner {
    /// A driver with these settings. Talks to nobody yet.
    pub fn new(config: DockerConfig) -> Self {
        Self {
            engine: Arc::new(Engine::new(config.host.clone(), config.tls.clone())),
            config,
            prober: Prober::default(),
            network: Network::default(),
            meter: Meter::default(),
            watch: Mutex::new(None),
            listener: Mutex::new(None),
            ceiling: None,
        }
    }

    /// The same, with a group around all servers where the engine takes one.
    #[must_use]
    pub fn under(self, ceiling: Arc<Ceiling>) -> Self {
        Self { ceiling: Some(ceiling), ..self }
    }

    /// The settings.
    pub fn config(&self) -> &DockerConfig {
        &self.config
    }

    /// How the engine stands at this moment.
    pub async fn engine_state(&self) -> EngineState {
        self.engine.state().await
    }

    /// Follows the engine: the receiver holds how it stands, and learns within about two seconds when it goes or
    /// comes. The watch begins with the first call and ends with this driver.
    pub async fn watch_engine(&self) -> watch::Receiver<EngineState> {
        let running = self.watch.lock().as_ref().map(Watch::receiver);
        if let Some(receiver) = running {
            return receiver;
        }
        let now = self.engine.state().await;
        let mut watch = self.watch.lock();
        watch.get_or_insert_with(|| Watch::begin(self.engine.clone(), now)).receiver()
    }

    /// Something of the subscription to the engine's events, which begins with the first call.
    fn listen<T>(&self, of: impl FnOnce(&Listener) -> T) -> T {
        let mut listener = self.listener.lock();
        let begin = || Listener::begin(Arc::clone(&self.engine), self.config.hub_id.clone(), self.ceiling.clone());
        of(listener.get_or_insert_with(begin))
    }

    /// The engine's machine as it was when it last answered; `None` while it is away.
    pub fn machine(&self) -> Option<EngineMachine> {
        let connected = self.engine.known()?;
        Some(EngineMachine {
            cpus: usize::try_from(connected.cpus).unwrap_or(1),
            memory_bytes: connected.memory_bytes,
            has_nvidia: connected.has_nvidia,
        })
    }

    /// Where the engine keeps images and volumes, on its machine; `None` while it is away.
    pub fn storage(&self) -> Option<PathBuf> {
        self.engine.storage()
    }

    /// The images on this machine that have a name, and which of them can serve notebooks. The first look at an
    /// image takes about a tenth of a second, later ones nothing.
    ///
    /// # Errors
    /// When the engine cannot be asked.
    pub async fn images(&self) -> Result<Vec<Image>, SpawnError> {
        image::list(&self.engine, &self.prober, &self.config.hub_id).await
    }

    /// Fetches an image, telling how far it is.
    ///
    /// # Errors
    /// [`SpawnError::ImageNotFound`] with the registry's words; [`SpawnError::Cancelled`].
    ///
    /// # Cancellation
    /// May be dropped; complete layers are kept by the engine.
    pub async fn pull(
        &self,
        image: &ImageRef,
        on_progress: impl Fn(PullProgress) + Send + Sync,
        cancel: &CancellationToken,
    ) -> Result<(), SpawnError> {
        pull::pull(&self.engine, image, &on_progress, cancel).await
    }

    /// Whether the name that a server's image was asked for by means another image now: after a fetch of a newer one,
    /// until the server is started again.
    ///
    /// # Errors
    /// When the engine cannot be asked.
    pub async fn is_outdated(&self, state: &SpawnerState) -> Result<bool, SpawnError> {
        let Some((image, id)) = inspect::image_of(state) else { return Ok(false) };
        let now = image::inspect(&self.engine, image).await?;
        Ok(now.and_then(|found| found.id).is_some_and(|now| now != id))
    }

    /// Removes the hub's network, where no container uses it any more. For the end of a hub's life and for tests.
    ///
    /// # Errors
    /// When the engine refuses.
    pub async fn remove_network(&self) -> Result<(), SpawnError> {
        match self.engine.client().await?.remove_network(&self.config.network()).await {
            Ok(()) | Err(EngineError::DockerResponseServerError { status_code: 404, .. }) => Ok(()),
            Err(error) => Err(self.engine.failed("removing the network of the servers")(error)),
        }
    }
}

#[async_trait]
impl Spawner for DockerSpawner {
    fn kind(&self) -> &'static str {
        "docker"
    }

    async fn hub_access(&self) -> Result<HubAccess, SpawnError> {
        let elsewhere = || "the engine is on another computer; set hub_connect_ip in [hub] of labdeck.toml".to_owned();
        let remote = self.engine.host().map(|_| elsewhere());
        if let Some(said) = remote.or(self.engine.connect().await?.abilities.no_bridge()) {
            return Err(SpawnError::Refused(Failure::new("hub_unreachable", "Servers would not find the hub.", said)));
        }
        self.network.ensure(&self.engine, &self.config).await
    }

    async fn start(&self, request: SpawnRequest, ctx: StartContext) -> Result<String, SpawnError> {
        let (config, engine, prober, network) = (&self.config, &self.engine, &self.prober, &self.network);
        let starter = Starter { config, engine, prober, network, ceiling: self.ceiling.as_ref() };
        Box::pin(starter.start(&request, &ctx)).await
    }

    async fn poll(&self, state: &SpawnerState) -> Result<Liveness, SpawnError> {
        inspect::liveness(&self.engine, inspect::id_of(state)?).await
    }

    async fn wait(&self, state: &SpawnerState) -> Result<Liveness, SpawnError> {
        let id = inspect::id_of(state)?;
        loop {
            let client = self.engine.client().await?;
            let options = WaitContainerOptionsBuilder::new().condition("not-running").build();
            let told = until_ended(self.listen(Listener::endings), id);
            let mut waited = Box::pin(client.wait_container(id, Some(options)));
            let ended = tokio::select! {
                ended = waited.next() => ended,
                // The same news by another way: an engine may drop one line and keep the other.
                () = told => None,
            };
            match ended {
                // The connection's time-out, which is no news of the container.
                Some(Err(EngineError::RequestTimeoutError)) => {}
                Some(Err(error)) if is_gone(&error) => return Err(self.engine.failed("watching a server")(error)),
                _ => {}
            }
            let seen = inspect::liveness(&self.engine, id).await?;
            if seen != Liveness::Running {
                return Ok(seen);
            }
            // An engine that answers at once with nothing must not be asked in a busy loop.
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
    }

    async fn address(&self, state: &SpawnerState) -> Result<String, SpawnError> {
        let way = Way::of(self.config.containers.reach, self.engine.host().as_deref());
        inspect::address(&self.engine, inspect::id_of(state)?, &way).await
    }

    async fn stop(&self, state: &SpawnerState, mode: StopMode) -> Result<(), SpawnError> {
        let id = inspect::id_of(state)?;
        self.meter.forget(id);
        stop::stop(&self.engine, id, mode, self.config.stop_timeout).await
    }

    async fn clear_stray(&self, state: &SpawnerState) -> Result<(), SpawnError> {
        let id = inspect::id_of(state)?;
        self.meter.forget(id);
        stray::clear(&self.engine, &self.config, id, StopMode::Graceful).await
    }

    async fn forget(&self, key: &ServerKey, home: &str) -> Result<(), SpawnError> {
        for id in adopt::ids_of(&self.engine, &self.config.hub_id, key).await? {
            stray::clear(&self.engine, &self.config, &id, StopMode::Kill).await?;
        }
        let volume = self.config.home_volume(home);
        let options = RemoveVolumeOptionsBuilder::new().force(false).build();
        match self.engine.client().await?.remove_volume(&volume, Some(options)).await {
            Ok(()) => info!(server.name = %key, "Deleted the home of {key}, volume {volume}"),
            Err(EngineError::DockerResponseServerError { status_code: 404, .. }) => {}
            Err(error) => return Err(self.engine.failed("deleting a server's home")(error)),
        }
        Ok(())
    }

    async fn list(&self) -> Result<Vec<Found>, SpawnError> {
        adopt::list(&self.engine, &self.config.hub_id).await
    }

    async fn logs(&self, state: &SpawnerState, lines: usize) -> Result<Vec<String>, SpawnError> {
        let id = inspect::id_of(state)?;
        match inspect::inspect(&self.engine, id).await? {
            Some(_) => log::last(&self.engine, id, lines).await,
            None => Ok(Vec::new()),
        }
    }

    async fn follow_log(&self, state: &SpawnerState, lines: usize) -> Result<LogLines, SpawnError> {
        log::follow(&self.engine, inspect::id_of(state)?, lines).await
    }

    async fn sample(&self, state: &SpawnerState) -> Result<Option<Usage>, SpawnError> {
        self.meter.sample(&self.engine, inspect::id_of(state)?).await
    }

    fn homes(&self) -> Option<&dyn Homes> {
        Some(self)
    }

    fn makes_homes(&self) -> bool {
        self.config.makes_homes()
    }

    async fn unenforced(&self, limits: &ResourceLimits) -> Vec<String> {
        // An engine that is away fails the start in its own words.
        self.engine.connect().await.map(|engine| engine.abilities.unenforced(limits)).unwrap_or_default()
    }

    async fn unkept_together(&self) -> Option<String> {
        together::hold(&self.engine, self.ceiling.as_ref()).await.why_not()
    }

    fn happenings(&self) -> Option<broadcast::Receiver<Happening>> {
        Some(self.listen(Listener::happenings))
    }
}
