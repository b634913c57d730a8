//! Shares: give, list, take back.

use std::time::Duration;

use labdeck_model::scope::{ScopeBase, ScopeSet, Target};
use labdeck_model::{Event, GroupName, ServerKey, UserName};
use labdeck_store::tables::shares::{self, Recipient, ShareRow};
use labdeck_store::tables::spawners::{self, SpawnerRow};
use labdeck_store::tables::{access_requests, groups, users};
use labdeck_store::{Read, Tx};

use super::scopes::{narrowed, require_held};
use super::view::ShareView;
use super::withdraw::{finish, shut_out, users_of};
use crate::authz::{Caller, share_scopes};
use crate::context::Context;
use crate::error::{Error, Result};

/// With whom a server is shared.
#[derive(Debug, Clone)]
pub enum Whom {
    /// A user.
    User(String),
    /// Everybody in a group.
    Group(String),
}

/// A share to be given.
#[derive(Debug, Clone)]
pub struct ShareWish {
    /// With whom.
    pub with: Whom,
    /// What it allows; without any, opening the server.
    pub scopes: Option<Vec<String>>,
    /// How long it holds; `None` is until it is taken back.
    pub lifetime: Option<Duration>,
}

/// Shares a server. What an earlier share with the same allowed stays; its end is that of this one.
///
/// # Errors
/// 400 for a bad scope or nobody of that name, 404 for no such server, 403 for what the caller does not hold.
pub async fn grant(ctx: &Context, caller: &Caller, key: &ServerKey, wish: ShareWish) -> Result<ShareView> {
    let scopes = narrowed(wish.scopes.as_deref(), key)?;
    let (caller, wanted) = (caller.clone(), key.clone());
    let row = ctx
        .store
        .write(move |tx| {
            let server = find_server(tx, &wanted)?;
            require_held(&caller, &scopes, &wanted)?;
            require_naming(&caller, &wish.with)?;
            let with = get_recipient(tx, &wish.with)?;
            give(tx, &server, with, &scopes, wish.lifetime)
        })
        .await?;
    Ok(ShareView::of(ctx, &row))
}

/// Adds to a share, or makes it.
pub(super) fn give(
    tx: &mut Tx<'_>,
    server: &SpawnerRow,
    with: Recipient,
    scopes: &ScopeSet,
    lifetime: Option<Duration>,
) -> Result<ShareRow> {
    let earlier =
        shares::find(tx, server.id, with)?.map(|row| share_scopes(&row.scopes, &server.key)).unwrap_or_default();
    let end = lifetime.map(|lifetime| tx.now().after(lifetime));
    let row = shares::set(tx, server.id, with, &earlier.union(scopes).to_texts(), end)?;
    tx.emit(Event::SharesChanged);
    for id in users_of(tx, with)? {
        // What was asked for is given.
        access_requests::delete(tx, id, server.user_id, &server.key.server)?;
    }
    row.ok_or_else(|| Error::internal("a share was not made"))
}

/// Takes rights out of a share, or the share itself where none are named. `None` once nothing is left.
///
/// # Errors
/// 400 for a scope that is none, 404 for no such server.
pub async fn reduce(
    ctx: &Context,
    key: &ServerKey,
    with: &Whom,
    taken: Option<&[String]>,
) -> Result<Option<ShareView>> {
    let taken = taken.filter(|taken| !taken.is_empty()).map(|taken| narrowed(Some(taken), key)).transpose()?;
    let (wanted, with) = (key.clone(), with.clone());
    let (row, lost) = ctx
        .store
        .write(move |tx| {
            let server = find_server(tx, &wanted)?;
            // Nobody of that name has nothing, which is what was asked for.
            let Ok(with) = get_recipient(tx, &with) else { return Ok((None, None)) };
            let Some(row) = shares::find(tx, server.id, with)? else { return Ok((None, None)) };
            let left = match &taken {
                Some(taken) => share_scopes(&row.scopes, &wanted).difference(taken),
                None => ScopeSet::new(),
            };
            tx.require_sync();
            let left = shares::set(tx, server.id, with, &left.to_texts(), row.expires_at)?;
            tx.emit(Event::SharesChanged);
            Ok::<_, Error>((left, shut_out(tx, &server, &users_of(tx, with)?)?))
        })
        .await?;
    finish(ctx, lost);
    Ok(row.map(|row| ShareView::of(ctx, &row)))
}

