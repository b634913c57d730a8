//! Ending processes and waiting for their end, whether they are this hub's children or those of one that died.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::procfs::{self, Table};
use super::record::Run;

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

/// Kills a server and all that belongs to it, also what has left its session and its parent: again and again until
/// nothing is left, because a process can make others while it is looked for.
pub(super) async fn kill_family(run: &Run, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        send(run, Ask::Kill);
        run.groups.kill();
        let of = run.clone();
        // Reading all processes takes its time where many run.
        let Ok(family) = tokio::task::spawn_blocking(move || family(&of)).await else { return false };
        for (pid, start_time) in &family {
            if procfs::stat(*pid).is_some_and(|stat| stat.start_time == *start_time) {
                to_process(*pid, Ask::Kill);
            }
        }
        if family.is_empty() && !run.is_alive() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        sleep(END_INTERVAL).await;
    }
}

/// Everything that lives and belongs to a server: its descendants, its session, its control groups, and whoever has
/// its mark in the environment.
fn family(run: &Run) -> Vec<(i32, u64)> {
    if run.boot != procfs::boot() {
        return Vec::new();
    }
    let (mut all, table) = (run.groups.members(), Table::read());
    if run.is_alive() {
        all.extend(table.tree(run.pid).into_iter().map(|(pid, _)| pid));
    }
    // While anything is in the session its number is not given to others: a stranger of that number means it is empty.
    let stranger = procfs::stat(run.pid).is_some_and(|stat| stat.start_time != run.start_time);
    if !stranger {
        all.extend(table.session(run.pid));
    }
    if !run.mark.is_empty() {
        all.extend(procfs::marked(&run.mark));
    }
    let me = i32::try_from(std::process::id()).unwrap_or(i32::MAX);
    all.retain(|pid| *pid > 1 && *pid != me);
    all.sort_unstable();
    all.dedup();
    let living = |pid: i32| procfs::stat(pid).filter(|stat| !matches!(stat.state, 'Z' | 'X'));
    all.into_iter().filter_map(|pid| Some((pid, living(pid)?.start_time))).collect()
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
