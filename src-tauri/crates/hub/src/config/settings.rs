//! [`Config`]: the checked configuration as values, every duration with its type and every default filled in.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use labdeck_auth::Rules;
use labdeck_model::scope::ScopeSet;
use labdeck_model::{GroupName, ImageRef, ResourceLimits, RoleName, Secret, ServiceName, UserName};
use labdeck_spawner::docker::{ContainerSettings, TlsFiles};

use super::sources::Sources;
use super::{ExecSettings, LocalSettings, PageSettings, Problem, RunAs, bind};

/// Everything that can be configured. Made by [`Config::load`].
#[derive(Clone)]
pub struct Config {
    /// Where `bind_url` says to listen. What is listened on also depends on the claim and the network: [`Self::listen_on`].
    pub listen: SocketAddr,
    /// The path below which everything lies; begins and ends with a slash.
    pub base_url: String,
    /// The network, where the configuration decides it; `None` leaves it to the lead.
    pub network: Option<Network>,
    /// Further names under which people reach the hub, beside its addresses.
    pub advertised_names: Vec<String>,
    /// The lead accepted, in full words, that anyone on the network can run code here.
    pub open_network_accepted: bool,
    /// Who checks passwords.
    pub authenticator: AuthenticatorKind,
    /// The dummy authenticator's one password.
    pub dummy_password: Option<Secret<String>>,
    /// Who may come in.
    pub rules: Rules,
    /// What starts servers.
    pub spawner: SpawnerChoice,
    /// Settings of servers in containers.
    pub docker: DockerSettings,
    /// Settings of servers as local processes.
    pub simple: SpawnerSettings,
    /// What of those only local processes have.
    pub local: LocalSettings,
    /// Settings of servers that a program starts.
    pub exec: ExecSettings,
    /// Whether there are named servers.
    pub named_servers: NamedServers,
    /// Whether everybody may share their own servers.
    pub people_may_share: bool,
    /// Servers that may be starting at once; `None` is no limit.
    pub concurrent_spawn_limit: Option<u32>,
    /// Servers that may run at once; `None` is no limit.
    pub active_server_limit: Option<u32>,
    /// Memory that servers never get, where the configuration decides it.
    pub memory_reserve: Option<u64>,
    /// Whether the memory limits of servers are caps, or reservations that must add up.
    pub overcommit: bool,
    /// Servers that may hold one graphics card at once; at least one.
    pub gpu_sharing: u32,
    /// NVIDIA's library, where it is not in its usual place.
    pub nvml_library: Option<PathBuf>,
    /// When servers are stopped that nobody uses.
    pub idle: IdleSettings,
    /// How long a browser stays signed in.
    pub cookie_max_age: Duration,
    /// How long a token may be good that a person or a program makes; `None` is no limit.
    pub token_max_lifetime: Option<Duration>,
    /// Tokens of users, for programs.
    pub api_tokens: Vec<ApiToken>,
    /// Programs that work with the hub.
    pub services: Vec<ServiceSettings>,
    /// Who gets the figures for Prometheus.
    pub figures_for: FiguresFor,
    /// Where events of servers are written.
    pub event_handlers: Vec<String>,
    /// How often services are asked whether they answer.
    pub service_check_interval: Duration,
    /// Roles, beside the four that every hub has; `user` may be among them.
    pub roles: Vec<RoleSettings>,
    /// What is changed about the pages.
    pub pages: PageSettings,
    /// What is odd but no problem; to be logged at start.
    pub warnings: Vec<String>,
    pub(super) sources: Sources,
}

/// When servers are stopped that nobody uses. `None` was not said, zero is never.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IdleSettings {
    /// Without use.
    pub stop_after: Option<Duration>,
    /// Computing without a word.
    pub busy_but_silent_after: Option<Duration>,
    /// Since the start.
    pub max_age: Option<Duration>,
    /// The warning before.
    pub warn_before: Option<Duration>,
}

/// Who gets the figures for Prometheus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FiguresFor {
    /// Those who hold `read:metrics`.
    Readers,
    /// Everybody who reaches the hub.
    Everybody,
}

