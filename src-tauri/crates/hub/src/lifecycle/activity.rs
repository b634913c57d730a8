//! When somebody last worked with a server. Owns the rule that activity only moves forward, and collects marks of
//! its three sources (proxy, the servers' own reports, visits to the hub's pages) until they are written in one go.

use std::collections::HashMap;

use labdeck_model::{ServerKey, Timestamp};
use parking_lot::Mutex;

/// Marks that are not written yet. Shared behind an `Arc`; the lock is held for a map access only.
#[derive(Debug, Default)]
pub struct Activity {
    marks: Mutex<HashMap<ServerKey, Timestamp>>,
}

/// The newer of two moments, where `None` is never.
pub fn newest(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.max(other)
}

// === impl Activity ===

impl Activity {
    /// Notes that a server was active at a moment. One that lies ahead of `now` (another machine's clock) counts as
    /// now, so that it cannot hold a server for ever.
    pub fn mark(&self, key: &ServerKey, at: Timestamp, now: Timestamp) {
        let at = at.min(now);
        let mut marks = self.marks.lock();
        match marks.get_mut(key) {
            Some(known) => *known = at.max(*known),
            None => {
                marks.insert(key.clone(), at);
            }
        }
    }

    /// The newest unwritten mark of a server.
    pub fn find(&self, key: &ServerKey) -> Option<Timestamp> {
        self.marks.lock().get(key).copied()
    }

    /// Takes all marks, to be written. If writing fails, [`Activity::mark`] them again.
    pub fn take(&self) -> Vec<(ServerKey, Timestamp)> {
        std::mem::take(&mut *self.marks.lock()).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use labdeck_model::UserName;

    use super::*;

    #[test]
    fn activity_moves_forward_and_never_ahead_of_the_clock() {
        let at = Timestamp::from_unix_micros;
        let key = ServerKey::default_of(UserName::parse("ada").unwrap());
        let activity = Activity::default();
        activity.mark(&key, at(5), at(10));
        activity.mark(&key, at(3), at(10));
        assert_eq!(activity.find(&key), Some(at(5)));
        activity.mark(&key, at(99), at(10));
        assert_eq!(activity.take(), [(key.clone(), at(10))]);
        assert_eq!(activity.take(), []);
        assert_eq!(newest(None, Some(at(1))), Some(at(1)));
        assert_eq!(newest(Some(at(2)), Some(at(1))), Some(at(2)));
    }
}
