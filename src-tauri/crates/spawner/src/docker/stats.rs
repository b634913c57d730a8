//! What a container uses. Processor time is a counter, so a share needs two readings: the last one of each container
//! is kept here. That memory may be lost at any time; the next answer is then a quarter of a second late.

use std::collections::HashMap;
use std::time::Duration;

use bollard::errors::Error as EngineError;
use bollard::models::{ContainerMemoryStats, ContainerNetworkStats, ContainerStatsResponse};
use bollard::query_parameters::StatsOptionsBuilder;
use futures_util::StreamExt;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep};

use super::engine::Engine;
use super::inspect;
use crate::{SpawnError, Traffic, Usage};

/// A reading older than this is no base for a share. The hub asks once a minute while nobody watches.
const BASE_AGE: Duration = Duration::from_secs(90);
/// The distance of the two readings where there is no base.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The last readings by container.
#[derive(Debug, Default)]
pub(super) struct Meter(Mutex<HashMap<String, Reading>>);

#[derive(Debug, Clone, Copy)]
struct Reading {
    at: Instant,
    cpu_nanos: u64,
    memory_bytes: u64,
    /// As the container was made; it does not change.
    limit_bytes: Option<u64>,
    traffic: Option<Traffic>,
}

// === impl Meter ===

impl Meter {
    /// What a container uses now; `None` when it does not run.
    pub(super) async fn sample(&self, engine: &Engine, id: &str) -> Result<Option<Usage>, SpawnError> {
        let base = match self.base(id) {
            Some(base) => base,
            None => {
                let Some(limit_bytes) = limit(engine, id).await? else { return Ok(None) };
                let Some(first) = read(engine, id, limit_bytes).await? else { return Ok(None) };
                sleep(FIRST_PAUSE).await;
                first
            }
        };
        let Some(now) = read(engine, id, base.limit_bytes).await? else {
            self.forget(id);
            return Ok(None);
        };
        let mut readings = self.0.lock();
        readings.retain(|_, reading| reading.at.elapsed() < BASE_AGE);
        readings.insert(id.to_owned(), now);
        Ok(Some(usage(&base, &now)))
    }

    /// Drops what is kept of a container that was removed.
    pub(super) fn forget(&self, id: &str) {
        self.0.lock().remove(id);
    }

    fn base(&self, id: &str) -> Option<Reading> {
        // Two readings at nearly the same moment would divide by nothing.
        self.0.lock().get(id).copied().filter(|reading| (FIRST_PAUSE..BASE_AGE).contains(&reading.at.elapsed()))
    }
}

fn usage(base: &Reading, now: &Reading) -> Usage {
    let elapsed = now.at.duration_since(base.at).as_secs_f64().max(1e-3);
    let spent = Duration::from_nanos(now.cpu_nanos.saturating_sub(base.cpu_nanos)).as_secs_f64();
    Usage {
        cpus: spent / elapsed,
        memory_bytes: now.memory_bytes,
        memory_limit_bytes: now.limit_bytes,
        traffic: now.traffic,
    }
}

/// The container's memory limit (outer `None`: it does not run).
async fn limit(engine: &Engine, id: &str) -> Result<Option<Option<u64>>, SpawnError> {
    let Some(found) = inspect::inspect(engine, id).await? else { return Ok(None) };
    if !found.state.and_then(|state| state.running).unwrap_or_default() {
        return Ok(None);
    }
    let bytes = found.host_config.and_then(|host| host.memory).and_then(|bytes| u64::try_from(bytes).ok());
    Ok(Some(bytes.filter(|&bytes| bytes > 0)))
}

async fn read(engine: &Engine, id: &str, limit_bytes: Option<u64>) -> Result<Option<Reading>, SpawnError> {
    let client = engine.client().await?;
    let options = StatsOptionsBuilder::new().stream(false).one_shot(true).build();
    let stats: ContainerStatsResponse = match Box::pin(client.stats(id, Some(options))).next().await {
        Some(Ok(stats)) => stats,
        None | Some(Err(EngineError::DockerResponseServerError { status_code: 404 | 409, .. })) => return Ok(None),
        Some(Err(error)) => return Err(engine.failed("measuring a server")(error)),
    };
    let traffic = stats.networks.as_ref().map(moved);
    let cpu = stats.cpu_stats.and_then(|cpu| cpu.cpu_usage).and_then(|usage| usage.total_usage);
    // A container that ended is answered with an empty sheet.
    let (Some(cpu_nanos), Some(memory)) = (cpu, stats.memory_stats.filter(|memory| memory.usage.is_some())) else {
        return Ok(None);
    };
    Ok(Some(Reading { at: Instant::now(), cpu_nanos, memory_bytes: in_use(&memory), limit_bytes, traffic }))
}

/// What all networks of a container moved.
fn moved(networks: &HashMap<String, ContainerNetworkStats>) -> Traffic {
    let sum = |of: fn(&ContainerNetworkStats) -> Option<u64>| networks.values().filter_map(of).sum();
    Traffic { received_bytes: sum(|network| network.rx_bytes), sent_bytes: sum(|network| network.tx_bytes) }
}

/// Memory without the file cache that the kernel would give back, as `docker stats` shows it.
fn in_use(memory: &ContainerMemoryStats) -> u64 {
    let stats = memory.stats.as_ref();
    // Control groups of the first and the second kind name it differently.
    let cache = ["total_inactive_file", "inactive_file"].iter().find_map(|name| stats?.get(*name).copied());
    memory.usage.unwrap_or_default().saturating_sub(cache.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_counted_without_file_cache_under_both_kinds_of_groups() {
        let memory = |name: &str| ContainerMemoryStats {
            usage: Some(100),
            stats: Some(HashMap::from([(name.to_owned(), 30)])),
            ..ContainerMemoryStats::default()
        };
        assert_eq!(in_use(&memory("total_inactive_file")), 70);
        assert_eq!(in_use(&memory("inactive_file")), 70);
        assert_eq!(in_use(&memory("other")), 100);
    }

    #[test]
    fn traffic_is_the_sum_of_all_networks() {
        let network = |received: u64, sent: u64| ContainerNetworkStats {
            rx_bytes: Some(received),
            tx_bytes: Some(sent),
            ..ContainerNetworkStats::default()
        };
        let networks = HashMap::from([("eth0".to_owned(), network(1, 2)), ("eth1".to_owned(), network(10, 20))]);
        assert_eq!(moved(&networks), Traffic { received_bytes: 11, sent_bytes: 22 });
    }

    #[tokio::test(start_paused = true)]
    async fn a_share_is_time_spent_over_time_passed() {
        let begun = Instant::now();
        let base = Reading { at: begun, cpu_nanos: 1_000_000_000, memory_bytes: 1, limit_bytes: None, traffic: None };
        tokio::time::advance(Duration::from_secs(2)).await;
        let at = Instant::now();
        let now = Reading { at, cpu_nanos: 4_000_000_000, memory_bytes: 7, limit_bytes: Some(9), traffic: None };
        let used = usage(&base, &now);
        assert!((used.cpus - 1.5).abs() < 1e-6);
        assert_eq!((used.memory_bytes, used.memory_limit_bytes), (7, Some(9)));
    }
}
