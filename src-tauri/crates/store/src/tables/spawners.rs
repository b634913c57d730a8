//! `spawners`: each server that exists, running or not, with what must survive the hub. Called by the hub's lifecycle,
//! which owns the meaning of a phase; JupyterHub's `servers` table is the column `url` here.

use labdeck_model::{Failure, Grant, LastExit, ServerKey, ServerName, SpawnerId, Timestamp, UserId, UserName};
use rusqlite::{Row, named_params, params};
use serde_json::Value;

use super::scope_texts;
pub use crate::phase::{Phase, PhaseError};
use crate::{Read, StoreError, Tx, row};

/// One server, with its user's name.
#[derive(Debug, Clone, PartialEq)]
pub struct SpawnerRow {
    /// Its number; never used again after the server is gone.
    pub id: SpawnerId,
    /// Whose it is.
    pub user_id: UserId,
    /// Whose, and which.
    pub key: ServerKey,
    /// The name people chose for it; empty where they chose none.
    pub display_name: String,
    /// When it was made.
    pub created: Timestamp,
    /// What its user chose at the last start.
    pub user_options: Value,
    /// Its OAuth client, while it has one.
    pub oauth_client_id: Option<String>,
    /// When data last moved or activity was reported.
    pub last_activity: Option<Timestamp>,
    /// Which spawner runs it, or ran it last: `docker` or `simple`.
    pub spawner_kind: Option<String>,
    /// Which stack it runs, or ran last.
    pub stack: Option<String>,
    /// Where its files are: a volume's name or a folder.
    pub home: Option<String>,
    /// What it was given at its last start.
    pub grant: Option<Grant>,
    /// Until when no idle rule stops it.
    pub awake_until: Option<Timestamp>,
    /// What the hub last knew of it.
    pub run: Run,
}

/// What changes while a server lives: written as a whole at each checkpoint.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    /// What it was doing.
    pub phase: Phase,
    /// The spawner's own memory of it.
    pub state: Option<Value>,
    /// Where it listens.
    pub url: Option<String>,
    /// When it became ready.
    pub started: Option<Timestamp>,
    /// How it ended last.
    pub last_exit: Option<LastExit>,
    /// Why its last start failed.
    pub failure: Option<Failure>,
}

// === impl SpawnerRow ===

impl SpawnerRow {
    /// A user's default server as it is before its first start: everybody has one, and its row is made when there is
    /// something to keep in it.
    pub fn unmade(user: UserId, name: UserName, created: Timestamp) -> Self {
        Self {
            id: SpawnerId(0),
            user_id: user,
            key: ServerKey::default_of(name),
            display_name: String::new(),
            created,
            user_options: Value::Null,
            oauth_client_id: None,
            last_activity: None,
            spawner_kind: None,
            stack: None,
            home: None,
            grant: None,
            awake_until: None,
            run: Run { state: Some(Value::Null), ..Run::default() },
        }
    }

    /// Whether it is one of [`Self::unmade`].
    pub fn is_unmade(&self) -> bool {
        self.id == SpawnerId(0)
    }
}

/// Servers with their users' names.
const SELECT: &str = "SELECT s.*, u.name AS user_name FROM spawners s JOIN users u ON u.id = s.user_id";

/// The given server of a user.
pub fn find(r: &Read<'_>, user: UserId, name: &ServerName) -> Result<Option<SpawnerRow>, StoreError> {
    r.find(&format!("{SELECT} WHERE s.user_id = ?1 AND s.name = ?2"), params![user.0, name.as_str()], from_row)
}

/// The server of this key.
pub fn find_by_key(r: &Read<'_>, key: &ServerKey) -> Result<Option<SpawnerRow>, StoreError> {
    r.find(&format!("{SELECT} WHERE u.name = ?1 AND s.name = ?2"), [key.user.as_str(), key.server.as_str()], from_row)
}

/// The server of this number.
pub fn find_by_id(r: &Read<'_>, id: SpawnerId) -> Result<Option<SpawnerRow>, StoreError> {
    r.find(&format!("{SELECT} WHERE s.id = ?1"), [id.0], from_row)
}

/// The server that an OAuth client belongs to.
pub fn find_by_oauth_client(r: &Read<'_>, client_id: &str) -> Result<Option<SpawnerRow>, StoreError> {
    r.find(&format!("{SELECT} WHERE s.oauth_client_id = ?1"), [client_id], from_row)
}

