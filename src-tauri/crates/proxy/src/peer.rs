//! PeerPolicy: from which addresses connections are taken at all. Checked at accept, before a byte is read; a refused
//! peer sees a plain close. Pure.

use std::net::IpAddr;

use crate::error::ProxyError;

/// From which addresses connections are taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PeerPolicy {
    /// From everywhere.
    #[default]
    All,
    /// From this machine's loopback addresses only.
    LoopbackOnly,
    /// From these networks only.
    Cidrs(Vec<Cidr>),
}

/// A network in CIDR notation, such as `192.168.1.0/24`; a bare address is a network of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    /// At most 32 for IPv4 and 128 for IPv6.
    prefix_bits: u8,
}

// === impl PeerPolicy ===

impl PeerPolicy {
    /// Whether a connection from this address is taken.
    #[must_use]
    pub fn allows(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        match self {
            Self::All => true,
            Self::LoopbackOnly => peer.is_loopback(),
            Self::Cidrs(networks) => networks.iter().any(|network| network.contains(peer)),
        }
    }
}

// === impl Cidr ===

impl Cidr {
    /// Whether `address` lies in this network. An IPv4 address written as IPv6 counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix_bits)).unwrap_or(0);
                ours.to_bits() & mask == theirs.to_bits() & mask
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix_bits)).unwrap_or(0);
                ours.to_bits() & mask == theirs.to_bits() & mask
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl std::str::FromStr for Cidr {
    type Err = ProxyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || ProxyError::InvalidNetwork { text: text.to_owned() };
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| refused())?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = prefix.map_or(Ok(widest), |prefix| prefix.parse().map_err(|_| refused()))?;
        if prefix_bits > widest {
            return Err(refused());
        }
        Ok(Self { address, prefix_bits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_their_addresses_only() {
        for (network, address, inside) in [
            ("192.168.1.0/24", "192.168.1.77", true),
            ("192.168.1.0/24", "192.168.2.1", false),
            ("192.168.1.0/24", "::ffff:192.168.1.77", true),
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe80::1", false),
            ("::/0", "fe80::1", true),
        ] {
            let network: Cidr = network.parse().unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), inside, "{network:?} {address}");
        }
        for bad in ["", "x", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/"] {
            assert!(bad.parse::<Cidr>().is_err(), "{bad}");
        }
    }

    #[test]
    fn loopback_only_takes_mapped_loopback_too() {
        for (address, allowed) in
            [("127.0.0.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("192.168.0.1", false)]
        {
            assert_eq!(PeerPolicy::LoopbackOnly.allows(address.parse().unwrap()), allowed, "{address}");
        }
    }
}
