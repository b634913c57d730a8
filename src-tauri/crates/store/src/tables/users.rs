//! `users`: who has an account. Called by the hub's accounts, authorisation and pages.
//! Passwords are in `credentials`, browsers that signed in are in `sessions`.

use labdeck_model::{Secret, Timestamp, UserId, UserName};
use rusqlite::{Row, params};
use serde_json::Value;

use super::scope_texts;
use crate::{Read, StoreError, Tx, generate_token, row};

/// One account.
#[derive(Debug, Clone, PartialEq)]
pub struct UserRow {
    /// Its number; never used again after the account is gone.
    pub id: UserId,
    /// Its name.
    pub name: UserName,
    /// Whether it has the role `admin`.
    pub admin: bool,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last seen.
    pub last_activity: Option<Timestamp>,
    /// What identifies the account in a cookie; changes with [`renew_cookie_id`].
    pub cookie_id: Secret<String>,
    /// What the authenticator tells of the person (display name and the like).
    pub user_info: Option<Value>,
}

/// Which users, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserQuery {
    /// Only names that contain this text, in any case.
    pub name_filter: Option<String>,
    /// Only users whose servers stand like this.
    pub state: Option<UserState>,
    /// The order.
    pub sort: UserSort,
    /// How many to pass over.
    pub offset: u64,
    /// At most so many; `None` is all.
    pub limit: Option<u64>,
}

/// JupyterHub's `state` filter, by what the store knows of the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserState {
    /// Some server runs or is under way.
    Active,
    /// Some server serves.
    Ready,
    /// No server runs.
    Inactive,
}

/// JupyterHub's `sort`. Users that were never seen come first, in descending order last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UserSort {
    /// By age of the account.
    #[default]
    Id,
    /// Youngest account first.
    IdDescending,
    /// By name.
    Name,
    /// By name, from the end.
    NameDescending,
    /// By activity, longest ago first.
    LastActivity,
    /// By activity, newest first.
    LastActivityDescending,
}

/// The user of this name.
pub fn find_by_name(r: &Read<'_>, name: &UserName) -> Result<Option<UserRow>, StoreError> {
    r.find("SELECT * FROM users WHERE name = ?1", [name.as_str()], from_row)
}

/// The user of this name.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub fn get_by_name(r: &Read<'_>, name: &UserName) -> Result<UserRow, StoreError> {
    find_by_name(r, name)?.ok_or(StoreError::NotFound("user"))
}

/// The user of this number.
pub fn find_by_id(r: &Read<'_>, id: UserId) -> Result<Option<UserRow>, StoreError> {
    r.find("SELECT * FROM users WHERE id = ?1", [id.0], from_row)
}

/// The user whose cookies carry this id.
pub fn find_by_cookie_id(r: &Read<'_>, cookie_id: &str) -> Result<Option<UserRow>, StoreError> {
    r.find("SELECT * FROM users WHERE cookie_id = ?1", [cookie_id], from_row)
}

/// The users that the query asks for.
pub fn list(r: &Read<'_>, query: &UserQuery) -> Result<Vec<UserRow>, StoreError> {
    let sql = format!(
        "SELECT * FROM users WHERE {} ORDER BY {} LIMIT ?1 OFFSET ?2",
        conditions(query, "?3"),
        query.sort.order()
    );
    let limit = query.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(-1));
    let offset = i64::try_from(query.offset).unwrap_or(i64::MAX);
    match filter_text(query) {
        Some(name) => r.list(&sql, params![limit, offset, name], from_row),
        None => r.list(&sql, params![limit, offset], from_row),
    }
}

/// How many users the query asks for, paging aside.
pub fn count(r: &Read<'_>, query: &UserQuery) -> Result<u64, StoreError> {
    let sql = format!("SELECT count(*) FROM users WHERE {}", conditions(query, "?1"));
    match filter_text(query) {
        Some(name) => r.count(&sql, [name]),
        None => r.count(&sql, []),
    }
}

/// How many users there are with the role `admin`.
pub fn count_admins(r: &Read<'_>) -> Result<u64, StoreError> {
    r.count("SELECT count(*) FROM users WHERE admin = 1", [])
}

/// How many users were active since then.
pub fn count_active_since(r: &Read<'_>, since: Timestamp) -> Result<u64, StoreError> {
    r.count("SELECT count(*) FROM users WHERE last_activity >= ?1", [since.to_db()])
}

/// Adds a user without admin rights.
///
/// # Errors
/// [`StoreError::Duplicate`] if the name is taken.
pub fn create(tx: &mut Tx<'_>, name: &UserName) -> Result<UserRow, StoreError> {
    let now = tx.now().to_db();
    tx.returning(
        "INSERT INTO users (name, created, cookie_id) VALUES (?1, ?2, ?3) RETURNING *",
        params![name.as_str(), now, generate_token().expose()],
        from_row,
    )
}

/// Gives or takes the role `admin`.
pub fn set_admin(tx: &mut Tx<'_>, id: UserId, admin: bool) -> Result<(), StoreError> {
    tx.run("UPDATE users SET admin = ?2 WHERE id = ?1", params![id.0, admin])?;
    Ok(())
}

