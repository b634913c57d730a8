//! `tickets`: links that open one page in the system browser, signed in, once. Holds hashes only. Called by the hub's
//! `session`. A used ticket is kept until it would have ended, so that a second use can be noticed.

use labdeck_model::{SessionId, Timestamp, UserId};
use rusqlite::{Row, named_params, params};

use super::sessions::Rights;
use crate::{Read, SecretHash, StoreError, Tx, row};

/// One ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRow {
    /// Its number.
    pub id: i64,
    /// Who is signed in by it.
    pub user_id: UserId,
    /// The path that it opens.
    pub path: String,
    /// What its session may do.
    pub rights: Rights,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The session that it made.
    pub session_id: Option<SessionId>,
}

/// What became of a ticket that somebody showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// It was good, and is used up now. Make the session and note it with [`set_session`] in the same transaction.
    First(TicketRow),
    /// It was used before: somebody else may have seen the link. The session that it made must end.
    Again(TicketRow),
    /// There is none of this hash, or it ended unused.
    Unknown,
}

/// Keeps a ticket under the hash of its secret.
pub fn create(
    tx: &mut Tx<'_>,
    hash: &SecretHash,
    user: UserId,
    path: &str,
    rights: &Rights,
    expires_at: Timestamp,
) -> Result<TicketRow, StoreError> {
    let now = tx.now().to_db();
    tx.returning(
        "INSERT INTO tickets (hashed, user_id, path, rights, created, expires_at)
         VALUES (:hashed, :user, :path, :rights, :now, :expires) RETURNING *",
        named_params! {
            ":hashed": hash.as_str(), ":user": user.0, ":path": path,
            ":rights": row::to_json("tickets.rights", rights)?, ":now": now, ":expires": expires_at.to_db(),
        },
        from_row,
    )
}

/// Uses a ticket up, or tells that it was used before.
pub fn take(tx: &mut Tx<'_>, hash: &SecretHash) -> Result<Shown, StoreError> {
    let now = tx.now().to_db();
    let sql = "UPDATE tickets SET used_at = ?2 WHERE hashed = ?1 AND used_at IS NULL AND expires_at > ?2 RETURNING *";
    if let Some(ticket) = tx.returning_opt(sql, params![hash.as_str(), now], from_row)? {
        return Ok(Shown::First(ticket));
    }
    let used = "SELECT * FROM tickets WHERE hashed = ?1 AND used_at IS NOT NULL";
    Ok(tx.find(used, [hash.as_str()], from_row)?.map_or(Shown::Unknown, Shown::Again))
}

/// Notes which session a ticket made.
pub fn set_session(tx: &mut Tx<'_>, id: i64, session: SessionId) -> Result<(), StoreError> {
    tx.run("UPDATE tickets SET session_id = ?2 WHERE id = ?1", params![id, session.0])?;
    Ok(())
}

/// The tickets of a user that can still be used.
pub fn list_valid_for_user(r: &Read<'_>, user: UserId) -> Result<Vec<TicketRow>, StoreError> {
    let sql = "SELECT * FROM tickets WHERE user_id = ?1 AND used_at IS NULL AND expires_at > ?2 ORDER BY id";
    r.list(sql, params![user.0, r.now().to_db()], from_row)
}

/// Withdraws all tickets of a user. Answers how many.
pub fn delete_for_user(tx: &mut Tx<'_>, user: UserId) -> Result<u64, StoreError> {
    tx.run("DELETE FROM tickets WHERE user_id = ?1", [user.0])
}

/// Removes tickets that ended before `before`. As long as they are kept, a second use is noticed. Answers how many.
pub fn purge_expired(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    tx.run("DELETE FROM tickets WHERE expires_at <= ?1", [before.to_db()])
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<TicketRow> {
    Ok(TicketRow {
        id: row.get("id")?,
        user_id: UserId(row.get("user_id")?),
        path: row.get("path")?,
        rights: row::json(row, "rights")?,
        expires_at: row::time(row, "expires_at")?,
        session_id: row.get::<_, Option<i64>>("session_id")?.map(SessionId),
    })
}
