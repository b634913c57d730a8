//! How the hub reaches a server: at a published port or at the container's own address. Pure.

use std::net::{IpAddr, Ipv4Addr};

use super::settings::Reach;

/// The way to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// By a port of the engine's machine.
    Port {
        /// Where it is published.
        publish_on: IpAddr,
        /// The name or address under which that is found from here.
        host: String,
    },
    /// By its own address and the port inside.
    Own,
}

// === impl Way ===

impl Way {
    /// What the setting means; `engine_host` is where the engine is if that is not here.
    pub(super) fn of(reach: Reach, engine_host: Option<&str>) -> Self {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        match (reach, engine_host) {
            (Reach::Internal, _) => Self::Own,
            (Reach::Usual, None) => Self::Port { publish_on: loopback, host: written(loopback) },
            (Reach::Usual, Some(host)) => {
                // A name may stand for several addresses of that machine.
                let publish_on = host.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
                Self::Port { publish_on, host: host.parse().map_or_else(|_| host.to_owned(), written) }
            }
            (Reach::Published(publish_on), engine_host) if publish_on.is_unspecified() => {
                let host = engine_host.map_or_else(|| written(loopback), str::to_owned);
                Self::Port { publish_on, host }
            }
            (Reach::Published(publish_on), _) => Self::Port { publish_on, host: written(publish_on) },
        }
    }

    /// Where a port is published, if one is.
    pub(super) fn publish_on(&self) -> Option<IpAddr> {
        match self {
            Self::Port { publish_on, .. } => Some(*publish_on),
            Self::Own => None,
        }
    }
}

/// As it stands in a URL.
pub(super) fn written(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_means_a_way() {
        let port = |ip: &str, host: &str| Way::Port { publish_on: ip.parse().unwrap(), host: host.to_owned() };
        let published = |ip: &str| Reach::Published(ip.parse().unwrap());
        let rows = [
            (Reach::Usual, None, port("127.0.0.1", "127.0.0.1")),
            (Reach::Usual, Some("10.0.0.9"), port("10.0.0.9", "10.0.0.9")),
            (Reach::Usual, Some("gpu.lab"), port("0.0.0.0", "gpu.lab")),
            (published("0.0.0.0"), None, port("0.0.0.0", "127.0.0.1")),
            (published("0.0.0.0"), Some("gpu.lab"), port("0.0.0.0", "gpu.lab")),
            (published("192.168.1.2"), None, port("192.168.1.2", "192.168.1.2")),
            (published("::1"), None, port("::1", "[::1]")),
            (Reach::Internal, None, Way::Own),
        ];
        for (reach, engine, expected) in rows {
            assert_eq!(Way::of(reach, engine), expected, "{reach:?} {engine:?}");
        }
    }
}
