//! The sessions of a user as the account page shows and ends them, and the note that one was used.

use std::time::Duration;

use labdeck_model::{SessionId, UserId};
use labdeck_store::StoreError;
use labdeck_store::tables::sessions::{self, Rights, SessionRow};

use super::login::log_out;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::tasks;

/// The use of a session is written down this often at the most: its end lies days ahead, minutes do not count.
const USE_RESOLUTION: Duration = Duration::from_secs(300);

/// The page that a session is limited to, with the slash at its end; `None` for one with all rights of its user.
pub fn page_of(session: &SessionRow) -> Option<&str> {
    match &session.rights {
        Rights::Full => None,
        Rights::Page { path } => Some(path),
    }
}

/// The sessions of a user that have not ended, newest use first.
///
/// # Errors
/// When the store fails.
pub async fn list_sessions(ctx: &Context, user: UserId) -> Result<Vec<SessionRow>> {
    ctx.store.read(move |read| Ok(sessions::list_for_user(read, user)?)).await
}

/// Ends one session of a user, with the tokens that came from it.
///
/// # Errors
/// 404 for a session that is not this user's.
pub async fn end_session(ctx: &Context, user: UserId, id: SessionId) -> Result<()> {
    let mine = list_sessions(ctx, user).await?;
    let found = mine.into_iter().find(|session| session.id == id);
    let session = found.ok_or_else(|| Error::not_found("This browser is signed out already."))?;
    log_out(ctx, &session).await
}

/// Ends all sessions of a user but one.
///
/// # Errors
/// When the store fails.
pub async fn end_other_sessions(ctx: &Context, user: UserId, keep: SessionId) -> Result<()> {
    for session in list_sessions(ctx, user).await? {
        if session.id != keep {
            log_out(ctx, &session).await?;
        }
    }
    Ok(())
}

/// Notes that a session was used, which moves its end: every few minutes at most, off the request's path.
pub fn note_session_use(ctx: &Context, session: &SessionRow) {
    let now = ctx.clock.now();
    if now.since(session.last_seen) < USE_RESOLUTION {
        return;
    }
    let (store, id) = (ctx.store.clone(), session.id);
    let end = now.after(ctx.config.cookie_max_age).min(session.absolute_expires_at);
    drop(tasks::spawn("accounts.note_session_use", async move {
        let noted: Result<(), StoreError> = store.write(move |tx| sessions::touch(tx, id, end)).await;
        if let Err(error) = noted {
            tracing::debug!(%error, "Could not note the use of a session");
        }
    }));
}
