//! `share_codes`: links by which whoever has them gets a share. Holds hashes only. Called by the hub's shares.

use labdeck_model::{ServerKey, SpawnerId, Timestamp, UserId};
use rusqlite::{Row, named_params, params};

use crate::{Read, StoreError, TokenHash, Tx, row};

/// One share code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareCodeRow {
    /// Its number; the API shows it as `sc_1`.
    pub id: i64,
    /// The server's number.
    pub spawner_id: SpawnerId,
    /// The server.
    pub server: ServerKey,
    /// Its hash.
    pub hash: TokenHash,
    /// What the share that it gives may.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// How often it was used.
    pub exchange_count: u64,
    /// When it was last used.
    pub last_exchanged_at: Option<Timestamp>,
}

/// Codes that have not ended, with names. The first parameter is the present moment.
const SELECT: &str = "SELECT c.*, o.name AS owner_name, s.name AS server_name
    FROM share_codes c JOIN users o ON o.id = c.owner_id JOIN spawners s ON s.id = c.spawner_id
    WHERE (c.expires_at IS NULL OR c.expires_at > ?1)";

/// Keeps a code under its hash.
///
/// # Errors
/// [`StoreError::NotFound`] if there is no such server.
pub fn create(
    tx: &mut Tx<'_>,
    spawner: SpawnerId,
    hash: &TokenHash,
    scopes: &[String],
    expires_at: Option<Timestamp>,
) -> Result<ShareCodeRow, StoreError> {
    let now = tx.now().to_db();
    let id: Option<i64> = tx.returning_opt(
        "INSERT INTO share_codes (hashed, prefix, created_at, scopes, expires_at, owner_id, spawner_id)
         SELECT :hashed, :prefix, :now, :scopes, :expires, user_id, id FROM spawners WHERE id = :spawner RETURNING id",
        named_params! {
            ":hashed": hash.to_string(), ":prefix": hash.prefix(), ":now": now,
            ":scopes": row::to_json("share_codes.scopes", scopes)?,
            ":expires": expires_at.map(Timestamp::to_db), ":spawner": spawner.0,
        },
        |row| row.get(0),
    )?;
    let id = id.ok_or(StoreError::NotFound("server"))?;
    find_by_id(tx, id)?.ok_or(StoreError::NotFound("share code"))
}

/// The code of this number, unless it has ended.
pub fn find_by_id(r: &Read<'_>, id: i64) -> Result<Option<ShareCodeRow>, StoreError> {
    r.find(&format!("{SELECT} AND c.id = ?2"), params![r.now().to_db(), id], from_row)
}

/// The code that this text is, unless it has ended.
pub fn find_by_code(r: &Read<'_>, code: &str) -> Result<Option<ShareCodeRow>, StoreError> {
    if !TokenHash::is_plausible(code) {
        return Ok(None);
    }
    let params = params![r.now().to_db(), TokenHash::prefix_of(code)];
    let candidates = r.list(&format!("{SELECT} AND c.prefix = ?2"), params, from_row)?;
    Ok(candidates.into_iter().find(|row| row.hash.matches(code)))
}

/// All codes of a user's servers.
pub fn list_by_owner(r: &Read<'_>, owner: UserId) -> Result<Vec<ShareCodeRow>, StoreError> {
    r.list(&format!("{SELECT} AND c.owner_id = ?2 ORDER BY c.id"), params![r.now().to_db(), owner.0], from_row)
}

/// All codes of all servers.
pub fn list_all(r: &Read<'_>) -> Result<Vec<ShareCodeRow>, StoreError> {
    r.list(&format!("{SELECT} ORDER BY c.id"), params![r.now().to_db()], from_row)
}

/// All codes of a server.
pub fn list_for_server(r: &Read<'_>, spawner: SpawnerId) -> Result<Vec<ShareCodeRow>, StoreError> {
    r.list(&format!("{SELECT} AND c.spawner_id = ?2 ORDER BY c.id"), params![r.now().to_db(), spawner.0], from_row)
}

/// Counts one use.
pub fn mark_exchanged(tx: &mut Tx<'_>, id: i64) -> Result<(), StoreError> {
    let now = tx.now().to_db();
    let sql = "UPDATE share_codes SET exchange_count = exchange_count + 1, last_exchanged_at = ?2 WHERE id = ?1";
    tx.run(sql, params![id, now])?;
    Ok(())
}

/// Withdraws a code. Answers whether it existed.
pub fn delete(tx: &mut Tx<'_>, id: i64) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM share_codes WHERE id = ?1", [id])? > 0)
}

/// Withdraws all codes of a server. Answers how many.
pub fn delete_for_server(tx: &mut Tx<'_>, spawner: SpawnerId) -> Result<u64, StoreError> {
    tx.run("DELETE FROM share_codes WHERE spawner_id = ?1", [spawner.0])
}

/// Removes the codes that have ended. Answers how many.
pub fn purge_expired(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    let now = tx.now().to_db();
    tx.run("DELETE FROM share_codes WHERE expires_at <= ?1", [now])
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<ShareCodeRow> {
    let exchange_count: i64 = row.get("exchange_count")?;
    Ok(ShareCodeRow {
        id: row.get("id")?,
        spawner_id: SpawnerId(row.get("spawner_id")?),
        server: ServerKey::new(row::parsed(row, "owner_name")?, row::parsed(row, "server_name")?),
        hash: row::token_hash(row)?,
        scopes: row::json(row, "scopes")?,
        created_at: row::time(row, "created_at")?,
        expires_at: row::time_opt(row, "expires_at")?,
        exchange_count: u64::try_from(exchange_count).unwrap_or_default(),
        last_exchanged_at: row::time_opt(row, "last_exchanged_at")?,
    })
}
