//! Host: what the `Host` header may say, and which hosts are served. The allow-list is what stops a page on the
//! internet that rebinds its name to our address. Pure.

use std::net::{IpAddr, Ipv6Addr};

use crate::error::ProxyError;

/// A well-formed value of the Host header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// In lower case; an IPv6 address in its shortest form, in brackets.
    name: String,
    port: Option<u16>,
}

/// Which hosts are served; everybody else is answered with 421.
#[derive(Debug, Clone, Default)]
pub enum HostPolicy {
    /// Every well-formed host. For a proxy behind another one that has checked already.
    #[default]
    Any,
    /// Exactly these. One without a port stands for every port.
    Only(Vec<Host>),
}

// === impl Host ===

impl Host {
    /// Reads `name`, `name:port`, `1.2.3.4:port` or `[::1]:port`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, Some(parse_port(port)?)),
            _ => (text, None),
        };
        Some(Self { name: parse_name(name)?, port })
    }

    /// The name without its port.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The port, if one was named.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }
}

impl From<IpAddr> for Host {
    fn from(address: IpAddr) -> Self {
        let name = match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        };
        Self { name, port: None }
    }
}

// === impl HostPolicy ===

impl HostPolicy {
    /// The allow-list of these hosts, each with or without a port.
    ///
    /// # Errors
    /// [`ProxyError::InvalidHost`] for the first one that is no host.
    pub fn only<T: AsRef<str>>(hosts: impl IntoIterator<Item = T>) -> Result<Self, ProxyError> {
        let parse = |host: T| {
            let text = host.as_ref();
            Host::parse(text).ok_or_else(|| ProxyError::InvalidHost { text: text.to_owned() })
        };
        hosts.into_iter().map(parse).collect::<Result<_, _>>().map(Self::Only)
    }

    pub(super) fn allows(&self, host: &Host) -> bool {
        match self {
            Self::Any => true,
            Self::Only(hosts) => hosts.iter().any(|allowed| {
                // A Host without port means the scheme's (RFC 9110, 4.2.1).
                allowed.name == host.name && allowed.port.is_none_or(|port| port == host.port.unwrap_or(80))
            }),
        }
    }
}

fn parse_port(port: &str) -> Option<u16> {
    let digits = (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    port.parse().ok().filter(|port| digits && *port != 0)
}

fn parse_name(name: &str) -> Option<String> {
    if let Some(address) = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().ok().map(|address| format!("[{address}]"));
    }
    // A name ending in a dot is the same host to a resolver and another one to a browser's cookies: refused.
    let valid = !name.is_empty()
        && name.len() <= 253
        && !name.starts_with('.')
        && !name.ends_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    valid.then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_normalised() {
        for (text, name, port) in [
            ("Hub.LAN", "hub.lan", None),
            ("hub.lan:8000", "hub.lan", Some(8000)),
            ("[::1]", "[::1]", None),
            ("[0:0::1]:80", "[::1]", Some(80)),
            ("127.0.0.1:8000", "127.0.0.1", Some(8000)),
        ] {
            let host = Host::parse(text).unwrap();
            assert_eq!((host.name(), host.port()), (name, port), "{text}");
        }
    }

    #[test]
    fn a_port_in_the_list_is_exact_and_none_is_any() {
        let policy = HostPolicy::only(["a", "b:80", "[::1]:8000"]).unwrap();
        for (text, allowed) in [
            ("a", true),
            ("a:1", true),
            ("b", true),
            ("b:80", true),
            ("b:81", false),
            ("[::1]:8000", true),
            ("::1", false),
            ("c", false),
        ] {
            assert_eq!(Host::parse(text).is_some_and(|host| policy.allows(&host)), allowed, "{text}");
        }
        assert!(HostPolicy::only(["a b"]).is_err());
    }
}
