//! [`Store`]: the handle that everybody holds. Owns opening (checks, migration, pragmas) and the ways in, `read` and
//! `write`; the thread and the connections behind them are `writer` and `readers`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use labdeck_model::{Clock, Event};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::files::{self, Found, Lock};
use crate::migrate::Schema;
use crate::readers::Readers;
use crate::writer::Writer;
use crate::{Read, StoreError, Tx, backup, migrate};

/// The database's name inside the data folder.
pub const FILE_NAME: &str = "labdeck.sqlite";

/// Where the events of a committed transaction go. Called on the writer thread, in commit order; it must not block.
pub type Publisher = Arc<dyn Fn(Vec<Event>) + Send + Sync>;

/// A connection waits so long for another's lock. Nobody else should hold one; a curious `sqlite3` might.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The database. Cheap to clone; all clones are one database.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    writer: Writer,
    readers: Readers,
}

// === impl Store ===

impl Store {
    /// Opens the database in `dir`, making folder (mode 0700) and file (0600) where there are none, and bringing an
    /// older schema up to date after a copy of it was made. Blocks while it does; meant for the start of a program.
    ///
    /// # Errors
    /// [`StoreError::InUse`] while another process has the folder; [`StoreError::Damaged`], [`StoreError::Foreign`]
    /// and [`StoreError::TooNew`] for a file that is left as it is; [`StoreError::Folder`] where the system refuses.
    pub fn open(dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        Self::open_as(dir, clock, &Schema::CURRENT)
    }

    pub(crate) fn open_as(dir: &Path, clock: Arc<dyn Clock>, schema: &Schema) -> Result<Self, StoreError> {
        files::prepare_folder(dir)?;
        let lock = Lock::acquire(dir)?;
        let path = dir.join(FILE_NAME);
        if files::look_at(&path)? == Found::Nothing {
            create(&path, schema)?;
        }
        let (connection, readers) = connect(&path, schema).map_err(|error| error.at(&path))?;
        let writer = Writer::start(connection, Arc::clone(&clock), lock)
            .map_err(|source| StoreError::Folder { path: path.clone(), source })?;
        Ok(Self { inner: Arc::new(Inner { path, clock, writer, readers }) })
    }

    /// Runs `op` on a consistent view of the database, on a blocking thread. Writes that were answered before this
    /// call are seen.
    ///
    /// # Errors
    /// What `op` answers, or a [`StoreError`] of the store itself.
    ///
    /// # Cancellation
    /// A reading that began runs to its end unheard; nothing is left behind.
    pub async fn read<T, E, F>(&self, op: F) -> Result<T, E>
    where
        F: FnOnce(&Read<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.inner.readers.read(self.inner.clock.now(), op).await
    }

    /// Runs `op` as one transaction on the writer thread: all of it happens, or, after an error or a panic, none.
    /// Transactions run one after the other in the order in which they were asked for.
    ///
    /// # Errors
    /// What `op` answers, or a [`StoreError`] of the store itself; in both cases nothing was written.
    ///
    /// # Cancellation
    /// Once queued (at the first poll, unless the queue is full), the transaction runs whether or not its caller
    /// still listens. Dropping this future neither stops nor undoes it.
    pub async fn write<T, E, F>(&self, op: F) -> Result<T, E>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.inner.writer.write(op).await
    }

    /// How many transactions were committed since it was opened. Whoever read something and finds the same number again
    /// would read the same: every write is counted before it is answered, and nobody else writes.
    pub fn commits(&self) -> u64 {
        self.inner.writer.commits()
    }

    /// Sets who hears the events of committed transactions; replaces the one before.
    pub fn set_publisher(&self, publisher: Publisher) {
        self.inner.writer.set_publisher(publisher);
    }

    /// Writes a whole, consistent copy of the database to `target`, which must not exist; mode 0600.
    ///
    /// # Errors
    /// [`StoreError::Folder`] where the file cannot be made, [`StoreError::DiskFull`] where it does not fit.
    ///
    /// # Cancellation
    /// The copy is finished unheard.
    pub async fn back_up(&self, target: &Path) -> Result<(), StoreError> {
        let target = target.to_owned();
        self.inner.readers.with_connection(move |connection| backup::copy(connection, &target)).await
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Ends the store: readings end, queued writes are done, the file is left as one piece and the folder is free for
    /// the next. Later calls answer [`StoreError::Closed`]. A store that is dropped without it also does its queued
    /// writes, but nobody waits for that.
    pub async fn close(&self) {
        self.inner.readers.close().await;
        self.inner.writer.close().await;
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("path", &self.inner.path).finish_non_exhaustive()
    }
}

/// Makes the file aside and moves it into place whole, so that an empty or half-made file at `path` is always damage
/// and never a first start that was cut short.
fn create(path: &Path, schema: &Schema) -> Result<(), StoreError> {
    let aside = files::beside(path, ".new");
    for leftover in [aside.clone(), files::beside(&aside, "-wal"), files::beside(&aside, "-shm")] {
        files::remove_if_there(&leftover)?;
    }
    files::create_private(&aside)?;
    let mut connection = open_writer(&aside)?;
    configure(&connection)?;
    migrate::initialise(&mut connection, schema)?;
    close(connection)?;
    files::put_in_place(&aside, path)
}

/// Opens a file that is there. Until all checks have passed nothing is written, not even what its log holds.
fn connect(path: &Path, schema: &Schema) -> Result<(Connection, Readers), StoreError> {
    files::make_private(path)?;
    let mut connection = open_writer(path)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    backup::check(&connection, path)?;
    let found = migrate::find_version(&connection, path, schema)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    configure(&connection)?;
    migrate::update(&mut connection, path, schema, found)?;
    let readers = Readers::open(path)?;
    Ok((connection, readers))
}

fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(256);
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")?;
    Ok(connection)
}

/// WAL and NORMAL: a process that dies loses nothing; [`Tx::require_sync`] is for power cuts.
/// `secure_delete`: a deleted hash is overwritten, not merely unlinked.
fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;
         PRAGMA cache_size = -1024;",
    )?;
    Ok(())
}

pub(crate) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(128);
    // Half a megabyte each: the system keeps the file's pages anyway.
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -512;")?;
    Ok(connection)
}

/// Moves everything from the write-ahead log into the file and closes.
pub(crate) fn close(connection: Connection) -> Result<(), StoreError> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    connection.close().map_err(|(_, error)| StoreError::from(error))
}

#[cfg(test)]
mod tests;
