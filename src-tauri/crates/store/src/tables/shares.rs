//! `shares`: servers that their owners opened to a user or a group. Called by the hub's shares and authorisation.

use labdeck_model::{GroupId, GroupName, ServerKey, SpawnerId, Timestamp, UserId, UserName};
use rusqlite::{Row, named_params, params};

use crate::{Read, StoreError, Tx, row};

/// One share, with the names of those concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareRow {
    /// Its number.
    pub id: i64,
    /// The server's number.
    pub spawner_id: SpawnerId,
    /// The server.
    pub server: ServerKey,
    /// Who may.
    pub with: SharedWith,
    /// What they may; each scope is filtered to this server.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// Who may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedWith {
    /// A user.
    User(UserId, UserName),
    /// All users of a group.
    Group(GroupId, GroupName),
}

/// To whom a share is given or from whom it is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    /// A user.
    User(UserId),
    /// A group.
    Group(GroupId),
}

/// Shares that have not ended, with names. The first parameter is the present moment.
const SELECT: &str =
    "SELECT h.*, o.name AS owner_name, s.name AS server_name, u.name AS user_name, g.name AS group_name
    FROM shares h JOIN users o ON o.id = h.owner_id JOIN spawners s ON s.id = h.spawner_id
    LEFT JOIN users u ON u.id = h.user_id LEFT JOIN groups g ON g.id = h.group_id
    WHERE (h.expires_at IS NULL OR h.expires_at > ?1)";

/// The share of a server with somebody.
pub fn find(r: &Read<'_>, spawner: SpawnerId, with: Recipient) -> Result<Option<ShareRow>, StoreError> {
    let (user, group) = with.columns();
    let sql = format!("{SELECT} AND h.spawner_id = ?2 AND h.user_id IS ?3 AND h.group_id IS ?4");
    r.find(&sql, params![r.now().to_db(), spawner.0, user, group], from_row)
}

/// All shares of a server.
pub fn list_for_server(r: &Read<'_>, spawner: SpawnerId) -> Result<Vec<ShareRow>, StoreError> {
    r.list(&format!("{SELECT} AND h.spawner_id = ?2 ORDER BY h.id"), params![r.now().to_db(), spawner.0], from_row)
}

/// All shares of a user's servers.
pub fn list_by_owner(r: &Read<'_>, owner: UserId) -> Result<Vec<ShareRow>, StoreError> {
    r.list(&format!("{SELECT} AND h.owner_id = ?2 ORDER BY h.id"), params![r.now().to_db(), owner.0], from_row)
}

/// All that is shared with a user, directly and through groups.
pub fn list_with_user(r: &Read<'_>, user: UserId) -> Result<Vec<ShareRow>, StoreError> {
    let sql = format!(
        "{SELECT} AND (h.user_id = ?2 OR h.group_id IN (SELECT group_id FROM user_group_map WHERE user_id = ?2)) ORDER BY h.id"
    );
    r.list(&sql, params![r.now().to_db(), user.0], from_row)
}

/// All that is shared with a group.
pub fn list_with_group(r: &Read<'_>, group: GroupId) -> Result<Vec<ShareRow>, StoreError> {
    r.list(&format!("{SELECT} AND h.group_id = ?2 ORDER BY h.id"), params![r.now().to_db(), group.0], from_row)
}

