//! [`ServerState`]: what a server is doing, and how JupyterHub's API words map onto it. The rules for moving
//! from one state to the next are the hub's (`lifecycle::machine`), not this file's.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// What one server is doing. State is one enum with its data inside, never a set of flags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ServerState {
    /// Not running and nothing under way.
    Stopped {
        /// How it ended last time, where that is known.
        last_exit: Option<LastExit>,
    },
    /// A start was asked for and its turn has not come. Nothing of it runs and nothing is reserved for it.
    Queued {
        /// When it was asked for.
        since: Timestamp,
    },
    /// The spawner is bringing it up.
    Starting {
        /// When its turn came.
        since: Timestamp,
        /// When the attempt is given up. It does not run while an image is being fetched.
        deadline: Timestamp,
        /// How far the spawner has got.
        step: StartStep,
    },
    /// It runs; its HTTP side must answer.
    Waiting {
        /// When the start was asked for.
        since: Timestamp,
        /// Where it listens, as the proxy will reach it.
        url: String,
        /// When the wait is given up.
        deadline: Timestamp,
    },
    /// It answers; the proxy must learn its route.
    Routing {
        /// When the start was asked for.
        since: Timestamp,
        /// Where it listens.
        url: String,
    },
    /// It serves its user.
    Ready {
        /// Where it listens.
        url: String,
        /// When it became ready.
        started: Timestamp,
    },
    /// It is being brought down.
    Stopping {
        /// When that began.
        since: Timestamp,
        /// When the gentle way is given up.
        deadline: Timestamp,
        /// Why it stops.
        reason: StopReason,
    },
    /// Found in the store after a hub restart; the first look at it is under way.
    Checking {
        /// When the look began.
        since: Timestamp,
    },
    /// The last start ended badly. A new start may be asked for.
    Failed {
        /// When.
        at: Timestamp,
        /// What the user may read of it.
        failure: Failure,
    },
}

/// How far a start has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum StartStep {
    /// Accepted; its turn has not come.
    Queued,
    /// The image is being fetched, or the environment made.
    Pulling,
    /// The container or process is being created.
    Creating,
    /// It was started and has not answered yet.
    Booting,
}

/// Why a server stops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StopReason {
    /// Somebody asked.
    Asked,
    /// Somebody asked for a restart: a start follows.
    Restart,
    /// The hub found that nobody used it.
    Culled {
        /// Which rule: `idle`, `busy_but_silent`, `max_age`.
        rule: String,
        /// What was seen, a sentence for its user.
        words: String,
    },
    /// Its start failed and what is left of it is cleared away.
    StartFailed {
        /// What went wrong.
        failure: Failure,
    },
    /// It ended by itself.
    Died {
        /// How.
        exit: LastExit,
    },
    /// The hub ends and was told to take the servers with it.
    Shutdown,
}

/// How a server ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LastExit {
    /// When it was noticed.
    pub at: Timestamp,
    /// Why, in a sentence for its user.
    pub reason: String,
    /// A stable word for programs: `asked`, `idle`, `out_of_memory`, `exited`, `gone`, `engine_restarted`, …
    #[serde(default)]
    pub kind: String,
    /// What can be done about it, one sentence; empty where nothing needs to be.
    #[serde(default)]
    pub remedy: String,
    /// The last lines that it wrote, oldest first, where it ended by itself.
    #[serde(default)]
    pub log: Vec<String>,
}

/// Why a start failed, in words for the person at the page: what happened, the likely cause, what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Failure {
    /// A stable word for programs: `image_not_found`, `exited`, `start_timeout`, …
    pub kind: String,
    /// What happened, one sentence.
    pub message: String,
    /// What can be done about it, one sentence; empty where nothing better than trying again is known.
    pub remedy: String,
    /// The last lines that the server wrote.
    pub log: Vec<String>,
}

/// JupyterHub's `pending`: what a server is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Pending {
    /// Starting.
    Spawn,
    /// Stopping.
    Stop,
    /// Being looked at after a hub restart.
    Check,
}

// === impl ServerState ===

impl ServerState {
    /// A server that was never started.
    pub fn new() -> Self {
        Self::Stopped { last_exit: None }
    }

    /// JupyterHub's `pending`.
    pub fn pending(&self) -> Option<Pending> {
        match self {
            Self::Queued { .. } | Self::Starting { .. } | Self::Waiting { .. } | Self::Routing { .. } => {
                Some(Pending::Spawn)
            }
            Self::Stopping { .. } => Some(Pending::Stop),
            Self::Checking { .. } => Some(Pending::Check),
            Self::Stopped { .. } | Self::Ready { .. } | Self::Failed { .. } => None,
        }
    }

