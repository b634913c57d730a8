//! What a server uses of the machine. Owns the last reading of each, because processor time is a sum that only grows,
//! and the last look at all processes: servers that are measured at once share one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep};

use super::procfs::{Table, Total};
use super::record::Run;
use crate::Usage;

/// The distance of the two readings of a first sample.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// How long a look at all processes is shared: much shorter than the distance of two readings.
const SHARED: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
pub(super) struct Readings {
    /// When each server was read last, and how much processor time it had used.
    last: Mutex<HashMap<(i32, u64), (Instant, f64)>>,
    /// The last look. Whoever else wants one meanwhile waits for it.
    table: tokio::sync::Mutex<Option<(Instant, Arc<Table>)>>,
}

// === impl Readings ===

impl Readings {
    /// What it uses now; `None` when it does not run.
    pub(super) async fn sample(&self, run: &Run) -> Option<Usage> {
        let id = (run.pid, run.start_time);
        let base = self.last.lock().get(&id).copied().filter(|(at, _)| at.elapsed() >= FIRST_PAUSE);
        let (at, spent) = match base {
            Some(base) => base,
            None => {
                let (at, first) = self.read(run).await?;
                sleep(FIRST_PAUSE).await;
                (at, first.cpu_seconds)
            }
        };
        let (read_at, now) = self.read(run).await?;
        let elapsed = read_at.saturating_duration_since(at).as_secs_f64().max(1e-3);
        self.last.lock().insert(id, (read_at, now.cpu_seconds));
        // A kernel that ended took its time out of the sum: no use is less than none.
        let cpus = ((now.cpu_seconds - spent) / elapsed).max(0.0);
        // Pages that processes share count once for a group, and once for each process without one.
        let memory_bytes = run.groups.memory_bytes().unwrap_or(now.memory_bytes);
        // The network of a process is that of the whole computer: what of it is this server's cannot be known.
        Some(Usage { cpus, memory_bytes, memory_limit_bytes: run.groups.memory_limit(), traffic: None })
    }

    async fn read(&self, run: &Run) -> Option<(Instant, Total)> {
        let (at, table) = self.look().await?;
        let run = run.clone();
        let total = move || run.is_alive().then(|| table.total(run.pid, &run.groups.members())).flatten();
        Some((at, tokio::task::spawn_blocking(total).await.ok()??))
    }

    async fn look(&self) -> Option<(Instant, Arc<Table>)> {
        let mut last = self.table.lock().await;
        if let Some((at, table)) = last.as_ref().filter(|(at, _)| at.elapsed() < SHARED) {
            return Some((*at, Arc::clone(table)));
        }
        let fresh = (Instant::now(), Arc::new(tokio::task::spawn_blocking(Table::read).await.ok()?));
        *last = Some(fresh.clone());
        Some(fresh)
    }

    pub(super) fn forget(&self, run: &Run) {
        self.last.lock().remove(&(run.pid, run.start_time));
    }
}
