//! [`ServerView`]: a server as the REST API shows it, with the small values that only the view has: what it was given,
//! what it waits for, when it will be stopped by itself.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Failure, LastExit, Pending, ResourceLimits, Timestamp};

/// A server as the REST API shows it: JupyterHub's fields, then ours under `labdeck`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServerView {
    /// The server's name; empty for the default server.
    pub name: String,
    /// The name people chose for it.
    pub display_name: String,
    /// `ada/` or `ada/gpu`.
    pub full_name: String,
    /// Last time data moved or activity was reported.
    pub last_activity: Option<Timestamp>,
    /// When it became ready.
    pub started: Option<Timestamp>,
    /// What it is in the middle of.
    pub pending: Option<Pending>,
    /// Whether it serves.
    pub ready: bool,
    /// Whether nothing runs and nothing is under way.
    pub stopped: bool,
    /// Its path on the hub's public address.
    pub url: String,
    /// What its user chose at the start.
    pub user_options: Value,
    /// Where its start can be followed.
    pub progress_url: String,
    /// Its whole address, where one public address is configured.
    pub full_url: Option<String>,
    /// The whole address of the progress stream, likewise.
    pub full_progress_url: Option<String>,
    /// The spawner's own memory; only for holders of `admin:server_state`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Value>,
    /// The word people read: Off, Queued, Fetching, Starting, Ready, Stopping, Failed.
    pub labdeck_state: String,
    /// Since when it is in that state.
    pub labdeck_since: Option<Timestamp>,
    /// Why it failed, if it did.
    pub labdeck_failure: Option<Failure>,
    /// How it ended last, if it is off.
    pub labdeck_last_exit: Option<LastExit>,
    /// Which stack it runs, or ran last.
    pub labdeck_stack: Option<String>,
    /// Which spawner runs it: `docker`, `simple` or `exec`.
    pub labdeck_spawner: Option<String>,
    /// What it was given at its last start.
    pub labdeck_grant: Option<Grant>,
    /// What it waits for, while it is queued.
    pub labdeck_waiting: Option<Waiting>,
    /// How long a start like this one took lately, in seconds.
    pub labdeck_usual_seconds: Option<u32>,
    /// True while what runs it does not answer: nothing is known of it, and nothing is done to it.
    pub labdeck_engine_gone: bool,
    /// When it will be stopped by itself, once that is near enough to warn of.
    pub labdeck_stops: Option<UpcomingStop>,
    /// Until when no idle rule stops it.
    pub labdeck_awake_until: Option<Timestamp>,
    /// Something its user should know while it runs, newest last: a kernel that ran out of memory.
    pub labdeck_notices: Vec<Notice>,
}

/// What a server was given at its start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Grant {
    /// The size that was chosen, by its name.
    pub size: Option<String>,
    /// What it may use.
    pub limits: ResourceLimits,
    /// The graphics cards it holds, by their ids.
    pub gpus: Vec<String>,
    /// Limits that cannot be kept where it runs, each a sentence.
    pub unenforced: Vec<String>,
}

/// What a queued server waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Waiting {
    /// For what.
    pub kind: WaitingFor,
    /// Its place in the queue; 1 is next.
    pub position: u32,
    /// The same in a sentence for its user.
    pub message: String,
}

/// For what a queued server waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum WaitingFor {
    /// As many servers as may start at once are starting.
    Turn,
    /// The computer's memory is given out, down to the reserve.
    Memory,
    /// All graphics cards are held.
    Gpu,
}

/// A stop that the hub will do by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UpcomingStop {
    /// When.
    pub at: Timestamp,
    /// Which rule: `idle`, `busy_but_silent`, `max_age`.
    pub rule: String,
    /// The same in a sentence for its user.
    pub message: String,
}

/// Something that happened to a running server and did not end it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notice {
    /// When.
    pub at: Timestamp,
    /// A stable word for programs: `out_of_memory`, `message`, …
    pub kind: String,
    /// What happened and what to do, for its user.
    pub message: String,
}
