//! Target: the right side of a route, `http://127.0.0.1:49153`. Owns parsing and the parts a connection needs; does not
//! connect. https and unix sockets are refused in words until the proxy speaks them.

use std::fmt;
use std::sync::Arc;

use http::Uri;

use crate::error::ProxyError;

/// Where a route leads: host, port and an optional path that is put in front of the request's.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    parts: Arc<Parts>,
}

#[derive(PartialEq, Eq)]
struct Parts {
    /// As written, for lists and logs.
    text: String,
    /// Without brackets.
    host: String,
    port: u16,
    /// `host:port`: one key per pool of connections.
    authority: Arc<str>,
    /// Empty, or a path without slash at its end.
    prefix: String,
}

// === impl Target ===

impl Target {
    /// Reads a target such as `http://127.0.0.1:49153` or `http://[::1]:8888/base`.
    ///
    /// # Errors
    /// [`ProxyError::InvalidTarget`] for other schemes, user names, queries and ports that are no port.
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        Self::read(text).map_err(|reason| ProxyError::InvalidTarget { text: text.to_owned(), reason })
    }

    fn read(text: &str) -> Result<Self, &'static str> {
        let uri: Uri = text.parse().map_err(|_| "it is not a URL")?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err("https targets are not supported yet"),
            Some("http+unix" | "unix+http") => return Err("unix socket targets are not supported yet"),
            Some(_) => return Err("only http targets are supported"),
            None => return Err("it must start with http://"),
        }
        let authority = uri.authority().ok_or("it has no host")?;
        if authority.as_str().contains('@') {
            return Err("it must not hold a user name");
        }
        if text.contains(['?', '#']) {
            return Err("it must not hold a query or fragment");
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = match authority.as_str().get(authority.host().len()..) {
            None | Some("") => 80,
            Some(port) => port_number(port).ok_or("its port is no port")?,
        };
        if host.is_empty() {
            return Err("it has no host");
        }
        let prefix = uri.path().trim_end_matches('/').to_owned();
        let authority = format!("{}:{port}", authority.host()).into();
        Ok(Self { parts: Arc::new(Parts { text: text.to_owned(), host, port, authority, prefix }) })
    }

    /// The target as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.parts.text
    }

    /// Name or address to connect to, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.parts.host
    }

    /// TCP port to connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.parts.port
    }

    pub(crate) fn authority(&self) -> &Arc<str> {
        &self.parts.authority
    }

    /// The path that is put in front of the request's; empty for most targets.
    pub(crate) fn prefix(&self) -> &str {
        &self.parts.prefix
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(&self.as_str()).finish()
    }
}

impl std::str::FromStr for Target {
    type Err = ProxyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// The number behind the colon.
fn port_number(port: &str) -> Option<u16> {
    port.strip_prefix(':')?.parse().ok().filter(|port| *port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_good_targets() {
        for (text, host, port, prefix) in [
            ("http://127.0.0.1:49153", "127.0.0.1", 49153, ""),
            ("http://127.0.0.1:49153/", "127.0.0.1", 49153, ""),
            ("http://[::1]:8888/base/", "::1", 8888, "/base"),
            ("http://hub", "hub", 80, ""),
        ] {
            let target = Target::parse(text).unwrap();
            assert_eq!((target.host(), target.port(), target.prefix()), (host, port, prefix), "{text}");
            assert_eq!(target.to_string(), text);
        }
    }

    #[test]
    fn other_targets_are_refused_in_words() {
        for (text, word) in [
            ("https://127.0.0.1:1", "https"),
            ("http+unix://%2Ftmp%2Fs", "unix"),
            ("ftp://h", "only http"),
            ("garbage", "must start with"),
            ("http://u:p@h:1", "user name"),
            ("http://h:1/?q=1", "query"),
            ("http://h:99999", "port"),
            ("http://h:0", "port"),
            ("http://h:", "port"),
            ("", "not a URL"),
        ] {
            let error = Target::parse(text).unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
