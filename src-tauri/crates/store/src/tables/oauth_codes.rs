//! `oauth_codes`: promises of a token, good once and briefly. Holds hashes only. Called by the OAuth provider.

use labdeck_model::{Timestamp, UserId};
use rusqlite::{Row, named_params};

use crate::{SecretHash, StoreError, Tx, row};

/// One code, as it was promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRow {
    /// The client that it was given to.
    pub client_id: String,
    /// Whose token it becomes.
    pub user_id: UserId,
    /// Where it was sent to; the exchange must name the same.
    pub redirect_uri: String,
    /// The browser session that it came from (`sessions.oauth_session_id`).
    pub session_id: String,
    /// What the token may do.
    pub scopes: Vec<String>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// PKCE (RFC 7636, 4.3), where the client uses it.
    pub challenge: Option<CodeChallenge>,
}

/// What a client committed itself to when it asked for the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeChallenge {
    /// The challenge.
    pub value: String,
    /// How it was made: `S256` or `plain`.
    pub method: String,
}

/// Keeps a promise under the hash of its code.
pub fn create(tx: &mut Tx<'_>, hash: &SecretHash, code: &CodeRow) -> Result<(), StoreError> {
    let challenge = code.challenge.as_ref();
    tx.run(
        "INSERT INTO oauth_codes
           (client_id, code, expires_at, redirect_uri, session_id, user_id, scopes, code_challenge, code_challenge_method)
         VALUES (:client, :code, :expires, :redirect, :session, :user, :scopes, :challenge, :method)",
        named_params! {
            ":client": code.client_id, ":code": hash.as_str(), ":expires": code.expires_at.to_db(),
            ":redirect": code.redirect_uri, ":session": code.session_id, ":user": code.user_id.0,
            ":scopes": row::to_json("oauth_codes.scopes", &code.scopes)?,
            ":challenge": challenge.map(|c| &c.value), ":method": challenge.map(|c| &c.method),
        },
    )?;
    Ok(())
}

/// Takes the promise: it is gone, whatever becomes of it. `None` if there is none or it has ended.
pub fn take(tx: &mut Tx<'_>, hash: &SecretHash) -> Result<Option<CodeRow>, StoreError> {
    let now = tx.now();
    let taken = tx.returning_opt("DELETE FROM oauth_codes WHERE code = ?1 RETURNING *", [hash.as_str()], from_row)?;
    Ok(taken.filter(|code| code.expires_at > now))
}

/// Withdraws the promises that came from one browser session. Answers how many.
pub fn delete_by_session(tx: &mut Tx<'_>, oauth_session_id: &str) -> Result<u64, StoreError> {
    tx.run("DELETE FROM oauth_codes WHERE session_id = ?1", [oauth_session_id])
}

/// Removes the codes that have ended. Answers how many.
pub fn purge_expired(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    let now = tx.now().to_db();
    tx.run("DELETE FROM oauth_codes WHERE expires_at <= ?1", [now])
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<CodeRow> {
    let challenge: Option<String> = row.get("code_challenge")?;
    let method: Option<String> = row.get("code_challenge_method")?;
    Ok(CodeRow {
        client_id: row.get("client_id")?,
        user_id: UserId(row.get("user_id")?),
        redirect_uri: row.get("redirect_uri")?,
        session_id: row.get("session_id")?,
        scopes: row::json(row, "scopes")?,
        expires_at: row::time(row, "expires_at")?,
        // RFC 7636, 4.3: a challenge without a method is `plain`.
        challenge: challenge.map(|value| CodeChallenge { value, method: method.unwrap_or_else(|| "plain".to_owned()) }),
    })
}
