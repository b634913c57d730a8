//! Where the hub may make groups for its servers: below the group that it is in itself. Owns the reading of the
//! kernel's two lists and the one thing that version 2 asks for: a group with processes in it cannot hand controllers
//! down, so the hub moves into a leaf of its own first (cgroups(7), "no internal processes").

use std::fs;
use std::path::{Path, PathBuf};

use super::{Groups, Means, Surroundings};

/// The leaf that the hub moves into.
const HUB_LEAF: &str = "labdeck-hub";

/// A folder below which groups are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Place {
    pub(in super::super) folder: PathBuf,
    pub(in super::super) version: Version,
}

/// Which of the kernel's two forms of control groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    One,
    Two,
}

/// A mounted hierarchy.
struct Mount<'a> {
    /// What of the hierarchy is seen.
    root: &'a str,
    point: PathBuf,
    /// Empty for version 2.
    controllers: Vec<&'a str>,
    version: Version,
}

/// The place for one means, made usable; or why there is none, for the end of a sentence.
pub(super) fn find(means: Means, around: &Surroundings) -> Result<Place, String> {
    let place = choose(means, around)?;
    match place.version {
        Version::One => try_folder(&place.folder)?,
        Version::Two => hand_down(means, &place.folder)?,
    }
    Ok(place)
}

/// The place by the two lists alone.
pub(super) fn choose(means: Means, around: &Surroundings) -> Result<Place, String> {
    let (name, mounts) = (means.controller(), mounts(&around.mounts));
    let legacy = mounts.iter().find(|mount| mount.controllers.contains(&name));
    if let Some(folder) = legacy.and_then(|mount| own_folder(mount, &around.own, Some(name))) {
        return Ok(Place { folder, version: Version::One });
    }
    let unified = mounts.iter().find(|mount| mount.version == Version::Two);
    let folder = unified.and_then(|mount| own_folder(mount, &around.own, None));
    let Some(folder) = folder else {
        return Err("this system has no control groups".into());
    };
    let offered = fs::read_to_string(folder.join("cgroup.controllers")).unwrap_or_default();
    if offered.split_whitespace().any(|offer| offer == name) {
        return Ok(Place { folder, version: Version::Two });
    }
    Err(format!("the control group that the hub runs in was not given the controller for it ({name})"))
}

/// Where the group of one server goes: into the group around all servers as far as that can keep this means, else where
/// the hub makes groups of its own.
pub(super) fn within(means: Means, own: &Place, together: Option<&(PathBuf, Version)>) -> Place {
    let fits = |folder: &Path, version: Version| match version {
        // Version 1 has a tree for each means, and the group around all servers is in that of memory.
        Version::One => means == Means::Memory,
        Version::Two => own.version == Version::Two && hand_down_from(means, folder),
    };
    match together {
        Some((folder, version)) if fits(folder, *version) => Place { folder: folder.clone(), version: *version },
        _ => own.clone(),
    }
}

/// Whether groups in this folder have the controller, as far as it can be handed down from the one above.
fn hand_down_from(means: Means, folder: &Path) -> bool {
    let Some(above) = folder.parent() else { return false };
    // It is a top, which may have processes of its own: nothing is moved.
    let _ = fs::write(above.join("cgroup.subtree_control"), format!("+{}", means.controller()));
    hand_down(means, folder).is_ok()
}

// === impl Place ===

impl Place {
    /// Whether this group or one above it has a memory limit.
    pub(super) fn is_limited(&self) -> bool {
        let limited = |folder: &&Path| Groups::of(folder.to_path_buf()).memory_limit().is_some();
        self.folder.ancestors().find(limited).is_some()
    }
}

/// The tree in which memory is counted, from its top as far as it is seen here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MemoryTree {
    /// Where it is mounted.
    pub(crate) point: PathBuf,
    /// Which group is seen there, as an engine outside of this namespace of mounts calls it.
    pub(crate) root: String,
    pub(crate) version: Version,
}

