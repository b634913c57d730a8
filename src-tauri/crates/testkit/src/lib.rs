//! Test helpers of Labdeck; a dev-dependency only. Owns a browser that keeps cookies, a reader of event
//! streams, waiting without sleeping, repeatable randomness, a real hub as a process, the engine as its own command shows it, and an image registry.
#![forbid(unsafe_code)]
#![expect(clippy::expect_used, clippy::panic, reason = "a helper that fails ends the test")]

mod browser;
#[cfg(unix)]
mod control_socket;
mod dice;
mod engine;
mod events;
mod eventually;
#[cfg(unix)]
mod hub_process;
#[cfg(unix)]
mod registry;

pub use browser::{Browser, Page};
#[cfg(unix)]
pub use control_socket::ControlSocket;
pub use dice::Dice;
pub use engine::{Engine, NOTEBOOK, STANDIN};
pub use events::{EventReader, Frame};
pub use eventually::eventually;
#[cfg(unix)]
pub use hub_process::{HubBuilder, HubProcess, PASSWORD, free_port};
#[cfg(unix)]
pub use registry::{PushedImage, Registry};
