//! Columns to values: names, times and JSON out of text columns. Owns the conversion and its error; every
//! `from_row` of `tables` uses it, so that a bad value is reported with its column and never guessed at.

use std::error::Error;
use std::str::FromStr;

use labdeck_model::{ImageRef, Timestamp, UserId};
use rusqlite::Row;
use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{StoreError, TokenHash};

type Boxed = Box<dyn Error + Send + Sync>;

/// A name, image reference or word.
pub(crate) fn parsed<T>(row: &Row<'_>, column: &str) -> rusqlite::Result<T>
where
    T: FromStr,
    T::Err: Into<Boxed>,
{
    convert(row, column, row.get::<_, String>(column)?.parse::<T>())
}

/// A moment.
pub(crate) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    convert(row, column, Timestamp::from_db(&row.get::<_, String>(column)?))
}

/// A moment, or none.
pub(crate) fn time_opt(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| convert(row, column, Timestamp::from_db(&text))).transpose()
}

/// A JSON value.
pub(crate) fn json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    convert(row, column, serde_json::from_str(&row.get::<_, String>(column)?))
}

/// A JSON value, or none.
pub(crate) fn json_opt<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| convert(row, column, serde_json::from_str(&text))).transpose()
}

/// The text that [`json`] reads; `what` names it in the error.
pub(crate) fn to_json(what: &str, value: &(impl Serialize + ?Sized)) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|source| StoreError::value(what, source))
}

/// The numbers of users as `json_each` reads them: one statement for any count.
pub(crate) fn ids(users: &[UserId]) -> Result<String, StoreError> {
    let numbers: Vec<_> = users.iter().map(|id| id.0).collect();
    to_json("users.id", &numbers)
}

/// [`to_json`] for what may be absent.
pub(crate) fn to_json_opt(what: &str, value: Option<&(impl Serialize + ?Sized)>) -> Result<Option<String>, StoreError> {
    value.map(|value| to_json(what, value)).transpose()
}

fn convert<T, E: Into<Boxed>>(row: &Row<'_>, column: &str, result: Result<T, E>) -> rusqlite::Result<T> {
    result.map_err(|error| {
        let index = row.as_ref().column_index(column).unwrap_or_default();
        let error: Boxed = format!("column {column}: {}", error.into()).into();
        rusqlite::Error::FromSqlConversionFailure(index, Type::Text, error)
    })
}

/// The columns `hashed` and `prefix`.
pub(crate) fn token_hash(row: &Row<'_>) -> rusqlite::Result<TokenHash> {
    let (hashed, prefix): (String, String) = (row.get("hashed")?, row.get("prefix")?);
    convert(row, "hashed", TokenHash::parse(&hashed, &prefix))
}

/// A hash without its prefix; empty text is none.
pub(crate) fn token_hash_opt(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<TokenHash>> {
    let hashed: String = row.get(column)?;
    if hashed.is_empty() {
        return Ok(None);
    }
    convert(row, column, TokenHash::parse(&hashed, "")).map(Some)
}

/// An image's name.
pub(crate) fn image(row: &Row<'_>, column: &str) -> rusqlite::Result<ImageRef> {
    convert(row, column, ImageRef::parse(&row.get::<_, String>(column)?))
}
