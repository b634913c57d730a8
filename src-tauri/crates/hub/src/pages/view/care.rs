//! What a page says about a server's wellbeing: the stop that comes, notices while it runs, how it ended.

use labdeck_model::{LastExit, ServerEntry, ServerView, Timestamp};
use serde::Serialize;

use super::{Moment, When};

/// How a server ended.
#[derive(Debug, Clone, Serialize)]
pub struct StopNote {
    /// Why, in a sentence.
    pub reason: String,
    /// When.
    pub at: When,
    /// What can be done about it; empty where nothing needs to be.
    pub remedy: String,
    /// Whether something went wrong, rather than somebody or a rule wanting it.
    pub trouble: bool,
    /// Its last lines, where it ended by itself.
    pub log: Vec<String>,
    /// What had happened to it before, newest last: a kernel that ran out of memory.
    pub before: Vec<NoteLine>,
}

/// Something to read about a server, with its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoteLine {
    /// What.
    pub message: String,
    /// When.
    pub at: When,
}

/// A server that will be stopped by itself, or is kept from it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Care {
    /// The stop that comes.
    pub stops: Option<NoteLine>,
    /// Until when it is kept awake.
    pub awake_until: Option<When>,
    /// What its user should know, newest last.
    pub notices: Vec<NoteLine>,
}

/// `awake.html`: keeping a server awake. Posts `hours` to [`super::ServerLinks::awake`].
#[derive(Debug, Clone, Serialize)]
pub struct AwakePage {
    /// Whose server it is.
    pub owner: String,
    /// Whether the reader is that user.
    pub yours: bool,
    /// The server's name; empty for the default server.
    pub name: String,
    /// Whether it runs.
    pub runs: bool,
    /// The stop that comes, or how long it is kept.
    pub care: Care,
    /// Why the form was refused.
    pub error: Option<String>,
    /// Where it leads.
    pub links: super::ServerLinks,
}

/// Ends that somebody or a rule wanted.
const WANTED: [&str; 8] = ["asked", "shutdown", "idle", "busy_but_silent", "max_age", "service", "restart", ""];
/// Lines of a history that explain an end.
const TELLING: [&str; 1] = ["out_of_memory"];

// === impl StopNote ===

impl StopNote {
    /// From what is kept of the end; `history` is the server's, newest first.
    pub fn new(exit: &LastExit, history: &[ServerEntry], moment: Moment) -> Self {
        // What happened in the life that ended: nothing older than the start before it.
        let life = history.iter().skip_while(|entry| entry.at > exit.at).take_while(|entry| entry.kind != "ready");
        let telling = life.filter(|entry| TELLING.contains(&entry.kind.as_str()));
        let mut before: Vec<_> = telling.map(|entry| NoteLine::new(&entry.message, entry.at, moment)).collect();
        before.reverse();
        Self {
            reason: exit.reason.clone(),
            at: moment.words(exit.at),
            remedy: exit.remedy.clone(),
            trouble: !WANTED.contains(&exit.kind.as_str()),
            log: exit.log.clone(),
            before,
        }
    }
}

// === impl NoteLine ===

impl NoteLine {
    fn new(message: &str, at: Timestamp, moment: Moment) -> Self {
        Self { message: message.to_owned(), at: moment.words(at) }
    }
}

// === impl Care ===

impl Care {
    /// From what the API shows of a server.
    pub fn new(view: &ServerView, moment: Moment) -> Self {
        let kept = view.labdeck_awake_until.filter(|until| *until > moment.now && view.ready);
        let stops = view.labdeck_stops.as_ref();
        Self {
            stops: stops.map(|stop| NoteLine::new(&stop.message, stop.at, moment)),
            awake_until: kept.map(|until| moment.words(until)),
            notices: view.labdeck_notices.iter().map(|n| NoteLine::new(&n.message, n.at, moment)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::UtcOffset;

    use super::*;

    #[test]
    fn an_end_tells_what_led_to_it_in_that_life_only() {
        let at = |seconds| Timestamp::from_unix_micros(0).after(Duration::from_secs(seconds));
        let entry = |id: i64, kind: &str| ServerEntry {
            id,
            at: at(id.unsigned_abs()),
            kind: kind.to_owned(),
            message: format!("{kind} {id}"),
        };
        let moment = Moment { now: at(100), offset: UtcOffset::UTC };
        let history = [
            entry(5, "stopped"),
            entry(4, "out_of_memory"),
            entry(3, "message"),
            entry(2, "ready"),
            entry(1, "out_of_memory"),
        ];
        let note = StopNote::new(&LastExit::new(at(5), "idle", "Idle."), &history, moment);
        let before: Vec<_> = note.before.iter().map(|line| line.message.as_str()).collect();
        assert_eq!((before, note.trouble), (vec!["out_of_memory 4"], false));
        assert!(StopNote::new(&LastExit::new(at(5), "exited", "Ended."), &[], moment).trouble);
    }
}
