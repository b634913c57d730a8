//! `kept_homes`: homes whose server was deleted, kept as they were or as a file. Called by the hub's homes.

use labdeck_model::Timestamp;
use rusqlite::{Row, named_params, params};

use crate::{Read, StoreError, Tx, row};

/// One home that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptHomeRow {
    /// Its number.
    pub id: i64,
    /// Whose driver has it, or had it.
    pub spawner_kind: String,
    /// Its name there.
    pub home: String,
    /// Whose it was.
    pub user_name: String,
    /// Which server's.
    pub server_name: String,
    /// Since when it is kept.
    pub kept_at: Timestamp,
    /// The archive's file below the data folder; `None` while the home itself is kept.
    pub archive: Option<String>,
    /// How much it holds, where that was measured.
    pub bytes: Option<u64>,
}

/// All of them, newest first.
pub fn list(r: &Read<'_>) -> Result<Vec<KeptHomeRow>, StoreError> {
    r.list("SELECT * FROM kept_homes ORDER BY id DESC", [], from_row)
}

/// The one of this number.
pub fn find(r: &Read<'_>, id: i64) -> Result<Option<KeptHomeRow>, StoreError> {
    r.find("SELECT * FROM kept_homes WHERE id = ?1", [id], from_row)
}

/// Writes one down, now; its `id` and `kept_at` count for nothing.
pub fn add(tx: &mut Tx<'_>, kept: &KeptHomeRow) -> Result<(), StoreError> {
    let now = tx.now().to_db();
    tx.run(
        "INSERT INTO kept_homes (spawner_kind, home, user_name, server_name, kept_at, archive, bytes)
         VALUES (:kind, :home, :user, :server, :now, :archive, :bytes)
         ON CONFLICT (spawner_kind, home) DO UPDATE SET archive = excluded.archive, bytes = excluded.bytes",
        named_params! {
            ":kind": kept.spawner_kind, ":home": kept.home, ":user": kept.user_name, ":server": kept.server_name,
            ":now": now, ":archive": kept.archive, ":bytes": kept.bytes.and_then(|bytes| i64::try_from(bytes).ok()),
        },
    )?;
    Ok(())
}

/// Forgets one. Answers whether it existed.
pub fn delete(tx: &mut Tx<'_>, id: i64) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM kept_homes WHERE id = ?1", params![id])? > 0)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<KeptHomeRow> {
    Ok(KeptHomeRow {
        id: row.get("id")?,
        spawner_kind: row.get("spawner_kind")?,
        home: row.get("home")?,
        user_name: row.get("user_name")?,
        server_name: row.get("server_name")?,
        kept_at: row::time(row, "kept_at")?,
        archive: row.get("archive")?,
        bytes: row.get::<_, Option<i64>>("bytes")?.and_then(|bytes| u64::try_from(bytes).ok()),
    })
}
