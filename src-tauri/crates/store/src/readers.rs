//! [`Readers`]: a few read-only connections, lent to one reading at a time on a blocking thread.
//! Owns their number and their return; what is read is the caller's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use labdeck_model::Timestamp;
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::writer::panic_text;
use crate::{Read, StoreError, db};

/// So many readings at once. Each is short; more connections would only cost memory.
const READERS: u32 = 4;

/// The connections that nobody has at the moment, and as many permits.
#[derive(Debug)]
pub(crate) struct Readers {
    /// Closed when the store is: whoever waits then gets [`StoreError::Closed`].
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

// === impl Readers ===

impl Readers {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let idle = (0..READERS).map(|_| db::open_reader(path)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { permits: Arc::new(Semaphore::new(idle.len())), idle: Arc::new(Mutex::new(idle)) })
    }

    pub(crate) async fn read<T, E, F>(&self, now: Timestamp, op: F) -> Result<T, E>
    where
        F: FnOnce(&Read<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.with_connection(move |connection| snapshot(connection, now, op)).await
    }

    /// Lends a connection to `op`; it comes back after a panic too, and when nobody waits for the answer any more.
    pub(crate) async fn with_connection<T, E, F>(&self, op: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let idle = Arc::clone(&self.idle);
        let work = move || {
            let outcome = lend(&idle, op);
            drop(permit);
            outcome
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Waits for the readings under way and closes the connections.
    pub(crate) async fn close(&self) {
        let all = self.permits.acquire_many(READERS).await;
        self.permits.close();
        drop(all);
        self.idle.lock().clear();
    }
}

/// Runs `op` with a connection of `idle`, which gets it back. The caller holds a permit for it.
fn lend<T, E: From<StoreError>>(
    idle: &Mutex<Vec<Connection>>,
    op: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let lent = idle.lock().pop();
    let connection = lent.ok_or(StoreError::Closed)?;
    let outcome = catch_unwind(AssertUnwindSafe(|| op(&connection)));
    idle.lock().push(connection);
    outcome.unwrap_or_else(|panic| Err(StoreError::Panicked(panic_text(panic.as_ref())).into()))
}

/// One transaction, so that all queries of one reading see one state.
fn snapshot<T, E: From<StoreError>>(
    connection: &Connection,
    now: Timestamp,
    op: impl FnOnce(&Read<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let begun = connection.prepare_cached("BEGIN").and_then(|mut begin| begin.execute([]));
    begun.map_err(StoreError::from)?;
    let _end = End(connection);
    op(&Read::new(connection, now))
}

/// Ends the transaction when it is dropped, also by a panic.
struct End<'c>(&'c Connection);

impl Drop for End<'_> {
    fn drop(&mut self) {
        let ended = self.0.prepare_cached("COMMIT").and_then(|mut end| end.execute([]));
        if let Err(error) = ended {
            tracing::warn!(%error, "A reading of the database did not end well");
        }
    }
}
