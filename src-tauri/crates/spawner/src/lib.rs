//! The spawners of Labdeck: the [`Spawner`] extension point and its drivers. Owns how a server is brought up,
//! watched and brought down; owns no truth about servers (the hub does) and no user names beyond a [`ServerKey`].
//!
//! A driver is *stateless*: one object per configured kind. All that it must remember of one server is the opaque
//! [`SpawnerState`] that it checkpoints during a start and that the hub hands back in every later call.
//!
//! [`ServerKey`]: labdeck_model::ServerKey
#![forbid(unsafe_code)]

mod blocking;
mod ceiling;
pub mod diagnosis;
pub mod docker;
pub mod env;
mod error;
pub mod exec;
mod homes;
mod leader;
pub mod process;
mod progress;
mod request;
mod skeleton;
mod spawner;
mod state;
mod tasks;

pub use blocking::Blocking;
pub use ceiling::{Ceiling, Hold};
pub use error::{BoxError, SpawnError};
pub use homes::{Contents, FolderAccess, FoundHome, FoundKind, Homes};
pub use progress::{Progress, StartContext};
pub use request::{HubFacts, MountSource, MountWish, SpawnRequest};
pub use spawner::{Found, Happening, HappeningKind, HubAccess, LogLines, Spawner, StopMode, Subnet, Traffic, Usage};
pub use state::{Exit, Liveness, SpawnerState};
