//! `/users/{name}/server` and `/users/{name}/servers/{server}`: look, start, stop, delete.

use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use http::{StatusCode, header};
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{Pending, ServerState, ServerView};
use labdeck_spawner::StopMode;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::error::ApiResult;
use super::extract::{Auth, Body};
use super::path::ServerPath;
use super::users::{PartingQuery, soon};
use crate::config::NamedServers;
use crate::context::Context;
use crate::error::{Error, Kind};
use crate::homes::Parting;
use crate::lifecycle::{Patience, ProgressEvent, StartEnd};
use crate::servers::{self, StartWish};

/// How long a call waits for the end of what it began before it answers 202 (JupyterHub's `slow_spawn_timeout` and
/// `slow_stop_timeout`).
const PATIENCE: Duration = Duration::from_secs(10);

/// The body of a start, as new clients send it; from others the whole body is the options ([`wish_of`]).
#[derive(ToSchema)]
#[expect(dead_code, reason = "described, never built: what is read is freer")]
pub(super) struct StartBody {
    /// What the user chose: `{"stack": "…"}`.
    #[schema(nullable = false)]
    user_options: Option<Value>,
    /// The name that people shall read.
    display_name: Option<String>,
    /// Whether to wait in the queue where there is no room now; else such a start is refused with 429.
    labdeck_queue: Option<bool>,
}

/// The body of a stop.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct StopBody {
    /// Whether a named server is deleted for good.
    #[serde(default)]
    remove: bool,
}

/// `GET …/server`.
#[utoipa::path(get, path = "/hub/api/users/{name}/servers/{server}", params(("name" = String, Path), ("server" = String, Path)),
    responses((status = 200, body = ServerView)), security(("token" = ["read:servers"])))]
pub(super) async fn get(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServerPath(key): ServerPath,
) -> ApiResult<Json<ServerView>> {
    caller.require(&ScopeBase::ReadServers, Target::Server(&key))?;
    let view = servers::find_view(&ctx, &key).await?;
    Ok(Json(view.ok_or_else(|| Error::not_found(format!("No such server: {}", key.full_name())))?))
}

/// `POST …/server`: 201 when it is ready within ten seconds, else 202 while it goes on.
#[utoipa::path(post, path = "/hub/api/users/{name}/servers/{server}", params(("name" = String, Path), ("server" = String, Path)), request_body = Option<StartBody>,
    responses((status = 201), (status = 202)), security(("token" = ["start:servers"])))]
pub(super) async fn start(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServerPath(key): ServerPath,
    Body(body): Body<Value>,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::StartServers, Target::Server(&key))?;
    if ctx.config.named_servers == NamedServers::Off && !key.server.is_default() {
        return Err(Error::invalid("Named servers are not enabled.").into());
    }
    let mut ticket = servers::start(&ctx, &caller, &key, wish_of(body)).await?;
    match ticket.ended_within(PATIENCE).await {
        Some(StartEnd::Ready) => Ok(StatusCode::CREATED),
        None => Ok(StatusCode::ACCEPTED),
        Some(StartEnd::Failed(failure)) => {
            Err(Error::new(Kind::Unavailable, format!("{} {}", failure.message, failure.remedy).trim().to_owned())
                .into())
        }
        Some(StartEnd::Stopped(_)) => Err(Error::conflict("The start was called off.").into()),
        Some(StartEnd::Left) => Err(Error::new(Kind::Unavailable, "The hub is shutting down.").into()),
    }
}

/// New clients send `user_options` and `display_name`; where neither is there, the whole body is the options.
fn wish_of(body: Value) -> StartWish {
    let Value::Object(mut fields) = body else { return StartWish::default() };
    let waits = fields.remove("labdeck_queue") == Some(Value::Bool(true));
    let patience = if waits { Patience::Queue } else { Patience::Refuse };
    if fields.contains_key("user_options") || fields.contains_key("display_name") {
        let display_name = fields.get("display_name").and_then(Value::as_str).map(str::to_owned);
        let user_options = fields.remove("user_options").unwrap_or_default();
        return StartWish { user_options, display_name, patience };
    }
    let user_options = if fields.is_empty() { Value::Null } else { Value::Object(fields) };
    StartWish { user_options, display_name: None, patience }
}