    /// JupyterHub's `ready`.
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Ready { .. })
    }

    /// JupyterHub's `stopped`: nothing runs and nothing is under way.
    pub fn is_stopped(&self) -> bool {
        matches!(self, Self::Stopped { .. } | Self::Failed { .. })
    }

    /// JupyterHub's `active`: something runs or is under way.
    pub fn is_active(&self) -> bool {
        !self.is_stopped()
    }

    /// The word that people read (`reference`: the nine states of the design; Busy and Idle come with activity).
    pub fn word(&self) -> &'static str {
        match self {
            Self::Stopped { .. } => "Off",
            Self::Queued { .. } | Self::Starting { step: StartStep::Queued, .. } => "Queued",
            Self::Starting { step: StartStep::Pulling, .. } => "Fetching",
            Self::Starting { .. } | Self::Waiting { .. } | Self::Routing { .. } | Self::Checking { .. } => "Starting",
            Self::Ready { .. } => "Ready",
            Self::Stopping { .. } => "Stopping",
            Self::Failed { .. } => "Failed",
        }
    }

    /// Since when it is so, where that is known.
    pub fn since(&self) -> Option<Timestamp> {
        match self {
            Self::Stopped { last_exit } => last_exit.as_ref().map(|exit| exit.at),
            Self::Queued { since }
            | Self::Starting { since, .. }
            | Self::Waiting { since, .. }
            | Self::Routing { since, .. }
            | Self::Stopping { since, .. }
            | Self::Checking { since } => Some(*since),
            Self::Ready { started, .. } => Some(*started),
            Self::Failed { at, .. } => Some(*at),
        }
    }

    /// Where it listens, once that is known.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Waiting { url, .. } | Self::Routing { url, .. } | Self::Ready { url, .. } => Some(url),
            Self::Stopped { .. }
            | Self::Queued { .. }
            | Self::Starting { .. }
            | Self::Stopping { .. }
            | Self::Checking { .. }
            | Self::Failed { .. } => None,
        }
    }
}

impl Default for ServerState {
    fn default() -> Self {
        Self::new()
    }
}

impl LastExit {
    /// An end with a kind and a sentence; no remedy, no log.
    pub fn new(at: Timestamp, kind: &str, reason: impl Into<String>) -> Self {
        Self { at, reason: reason.into(), kind: kind.to_owned(), remedy: String::new(), log: Vec::new() }
    }
}

impl Failure {
    /// A failure with a kind, a sentence and a remedy; no log.
    pub fn new(kind: &str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), message: message.into(), remedy: remedy.into(), log: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_shows_jupyterhubs_three_words() {
        let at = Timestamp::from_unix_micros(0);
        let url = || "http://127.0.0.1:1".to_owned();
        let table = [
            (ServerState::new(), None, false, true, "Off"),
            (ServerState::Queued { since: at }, Some(Pending::Spawn), false, false, "Queued"),
            (
                ServerState::Starting { since: at, deadline: at, step: StartStep::Queued },
                Some(Pending::Spawn),
                false,
                false,
                "Queued",
            ),
            (
                ServerState::Starting { since: at, deadline: at, step: StartStep::Pulling },
                Some(Pending::Spawn),
                false,
                false,
                "Fetching",
            ),
            (
                ServerState::Waiting { since: at, url: url(), deadline: at },
                Some(Pending::Spawn),
                false,
                false,
                "Starting",
            ),
            (ServerState::Routing { since: at, url: url() }, Some(Pending::Spawn), false, false, "Starting"),
            (ServerState::Ready { url: url(), started: at }, None, true, false, "Ready"),
            (
                ServerState::Stopping { since: at, deadline: at, reason: StopReason::Asked },
                Some(Pending::Stop),
                false,
                false,
                "Stopping",
            ),
            (ServerState::Checking { since: at }, Some(Pending::Check), false, false, "Starting"),
            (ServerState::Failed { at, failure: Failure::new("x", "y", "") }, None, false, true, "Failed"),
        ];
        for (state, pending, ready, stopped, word) in table {
            assert_eq!(
                (state.pending(), state.is_ready(), state.is_stopped(), state.word()),
                (pending, ready, stopped, word),
                "{state:?}"
            );
        }
    }
}
