//! What a driver knows of one server: [`SpawnerState`], its opaque memory, and [`Liveness`], what a look at it showed.

use labdeck_model::{Failure, LastExit, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::diagnosis::{Evidence, Phase, kind, recognise};

/// How many of its last lines can tell why a server ended that people worked in: those before are about their work.
const LAST_LINES: usize = 5;

/// A driver's memory of one server. The hub stores it and hands it back; only the driver reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpawnerState(pub Value);

/// What a look at a server showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Liveness {
    /// It runs.
    Running,
    /// It ended, and what is left of it tells how.
    Exited(Exit),
    /// Nothing of it is left.
    Gone,
}

/// How a server ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exit {
    /// Its exit code, where there is one; 128 + n after signal n.
    pub code: Option<i64>,
    /// Whether it was ended because it used more memory than it may.
    pub out_of_memory: bool,
    /// Whether what runs it was away and came back in between: then they ended together.
    pub with_engine: bool,
    /// Whether the computer that it ran on was started anew: then nothing that ran before runs any more.
    pub with_computer: bool,
    /// What the machinery said of it, as `exec: "start": not found`; often empty.
    pub detail: String,
    /// Its last lines, oldest first.
    pub log: Vec<String>,
}

// === impl Liveness ===

impl Liveness {
    /// The same, seen for the first time after what runs the server was away: an end is put down to that.
    #[must_use]
    pub fn with_engine(self) -> Self {
        match self {
            Self::Running => Self::Running,
            Self::Exited(exit) => Self::Exited(Exit { with_engine: true, ..exit }),
            Self::Gone => Self::Exited(Exit { with_engine: true, ..Exit::default() }),
        }
    }
}

// === impl Exit ===

impl Exit {
    /// Why it ended, one sentence for its user.
    pub fn reason(&self) -> String {
        if self.out_of_memory {
            return "The server used more memory than it is allowed and was ended.".into();
        }
        match self.code {
            Some(0) => "The server ended by itself.".into(),
            Some(137) => "The server was killed from outside.".into(),
            Some(143) => "The server was ended from outside.".into(),
            Some(code) => format!("The server ended with exit code {code}."),
            None => "The server ended.".into(),
        }
    }

    /// How it ended, for a server that was ready before.
    pub fn last_exit(&self, at: Timestamp) -> LastExit {
        let Failure { kind, message, remedy, log } = if self.out_of_memory {
            let remedy =
                "Start it again, with a larger size if it needs that much; a smaller piece of the data helps too.";
            self.told(kind::OUT_OF_MEMORY, self.reason(), remedy)
        } else if self.with_computer {
            let message = "The computer was restarted, and the server ended with it.".to_owned();
            self.told(kind::COMPUTER_RESTARTED, message, "Start it again. Saved files are as they were.")
        } else if self.with_engine && (self.was_ended() || self.code == Some(255)) {
            let message = "Docker was restarted, and the server ended with it.".to_owned();
            self.told(kind::ENGINE_RESTARTED, message, "Start it again. Saved files are as they were.")
        } else if self.was_ended() {
            self.told("exited", self.reason(), "")
        } else {
            self.cause_of_end()
        };
        LastExit { at, reason: message, kind, remedy, log }
    }

    /// The same as a failed start, with what can be done about it.
    pub fn failure(&self) -> Failure {
        if self.out_of_memory {
            let message = "The server used all the memory it is allowed before it was ready, and was ended.";
            let remedy = "Start it with a larger size, or ask the person who runs the hub for one.";
            return self.told(kind::OUT_OF_MEMORY_AT_START, message.into(), remedy);
        }
        if self.with_engine && self.was_ended() {
            let message = "Docker was restarted while the server was starting.".to_owned();
            return self.told(kind::ENGINE_RESTARTED, message, "Start it again.");
        }
        self.cause_of_failure()
    }

    /// Whether it ended well or by a signal from outside: then nothing that it wrote is the cause.
    fn was_ended(&self) -> bool {
        matches!(self.code, Some(0 | 130 | 137 | 143) | None) && self.detail.is_empty()
    }

    /// Why a server that was ready ended.
    fn cause_of_end(&self) -> Failure {
        let last = &self.log[self.log.len().saturating_sub(LAST_LINES)..];
        let known = recognise(Evidence { said: &self.detail, log: last, phase: Phase::Work });
        known.map_or_else(|| self.unknown(), |known| Failure { log: self.log.clone(), ..known })
    }

