//! Users as the API shows them to a caller: one, several, or a page of all that the caller may see.

use labdeck_model::scope::{Access, Target};
use labdeck_store::Read;
use labdeck_store::tables::users::{self, UserQuery, UserRow, UserState};
use serde_json::Value;

use super::model::{Belongings, ServersShown, UserModel, user_model};
use crate::authz::Caller;
use crate::context::Context;
use crate::error::{Error, Result};

/// A part of the list of users.
#[derive(Debug, Clone, PartialEq)]
pub struct UserPage {
    /// The users.
    pub models: Vec<UserModel>,
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
    ctx.store
        .read(move |read| {
            let (users, total) = match &access {
                // Who may see everybody is answered by the store's own paging.
                Access::All => (users::list(read, &query)?, users::count(read, &query)?),
                Access::None | Access::Filtered(_) => visible(read, &asker, &access, &query)?,
            };
            let mut models = models_of(read, &context, &asker, &users, shown)?;
            if only_ready {
                models.retain(UserModel::has_ready_server);
            }
            Ok(UserPage { models, total: usize::try_from(total).unwrap_or(usize::MAX) })
        })
        .await
}

/// The page of those whom the caller may see, and how many these are on all pages.
fn visible(read: &Read<'_>, asker: &Caller, access: &Access, query: &UserQuery) -> Result<(Vec<UserRow>, u64)> {
    let start = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let count = query.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let mut all = users::list(read, &UserQuery { offset: 0, limit: None, ..query.clone() })?;
    all.retain(|user| access.admits(Target::User(&user.name), &asker.members));
    let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
    Ok((all.into_iter().skip(start).take(count).collect(), total))
}

fn models_of(
    read: &Read<'_>,
    ctx: &Context,
    asker: &Caller,
    users: &[UserRow],
    shown: ServersShown,
) -> Result<Vec<UserModel>> {
    let belongings = Belongings::read(read, asker, users)?;
    Ok(users.iter().map(|user| user_model(&belongings, ctx, asker, user, shown)).collect())
}

/// These users, in this order.
///
/// # Errors
/// When the store fails.
pub async fn models(ctx: &Context, caller: &Caller, users: Vec<UserRow>, shown: ServersShown) -> Result<Vec<Value>> {
    let (context, asker) = (ctx.clone(), caller.clone());
    let models = ctx.store.read(move |read| models_of(read, &context, &asker, &users, shown)).await?;
    Ok(models.into_iter().map(UserModel::into_value).collect())
}

/// One user.
///
/// # Errors
/// When the store fails.
pub async fn model(ctx: &Context, caller: &Caller, user: UserRow, shown: ServersShown) -> Result<Value> {
    let (context, asker) = (ctx.clone(), caller.clone());
    let user = [user];
    let mut models = ctx.store.read(move |read| models_of(read, &context, &asker, &user, shown)).await?;
    models.pop().map(UserModel::into_value).ok_or_else(|| Error::internal("a user has no model"))
}
