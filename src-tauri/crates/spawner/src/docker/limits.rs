//! Limits as the engine takes them. Owns the conversion and the bounds: an engine refuses a container that asks for
//! more processors than there are, a stack made for a larger machine should still start.

use bollard::models::HostConfig;
use labdeck_model::ResourceLimits;

/// The least memory that engines accept (Docker: 6 MiB).
const LEAST_MEMORY_BYTES: u64 = 6 << 20;
/// The least share of a processor that engines accept.
const LEAST_CPUS: f64 = 0.01;

/// Writes the limits into a host configuration.
pub(super) fn apply(host: &mut HostConfig, limits: &ResourceLimits, machine_cpus: u32) {
    let memory = limits.memory_bytes.map(|bytes| i64::try_from(bytes.max(LEAST_MEMORY_BYTES)).unwrap_or(i64::MAX));
    host.memory = memory;
    // Equal to the memory means no swap on top; left out, the engine would allow as much again.
    host.memory_swap = memory;
    host.nano_cpus = limits.cpus.map(|cpus| nano_cpus(cpus, machine_cpus));
    host.pids_limit = limits.pids.map(i64::from);
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
        assert_eq!(nano_cpus(f64::NAN, 2), 2_000_000_000);
        assert_eq!(nano_cpus(0.0, 2), 10_000_000);
    }

    #[test]
    fn no_limit_is_none() {
        let mut host = HostConfig::default();
        apply(&mut host, &ResourceLimits::NONE, 2);
        assert_eq!((host.memory, host.memory_swap, host.nano_cpus, host.pids_limit), (None, None, None, None));
    }
}
