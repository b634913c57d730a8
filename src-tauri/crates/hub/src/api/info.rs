//! Version, health, and who is asking.

use axum::Json;
use axum::extract::State;
use http::{HeaderMap, StatusCode, header};
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_store::StoreError;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::error::ApiResult;
use super::extract::Auth;
use super::shapes::Identity;
use crate::accounts::{self, ServersShown};
use crate::authz::{Via, Who};
use crate::context::Context;
use crate::error::Error;

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

/// `OPTIONS` of any API path.
pub(super) async fn options() -> (StatusCode, HeaderMap) {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, http::HeaderValue::from_static("accept, content-type, authorization"));
    (StatusCode::OK, headers)
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
/// let in (`jupyterhub.md` C.5).
#[utoipa::path(get, path = "/hub/api/user", responses((status = 200, body = Identity)), security(("token" = [])))]
pub(super) async fn user(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<Value>> {
    let scopes = caller.scopes.to_texts();
    let (token_id, session_id) = match &caller.via {
        Via::Token(row) => (Some(format!("a{}", row.id)), row.session_id.clone()),
        Via::Session(session) => (None, Some(session.oauth_session_id.clone())),
        Via::Window => (None, None),
    };
    let mut model = match &caller.who {
        Who::User(user) => {
            let (ctx, caller, user) = (ctx.clone(), caller.clone(), user.clone());
            let store = ctx.store.clone();
            store
                .read(move |read| {
                    let mut model = accounts::user_model(read, &ctx, &caller, &user, ServersShown::Active)?;
                    // The identity itself is never hidden from its owner.
                    let groups = labdeck_store::tables::groups::list_for_user(read, user.id)?;
                    let names: Vec<_> = groups.into_iter().map(|group| group.name).collect();
                    model["admin"] = json!(user.admin);
                    model["groups"] = json!(names);
                    model["user_info"] = json!(user.user_info);
                    Ok::<_, StoreError>(model)
                })
                .await
                .map_err(Error::from)?
        }
        Who::Service(service) => json!({ "kind": "service", "name": service.name, "admin": service.facts.admin }),
        Who::Window => json!({ "kind": "service", "name": "labdeck-window", "admin": true }),
    };
    model["token_id"] = json!(token_id);
    model["session_id"] = json!(session_id);
    model["scopes"] = json!(scopes);
    Ok(Json(model))
}
