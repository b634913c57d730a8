//! [`HubEvent`]: what happened, for whoever watches (window, pages, tray). Events carry keys and the new public
//! state, never secrets. The bus that moves them is the hub's.

use serde::{Deserialize, Serialize};

use crate::{ServerView, Stack, Timestamp, UserName};

/// One event with its place in the sequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HubEvent {
    /// Its number; numbers grow by one and never repeat within one run of the hub.
    pub seq: u64,
    /// When it was published.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened. Past tense, public state only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Event {
    /// A server came into being or changed its state.
    ServerChanged {
        /// Whose.
        user: UserName,
        /// Its new public state.
        server: Box<ServerView>,
    },
    /// A named server was deleted for good.
    ServerDeleted {
        /// Whose.
        user: UserName,
        /// Its name.
        name: String,
    },
    /// A user was added or changed.
    UserChanged {
        /// Who.
        user: UserName,
    },
    /// A user was removed.
    UserDeleted {
        /// Who.
        user: UserName,
    },
    /// A stack was added or changed.
    StackChanged {
        /// The stack.
        stack: Stack,
    },
    /// A stack was removed.
    StackDeleted {
        /// Its name.
        name: String,
    },
    /// A size was added, changed or removed: ask for the sizes again.
    SizesChanged,
    /// A folder that servers mount was added, changed or removed: ask for the folders again.
    FoldersChanged,
    /// A group was added, changed or removed, or a role given or taken: ask for the groups and roles again.
    GroupsChanged,
    /// A service was added, removed, started or ended, or answers again or no more: ask for the services again.
    ServicesChanged,
    /// A server was shared or taken back, or a link made, used or withdrawn: ask for the shares again.
    SharesChanged,
    /// Somebody asks for a server of this user, or an answer was given. Seen by that user and by admins only.
    AccessRequestsChanged {
        /// Whom they ask. It need not be somebody: who asks learns nothing from it.
        user: UserName,
    },
    /// Something was written into a server's history.
    ServerNoted {
        /// Whose.
        user: UserName,
        /// Its name.
        name: String,
        /// What was written.
        entry: ServerEntry,
    },
    /// A long piece of work moved on or ended.
    JobChanged {
        /// The job.
        job: Job,
    },
    /// The container engine came, went or changed.
    EngineChanged {
        /// How it is now.
        engine: EngineState,
    },
    /// The hub was switched on or off, claimed, or its address or problems changed: ask for the overview again.
    OverviewChanged,
    /// What running servers use; published every two seconds while somebody watches, less often for many servers.
    Sampled {
        /// One per running server.
        samples: Vec<Sample>,
    },
    /// Events were missed (a slow or late reader): fetch everything again.
    Resync,
}

/// What one running server uses of the machine at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sample {
    /// Whose server.
    pub user: UserName,
    /// Its name; empty for the default server.
    pub server: String,
    /// Processors in use, 1.0 being one whole.
    pub cpus: f64,
    /// Memory in use without the file cache.
    pub memory_bytes: u64,
    /// Its memory limit, if it has one.
    pub memory_limit_bytes: Option<u64>,
    /// Bytes that it receives in a second; absent where that cannot be known.
    pub received_per_second: Option<f64>,
    /// Bytes that it sends in a second; likewise.
    pub sent_per_second: Option<f64>,
    /// The graphics cards that it holds.
    pub gpus: Vec<GpuSample>,
}

/// One graphics card at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GpuSample {
    /// Its id, as NVML names it.
    pub id: String,
    /// How busy it is, 0 to 1.
    pub busy: Option<f64>,
    /// Its memory in use, by whomever.
    pub memory_bytes: Option<u64>,
    /// Degrees Celsius.
    pub temperature: Option<u32>,
}

/// One line of a server's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerEntry {
    /// Its number; later ones are greater.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// A stable word: `start_asked`, `ready`, `failed`, `stopped`, `out_of_memory`, `engine_gone`, …
    pub kind: String,
    /// What happened, a sentence.
    pub message: String,
}

/// A long piece of work that can be watched and cancelled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Job {
    /// Its number in this run of the hub.
    pub id: u64,
    /// What it does, in words: `Fetching quay.io/jupyter/scipy-notebook:latest`.
    pub title: String,
    /// How it stands.
    pub state: JobState,
    /// What it is doing now, in words.
    pub message: String,
    /// How far it is, 0 to 1; absent where that cannot be known.
    pub fraction: Option<f64>,
}

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum JobState {
    /// Under way.
    Running,
    /// Ended well.
    Done,
    /// Ended badly; the message says why and what to do.
    Failed,
    /// Somebody called it off.
    Cancelled,
}

/// How the container engine stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EngineState {
    /// It answers.
    Running {
        /// Its version, as it gives it.
        version: String,
    },
    /// No engine is installed here.
    NotInstalled,
    /// It is installed and does not answer.
    NotRunning,
    /// It is there and this account may not use it.
    NoPermission,
}

impl EngineState {
    /// What to tell the lead, and what they can do: empty while all is well.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Running { .. } => "",
            Self::NotInstalled => {
                "Docker is not installed on this computer. Install Docker Engine (on Debian: the package docker.io) and Labdeck will find it by itself."
            }
            Self::NotRunning => {
                "Docker is installed but does not answer. Start it (on Linux: systemctl start docker) and Labdeck will find it by itself."
            }
            Self::NoPermission => {
                "Docker is running, but this account may not use it. Add the account to the group docker, sign out of the desktop and in again."
            }
        }
    }
}
