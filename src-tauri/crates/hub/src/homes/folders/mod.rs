//! Folders that servers mount beside their homes: which there are, who gets them, and whether servers can use them.
//! Mounting is the driver's; here is decided what may be mounted at all.

mod access;
mod catalogue;
mod check;
mod fix;
mod grant;

pub use catalogue::{FolderFix, FolderProblem, FolderView, FolderWish, delete, list, put};
pub use check::check_host_path;
pub use fix::fix;
pub use grant::{mounts, offered};
