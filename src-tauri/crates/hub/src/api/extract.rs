//! What handlers take out of a request: who calls ([`Auth`]), the body as JSON in JupyterHub's manner ([`Body`]).

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use http::{HeaderMap, Method, header};
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq as _;

use super::error::ApiError;
use super::frame::DeadLogin;
use crate::accounts;
use crate::authz::{self, Caller, Via};
use crate::context::Context;
use crate::error::{Error, Kind};
use crate::front::{Listener, Peer};
use crate::session::{Cookies, HUB_LOGIN, SESSION_ID, XSRF, XsrfError, XsrfId};

/// The caller of an API request; without one the request is refused.
#[derive(Debug)]
pub(super) struct Auth(pub Caller);

/// The caller of an API request, where one is known: for calls that know another way to tell who asks.
#[derive(Debug)]
pub(super) struct MaybeAuth(pub Option<Caller>);

/// A JSON body. Absent counts as `null`, so that a type with defaults reads it.
#[derive(Debug)]
pub(super) struct Body<T>(pub T);

/// A JSON body as it was sent: `null` where there is none. What is no JSON is said by whoever reads it, once it is known
/// that the caller may ask at all.
#[derive(Debug)]
pub(super) struct AnyBody(pub Result<serde_json::Value, Error>);

/// Bodies of API calls are small; a megabyte is a mistake or an attack.
const MAX_BODY_BYTES: usize = 1024 * 1024;

// === impl Auth ===

impl FromRequestParts<Context> for Auth {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, ctx: &Context) -> Result<Self, ApiError> {
        let caller = find_caller(parts, ctx).await?;
        let caller = caller.ok_or_else(|| Error::new(Kind::Unauthenticated, "Missing or invalid credentials."))?;
        Ok(Self(caller))
    }
}

impl FromRequestParts<Context> for MaybeAuth {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, ctx: &Context) -> Result<Self, ApiError> {
        Ok(Self(find_caller(parts, ctx).await?))
    }
}

async fn find_caller(parts: &Parts, ctx: &Context) -> Result<Option<Caller>, Error> {
    let listener = parts.extensions.get::<Listener>().copied().unwrap_or(Listener::Containers);
    let token = token_of(&parts.headers);
    match listener {
        Listener::Socket => Ok(Some(authz::window())),
        Listener::Control => {
            let wanted = ctx.window_token.expose().as_bytes();
            let right = token.is_some_and(|token| bool::from(token.as_bytes().ct_eq(wanted)));
            Ok(right.then(authz::window))
        }
        Listener::Containers => match token {
            Some(token) => find_by_token(ctx, token).await,
            None => Ok(None),
        },
        Listener::Hub => match token {
            Some(token) => find_by_token(ctx, token).await,
            None => find_by_cookie(parts, ctx).await,
        },
    }
}

/// `Authorization: token …` or `bearer …`, in any case.
pub(super) fn token_of(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(char::is_whitespace)?;
    let known = scheme.eq_ignore_ascii_case("token") || scheme.eq_ignore_ascii_case("bearer");
    known.then_some(token.trim())
}

async fn find_by_token(ctx: &Context, token: &str) -> Result<Option<Caller>, Error> {
    let caller = accounts::find_by_token(ctx, token).await?;
    if let Some(Caller { via: Via::Token(row), who, .. }) = &caller {
        accounts::note_token_use(ctx, row, who);
    }
    Ok(caller)
}

