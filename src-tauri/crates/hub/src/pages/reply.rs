//! How pages answer: the headers of every page, redirects that stay on this site, and the cookies that go along.
//! Owns how, not what: handlers bring the text.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::time::Duration;

use super::caller::PageCaller;
use crate::accounts::SignedIn;
use crate::authz::Caller;
use crate::session::{ABSOLUTE_LIFETIME, SESSION_ID, SetCookies, XsrfId};

/// Nothing but our own files and forms; no framing. What a notebook's page could plant here does not run.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The same for a page whose form may lead on to a service at another address: browsers hold redirects after a form
/// against `form-action` too.
const POLICY_LEADING_AWAY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// How long the token of somebody who is not signed in lasts. JupyterHub's value.
const ANONYMOUS_XSRF: Duration = Duration::from_secs(3600);

/// What cannot stand in a `Location` as it is.
const LOCATION: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\');

// === impl PageCaller ===

impl PageCaller {
    /// A page with forms, and the token for them. It carries tokens and names, so nobody keeps it.
    pub(super) fn html(&self, status: StatusCode, text: String) -> Response {
        let mut response = self.html_without_forms(status, text);
        if self.is_navigation() && !self.xsrf.is_known {
            self.set_xsrf(response.headers_mut());
        }
        response
    }

    /// A page that asks for nothing.
    pub(super) fn html_without_forms(&self, status: StatusCode, text: String) -> Response {
        let mut response = (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response();
        self.page_headers(response.headers_mut(), POLICY);
        self.restore_session_id(response.headers_mut());
        response
    }

    /// A page whose form may lead on to another address.
    pub(super) fn html_leading_away(&self, status: StatusCode, text: String) -> Response {
        let mut response = self.html(status, text);
        self.page_headers(response.headers_mut(), POLICY_LEADING_AWAY);
        response
    }

    /// `same-origin`, also for pages with a code in their address: with `no-referrer` browsers send their forms with
    /// `Origin: null`, which is refused.
    fn page_headers(&self, headers: &mut HeaderMap, policy: &str) {
        for (name, value) in [
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "same-origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        // A base that is no header has been refused with the settings.
        let policy = match &self.nonce {
            Some(nonce) => with_nonce(policy, nonce),
            None => policy.to_owned(),
        };
        if let Ok(policy) = HeaderValue::from_str(&format!("{policy}; report-uri {}", self.hub("security/csp-report")))
        {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
    }

    /// 302 to a path of this site; what is none leads home.
    pub(super) fn redirect(&self, to: &str) -> Response {
        let here = to.starts_with('/') && !to.starts_with("//") && !to.contains('\\');
        let home = self.hub("home");
        self.redirect_away(if here { to } else { &home })
    }

    /// 302 to an address that was checked otherwise: a registered OAuth client's.
    pub(super) fn redirect_away(&self, to: &str) -> Response {
        let mut response = redirect(StatusCode::FOUND, to);
        self.restore_session_id(response.headers_mut());
        response
    }

    /// Lets a browser in: the three cookies, then on.
    pub(super) fn enter(&self, signed_in: &SignedIn, to: &str) -> Response {
        let session = &signed_in.session;
        let id = XsrfId::signed_in(Some(&session.oauth_session_id), &session.id.to_string());
        let mut cookies = SetCookies::new(self.base(), self.peer.transport);
        cookies.session_id(&session.oauth_session_id);
        cookies.login(signed_in.cookie.expose(), ABSOLUTE_LIFETIME);
        cookies.xsrf(&self.ctx.keys.xsrf_token(&id, self.ctx.clock.now()), None);
        let mut response = redirect(StatusCode::FOUND, to);
        cookies.write_to(response.headers_mut());
        response
    }

    /// Lets a browser out, to the sign-in page.
    pub(super) fn leave(&self) -> Response {
        let mut cookies = SetCookies::new(self.base(), self.peer.transport);
        cookies.clear();
        let mut response = redirect(StatusCode::FOUND, &self.hub("login"));
        cookies.write_to(response.headers_mut());
        response
    }

    /// Gives the browser the token of the forms.
    pub(super) fn set_xsrf(&self, headers: &mut HeaderMap) {
        let lifetime = self.caller.is_none().then_some(ANONYMOUS_XSRF);
        let mut cookies = SetCookies::new(self.base(), self.peer.transport);
        cookies.xsrf(&self.xsrf.text, lifetime);
        cookies.write_to(headers);
    }

    /// Gives back the session id, which a browser forgets when it ends while it keeps the sign-in.
    fn restore_session_id(&self, headers: &mut HeaderMap) {
        let session = self.caller.as_ref().and_then(Caller::session);
        let Some(session) = session.filter(|_| self.is_navigation()) else { return };
        if self.cookies.only(SESSION_ID) != Some(session.oauth_session_id.as_str()) {
            let mut cookies = SetCookies::new(self.base(), self.peer.transport);
            cookies.session_id(&session.oauth_session_id);
            cookies.write_to(headers);
        }
    }

    /// Scripts get no cookies: two requests at once would overwrite each other's.
    fn is_navigation(&self) -> bool {
        matches!(self.header("sec-fetch-mode"), None | Some("navigate"))
    }
}

/// The same policy for a page of the lead's: scripts and styles that stand in their template, and pictures in it.
fn with_nonce(policy: &str, nonce: &str) -> String {
    let policy = policy.replace("script-src 'self'", &format!("script-src 'self' 'nonce-{nonce}'"));
    let policy = policy.replace("style-src 'self'", &format!("style-src 'self' 'nonce-{nonce}'"));
    policy.replace("img-src 'self'", "img-src 'self' data:")
}

/// A redirect that nobody keeps.
pub(super) fn redirect(status: StatusCode, to: &str) -> Response {
    let mut response = status.into_response();
    let to = utf8_percent_encode(to, LOCATION).to_string();
    if let Ok(value) = HeaderValue::from_str(&to) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_always_a_header() {
        let to =
            |text: &str| redirect(StatusCode::FOUND, text).headers()[header::LOCATION].to_str().unwrap().to_owned();
        assert_eq!(to("/user/ada/lab?a=1&b=%20#x"), "/user/ada/lab?a=1&b=%20#x");
        assert_eq!(to("/user/zoë/a b\r\nSet-Cookie: x=1"), "/user/zo%C3%AB/a%20b%0D%0ASet-Cookie:%20x=1");
    }
}
