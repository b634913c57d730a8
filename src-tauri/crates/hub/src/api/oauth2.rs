//! `POST /oauth2/token`: the exchange of a code. (`/oauth2/authorize` is a page: people see it.)

use axum::extract::{Form, State};
use axum::response::{IntoResponse, Response};
use axum::Json;
use http::{StatusCode, header};
use serde_json::json;

use crate::context::Context;
use crate::oauth::{ExchangeError, ExchangeRequest, exchange};

/// The exchange.
pub(super) async fn token(State(ctx): State<Context>, Form(request): Form<ExchangeRequest>) -> Response {
    let no_store = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    let (status, body) = match exchange(&ctx, request).await {
        Ok(exchanged) => (
            StatusCode::OK,
            json!({
                "access_token": exchanged.access_token.expose(),
                "expires_in": exchanged.expires_in.as_secs(),
                "token_type": "Bearer",
                "scope": exchanged.scope,
            }),
        ),
        Err(ExchangeError::InvalidClient) => (StatusCode::UNAUTHORIZED, json!({ "error": "invalid_client" })),
        Err(ExchangeError::InvalidGrant) => (StatusCode::BAD_REQUEST, json!({ "error": "invalid_grant" })),
        Err(ExchangeError::UnsupportedGrantType) => {
            (StatusCode::BAD_REQUEST, json!({ "error": "unsupported_grant_type" }))
        }
        Err(ExchangeError::InvalidRequest(why)) => {
            (StatusCode::BAD_REQUEST, json!({ "error": "invalid_request", "error_description": why }))
        }
        Err(ExchangeError::Internal(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "Could not exchange an OAuth code");
            (StatusCode::INTERNAL_SERVER_ERROR, json!({ "error": "server_error" }))
        }
    };
    (status, no_store, Json(body)).into_response()
}
