//! The schema's history. Owns the list of migrations, the application id, and the way from an old schema to the
//! current one with a copy kept. A released migration is never edited; a test holds their hashes.

use std::path::Path;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::{StoreError, backup, files};

/// Marks a SQLite file as ours ("LabD"); SQLite keeps it in the file's header.
pub(crate) const APPLICATION_ID: u32 = 0x4c61_6244;

/// A schema: the migrations that lead to it. Its version is their number.
#[derive(Debug)]
pub(crate) struct Schema {
    steps: &'static [&'static str],
}

// === impl Schema ===

impl Schema {
    /// What this version of Labdeck uses.
    pub(crate) const CURRENT: Self = Self::new(&[
        include_str!("../migrations/0001_initial.sql"),
        include_str!("../migrations/0002_servers.sql"),
        include_str!("../migrations/0003_sharing.sql"),
    ]);

    pub(crate) const fn new(steps: &'static [&'static str]) -> Self {
        Self { steps }
    }

    /// The number that SQLite keeps in the file as `user_version`.
    pub(crate) fn version(&self) -> i64 {
        i64::try_from(self.steps.len()).unwrap_or(i64::MAX)
    }

    fn migrations(&self) -> Migrations<'static> {
        Migrations::new(self.steps.iter().map(|sql| M::up(sql)).collect())
    }
}

/// Makes the tables in an empty file and marks it as ours.
pub(crate) fn initialise(connection: &mut Connection, schema: &Schema) -> Result<(), StoreError> {
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    apply(connection, schema, 0)
}

/// The schema number of a file; refuses one that is newer than `schema`, or gone.
pub(crate) fn find_version(connection: &Connection, path: &Path, schema: &Schema) -> Result<i64, StoreError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = schema.version();
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    if found < 1 {
        // Only a file that was made whole is ever put in place, so this is no first start.
        return Err(StoreError::Damaged { path: path.to_owned(), detail: "its schema number is gone".to_owned() });
    }
    Ok(found)
}

/// Brings a database of schema `found` to `schema`; the copy `labdeck.sqlite.before-v<N>` is made first and kept.
pub(crate) fn update(connection: &mut Connection, path: &Path, schema: &Schema, found: i64) -> Result<(), StoreError> {
    let known = schema.version();
    if found == known {
        return Ok(());
    }
    let kept = files::beside(path, &format!(".before-v{known}"));
    backup::replace(connection, &kept)?;
    tracing::info!(from = found, to = known, copy = %kept.display(), "Updating the database; a copy was kept");
    apply(connection, schema, found)
}

/// All steps are one transaction; if one fails the database is where it was.
fn apply(connection: &mut Connection, schema: &Schema, from: i64) -> Result<(), StoreError> {
    schema.migrations().to_latest(connection).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, query: _ } if is_full(&err) => StoreError::DiskFull,
        other => StoreError::Migration { from, to: schema.version(), source: Box::new(other) },
    })
}

fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
}

#[cfg(test)]
mod tests;
