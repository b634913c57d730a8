//! Isolation on a shared origin: cookies that belong to the default route's server never reach the others, and the
//! others cannot plant theirs over them. Pure; the names and paths come from the builder's options.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::headers::rewrite_values;

/// What belongs to the server behind the default route alone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Isolation {
    /// Names of cookies that only the default route may read and set.
    pub(crate) private_cookies: Vec<String>,
    /// Path prefixes, each with a slash at its end, for which no other route may set any cookie.
    pub(crate) private_paths: Vec<String>,
}

const SET_COOKIE_2: HeaderName = HeaderName::from_static("set-cookie2");
const SERVICE_WORKER_ALLOWED: HeaderName = HeaderName::from_static("service-worker-allowed");

// === impl Isolation ===

impl Isolation {
    /// Takes the private cookies out of a request to another route.
    pub(super) fn strip_request(&self, headers: &mut HeaderMap) {
        if !self.private_cookies.is_empty() {
            rewrite_values(headers, &header::COOKIE, |value| self.without_private(value));
        }
    }

    /// Takes out of another route's response what would reach beyond that route.
    pub(super) fn strip_response(&self, headers: &mut HeaderMap) {
        if self.private_cookies.is_empty() && self.private_paths.is_empty() {
            return;
        }
        headers.remove(SET_COOKIE_2);
        rewrite_values(headers, &header::SET_COOKIE, |value| self.may_set(value.as_bytes()).then(|| value.clone()));
        let reaches_private =
            |scope: &HeaderValue| self.private_paths.iter().any(|path| covers(scope.as_bytes(), path));
        if headers.get_all(SERVICE_WORKER_ALLOWED).iter().any(reaches_private) {
            headers.remove(SERVICE_WORKER_ALLOWED);
        }
    }

    fn without_private(&self, value: &HeaderValue) -> Option<HeaderValue> {
        let pairs =
            || value.as_bytes().split(|byte| *byte == b';').map(<[u8]>::trim_ascii).filter(|pair| !pair.is_empty());
        if !pairs().any(|pair| self.is_private(pair)) {
            return Some(value.clone());
        }
        let kept: Vec<&[u8]> = pairs().filter(|pair| !self.is_private(pair)).collect();
        if kept.is_empty() { None } else { HeaderValue::from_bytes(&kept.join(&b"; "[..])).ok() }
    }

    fn is_private(&self, pair: &[u8]) -> bool {
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
        self.private_cookies.iter().any(|private| name.eq_ignore_ascii_case(private.as_bytes()))
    }

    /// Whether a response of another route may set this cookie.
    fn may_set(&self, cookie: &[u8]) -> bool {
        let mut parts = cookie.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let pair = parts.next().unwrap_or_default();
        // A cookie without a name is sent back as its bare value: "=login=x" would arrive as "login=x".
        let has_name = pair.iter().position(|byte| *byte == b'=').is_some_and(|at| at > 0);
        has_name && !self.is_private(pair) && !parts.any(|attribute| self.is_private_path(attribute))
    }

    fn is_private_path(&self, attribute: &[u8]) -> bool {
        let mut halves = attribute.splitn(2, |byte| *byte == b'=').map(<[u8]>::trim_ascii);
        let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        name.eq_ignore_ascii_case(b"path") && self.private_paths.iter().any(|path| lies_below(value, path))
    }
}

/// Whether a cookie of this path is sent to `private` or below it, and nowhere above.
fn lies_below(path: &[u8], private: &str) -> bool {
    path.starts_with(private.as_bytes()) || path == private.trim_end_matches('/').as_bytes()
}

/// Whether a service worker of this scope would see requests to `private`. Only the path counts: a scope may be a URL.
fn covers(scope: &[u8], private: &str) -> bool {
    !scope.starts_with(b"/") || private.as_bytes().starts_with(scope) || lies_below(scope, private)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn isolation() -> Isolation {
        Isolation { private_cookies: vec!["hub-login".to_owned()], private_paths: vec!["/hub/".to_owned()] }
    }

    fn values(headers: &HeaderMap, name: &str) -> Vec<String> {
        headers.get_all(name).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn private_cookies_leave_the_request() {
        for (sent, wanted) in [
            ("a=1; hub-login=s; b=2", vec!["a=1; b=2"]),
            ("hub-login=s", vec![]),
            ("hub-login=s;hub-login=t ; a=1", vec!["a=1"]),
            ("HUB-LOGIN=s; a=1", vec!["a=1"]),
            (" hub-login =s; a=1", vec!["a=1"]),
            ("hub-login; a=1", vec!["a=1"]),
            ("a=hub-login=1; hub-login-x=2", vec!["a=hub-login=1; hub-login-x=2"]),
        ] {
            let mut headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(sent).unwrap())]);
            isolation().strip_request(&mut headers);
            assert_eq!(values(&headers, "cookie"), wanted, "{sent}");
        }
    }

    #[test]
    fn cookies_over_the_private_ones_are_dropped() {
        for (cookie, passes) in [
            ("a=1; Path=/user/ada/", true),
            ("a=1; Path=/", true),
            ("a=hub-login", true),
            ("a=1; Path=/hubble/", true),
            ("hub-login=evil", false),
            ("hub-login=evil; Path=/user/ada/", false),
            ("Hub-Login=evil", false),
            ("=hub-login=evil", false),
            ("hub-login", false),
            ("\t=hub-login=evil", false),
            ("a=1; path = /hub/api", false),
            ("a=1; Path=/user/; Path=/hub", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::from_iter([(header::SET_COOKIE, HeaderValue::from_str(cookie).unwrap())]);
            isolation().strip_response(&mut headers);
            assert_eq!(headers.contains_key(header::SET_COOKIE), passes, "{cookie}");
        }
    }

    #[test]
    fn a_service_worker_cannot_reach_the_private_paths() {
        for (scope, passes) in
            [("/user/ada/", true), ("/", false), ("/hub/", false), ("/h", false), ("http://h/", false)]
        {
            let mut headers = HeaderMap::from_iter([(SERVICE_WORKER_ALLOWED, HeaderValue::from_str(scope).unwrap())]);
            isolation().strip_response(&mut headers);
            assert_eq!(headers.contains_key(SERVICE_WORKER_ALLOWED), passes, "{scope}");
        }
    }

    #[test]
    fn without_options_nothing_is_touched() {
        let mut headers = HeaderMap::from_iter([(header::SET_COOKIE, HeaderValue::from_static("=x"))]);
        Isolation::default().strip_response(&mut headers);
        assert_eq!(values(&headers, "set-cookie"), ["=x"]);
    }
}
