//! Groups as the API shows them: each field is there only if the caller holds a scope that covers the group.

use labdeck_model::GroupName;
use labdeck_model::scope::{Access, Filter, ScopeBase, Target};
use labdeck_store::tables::groups::{self, GroupRow};
use labdeck_store::tables::roles::{self, Holder};
use labdeck_store::{Read, StoreError};
use serde_json::{Map, Value, json};

use crate::authz::Caller;
use crate::context::Context;
use crate::error::{Error, Result};

/// A part of the list of groups.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupPage {
    /// The groups.
    pub models: Vec<Value>,
    /// How many the caller may see, on all pages.
    pub total: usize,
}

/// The groups that the caller may list, oldest first: `limit` of them after `offset`.
///
/// # Errors
/// 403 where the right to list groups is narrowed to something that is no group: that is no right to list any.
pub async fn list_models(
    ctx: &Context,
    caller: &Caller,
    access: Access,
    (offset, limit): (u64, u64),
) -> Result<GroupPage> {
    if let Access::Filtered(filters) = &access
        && filters.iter().any(|filter| !matches!(filter, Filter::Group(_)))
    {
        return Err(Error::forbidden("The right to list groups can only be narrowed to groups."));
    }
    let asker = caller.clone();
    let at = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    ctx.store
        .read(move |read| {
            let mut visible = groups::list(read)?;
            visible.retain(|group| access.admits(Target::Group(&group.name), &asker.members));
            let page = visible.iter().skip(at(offset)).take(at(limit));
            let models = page.map(|group| group_model(read, &asker, group));
            Ok(GroupPage { models: models.collect::<std::result::Result<_, _>>()?, total: visible.len() })
        })
        .await
}

/// One group.
///
/// # Errors
/// 404.
pub async fn model(ctx: &Context, caller: &Caller, name: &GroupName) -> Result<Value> {
    let (asker, name) = (caller.clone(), name.clone());
    ctx.store.read(move |read| Ok(group_model(read, &asker, &find(read, &name)?)?)).await
}

/// These groups, in this order.
///
/// # Errors
/// When the store fails.
pub async fn models(ctx: &Context, caller: &Caller, groups: Vec<GroupRow>) -> Result<Vec<Value>> {
    let asker = caller.clone();
    ctx.store
        .read(move |read| {
            let models = groups.iter().map(|group| group_model(read, &asker, group));
            Ok(models.collect::<std::result::Result<_, _>>()?)
        })
        .await
}

/// The group of this name.
pub(super) fn find(read: &Read<'_>, name: &GroupName) -> Result<GroupRow> {
    groups::find_by_name(read, name)?.ok_or_else(|| Error::not_found(format!("No such group: {name}")))
}

fn group_model(read: &Read<'_>, caller: &Caller, group: &GroupRow) -> Result<Value, StoreError> {
    let may = |scope: ScopeBase| caller.may(&scope, Target::Group(&group.name));
    let mut model = Map::new();
    model.insert("kind".to_owned(), json!("group"));
    model.insert("name".to_owned(), json!(group.name));
    if may(ScopeBase::ReadGroups) {
        let names: Vec<_> = groups::list_members(read, group.id)?.into_iter().map(|(_, name)| name).collect();
        model.insert("users".to_owned(), json!(names));
        model.insert("properties".to_owned(), json!(group.properties));
    }
    if may(ScopeBase::ReadRolesGroups) {
        let names: Vec<_> = roles::list_for(read, Holder::Group(group.id))?.into_iter().map(|role| role.name).collect();
        model.insert("roles".to_owned(), json!(names));
    }
    Ok(Value::Object(model))
}
