//! [`Hub`]: the hub as one value: built from its parts, started, stopped. Owns the order in which things begin and
//! end. The listeners themselves belong to the composition root, which gets one of `routers` for each.

mod equipment;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use labdeck_model::{Clock, Secret};
use labdeck_proxy::RouteTable;
use labdeck_spawner::{Ceiling, Spawner};
use labdeck_store::tables::{settings, users};
use labdeck_store::{Store, StoreError, generate_token};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::authz::Known;
use crate::config::{Config, RunAs, SpawnerSettings};
use crate::context::{Context, Inner};
use crate::downloads::Saved;
use crate::event_log::{EventHandler, EventLog};
use crate::events::{Bus, Streams};
use crate::front::Routes;
use crate::jobs::Jobs;
use crate::lifecycle::{OnShutdown, Prober, Registry, Settings, TimeoutTable, Timeouts, recover};
use crate::metrics::{Metrics, Turns};
use crate::overview::{AtQuit, Desktop, Front, SIMPLE_ACCEPTED};
use crate::pages::Pages;
use crate::resources::{Cards, Day, Gauge, Kept, MachineRoom, Meter};
use crate::secrets::{SecretError, SecretStore, signing_keys};
use crate::servers::{self, Board, Deeds, Doors, HubPorts};
use crate::services::{self, ServiceBoard};
use crate::session::Keys;
use crate::sharing::Attempts;
use crate::spawners::{DOCKER, EXEC, SIMPLE, Spawners};
use crate::{health, housekeeping, routers, seed, tasks};

use equipment::{authenticator, docker, drivers, machine_room, named_kind, processes};

/// What a hub is made of.
#[derive(Debug)]
pub struct Parts {
    /// The settings in force.
    pub config: Config,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The database, open.
    pub store: Store,
    /// Where secrets are kept.
    pub secrets: Arc<dyn SecretStore>,
    /// The public port.
    pub front: Arc<dyn Front>,
    /// The desktop, where there is one.
    pub desktop: Option<Arc<dyn Desktop>>,
    /// The proxy's routes.
    pub routes: RouteTable,
    /// Where the hub's own listener is, for servers on this machine.
    pub hub_address: SocketAddr,
    /// How our own proxy proves itself.
    pub proxy_secret: Secret<String>,
    /// The window's token.
    pub window_token: Secret<String>,
    /// The data folder.
    pub data_dir: PathBuf,
    /// The machine that servers run on; `None` looks at this computer and its engine.
    pub machine: Option<Machine>,
    /// Drivers in place of those of the same kind; for hubs that somebody builds for a purpose of their own.
    pub spawners: Vec<Arc<dyn Spawner>>,
}

/// A machine for servers.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Its memory and processors.
    pub gauge: Arc<dyn Gauge>,
    /// Its graphics cards.
    pub cards: Arc<dyn Cards>,
}

