//! The life of servers: `machine` decides (pure), one actor per living server does, [`Registry`] is the only door.
//! Owns the truth about what a server is doing. Knows store, proxy and bus only as [`Ports`]; knows no HTTP but the
//! readiness probe.

mod activity;
mod actor;
mod admission;
mod calls;
mod chronicle;
pub mod effects;
mod endings;
mod entries;
mod heard;
mod leaving;
pub mod machine;
mod observe;
mod perform;
mod ports;
mod progress;
mod queue;
mod readiness;
pub mod recover;
mod registry;
mod stopwatch;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod ticket;
mod timeouts;

pub use activity::{Activity, newest};
pub use admission::{Boundless, Denied, Held, Limits, Patience, Room, RoomAnswer};
pub use effects::{Refused, StopCause};
pub use leaving::{Leaver, Leaving};
pub use ports::{BoxError, Engine, Minted, Ports, Readiness, Record, Snapshot, StartOptions};
pub use progress::{ProgressEvent, ProgressReader};
pub use readiness::Prober;
pub use registry::{OnShutdown, Registry, Settings};
pub use stopwatch::{Outcome, StartTimes};
pub use ticket::{StartEnd, StartRefused, StartTicket, StillActive, StopTicket};
pub use timeouts::{TimeoutTable, Timeouts};
