//! Homes that are folders of this machine: made for the server's user where the hub may, and refused in words before a
//! start where the server could not write into them. That such a folder may be mounted at all is `mounts`' to say.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use bollard::models::{Mount, MountType};
use labdeck_model::{Failure, shell_word};

use super::host_path::is_plain;
#[cfg(unix)]
use super::host_path::open_folder;
use super::mounts::MountPlan;
use crate::SpawnError;
use crate::diagnosis::kind;

/// As whom servers run in Jupyter's images.
pub(super) const OWNER: (u32, u32) = (1000, 100);

/// Makes a home where there is none yet, in a folder that is open to servers.
pub(super) async fn make_missing(plan: &MountPlan<'_>, path: &Path) -> Result<(), SpawnError> {
    let (Some(above), Some(name)) = (path.parent(), path.file_name()) else { return Ok(()) };
    if !is_plain(path) || tokio::fs::symlink_metadata(path).await.is_ok() {
        return Ok(());
    }
    let above = plan.host_path(above, &plan.config.containers.host_folders).await?;
    make(above, name.to_owned()).await
}

/// Makes a home, for its user only. Its owner is the servers' where the hub may say so. By open folders, so that
/// nothing put in the place of one meanwhile is given away instead.
#[cfg(unix)]
async fn make(above: PathBuf, name: OsString) -> Result<(), SpawnError> {
    use rustix::fs::{Gid, Mode, OFlags, Uid, fchown, mkdirat, openat};
    let made = tokio::task::spawn_blocking(move || {
        let above = open_folder(&above)?;
        mkdirat(&above, &name, Mode::from_raw_mode(0o750))?;
        if rustix::process::geteuid().is_root() {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let home = openat(&above, &name, flags, Mode::empty())?;
            fchown(&home, Some(Uid::from_raw(OWNER.0)), Some(Gid::from_raw(OWNER.1)))?;
        }
        Ok(())
    });
    let made = made.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    made.map_err(SpawnError::io("making the home folder of a server"))
}

#[cfg(not(unix))]
async fn make(above: PathBuf, name: OsString) -> Result<(), SpawnError> {
    tokio::fs::create_dir(above.join(name)).await.map_err(SpawnError::io("making the home folder of a server"))
}

/// Whose a folder is and with which mode, where somebody other than root may make and replace files in it.
#[cfg(unix)]
pub(super) fn writable_for(folder: &Path, who: (u32, u32)) -> std::io::Result<Option<String>> {
    use std::os::unix::fs::MetadataExt;
    let meta = std::fs::metadata(folder)?;
    let mode = meta.mode() & 0o7777;
    let may = who.0 != 0 && may_write(who, (meta.uid(), meta.gid()), mode);
    Ok(may.then(|| format!("it belongs to user {}, group {}, with mode {mode:o}", meta.uid(), meta.gid())))
}

#[cfg(not(unix))]
pub(super) fn writable_for(_: &Path, _: (u32, u32)) -> std::io::Result<Option<String>> {
    Ok(None)
}

/// Refuses a start whose home, a folder of this machine, the server could not write into.
pub(super) async fn check(mounts: &[Mount], home: &str, owner: (u32, u32)) -> Result<(), SpawnError> {
    let is_home = |mount: &&Mount| {
        mount.typ == Some(MountType::BIND) && mount.target.as_deref() == Some(home) && mount.read_only != Some(true)
    };
    let Some(folder) = mounts.iter().find(is_home).and_then(|mount| mount.source.as_deref()) else { return Ok(()) };
    let at = PathBuf::from(folder);
    let looked = tokio::task::spawn_blocking(move || look(&at, owner)).await;
    let seen = looked.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    match seen.map_err(SpawnError::io("looking at the home folder of a server"))? {
        None => Ok(()),
        Some(seen) => {
            let message = format!("Its home folder {folder} cannot be written by the server: {seen}.");
            let (user, group) = owner;
            let remedy = format!("The lead runs: sudo chown {user}:{group} {}", shell_word(folder));
            Err(SpawnError::Refused(Failure::new(kind::PERMISSION_DENIED, message, remedy)))
        }
    }
}

