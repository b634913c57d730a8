//! [`Deeds`]: what the hub did with servers, told to the figures and to the event log. Called by the lifecycle's ports.

use std::sync::Arc;

use labdeck_model::{Clock, ServerKey, ServerState};

use crate::event_log::EventLog;
use crate::metrics::{Metrics, Turns};

/// Whom to tell.
#[derive(Debug)]
pub struct Deeds {
    /// The figures.
    pub metrics: Arc<Metrics>,
    /// The event log.
    pub log: EventLog,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// What servers are in the middle of.
    pub turns: Turns,
}

// === impl Deeds ===

impl Deeds {
    /// Takes the new state of a server in.
    pub(super) fn see(&self, key: &ServerKey, state: &ServerState) {
        let now = self.clock.now();
        if let Some(turn) = self.turns.see(key, state, now) {
            self.metrics.turn(turn);
            self.log.note(key, turn, now);
        }
    }
}
