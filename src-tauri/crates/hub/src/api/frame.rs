//! What every answer of the API has, whatever call it is of: JupyterHub's word on other sites' pages, an answer to
//! `OPTIONS`, and JSON where a method is not served. Called by [`super::router`] for all calls at once.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::json;

/// What other sites' pages may send. Without `Access-Control-Allow-Origin` they read nothing of it.
const ALLOWED_HEADERS: &str = "accept, content-type, authorization";

/// Adds it.
pub(super) async fn frame(request: Request, next: Next) -> Response {
    let asks_what_is_allowed = request.method() == Method::OPTIONS;
    let mut response = next.run(request).await;
    // A call that refuses in its own words has said more.
    let has_words = response.headers().contains_key(header::CONTENT_TYPE);
    if response.status() == StatusCode::METHOD_NOT_ALLOWED && !has_words {
        // Each call that exists answers OPTIONS, as in JupyterHub, also where its handler does not.
        response = if asks_what_is_allowed { StatusCode::OK.into_response() } else { not_served(&response) };
    }
    let allowed = HeaderValue::from_static(ALLOWED_HEADERS);
    response.headers_mut().entry(header::ACCESS_CONTROL_ALLOW_HEADERS).or_insert(allowed);
    response
}

fn not_served(response: &Response) -> Response {
    let body = json!({ "status": 405, "message": "This method is not served here." });
    let mut answer = (StatusCode::METHOD_NOT_ALLOWED, axum::Json(body)).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    answer
}
