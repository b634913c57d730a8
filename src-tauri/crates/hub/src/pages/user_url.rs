//! What the proxy sends here because a server has no route: `{base}user/ada/lab` while ada's server is off, on its way,
//! or just became ready. Pages for people, 424 for programs.

use std::time::Duration;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{ServerKey, ServerName, UserName};
use percent_encoding::percent_decode_str;
use serde_json::json;

use super::caller::PageCaller;
use super::error::{PageResult, Stop};
use super::reply::redirect;
use super::server::Found;
use super::spawn::pending_url;
use super::{not_running, view::ErrorPage};
use crate::authz::Caller;
use crate::error::{Error, Kind, Result};
use crate::{accounts, servers};

/// After so many redirects between proxy and hub something is wrong (JupyterHub's `user_redirect_limit`).
const MAX_REDIRECTS: u32 = 4;
/// The longest pause between two of them.
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// Any request below `{base}user/`. The sign-in cookie is sent to the hub's own addresses only, so whoever shows no
/// token is sent there.
pub(super) async fn outside(page: PageCaller) -> Response {
    let path = page.uri.path();
    let lacks_slash = path.strip_prefix(page.base()).is_some_and(|rest| rest.split('/').count() == 2);
    let query = page.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    match page.reads() {
        true if lacks_slash => redirect(StatusCode::MOVED_PERMANENTLY, &format!("{path}/{query}")),
        _ if page.headers.contains_key(header::AUTHORIZATION) => page.answer(place(&page).await),
        true => page.redirect(&page.hub(page.here().strip_prefix(page.base()).unwrap_or_default())),
        false => page.refuse(StatusCode::FORBIDDEN, "This server does not run."),
    }
}

/// Any request below `{hub}user/`.
pub(super) async fn inside(page: PageCaller) -> Response {
    page.answer(place(&page).await)
}

async fn place(page: &PageCaller) -> PageResult {
    let wanted = Wanted::of(page.uri.path(), page.base()).ok_or_else(missing)?;
    let Some(caller) = find_caller(page).await? else {
        return if page.reads() {
            Err(Stop::SignIn)
        } else {
            Err(Error::new(Kind::Unauthenticated, "Sign in first.").into())
        };
    };
    let key = find_key(page, &wanted).await?;
    if !caller.may_access(&key) {
        // A ticket's session is not all that the person behind it may be.
        return match (page.reads(), page.is_limited()) {
            (true, true) => Err(Stop::SignIn),
            (true, false) if !page.prefers_json() && !wanted.is_api && page.may_ask() => {
                let closed = ErrorPage::of_closed_server(404, key.user.as_str(), &wanted.server());
                Ok(page.error_page(StatusCode::NOT_FOUND, &closed))
            }
            _ => Err(missing().into()),
        };
    }
    let found = Found::load(page, key).await?;
    let for_program = !page.reads() || page.reader().is_none() || page.prefers_json() || wanted.is_api;
    match page.reads() && found.state.is_ready() {
        true => go_there(page, &wanted).await,
        false if for_program => Ok(gone(page, &wanted, &found)),
        false => explain(page, &wanted, &found).await,
    }
}

/// The server serves: back to the proxy, slower each time, until it knows the route.
async fn go_there(page: &PageCaller, wanted: &Wanted) -> PageResult {
    let redirects = page.query("redirects").and_then(|text| text.parse().ok()).unwrap_or(0);
    if redirects >= MAX_REDIRECTS {
        let words =
            "Redirect loop detected: the server runs, but requests for it arrive here. Stop it and start it again.";
        let page_of_loop = ErrorPage::of_status(500).with_message(words);
        return Ok(page.error_page(StatusCode::INTERNAL_SERVER_ERROR, &page_of_loop));
    }
    tokio::time::sleep(pause(redirects)).await;
    Ok(page.redirect(&with_redirects(&wanted.path, page.uri.query(), Some(redirects + 1))))
}

fn pause(redirects: u32) -> Duration {
    match redirects {
        0 => Duration::ZERO,
        n => Duration::from_secs(2_u64.saturating_pow(n)).min(MAX_PAUSE),
    }
}

/// For programs: JupyterLab tells its user with this that the server is gone.
fn gone(page: &PageCaller, wanted: &Wanted, found: &Found) -> Response {
    let origin = page.peer.origin().unwrap_or_default();
    let message = format!(
        "JupyterHub server no longer running at {}. Restart the server at {origin}{}",
        wanted.path, found.links.start
    );
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    (StatusCode::FAILED_DEPENDENCY, no_store, Json(json!({ "message": message }))).into_response()
}

