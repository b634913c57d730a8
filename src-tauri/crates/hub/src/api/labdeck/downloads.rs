//! Saving files for the lead at the computer itself, and showing where they are.

use axum::Json;
use axum::extract::{Extension, Path, State};
use http::StatusCode;
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{Job, ServerKey};

use crate::api::error::ApiResult;
use crate::api::extract::{Auth, Body};
use crate::context::Context;
use crate::downloads::{self, DownloadWish};
use crate::error::Error;
use crate::front::Listener;

/// `POST downloads`: saves a server's log or somebody's files in the lead's own folder for downloads; the answer is the
/// job to watch. From the window alone: elsewhere a browser downloads the same by itself.
#[utoipa::path(post, path = "/hub/api/labdeck/downloads", request_body = DownloadWish,
    responses((status = 202, body = Job), (status = 404)), security(("token" = ["access:servers"]), ("token" = ["admin:servers"])))]
pub(crate) async fn save(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Extension(listener): Extension<Listener>,
    Body(wish): Body<DownloadWish>,
) -> ApiResult<(StatusCode, Json<Job>)> {
    check_place(listener)?;
    match &wish {
        DownloadWish::Log { user, server } => {
            let key = ServerKey::new(user.clone(), server.clone());
            caller.require(&ScopeBase::AccessServers, Target::Server(&key))?;
        }
        DownloadWish::Home { .. } => caller.require(&ScopeBase::AdminServers, Target::Hub)?,
    }
    Ok((StatusCode::ACCEPTED, Json(downloads::save(&ctx, wish).await?)))
}

/// `POST downloads/{id}/show`: shows the file that this job saved in its folder.
#[utoipa::path(post, path = "/hub/api/labdeck/downloads/{id}/show", params(("id" = u64, Path)),
    responses((status = 204), (status = 404)), security(("token" = ["admin-ui"])))]
pub(crate) async fn show(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Extension(listener): Extension<Listener>,
    Path(id): Path<u64>,
) -> ApiResult<StatusCode> {
    check_place(listener)?;
    caller.require(&ScopeBase::AdminUi, Target::Hub)?;
    downloads::show(&ctx, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Nobody from elsewhere writes into the lead's folders, whatever their token may.
fn check_place(listener: Listener) -> Result<(), Error> {
    if listener == Listener::Control {
        return Ok(());
    }
    Err(Error::forbidden("Files are saved at the hub's own computer, from the window. Download this one instead."))
}
