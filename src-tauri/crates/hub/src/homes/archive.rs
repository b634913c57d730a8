//! Packing a home into a file, as a job: measured, packed, read back, written down, and only then is the home itself
//! deleted. One that a server has is only copied. Called off or failed, nothing of it stays and the home is as before.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use labdeck_model::{Job, JobState, Timestamp};
use labdeck_spawner::{Blocking, Contents};
use labdeck_store::tables::kept_homes::{self, KeptHomeRow};
use labdeck_store::tables::{spawners, stacks};
use tokio_util::sync::CancellationToken;

use super::list::{HomeStatus, HomeView, get};
use super::pack::{self, Manifest, Numbers, Origin};
use super::space::reserve;
use super::unfinished::{self, Unfinished};
use super::{TURN, archives_dir, driver, failed, homes_of};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::jobs::JobHandle;
use crate::resources::bytes_in_words;
use crate::{servers, tasks};

/// Bytes between the driver and the thread that packs.
const PIPE: usize = 1 << 20;
/// How the title of a job that packs begins.
const PACKING: &str = "Archiving ";
/// How often the job says how far it is.
const TELL_EVERY: Duration = Duration::from_millis(500);

/// A file that is written and read back, and that the store does not know yet. Dropped, it is deleted.
#[derive(Debug)]
pub(super) struct Packed {
    path: PathBuf,
    pub(super) row: KeptHomeRow,
    kept: bool,
}

/// Begins to pack a home; answers the job.
///
/// # Errors
/// 404; 409 for one that is packed already or whose server runs.
pub async fn archive(ctx: &Context, id: &str) -> Result<Job> {
    let home = get(ctx, id).await?;
    match home.status {
        HomeStatus::Archived => return Err(Error::conflict("This home is an archive already.")),
        HomeStatus::InUse => check_rests(ctx, &home)?,
        HomeStatus::Container => return Err(in_container()),
        HomeStatus::Kept | HomeStatus::Orphan => {}
    }
    let (job, handle) = begin(ctx, &home)?;
    let ctx = ctx.clone();
    drop(tasks::spawn("homes.archive", async move {
        let done = run(&ctx, &home, &handle).await;
        end(handle, done);
    }));
    Ok(job)
}

/// A job for packing this home.
pub(super) fn begin(ctx: &Context, home: &HomeView) -> Result<(Job, JobHandle)> {
    check_not_packed(ctx, home)?;
    Ok(ctx.jobs.begin(format!("{PACKING}{}", title_of(home))))
}

/// A home that is being packed is neither packed twice, nor deleted, nor given away meanwhile. Whose it is may have
/// changed since; its name does not.
pub(super) fn check_not_packed(ctx: &Context, home: &HomeView) -> Result<()> {
    let ends = [format!("({})", home.home), format!("the home {}", home.home)];
    let packs = |title: &str| title.starts_with(PACKING) && ends.iter().any(|end| title.ends_with(end));
    if ctx.jobs.all().iter().any(|job| job.state == JobState::Running && packs(&job.title)) {
        return Err(Error::conflict("This home is being archived already. Wait for that, or call it off."));
    }
    Ok(())
}

/// Ends a job by what came of it.
pub(super) fn end(handle: JobHandle, done: Result<String>) {
    match done {
        Ok(words) => handle.end(JobState::Done, words),
        Err(error) if handle.cancel_token().is_cancelled() => {
            tracing::info!(%error, "Work on a home was called off");
            handle.end(JobState::Cancelled, "Called off. Nothing was changed.");
        }
        Err(error) => {
            tracing::warn!(?error, "Work on a home failed");
            let words = if error.kind() == Kind::Internal { "The hub's log says why." } else { error.public() };
            handle.end(JobState::Failed, words.to_owned());
        }
    }
}

/// How people know a home.
pub(super) fn title_of(home: &HomeView) -> String {
    match (home.user.as_deref(), home.server.as_deref()) {
        (Some(user), None | Some("")) => format!("the home of {user} ({})", home.home),
        (Some(user), Some(server)) => format!("the home of {user}'s server {server} ({})", home.home),
        (None, _) => format!("the home {}", home.home),
    }
}

/// A server writes into its home while it runs.
fn check_rests(ctx: &Context, home: &HomeView) -> Result<()> {
    let running = ctx.registry.all().into_iter().any(|server| {
        let key = &server.record.key;
        let same =
            Some(key.user.as_str()) == home.user.as_deref() && Some(key.server.as_str()) == home.server.as_deref();
        same && server.state().is_active()
    });
    if running {
        return Err(Error::conflict("The server that has this home is running. Stop it first."));
    }
    Ok(())
}

