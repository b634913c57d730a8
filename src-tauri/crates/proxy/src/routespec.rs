//! Routespec: the left side of a route, `/user/ada/` or `hub.example.org/user/ada/`. Owns the normal form (decoded,
//! host in lower case, one slash at both ends) and configurable-http-proxy's path form; does not match requests.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::error::ProxyError;

/// JupyterHub quotes names with `safe="@~"`; letters, digits and `_.-~` are never quoted.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~').remove(b'@');

/// Where a route begins: an optional host and a path prefix of whole segments.
///
/// The text form is percent-escaped as in JupyterHub (`/user/has%20space/`), the value is decoded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Routespec {
    host: Option<String>,
    /// Decoded segments, none of them empty.
    segments: Vec<String>,
}

// === impl Routespec ===

impl Routespec {
    /// Reads a routespec in its percent-escaped text form; a missing slash at the end is added.
    ///
    /// # Errors
    /// [`ProxyError::InvalidRoutespec`] for empty and dot segments, encoded separators, control characters, bad
    /// escapes and impossible hosts.
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        let refused = |reason| ProxyError::InvalidRoutespec { text: text.to_owned(), reason };
        let (host, path) = split_host(text).ok_or_else(|| refused("it must hold a path that starts with '/'"))?;
        let host = host.map(|host| parse_host(host).ok_or_else(|| refused("its host is malformed"))).transpose()?;
        let mut segments = Vec::new();
        for raw in raw_segments(path) {
            let segment = decode_strict(raw).ok_or_else(|| refused("a percent escape in it is malformed"))?;
            segments.push(checked(segment).map_err(refused)?);
        }
        Ok(Self { host, segments })
    }

    /// Reads the decoded path of configurable-http-proxy's API, such as `/user/has space`.
    ///
    /// # Errors
    /// As [`Routespec::parse`], without escapes.
    pub fn from_chp_path(path: &str) -> Result<Self, ProxyError> {
        let refused = |reason| ProxyError::InvalidRoutespec { text: path.to_owned(), reason };
        let segments = raw_segments(path.strip_prefix('/').unwrap_or(path))
            .map(|segment| checked(segment.to_owned()).map_err(refused))
            .collect::<Result<_, _>>()?;
        Ok(Self { host: None, segments })
    }

    /// The path of configurable-http-proxy's API: decoded, the host as first segment, no slash at the end but for `/`.
    #[must_use]
    pub fn chp_path(&self) -> String {
        let mut path = String::new();
        for part in self.host.iter().chain(&self.segments) {
            path.push('/');
            path.push_str(part);
        }
        if path.is_empty() { "/".to_owned() } else { path }
    }

    /// The host that requests must name, in lower case; `None` is any host.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// Whether this is `/` on any host: the route for everything that nobody else takes.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.host.is_none() && self.segments.is_empty()
    }

    pub(crate) fn segments(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().map(String::as_str)
    }
}

impl fmt::Display for Routespec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.host.as_deref().unwrap_or_default())?;
        f.write_str("/")?;
        self.segments.iter().try_for_each(|segment| write!(f, "{}/", utf8_percent_encode(segment, ESCAPED)))
    }
}

impl std::str::FromStr for Routespec {
    type Err = ProxyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Host (if any) and the path without its first slash.
fn split_host(text: &str) -> Option<(Option<&str>, &str)> {
    match text.split_once('/')? {
        ("", path) => Some((None, path)),
        (host, path) => Some((Some(host), path)),
    }
}

fn parse_host(host: &str) -> Option<String> {
    let name = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let valid = name || address.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok());
    valid.then(|| host.to_ascii_lowercase())
}

/// Segments between slashes; the empty one after a slash at the end is no segment.
fn raw_segments(path: &str) -> impl Iterator<Item = &str> {
    let is_root = path.is_empty();
    path.strip_suffix('/').unwrap_or(path).split('/').filter(move |_| !is_root)
}

fn decode_strict(raw: &str) -> Option<String> {
    if !crate::gate::path::has_valid_escapes(raw) {
        return None;
    }
    percent_decode_str(raw).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

fn checked(segment: String) -> Result<String, &'static str> {
    match segment.as_str() {
        "" => Err("it has an empty segment"),
        "." | ".." => Err("it has a dot segment"),
        _ if segment.contains(['/', '\\']) => Err("a segment of it has a separator inside"),
        _ if segment.chars().any(char::is_control) => Err("it has a control character"),
        _ => Ok(segment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_is_normalised() {
        for (given, wanted) in [
            ("/", "/"),
            ("/user/ada", "/user/ada/"),
            ("/user/ada/", "/user/ada/"),
            ("/user/has@", "/user/has@/"),
            ("/user/a%20b/", "/user/a%20b/"),
            ("/user/%7EMe/", "/user/~Me/"),
            ("Hub.Example.org/user/ada/", "hub.example.org/user/ada/"),
            ("hub.example.org/", "hub.example.org/"),
            ("[::1]/x", "[::1]/x/"),
        ] {
            let spec = Routespec::parse(given).unwrap();
            assert_eq!(spec.to_string(), wanted);
            assert_eq!(Routespec::parse(&spec.to_string()).unwrap(), spec, "{given} does not survive a round trip");
        }
    }

    #[test]
    fn malformed_texts_are_refused() {
        for bad in
            ["", "user", "//", "/a//b/", "/a/../b/", "/a/%2e%2e/", "/a%2fb/", "/a\\b/", "/%zz/", "/a\n/", "a b/c/"]
        {
            assert!(Routespec::parse(bad).is_err(), "accepted {bad:?}");
        }
    }

    #[test]
    fn chp_path_is_decoded_and_without_last_slash() {
        let spec = Routespec::parse("/user/a%20b/").unwrap();
        assert_eq!(spec.chp_path(), "/user/a b");
        assert_eq!(Routespec::from_chp_path("/user/a b/").unwrap(), spec);
        assert_eq!(Routespec::parse("/").unwrap().chp_path(), "/");
        assert!(Routespec::from_chp_path("/").unwrap().is_default());
        assert_eq!(Routespec::parse("h.org/user/").unwrap().chp_path(), "/h.org/user");
    }
}
