//! [`SpawnRequest`]: all that a driver is told about the server it shall bring up. Owns no rules: what a user may
//! ask for was decided by the hub before.

use std::collections::BTreeMap;

use labdeck_model::{ResourceLimits, Secret, ServerKey, Stack};
use serde_json::Value;

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
