//! Where a server listens, when the file does not say. A free port is one that nobody listens on at this moment; the
//! server takes it some seconds later, and the hub's look at the server's own path tells if another was faster. So
//! that this stays rare, the search begins anywhere among the ports below those that systems hand out by themselves,
//! to outgoing connections above all (Linux from 32768, others from 49152).

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};

const FIRST: u16 = 20_000;
const COUNT: u16 = 10_000;
/// How many are tried before the system's own choice is good enough.
const TRIES: u16 = 100;

/// A port that is free at this address.
///
/// # Errors
/// When the address is not one of this computer's, or no port is left.
pub(super) fn free(ip: IpAddr) -> io::Result<SocketAddr> {
    let mut dice = [0; 2];
    getrandom::fill(&mut dice).map_err(|error| io::Error::other(error.to_string()))?;
    let start = u16::from_ne_bytes(dice) % COUNT;
    let ours = (0..TRIES).map(|step| FIRST + (start + step) % COUNT);
    let found = ours.into_iter().find_map(|port| TcpListener::bind((ip, port)).ok());
    found.map_or_else(|| TcpListener::bind((ip, 0)), Ok)?.local_addr()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn is_free_and_none_that_the_system_gives_away() {
        let mut held = Vec::new();
        for _ in 0..20 {
            let address = free(Ipv4Addr::LOCALHOST.into()).unwrap();
            assert!((FIRST..FIRST + COUNT).contains(&address.port()), "{address}");
            held.push(TcpListener::bind(address).unwrap());
        }
    }

    #[test]
    fn an_address_of_another_computer_is_an_error() {
        assert!(free(Ipv4Addr::new(192, 0, 2, 1).into()).is_err());
    }
}
