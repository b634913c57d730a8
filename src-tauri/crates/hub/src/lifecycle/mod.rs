//! The life of servers: `machine` decides (pure), one actor per living server does, [`Registry`] is the only door.
//! Owns the truth about what a server is doing. Knows store, proxy and bus only as [`Ports`]; knows no HTTP but the
//! readiness probe.

mod activity;
mod actor;
mod admission;
mod calls;
pub mod effects;
mod endings;
pub mod machine;
mod observe;
mod perform;
mod ports;
mod progress;
mod readiness;
pub mod recover;
mod registry;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod ticket;

pub use activity::{Activity, newest};
pub use admission::{Boundless, Denied, Held, Limits, Room, RoomAnswer};
pub use effects::{Refused, StopCause};
pub use machine::Timeouts;
pub use ports::{BoxError, Engine, Minted, Ports, Readiness, Record, Snapshot, StartOptions};
pub use progress::{ProgressEvent, ProgressReader};
pub use readiness::Prober;
pub use registry::{OnShutdown, Registry, Settings};
pub use ticket::{StartEnd, StartRefused, StartTicket, StillActive, StopTicket};