/// Whose the folder is, where that keeps the owner out. A list of further rights may let them in: that is left to the
/// start.
#[cfg(unix)]
fn look(folder: &Path, owner: (u32, u32)) -> std::io::Result<Option<String>> {
    use std::os::unix::fs::MetadataExt;
    let meta = std::fs::metadata(folder)?;
    let mut none = [0_u8; 0];
    let has_list = rustix::fs::getxattr(folder, "system.posix_acl_access", &mut none).is_ok();
    let mode = meta.mode() & 0o7777;
    if has_list || may_write(owner, (meta.uid(), meta.gid()), mode) {
        return Ok(None);
    }
    Ok(Some(format!("it belongs to user {}, group {}, with mode {mode:o}", meta.uid(), meta.gid())))
}

#[cfg(not(unix))]
fn look(_: &Path, _: (u32, u32)) -> std::io::Result<Option<String>> {
    Ok(None)
}

/// Whether somebody may make files in a folder of that owner and mode.
fn may_write(who: (u32, u32), whose: (u32, u32), mode: u32) -> bool {
    let bits = match () {
        () if who.0 == 0 => 0o7,
        () if who.0 == whose.0 => mode >> 6,
        () if who.1 == whose.1 => mode >> 3,
        () => mode,
    };
    bits & 0o3 == 0o3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bind(source: &Path) -> Mount {
        Mount {
            typ: Some(MountType::BIND),
            source: Some(source.display().to_string()),
            target: Some("/home/jovyan".into()),
            ..Mount::default()
        }
    }

    #[test]
    fn owner_group_and_others_are_told_apart() {
        let me = (1000, 100);
        assert!(may_write(me, (1000, 5), 0o700) && may_write(me, (0, 100), 0o770) && may_write(me, (0, 0), 0o777));
        assert!(!may_write(me, (0, 0), 0o755) && !may_write(me, (1000, 100), 0o077) && !may_write(me, (0, 100), 0o707));
        assert!(may_write((0, 0), (5, 5), 0));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_home_is_never_made_through_a_link() {
        let top = tempfile::tempdir().unwrap();
        let top = top.path().canonicalize().unwrap();
        std::fs::create_dir_all(top.join("elsewhere/deep")).unwrap();
        std::fs::create_dir(top.join("homes")).unwrap();
        std::os::unix::fs::symlink(top.join("elsewhere"), top.join("swapped")).unwrap();
        std::os::unix::fs::symlink(top.join("elsewhere"), top.join("homes/ada")).unwrap();
        assert!(make(top.join("swapped"), "ada".into()).await.is_err(), "the folder above was replaced");
        assert!(make(top.join("swapped/deep"), "ada".into()).await.is_err(), "one further above was replaced");
        assert!(make(top.join("homes"), "ada".into()).await.is_err(), "its own place is taken by a link");
        assert_eq!(std::fs::read_dir(top.join("elsewhere")).unwrap().count(), 1);
        assert_eq!(std::fs::read_dir(top.join("elsewhere/deep")).unwrap().count(), 0);
        make(top.join("homes"), "bob".into()).await.unwrap();
        assert!(top.join("homes/bob").is_dir());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_home_that_cannot_be_written_is_refused_with_the_command_that_helps() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let top = tempfile::tempdir().unwrap();
        let home = top.path().join("ada's");
        make(top.path().canonicalize().unwrap(), "ada's".into()).await.unwrap();
        let meta = std::fs::metadata(&home).unwrap();
        check(&[bind(&home)], "/home/jovyan", (meta.uid(), meta.gid())).await.unwrap();
        std::fs::set_permissions(&home, PermissionsExt::from_mode(0o700)).unwrap();
        let stranger = (meta.uid() + 1, meta.gid() + 1);
        let refused = check(&[bind(&home)], "/home/jovyan", stranger).await.unwrap_err().failure();
        assert_eq!(refused.kind, kind::PERMISSION_DENIED);
        assert!(refused.message.contains("mode 700") && refused.remedy.contains("chown"), "{refused:?}");
        assert!(refused.remedy.ends_with(r#"/ada'"'"'s'"#), "one word for a shell: {}", refused.remedy);
        let read_only = Mount { read_only: Some(true), ..bind(&home) };
        check(&[read_only], "/home/jovyan", stranger).await.unwrap();
        check(&[bind(&home)], "/elsewhere", stranger).await.unwrap();
    }
}
