//! [`Groups`]: the control groups of one server, by their folders. Owns their files: limits, members, how often memory
//! ran out. The folders are the server's state, so a hub that comes later finds limits and processes as they are.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use labdeck_model::ResourceLimits;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use super::{Means, Place, Version};

/// What every group of ours begins with.
const BEGINNING: &str = "labdeck-";
/// The period in which processor time is counted, in microseconds; the kernel's own default.
const CPU_PERIOD: u64 = 100_000;
/// How old an empty group of another hub must be to be one that was left.
const OLD: Duration = Duration::from_secs(3600);
/// How long the kernel may take to let go of a group whose processes were killed.
const REMOVE_PATIENCE: Duration = Duration::from_secs(2);

/// The folders of one server's groups: one with version 2, up to three with version 1, none where nothing can be made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(in super::super) struct Groups(Vec<PathBuf>);

// === impl Groups ===

impl Groups {
    /// Makes them and sets the limits.
    pub(super) fn make<'a>(
        places: impl Iterator<Item = (Means, &'a Place)>,
        name: &str,
        limits: &ResourceLimits,
    ) -> std::io::Result<Self> {
        let mut groups = Self::default();
        for (means, place) in places {
            let folder = place.folder.join(name);
            match fs::create_dir(&folder) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    groups.remove_now();
                    return Err(error);
                }
                _ => {}
            }
            if !groups.0.contains(&folder) {
                groups.0.push(folder.clone());
            }
            if let Err(error) = limit(means, place.version, &folder, limits) {
                groups.remove_now();
                return Err(error);
            }
        }
        Ok(groups)
    }

    /// The group that somebody else made, as systemd does.
    pub(super) fn of(folder: PathBuf) -> Self {
        Self(vec![folder])
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether these are groups that a driver may have made: a stored state must not reach other ones.
    pub(in super::super) fn are_ours(&self) -> bool {
        self.0.iter().all(|folder| {
            let named =
                folder.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(BEGINNING));
            named && folder.is_absolute() && !folder.components().any(|part| part == std::path::Component::ParentDir)
        })
    }

    /// Puts a process into them.
    pub(in super::super) fn enter(&self, pid: i32) -> std::io::Result<()> {
        self.0.iter().try_for_each(|folder| fs::write(folder.join("cgroup.procs"), pid.to_string()))
    }

    /// Every process in them.
    pub(in super::super) fn members(&self) -> Vec<i32> {
        let lists = self.0.iter().filter_map(|folder| fs::read_to_string(folder.join("cgroup.procs")).ok());
        let mut all: Vec<i32> =
            lists.flat_map(|list| list.lines().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Kills all at once, where the kernel can (version 2 since 5.14). Whoever calls looks for members all the same.
    pub(in super::super) fn kill(&self) {
        for file in self.0.iter().map(|folder| folder.join("cgroup.kill")).filter(|file| file.exists()) {
            let _ = fs::write(file, "1");
        }
    }

    /// How many processes were ended because memory ran out, since the groups were made.
    pub(in super::super) fn memory_kills(&self) -> Option<u64> {
        let files =
            self.0.iter().flat_map(|folder| ["memory.events", "memory.oom_control"].map(|name| folder.join(name)));
        files.filter_map(|file| fs::read_to_string(file).ok()).find_map(|text| field(&text, "oom_kill"))
    }

    /// Memory in use without the file cache, in bytes.
    pub(in super::super) fn memory_bytes(&self) -> Option<u64> {
        self.0.iter().find_map(|folder| {
            let read = |name: &str| fs::read_to_string(folder.join(name)).ok();
            let used = read("memory.current").or_else(|| read("memory.usage_in_bytes"))?.trim().parse::<u64>().ok()?;
            let stat = read("memory.stat").unwrap_or_default();
            let cache = field(&stat, "total_inactive_file").or_else(|| field(&stat, "inactive_file"));
            Some(used.saturating_sub(cache.unwrap_or_default()))
        })
    }

    /// The memory limit that the kernel keeps, in bytes.
    pub(in super::super) fn memory_limit(&self) -> Option<u64> {
        /// Version 1 writes "no limit" as the largest whole page.
        const NONE: u64 = 1 << 62;
        self.0.iter().find_map(|folder| {
            let read = |name: &str| fs::read_to_string(folder.join(name)).ok();
            let text = read("memory.max").or_else(|| read("memory.limit_in_bytes"))?;
            text.trim().parse::<u64>().ok().filter(|bytes| *bytes < NONE)
        })
    }

    /// Removes them, waiting a moment for the kernel. A scope is systemd's to remove.
    pub(in super::super) async fn remove(&self) {
        let deadline = Instant::now() + REMOVE_PATIENCE;
        while !self.remove_now() && Instant::now() < deadline {
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Says whether none is left.
    fn remove_now(&self) -> bool {
        let gone = |folder: &&PathBuf| {
            let scope = folder.extension().is_some_and(|end| end == "scope");
            scope || fs::remove_dir(folder).map_or_else(|error| error.kind() == ErrorKind::NotFound, |()| true)
        };
        self.0.iter().filter(|folder| !gone(folder)).count() == 0
    }
}

/// Removes groups of that beginning in which nothing is (the kernel refuses the others), and those of other hubs that
/// nobody has used for long: their data folder may be gone, and then nobody else ever removes them.
pub(super) fn sweep(folders: &[PathBuf], beginning: &str) {
    for entry in folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| name.starts_with(BEGINNING)) else { continue };
        // A group that another hub has just made is empty too, for a moment.
        let is_old = || {
            let made = entry.metadata().and_then(|found| found.modified());
            made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age > OLD))
        };
        if name.starts_with(beginning) || is_old() {
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// Sets one limit.
fn limit(means: Means, version: Version, folder: &Path, limits: &ResourceLimits) -> std::io::Result<()> {
    for (file, value, needed) in files(means, version, limits) {
        let path = folder.join(file);
        // Accounting of swap is a choice at the start of the machine; without it there is no such file.
        if needed == Needed::Always || path.exists() {
            fs::write(path, value)?;
        }
    }
    Ok(())
}

/// Whether a file must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needed {
    Always,
    WhereItIs,
}

/// What is written where for one means, in that order.
pub(super) fn files(means: Means, version: Version, limits: &ResourceLimits) -> Vec<(&'static str, String, Needed)> {
    match (means, version) {
        (Means::Memory, version) => memory_files(version, limits.memory_bytes),
        (Means::Cpu, version) => {
            let Some(cpus) = limits.cpus else { return Vec::new() };
            // Below a hundredth of a processor nothing would ever start; the kernel refuses less than a millisecond.
            let quota = ((cpus * CPU_PERIOD as f64).round() as u64).max(1000);
            match version {
                Version::Two => vec![("cpu.max", format!("{quota} {CPU_PERIOD}"), Needed::Always)],
                Version::One => vec![
                    ("cpu.cfs_period_us", CPU_PERIOD.to_string(), Needed::Always),
                    ("cpu.cfs_quota_us", quota.to_string(), Needed::Always),
                ],
            }
        }
        (Means::Pids, Version::One | Version::Two) => {
            limits.pids.map(|pids| ("pids.max", pids.to_string(), Needed::Always)).into_iter().collect()
        }
    }
}

fn memory_files(version: Version, bytes: Option<u64>) -> Vec<(&'static str, String, Needed)> {
    let Some(bytes) = bytes.map(|bytes| bytes.to_string()) else { return Vec::new() };
    match version {
        Version::Two => {
            vec![("memory.max", bytes, Needed::Always), ("memory.swap.max", "0".into(), Needed::WhereItIs)]
        }
        // Memory and swap together may not be less than memory, so it comes second.
        Version::One => vec![
            ("memory.limit_in_bytes", bytes.clone(), Needed::Always),
            ("memory.memsw.limit_in_bytes", bytes, Needed::WhereItIs),
        ],
    }
}

fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}
