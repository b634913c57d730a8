//! What the computer's network looks like: its addresses and names, who holds a port, which one is free.

use std::fs;
use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpListener;

/// How far the search for a free port goes.
const PORTS_TRIED: u16 = 50;

/// This computer's addresses that others can reach, IPv4 first; no container bridges.
pub(crate) fn addresses() -> Vec<IpAddr> {
    let all = if_addrs::get_if_addrs().unwrap_or_default();
    let bridges = ["docker", "br-", "veth", "labdeck", "virbr", "cni", "podman"];
    let usable = all.into_iter().filter(|interface| {
        let bridge = bridges.iter().any(|prefix| interface.name.starts_with(prefix));
        !bridge && !interface.is_loopback() && !is_link_local(interface.ip())
    });
    let mut addresses: Vec<_> = usable.map(|interface| interface.ip()).collect();
    addresses.sort_by_key(|address| (address.is_ipv6(), *address));
    addresses.dedup();
    addresses
}

/// An address for a URL.
pub(crate) fn host_text(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// Addresses that only mean something together with an interface.
fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

/// The next port above that can be bound at the same address.
pub(crate) async fn next_free_port(taken: SocketAddr) -> Option<u16> {
    for step in 1..=PORTS_TRIED {
        let port = taken.port().checked_add(step)?;
        if TcpListener::bind(SocketAddr::new(taken.ip(), port)).await.is_ok() {
            return Some(port);
        }
    }
    None
}

/// The program that listens on a port, where the system lets us see it.
pub(crate) fn port_owner(port: u16) -> Option<String> {
    let inode = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .find_map(|table| listening_inode(&fs::read_to_string(table).ok()?, port))?;
    let wanted = format!("socket:[{inode}]");
    let is_number = |name: &std::ffi::OsStr| name.to_string_lossy().bytes().all(|byte| byte.is_ascii_digit());
    for process in fs::read_dir("/proc").ok()?.flatten().filter(|entry| is_number(&entry.file_name())) {
        let folder = process.path();
        let Ok(handles) = fs::read_dir(folder.join("fd")) else { continue };
        let holds = handles
            .flatten()
            .any(|handle| fs::read_link(handle.path()).is_ok_and(|target| target.to_string_lossy() == wanted));
        if holds {
            let name = fs::read_to_string(folder.join("comm")).ok()?;
            let pid = process.file_name();
            return Some(format!("{} (process {})", name.trim(), pid.to_string_lossy()));
        }
    }
    None
}

/// The inode of the socket that listens (state 0A) on a port, out of a table of the kernel's.
fn listening_inode(table: &str, port: u16) -> Option<u64> {
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let local = fields.get(1)?.rsplit_once(':')?.1;
        let listens = *fields.get(3)? == "0A" && u16::from_str_radix(local, 16) == Ok(port);
        listens.then(|| fields.get(9)?.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_owner_of_a_taken_port_is_named() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let taken = listener.local_addr().unwrap();
        let owner = port_owner(taken.port()).unwrap();
        assert!(owner.contains(&format!("process {}", std::process::id())), "{owner}");
        assert_ne!(next_free_port(taken).await.unwrap(), taken.port());
    }

    #[test]
    fn a_listening_socket_is_found_in_the_kernels_table() {
        let table = "  sl  local_address rem_address   st tx_queue\n   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 4242 1\n";
        assert_eq!(listening_inode(table, 8000), Some(4242));
        assert_eq!(listening_inode(table, 8001), None);
    }
}
