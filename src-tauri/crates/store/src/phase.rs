//! [`Phase`]: the word that `spawners.phase` holds. Owns its spelling; what leads from one to the next is the hub's.

use std::fmt;
use std::str::FromStr;

use labdeck_model::ServerState;

/// What a server was doing when that was last written down: [`ServerState`] without its data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Off.
    #[default]
    Stopped,
    /// Its start was waiting for its turn, or the spawner was bringing it up.
    Starting,
    /// It ran and had not answered yet.
    Waiting,
    /// It answered and had no route yet.
    Routing,
    /// It served.
    Ready,
    /// It was being brought down.
    Stopping,
    /// Its last start failed.
    Failed,
}

/// A word that is no phase.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no phase of a server")]
pub struct PhaseError(String);

// === impl Phase ===

impl Phase {
    const ALL: [Self; 7] =
        [Self::Stopped, Self::Starting, Self::Waiting, Self::Routing, Self::Ready, Self::Stopping, Self::Failed];

    /// The phase of a state; `None` for the look after a restart, which leaves what is written down as it is.
    pub fn of(state: &ServerState) -> Option<Self> {
        match state {
            ServerState::Stopped { .. } => Some(Self::Stopped),
            ServerState::Queued { .. } | ServerState::Starting { .. } => Some(Self::Starting),
            ServerState::Waiting { .. } => Some(Self::Waiting),
            ServerState::Routing { .. } => Some(Self::Routing),
            ServerState::Ready { .. } => Some(Self::Ready),
            ServerState::Stopping { .. } => Some(Self::Stopping),
            ServerState::Failed { .. } => Some(Self::Failed),
            ServerState::Checking { .. } => None,
        }
    }

    /// The column's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Starting => "starting",
            Self::Waiting => "waiting",
            Self::Routing => "routing",
            Self::Ready => "ready",
            Self::Stopping => "stopping",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Phase {
    type Err = PhaseError;
    fn from_str(text: &str) -> Result<Self, PhaseError> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == text).ok_or_else(|| PhaseError(text.to_owned()))
    }
}
