//! Choosing another password, knowing the old one or being the lead.

use std::net::{IpAddr, Ipv4Addr};

use labdeck_auth::password;
use labdeck_auth::{LoginAttempt, Outcome};
use labdeck_model::{Secret, SessionId, UserId};
use labdeck_store::tables::{credentials, invitations, oauth_codes, sessions, tokens};
use labdeck_store::{StoreError, Tx};

use crate::authz::Caller;
use crate::context::Context;
use crate::error::{Error, Kind, Result};

/// Sets a new password for the caller, who shows the old one, and ends their other sessions.
///
/// # Errors
/// 403 for a wrong old password; 400 with the rule that the new one breaks.
pub async fn change_password(ctx: &Context, caller: &Caller, old: &str, new: &str) -> Result<()> {
    let Some(user) = caller.user().cloned() else { return Err(Error::forbidden("Only people have passwords.")) };
    // Asked as at sign-in, so that guessing is held up here as there.
    let peer =
        caller.session().and_then(|session| session.peer.parse().ok()).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    match ctx.authenticator.authenticate(LoginAttempt::new(user.name.as_str(), old, peer)).await {
        Ok(Outcome::Accepted(name)) if name == user.name => {}
        Ok(Outcome::Accepted(_) | Outcome::Denied) => return Err(Error::forbidden("The old password is not right.")),
        Ok(Outcome::Limited { retry_after }) => {
            return Err(Error::new(Kind::Limited(retry_after), "That was tried too often. Wait a moment."));
        }
        Err(error) => return Err(Error::internal("checking a password").caused_by(error)),
    }
    let keep = caller.session().map(|session| session.id);
    set_checked(ctx, &user, new, keep).await
}

/// Sets a password without asking for the old one; ends all sessions of the user.
///
/// # Errors
/// 400 with the rule that the password breaks.
pub async fn set_password(ctx: &Context, user: &labdeck_store::tables::users::UserRow, new: &str) -> Result<()> {
    set_checked(ctx, user, new, None).await
}

async fn set_checked(
    ctx: &Context,
    user: &labdeck_store::tables::users::UserRow,
    new: &str,
    keep: Option<labdeck_model::SessionId>,
) -> Result<()> {
    password::check_rules(new, &user.name).map_err(|rule| Error::invalid(rule.to_string()))?;
    let hashed = password::hash(Secret::new(new.to_owned()))
        .await
        .map_err(|error| Error::internal("hashing a password").caused_by(error))?;
    let id = user.id;
    ctx.store
        .write(move |tx| {
            credentials::set(tx, id, &hashed)?;
            end_access(tx, id, keep)?;
            tx.require_sync();
            Ok(())
        })
        .await
}

/// Ends everything that somebody who knew the old password may still have: sessions, what servers and services got
/// through them, and links by which a password could be chosen.
pub(super) fn end_access(tx: &mut Tx<'_>, user: UserId, keep: Option<SessionId>) -> Result<(), StoreError> {
    for session in sessions::list_for_user(tx, user)? {
        if Some(session.id) == keep {
            continue;
        }
        tokens::delete_by_session(tx, &session.oauth_session_id)?;
        oauth_codes::delete_by_session(tx, &session.oauth_session_id)?;
        sessions::delete(tx, session.id)?;
    }
    invitations::delete_for_user(tx, user)?;
    Ok(())
}
