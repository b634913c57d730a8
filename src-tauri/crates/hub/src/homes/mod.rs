//! What is kept for people: homes and the folders that servers share. Lists them, keeps, packs, gives back and deletes
//! homes, and says which folders a server gets. The files themselves are the drivers' (`labdeck_spawner::Homes`);
//! which server has which home stands in the store.

mod archive;
mod download;
mod erase;
mod folders;
mod former;
mod leftovers;
mod list;
mod pack;
mod parting;
mod restore;
mod space;
mod unfinished;

pub use archive::archive;
pub use download::{Download, download};
pub use erase::erase;
pub use folders::{
    FolderFix, FolderProblem, FolderView, FolderWish, check_host_path, delete as delete_folder, fix as fix_folder,
    list as list_folders, mounts, offered as offered_folders, put as put_folder,
};
pub use former::left_by;
pub use leftovers::clear_leftovers;
pub use list::{HomeStatus, HomeView, Measure, list};
pub use parting::{Parting, Parts};
pub use restore::{RestoreWish, restore};

use std::path::PathBuf;
use std::sync::Arc;

use labdeck_spawner::{Homes, SpawnError, Spawner};
use tokio::sync::Mutex;

use crate::context::Inner;
use crate::error::{Error, Kind, Result};

/// Held while a home changes hands or goes: a home that is being given to somebody must not be deleted meanwhile.
/// Short; packing and unpacking happen outside of it.
static TURN: Mutex<()> = Mutex::const_new(());

/// Where archives lie.
fn archives_dir(ctx: &Inner) -> PathBuf {
    PathBuf::from(&ctx.data_dir).join("archives")
}

/// The driver of a kind.
fn driver(ctx: &Inner, kind: &str) -> Result<Arc<dyn Spawner>> {
    ctx.spawners.find(kind).ok_or_else(|| {
        Error::new(Kind::Unavailable, format!("This hub runs without {kind}, which has the files of this home."))
    })
}

/// What a driver keeps.
fn homes_of(driver: &dyn Spawner) -> Result<&dyn Homes> {
    driver.homes().ok_or_else(|| {
        Error::new(Kind::Unavailable, format!("{} keeps no homes that Labdeck could work with.", driver.kind()))
    })
}

/// A driver's failure in words, with its remedy.
fn failed(doing: &str, error: SpawnError) -> Error {
    let failure = error.failure();
    Error::new(Kind::Unavailable, format!("{doing} {} {}", failure.message, failure.remedy).trim().to_owned())
        .caused_by(error)
}
