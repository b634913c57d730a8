//! What the window's first screen shows, as one value, and the two traits through which the hub moves what lies
//! outside it: the public port ([`Front`]) and the desktop ([`Desktop`]). The composition root implements them.

mod build;

pub use build::{SIMPLE_ACCEPTED, build, change, port_taken};

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use labdeck_model::{EngineState, Timestamp, UserName};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::Error;

/// The hub, its machine and what is wrong, at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Overview {
    /// Labdeck's version.
    pub version: String,
    /// The hub itself.
    pub hub: HubState,
    /// Who can reach it.
    pub network: Network,
    /// Whether visitors' connections are encrypted.
    pub encrypted: bool,
    /// What to tell people to open; empty while the hub is off or unclaimed.
    pub addresses: Vec<String>,
    /// The address on this computer.
    pub local_url: String,
    /// The public port.
    pub port: u16,
    /// The container engine.
    pub engine: EngineView,
    /// What new servers run in: `docker` or `simple`.
    pub spawner: String,
    /// Why it is that one, in a sentence.
    pub spawner_reason: String,
    /// Whether the lead has accepted that local processes run as the lead.
    pub simple_accepted: bool,
    /// What needs the lead's attention, worst first.
    pub problems: Vec<Problem>,
    /// The computer.
    pub machine: Machine,
    /// Where everything is kept.
    pub data_dir: String,
    /// How people sign in: `native` or `dummy`.
    pub authenticator: String,
    /// Whether a window drives this hub.
    pub desktop: bool,
    /// Where secrets are kept: `keyring` or `file`.
    pub keyring: String,
    /// How many of what.
    pub counts: Counts,
}

/// Whether the hub serves people.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HubState {
    /// Whether the public port is open.
    pub on: bool,
    /// Whether an admin exists. Before that nobody but this computer is served.
    pub claimed: bool,
    /// Whose account is the lead's: the window acts as this user.
    pub lead: Option<UserName>,
    /// A name for the first user, from the computer's account.
    pub suggested_name: String,
    /// Since when the hub runs.
    pub started: Timestamp,
}

/// Who can reach the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// Programs on this computer.
    Local,
    /// Everybody on the networks this computer is in.
    Lan,
}

/// The engine with what to do about it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EngineView {
    /// How it stands.
    #[serde(flatten)]
    pub state: EngineState,
    /// What the lead can do; empty while all is well.
    pub remedy: String,
}

/// Something that needs attention: what happened, the likely cause, what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// A stable word for programs.
    pub id: String,
    /// What happened.
    pub title: String,
    /// The likely cause.
    pub cause: String,
    /// What can be done.
    pub remedy: String,
}

/// The computer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Machine {
    /// Its name.
    pub name: String,
    /// Processors.
    pub cpus: usize,
    /// Memory.
    pub memory_bytes: u64,
    /// Memory in use, without what only caches files.
    pub memory_used_bytes: u64,
}

/// How many of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counts {
    /// Users.
    pub users: u64,
    /// Servers that run or are under way.
    pub running: u64,
}

/// What can be changed about the public side. Absent fields stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HubChange {
    /// Open or close the public port.
    pub on: Option<bool>,
    /// Who can reach it.
    pub network: Option<Network>,
    /// The public port.
    pub port: Option<u16>,
    /// That local processes run as the lead was read and accepted.
    pub simple_accepted: Option<bool>,
}

/// How the public side stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrontState {
    /// Whether the public port is open.
    pub on: bool,
    /// Who can reach it.
    pub network: Network,
    /// The public port.
    pub port: u16,
    /// What people open.
    pub addresses: Vec<String>,
    /// The address on this computer.
    pub local_url: String,
    /// Why it could not be opened, if so.
    pub problem: Option<Problem>,
}

/// The public port: opened, moved and closed by the composition root.
#[async_trait]
pub trait Front: Send + Sync + std::fmt::Debug {
    /// How it stands.
    fn state(&self) -> FrontState;

    /// Changes it. The hub has checked that the change is allowed.
    ///
    /// # Errors
    /// [`crate::error::Kind::Conflict`] naming the port's owner and the next free port.
    async fn change(&self, on: Option<bool>, network: Option<Network>, port: Option<u16>) -> Result<(), Error>;

    /// The hub was claimed: people beyond this computer may now be let in, if the network says so.
    async fn claimed(&self);
}

/// What happens to running servers when Labdeck quits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AtQuit {
    /// They run on and are found again at the next start.
    Leave,
    /// They are stopped first.
    Stop,
}

/// The desktop around the hub, where there is one.
pub trait Desktop: Send + Sync + std::fmt::Debug {
    /// Opens an address in the person's own browser.
    ///
    /// # Errors
    /// With what to do instead.
    fn open(&self, url: &str) -> Result<(), Error>;

    /// The person's own folder for downloads; `None` where nobody sits at a screen.
    fn downloads(&self) -> Option<PathBuf>;

    /// Shows a file in its folder.
    ///
    /// # Errors
    /// With where the file is.
    fn show(&self, file: &Path) -> Result<(), Error>;
}
