//! API tokens of users: make, list, revoke.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use labdeck_model::scope::{Owner, ScopeBase, ScopeError, ScopeSet, expand, find_base_role, intersect, resolve_owner};
use labdeck_model::{RoleName, Secret, TokenId, UserName};
use labdeck_store::tables::oauth_clients;
use labdeck_store::tables::roles;
use labdeck_store::tables::tokens::{self, NewToken, TokenOwner};
use labdeck_store::tables::users::{self, UserRow};
use labdeck_store::{Read, TokenHash, generate_token};

use crate::authz::{self, Members, owner_scopes};
use crate::context::Context;
use crate::error::{Error, Result};

pub use labdeck_store::tables::tokens::TokenRow;

/// A token to be made.
#[derive(Debug, Clone)]
pub struct TokenWish {
    /// What it is for.
    pub note: String,
    /// What it may do; `None` is everything that its owner may, now and later.
    pub scopes: Option<Vec<String>>,
    /// How long it is good; `None` is as long as the configuration allows.
    pub lifetime: Option<Duration>,
}

/// Makes a token for a user; it is shown this once. Scopes are checked against what the owner holds, and its lifetime
/// against the configuration's limit, which also holds where none is wished for.
///
/// # Errors
/// 404 for nobody; 400 for an unknown scope or one beyond the owner's, and for a longer life than is allowed.
pub async fn create(ctx: &Context, owner: &UserName, wish: TokenWish) -> Result<(TokenRow, Secret<String>)> {
    let lifetime = limited(wish.lifetime, ctx.config.token_max_lifetime)?;
    let token = generate_token();
    let hash = TokenHash::of(token.expose());
    let owner = owner.clone();
    let row = ctx
        .store
        .write(move |tx| {
            let user = find_user(tx, &owner)?;
            let scopes = checked_scopes(tx, &user, wish.scopes.as_deref())?;
            let expires_at = lifetime.map(|lifetime| tx.now().after(lifetime));
            let new =
                NewToken { note: wish.note, scopes, expires_at, ..NewToken::new(TokenOwner::User(user.id), hash) };
            Ok::<_, Error>(tokens::create(tx, &new)?)
        })
        .await?;
    Ok((row, token))
}

fn limited(wanted: Option<Duration>, most: Option<Duration>) -> Result<Option<Duration>> {
    match (wanted, most) {
        (Some(wanted), Some(most)) if wanted > most => {
            Err(Error::invalid(format!("token expires_in: {} must not exceed {}", wanted.as_secs(), most.as_secs())))
        }
        (wanted, most) => Ok(wanted.or(most)),
    }
}

/// What roles allow, as tokens are told: JupyterHub's deprecated way to name scopes.
///
/// # Errors
/// 400 for a role that does not exist.
pub async fn scopes_of_roles(ctx: &Context, names: Vec<String>) -> Result<Vec<String>> {
    ctx.store
        .read(move |read| {
            let mut scopes = Vec::new();
            for name in names {
                let missing = || Error::invalid(format!("No such role: {}", name.chars().take(64).collect::<String>()));
                let stored = RoleName::parse(&name).ok().map(|name| roles::find_by_name(read, &name)).transpose()?;
                match (stored.flatten(), find_base_role(&name)) {
                    (Some(role), _) => scopes.extend(role.scopes),
                    (None, Some(base)) => scopes.extend(base.scopes.iter().map(|scope| (*scope).to_owned())),
                    (None, None) => return Err(missing()),
                }
            }
            Ok(scopes)
        })
        .await
}

/// What tokens may do now, written out, in their order.
///
/// # Errors
/// When the store fails.
pub async fn effective_scopes(ctx: &Context, rows: &[TokenRow]) -> Result<Vec<Vec<String>>> {
    let rows = rows.to_vec();
    ctx.store
        .read(move |read| {
            let texts = rows.iter().map(|row| Ok(authz::effective_scopes(read, row)?.to_texts()));
            texts.collect::<Result<_>>()
        })
        .await
}