/// All servers of a user, the default server first.
pub fn list_for_user(r: &Read<'_>, user: UserId) -> Result<Vec<SpawnerRow>, StoreError> {
    r.list(&format!("{SELECT} WHERE s.user_id = ?1 ORDER BY s.name"), [user.0], from_row)
}

/// All servers of several users, the default server of each first.
pub fn list_for_users(r: &Read<'_>, users: &[UserId]) -> Result<Vec<SpawnerRow>, StoreError> {
    let sql = format!("{SELECT} WHERE s.user_id IN (SELECT value FROM json_each(?1)) ORDER BY s.user_id, s.name");
    r.list(&sql, [row::ids(users)?], from_row)
}

/// All servers of all users, by user name and server name.
pub fn list_all(r: &Read<'_>) -> Result<Vec<SpawnerRow>, StoreError> {
    r.list(&format!("{SELECT} ORDER BY u.name, s.name"), [], from_row)
}

/// All servers that were not off when they were last written down: what a starting hub looks at.
pub fn list_active(r: &Read<'_>) -> Result<Vec<SpawnerRow>, StoreError> {
    r.list(&format!("{SELECT} WHERE s.phase NOT IN ('stopped', 'failed') ORDER BY u.name, s.name"), [], from_row)
}

/// The given server of a user; makes its row if there is none.
pub fn upsert(tx: &mut Tx<'_>, user: UserId, name: &ServerName) -> Result<SpawnerRow, StoreError> {
    let now = tx.now().to_db();
    let sql =
        "INSERT INTO spawners (user_id, name, created) VALUES (?1, ?2, ?3) ON CONFLICT (user_id, name) DO NOTHING";
    tx.run(sql, params![user.0, name.as_str(), now])?;
    find(tx, user, name)?.ok_or(StoreError::NotFound("server"))
}

/// Writes down what a server is doing.
pub fn set_run(tx: &mut Tx<'_>, id: SpawnerId, run: &Run) -> Result<(), StoreError> {
    tx.run(
        "UPDATE spawners SET phase = :phase, state = :state, url = :url, started = :started,
                             last_exit = :last_exit, failure = :failure WHERE id = :id",
        named_params! {
            ":id": id.0, ":phase": run.phase.as_str(),
            ":state": row::to_json_opt("spawners.state", run.state.as_ref())?,
            ":url": run.url, ":started": run.started.map(Timestamp::to_db),
            ":last_exit": row::to_json_opt("spawners.last_exit", run.last_exit.as_ref())?,
            ":failure": row::to_json_opt("spawners.failure", run.failure.as_ref())?,
        },
    )?;
    Ok(())
}

/// Writes down the spawner's own memory, and nothing else: a checkpoint in the middle of a start.
pub fn set_state(tx: &mut Tx<'_>, id: SpawnerId, state: Option<&Value>) -> Result<(), StoreError> {
    let state = row::to_json_opt("spawners.state", state)?;
    tx.run("UPDATE spawners SET state = ?2 WHERE id = ?1", params![id.0, state])?;
    Ok(())
}

/// Writes down what a start was asked to run: options, spawner, stack.
pub fn set_options(
    tx: &mut Tx<'_>,
    id: SpawnerId,
    user_options: &Value,
    spawner_kind: &str,
    stack: Option<&str>,
) -> Result<(), StoreError> {
    let options = row::to_json("spawners.user_options", user_options)?;
    let sql = "UPDATE spawners SET user_options = ?2, spawner_kind = ?3, stack = ?4 WHERE id = ?1";
    tx.run(sql, params![id.0, options, spawner_kind, stack])?;
    Ok(())
}

/// Writes down what a start was given.
pub fn set_grant(tx: &mut Tx<'_>, id: SpawnerId, grant: &Grant) -> Result<(), StoreError> {
    let grant = row::to_json("spawners.granted", grant)?;
    tx.run("UPDATE spawners SET granted = ?2 WHERE id = ?1", params![id.0, grant])?;
    Ok(())
}

/// Keeps the server awake until a moment, whatever the idle rules say; `None` lets them rule again.
pub fn set_awake_until(tx: &mut Tx<'_>, id: SpawnerId, until: Option<Timestamp>) -> Result<(), StoreError> {
    tx.run("UPDATE spawners SET awake_until = ?2 WHERE id = ?1", params![id.0, until.map(Timestamp::to_db)])?;
    Ok(())
}

