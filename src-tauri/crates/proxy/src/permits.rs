//! Permits: how many client connections there are, in all and by address. A connection holds its permit for life, also
//! as a tunnel. Owns counting only; `server.rs` decides what a refusal looks like.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;

/// The counts of one proxy.
#[derive(Debug)]
pub(crate) struct Permits {
    counts: Mutex<Counts>,
    max_in_all: usize,
    max_per_peer: usize,
}

#[derive(Debug, Default)]
struct Counts {
    in_all: usize,
    /// Only addresses with at least one connection, so the map is bounded by `in_all`.
    by_peer: HashMap<IpAddr, usize>,
}

/// The right to one connection; given back on drop.
#[derive(Debug)]
pub(crate) struct Permit {
    permits: Arc<Permits>,
    peer: IpAddr,
}

// === impl Permits ===

impl Permits {
    pub(crate) fn new(max_in_all: usize, max_per_peer: usize) -> Arc<Self> {
        Arc::new(Self { counts: Mutex::default(), max_in_all, max_per_peer })
    }

    /// A permit for a connection from `peer`, unless one of the caps is reached.
    pub(crate) fn acquire(self: &Arc<Self>, peer: IpAddr) -> Option<Permit> {
        let mut counts = self.counts.lock();
        let of_peer = counts.by_peer.get(&peer).copied().unwrap_or(0);
        if counts.in_all >= self.max_in_all || of_peer >= self.max_per_peer {
            return None;
        }
        counts.in_all += 1;
        counts.by_peer.insert(peer, of_peer + 1);
        Some(Permit { permits: Arc::clone(self), peer })
    }
}

// === impl Permit ===

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.permits.counts.lock();
        counts.in_all = counts.in_all.saturating_sub(1);
        if let Some(of_peer) = counts.by_peer.get_mut(&self.peer) {
            *of_peer = of_peer.saturating_sub(1);
            if *of_peer == 0 {
                counts.by_peer.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_hold_in_all_and_by_peer_and_leave_no_trace() {
        let permits = Permits::new(3, 2);
        let [a, b]: [IpAddr; 2] = ["10.0.0.1", "10.0.0.2"].map(|text| text.parse().unwrap());
        let held: Vec<_> = [a, a, b].into_iter().map(|peer| permits.acquire(peer).unwrap()).collect();
        assert!(permits.acquire(b).is_none(), "three in all");
        drop(held);
        let held = [permits.acquire(a), permits.acquire(a)];
        assert!(permits.acquire(a).is_none(), "two from one peer");
        assert!(permits.acquire(b).is_some());
        drop(held);
        assert!(permits.counts.lock().by_peer.is_empty());
        assert_eq!(permits.counts.lock().in_all, 0);
    }
}
