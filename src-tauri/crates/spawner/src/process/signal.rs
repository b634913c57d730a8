//! Ending processes and waiting for their end, whether they are this hub's children or those of one that died.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::procfs;
use super::record::Run;

/// How often a running server is looked at: one read of a small file of the kernel's.
const WATCH_INTERVAL: Duration = Duration::from_millis(250);
/// How often one that was told to end is.
const END_INTERVAL: Duration = Duration::from_millis(25);

/// What is sent to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// SIGINT: Jupyter stops its kernels and ends.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGKILL, which nothing can refuse.
    Kill,
}

/// Resolves when the process has ended.
pub(super) async fn ended(run: &Run) {
    while run.is_alive() {
        sleep(WATCH_INTERVAL).await;
    }
}

/// Waits for the end, but not longer than this. Says whether it came.
pub(super) async fn ended_within(run: &Run, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    while run.is_alive() {
        if Instant::now() >= deadline {
            return false;
        }
        sleep(END_INTERVAL).await;
    }
    true
}

/// Sends a signal to the server's group, if it is still that very process.
pub(super) fn send(run: &Run, ask: Ask) {
    if run.is_alive() {
        to_group(run.pid, ask);
    }
}

/// Kills a server and everything that descends from it: kernels and terminals lead sessions of their own.
pub(super) async fn kill_tree(run: &Run, limit: Duration) -> bool {
    let family = if run.is_alive() { procfs::tree(run.pid) } else { Vec::new() };
    send(run, Ask::Kill);
    for (pid, start_time) in family {
        if pid != run.pid && procfs::stat(pid).is_some_and(|stat| stat.start_time == start_time) {
            to_process(pid, Ask::Kill);
        }
    }
    ended_within(run, limit).await
}

#[cfg(unix)]
fn to_group(pid: i32, ask: Ask) {
    if let Some(pid) = rustix::process::Pid::from_raw(pid) {
        let _ = rustix::process::kill_process_group(pid, signal(ask));
    }
}

#[cfg(unix)]
fn to_process(pid: i32, ask: Ask) {
    if let Some(pid) = rustix::process::Pid::from_raw(pid) {
        let _ = rustix::process::kill_process(pid, signal(ask));
    }
}

#[cfg(unix)]
fn signal(ask: Ask) -> rustix::process::Signal {
    match ask {
        Ask::Interrupt => rustix::process::Signal::INT,
        Ask::Terminate => rustix::process::Signal::TERM,
        Ask::Kill => rustix::process::Signal::KILL,
    }
}

#[cfg(not(unix))]
fn to_group(_: i32, _: Ask) {}

#[cfg(not(unix))]
fn to_process(_: i32, _: Ask) {}

/// Kills a child that leads a group, and that group.
pub(super) fn kill_group_of(child: &tokio::process::Child) {
    // A child that was not waited for keeps its number, so this reaches nobody else.
    if let Some(pid) = child.id().and_then(|pid| i32::try_from(pid).ok()) {
        to_group(pid, Ask::Kill);
    }
}
