//! Deleting a home for ever. Only what no server has, and only when its name was said.

use std::path::Path;

use labdeck_store::tables::kept_homes::{self, KeptHomeRow};
use labdeck_store::tables::spawners;

use super::list::{HomeStatus, HomeView, get};
use super::unfinished::{self, Unfinished};
use super::{TURN, archive, driver, failed, homes_of};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::{servers, tasks};

/// Deletes a home or an archive. `confirm` is its name, as a sign that it is meant.
///
/// # Errors
/// 404; 400 without the name; 409 while a server has it; 503 when it cannot be deleted now.
pub async fn erase(ctx: &Context, id: &str, confirm: &str) -> Result<()> {
    let home = get(ctx, id).await?;
    if confirm != home.home {
        let words = format!("Deleting is for ever. Say which home is meant: ?confirm={}", home.home);
        return Err(Error::invalid(words));
    }
    let _turn = TURN.lock().await;
    archive::check_not_packed(ctx, &home)?;
    match home.status {
        HomeStatus::InUse => Err(in_use(&home)),
        HomeStatus::Archived => erase_archive(ctx, &home).await,
        HomeStatus::Kept | HomeStatus::Orphan | HomeStatus::Container => erase_files(ctx, &home).await,
    }
}

async fn erase_archive(ctx: &Context, home: &HomeView) -> Result<()> {
    let path = Path::new(&ctx.data_dir).join(&home.place);
    let deleted = tasks::blocking(move || archive::delete_files(&path)).await;
    deleted.map_err(|error| {
        Error::new(Kind::Unavailable, format!("The archive could not be deleted: {error}.")).caused_by(error)
    })?;
    take(ctx, home).await.map(drop)
}

/// The row goes first: a home that is half deleted must not be given to anybody.
async fn erase_files(ctx: &Context, home: &HomeView) -> Result<()> {
    let driver = driver(ctx, &home.spawner)?;
    let homes = homes_of(&*driver)?;
    let row = take(ctx, home).await?;
    let erased = homes.erase_home(&home.home).await;
    let home = home.clone();
    let kept = row.filter(|_| erased.is_err());
    ctx.store
        .write(move |tx| {
            unfinished::settle(tx, &home.spawner, &home.home)?;
            Ok::<_, Error>(kept.map_or(Ok(()), |row| kept_homes::add(tx, &row))?)
        })
        .await?;
    let Err(error) = erased else { return Ok(()) };
    Err(failed("The home could not be deleted.", error))
}

/// Takes a home out of what is kept, if it is there, unless a server has it.
async fn take(ctx: &Context, home: &HomeView) -> Result<Option<KeptHomeRow>> {
    let home = home.clone();
    let going = Unfinished::new(ctx, &home.spawner, &home.home);
    ctx.store
        .write(move |tx| {
            if spawners::list_all(tx)?.iter().any(|row| servers::home_of(row) == home.home) {
                return Err(in_use(&home));
            }
            let all = kept_homes::list(tx)?;
            let kept = all.into_iter().find(|kept| kept.home == home.home && kept.spawner_kind == home.spawner);
            if let Some(kept) = &kept {
                kept_homes::delete(tx, kept.id)?;
            }
            if home.status != HomeStatus::Archived {
                going.note(tx)?;
            }
            Ok(kept)
        })
        .await
}

fn in_use(home: &HomeView) -> Error {
    let whose = home.user.as_deref().unwrap_or("somebody");
    Error::conflict(format!("A server of {whose} has this home. Delete the server or the person first."))
}