/// Who can reach the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// This computer.
    Local,
    /// Everybody on its networks.
    Lan,
}

/// Who checks passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthenticatorKind {
    /// The hub itself, by passwords that people choose.
    Native,
    /// Nobody.
    Dummy,
}

/// What starts servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpawnerKind {
    /// Containers.
    Docker,
    /// Local processes, as the hub's own user.
    Simple,
    /// A program that the configuration names.
    Exec,
}

/// Whether the configuration chose a spawner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpawnerChoice {
    /// It did: the other one never takes over.
    Named(SpawnerKind),
    /// It did not: Docker, or local processes while no engine answers.
    Unnamed,
}

/// Whether users may have more than the default server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedServers {
    /// No.
    Off,
    /// So many each.
    UpTo(u32),
    /// As many as they like.
    Unlimited,
}

/// When images are fetched. Reference: dockerspawner's `pull_policy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullPolicy {
    /// Before every start.
    Always,
    /// Where the image is not there.
    IfNotPresent,
    /// By hand.
    Never,
}

/// What every spawner knows.
#[derive(Debug, Clone, PartialEq)]
pub struct SpawnerSettings {
    /// What to start; `None` leaves it to the spawner or the image.
    pub cmd: Option<Vec<String>>,
    /// What to add to the command.
    pub args: Vec<String>,
    /// Variables for each server.
    pub environment: BTreeMap<String, String>,
    /// The page that a server opens with.
    pub default_url: Option<String>,
    /// Time until a server must have started.
    pub start_timeout: Duration,
    /// Time until a started server must answer.
    pub http_timeout: Duration,
    /// Time between looks whether a server still runs; `None` is never.
    pub poll_interval: Option<Duration>,
    /// Failed starts in a row after which the hub ends; `None` is never.
    pub consecutive_failure_limit: Option<u32>,
    /// What one server may use where its stack does not say.
    pub limits: ResourceLimits,
}

/// What the Docker spawner knows.
#[derive(Debug, Clone, PartialEq)]
pub struct DockerSettings {
    /// What every spawner knows.
    pub common: SpawnerSettings,
    /// The image of every server; `None` leaves it to the stacks.
    pub image: Option<ImageRef>,
    /// Images that users may choose.
    pub allowed_images: Vec<AllowedImage>,
    /// Whether users may choose any image at all.
    pub any_image_allowed: bool,
    /// When images are fetched.
    pub pull_policy: PullPolicy,
    /// The engine's network; `None` is one of our own.
    pub network_name: Option<String>,
    /// Where the engine is.
    pub engine: EngineSettings,
    /// Where servers reach the hub, without a path; `None` is a door on their network.
    pub hub_connect_url: Option<String>,
    /// Variables of the hub that servers get too.
    pub env_keep: Vec<String>,
    /// What is added to every container.
    pub containers: ContainerSettings,
}

/// Where the container engine is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineSettings {
    /// Its address; `None` looks where engines usually are.
    pub host: Option<String>,
    /// The certificates that show each side to the other.
    pub tls: Option<TlsFiles>,
}

/// An image that users may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedImage {
    /// What people read.
    pub label: String,
    /// What is started.
    pub image: ImageRef,
}

/// A token that the configuration gives to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Whose it is.
    pub user: UserName,
    /// The token itself.
    pub token: Secret<String>,
}

/// A program that works with the hub. Reference: JupyterHub's `services`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSettings {
    /// Its name.
    pub name: ServiceName,
    /// Its token.
    pub api_token: Option<Secret<String>>,
    /// Where it listens; then it is proxied at `services/<name>/`.
    pub url: Option<String>,
    /// Whether it holds the role `admin`.
    pub admin: bool,
    /// Whether it is shown in the menu.
    pub display: bool,
    /// Its OAuth client's name.
    pub oauth_client_id: String,
    /// Where its sign-in comes back to; `None` is its own `oauth_callback`.
    pub oauth_redirect_uri: Option<String>,
    /// Whether people are not asked before it learns who they are.
    pub oauth_no_confirm: bool,
    /// What it may ask for beside access to itself.
    pub oauth_client_allowed_scopes: ScopeSet,
    /// How the hub starts it; `None` for one that somebody else starts.
    pub run: Option<ServiceRun>,
    /// Whatever its writer wants to be told about it.
    pub info: serde_json::Map<String, serde_json::Value>,
    /// How long it may take until it answers.
    pub timeout: Duration,
}

