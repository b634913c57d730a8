//! The servers of one user, as the home page lists them.

use labdeck_model::{ServerView, UserId};
use labdeck_store::tables::spawners;

use super::view_of;
use crate::context::Context;
use crate::error::{Error, Result};

/// A user's servers that exist, running or not.
///
/// # Errors
/// When the store fails.
pub async fn list_views(ctx: &Context, user: UserId) -> Result<Vec<ServerView>> {
    let rows = ctx.store.read(move |read| Ok::<_, Error>(spawners::list_for_user(read, user)?)).await?;
    Ok(rows.iter().map(|row| view_of(ctx, row)).collect())
}
