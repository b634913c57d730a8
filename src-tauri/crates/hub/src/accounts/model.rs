//! A user as the API shows it: each field is there only if the caller holds a scope that covers it.

use labdeck_model::ServerState;
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_store::tables::groups;
use labdeck_store::tables::spawners::{self, SpawnerRow};
use labdeck_store::tables::users::UserRow;
use labdeck_store::{Read, StoreError};
use serde_json::{Map, Value, json};

use crate::authz::{Caller, role_names};
use crate::context::Inner;
use crate::servers;

/// Which of a user's servers a model lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServersShown {
    /// Those that run or are under way.
    Active,
    /// Stopped ones too.
    All,
}

/// The model of one user for a caller.
///
/// # Errors
/// When the store fails.
pub(super) fn user_model(
    read: &Read<'_>,
    ctx: &Inner,
    caller: &Caller,
    user: &UserRow,
    shown: ServersShown,
) -> Result<Value, StoreError> {
    let may = |scope: ScopeBase| caller.may(&scope, Target::User(&user.name));
    let mut model = Map::new();
    model.insert("kind".to_owned(), json!("user"));
    model.insert("name".to_owned(), json!(user.name));
    let mut mine = spawners::list_for_user(read, user.id)?;
    if shown == ServersShown::All && !mine.first().is_some_and(|row| row.key.server.is_default()) {
        mine.insert(0, SpawnerRow::unmade(user.id, user.name.clone(), user.created));
    }
    if may(ScopeBase::ReadUsersName) {
        model.insert("user_info".to_owned(), json!(user.user_info));
    }
    if may(ScopeBase::ReadUsersName) || may(ScopeBase::ReadRolesUsers) {
        model.insert("admin".to_owned(), json!(user.admin));
    }
    if may(ScopeBase::ReadUsers) {
        let default = default_state(ctx, &mine);
        model.insert("created".to_owned(), json!(user.created));
        model.insert(
            "server".to_owned(),
            json!(default.as_ref().and_then(|(path, state)| state.is_ready().then_some(path))),
        );
        model.insert("pending".to_owned(), json!(default.as_ref().and_then(|(_, state)| state.pending())));
    }
    if may(ScopeBase::ReadUsersGroups) {
        let names: Vec<_> = groups::list_for_user(read, user.id)?.into_iter().map(|group| group.name).collect();
        model.insert("groups".to_owned(), json!(names));
    }
    if may(ScopeBase::ReadUsersActivity) {
        model.insert("last_activity".to_owned(), json!(user.last_activity));
    }
    if may(ScopeBase::ReadRolesUsers) || may(ScopeBase::ReadUsers) {
        model.insert("roles".to_owned(), json!(role_names(read, user)?));
    }
    if may(ScopeBase::AdminAuthState) {
        model.insert("auth_state".to_owned(), Value::Null);
    }
    let visible: Vec<_> =
        mine.iter().filter(|row| caller.may(&ScopeBase::ReadServers, Target::Server(&row.key))).collect();
    if may(ScopeBase::ReadServers) || !visible.is_empty() {
        model.insert("servers".to_owned(), servers_model(ctx, caller, &visible, shown));
    }
    Ok(Value::Object(model))
}

fn default_state(ctx: &Inner, mine: &[SpawnerRow]) -> Option<(String, ServerState)> {
    let row = mine.iter().find(|row| row.key.server.is_default())?;
    Some((row.key.path_below(&ctx.config.base_url), servers::state_of(ctx, row)))
}

fn servers_model(ctx: &Inner, caller: &Caller, rows: &[&SpawnerRow], shown: ServersShown) -> Value {
    let mut models = Map::new();
    for row in rows {
        let state = servers::state_of(ctx, row);
        if shown == ServersShown::Active && state.is_stopped() {
            continue;
        }
        models.insert(row.key.server.to_string(), json!(servers::view_for(ctx, caller, row)));
    }
    Value::Object(models)
}
