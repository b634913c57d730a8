//! `roles` and the three `*_role_map` tables: named sets of scopes and who has them. What a scope means is the
//! model's; the roles `user` and `admin`, which nobody has to be given, are the hub's. Called by its authorisation.

use labdeck_model::{GroupId, RoleId, RoleName, ServiceId, UserId};
use rusqlite::{Row, params};

use crate::{Read, StoreError, Tx, row};

/// One role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRow {
    /// Its number.
    pub id: RoleId,
    /// Its name.
    pub name: RoleName,
    /// A line for people.
    pub description: String,
    /// Its scopes, unexpanded.
    pub scopes: Vec<String>,
    /// Whether the authenticator made it.
    pub managed_by_auth: bool,
}

/// Who has a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A user.
    User(UserId),
    /// All users of a group.
    Group(GroupId),
    /// A service.
    Service(ServiceId),
}

/// Who says that somebody has a role; each removes only its own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignedBy {
    /// The configuration or a person.
    Hub,
    /// The authenticator, at each sign-in.
    Authenticator,
}

/// The role of this name.
pub fn find_by_name(r: &Read<'_>, name: &RoleName) -> Result<Option<RoleRow>, StoreError> {
    r.find("SELECT * FROM roles WHERE name = ?1", [name.as_str()], from_row)
}

/// All roles, by name.
pub fn list(r: &Read<'_>) -> Result<Vec<RoleRow>, StoreError> {
    r.list("SELECT * FROM roles ORDER BY name", [], from_row)
}

/// The roles that a holder was given itself, by name.
pub fn list_for(r: &Read<'_>, holder: Holder) -> Result<Vec<RoleRow>, StoreError> {
    let (table, column, id) = holder.place();
    let sql =
        format!("SELECT r.* FROM roles r JOIN {table} m ON m.role_id = r.id WHERE m.{column} = ?1 ORDER BY r.name");
    r.list(&sql, [id], from_row)
}

/// The names of the roles that several users were given themselves.
pub fn list_names_for_users(r: &Read<'_>, users: &[UserId]) -> Result<Vec<(UserId, RoleName)>, StoreError> {
    let sql = "SELECT m.user_id, r.name FROM user_role_map m JOIN roles r ON r.id = m.role_id
               WHERE m.user_id IN (SELECT value FROM json_each(?1))";
    r.list(sql, [row::ids(users)?], |row| Ok((UserId(row.get("user_id")?), row::parsed(row, "name")?)))
}

/// The roles that a user has through groups, each once, by name.
pub fn list_through_groups(r: &Read<'_>, user: UserId) -> Result<Vec<RoleRow>, StoreError> {
    let sql = "SELECT DISTINCT r.* FROM roles r JOIN group_role_map m ON m.role_id = r.id
               JOIN user_group_map g ON g.group_id = m.group_id WHERE g.user_id = ?1 ORDER BY r.name";
    r.list(sql, [user.0], from_row)
}

/// Makes a role, or changes the one of this name.
pub fn upsert(tx: &mut Tx<'_>, name: &RoleName, description: &str, scopes: &[String]) -> Result<RoleRow, StoreError> {
    tx.returning(
        "INSERT INTO roles (name, description, scopes) VALUES (?1, ?2, ?3) ON CONFLICT (name)
         DO UPDATE SET description = excluded.description, scopes = excluded.scopes RETURNING *",
        params![name.as_str(), description, row::to_json("roles.scopes", scopes)?],
        from_row,
    )
}

/// Marks whether the authenticator made the role.
pub fn set_managed_by_auth(tx: &mut Tx<'_>, id: RoleId, by: AssignedBy) -> Result<(), StoreError> {
    tx.run("UPDATE roles SET managed_by_auth = ?2 WHERE id = ?1", params![id.0, by.is_auth()])?;
    Ok(())
}

/// Gives a role; no change if the holder has it. Answers whether it had not.
pub fn assign(tx: &mut Tx<'_>, role: RoleId, holder: Holder, by: AssignedBy) -> Result<bool, StoreError> {
    let (table, column, id) = holder.place();
    let sql =
        format!("INSERT INTO {table} ({column}, role_id, managed_by_auth) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
    Ok(tx.run(&sql, params![id, role.0, by.is_auth()])? > 0)
}

/// Takes a role. Answers whether the holder had it.
pub fn unassign(tx: &mut Tx<'_>, role: RoleId, holder: Holder) -> Result<bool, StoreError> {
    let (table, column, id) = holder.place();
    let sql = format!("DELETE FROM {table} WHERE {column} = ?1 AND role_id = ?2");
    Ok(tx.run(&sql, params![id, role.0])? > 0)
}

/// Takes from a holder all roles that `by` gave it, before they are given anew. Answers how many.
pub fn unassign_all(tx: &mut Tx<'_>, holder: Holder, by: AssignedBy) -> Result<u64, StoreError> {
    let (table, column, id) = holder.place();
    tx.run(&format!("DELETE FROM {table} WHERE {column} = ?1 AND managed_by_auth = ?2"), params![id, by.is_auth()])
}

/// Who has a role.
pub fn list_holders(r: &Read<'_>, role: RoleId) -> Result<Vec<Holder>, StoreError> {
    let sql = "SELECT 0 AS kind, user_id AS id FROM user_role_map WHERE role_id = ?1
               UNION ALL SELECT 1, group_id FROM group_role_map WHERE role_id = ?1
               UNION ALL SELECT 2, service_id FROM service_role_map WHERE role_id = ?1 ORDER BY 1, 2";
    r.list(sql, [role.0], |row| {
        let id = row.get("id")?;
        Ok(match row.get::<_, i64>("kind")? {
            0 => Holder::User(UserId(id)),
            1 => Holder::Group(GroupId(id)),
            _ => Holder::Service(ServiceId(id)),
        })
    })
}

/// Removes a role from everybody. Answers whether it existed.
pub fn delete(tx: &mut Tx<'_>, id: RoleId) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM roles WHERE id = ?1", [id.0])? > 0)
}

/// Removes the roles that are not in `keep` and that the authenticator did not make: what left the configuration.
/// Answers how many.
pub fn delete_absent(tx: &mut Tx<'_>, keep: &[RoleName]) -> Result<u64, StoreError> {
    let keep = row::to_json("roles.name", keep)?;
    tx.run("DELETE FROM roles WHERE managed_by_auth = 0 AND name NOT IN (SELECT value FROM json_each(?1))", [keep])
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<RoleRow> {
    Ok(RoleRow {
        id: RoleId(row.get("id")?),
        name: row::parsed(row, "name")?,
        description: row.get("description")?,
        scopes: row::json(row, "scopes")?,
        managed_by_auth: row.get("managed_by_auth")?,
    })
}

// === impl Holder, AssignedBy ===

impl Holder {
    /// Table, column and number of this holder.
    fn place(self) -> (&'static str, &'static str, i64) {
        match self {
            Self::User(id) => ("user_role_map", "user_id", id.0),
            Self::Group(id) => ("group_role_map", "group_id", id.0),
            Self::Service(id) => ("service_role_map", "service_id", id.0),
        }
    }
}

impl AssignedBy {
    fn is_auth(self) -> bool {
        matches!(self, Self::Authenticator)
    }
}
