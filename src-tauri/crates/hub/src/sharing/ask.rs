//! Asking for access: somebody who may not open a server asks its owner, who says yes or no. One request for each pair
//! of person and server, for a week; a no holds the place as long, so that nobody asks over and over. Who asks learns
//! nothing from it: not whether there is such a person or server, and not of a no.

use std::time::Duration;

use labdeck_model::{Event, ServerKey, ServerName, Timestamp, UserId};
use labdeck_store::Tx;
use labdeck_store::tables::access_requests::{self, AccessRequestRow};
use labdeck_store::tables::shares::Recipient;
use labdeck_store::tables::{spawners, users};

use super::attempts::{Attempt, HELD, MOST_BY_ONE};
use super::grants::{find_server, give};
use super::own::{make_server, may_share, require_sharing};
use super::scopes::{narrowed, require_held};
use crate::authz::Caller;
use crate::context::Context;
use crate::error::{Error, Kind, Result};

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

/// Asks the owner of a server: of that name, or else of their default one, as addresses below `user/` are read. The
/// answer is the same where there is no such person, and where it was asked before.
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
    let (id, why, now) = (user.id, in_sight(why), ctx.clock.now());
    let attempt = ctx.attempts.note(id, key, now, |key| caller.may_access(key));
    if attempt == Attempt::Refused {
        let words = "You have asked for many servers. Wait until some of those requests are answered.";
        return Err(Error::new(Kind::Limited(Duration::from_secs(24 * 3600)), words));
    }
    let (caller, key) = (caller.clone(), key.clone());
    ctx.store
        .write(move |tx| {
            let made = request(tx, &caller, id, &key, &why)?;
            // Also where there is nobody: events are numbered, and a number left out would tell.
            if made || attempt == Attempt::First {
                tx.emit(Event::AccessRequestsChanged { user: key.user });
            }
            Ok(())
        })
        .await
}

/// Makes a request where there is room for it. Answers whether.
fn request(tx: &mut Tx<'_>, caller: &Caller, id: UserId, key: &ServerKey, why: &str) -> Result<bool> {
    let Some(owner) = users::find_by_name(tx, &key.user)? else { return Ok(false) };
    let mut key = key.clone();
    if spawners::find_by_key(tx, &key)?.is_none() {
        key.server = ServerName::default_server();
    }
    // Neither limit is told: of attempts there is one that is the same for all names.
    let is_full = access_requests::list_by_user(tx, id)?.len() >= MOST_BY_ONE
        || access_requests::list_open(tx, owner.id)?.len() >= MOST_TO_ONE;
    let asked_before = access_requests::find(tx, id, owner.id, &key.server)?.is_some();
    if is_full || asked_before || caller.may_access(&key) {
        return Ok(false);
    }
    let until = tx.now().after(HELD);
    access_requests::create(tx, id, owner.id, &key.server, why, until)?;
    Ok(true)
}

/// Words without what nobody sees and what turns the rest of a line around.
fn in_sight(why: &str) -> String {
    let is_hidden = |c: char| {
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
            || c.is_control()
    };
    let seen: String = why.chars().filter(|c| !is_hidden(*c)).collect();
    seen.trim().chars().take(MOST_WHY_CHARS).collect()
}

/// Who asks this person: nobody, where they could not answer.
///
/// # Errors
/// When the store fails.
pub async fn list_requests(ctx: &Context, caller: &Caller) -> Result<Vec<RequestLine>> {
    let Some(user) = caller.user() else { return Ok(Vec::new()) };
    if !may_share(ctx, caller, &ServerKey::default_of(user.name.clone())) {
        return Ok(Vec::new());
    }
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
            tx.emit(Event::AccessRequestsChanged { user: owner.name });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_not_kept() {
        assert_eq!(in_sight(" \u{feff}a\u{202e}b\u{200b}\n c\u{2066}\u{2069}\u{200f} "), "ab c");
        assert_eq!(in_sight(&"é".repeat(400)).chars().count(), MOST_WHY_CHARS);
    }
}
