//! How long each wait of a server's life may take ([`Timeouts`]), by the kind of its driver ([`TimeoutTable`]), and when a decision about it is made ([`Moment`]).

use std::collections::BTreeMap;
use std::time::Duration;

use labdeck_model::Timestamp;
use labdeck_spawner::Spawner;

/// How long each wait may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For the driver's start, without the time in which an image is fetched. JupyterHub's `start_timeout`.
    pub start: Duration,
    /// From the driver's start to the first answer. JupyterHub's `http_timeout`.
    pub answer: Duration,
    /// For a cancelled start to return.
    pub cancel: Duration,
    /// For a graceful stop.
    pub stop: Duration,
    /// For a stop by force.
    pub kill: Duration,
    /// Between two looks at a running server while its driver says nothing; `None` is never. JupyterHub's
    /// `poll_interval`.
    pub poll: Option<Duration>,
}

/// How long each wait may take, by the kind of driver.
#[derive(Debug, Clone)]
pub struct TimeoutTable {
    others: Timeouts,
    of_kind: BTreeMap<&'static str, Timeouts>,
}

/// When a step is taken, and what it may take as given.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The present time.
    pub now: Timestamp,
    /// How long each wait may take.
    pub timeouts: Timeouts,
}

// === impl Timeouts ===

impl Default for Timeouts {
    /// JupyterHub's three, and what a container or process needs to end.
    fn default() -> Self {
        Self {
            start: Duration::from_secs(60),
            answer: Duration::from_secs(30),
            cancel: Duration::from_secs(10),
            stop: Duration::from_secs(30),
            // Longer than it takes to notice that an engine is silent: then that is said, and not that the stop failed.
            kill: Duration::from_secs(20),
            poll: Some(Duration::from_secs(30)),
        }
    }
}

// === impl TimeoutTable ===

impl TimeoutTable {
    /// The same for every kind.
    pub fn new(others: Timeouts) -> Self {
        Self { others, of_kind: BTreeMap::new() }
    }

    /// With others for one kind.
    pub fn with(mut self, kind: &'static str, timeouts: Timeouts) -> Self {
        self.of_kind.insert(kind, timeouts);
        self
    }

    /// Those of a driver. It is never cut off in a stop that takes as long as its configuration lets it.
    pub(super) fn of(&self, spawner: &dyn Spawner) -> Timeouts {
        let timeouts = *self.of_kind.get(spawner.kind()).unwrap_or(&self.others);
        let stop = spawner.stop_patience().map_or(timeouts.stop, |patience| patience.max(timeouts.stop));
        Timeouts { stop, ..timeouts }
    }
}