/// Gives the user another name. What was written under the old one follows: visits, homes that were kept, and scopes
/// narrowed to them or their servers.
///
/// # Errors
/// [`StoreError::Duplicate`] if the name is taken, [`StoreError::NotFound`] if there is no such user.
pub fn rename(tx: &mut Tx<'_>, id: UserId, name: &UserName) -> Result<(), StoreError> {
    let old = find_by_id(tx, id)?.ok_or(StoreError::NotFound("user"))?.name;
    tx.run("UPDATE users SET name = ?2 WHERE id = ?1", params![id.0, name.as_str()])?;
    tx.run("UPDATE visits SET visitor = ?2 WHERE visitor = ?1", params![old.as_str(), name.as_str()])?;
    tx.run("UPDATE kept_homes SET user_name = ?2 WHERE user_name = ?1", params![old.as_str(), name.as_str()])?;
    scope_texts::rename_user(tx, &old, name)
}

/// Notes that the user was seen; an earlier moment than the one known changes nothing.
pub fn touch_activity(tx: &mut Tx<'_>, id: UserId, at: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE users SET last_activity = ?2 WHERE id = ?1 AND (last_activity IS NULL OR last_activity < ?2)";
    tx.run(sql, params![id.0, at.to_db()])?;
    Ok(())
}

/// Sets what the authenticator tells of the person.
pub fn set_user_info(tx: &mut Tx<'_>, id: UserId, info: Option<&Value>) -> Result<(), StoreError> {
    let info = row::to_json_opt("users.user_info", info)?;
    tx.run("UPDATE users SET user_info = ?2 WHERE id = ?1", params![id.0, info])?;
    Ok(())
}

/// The authenticator's private data of the user, as encrypted by the hub.
pub fn find_auth_state(r: &Read<'_>, id: UserId) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(r.find("SELECT encrypted_auth_state FROM users WHERE id = ?1", [id.0], |row| row.get(0))?.flatten())
}

/// Keeps the authenticator's private data, which the hub has encrypted.
pub fn set_auth_state(tx: &mut Tx<'_>, id: UserId, encrypted: Option<&[u8]>) -> Result<(), StoreError> {
    tx.run("UPDATE users SET encrypted_auth_state = ?2 WHERE id = ?1", params![id.0, encrypted])?;
    Ok(())
}

/// Gives the user a new cookie id, so that older cookies name nobody.
pub fn renew_cookie_id(tx: &mut Tx<'_>, id: UserId) -> Result<(), StoreError> {
    tx.run("UPDATE users SET cookie_id = ?2 WHERE id = ?1", params![id.0, generate_token().expose()])?;
    Ok(())
}

/// Removes the user and all that hangs on them: servers, tokens, sessions, shares, links. Answers whether they existed.
pub fn delete(tx: &mut Tx<'_>, id: UserId) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM users WHERE id = ?1", [id.0])? > 0)
}

/// The user's own rule for idle servers, as the hub wrote it; `None` is the rule of all.
pub fn find_idle_rule(r: &Read<'_>, id: UserId) -> Result<Option<Value>, StoreError> {
    let rule = r.find("SELECT idle_rule FROM users WHERE id = ?1", [id.0], |row| row::json_opt(row, "idle_rule"))?;
    Ok(rule.flatten())
}

/// All users' own rules for idle servers.
pub fn list_idle_rules(r: &Read<'_>) -> Result<Vec<(UserId, Value)>, StoreError> {
    let sql = "SELECT id, idle_rule FROM users WHERE idle_rule IS NOT NULL";
    r.list(sql, [], |row| Ok((UserId(row.get("id")?), row::json(row, "idle_rule")?)))
}

/// Gives the user a rule for idle servers; `None` takes it away.
pub fn set_idle_rule(tx: &mut Tx<'_>, id: UserId, rule: Option<&Value>) -> Result<(), StoreError> {
    let rule = row::to_json_opt("users.idle_rule", rule)?;
    tx.run("UPDATE users SET idle_rule = ?2 WHERE id = ?1", params![id.0, rule])?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<UserRow> {
    Ok(UserRow {
        id: UserId(row.get("id")?),
        name: row::parsed(row, "name")?,
        admin: row.get("admin")?,
        created: row::time(row, "created")?,
        last_activity: row::time_opt(row, "last_activity")?,
        cookie_id: Secret::new(row.get("cookie_id")?),
        user_info: row::json_opt(row, "user_info")?,
    })
}

/// Names are stored in lower case, so a lower-case filter finds them in any.
fn filter_text(query: &UserQuery) -> Option<String> {
    query.name_filter.as_deref().map(str::to_lowercase)
}

/// What a row must fulfil; the text that its name must contain is the parameter `name`, where there is one. Nothing is
/// asked of a row that need not fulfil anything: passing over thousands of them is what a late page costs.
fn conditions(query: &UserQuery, name: &str) -> String {
    let state = match query.state {
        None => None,
        Some(UserState::Active) => Some(("EXISTS", "AND s.phase NOT IN ('stopped', 'failed')")),
        Some(UserState::Ready) => Some(("EXISTS", "AND s.phase = 'ready'")),
        Some(UserState::Inactive) => Some(("NOT EXISTS", "AND s.phase NOT IN ('stopped', 'failed')")),
    };
    let state = state.map(|(is, phase)| format!("{is} (SELECT 1 FROM spawners s WHERE s.user_id = users.id {phase})"));
    let name = query.name_filter.as_ref().map(|_| format!("instr(name, {name}) > 0"));
    let all: Vec<_> = name.into_iter().chain(state).collect();
    if all.is_empty() { "1".to_owned() } else { all.join(" AND ") }
}

// === impl UserSort ===

impl UserSort {
    fn order(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::IdDescending => "id DESC",
            Self::Name => "name",
            Self::NameDescending => "name DESC",
            Self::LastActivity => "last_activity, id",
            Self::LastActivityDescending => "last_activity DESC, id",
        }
    }
}
