//! `credentials`: password hashes, as the authenticator made them. Called by the hub's vault for the authenticator.

use labdeck_model::{Timestamp, UserId};
use rusqlite::{Row, params};

use crate::{Read, StoreError, Tx, row};

/// The password of one user.
#[derive(Clone, PartialEq, Eq)]
pub struct CredentialRow {
    /// Whose.
    pub user_id: UserId,
    /// The hash in PHC form (`$argon2id$…`).
    pub hash: String,
    /// When it was set.
    pub changed_at: Timestamp,
}

/// The password hash of a user, if one was set.
pub fn find(r: &Read<'_>, user: UserId) -> Result<Option<CredentialRow>, StoreError> {
    r.find("SELECT * FROM credentials WHERE user_id = ?1", [user.0], from_row)
}

/// Sets the password hash of a user. Sessions and links are the caller's to end, in the same transaction.
pub fn set(tx: &mut Tx<'_>, user: UserId, hash: &str) -> Result<(), StoreError> {
    let now = tx.now().to_db();
    let sql = "INSERT INTO credentials (user_id, hash, changed_at) VALUES (?1, ?2, ?3)
               ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at";
    tx.run(sql, params![user.0, hash, now])?;
    Ok(())
}

/// Takes the password of a user. Answers whether they had one.
pub fn delete(tx: &mut Tx<'_>, user: UserId) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM credentials WHERE user_id = ?1", [user.0])? > 0)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<CredentialRow> {
    Ok(CredentialRow {
        user_id: UserId(row.get("user_id")?),
        hash: row.get("hash")?,
        changed_at: row::time(row, "changed_at")?,
    })
}

impl std::fmt::Debug for CredentialRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredentialRow")
            .field("user_id", &self.user_id)
            .field("changed_at", &self.changed_at)
            .finish_non_exhaustive()
    }
}
