//! The configuration: `labdeck.toml`, below environment `LABDECK_*`, below flags, becomes one checked [`Config`].
//! Owns names, kinds and defaults of all settings (`keys`), their sources, and the words for what is wrong; collects
//! all problems before it refuses. Keeps nothing and starts nothing. Called once by the composition root, and by
//! `labdeckd config show`.
//!
//! Names are JupyterHub's: `c.ClassName.trait` is `trait` in the table of the snake-case class name, `[hub]` is
//! `JupyterHub`. A value for a base class (`[spawner]`) holds for its kinds (`[docker_spawner]`), and the more special
//! table wins. Settings of our own stand in `[labdeck]`.

mod bind;
mod containers;
mod convert;
mod docker;
mod driver;
mod env;
mod error;
mod file;
mod keys;
mod local;
mod pages;
mod redact;
mod roles;
mod services;
mod settings;
mod sources;
mod spawners;
mod suggest;
mod tree;
mod validate;

#[cfg(test)]
mod tests;

pub use env::Flag;
pub use error::{ConfigError, Problem};
pub use local::{ExecSettings, LocalSettings, RunAs};
pub use pages::PageSettings;
pub use redact::Row;
pub use services::{parse_client_id, parse_redirect_uri, parse_service_url};
pub use settings::{
    AllowedImage, ApiToken, AuthenticatorKind, Config, DockerSettings, EngineSettings, FiguresFor, IdleSettings,
    NamedServers, Network, PullPolicy, RoleSettings, ServiceRun, ServiceSettings, SpawnerChoice, SpawnerKind,
    SpawnerSettings,
};
pub use sources::{ConfigInputs, Source};
