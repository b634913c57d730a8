//! `POST /oauth2/token`: the exchange of a code. (`/oauth2/authorize` is a page: people see it.)

use axum::Json;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::context::Context;
use crate::oauth::{ExchangeError, ExchangeRequest, exchange};

/// A token for a client.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Exchanged {
    /// The token, shown this once.
    access_token: String,
    /// Seconds that it is good for.
    expires_in: u64,
    /// `Bearer`.
    token_type: &'static str,
    /// What it may do.
    scope: String,
}

/// A refusal in the form of RFC 6749.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExchangeRefusal {
    /// One of the words of its section 5.2.
    error: &'static str,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    error_description: Option<&'static str>,
}

/// The exchange.
#[utoipa::path(post, path = "/hub/api/oauth2/token", security(()),
    request_body(content = ExchangeRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Exchanged), (status = 400, body = ExchangeRefusal), (status = 401, body = ExchangeRefusal)))]
pub(super) async fn token(
    State(ctx): State<Context>,
    request: Result<Form<ExchangeRequest>, FormRejection>,
) -> Response {
    let no_store = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    // What is no form says no type of grant, and is answered in the words that OAuth's clients read.
    let request = request.map(|Form(request)| request).map_err(|rejection| match rejection {
        FormRejection::FailedToDeserializeFormBody(_) => {
            ExchangeError::InvalidRequest("A parameter was sent twice, or cannot be read.")
        }
        _ => ExchangeError::UnsupportedGrantType,
    });
    let exchanged = match request {
        Ok(request) => exchange(&ctx, request).await,
        Err(error) => Err(error),
    };
    let exchanged = match exchanged {
        Ok(exchanged) => exchanged,
        Err(error) => return (no_store, refusal(error)).into_response(),
    };
    let body = Exchanged {
        access_token: exchanged.access_token.expose().clone(),
        expires_in: exchanged.expires_in.as_secs(),
        token_type: "Bearer",
        scope: exchanged.scope,
    };
    (no_store, Json(body)).into_response()
}

fn refusal(error: ExchangeError) -> Response {
    let (status, error, error_description) = match error {
        ExchangeError::InvalidClient => (StatusCode::UNAUTHORIZED, "invalid_client", None),
        ExchangeError::InvalidGrant => (StatusCode::BAD_REQUEST, "invalid_grant", None),
        ExchangeError::UnsupportedGrantType => (StatusCode::BAD_REQUEST, "unsupported_grant_type", None),
        ExchangeError::InvalidRequest(why) => (StatusCode::BAD_REQUEST, "invalid_request", Some(why)),
        ExchangeError::Internal(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "Could not exchange an OAuth code");
            (StatusCode::INTERNAL_SERVER_ERROR, "server_error", None)
        }
    };
    let mut response = (status, Json(ExchangeRefusal { error, error_description })).into_response();
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Bearer error=\"invalid_client\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}
