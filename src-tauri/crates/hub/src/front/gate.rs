//! The gate in front of every route of the hub's own listeners: method, `Host`, path form, time limit. It also
//! leaves in each request the [`Listener`] it came in by and the [`Peer`] behind it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};
use labdeck_model::Secret;

use super::peer::{Peer, Remote};

/// A handler must begin its answer within this time. Streams are bounded by their own keep-alive.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);

/// A body must be whole after this long.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);
/// The largest body that anything here takes.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Which of the hub's doors a request came through; each has its own rights (`ARCHITECTURE.md` 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listener {
    /// Behind the proxy: pages, cookies, tokens.
    Hub,
    /// The window: its token, no cookies, no pages.
    Control,
    /// The command line, at a socket file that only this account can open: the window's rights without a token.
    Socket,
    /// Servers in containers: tokens, `/hub/api` only.
    Containers,
}

/// What one gate checks.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Which door it guards.
    pub listener: Listener,
    /// The exact `Host` that is let in when a request does not come through our own proxy; `None` lets any in.
    pub host: Option<String>,
    /// How our own proxy proves itself.
    pub proxy_secret: Secret<String>,
    /// Where browsers report what a policy kept from happening, where there is such a place.
    pub reports_to: Option<String>,
}

// === impl Gate ===

impl Gate {
    /// The middleware: `from_fn_with_state(Arc::new(gate), Gate::check)`.
    pub async fn check(State(gate): State<Arc<Self>>, request: Request, next: Next) -> Response {
        let remote = request.extensions().get::<Remote>().copied();
        let peer = Peer::of(remote, request.headers(), &gate.proxy_secret);
        let is_call = request.uri().path().contains("/hub/api/");
        if let Err(refused) = gate.admit(&request, &peer) {
            return refuse(is_call, refused);
        }
        let mut request = match whole(request).await {
            Ok(request) => request,
            Err(refused) => return refuse(is_call, refused),
        };
        request.extensions_mut().insert(gate.listener);
        request.extensions_mut().insert(peer);
        let Ok(mut response) = tokio::time::timeout(ANSWER_TIMEOUT, next.run(request)).await else {
            let late = (StatusCode::SERVICE_UNAVAILABLE, "The hub took too long to answer. Try again.");
            return refuse(is_call, late);
        };
        gate.common_headers(response.headers_mut());
        response
    }

    fn common_headers(&self, headers: &mut http::HeaderMap) {
        let policy = match &self.reports_to {
            Some(path) => {
                HeaderValue::from_str(&format!("frame-ancestors 'none'; report-uri {path}; default-src 'none'")).ok()
            }
            None => None,
        };
        let policy = policy.unwrap_or_else(|| HeaderValue::from_static(POLICY));
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
        headers.insert("x-jupyterhub-version", HeaderValue::from_static(crate::JUPYTERHUB_VERSION));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    }

    fn admit(&self, request: &Request, peer: &Peer) -> Result<(), (StatusCode, &'static str)> {
        let known =
            [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
        if !known.contains(request.method()) {
            return Err((StatusCode::METHOD_NOT_ALLOWED, "This method is not served here."));
        }
        if request.uri().authority().is_some() {
            return Err((StatusCode::BAD_REQUEST, "The request target must be a path."));
        }
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        if host.is_none() || hosts.next().is_some() {
            return Err((StatusCode::BAD_REQUEST, "The request must name one Host."));
        }
        // Behind the proxy the names of this computer were checked there.
        if self.host.as_deref().is_some_and(|wanted| host != Some(wanted)) && !peer.through_proxy {
            return Err((StatusCode::MISDIRECTED_REQUEST, "This address is not served here."));
        }
        if is_ambiguous(request.uri().path()) {
            return Err((StatusCode::BAD_REQUEST, "The path of this request is malformed."));
        }
        Ok(())
    }
}

/// A refusal in the form that whoever asks reads: programs get JSON from all calls.
fn refuse(is_call: bool, (status, words): (StatusCode, &'static str)) -> Response {
    if is_call {
        (status, axum::Json(serde_json::json!({ "status": status.as_u16(), "message": words }))).into_response()
    } else {
        (status, words).into_response()
    }
}

/// The request with its body read. Bodies are small here; one that trickles in must not hold a connection.
async fn whole(request: Request) -> Result<Request, (StatusCode, &'static str)> {
    let (head, body) = request.into_parts();
    match tokio::time::timeout(BODY_TIMEOUT, axum::body::to_bytes(body, MAX_BODY_BYTES)).await {
        Ok(Ok(bytes)) => Ok(Request::from_parts(head, bytes.into())),
        Ok(Err(_)) => Err((StatusCode::PAYLOAD_TOO_LARGE, "The body is too large or ended early.")),
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "The body took too long to arrive.")),
    }
}

/// Whether two programs could read different paths out of one text.
fn is_ambiguous(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let encoded_dots = |part: &str| matches!(part.replace("%2e", ".").as_str(), "." | "..");
    path.contains('\\')
        || lower.contains("%00")
        || lower.contains("%5c")
        || path.contains("//")
        || lower.split('/').any(encoded_dots)
}

/// For what brings no policy of its own: answers of the API, refusals. Nothing in them may run or be framed.
const POLICY: &str = "frame-ancestors 'none'; default-src 'none'";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ambiguous_paths_are_told_apart() {
        for bad in ["//evil", "/a/../b", "/a/%2e%2E/b", "/a/./b", "/a\\b", "/a%5cb", "/a%00"] {
            assert!(is_ambiguous(bad), "{bad}");
        }
        for good in
            ["/hub/api/users/a.b", "/hub/api/users/zo%C3%AB/server", "/user/ada/lab/tree/a%2Fb", "/..a", "/hub/"]
        {
            assert!(!is_ambiguous(good), "{good}");
        }
    }
}
