//! What is special about the window's listener: its page comes from another origin, and before the hub is claimed its
//! token is good for the claim alone.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::json;

use super::gate::Listener;
use crate::context::Context;

/// Where the window's page comes from: Tauri's own scheme, and in debug builds the development server.
pub fn window_origins() -> Arc<Vec<HeaderValue>> {
    let mut origins =
        vec![HeaderValue::from_static("tauri://localhost"), HeaderValue::from_static("http://tauri.localhost")];
    if cfg!(debug_assertions) {
        origins.push(HeaderValue::from_static("http://127.0.0.1:18305"));
    }
    Arc::new(origins)
}

/// Lets the window's page, and no other, read the answers. Every Tauri app on this computer has that same origin, so
/// the token is the guard, not this.
pub async fn cors(State(origins): State<Arc<Vec<HeaderValue>>>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let known = origin.filter(|origin| origins.contains(origin));
    let preflight = request.method() == Method::OPTIONS;
    let mut response =
        if preflight && known.is_some() { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let Some(origin) = known else { return response };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    if preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE"));
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("authorization, content-type, last-event-id, accept"),
        );
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    response
}

/// Until the hub is claimed, everything but the claim is refused; pages decide for themselves (they show the claim
/// page).
pub async fn only_the_claim(State(ctx): State<Context>, request: Request, next: Next) -> Response {
    if ctx.claimed.load(Ordering::Acquire) || may_come_first(&request, &ctx.config.base_url) {
        return next.run(request).await;
    }
    let message = "Nobody has claimed this hub yet. Create your account first, in the window or with: labdeckd user add NAME --admin";
    (StatusCode::FORBIDDEN, Json(json!({ "status": 403, "message": message }))).into_response()
}

fn may_come_first(request: &Request, base_url: &str) -> bool {
    let listener = request.extensions().get::<Listener>();
    let Some(path) = request.uri().path().strip_prefix(base_url) else { return true };
    let Some(call) = path.strip_prefix("hub/api") else { return listener == Some(&Listener::Hub) };
    let open = ["", "/", "/health"].contains(&call);
    let machine = matches!(listener, Some(Listener::Control | Listener::Socket));
    // The command line claims by adding the first admin.
    let claims = ["/labdeck/claim", "/labdeck/overview", "/labdeck/events"].contains(&call)
        || (listener == Some(&Listener::Socket) && call.starts_with("/users"));
    open || (machine && (claims || request.method() == Method::OPTIONS))
}