    /// Why a start ended.
    fn cause_of_failure(&self) -> Failure {
        if let Some(known) = recognise(Evidence { said: &self.detail, log: &self.log, phase: Phase::Start }) {
            return known;
        }
        if self.code == Some(127) {
            let message = "The image has no notebook server that Labdeck can start.".to_owned();
            let remedy =
                "Choose an image that contains jupyterhub-singleuser, such as those of the Jupyter Docker Stacks.";
            return self.told(kind::IMAGE_UNUSABLE, message, remedy);
        }
        self.unknown()
    }

    fn unknown(&self) -> Failure {
        self.told("exited", self.reason(), "The last lines that it wrote, below, usually tell why.")
    }

    fn told(&self, kind: &str, message: String, remedy: &str) -> Failure {
        Failure { kind: kind.into(), message, remedy: remedy.into(), log: self.log.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_is_told_by_its_cause() {
        let kind = |exit: Exit| exit.failure().kind;
        assert_eq!(kind(Exit { code: Some(137), out_of_memory: true, ..Exit::default() }), "out_of_memory_at_start");
        assert_eq!(kind(Exit { code: Some(127), ..Exit::default() }), "image_unusable");
        assert_eq!(
            kind(Exit { code: Some(1), log: vec!["exec /x: exec format error".into()], ..Exit::default() }),
            "wrong_architecture"
        );
        assert_eq!(kind(Exit { code: Some(1), ..Exit::default() }), "exited");
    }

    #[test]
    fn a_server_that_was_ended_is_not_blamed_for_old_lines_of_its_log() {
        let at = Timestamp::from_unix_micros(0);
        let log = vec!["PermissionError: [Errno 13] Permission denied: '/data'".to_owned()];
        let last = |exit: Exit| exit.last_exit(at).kind;
        assert_eq!(last(Exit { code: Some(143), log: log.clone(), ..Exit::default() }), "exited");
        assert_eq!(last(Exit { code: Some(1), log: log.clone(), ..Exit::default() }), "permission_denied");
        let restarted = |code| Exit { code: Some(code), with_engine: true, ..Exit::default() };
        assert_eq!(last(restarted(143)), "engine_restarted");
        assert_eq!(last(restarted(3)), "exited", "it had a reason of its own");
        assert_eq!(last(Exit { with_computer: true, log: log.clone(), ..Exit::default() }), "computer_restarted");
        let full = Exit { code: Some(137), out_of_memory: true, log: log.clone(), ..Exit::default() };
        assert_eq!((last(full.clone()).as_str(), full.last_exit(at).log), ("out_of_memory", log));
    }

    #[test]
    fn a_server_that_people_worked_in_ends_for_what_it_said_last() {
        let at = Timestamp::from_unix_micros(0);
        let denied = "PermissionError: [Errno 13] Permission denied: '/data'";
        let lines = |first: &str, after: usize| {
            let more = (0..after).map(|line| format!("200 GET /{line}"));
            std::iter::once(first.to_owned()).chain(more).collect::<Vec<_>>()
        };
        let rows = [
            (1, lines(denied, 2), "permission_denied"),
            (1, lines(denied, 8), "exited"),
            (1, lines("MemoryError: Unable to allocate 30.0 GiB", 1), "exited"),
            (1, lines("429 Too Many Requests", 1), "exited"),
            (1, lines("x509: certificate signed by unknown authority", 1), "exited"),
            (1, lines("OSError: [Errno 121] Remote I/O error", 1), "exited"),
            (1, lines("OSError: [Errno 130] Owner died", 1), "exited"),
            (127, lines("sh: tool: not found", 1), "exited"),
        ];
        for (code, log, kind) in rows {
            let last = Exit { code: Some(code), log: log.clone(), ..Exit::default() }.last_exit(at);
            assert_eq!((last.kind.as_str(), last.log.len()), (kind, log.len()), "{log:?}");
        }
        let detail = "write /var/lib/docker/x: no space left on device".to_owned();
        let full = Exit { code: Some(1), detail, log: lines(denied, 1), ..Exit::default() };
        assert_eq!(full.last_exit(at).kind, "disk_full", "the engine's words go first");
    }
}
