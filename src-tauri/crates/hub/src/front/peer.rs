//! [`Peer`]: who is at the other end of a request, as far as that can be believed.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use http::{HeaderMap, header};
use labdeck_model::Secret;
use subtle::ConstantTimeEq as _;

/// The header with which our own proxy proves itself: any local process can reach a loopback port, so the address
/// of a peer is no proof. Its value is random for each start.
pub const PROXY_HEADER: &str = "x-labdeck-proxy";

/// The socket's other end, put into each request by the connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Remote(pub SocketAddr);

/// How a visitor's requests travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Everybody on the way can read them.
    Plain,
    /// By TLS.
    Encrypted,
}

/// Where a request comes from and which address it was sent to.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The visitor's address: the socket's, or what our own proxy says.
    pub ip: IpAddr,
    /// Whether the request came through our own proxy.
    pub through_proxy: bool,
    /// How it came to the first server of ours, or to the one before it that ended TLS.
    pub transport: Transport,
    /// The `Host` that the visitor's program used.
    pub host: Option<String>,
}

// === impl Peer ===

impl Peer {
    /// Reads it from a request. `X-Forwarded-*` counts only beside the proxy's secret.
    pub(super) fn of(remote: Option<Remote>, headers: &HeaderMap, proxy_secret: &Secret<String>) -> Self {
        let socket = remote.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |remote| remote.0.ip());
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let through_proxy =
            text(PROXY_HEADER).is_some_and(|sent| bool::from(sent.as_bytes().ct_eq(proxy_secret.expose().as_bytes())));
        let forwarded = text("x-forwarded-for").and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
        let encrypted = through_proxy && text("x-forwarded-proto") == Some("https");
        let transport = if encrypted { Transport::Encrypted } else { Transport::Plain };
        let host = text(header::HOST.as_str()).map(str::to_owned);
        Self { ip: forwarded.filter(|_| through_proxy).unwrap_or(socket), through_proxy, transport, host }
    }

    /// The origin that the visitor's browser is on: `http://host:port`.
    pub fn origin(&self) -> Option<String> {
        let scheme = match self.transport {
            Transport::Plain => "http",
            Transport::Encrypted => "https",
        };
        self.host.as_ref().map(|host| format!("{scheme}://{host}"))
    }

    /// Whether the visitor sits at this machine.
    pub fn is_local(&self) -> bool {
        self.ip.to_canonical().is_loopback()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarded_addresses_need_the_proxys_secret() {
        let secret = Secret::new("s3cret".to_owned());
        let remote = Some(Remote(SocketAddr::from(([127, 0, 0, 1], 9))));
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "192.168.1.9".parse().unwrap());
        headers.insert("x-forwarded-proto", "https".parse().unwrap());
        let stranger = Peer::of(remote, &headers, &secret);
        assert!(stranger.is_local() && !stranger.through_proxy);
        assert_eq!(stranger.transport, Transport::Plain);
        headers.insert(PROXY_HEADER, "s3cret".parse().unwrap());
        let visitor = Peer::of(remote, &headers, &secret);
        assert_eq!(visitor.ip.to_string(), "192.168.1.9");
        assert!(visitor.through_proxy && !visitor.is_local());
        assert_eq!(visitor.transport, Transport::Encrypted);
    }
}
