//! What the kernel says of processes. Owns the reading of `/proc`, and the identity of a process: its number together
//! with the moment it began, because numbers are used again. Systems without `/proc` know less.

use std::collections::HashMap;
use std::fs;

use crate::request::ENDED_FIRST;

/// Clock ticks in a second, as the kernel shows them to programs (`USER_HZ`, 100 on every Linux).
const TICKS_PER_SECOND: f64 = 100.0;

/// One line of the process table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    /// `R`, `S`, … `Z` for one that ended and was not yet asked for its exit code.
    pub(super) state: char,
    pub(super) parent: i32,
    /// The session that it belongs to: the number of the process that began it.
    pub(super) session: i32,
    /// Processor time of its own, in ticks.
    pub(super) ticks: u64,
    /// When it began, in ticks since the machine started.
    pub(super) start_time: u64,
}

/// What a process and all its descendants use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Total {
    /// Processor time in seconds, without descendants that ended.
    pub(super) cpu_seconds: f64,
    pub(super) memory_bytes: u64,
}

/// All processes at one moment. To read it takes some milliseconds where many run: not for a task.
#[derive(Debug)]
pub(super) struct Table(HashMap<i32, Stat>);

/// Reads the line of one process; `None` if there is none such.
pub(super) fn stat(pid: i32) -> Option<Stat> {
    parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Offers a process, and all that it will start, to the kernel as what to end first where memory ends. A system that has
/// no such thing goes on without.
pub(super) fn offer_first(pid: i32) {
    let _ = fs::write(format!("/proc/{pid}/oom_score_adj"), ENDED_FIRST.to_string());
}

/// This start of the machine. Ticks count from it, so a start time means something only together with it.
pub(super) fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

// === impl Table ===

impl Table {
    /// Reads it.
    pub(super) fn read() -> Self {
        Self(pids().filter_map(|pid| Some((pid, stat(pid)?))).collect())
    }

    /// The process and its descendants, each with its start time.
    pub(super) fn tree(&self, root: i32) -> Vec<(i32, u64)> {
        let Self(table) = self;
        let mut found: Vec<i32> = vec![root];
        let mut next = 0;
        // Parents stand before their children in `found`, so one pass reaches all; the table is finite.
        while let Some(&parent) = found.get(next) {
            let children = table.iter().filter(|(pid, stat)| stat.parent == parent && **pid != root);
            found.extend(children.map(|(pid, _)| *pid));
            next += 1;
            if next > table.len() {
                break;
            }
        }
        found.into_iter().filter_map(|pid| Some((pid, table.get(&pid)?.start_time))).collect()
    }

    /// Every process of this session.
    pub(super) fn session(&self, leader: i32) -> Vec<i32> {
        self.0.iter().filter(|(_, stat)| stat.session == leader).map(|(pid, _)| *pid).collect()
    }

    /// What a process, its descendants and these others used; `None` if it did not run.
    pub(super) fn total(&self, root: i32, others: &[i32]) -> Option<Total> {
        self.0.get(&root)?;
        let mut all: Vec<i32> = self.tree(root).into_iter().map(|(pid, _)| pid).chain(others.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        let mut total = Total { cpu_seconds: 0.0, memory_bytes: 0 };
        for pid in all {
            let ticks = self.0.get(&pid).map(|stat| stat.ticks).unwrap_or_default();
            total.cpu_seconds += ticks as f64 / TICKS_PER_SECOND;
            total.memory_bytes += resident_bytes(pid).unwrap_or_default();
        }
        Some(total)
    }
}

/// Every process that was started with exactly this entry in its environment. Those of other accounts hide theirs.
pub(super) fn marked(entry: &str) -> Vec<i32> {
    let holds = |pid: &i32| {
        let all = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        all.split(|byte| *byte == 0).any(|held| held == entry.as_bytes())
    };
    pids().filter(holds).collect()
}

fn pids() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
}

fn resident_bytes(pid: i32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Reads `/proc/N/stat` (proc(5)). The name may hold blanks and brackets, so fields count from the last bracket.
fn parse(line: &str) -> Option<Stat> {
    let fields: Vec<&str> = line.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Stat {
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
        session: fields.get(3)?.parse().ok()?,
        ticks: number(11)? + number(12)?,
        start_time: number(19)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let line = "77 (a) b) S 12 77 77 0 -1 4194304 1 2 3 4 50 7 0 0 20 0 1 0 9001 1 2";
        assert_eq!(parse(line), Some(Stat { state: 'S', parent: 12, session: 77, ticks: 57, start_time: 9001 }));
        assert_eq!(parse("77 (a"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_is_in_its_own_tree() {
        let me = i32::try_from(std::process::id()).unwrap();
        let table = Table::read();
        assert!(table.tree(me).iter().any(|(pid, _)| *pid == me));
        assert!(table.total(me, &[]).unwrap().memory_bytes > 0);
        assert_eq!(table.total(i32::MAX, &[]), None);
    }
}
