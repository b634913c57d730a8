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
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::error::ApiResult;
use super::extract::{AnyBody, Auth, Body};
use super::path::ServerPath;
use super::users::{PartingQuery, may_part, soon};
use crate::config::NamedServers;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::lifecycle::{Patience, ProgressEvent, StartEnd};
use crate::python;
use crate::servers::{self, ServerChange, StartWish};

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

/// The body of a change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read as JSON, so that each refusal is JupyterHub's; this describes it")]
pub(super) struct ChangeBody {
    /// Another name.
    name: Option<String>,
    /// Another name for people.
    display_name: Option<String>,
    /// Other options for the next start: an object.
    #[schema(nullable = false)]
    user_options: Option<Value>,
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
    let missing = || Error::not_found(format!("No such server: {}", key.full_name()));
    let row = servers::find_known(&ctx, &key).await?.ok_or_else(missing)?;
    Ok(Json(servers::view_for(&ctx, &caller, &row)))
}

/// `POST …/server`: 201 when it is ready within ten seconds, else 202 while it goes on.
#[utoipa::path(post, path = "/hub/api/users/{name}/servers/{server}", params(("name" = String, Path), ("server" = String, Path)), request_body = Option<StartBody>,
    responses((status = 201), (status = 202), (status = 409), (status = 429)), security(("token" = ["start:servers"])))]
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
    let mut ticket = servers::start(&ctx, &caller, &key, wish_of(body)?).await?;
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
fn wish_of(body: Value) -> Result<StartWish> {
    let Value::Object(mut fields) = body else { return Err(Error::invalid("Body must be a JSON object")) };
    let waits = fields.remove("labdeck_queue") == Some(Value::Bool(true));
    let patience = if waits { Patience::Queue } else { Patience::Refuse };
    let display_name = match fields.remove("display_name") {
        None => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err(Error::invalid("display_name must be a string")),
    };
    let user_options = match fields.remove("user_options") {
        Some(options) => options,
        None if display_name.is_some() || fields.is_empty() => Value::Null,
        None => Value::Object(fields),
    };
    if !user_options.is_null() {
        servers::check_options(&user_options)?;
    }
    Ok(StartWish { user_options, display_name, patience })
}

/// `PUT …/servers/{server}`: makes a named server, which is not started.
#[utoipa::path(put, path = "/hub/api/users/{name}/servers/{server}", params(("name" = String, Path), ("server" = String, Path)), request_body = Option<StartBody>,
    responses((status = 201, body = ServerView), (status = 400), (status = 409)), security(("token" = ["start:servers"])))]
pub(super) async fn create(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServerPath(key): ServerPath,
    Body(body): Body<Value>,
) -> ApiResult<(StatusCode, Json<ServerView>)> {
    caller.require(&ScopeBase::StartServers, Target::Server(&key))?;
    let StartWish { user_options, display_name, .. } = wish_of(body)?;
    let wish = ServerChange { name: None, display_name, user_options: Some(user_options) };
    let row = servers::create(&ctx, &key, &wish).await?;
    Ok((StatusCode::CREATED, Json(servers::view_for(&ctx, &caller, &row))))
}

/// `PATCH …/server`: changes a server that rests. What was saved in it and shared of it stays with it.
#[utoipa::path(patch, path = "/hub/api/users/{name}/servers/{server}", params(("name" = String, Path), ("server" = String, Path)), request_body = ChangeBody,
    responses((status = 200, body = ServerView), (status = 400), (status = 404), (status = 409)), security(("token" = ["start:servers"])))]
pub(super) async fn change(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServerPath(key): ServerPath,
    AnyBody(body): AnyBody,
) -> ApiResult<Json<ServerView>> {
    caller.require(&ScopeBase::StartServers, Target::Server(&key))?;
    let wish = read_change(body?)?;
    // Another name is another server to whoever may use only this one.
    if wish.name.is_some() {
        caller.require(&ScopeBase::StartServers, Target::User(&key.user))?;
    }
    let row = servers::change(&ctx, &key, &wish).await?;
    Ok(Json(servers::view_for(&ctx, &caller, &row)))
}

fn read_change(body: Value) -> Result<ServerChange> {
    let fields = match body {
        Value::Null => Map::new(),
        Value::Object(fields) => fields,
        _ => return Err(Error::invalid("Body must be a JSON object")),
    };
    let known = ["name", "display_name", "user_options"];
    let unknown: Vec<_> = fields.keys().filter(|name| !known.contains(&name.as_str())).collect();
    if !unknown.is_empty() {
        // JupyterHub means to say so, and breaks over its own sentence.
        let unknown: Vec<_> = unknown.into_iter().map(|name| python::repr_text(name)).collect();
        let words = format!("Unexpected fields: {{{}}}, supported fields: {}", unknown.join(", "), known.join(","));
        return Err(Error::invalid(words));
    }
    let text = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Error::invalid(format!("{name} must be a string"))),
    };
    let (name, display_name) = (text("name")?, text("display_name")?);
    // `null` is a value here, which is refused; only what is left out stays as it is.
    Ok(ServerChange { name, display_name, user_options: fields.get("user_options").cloned() })
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
    crate::accounts::get(&ctx, &key.user).await?;
    if !key.server.is_default() && servers::find_row(&ctx, &key).await?.is_none() {
        return Err(Error::not_found(format!("{} has no server named '{}'", key.user, key.server)).into());
    }
    if body.remove {
        let parting = query.labdeck_homes;
        may_part(&caller, parting)?;
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
