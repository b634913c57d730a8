//! `folders`: what servers mount beside their homes. Called by the hub's homes.

use labdeck_model::{Folder, FolderAudience};
use rusqlite::{Row, named_params};

use crate::{Read, StoreError, Tx, row};

/// The folder of this name.
pub fn find(r: &Read<'_>, name: &str) -> Result<Option<Folder>, StoreError> {
    r.find("SELECT * FROM folders WHERE name = ?1", [name], from_row)
}

/// All folders, by name.
pub fn list(r: &Read<'_>) -> Result<Vec<Folder>, StoreError> {
    r.list("SELECT * FROM folders ORDER BY name", [], from_row)
}

/// Adds a folder, or changes the one of this name.
///
/// # Errors
/// [`StoreError::Duplicate`] if another folder is mounted at the same place.
pub fn upsert(tx: &mut Tx<'_>, folder: &Folder) -> Result<(), StoreError> {
    tx.run(
        "INSERT INTO folders (name, display_name, host_path, target, writable, audience)
         VALUES (:name, :display_name, :host_path, :target, :writable, :audience)
         ON CONFLICT (name) DO UPDATE SET display_name = excluded.display_name, host_path = excluded.host_path,
           target = excluded.target, writable = excluded.writable, audience = excluded.audience",
        named_params! {
            ":name": folder.name, ":display_name": folder.display_name, ":host_path": folder.host_path,
            ":target": folder.target, ":writable": folder.writable,
            ":audience": row::to_json("folders.audience", &folder.audience)?,
        },
    )?;
    Ok(())
}

/// Takes a user out of all audiences: who comes later under the same name is somebody else. Answers whether any had it.
pub fn forget_user(tx: &mut Tx<'_>, name: &str) -> Result<bool, StoreError> {
    let mut any = false;
    for mut folder in list(tx)? {
        let FolderAudience::Users { users } = &mut folder.audience else { continue };
        let before = users.len();
        users.retain(|user| user != name);
        if users.len() < before {
            upsert(tx, &folder)?;
            any = true;
        }
    }
    Ok(any)
}

/// Removes a folder from the list; its files stay. Answers whether it existed.
pub fn delete(tx: &mut Tx<'_>, name: &str) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM folders WHERE name = ?1", [name])? > 0)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Folder> {
    Ok(Folder {
        name: row.get("name")?,
        display_name: row.get("display_name")?,
        host_path: row.get("host_path")?,
        target: row.get("target")?,
        writable: row.get("writable")?,
        audience: row::json(row, "audience")?,
    })
}