/// Takes all shares of a server back.
///
/// # Errors
/// 404 for no such server.
pub async fn delete_shares(ctx: &Context, key: &ServerKey) -> Result<()> {
    let key = key.clone();
    let lost = ctx
        .store
        .write(move |tx| {
            let server = find_server(tx, &key)?;
            let mut users = Vec::new();
            for share in shares::list_for_server(tx, server.id)? {
                users.extend(users_of(tx, share.with.recipient())?);
            }
            shares::delete_for_server(tx, server.id)?;
            tx.require_sync();
            tx.emit(Event::SharesChanged);
            Ok::<_, Error>(shut_out(tx, &server, &users)?)
        })
        .await?;
    finish(ctx, lost);
    Ok(())
}

/// Leaves a server that is shared with a user.
///
/// # Errors
/// 404 where it is not.
pub async fn delete_with_user(ctx: &Context, user: &UserName, key: &ServerKey) -> Result<()> {
    let missing = no_share("user", user.as_str(), key);
    delete_one(ctx, key, Whom::User(user.to_string()), missing).await
}

/// Takes a server back from a group.
///
/// # Errors
/// 404 where the group does not have it.
pub async fn delete_with_group(ctx: &Context, group: &GroupName, key: &ServerKey) -> Result<()> {
    let missing = no_share("group", group.as_str(), key);
    delete_one(ctx, key, Whom::Group(group.to_string()), missing).await
}

async fn delete_one(ctx: &Context, key: &ServerKey, with: Whom, missing: Error) -> Result<()> {
    let key = key.clone();
    let lost = ctx
        .store
        .write(move |tx| {
            let found = find_share(tx, &key, &with)?;
            let Some((server, with, _)) = found else { return Err(missing) };
            shares::delete(tx, server.id, with)?;
            tx.require_sync();
            tx.emit(Event::SharesChanged);
            Ok(shut_out(tx, &server, &users_of(tx, with)?)?)
        })
        .await?;
    finish(ctx, lost);
    Ok(())
}

/// A user's own share of a server.
///
/// # Errors
/// 404 where there is none.
pub async fn find_with_user(ctx: &Context, user: &UserName, key: &ServerKey) -> Result<ShareView> {
    find_one(ctx, key, Whom::User(user.to_string()), no_share("user", user.as_str(), key)).await
}

/// A group's share of a server.
///
/// # Errors
/// 404 where there is none.
pub async fn find_with_group(ctx: &Context, group: &GroupName, key: &ServerKey) -> Result<ShareView> {
    find_one(ctx, key, Whom::Group(group.to_string()), no_share("group", group.as_str(), key)).await
}

async fn find_one(ctx: &Context, key: &ServerKey, with: Whom, missing: Error) -> Result<ShareView> {
    let key = key.clone();
    let row = ctx.store.read(move |read| find_share(read, &key, &with)?.ok_or(missing)).await?;
    Ok(ShareView::of(ctx, &row.2))
}

fn no_share(kind: &str, name: &str, key: &ServerKey) -> Error {
    Error::not_found(format!("No such share for {kind} {name} on {}", key.full_name()))
}

/// All that is shared with a user, directly and through groups.
///
/// # Errors
/// 404 for nobody.
pub async fn list_with_user(ctx: &Context, user: &UserName) -> Result<Vec<ShareView>> {
    let user = user.clone();
    let rows = ctx
        .store
        .read(move |read| {
            let missing = || Error::not_found(format!("No such user: {user}"));
            let row = users::find_by_name(read, &user)?.ok_or_else(missing)?;
            Ok::<_, Error>(shares::list_with_user(read, row.id)?)
        })
        .await?;
    Ok(views(ctx, &rows))
}

