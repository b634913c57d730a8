//! `/shares`, `/users/{name}/shared`, `/groups/{name}/shared`: who may use whose server.

use std::time::Duration;

use axum::Json;
use axum::extract::{Extension, OriginalUri, Query, State};
use http::{HeaderMap, StatusCode};
use labdeck_model::scope::{ScopeBase, Target};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::error::ApiResult;
use super::extract::{Auth, Body};
use super::page::{Page, PageQuery};
use super::path::{OwnerPath, SharedPath, SharingGroupPath, UserPath};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::front::Peer;
use crate::sharing::{self, ShareView, ShareWish, Whom};

/// Whom a share is for, and what it allows: a user or a group, exactly one of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShareRequest {
    /// The user.
    user: Option<String>,
    /// The group.
    group: Option<String>,
    /// What it allows: `access:servers`, `servers`, `read:servers`, `start:servers`, `delete:servers`,
    /// `read:users:activity` and custom scopes. Without any, opening the server.
    scopes: Option<Vec<String>>,
    /// Seconds until it ends by itself, 60 at least; without them it holds until it is taken back.
    labdeck_expires_in: Option<u64>,
}

/// A page of shares.
#[derive(Serialize, ToSchema)]
pub(super) struct SharePage {
    /// The shares.
    items: Vec<ShareView>,
    /// `offset`, `limit`, `total` and `next`.
    _pagination: Value,
}

/// What a list is cut by: the query, the headers, the address that was asked for, and who asks from where.
pub(super) type Cut = (Query<PageQuery>, HeaderMap, OriginalUri, Extension<Peer>);

/// A page, which these lists always come in.
pub(super) fn page<T: Serialize>(
    all: &[T],
    (Query(query), headers, OriginalUri(uri), Extension(peer)): Cut,
) -> ApiResult<Json<Value>> {
    let page = Page::of(&query, &headers)?.always_wrapped();
    Ok(Json(page.cut(all, uri.path_and_query().map_or("", |path| path.as_str()), &peer)))
}

// === impl ShareRequest ===

impl ShareRequest {
    fn whom(&self) -> Result<Whom> {
        match (
            self.user.as_deref().filter(|name| !name.is_empty()),
            self.group.as_deref().filter(|name| !name.is_empty()),
        ) {
            (Some(user), None) => Ok(Whom::User(user.to_owned())),
            (None, Some(group)) => Ok(Whom::Group(group.to_owned())),
            (Some(_), Some(_)) => Err(Error::invalid("Expected exactly one of `user` or `group`, not both.")),
            (None, None) => Err(Error::invalid("Specify exactly one of `user` or `group`")),
        }
    }

    fn lifetime(&self) -> Result<Option<Duration>> {
        match self.labdeck_expires_in {
            None => Ok(None),
            Some(seconds @ 60..=315_360_000) => Ok(Some(Duration::from_secs(seconds))),
            Some(_) => Err(Error::invalid("labdeck_expires_in must be 60 to 315360000 seconds (ten years).")),
        }
    }
}

/// `GET /shares/{owner}`: of all servers of a user.
#[utoipa::path(get, path = "/hub/api/shares/{owner}", params(("owner" = String, Path), ("offset" = Option<u64>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = SharePage)), security(("token" = ["read:shares"])))]
pub(super) async fn list_all(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    OwnerPath(owner): OwnerPath,
    cut: Cut,
) -> ApiResult<Json<Value>> {
    caller.require(&ScopeBase::ReadShares, Target::User(&owner))?;
    page(&sharing::list_of_owner(&ctx, &owner).await?, cut)
}

/// `GET /shares/{owner}/{server}`.
#[utoipa::path(get, path = "/hub/api/shares/{owner}/{server}", params(("owner" = String, Path), ("server" = String, Path), ("offset" = Option<u64>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = SharePage)), security(("token" = ["read:shares"])))]
pub(super) async fn list(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    SharedPath(key): SharedPath,
    cut: Cut,
) -> ApiResult<Json<Value>> {
    caller.require(&ScopeBase::ReadShares, Target::Server(&key))?;
    page(&sharing::list_of_server(&ctx, &key).await?, cut)
}

/// `POST /shares/{owner}/{server}`.
#[utoipa::path(post, path = "/hub/api/shares/{owner}/{server}", params(("owner" = String, Path), ("server" = String, Path)), request_body = ShareRequest,
    responses((status = 200, body = ShareView)), security(("token" = ["shares"])))]
pub(super) async fn grant(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    SharedPath(key): SharedPath,
    Body(body): Body<ShareRequest>,
) -> ApiResult<Json<ShareView>> {
    caller.require(&ScopeBase::Shares, Target::Server(&key))?;
    let wish = ShareWish { with: body.whom()?, lifetime: body.lifetime()?, scopes: body.scopes };
    Ok(Json(sharing::grant(&ctx, &caller, &key, wish).await?))
}

