//! `process_*`: what the hub's own process uses, under the names that Prometheus' clients give it. Owns the reading of
//! `/proc/self`; other systems have no such lines.

use std::fmt::Write as _;
use std::fs;

/// Clock ticks in a second, as the kernel shows them to programs (`USER_HZ`, 100 on every Linux).
const TICKS_PER_SECOND: f64 = 100.0;

/// One line: name, help, kind, value.
type Line = (&'static str, &'static str, &'static str, Option<f64>);

/// The lines of this moment.
pub(super) fn text() -> String {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let files = fs::read_dir("/proc/self/fd").ok().map(|all| all.count() as f64);
    let lines: [Line; 6] = [
        ("process_cpu_seconds_total", "Processor time in seconds", "counter", cpu_seconds(&stat)),
        ("process_open_fds", "Open files", "gauge", files),
        ("process_max_fds", "Files that may be open", "gauge", max_files()),
        ("process_virtual_memory_bytes", "Virtual memory", "gauge", field(&stat, 20)),
        ("process_resident_memory_bytes", "Resident memory", "gauge", resident_bytes()),
        ("process_start_time_seconds", "When it began, in seconds since 1970", "gauge", begun(&stat)),
    ];
    let mut text = String::new();
    for (name, help, kind, value) in lines {
        if let Some(value) = value {
            // A text can always be written to.
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
        }
    }
    text
}

/// Fields count from the last bracket (proc(5)): the name may hold blanks and brackets.
fn field(stat: &str, index: usize) -> Option<f64> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(index)?.parse().ok()
}

fn cpu_seconds(stat: &str) -> Option<f64> {
    Some((field(stat, 11)? + field(stat, 12)?) / TICKS_PER_SECOND)
}

fn begun(stat: &str) -> Option<f64> {
    let machine = fs::read_to_string("/proc/stat").ok()?;
    let booted: f64 = machine.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    Some(booted + field(stat, 19)? / TICKS_PER_SECOND)
}

fn resident_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? * 1024.0)
}

fn max_files() -> Option<f64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_process_tells_of_itself() {
        let text = text();
        for name in ["cpu_seconds_total", "open_fds", "max_fds", "resident_memory_bytes", "start_time_seconds"] {
            assert!(text.contains(&format!("\nprocess_{name} ")), "{name}: {text}");
        }
    }
}
