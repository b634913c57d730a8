//! From meanings to HTTP, for the API: the only place where a status is chosen, and where a failure is logged, once,
//! with its chain. The envelope is JupyterHub's: `{"status": 404, "message": "…"}`.
//!
//! Policy: nobody known → 403 (JupyterHub does not use 401 on its API, so that browsers show no password box);
//! known but without the right → 403; with the right but not for this object → 404, as if it did not exist.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Error, Kind};

/// A use-case's error on its way to an API client.
#[derive(Debug)]
pub struct ApiError(pub Error);

/// How every refusal and failure looks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub(super) struct ErrorBody {
    /// The HTTP status, again.
    status: u16,
    /// What the person who asked may read.
    message: String,
    /// Where a port could not be had: one that could.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    free_port: Option<u16>,
}

/// What API handlers return.
pub type ApiResult<T> = Result<T, ApiError>;

/// The status that belongs to a kind.
pub fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Forbidden | Kind::Unauthenticated => StatusCode::FORBIDDEN,
        Kind::Fixed => StatusCode::METHOD_NOT_ALLOWED,
        Kind::Limited(_) => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What the person may read. An internal error is logged here and shown as a reference to that log line.
pub fn public_text(error: &Error) -> String {
    match error.kind() {
        Kind::Internal => {
            let reference = reference();
            tracing::error!(error = ?error, reference, "A request failed inside the hub ({reference})");
            format!("Something failed inside the hub. The log has the details under {reference}.")
        }
        Kind::Unavailable | Kind::Timeout => {
            tracing::warn!(error = ?error, "A request could not be served");
            error.public().to_owned()
        }
        Kind::NotFound
        | Kind::Conflict
        | Kind::Invalid
        | Kind::Forbidden
        | Kind::Unauthenticated
        | Kind::Fixed
        | Kind::Limited(_) => error.public().to_owned(),
    }
}

/// Eight characters that lead from what a person saw to the log line.
fn reference() -> String {
    let mut bytes = [0_u8; 4];
    // Without randomness the reference is all zeros, which still finds the line.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = status_of(self.0.kind());
        let body = ErrorBody { status: status.as_u16(), message: public_text(&self.0), free_port: self.0.free_port() };
        let mut response = (status, Json(body)).into_response();
        if let Kind::Limited(after) = self.0.kind() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(after.as_secs().max(1)));
        }
        response
    }
}

impl<E: Into<Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}
