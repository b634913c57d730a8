//! How long the parts of a start take: the wait for its turn, the fetch, the rest. Sees each state that a server
//! enters and says at the end of a start how it went. Pure; the hub keeps what it says and learns the usual time.

use std::time::Duration;

use labdeck_model::{Failure, ServerState, StartStep, StopReason, Timestamp};

/// How a start ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server serves.
    Ready,
    /// It failed.
    Failed(Failure),
    /// Somebody called it off.
    Cancelled,
}

/// A start that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartTimes {
    /// When it was asked for.
    pub begun: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it waited for its turn.
    pub queued: Duration,
    /// How long what it runs was fetched.
    pub fetched: Duration,
    /// The rest: from its turn to its end, without the fetch.
    pub started: Duration,
}

/// Measures one start. Does nothing for a server that was taken over.
#[derive(Debug, Clone, Default)]
pub(super) struct Stopwatch {
    asked: Option<Timestamp>,
    turn: Option<Timestamp>,
    fetch_began: Option<Timestamp>,
    fetched: Duration,
}

// === impl Stopwatch ===

impl Stopwatch {
    /// Takes note of the state that is entered. Answers the times at the end of a start, once.
    pub(super) fn see(&mut self, state: &ServerState, now: Timestamp) -> Option<StartTimes> {
        match state {
            ServerState::Queued { since } => {
                self.asked.get_or_insert(*since);
                None
            }
            ServerState::Starting { since, step, .. } => {
                self.asked.get_or_insert(*since);
                self.turn.get_or_insert(*since);
                if *step == StartStep::Pulling {
                    self.fetch_began.get_or_insert(now);
                } else {
                    self.end_fetch(now);
                }
                None
            }
            ServerState::Waiting { .. } | ServerState::Routing { .. } => {
                self.end_fetch(now);
                None
            }
            ServerState::Ready { .. } => self.end(Outcome::Ready, now),
            ServerState::Stopping { reason, .. } => match reason {
                StopReason::StartFailed { failure } => self.end(Outcome::Failed(failure.clone()), now),
                StopReason::Asked | StopReason::Restart | StopReason::Culled { .. } | StopReason::Shutdown => {
                    self.end(Outcome::Cancelled, now)
                }
                StopReason::Died { .. } => None,
            },
            ServerState::Failed { failure, .. } => self.end(Outcome::Failed(failure.clone()), now),
            ServerState::Stopped { .. } | ServerState::Checking { .. } => None,
        }
    }

    /// How long the last fetch took.
    pub(super) fn fetched(&self) -> Duration {
        self.fetched
    }

    fn end_fetch(&mut self, now: Timestamp) {
        if let Some(began) = self.fetch_began.take() {
            self.fetched += now.since(began);
        }
    }

    fn end(&mut self, outcome: Outcome, now: Timestamp) -> Option<StartTimes> {
        self.end_fetch(now);
        let begun = self.asked.take()?;
        let turn = self.turn.take();
        let queued = turn.unwrap_or(now).since(begun);
        let started = turn.map_or(Duration::ZERO, |turn| now.since(turn)).saturating_sub(self.fetched);
        Some(StartTimes { begun, outcome, queued, fetched: self.fetched, started })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_micros(second * 1_000_000)
    }

    fn starting(since: i64, step: StartStep) -> ServerState {
        ServerState::Starting { since: at(since), deadline: at(since), step }
    }

    #[test]
    fn the_parts_of_a_start_are_told_apart_once() {
        let mut watch = Stopwatch::default();
        assert_eq!(watch.see(&ServerState::Queued { since: at(0) }, at(0)), None);
        watch.see(&starting(5, StartStep::Queued), at(5));
        watch.see(&starting(5, StartStep::Pulling), at(6));
        watch.see(&starting(5, StartStep::Creating), at(46));
        assert_eq!(watch.fetched().as_secs(), 40);
        let ready = ServerState::Ready { url: String::new(), started: at(53) };
        let times = watch.see(&ready, at(53)).unwrap();
        let seconds = (times.queued.as_secs(), times.fetched.as_secs(), times.started.as_secs());
        assert_eq!((times.outcome, seconds, times.begun), (Outcome::Ready, (5, 40, 8), at(0)));
        assert_eq!(watch.see(&ready, at(60)), None);
    }

    #[test]
    fn a_start_that_is_called_off_in_the_queue_only_waited() {
        let mut watch = Stopwatch::default();
        watch.see(&ServerState::Queued { since: at(0) }, at(0));
        let stopping = ServerState::Stopping { since: at(9), deadline: at(9), reason: StopReason::Asked };
        let times = watch.see(&stopping, at(9)).unwrap();
        assert_eq!((times.outcome, times.queued.as_secs(), times.started.as_secs()), (Outcome::Cancelled, 9, 0));
    }

    #[test]
    fn a_server_that_was_taken_over_has_no_start() {
        let mut watch = Stopwatch::default();
        watch.see(&ServerState::Checking { since: at(0) }, at(0));
        assert_eq!(watch.see(&ServerState::Ready { url: String::new(), started: at(0) }, at(1)), None);
    }
}
