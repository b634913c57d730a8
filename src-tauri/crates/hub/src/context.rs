//! [`Context`]: the dozen handles that every use-case may need. Made once by the builder, shared by all requests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use labdeck_auth::Authenticator;
use labdeck_model::{Clock, Secret, Timestamp};
use labdeck_proxy::RouteTable;
use labdeck_spawner::docker::DockerSpawner;
use labdeck_spawner::process::ProcessSpawner;
use labdeck_store::{SecretHash, Store};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::authz::Known;
use crate::config::Config;
use crate::downloads::Saved;
use crate::events::{Bus, Streams};
use crate::jobs::Jobs;
use crate::lifecycle::Registry;
use crate::metrics::Metrics;
use crate::overview::{AtQuit, Desktop, Front, Problem};
use crate::pages::Pages;
use crate::resources::{Day, MachineRoom, Meter};
use crate::servers::Board;
use crate::services::ServiceBoard;
use crate::session::Keys;
use crate::sharing::Attempts;
use crate::spawners::Spawners;

/// What every use-case may need. Cheap to clone.
pub type Context = Arc<Inner>;

/// The handles themselves.
#[derive(Debug)]
pub struct Inner {
    /// The settings in force.
    pub config: Config,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// When this hub started.
    pub started: Timestamp,
    /// The database.
    pub store: Store,
    /// Who asked a moment ago.
    pub known: Known,
    /// What happens, for whoever watches.
    pub bus: Bus,
    /// How many watch.
    pub streams: Streams,
    /// Who asked for whose server.
    pub attempts: Attempts,
    /// Why servers in containers cannot reach the hub, while they cannot.
    pub door_problem: Mutex<Option<Problem>>,
    /// The only door to running servers.
    pub registry: Registry,
    /// What is pinned about servers, for everybody who looks at one.
    pub board: Arc<Board>,
    /// Figures for Prometheus.
    pub metrics: Arc<Metrics>,
    /// What is known of services.
    pub services: ServiceBoard,
    /// What the machine has for servers.
    pub machine: Arc<MachineRoom>,
    /// What servers moved when they were last measured.
    pub meter: Meter,
    /// What servers used over the last day.
    pub day: Day,
    /// The drivers and which of them new servers use.
    pub spawners: Spawners,
    /// The container engine, where there may be one.
    pub docker: Option<Arc<DockerSpawner>>,
    /// Local processes, with the Python environment that they run in.
    pub processes: Arc<ProcessSpawner>,
    /// Who may sign in and how.
    pub authenticator: Arc<dyn Authenticator>,
    /// The embedded proxy's routes.
    pub routes: RouteTable,
    /// What the hub signs with.
    pub keys: Keys,
    /// The pages' templates.
    pub pages: Pages,
    /// Long work that can be watched and cancelled.
    pub jobs: Jobs,
    /// Where the window saved files.
    pub saved: Saved,
    /// The public port.
    pub front: Arc<dyn Front>,
    /// The desktop, where there is one.
    pub desktop: Option<Arc<dyn Desktop>>,
    /// Where secrets are kept, in the lead's words.
    pub secret_store: &'static str,
    /// Where the hub's own listener is.
    pub hub_address: SocketAddr,
    /// How our own proxy proves itself to the hub.
    pub proxy_secret: Secret<String>,
    /// The window's token, for the control listener.
    pub window_token: Secret<String>,
    /// The data folder, for the lead's eyes.
    pub data_dir: String,
    /// Whether an admin exists. Grows true once and stays so for this run.
    pub claimed: AtomicBool,
    /// The printed link with which a headless hub is claimed.
    pub claim_link: Mutex<Option<ClaimLink>>,
    /// Tripped when the hub begins to end: event streams, which would go on for ever, end with it.
    pub ending: CancellationToken,
    /// Asks the composition root to end the program. Holds one request; more change nothing.
    pub quit: mpsc::Sender<AtQuit>,
}

// === impl Inner ===

impl Inner {
    /// Asks the composition root to end the program.
    pub fn request_quit(&self, servers: AtQuit) {
        // Full means that it was asked already, closed that it is ending.
        let _ = self.quit.try_send(servers);
    }
}

/// The link with which a headless hub is claimed.
#[derive(Debug)]
pub struct ClaimLink {
    /// The hash of its code.
    pub hash: SecretHash,
    /// When it ends.
    pub expires_at: Timestamp,
}
