//! The progress of one start, told in JupyterHub's events (REST API, "server progress"). Owns the log that late
//! readers get from the beginning, and the words for the steps that are the hub's own; the spawner adds its own lines.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::Stream;
use labdeck_model::{ServerState, StartStep};
use labdeck_spawner::Progress;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::watch;
use utoipa::ToSchema;

/// How many lines of one start are kept; a driver that tells more loses the oldest.
const KEPT_LINES: usize = 500;

/// One event of the stream, in JupyterHub's shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProgressEvent {
    /// 0 to 100.
    pub progress: u8,
    /// One line for the server's user.
    pub message: String,
    /// The same with a link, where there is one. Safe to show: everything in it is escaped.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub html_message: Option<String>,
    /// True in the last event of a start that went well.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ready: bool,
    /// True in the last event of a start that did not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
    /// Where the server is, in the last event of a start that went well.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub url: Option<String>,
    /// Which step of the start it belongs to; our own addition, for the page that shows the steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub labdeck_step: Option<StartStep>,
    /// How long a start like this one took lately, in seconds; our own addition, in the first events of a start.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub labdeck_usual_seconds: Option<u32>,
}

/// The log of one start. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct ProgressLog {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Lines with their numbers. A line that says more of the same step takes its predecessor's place.
    lines: Mutex<Lines>,
    /// The number of the newest line.
    newest: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Lines {
    kept: VecDeque<(u64, ProgressEvent)>,
    last_number: u64,
    last_step: Option<StartStep>,
}

/// Reads the progress of one start: what was, then what comes, then the end.
#[derive(Debug)]
pub struct ProgressReader {
    log: ProgressLog,
    newest: watch::Receiver<u64>,
    seen: u64,
    ended: bool,
}

// === impl ProgressEvent ===

impl ProgressEvent {
    fn line(progress: u8, message: impl Into<String>) -> Self {
        Self {
            progress,
            message: message.into(),
            html_message: None,
            ready: false,
            failed: false,
            url: None,
            labdeck_step: None,
            labdeck_usual_seconds: None,
        }
    }

    fn in_step(step: StartStep, progress: u8, message: impl Into<String>) -> Self {
        Self { labdeck_step: Some(step), ..Self::line(progress, message) }
    }

    fn failed(message: String) -> Self {
        Self { failed: true, ..Self::line(100, message) }
    }

