//! `visits`: who looked into whose server. Called by the OAuth provider when somebody enters another's server, and
//! by the page that shows it to the owner.

use labdeck_model::{ServerName, Timestamp, UserId, UserName};
use rusqlite::{Row, params};

use crate::{Read, StoreError, Tx, row};

/// One visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitRow {
    /// Who came, by name: their account may be gone.
    pub visitor: UserName,
    /// Whose server it was.
    pub user: UserName,
    /// Which one.
    pub server: ServerName,
    /// When.
    pub at: Timestamp,
}

/// Visits with the owners' names, newest first.
const SELECT: &str = "SELECT v.visitor, u.name AS user, v.server, v.at FROM visits v JOIN users u ON u.id = v.owner_id";

/// Notes a visit, now.
pub fn add(tx: &mut Tx<'_>, visitor: &UserName, owner: UserId, server: &ServerName) -> Result<(), StoreError> {
    let now = tx.now().to_db();
    let sql = "INSERT INTO visits (visitor, owner_id, server, at) VALUES (?1, ?2, ?3, ?4)";
    tx.run(sql, params![visitor.as_str(), owner.0, server.as_str(), now])?;
    Ok(())
}

/// The latest visits to a user's servers, newest first.
pub fn list_for_owner(r: &Read<'_>, owner: UserId, limit: u32) -> Result<Vec<VisitRow>, StoreError> {
    r.list(&format!("{SELECT} WHERE v.owner_id = ?1 ORDER BY v.id DESC LIMIT ?2"), params![owner.0, limit], from_row)
}

/// The latest visits to anybody's servers, newest first.
pub fn list_all(r: &Read<'_>, limit: u32) -> Result<Vec<VisitRow>, StoreError> {
    r.list(&format!("{SELECT} ORDER BY v.id DESC LIMIT ?1"), [limit], from_row)
}

/// Forgets visits from before a moment. Answers how many.
pub fn purge_before(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    tx.run("DELETE FROM visits WHERE at < ?1", [before.to_db()])
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<VisitRow> {
    Ok(VisitRow {
        visitor: row::parsed(row, "visitor")?,
        user: row::parsed(row, "user")?,
        server: row::parsed(row, "server")?,
        at: row::time(row, "at")?,
    })
}
