//! Which of the window's own calls can be reached at the public address, by whom, under which scope. What is not in the
//! table is not served there: a call that is added stays the window's until it is written down here. What each caller
//! then may is the handlers' matter; that the scopes agree with theirs is tested against the document.

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::Method;

use super::error::ApiError;
use super::extract::token_of;
use crate::error::Error;
use crate::front::Listener;

/// By what a call may be made at the public address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    /// A browser's session or a token: what the pages and the panel need. Until users have origins of their own, a
    /// notebook's page is a script on the hub's origin. What its reader may do with a session it may try as well, and
    /// as in JupyterHub it can make itself a token; this door keeps single requests back, not such a script. Hence the
    /// tickets, and the panel's warning before somebody else's server is opened.
    Browser,
    /// A token alone: programs of those who look after a hub without a window.
    Token,
}

use Door::{Browser, Token};

/// Method, path below `labdeck`, scopes that the caller holds any of (none: everybody who is signed in, each their own).
type Row = (&'static str, &'static str, &'static [&'static str], Door);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    ("GET", "/panel", &["admin-ui"], Browser),
    ("GET", "/events", &[], Browser),
    ("GET", "/visits", &["read:users:activity"], Browser),
    ("GET", "/shares", &[], Browser),
    ("GET", "/scopes", &[], Browser),
    ("GET", "/roles", &["read:roles", "read:roles:groups", "read:roles:users"], Browser),
    ("PUT", "/roles/{role}/users/{name}", &["admin:users"], Browser),
    ("DELETE", "/roles/{role}/users/{name}", &["admin:users"], Browser),
    ("PUT", "/roles/{role}/groups/{name}", &["admin:groups"], Browser),
    ("DELETE", "/roles/{role}/groups/{name}", &["admin:groups"], Browser),
    ("GET", "/services", &["list:services", "read:services"], Browser),
    ("GET", "/services/{name}/log", &["admin:services"], Browser),
    ("POST", "/services/{name}/restart", &["admin:services"], Browser),
    ("POST", "/users/{name}/invitation", &["admin:users"], Browser),
    ("GET", "/users/{name}/start-options", &["start:servers"], Browser),
    ("GET", "/users/{name}/idle-rule", &["read:users"], Browser),
    ("PUT", "/users/{name}/idle-rule", &["admin:servers"], Browser),
    ("DELETE", "/users/{name}/idle-rule", &["admin:servers"], Browser),
    ("GET", "/idle-rules", &[], Browser),
    ("GET", "/stacks", &[], Browser),
    ("GET", "/sizes", &[], Browser),
    ("GET", "/servers", &["read:servers"], Browser),
    ("GET", "/servers/{name}/{server}/log", &["access:servers"], Browser),
    ("GET", "/servers/{name}/{server}/log/follow", &["access:servers"], Browser),
    ("GET", "/servers/{name}/{server}/log/download", &["access:servers"], Browser),
    ("GET", "/servers/{name}/{server}/usage", &["read:servers"], Browser),
    ("GET", "/servers/{name}/{server}/diagnosis", &["access:servers"], Browser),
    ("GET", "/servers/{name}/{server}/events", &["access:servers"], Browser),
    ("POST", "/servers/{name}/{server}/fix/{id}", &["start:servers"], Browser),
    ("POST", "/servers/{name}/{server}/restart", &["delete:servers", "start:servers"], Browser),
    ("POST", "/servers/{name}/{server}/message", &["admin:servers"], Browser),
    ("POST", "/servers/{name}/{server}/awake", &["start:servers"], Browser),
    ("POST", "/messages", &["admin:servers"], Browser),
    ("GET", "/overview", &["admin-ui"], Token),
    ("PATCH", "/hub", &["admin:servers", "shutdown"], Token),
    ("POST", "/quit", &["shutdown"], Token),
    ("POST", "/tickets", &["access:servers"], Token),
    ("PUT", "/idle-rules", &["admin:servers"], Token),
    ("GET", "/resources", &["admin:servers"], Token),
    ("PATCH", "/resources", &["admin:servers"], Token),
    ("PUT", "/sizes/{name}", &["admin:servers"], Token),
    ("DELETE", "/sizes/{name}", &["admin:servers"], Token),
    ("GET", "/images", &["admin:servers"], Token),
    ("PUT", "/stacks/{name}", &["admin:servers"], Token),
    ("DELETE", "/stacks/{name}", &["admin:servers"], Token),
    ("POST", "/pulls", &["admin:servers"], Token),
    ("GET", "/jobs", &["admin:servers"], Token),
    ("DELETE", "/jobs/{id}", &["admin:servers"], Token),
    ("GET", "/folders", &["admin:servers"], Token),
    ("PUT", "/folders/{name}", &["admin:servers"], Token),
    ("DELETE", "/folders/{name}", &["admin:servers"], Token),
    ("POST", "/folders/{name}/fix", &["admin:servers"], Token),
    ("GET", "/homes", &["admin:servers"], Token),
    ("DELETE", "/homes/{id}", &["admin:servers"], Token),
    ("GET", "/homes/{id}/archive", &["admin:servers"], Token),
    ("POST", "/homes/{id}/archive", &["admin:servers"], Token),
    ("POST", "/homes/{id}/restore", &["admin:servers"], Token),
    ("GET", "/environment", &["admin:servers"], Token),
    ("POST", "/environment/repair", &["admin:servers"], Token),
    ("POST", "/environment/upgrade", &["admin:servers"], Token),
];

