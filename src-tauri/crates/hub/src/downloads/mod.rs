//! Files that the window saves for the lead: a server's log, somebody's files. A web view saves nothing by itself and
//! holds in memory what it is given, so the hub writes them, as a job, into the folder that the desktop names. Other
//! browsers download the same from `servers` and `homes`.

mod place;
mod save;

pub use save::{DownloadWish, Saved, save, show};
