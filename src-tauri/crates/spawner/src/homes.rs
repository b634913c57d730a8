//! [`Homes`]: what a driver keeps for people, as things of their own: they outlive servers, users and hubs. Owns no
//! behaviour; drivers implement it, the hub's homes call it.

use std::fmt::Debug;

use async_trait::async_trait;
use labdeck_model::{ServerKey, Timestamp};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::{MountSource, SpawnError};

/// The homes of one driver.
#[async_trait]
pub trait Homes: Send + Sync + Debug {
    /// All homes of this hub that the driver finds, also those that the hub knows nothing of any more.
    ///
    /// # Errors
    /// When they cannot be listed.
    async fn list_homes(&self) -> Result<Vec<FoundHome>, SpawnError>;

    /// How much is in a home, in bytes. May take seconds: it walks the files.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn measure_home(&self, home: &str) -> Result<u64, SpawnError>;

    /// Counts what is in a home by walking it, never by packing it: an archive is checked against this.
    ///
    /// # Errors
    /// When it cannot be counted; a count that is not sure is an error.
    async fn count_home(&self, home: &str) -> Result<Contents, SpawnError>;

    /// Writes everything in a home as a tar archive, below the folder `home/`. Whoever writes into it meanwhile may be caught half-way.
    ///
    /// # Errors
    /// When it cannot be read or written.
    ///
    /// # Cancellation
    /// May be dropped; what was written is incomplete then.
    async fn archive_home(&self, home: &str, into: &mut (dyn AsyncWrite + Send + Unpin)) -> Result<(), SpawnError>;

    /// Makes a home (which must not exist) from such an archive.
    ///
    /// # Errors
    /// When it exists, or cannot be made or written.
    ///
    /// # Cancellation
    /// May be dropped; what was made is removed again.
    async fn restore_home(
        &self,
        key: &ServerKey,
        home: &str,
        from: &mut (dyn AsyncRead + Send + Unpin),
    ) -> Result<(), SpawnError>;

    /// Deletes a home for ever. One that is gone already is a success.
    ///
    /// # Errors
    /// When something of it could not be deleted, as while a server uses it.
    async fn erase_home(&self, home: &str) -> Result<(), SpawnError>;

    /// Makes the volume of a shared folder, writable for every server, where it is not there yet.
    ///
    /// # Errors
    /// When it cannot be made.
    async fn prepare_folder(&self, name: &str) -> Result<(), SpawnError>;

    /// Really tries what servers may do in a folder, by reading it and by writing a file into it that is gone again.
    ///
    /// # Errors
    /// When it cannot be tried, as where the folder is not there.
    async fn try_folder(&self, name: &str, source: &MountSource) -> Result<FolderAccess, SpawnError>;

    /// Clears away what a hub that was killed left of its own work. Nothing that anybody saved is in it.
    ///
    /// # Errors
    /// When something of it stays.
    async fn clear_leftovers(&self) -> Result<(), SpawnError>;
}

/// What is in a home.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contents {
    /// How many files, folders (with the home itself) and symbolic links, each name counted. Not pipes, sockets and
    /// devices, which mean nothing elsewhere.
    pub entries: u64,
    /// How long the files are altogether, in bytes, holes included; one with several names counts once.
    pub bytes: u64,
}

/// What servers may do in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FolderAccess {
    /// They see its files.
    pub readable: bool,
    /// They can make files in it.
    pub writable: bool,
}

/// A home that a driver found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundHome {
    /// Its name, as in [`SpawnRequest::home`](crate::SpawnRequest::home).
    pub home: String,
    /// What it is.
    pub kind: FoundKind,
    /// Whose server it was made for, where that is written on it.
    pub key: Option<ServerKey>,
    /// When it was made, where that is known.
    pub created: Option<Timestamp>,
    /// Where it is, for the lead: a volume's name or a folder.
    pub place: String,
}

/// What keeps a home's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundKind {
    /// A home: a volume, a folder.
    Home,
    /// A container of a server that nobody knows, with files that lie in no home. Can be measured, read out and deleted.
    Container,
}
