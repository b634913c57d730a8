//! The composition root of Labdeck. Knows every crate's public face and owns nothing but the order in which things
//! are opened and closed: data folder, store, secrets, listeners, hub. Two faces use it: the binary `labdeckd`
//! (headless, [`main_entry`]) and the desktop app ([`desktop`]).
#![forbid(unsafe_code)]

mod channel;
mod cli;
mod commands;
mod compose;
mod control;
pub mod desktop;
mod entry;
mod folders;
mod front;
mod keyring;
mod logging;
mod network;
mod serve;
mod start_error;

pub use compose::{Composition, Options, StartError};
pub use entry::main_entry;
