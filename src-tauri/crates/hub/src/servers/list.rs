//! The servers of one user, as the home page lists them; and when data last moved to or from servers.

use labdeck_model::{ServerKey, ServerName, ServerView, Timestamp, UserId, UserName};
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

/// When data last moved through the proxy's routes, for each server that has one.
pub fn list_moves(ctx: &Context) -> Vec<(ServerKey, Timestamp)> {
    let of = |route: labdeck_proxy::Route| {
        let user = UserName::parse(route.data.get("user")?.as_str()?).ok()?;
        let server = ServerName::parse(route.data.get("server_name")?.as_str()?).ok()?;
        let at = i64::try_from(route.last_activity.unix_timestamp_nanos() / 1000).ok()?;
        Some((ServerKey::new(user, server), Timestamp::from_unix_micros(at)))
    };
    ctx.routes.list().into_iter().filter_map(of).collect()
}
