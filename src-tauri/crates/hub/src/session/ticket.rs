//! Tickets: a link that opens one page in the lead's own browser, already signed in, once, within half a minute.
//! The session that it makes has only the rights of that page. A ticket that is shown twice was seen by somebody
//! else too (addresses are visible in the process list): it ends the session that it made.

use std::time::Duration;

use labdeck_model::{ServerKey, Timestamp};
use labdeck_store::tables::sessions::{self, Rights, SessionRow};
use labdeck_store::tables::tickets::{self, Shown};
use labdeck_store::tables::tokens;
use labdeck_store::tables::users::{self, UserRow};
use labdeck_store::{SecretHash, Store, generate_secret};

use crate::error::{Error, Result};

/// How long a ticket is good: a browser that has to start first takes some seconds.
pub const TICKET_LIFETIME: Duration = Duration::from_secs(30);

/// What a ticket opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TicketTarget {
    /// A server, at a path below its own.
    Server {
        /// Which.
        key: ServerKey,
        /// The page.
        path: String,
    },
    /// A page of the hub, with the rights of an ordinary user.
    Hub {
        /// The page.
        path: String,
    },
}

// === impl TicketTarget ===

impl TicketTarget {
    /// The page.
    pub fn path(&self) -> &str {
        match self {
            Self::Server { path, .. } | Self::Hub { path } => path,
        }
    }

    fn rights(&self, base_url: &str) -> Rights {
        match self {
            Self::Server { key, .. } => Rights::Page { path: key.path_below(base_url) },
            Self::Hub { .. } => Rights::Page { path: format!("{base_url}hub/") },
        }
    }
}

/// Makes a ticket for a user; answers its secret and end.
///
/// # Errors
/// When the store fails.
pub async fn issue(
    store: &Store,
    user: &UserRow,
    target: &TicketTarget,
    base_url: &str,
) -> Result<(String, Timestamp)> {
    let secret = generate_secret();
    let (hash, user) = (SecretHash::of(secret.expose()), user.id);
    let (path, rights) = (target.path().to_owned(), target.rights(base_url));
    let end = store
        .write(move |tx| {
            let end = tx.now().after(TICKET_LIFETIME);
            tickets::create(tx, &hash, user, &path, &rights, end)?;
            Ok::<_, Error>(end)
        })
        .await?;
    Ok((secret.expose().clone(), end))
}

/// Takes a ticket: who it is for, where it leads and with which rights.
///
/// # Errors
/// 404 for a ticket that was shown before, has ended or never was.
pub async fn redeem(store: &Store, secret: &str) -> Result<(i64, UserRow, String, Rights)> {
    let gone = || Error::not_found("This link was used already or has ended. Open the page from the window again.");
    let hash = SecretHash::of(secret);
    let taken = store
        .write(move |tx| match tickets::take(tx, &hash)? {
            Shown::First(row) => {
                let user = users::find_by_id(tx, row.user_id)?;
                Ok::<_, Error>(user.map(|user| (row.id, user, row.path, row.rights)))
            }
            Shown::Again(row) => {
                if let Some(session) = row.session_id {
                    end_session(tx, session)?;
                }
                tracing::warn!("A ticket was shown twice; the session it made was ended");
                Ok(None)
            }
            Shown::Unknown => Ok(None),
        })
        .await?;
    taken.ok_or_else(gone)
}

/// Notes which session a ticket made, so that a second showing can end it.
///
/// # Errors
/// When the store fails.
pub async fn note_session(store: &Store, ticket: i64, session: &SessionRow) -> Result<()> {
    let id = session.id;
    store.write(move |tx| Ok(tickets::set_session(tx, ticket, id)?)).await
}

fn end_session(tx: &mut labdeck_store::Tx<'_>, id: labdeck_model::SessionId) -> Result<()> {
    let found = sessions::find_by_id(tx, id)?;
    if let Some(session) = found {
        tokens::delete_by_session(tx, &session.oauth_session_id)?;
    }
    sessions::delete(tx, id)?;
    tx.require_sync();
    Ok(())
}
