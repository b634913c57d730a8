//! Roles as people read them: what each allows in words, who holds it, and whether the caller could give it.

use labdeck_model::scope::{BASE_ROLES, Scope, ScopeBase, Target};
use labdeck_model::{GroupName, ServiceName, UserName};
use labdeck_store::tables::roles::{self, Holder, RoleRow};
use labdeck_store::tables::{groups, services, users};
use labdeck_store::{Read, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

use super::roles::{RoleHolder, beyond, is_base, is_by_file};
use crate::authz::Caller;
use crate::config::RoleSettings;
use crate::context::Context;
use crate::error::Result;

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Role)]
pub struct RoleView {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it allows.
    pub scopes: Vec<RoleScope>,
    /// Where it comes from.
    pub source: RoleSource,
    /// Whether you may give and take it: it is no built-in one and holds nothing that you do not hold.
    pub may_give: bool,
    /// Who holds it by name. The roles `user` and `admin` are everybody's and the admins'.
    pub holders: RoleHolders,
    /// Those of the holders to whom the configuration file gives it, who keep it.
    pub by_file: RoleHolders,
}

/// One thing that a role allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RoleScope {
    /// As the configuration writes it: `read:users!group=lab`.
    pub scope: String,
    /// What it allows, for people.
    pub words: String,
}

/// Where a role comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleSource {
    /// Every hub has it.
    BuiltIn,
    /// The configuration file.
    File,
}

/// Who holds a role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RoleHolders {
    /// People.
    pub users: Vec<UserName>,
    /// Groups, and with them everybody who is in them.
    pub groups: Vec<GroupName>,
    /// Services.
    pub services: Vec<ServiceName>,
}

/// All roles: the built-in ones first, then by name. Holders whom the caller may not read are left out.
///
/// # Errors
/// When the store fails.
pub async fn list_roles(ctx: &Context, caller: &Caller) -> Result<Vec<RoleView>> {
    let (asker, file) = (caller.clone(), ctx.config.roles.clone());
    ctx.store
        .read(move |read| {
            let stored = roles::list(read)?;
            let mut views = Vec::new();
            for base in BASE_ROLES {
                let row = stored.iter().find(|row| row.name.as_str() == base.name);
                let mut view = match row {
                    Some(row) => view(read, &asker, &file, row)?,
                    None => built_in(base.name, base.scopes),
                };
                if view.description.is_empty() {
                    base.description.clone_into(&mut view.description);
                }
                views.push(view);
            }
            for row in stored.iter().filter(|row| !is_base(row.name.as_str())) {
                views.push(view(read, &asker, &file, row)?);
            }
            Ok(views)
        })
        .await
}

fn built_in(name: &str, scopes: &[impl AsRef<str>]) -> RoleView {
    RoleView {
        name: name.to_owned(),
        description: String::new(),
        scopes: in_words(scopes),
        source: RoleSource::BuiltIn,
        may_give: false,
        holders: RoleHolders::default(),
        by_file: RoleHolders::default(),
    }
}

fn view(read: &Read<'_>, caller: &Caller, file: &[RoleSettings], row: &RoleRow) -> Result<RoleView, StoreError> {
    let name = row.name.to_string();
    let base = is_base(&name);
    let (holders, by_file) = holders(read, caller, file, row)?;
    Ok(RoleView {
        may_give: !base && beyond(caller, &row.scopes, None).is_empty(),
        source: if base { RoleSource::BuiltIn } else { RoleSource::File },
        description: row.description.clone(),
        holders,
        by_file,
        ..built_in(&name, &row.scopes)
    })
}

fn holders(
    read: &Read<'_>,
    caller: &Caller,
    file: &[RoleSettings],
    row: &RoleRow,
) -> Result<(RoleHolders, RoleHolders), StoreError> {
    let (mut all, mut by_file) = (RoleHolders::default(), RoleHolders::default());
    for holder in roles::list_holders(read, row.id)? {
        match holder {
            Holder::User(id) => {
                let Some(name) = users::find_by_id(read, id)?.map(|user| user.name) else { continue };
                if !caller.may(&ScopeBase::ReadRolesUsers, Target::User(&name)) {
                    continue;
                }
                if is_by_file(file, &row.name, &RoleHolder::User(name.clone())) {
                    by_file.users.push(name.clone());
                }
                all.users.push(name);
            }
            Holder::Group(id) => {
                let Some(name) = groups::find_by_id(read, id)?.map(|group| group.name) else { continue };
                if !caller.may(&ScopeBase::ReadRolesGroups, Target::Group(&name)) {
                    continue;
                }
                if is_by_file(file, &row.name, &RoleHolder::Group(name.clone())) {
                    by_file.groups.push(name.clone());
                }
                all.groups.push(name);
            }
            Holder::Service(id) => {
                let Some(name) = services::find_by_id(read, id)?.map(|service| service.name) else { continue };
                if caller.may(&ScopeBase::ReadRolesServices, Target::Service(&name)) {
                    by_file.services.push(name.clone());
                    all.services.push(name);
                }
            }
        }
    }
    Ok((all, by_file))
}

/// Scopes with what each allows, one sentence for each.
pub fn in_words(scopes: &[impl AsRef<str>]) -> Vec<RoleScope> {
    scopes.iter().map(AsRef::as_ref).map(|text| RoleScope { scope: text.to_owned(), words: words_of(text) }).collect()
}

fn words_of(text: &str) -> String {
    let Ok(scope) = Scope::parse(text) else {
        return "Nothing: this version does not know it.".to_owned();
    };
    let words = scope.base.description();
    match &scope.filter {
        None => words.to_owned(),
        Some(filter) => format!("{words} Only for {}.", filter.in_words()),
    }
}