/// Where memory is counted.
pub(super) fn memory_tree(around: &Surroundings) -> Option<MemoryTree> {
    let mounts = mounts(&around.mounts);
    let legacy = mounts.iter().find(|mount| mount.controllers.contains(&Means::Memory.controller()));
    let mount = legacy.or_else(|| mounts.iter().find(|mount| mount.version == Version::Two))?;
    Some(MemoryTree { point: mount.point.clone(), root: mount.root.to_owned(), version: mount.version })
}

/// Where version 2 is mounted.
pub(super) fn unified_point(around: &Surroundings) -> Option<PathBuf> {
    mounts(&around.mounts).into_iter().find(|mount| mount.version == Version::Two).map(|mount| mount.point)
}

/// Reads `mountinfo` (proc(5)): number, parent, device, root, point, options, tags …, `-`, kind, source, options.
fn mounts(text: &str) -> Vec<Mount<'_>> {
    text.lines()
        .filter_map(|line| {
            let (front, back) = line.split_once(" - ")?;
            let mut front = front.split(' ').skip(3);
            let (root, point) = (front.next()?, PathBuf::from(unescape(front.next()?)));
            let mut back = back.split(' ');
            let (kind, options) = (back.next()?, back.nth(1).unwrap_or_default());
            match kind {
                "cgroup2" => Some(Mount { root, point, controllers: Vec::new(), version: Version::Two }),
                "cgroup" => {
                    Some(Mount { root, point, controllers: options.split(',').collect(), version: Version::One })
                }
                _ => None,
            }
        })
        .collect()
}

/// Blanks and the like are written as three octal digits.
fn unescape(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
}

/// The folder of the group that this process is in, by `/proc/self/cgroup`.
fn own_folder(mount: &Mount<'_>, own: &str, controller: Option<&str>) -> Option<PathBuf> {
    let path = own.lines().find_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        let fits = match controller {
            Some(name) => controllers.split(',').any(|held| held == name),
            None => controllers.is_empty(),
        };
        fits.then_some(path)
    })?;
    // In a container without a namespace of its own the mount shows a part of the tree, named by its root.
    let below = path.strip_prefix(mount.root.trim_end_matches('/')).unwrap_or("");
    if below.split('/').any(|part| part == "..") {
        return None;
    }
    let folder = mount.point.join(below.trim_start_matches('/'));
    match folder.file_name() {
        // An earlier look has moved the hub there.
        Some(name) if name == HUB_LEAF => folder.parent().map(Path::to_path_buf),
        _ => Some(folder),
    }
}

/// Makes and removes a folder: rights and read-only mounts show in no other way.
fn try_folder(folder: &Path) -> Result<(), String> {
    // Several hubs and tests look at the same time.
    let probe = folder.join(format!("labdeck-probe-{}-{:?}", std::process::id(), std::thread::current().id()));
    fs::create_dir(&probe).map_err(|error| refused(folder, &error))?;
    let _ = fs::remove_dir(probe);
    Ok(())
}

/// Sees that groups below `folder` have the controller.
fn hand_down(means: Means, folder: &Path) -> Result<(), String> {
    try_folder(folder)?;
    let (list, name) = (folder.join("cgroup.subtree_control"), means.controller());
    let is_there = || fs::read_to_string(&list).unwrap_or_default().split_whitespace().any(|held| held == name);
    if is_there() {
        return Ok(());
    }
    let add = || fs::write(&list, format!("+{name}"));
    let added = match add() {
        Err(error) if error.kind() == std::io::ErrorKind::ResourceBusy => move_to_leaf(folder).and_then(|()| add()),
        added => added,
    };
    added.map_err(|error| refused(folder, &error))
}

/// Moves every process of a group into a leaf below it. Only the hub's own group is ever treated so.
fn move_to_leaf(folder: &Path) -> std::io::Result<()> {
    let leaf = folder.join(HUB_LEAF);
    match fs::create_dir(&leaf) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    for pid in fs::read_to_string(folder.join("cgroup.procs"))?.lines() {
        // One that ended meanwhile is no reason to stop.
        let _ = fs::write(leaf.join("cgroup.procs"), pid);
    }
    Ok(())
}

fn refused(folder: &Path, error: &std::io::Error) -> String {
    format!(
        "the hub may not make control groups in {} ({error}); as a service of systemd it may with Delegate=yes",
        folder.display()
    )
}
