//! [`Throttle`]: slows guessing, per address and per user name. Failures are counted when an attempt begins and taken
//! back when it succeeds, so that a thousand attempts at once count as a thousand. Counts fade with time; nothing here
//! locks an account, and a restart of the hub begins anew.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use labdeck_model::UserName;
use parking_lot::Mutex;

use super::bounded::Bounded;

/// Addresses, names and pairs that are remembered of each; some hundred kilobytes when full.
const CAPACITY: usize = 8192;

/// A clock that only goes forward.
pub trait Ticker: Send + Sync + fmt::Debug + 'static {
    /// Time since some fixed moment.
    fn elapsed(&self) -> Duration;
}

/// The machine's monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemTicker(Instant);

/// How many failures are free, and how the delay grows after them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Failures that cost nothing.
    pub free_failures: u32,
    /// The delay after the first that is not free; doubles with each further one.
    pub first_delay: Duration,
    /// The longest delay.
    pub longest_delay: Duration,
    /// One failure is forgotten after each of these.
    pub forget_every: Duration,
}

/// The limits of both kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottlePolicy {
    /// For an address.
    pub per_peer: Limits,
    /// For a user name, whatever the address. Looser: it also holds up the person who owns the name.
    pub per_user: Limits,
}

/// Counts failures and says who must wait.
#[derive(Debug)]
pub struct Throttle {
    policy: ThrottlePolicy,
    ticker: Arc<dyn Ticker>,
    tables: Mutex<Tables>,
}

/// An attempt that may go on. Dropped without a word it stays counted as a failure.
#[derive(Debug)]
#[must_use = "say how the attempt ended"]
pub struct Ticket<'a> {
    throttle: &'a Throttle,
    peer: Peer,
    user: Option<UserName>,
}

/// An address, or the half of an IPv6 address that a network gives to one household.
type Peer = IpAddr;

#[derive(Debug)]
struct Tables {
    peers: Bounded<Peer, Count>,
    users: Bounded<UserName, Count>,
    /// Hashes of (address, user) that signed in: others' failures do not hold these up.
    proven: Bounded<u64, ()>,
    hasher: RandomState,
}

/// A fading count of failures.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    failures: u32,
    /// Up to when forgetting has been done.
    faded_at: Duration,
    /// No attempt before this.
    blocked_until: Duration,
}

// === impl SystemTicker ===

impl SystemTicker {
    /// Begins now.
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Default for SystemTicker {
    fn default() -> Self {
        Self::new()
    }
}

impl Ticker for SystemTicker {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

// === impl ThrottlePolicy ===

impl Default for ThrottlePolicy {
    /// Ten failures are free for an address and thirty for a name; after that about one a minute is looked at.
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self {
            per_peer: Limits {
                free_failures: 10,
                first_delay: Duration::from_secs(5),
                longest_delay: 5 * minute,
                forget_every: minute,
            },
            per_user: Limits {
                free_failures: 30,
                first_delay: Duration::from_secs(1),
                longest_delay: minute,
                forget_every: minute,
            },
        }
    }
}

// === impl Throttle ===

impl Throttle {
    /// A throttle that has seen nothing.
    pub fn new(policy: ThrottlePolicy, ticker: Arc<dyn Ticker>) -> Self {
        let tables = Tables {
            peers: Bounded::new(CAPACITY),
            users: Bounded::new(CAPACITY),
            proven: Bounded::new(CAPACITY),
            hasher: RandomState::new(),
        };
        Self { policy, ticker, tables: Mutex::new(tables) }
    }

    /// Begins an attempt; counts it as failed until the ticket says otherwise. `user` is `None` for a text that is
    /// no name.
    ///
    /// # Errors
    /// How long to wait. Attempts that are refused so are not counted: the wait has an end.
    pub fn begin(&self, peer: IpAddr, user: Option<&UserName>) -> Result<Ticket<'_>, Duration> {
        let (now, peer) = (self.ticker.elapsed(), household(peer));
        let mut tables = self.tables.lock();
        let tables = &mut *tables;
        let peer_wait = tables.peers.find(&peer).map_or(Duration::ZERO, |count| count.wait(now));
        let proven = user.is_some_and(|user| tables.proven.find(&tables.hasher.hash_one((peer, user))).is_some());
        let user_count = user.filter(|_| !proven).and_then(|user| tables.users.find(user));
        let wait = peer_wait.max(user_count.map_or(Duration::ZERO, |count| count.wait(now)));
        if wait > Duration::ZERO {
            return Err(wait);
        }
        tables.peers.entry(&peer).fail(&self.policy.per_peer, now);
        if let Some(user) = user {
            tables.users.entry(user).fail(&self.policy.per_user, now);
        }
        Ok(Ticket { throttle: self, peer, user: user.cloned() })
    }
}

// === impl Ticket ===

impl Ticket<'_> {
    /// The attempt was right. The name's count is forgotten. The address keeps its earlier failures: else one's own
    /// account would pay for guessing at others'.
    pub fn succeeded(self) {
        let mut tables = self.throttle.tables.lock();
        tables.peers.entry(&self.peer).take_back(&self.throttle.policy.per_peer);
        if let Some(user) = &self.user {
            tables.users.remove(user);
            let pair = tables.hasher.hash_one((self.peer, user));
            tables.proven.entry(&pair);
        }
    }

    /// The attempt was not judged: as if it had not been.
    pub fn take_back(self) {
        let mut tables = self.throttle.tables.lock();
        tables.peers.entry(&self.peer).take_back(&self.throttle.policy.per_peer);
        if let Some(user) = &self.user {
            tables.users.entry(user).take_back(&self.throttle.policy.per_user);
        }
    }
}

// === impl Count ===

impl Count {
    fn wait(&self, now: Duration) -> Duration {
        self.blocked_until.saturating_sub(now)
    }

    fn fail(&mut self, limits: &Limits, now: Duration) {
        self.fade(limits, now);
        self.failures = self.failures.saturating_add(1);
        let beyond = self.failures.saturating_sub(limits.free_failures);
        if let Some(doublings) = beyond.checked_sub(1) {
            let delay = limits.first_delay.saturating_mul(2u32.saturating_pow(doublings));
            self.blocked_until = now + delay.min(limits.longest_delay);
        }
    }

    fn fade(&mut self, limits: &Limits, now: Duration) {
        if self.failures == 0 {
            self.faded_at = now;
            return;
        }
        let every = limits.forget_every.as_millis().max(1);
        let steps = u32::try_from(now.saturating_sub(self.faded_at).as_millis() / every).unwrap_or(u32::MAX);
        self.failures = self.failures.saturating_sub(steps);
        self.faded_at = if self.failures == 0 { now } else { self.faded_at + limits.forget_every * steps };
    }

    fn take_back(&mut self, limits: &Limits) {
        self.failures = self.failures.saturating_sub(1);
        if self.failures <= limits.free_failures {
            self.blocked_until = Duration::ZERO;
        }
    }
}

/// One household has 2^64 IPv6 addresses; counting each would count nothing.
pub(super) fn household(peer: IpAddr) -> Peer {
    match peer.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 => v4,
    }
}

#[cfg(test)]
#[path = "throttle/tests.rs"]
mod tests;
