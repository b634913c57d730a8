//! [`EventLog`]: what the hub did with servers, as JupyterHub's event logger writes it: one JSON object for each line,
//! of the schema `server-action`. Owns the form of the lines and the writing; what counts is `metrics::Turns`'. Lines
//! are written on a thread of their own: a handler that takes nothing (a pipe without a reader, a dead network
//! folder) must hold up neither a server nor the hub's end.

use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use labdeck_model::{ServerKey, Timestamp};
use serde_json::{Value, json};

use crate::metrics::Turn;

/// JupyterHub's name of the schema, and its version (6.1, `event-schemas/server-actions/v1.yaml`).
const SCHEMA: (&str, &str) = ("https://schema.jupyter.org/jupyterhub/events/server-action", "1");

/// How many lines may wait for their handlers; those beyond are lost, and that is said.
const WAITING: usize = 1024;

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
pub struct EventLog(Option<SyncSender<String>>);

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
        if handlers.is_empty() {
            return Self(None);
        }
        let (line, lines) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("labdeck-events".to_owned());
        match thread.spawn(move || write_all(&handlers, &lines)) {
            Ok(_) => Self(Some(line)),
            Err(error) => {
                tracing::error!(%error, "Could not begin the event log: it stays off until the hub starts again");
                Self(None)
            }
        }
    }

    /// Writes down what was done, if it was done: failures and ends of their own are no events. Waits for nothing.
    pub fn note(&self, key: &ServerKey, turn: Turn, now: Timestamp) {
        let action = match turn {
            Turn::Started(_) => "start",
            Turn::Stopped(_) => "stop",
            Turn::StartFailed(_) | Turn::StopFailed(_) => return,
        };
        let Some(lines) = &self.0 else { return };
        if let Err(TrySendError::Full(_)) = lines.try_send(format!("{}\n", record(key, action, now))) {
            tracing::warn!(server.key = %key, "An event was lost, because {WAITING} wait: look at [event_logger] handlers");
        }
    }
}

/// The thread of a log: until the log is gone.
fn write_all(handlers: &[EventHandler], lines: &Receiver<String>) {
    for line in lines {
        for handler in handlers {
            if let Err(error) = handler.write(&line) {
                tracing::error!(%error, "Could not write an event to {handler:?}: look at [event_logger] handlers");
            }
        }
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

    const SECOND: Duration = Duration::from_secs(1);

    fn ada() -> ServerKey {
        ServerKey::default_of(UserName::parse("ada").unwrap())
    }

    /// One that takes nothing: a pipe without a reader.
    #[cfg(unix)]
    #[test]
    fn a_handler_that_takes_nothing_holds_nobody_up() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let log = EventLog::new(vec![EventHandler::File(pipe)]);
        (0..2 * WAITING).for_each(|_| log.note(&ada(), Turn::Started(SECOND), Timestamp::from_unix_micros(0)));
    }

    #[test]
    fn what_was_done_is_a_line_of_the_schema_and_what_failed_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        let (line, lines) = sync_channel(WAITING);
        let log = EventLog(Some(line));
        for turn in [Turn::Started(SECOND), Turn::StartFailed(SECOND), Turn::Stopped(SECOND), Turn::StopFailed(SECOND)]
        {
            log.note(&ada(), turn, Timestamp::from_unix_micros(0));
        }
        drop(log);
        write_all(&[EventHandler::File(path.clone())], &lines);
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