/// What the clients are called that the tokens were made through; one that is gone is not among them.
///
/// # Errors
/// When the store fails.
pub async fn client_names(ctx: &Context, rows: &[TokenRow]) -> Result<BTreeMap<String, String>> {
    let ids: BTreeSet<_> = rows.iter().filter_map(|row| row.client_id.clone()).collect();
    ctx.store
        .read(move |read| {
            let mut names = BTreeMap::new();
            for id in ids {
                let found = oauth_clients::find(read, &id)?;
                names.extend(
                    found.filter(|client| !client.description.is_empty()).map(|client| (id, client.description)),
                );
            }
            Ok(names)
        })
        .await
}

/// All tokens of a user that are still good, newest last.
///
/// # Errors
/// 404 for nobody.
pub async fn list(ctx: &Context, owner: &UserName) -> Result<Vec<TokenRow>> {
    let owner = owner.clone();
    ctx.store
        .read(move |read| {
            let user = find_user(read, &owner)?;
            let now = read.now();
            let all = tokens::list_by_owner(read, TokenOwner::User(user.id))?;
            Ok(all.into_iter().filter(|row| row.expires_at.is_none_or(|end| end > now)).collect())
        })
        .await
}

/// Revokes a token of a user. Of an OAuth token all of that user's for the same client go.
///
/// # Errors
/// 404 for one that is not there.
pub async fn delete(ctx: &Context, owner: &UserName, id: TokenId) -> Result<()> {
    let owner = owner.clone();
    ctx.store
        .write(move |tx| {
            let user = find_user(tx, &owner)?;
            let found = tokens::find_by_id(tx, id)?.filter(|row| row.owner == TokenOwner::User(user.id));
            let row = found.ok_or_else(|| missing(format!("a{id}"), &owner))?;
            tokens::delete(tx, id)?;
            if let Some(client) = row.client_id {
                tokens::delete_by_client_and_user(tx, &client, user.id)?;
            }
            tx.require_sync();
            Ok(())
        })
        .await
}

fn find_user(read: &Read<'_>, name: &UserName) -> Result<UserRow> {
    users::find_by_name(read, name)?.ok_or_else(|| Error::not_found(format!("No such user: {name}")))
}

/// That there is no such token, as JupyterHub says it.
pub fn missing(id: impl std::fmt::Display, owner: &UserName) -> Error {
    Error::not_found(format!("No such token {id} for user {owner}"))
}

/// The refusal of rights that whoever would hold them has not.
pub fn not_held(excess: &ScopeSet, holder: &str) -> Error {
    let excess = excess.to_texts().join(",");
    Error::invalid(format!("Not assigning requested scopes {excess} not held by {holder}"))
}

/// Scopes of a wish, or JupyterHub's words for the first that is none.
///
/// # Errors
/// 400.
pub fn read_scopes(wanted: &[String]) -> Result<ScopeSet> {
    ScopeSet::parse(wanted).map_err(|error| match error {
        ScopeError::Unknown(name) => Error::invalid(format!("Scope '{name}' for token does not exist")),
        error => Error::invalid(error.to_string()),
    })
}

fn checked_scopes(read: &Read<'_>, user: &UserRow, wanted: Option<&[String]>) -> Result<Vec<String>> {
    let Some(wanted) = wanted else {
        return Ok(vec![ScopeBase::Inherit.as_str().to_owned()]);
    };
    let asked = read_scopes(wanted)?;
    if asked.mentions(&ScopeBase::Inherit) {
        return Ok(asked.to_texts());
    }
    let held = owner_scopes(read, user)?;
    let members = Members::new(labdeck_store::tables::groups::list_memberships(read)?);
    let meant = expand(&resolve_owner(&asked, &Owner::user(user.name.clone())));
    let excess = meant.difference(&intersect(&meant, &held, &members));
    if excess.is_empty() { Ok(asked.to_texts()) } else { Err(not_held(&excess, &format!("User {}", user.name))) }
}
