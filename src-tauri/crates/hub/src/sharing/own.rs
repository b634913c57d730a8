//! Sharing by the pages: one's own servers, with names that are typed. Whoever owns a server may share it here, unless
//! the configuration says otherwise; the API asks for scopes, as JupyterHub does.

use std::time::Duration;

use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{ServerKey, Timestamp};
use labdeck_store::tables::shares::{self, Recipient, ShareRow, SharedWith};
use labdeck_store::tables::{share_codes, spawners};
use labdeck_store::{StoreError, Tx};

use super::codes::{CodeWish, create_code};
use super::grants::{Whom, get_recipient, give};
use super::scopes::{narrowed, require_held, words};
use crate::authz::{Caller, share_scopes};
use crate::context::Context;
use crate::error::{Error, Result};

/// What somebody shares and what is shared with them.
#[derive(Debug, Clone)]
pub struct Overview {
    /// What they share.
    pub given: Vec<SharedLine>,
    /// Their links.
    pub links: Vec<LinkLine>,
    /// What is shared with them.
    pub received: Vec<SharedLine>,
    /// Whether they may share at all.
    pub may_share: bool,
}

/// A share in words.
#[derive(Debug, Clone)]
pub struct SharedLine {
    /// The server.
    pub server: ServerKey,
    /// `user` or `group`.
    pub kind: &'static str,
    /// With whom.
    pub with: String,
    /// What it allows: `open it and work in it`.
    pub allows: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub ends: Option<Timestamp>,
}

/// A link in words.
#[derive(Debug, Clone)]
pub struct LinkLine {
    /// The server.
    pub server: ServerKey,
    /// Its id: `sc_1`.
    pub id: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when it can be followed.
    pub ends: Option<Timestamp>,
    /// How often it was.
    pub used: u64,
}

/// What somebody shares and what is shared with them.
///
/// # Errors
/// When the store fails.
pub async fn overview(ctx: &Context, caller: &Caller) -> Result<Overview> {
    let Some(user) = caller.user() else { return Err(Error::forbidden("Only people share servers.")) };
    let (id, key) = (user.id, ServerKey::default_of(user.name.clone()));
    let (given, links, received) = ctx
        .store
        .read(move |read| {
            let given = shares::list_by_owner(read, id)?;
            Ok::<_, StoreError>((given, share_codes::list_by_owner(read, id)?, shares::list_with_user(read, id)?))
        })
        .await?;
    let links = links.into_iter().map(|row| LinkLine {
        id: format!("sc_{}", row.id),
        server: row.server,
        since: row.created_at,
        ends: row.expires_at,
        used: row.exchange_count,
    });
    Ok(Overview {
        given: given.iter().map(line).collect(),
        links: links.collect(),
        received: received.iter().map(line).collect(),
        may_share: may_share(ctx, caller, &key),
    })
}

fn line(row: &ShareRow) -> SharedLine {
    let (kind, with) = match &row.with {
        SharedWith::User(_, name) => ("user", name.to_string()),
        SharedWith::Group(_, name) => ("group", name.to_string()),
    };
    let allows = words(&share_scopes(&row.scopes, &row.server)).join(", ");
    SharedLine { server: row.server.clone(), kind, with, allows, since: row.created_at, ends: row.expires_at }
}

pub(super) fn may_share(ctx: &Context, caller: &Caller, key: &ServerKey) -> bool {
    let is_own = caller.is(&key.user) && ctx.config.people_may_share;
    is_own || caller.may(&ScopeBase::Shares, Target::Server(key))
}

pub(super) fn require_sharing(ctx: &Context, caller: &Caller, key: &ServerKey) -> Result<()> {
    if may_share(ctx, caller, key) {
        return Ok(());
    }
    Err(Error::forbidden("People cannot share their servers on this hub. Ask the person who runs it."))
}

/// Shares a server of one's own with somebody.
///
/// # Errors
/// 403 where people may not share, 400 for nobody of that name or for oneself.
pub async fn share_own(
    ctx: &Context,
    caller: &Caller,
    key: &ServerKey,
    with: Whom,
    lifetime: Option<Duration>,
) -> Result<()> {
    require_sharing(ctx, caller, key)?;
    let scopes = narrowed(None, key)?;
    require_held(caller, &scopes, key)?;
    let (caller, key) = (caller.clone(), key.clone());
    ctx.store
        .write(move |tx| {
            let with = get_recipient(tx, &with)?;
            if caller.user().is_some_and(|user| with_is(with, user.id)) {
                return Err(Error::invalid("You can't share with yourself!"));
            }
            make_server(tx, &caller, &key)?;
            let server = super::grants::find_server(tx, &key)?;
            give(tx, &server, with, &scopes, lifetime).map(drop)
        })
        .await
}

fn with_is(with: Recipient, user: labdeck_model::UserId) -> bool {
    matches!(with, Recipient::User(id) if id == user)
}

/// Makes a link to a server of one's own. Answers its path.
///
/// # Errors
/// 403 where people may not share.
pub async fn link_own(ctx: &Context, caller: &Caller, key: &ServerKey, lifetime: Duration) -> Result<String> {
    require_sharing(ctx, caller, key)?;
    let (me, wanted) = (caller.clone(), key.clone());
    ctx.store.write(move |tx| make_server(tx, &me, &wanted)).await?;
    Ok(create_code(ctx, caller, key, CodeWish { scopes: None, lifetime }).await?.accept_url)
}

/// A default server is there from the first on, also where it was never started.
pub(super) fn make_server(tx: &mut Tx<'_>, caller: &Caller, key: &ServerKey) -> Result<()> {
    if let Some(user) = caller.user().filter(|user| key.server.is_default() && user.name == key.user) {
        spawners::upsert(tx, user.id, &key.server)?;
    }
    Ok(())
}