/// All that is shared with a group.
///
/// # Errors
/// 404 for no such group.
pub async fn list_with_group(ctx: &Context, group: &GroupName) -> Result<Vec<ShareView>> {
    let group = group.clone();
    let rows = ctx
        .store
        .read(move |read| {
            let missing = || Error::not_found(format!("No such group: {group}"));
            let row = groups::find_by_name(read, &group)?.ok_or_else(missing)?;
            Ok::<_, Error>(shares::list_with_group(read, row.id)?)
        })
        .await?;
    Ok(views(ctx, &rows))
}

/// All shares of a user's servers.
///
/// # Errors
/// 404 for nobody.
pub async fn list_of_owner(ctx: &Context, owner: &UserName) -> Result<Vec<ShareView>> {
    let owner = owner.clone();
    let rows = ctx
        .store
        .read(move |read| {
            let row = users::find_by_name(read, &owner)?.ok_or_else(|| Error::not_found("Not Found"))?;
            Ok::<_, Error>(shares::list_by_owner(read, row.id)?)
        })
        .await?;
    Ok(views(ctx, &rows))
}

/// All shares of a server.
///
/// # Errors
/// 404 for no such server.
pub async fn list_of_server(ctx: &Context, key: &ServerKey) -> Result<Vec<ShareView>> {
    let key = key.clone();
    let listed = ctx.store.read(move |read| {
        let server = find_server(read, &key)?;
        Ok::<_, Error>(shares::list_for_server(read, server.id)?)
    });
    Ok(views(ctx, &listed.await?))
}

fn views(ctx: &Context, rows: &[ShareRow]) -> Vec<ShareView> {
    rows.iter().map(|row| ShareView::of(ctx, row)).collect()
}

/// The server, by the words that JupyterHub has for one that is not there.
pub(super) fn find_server(read: &Read<'_>, key: &ServerKey) -> Result<SpawnerRow> {
    let found = spawners::find_by_key(read, key)?;
    found.ok_or_else(|| Error::not_found(format!("No such server: {}", key.full_name())))
}

fn find_share(read: &Read<'_>, key: &ServerKey, with: &Whom) -> Result<Option<(SpawnerRow, Recipient, ShareRow)>> {
    let Some(server) = spawners::find_by_key(read, key)? else { return Ok(None) };
    let Ok(with) = get_recipient(read, with) else { return Ok(None) };
    Ok(shares::find(read, server.id, with)?.map(|row| (server, with, row)))
}

/// Who names somebody learns whether there is such a one, so the right to know names comes first.
fn require_naming(caller: &Caller, with: &Whom) -> Result<()> {
    match with {
        Whom::User(name) => {
            let known =
                UserName::parse(name).is_ok_and(|name| caller.may(&ScopeBase::ReadUsersName, Target::User(&name)));
            let words = "Need scope 'read:users:name' to share with users by name";
            known.then_some(()).ok_or_else(|| Error::forbidden(words))
        }
        Whom::Group(name) => {
            let parsed = GroupName::parse(name);
            let known = parsed.is_ok_and(|name| caller.may(&ScopeBase::ReadGroupsName, Target::Group(&name)));
            let words = "Need scope 'read:groups:name' to share with groups by name";
            known.then_some(()).ok_or_else(|| Error::forbidden(words))
        }
    }
}

pub(super) fn get_recipient(read: &Read<'_>, with: &Whom) -> Result<Recipient> {
    match with {
        Whom::User(name) => {
            let missing = || Error::invalid(format!("No such user: {name}"));
            let parsed = UserName::parse(name).map_err(|_| missing())?;
            Ok(Recipient::User(users::find_by_name(read, &parsed)?.ok_or_else(missing)?.id))
        }
        Whom::Group(name) => {
            let missing = || Error::invalid(format!("No such group: {name}"));
            let parsed = GroupName::parse(name).map_err(|_| missing())?;
            Ok(Recipient::Group(groups::find_by_name(read, &parsed)?.ok_or_else(missing)?.id))
        }
    }
}
