//! Whether one more server may start. Owns the two limits of the hub as a whole and JupyterHub's words for them;
//! limits of one user (named servers) are the use-case's. Pure: the registry counts, under its lock.

use std::time::Duration;

use labdeck_model::{Failure, Grant, Pending, ServerKey, ServerState, WaitingFor};

/// Limits of the hub as a whole. Zero is no limit, as in JupyterHub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many servers may be starting at once. JupyterHub's `concurrent_spawn_limit`.
    pub concurrent_starts: usize,
    /// How many servers may be running or under way. JupyterHub's `active_server_limit`.
    pub active_servers: usize,
    /// Between which two durations a refused client is told to wait. JupyterHub's `spawn_throttle_retry_range`.
    pub retry_between: (Duration, Duration),
}

/// The machine's room for servers, beyond their mere number: memory down to the reserve, graphics cards. Implemented
/// by the hub's resources; pure, and asked under the registry's lock.
pub trait Room: std::fmt::Debug + Send + Sync {
    /// Decides about one more server. `held` is what the servers hold that run or are under way.
    fn ask(&self, held: &[Held], wanted: &Grant) -> RoomAnswer;

    /// The room as it is at this moment, for many questions at once; `None` where nothing has to be measured.
    fn measured(&self) -> Option<Box<dyn Room>> {
        None
    }
}

/// What one server holds that runs or is under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// Which server of whom.
    pub key: ServerKey,
    /// What it was given.
    pub grant: Grant,
    /// Whether it is still starting: then it has yet to take the memory that it needs to run at all.
    pub is_starting: bool,
}

/// What the machine has to say to one more server.
#[derive(Debug, Clone, PartialEq)]
pub enum RoomAnswer {
    /// There is room. The grant with the cards filled in.
    Take(Grant),
    /// Not now.
    Wait {
        /// For what.
        waiting_for: WaitingFor,
        /// In a sentence for its user, without the place in the queue.
        message: String,
    },
    /// Never on this machine.
    Never(Failure),
}

/// A machine without bounds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Boundless;

impl Room for Boundless {
    fn ask(&self, _: &[Held], wanted: &Grant) -> RoomAnswer {
        RoomAnswer::Take(wanted.clone())
    }
}

/// How many there are now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) starting: usize,
    pub(super) active: usize,
}

/// What a start does where there is no room for it now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Patience {
    /// It is refused, with a hint when to try again: JupyterHub's answer.
    #[default]
    Refuse,
    /// It waits in the queue.
    Queue,
}

/// Why a start was not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// Too many start at once.
    Limited {
        /// When to try again.
        retry_after: Duration,
    },
    /// As many servers as there may be are there.
    Full,
    /// The machine has no room.
    NoRoom {
        /// What is missing, in a sentence.
        message: String,
        /// When to try again.
        retry_after: Duration,
    },
}

// === impl Limits ===

impl Default for Limits {
    /// JupyterHub's defaults.
    fn default() -> Self {
        let retry_between = (Duration::from_secs(30), Duration::from_secs(60));
        Self { concurrent_starts: 100, active_servers: 0, retry_between }
    }
}

impl Limits {
    /// Why nobody may start now, in a sentence; `None` where somebody may.
    pub(super) fn full(&self, counts: Counts) -> Option<String> {
        let (starting, active) = (counts.starting, counts.active);
        if self.concurrent_starts > 0 && starting >= self.concurrent_starts {
            let servers = if starting == 1 { "One server is" } else { &format!("{starting} servers are") };
            return Some(format!("{servers} starting, as many as may at once."));
        }
        if self.active_servers > 0 && active >= self.active_servers {
            let servers = if active == 1 { "One server runs" } else { &format!("{active} servers run") };
            return Some(format!("{servers}, as many as may at once."));
        }
        None
    }

    /// How whoever does not wait is refused; `message` is what the machine lacks if it is not these limits. `luck` (0
    /// to 255) spreads the clients over the range, so that they do not all return at once.
    pub(super) fn denied(&self, counts: Counts, message: String, luck: u8) -> Denied {
        let (from, to) = self.retry_between;
        let retry_after = from + to.saturating_sub(from) * u32::from(luck) / u32::from(u8::MAX);
        if self.concurrent_starts > 0 && counts.starting >= self.concurrent_starts {
            Denied::Limited { retry_after }
        } else if self.active_servers > 0 && counts.active >= self.active_servers {
            Denied::Full
        } else {
            Denied::NoRoom { message, retry_after }
        }
    }
}

// === impl Counts ===

impl Counts {
    /// One server more, in a state.
    pub(super) fn and(self, state: &ServerState) -> Self {
        Self {
            starting: self.starting + usize::from(state.pending() == Some(Pending::Spawn)),
            active: self.active + usize::from(state.is_active()),
        }
    }
}

// === impl Denied ===

impl Denied {
    /// The sentence for whoever asked, as JupyterHub words it.
    pub fn words(&self) -> String {
        match self {
            Self::Limited { retry_after } => {
                let seconds = retry_after.as_secs();
                format!("Too many users trying to log in right now. Try again in {seconds} seconds.")
            }
            Self::Full => "Active user limit exceeded. Try again in a few minutes.".to_owned(),
            Self::NoRoom { message, retry_after } => {
                format!("{message} Try again in {} seconds.", retry_after.as_secs())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_and_zero_is_none() {
        let limits = Limits { concurrent_starts: 2, active_servers: 3, ..Limits::default() };
        let counts = |starting, active| Counts { starting, active };
        assert_eq!(limits.full(counts(1, 2)), None);
        assert_eq!(limits.full(counts(2, 2)).unwrap(), "2 servers are starting, as many as may at once.");
        assert_eq!(limits.full(counts(0, 3)).unwrap(), "3 servers run, as many as may at once.");
        let none = Limits { concurrent_starts: 0, ..limits };
        assert_eq!(none.full(counts(9, 2)), None);
    }

    #[test]
    fn whoever_does_not_wait_is_told_when_to_come_back() {
        let limits = Limits { concurrent_starts: 2, active_servers: 3, ..Limits::default() };
        let denied = |starting, active, luck| limits.denied(Counts { starting, active }, "No memory.".to_owned(), luck);
        assert_eq!(denied(2, 2, 0), Denied::Limited { retry_after: Duration::from_secs(30) });
        assert_eq!(denied(2, 2, 255), Denied::Limited { retry_after: Duration::from_secs(60) });
        assert_eq!(denied(0, 3, 0), Denied::Full);
        assert_eq!(denied(0, 0, 0).words(), "No memory. Try again in 30 seconds.");
    }
}
