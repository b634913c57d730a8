//! Noticing that memory ran out in a server's control group. Owns the difference between "a program in it was ended",
//! which its user is told, and "the server itself was", which is how it ended.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::broadcast;
use tokio::time::Instant;

use super::config::ProcessConfig;
use super::record::{self, Run};
use crate::{Happening, HappeningKind};

/// A kill and the end of the server that it meant are seen at most so far apart.
const TOGETHER: Duration = Duration::from_secs(2);
/// How many happenings a slow reader may lag behind before it misses some.
const LAG: usize = 64;

/// What was seen of each server.
#[derive(Debug)]
pub(super) struct MemoryWatch {
    seen: Mutex<HashMap<(i32, u64), Seen>>,
    told: broadcast::Sender<Happening>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    kills: u64,
    raised: Option<Instant>,
    /// What was found when it had ended; the groups may be gone afterwards.
    ended: Option<bool>,
}

// === impl MemoryWatch ===

impl Default for MemoryWatch {
    fn default() -> Self {
        Self { seen: Mutex::default(), told: broadcast::channel(LAG).0 }
    }
}

impl MemoryWatch {
    pub(super) fn subscribe(&self) -> broadcast::Receiver<Happening> {
        self.told.subscribe()
    }

    /// A server begins with its groups as they are.
    pub(super) fn begin(&self, run: &Run) {
        let kills = run.groups.memory_kills().unwrap_or_default();
        self.seen.lock().insert(id(run), Seen { kills, raised: None, ended: None });
    }

    /// Looks at a server that runs. The first look at one of an earlier hub only counts.
    pub(super) fn look(&self, config: &ProcessConfig, run: &Run) {
        let Some(kills) = run.groups.memory_kills() else { return };
        let mut all = self.seen.lock();
        let seen = all.entry(id(run)).or_insert(Seen { kills, raised: None, ended: None });
        if kills <= seen.kills {
            return;
        }
        (seen.kills, seen.raised) = (kills, Some(Instant::now()));
        drop(all);
        if let Some((key, _)) = record::noted(config, &run.name) {
            // Nobody listening is fine: then nobody wants to know.
            let _ = self.told.send(Happening { key, kind: HappeningKind::OutOfMemory });
        }
    }

    /// Whether a server that was killed was killed for that.
    pub(super) fn ended_it(&self, run: &Run) -> bool {
        let kills = run.groups.memory_kills();
        let mut all = self.seen.lock();
        let seen = all.entry(id(run)).or_insert(Seen { kills: 0, raised: None, ended: None });
        let found = || {
            let more = kills.is_some_and(|kills| kills > seen.kills);
            more || seen.raised.is_some_and(|raised| raised.elapsed() <= TOGETHER)
        };
        let ended = seen.ended.unwrap_or_else(found);
        seen.ended = Some(ended);
        ended
    }

    pub(super) fn forget(&self, run: &Run) {
        self.seen.lock().remove(&id(run));
    }
}

fn id(run: &Run) -> (i32, u64) {
    (run.pid, run.start_time)
}