/// A browser's own script calls the API: the session counts, if the request proves that it comes from our pages.
async fn find_by_cookie(parts: &Parts, ctx: &Context) -> Result<Option<Caller>, Error> {
    // A form of another site can post with our cookies, but not as JSON.
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_json = kind.is_none_or(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json"));
    if parts.method == Method::POST && !is_json {
        return Ok(None);
    }
    let cookies = Cookies::of(&parts.headers);
    let Some(caller) = accounts::find_by_cookies(ctx, &cookies).await? else {
        // Of several one may be good: taking them back would leave whichever another page planted.
        if cookies.only(HUB_LOGIN).is_some() {
            parts.extensions.get::<DeadLogin>().map(DeadLogin::note);
        }
        return Ok(None);
    };
    if needs_xsrf(&parts.method, &parts.headers) {
        check_xsrf(parts, ctx, &cookies, &caller)?;
    }
    Ok(Some(caller))
}

/// Which cookie-authenticated requests must show the XSRF token (JupyterHub 6.1, `_xsrf_utils.py`).
fn needs_xsrf(method: &Method, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let reads = [Method::GET, Method::HEAD, Method::OPTIONS].contains(method);
    match text("sec-fetch-mode") {
        None | Some("navigate") => !reads,
        // A socket carries its own origin, which is looked at where it is opened. It is opened by reading: JupyterHub
        // lets anything through that calls itself one.
        Some("websocket") => !reads,
        Some("no-cors") => !(reads && text("sec-fetch-site") == Some("same-origin")),
        Some(_) => true,
    }
}

fn check_xsrf(parts: &Parts, ctx: &Context, cookies: &Cookies, caller: &Caller) -> Result<(), Error> {
    let query = parts.uri.query().unwrap_or_default();
    let from_query = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "_xsrf");
    let from_header = ["x-xsrftoken", "x-csrftoken"].iter().find_map(|name| parts.headers.get(*name)?.to_str().ok());
    let submitted = from_query.map(|(_, value)| value.into_owned()).or_else(|| from_header.map(str::to_owned));
    foreign_origin(&parts.headers, parts.extensions.get::<Peer>())?;
    let id = xsrf_id(cookies, caller);
    ctx.keys.check_xsrf(&id, submitted.as_deref(), cookies.all(XSRF), ctx.clock.now()).map_err(|error| match error {
        XsrfError::Missing => Error::forbidden(format!("'_xsrf' argument missing from {}", parts.method)),
        XsrfError::Mismatch => Error::forbidden(format!("XSRF cookie does not match {} argument", parts.method)),
    })
}

/// What the tokens of a signed-in browser are bound to.
fn xsrf_id(cookies: &Cookies, caller: &Caller) -> XsrfId {
    let session = caller.session().map(|session| session.id.to_string()).unwrap_or_default();
    XsrfId::signed_in(cookies.only(SESSION_ID), &session)
}

/// Refuses what a browser says comes from a page of another site.
///
/// # Errors
/// 403.
pub fn foreign_origin(headers: &HeaderMap, peer: Option<&Peer>) -> Result<(), Error> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let own = peer.and_then(Peer::origin);
    if own.is_some_and(|own| origin.as_bytes().eq_ignore_ascii_case(own.as_bytes())) {
        Ok(())
    } else {
        Err(Error::forbidden("This request comes from a page of another site."))
    }
}

// === impl Body ===

impl<T: DeserializeOwned> FromRequest<Context> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, ctx: &Context) -> Result<Self, ApiError> {
        let AnyBody(value) = AnyBody::from_request(request, ctx).await?;
        let value = value?;
        let value = if value.is_null() { serde_json::json!({}) } else { value };
        Ok(Self(serde_json::from_value(value).map_err(|error| Error::invalid(error.to_string()))?))
    }
}

impl FromRequest<Context> for AnyBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &Context) -> Result<Self, ApiError> {
        let bytes = axum::body::to_bytes(request.into_body(), MAX_BODY_BYTES)
            .await
            .map_err(|_| Error::invalid("The body is too large or ended early."))?;
        let text: &[u8] = if bytes.iter().all(u8::is_ascii_whitespace) { b"null" } else { &bytes };
        let value = serde_json::from_slice(text).map_err(|_| Error::invalid("Invalid JSON in body of request"));
        Ok(Self(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_xsrf_matrix_holds() {
        let case = |method: Method, mode: Option<&str>, site: Option<&str>| {
            let mut headers = HeaderMap::new();
            mode.map(|mode| headers.insert("sec-fetch-mode", mode.parse().unwrap()));
            site.map(|site| headers.insert("sec-fetch-site", site.parse().unwrap()));
            needs_xsrf(&method, &headers)
        };
        assert!(!case(Method::GET, None, None));
        assert!(!case(Method::GET, Some("navigate"), None));
        assert!(case(Method::GET, Some("cors"), None));
        assert!(!case(Method::GET, Some("no-cors"), Some("same-origin")));
        assert!(case(Method::GET, Some("no-cors"), Some("cross-site")));
        assert!(case(Method::POST, None, None) && case(Method::POST, Some("navigate"), Some("same-origin")));
        assert!(!case(Method::GET, Some("websocket"), None) && case(Method::POST, Some("websocket"), None));
        assert!(case(Method::POST, Some("no-cors"), Some("same-origin")) && case(Method::DELETE, Some("cors"), None));
    }

    #[test]
    fn tokens_are_read_in_any_case() {
        let mut headers = HeaderMap::new();
        for (line, token) in [
            ("token abc", Some("abc")),
            ("Bearer  abc", Some("abc")),
            ("TOKEN abc", Some("abc")),
            ("Basic abc", None),
            ("abc", None),
        ] {
            headers.insert(header::AUTHORIZATION, line.parse().unwrap());
            assert_eq!(token_of(&headers), token, "{line}");
        }
    }
}