/// `DELETE …/server`: 204 when it is down within ten seconds, else 202. With `{"remove": true}` a named server is
/// deleted for good; what was saved in it is kept unless the query says `archive` or `erase`.
#[utoipa::path(delete, path = "/hub/api/users/{name}/servers/{server}", params(("name" = String, Path), ("server" = String, Path), PartingQuery), request_body = Option<StopBody>,
    responses((status = 202), (status = 204)), security(("token" = ["delete:servers"])))]
pub(super) async fn stop(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServerPath(key): ServerPath,
    Query(query): Query<PartingQuery>,
    Body(body): Body<StopBody>,
) -> ApiResult<Response> {
    caller.require(&ScopeBase::DeleteServers, Target::Server(&key))?;
    if !key.server.is_default() && servers::find_row(&ctx, &key).await?.is_none() {
        return Err(Error::not_found(format!("{} has no server named '{}'", key.user, key.server)).into());
    }
    if body.remove {
        let parting = query.labdeck_homes;
        if parting == Parting::Archive && !caller.may(&ScopeBase::AdminServers, Target::Hub) {
            // Archives lie on the hub's own disk, and nobody but the lead clears them away.
            return Err(
                Error::forbidden("Only who manages all servers can have files archived. Keep or erase them.").into()
            );
        }
        let deleting = async move { servers::delete(&ctx, &key, parting).await };
        return Ok(soon("api.delete_server", deleting).await?.into_response());
    }
    let mut ticket = servers::stop_for(&ctx, &key, StopMode::Graceful, &caller);
    match ticket.ended_within(PATIENCE).await {
        Some(rest) => match rest.state() {
            // Not down, as far as anybody knows: saying so would be a lie.
            ServerState::Failed { failure, .. } if failure.kind == "stop_failed" => {
                Err(Error::new(Kind::Unavailable, format!("{} {}", failure.message, failure.remedy).trim().to_owned())
                    .into())
            }
            ServerState::Failed { .. }
            | ServerState::Stopped { .. }
            | ServerState::Queued { .. }
            | ServerState::Starting { .. }
            | ServerState::Waiting { .. }
            | ServerState::Routing { .. }
            | ServerState::Ready { .. }
            | ServerState::Stopping { .. }
            | ServerState::Checking { .. } => Ok(StatusCode::NO_CONTENT.into_response()),
        },
        None => Ok(StatusCode::ACCEPTED.into_response()),
    }
}

/// `GET …/progress`: JupyterHub's stream of what a start is doing.
#[utoipa::path(get, path = "/hub/api/users/{name}/servers/{server}/progress", params(("name" = String, Path), ("server" = String, Path)),
    responses((status = 200, body = ProgressEvent, content_type = "text/event-stream")), security(("token" = ["read:servers"])))]
pub(super) async fn progress(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServerPath(key): ServerPath,
) -> ApiResult<Response> {
    caller.require(&ScopeBase::ReadServers, Target::Server(&key))?;
    let missing = || Error::not_found(format!("No such server: {}", key.full_name()));
    let row = servers::find_row(&ctx, &key).await?.ok_or_else(missing)?;
    let state = servers::state_of(&ctx, &row);
    let reader = ctx.registry.progress(&key);
    let Some(reader) = reader.filter(|_| state.pending() != Some(Pending::Stop)) else {
        return Err(Error::invalid(format!("{key} is not starting...")).into());
    };
    let stream = super::progress::stream(reader).take_until(ctx.ending.clone().cancelled_owned());
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")];
    Ok((headers, axum::body::Body::from_stream(stream)).into_response())
}
