//! [`Composition`]: everything that makes up a running Labdeck, opened in order and closed in the other.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use labdeck_hub::config::Config;
use labdeck_hub::front::{PeerRule, serve};
use labdeck_hub::overview::{AtQuit, Desktop};
use labdeck_hub::{Hub, Machine, Parts, Spawner, tasks};
use labdeck_model::{Secret, SystemClock};
use labdeck_proxy::{RouteTable, Routespec, Target};
use labdeck_store::tables::{settings, users};
use labdeck_store::{Store, StoreError, generate_secret};
use tokio::net::TcpListener;

use crate::control::{self, ControlEndpoint};
use crate::front::PublicFront;
use crate::keyring::{self, Preference};
pub use crate::start_error::StartError;

/// Under this key the store keeps the port of the hub's own listener: local servers have it in their environment.
const HUB_PORT: &str = "hub_port";

/// What to start.
#[derive(Debug)]
pub struct Options {
    /// The settings in force.
    pub config: Config,
    /// The data folder.
    pub data_dir: PathBuf,
    /// The desktop, where there is one.
    pub desktop: Option<Arc<dyn Desktop>>,
    /// The machine that servers run on; `None` looks at this computer and its engine.
    pub machine: Option<Machine>,
    /// Drivers in place of those of the same kind.
    pub spawners: Vec<Arc<dyn Spawner>>,
}

/// A running Labdeck.
#[derive(Debug)]
pub struct Composition {
    hub: Hub,
    front: PublicFront,
    control: Option<ControlEndpoint>,
    data_dir: PathBuf,
    socket: Option<PathBuf>,
}

// === impl Composition ===

impl Composition {
    /// Starts everything but the public port (see [`Self::open_front`]).
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running then.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let Options { config, data_dir, desktop, machine, spawners } = options;
        let failed = |source| StartError::Store { dir: data_dir.clone(), source };
        check_complete(&data_dir)?;
        let store = open_store(&data_dir).await.map_err(failed)?;
        let (proxy_secret, window_token) = (generate_secret(), generate_secret());
        let preference = if desktop.is_some() { Preference::Keyring } else { Preference::File };
        let secrets = keyring::open(&data_dir, preference).await.map_err(StartError::Secrets)?;
        let (listener, hub_address) = hub_listener(&store, failed).await?;
        let routes = RouteTable::new();
        let has_desktop = desktop.is_some();
        let claimed = store.read(|read| Ok::<_, StoreError>(users::count_admins(read)? > 0)).await.map_err(failed)?;
        let claimed = claimed || !config.rules.admin_users.is_empty();
        let front = PublicFront::new(&config, &store, routes.clone(), proxy_secret.clone(), claimed).await;
        let front = front.map_err(failed)?;
        let parts = Parts {
            config,
            clock: Arc::new(SystemClock),
            store,
            secrets,
            front: Arc::new(front.clone()),
            desktop,
            routes: routes.clone(),
            hub_address,
            proxy_secret,
            window_token: window_token.clone(),
            data_dir: data_dir.clone(),
            machine,
            spawners,
        };
        let hub = Box::pin(Hub::build(parts)).await.map_err(StartError::Build)?;
        add_default_route(&routes, hub_address);
        let router = hub.hub_router();
        drop(tasks::spawn("hub.listener", serve(listener, router, PeerRule::Loopback, hub.shutdown_token())));
        hub.start().await.map_err(StartError::Build)?;
        let control = if has_desktop { Some(control::listen(&hub, window_token).await?) } else { None };
        let socket = control::listen_socket(&hub, &data_dir)?;
        Ok(Self { hub, front, control, data_dir, socket })
    }

    /// Opens the public port, if the lead has not switched the hub off.
    ///
    /// # Errors
    /// In words, with the next free port, when the port cannot be had.
    pub async fn open_front(&self) -> Result<(), labdeck_hub::error::Error> {
        self.front.begin().await
    }

    /// The hub.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Where the window talks to the hub, where there is a desktop.
    pub fn control(&self) -> Option<&ControlEndpoint> {
        self.control.as_ref()
    }

    /// The data folder in use.
    pub fn data_dir(&self) -> &std::path::Path {
        &self.data_dir
    }

    /// Ends everything; running servers stop or stay.
    pub async fn stop(self, servers: AtQuit) {
        self.hub.end_streams();
        self.front.end().await;
        self.hub.stop(servers).await;
        if let Some(socket) = &self.socket {
            let _ = std::fs::remove_file(socket);
        }
    }
}

/// A folder with our keys and without the database lost it: an empty hub in its place would look like one where
/// nobody was ever added.
fn check_complete(data_dir: &std::path::Path) -> Result<(), StartError> {
    let there = |name: &str| data_dir.join(name).exists();
    if !there(labdeck_store::FILE_NAME) && there("secrets.json") {
        return Err(StartError::Lost { dir: data_dir.to_owned() });
    }
    Ok(())
}

async fn open_store(data_dir: &std::path::Path) -> Result<Store, StoreError> {
    let folder = data_dir.to_owned();
    tasks::blocking(move || Store::open(&folder, Arc::new(SystemClock))).await
}

/// Binds the kept port, so that servers of earlier runs reach this hub; another one only where somebody else has it.
async fn hub_listener(
    store: &Store,
    unreadable: impl Fn(StoreError) -> StartError,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { what: "the hub's own listener", source };
    let kept = store.read(|read| settings::find::<u16>(read, HUB_PORT)).await.map_err(&unreadable)?;
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = match TcpListener::bind(at(kept.unwrap_or(0))).await {
        Ok(listener) => listener,
        Err(error) if kept.is_some() => {
            tracing::warn!(%error, "The hub's kept port is taken; local servers of earlier runs must be restarted");
            TcpListener::bind(at(0)).await.map_err(failed)?
        }
        Err(error) => return Err(failed(error)),
    };
    let address = listener.local_addr().map_err(failed)?;
    if kept != Some(address.port()) {
        let port = address.port();
        store.write(move |tx| settings::set(tx, HUB_PORT, &port)).await.map_err(&unreadable)?;
    }
    Ok((listener, address))
}

fn add_default_route(routes: &RouteTable, hub: SocketAddr) {
    let (spec, target) = (Routespec::parse("/"), Target::parse(&format!("http://{hub}")));
    if let (Ok(spec), Ok(target)) = (spec, target) {
        routes.add(spec, target, serde_json::json!({ "hub": true, "jupyterhub": true }));
    }
}

/// A token for a listener of this start.
pub(crate) type WindowToken = Secret<String>;
