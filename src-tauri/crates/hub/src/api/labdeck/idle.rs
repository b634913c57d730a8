//! When servers are stopped that nobody uses, and keeping one awake.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use labdeck_model::ServerView;
use labdeck_model::scope::{ScopeBase, Target};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::error::ApiResult;
use crate::api::extract::{Auth, Body};
use crate::api::path::{ServerPath, UserPath};
use crate::context::Context;
use crate::idle::{self, AllRules, Layer};

/// The body of `awake`.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct AwakeBody {
    /// For how many hours from now; `null` lets the rules rule again.
    hours: Option<u32>,
}

/// `GET idle-rules`: the rules of all.
#[utoipa::path(get, path = "/hub/api/labdeck/idle-rules",
    responses((status = 200, body = AllRules)), security(("token" = [])))]
pub(crate) async fn rules(State(ctx): State<Context>, Auth(_): Auth) -> ApiResult<Json<AllRules>> {
    Ok(Json(idle::show_all(&ctx).await?))
}

/// `PUT idle-rules`: an absent field goes back to what holds where nobody says anything.
#[utoipa::path(put, path = "/hub/api/labdeck/idle-rules", request_body = Layer,
    responses((status = 200, body = AllRules), (status = 409)), security(("token" = ["admin:servers"])))]
pub(crate) async fn set_rules(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Body(layer): Body<Layer>,
) -> ApiResult<Json<AllRules>> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    Ok(Json(idle::set_all(&ctx, layer).await?))
}

/// `GET users/{name}/idle-rule`: what is said for this person alone; absent fields follow the rules of all.
#[utoipa::path(get, path = "/hub/api/labdeck/users/{name}/idle-rule", params(("name" = String, Path)),
    responses((status = 200, body = Layer)), security(("token" = ["read:users"])))]
pub(crate) async fn person(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
) -> ApiResult<Json<Layer>> {
    caller.require(&ScopeBase::ReadUsers, Target::User(&name))?;
    Ok(Json(idle::find_person(&ctx, &name).await?))
}

/// `PUT users/{name}/idle-rule`.
#[utoipa::path(put, path = "/hub/api/labdeck/users/{name}/idle-rule", params(("name" = String, Path)), request_body = Layer,
    responses((status = 200, body = Layer)), security(("token" = ["admin:servers"])))]
pub(crate) async fn set_person(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
    Body(layer): Body<Layer>,
) -> ApiResult<Json<Layer>> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    Ok(Json(idle::set_person(&ctx, &name, layer).await?))
}

/// `DELETE users/{name}/idle-rule`: the rules of all hold again.
#[utoipa::path(delete, path = "/hub/api/labdeck/users/{name}/idle-rule", params(("name" = String, Path)),
    responses((status = 204)), security(("token" = ["admin:servers"])))]
pub(crate) async fn clear_person(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    idle::clear_person(&ctx, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST servers/{name}/{server}/awake`: by its owner for a day at most, by the lead for longer.
#[utoipa::path(post, path = "/hub/api/labdeck/servers/{name}/{server}/awake", params(("name" = String, Path), ("server" = String, Path)), request_body = AwakeBody,
    responses((status = 200, body = ServerView)), security(("token" = ["start:servers"])))]
pub(crate) async fn awake(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    ServerPath(key): ServerPath,
    Body(body): Body<AwakeBody>,
) -> ApiResult<Json<ServerView>> {
    caller.require(&ScopeBase::StartServers, Target::Server(&key))?;
    let leads = caller.may(&ScopeBase::AdminServers, Target::Hub);
    let limit = if leads { idle::LEAD_HOURS } else { idle::OWN_HOURS };
    Ok(Json(idle::keep_awake(&ctx, &key, body.hours, limit).await?))
}
