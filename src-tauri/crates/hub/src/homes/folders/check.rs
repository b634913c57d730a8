//! What may be mounted: a folder of this computer only below one that the configuration opened, looked up with all its
//! links and compared part by part; a place in a server only where it hides nothing that the server needs.

use std::path::{Component, Path, PathBuf};

use super::access::{Ownership, SERVERS};
use crate::config::Config;
use crate::error::{Error, Result};

/// Folders of a machine that are never given to servers, whole or in part. An engine that keeps its own elsewhere says so.
const SYSTEMS: [&str; 8] = ["/boot", "/dev", "/etc", "/proc", "/run", "/sys", "/var/run", "/var/lib/docker"];
/// Where accounts keep their keys. Whoever reads them is that account elsewhere; whoever writes them is it here.
const KEYS: [&str; 2] = [".ssh", ".gnupg"];
/// Folders inside a server that belong to its system or to its image.
const IMAGES: [&str; 16] = [
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/opt", "/proc", "/root", "/run", "/sbin", "/sys",
    "/tmp", "/usr", "/var",
];
/// Where servers in containers have their homes.
const HOME: &str = "/home/jovyan";

/// The folder that a path leads to in the end, if servers may have it. `own` are further folders that they never get:
/// the hub's, and the engine's. Blocks.
///
/// # Errors
/// 400 with the reason.
pub fn check_host_path(config: &Config, own: &[PathBuf], path: &Path) -> Result<PathBuf> {
    let containers = &config.docker.containers;
    let found = check_below(&containers.host_folders, own, path)?;
    match containers.writable_above(&found) {
        Some(above) => Err(replaceable(&found, &above)),
        None => Ok(found),
    }
}

/// Refuses a folder that lies in one of these, into which servers may write: one could put a link to elsewhere in its
/// place.
///
/// # Errors
/// 400 with the other folder.
pub(super) fn check_apart(found: &Path, writable: &[PathBuf]) -> Result<()> {
    let led = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    match writable.iter().map(led).find(|above| above != found && found.starts_with(above)) {
        Some(above) => Err(replaceable(found, &above.display().to_string())),
        None => Ok(()),
    }
}

fn replaceable(found: &Path, above: &str) -> Error {
    Error::invalid(format!(
        "The folder {} cannot be given to servers: it lies in {above}, which servers may write into, and could be \
         replaced. Move it out of there, or let servers only read the upper one.",
        found.display()
    ))
}

/// Refuses a way to a folder on which servers could put something else in its place.
fn check_way(root: &Path, found: &Path) -> Result<()> {
    for above in found.ancestors().skip(1).take_while(|above| *above != root && above.starts_with(root)) {
        let seen = Ownership::of(above)
            .map_err(|error| Error::invalid(format!("The folder {} cannot be looked at: {error}.", above.display())))?;
        if seen.rights_of(SERVERS).write {
            return Err(Error::invalid(format!(
                "The folder {} cannot be given to servers: they may write into {} above it ({}) and could replace it. \
                 Name the folder right above it in host_folders, or give {} to another account.",
                found.display(),
                above.display(),
                seen.words(),
                above.display()
            )));
        }
    }
    Ok(())
}

fn check_below(open: &[PathBuf], own: &[PathBuf], path: &Path) -> Result<PathBuf> {
    let shown = path.display();
    if !is_plain(path) {
        return Err(Error::invalid(format!("{shown} is no whole path: write it from / on and without \"..\".")));
    }
    let found = path.canonicalize().map_err(|error| {
        Error::invalid(format!("The folder {shown} cannot be found on this computer: {error}. Make it first."))
    })?;
    if !found.is_dir() {
        return Err(Error::invalid(format!("{shown} is no folder.")));
    }
    // An open folder may itself be a link; what counts is where it leads.
    let roots = open.iter().filter_map(|root| root.canonicalize().ok()).filter(|root| found.starts_with(root));
    let Some(root) = roots.max_by_key(|root| root.components().count()) else {
        let leads = if found == path { String::new() } else { format!(" (it leads to {})", found.display()) };
        return Err(Error::invalid(format!(
            "The folder {shown}{leads} is not open to servers. Add it, or a folder above it, to host_folders in \
             [labdeck] of labdeck.toml and start the hub again."
        )));
    };
    for kept in SYSTEMS.iter().map(PathBuf::from).chain(own.iter().cloned()) {
        let kept = kept.canonicalize().unwrap_or(kept);
        if found.starts_with(&kept) || kept.starts_with(&found) {
            return Err(Error::invalid(format!(
                "The folder {shown} cannot be given to servers: it is, holds or lies in {}, which would give them more \
                 than files.",
                kept.display()
            )));
        }
    }
    if let Some(keys) = find_keys(&found) {
        return Err(Error::invalid(format!(
            "The folder {shown} cannot be given to servers: somebody's keys are in {}. Give a folder that holds the \
             files and no account's home.",
            keys.display()
        )));
    }
    check_way(&root, &found)?;
    Ok(found)
}

