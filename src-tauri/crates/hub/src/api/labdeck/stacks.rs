//! Images, stacks, pulls and jobs.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{ImageRef, Job, Stack};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::error::ApiResult;
use crate::api::extract::{Auth, Body};
use crate::context::Context;
use crate::error::Error;
use crate::stacks::{self, ImageView, StackWish};

/// The body of a pull.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PullBody {
    /// The image: `quay.io/jupyter/scipy-notebook:latest`.
    reference: String,
}

/// `GET images`: what is on this machine.
#[utoipa::path(get, path = "/hub/api/labdeck/images",
    responses((status = 200, body = Vec<ImageView>), (status = 503)), security(("token" = ["admin:servers"])))]
pub(crate) async fn images(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<Vec<ImageView>>> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    Ok(Json(stacks::images(&ctx).await?))
}

/// `GET stacks`: the catalogue; who may not manage it sees what is offered.
#[utoipa::path(get, path = "/hub/api/labdeck/stacks", responses((status = 200, body = Vec<Stack>)), security(("token" = [])))]
pub(crate) async fn list(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<Vec<Stack>>> {
    let manages = caller.may(&ScopeBase::AdminServers, Target::Hub);
    let all = stacks::list(&ctx).await?;
    Ok(Json(all.into_iter().filter(|stack| manages || stack.offered).collect()))
}

/// `PUT stacks/{name}`.
#[utoipa::path(put, path = "/hub/api/labdeck/stacks/{name}", params(("name" = String, Path)), request_body = StackWish,
    responses((status = 200, body = Stack)), security(("token" = ["admin:servers"])))]
pub(crate) async fn put(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path(name): Path<String>,
    Body(wish): Body<StackWish>,
) -> ApiResult<Json<Stack>> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    Ok(Json(stacks::put(&ctx, &name, wish).await?))
}

/// `DELETE stacks/{name}`.
#[utoipa::path(delete, path = "/hub/api/labdeck/stacks/{name}", params(("name" = String, Path)),
    responses((status = 204)), security(("token" = ["admin:servers"])))]
pub(crate) async fn delete(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path(name): Path<String>,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    stacks::delete(&ctx, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST pulls`: fetch an image; the answer is the job to watch.
#[utoipa::path(post, path = "/hub/api/labdeck/pulls", request_body = PullBody,
    responses((status = 202, body = Job)), security(("token" = ["admin:servers"])))]
pub(crate) async fn pull(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Body(body): Body<PullBody>,
) -> ApiResult<(StatusCode, Json<Job>)> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    let image = ImageRef::parse(&body.reference).map_err(|error| Error::invalid(error.to_string()))?;
    Ok((StatusCode::ACCEPTED, Json(stacks::pull(&ctx, image)?)))
}

/// `GET jobs`.
#[utoipa::path(get, path = "/hub/api/labdeck/jobs",
    responses((status = 200, body = Vec<Job>)), security(("token" = ["admin:servers"])))]
pub(crate) async fn jobs(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<Vec<Job>>> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    Ok(Json(ctx.jobs.all()))
}

/// `DELETE jobs/{id}`: calls it off.
#[utoipa::path(delete, path = "/hub/api/labdeck/jobs/{id}", params(("id" = u64, Path)),
    responses((status = 204), (status = 404)), security(("token" = ["admin:servers"])))]
pub(crate) async fn cancel(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path(id): Path<u64>,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    if ctx.jobs.cancel(id) { Ok(StatusCode::NO_CONTENT) } else { Err(Error::not_found("No such running job.").into()) }
}
