//! `sessions`: browsers that signed in. Holds the hash of the cookie's secret. Called by the hub's `session`, which
//! also decides for how long they hold.

use labdeck_model::{SessionId, Timestamp, UserId};
use rusqlite::{Row, named_params, params};
use serde::{Deserialize, Serialize};

use crate::{Read, SecretHash, StoreError, Tx, row};

/// One browser that signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Its number.
    pub id: SessionId,
    /// What servers see of it: the value of the cookie `jupyterhub-session-id`, compared with `/user`'s answer. Tokens
    /// that come from this session carry it. It opens nothing by itself.
    pub oauth_session_id: String,
    /// Who signed in.
    pub user_id: UserId,
    /// When.
    pub created: Timestamp,
    /// When it was last used.
    pub last_seen: Timestamp,
    /// When it ends if it is not used until then.
    pub expires_at: Timestamp,
    /// When it ends in any case.
    pub absolute_expires_at: Timestamp,
    /// What it may do.
    pub rights: Rights,
    /// The browser's address when it signed in.
    pub peer: String,
    /// How the browser calls itself.
    pub user_agent: String,
    /// Whether a ticket opened it, not a password.
    pub made_by_ticket: bool,
}

/// What a session, or the ticket that opens one, may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Rights {
    /// All that its user may.
    Full,
    /// Open the pages below one path, nothing else.
    Page {
        /// The path, with the slash at its end: `/user/ada/`.
        path: String,
    },
}

/// A session to be added.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The hash of the cookie's secret.
    pub hash: SecretHash,
    /// What servers see of it.
    pub oauth_session_id: String,
    /// Who signed in.
    pub user_id: UserId,
    /// When it ends if it is not used until then.
    pub expires_at: Timestamp,
    /// When it ends in any case.
    pub absolute_expires_at: Timestamp,
    /// What it may do.
    pub rights: Rights,
    /// The browser's address.
    pub peer: String,
    /// How the browser calls itself.
    pub user_agent: String,
    /// Whether a ticket opens it.
    pub made_by_ticket: bool,
}

/// Adds a session.
pub fn create(tx: &mut Tx<'_>, new: &NewSession) -> Result<SessionRow, StoreError> {
    let now = tx.now().to_db();
    tx.returning(
        "INSERT INTO sessions (hashed, oauth_session_id, user_id, created, last_seen, expires_at, absolute_expires_at,
                               rights, peer, user_agent, made_by_ticket)
         VALUES (:hashed, :oauth, :user, :now, :now, :expires, :absolute, :rights, :peer, :agent, :ticket) RETURNING *",
        named_params! {
            ":hashed": new.hash.as_str(), ":oauth": new.oauth_session_id, ":user": new.user_id.0, ":now": now,
            ":expires": new.expires_at.to_db(), ":absolute": new.absolute_expires_at.to_db(),
            ":rights": row::to_json("sessions.rights", &new.rights)?,
            ":peer": new.peer, ":agent": new.user_agent, ":ticket": new.made_by_ticket,
        },
        from_row,
    )
}

/// The session whose cookie has this hash, unless it has ended.
pub fn find_by_hash(r: &Read<'_>, hash: &SecretHash) -> Result<Option<SessionRow>, StoreError> {
    let sql = "SELECT * FROM sessions WHERE hashed = ?1 AND expires_at > ?2 AND absolute_expires_at > ?2";
    r.find(sql, params![hash.as_str(), r.now().to_db()], from_row)
}

/// The session of this number, unless it has ended.
pub fn find_by_id(r: &Read<'_>, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
    let sql = "SELECT * FROM sessions WHERE id = ?1 AND expires_at > ?2 AND absolute_expires_at > ?2";
    r.find(sql, params![id.0, r.now().to_db()], from_row)
}

/// The session that servers see as `oauth_session_id`, unless it has ended.
pub fn find_by_oauth_session_id(r: &Read<'_>, oauth_session_id: &str) -> Result<Option<SessionRow>, StoreError> {
    let sql = "SELECT * FROM sessions WHERE oauth_session_id = ?1 AND expires_at > ?2 AND absolute_expires_at > ?2";
    r.find(sql, params![oauth_session_id, r.now().to_db()], from_row)
}

/// The sessions of a user that have not ended, newest use first.
pub fn list_for_user(r: &Read<'_>, user: UserId) -> Result<Vec<SessionRow>, StoreError> {
    let sql = "SELECT * FROM sessions WHERE user_id = ?1 AND expires_at > ?2 AND absolute_expires_at > ?2
               ORDER BY last_seen DESC, id";
    r.list(sql, params![user.0, r.now().to_db()], from_row)
}

/// Notes that the session was used now, and moves its end to `expires_at`.
pub fn touch(tx: &mut Tx<'_>, id: SessionId, expires_at: Timestamp) -> Result<(), StoreError> {
    let now = tx.now().to_db();
    let sql = "UPDATE sessions SET last_seen = max(last_seen, ?2), expires_at = max(expires_at, ?3) WHERE id = ?1";
    tx.run(sql, params![id.0, now, expires_at.to_db()])?;
    Ok(())
}

/// Ends a session. The tokens that came from it are [`super::tokens::delete_by_session`]'s. Answers whether it existed.
pub fn delete(tx: &mut Tx<'_>, id: SessionId) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM sessions WHERE id = ?1", [id.0])? > 0)
}

/// Ends all sessions of a user. Answers how many.
pub fn delete_for_user(tx: &mut Tx<'_>, user: UserId) -> Result<u64, StoreError> {
    tx.run("DELETE FROM sessions WHERE user_id = ?1", [user.0])
}

/// Ends all sessions of a user but the one they are acting in. Answers how many.
pub fn delete_others(tx: &mut Tx<'_>, user: UserId, keep: SessionId) -> Result<u64, StoreError> {
    tx.run("DELETE FROM sessions WHERE user_id = ?1 AND id <> ?2", params![user.0, keep.0])
}

/// Removes the sessions that have ended. Answers how many.
pub fn purge_expired(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    let now = tx.now().to_db();
    tx.run("DELETE FROM sessions WHERE expires_at <= ?1 OR absolute_expires_at <= ?1", [now])
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<SessionRow> {
    Ok(SessionRow {
        id: SessionId(row.get("id")?),
        oauth_session_id: row.get("oauth_session_id")?,
        user_id: UserId(row.get("user_id")?),
        created: row::time(row, "created")?,
        last_seen: row::time(row, "last_seen")?,
        expires_at: row::time(row, "expires_at")?,
        absolute_expires_at: row::time(row, "absolute_expires_at")?,
        rights: row::json(row, "rights")?,
        peer: row.get("peer")?,
        user_agent: row.get("user_agent")?,
        made_by_ticket: row.get("made_by_ticket")?,
    })
}
