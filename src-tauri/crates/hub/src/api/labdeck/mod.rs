//! What JupyterHub has not: the window's own calls. Below `/hub/api/labdeck`.

pub(super) mod downloads;
pub(super) mod environment;
pub(super) mod events;
pub(super) mod folders;
pub(super) mod homes;
pub(super) mod hub;
pub(super) mod idle;
pub(super) mod panel;
pub(super) mod people;
pub(super) mod resources;
pub(super) mod roles;
pub(super) mod servers;
pub(super) mod services;
pub(super) mod shares;
pub(super) mod stacks;
pub(super) mod why;
