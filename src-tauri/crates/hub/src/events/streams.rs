//! [`Streams`]: how many event streams each caller holds. A stream costs a connection and a task for as long as its
//! reader likes, so one caller must not have them all.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::error::{Error, Kind, Result};

/// Windows and tabs of one person; a script that opens more has lost count.
const MAX_PER_CALLER: usize = 32;

/// The count. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Streams(Arc<Mutex<HashMap<String, usize>>>);

/// One place; given back when dropped.
#[derive(Debug)]
pub struct Place {
    streams: Streams,
    caller: String,
}

// === impl Streams ===

impl Streams {
    /// Takes a place.
    ///
    /// # Errors
    /// 429 for a caller who has all of theirs.
    pub fn enter(&self, caller: &str) -> Result<Place> {
        let mut held = self.0.lock();
        let count = held.entry(caller.to_owned()).or_default();
        if *count >= MAX_PER_CALLER {
            let words = "Too many event streams are open. Close some windows and try again.";
            return Err(Error::new(Kind::Limited(Duration::from_secs(10)), words));
        }
        *count += 1;
        Ok(Place { streams: self.clone(), caller: caller.to_owned() })
    }

    /// Whether anybody reads.
    pub fn has_readers(&self) -> bool {
        !self.0.lock().is_empty()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.streams.0.lock();
        if let Some(count) = held.get_mut(&self.caller) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_who_holds_all_places_gets_one_back_by_leaving() {
        let streams = Streams::default();
        let mut places: Vec<_> = (0..MAX_PER_CALLER).map(|_| streams.enter("ada").unwrap()).collect();
        assert!(streams.enter("ada").is_err() && streams.enter("bob").is_ok());
        places.pop();
        assert!(streams.enter("ada").is_ok());
    }
}
