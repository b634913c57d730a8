//! From a token or a session to the [`Caller`] behind it. Everything is read afresh for each request, so that a
//! revoked token, a changed role or a removed user counts from the next request on.

use labdeck_model::scope::{
    Filter, Owner, Scope, ScopeBase, ScopeSet, Via as IssuedTo, expand, find_base_role, intersect, resolve_owner,
};
use labdeck_model::{ServerKey, ServerName, UserName};
use labdeck_store::tables::sessions::{self, Rights, SessionRow};
use labdeck_store::tables::tokens::{self, TokenOwner, TokenRow};
use labdeck_store::tables::users::UserRow;
use labdeck_store::tables::{groups, oauth_clients, services, spawners, users};
use labdeck_store::{Read, SecretHash, StoreError};

use super::rights::{owner_scopes, service_scopes};
use super::{Caller, Members, Via, Who};

/// The window and the command line: all of the admin role, as no user.
pub fn window() -> Caller {
    let admin = find_base_role("admin").map(|role| role.scope_set()).unwrap_or_default();
    Caller { who: Who::Window, via: Via::Window, scopes: expand(&admin), members: Members::default() }
}

/// Who holds this token, if it is good now.
///
/// # Errors
/// When the store fails.
pub fn find_by_token(read: &Read<'_>, token: &str) -> Result<Option<Caller>, StoreError> {
    match tokens::find_by_token(read, token)? {
        Some(row) => caller_of_token(read, row),
        None => Ok(None),
    }
}

fn caller_of_token(read: &Read<'_>, row: TokenRow) -> Result<Option<Caller>, StoreError> {
    let Some((who, owner, held)) = owner_of(read, &row)? else { return Ok(None) };
    // What cannot be read grants nothing.
    let asked = ScopeSet::parse(&row.scopes).unwrap_or_default();
    let members = members(read, &held, &asked)?;
    let scopes = token_scopes(read, &row, &asked, &owner, (&held, &members))?;
    Ok(Some(Caller { who, via: Via::Token(row), scopes, members }))
}

/// Who is behind this browser session, if it is good now. `hash` is that of the cookie's value.
///
/// # Errors
/// When the store fails.
pub fn find_by_session(read: &Read<'_>, hash: &SecretHash) -> Result<Option<Caller>, StoreError> {
    match sessions::find_by_hash(read, hash)? {
        Some(session) => caller_of_session(read, session),
        None => Ok(None),
    }
}

/// Somebody who showed their password with this very request: all that they may.
///
/// # Errors
/// When the store fails.
pub fn by_password(read: &Read<'_>, user: UserRow) -> Result<Caller, StoreError> {
    let scopes = owner_scopes(read, &user)?;
    let members = members(read, &scopes, &ScopeSet::new())?;
    Ok(Caller { who: Who::User(user), via: Via::Password, scopes, members })
}

/// What a token may do now, written out; nothing where its owner is gone.
///
/// # Errors
/// When the store fails.
pub fn effective_scopes(read: &Read<'_>, row: &TokenRow) -> Result<ScopeSet, StoreError> {
    Ok(caller_of_token(read, row.clone())?.map(|caller| caller.scopes).unwrap_or_default())
}

fn caller_of_session(read: &Read<'_>, session: SessionRow) -> Result<Option<Caller>, StoreError> {
    let Some(user) = users::find_by_id(read, session.user_id)? else { return Ok(None) };
    let held = owner_scopes(read, &user)?;
    let members = members(read, &held, &ScopeSet::new())?;
    let scopes = match &session.rights {
        Rights::Full => held,
        Rights::Page { path } => intersect(&held, &page_scopes(path, &user.name), &members),
    };
    Ok(Some(Caller { who: Who::User(user), via: Via::Session(session), scopes, members }))
}

/// The same caller as it is now: `None` once the token, the session or the account behind it is gone. For what
/// outlives one request.
///
/// # Errors
/// When the store fails.
pub fn find_again(read: &Read<'_>, caller: &Caller) -> Result<Option<Caller>, StoreError> {
    match &caller.via {
        Via::Window => Ok(Some(window())),
        Via::Password => Ok(None),
        Via::Token(row) => match tokens::find_by_id(read, row.id)? {
            Some(row) if row.expires_at.is_none_or(|end| end > read.now()) => caller_of_token(read, row),
            Some(_) | None => Ok(None),
        },
        Via::Session(session) => match sessions::find_by_id(read, session.id)? {
            Some(session) => caller_of_session(read, session),
            None => Ok(None),
        },
    }
}

