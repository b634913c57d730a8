//! The hub of Labdeck: who may sign in, whose servers run, who may do what. Owns the rules; is a library without
//! listeners of its own. The composition root (`labdeck-server`) gives it a store, drivers, a proxy's routes and a
//! configuration, and serves its routers.
//!
//! Inside, arrows point down: `hub` builds everything and `routers` joins the edge, `api` and `pages`, which call
//! use-cases (`accounts`, `servers`, `diagnosis`, `downloads`, `groups`, `idle`, `stacks`, `overview`, `services`, `tokens`, `tickets`, `oauth`, `sharing`), which call mechanisms
//! (`lifecycle`, `authz`, `session`, `events`, `front`, `spawners`), which stand on the ground (`config`, `error`,
//! `python`, `tasks`). `context` holds a handle of each.
#![forbid(unsafe_code)]

pub mod accounts;
pub mod api;
pub mod authz;
pub mod config;
pub mod context;
pub mod diagnosis;
pub mod downloads;
pub mod environment;
pub mod error;
pub mod event_log;
pub mod events;
pub mod front;
pub mod groups;
pub mod health;
pub mod homes;
mod housekeeping;
pub mod hub;
pub mod idle;
pub mod jobs;
pub mod lifecycle;
mod local;
pub mod metrics;
pub mod oauth;
pub mod overview;
pub mod pages;
mod python;
pub mod resources;
mod routers;
pub mod secrets;
mod seed;
pub mod servers;
pub mod services;
pub mod session;
pub mod sharing;
pub mod spawners;
pub mod stacks;
pub mod tasks;
pub mod tickets;
pub mod tokens;

pub use hub::{BuildError, Hub, Machine, Parts};
pub use labdeck_spawner::Spawner;
pub use routers::routes;

/// The JupyterHub that this hub speaks like: single-user servers compare it with their own version.
pub const JUPYTERHUB_VERSION: &str = "6.1.1";
