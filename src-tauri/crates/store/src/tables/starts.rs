//! `starts`: how long starts took and how they ended, from which the usual time is learnt. Called by the hub's
//! lifecycle through its ports.

use std::time::Duration;

use labdeck_model::{SpawnerId, Timestamp};
use rusqlite::{Row, named_params, params};

use crate::{Read, StoreError, Tx, row};

/// One start that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartRow {
    /// Which server; `None` once it is deleted.
    pub spawner_id: Option<SpawnerId>,
    /// Which spawner ran it.
    pub spawner_kind: String,
    /// Which stack.
    pub stack: Option<String>,
    /// When it was asked for.
    pub begun: Timestamp,
    /// `ready`, `failed` or `cancelled`.
    pub outcome: String,
    /// The failure's stable word.
    pub failure_kind: Option<String>,
    /// How long it waited for its turn.
    pub queued: Duration,
    /// How long its image was fetched.
    pub fetched: Duration,
    /// The rest: from its turn to its end, without the fetch.
    pub started: Duration,
}

/// Writes one down.
pub fn add(tx: &mut Tx<'_>, start: &StartRow) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO starts (spawner_id, spawner_kind, stack, begun, outcome, failure_kind, queued_ms, fetched_ms, started_ms)
         VALUES (:spawner, :kind, :stack, :begun, :outcome, :failure, :queued, :fetched, :started)",
        named_params! {
            ":spawner": start.spawner_id.map(|id| id.0), ":kind": start.spawner_kind, ":stack": start.stack,
            ":begun": start.begun.to_db(), ":outcome": start.outcome, ":failure": start.failure_kind,
            ":queued": millis(start.queued), ":fetched": millis(start.fetched), ":started": millis(start.started),
        },
    )?;
    Ok(())
}

/// The latest starts of a stack on a spawner that ended well, newest first.
pub fn list_good(r: &Read<'_>, kind: &str, stack: Option<&str>, limit: u32) -> Result<Vec<StartRow>, StoreError> {
    let sql =
        "SELECT * FROM starts WHERE spawner_kind = ?1 AND stack IS ?2 AND outcome = 'ready' ORDER BY id DESC LIMIT ?3";
    r.list(sql, params![kind, stack, limit], from_row)
}

/// Every spawner and stack of which a start is known.
pub fn list_pairs(r: &Read<'_>) -> Result<Vec<(String, Option<String>)>, StoreError> {
    let pair = |row: &Row<'_>| Ok((row.get("spawner_kind")?, row.get("stack")?));
    r.list("SELECT DISTINCT spawner_kind, stack FROM starts", [], pair)
}

/// The latest starts of one server, newest first.
pub fn list_for_server(r: &Read<'_>, server: SpawnerId, limit: u32) -> Result<Vec<StartRow>, StoreError> {
    let sql = "SELECT * FROM starts WHERE spawner_id = ?1 ORDER BY id DESC LIMIT ?2";
    r.list(sql, params![server.0, limit], from_row)
}

/// Forgets all but the latest. Answers how many.
pub fn purge(tx: &mut Tx<'_>, keep: u32) -> Result<u64, StoreError> {
    tx.run("DELETE FROM starts WHERE id NOT IN (SELECT id FROM starts ORDER BY id DESC LIMIT ?1)", [keep])
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<StartRow> {
    let time = |column: &str| {
        let millis: i64 = row.get(column)?;
        Ok::<_, rusqlite::Error>(Duration::from_millis(u64::try_from(millis).unwrap_or_default()))
    };
    Ok(StartRow {
        spawner_id: row.get::<_, Option<i64>>("spawner_id")?.map(SpawnerId),
        spawner_kind: row.get("spawner_kind")?,
        stack: row.get("stack")?,
        begun: row::time(row, "begun")?,
        outcome: row.get("outcome")?,
        failure_kind: row.get("failure_kind")?,
        queued: time("queued_ms")?,
        fetched: time("fetched_ms")?,
        started: time("started_ms")?,
    })
}
