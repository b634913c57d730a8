//! Services as Labdeck knows them: process, health, log; starting one anew.

use axum::Json;
use axum::extract::{Query, State};
use http::StatusCode;
use labdeck_model::scope::{ScopeBase, Target};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::error::ApiResult;
use crate::api::extract::Auth;
use crate::api::path::ServicePath;
use crate::context::Context;
use crate::services::{self, ServiceView};

/// Lines of a log that are shown where nobody says how many, and at the most.
const LINES: (usize, usize) = (200, 5000);

/// The last lines of a service's log, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceLog {
    /// The lines.
    lines: Vec<String>,
}

/// The query of a log.
#[derive(Debug, Deserialize)]
pub(crate) struct LogQuery {
    lines: Option<usize>,
}

/// `GET services`: those that the caller may list and read.
#[utoipa::path(get, path = "/hub/api/labdeck/services",
    responses((status = 200, body = Vec<ServiceView>)), security(("token" = ["list:services", "read:services"])))]
pub(crate) async fn list(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<Vec<ServiceView>>> {
    caller.reach(&ScopeBase::ListServices)?;
    Ok(Json(services::list_views(&ctx, &caller)?))
}

/// `GET services/{name}/log`: what a service wrote that the hub starts.
#[utoipa::path(get, path = "/hub/api/labdeck/services/{name}/log", params(("name" = String, Path), ("lines" = Option<usize>, Query)),
    responses((status = 200, body = ServiceLog), (status = 404)), security(("token" = ["admin:services"])))]
pub(crate) async fn log(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServicePath(name): ServicePath,
    Query(query): Query<LogQuery>,
) -> ApiResult<Json<ServiceLog>> {
    // It may hold whatever passes through the service.
    caller.require(&ScopeBase::AdminServices, Target::Service(&name))?;
    let lines = query.lines.unwrap_or(LINES.0).min(LINES.1);
    Ok(Json(ServiceLog { lines: services::log_lines(&ctx, &name, lines).await? }))
}

/// `POST services/{name}/restart`: ends a service that the hub starts, and starts it again.
#[utoipa::path(post, path = "/hub/api/labdeck/services/{name}/restart", params(("name" = String, Path)),
    responses((status = 202), (status = 400), (status = 404)), security(("token" = ["admin:services"])))]
pub(crate) async fn restart(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServicePath(name): ServicePath,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::AdminServices, Target::Service(&name))?;
    services::restart(&ctx, &caller, &name)?;
    Ok(StatusCode::ACCEPTED)
}