/// An account's keys in a folder, in a home right below it, or around it.
fn find_keys(found: &Path) -> Option<PathBuf> {
    let of = |folder: &Path| KEYS.map(|name| folder.join(name)).into_iter().find(|keys| keys.is_dir());
    if found.components().any(|part| KEYS.iter().any(|name| part.as_os_str() == *name)) {
        return Some(found.to_owned());
    }
    let below = || std::fs::read_dir(found).into_iter().flatten().flatten().find_map(|entry| of(&entry.path()));
    of(found).or_else(below)
}

/// Where servers may see a folder.
///
/// # Errors
/// 400 with a place that would do.
pub(super) fn check_target(target: &str) -> Result<()> {
    let path = Path::new(target);
    let instead = "Choose a place such as /home/jovyan/shared or /data.";
    let tame = target.len() <= 200 && !target.chars().any(char::is_control) && !target.ends_with('/');
    if !tame || !is_plain(path) || target.contains("//") {
        return Err(Error::invalid(format!("{target:?} is no whole path without a slash at its end. {instead}")));
    }
    let home = Path::new(HOME);
    let covers = home.starts_with(path);
    let hidden = path.strip_prefix(home).is_ok_and(|rest| rest.to_string_lossy().starts_with('.'));
    let images = IMAGES.iter().any(|folder| path.starts_with(folder));
    if covers || hidden || images {
        return Err(Error::invalid(format!(
            "A folder at {target} would hide what the server needs to start. {instead}"
        )));
    }
    Ok(())
}

