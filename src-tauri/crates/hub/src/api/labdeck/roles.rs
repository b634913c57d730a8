//! Roles: which there are, who holds them, giving and taking them. (JupyterHub's are set in its file alone.)

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use labdeck_model::scope::ScopeBase;
use labdeck_model::{GroupName, RoleName, UserName};

use crate::api::error::ApiResult;
use crate::api::extract::Auth;
use crate::authz::Caller;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::groups::{self, RoleHolder, RoleScope, RoleView};

/// `GET roles`: all of them in words, with those holders whom the caller may read.
#[utoipa::path(get, path = "/hub/api/labdeck/roles",
    responses((status = 200, body = Vec<RoleView>)),
    security(("token" = ["read:roles"]), ("token" = ["read:roles:users"]), ("token" = ["read:roles:groups"])))]
pub(crate) async fn list(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<Vec<RoleView>>> {
    may_read(&caller)?;
    Ok(Json(groups::list_roles(&ctx, &caller).await?))
}

/// `GET scopes`: every right that there is, in words. (Services can define others.)
#[utoipa::path(get, path = "/hub/api/labdeck/scopes",
    responses((status = 200, body = Vec<RoleScope>)), security(("token" = [])))]
pub(crate) async fn scopes(Auth(_): Auth) -> Json<Vec<RoleScope>> {
    let names: Vec<_> = ScopeBase::TABLE.iter().map(ScopeBase::as_str).collect();
    Json(groups::in_words(&names))
}

/// `PUT roles/{role}/users/{name}`: gives a person the role. Nobody gives one that holds more than they do.
#[utoipa::path(put, path = "/hub/api/labdeck/roles/{role}/users/{name}", params(("role" = String, Path), ("name" = String, Path)),
    responses((status = 204), (status = 400), (status = 403), (status = 404)), security(("token" = ["admin:users"])))]
pub(crate) async fn give_user(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path((role, name)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    groups::assign(&ctx, &caller, &role_name(&role)?, user(&name)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE roles/{role}/users/{name}`: takes the role from a person, unless the configuration file gives it.
#[utoipa::path(delete, path = "/hub/api/labdeck/roles/{role}/users/{name}", params(("role" = String, Path), ("name" = String, Path)),
    responses((status = 204), (status = 400), (status = 403), (status = 404), (status = 409)), security(("token" = ["admin:users"])))]
pub(crate) async fn take_user(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path((role, name)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    groups::unassign(&ctx, &caller, &role_name(&role)?, user(&name)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT roles/{role}/groups/{name}`: gives the role to everybody who is in the group, now and later.
#[utoipa::path(put, path = "/hub/api/labdeck/roles/{role}/groups/{name}", params(("role" = String, Path), ("name" = String, Path)),
    responses((status = 204), (status = 400), (status = 403), (status = 404)), security(("token" = ["admin:groups"])))]
pub(crate) async fn give_group(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path((role, name)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    groups::assign(&ctx, &caller, &role_name(&role)?, group(&name)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE roles/{role}/groups/{name}`: takes the role from a group, unless the configuration file gives it.
#[utoipa::path(delete, path = "/hub/api/labdeck/roles/{role}/groups/{name}", params(("role" = String, Path), ("name" = String, Path)),
    responses((status = 204), (status = 400), (status = 403), (status = 404), (status = 409)), security(("token" = ["admin:groups"])))]
pub(crate) async fn take_group(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path((role, name)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    groups::unassign(&ctx, &caller, &role_name(&role)?, group(&name)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who may read the roles of anybody, may read which there are.
fn may_read(caller: &Caller) -> Result<()> {
    let any = [ScopeBase::ReadRoles, ScopeBase::ReadRolesUsers, ScopeBase::ReadRolesGroups];
    match any.iter().find(|scope| caller.reach(scope).is_ok()) {
        Some(_) => Ok(()),
        None => caller.reach(&ScopeBase::ReadRoles).map(drop),
    }
}

fn role_name(text: &str) -> Result<RoleName> {
    RoleName::parse(text).map_err(|_| missing())
}

fn user(text: &str) -> Result<RoleHolder> {
    UserName::parse(text).map(RoleHolder::User).map_err(|_| missing())
}

fn group(text: &str) -> Result<RoleHolder> {
    GroupName::parse(text).map(RoleHolder::Group).map_err(|_| missing())
}

fn missing() -> Error {
    Error::not_found("No access to resources or resources not found")
}
