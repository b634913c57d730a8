//! `bind_url` and `base_url`: address, port and path. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

/// Where `bind_url` says to listen, and the path below which everything lies.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BindUrl {
    pub(super) listen: SocketAddr,
    pub(super) base_url: String,
}

/// Reads `http://127.0.0.1:8000/lab/`. As in JupyterHub an empty host or `*` is every address of this computer.
pub(super) fn parse_bind_url(text: &str) -> Result<BindUrl, String> {
    let example = "write it like http://127.0.0.1:8000";
    let (scheme, rest) = text.trim().split_once("://").ok_or_else(|| format!("{text:?} is no URL; {example}"))?;
    match scheme {
        "http" => {}
        "https" => return Err("HTTPS is not in this version; write http://".to_owned()),
        "unix+http" | "unix" => return Err(format!("sockets in the file system are not in this version; {example}")),
        _ => return Err(format!("{text:?} is no URL of this kind; {example}")),
    }
    let authority_end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    let host = authority.strip_prefix('*').unwrap_or(authority);
    let everywhere = host.is_empty() || host.starts_with(':');
    let full = if everywhere { format!("http://0.0.0.0{host}{path}") } else { format!("http://{authority}{path}") };
    let url = Url::parse(&full).map_err(|e| format!("{text:?} is no URL ({e}); {example}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("the URL may not hold a user name or password; {example}"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("{text:?} may not have a part after '?' or '#'; {example}"));
    }
    let ip = address(url.host()).ok_or_else(|| {
        format!("{text:?} must hold an address of this computer, not a name; {example}, or http://0.0.0.0:8000 for all addresses")
    })?;
    let port = url.port_or_known_default().unwrap_or(80);
    Ok(BindUrl { listen: SocketAddr::new(ip, port), base_url: parse_base_url(path)? })
}

fn address(host: Option<Host<&str>>) -> Option<IpAddr> {
    match host? {
        Host::Ipv4(ip) => Some(IpAddr::V4(ip)),
        Host::Ipv6(ip) => Some(IpAddr::V6(ip)),
        Host::Domain("localhost") => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Host::Domain(_) => None,
    }
}

/// Brings a path to the form `/` or `/lab/`.
pub(super) fn parse_base_url(path: &str) -> Result<String, String> {
    let inner = path.trim().trim_matches('/');
    let fits = |part: &str| {
        !part.is_empty()
            && part.chars().any(|c| c != '.')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '~' | '-'))
    };
    if inner.is_empty() {
        Ok("/".to_owned())
    } else if inner.split('/').all(fits) {
        Ok(format!("/{inner}/"))
    } else {
        Err(format!("{path:?} is no path to lie below; use letters, digits, '.', '_', '~' and '-', such as /lab/"))
    }
}

/// The same port on this computer only.
pub(super) fn loopback_of(listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        ip if ip.is_loopback() => listen,
        IpAddr::V4(_) => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), listen.port()),
        IpAddr::V6(ip) if ip == Ipv6Addr::UNSPECIFIED => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), listen.port()),
        IpAddr::V6(_) => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), listen.port()),
    }
}

/// The same port on every address, where `listen` names no address of its own.
pub(super) fn everywhere_of(listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_loopback() => SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), listen.port()),
        IpAddr::V6(ip) if ip.is_loopback() => SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), listen.port()),
        _ => listen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jupyterhubs_spellings_are_understood() {
        let rows = [
            ("http://127.0.0.1:8000", "127.0.0.1:8000", "/"),
            ("http://127.0.0.1:8000/lab", "127.0.0.1:8000", "/lab/"),
            ("http://:8000/", "0.0.0.0:8000", "/"),
            ("http://*:8000/a/b/", "0.0.0.0:8000", "/a/b/"),
            ("http://localhost:0", "127.0.0.1:0", "/"),
            ("http://[::1]:9000", "[::1]:9000", "/"),
            ("http://192.168.1.20", "192.168.1.20:80", "/"),
        ];
        for (text, listen, base_url) in rows {
            let expected = BindUrl { listen: listen.parse().unwrap(), base_url: base_url.to_owned() };
            assert_eq!(parse_bind_url(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_bound_is_refused_in_words() {
        let rows = [
            ("127.0.0.1:8000", "is no URL; write it like http://127.0.0.1:8000"),
            ("", "is no URL"),
            ("https://127.0.0.1", "HTTPS is not in this version"),
            ("ftp://127.0.0.1", "no URL of this kind"),
            ("unix+http://%2Frun%2Fx", "sockets in the file system"),
            ("http://lab.example:8000", "must hold an address of this computer, not a name"),
            ("http://127.0.0.1:99999", "invalid port number"),
            ("http://a:b@127.0.0.1:1", "may not hold a user name or password"),
            ("http://127.0.0.1:1/?x=1", "may not have a part after '?'"),
            ("http://127.0.0.1:1/a/../b", "is no path to lie below"),
            ("http://127.0.0.1:1/a%2fb", "is no path to lie below"),
            ("http://127.0.0.1:1/a//b", "is no path to lie below"),
        ];
        for (text, words) in rows {
            let told = parse_bind_url(text).unwrap_err();
            assert!(told.contains(words), "{text}: {told}");
        }
    }

    #[test]
    fn a_listener_can_be_narrowed_and_widened() {
        let at = |text: &str| text.parse::<SocketAddr>().unwrap();
        assert_eq!(loopback_of(at("0.0.0.0:1")), at("127.0.0.1:1"));
        assert_eq!(loopback_of(at("[::]:1")), at("127.0.0.1:1"));
        assert_eq!(loopback_of(at("127.0.0.9:1")), at("127.0.0.9:1"));
        assert_eq!(everywhere_of(at("127.0.0.1:1")), at("0.0.0.0:1"));
        assert_eq!(everywhere_of(at("192.168.1.20:1")), at("192.168.1.20:1"));
    }
}
