//! The only place where this crate starts tasks. Owns names and accounting; whoever passes the tracker owns the
//! task's end: it cancels and then waits for the tracker.

use std::future::Future;

use tokio::task::AbortHandle;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// Runs `future` as a task that `tracker` counts; `name` shows in traces. The handle may be dropped.
#[expect(clippy::disallowed_methods, reason = "the wrapper that the ban points to")]
pub(crate) fn spawn<F>(tracker: &TaskTracker, name: &'static str, future: F) -> AbortHandle
where
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(tracker.track_future(future.instrument(tracing::debug_span!("task", task.name = name)))).abort_handle()
}
