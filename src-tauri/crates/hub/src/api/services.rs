//! `/services`: programs that work with the hub: list, look at, add, remove.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use labdeck_model::scope::{ScopeBase, Target};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::error::ApiResult;
use super::extract::{Auth, Body};
use super::path::ServicePath;
use crate::context::Context;
use crate::services;

/// A service; models are put together right by right, and this describes them. Each field but the first three is there only for callers who hold a scope that covers it.
#[derive(Serialize, ToSchema)]
pub(super) struct Service {
    /// `service`.
    kind: String,
    /// The name.
    name: String,
    /// Whether it may do everything.
    admin: bool,
    /// The names of its roles.
    #[schema(nullable = false)]
    roles: Option<Vec<String>>,
    /// Where it listens; empty where it does not.
    #[schema(nullable = false)]
    url: Option<String>,
    /// Its path at the public address; empty without `url`.
    #[schema(nullable = false)]
    prefix: Option<String>,
    /// How the hub starts it; empty where somebody else does.
    #[schema(nullable = false)]
    command: Option<Vec<String>>,
    /// Its process while it runs, else 0.
    #[schema(nullable = false)]
    pid: Option<u32>,
    /// Whatever its configuration tells of it.
    #[schema(nullable = false)]
    info: Option<Map<String, Value>>,
    /// Whether it stands in the pages' menu.
    #[schema(nullable = false)]
    display: Option<bool>,
}

/// The body of `POST /services/{name}`. All of it may be left out, but not everything at once.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "read as JSON, so that each refusal is JupyterHub's; this describes it")]
pub(super) struct NewService {
    /// Where it listens.
    url: Option<String>,
    /// Its token.
    api_token: Option<String>,
    /// Whether it may do everything.
    admin: Option<bool>,
    /// Whether it stands in the pages' menu.
    display: Option<bool>,
    /// Whatever is to be told of it.
    info: Option<Map<String, Value>>,
    /// Its OAuth client, `service-NAME` where it is not given.
    oauth_client_id: Option<String>,
    /// Where codes are sent to.
    oauth_redirect_uri: Option<String>,
    /// Whether people are not asked before it learns who they are.
    oauth_no_confirm: Option<bool>,
    /// What it may ask for beside access to itself.
    oauth_client_allowed_scopes: Option<Vec<String>>,
    /// Refused, unless it is empty: the hub starts services of its configuration only.
    command: Option<Vec<String>>,
    /// Kept, and without effect.
    cwd: Option<String>,
    /// Likewise.
    environment: Option<BTreeMap<String, String>>,
    /// Likewise.
    user: Option<String>,
}

/// Rights of which any one lets a service be looked at.
const READ_ONE: [ScopeBase; 3] = [ScopeBase::ReadServices, ScopeBase::ReadServicesName, ScopeBase::ReadRolesServices];

/// `GET /services`: by name.
#[utoipa::path(get, path = "/hub/api/services",
    responses((status = 200, body = BTreeMap<String, Service>)), security(("token" = ["list:services"])))]
pub(super) async fn list(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<Map<String, Value>>> {
    caller.reach(&ScopeBase::ListServices)?;
    Ok(Json(services::list_models(&ctx, &caller).await?))
}

/// `GET /services/{name}`.
#[utoipa::path(get, path = "/hub/api/services/{name}", params(("name" = String, Path)),
    responses((status = 200, body = Service), (status = 404)),
    security(("token" = ["read:services"]), ("token" = ["read:services:name"]), ("token" = ["read:roles:services"])))]
pub(super) async fn get(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServicePath(name): ServicePath,
) -> ApiResult<Json<Value>> {
    caller.require_any(&READ_ONE, Target::Service(&name))?;
    Ok(Json(services::get_model(&ctx, &caller, &name).await?))
}

/// `POST /services/{name}`: adds one that somebody else starts. Answers at once; whether it can be reached is looked at
/// in the background.
#[utoipa::path(post, path = "/hub/api/services/{name}", params(("name" = String, Path)), request_body = NewService,
    responses((status = 201, body = Service), (status = 409)), security(("token" = ["admin:services"])))]
pub(super) async fn create(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServicePath(name): ServicePath,
    Body(body): Body<Value>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    caller.require(&ScopeBase::AdminServices, Target::Service(&name))?;
    services::create(&ctx, &caller, &name, &body).await?;
    Ok((StatusCode::CREATED, Json(services::get_model(&ctx, &caller, &name).await?)))
}

/// `DELETE /services/{name}`: one that was added so.
#[utoipa::path(delete, path = "/hub/api/services/{name}", params(("name" = String, Path)),
    responses((status = 200), (status = 404), (status = 405)), security(("token" = ["admin:services"])))]
pub(super) async fn delete(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServicePath(name): ServicePath,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::AdminServices, Target::Service(&name))?;
    services::delete(&ctx, &caller, &name).await?;
    Ok(StatusCode::OK)
}