async fn run(ctx: &Context, home: &HomeView, handle: &JobHandle) -> Result<String> {
    let packed = write(ctx, home, handle).await?;
    let size = bytes_in_words(packed.row.bytes.unwrap_or_default());
    if home.status == HomeStatus::InUse {
        packed.keep(ctx).await?;
        return Ok(format!("The archive holds {size}. The home itself stays with its server."));
    }
    let _turn = TURN.lock().await;
    packed.take_over(ctx, home).await?;
    let erased = homes_of(&*driver(ctx, &home.spawner)?)?.erase_home(&home.home).await;
    unfinished::settled(ctx, &home.spawner, &home.home).await;
    match erased {
        Ok(()) => Ok(format!("The archive holds {size} and was read back. The home itself is deleted.")),
        Err(error) => {
            let failure = error.failure();
            tracing::warn!(%error, "An archived home could not be deleted");
            Ok(format!(
                "The archive holds {size} and was read back. The home itself is still there: {}",
                failure.message
            ))
        }
    }
}

/// Packs a home into a file and reads that back.
///
/// # Cancellation
/// Through the job. Dropped in the middle, a part of a file stays; the next start of the hub removes it.
pub(super) async fn write(ctx: &Context, home: &HomeView, handle: &JobHandle) -> Result<Packed> {
    let cancel = handle.cancel_token();
    let driver = driver(ctx, &home.spawner)?;
    handle.progress("Measuring", None);
    let measured = tokio::select! {
        biased;
        () = cancel.cancelled() => return Err(called_off()),
        measured = homes_of(&*driver)?.measure_home(&home.home) => measured,
    };
    let total = measured.map_err(|error| failed("The home could not be measured.", error))?;
    let dir = archives_dir(ctx);
    let (made_at, made) = (ctx.clock.now(), dir.clone());
    tasks::blocking(move || pack::private_dir(&made)).await.map_err(|error| cannot_write(&dir, error))?;
    let _room = reserve(&dir, total)?;
    let name = format!("{}.{}", home.home, stamp(made_at));
    let path = dir.join(format!("{name}.tar.zst"));
    let part = dir.join(part_name(ctx, &name));
    let written = fill(&*driver, home, &part, total, handle).await;
    let numbers = match written {
        Ok(numbers) if !cancel.is_cancelled() => numbers,
        other => {
            remove(&part).await;
            return Err(other.err().unwrap_or_else(called_off));
        }
    };
    let packed = Packed { row: row_of(ctx, home, &name, &numbers), path: path.clone(), kept: false };
    let manifest = Manifest::new(origin(ctx, home).await?, &numbers, made_at);
    handle.progress("Reading it back", Some(0.99));
    let counted = count(&*driver, home, &part, &cancel).await?;
    let written = part.clone();
    let checked = tasks::blocking(move || {
        pack::check_whole(pack::verify(&written, &numbers)?, counted)?;
        manifest.write(&path)?;
        std::fs::rename(&written, &path)
    });
    let checked = checked.await;
    if checked.is_err() {
        remove(&part).await;
    }
    checked.map_err(|error| {
        let words = format!("The archive is not whole: {error}. Nothing was changed. Try again, or keep the home.");
        Error::new(Kind::Unavailable, words)
    })?;
    if cancel.is_cancelled() { Err(called_off()) } else { Ok(packed) }
}

/// What the home has now, so that nothing that changed or was left out while it was packed goes unnoticed.
async fn count(
    driver: &dyn labdeck_spawner::Spawner,
    home: &HomeView,
    part: &Path,
    cancel: &CancellationToken,
) -> Result<Contents> {
    let counted = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(called_off()),
        counted = homes_of(driver)?.count_home(&home.home) => counted.map_err(|error| {
            failed("What is in the home could not be counted, so nobody knows whether its archive is whole.", error)
        }),
    };
    if counted.is_err() {
        remove(part).await;
    }
    counted
}

/// The stream from the driver, through the packer, to the file.
async fn fill(
    driver: &dyn labdeck_spawner::Spawner,
    home: &HomeView,
    part: &Path,
    total: u64,
    handle: &JobHandle,
) -> Result<Numbers> {
    let (mut near, far) = tokio::io::duplex(PIPE);
    let passed = Arc::new(AtomicU64::new(0));
    let (path, counter, far) = (part.to_owned(), Arc::clone(&passed), Blocking::new(far));
    let packing = tasks::blocking(move || pack::pack(far, &path, &counter));
    let cancel = handle.cancel_token();
    let sending = async {
        let sent = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(called_off()),
            () = tell(handle, &passed, total) => Err(called_off()),
            sent = homes_of(driver)?.archive_home(&home.home, &mut near) => {
                sent.map_err(|error| failed("The home could not be packed.", error))
            }
        };
        // Only now does the packer see an end.
        drop(near);
        sent
    };
    let (sent, packed) = tokio::join!(sending, packing);
    match (sent, packed) {
        (Ok(()), Ok(numbers)) => Ok(numbers),
        // A packer that gave up closes the line, which the driver reports too: its own words are the cause.
        (Err(error), Ok(_)) => Err(error),
        (Err(error), Err(_)) if cancel.is_cancelled() => Err(error),
        (_, Err(error)) => Err(cannot_write(part, error)),
    }
}

/// Says how far it is, for ever.
async fn tell(handle: &JobHandle, passed: &AtomicU64, total: u64) {
    let mut ticks = tokio::time::interval(TELL_EVERY);
    loop {
        ticks.tick().await;
        progress(handle, "Packed", passed.load(Ordering::Relaxed), total);
    }
}