/// `PATCH /shares/{owner}/{server}`: takes rights out of a share, or all of it; `{}` once nothing is left.
#[utoipa::path(patch, path = "/hub/api/shares/{owner}/{server}", params(("owner" = String, Path), ("server" = String, Path)), request_body = ShareRequest,
    responses((status = 200, body = Option<ShareView>)), security(("token" = ["shares"])))]
pub(super) async fn reduce(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    SharedPath(key): SharedPath,
    Body(body): Body<ShareRequest>,
) -> ApiResult<Json<Value>> {
    caller.require(&ScopeBase::Shares, Target::Server(&key))?;
    if body.labdeck_expires_in.is_some() {
        return Err(Error::invalid("labdeck_expires_in is set by sharing anew, with POST.").into());
    }
    let left = sharing::reduce(&ctx, &key, &body.whom()?, body.scopes.as_deref()).await?;
    Ok(Json(left.map_or_else(|| json!({}), |share| json!(share))))
}

/// `DELETE /shares/{owner}/{server}`: with everybody.
#[utoipa::path(delete, path = "/hub/api/shares/{owner}/{server}", params(("owner" = String, Path), ("server" = String, Path)),
    responses((status = 204)), security(("token" = ["shares"])))]
pub(super) async fn delete(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    SharedPath(key): SharedPath,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::Shares, Target::Server(&key))?;
    sharing::delete_shares(&ctx, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /users/{name}/shared`: what a user may use, also through groups.
#[utoipa::path(get, path = "/hub/api/users/{name}/shared", params(("name" = String, Path), ("offset" = Option<u64>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = SharePage)), security(("token" = ["read:users:shares"])))]
pub(super) async fn with_user(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
    cut: Cut,
) -> ApiResult<Json<Value>> {
    caller.require(&ScopeBase::ReadUsersShares, Target::User(&name))?;
    page(&sharing::list_with_user(&ctx, &name).await?, cut)
}

/// `GET /users/{name}/shared/{owner}/{server}`.
#[utoipa::path(get, path = "/hub/api/users/{name}/shared/{owner}/{server}", params(("name" = String, Path), ("owner" = String, Path), ("server" = String, Path)),
    responses((status = 200, body = ShareView)), security(("token" = ["read:users:shares"])))]
pub(super) async fn one_with_user(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
    SharedPath(key): SharedPath,
) -> ApiResult<Json<ShareView>> {
    caller.require(&ScopeBase::ReadUsersShares, Target::User(&name))?;
    Ok(Json(sharing::find_with_user(&ctx, &name, &key).await?))
}

/// `DELETE /users/{name}/shared/{owner}/{server}`: the user leaves it.
#[utoipa::path(delete, path = "/hub/api/users/{name}/shared/{owner}/{server}", params(("name" = String, Path), ("owner" = String, Path), ("server" = String, Path)),
    responses((status = 204)), security(("token" = ["users:shares"])))]
pub(super) async fn leave(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
    SharedPath(key): SharedPath,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::UsersShares, Target::User(&name))?;
    sharing::delete_with_user(&ctx, &name, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /groups/{name}/shared`.
#[utoipa::path(get, path = "/hub/api/groups/{name}/shared", params(("name" = String, Path), ("offset" = Option<u64>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = SharePage)), security(("token" = ["read:groups:shares"])))]
pub(super) async fn with_group(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    SharingGroupPath(name): SharingGroupPath,
    cut: Cut,
) -> ApiResult<Json<Value>> {
    caller.require(&ScopeBase::ReadGroupsShares, Target::Group(&name))?;
    page(&sharing::list_with_group(&ctx, &name).await?, cut)
}

/// `GET /groups/{name}/shared/{owner}/{server}`.
#[utoipa::path(get, path = "/hub/api/groups/{name}/shared/{owner}/{server}", params(("name" = String, Path), ("owner" = String, Path), ("server" = String, Path)),
    responses((status = 200, body = ShareView)), security(("token" = ["read:groups:shares"])))]
pub(super) async fn one_with_group(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    SharingGroupPath(name): SharingGroupPath,
    SharedPath(key): SharedPath,
) -> ApiResult<Json<ShareView>> {
    caller.require(&ScopeBase::ReadGroupsShares, Target::Group(&name))?;
    Ok(Json(sharing::find_with_group(&ctx, &name, &key).await?))
}

/// `DELETE /groups/{name}/shared/{owner}/{server}`.
#[utoipa::path(delete, path = "/hub/api/groups/{name}/shared/{owner}/{server}", params(("name" = String, Path), ("owner" = String, Path), ("server" = String, Path)),
    responses((status = 204)), security(("token" = ["groups:shares"])))]
pub(super) async fn leave_group(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    SharingGroupPath(name): SharingGroupPath,
    SharedPath(key): SharedPath,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::GroupsShares, Target::Group(&name))?;
    sharing::delete_with_group(&ctx, &name, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}
