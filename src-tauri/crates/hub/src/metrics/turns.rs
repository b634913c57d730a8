//! What happened to servers because the hub did it, read off their states as they come: a start that came to its end,
//! a stop that did. Pure; both the figures and the event log live on it.

use std::collections::HashMap;
use std::time::Duration;

use labdeck_model::{ServerKey, ServerState, StopReason, Timestamp};
use parking_lot::Mutex;

/// What the hub did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// A server was started, and is ready after so long.
    Started(Duration),
    /// A start failed after so long.
    StartFailed(Duration),
    /// A server was stopped, in so long.
    Stopped(Duration),
    /// A stop failed after so long.
    StopFailed(Duration),
}

/// What servers are in the middle of.
#[derive(Debug, Default)]
pub struct Turns(Mutex<HashMap<ServerKey, Doing>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    Starting(Timestamp),
    /// Found running after a start of the hub: nobody starts it.
    Adopting,
    Stopping(Timestamp),
    /// It died: nobody stops it.
    Ending,
    Running,
}

// === impl Turns ===

impl Turns {
    /// Takes a state in; answers what it brings to an end.
    pub fn see(&self, key: &ServerKey, state: &ServerState, now: Timestamp) -> Option<Turn> {
        let mut all = self.0.lock();
        let before = all.get(key).copied();
        let (doing, turn) = step(before, state, now);
        match doing {
            Some(doing) => drop(all.insert(key.clone(), doing)),
            None => drop(all.remove(key)),
        }
        turn
    }
}

fn step(before: Option<Doing>, state: &ServerState, now: Timestamp) -> (Option<Doing>, Option<Turn>) {
    let begun = |since: Timestamp| now.since(since);
    match state {
        // A place in the queue is no part of a start.
        ServerState::Queued { .. } => (None, None),
        ServerState::Checking { .. } => (Some(Doing::Adopting), None),
        ServerState::Starting { .. } | ServerState::Waiting { .. } | ServerState::Routing { .. } => match before {
            Some(Doing::Starting(_) | Doing::Adopting) => (before, None),
            Some(Doing::Stopping(_) | Doing::Ending | Doing::Running) | None => (Some(Doing::Starting(now)), None),
        },
        ServerState::Ready { .. } => match before {
            Some(Doing::Starting(since)) => (Some(Doing::Running), Some(Turn::Started(begun(since)))),
            Some(Doing::Adopting | Doing::Stopping(_) | Doing::Ending | Doing::Running) | None => {
                (Some(Doing::Running), None)
            }
        },
        ServerState::Stopping { reason, .. } => match (reason, before) {
            (StopReason::StartFailed { .. }, Some(Doing::Starting(_))) => (before, None),
            (StopReason::StartFailed { .. } | StopReason::Died { .. }, _) => (Some(Doing::Ending), None),
            (_, Some(Doing::Stopping(_))) => (before, None),
            (_, _) => (Some(Doing::Stopping(now)), None),
        },
        ServerState::Stopped { .. } => (
            None,
            match before {
                Some(Doing::Stopping(since)) => Some(Turn::Stopped(begun(since))),
                Some(Doing::Starting(since)) => Some(Turn::StartFailed(begun(since))),
                Some(Doing::Adopting | Doing::Ending | Doing::Running) | None => None,
            },
        ),
        ServerState::Failed { .. } => (
            None,
            match before {
                Some(Doing::Starting(since)) => Some(Turn::StartFailed(begun(since))),
                Some(Doing::Stopping(since)) => Some(Turn::StopFailed(begun(since))),
                Some(Doing::Adopting | Doing::Ending | Doing::Running) | None => None,
            },
        ),
    }
}

#[cfg(test)]
mod tests {
    use labdeck_model::{Failure, LastExit, StartStep, UserName};

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_micros(second * 1_000_000)
    }

    fn turns(states: &[ServerState]) -> Vec<Turn> {
        let (turns, key) = (Turns::default(), ServerKey::default_of(UserName::parse("ada").unwrap()));
        let seen = states.iter().zip(1..).filter_map(|(state, second)| turns.see(&key, state, at(second)));
        seen.collect()
    }

    fn starting() -> ServerState {
        ServerState::Starting { since: at(0), deadline: at(0), step: StartStep::Creating }
    }

    fn stopping(reason: StopReason) -> ServerState {
        ServerState::Stopping { since: at(0), deadline: at(0), reason }
    }

    #[test]
    fn only_what_the_hub_did_and_finished_counts() {
        let url = || "http://x".to_owned();
        let routing = || ServerState::Routing { since: at(0), url: url() };
        let ready = || ServerState::Ready { url: url(), started: at(0) };
        let stopped = || ServerState::Stopped { last_exit: None };
        let failed = || ServerState::Failed { at: at(0), failure: Failure::new("x", "No.", "") };
        let died = || StopReason::Died { exit: LastExit::new(at(0), "exited", "It ended.") };
        let seconds = Duration::from_secs;
        let life = [starting(), routing(), ready(), stopping(StopReason::Asked), stopped()];
        assert_eq!(turns(&life), [Turn::Started(seconds(2)), Turn::Stopped(seconds(1))]);
        assert_eq!(turns(&[starting(), failed()]), [Turn::StartFailed(seconds(1))]);
        assert_eq!(turns(&[ready(), stopping(died()), stopped()]), []);
        assert_eq!(turns(&[ServerState::Checking { since: at(0) }, routing(), ready()]), []);
        assert_eq!(turns(&[ready(), stopping(StopReason::Asked), failed()]), [Turn::StopFailed(seconds(1))]);
    }
}
