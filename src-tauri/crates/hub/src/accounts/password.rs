//! Choosing another password, knowing the old one or being the lead.

use labdeck_auth::password::{self, Verified};
use labdeck_model::Secret;
use labdeck_store::tables::{credentials, sessions};

use crate::authz::Caller;
use crate::context::Context;
use crate::error::{Error, Result};

/// Sets a new password for the caller, who shows the old one, and ends their other sessions.
///
/// # Errors
/// 403 for a wrong old password; 400 with the rule that the new one breaks.
pub async fn change_password(ctx: &Context, caller: &Caller, old: &str, new: &str) -> Result<()> {
    let Some(user) = caller.user().cloned() else { return Err(Error::forbidden("Only people have passwords.")) };
    let id = user.id;
    let stored = ctx.store.read(move |read| Ok::<_, Error>(credentials::find(read, id)?)).await?;
    let stored = stored.ok_or_else(|| Error::conflict("This account has no password yet. Ask for a sign-in link."))?;
    let verified = password::verify(Secret::new(old.to_owned()), stored.hash)
        .await
        .map_err(|error| Error::internal("checking a password").caused_by(error))?;
    if verified == Verified::Wrong {
        return Err(Error::forbidden("The old password is not right."));
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
            match keep {
                Some(session) => sessions::delete_others(tx, id, session)?,
                None => sessions::delete_for_user(tx, id)?,
            };
            tx.require_sync();
            Ok(())
        })
        .await
}
