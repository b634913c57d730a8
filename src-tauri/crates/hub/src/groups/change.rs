//! Making, changing and removing groups. One write each; events leave with the commit.

use std::collections::HashSet;

use labdeck_model::{Event, GroupName, UserName};
use labdeck_store::Tx;
use labdeck_store::tables::groups::{self, GroupRow};
use labdeck_store::tables::users::{self, UserRow};
use serde_json::{Map, Value};

use super::list::find;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::seed;

/// What becomes of somebody's place in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// They are in it.
    Added,
    /// They are not.
    Removed,
}

/// Makes groups, each with these members, and gives them the roles that the configuration names them in. All or none.
///
/// # Errors
/// 400 for a bad name or somebody who does not exist, 409 for a group that does.
pub async fn create(ctx: &Context, names: &[String], members: &[String]) -> Result<Vec<GroupRow>> {
    if names.is_empty() {
        return Err(Error::invalid("Must specify at least one group to create"));
    }
    let names = names.iter().map(|name| GroupName::parse(name)).collect::<std::result::Result<Vec<_>, _>>()?;
    let (members, roles) = (members.to_vec(), ctx.config.roles.clone());
    ctx.store
        .write(move |tx| {
            let mut seen = HashSet::new();
            for name in &names {
                if !seen.insert(name) || groups::find_by_name(tx, name)?.is_some() {
                    return Err(Error::conflict(format!("Group {name} already exists")));
                }
            }
            let members = known_users(tx, &members)?;
            let mut created = Vec::new();
            for name in &names {
                let group = groups::create(tx, name)?;
                for user in &members {
                    groups::add_member(tx, group.id, user.id)?;
                }
                seed::assign_group_roles(tx, &roles, &group)?;
                created.push(group);
            }
            announce(tx, &members);
            Ok(created)
        })
        .await
}

/// Removes a group, and with it what its members may do only through it.
///
/// # Errors
/// 404.
pub async fn delete(ctx: &Context, name: &GroupName) -> Result<()> {
    let name = name.clone();
    ctx.store
        .write(move |tx| {
            let group = find(tx, &name)?;
            let members = groups::list_members(tx, group.id)?;
            groups::delete(tx, group.id)?;
            tx.require_sync();
            tx.emit(Event::GroupsChanged);
            for (_, user) in members {
                tx.emit(Event::UserChanged { user });
            }
            Ok(())
        })
        .await
}

/// Puts people into a group or takes them out. Who is where they shall be stays there.
///
/// # Errors
/// 404 for the group, 400 for somebody who does not exist; then nobody is moved.
pub async fn change_members(ctx: &Context, name: &GroupName, who: &[String], membership: Membership) -> Result<()> {
    let (name, who) = (name.clone(), who.to_vec());
    ctx.store
        .write(move |tx| {
            let group = find(tx, &name)?;
            let mut moved = Vec::new();
            for user in known_users(tx, &who)? {
                let changed = match membership {
                    Membership::Added => groups::add_member(tx, group.id, user.id)?,
                    Membership::Removed => groups::remove_member(tx, group.id, user.id)?,
                };
                if changed {
                    moved.push(user);
                }
            }
            if membership == Membership::Removed {
                tx.require_sync();
            }
            if !moved.is_empty() {
                announce(tx, &moved);
            }
            Ok(())
        })
        .await
}

/// Replaces the values that people keep with a group.
///
/// # Errors
/// 404.
pub async fn set_properties(ctx: &Context, name: &GroupName, properties: Map<String, Value>) -> Result<()> {
    let name = name.clone();
    ctx.store
        .write(move |tx| {
            let group = find(tx, &name)?;
            groups::set_properties(tx, group.id, &properties)?;
            tx.emit(Event::GroupsChanged);
            Ok(())
        })
        .await
}

fn announce(tx: &mut Tx<'_>, moved: &[UserRow]) {
    tx.emit(Event::GroupsChanged);
    for user in moved {
        tx.emit(Event::UserChanged { user: user.name.clone() });
    }
}

fn known_users(tx: &Tx<'_>, names: &[String]) -> Result<Vec<UserRow>> {
    let missing = |name: &str| Error::invalid(format!("No such user: {}", name.chars().take(64).collect::<String>()));
    names
        .iter()
        .map(|text| {
            let name = UserName::parse(text).map_err(|_| missing(text))?;
            users::find_by_name(tx, &name)?.ok_or_else(|| missing(text))
        })
        .collect()
}
