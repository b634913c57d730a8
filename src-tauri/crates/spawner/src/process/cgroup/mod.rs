//! Control groups: how the limits of a local server are kept, and how every process of it is found. Owns the choice
//! between the ways there are ([`Way`]: groups of our own, or a scope that systemd makes) and the words where a limit
//! cannot be kept. Parts: `place` (where groups may be made), `group` (those of one server), `scope` (systemd).
//!
//! A resource limit of the process (`setrlimit`) is no way: `RLIMIT_NPROC` counts all processes of the account, the
//! hub's and the lead's own among them, and `RLIMIT_AS` counts addresses instead of memory, so that Python's libraries
//! fail long before the limit is reached.

mod group;
mod place;
mod scope;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use labdeck_model::ResourceLimits;

use crate::{Ceiling, Hold};

pub(super) use group::Groups;
pub(super) use place::Place;
pub(crate) use place::{MemoryTree, Version};
pub(super) use scope::Scope;

/// What can be limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    Memory,
    Cpu,
    Pids,
}

/// How limits are kept here.
#[derive(Debug, Clone)]
pub(super) enum Way {
    /// By folders that the hub makes itself, one for each means or one for all; or why one cannot be limited.
    Own(Vec<(Means, Result<Place, String>)>),
    /// By a unit of systemd around each server.
    Scope(Scope),
}

/// What the kernel says of its control groups.
#[derive(Debug, Clone, Default)]
pub(super) struct Surroundings {
    /// `/proc/self/mountinfo`.
    pub(super) mounts: String,
    /// `/proc/self/cgroup`.
    pub(super) own: String,
}

/// The tree of groups in which memory is counted here.
pub(crate) fn memory_tree() -> Option<MemoryTree> {
    place::memory_tree(&Surroundings::here())
}

// === impl Means ===

impl Means {
    pub(super) const ALL: [Self; 3] = [Self::Memory, Self::Cpu, Self::Pids];

    /// The kernel's name of the controller.
    pub(super) fn controller(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Cpu => "cpu",
            Self::Pids => "pids",
        }
    }

    /// The limit as people read it, where there is one.
    fn told(self, limits: &ResourceLimits) -> Option<String> {
        match self {
            Self::Memory => limits.memory_bytes.map(|bytes| format!("The memory limit of {}", size(bytes))),
            Self::Cpu => limits.cpus.map(|cpus| format!("The limit of {cpus} processors")),
            Self::Pids => limits.pids.map(|pids| format!("The limit of {pids} processes")),
        }
    }
}

// === impl Surroundings ===

impl Surroundings {
    /// Of this process.
    pub(super) fn here() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        Self { mounts: read("/proc/self/mountinfo"), own: read("/proc/self/cgroup") }
    }
}

// === impl Way ===

impl Way {
    /// Finds the way of this machine: systemd where it answers, else folders of our own.
    pub(super) async fn find(around: Surroundings) -> Self {
        match Scope::find(&around).await {
            Some(scope) => Self::Scope(scope),
            None => Self::own(&around),
        }
    }

    /// Folders of our own, as far as they can be made.
    pub(super) fn own(around: &Surroundings) -> Self {
        Self::Own(Means::ALL.map(|means| (means, place::find(means, around))).to_vec())
    }

    /// One line for the log and the tests: which variant this is.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Scope(_) => "systemd scopes".into(),
            Self::Own(places) => {
                let one = |(means, place): &(Means, Result<Place, String>)| match place {
                    Ok(Place { version: Version::Two, .. }) => format!("{} by cgroup v2", means.controller()),
                    Ok(Place { version: Version::One, .. }) => format!("{} by cgroup v1", means.controller()),
                    Err(why) => format!("{} not ({why})", means.controller()),
                };
                places.iter().map(one).collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// Which of these limits do not hold, each a sentence.
    pub(super) fn unenforced(&self, limits: &ResourceLimits) -> Vec<String> {
        let mut words: Vec<String> = Means::ALL
            .into_iter()
            .filter_map(|means| {
                let told = means.told(limits)?;
                let why = self.why_not(means)?;
                Some(format!("{told} does not hold: {why}."))
            })
            .collect();
        if limits.shm_bytes.is_some() {
            words
                .push("The limit of shared memory does not hold: programs of this computer share one /dev/shm.".into());
        }
        if limits.gpus > 0 {
            words.push(
                "The graphics cards are not fenced off: the server is told which ones are its own, and can use others."
                    .into(),
            );
        }
        words
    }

    fn why_not(&self, means: Means) -> Option<String> {
        match self {
            Self::Scope(scope) => scope.why_not(means),
            Self::Own(places) => {
                places.iter().find(|(held, _)| *held == means).and_then(|(_, place)| place.as_ref().err().cloned())
            }
        }
    }

    /// What the group of one run is called. A unit of systemd's stays for a moment, or as a failed one for ever, after
    /// everything in it has ended, and as long a second one of its name is refused: so each run has a name of its own.
    pub(super) fn name_of_run(&self, name: &str) -> String {
        match self {
            Self::Scope(_) => Scope::fresh(name),
            Self::Own(_) => name.to_owned(),
        }
    }

    /// Makes the groups of one server with its limits, in the group around all servers where there is one; nothing is
    /// in them yet. A scope makes its own later.
    pub(super) fn make(
        &self,
        name: &str,
        limits: &ResourceLimits,
        ceiling: Option<&Ceiling>,
    ) -> std::io::Result<Groups> {
        match self {
            Self::Scope(_) => Ok(Groups::default()),
            Self::Own(places) => {
                let together = ceiling.filter(|_| self.hold(ceiling).is_there()).and_then(Ceiling::folder);
                let usable: Vec<_> = places
                    .iter()
                    .filter_map(|(means, place)| {
                        Some((*means, place::within(*means, place.as_ref().ok()?, together.as_ref())))
                    })
                    .collect();
                Groups::make(usable.iter().map(|(means, place)| (*means, place)), name, limits)
            }
        }
    }

    /// Makes the group around all servers, and says how it stands.
    pub(super) fn hold(&self, ceiling: Option<&Ceiling>) -> Hold {
        let absent = |why: &str| Hold::Absent(why.to_owned());
        let Some(ceiling) = ceiling else { return absent("this hub keeps no group around its servers") };
        let Self::Own(places) = self else { return absent("systemd keeps the control groups of local servers") };
        match places.iter().find(|(means, _)| *means == Means::Memory).map(|(_, place)| place) {
            Some(Ok(place)) if place.is_limited() => {
                absent("the hub's own control group is limited, and a server must not leave it")
            }
            Some(Ok(_)) => ceiling.hold(),
            Some(Err(why)) => absent(why),
            None => absent("this system has no control groups for memory"),
        }
    }

    /// Removes groups with this beginning that no process is in any more: what a hub left that was killed.
    pub(super) fn sweep(&self, beginning: &str, ceiling: Option<&Ceiling>) {
        let Self::Own(places) = self else { return };
        let mut folders: Vec<PathBuf> =
            places.iter().filter_map(|(_, place)| Some(place.as_ref().ok()?.folder.clone())).collect();
        folders.extend(ceiling.and_then(Ceiling::folder).map(|(folder, _)| folder));
        group::sweep(&folders, beginning);
    }
}

/// `2 GiB`, `1.5 GiB`, `300 MiB`.
fn size(bytes: u64) -> String {
    const MIB: f64 = 1_048_576.0;
    let mib = bytes as f64 / MIB;
    let (number, unit) = if mib >= 1024.0 { (mib / 1024.0, "GiB") } else { (mib, "MiB") };
    let text = format!("{number:.1}");
    format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
}
