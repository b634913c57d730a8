//! What every answer of the API has, whatever call it is of: JupyterHub's word on other sites' pages, an answer to
//! `OPTIONS`, the end of a sign-in cookie that names nobody, and JSON also where axum refuses by itself: a method, a
//! query, a number in a path. Called by [`super::router`] for all calls at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::json;

use crate::front::{Peer, Transport};
use crate::session::SetCookies;

/// What other sites' pages may send. Without `Access-Control-Allow-Origin` they read nothing of it.
const ALLOWED_HEADERS: &str = "accept, content-type, authorization";

/// A refusal is a sentence or two, with what was sent in it.
const MAX_WORDS_BYTES: usize = 1024 * 1024;

/// Noted in a request whose sign-in cookie names nobody, so that the answer takes it back.
#[derive(Debug, Clone, Default)]
pub(super) struct DeadLogin(Arc<AtomicBool>);

// === impl DeadLogin ===

impl DeadLogin {
    /// It names nobody.
    pub(super) fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Adds it.
pub(super) async fn frame(State(base_url): State<Arc<str>>, mut request: Request, next: Next) -> Response {
    let dead = DeadLogin::default();
    request.extensions_mut().insert(dead.clone());
    let transport = request.extensions().get::<Peer>().map_or(Transport::Plain, |peer| peer.transport);
    let mut response = framed(request, next).await;
    if dead.0.load(Ordering::Relaxed) {
        let mut cookies = SetCookies::new(&base_url, transport);
        cookies.clear_login();
        cookies.write_to(response.headers_mut());
    }
    response
}

async fn framed(request: Request, next: Next) -> Response {
    let asks_what_is_allowed = request.method() == Method::OPTIONS;
    let mut response = next.run(request).await;
    // A call that refuses in its own words has said more.
    let has_words = response.headers().contains_key(header::CONTENT_TYPE);
    if response.status() == StatusCode::METHOD_NOT_ALLOWED && !has_words {
        // Each call that exists answers OPTIONS, as in JupyterHub, also where its handler does not.
        response = if asks_what_is_allowed { StatusCode::OK.into_response() } else { not_served(&response) };
    }
    if response.status().is_client_error() && is_plain(&response) {
        response = in_json(response).await;
    }
    let allowed = HeaderValue::from_static(ALLOWED_HEADERS);
    response.headers_mut().entry(header::ACCESS_CONTROL_ALLOW_HEADERS).or_insert(allowed);
    response
}

fn is_plain(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

/// The same refusal in the form that all have.
async fn in_json(response: Response) -> Response {
    let status = response.status();
    let words = axum::body::to_bytes(response.into_body(), MAX_WORDS_BYTES).await.unwrap_or_default();
    let body = json!({ "status": status.as_u16(), "message": String::from_utf8_lossy(&words) });
    (status, axum::Json(body)).into_response()
}

fn not_served(response: &Response) -> Response {
    let body = json!({ "status": 405, "message": "This method is not served here." });
    let mut answer = (StatusCode::METHOD_NOT_ALLOWED, axum::Json(body)).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    answer
}
