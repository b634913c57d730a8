//! What servers may have: the machine and its cards, sizes, and what a start offers.

use axum::Json;
use axum::extract::{Path, Query, State};
use http::StatusCode;
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{ServerKey, ServerName, Size};
use serde::Deserialize;

use crate::accounts;
use crate::api::error::ApiResult;
use crate::api::extract::{Auth, Body};
use crate::api::path::UserPath;
use crate::context::Context;
use crate::resources::{self, Resources, ResourcesChange, SizeWish, StartOffer};

/// The query of a start's options.
#[derive(Debug, Deserialize)]
pub(crate) struct ServerQuery {
    #[serde(default)]
    server: String,
}

/// `GET sizes`: what may be chosen; who may not manage them sees what is offered.
#[utoipa::path(get, path = "/hub/api/labdeck/sizes", responses((status = 200, body = Vec<Size>)), security(("token" = [])))]
pub(crate) async fn sizes(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<Vec<Size>>> {
    let manages = caller.may(&ScopeBase::AdminServers, Target::Hub);
    let all = resources::list(&ctx).await?;
    Ok(Json(all.into_iter().filter(|size| manages || size.offered).collect()))
}

/// `PUT sizes/{name}`.
#[utoipa::path(put, path = "/hub/api/labdeck/sizes/{name}", params(("name" = String, Path)), request_body = SizeWish,
    responses((status = 200, body = Size), (status = 400)), security(("token" = ["admin:servers"])))]
pub(crate) async fn put_size(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path(name): Path<String>,
    Body(wish): Body<SizeWish>,
) -> ApiResult<Json<Size>> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    Ok(Json(resources::put(&ctx, &name, wish).await?))
}

/// `DELETE sizes/{name}`.
#[utoipa::path(delete, path = "/hub/api/labdeck/sizes/{name}", params(("name" = String, Path)),
    responses((status = 204), (status = 404)), security(("token" = ["admin:servers"])))]
pub(crate) async fn delete_size(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path(name): Path<String>,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    resources::delete(&ctx, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET resources`: the machine, what is given out, who holds which card, who waits.
#[utoipa::path(get, path = "/hub/api/labdeck/resources",
    responses((status = 200, body = Resources)), security(("token" = ["admin:servers"])))]
pub(crate) async fn state(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<Resources>> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    Ok(Json(resources::state(&ctx).await?))
}

/// `PATCH resources`: the reserve and how many servers there may be.
#[utoipa::path(patch, path = "/hub/api/labdeck/resources", request_body = ResourcesChange,
    responses((status = 200, body = Resources), (status = 400), (status = 409)), security(("token" = ["admin:servers"])))]
pub(crate) async fn change(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Body(change): Body<ResourcesChange>,
) -> ApiResult<Json<Resources>> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    Ok(Json(resources::change(&ctx, change).await?))
}

/// `GET users/{name}/start-options`: what a start of this user's server offers, and what was chosen last.
#[utoipa::path(get, path = "/hub/api/labdeck/users/{name}/start-options",
    params(("name" = String, Path), ("server" = Option<String>, Query)),
    responses((status = 200, body = StartOffer), (status = 404)), security(("token" = ["start:servers"])))]
pub(crate) async fn start_options(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
    Query(query): Query<ServerQuery>,
) -> ApiResult<Json<StartOffer>> {
    let server = ServerName::parse(if query.server == "~" { "" } else { &query.server })?;
    let key = ServerKey::new(name, server);
    caller.require(&ScopeBase::StartServers, Target::Server(&key))?;
    accounts::get(&ctx, &key.user).await?;
    Ok(Json(resources::offer(&ctx, &key).await?))
}