/// Why a hub could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The store failed.
    #[error("preparing the database")]
    Store(#[from] StoreError),
    /// The hub's keys cannot be had.
    #[error("reading the hub's keys")]
    Secrets(#[from] SecretError),
    /// The instruments for Prometheus cannot be made.
    #[error("making the figures for Prometheus: JUPYTERHUB_METRICS_PREFIX must be letters, digits and _")]
    Metrics(#[source] crate::lifecycle::BoxError),
    /// What was stored by the lifecycle cannot be read.
    #[error("looking for servers of earlier runs")]
    Recover(#[source] crate::lifecycle::BoxError),
}

/// A hub.
#[derive(Debug)]
pub struct Hub {
    ctx: Context,
    doors: Arc<Doors>,
    shutdown: CancellationToken,
    /// Held only by whoever waits for the end of the program.
    quit: tokio::sync::Mutex<mpsc::Receiver<AtQuit>>,
}

// === impl Hub ===

impl Hub {
    /// Builds a hub; nothing runs yet and nothing is served.
    ///
    /// # Errors
    /// [`BuildError`].
    pub async fn build(parts: Parts) -> Result<Self, BuildError> {
        let shutdown = CancellationToken::new();
        let bus = bus(&parts);
        let keys = keys(&parts).await?;
        let facts = prepare(&parts).await?;
        let docker = docker(&parts, &facts);
        let processes = processes(&parts, &facts.ceiling);
        let (engine, drivers) = drivers(&parts, &facts, docker.as_ref(), &processes).await;
        let doors = Arc::new(doors(&parts, &shutdown));
        let board = Arc::new(Board::default());
        let machine = Arc::new(machine_room(&parts, docker.as_ref(), &facts).await);
        let settings = lifecycle_settings(&parts.config, &facts.kept, &machine);
        let metrics = metrics()?;
        let ports = ports(&parts, (&bus, &drivers), (&doors, &board), deeds(&parts, &metrics), &facts.hub_id);
        let registry = Registry::new(Arc::new(ports), Arc::clone(&parts.clock), settings);
        let spawners = Spawners::new(drivers, named_kind(&parts.config), engine);
        // Under accounts of their own nobody's servers can read the lead's files.
        spawners.set_accepted(facts.simple_accepted || parts.config.local.run_as == RunAs::User);
        let (quit, asked) = mpsc::channel(1);
        let ctx = Arc::new(Inner {
            started: parts.clock.now(),
            authenticator: authenticator(&parts),
            metrics,
            services: ServiceBoard::new(&parts.data_dir),
            pages: pages(&parts.config),
            jobs: Jobs::new(bus.clone()),
            known: Known::default(),
            streams: Streams::default(),
            attempts: Attempts::default(),
            saved: Saved::default(),
            door_problem: Mutex::new(None),
            secret_store: parts.secrets.kind(),
            data_dir: parts.data_dir.display().to_string(),
            claimed: AtomicBool::new(facts.claimed),
            claim_link: Mutex::new(None),
            config: parts.config,
            clock: parts.clock,
            store: parts.store,
            bus,
            registry,
            machine,
            meter: Meter::default(),
            day: Day::default(),
            board,
            spawners,
            docker,
            processes,
            routes: parts.routes,
            keys,
            front: parts.front,
            desktop: parts.desktop,
            hub_address: parts.hub_address,
            proxy_secret: parts.proxy_secret,
            window_token: parts.window_token,
            ending: CancellationToken::new(),
            quit,
        });
        let hub = Self { ctx, doors, shutdown, quit: tokio::sync::Mutex::new(asked) };
        hub.doors.set_router(hub.containers_router());
        Ok(hub)
    }

    /// Finds the servers of earlier runs and begins what the hub does by itself. Servers that still run are looked
    /// at in the background; the hub answers meanwhile.
    ///
    /// # Errors
    /// [`BuildError`] when the store cannot be read.
    pub async fn start(&self) -> Result<(), BuildError> {
        let begun = tokio::time::Instant::now();
        servers::recall(&self.ctx.store, &self.ctx.board).await?;
        recover::recover(&self.ctx.registry).await.map_err(BuildError::Recover)?;
        self.ctx.metrics.servers_found(begun.elapsed());
        services::begin(&self.ctx, &self.shutdown).await?;
        housekeeping::begin(&self.ctx, &self.doors, &self.shutdown);
        self.ctx.metrics.started(self.ctx.clock.now().since(self.ctx.started));
        Ok(())
    }

    /// The handles, for the composition root and for tests.
    pub fn context(&self) -> &Context {
        &self.ctx
    }

    /// Resolves when somebody asked the program to end, by the API.
    ///
    /// # Cancellation
    /// Nothing is lost; call it again.
    pub async fn quit_asked(&self) -> AtQuit {
        match self.quit.lock().await.recv().await {
            Some(servers) => servers,
            None => std::future::pending().await,
        }
    }

    /// Tripped when the hub ends; listeners end with it.
    pub fn shutdown_token(&self) -> CancellationToken {
        self.shutdown.clone()
    }

    /// Ends the event streams, so that listeners need not wait for their readers: the first step of an end.
    pub fn end_streams(&self) {
        self.ctx.ending.cancel();
    }

    /// Ends the hub: servers first (or not), then listeners and tasks, then the database. Bounded.
    pub async fn stop(&self, servers: AtQuit) {
        self.end_streams();
        let servers = match servers {
            AtQuit::Stop => OnShutdown::Stop,
            AtQuit::Leave => OnShutdown::Leave,
        };
        let patience = Duration::from_secs(60);
        if tokio::time::timeout(patience, self.ctx.registry.shutdown(servers)).await.is_err() {
            tracing::warn!("Some servers did not come to rest in time; they are found again at the next start");
        }
        self.ctx.jobs.cancel_all();
        self.shutdown.cancel();
        services::end(&self.ctx).await;
        if let Some(ceiling) = self.ctx.machine.ceiling() {
            tasks::blocking(move || ceiling.release()).await;
        }
        tasks::finish(Duration::from_secs(5)).await;
        self.ctx.store.close().await;
    }

    /// For the listener behind the proxy: pages and API.
    pub fn hub_router(&self) -> Routes {
        routers::hub(&self.ctx)
    }

    /// For the window: the API alone, at exactly this `Host`.
    pub fn control_router(&self, host: &str) -> Routes {
        routers::control(&self.ctx, host)
    }

    /// For the command line: the API alone.
    pub fn socket_router(&self) -> Routes {
        routers::socket(&self.ctx)
    }

    /// For servers in containers: the API alone, by tokens.
    pub fn containers_router(&self) -> Routes {
        routers::containers(&self.ctx)
    }
}

fn metrics() -> Result<Arc<Metrics>, BuildError> {
    let made = Metrics::new(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()));
    made.map(Arc::new).map_err(|error| BuildError::Metrics(error.into()))
}

fn deeds(parts: &Parts, metrics: &Arc<Metrics>) -> Deeds {
    let log = EventLog::new(parts.config.event_handlers.iter().map(|text| EventHandler::of(text)).collect());
    Deeds { metrics: Arc::clone(metrics), log, clock: Arc::clone(&parts.clock), turns: Turns::default() }
}

fn doors(parts: &Parts, shutdown: &CancellationToken) -> Doors {
    Doors::new(parts.store.clone(), parts.hub_address, &parts.config.base_url, shutdown.clone())
}

/// What the store knows before anything runs.
struct Facts {
    hub_id: String,
    claimed: bool,
    simple_accepted: bool,
    kept: Kept,
    /// The group around all servers.
    ceiling: Arc<Ceiling>,
}

async fn prepare(parts: &Parts) -> Result<Facts, StoreError> {
    const HUB_ID: &str = "hub_id";
    let config = parts.config.clone();
    parts
        .store
        .write(move |tx| {
            seed::apply(tx, &config)?;
            let hub_id = match settings::find::<String>(tx, HUB_ID)? {
                Some(kept) => kept,
                None => {
                    let made: String = generate_token().expose().chars().take(8).collect();
                    settings::set(tx, HUB_ID, &made)?;
                    made
                }
            };
            let claimed = users::count_admins(tx)? > 0;
            let simple_accepted = settings::find(tx, SIMPLE_ACCEPTED)?.unwrap_or(false);
            let ceiling = Arc::new(Ceiling::new(&hub_id));
            Ok(Facts { hub_id, claimed, simple_accepted, kept: Kept::load(tx)?, ceiling })
        })
        .await
}

async fn keys(parts: &Parts) -> Result<Keys, BuildError> {
    let secrets = Arc::clone(&parts.secrets);
    Ok(tasks::blocking(move || signing_keys(&*secrets)).await?)
}

/// What a commit of the store emits goes to everybody who listens.
fn bus(parts: &Parts) -> Bus {
    let bus = Bus::new(Arc::clone(&parts.clock));
    let publisher = bus.clone();
    parts.store.set_publisher(Arc::new(move |events| publisher.publish_all(events)));
    bus
}

/// Everything that the life of servers touches.
fn ports(
    parts: &Parts,
    (bus, drivers): (&Bus, &[Arc<dyn Spawner>]),
    (doors, board): (&Arc<Doors>, &Arc<Board>),
    deeds: Deeds,
    hub_id: &str,
) -> HubPorts {
    HubPorts {
        store: parts.store.clone(),
        config: parts.config.clone(),
        bus: bus.clone(),
        routes: parts.routes.clone(),
        drivers: drivers.to_vec(),
        doors: Arc::clone(doors),
        board: Arc::clone(board),
        prober: Prober::new(parts.config.base_url.clone()),
        deeds,
        hub_id: hub_id.to_owned(),
    }
}

fn lifecycle_settings(config: &Config, kept: &Kept, machine: &Arc<MachineRoom>) -> Settings {
    let of = |common: &SpawnerSettings| {
        let (start, answer, poll) = (common.start_timeout, common.http_timeout, common.poll_interval);
        Timeouts { start, answer, poll, ..Timeouts::default() }
    };
    let usual = of(config.usual());
    let timeouts = [DOCKER, SIMPLE, EXEC]
        .into_iter()
        .fold(TimeoutTable::new(usual), |table, kind| table.with(kind, of(config.common(kind))));
    Settings {
        timeouts,
        limits: kept.limits(config),
        base_url: config.base_url.clone(),
        room: Arc::clone(machine) as _,
    }
}

/// The pages with what the lead changed about them. What cannot be used of that stops nothing.
fn pages(config: &Config) -> Pages {
    let pages = Pages::new(&config.base_url, &hub_name(), env!("CARGO_PKG_VERSION")).with_changes(&config.pages);
    for problem in pages.problems() {
        tracing::error!("Something of your own for the pages cannot be used: {problem}");
    }
    pages
}

/// What people read at the top of each page.
fn hub_name() -> String {
    format!("Notebooks on {}", health::host_name())
}
