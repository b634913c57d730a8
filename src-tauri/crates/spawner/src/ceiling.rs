//! [`Ceiling`]: one control group around all servers of a hub. Owns that group: its place, its limit, and why there is
//! none where it cannot be had. How much servers may have together is the hub's to decide; the drivers put servers into
//! it. Limits of single servers add up to more than there is, because notebooks idle; the kernel keeps this sum.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::Mutex;

use crate::process::{MemoryTree, Version, memory_tree};

/// What the names of these groups begin with.
const BEGINNING: &str = "labdeck-all-";
/// How old an empty group of another hub must be to be one that was left.
const OLD: Duration = Duration::from_secs(3600);

/// One group around all servers of a hub.
#[derive(Debug)]
pub struct Ceiling {
    name: String,
    tree: Option<MemoryTree>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// What servers may have together; `None` where nobody knows how much there is.
    limit_bytes: Option<u64>,
    /// An engine put a server elsewhere: it lives in another tree of groups than the hub.
    missed: bool,
}

/// How the group stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hold {
    /// Servers in it never take more than they may have together.
    Kept,
    /// Servers in it took more before that was said: an earlier limit holds, until they use less.
    Behind(String),
    /// It cannot be had; why, for the end of a sentence.
    Absent(String),
}

// === impl Hold ===

impl Hold {
    /// Whether there is a group for servers.
    pub fn is_there(&self) -> bool {
        matches!(self, Self::Kept | Self::Behind(_))
    }

    /// Why the servers together can take more than they may, for the end of a sentence.
    pub fn why_not(self) -> Option<String> {
        match self {
            Self::Kept => None,
            Self::Behind(why) | Self::Absent(why) => Some(why),
        }
    }
}

// === impl Ceiling ===

impl Ceiling {
    /// Of the hub with this lasting identity. Touches nothing yet.
    pub fn new(hub_id: &str) -> Self {
        Self::within(memory_tree(), hub_id)
    }

    fn within(tree: Option<MemoryTree>, hub_id: &str) -> Self {
        Self { name: format!("{BEGINNING}{hub_id}"), tree, inner: Mutex::default() }
    }

    /// Says what servers may have together from now on. Takes effect with the next [`Self::hold`].
    pub fn set(&self, limit_bytes: Option<u64>) {
        self.inner.lock().limit_bytes = limit_bytes;
    }

    /// Makes the group, or makes it again, with the limit of the moment. Blocks for some system calls.
    pub fn hold(&self) -> Hold {
        let (limit, missed) = {
            let inner = self.inner.lock();
            (inner.limit_bytes, inner.missed)
        };
        if missed {
            return Hold::Absent(
                "the engine has other control groups than the hub, as from inside of a container".into(),
            );
        }
        let Some(limit) = limit else { return Hold::Absent("the computer's memory cannot be read".into()) };
        let Some(tree) = &self.tree else {
            return Hold::Absent("this system has no control groups for memory".into());
        };
        let folder = tree.point.join(&self.name);
        match fs::create_dir(&folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Hold::Absent(format!(
                "the hub may not make control groups in {} ({error}); it may as root",
                tree.point.display()
            )),
            Ok(()) => {
                self.sweep(&tree.point);
                lower_gently(tree.version, &folder, limit)
            }
            Err(_) => lower_gently(tree.version, &folder, limit),
        }
    }

    /// Brings the limit of a group that is there up to date. Makes none: a hub without servers needs none. Blocks.
    pub fn refresh(&self) {
        if self.folder().is_some_and(|(folder, _)| folder.is_dir()) {
            let _ = self.hold();
        }
    }

    /// Removes the group, where no server is in it: servers go on without the hub.
    pub fn release(&self) {
        if let Some((folder, _)) = self.folder() {
            let _ = fs::remove_dir(folder);
        }
    }

    /// Removes groups of hubs that were killed and never came back; the kernel refuses those with servers in them. One
    /// that a living hub has no server in is made again by its next start.
    fn sweep(&self, point: &Path) {
        for entry in fs::read_dir(point).into_iter().flatten().flatten() {
            let is_ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(BEGINNING));
            let made = entry.metadata().and_then(|found| found.modified());
            let is_old = made.is_ok_and(|made| made.elapsed().is_ok_and(|age| age > OLD));
            if is_ours && is_old {
                // What a killed hub left of its local servers lies in it.
                for below in fs::read_dir(entry.path()).into_iter().flatten().flatten() {
                    let _ = fs::remove_dir(below.path());
                }
                let _ = fs::remove_dir(entry.path());
            }
        }
    }

    /// The group's folder and form, for what the hub itself puts into it.
    pub(crate) fn folder(&self) -> Option<(PathBuf, Version)> {
        let tree = self.tree.as_ref()?;
        Some((tree.point.join(&self.name), tree.version))
    }

    /// How an engine on this computer calls the group.
    pub(crate) fn parent(&self) -> Option<String> {
        let root = self.tree.as_ref()?.root.trim_end_matches('/');
        Some(format!("{root}/{}", self.name))
    }

    /// Whether a container is in it.
    pub(crate) fn holds(&self, container: &str) -> bool {
        self.group_of(container).is_some_and(|folder| folder.is_dir())
    }

    /// Notes that an engine puts containers elsewhere.
    pub(crate) fn miss(&self) {
        self.inner.lock().missed = true;
    }

    /// How many programs of a container were ended for want of memory. `None` where it has no group here (any more).
    pub(crate) fn kills_in(&self, container: &str) -> Option<u64> {
        let folder = self.group_of(container)?;
        let files = ["memory.events", "memory.oom_control"].map(|name| folder.join(name));
        let text = files.into_iter().find_map(|file| fs::read_to_string(file).ok())?;
        text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok())
    }

    fn group_of(&self, container: &str) -> Option<PathBuf> {
        let is_id = !container.is_empty() && container.chars().all(|c| c.is_ascii_alphanumeric());
        is_id.then_some(self.tree.as_ref()?.point.join(&self.name).join(container))
    }
}

