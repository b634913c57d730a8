//! [`Known`]: callers that were found a moment ago, by the hash of their token. Owns when that still holds: nothing was
//! written since, and the second is the same. So a revoked token, a changed role or a removed user counts from the next
//! request on, as where everything is read anew; a share's end may count up to a second late. Called by `accounts`.

use std::collections::HashMap;

use labdeck_model::Timestamp;
use labdeck_store::{SecretHash, Store};
use parking_lot::Mutex;

use super::{Caller, Via};

/// Who asks within one second between two writes; more than that are found anew.
const MOST: usize = 256;

/// What all that is known was read from. Taken before the reading: what is written meanwhile makes it old.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stamp {
    commits: u64,
    second: i64,
}

/// Callers by their tokens, all of one stamp.
#[derive(Debug, Default)]
pub struct Known(Mutex<(Stamp, HashMap<SecretHash, Caller>)>);

// === impl Stamp ===

impl Stamp {
    /// That of this moment.
    pub fn of(store: &Store, now: Timestamp) -> Self {
        Self { commits: store.commits(), second: now.unix_seconds() }
    }
}

// === impl Known ===

impl Known {
    /// Who this is, if that was found out under the same stamp and the token has not ended.
    pub fn find(&self, stamp: Stamp, token: &SecretHash, now: Timestamp) -> Option<Caller> {
        let known = self.0.lock();
        let caller = known.1.get(token).filter(|_| known.0 == stamp)?;
        match &caller.via {
            Via::Token(row) if row.expires_at.is_none_or(|end| end > now) => Some(caller.clone()),
            Via::Token(_) | Via::Window | Via::Session(_) | Via::Password => None,
        }
    }

    /// Keeps what was found out under this stamp.
    pub fn keep(&self, stamp: Stamp, token: SecretHash, caller: &Caller) {
        let mut known = self.0.lock();
        if known.0 != stamp {
            known.0 = stamp;
            known.1.clear();
        }
        if known.1.len() < MOST {
            known.1.insert(token, caller.clone());
        }
    }
}
