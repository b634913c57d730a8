//! Folders that servers mount beside their homes: what there is, offering one, taking it back, mending one.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use labdeck_model::Job;
use labdeck_model::scope::{ScopeBase, Target};

use crate::api::error::ApiResult;
use crate::api::extract::{Auth, Body};
use crate::context::Context;
use crate::homes::{self, FolderView, FolderWish};

/// `GET folders`: all of them, with what keeps servers from using each.
#[utoipa::path(get, path = "/hub/api/labdeck/folders",
    responses((status = 200, body = Vec<FolderView>)), security(("token" = ["admin:servers"])))]
pub(crate) async fn list(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<Vec<FolderView>>> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    Ok(Json(homes::list_folders(&ctx).await?))
}

/// `PUT folders/{name}`: servers get it from their next start on.
#[utoipa::path(put, path = "/hub/api/labdeck/folders/{name}", params(("name" = String, Path)), request_body = FolderWish,
    responses((status = 200, body = FolderView), (status = 400), (status = 409)), security(("token" = ["admin:servers"])))]
pub(crate) async fn put(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path(name): Path<String>,
    Body(wish): Body<FolderWish>,
) -> ApiResult<Json<FolderView>> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    Ok(Json(homes::put_folder(&ctx, &name, wish).await?))
}

/// `DELETE folders/{name}`: its files stay where they are.
#[utoipa::path(delete, path = "/hub/api/labdeck/folders/{name}", params(("name" = String, Path)),
    responses((status = 204), (status = 404)), security(("token" = ["admin:servers"])))]
pub(crate) async fn delete(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path(name): Path<String>,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    homes::delete_folder(&ctx, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST folders/{name}/fix`: does what the problem's remedy says; the answer is the job to watch.
#[utoipa::path(post, path = "/hub/api/labdeck/folders/{name}/fix", params(("name" = String, Path)),
    responses((status = 202, body = Job), (status = 404), (status = 409)), security(("token" = ["admin:servers"])))]
pub(crate) async fn fix(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path(name): Path<String>,
) -> ApiResult<(StatusCode, Json<Job>)> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    Ok((StatusCode::ACCEPTED, Json(homes::fix_folder(&ctx, &name).await?)))
}
