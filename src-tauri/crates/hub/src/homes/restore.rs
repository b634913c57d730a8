//! Giving a home to a server: one that was kept changes hands as it is, an archive is unpacked into a new home.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use labdeck_model::{Job, ServerKey, ServerName, UserName};
use labdeck_spawner::Blocking;
use labdeck_store::tables::kept_homes::{self, KeptHomeRow};
use labdeck_store::tables::spawners::{self, SpawnerRow};
use serde::Deserialize;
use utoipa::ToSchema;

use super::archive::{called_off, check, check_not_packed, end, in_container, progress, title_of};
use super::list::{HomeStatus, HomeView, Measure, get, list};
use super::pack;
use super::space::reserve;
use super::unfinished::{self, Unfinished};
use super::{TURN, driver, failed, homes_of};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::jobs::JobHandle;
use crate::servers::{self, StartWish};
use crate::spawners::DOCKER;
use crate::tasks;

/// Bytes between the thread that unpacks and the driver.
const PIPE: usize = 1 << 20;

/// To whom a home is given.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreWish {
    /// Whose server.
    user: String,
    /// Which; empty for the default one.
    #[serde(default)]
    server: String,
    /// Whether it may take the place of files that the server has. Those are kept then.
    #[serde(default)]
    replace: bool,
}

/// Begins to give a home to a server; answers the job.
///
/// # Errors
/// 404 for the home or the person; 409 when the server runs or has files, or the home is another server's.
pub async fn restore(ctx: &Context, id: &str, wish: RestoreWish) -> Result<Job> {
    let home = get(ctx, id).await?;
    if home.status == HomeStatus::InUse {
        return Err(Error::conflict("A server has this home. Archive it, and give the archive to the other one."));
    }
    if home.status == HomeStatus::Container {
        return Err(in_container());
    }
    check_not_packed(ctx, &home)?;
    let key = ServerKey::new(UserName::parse(&wish.user)?, ServerName::parse(&wish.server)?);
    // The driver must be there, or the server could not be started.
    homes_of(&*driver(ctx, &home.spawner)?)?;
    let row = servers::prepare(ctx, &key, &StartWish::default()).await?;
    check_target(ctx, &row, wish.replace).await?;
    let (job, handle) = ctx.jobs.begin(format!("Giving {} to {key}", title_of(&home)));
    let ctx = ctx.clone();
    drop(tasks::spawn("homes.restore", async move {
        let done = run(&ctx, &home, &row, &handle).await;
        end(handle, done);
    }));
    Ok(job)
}

/// A server that has files keeps them unless the caller said otherwise.
async fn check_target(ctx: &Context, row: &SpawnerRow, replace: bool) -> Result<()> {
    if !servers::state_of(ctx, row).is_stopped() {
        return Err(Error::conflict(format!("The server {} is running. Stop it first.", row.key)));
    }
    let mine = servers::home_of(row);
    let homes = list(ctx, Measure::Known).await?;
    let has_files = homes.iter().any(|home| home.status == HomeStatus::InUse && home.home == mine);
    if has_files && !replace {
        let words = format!(
            "The server {} has files already. Say that they shall be replaced; they are kept as a home of their own.",
            row.key
        );
        return Err(Error::conflict(words));
    }
    Ok(())
}

async fn run(ctx: &Context, home: &HomeView, row: &SpawnerRow, handle: &JobHandle) -> Result<String> {
    let (name, new) = if home.status == HomeStatus::Archived {
        (unpack(ctx, home, row, handle).await?, true)
    } else {
        (home.home.clone(), false)
    };
    let _turn = TURN.lock().await;
    let assigned = match check(&handle.cancel_token()).and_then(|()| check_not_packed(ctx, home)) {
        Ok(()) => assign(ctx, home, row, &name).await,
        Err(called_off) => Err(called_off),
    };
    if let (Err(_), true) = (&assigned, new) {
        discard(ctx, home, &name).await;
    }
    assigned?;
    Ok(format!("The server {} has the files.", row.key))
}

/// Unpacks an archive into a new home; answers its name.
async fn unpack(ctx: &Context, home: &HomeView, row: &SpawnerRow, handle: &JobHandle) -> Result<String> {
    let path = PathBuf::from(&ctx.data_dir).join(&home.place);
    handle.progress("Reading the archive", None);
    let checked = path.clone();
    let manifest = tasks::blocking(move || pack::verify_by_manifest(&checked)).await.map_err(|error| {
        let words = format!("The archive {} is damaged or gone: {error}. Nothing was changed.", path.display());
        Error::new(Kind::Unavailable, words).caused_by(error)
    })?;
    let total = manifest.tar_bytes.unwrap_or(manifest.bytes);
    let _room = reserve(disk_of(ctx, home), total)?;
    let name = format!("{}-{}-{}", row.key.object_name(), row.id, ctx.clock.now().unix_seconds());
    begin(ctx, home, &name).await?;
    let filled = fill(ctx, (home, row), (&path, total), &name, handle).await;
    if filled.is_err() {
        discard(ctx, home, &name).await;
    }
    filled.map(|()| name)
}

