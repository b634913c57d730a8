//! The Python environment of local servers.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use labdeck_model::Job;
use labdeck_model::scope::{ScopeBase, Target};

use crate::api::error::ApiResult;
use crate::api::extract::Auth;
use crate::context::Context;
use crate::environment::{self, EnvironmentView, Work};

/// `GET environment`: how it stands.
#[utoipa::path(get, path = "/hub/api/labdeck/environment",
    responses((status = 200, body = EnvironmentView)), security(("token" = ["admin:servers"])))]
pub(crate) async fn state(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<EnvironmentView>> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    Ok(Json(environment::view(&ctx).await))
}

/// `POST environment/repair`: makes it anew if it is broken; the answer is the job to watch.
#[utoipa::path(post, path = "/hub/api/labdeck/environment/repair",
    responses((status = 202, body = Job), (status = 409)), security(("token" = ["admin:servers"])))]
pub(crate) async fn repair(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<(StatusCode, Json<Job>)> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    Ok((StatusCode::ACCEPTED, Json(environment::begin(&ctx, Work::Repair)?)))
}

/// `POST environment/upgrade`: makes it anew with the newest packages; the answer is the job to watch.
#[utoipa::path(post, path = "/hub/api/labdeck/environment/upgrade",
    responses((status = 202, body = Job), (status = 409)), security(("token" = ["admin:servers"])))]
pub(crate) async fn upgrade(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<(StatusCode, Json<Job>)> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    Ok((StatusCode::ACCEPTED, Json(environment::begin(&ctx, Work::Upgrade)?)))
}