/// Whether a path is whole and has no way back in it.
fn is_plain(path: &Path) -> bool {
    let down = |part: Component<'_>| matches!(part, Component::RootDir | Component::Normal(_) | Component::Prefix(_));
    path.is_absolute() && path.components().all(down) && !path.to_string_lossy().contains("/./")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn nobodys_keys_are_given() {
        let top = tempfile::tempdir().unwrap();
        let top = top.path().canonicalize().unwrap();
        std::fs::create_dir_all(top.join("homes/lea/.ssh")).unwrap();
        std::fs::create_dir_all(top.join("homes/lea/files")).unwrap();
        for keys in ["homes", "homes/lea", "homes/lea/.ssh"] {
            assert_eq!(find_keys(&top.join(keys)), Some(top.join("homes/lea/.ssh")), "{keys}");
        }
        assert_eq!(find_keys(&top.join("homes/lea/files")), None);
    }

    #[test]
    fn only_what_lies_below_an_open_folder_is_given() {
        let top = tempfile::tempdir().unwrap();
        let top = top.path().canonicalize().unwrap();
        for folder in ["data/ada", "data-secret", "elsewhere", "data/labdeck/keys", "up"] {
            std::fs::create_dir_all(top.join(folder)).unwrap();
        }
        std::fs::write(top.join("data/file"), "x").unwrap();
        let link = |from: &str, to: &str| std::os::unix::fs::symlink(top.join(to), top.join(from)).unwrap();
        link("data/inside", "data/ada");
        link("data/out", "elsewhere");
        link("data/ada/up", "data-secret");
        link("linked-root", "data");
        std::os::unix::fs::symlink("/etc", top.join("data/system")).unwrap();
        std::os::unix::net::UnixListener::bind(top.join("data/engine.sock")).unwrap();
        let rows = [
            ("data/ada", true),
            ("data/inside", true),
            ("linked-root/ada", true),
            // The hub's own files lie in it.
            ("data", false),
            ("data/labdeck", false),
            ("data/labdeck/keys", false),
            ("data/out", false),
            ("data/ada/up", false),
            ("data/system", false),
            ("data-secret", false),
            ("data/../data-secret", false),
            ("data/./ada", false),
            ("data/ada/../../elsewhere", false),
            ("data/missing", false),
            ("data/file", false),
            ("data/engine.sock", false),
        ];
        let check = |path: &Path| check_below(&[top.join("data")], &[top.join("data/labdeck")], path);
        for (path, good) in rows {
            let seen = check(&top.join(path));
            assert_eq!(seen.is_ok(), good, "{path}: {seen:?}");
        }
        assert_eq!(check(&top.join("data/inside")).unwrap(), top.join("data/ada"));
        for path in ["", "data/ada", "/", "/etc", "/var/run/docker.sock", "/var/run"] {
            assert!(check(Path::new(path)).is_err(), "{path}");
        }
        // A link that is put in the place of a folder after the first look.
        std::fs::rename(top.join("data/ada"), top.join("data/gone")).unwrap();
        std::os::unix::fs::symlink("/etc", top.join("data/ada")).unwrap();
        assert!(check(&top.join("data/ada")).is_err());
        let everything = check_below(&[PathBuf::from("/")], &[top.join("data/labdeck")], Path::new("/etc"));
        assert!(everything.unwrap_err().public().contains("more than files"), "not even where / is open");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_kept_is_kept_by_every_name_it_has() {
        let top = tempfile::tempdir().unwrap();
        let top = top.path().canonicalize().unwrap();
        for folder in ["disk/engine/volumes", "disk/files"] {
            std::fs::create_dir_all(top.join(folder)).unwrap();
        }
        std::os::unix::fs::symlink(top.join("disk/engine"), top.join("store")).unwrap();
        let check = |path: &str| check_below(std::slice::from_ref(&top), &[top.join("store")], &top.join(path));
        for kept in ["disk", "disk/engine", "disk/engine/volumes", "store/volumes"] {
            assert!(check(kept).unwrap_err().public().contains("more than files"), "{kept}");
        }
        check("disk/files").unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_servers_could_replace_is_not_given() {
        use std::os::unix::fs::PermissionsExt;
        let top = tempfile::tempdir().unwrap();
        let top = top.path().canonicalize().unwrap();
        std::fs::create_dir_all(top.join("shared/deep")).unwrap();
        std::fs::create_dir_all(top.join("keys")).unwrap();
        std::os::unix::fs::symlink(top.join("shared"), top.join("linked")).unwrap();
        std::fs::set_permissions(top.join("shared"), PermissionsExt::from_mode(0o777)).unwrap();
        let (shared, deep) = (top.join("shared"), top.join("shared/deep"));
        let check = |open: &Path, path: &Path| check_below(&[open.to_owned()], &[top.join("keys")], path);
        assert!(check(&top, &deep).unwrap_err().public().contains("could replace it"));
        assert_eq!((check(&top, &shared).unwrap(), check(&shared, &deep).unwrap()), (shared.clone(), deep.clone()));
        for above in [shared.clone(), top.join("linked"), top.clone()] {
            assert!(check_apart(&deep, &[above]).unwrap_err().public().contains("could be"));
        }
        check_apart(&shared, &[deep, shared.clone(), top.join("share")]).unwrap();
        let text =
            format!("[docker_spawner]\nvolumes = {{ {shared:?} = \"/s\" }}\n[labdeck]\nhost_folders = [{shared:?}]\n");
        let config = Config::from_toml("x", &text).unwrap();
        let told = check_host_path(&config, &[top.join("keys")], &top.join("shared/deep")).unwrap_err();
        assert!(told.public().contains("which servers may write into"), "{}", told.public());
    }

    #[test]
    fn a_folder_never_hides_what_a_server_needs() {
        for good in ["/data", "/srv/course", "/home/jovyan/shared", "/home/jovyan/work/data", "/mnt/x", "/home/other"] {
            check_target(good).unwrap();
        }
        let bad = [
            "",
            "/",
            "data",
            "/home",
            "/home/jovyan",
            "/home/jovyan/",
            "/home/jovyan/.local",
            "/home/jovyan/.jupyter/x",
            "/etc",
            "/etc/x",
            "/opt/conda",
            "/usr/share",
            "/proc",
            "/dev/shm",
            "/a/../etc",
            "/a/./b",
            "/a//b",
            "/a\n",
            "/tmp/x",
            "/var/lib",
        ];
        for bad in bad {
            assert!(check_target(bad).is_err(), "{bad:?}");
        }
    }
}
