//! What one gets for asking: [`StartTicket`] and [`StopTicket`] to wait with, [`StartRefused`] where there is nothing
//! to wait for. Owns no server: dropping a ticket changes nothing.

use std::time::Duration;

use labdeck_model::{Failure, LastExit, ServerKey, ServerState};
use tokio::sync::watch;

use super::admission::Denied;
use super::effects::Refused;
use super::leaving::Leaver;
use super::ports::Snapshot;

/// Waits for the end of a start.
#[derive(Debug, Clone)]
pub struct StartTicket {
    view: watch::Receiver<Snapshot>,
}

/// Waits for the end of a stop.
#[derive(Debug, Clone)]
pub struct StopTicket {
    view: watch::Receiver<Snapshot>,
}

/// How a start ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartEnd {
    /// The server serves.
    Ready,
    /// It failed, and what was left of it is cleared away.
    Failed(Failure),
    /// It was cancelled, or ended right after it was ready.
    Stopped(Option<LastExit>),
    /// The hub ends; the server is as it is.
    Left,
}

/// Why a start was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartRefused {
    /// It makes no sense in the server's present state. JupyterHub's 400.
    State(Refused),
    /// Too many servers are there. JupyterHub's 429.
    Limit(Denied),
    /// This machine can never start it.
    Never(Failure),
    /// The server, or the person who owns it, is being removed.
    Leaving(Leaver),
    /// The hub ends.
    HubEnding,
}

/// The server is not stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server is not stopped")]
pub struct StillActive;

// === impl StartTicket ===

impl StartTicket {
    pub(super) fn new(view: watch::Receiver<Snapshot>) -> Self {
        Self { view }
    }

    /// The server as it is now.
    pub fn snapshot(&self) -> Snapshot {
        self.view.borrow().clone()
    }

    /// Waits for the end of the start.
    ///
    /// # Cancellation
    /// Safe to drop; the start goes on.
    pub async fn ended(&mut self) -> StartEnd {
        let is_over = |seen: &Snapshot| seen.state().is_ready() || seen.state().is_stopped();
        if self.view.wait_for(is_over).await.is_err() {
            return StartEnd::Left;
        }
        match self.view.borrow().state() {
            ServerState::Failed { failure, .. } => StartEnd::Failed(failure.clone()),
            ServerState::Stopped { last_exit } => StartEnd::Stopped(last_exit.clone()),
            ServerState::Ready { .. } => StartEnd::Ready,
            ServerState::Queued { .. }
            | ServerState::Starting { .. }
            | ServerState::Waiting { .. }
            | ServerState::Routing { .. }
            | ServerState::Stopping { .. }
            | ServerState::Checking { .. } => StartEnd::Left,
        }
    }

    /// Waits for the end of the start, at most `patience`: decides between 201 and 202 (`slow_spawn_timeout`).
    ///
    /// # Cancellation
    /// Safe to drop; the start goes on.
    pub async fn ended_within(&mut self, patience: Duration) -> Option<StartEnd> {
        tokio::time::timeout(patience, self.ended()).await.ok()
    }
}

// === impl StopTicket ===

impl StopTicket {
    pub(super) fn new(view: watch::Receiver<Snapshot>) -> Self {
        Self { view }
    }

    /// Waits until the server is at rest (`Stopped`, or `Failed`) and says how it is then.
    ///
    /// # Cancellation
    /// Safe to drop; the stop goes on.
    pub async fn ended(&mut self) -> Snapshot {
        let _ = self.view.wait_for(|seen| seen.state().is_stopped()).await;
        self.view.borrow().clone()
    }

    /// Waits for the end of the stop, at most `patience`: decides between 204 and 202 (`slow_stop_timeout`).
    ///
    /// # Cancellation
    /// Safe to drop; the stop goes on.
    pub async fn ended_within(&mut self, patience: Duration) -> Option<Snapshot> {
        tokio::time::timeout(patience, self.ended()).await.ok()
    }
}

// === impl StartRefused ===

impl StartRefused {
    /// The sentence for whoever asked, as JupyterHub words it.
    pub fn words(&self, key: &ServerKey) -> String {
        match self {
            Self::State(refused) => refused.words(key),
            Self::Limit(denied) => denied.words(),
            Self::Never(failure) => format!("{} {}", failure.message, failure.remedy).trim_end().to_owned(),
            Self::Leaving(leaver) => leaver.to_string(),
            Self::HubEnding => "The hub is shutting down.".to_owned(),
        }
    }

    /// When to try again, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Limit(Denied::Limited { retry_after } | Denied::NoRoom { retry_after, .. }) => Some(*retry_after),
            Self::Limit(Denied::Full) | Self::State(_) | Self::Never(_) | Self::Leaving(_) | Self::HubEnding => None,
        }
    }
}
