//! [`Queue`]: who may hash next. First come, first served, but each address has two places at most: a flood from one
//! address leaves the others theirs. What has no address (a password set by somebody who is signed in) has places of
//! its own. Knows nothing of hashing; [`super::Hasher`] asks it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::throttle::household;
use crate::AuthError;

/// How many hashes may be computed at once: two processors are busy at most.
pub(super) const AT_ONCE: usize = 2;
/// Places of one address, computing or waiting: one tab that waits, one that tries again.
const PER_PEER: usize = 2;
/// Places of all addresses together. At some 30 ms each, two at once, the last one waits four seconds.
const FOR_PEERS: usize = 256;
/// Places of those without an address.
const FOR_HOUSE: usize = 32;

/// The places and the gate. Cheap to clone; clones are the same queue.
#[derive(Debug, Clone)]
pub(super) struct Queue(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    taken: Mutex<Taken>,
    /// One permit for each that computes; serves in the order of asking. Never closed.
    gate: Arc<Semaphore>,
}

/// Places that are taken. Holds only addresses that have one, so it is bounded by [`FOR_PEERS`].
#[derive(Debug, Default)]
struct Taken {
    house: usize,
    peers: usize,
    by_peer: HashMap<IpAddr, usize>,
}

#[derive(Debug, Clone, Copy)]
enum Entrant {
    House,
    Peer(IpAddr),
}

/// A place in the queue; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    queue: Queue,
    entrant: Entrant,
}

/// The right to compute now; it ends when dropped, and the place with it.
#[derive(Debug)]
pub(super) struct Turn {
    _permit: OwnedSemaphorePermit,
    _place: Place,
}

// === impl Queue ===

impl Queue {
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner { taken: Mutex::default(), gate: Arc::new(Semaphore::new(AT_ONCE)) }))
    }

    /// A place for an attempt that came from an address.
    ///
    /// # Errors
    /// [`AuthError::Busy`] when the address has all of its places, or all addresses together have theirs.
    pub(super) fn enter_from(&self, peer: IpAddr) -> Result<Place, AuthError> {
        self.enter(Entrant::Peer(household(peer)))
    }

    /// A place for work of the hub itself.
    ///
    /// # Errors
    /// [`AuthError::Busy`] when all of those places are taken.
    pub(super) fn enter_from_house(&self) -> Result<Place, AuthError> {
        self.enter(Entrant::House)
    }

    fn enter(&self, entrant: Entrant) -> Result<Place, AuthError> {
        if !self.0.taken.lock().take(entrant) {
            return Err(AuthError::Busy);
        }
        Ok(Place { queue: self.clone(), entrant })
    }

    /// Nobody computes until what this returns is dropped.
    #[cfg(test)]
    pub(super) async fn shut_gate(&self) -> OwnedSemaphorePermit {
        let all = u32::try_from(AT_ONCE).unwrap();
        self.0.gate.clone().acquire_many_owned(all).await.unwrap()
    }
}

// === impl Taken ===

impl Taken {
    /// Takes a place if there is one; says whether there was.
    fn take(&mut self, entrant: Entrant) -> bool {
        match entrant {
            Entrant::House if self.house < FOR_HOUSE => self.house += 1,
            Entrant::Peer(peer) if self.peers < FOR_PEERS => {
                let own = self.by_peer.entry(peer).or_default();
                if *own >= PER_PEER {
                    return false;
                }
                *own += 1;
                self.peers += 1;
            }
            Entrant::House | Entrant::Peer(_) => return false,
        }
        true
    }

    fn give_back(&mut self, entrant: Entrant) {
        match entrant {
            Entrant::House => self.house = self.house.saturating_sub(1),
            Entrant::Peer(peer) => {
                self.peers = self.peers.saturating_sub(1);
                match self.by_peer.get_mut(&peer) {
                    Some(own) if *own > 1 => *own -= 1,
                    Some(_) | None => {
                        self.by_peer.remove(&peer);
                    }
                }
            }
        }
    }
}

// === impl Place ===

impl Place {
    /// Waits for its turn.
    ///
    /// # Cancellation
    /// Safe to drop; the place is given back.
    pub(super) async fn turn(self) -> Result<Turn, AuthError> {
        let gate = self.queue.0.gate.clone();
        let permit = gate.acquire_owned().await.map_err(|_| AuthError::Busy)?;
        Ok(Turn { _permit: permit, _place: self })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.queue.0.taken.lock().give_back(self.entrant);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    fn peer(number: usize) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from(u32::try_from(number).unwrap()))
    }

    #[test]
    fn an_address_has_two_places_and_gets_them_back() {
        let queue = Queue::new();
        let first = queue.enter_from(peer(1)).unwrap();
        let second = queue.enter_from(peer(1)).unwrap();
        assert!(matches!(queue.enter_from(peer(1)), Err(AuthError::Busy)));
        assert!(queue.enter_from(peer(2)).is_ok());
        drop(first);
        assert!(queue.enter_from(peer(1)).is_ok());
        drop(second);
        assert!(queue.0.taken.lock().by_peer.is_empty());
    }

    #[test]
    fn a_household_is_one_address() {
        let queue = Queue::new();
        let neighbour = |number| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, number));
        let _held = [queue.enter_from(neighbour(1)).unwrap(), queue.enter_from(neighbour(2)).unwrap()];
        assert!(queue.enter_from(neighbour(3)).is_err());
    }

    #[test]
    fn addresses_and_the_house_do_not_take_each_others_places() {
        let queue = Queue::new();
        let peers: Vec<_> = (0..FOR_PEERS).map(|number| queue.enter_from(peer(number)).unwrap()).collect();
        assert!(matches!(queue.enter_from(peer(FOR_PEERS)), Err(AuthError::Busy)));
        let house: Vec<_> = (0..FOR_HOUSE).map(|_| queue.enter_from_house().unwrap()).collect();
        assert!(matches!(queue.enter_from_house(), Err(AuthError::Busy)));
        drop(peers);
        assert!(queue.enter_from(peer(1)).is_ok());
        drop(house);
        assert!(queue.enter_from_house().is_ok());
    }

    #[tokio::test]
    async fn who_stops_waiting_gives_the_place_back() {
        let queue = Queue::new();
        let shut = queue.shut_gate().await;
        let waiting = [queue.enter_from(peer(1)).unwrap().turn(), queue.enter_from(peer(1)).unwrap().turn()];
        assert!(queue.enter_from(peer(1)).is_err());
        drop(waiting);
        drop(shut);
        let _turn = queue.enter_from(peer(1)).unwrap().turn().await.unwrap();
        assert_eq!(queue.0.taken.lock().peers, 1);
    }
}
