//! What an account holds before any token narrows it: its roles, its groups' roles, and what sharing gives it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use labdeck_model::scope::{
    Filter, Owner, Scope, ScopeBase, ScopeSet, Target, Verdict, expand, find_base_role, intersect, resolve_owner,
};
use labdeck_model::{RoleName, ServerKey, UserName};
use labdeck_store::tables::groups;
use labdeck_store::tables::roles::{self, Holder, RoleRow};
use labdeck_store::tables::services::ServiceRow;
use labdeck_store::tables::shares;
use labdeck_store::tables::users::{self, UserRow};
use labdeck_store::{Read, StoreError};

use super::Members;

/// Everything a user may do: the roles `user` and (for admins) `admin`, those given by name, those of their groups, and
/// what others share with them or their groups.
///
/// # Errors
/// When the store fails.
pub fn owner_scopes(read: &Read<'_>, user: &UserRow) -> Result<ScopeSet, StoreError> {
    Ok(role_scopes(read, user)?.union(&shared_scopes(read, user)?))
}

/// Whether a user may open a server now.
///
/// # Errors
/// When the store fails.
pub fn may_open(read: &Read<'_>, user: &UserRow, key: &ServerKey) -> Result<bool, StoreError> {
    let members = Members::new(groups::list_memberships(read)?);
    let held = owner_scopes(read, user)?;
    Ok(held.check(&ScopeBase::AccessServers, Target::Server(key), &members) == Verdict::Granted)
}

/// What shares give: no more than the server's owner may, whoever made the share.
fn shared_scopes(read: &Read<'_>, user: &UserRow) -> Result<ScopeSet, StoreError> {
    let mut given = ScopeSet::new();
    let mut limits: HashMap<UserName, ScopeSet> = HashMap::new();
    for share in shares::list_with_user(read, user.id)? {
        let limit = match limits.entry(share.server.user.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let owner = users::find_by_name(read, free.key())?;
                let limit = owner.map_or(Ok(ScopeSet::new()), |owner| role_scopes(read, &owner))?;
                free.insert(limit)
            }
        };
        let scopes = share_scopes(&share.scopes, &share.server);
        given = given.union(&intersect(&scopes, limit, &Members::default()));
    }
    Ok(given)
}

/// A share's scopes as they stand: about the server by the name that it has now, which may not be the one that it had
/// when the share was made. What cannot be read gives nothing.
pub fn share_scopes(stored: &[String], key: &ServerKey) -> ScopeSet {
    let read = stored.iter().filter_map(|text| Scope::parse(text).ok());
    read.map(|scope| Scope::filtered(scope.base, Filter::Server(key.clone()))).collect()
}

fn role_scopes(read: &Read<'_>, user: &UserRow) -> Result<ScopeSet, StoreError> {
    let mut held = base_role(read, "user")?;
    if user.admin {
        held = held.union(&base_role(read, "admin")?);
    }
    let given = roles::list_for(read, Holder::User(user.id))?;
    let through_groups = roles::list_through_groups(read, user.id)?;
    for role in given.iter().chain(&through_groups) {
        held = held.union(&scopes_of(role));
    }
    Ok(expand(&resolve_owner(&held, &Owner::user(user.name.clone()))))
}

/// Everything a service may do: what its roles say, and all of `admin` where the configuration calls it one.
///
/// # Errors
/// When the store fails.
pub fn service_scopes(read: &Read<'_>, service: &ServiceRow) -> Result<ScopeSet, StoreError> {
    let mut held = ScopeSet::new();
    if service.facts.admin {
        held = held.union(&base_role(read, "admin")?);
    }
    for role in &roles::list_for(read, Holder::Service(service.id))? {
        held = held.union(&scopes_of(role));
    }
    Ok(expand(&resolve_owner(&held, &Owner::service(service.name.clone()))))
}

/// The names of a user's roles, as the API shows them: those given by name, and those that need not be given.
pub fn role_names(user: &UserRow, given: &[RoleName]) -> Vec<String> {
    let mut names = vec![if user.admin { "admin" } else { "user" }.to_owned()];
    if user.admin {
        names.push("user".to_owned());
    }
    names.extend(given.iter().map(RoleName::to_string));
    names.sort();
    names.dedup();
    names
}

/// A role of the store, which the configuration may have redefined, else the built-in one.
fn base_role(read: &Read<'_>, name: &str) -> Result<ScopeSet, StoreError> {
    let stored = match RoleName::parse(name) {
        Ok(name) => roles::find_by_name(read, &name)?,
        Err(_) => None,
    };
    let built_in = || find_base_role(name).map(|role| role.scope_set()).unwrap_or_default();
    Ok(stored.map_or_else(built_in, |role| scopes_of(&role)))
}

/// What cannot be read grants nothing.
fn scopes_of(role: &RoleRow) -> ScopeSet {
    ScopeSet::parse(&role.scopes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_server_is_meant_by_its_new_name() {
        let ada = ServerKey::default_of(UserName::parse("ada").unwrap());
        let stored = ["access:servers!server=ada/old".to_owned(), "nonsense".to_owned()];
        assert_eq!(share_scopes(&stored, &ada).to_texts(), ["access:servers!server=ada/"]);
    }
}
