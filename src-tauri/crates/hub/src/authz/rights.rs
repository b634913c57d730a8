//! What an account holds before any token narrows it: its roles, its groups' roles, and what sharing gives it.

use labdeck_model::RoleName;
use labdeck_model::scope::{Owner, ScopeSet, expand, find_base_role, resolve_owner};
use labdeck_store::tables::roles::{self, Holder, RoleRow};
use labdeck_store::tables::services::ServiceRow;
use labdeck_store::tables::users::UserRow;
use labdeck_store::{Read, StoreError};

/// Everything a user may do: the roles `user` and (for admins) `admin`, those given by name, those of their groups.
///
/// # Errors
/// When the store fails.
pub fn owner_scopes(read: &Read<'_>, user: &UserRow) -> Result<ScopeSet, StoreError> {
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

/// The names of a user's roles, as the API shows them.
///
/// # Errors
/// When the store fails.
pub fn role_names(read: &Read<'_>, user: &UserRow) -> Result<Vec<String>, StoreError> {
    let mut names = vec![if user.admin { "admin" } else { "user" }.to_owned()];
    if user.admin {
        names.push("user".to_owned());
    }
    names.extend(roles::list_for(read, Holder::User(user.id))?.into_iter().map(|role| role.name.to_string()));
    names.sort();
    names.dedup();
    Ok(names)
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
