//! Homes: what there is, packing, giving back, downloading, deleting.

use axum::Json;
use axum::body::Body as Stream;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use labdeck_model::Job;
use labdeck_model::scope::{ScopeBase, Target};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::error::ApiResult;
use crate::api::extract::{Auth, Body};
use crate::context::Context;
use crate::homes::{self, HomeView, Measure, RestoreWish};

/// The query of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MeasureQuery {
    /// `true` says how much is in each, which takes seconds.
    #[serde(default)]
    #[param(required = false)]
    measure: bool,
}

/// The query of a deletion.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ConfirmQuery {
    /// The home's name, as a sign that it is meant.
    #[serde(default)]
    confirm: String,
}

/// `GET homes`: those of servers, those that were kept, archives, and those that nobody knows any more.
#[utoipa::path(get, path = "/hub/api/labdeck/homes", params(MeasureQuery),
    responses((status = 200, body = Vec<HomeView>)), security(("token" = ["admin:servers"])))]
pub(crate) async fn list(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Query(query): Query<MeasureQuery>,
) -> ApiResult<Json<Vec<HomeView>>> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    let measure = if query.measure { Measure::All } else { Measure::Known };
    Ok(Json(homes::list(&ctx, measure).await?))
}

/// `DELETE homes/{id}?confirm=`: for ever; never one that a server has.
#[utoipa::path(delete, path = "/hub/api/labdeck/homes/{id}", params(("id" = String, Path), ConfirmQuery),
    responses((status = 204), (status = 400), (status = 404), (status = 409)), security(("token" = ["admin:servers"])))]
pub(crate) async fn erase(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path(id): Path<String>,
    Query(query): Query<ConfirmQuery>,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    homes::erase(&ctx, &id, &query.confirm).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST homes/{id}/archive`: packs it into a file; the answer is the job to watch.
#[utoipa::path(post, path = "/hub/api/labdeck/homes/{id}/archive", params(("id" = String, Path)),
    responses((status = 202, body = Job), (status = 404), (status = 409)), security(("token" = ["admin:servers"])))]
pub(crate) async fn archive(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path(id): Path<String>,
) -> ApiResult<(StatusCode, Json<Job>)> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    Ok((StatusCode::ACCEPTED, Json(homes::archive(&ctx, &id).await?)))
}

/// `GET homes/{id}/archive`: the files as a tar, or the archive as it lies.
#[utoipa::path(get, path = "/hub/api/labdeck/homes/{id}/archive", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/x-tar"), (status = 404)), security(("token" = ["admin:servers"])))]
pub(crate) async fn download(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path(id): Path<String>,
) -> ApiResult<Response> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    let sent = homes::download(&ctx, &id).await?;
    let mut response = Stream::from_stream(sent.bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(sent.content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", sent.name)) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    if let Some(length) = sent.length {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Ok(response)
}

/// `POST homes/{id}/restore`: gives it to a server; the answer is the job to watch.
#[utoipa::path(post, path = "/hub/api/labdeck/homes/{id}/restore", params(("id" = String, Path)), request_body = RestoreWish,
    responses((status = 202, body = Job), (status = 404), (status = 409)), security(("token" = ["admin:servers"])))]
pub(crate) async fn restore(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path(id): Path<String>,
    Body(wish): Body<RestoreWish>,
) -> ApiResult<(StatusCode, Json<Job>)> {
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    Ok((StatusCode::ACCEPTED, Json(homes::restore(&ctx, &id, wish).await?)))
}
