//! `access_requests`: who asks to be let into whose server. One for each pair of person and server, open or declined,
//! until it has ended. Called by the hub's sharing.

use labdeck_model::{ServerKey, ServerName, Timestamp, UserId, UserName};
use rusqlite::{Row, params};

use crate::{Read, StoreError, Tx, row};

/// One request, with the names of those concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRequestRow {
    /// Its number.
    pub id: i64,
    /// Who asks.
    pub user_id: UserId,
    /// By name.
    pub user: UserName,
    /// For which server.
    pub server: ServerKey,
    /// Why, in their words.
    pub why: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when it stands.
    pub expires_at: Timestamp,
    /// Whether the owner said no.
    pub declined: bool,
}

/// Requests that have not ended, with names. The first parameter is the present moment.
const SELECT: &str = "SELECT a.*, u.name AS user_name, o.name AS owner_name
    FROM access_requests a JOIN users u ON u.id = a.user_id JOIN users o ON o.id = a.owner_id
    WHERE a.expires_at > ?1";

/// Asks, now. What stood there before and has ended makes room.
pub fn create(
    tx: &mut Tx<'_>,
    user: UserId,
    owner: UserId,
    server: &ServerName,
    why: &str,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let now = tx.now().to_db();
    let sql = "INSERT INTO access_requests (user_id, owner_id, server, why, created_at, expires_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (user_id, owner_id, server) DO UPDATE
               SET why = ?4, created_at = ?5, expires_at = ?6, declined = 0 WHERE expires_at <= ?5";
    tx.run(sql, params![user.0, owner.0, server.as_str(), why, now, expires_at.to_db()])?;
    Ok(())
}

/// The request of somebody for a server, open or declined.
pub fn find(
    r: &Read<'_>,
    user: UserId,
    owner: UserId,
    server: &ServerName,
) -> Result<Option<AccessRequestRow>, StoreError> {
    let sql = format!("{SELECT} AND a.user_id = ?2 AND a.owner_id = ?3 AND a.server = ?4");
    r.find(&sql, params![r.now().to_db(), user.0, owner.0, server.as_str()], from_row)
}

/// An open request to an owner by its number.
pub fn find_open(r: &Read<'_>, owner: UserId, id: i64) -> Result<Option<AccessRequestRow>, StoreError> {
    let sql = format!("{SELECT} AND a.owner_id = ?2 AND a.id = ?3 AND a.declined = 0");
    r.find(&sql, params![r.now().to_db(), owner.0, id], from_row)
}

/// The open requests to an owner, oldest first.
pub fn list_open(r: &Read<'_>, owner: UserId) -> Result<Vec<AccessRequestRow>, StoreError> {
    let sql = format!("{SELECT} AND a.owner_id = ?2 AND a.declined = 0 ORDER BY a.id");
    r.list(&sql, params![r.now().to_db(), owner.0], from_row)
}

/// What a user asked for, open or declined: the asker is not told which.
pub fn list_by_user(r: &Read<'_>, user: UserId) -> Result<Vec<AccessRequestRow>, StoreError> {
    let sql = format!("{SELECT} AND a.user_id = ?2 ORDER BY a.id");
    r.list(&sql, params![r.now().to_db(), user.0], from_row)
}

/// Marks a request as declined: it holds the place until it ends, so that nobody asks over and over.
pub fn decline(tx: &mut Tx<'_>, id: i64) -> Result<(), StoreError> {
    tx.run("UPDATE access_requests SET declined = 1 WHERE id = ?1", [id])?;
    Ok(())
}

/// Removes the request of somebody for a server. Answers whether there was one.
pub fn delete(tx: &mut Tx<'_>, user: UserId, owner: UserId, server: &ServerName) -> Result<bool, StoreError> {
    let sql = "DELETE FROM access_requests WHERE user_id = ?1 AND owner_id = ?2 AND server = ?3";
    Ok(tx.run(sql, params![user.0, owner.0, server.as_str()])? > 0)
}

/// Removes the requests that have ended. Answers how many.
pub fn purge_expired(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    let now = tx.now().to_db();
    tx.run("DELETE FROM access_requests WHERE expires_at <= ?1", [now])
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<AccessRequestRow> {
    Ok(AccessRequestRow {
        id: row.get("id")?,
        user_id: UserId(row.get("user_id")?),
        user: row::parsed(row, "user_name")?,
        server: ServerKey::new(row::parsed(row, "owner_name")?, row::parsed(row, "server")?),
        why: row.get("why")?,
        created_at: row::time(row, "created_at")?,
        expires_at: row::time(row, "expires_at")?,
        declined: row.get("declined")?,
    })
}
