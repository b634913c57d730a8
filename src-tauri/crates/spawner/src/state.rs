//! What a driver knows of one server: [`SpawnerState`], its opaque memory, and [`Liveness`], what a look at it showed.

use labdeck_model::{Failure, LastExit, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

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
    /// What the machinery said of it, as `exec: "start": not found`; often empty.
    pub detail: String,
    /// Its last lines, oldest first.
    pub log: Vec<String>,
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

    /// The same for a server that was ready before.
    pub fn last_exit(&self, at: Timestamp) -> LastExit {
        let Failure { kind, message, remedy, log } = self.failure();
        LastExit { at, reason: message, kind, remedy, log }
    }

    /// The same as a failed start, with what can be done about it.
    pub fn failure(&self) -> Failure {
        let said = |text: &str| self.detail.contains(text) || self.log.iter().any(|line| line.contains(text));
        let (kind, message, remedy) = if self.out_of_memory {
            ("out_of_memory", self.reason(), "Close other work, or ask for a stack with a higher memory limit.")
        } else if said("exec format error") {
            (
                "wrong_architecture",
                "The image is made for another kind of processor.".to_owned(),
                "Choose an image that is made for this machine.",
            )
        } else if self.code == Some(127) || said("executable file not found") {
            (
                "image_unusable",
                "The image has no notebook server that Labdeck can start.".to_owned(),
                "Choose an image that contains jupyterhub-singleuser, such as those of the Jupyter Docker Stacks.",
            )
        } else {
            ("exited", self.reason(), "The last lines that it wrote, below, usually tell why.")
        };
        Failure { kind: kind.into(), message, remedy: remedy.into(), log: self.log.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_is_told_by_its_cause() {
        let kind = |exit: Exit| exit.failure().kind;
        assert_eq!(kind(Exit { code: Some(137), out_of_memory: true, ..Exit::default() }), "out_of_memory");
        assert_eq!(kind(Exit { code: Some(127), ..Exit::default() }), "image_unusable");
        assert_eq!(
            kind(Exit { code: Some(1), log: vec!["exec /x: exec format error".into()], ..Exit::default() }),
            "wrong_architecture"
        );
        assert_eq!(kind(Exit { code: Some(1), ..Exit::default() }), "exited");
    }
}
