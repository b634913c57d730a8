//! `/share-codes`: links by which whoever has them may use a server.

use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use http::StatusCode;
use labdeck_model::scope::{ScopeBase, Target};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::error::ApiResult;
use super::extract::{Auth, Body};
use super::path::{OwnerPath, SharedPath};
use super::shares::{Cut, page};
use crate::context::Context;
use crate::error::Error;
use crate::sharing::{self, CodeName, CodeWish, NewShareCodeView, ShareCodeView};

/// A code to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShareCodeRequest {
    /// What the share that it gives allows, as for a share.
    scopes: Option<Vec<String>>,
    /// Seconds that it can be used for: 60 to 31536000.
    #[serde(default = "one_day")]
    expires_in: u64,
}

/// Which codes are meant: one of these, or with neither all of the server.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CodeQuery {
    /// The code itself.
    code: Option<String>,
    /// Its id: `sc_1`.
    id: Option<String>,
}

/// A page of share codes.
#[derive(Serialize, ToSchema)]
pub(super) struct ShareCodePage {
    /// The codes.
    items: Vec<ShareCodeView>,
    /// `offset`, `limit`, `total` and `next`.
    _pagination: Value,
}

/// JupyterHub's default.
fn one_day() -> u64 {
    86400
}

/// `GET /share-codes/{owner}`: of all servers of a user.
#[utoipa::path(get, path = "/hub/api/share-codes/{owner}", params(("owner" = String, Path), ("offset" = Option<u64>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = ShareCodePage)), security(("token" = ["read:shares"])))]
pub(super) async fn list_all(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    OwnerPath(owner): OwnerPath,
    cut: Cut,
) -> ApiResult<Json<Value>> {
    caller.require(&ScopeBase::ReadShares, Target::User(&owner))?;
    page(&sharing::list_codes(&ctx, &owner, None).await?, cut)
}

/// `GET /share-codes/{owner}/{server}`.
#[utoipa::path(get, path = "/hub/api/share-codes/{owner}/{server}", params(("owner" = String, Path), ("server" = String, Path), ("offset" = Option<u64>, Query), ("limit" = Option<u64>, Query)),
    responses((status = 200, body = ShareCodePage)), security(("token" = ["read:shares"])))]
pub(super) async fn list(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    SharedPath(key): SharedPath,
    cut: Cut,
) -> ApiResult<Json<Value>> {
    caller.require(&ScopeBase::ReadShares, Target::Server(&key))?;
    page(&sharing::list_codes(&ctx, &key.user, Some(&key)).await?, cut)
}

/// `POST /share-codes/{owner}/{server}`: the answer has the code, this once.
#[utoipa::path(post, path = "/hub/api/share-codes/{owner}/{server}", params(("owner" = String, Path), ("server" = String, Path)), request_body = Option<ShareCodeRequest>,
    responses((status = 200, body = NewShareCodeView)), security(("token" = ["shares"])))]
pub(super) async fn create(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    SharedPath(key): SharedPath,
    Body(body): Body<ShareCodeRequest>,
) -> ApiResult<Json<NewShareCodeView>> {
    caller.require(&ScopeBase::Shares, Target::Server(&key))?;
    if !(60..=31_536_000).contains(&body.expires_in) {
        return Err(Error::invalid("expires_in must be 60 to 31536000 seconds (a year).").into());
    }
    let wish = CodeWish { scopes: body.scopes, lifetime: Duration::from_secs(body.expires_in) };
    Ok(Json(sharing::create_code(&ctx, &caller, &key, wish).await?))
}

/// `DELETE /share-codes/{owner}/{server}`.
#[utoipa::path(delete, path = "/hub/api/share-codes/{owner}/{server}", params(("owner" = String, Path), ("server" = String, Path), CodeQuery),
    responses((status = 204)), security(("token" = ["shares"])))]
pub(super) async fn delete(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    SharedPath(key): SharedPath,
    Query(query): Query<CodeQuery>,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::Shares, Target::Server(&key))?;
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let which = match (given(query.code), given(query.id)) {
        (Some(code), _) => CodeName::Code(code),
        (None, Some(id)) => CodeName::Id(id),
        (None, None) => CodeName::All,
    };
    sharing::delete_codes(&ctx, &key, which).await?;
    Ok(StatusCode::NO_CONTENT)
}
