//! What JupyterHub has not: the window's own calls. Below `/hub/api/labdeck`.

pub mod events;
pub mod hub;
pub mod people;
pub mod servers;
pub mod stacks;
