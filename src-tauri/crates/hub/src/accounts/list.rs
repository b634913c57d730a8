//! Users as the API shows them to a caller: one, several, or a page of all that the caller may see.

use labdeck_model::scope::{Access, Target};
use labdeck_store::tables::users::{self, UserQuery, UserRow, UserState};
use serde_json::{Value, json};

use super::model::{ServersShown, user_model};
use crate::authz::Caller;
use crate::context::Context;
use crate::error::Result;

/// A part of the list of users.
#[derive(Debug, Clone, PartialEq)]
pub struct UserPage {
    /// The users.
    pub models: Vec<Value>,
    /// How many the caller may see, on all pages.
    pub total: usize,
}

/// The users that the caller has access to and the query asks for; its paging counts only those.
///
/// # Errors
/// When the store fails.
pub async fn list_models(
    ctx: &Context,
    caller: &Caller,
    access: Access,
    query: UserQuery,
    shown: ServersShown,
) -> Result<UserPage> {
    let (context, asker) = (ctx.clone(), caller.clone());
    let only_ready = query.state == Some(UserState::Ready);
    let start = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let count = query.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let query = UserQuery { offset: 0, limit: None, ..query };
    ctx.store
        .read(move |read| {
            let mut visible = users::list(read, &query)?;
            visible.retain(|user| access.admits(Target::User(&user.name), &asker.members));
            let page = visible.iter().skip(start).take(count);
            let mut models = page
                .map(|user| user_model(read, &context, &asker, user, shown))
                .collect::<std::result::Result<Vec<_>, _>>()?;
            if only_ready {
                models.retain(has_ready_server);
            }
            Ok(UserPage { models, total: visible.len() })
        })
        .await
}

/// These users, in this order.
///
/// # Errors
/// When the store fails.
pub async fn models(ctx: &Context, caller: &Caller, users: Vec<UserRow>, shown: ServersShown) -> Result<Vec<Value>> {
    let (context, asker) = (ctx.clone(), caller.clone());
    ctx.store
        .read(move |read| {
            let models = users.iter().map(|user| user_model(read, &context, &asker, user, shown));
            Ok(models.collect::<std::result::Result<Vec<_>, _>>()?)
        })
        .await
}

/// One user.
///
/// # Errors
/// When the store fails.
pub async fn model(ctx: &Context, caller: &Caller, user: UserRow, shown: ServersShown) -> Result<Value> {
    let (context, asker) = (ctx.clone(), caller.clone());
    ctx.store.read(move |read| Ok(user_model(read, &context, &asker, &user, shown)?)).await
}

/// The store knows what was written down; which server answers now is seen in the model.
fn has_ready_server(model: &Value) -> bool {
    let servers = model.get("servers").and_then(Value::as_object);
    servers.is_some_and(|servers| servers.values().any(|server| server["ready"] == json!(true)))
}
