//! `stacks`: what people may run. Owns the rule that exactly one of the offered stacks is the default, which every
//! function here keeps. Called by the hub's stacks.

use labdeck_model::Stack;
use rusqlite::{Row, named_params};

use crate::{Read, StoreError, Tx, row};

/// The stack of this name.
pub fn find(r: &Read<'_>, name: &str) -> Result<Option<Stack>, StoreError> {
    r.find("SELECT * FROM stacks WHERE name = ?1", [name], from_row)
}

/// The stack that is chosen where nobody chose; `None` while none is offered.
pub fn find_default(r: &Read<'_>) -> Result<Option<Stack>, StoreError> {
    r.find("SELECT * FROM stacks WHERE is_default = 1", [], from_row)
}

/// All stacks, in the order in which they were added.
pub fn list(r: &Read<'_>) -> Result<Vec<Stack>, StoreError> {
    r.list("SELECT * FROM stacks ORDER BY id", [], from_row)
}

/// Adds a stack, or changes the one of this name, and answers what it is now: a default stack takes that place from
/// the one before; the first offered stack is the default whatever it says; the default that is no longer offered or
/// no longer wants to be passes the place on.
pub fn upsert(tx: &mut Tx<'_>, stack: &Stack) -> Result<Stack, StoreError> {
    let wants_default = stack.is_default && stack.offered;
    if wants_default {
        tx.run("UPDATE stacks SET is_default = 0 WHERE is_default = 1", [])?;
    }
    tx.run(
        "INSERT INTO stacks (name, display_name, description, image, offered, is_default, limits)
         VALUES (:name, :display_name, :description, :image, :offered, :is_default, :limits)
         ON CONFLICT (name) DO UPDATE SET display_name = excluded.display_name, description = excluded.description,
           image = excluded.image, offered = excluded.offered, is_default = excluded.is_default, limits = excluded.limits",
        named_params! {
            ":name": stack.name, ":display_name": stack.display_name, ":description": stack.description,
            ":image": stack.image.as_str(), ":offered": stack.offered, ":is_default": wants_default,
            ":limits": row::to_json("stacks.limits", &stack.limits)?,
        },
    )?;
    fill_default(tx)?;
    find(tx, &stack.name)?.ok_or(StoreError::NotFound("stack"))
}

/// Makes a stack the default.
///
/// # Errors
/// [`StoreError::NotFound`] if there is no offered stack of this name; the default is as it was.
pub fn set_default(tx: &mut Tx<'_>, name: &str) -> Result<(), StoreError> {
    let offered = find(tx, name)?.is_some_and(|stack| stack.offered);
    if !offered {
        return Err(StoreError::NotFound("offered stack"));
    }
    tx.run("UPDATE stacks SET is_default = 0 WHERE is_default = 1", [])?;
    tx.run("UPDATE stacks SET is_default = 1 WHERE name = ?1", [name])?;
    Ok(())
}

/// Removes a stack; if it was the default, the oldest offered one becomes it. Answers whether it existed.
pub fn delete(tx: &mut Tx<'_>, name: &str) -> Result<bool, StoreError> {
    let existed = tx.run("DELETE FROM stacks WHERE name = ?1", [name])? > 0;
    fill_default(tx)?;
    Ok(existed)
}

/// Where no stack is the default, the oldest offered one becomes it.
fn fill_default(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    tx.run(
        "UPDATE stacks SET is_default = 1 WHERE id = (SELECT min(id) FROM stacks WHERE offered = 1)
         AND NOT EXISTS (SELECT 1 FROM stacks WHERE is_default = 1)",
        [],
    )?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Stack> {
    Ok(Stack {
        name: row.get("name")?,
        display_name: row.get("display_name")?,
        description: row.get("description")?,
        image: row::image(row, "image")?,
        offered: row.get("offered")?,
        is_default: row.get("is_default")?,
        limits: row::json(row, "limits")?,
    })
}
