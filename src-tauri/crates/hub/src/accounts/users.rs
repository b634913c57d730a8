//! Adding, changing and removing users. One write each; events leave with the commit.

use std::sync::Arc;
use std::time::Duration;

use labdeck_model::{Event, ServerKey, Timestamp, UserId, UserName};
use labdeck_spawner::StopMode;
use labdeck_store::tables::spawners::{self, SpawnerRow};
use labdeck_store::tables::tokens::{self, TokenRow};
use labdeck_store::tables::users::{self, UserRow};
use labdeck_store::tables::{folders, sessions};

use super::password::end_access;
use crate::authz::{Caller, Who};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::homes::Parting;
use crate::lifecycle::Leaver;
use crate::{seed, sharing, tasks};

/// Activity is written down this often at the most (JupyterHub's `activity_resolution`).
const ACTIVITY_RESOLUTION: Duration = Duration::from_secs(30);

/// Who may sign in and own servers after an addition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// An ordinary user.
    User,
    /// May manage everything.
    Admin,
}

/// The user of that name.
///
/// # Errors
/// 404.
pub async fn get(ctx: &Context, name: &UserName) -> Result<UserRow> {
    let wanted = name.clone();
    let found = ctx.store.read(move |read| Ok::<_, Error>(users::find_by_name(read, &wanted)?)).await?;
    found.ok_or_else(|| Error::not_found(format!("There is nobody called {name}.")))
}

/// Adds several users; those who exist are left as they are. Answers the new ones.
///
/// # Errors
/// 400 for a bad name, 403 when someone who is no admin makes one, 409 when all of them exist.
pub async fn create(ctx: &Context, caller: &Caller, names: &[String], standing: Standing) -> Result<Vec<UserRow>> {
    if names.is_empty() {
        return Err(Error::invalid("Must specify at least one user to create"));
    }
    if standing == Standing::Admin && !caller.is_admin() {
        return Err(Error::forbidden("Only admins can grant admin permissions"));
    }
    let names = parse_new(names)?;
    let (admins, roles) = (ctx.config.rules.clone(), ctx.config.roles.clone());
    ctx.store
        .write(move |tx| {
            let mut created = Vec::new();
            for name in &names {
                if users::find_by_name(tx, name)?.is_some() {
                    continue;
                }
                let mut row = users::create(tx, name)?;
                if standing == Standing::Admin || admins.makes_admin(name) {
                    users::set_admin(tx, row.id, true)?;
                    row.admin = true;
                }
                seed::assign_roles(tx, &roles, &row)?;
                tx.emit(Event::UserChanged { user: name.clone() });
                created.push(row);
            }
            if created.is_empty() {
                return Err(Error::conflict(format!("All {} users already exist", names.len())));
            }
            Ok(created)
        })
        .await
}

/// Names of people who are not there yet.
///
/// # Errors
/// 400 with all that are none, and what is wrong with the first of them.
pub fn parse_new(names: &[String]) -> Result<Vec<UserName>> {
    let mut parsed = Vec::with_capacity(names.len());
    let (mut refused, mut why) = (Vec::new(), None);
    for name in names {
        match parse_one(name) {
            Ok(name) => parsed.push(name),
            Err(words) => {
                refused.push(name.to_lowercase());
                why.get_or_insert(words);
            }
        }
    }
    let Some(why) = why else { return Ok(parsed) };
    let many = if refused.len() == 1 { "" } else { "s" };
    Err(Error::invalid(format!("Invalid username{many}: {} ({why})", refused.join(", "))))
}

/// Who signs in may type a space too many; in a list of names it is a slip.
fn parse_one(name: &str) -> std::result::Result<UserName, String> {
    if name.trim() != name && !name.trim().is_empty() {
        return Err("user name may not begin or end with a space".to_owned());
    }
    UserName::parse(name).map_err(|error| error.to_string())
}

/// Makes or unmakes an admin.
///
/// # Errors
/// 403 when the caller is none; 409 when it would leave no admin.
pub async fn set_admin(ctx: &Context, caller: &Caller, name: &UserName, standing: Standing) -> Result<UserRow> {
    if !caller.is_admin() {
        return Err(Error::forbidden("Only an admin can change who is an admin."));
    }
    let name = name.clone();
    ctx.store
        .write(move |tx| {
            let mut row = find(tx, &name)?;
            let admin = standing == Standing::Admin;
            if row.admin && !admin && users::count_admins(tx)? == 1 {
                return Err(last_admin(&name));
            }
            users::set_admin(tx, row.id, admin)?;
            if admin && !row.admin {
                // A way into the account that somebody else made must not become a way to be an admin.
                end_access(tx, row.id, None)?;
            }
            row.admin = admin;
            tx.require_sync();
            tx.emit(Event::UserChanged { user: name });
            Ok(row)
        })
        .await
}

