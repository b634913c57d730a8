//! [`Ports`]: what the lifecycle needs of the rest of the hub (store, proxy, bus, configuration), so that it can be
//! tested without them. Owns the values that cross: [`StartOptions`], [`Minted`], [`Record`], [`Snapshot`].
//! Implemented once by the hub, and by the tests' scripted double.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use labdeck_model::{Failure, Grant, ServerKey, ServerState, Stack, Timestamp, Waiting};
use labdeck_spawner::{MountWish, SpawnRequest, Spawner, SpawnerState, StopMode};
use serde_json::Value;

use super::admission::Patience;
use super::effects::StopCause;
use super::stopwatch::StartTimes;

/// An error of another room, kept for the log.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The rest of the hub, as the lifecycle sees it. Each call is bounded by its callee or by the actor's deadlines.
#[async_trait]
pub trait Ports: Send + Sync + Debug + 'static {
    /// The drivers of this hub, each kind once.
    fn spawners(&self) -> Vec<Arc<dyn Spawner>>;

    /// Makes the server's API token and OAuth client, and the request that carries them to the driver. Replaces
    /// what an earlier start made. May call [`Spawner::hub_access`] and open the listener that it needs.
    ///
    /// # Errors
    /// With the reason in words for the server's user.
    async fn mint_tokens(&self, key: &ServerKey, options: &StartOptions) -> Result<Minted, Failure>;

    /// Revokes the server's token, its OAuth client and every token issued to that. Idempotent.
    ///
    /// # Errors
    /// When it could not be made durable; it is tried again.
    async fn revoke_tokens(&self, key: &ServerKey) -> Result<(), BoxError>;

    /// Writes the record down. Resolves once it is durable: a checkpoint waits for it before anything runs.
    ///
    /// # Errors
    /// When it could not be made durable.
    async fn persist(&self, record: &Record) -> Result<(), BoxError>;

    /// All records that [`Ports::persist`] wrote, of servers that run or ran; for recovery.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn records(&self) -> Result<Vec<Record>, BoxError>;

    /// Tells everybody who watches. Called after the record was persisted.
    async fn publish(&self, snapshot: &Snapshot);

    /// Makes the proxy send the server's path to `url`. Overwrites.
    ///
    /// # Errors
    /// With the reason in words for the server's user.
    async fn add_route(&self, key: &ServerKey, url: &str) -> Result<(), Failure>;

    /// Makes the proxy forget the server's path. Idempotent.
    ///
    /// # Errors
    /// For the log; reconciling the routes repairs it.
    async fn delete_route(&self, key: &ServerKey) -> Result<(), BoxError>;

    /// How long starts of a stack in a spawner took lately, in seconds, where that was learnt.
    fn usual_seconds(&self, kind: &str, stack: Option<&str>) -> Option<u32>;

    /// Notes how a start ended and how long its parts took.
    async fn note_start(&self, record: &Record, times: &StartTimes);

    /// Notes a line in the server's history. For people: nothing depends on it.
    async fn note(&self, key: &ServerKey, kind: &'static str, message: String);

    /// Asks the server once whether it serves; the hub's answer is [`readiness::Prober`](super::readiness::Prober).
    ///
    /// # Errors
    /// What was seen instead, a few words for its user.
    async fn probe(&self, key: &ServerKey, url: &str) -> Result<Readiness, String>;
}

/// What somebody wants started.
#[derive(Debug, Clone)]
pub struct StartOptions {
    /// The driver. A server keeps the kind that it was started with; the caller chooses accordingly.
    pub spawner: Arc<dyn Spawner>,
    /// What it shall run; `None` leaves it to the driver's configuration.
    pub stack: Option<Stack>,
    /// What its user chose, as it came.
    pub user_options: Value,
    /// What it may use. The lifecycle fills in the cards when it lets the server in.
    pub grant: Grant,
    /// Folders beside its home.
    pub mounts: Vec<MountWish>,
    /// The groups of its user.
    pub groups: Vec<String>,
    /// What happens where there is no room for it now.
    pub patience: Patience,
    /// Who asked, for the server's history; empty for the hub itself.
    pub asked_by: String,
}

/// What a start takes with it.
#[derive(Debug, Clone)]
pub struct Minted {
    /// The whole request, the token inside.
    pub request: SpawnRequest,
}

/// A server that serves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Its `X-JupyterHub-Version`, where it says one.
    pub version: Option<String>,
}

/// What is kept of a server across a restart of the hub.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Which server of whom.
    pub key: ServerKey,
    /// What it is doing. The store's columns for url and phase come from it.
    pub state: ServerState,
    /// The kind of the driver it was started with.
    pub spawner_kind: String,
    /// The driver's memory of it. Kept after a stop that failed.
    pub spawner_state: Option<SpawnerState>,
    /// The stack it runs, or ran last.
    pub stack: Option<String>,
    /// What its user chose.
    pub user_options: Value,
    /// What it was given at its last start.
    pub grant: Grant,
    /// When it became ready; it outlives a restart of the hub.
    pub started: Option<Timestamp>,
}

/// A server as it is at this moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// What would be kept of it.
    pub record: Record,
    /// Its `X-JupyterHub-Version`, once it answered.
    pub version: Option<String>,
    /// Whether its driver can say anything about it.
    pub engine: Engine,
    /// What it waits for, while it is queued.
    pub waiting: Option<Waiting>,
}

/// Whether what runs a server answers. Not a state of the server: an engine may go and return under a living one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Engine {
    /// It does, as far as is known.
    #[default]
    Answers,
    /// It does not; it is asked again until it does.
    Gone,
}

/// What the registry tells an actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// Stop the server.
    Stop {
        /// How.
        mode: StopMode,
        /// Why.
        cause: StopCause,
    },
    /// End the actor and leave the server as it is.
    Leave,
}

// === impl Record ===

impl Record {
    /// A record of a server that was never started.
    pub fn new(key: ServerKey) -> Self {
        Self {
            key,
            state: ServerState::new(),
            spawner_kind: String::new(),
            spawner_state: None,
            stack: None,
            user_options: Value::Object(serde_json::Map::new()),
            grant: Grant::default(),
            started: None,
        }
    }
}

// === impl Snapshot ===

impl Snapshot {
    /// A snapshot of a server about which nothing but its record is known.
    pub fn of(record: Record) -> Self {
        Self { record, version: None, engine: Engine::Answers, waiting: None }
    }

    /// Which server of whom.
    pub fn key(&self) -> &ServerKey {
        &self.record.key
    }

    /// What it is doing.
    pub fn state(&self) -> &ServerState {
        &self.record.state
    }
}