    /// `path` is the server's path, percent-encoded, so that it holds nothing that HTML would read as markup.
    fn ready(path: &str) -> Self {
        Self {
            html_message: Some(format!(r#"Server ready at <a href="{path}">{path}</a>"#)),
            ready: true,
            url: Some(path.to_owned()),
            ..Self::line(100, format!("Server ready at {path}"))
        }
    }

    /// The wait in the queue is over.
    pub(super) fn turn_has_come() -> Self {
        Self::in_step(StartStep::Queued, 2, "Its turn has come")
    }

    /// The same with how long such a start usually takes, where that is worth knowing: at its beginning.
    pub(super) fn with_usual(self, seconds: Option<u32>) -> Self {
        Self { labdeck_usual_seconds: seconds.filter(|_| self.labdeck_step == Some(StartStep::Queued)), ..self }
    }

    /// Whether it is the last of its start.
    pub fn is_last(&self) -> bool {
        self.ready || self.failed
    }

    /// What reaching a state adds to the log, if it is worth a line.
    pub(super) fn of_state(state: &ServerState, path: &str) -> Option<Self> {
        match state {
            ServerState::Queued { .. } | ServerState::Starting { step: StartStep::Queued, .. } => {
                Some(Self::in_step(StartStep::Queued, 0, "Server requested"))
            }
            ServerState::Waiting { .. } => {
                Some(Self::in_step(StartStep::Booting, 85, "Waiting for the server to answer"))
            }
            ServerState::Routing { .. } => Some(Self::in_step(StartStep::Booting, 95, "The server answers")),
            ServerState::Checking { .. } => Some(Self::line(0, "Looking at the server after a restart of the hub")),
            ServerState::Ready { .. } => Some(Self::ready(path)),
            ServerState::Failed { failure, .. } => Some(Self::failed(format!("Spawn failed: {}", failure.message))),
            ServerState::Stopped { .. } => Some(Self::failed("Spawn cancelled".to_owned())),
            ServerState::Starting { .. } | ServerState::Stopping { .. } => None,
        }
    }
}

// === impl ProgressLog ===

impl ProgressLog {
    pub(super) fn new() -> Self {
        Self { shared: Arc::new(Shared { lines: Mutex::default(), newest: watch::Sender::new(0) }) }
    }

    /// Adds a line of the driver. Never blocks for long and never fails.
    pub(super) fn report(&self, progress: Progress) {
        let event = ProgressEvent::in_step(progress.step, overall(progress.step, progress.percent), progress.message);
        self.push(event, Some(progress.step));
    }

    /// Adds a line of the hub's own.
    pub(super) fn add(&self, event: ProgressEvent) {
        self.push(event, None);
    }

    fn push(&self, event: ProgressEvent, step: Option<StartStep>) {
        let mut lines = self.shared.lines.lock();
        if lines.kept.back().is_some_and(|(_, last)| last.is_last() || *last == event) {
            return;
        }
        // A download tells its share many times a second, a queue each place: a reader wants the newest, not the
        // history.
        let is_told_often = matches!(step, Some(StartStep::Queued | StartStep::Pulling));
        let more_of_the_same = is_told_often && lines.last_step == step;
        if more_of_the_same {
            lines.kept.pop_back();
        } else if lines.kept.len() == KEPT_LINES {
            lines.kept.pop_front();
        }
        lines.last_number += 1;
        lines.last_step = step;
        let number = lines.last_number;
        lines.kept.push_back((number, event));
        drop(lines);
        self.shared.newest.send_replace(number);
    }

    /// The last line, if it ended the start.
    fn last_event(&self) -> Option<ProgressEvent> {
        let lines = self.shared.lines.lock();
        lines.kept.back().map(|(_, event)| event.clone()).filter(ProgressEvent::is_last)
    }

    /// Whether the start is over and went well.
    pub(super) fn ended_well(&self) -> bool {
        self.last_event().is_some_and(|event| event.ready)
    }

    fn first_after(&self, number: u64) -> Option<(u64, ProgressEvent)> {
        self.shared.lines.lock().kept.iter().find(|(this, _)| *this > number).cloned()
    }

    /// Reads from the beginning, or only the end where the start is over, as JupyterHub does.
    pub(super) fn reader(&self) -> ProgressReader {
        let newest = self.shared.newest.subscribe();
        let over = self.last_event().is_some();
        let seen = if over { self.shared.lines.lock().last_number.saturating_sub(1) } else { 0 };
        ProgressReader { log: self.clone(), newest, seen, ended: false }
    }
}

// === impl ProgressReader ===

impl ProgressReader {
    /// The next event; `None` after the last.
    ///
    /// # Cancellation
    /// Safe to drop; no event is lost.
    pub async fn next(&mut self) -> Option<ProgressEvent> {
        while !self.ended {
            if let Some((number, event)) = self.log.first_after(self.seen) {
                self.seen = number;
                self.ended = event.is_last();
                return Some(event);
            }
            let seen = self.seen;
            self.newest.wait_for(|newest| *newest > seen).await.ok()?;
        }
        None
    }

    /// The events as a stream that ends with the start.
    pub fn into_stream(self) -> impl Stream<Item = ProgressEvent> + Send {
        futures_util::stream::unfold(self, async |mut reader| reader.next().await.map(|event| (event, reader)))
    }
}

/// A step's share, as a share of the whole start.
fn overall(step: StartStep, percent: Option<u8>) -> u8 {
    let (from, to): (u16, u16) = match step {
        StartStep::Queued => (0, 5),
        StartStep::Pulling => (5, 65),
        StartStep::Creating => (65, 75),
        StartStep::Booting => (75, 85),
    };
    let share = u16::from(percent.unwrap_or(0).min(100));
    u8::try_from(from + (to - from) * share / 100).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use labdeck_model::{Failure, Timestamp};

    use super::*;

    fn told(step: StartStep, percent: u8, message: &str) -> Progress {
        Progress { step, percent: Some(percent), message: message.to_owned() }
    }

    #[tokio::test]
    async fn a_late_reader_gets_everything_and_a_stream_that_ends() {
        let log = ProgressLog::new();
        log.add(ProgressEvent::line(0, "Server requested"));
        log.report(told(StartStep::Pulling, 10, "Fetching 10 %"));
        log.report(told(StartStep::Pulling, 50, "Fetching 50 %"));
        let reader = log.reader();
        log.add(ProgressEvent::ready("/user/ada/"));
        let events: Vec<_> = reader.into_stream().collect().await;
        let seen: Vec<_> = events.iter().map(|event| (event.progress, event.message.as_str())).collect();
        assert_eq!(seen, [(0, "Server requested"), (35, "Fetching 50 %"), (100, "Server ready at /user/ada/")]);
    }

    #[tokio::test]
    async fn after_the_end_only_the_end_is_told_and_nothing_follows_it() {
        let log = ProgressLog::new();
        log.add(ProgressEvent::line(0, "Server requested"));
        let failed = ServerState::Failed {
            at: Timestamp::from_unix_micros(0),
            failure: Failure::new("exited", "It ended.", ""),
        };
        log.add(ProgressEvent::of_state(&failed, "/user/ada/").unwrap());
        log.add(ProgressEvent::line(1, "late"));
        let events: Vec<_> = log.reader().into_stream().collect().await;
        assert_eq!(
            serde_json::to_value(&events).unwrap(),
            serde_json::json!([
                {"progress": 100, "message": "Spawn failed: It ended.", "failed": true},
            ])
        );
    }

    #[test]
    fn the_ready_event_is_jupyterhubs() {
        assert_eq!(
            serde_json::to_value(ProgressEvent::ready("/user/alice/")).unwrap(),
            serde_json::json!({
                "progress": 100, "ready": true, "message": "Server ready at /user/alice/",
                "html_message": "Server ready at <a href=\"/user/alice/\">/user/alice/</a>", "url": "/user/alice/",
            })
        );
    }
}
