//! All servers at once, and their logs.

use axum::Json;
use axum::extract::{Query, State};
use http::StatusCode;
use labdeck_model::ServerView;
use labdeck_model::scope::{ScopeBase, Target};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::error::ApiResult;
use crate::api::extract::{Auth, Body};
use crate::api::path::ServerPath;
use crate::context::Context;
use crate::lifecycle::Patience;
use crate::resources::UsageView;
use crate::servers::{self, StartWish};

/// Lines of a log that are shown where nobody says how many.
const DEFAULT_LINES: usize = 200;
/// Lines of a log that are shown at the most.
const MAX_LINES: usize = 5000;

/// A server with its user.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserServer {
    /// Whose.
    user: String,
    /// The server.
    server: ServerView,
}

/// The last lines of a server's log, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServerLog {
    /// The lines.
    lines: Vec<String>,
}

/// The body of a restart.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct RestartBody {
    /// What is chosen anew; without it, what was chosen last.
    #[serde(default)]
    user_options: serde_json::Value,
}

/// The query of a log.
#[derive(Debug, Deserialize)]
pub(crate) struct LogQuery {
    lines: Option<usize>,
}

/// `GET servers`: every server that exists, running or not, as far as the caller may see them.
#[utoipa::path(get, path = "/hub/api/labdeck/servers",
    responses((status = 200, body = Vec<UserServer>)), security(("token" = ["read:servers"])))]
pub(crate) async fn list(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<Vec<UserServer>>> {
    let access = caller.reach(&ScopeBase::ReadServers)?;
    let rows = servers::list_rows(&ctx).await?;
    let visible = rows.iter().filter(|row| access.admits(Target::Server(&row.key), &caller.members));
    let views = visible.map(|row| UserServer { user: row.key.user.to_string(), server: servers::view_of(&ctx, row) });
    Ok(Json(views.collect()))
}

/// `POST servers/{name}/{server}/restart`: a stop and a start as one thing, with the options of the last start where
/// none are given. Waits in the queue if need be.
#[utoipa::path(post, path = "/hub/api/labdeck/servers/{name}/{server}/restart", params(("name" = String, Path), ("server" = String, Path)), request_body = Option<RestartBody>,
    responses((status = 202), (status = 409), (status = 429)), security(("token" = ["start:servers", "delete:servers"])))]
pub(crate) async fn restart(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServerPath(key): ServerPath,
    Body(body): Body<RestartBody>,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::DeleteServers, Target::Server(&key))?;
    caller.require(&ScopeBase::StartServers, Target::Server(&key))?;
    servers::get_row(&ctx, &key).await?;
    let wish = StartWish { user_options: body.user_options, display_name: None, patience: Patience::Queue };
    drop(servers::restart(&ctx, &caller, &key, wish).await?);
    Ok(StatusCode::ACCEPTED)
}

/// `GET servers/{name}/{server}/usage`: what it used over the last day, in coarse points.
#[utoipa::path(get, path = "/hub/api/labdeck/servers/{name}/{server}/usage", params(("name" = String, Path), ("server" = String, Path)),
    responses((status = 200, body = UsageView), (status = 404)), security(("token" = ["read:servers"])))]
pub(crate) async fn usage(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServerPath(key): ServerPath,
) -> ApiResult<Json<UsageView>> {
    caller.require(&ScopeBase::ReadServers, Target::Server(&key))?;
    servers::get_row(&ctx, &key).await?;
    Ok(Json(ctx.day.view(&key, ctx.clock.now())))
}

/// `GET servers/{name}/{server}/log`: the default server is `~`.
#[utoipa::path(get, path = "/hub/api/labdeck/servers/{name}/{server}/log", params(("name" = String, Path), ("server" = String, Path), ("lines" = Option<usize>, Query)),
    responses((status = 200, body = ServerLog)), security(("token" = ["access:servers"])))]
pub(crate) async fn log(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServerPath(key): ServerPath,
    Query(query): Query<LogQuery>,
) -> ApiResult<Json<ServerLog>> {
    // A log can hold what a notebook printed: who may use the server may read it.
    caller.require(&ScopeBase::AccessServers, Target::Server(&key))?;
    let lines = query.lines.unwrap_or(DEFAULT_LINES).min(MAX_LINES);
    Ok(Json(ServerLog { lines: servers::log_lines(&ctx, &key, lines).await? }))
}
