//! [`EventLog`]: what the hub did with servers, as JupyterHub's event logger writes it: one JSON object for each line,
//! of the schema `server-action`. Owns the form of the lines and the writing; what counts is `metrics::Turns`'.

use std::io::Write;
use std::path::PathBuf;

use labdeck_model::{ServerKey, Timestamp};
use serde_json::{Value, json};

use crate::metrics::Turn;
use crate::tasks;

/// JupyterHub's name of the schema, and its version (6.1, `event-schemas/server-actions/v1.yaml`).
const SCHEMA: (&str, &str) = ("https://schema.jupyter.org/jupyterhub/events/server-action", "1");

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventHandler {
    /// The hub's output.
    Output,
    /// Where the hub complains.
    Errors,
    /// A file, to whose end lines are added.
    File(PathBuf),
}

/// The log.
#[derive(Debug, Clone, Default)]
pub struct EventLog(Vec<EventHandler>);

// === impl EventHandler ===

impl EventHandler {
    /// `stdout`, `stderr`, or the path of a file.
    pub fn of(text: &str) -> Self {
        match text {
            "stdout" => Self::Output,
            "stderr" => Self::Errors,
            path => Self::File(path.into()),
        }
    }

    fn write(&self, line: &str) -> std::io::Result<()> {
        match self {
            Self::Output => std::io::stdout().write_all(line.as_bytes()),
            Self::Errors => std::io::stderr().write_all(line.as_bytes()),
            // Opened for each line: whoever turns logs over need not tell us.
            Self::File(path) => {
                let mut options = std::fs::OpenOptions::new();
                options.create(true).append(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                options.open(path)?.write_all(line.as_bytes())
            }
        }
    }
}

// === impl EventLog ===

impl EventLog {
    /// A log that goes to all of these; to none of them it is off, as JupyterHub's is.
    pub fn new(handlers: Vec<EventHandler>) -> Self {
        Self(handlers)
    }

    /// Writes down what was done, if it was done: failures and ends of their own are no events.
    ///
    /// # Cancellation
    /// The line is written all the same.
    pub async fn note(&self, key: &ServerKey, turn: Turn, now: Timestamp) {
        let action = match turn {
            Turn::Started(_) => "start",
            Turn::Stopped(_) => "stop",
            Turn::StartFailed(_) | Turn::StopFailed(_) => return,
        };
        if self.0.is_empty() {
            return;
        }
        let (handlers, line) = (self.0.clone(), format!("{}\n", record(key, action, now)));
        tasks::blocking(move || {
            for handler in &handlers {
                if let Err(error) = handler.write(&line) {
                    tracing::error!(%error, "Could not write an event to {handler:?}: look at [event_logger] handlers");
                }
            }
        })
        .await;
    }
}

fn record(key: &ServerKey, action: &str, now: Timestamp) -> Value {
    let (schema, version) = SCHEMA;
    json!({
        "__timestamp__": now,
        "__schema__": schema,
        "__schema_version__": version,
        "__metadata_version__": 1,
        "action": action,
        "username": key.user,
        "servername": key.server,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use labdeck_model::UserName;

    use super::*;

    #[tokio::test]
    async fn what_was_done_is_a_line_of_the_schema_and_what_failed_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        let log = EventLog::new(vec![EventHandler::File(path.clone())]);
        let key = ServerKey::default_of(UserName::parse("ada").unwrap());
        let second = Duration::from_secs(1);
        for turn in [Turn::Started(second), Turn::StartFailed(second), Turn::Stopped(second), Turn::StopFailed(second)]
        {
            log.note(&key, turn, Timestamp::from_unix_micros(0)).await;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["__schema__"], "https://schema.jupyter.org/jupyterhub/events/server-action");
        assert_eq!((&lines[0]["__schema_version__"], &lines[0]["action"]), (&json!("1"), &json!("start")));
        assert_eq!(
            (&lines[1]["action"], &lines[1]["username"], &lines[1]["servername"]),
            (&json!("stop"), &json!("ada"), &json!(""))
        );
        assert!(lines[0]["__timestamp__"].as_str().unwrap().ends_with('Z'), "{}", lines[0]);
    }
}
