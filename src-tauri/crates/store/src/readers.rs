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
        self.with_connection(move |connection| {
            // One transaction, so that all queries of one reading see one state.
            let snapshot = connection.unchecked_transaction().map_err(StoreError::from)?;
            op(&Read::new(&snapshot, now))
        })
        .await
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
            let lent = idle.lock().pop();
            let connection = lent.ok_or(StoreError::Closed)?;
            let outcome = catch_unwind(AssertUnwindSafe(|| op(&connection)));
            idle.lock().push(connection);
            drop(permit);
            outcome.unwrap_or_else(|panic| Err(StoreError::Panicked(panic_text(panic.as_ref())).into()))
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
