//! `sizes`: named limits that people may choose. At most one is the default. Called by the hub's resources.

use labdeck_model::Size;
use rusqlite::{Row, named_params};

use crate::{Read, StoreError, Tx, row};

/// The size of this name.
pub fn find(r: &Read<'_>, name: &str) -> Result<Option<Size>, StoreError> {
    r.find("SELECT * FROM sizes WHERE name = ?1", [name], from_row)
}

/// The size that is chosen where nobody chose; `None` leaves it to the stack.
pub fn find_default(r: &Read<'_>) -> Result<Option<Size>, StoreError> {
    r.find("SELECT * FROM sizes WHERE is_default = 1", [], from_row)
}

/// All sizes, in the order in which they were added.
pub fn list(r: &Read<'_>) -> Result<Vec<Size>, StoreError> {
    r.list("SELECT * FROM sizes ORDER BY id", [], from_row)
}

/// Adds a size, or changes the one of this name. A default one takes that place from the one before; one that is not
/// offered is never the default.
pub fn upsert(tx: &mut Tx<'_>, size: &Size) -> Result<Size, StoreError> {
    let is_default = size.is_default && size.offered;
    if is_default {
        tx.run("UPDATE sizes SET is_default = 0 WHERE is_default = 1", [])?;
    }
    tx.run(
        "INSERT INTO sizes (name, display_name, limits, offered, is_default, group_names)
         VALUES (:name, :display_name, :limits, :offered, :is_default, :groups)
         ON CONFLICT (name) DO UPDATE SET display_name = excluded.display_name, limits = excluded.limits,
           offered = excluded.offered, is_default = excluded.is_default, group_names = excluded.group_names",
        named_params! {
            ":name": size.name, ":display_name": size.display_name, ":offered": size.offered,
            ":is_default": is_default, ":limits": row::to_json("sizes.limits", &size.limits)?,
            ":groups": row::to_json("sizes.group_names", &size.groups)?,
        },
    )?;
    find(tx, &size.name)?.ok_or(StoreError::NotFound("size"))
}

/// Removes a size. Answers whether it existed.
pub fn delete(tx: &mut Tx<'_>, name: &str) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM sizes WHERE name = ?1", [name])? > 0)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Size> {
    Ok(Size {
        name: row.get("name")?,
        display_name: row.get("display_name")?,
        limits: row::json(row, "limits")?,
        offered: row.get("offered")?,
        is_default: row.get("is_default")?,
        groups: row::json(row, "group_names")?,
    })
}