/// Removes a user with sessions, tokens and servers. What the user saved is kept, packed or deleted, as `parting` says.
///
/// # Errors
/// 400 for oneself, 403 when someone who is no admin removes one, 409 for the last admin or a server that cannot
/// be stopped, 503 when the files cannot be packed or deleted: the user stays then.
pub async fn delete(ctx: &Context, caller: &Caller, name: &UserName, parting: Parting) -> Result<()> {
    if caller.is(name) {
        return Err(Error::invalid("Cannot delete yourself!"));
    }
    let row = get(ctx, name).await?;
    if row.admin && !caller.is_admin() {
        return Err(Error::forbidden("Only an admin can remove an admin."));
    }
    let id = row.id;
    let admins = ctx.store.read(|read| Ok::<_, Error>(users::count_admins(read)?)).await?;
    if row.admin && admins == 1 {
        return Err(last_admin(name));
    }
    // Held to the end: what is started now would outlive its owner, or write into a home that is packed already.
    let leaver = Leaver::User(name.clone());
    let removed_already = || Error::conflict(format!("{leaver}"));
    let _leaving = ctx.registry.leave(leaver.clone()).ok_or_else(removed_already)?;
    let mine = list_servers(ctx, id).await?;
    ctx.store.write(move |tx| Ok::<_, Error>(sessions::delete_for_user(tx, id).map(drop)?)).await?;
    for server in &mine {
        stop_before_removal(ctx, &server.key).await?;
    }
    let parts = Arc::new(parting.prepare(ctx, &mine).await?);
    let mine = list_servers(ctx, id).await?;
    if let Some(server) = mine.iter().find(|server| crate::servers::state_of(ctx, server).is_active()) {
        return Err(Error::conflict(format!("The server {} was started meanwhile.", server.key)));
    }
    let (name, noted) = (name.clone(), Arc::clone(&parts));
    let lost = ctx
        .store
        .write(move |tx| {
            if row.admin && users::count_admins(tx)? == 1 {
                return Err(last_admin(&name));
            }
            let visited = sharing::list_visited(tx, id)?;
            noted.note(tx, parting, &spawners::list_for_user(tx, id)?)?;
            users::delete(tx, id)?;
            let lost = sharing::shut_out_removed(tx, &visited)?;
            if folders::forget_user(tx, name.as_str())? {
                tx.emit(Event::FoldersChanged);
            }
            tx.require_sync();
            tx.emit(Event::UserDeleted { user: name });
            Ok(lost)
        })
        .await?;
    sharing::finish(ctx, lost);
    for server in &mine {
        crate::servers::clear_away(ctx, server).await;
    }
    parts.finish(ctx).await;
    Ok(())
}

async fn list_servers(ctx: &Context, id: UserId) -> Result<Vec<SpawnerRow>> {
    ctx.store.read(move |read| Ok::<_, Error>(spawners::list_for_user(read, id)?)).await
}

async fn stop_before_removal(ctx: &Context, key: &ServerKey) -> Result<()> {
    let stopped = crate::servers::stop_and_wait(ctx, key, StopMode::Graceful).await?;
    if stopped.is_stopped() {
        Ok(())
    } else {
        Err(Error::conflict(format!("The server {key} does not stop. Try again in a minute, or look at its log.")))
    }
}

fn find(read: &labdeck_store::Read<'_>, name: &UserName) -> Result<UserRow> {
    users::find_by_name(read, name)?.ok_or_else(|| Error::not_found(format!("There is nobody called {name}.")))
}

fn last_admin(name: &UserName) -> Error {
    Error::conflict(format!("{name} is the only admin. Make somebody else an admin first."))
}

/// When a token was last used, where it is used now: uses are told apart by half a minute.
pub fn last_use(row: &TokenRow, now: Timestamp) -> Timestamp {
    row.last_activity.filter(|last| now.since(*last) < ACTIVITY_RESOLUTION).unwrap_or(now)
}

/// Notes that a token, and the user behind it, were used: at most twice a minute, off the request's path.
/// A server's own reports are no activity of its user.
pub fn note_token_use(ctx: &Context, row: &TokenRow, who: &Who) {
    let now = ctx.clock.now();
    if last_use(row, now) != now {
        return;
    }
    let user = match who {
        Who::User(user) if row.spawner_id.is_none() => Some(user.id),
        Who::User(_) | Who::Service(_) | Who::Window => None,
    };
    let (store, id) = (ctx.store.clone(), row.id);
    drop(tasks::spawn("accounts.note_token_use", async move {
        let noted = store.write(move |tx| {
            tokens::touch_activity(tx, id, now)?;
            user.map_or(Ok(()), |user| users::touch_activity(tx, user, now))
        });
        if let Err(error) = noted.await {
            let error: labdeck_store::StoreError = error;
            tracing::debug!(%error, "Could not note the use of a token");
        }
    }));
}

/// Notes that a user did something in a browser.
pub fn note_visit(ctx: &Context, user: &UserRow) {
    let now: Timestamp = ctx.clock.now();
    if user.last_activity.is_some_and(|last| now.since(last) < ACTIVITY_RESOLUTION) {
        return;
    }
    let (store, id) = (ctx.store.clone(), user.id);
    drop(tasks::spawn("accounts.note_visit", async move {
        let noted: std::result::Result<(), labdeck_store::StoreError> =
            store.write(move |tx| users::touch_activity(tx, id, now)).await;
        if let Err(error) = noted {
            tracing::debug!(%error, "Could not note a visit");
        }
    }));
}