/// `Packed 1.5 GB of 3 GB`.
pub(super) fn progress(handle: &JobHandle, done: &str, passed: u64, total: u64) {
    #[expect(clippy::cast_precision_loss, reason = "a share for a bar")]
    let share = (total > 0).then(|| (passed as f64 / total as f64).min(0.98));
    handle.progress(format!("{done} {} of {}", bytes_in_words(passed.min(total)), bytes_in_words(total)), share);
}

/// Files in a container have no home that they could be counted in or given away as.
pub(super) fn in_container() -> Error {
    Error::conflict("These files lie in a container and in no home. Download them, or delete the container with them.")
}

pub(super) fn called_off() -> Error {
    Error::conflict("The work was called off.")
}

fn cannot_write(path: &Path, error: std::io::Error) -> Error {
    let words = format!("The archive {} could not be written: {error}. The home was not touched.", path.display());
    Error::new(Kind::Unavailable, words).caused_by(error)
}

/// The name of an archive that is being written in this run of the hub.
pub(super) fn part_name(ctx: &Context, name: &str) -> String {
    format!("{name}.{}.part", ctx.started.unix_micros())
}

/// `20261120T113000Z`: sorts, and stands in a file's name.
fn stamp(at: Timestamp) -> String {
    let text = at.to_db();
    let digits: String = text.chars().take(19).filter(char::is_ascii_digit).collect();
    let (day, time) = digits.split_at_checked(8).unwrap_or((&digits, ""));
    format!("{day}T{time}Z")
}

fn row_of(ctx: &Context, home: &HomeView, name: &str, numbers: &Numbers) -> KeptHomeRow {
    KeptHomeRow {
        id: 0,
        spawner_kind: home.spawner.clone(),
        home: name.to_owned(),
        user_name: home.user.clone().unwrap_or_default(),
        server_name: home.server.clone().unwrap_or_default(),
        kept_at: ctx.clock.now(),
        archive: Some(format!("archives/{name}.tar.zst")),
        bytes: Some(numbers.bytes),
    }
}

async fn origin(ctx: &Context, home: &HomeView) -> Result<Origin> {
    let wanted = home.home.clone();
    let image = ctx
        .store
        .read(move |read| {
            let rows = spawners::list_all(read)?;
            let row = rows.into_iter().find(|row| servers::home_of(row) == wanted);
            let stack = row.and_then(|row| row.stack).map(|name| stacks::find(read, &name)).transpose()?.flatten();
            Ok::<_, Error>(stack.map(|stack| stack.image.to_string()))
        })
        .await?;
    let HomeView { user, server, spawner, home, .. } = home.clone();
    Ok(Origin { user: user.unwrap_or_default(), server: server.unwrap_or_default(), spawner, home, image })
}

async fn remove(path: &Path) {
    let path = path.to_owned();
    tasks::blocking(move || drop(std::fs::remove_file(path))).await;
}

/// Deletes an archive and what lies beside it.
pub(super) fn delete_files(path: &Path) -> std::io::Result<()> {
    for file in [path, &Manifest::path_of(path)] {
        match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

// === impl Packed ===

impl Packed {
    /// Writes the archive down beside whatever else is known of the home.
    async fn keep(mut self, ctx: &Context) -> Result<()> {
        let row = self.row.clone();
        ctx.store.write(move |tx| Ok::<_, Error>(kept_homes::add(tx, &row)?)).await?;
        self.kept = true;
        Ok(())
    }

    /// Writes the archive down in the home's place, if nobody got the home since it was packed: who had it meanwhile
    /// may have written into it.
    async fn take_over(mut self, ctx: &Context, home: &HomeView) -> Result<()> {
        let (row, home) = (self.row.clone(), home.clone());
        let going = Unfinished::new(ctx, &home.spawner, &home.home);
        ctx.store
            .write(move |tx| {
                if spawners::list_all(tx)?.iter().any(|server| servers::home_of(server) == home.home) {
                    return Err(Error::conflict("A server got this home meanwhile, so it was not archived."));
                }
                let kept = kept_homes::list(tx)?;
                let before = kept.iter().find(|kept| kept.home == home.home && kept.spawner_kind == home.spawner);
                if before.map(|before| before.kept_at) != home.kept_at {
                    return Err(Error::conflict("The home changed hands meanwhile, so it was not archived."));
                }
                if let Some(before) = before {
                    kept_homes::delete(tx, before.id)?;
                }
                going.note(tx)?;
                Ok(kept_homes::add(tx, &row)?)
            })
            .await?;
        self.kept = true;
        Ok(())
    }

    /// It is written down by somebody else.
    pub(super) fn release(mut self) {
        self.kept = true;
    }
}

impl Drop for Packed {
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = delete_files(&self.path)
        {
            tracing::warn!(%error, "An archive that is not wanted could not be deleted");
        }
    }
}

/// Whether somebody called the work off.
pub(super) fn check(cancel: &CancellationToken) -> Result<()> {
    if cancel.is_cancelled() { Err(called_off()) } else { Ok(()) }
}
