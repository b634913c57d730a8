//! What a server uses of the machine. Owns the last reading of each, because processor time is a sum that only grows.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep};

use super::procfs;
use super::record::Run;
use crate::Usage;

/// The distance of the two readings of a first sample.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// When each server was read last, and how much processor time it had used.
#[derive(Debug, Default)]
pub(super) struct Readings(Mutex<HashMap<(i32, u64), (Instant, f64)>>);

// === impl Readings ===

impl Readings {
    /// What it uses now; `None` when it does not run.
    pub(super) async fn sample(&self, run: &Run) -> Option<Usage> {
        let id = (run.pid, run.start_time);
        let read = || if run.is_alive() { procfs::total(run.pid, &run.groups.members()) } else { None };
        let base = self.0.lock().get(&id).copied().filter(|(at, _)| at.elapsed() >= FIRST_PAUSE);
        let (at, spent) = match base {
            Some(base) => base,
            None => {
                let (first, at) = (read()?, Instant::now());
                sleep(FIRST_PAUSE).await;
                (at, first.cpu_seconds)
            }
        };
        let now = read()?;
        let elapsed = at.elapsed().as_secs_f64().max(1e-3);
        self.0.lock().insert(id, (Instant::now(), now.cpu_seconds));
        // A kernel that ended took its time out of the sum: no use is less than none.
        let cpus = ((now.cpu_seconds - spent) / elapsed).max(0.0);
        // Pages that processes share count once for a group, and once for each process without one.
        let memory_bytes = run.groups.memory_bytes().unwrap_or(now.memory_bytes);
        // The network of a process is that of the whole computer: what of it is this server's cannot be known.
        Some(Usage { cpus, memory_bytes, memory_limit_bytes: run.groups.memory_limit(), traffic: None })
    }

    pub(super) fn forget(&self, run: &Run) {
        self.0.lock().remove(&(run.pid, run.start_time));
    }
}
