//! [`Attempts`]: for which servers each person asked, whether or not there are such. What is not there must cost as much
//! as what is: else the limit tells who exists. Kept in memory only; `ask` calls it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use labdeck_model::{ServerKey, Timestamp, UserId};
use parking_lot::Mutex;

/// Servers that one person may ask for in [`HELD`]: enough for a whole lab, too few to bother a whole house.
pub(super) const MOST_BY_ONE: usize = 20;
/// How long an attempt counts: as long as a request stands.
pub(super) const HELD: Duration = Duration::from_secs(7 * 24 * 3600);

/// Who asked for what, and when first. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Attempts(Arc<Mutex<HashMap<UserId, HashMap<ServerKey, Timestamp>>>>);

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// For a server that this person did not ask for lately.
    First,
    /// Once more for the same.
    Again,
    /// One too many.
    Refused,
}

// === impl Attempts ===

impl Attempts {
    /// Notes that somebody asks. What is `open` to them by now was answered and counts no more.
    pub(super) fn note(
        &self,
        who: UserId,
        key: &ServerKey,
        now: Timestamp,
        open: impl Fn(&ServerKey) -> bool,
    ) -> Attempt {
        let mut all = self.0.lock();
        let mine = all.entry(who).or_default();
        mine.retain(|key, at| now.since(*at) < HELD && !open(key));
        if mine.contains_key(key) {
            return Attempt::Again;
        }
        if mine.len() >= MOST_BY_ONE {
            return Attempt::Refused;
        }
        mine.insert(key.clone(), now);
        Attempt::First
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_count_for_a_week_or_until_the_server_is_open() {
        let (attempts, start) = (Attempts::default(), Timestamp::from_unix_micros(1_800_000_000_000_000));
        let key = |n: usize| ServerKey::default_of(format!("user{n}").parse().unwrap());
        let note = |n: usize, now| attempts.note(UserId(1), &key(n), now, |_| false);
        for n in 0..MOST_BY_ONE {
            assert_eq!(note(n, start), Attempt::First);
        }
        assert_eq!((note(0, start), note(20, start)), (Attempt::Again, Attempt::Refused));
        assert_eq!(attempts.note(UserId(2), &key(20), start, |_| false), Attempt::First, "somebody else");
        assert_eq!(attempts.note(UserId(1), &key(20), start, |open| *open == key(3)), Attempt::First);
        assert_eq!(note(21, start), Attempt::Refused);
        assert_eq!(note(21, start.after(HELD)), Attempt::First);
    }
}
