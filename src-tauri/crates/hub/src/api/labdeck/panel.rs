//! What the panel must know before it draws itself in a browser: who looks, with which rights. In the window the
//! overview says more.

use axum::Json;
use axum::extract::State;
use labdeck_model::UserName;
use labdeck_model::scope::{ScopeBase, Target};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::error::ApiResult;
use crate::api::extract::Auth;
use crate::context::Context;

/// Who looks at the panel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Panel {
    /// Labdeck's version.
    version: String,
    /// Who is signed in; null for a service.
    user: Option<UserName>,
    /// What they may do, written out; a right may be narrowed: `read:users!group=lab`.
    scopes: Vec<String>,
    /// How people sign in: `native` has passwords of the hub's own.
    authenticator: String,
    /// The path below which the hub lies; begins and ends with a slash.
    base_url: String,
}

/// `GET panel`.
#[utoipa::path(get, path = "/hub/api/labdeck/panel",
    responses((status = 200, body = Panel)), security(("token" = ["admin-ui"])))]
pub(crate) async fn panel(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<Panel>> {
    caller.require(&ScopeBase::AdminUi, Target::Hub)?;
    Ok(Json(Panel {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        user: caller.user().map(|user| user.name.clone()),
        scopes: caller.scopes.to_texts(),
        authenticator: ctx.authenticator.kind().to_owned(),
        base_url: ctx.config.base_url.clone(),
    }))
}
