//! The lines that the lifecycle adds to a server's history: what a change of state says to people. Pure. Who asked for
//! a restart is noted by the use-case that was asked.

use labdeck_model::{ServerState, StartStep, StopReason, Timestamp};

use super::ports::{Engine, Snapshot};
use super::stopwatch::Stopwatch;

/// A line: its kind and its words.
pub(super) type Line = (&'static str, String);

/// What entering `after` from `before` is worth saying. `watch` has seen neither.
pub(super) fn of_change(before: &Snapshot, after: &ServerState, watch: &Stopwatch, now: Timestamp) -> Option<Line> {
    let spent = |since: Timestamp| seconds(now.since(since).as_secs());
    match (before.state(), after) {
        (ServerState::Stopped { .. } | ServerState::Failed { .. }, ServerState::Queued { .. }) => {
            let why = before.waiting.as_ref().map(|waiting| waiting.message.as_str()).unwrap_or_default();
            Some(("queued", format!("The start waits. {why}").trim_end().to_owned()))
        }
        (ServerState::Queued { since }, ServerState::Starting { .. }) => {
            Some(("turn", format!("Its turn came after {}.", spent(*since))))
        }
        (ServerState::Starting { step: StartStep::Pulling, .. }, ServerState::Starting { step, .. })
            if *step != StartStep::Pulling =>
        {
            let mut watch = watch.clone();
            watch.see(after, now);
            Some(("fetched", format!("What it runs was fetched in {}.", seconds(watch.fetched().as_secs()))))
        }
        (ServerState::Routing { since, .. }, ServerState::Ready { .. }) => Some(match before.record.started {
            None => ("ready", format!("Ready after {}.", spent(*since))),
            Some(_) => ("adopted", "Found running, and taken over.".to_owned()),
        }),
        (ServerState::Stopping { .. }, ServerState::Stopping { .. }) => None,
        (_, ServerState::Stopping { reason, .. }) => of_reason(reason),
        (ServerState::Stopping { since, reason, .. }, ServerState::Stopped { .. }) => match reason {
            StopReason::Died { exit } => Some(("ended", exit.reason.clone())),
            StopReason::Asked
            | StopReason::Restart
            | StopReason::Culled { .. }
            | StopReason::StartFailed { .. }
            | StopReason::Shutdown => Some(("stopped", format!("Stopped after {}.", spent(*since)))),
        },
        (_, ServerState::Failed { failure, .. }) => Some(("failed", failure.message.clone())),
        _ => None,
    }
}

/// What is said when what runs a server goes or returns.
pub(super) fn of_engine(engine: Engine) -> Line {
    match engine {
        Engine::Gone => (
            "engine_gone",
            "What runs the server does not answer. Nothing is known of the server until it does.".to_owned(),
        ),
        Engine::Answers => ("engine_back", "What runs the server answers again.".to_owned()),
    }
}

fn of_reason(reason: &StopReason) -> Option<Line> {
    match reason {
        StopReason::Culled { words, .. } => Some(("culled", words.clone())),
        StopReason::Shutdown => Some(("shutdown", "The hub ends and takes its servers along.".to_owned())),
        StopReason::Asked => Some(("stop_asked", "A stop was asked for.".to_owned())),
        // Said by who was asked, or told at the end.
        StopReason::Restart | StopReason::StartFailed { .. } | StopReason::Died { .. } => None,
    }
}

fn seconds(count: u64) -> String {
    match count {
        0 => "less than a second".to_owned(),
        1 => "1 second".to_owned(),
        count if count < 120 => format!("{count} seconds"),
        count => format!("{} minutes", count / 60),
    }
}

#[cfg(test)]
mod tests {
    use labdeck_model::{Failure, LastExit, ServerKey, UserName};

    use super::super::ports::Record;
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_micros(second * 1_000_000)
    }

    fn line(before: ServerState, after: &ServerState) -> Option<String> {
        let mut record = Record::new(ServerKey::default_of(UserName::parse("ada").unwrap()));
        record.state = before;
        of_change(&Snapshot::of(record), after, &Stopwatch::default(), at(10)).map(|(_, words)| words)
    }

    #[test]
    fn each_turn_of_a_life_is_told_in_a_sentence() {
        let url = || "http://x".to_owned();
        let starting = || ServerState::Starting { since: at(4), deadline: at(4), step: StartStep::Queued };
        let stopping = |reason| ServerState::Stopping { since: at(8), deadline: at(8), reason };
        let stopped = || ServerState::Stopped { last_exit: None };
        let exit = LastExit::new(at(0), "exited", "It ended by itself.");
        let culled = || StopReason::Culled { rule: "idle".into(), words: "Nobody used it.".into() };
        let ready = ServerState::Ready { url: url(), started: at(9) };
        for (before, after, words) in [
            (stopped(), ServerState::Queued { since: at(1) }, Some("The start waits.")),
            (ServerState::Queued { since: at(1) }, starting(), Some("Its turn came after 9 seconds.")),
            (ServerState::Routing { since: at(4), url: url() }, ready.clone(), Some("Ready after 6 seconds.")),
            (ready.clone(), stopping(culled()), Some("Nobody used it.")),
            (ready.clone(), stopping(StopReason::Asked), Some("A stop was asked for.")),
            (stopping(culled()), stopped(), Some("Stopped after 2 seconds.")),
            (stopping(StopReason::Died { exit }), stopped(), Some("It ended by itself.")),
            (
                stopping(StopReason::Asked),
                ServerState::Failed { at: at(9), failure: Failure::new("x", "No.", "") },
                Some("No."),
            ),
        ] {
            assert_eq!(line(before, &after).as_deref(), words, "{after:?}");
        }
        assert_eq!(seconds(0), "less than a second");
        assert_eq!(seconds(600), "10 minutes");
    }
}
