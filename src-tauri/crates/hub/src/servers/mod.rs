//! Servers as people ask for them: start, stop, look, delete. Checks what the request may want, then goes through the
//! one door, `lifecycle::Registry`. What a server is doing is the registry's truth; the store has its projection.

mod board;
mod deeds;
mod doors;
mod edit;
pub mod history;
mod learning;
mod list;
mod log;
mod ports;
mod routes;
mod start;
mod stop;
mod view;

pub use board::{Board, Live, announce, live_of};
pub use deeds::Deeds;
pub use doors::{DoorError, Doors};
pub use edit::{ServerChange, change, check_options, create, follow_rename, still_at};
pub use learning::recall;
pub use list::{list_moves, list_views};
pub use log::{follow_log, stop_for};
pub use ports::{HubPorts, home_of};
pub use routes::{check_routes, names_of};
pub use start::{StartWish, prepare, restart, start};
pub use stop::{MOST_LOG_LINES, clear_away, delete, log_lines, stop, stop_and_wait};
pub use view::view;

pub use labdeck_spawner::StopMode;

use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{ServerKey, ServerState, ServerView};
use labdeck_store::tables::spawners::{self, SpawnerRow};
use labdeck_store::tables::users;
use serde_json::json;

use crate::authz::Caller;
use crate::context::{Context, Inner};
use crate::error::{Error, Result};

/// What a server is doing.
pub fn state_of(ctx: &Inner, row: &SpawnerRow) -> ServerState {
    match ctx.registry.find(&row.key) {
        Some(snapshot) => snapshot.state().clone(),
        None => ports::resting_state(row),
    }
}

/// A server as the API shows it.
pub fn view_of(ctx: &Inner, row: &SpawnerRow) -> ServerView {
    view(row, &live_of(ctx, row), &ctx.config.base_url)
}

/// A server as the API shows it to a caller: the driver's memory of it is for those who may read that.
pub fn view_for(ctx: &Inner, caller: &Caller, row: &SpawnerRow) -> ServerView {
    let mut view = view_of(ctx, row);
    if caller.may(&ScopeBase::AdminServerState, Target::Server(&row.key)) {
        view.state = Some(row.run.state.clone().unwrap_or_else(|| json!({})));
    }
    view
}

/// A server as the API shows it; `None` where it never existed.
///
/// # Errors
/// When the store fails.
pub async fn find_view(ctx: &Context, key: &ServerKey) -> Result<Option<ServerView>> {
    let row = find_row(ctx, key).await?;
    Ok(row.map(|row| view_of(ctx, &row)))
}

/// All servers that exist, running or not.
///
/// # Errors
/// When the store fails.
pub async fn list_rows(ctx: &Context) -> Result<Vec<SpawnerRow>> {
    ctx.store.read(|read| Ok(spawners::list_all(read)?)).await
}

/// The stored row of a server that exists.
///
/// # Errors
/// 404 where it does not.
pub async fn get_row(ctx: &Context, key: &ServerKey) -> Result<SpawnerRow> {
    find_row(ctx, key).await?.ok_or_else(|| Error::not_found(format!("There is no server {key}.")))
}

/// A server as JupyterHub knows it: everybody has a default server, started or not.
///
/// # Errors
/// When the store fails.
pub async fn find_known(ctx: &Context, key: &ServerKey) -> Result<Option<SpawnerRow>> {
    let key = key.clone();
    ctx.store
        .read(move |read| {
            let found = spawners::find_by_key(read, &key)?;
            if found.is_some() || !key.server.is_default() {
                return Ok::<_, Error>(found);
            }
            let user = users::find_by_name(read, &key.user)?;
            Ok(user.map(|user| SpawnerRow::unmade(user.id, user.name, user.created)))
        })
        .await
}

/// The stored row of a server.
///
/// # Errors
/// When the store fails.
pub async fn find_row(ctx: &Context, key: &ServerKey) -> Result<Option<SpawnerRow>> {
    let key = key.clone();
    ctx.store.read(move |read| Ok::<_, Error>(spawners::find_by_key(read, &key)?)).await
}