/// What a ticket's session may do: use the one server whose page it opens, or what every user may on a page of the
/// hub itself. Never what an admin may.
fn page_scopes(path: &str, user: &UserName) -> ScopeSet {
    match server_of_path(path) {
        Some(key) => ScopeSet::from_iter([Scope::filtered(ScopeBase::AccessServers, Filter::Server(key))]),
        None => {
            let own = find_base_role("user").map(|role| role.scope_set()).unwrap_or_default();
            resolve_owner(&own, &Owner::user(user.clone()))
        }
    }
}

/// The server that a path below `…/user/` belongs to.
fn server_of_path(path: &str) -> Option<ServerKey> {
    let (_, rest) = path.split_once("/user/")?;
    let mut parts = rest.trim_end_matches('/').split('/');
    let decoded =
        |part: &str| percent_encoding::percent_decode_str(part).decode_utf8().map(|text| text.into_owned()).ok();
    let user = UserName::parse(&decoded(parts.next()?)?).ok()?;
    let server = ServerName::parse(&decoded(parts.next().unwrap_or_default())?).ok()?;
    Some(ServerKey::new(user, server))
}

/// Who a token belongs to, on whose behalf it is used, and what they hold.
fn owner_of(read: &Read<'_>, row: &TokenRow) -> Result<Option<(Who, Owner, ScopeSet)>, StoreError> {
    match row.owner {
        TokenOwner::User(id) => {
            let Some(user) = users::find_by_id(read, id)? else { return Ok(None) };
            let held = owner_scopes(read, &user)?;
            let owner = Owner::User { name: user.name.clone(), via: issued_to(read, row)? };
            Ok(Some((Who::User(user), owner, held)))
        }
        TokenOwner::Service(id) => {
            let Some(service) = services::find_by_id(read, id)? else { return Ok(None) };
            let held = service_scopes(read, &service)?;
            Ok(Some((Who::Service(service.clone()), Owner::service(service.name), held)))
        }
    }
}

/// The server or service that a token was issued to: what bare filters in it mean.
fn issued_to(read: &Read<'_>, row: &TokenRow) -> Result<IssuedTo, StoreError> {
    if let Some(id) = row.spawner_id {
        return Ok(spawners::find_by_id(read, id)?.map_or(IssuedTo::Direct, |server| IssuedTo::Server(server.key)));
    }
    let Some(client) = &row.client_id else { return Ok(IssuedTo::Direct) };
    if let Some(server) = spawners::find_by_oauth_client(read, client)? {
        return Ok(IssuedTo::Server(server.key));
    }
    Ok(services::find_by_oauth_client(read, client)?
        .map_or(IssuedTo::Direct, |service| IssuedTo::Service(service.name)))
}

/// What the token may do: its own scopes within its owner's, and to tell who its owner is. An OAuth token does that
/// whatever the owner's roles say.
fn token_scopes(
    read: &Read<'_>,
    row: &TokenRow,
    asked: &ScopeSet,
    owner: &Owner,
    (held, members): (&ScopeSet, &Members),
) -> Result<ScopeSet, StoreError> {
    let inherits = asked.mentions(&ScopeBase::Inherit);
    let identify = identify_scopes(owner);
    let asked = || resolve_owner(asked, owner).union(&identify);
    let own = if inherits { held.clone() } else { intersect(&asked(), held, members) };
    let is_oauth = match &row.client_id {
        Some(client) => oauth_clients::find(read, client)?.is_some(),
        None => false,
    };
    Ok(if is_oauth { own.union(&identify) } else { own })
}

/// What tells who somebody is (JupyterHub 6.1, `identify_scopes`).
pub fn identify_scopes(owner: &Owner) -> ScopeSet {
    match owner {
        Owner::User { name, .. } => [ScopeBase::ReadUsersName, ScopeBase::ReadUsersGroups]
            .map(|base| Scope::filtered(base, Filter::User(name.clone())))
            .into_iter()
            .collect(),
        Owner::Service(name) => {
            ScopeSet::from_iter([Scope::filtered(ScopeBase::ReadServicesName, Filter::Service(name.clone()))])
        }
    }
}

/// Loads memberships only where a scope names a group: most requests need none.
fn members(read: &Read<'_>, held: &ScopeSet, asked: &ScopeSet) -> Result<Members, StoreError> {
    let names_group = held.iter().chain(asked).any(|scope| matches!(scope.filter, Some(Filter::Group(_))));
    if names_group { Ok(Members::new(groups::list_memberships(read)?)) } else { Ok(Members::default()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_a_server_gives_that_server_only() {
        let lead = UserName::parse("lead").unwrap();
        let texts = |path: &str| page_scopes(path, &lead).to_texts();
        assert_eq!(texts("/user/ada/"), ["access:servers!server=ada/"]);
        assert_eq!(texts("/user/zo%C3%AB/gpu/"), ["access:servers!server=zoë/gpu"]);
        assert!(texts("/hub/home").iter().all(|scope| scope.ends_with("!user=lead")));
    }
}
