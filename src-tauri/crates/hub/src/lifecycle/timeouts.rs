//! How long each wait of a server's life may take ([`Timeouts`]), and when a decision about it is made ([`Moment`]).

use std::time::Duration;

use labdeck_model::Timestamp;

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

/// When a step is taken, and what it may take as given.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The present time.
    pub now: Timestamp,
    /// How long each wait may take.
    pub timeouts: Timeouts,
}

impl Default for Timeouts {
    /// JupyterHub's three, and what a container or process needs to end.
    fn default() -> Self {
        Self {
            start: Duration::from_secs(60),
            answer: Duration::from_secs(30),
            cancel: Duration::from_secs(10),
            stop: Duration::from_secs(30),
            kill: Duration::from_secs(15),
            poll: Some(Duration::from_secs(30)),
        }
    }
}