/// How the hub starts a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRun {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The folder that it runs in.
    pub cwd: Option<PathBuf>,
    /// What it gets in its environment, beside what every service gets.
    pub environment: BTreeMap<String, String>,
    /// The account that it runs under; `None` is the hub's.
    pub user: Option<String>,
}

/// A role. Reference: JupyterHub's `load_roles`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleSettings {
    /// Its name.
    pub name: RoleName,
    /// What it is for.
    pub description: Option<String>,
    /// What it allows; `None` leaves a base role as it is.
    pub scopes: Option<ScopeSet>,
    /// Users who hold it.
    pub users: Vec<UserName>,
    /// Groups whose members hold it.
    pub groups: Vec<GroupName>,
    /// Services that hold it.
    pub services: Vec<ServiceName>,
}

// === impl Config ===

impl Config {
    /// The address to listen on for a network. A hub that is unclaimed asks for [`Network::Local`], whatever is set.
    pub fn listen_on(&self, network: Network) -> SocketAddr {
        match network {
            Network::Local => bind::loopback_of(self.listen),
            Network::Lan => bind::everywhere_of(self.listen),
        }
    }

    /// What every spawner knows, for the driver of that kind.
    pub fn common(&self, kind: &str) -> &SpawnerSettings {
        match kind {
            "docker" => &self.docker.common,
            "exec" => &self.exec.common,
            _ => &self.simple,
        }
    }

    /// The same for the driver that is named, or for docker.
    pub fn usual(&self) -> &SpawnerSettings {
        match self.spawner {
            SpawnerChoice::Named(SpawnerKind::Simple) => &self.simple,
            SpawnerChoice::Named(SpawnerKind::Exec) => &self.exec.common,
            SpawnerChoice::Named(SpawnerKind::Docker) | SpawnerChoice::Unnamed => &self.docker.common,
        }
    }

    /// Where servers of that kind reach the hub, where the configuration says so.
    pub fn connect_url(&self, kind: &str) -> Option<&str> {
        match kind {
            "docker" => self.docker.hub_connect_url.as_deref(),
            "simple" => self.local.hub_connect_url.as_deref(),
            "exec" => self.exec.hub_connect_url.as_deref(),
            _ => None,
        }
    }

    /// Why the hub may not be reachable from other computers, if it may not.
    ///
    /// # Errors
    /// The reason and the remedy, in words.
    pub fn check_network(&self, network: Network) -> Result<(), Problem> {
        let words = match (network, self.open_network_accepted, self.authenticator, self.spawner) {
            (Network::Local, ..) | (Network::Lan, true, ..) => return Ok(()),
            (_, _, AuthenticatorKind::Dummy, _) => "dummy lets anybody in under any name",
            (_, _, _, SpawnerChoice::Named(SpawnerKind::Simple)) if self.local.run_as == RunAs::Hub => {
                "simple runs everybody's notebooks as the hub's own user, who can read all of them"
            }
            (_, _, AuthenticatorKind::Native, SpawnerChoice::Named(_) | SpawnerChoice::Unnamed) => return Ok(()),
        };
        let remedy = "keep network = \"local\" and an address such as http://127.0.0.1:8000, or set [labdeck] \
                      i_accept_that_anyone_on_the_network_can_run_code_here = true \
                      (flag --i-accept-that-anyone-on-the-network-can-run-code-here)";
        let at = self.source("labdeck.network").or_else(|| self.source("hub.bind_url"));
        let text = format!("{words}, so the hub must not be reachable from other computers; {remedy}");
        Err(Problem::new(&at.unwrap_or(super::Source::Default), text))
    }
}
