//! `session_names`: under which names servers know their visitors' sessions since somebody was shut out. Called by the
//! hub's sharing, and when a route is added.

use std::collections::HashMap;

use labdeck_model::SpawnerId;
use rusqlite::{Row, params};

use crate::{Read, StoreError, Tx, row};

/// The names of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionNamesRow {
    /// How often they were renewed.
    pub number: u64,
    /// What is appended to every session that is not known.
    pub mark: String,
    /// Sessions that stay as they were, with the name of each.
    pub known: HashMap<String, String>,
}

/// The names of a server, if they were ever renewed.
pub fn find(r: &Read<'_>, spawner: SpawnerId) -> Result<Option<SessionNamesRow>, StoreError> {
    r.find("SELECT * FROM session_names WHERE spawner_id = ?1", [spawner.0], from_row)
}

/// Sets the names of a server.
pub fn set(tx: &mut Tx<'_>, spawner: SpawnerId, names: &SessionNamesRow) -> Result<(), StoreError> {
    let known = row::to_json("session_names.known", &names.known)?;
    let number = i64::try_from(names.number).unwrap_or(i64::MAX);
    let sql = "INSERT INTO session_names (spawner_id, number, mark, known) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (spawner_id) DO UPDATE SET number = ?2, mark = ?3, known = ?4";
    tx.run(sql, params![spawner.0, number, names.mark, known])?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<SessionNamesRow> {
    let number: i64 = row.get("number")?;
    Ok(SessionNamesRow {
        number: u64::try_from(number).unwrap_or_default(),
        mark: row.get("mark")?,
        known: row::json(row, "known")?,
    })
}
