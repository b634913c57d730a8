//! Version, health, and who is asking.

use axum::Json;
use axum::extract::State;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use labdeck_model::scope::{ScopeBase, Target};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::error::ApiResult;
use super::extract::Auth;
use super::shapes::Identity;
use crate::accounts;
use crate::context::Context;

/// What the hub is compatible with.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Version {
    /// The JupyterHub that this hub speaks like.
    version: &'static str,
}

/// How the hub is built.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Info {
    /// The JupyterHub that this hub speaks like.
    version: &'static str,
    /// Labdeck's own version.
    labdeck: &'static str,
    /// Empty: there is no Python here.
    python: &'static str,
    /// Empty likewise.
    sys_executable: &'static str,
    /// What runs servers.
    spawner: Part,
    /// What signs people in.
    authenticator: Part,
}

/// A part of the hub that can be exchanged.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Part {
    /// Which one it is.
    class: String,
    /// Its version.
    version: &'static str,
}

/// `GET /hub/api`: which JupyterHub this is compatible with. Open to everybody, also from other sites' pages.
#[utoipa::path(get, path = "/hub/api/", responses((status = 200, body = Version)), security(()))]
pub(super) async fn version() -> ([(header::HeaderName, &'static str); 1], Json<Version>) {
    ([(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")], Json(Version { version: crate::JUPYTERHUB_VERSION }))
}

/// `GET /hub/api/health`.
#[utoipa::path(get, path = "/hub/api/health", responses((status = 200)), security(()))]
pub(super) async fn health() -> StatusCode {
    StatusCode::OK
}

/// The headers that a page of another site may send; JupyterHub's list.
const HEADERS: &str = "accept, content-type, authorization";

/// `OPTIONS` of any API path.
pub(super) async fn options() -> (StatusCode, HeaderMap) {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(HEADERS));
    (StatusCode::OK, headers)
}

/// `OPTIONS` of the version, which every site may read.
pub(super) async fn options_of_version() -> (StatusCode, HeaderMap) {
    let (status, mut headers) = options().await;
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    (status, headers)
}

/// `GET /hub/api/info`.
#[utoipa::path(get, path = "/hub/api/info", responses((status = 200, body = Info)), security(("token" = ["read:hub"])))]
pub(super) async fn info(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<Info>> {
    caller.require(&ScopeBase::ReadHub, Target::Hub)?;
    let version = env!("CARGO_PKG_VERSION");
    Ok(Json(Info {
        version: crate::JUPYTERHUB_VERSION,
        labdeck: version,
        python: "",
        sys_executable: "",
        spawner: Part { class: ctx.spawners.current().0.to_owned(), version },
        authenticator: Part { class: ctx.authenticator.kind().to_owned(), version },
    }))
}

/// `GET /hub/api/user`: the caller, with the scopes of this very request written out. Servers decide by it whom they
/// let in.
#[utoipa::path(get, path = "/hub/api/user", responses((status = 200, body = Identity)), security(("token" = [])))]
pub(super) async fn user(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<Value>> {
    Ok(Json(accounts::identity(&ctx, &caller).await?))
}
