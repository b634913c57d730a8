//! `settings`: what the hub remembers about itself, one JSON value per key. Called by whoever owns the key.

use rusqlite::params;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Read, StoreError, Tx, row};

/// The value of a key, if it was ever set.
///
/// # Errors
/// [`StoreError::Value`] if what is stored is no `T`.
pub fn find<T: DeserializeOwned>(r: &Read<'_>, key: &str) -> Result<Option<T>, StoreError> {
    let text = r.find("SELECT value FROM settings WHERE key = ?1", [key], |row| row.get::<_, String>(0))?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| StoreError::value(&format!("settings.{key}"), error)))
        .transpose()
}

/// Sets the value of a key.
pub fn set(tx: &mut Tx<'_>, key: &str, value: &(impl Serialize + ?Sized)) -> Result<(), StoreError> {
    let value = row::to_json(&format!("settings.{key}"), value)?;
    tx.run(
        "INSERT INTO settings (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        params![key, value],
    )?;
    Ok(())
}

/// Forgets a key. Answers whether it was set.
pub fn delete(tx: &mut Tx<'_>, key: &str) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM settings WHERE key = ?1", [key])? > 0)
}