/// Writes down where the server's files are.
pub fn set_home(tx: &mut Tx<'_>, id: SpawnerId, home: Option<&str>) -> Result<(), StoreError> {
    tx.run("UPDATE spawners SET home = ?2 WHERE id = ?1", params![id.0, home])?;
    Ok(())
}

/// Sets the name that people read.
pub fn set_display_name(tx: &mut Tx<'_>, id: SpawnerId, display_name: &str) -> Result<(), StoreError> {
    tx.run("UPDATE spawners SET display_name = ?2 WHERE id = ?1", params![id.0, display_name])?;
    Ok(())
}

/// Links the server to its OAuth client, whose row must exist.
pub fn set_oauth_client(tx: &mut Tx<'_>, id: SpawnerId, client_id: Option<&str>) -> Result<(), StoreError> {
    tx.run("UPDATE spawners SET oauth_client_id = ?2 WHERE id = ?1", params![id.0, client_id])?;
    Ok(())
}

/// Gives a server another name. What was written under the old one follows: visits, and scopes narrowed to it.
///
/// # Errors
/// [`StoreError::Duplicate`] if its user has one of that name, [`StoreError::NotFound`] if there is no such server.
pub fn rename(tx: &mut Tx<'_>, id: SpawnerId, name: &ServerName) -> Result<(), StoreError> {
    let row = find_by_id(tx, id)?.ok_or(StoreError::NotFound("server"))?;
    tx.run("UPDATE spawners SET name = ?2 WHERE id = ?1", params![id.0, name.as_str()])?;
    let sql = "UPDATE visits SET server = ?3 WHERE owner_id = ?1 AND server = ?2";
    tx.run(sql, params![row.user_id.0, row.key.server.as_str(), name.as_str()])?;
    let sql = "UPDATE OR REPLACE access_requests SET server = ?3 WHERE owner_id = ?1 AND server = ?2";
    tx.run(sql, params![row.user_id.0, row.key.server.as_str(), name.as_str()])?;
    let renamed = ServerKey::new(row.key.user.clone(), name.clone());
    scope_texts::rename_server(tx, &row.key, &renamed)
}

/// Writes down what its user chooses for the next start.
pub fn set_user_options(tx: &mut Tx<'_>, id: SpawnerId, user_options: &Value) -> Result<(), StoreError> {
    let options = row::to_json("spawners.user_options", user_options)?;
    tx.run("UPDATE spawners SET user_options = ?2 WHERE id = ?1", params![id.0, options])?;
    Ok(())
}

/// Notes activity; an earlier moment than the one known changes nothing.
pub fn touch_activity(tx: &mut Tx<'_>, id: SpawnerId, at: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE spawners SET last_activity = ?2 WHERE id = ?1 AND (last_activity IS NULL OR last_activity < ?2)";
    tx.run(sql, params![id.0, at.to_db()])?;
    Ok(())
}

/// Removes the server's row, with its tokens and shares. Answers whether it existed.
pub fn delete(tx: &mut Tx<'_>, id: SpawnerId) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM spawners WHERE id = ?1", [id.0])? > 0)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<SpawnerRow> {
    Ok(SpawnerRow {
        id: SpawnerId(row.get("id")?),
        user_id: UserId(row.get("user_id")?),
        key: ServerKey::new(row::parsed(row, "user_name")?, row::parsed(row, "name")?),
        display_name: row.get("display_name")?,
        created: row::time(row, "created")?,
        user_options: row::json(row, "user_options")?,
        oauth_client_id: row.get("oauth_client_id")?,
        last_activity: row::time_opt(row, "last_activity")?,
        spawner_kind: row.get("spawner_kind")?,
        stack: row.get("stack")?,
        home: row.get("home")?,
        grant: row::json_opt(row, "granted")?,
        awake_until: row::time_opt(row, "awake_until")?,
        run: Run {
            phase: row::parsed(row, "phase")?,
            state: row::json_opt(row, "state")?,
            url: row.get("url")?,
            started: row::time_opt(row, "started")?,
            last_exit: row::json_opt(row, "last_exit")?,
            failure: row::json_opt(row, "failure")?,
        },
    })
}