/// Notes that the home is being made, before anything of it is there.
async fn begin(ctx: &Context, home: &HomeView, name: &str) -> Result<()> {
    let taken = || Error::conflict("Another archive is being given to this server. Try again in a moment.");
    if list(ctx, Measure::Known).await?.iter().any(|other| other.spawner == home.spawner && other.home == name) {
        return Err(taken());
    }
    let making = Unfinished::new(ctx, &home.spawner, name);
    ctx.store
        .write(move |tx| {
            if unfinished::list(tx)?.iter().any(|one| one.is_of(&making.spawner, &making.home)) {
                return Err(taken());
            }
            Ok(making.note(tx)?)
        })
        .await
}

/// Deletes a home that nobody got. What cannot be deleted now, the next start of the hub deletes.
async fn discard(ctx: &Context, home: &HomeView, name: &str) {
    let Some(driver) = ctx.spawners.find(&home.spawner) else { return };
    let Some(homes) = driver.homes() else { return };
    match homes.erase_home(name).await {
        Ok(()) => unfinished::settled(ctx, &home.spawner, name).await,
        Err(error) => tracing::warn!(%error, "A home that nobody got could not be deleted"),
    }
}

/// Fills a new home from an archive.
async fn fill(
    ctx: &Context,
    (home, row): (&HomeView, &SpawnerRow),
    (path, total): (&Path, u64),
    name: &str,
    handle: &JobHandle,
) -> Result<()> {
    let driver = driver(ctx, &home.spawner)?;
    let (mut near, far) = tokio::io::duplex(PIPE);
    let passed = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&passed);
    let cancel = handle.cancel_token();
    let (archive, writer) = (path.to_owned(), Blocking::new(far));
    // The writer goes with the closure: its end is the end of the stream.
    let unpacking = tasks::blocking(move || pack::unpack(&archive, writer, &counter));
    let restoring = async {
        let restored = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(called_off()),
            () = tell(handle, &passed, total) => Err(called_off()),
            restored = homes_of(&*driver)?.restore_home(&row.key, name, &mut near) => {
                restored.map_err(|error| failed("The home could not be restored.", error))
            }
        };
        drop(near);
        restored
    };
    let (restored, unpacked) = tokio::join!(restoring, unpacking);
    restored?;
    // It was whole a moment ago: a disk that fails now has given the driver half of it.
    unpacked.map_err(|error| {
        let words = format!("The archive {} could not be read: {error}. Nothing was changed.", path.display());
        Error::new(Kind::Unavailable, words).caused_by(error)
    })
}

/// A folder on the disk where a driver's homes are made. An engine that keeps its volumes elsewhere, as in a machine of
/// its own, leaves nothing to look at: there its own refusal must do.
fn disk_of<'a>(ctx: &'a Context, home: &HomeView) -> &'a Path {
    if home.spawner == DOCKER { Path::new("/var/lib/docker") } else { Path::new(&ctx.data_dir) }
}

async fn tell(handle: &JobHandle, passed: &AtomicU64, total: u64) {
    let mut ticks = tokio::time::interval(Duration::from_millis(500));
    loop {
        ticks.tick().await;
        progress(handle, "Restored", passed.load(Ordering::Relaxed), total);
    }
}

/// The server's row gets the home; what it had before is kept, and what was kept is so no longer.
async fn assign(ctx: &Context, home: &HomeView, row: &SpawnerRow, name: &str) -> Result<()> {
    let (home, row, name) = (home.clone(), row.clone(), name.to_owned());
    if !servers::state_of(ctx, &row).is_stopped() {
        return Err(Error::conflict(format!("The server {} was started meanwhile.", row.key)));
    }
    ctx.store
        .write(move |tx| {
            let now = spawners::find_by_key(tx, &row.key)?.filter(|now| now.id == row.id);
            let now = now.ok_or_else(|| Error::not_found(format!("The server {} is gone.", row.key)))?;
            if home.status != HomeStatus::Archived {
                if spawners::list_all(tx)?.iter().any(|other| servers::home_of(other) == name) {
                    return Err(Error::conflict("Another server got this home meanwhile."));
                }
                let kept = kept_homes::list(tx)?;
                let mine = kept.iter().find(|kept| kept.home == name && kept.spawner_kind == home.spawner);
                match mine {
                    Some(kept) => drop(kept_homes::delete(tx, kept.id)?),
                    None if home.status == HomeStatus::Kept => {
                        return Err(Error::not_found("This home is gone meanwhile."));
                    }
                    None => {}
                }
            }
            if let (Some(old), Some(kind)) = (&now.home, &now.spawner_kind) {
                kept_homes::add(tx, &kept_row(&now, kind, old))?;
            }
            spawners::set_home(tx, now.id, Some(&name))?;
            unfinished::settle(tx, &home.spawner, &name)?;
            Ok(spawners::set_options(tx, now.id, &now.user_options, &home.spawner, now.stack.as_deref())?)
        })
        .await
}

/// A server's home as one that is kept. The time is the store's.
pub(super) fn kept_row(row: &SpawnerRow, kind: &str, home: &str) -> KeptHomeRow {
    KeptHomeRow {
        id: 0,
        spawner_kind: kind.to_owned(),
        home: home.to_owned(),
        user_name: row.key.user.to_string(),
        server_name: row.key.server.to_string(),
        kept_at: row.created,
        archive: None,
        bytes: None,
    }
}
