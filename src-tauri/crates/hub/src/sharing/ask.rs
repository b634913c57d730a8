//! Asking for access: somebody who may not open a server asks its owner, who says yes or no. One request for each pair
//! of person and server, for a week; a no holds the place as long, so that nobody asks over and over. Who asks learns
//! nothing from it: not whether there is such a person or server, and not of a no.

use std::time::Duration;

use labdeck_model::{Event, ServerKey, Timestamp};
use labdeck_store::Tx;
use labdeck_store::tables::access_requests::{self, AccessRequestRow};
use labdeck_store::tables::shares::Recipient;
use labdeck_store::tables::{spawners, users};

use super::grants::{find_server, give};
use super::own::{make_server, require_sharing};
use super::scopes::{narrowed, require_held};
use crate::authz::Caller;
use crate::context::Context;
use crate::error::{Error, Kind, Result};

/// How long a request stands.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);
/// Requests that one person may have open: enough for a whole lab, too few to bother a whole house.
const MOST_BY_ONE: usize = 20;
/// Requests that one person is shown; more come when these are answered.
const MOST_TO_ONE: usize = 50;
/// A word, no letter.
const MOST_WHY_CHARS: usize = 300;

/// Somebody asks.
#[derive(Debug, Clone)]
pub struct RequestLine {
    /// Its number.
    pub id: i64,
    /// Who.
    pub user: String,
    /// For which server.
    pub server: ServerKey,
    /// Why, in their words.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
}

/// What an owner says to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Share it, for so long.
    Allow(Option<Duration>),
    /// No.
    Decline,
}

/// Asks the owner of a server. The answer is the same where there is no such person or server, and where it was asked
/// before.
///
/// # Errors
/// 403 where people do not share, 400 for one's own server or one that is open already, 429 for too many requests.
pub async fn ask(ctx: &Context, caller: &Caller, key: &ServerKey, why: &str) -> Result<()> {
    let Some(user) = caller.user() else { return Err(Error::forbidden("Only people ask for servers.")) };
    if !ctx.config.people_may_share {
        return Err(Error::forbidden("People cannot share their servers on this hub. Ask the person who runs it."));
    }
    if caller.may_access(key) {
        return Err(Error::invalid("You can open this server already."));
    }
    let why: String = why.trim().chars().filter(|c| !c.is_control()).take(MOST_WHY_CHARS).collect();
    let (id, key) = (user.id, key.clone());
    ctx.store
        .write(move |tx| {
            // Before it is looked whom the request is for: the limit must not tell either.
            let mine = access_requests::list_by_user(tx, id)?;
            if mine.len() >= MOST_BY_ONE && mine.iter().all(|row| row.server != key) {
                let words = "You have asked for many servers. Wait until some of those requests are answered.";
                return Err(Error::new(Kind::Limited(Duration::from_secs(24 * 3600)), words));
            }
            let Some(owner) = users::find_by_name(tx, &key.user)? else { return Ok(()) };
            let is_there = key.server.is_default() || spawners::find_by_key(tx, &key)?.is_some();
            let is_full = access_requests::list_open(tx, owner.id)?.len() >= MOST_TO_ONE;
            let asked_before = access_requests::find(tx, id, owner.id, &key.server)?.is_some();
            if is_there && !is_full && !asked_before {
                let until = tx.now().after(LIFETIME);
                access_requests::create(tx, id, owner.id, &key.server, &why, until)?;
                tx.emit(Event::SharesChanged);
            }
            Ok(())
        })
        .await
}

/// Who asks this person.
///
/// # Errors
/// When the store fails.
pub async fn list_requests(ctx: &Context, caller: &Caller) -> Result<Vec<RequestLine>> {
    let Some(user) = caller.user() else { return Ok(Vec::new()) };
    let id = user.id;
    let rows = ctx.store.read(move |read| access_requests::list_open(read, id)).await?;
    let line = |AccessRequestRow { id, user, server, why, created_at, .. }| RequestLine {
        id,
        user: user.to_string(),
        server,
        why,
        since: created_at,
    };
    Ok(rows.into_iter().map(line).collect())
}

/// Answers a request. It is gone afterwards; a no is told to nobody.
///
/// # Errors
/// 404 for a request that is not there any more, 403 where people may not share.
pub async fn answer(ctx: &Context, caller: &Caller, id: i64, answer: Answer) -> Result<()> {
    let Some(user) = caller.user() else { return Err(Error::forbidden("Only people share servers.")) };
    require_sharing(ctx, caller, &ServerKey::default_of(user.name.clone()))?;
    let (caller, owner) = (caller.clone(), user.clone());
    ctx.store
        .write(move |tx| {
            let gone =
                || Error::not_found("This request is not there any more. It was answered, or its time was over.");
            let row = access_requests::find_open(tx, owner.id, id)?.ok_or_else(gone)?;
            match answer {
                Answer::Allow(lifetime) => allow(tx, &caller, &row, lifetime)?,
                Answer::Decline => access_requests::decline(tx, row.id)?,
            }
            tx.emit(Event::SharesChanged);
            Ok(())
        })
        .await
}

fn allow(tx: &mut Tx<'_>, caller: &Caller, row: &AccessRequestRow, lifetime: Option<Duration>) -> Result<()> {
    let scopes = narrowed(None, &row.server)?;
    require_held(caller, &scopes, &row.server)?;
    make_server(tx, caller, &row.server)?;
    let server = find_server(tx, &row.server)?;
    give(tx, &server, Recipient::User(row.user_id), &scopes, lifetime).map(drop)
}
