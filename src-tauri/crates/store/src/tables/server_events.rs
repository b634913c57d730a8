//! `server_events`: the history of each server in sentences. Called by the hub's server history.

use labdeck_model::{ServerEntry, SpawnerId};
use rusqlite::{Row, params};

use crate::{Read, StoreError, Tx, row};

/// Writes one line down, now.
pub fn add(tx: &mut Tx<'_>, server: SpawnerId, kind: &str, message: &str) -> Result<ServerEntry, StoreError> {
    let at = tx.now();
    let sql = "INSERT INTO server_events (spawner_id, at, kind, message) VALUES (?1, ?2, ?3, ?4) RETURNING *";
    tx.find(sql, params![server.0, at.to_db(), kind, message], from_row)?.ok_or(StoreError::NotFound("server event"))
}

/// The latest lines of a server, newest first.
pub fn list(r: &Read<'_>, server: SpawnerId, limit: u32) -> Result<Vec<ServerEntry>, StoreError> {
    let sql = "SELECT * FROM server_events WHERE spawner_id = ?1 ORDER BY id DESC LIMIT ?2";
    r.list(sql, params![server.0, limit], from_row)
}

/// Forgets all but the latest lines of each server. Answers how many.
pub fn purge(tx: &mut Tx<'_>, keep: u32) -> Result<u64, StoreError> {
    tx.run(
        "DELETE FROM server_events WHERE id IN (SELECT id FROM
           (SELECT id, row_number() OVER (PARTITION BY spawner_id ORDER BY id DESC) AS age FROM server_events) WHERE age > ?1)",
        [keep],
    )
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<ServerEntry> {
    Ok(ServerEntry {
        id: row.get("id")?,
        at: row::time(row, "at")?,
        kind: row.get("kind")?,
        message: row.get("message")?,
    })
}
