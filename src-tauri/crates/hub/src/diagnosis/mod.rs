//! Why a server failed, ended or limps, for people: title, cause, steps, the last lines, what the hub can mend itself.
//! Owns the titles and repairs by kind (`catalogue`) and what happens to running servers without ending them
//! ([`watch`]); the recognising of causes is `labdeck_spawner::diagnosis`'s.

mod catalogue;
mod explain;
mod fix;
mod folder;
mod further;
mod watch;

pub use catalogue::{CATALOGUE, Entry, Fix, find};
pub use explain::{Diagnosis, FixOffer, diagnose, explain};
pub use fix::{Mended, mend};
pub use watch::{tell, tell_all, watch};
