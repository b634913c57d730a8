//! Giving and taking roles. Nobody gives a role that holds more than they hold themselves, nor takes one: else whoever
//! looks after people could raise or disarm those above them. What the configuration file says stays as it says.

use labdeck_model::scope::{Filter, Scope, ScopeBase, ScopeSet, Target, expand, find_base_role, intersect};
use labdeck_model::{Event, GroupName, RoleName, UserName};
use labdeck_store::Tx;
use labdeck_store::tables::roles::{self, AssignedBy, Holder, RoleRow};
use labdeck_store::tables::{groups, users};

use crate::authz::Caller;
use crate::config::RoleSettings;
use crate::context::Context;
use crate::error::{Error, Result};

/// To whom a role is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleHolder {
    /// One person.
    User(UserName),
    /// Everybody who is in the group, now and later.
    Group(GroupName),
}

/// Gives a role; who has it keeps it.
///
/// # Errors
/// 403 for a role beyond the caller's own rights, 404 for a role or holder that does not exist, 400 for a role that is
/// not given like this.
pub async fn assign(ctx: &Context, caller: &Caller, role: &RoleName, holder: RoleHolder) -> Result<()> {
    refuse_base_role(role)?;
    may_hand_out(caller, &holder)?;
    let (asker, role) = (caller.clone(), role.clone());
    ctx.store
        .write(move |tx| {
            let row = checked(tx, &asker, &role, &holder)?;
            let place = find_holder(tx, &asker, &holder)?;
            if !roles::assign(tx, row.id, place, AssignedBy::Hub)? {
                return Ok(());
            }
            announce(tx, place, &holder)
        })
        .await
}

/// Takes a role; who has it not is left alone.
///
/// # Errors
/// As [`assign`]; 409 where the configuration file gives the role.
pub async fn unassign(ctx: &Context, caller: &Caller, role: &RoleName, holder: RoleHolder) -> Result<()> {
    refuse_base_role(role)?;
    may_hand_out(caller, &holder)?;
    if is_by_file(&ctx.config.roles, role, &holder) {
        return Err(Error::conflict(format!(
            "The configuration file gives the role {role} here, and would give it again. Change [[hub.load_roles]] there."
        )));
    }
    let (asker, role) = (caller.clone(), role.clone());
    ctx.store
        .write(move |tx| {
            let row = checked(tx, &asker, &role, &holder)?;
            let place = find_holder(tx, &asker, &holder)?;
            if roles::unassign(tx, row.id, place)? {
                tx.require_sync();
                announce(tx, place, &holder)?;
            }
            Ok(())
        })
        .await
}

fn refuse_base_role(role: &RoleName) -> Result<()> {
    match role.as_str() {
        "admin" => Err(Error::invalid(
            "The role admin is not given like others: make a person an admin, by PATCH /hub/api/users/NAME with {\"admin\": true}.",
        )),
        "user" => Err(Error::invalid("Everybody has the role user.")),
        "server" | "token" => {
            Err(Error::invalid(format!("The role {role} is what servers and tokens begin with; it has no holders.")))
        }
        _ => Ok(()),
    }
}

fn may_hand_out(caller: &Caller, holder: &RoleHolder) -> Result<()> {
    match holder {
        RoleHolder::User(name) => caller.require(&ScopeBase::AdminUsers, Target::User(name)),
        RoleHolder::Group(name) => caller.require(&ScopeBase::AdminGroups, Target::Group(name)),
    }
}

/// Whether the configuration file names this holder in the role.
pub(super) fn is_by_file(file: &[RoleSettings], role: &RoleName, holder: &RoleHolder) -> bool {
    file.iter().filter(|settings| settings.name == *role).any(|settings| match holder {
        RoleHolder::User(name) => settings.users.contains(name),
        RoleHolder::Group(name) => settings.groups.contains(name),
    })
}

/// The role, which must hold no more than the caller does.
fn checked(tx: &Tx<'_>, caller: &Caller, role: &RoleName, holder: &RoleHolder) -> Result<RoleRow> {
    let row = roles::find_by_name(tx, role)?.ok_or_else(|| Error::not_found(format!("There is no role {role}.")))?;
    let excess = beyond(caller, &row.scopes, Some(holder));
    if excess.is_empty() {
        return Ok(row);
    }
    Err(Error::forbidden(format!(
        "Nobody can give or take a role that holds more than they hold themselves; {role} holds {}.",
        excess.to_texts().join(", ")
    )))
}

/// What of a role's scopes the caller does not hold. What holders may do with what is their own is left out: whoever
/// looks after people may do that to them anyway.
pub(super) fn beyond(caller: &Caller, scopes: &[String], holder: Option<&RoleHolder>) -> ScopeSet {
    let own = match holder {
        Some(RoleHolder::User(name)) => Some(Filter::User(name.clone())),
        Some(RoleHolder::Group(_)) | None => None,
    };
    let theirs = |scope: &Scope| {
        let bare = scope.filter.as_ref().is_some_and(Filter::is_bare);
        bare || scope.base == ScopeBase::SelfScope || (own.is_some() && scope.filter == own)
    };
    let asked: ScopeSet =
        ScopeSet::parse(scopes).unwrap_or_default().iter().filter(|scope| !theirs(scope)).cloned().collect();
    let meant = expand(&asked);
    meant.difference(&intersect(&meant, &caller.scopes, &caller.members))
}

fn find_holder(tx: &Tx<'_>, caller: &Caller, holder: &RoleHolder) -> Result<Holder> {
    match holder {
        RoleHolder::User(name) => {
            let missing = || Error::not_found(format!("There is nobody called {name}."));
            let user = users::find_by_name(tx, name)?.ok_or_else(missing)?;
            if user.admin && !caller.is_admin() {
                return Err(Error::forbidden("Only admins can modify other admins"));
            }
            Ok(Holder::User(user.id))
        }
        RoleHolder::Group(name) => Ok(Holder::Group(super::list::find(tx, name)?.id)),
    }
}

/// Their rights are other ones now, so everything that shows them is old.
fn announce(tx: &mut Tx<'_>, place: Holder, holder: &RoleHolder) -> Result<()> {
    tx.emit(Event::GroupsChanged);
    match (place, holder) {
        (Holder::Group(id), _) => {
            for (_, user) in groups::list_members(tx, id)? {
                tx.emit(Event::UserChanged { user });
            }
        }
        (_, RoleHolder::User(name)) => tx.emit(Event::UserChanged { user: name.clone() }),
        (_, RoleHolder::Group(_)) => {}
    }
    Ok(())
}

/// Whether the role is one that every hub has.
pub(super) fn is_base(name: &str) -> bool {
    find_base_role(name).is_some()
}
