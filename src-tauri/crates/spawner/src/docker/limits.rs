//! Limits as the engine takes them. Owns the conversion and the bounds: an engine refuses a container that asks for
//! more processors than there are, a stack made for a larger machine should still start.

use bollard::models::{DeviceRequest, HostConfig};
use labdeck_model::ResourceLimits;

use crate::request::ENDED_FIRST;

/// The least memory that engines accept (Docker: 6 MiB).
const LEAST_MEMORY_BYTES: u64 = 6 << 20;
/// The least share of a processor that engines accept.
const LEAST_CPUS: f64 = 0.01;
/// Processes and threads of a server that has no limit of its own: far more than notebooks need, far fewer than there
/// are numbers for.
const MOST_PIDS: u32 = 4096;

/// Writes what is promised into a host configuration: memory that the engine tries to leave to the server, and its share
/// when all processors are busy. A promise beyond a limit is cut to it.
pub(super) fn promise(host: &mut HostConfig, memory_bytes: Option<u64>, cpus: Option<f64>) {
    let memory = memory_bytes.and_then(|bytes| i64::try_from(bytes).ok());
    host.memory_reservation = memory.map(|bytes| bytes.min(host.memory.unwrap_or(i64::MAX)));
    // The kernel's weight of one whole processor is 1024, its least one 2.
    host.cpu_shares = cpus.filter(|cpus| *cpus > 0.0).map(|cpus| (cpus.min(256.0) * 1024.0).max(2.0).round() as i64);
}

/// The graphics cards of a server, by the ids of the hub's ledger: names of the container device interface
/// (`nvidia.com/gpu=0`), or the ids that NVIDIA's own runtime knows.
pub(super) fn gpus(host: &mut HostConfig, ids: &[String]) {
    let (named, plain): (Vec<String>, Vec<String>) = ids.iter().cloned().partition(|id| id.contains('='));
    let request = |driver: &str, ids: Vec<String>, capabilities| DeviceRequest {
        driver: Some(driver.to_owned()),
        device_ids: Some(ids),
        capabilities,
        ..DeviceRequest::default()
    };
    let mut requests = Vec::new();
    if !named.is_empty() {
        requests.push(request("cdi", named, None));
    }
    if !plain.is_empty() {
        requests.push(request("nvidia", plain, Some(vec![vec!["gpu".to_owned()]])));
    }
    host.device_requests = (!requests.is_empty()).then_some(requests);
}

/// Writes the limits into a host configuration.
pub(super) fn apply(host: &mut HostConfig, limits: &ResourceLimits, machine_cpus: u32) {
    let memory = limits.memory_bytes.map(|bytes| i64::try_from(bytes.max(LEAST_MEMORY_BYTES)).unwrap_or(i64::MAX));
    host.memory = memory;
    // Equal to the memory means no swap on top; left out, the engine would allow as much again.
    host.memory_swap = memory;
    host.nano_cpus = limits.cpus.map(|cpus| nano_cpus(cpus, machine_cpus));
    host.pids_limit = Some(i64::from(limits.pids.unwrap_or(MOST_PIDS)));
    host.oom_score_adj = Some(i64::from(ENDED_FIRST));
    host.shm_size = limits.shm_bytes.and_then(|bytes| i64::try_from(bytes).ok());
}

fn nano_cpus(cpus: f64, machine_cpus: u32) -> i64 {
    let most = f64::from(machine_cpus.max(1));
    let fitting = if cpus.is_finite() { cpus.clamp(LEAST_CPUS, most) } else { most };
    (fitting * 1e9).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_stay_within_what_an_engine_accepts() {
        let mut host = HostConfig::default();
        apply(
            &mut host,
            &ResourceLimits { memory_bytes: Some(1), cpus: Some(64.0), pids: Some(9), ..ResourceLimits::NONE },
            2,
        );
        assert_eq!(host.memory, Some(6 << 20));
        assert_eq!(host.memory_swap, host.memory);
        assert_eq!(host.nano_cpus, Some(2_000_000_000));
        assert_eq!(host.pids_limit, Some(9));
        assert_eq!(host.oom_score_adj, Some(500));
        assert_eq!(nano_cpus(f64::NAN, 2), 2_000_000_000);
        assert_eq!(nano_cpus(0.0, 2), 10_000_000);
    }

    #[test]
    fn a_promise_is_a_reservation_and_a_weight() {
        let mut host = HostConfig { memory: Some(100 << 20), ..HostConfig::default() };
        promise(&mut host, Some(1 << 30), Some(0.5));
        assert_eq!((host.memory_reservation, host.cpu_shares), (Some(100 << 20), Some(512)));
        promise(&mut host, None, None);
        assert_eq!((host.memory_reservation, host.cpu_shares), (None, None));
    }

    #[test]
    fn cards_are_asked_for_by_the_kind_of_their_names() {
        let asked = |ids: &[&str]| {
            let mut host = HostConfig::default();
            gpus(&mut host, &ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>());
            serde_json::to_value(host.device_requests).unwrap()
        };
        assert_eq!(asked(&[]), serde_json::Value::Null);
        assert_eq!(
            asked(&["GPU-1", "GPU-2"]),
            serde_json::json!([{"Driver": "nvidia", "DeviceIDs": ["GPU-1", "GPU-2"], "Capabilities": [["gpu"]]}])
        );
        assert_eq!(
            asked(&["nvidia.com/gpu=0"]),
            serde_json::json!([{"Driver": "cdi", "DeviceIDs": ["nvidia.com/gpu=0"]}])
        );
    }

    #[test]
    fn no_limit_is_none() {
        let mut host = HostConfig::default();
        apply(&mut host, &ResourceLimits::NONE, 2);
        assert_eq!((host.memory, host.memory_swap, host.nano_cpus), (None, None, None));
        assert_eq!(host.pids_limit, Some(4096), "one server must not use up the computer's process numbers");
    }
}
