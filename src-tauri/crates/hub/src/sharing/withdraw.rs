//! What happens when somebody may not use a server any more: the tokens that it got for them go, and at the proxy their
//! open connections end and the server meets them as strangers. Single-user servers remember a visitor for five minutes
//! by the browser's session id; without that, a share that was taken back would hold so long in an open tab.

use std::collections::HashSet;

use labdeck_model::{Event, ServerKey, SpawnerId, UserId};
use labdeck_proxy::{Routespec, SessionNames};
use labdeck_store::tables::session_names::{self, SessionNamesRow};
use labdeck_store::tables::shares::{self, Recipient};
use labdeck_store::tables::spawners::{self, SpawnerRow};
use labdeck_store::tables::users::UserQuery;
use labdeck_store::tables::{groups, sessions, tokens, users};
use labdeck_store::{Read, StoreError, Tx, generate_token};

use crate::authz::may_open;
use crate::context::Context;
use crate::error::Result;
use crate::servers::names_of;

/// A server that somebody lost, and under which names it knows those who did not.
#[derive(Debug)]
pub struct Lost {
    key: ServerKey,
    names: SessionNames,
}

/// Revokes what the server got for those of these users who may not open it any more. To be finished after the commit.
pub(super) fn shut_out(tx: &mut Tx<'_>, server: &SpawnerRow, affected: &[UserId]) -> Result<Option<Lost>, StoreError> {
    let mut anybody = false;
    for id in affected {
        let Some(user) = users::find_by_id(tx, *id)? else { continue };
        if may_open(tx, &user, &server.key)? {
            continue;
        }
        anybody = true;
        if let Some(client) = &server.oauth_client_id {
            tokens::delete_by_client_and_user(tx, client, user.id)?;
            tx.require_sync();
        }
    }
    if !anybody {
        return Ok(None);
    }
    rename_visitors(tx, server).map(Some)
}

/// Gives all visitors of a server but those who are welcome a new name. Written down with what it is for: a hub that is
/// started again meets a server that still remembers.
fn rename_visitors(tx: &mut Tx<'_>, server: &SpawnerRow) -> Result<Lost, StoreError> {
    let earlier = session_names::find(tx, server.id)?.map(names_of);
    let mark = format!(".{}", generate_token().expose());
    let names = SessionNames::renewed(earlier.as_ref(), &welcome(tx, server)?, mark);
    let SessionNames { number, known, mark } = names.clone();
    session_names::set(tx, server.id, &SessionNamesRow { number, mark, known })?;
    tx.require_sync();
    Ok(Lost { key: server.key.clone(), names })
}

/// The sessions that the server may go on to know: of its owner, of admins, of those with whom it is shared. Whoever
/// else may open it is asked about once more, and lets them in.
fn welcome(read: &Read<'_>, server: &SpawnerRow) -> Result<HashSet<String>, StoreError> {
    let mut likely: HashSet<UserId> = HashSet::from([server.user_id]);
    for share in shares::list_for_server(read, server.id)? {
        likely.extend(users_of(read, share.with.recipient())?);
    }
    let mut keep = HashSet::new();
    for user in users::list(read, &UserQuery::default())? {
        if (user.admin || likely.contains(&user.id)) && may_open(read, &user, &server.key)? {
            let mine = sessions::list_for_user(read, user.id)?;
            keep.extend(mine.into_iter().map(|session| session.oauth_session_id));
        }
    }
    Ok(keep)
}

/// The servers of others that may remember somebody: where they are signed in, and what is shared with them. To be asked
/// before the person is removed.
///
/// # Errors
/// When the store fails.
pub fn list_visited(read: &Read<'_>, visitor: UserId) -> Result<Vec<SpawnerId>, StoreError> {
    let all = tokens::list_visitors(read)?.into_iter();
    let mut found: HashSet<_> = all.filter(|(who, _)| *who == visitor).map(|(_, spawner)| spawner).collect();
    found.extend(shares::list_with_user(read, visitor)?.into_iter().map(|share| share.spawner_id));
    Ok(found.into_iter().collect())
}

/// Makes a stranger of somebody who was removed, at these servers. In the same write as the removal: a hub that ends
/// right after it must not come back with the old names. To be finished after the commit.
///
/// # Errors
/// When the store fails.
pub fn shut_out_removed(tx: &mut Tx<'_>, servers: &[SpawnerId]) -> Result<Vec<Lost>, StoreError> {
    let mut lost = Vec::new();
    for id in servers {
        // Their own servers went with them.
        let Some(server) = spawners::find_by_id(tx, *id)? else { continue };
        lost.push(rename_visitors(tx, &server)?);
    }
    Ok(lost)
}

/// Everybody behind a share.
pub(super) fn users_of(read: &Read<'_>, with: Recipient) -> Result<Vec<UserId>, StoreError> {
    match with {
        Recipient::User(id) => Ok(vec![id]),
        Recipient::Group(id) => Ok(groups::list_members(read, id)?.into_iter().map(|(id, _)| id).collect()),
    }
}

/// Tells the proxy, after the commit.
pub fn finish(ctx: &Context, lost: impl IntoIterator<Item = Lost>) {
    for Lost { key, names } in lost {
        // No route: the server does not run, and will know nobody when it does.
        if let Ok(spec) = Routespec::parse(&key.path_below(&ctx.config.base_url)) {
            ctx.routes.renew_sessions(&spec, names);
        }
        tracing::info!(server.name = %key, "Somebody may not use the server {key} any more");
    }
}

/// Ends shares whose time is over, and shuts out visitors who lost their right otherwise: with a group, with a role.
///
/// # Errors
/// When the store fails.
pub async fn look(ctx: &Context) -> Result<()> {
    if !ctx.store.read(is_due).await? {
        return Ok(());
    }
    let lost = ctx.store.write(settle).await?;
    finish(ctx, lost);
    Ok(())
}

fn is_due(read: &Read<'_>) -> Result<bool, StoreError> {
    Ok(!shares::list_ended(read)?.is_empty() || !strangers(read)?.is_empty())
}

/// Visitors who may not be where they are signed in.
fn strangers(read: &Read<'_>) -> Result<Vec<(SpawnerId, UserId)>, StoreError> {
    let mut found = Vec::new();
    for (visitor, spawner) in tokens::list_visitors(read)? {
        let (Some(user), Some(server)) = (users::find_by_id(read, visitor)?, spawners::find_by_id(read, spawner)?)
        else {
            continue;
        };
        if !may_open(read, &user, &server.key)? {
            found.push((spawner, visitor));
        }
    }
    Ok(found)
}

fn settle(tx: &mut Tx<'_>) -> Result<Vec<Lost>, StoreError> {
    let mut affected = strangers(tx)?;
    for share in shares::list_ended(tx)? {
        affected.extend(users_of(tx, share.with.recipient())?.into_iter().map(|user| (share.spawner_id, user)));
    }
    shares::purge_expired(tx)?;
    tx.emit(Event::SharesChanged);
    let servers: HashSet<SpawnerId> = affected.iter().map(|(spawner, _)| *spawner).collect();
    let mut lost = Vec::new();
    for id in servers {
        let Some(server) = spawners::find_by_id(tx, id)? else { continue };
        let users: Vec<_> = affected.iter().filter(|(spawner, _)| *spawner == id).map(|(_, user)| *user).collect();
        lost.extend(shut_out(tx, &server, &users)?);
    }
    Ok(lost)
}
