//! Copies and checks of a whole database. Owns SQLite's online backup and its integrity check; used at opening,
//! before a migration, and for copies that somebody asks for.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use crate::{StoreError, files};

/// Below this size the thorough check (which also compares indexes with tables) takes well under a second.
const THOROUGH_LIMIT_BYTES: u64 = 64 << 20;

/// Refuses a database whose pages do not fit together.
pub(crate) fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let size_bytes = std::fs::metadata(path).map_or(0, |meta| meta.len());
    let pragma = if size_bytes <= THOROUGH_LIMIT_BYTES { "PRAGMA integrity_check(1)" } else { "PRAGMA quick_check(1)" };
    let verdict: String = connection.query_row(pragma, [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(StoreError::Damaged { path: path.to_owned(), detail: verdict }) }
}

/// Copies the database to a new file of mode 0600.
pub(crate) fn copy(connection: &Connection, target: &Path) -> Result<(), StoreError> {
    files::create_private(target)?;
    let copied = fill(connection, target);
    if copied.is_err() {
        files::remove_if_there(target)?;
    }
    copied
}

/// Like [`copy`], in the place of an older copy; half a copy never stands there.
pub(crate) fn replace(connection: &Connection, target: &Path) -> Result<(), StoreError> {
    let part = files::beside(target, ".part");
    files::remove_if_there(&part)?;
    copy(connection, &part)?;
    files::put_in_place(&part, target)
}

fn fill(connection: &Connection, target: &Path) -> Result<(), StoreError> {
    let mut copy = Connection::open(target)?;
    Backup::new(connection, &mut copy)?.run_to_completion(1024, Duration::ZERO, None)?;
    copy.close().map_err(|(_, error)| StoreError::from(error))
}
