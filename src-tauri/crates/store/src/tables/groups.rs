//! `groups` and `user_group_map`: which users belong together. Called by the hub's accounts and authorisation.

use labdeck_model::{GroupId, GroupName, UserId, UserName};
use rusqlite::{Row, params};
use serde_json::{Map, Value};

use crate::{Read, StoreError, Tx, row};

/// One group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupRow {
    /// Its number.
    pub id: GroupId,
    /// Its name.
    pub name: GroupName,
    /// Free values that people keep with it.
    pub properties: Map<String, Value>,
}

/// The group of this name.
pub fn find_by_name(r: &Read<'_>, name: &GroupName) -> Result<Option<GroupRow>, StoreError> {
    r.find("SELECT * FROM groups WHERE name = ?1", [name.as_str()], from_row)
}

/// The group of this number.
pub fn find_by_id(r: &Read<'_>, id: GroupId) -> Result<Option<GroupRow>, StoreError> {
    r.find("SELECT * FROM groups WHERE id = ?1", [id.0], from_row)
}

/// All groups, by age.
pub fn list(r: &Read<'_>) -> Result<Vec<GroupRow>, StoreError> {
    r.list("SELECT * FROM groups ORDER BY id", [], from_row)
}

/// The groups that a user is in, by name.
pub fn list_for_user(r: &Read<'_>, user: UserId) -> Result<Vec<GroupRow>, StoreError> {
    let sql =
        "SELECT g.* FROM groups g JOIN user_group_map m ON m.group_id = g.id WHERE m.user_id = ?1 ORDER BY g.name";
    r.list(sql, [user.0], from_row)
}

/// The names of the groups that several users are in, by name.
pub fn list_names_for_users(r: &Read<'_>, users: &[UserId]) -> Result<Vec<(UserId, GroupName)>, StoreError> {
    let sql = "SELECT m.user_id, g.name FROM user_group_map m JOIN groups g ON g.id = m.group_id
               WHERE m.user_id IN (SELECT value FROM json_each(?1)) ORDER BY g.name";
    r.list(sql, [row::ids(users)?], |row| Ok((UserId(row.get("user_id")?), row::parsed(row, "name")?)))
}

/// Who is in a group, by name.
pub fn list_members(r: &Read<'_>, group: GroupId) -> Result<Vec<(UserId, UserName)>, StoreError> {
    let sql = "SELECT u.id, u.name FROM users u JOIN user_group_map m ON m.user_id = u.id WHERE m.group_id = ?1 ORDER BY u.name";
    r.list(sql, [group.0], |row| Ok((UserId(row.get("id")?), row::parsed(row, "name")?)))
}

/// Who is in which group, all of it.
pub fn list_memberships(r: &Read<'_>) -> Result<Vec<(UserName, GroupName)>, StoreError> {
    let sql = "SELECT u.name AS user_name, g.name AS group_name FROM user_group_map m
               JOIN users u ON u.id = m.user_id JOIN groups g ON g.id = m.group_id";
    r.list(sql, [], |row| Ok((row::parsed(row, "user_name")?, row::parsed(row, "group_name")?)))
}

/// Adds an empty group.
///
/// # Errors
/// [`StoreError::Duplicate`] if the name is taken.
pub fn create(tx: &mut Tx<'_>, name: &GroupName) -> Result<GroupRow, StoreError> {
    tx.returning("INSERT INTO groups (name) VALUES (?1) RETURNING *", [name.as_str()], from_row)
}

/// Replaces the values kept with a group.
pub fn set_properties(tx: &mut Tx<'_>, id: GroupId, properties: &Map<String, Value>) -> Result<(), StoreError> {
    let properties = row::to_json("groups.properties", properties)?;
    tx.run("UPDATE groups SET properties = ?2 WHERE id = ?1", params![id.0, properties])?;
    Ok(())
}

/// Puts a user into a group; no change if they are in it. Answers whether they were not.
pub fn add_member(tx: &mut Tx<'_>, group: GroupId, user: UserId) -> Result<bool, StoreError> {
    let sql = "INSERT INTO user_group_map (user_id, group_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    Ok(tx.run(sql, params![user.0, group.0])? > 0)
}

/// Takes a user out of a group. Answers whether they were in it.
pub fn remove_member(tx: &mut Tx<'_>, group: GroupId, user: UserId) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM user_group_map WHERE user_id = ?1 AND group_id = ?2", params![user.0, group.0])? > 0)
}

/// Removes a group with its memberships, role assignments and shares. Answers whether it existed.
pub fn delete(tx: &mut Tx<'_>, id: GroupId) -> Result<bool, StoreError> {
    Ok(tx.run("DELETE FROM groups WHERE id = ?1", [id.0])? > 0)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<GroupRow> {
    Ok(GroupRow {
        id: GroupId(row.get("id")?),
        name: row::parsed(row, "name")?,
        properties: row::json(row, "properties")?,
    })
}
