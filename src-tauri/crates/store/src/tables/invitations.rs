//! `invitations`: links by which somebody chooses a password, once. Holds hashes only. Called by the hub's accounts.

use labdeck_model::{Timestamp, UserId};
use rusqlite::{Row, params};

use crate::{Read, SecretHash, StoreError, Tx, row};

/// One link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationRow {
    /// Its number.
    pub id: i64,
    /// Whose password it sets.
    pub user_id: UserId,
    /// For whom it is meant.
    pub kind: InvitationKind,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// For whom a link is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationKind {
    /// Somebody new.
    Invitation,
    /// Somebody who cannot get in any more.
    SignIn,
}

/// A word that is no kind of invitation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no kind of invitation")]
pub struct InvitationKindError(String);

/// Keeps a link under the hash of its secret.
pub fn create(
    tx: &mut Tx<'_>,
    hash: &SecretHash,
    user: UserId,
    kind: InvitationKind,
    expires_at: Timestamp,
) -> Result<InvitationRow, StoreError> {
    let now = tx.now().to_db();
    tx.returning(
        "INSERT INTO invitations (hashed, user_id, kind, created, expires_at) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING *",
        params![hash.as_str(), user.0, kind.as_str(), now, expires_at.to_db()],
        from_row,
    )
}

/// The link of this hash, unless it was used or has ended.
pub fn find_valid(r: &Read<'_>, hash: &SecretHash) -> Result<Option<InvitationRow>, StoreError> {
    let sql = "SELECT * FROM invitations WHERE hashed = ?1 AND used_at IS NULL AND expires_at > ?2";
    r.find(sql, params![hash.as_str(), r.now().to_db()], from_row)
}

/// The links of a user that can still be used, newest first.
pub fn list_valid_for_user(r: &Read<'_>, user: UserId) -> Result<Vec<InvitationRow>, StoreError> {
    let sql = "SELECT * FROM invitations WHERE user_id = ?1 AND used_at IS NULL AND expires_at > ?2 ORDER BY id DESC";
    r.list(sql, params![user.0, r.now().to_db()], from_row)
}

/// Uses a link up. Answers whether it was still good: of two who use it at once, one is told `true`.
pub fn mark_used(tx: &mut Tx<'_>, id: i64) -> Result<bool, StoreError> {
    let now = tx.now().to_db();
    let sql = "UPDATE invitations SET used_at = ?2 WHERE id = ?1 AND used_at IS NULL AND expires_at > ?2";
    Ok(tx.run(sql, params![id, now])? > 0)
}

/// Withdraws all links of a user. Answers how many.
pub fn delete_for_user(tx: &mut Tx<'_>, user: UserId) -> Result<u64, StoreError> {
    tx.run("DELETE FROM invitations WHERE user_id = ?1", [user.0])
}

/// Removes the links that were used or have ended. Answers how many.
pub fn purge_expired(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    let now = tx.now().to_db();
    tx.run("DELETE FROM invitations WHERE used_at IS NOT NULL OR expires_at <= ?1", [now])
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<InvitationRow> {
    Ok(InvitationRow {
        id: row.get("id")?,
        user_id: UserId(row.get("user_id")?),
        kind: row::parsed(row, "kind")?,
        created: row::time(row, "created")?,
        expires_at: row::time(row, "expires_at")?,
    })
}

// === impl InvitationKind ===

impl InvitationKind {
    /// The column's word, which the API shows too.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::SignIn => "sign_in",
        }
    }
}

impl std::str::FromStr for InvitationKind {
    type Err = InvitationKindError;
    fn from_str(text: &str) -> Result<Self, InvitationKindError> {
        match text {
            "invitation" => Ok(Self::Invitation),
            "sign_in" => Ok(Self::SignIn),
            other => Err(InvitationKindError(other.to_owned())),
        }
    }
}
