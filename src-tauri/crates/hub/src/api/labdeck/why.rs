//! One server's trouble: diagnosis, history, log as it is written, repairs, messages.

use std::convert::Infallible;

use axum::Json;
use axum::body::Body as StreamBody;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::{StatusCode, header};
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{Job, ServerEntry};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::events::revoked_token;
use crate::api::error::ApiResult;
use crate::api::extract::{Auth, Body};
use crate::api::path::{FixPath, ServerPath};
use crate::authz::{Caller, Who};
use crate::context::Context;
use crate::diagnosis::{self, Diagnosis, Mended};
use crate::error::Error;
use crate::servers::{self, MOST_LOG_LINES};

/// Lines with which a followed log begins, where nobody says how many.
const FOLLOWED_LINES: usize = 200;
/// Lines of a history that are shown where nobody says how many, and at the most.
const ENTRIES: (u32, u32) = (100, 1000);

/// The query of a followed log.
#[derive(Debug, Deserialize)]
pub(crate) struct LinesQuery {
    lines: Option<usize>,
}

/// The query of a history.
#[derive(Debug, Deserialize)]
pub(crate) struct LimitQuery {
    limit: Option<u32>,
}

/// One line of a log that is followed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogLine {
    /// The line.
    line: String,
}

/// The body of a message.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct MessageBody {
    /// What people shall read.
    text: String,
}

/// To how many servers a message went.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Told {
    /// How many.
    servers: usize,
}

/// `GET servers/{name}/{server}/diagnosis`: what is wrong, or 404.
#[utoipa::path(get, path = "/hub/api/labdeck/servers/{name}/{server}/diagnosis", params(("name" = String, Path), ("server" = String, Path)),
    responses((status = 200, body = Diagnosis), (status = 404)), security(("token" = ["access:servers"])))]
pub(crate) async fn get(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServerPath(key): ServerPath,
) -> ApiResult<Json<Diagnosis>> {
    caller.require(&ScopeBase::AccessServers, Target::Server(&key))?;
    let found = diagnosis::diagnose(&ctx, &caller, &key).await?;
    Ok(Json(found.ok_or_else(|| Error::not_found(format!("Nothing is wrong with the server {key}.")))?))
}

/// `GET servers/{name}/{server}/events`: its history, newest first.
#[utoipa::path(get, path = "/hub/api/labdeck/servers/{name}/{server}/events", params(("name" = String, Path), ("server" = String, Path), ("limit" = Option<u32>, Query)),
    responses((status = 200, body = Vec<ServerEntry>)), security(("token" = ["access:servers"])))]
pub(crate) async fn events(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServerPath(key): ServerPath,
    Query(query): Query<LimitQuery>,
) -> ApiResult<Json<Vec<ServerEntry>>> {
    caller.require(&ScopeBase::AccessServers, Target::Server(&key))?;
    let limit = query.limit.unwrap_or(ENTRIES.0).min(ENTRIES.1);
    Ok(Json(servers::history::list(&ctx.store, &key, limit).await.map_err(Error::from)?))
}

/// `POST servers/{name}/{server}/fix/{id}`: begins the repair that a diagnosis offers.
#[utoipa::path(post, path = "/hub/api/labdeck/servers/{name}/{server}/fix/{id}", params(("name" = String, Path), ("server" = String, Path), ("id" = String, Path)),
    responses((status = 202, body = Option<Job>)), security(("token" = ["start:servers"])))]
pub(crate) async fn fix(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    FixPath { key, id }: FixPath,
) -> ApiResult<(StatusCode, Json<Option<Job>>)> {
    // Some repairs need more; who may not even start the server is not told which there are.
    caller.require(&ScopeBase::StartServers, Target::Server(&key))?;
    let job = match diagnosis::mend(&ctx, &caller, &key, &id).await? {
        Mended::Job(job) => Some(job),
        Mended::Started => None,
    };
    Ok((StatusCode::ACCEPTED, Json(job)))
}

/// `GET servers/{name}/{server}/log/follow`: the last lines, then each new one, until the server ends.
#[utoipa::path(get, path = "/hub/api/labdeck/servers/{name}/{server}/log/follow", params(("name" = String, Path), ("server" = String, Path), ("lines" = Option<usize>, Query)),
    responses((status = 200, body = LogLine, content_type = "text/event-stream")), security(("token" = ["access:servers"])))]
pub(crate) async fn follow(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServerPath(key): ServerPath,
    Query(query): Query<LinesQuery>,
) -> ApiResult<Response> {
    caller.require(&ScopeBase::AccessServers, Target::Server(&key))?;
    let place = ctx.streams.enter(&caller.label())?;
    let lines = servers::follow_log(&ctx, &key, query.lines.unwrap_or(FOLLOWED_LINES).min(MOST_LOG_LINES)).await?;
    let (ending, gone) = (ctx.ending.clone().cancelled_owned(), revoked_token(ctx.clone(), caller, key));
    let frames = lines.take_until(ending).take_until(Box::pin(gone)).filter_map(move |line| {
        let _held = &place;
        std::future::ready(line.ok().map(|line| Ok::<_, Infallible>(frame(line))))
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, StreamBody::from_stream(frames)).into_response())
}

fn frame(line: String) -> Bytes {
    Bytes::from(format!("data: {}\n\n", json!(LogLine { line })))
}

/// `GET servers/{name}/{server}/log/download`: the log as a text file.
#[utoipa::path(get, path = "/hub/api/labdeck/servers/{name}/{server}/log/download", params(("name" = String, Path), ("server" = String, Path)),
    responses((status = 200, body = String, content_type = "text/plain")), security(("token" = ["access:servers"])))]
pub(crate) async fn download(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServerPath(key): ServerPath,
) -> ApiResult<Response> {
    caller.require(&ScopeBase::AccessServers, Target::Server(&key))?;
    let mut text = servers::log_lines(&ctx, &key, MOST_LOG_LINES).await?.join("\n");
    text.push('\n');
    let name = format!("attachment; filename=\"{}.log\"", key.object_name());
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        // A log holds what a notebook printed: never a page of this site.
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, text).into_response())
}

/// `POST servers/{name}/{server}/message`: a word from the lead on the server's pages.
#[utoipa::path(post, path = "/hub/api/labdeck/servers/{name}/{server}/message", params(("name" = String, Path), ("server" = String, Path)), request_body = MessageBody,
    responses((status = 204)), security(("token" = ["admin:servers"])))]
pub(crate) async fn message(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServerPath(key): ServerPath,
    Body(body): Body<MessageBody>,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::AdminServers, Target::Server(&key))?;
    diagnosis::tell(&ctx, &key, &from(&caller), &body.text).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST messages`: a word from the lead on the pages of all running servers.
#[utoipa::path(post, path = "/hub/api/labdeck/messages", request_body = MessageBody,
    responses((status = 200, body = Told)), security(("token" = ["admin:servers"])))]
pub(crate) async fn messages(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Body(body): Body<MessageBody>,
) -> ApiResult<Json<Told>> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    Ok(Json(Told { servers: diagnosis::tell_all(&ctx, &from(&caller), &body.text).await? }))
}

/// Whom people read a message from. The window is the person at the machine.
fn from(caller: &Caller) -> String {
    match &caller.who {
        Who::Window => "Message from the person who runs the hub".to_owned(),
        Who::User(_) | Who::Service(_) => format!("Message from {}", caller.label()),
    }
}