/// For people.
async fn explain(page: &PageCaller, wanted: &Wanted, found: &Found) -> PageResult {
    let reader = page.require_login()?;
    let next = with_redirects(&wanted.path, page.uri.query(), None);
    let may_start = reader.caller.may(&ScopeBase::StartServers, Target::Server(&found.key));
    let has_news = !found.state.is_stopped() || found.view.as_ref().is_some_and(|view| view.labdeck_failure.is_some());
    if has_news && may_start {
        return Ok(redirect(StatusCode::SEE_OTHER, &pending_url(found, Some(&next))));
    }
    if found.state.is_active() {
        let busy = ErrorPage::of_status(503).with_message(format!("{}’s server is on its way.", found.key.user));
        return Ok(page.error_page(StatusCode::SERVICE_UNAVAILABLE, &busy));
    }
    not_running::draw(page, &reader, found, Some(next), StatusCode::FAILED_DEPENDENCY).await
}

/// Whose rights count: a token's where one is sent, else the browser's.
async fn find_caller(page: &PageCaller) -> Result<Option<Caller>> {
    let Some(line) = page.header(header::AUTHORIZATION.as_str()) else { return Ok(page.caller.clone()) };
    match line.trim().split_once(char::is_whitespace) {
        Some((scheme, token)) if ["token", "bearer"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) => {
            accounts::find_by_token(&page.ctx, token.trim()).await
        }
        Some(_) | None => Ok(None),
    }
}

/// The second part of the path names a server if the user has one of that name, else it is a page of the default one.
async fn find_key(page: &PageCaller, wanted: &Wanted) -> Result<ServerKey> {
    let user = UserName::parse(&wanted.user).map_err(|_| missing())?;
    if let Some(server) = wanted.second.as_deref().and_then(|name| ServerName::parse(name).ok()) {
        let named = ServerKey::new(user.clone(), server);
        if servers::find_row(&page.ctx, &named).await?.is_some() {
            return Ok(named);
        }
    }
    Ok(ServerKey::default_of(user))
}

fn missing() -> Error {
    Error::not_found("No access to resources or resources not found")
}

/// What a path below `user/` asks for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    /// The path at the server, without the hub's part: `/user/ada/lab`.
    path: String,
    user: String,
    second: Option<String>,
    is_api: bool,
}

// === impl Wanted ===

impl Wanted {
    /// The second part as a server's name, be there such a server or not: a form that is shown to strangers must not tell.
    fn server(&self) -> String {
        let name = self.second.as_deref().and_then(|second| ServerName::parse(second).ok());
        name.map(|name| name.to_string()).unwrap_or_default()
    }

    fn of(path: &str, base: &str) -> Option<Self> {
        let rest = path.strip_prefix(base)?;
        let below = rest.strip_prefix("hub/").unwrap_or(rest).strip_prefix("user/")?;
        let mut parts = below.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned());
        let user = parts.next()?;
        let second = parts.next().filter(|part| !part.is_empty());
        Some(Self {
            path: format!("{base}user/{below}"),
            user,
            second,
            is_api: below.split('/').any(|part| part == "api"),
        })
    }
}

/// A path with its query, the count of redirects replaced.
fn with_redirects(path: &str, query: Option<&str>, redirects: Option<u32>) -> String {
    let count = redirects.map(|count| format!("redirects={count}"));
    let kept = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("redirects="));
    let query: Vec<_> = kept.map(str::to_owned).chain(count).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_below_user_are_taken_apart() {
        let wanted = |path: &str| Wanted::of(path, "/lab/").unwrap();
        let notebook = wanted("/lab/user/zo%C3%AB/gpu/lab/tree/a%2Fb.ipynb");
        assert_eq!((notebook.user.as_str(), notebook.second.as_deref()), ("zoë", Some("gpu")));
        assert!(!notebook.is_api);
        let kernels = wanted("/lab/hub/user/ada/api/kernels");
        assert!(kernels.is_api);
        assert_eq!(kernels.path, "/lab/user/ada/api/kernels");
        assert_eq!(wanted("/lab/user/ada/").second, None);
        assert_eq!(Wanted::of("/lab/services/x/", "/lab/"), None);
    }

    #[test]
    fn redirects_are_counted_in_the_query() {
        assert_eq!(with_redirects("/user/ada/lab", None, Some(1)), "/user/ada/lab?redirects=1");
        assert_eq!(
            with_redirects("/user/ada/", Some("a=1&redirects=1&b=%26"), Some(2)),
            "/user/ada/?a=1&b=%26&redirects=2"
        );
        assert_eq!(with_redirects("/user/ada/", Some("redirects=3"), None), "/user/ada/");
    }

    #[test]
    fn pauses_grow_to_ten_seconds() {
        let seconds: Vec<_> = (0..5).map(|n| pause(n).as_secs()).collect();
        assert_eq!(seconds, [0, 2, 4, 8, 10]);
    }
}