/// Shares a server, or sets the scopes of the share that there is. No scopes left means no share: then `None`.
pub fn set(
    tx: &mut Tx<'_>,
    spawner: SpawnerId,
    with: Recipient,
    scopes: &[String],
    expires_at: Option<Timestamp>,
) -> Result<Option<ShareRow>, StoreError> {
    if scopes.is_empty() {
        delete(tx, spawner, with)?;
        return Ok(None);
    }
    let (user, group) = with.columns();
    let (now, scopes) = (tx.now().to_db(), row::to_json("shares.scopes", scopes)?);
    let ended = "DELETE FROM shares WHERE spawner_id = ?1 AND expires_at <= ?2";
    tx.run(ended, params![spawner.0, now])?;
    let expires = expires_at.map(Timestamp::to_db);
    let known =
        "UPDATE shares SET scopes = ?4, expires_at = ?5 WHERE spawner_id = ?1 AND user_id IS ?2 AND group_id IS ?3";
    if tx.run(known, params![spawner.0, user, group, scopes, expires])? > 0 {
        return find(tx, spawner, with);
    }
    let added = tx.run(
        "INSERT INTO shares (user_id, group_id, created_at, scopes, expires_at, owner_id, spawner_id)
         SELECT :user, :group, :now, :scopes, :expires, user_id, id FROM spawners WHERE id = :spawner",
        named_params! {
            ":user": user, ":group": group, ":now": now, ":scopes": scopes, ":expires": expires,
            ":spawner": spawner.0,
        },
    )?;
    if added == 0 {
        return Err(StoreError::NotFound("server"));
    }
    find(tx, spawner, with)
}

/// All shares of all servers.
pub fn list_all(r: &Read<'_>) -> Result<Vec<ShareRow>, StoreError> {
    r.list(&format!("{SELECT} ORDER BY h.id"), params![r.now().to_db()], from_row)
}

/// The shares that have ended and were not removed yet: those whom they let in are to be shown out.
pub fn list_ended(r: &Read<'_>) -> Result<Vec<ShareRow>, StoreError> {
    let sql = SELECT.replace("(h.expires_at IS NULL OR h.expires_at > ?1)", "h.expires_at <= ?1");
    r.list(&sql, params![r.now().to_db()], from_row)
}

/// Takes a share back. Answers whether there was one.
pub fn delete(tx: &mut Tx<'_>, spawner: SpawnerId, with: Recipient) -> Result<bool, StoreError> {
    let (user, group) = with.columns();
    let sql = "DELETE FROM shares WHERE spawner_id = ?1 AND user_id IS ?2 AND group_id IS ?3";
    Ok(tx.run(sql, params![spawner.0, user, group])? > 0)
}

/// Takes all shares of a server back. Answers how many.
pub fn delete_for_server(tx: &mut Tx<'_>, spawner: SpawnerId) -> Result<u64, StoreError> {
    tx.run("DELETE FROM shares WHERE spawner_id = ?1", [spawner.0])
}

/// Removes the shares that have ended. Answers how many.
pub fn purge_expired(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    let now = tx.now().to_db();
    tx.run("DELETE FROM shares WHERE expires_at <= ?1", [now])
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<ShareRow> {
    let group: Option<i64> = row.get("group_id")?;
    let with = match group {
        Some(id) => SharedWith::Group(GroupId(id), row::parsed(row, "group_name")?),
        None => SharedWith::User(UserId(row.get("user_id")?), row::parsed(row, "user_name")?),
    };
    Ok(ShareRow {
        id: row.get("id")?,
        spawner_id: SpawnerId(row.get("spawner_id")?),
        server: ServerKey::new(row::parsed(row, "owner_name")?, row::parsed(row, "server_name")?),
        with,
        scopes: row::json(row, "scopes")?,
        created_at: row::time(row, "created_at")?,
        expires_at: row::time_opt(row, "expires_at")?,
    })
}

// === impl SharedWith ===

impl SharedWith {
    /// The same by number alone.
    pub fn recipient(&self) -> Recipient {
        match self {
            Self::User(id, _) => Recipient::User(*id),
            Self::Group(id, _) => Recipient::Group(*id),
        }
    }
}

// === impl Recipient ===

impl Recipient {
    /// The columns `user_id` and `group_id`, of which one is empty.
    fn columns(self) -> (Option<i64>, Option<i64>) {
        match self {
            Self::User(id) => (Some(id.0), None),
            Self::Group(id) => (None, Some(id.0)),
        }
    }
}