impl Drop for Ceiling {
    fn drop(&mut self) {
        self.release();
    }
}

/// Writes the limit. Where more is in use, the one that is there stays: version 2 would end programs at once, and
/// version 1 refuses.
fn lower_gently(version: Version, folder: &Path, limit: u64) -> Hold {
    let (limit_file, usage_file) = match version {
        Version::One => ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        Version::Two => ("memory.max", "memory.current"),
    };
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    // The kernel keeps whole pages.
    let as_it_is = read(limit_file).trim().parse::<u64>().is_ok_and(|held| held.abs_diff(limit) < 1 << 16);
    if as_it_is {
        return Hold::Kept;
    }
    let stat = read("memory.stat");
    let cache = stat.lines().find_map(|line| {
        let number = line.strip_prefix("total_inactive_file ").or_else(|| line.strip_prefix("inactive_file "))?;
        number.trim().parse::<u64>().ok()
    });
    let used = read(usage_file).trim().parse::<u64>().unwrap_or(0).saturating_sub(cache.unwrap_or(0));
    if used > limit {
        return Hold::Behind("servers use more than that already; it holds once they use less".into());
    }
    match fs::write(folder.join(limit_file), limit.to_string()) {
        Ok(()) => Hold::Kept,
        Err(error) => Hold::Absent(format!("the kernel refuses a limit for all servers together ({error})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ceiling(point: &Path, version: Version) -> Ceiling {
        let tree = MemoryTree { point: point.to_owned(), root: "/".into(), version };
        Ceiling::within(Some(tree), "h1")
    }

    fn why(ceiling: &Ceiling) -> String {
        ceiling.hold().why_not().unwrap()
    }

    #[test]
    fn the_limit_is_written_and_lowered_only_where_that_ends_nothing() {
        let top = tempfile::tempdir().unwrap();
        let ceiling = ceiling(top.path(), Version::Two);
        assert!(why(&ceiling).contains("cannot be read"), "nothing is known yet");
        ceiling.set(Some(4 << 30));
        ceiling.refresh();
        assert!(!top.path().join("labdeck-all-h1").exists(), "no servers, no group");
        assert_eq!(ceiling.hold(), Hold::Kept);
        let file = |name: &str| top.path().join("labdeck-all-h1").join(name);
        assert_eq!(fs::read_to_string(file("memory.max")).unwrap(), (4_u64 << 30).to_string());
        fs::write(file("memory.current"), (3_u64 << 30).to_string()).unwrap();
        fs::write(file("memory.stat"), "anon 1\ninactive_file 1024\n").unwrap();
        ceiling.set(Some(2 << 30));
        assert!(why(&ceiling).contains("already") && ceiling.hold().is_there());
        assert_eq!(fs::read_to_string(file("memory.max")).unwrap(), (4_u64 << 30).to_string());
        fs::write(file("memory.current"), "1024").unwrap();
        assert_eq!(ceiling.hold(), Hold::Kept);
        assert_eq!(fs::read_to_string(file("memory.max")).unwrap(), (2_u64 << 30).to_string());
    }

    #[test]
    fn an_engine_that_does_not_know_the_group_is_noticed() {
        let top = tempfile::tempdir().unwrap();
        let ceiling = ceiling(top.path(), Version::One);
        ceiling.set(Some(1 << 30));
        assert_eq!(ceiling.hold(), Hold::Kept);
        assert_eq!(ceiling.parent().unwrap(), "/labdeck-all-h1");
        fs::create_dir(top.path().join("labdeck-all-h1/abc")).unwrap();
        fs::write(top.path().join("labdeck-all-h1/abc/memory.oom_control"), "under_oom 0\noom_kill 2\n").unwrap();
        assert!(ceiling.holds("abc") && !ceiling.holds("elsewhere"));
        assert_eq!((ceiling.kills_in("abc"), ceiling.kills_in("d"), ceiling.kills_in("../x")), (Some(2), None, None));
        ceiling.miss();
        assert!(why(&ceiling).contains("other control groups"));
    }

    #[test]
    fn without_the_right_the_reason_is_told() {
        let nowhere = ceiling(Path::new("/proc/nowhere"), Version::Two);
        nowhere.set(Some(1 << 30));
        assert!(why(&nowhere).contains("as root"));
        let none = Ceiling::within(None, "h1");
        none.set(Some(1));
        assert!(why(&none).contains("no control groups"));
    }
}
