//! The words of the machine: what can happen to a server ([`Input`]) and what is to be done about it ([`Effect`]).
//! Data only. `machine` decides, `actor` does.

use labdeck_model::{Failure, ServerKey, ServerState, StartStep, StopReason, Timestamp};
use labdeck_spawner::{Liveness, StopMode};

/// What happened to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Somebody asked for a start, and there is room.
    StartAsked,
    /// Somebody asked for a start, and there is no room yet.
    StartQueued,
    /// The turn of a queued start has come.
    LetIn,
    /// The driver says how far its start is.
    Progressed {
        /// The step it is in now.
        step: StartStep,
    },
    /// The driver's start ended well; the server need not answer yet.
    Started {
        /// Where it listens.
        url: String,
    },
    /// The driver's start ended badly.
    StartFailed {
        /// Why, in words for its user.
        failure: Failure,
    },
    /// The server answered a probe as a notebook server does.
    Answered,
    /// The proxy knows its route.
    Routed {
        /// When it became ready in an earlier run of the hub; `None` means now.
        started: Option<Timestamp>,
    },
    /// The proxy did not take its route.
    RouteFailed {
        /// Why.
        failure: Failure,
    },
    /// Somebody asked for a stop.
    StopAsked {
        /// How.
        mode: StopMode,
        /// Why.
        cause: StopCause,
    },
    /// The driver's stop ended well.
    Stopped {
        /// The server's last lines, where [`Effect::TakeLog`] asked for them.
        log: Vec<String>,
    },
    /// The driver's stop ended badly.
    StopFailed {
        /// How it was tried.
        mode: StopMode,
        /// Why it failed.
        failure: Failure,
    },
    /// A look at the server from outside.
    Observed(Liveness),
    /// A stop cannot go on, because what runs the server does not answer.
    EngineGone {
        /// In words for its user.
        failure: Failure,
    },
    /// What runs the server answers again, after [`Effect::AwaitEngine`].
    EngineBack,
    /// A deadline that was set has passed.
    DeadlinePassed {
        /// Which.
        deadline: Deadline,
        /// What the last probe saw, where one was made.
        seen: Option<String>,
    },
    /// Recovery has it in the store as running.
    Found,
    /// The look after a hub restart, or after its engine was away: it runs and answers.
    Adopted {
        /// Where it listens now.
        url: String,
    },
    /// The look after a hub restart: it runs and cannot be used.
    NotAdopted {
        /// Why.
        failure: Failure,
    },
}

/// Why somebody asks for a stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopCause {
    /// A person or program asked.
    Asked,
    /// The same, with a start to follow.
    Restart,
    /// The hub found that nobody used it.
    Culled {
        /// Which rule: `idle`, `busy_but_silent`, `max_age`.
        rule: String,
        /// What was seen, a sentence for its user.
        words: String,
    },
    /// The hub ends and takes its servers with it.
    Shutdown,
}

/// What is waited for, and no longer than until the deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deadline {
    /// The driver's start.
    Start,
    /// The first answer over HTTP.
    Answer,
    /// A cancelled start's return.
    Cancel,
    /// A graceful stop.
    Stop,
    /// A stop by force.
    Kill,
}

/// What is to be done. Long ones end in exactly one input, as each says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Make the server's token and OAuth client, as the first part of the next [`Effect::CallStart`].
    MintTokens,
    /// Revoke its token, its OAuth client and every token of that.
    RevokeTokens,
    /// Call the driver's start. Ends in `Started` or `StartFailed`.
    CallStart,
    /// Look at a server of an earlier run of the hub, as long as it takes until its driver can say something.
    /// Ends in `Adopted`, `NotAdopted` or `Observed`.
    CallCheck,
    /// Read the server's last lines, as the first part of the next [`Effect::CallStop`].
    TakeLog,
    /// Call the driver's stop. Ends in `Stopped`, `StopFailed` or `EngineGone`.
    CallStop {
        /// How.
        mode: StopMode,
    },
    /// Ask the running start to return soon. It still ends in `Started` or `StartFailed`.
    CancelStart,
    /// Drop whatever call runs; it ends in nothing any more. Nothing happens where none runs.
    DropCall,
    /// Wait until what runs the server answers, as long as it takes. Ends in `EngineBack`.
    AwaitEngine,
    /// Ask until the server answers. Ends in `Answered`.
    Probe {
        /// Where.
        url: String,
    },
    /// Tell the proxy. Ends in `Routed` or `RouteFailed`.
    AddRoute {
        /// The target.
        url: String,
    },
    /// Make the proxy forget it.
    DeleteRoute,
    /// Wait for something no longer than this; takes the place of an earlier deadline. Ends in `DeadlinePassed`.
    SetDeadline {
        /// For what.
        deadline: Deadline,
        /// Until when.
        at: Timestamp,
    },
    /// Forget the deadline.
    ClearDeadline,
    /// Write the record down, durably, before the next effect.
    Persist,
    /// Show the new state.
    Publish,
}

/// What the machine decided: the next state, and what to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The state from now on.
    pub next: ServerState,
    /// What to do.
    pub effects: Vec<Effect>,
}

/// Why a start makes no sense in the present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It runs already.
    Running,
    /// It is being stopped.
    Stopping,
    /// It is being looked at after a hub restart.
    Checking,
}

// === impl Step ===

impl Step {
    /// A step to a state.
    pub(super) fn to(next: ServerState, effects: Vec<Effect>) -> Self {
        Self { next, effects }
    }

    /// No change and nothing to do.
    pub(super) fn stay(state: &ServerState) -> Self {
        Self { next: state.clone(), effects: Vec::new() }
    }
}

// === impl StopCause ===

impl From<StopCause> for StopReason {
    fn from(cause: StopCause) -> Self {
        match cause {
            StopCause::Asked => Self::Asked,
            StopCause::Restart => Self::Restart,
            StopCause::Culled { rule, words } => Self::Culled { rule, words },
            StopCause::Shutdown => Self::Shutdown,
        }
    }
}

// === impl Refused ===

impl Refused {
    /// The sentence for whoever asked, as JupyterHub words it.
    pub fn words(self, key: &ServerKey) -> String {
        match self {
            Self::Running => format!("{key} is already running"),
            Self::Stopping => format!("{key} is pending stop"),
            Self::Checking => format!("{key} is pending check"),
        }
    }
}
