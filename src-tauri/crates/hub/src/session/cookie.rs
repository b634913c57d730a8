//! The hub's cookies: names, paths, flags, and reading them from a request.
//! A name that arrives twice is ambiguous (another page of this site can plant one with a longer path), so every
//! value is kept and whoever checks decides which one verifies.

use std::time::Duration;

use cookie::{Cookie, SameSite};
use http::{HeaderMap, HeaderValue, header};

use crate::front::Transport;

/// Who is signed in; opaque, HttpOnly, sent to the hub's own pages only.
pub const HUB_LOGIN: &str = "jupyterhub-hub-login";
/// Ties tokens of servers and services to this browser session; servers read it as an opaque text.
pub const SESSION_ID: &str = "jupyterhub-session-id";
/// The XSRF token that forms and scripts send back.
pub const XSRF: &str = "_xsrf";

/// The cookies of one request.
#[derive(Debug, Default)]
pub struct Cookies {
    pairs: Vec<(String, String)>,
}

/// The `Set-Cookie` lines of one response.
#[derive(Debug)]
pub struct SetCookies {
    base_url: String,
    transport: Transport,
    lines: Vec<String>,
}

// === impl Cookies ===

impl Cookies {
    /// Reads every `Cookie` header; what is no cookie is left out.
    pub fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = lines
            .flat_map(|line| Cookie::split_parse(line.to_owned()).flatten().collect::<Vec<_>>())
            .map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned()))
            .collect();
        Self { pairs }
    }

    /// Every value that came under a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The value, if exactly one came under this name.
    pub fn only<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let mut values = self.all(name);
        let first = values.next()?;
        values.next().is_none().then_some(first)
    }
}

// === impl SetCookies ===

impl SetCookies {
    /// For a hub below `base_url` and a visitor who comes by that transport: what came encrypted goes back so only.
    pub fn new(base_url: &str, transport: Transport) -> Self {
        Self { base_url: base_url.to_owned(), transport, lines: Vec::new() }
    }

    /// The sign-in cookie, kept across browser restarts.
    pub fn login(&mut self, value: &str, lifetime: Duration) {
        let path = self.hub_path();
        self.push(HUB_LOGIN, value, &path, true, Some(lifetime));
    }

    /// The session id, gone when the browser ends.
    pub fn session_id(&mut self, value: &str) {
        let path = self.base_url.clone();
        self.push(SESSION_ID, value, &path, true, None);
    }

    /// The XSRF token; readable by script, as JupyterHub's own pages and extensions expect.
    pub fn xsrf(&mut self, value: &str, lifetime: Option<Duration>) {
        let path = self.hub_path();
        self.push(XSRF, value, &path, false, lifetime);
    }

    /// Takes all of them back, and the one that services share in JupyterHub.
    pub fn clear(&mut self) {
        let (hub, base) = (self.hub_path(), self.base_url.clone());
        let services = format!("{base}services");
        for (name, path) in
            [(SESSION_ID, base.as_str()), (HUB_LOGIN, &hub), ("jupyterhub-services", &services), (XSRF, &hub)]
        {
            self.push(name, "", path, true, Some(Duration::ZERO));
        }
    }

    /// Takes the sign-in cookie back, which names nobody.
    pub fn clear_login(&mut self) {
        let path = self.hub_path();
        self.push(HUB_LOGIN, "", &path, true, Some(Duration::ZERO));
    }

    /// Adds the lines to a response.
    pub fn write_to(self, headers: &mut HeaderMap) {
        for line in self.lines {
            if let Ok(value) = HeaderValue::from_str(&line) {
                headers.append(header::SET_COOKIE, value);
            }
        }
    }

    fn hub_path(&self) -> String {
        format!("{}hub/", self.base_url)
    }

    fn push(&mut self, name: &str, value: &str, path: &str, http_only: bool, lifetime: Option<Duration>) {
        let secure = self.transport == Transport::Encrypted;
        let mut cookie =
            Cookie::build((name, value)).path(path).same_site(SameSite::Lax).secure(secure).http_only(http_only);
        if let Some(lifetime) = lifetime {
            let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
            cookie = cookie.max_age(cookie::time::Duration::seconds(seconds));
        }
        self.lines.push(cookie.build().to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_that_comes_twice_is_nobodys() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; b=2"));
        headers.append(header::COOKIE, HeaderValue::from_static("a=3"));
        let cookies = Cookies::of(&headers);
        assert_eq!(cookies.only("a"), None);
        assert_eq!(cookies.only("b"), Some("2"));
        assert_eq!(cookies.all("a").collect::<Vec<_>>(), ["1", "3"]);
    }

    #[test]
    fn the_sign_in_cookie_is_for_the_hub_alone() {
        let mut set = SetCookies::new("/", Transport::Plain);
        set.login("x", Duration::from_secs(60));
        let mut headers = HeaderMap::new();
        set.write_to(&mut headers);
        let line = headers[header::SET_COOKIE].to_str().unwrap();
        assert!(line.contains("HttpOnly") && line.contains("Path=/hub/") && line.contains("SameSite=Lax"), "{line}");
        assert!(!line.contains("Secure") && !line.contains("Domain"), "{line}");
    }
}