/// Before each of the window's own calls.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let listener = request.extensions().get::<Listener>().copied();
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    let path = path.split_once("/hub/api/labdeck").map_or("", |(_, below)| below);
    // As it is read later: any other `Authorization` leaves the request to its cookies.
    let has_token = token_of(request.headers()).is_some();
    match listener {
        // The window and the command line are the lead at the machine; servers in containers have tokens of their own.
        Some(Listener::Control | Listener::Socket) => next.run(request).await,
        _ if is_served(request.method(), path, has_token) => next.run(request).await,
        _ => {
            let words = "This is done at the hub's own computer: in the window, or with labdeckd there.";
            ApiError(Error::forbidden(words)).into_response()
        }
    }
}

fn is_served(method: &Method, path: &str, has_token: bool) -> bool {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    // What other methods are answered does not depend on the call.
    let known = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(method);
    !known || TABLE.iter().any(|row| row.0 == method.as_str() && row.1 == path && (has_token || row.3 == Browser))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::Value;

    use super::*;

    /// (method, path) and scopes of each of the window's own calls, as the document has them.
    fn documented() -> BTreeMap<(String, String), BTreeSet<String>> {
        let document: Value = serde_json::from_str(&crate::api::openapi_document()).unwrap();
        let mut found = BTreeMap::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            let Some(path) = path.strip_prefix("/hub/api/labdeck") else { continue };
            for (method, operation) in item.as_object().unwrap() {
                let lists = operation["security"].as_array().into_iter().flatten();
                let scopes = lists.flat_map(|one| one["token"].as_array().cloned().unwrap_or_default());
                let scopes = scopes.map(|scope| scope.as_str().unwrap().to_owned()).collect();
                found.insert((method.to_uppercase(), path.to_owned()), scopes);
            }
        }
        found
    }

    #[test]
    fn each_call_has_the_scopes_of_its_handler() {
        let documented = documented();
        for (method, path, scopes, _) in TABLE {
            let expected = scopes.iter().map(|scope| (*scope).to_owned()).collect();
            assert_eq!(documented.get(&((*method).to_owned(), (*path).to_owned())), Some(&expected), "{method} {path}");
        }
    }

    #[test]
    fn what_is_not_written_down_is_the_windows() {
        let mut rest = documented();
        rest.retain(|(method, path), _| !TABLE.iter().any(|row| row.0 == method && row.1 == path));
        let rest: Vec<_> = rest.keys().map(|(method, path)| format!("{method} {path}")).collect();
        assert_eq!(rest, ["POST /claim", "POST /downloads", "POST /downloads/{id}/show"]);
        assert!(!is_served(&Method::POST, "/claim", true) && !is_served(&Method::GET, "/tomorrow", true));
    }

    #[test]
    fn a_session_reaches_nothing_that_changes_the_machine() {
        for path in
            ["/hub", "/quit", "/folders/{name}", "/stacks/{name}", "/pulls", "/homes/{id}", "/environment/repair"]
        {
            let methods = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
            assert!(methods.iter().all(|method| !is_served(method, path, false)), "{path}");
        }
        assert!(is_served(&Method::GET, "/panel", false) && is_served(&Method::HEAD, "/panel", false));
    }
}
