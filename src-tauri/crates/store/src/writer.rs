//! [`Writer`]: the thread that owns the only connection that writes. Owns the queue, the order of commits and of
//! their events, and what a panic inside a transaction means. It does not know what is written.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use labdeck_model::{Clock, Event};
use parking_lot::Mutex;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use crate::db::{self, Publisher};
use crate::files::Lock;
use crate::{StoreError, Tx};

/// So many writes may wait. A full queue makes callers wait, which is how a slow disk reaches them.
const QUEUE_WRITES: usize = 256;

type Job = Box<dyn FnOnce(&mut Scribe) + Send>;

/// The way to the writer thread.
pub(crate) struct Writer {
    /// `None` once closed. The thread ends when the last sender is gone and the queue is empty.
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    publisher: Arc<Mutex<Option<Publisher>>>,
    commits: Arc<AtomicU64>,
}

/// What lives on the writer thread.
struct Scribe {
    connection: Connection,
    clock: Arc<dyn Clock>,
    publisher: Arc<Mutex<Option<Publisher>>>,
    /// Counted before the writer hears that it is done.
    commits: Arc<AtomicU64>,
}

// === impl Writer ===

impl Writer {
    /// Starts the thread. The lock is its: the folder is free when the connection is closed, not before.
    pub(crate) fn start(connection: Connection, clock: Arc<dyn Clock>, lock: Lock) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE_WRITES);
        let publisher = Arc::new(Mutex::new(None));
        let commits = Arc::new(AtomicU64::new(0));
        let scribe = Scribe { connection, clock, publisher: Arc::clone(&publisher), commits: Arc::clone(&commits) };
        let thread = std::thread::Builder::new().name("labdeck-store".to_owned()).spawn(move || {
            scribe.run(jobs);
            drop(lock);
        })?;
        Ok(Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)), publisher, commits })
    }

    pub(crate) async fn write<T, E, F>(&self, op: F) -> Result<T, E>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let queue = self.queue.lock().clone().ok_or(StoreError::Closed)?;
        let (answer, result) = oneshot::channel();
        let job: Job = Box::new(move |scribe| {
            // Nobody may listen any more; the write is done all the same.
            let _ = answer.send(scribe.transact(op));
        });
        queue.send(job).await.map_err(|_| StoreError::Closed)?;
        drop(queue);
        result.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// How many transactions were committed.
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Acquire)
    }

    pub(crate) fn set_publisher(&self, publisher: Publisher) {
        *self.publisher.lock() = Some(publisher);
    }

    /// Does what is queued, closes the connection and waits for the thread's end.
    pub(crate) async fn close(&self) {
        drop(self.queue.lock().take());
        let thread = self.thread.lock().take();
        if let Some(thread) = thread {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("The writer thread did not end well");
            }
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

// === impl Scribe ===

impl Scribe {
    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(job) = jobs.blocking_recv() {
            // `transact` catches what the caller's code does; this catches what dropping its values does.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| job(&mut self))) {
                tracing::error!(panic = panic_text(panic.as_ref()), "A write panicked after its transaction");
            }
        }
        if let Err(error) = db::close(self.connection) {
            tracing::warn!(%error, "The database was closed without tidying its log; the next start will");
        }
    }

    fn transact<T, E, F>(&mut self, op: F) -> Result<T, E>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<T, E>,
        E: From<StoreError>,
    {
        let now = self.clock.now();
        let begun = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begun.map_err(StoreError::from)?;
        let mut tx = Tx::new(&transaction, now);
        let outcome = catch_unwind(AssertUnwindSafe(|| op(&mut tx)));
        let (events, durable) = tx.into_parts();
        // Every way out but `commit` drops the transaction, which rolls it back.
        let value = outcome.unwrap_or_else(|panic| Err(StoreError::Panicked(panic_text(panic.as_ref())).into()))?;
        transaction.commit().map_err(StoreError::from)?;
        self.commits.fetch_add(1, Ordering::Release);
        if durable {
            self.sync();
        }
        self.publish(events);
        Ok(value)
    }

    /// A checkpoint forces the log, and with it the commit, to the disk.
    fn sync(&self) {
        if let Err(error) = self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            tracing::warn!(%error, "A write that should survive a power cut may not; the disk did not confirm it");
        }
    }

    fn publish(&self, events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        let publisher = self.publisher.lock().clone();
        let Some(publisher) = publisher else { return };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| publisher(events))) {
            tracing::error!(panic = panic_text(panic.as_ref()), "The publisher of events panicked");
        }
    }
}

/// What a panic said, where it said it in text.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
