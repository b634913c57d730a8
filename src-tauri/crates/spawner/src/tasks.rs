//! The only place of this crate that spawns. A [`Task`] ends with its owner.

use std::future::Future;

use tokio::task::JoinHandle;
use tracing::{Instrument, debug_span};

/// A task that is ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Task(JoinHandle<()>);

/// Starts a task that lives as long as its owner.
pub(crate) fn spawn(name: &'static str, work: impl Future<Output = ()> + Send + 'static) -> Task {
    Task(start(name, work))
}

/// Starts a short task that must run to its end although nobody waits for it: clearing away what a dropped call
/// left. It must have a deadline of its own.
pub(crate) fn detach(name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
    drop(start(name, work));
}

#[expect(clippy::disallowed_methods, reason = "the wrapper that the ban points to")]
fn start(name: &'static str, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(work.instrument(debug_span!("task", name)))
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
