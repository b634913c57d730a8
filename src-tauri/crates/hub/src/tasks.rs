//! [`spawn`]: the hub's only way to start a task. Names it, keeps the caller's span, reports a panic, counts it, and
//! lets the end of the process wait for all of them ([`finish`]). Who starts a task also says how it ends (a token, a
//! closed channel): nothing is aborted here.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::LazyLock;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// All tasks of this process. One for the process, because what ends with it has to be waited for together.
static TRACKER: LazyLock<TaskTracker> = LazyLock::new(TaskTracker::new);

/// Starts a task with a name. Dropping the handle leaves the task running.
///
/// A panic inside ends that task alone: it is logged with the name, and the handle gives `None`.
#[expect(clippy::disallowed_methods, reason = "the one place that starts tasks")]
pub fn spawn<F>(name: &'static str, future: F) -> JoinHandle<Option<F::Output>>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let span = tracing::debug_span!("task", task.name = name);
    let guarded = AssertUnwindSafe(future).catch_unwind().map(move |result| {
        result
            .inspect_err(|panic| {
                tracing::error!(task.name = name, panic = panic_text(panic.as_ref()), "Task {name} panicked");
            })
            .ok()
    });
    tokio::spawn(TRACKER.track_future(guarded.instrument(span.or_current())))
}

/// Runs what blocks (files, a keyring) where it may block, and waits for it.
///
/// # Cancellation
/// When dropped, the work goes on to its end and its result is lost.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only a runtime that ends calls blocking work off; nobody waits for the result then.
            Err(_) => std::future::pending().await,
        },
    }
}

/// How many tasks run.
pub fn count() -> usize {
    TRACKER.len()
}

/// Waits until every task has ended, at most `patience`. Says how many still ran then.
///
/// # Cancellation
/// Safe to drop; it only waits.
pub async fn finish(patience: Duration) -> usize {
    TRACKER.close();
    let _ = tokio::time::timeout(patience, TRACKER.wait()).await;
    TRACKER.reopen();
    count()
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&'static str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_its_own_task_only() {
        assert_eq!(spawn("good", async { 7 }).await.unwrap(), Some(7));
        assert_eq!(spawn("bad", async { panic!("words") }).await.unwrap(), None::<()>);
        assert_eq!(finish(Duration::from_secs(5)).await, 0);
    }
}
