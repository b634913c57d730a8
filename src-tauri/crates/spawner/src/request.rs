//! [`SpawnRequest`]: all that a driver is told about the server it shall bring up. Owns no rules: what a user may
//! ask for was decided by the hub before.

use std::collections::BTreeMap;

use labdeck_model::{ResourceLimits, Secret, ServerKey, Stack};
use serde_json::Value;

/// How inclined the kernel is to end a server where memory ends (`oom_score_adj`, 0 for other programs, 1000 for the
/// first victim): before the hub and the desktop, and the largest server first.
pub(crate) const ENDED_FIRST: i32 = 500;

/// What to bring up.
#[derive(Debug, Clone)]
pub struct SpawnRequest {
    /// Which server of whom.
    pub key: ServerKey,
    /// Names the server's home, lower-case letters, digits and dashes. Lasting, and never given to another server: a
    /// new user of an old name must not find the old one's files.
    pub home: String,
    /// The hub's lasting identity; it names and labels whatever the driver makes.
    pub hub_id: String,
    /// What the server runs; `None` leaves the choice to the driver's configuration.
    pub stack: Option<Stack>,
    /// What it may use.
    pub limits: ResourceLimits,
    /// How it reaches the hub and proves who it is.
    pub hub: HubFacts,
    /// The command to run instead of the driver's own choice.
    pub cmd: Option<Vec<String>>,
    /// Arguments after the command.
    pub args: Vec<String>,
    /// Variables that the configuration adds. The hub's own (`JUPYTERHUB_*`) win over them.
    pub environment: BTreeMap<String, String>,
    /// What its user chose at the start.
    pub user_options: Value,
    /// The page that the server opens with, like `/lab`.
    pub default_url: Option<String>,
    /// Folders beside the home. The hub has decided that this user may have them.
    pub mounts: Vec<MountWish>,
    /// The graphics cards that it gets, by id; the hub keeps the ledger.
    pub gpus: Vec<String>,
    /// The groups of its user.
    pub groups: Vec<String>,
}

/// A folder that a server gets beside its home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountWish {
    /// Its name, for messages and for the volume.
    pub name: String,
    /// Where it comes from.
    pub source: MountSource,
    /// Where the server sees it.
    pub target: String,
    /// Whether the server may write into it.
    pub writable: bool,
}

/// Where a mounted folder comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MountSource {
    /// A folder of the machine, by its absolute path.
    Host(String),
    /// A volume that the driver keeps for this hub, made when it is first needed.
    Volume,
}

/// What a server must know of the hub.
#[derive(Debug, Clone)]
pub struct HubFacts {
    /// The API as the *server* reaches it: `http://172.18.0.1:8081/hub/api`.
    pub api_url: String,
    /// The path below which hub and servers live; begins and ends with a slash.
    pub base_url: String,
    /// The server's own token.
    pub api_token: Secret<String>,
    /// The hub's public address without a path (`https://hub.lab.org`), where one is configured.
    pub public_url: Option<String>,
}
