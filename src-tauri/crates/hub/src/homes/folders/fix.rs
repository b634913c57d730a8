//! Giving a folder of this computer to the group that servers are in, as a job: the folder itself and nothing in it.

use std::path::Path;

use labdeck_model::{Job, JobState};
use labdeck_store::tables::folders;

use super::access::SERVERS_GID;
use super::catalogue::{FolderFix, list, look_up};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::tasks;

/// What the group may do afterwards: all, and what is made there is its own too; or read.
const SHARED: u32 = 0o2070;
const READABLE: u32 = 0o0050;

/// Begins to mend a folder; answers the job.
///
/// # Errors
/// 404; 409 where there is nothing that Labdeck could mend.
pub async fn fix(ctx: &Context, name: &str) -> Result<Job> {
    let wanted = name.to_owned();
    let found = ctx.store.read(move |read| Ok::<_, Error>(folders::find(read, &wanted)?)).await?;
    let folder = found.ok_or_else(|| Error::not_found(format!("There is no folder {name:?}.")))?;
    let problem = list(ctx).await?.into_iter().find(|view| view.folder.name == name).and_then(|view| view.problem);
    let mendable = problem.is_some_and(|problem| problem.fix == Some(FolderFix::Ownership));
    let Some(path) = folder.host_path.filter(|_| mendable) else {
        return Err(Error::conflict("There is nothing about this folder that Labdeck could mend."));
    };
    let path = look_up(ctx, &path).await?;
    let (job, handle) = ctx.jobs.begin(format!("Giving {} to the servers' group", path.display()));
    let ctx = ctx.clone();
    drop(tasks::spawn("homes.fix_folder", async move {
        let bits = if folder.writable { SHARED } else { READABLE };
        let at = path.clone();
        let done = tasks::blocking(move || give(&at, bits)).await;
        match done {
            Ok(()) => handle.end(JobState::Done, format!("Servers can use {} now.", path.display())),
            Err(error) => {
                handle.end(JobState::Failed, format!("The system refused: {error}. Nothing in the folder changed."));
            }
        }
        ctx.bus.publish(labdeck_model::Event::FoldersChanged);
    }));
    Ok(job)
}

/// By open folders from the root on, so that nothing put in the place of one meanwhile is changed instead.
#[cfg(unix)]
fn give(path: &Path, bits: u32) -> std::io::Result<()> {
    use labdeck_spawner::docker::open_folder;
    use rustix::fs::{Mode, OFlags, openat};
    use std::os::unix::fs::{PermissionsExt, fchown};
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let (Some(above), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(std::io::ErrorKind::InvalidInput.into());
    };
    let folder = std::fs::File::from(openat(open_folder(above)?, name, flags, Mode::empty())?);
    fchown(&folder, None, Some(SERVERS_GID))?;
    let mode = folder.metadata()?.permissions().mode();
    folder.set_permissions(PermissionsExt::from_mode((mode | bits) & 0o7777))
}

#[cfg(not(unix))]
fn give(_: &Path, _: u32) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_was_replaced_by_a_link_on_the_way_is_not_given() {
        use std::os::unix::fs::{PermissionsExt, chown};
        let top = tempfile::tempdir().unwrap();
        let top = top.path().canonicalize().unwrap();
        std::fs::create_dir_all(top.join("real/data")).unwrap();
        std::fs::set_permissions(top.join("real/data"), PermissionsExt::from_mode(0o700)).unwrap();
        std::os::unix::fs::symlink(top.join("real"), top.join("open")).unwrap();
        std::os::unix::fs::symlink(top.join("real/data"), top.join("last")).unwrap();
        assert!(give(&top.join("open/data"), SHARED).is_err() && give(&top.join("last"), SHARED).is_err());
        let mode = || std::fs::metadata(top.join("real/data")).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(), 0o700);
        // Only who may give it to that group can try the rest.
        if chown(top.join("real/data"), None, Some(SERVERS_GID)).is_ok() {
            give(&top.join("real/data"), SHARED).unwrap();
            assert_eq!(mode(), 0o2770);
        }
    }
}
