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

/// By the open folder, so that nothing put in its place meanwhile is changed instead.
#[cfg(unix)]
fn give(path: &Path, bits: u32) -> std::io::Result<()> {
    use rustix::fs::{Mode, OFlags, open};
    use std::os::unix::fs::{PermissionsExt, fchown};
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = std::fs::File::from(open(path, flags, Mode::empty())?);
    fchown(&folder, None, Some(SERVERS_GID))?;
    let mode = folder.metadata()?.permissions().mode();
    folder.set_permissions(PermissionsExt::from_mode((mode | bits) & 0o7777))
}

#[cfg(not(unix))]
fn give(_: &Path, _: u32) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
