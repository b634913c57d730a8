//! What the computer is and how much of it is in use. Reads the system; decides nothing.

use std::fs;

use crate::overview::Machine;

/// The computer as it is now. What cannot be read is zero.
pub fn machine() -> Machine {
    let (memory_bytes, available) = memory();
    Machine {
        name: host_name(),
        cpus: std::thread::available_parallelism().map_or(1, usize::from),
        memory_bytes,
        memory_used_bytes: memory_bytes.saturating_sub(available),
    }
}

/// The computer's name, or `this computer`.
pub fn host_name() -> String {
    let read =
        |path: &str| fs::read_to_string(path).ok().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    read("/proc/sys/kernel/hostname")
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .or_else(|| std::env::var("HOSTNAME").ok())
        .unwrap_or_else(|| "this computer".to_owned())
}

/// The account that runs the hub, as a first idea for the lead's user name.
pub fn account_name() -> String {
    ["SUDO_USER", "USER", "LOGNAME", "USERNAME"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| "lead".to_owned())
}

/// Total and available memory in bytes.
fn memory() -> (u64, u64) {
    let Ok(text) = fs::read_to_string("/proc/meminfo") else { return (0, 0) };
    let field = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
    };
    (field("MemTotal:").unwrap_or(0), field("MemAvailable:").unwrap_or(0))
}
