//! `/metrics`: figures for Prometheus, also at `{hub}metrics`.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use http::{HeaderName, header};
use labdeck_model::scope::{ScopeBase, Target};

use super::error::{ApiError, ApiResult};
use super::extract::Auth;
use crate::accounts;
use crate::config::FiguresFor;
use crate::context::Context;
use crate::error::Error;
use crate::metrics::TEXT_FORMAT;

/// Somebody who may read the figures: everybody, if the configuration says so.
#[derive(Debug)]
pub(super) struct Reader;

impl FromRequestParts<Context> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, ctx: &Context) -> Result<Self, ApiError> {
        if ctx.config.figures_for == FiguresFor::Readers {
            let Auth(caller) = Auth::from_request_parts(parts, ctx).await?;
            caller.require(&ScopeBase::ReadMetrics, Target::Hub)?;
        }
        Ok(Self)
    }
}

/// `GET /metrics`, as text.
#[utoipa::path(get, path = "/hub/api/metrics", responses((status = 200, body = String, content_type = "text/plain")),
    security(("token" = ["read:metrics"])))]
pub(super) async fn get(State(ctx): State<Context>, _: Reader) -> ApiResult<([(HeaderName, &'static str); 1], String)> {
    let counts = accounts::count(&ctx).await?;
    let text = ctx.metrics.text(counts).map_err(|error| Error::internal("writing figures").caused_by(error))?;
    Ok(([(header::CONTENT_TYPE, TEXT_FORMAT)], text))
}
