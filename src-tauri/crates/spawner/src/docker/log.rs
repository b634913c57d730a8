//! A container's log: its last lines, and each new one as it is written. Owns how the engine's pieces become lines.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bollard::Docker;
use bollard::container::LogOutput;
use bollard::errors::Error as EngineError;
use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::timeout;

use super::engine::Engine;
use crate::{LogLines, SpawnError};

/// Longest line that is kept of a log, in characters.
const LINE_CHARS: usize = 2000;
/// How much may wait for its end of line before it is taken for one.
const UNENDED_BYTES: usize = 16 << 10;
/// How long the engine may take to hand over a log. It is on this machine's disk.
const LOG_DEADLINE: Duration = Duration::from_secs(5);

/// The last lines of a container's log, oldest first.
pub(super) async fn last(engine: &Engine, id: &str, lines: usize) -> Result<Vec<String>, SpawnError> {
    let client = engine.client().await?;
    let written = read(&client, id, lines).await.map_err(engine.failed("reading a server's log"))?;
    Ok(last_lines(&written, lines))
}

/// The last lines and then every new one, until the container ends.
pub(super) async fn follow(engine: &Arc<Engine>, id: &str, lines: usize) -> Result<LogLines, SpawnError> {
    let client = engine.client().await?;
    let options = LogsOptionsBuilder::new().stdout(true).stderr(true).follow(true).tail(&lines.to_string()).build();
    let parts: Parts = Box::pin(client.logs(id, Some(options)));
    let tail = Tail { engine: Arc::clone(engine), parts, splitter: Splitter::default(), ready: VecDeque::new() };
    Ok(Box::pin(stream::unfold(Some(tail), next_line)))
}

type Parts = Pin<Box<dyn Stream<Item = Result<LogOutput, EngineError>> + Send>>;

struct Tail {
    engine: Arc<Engine>,
    parts: Parts,
    splitter: Splitter,
    ready: VecDeque<String>,
}

/// Joins pieces to lines; the two outputs of a program are kept apart.
#[derive(Debug, Default)]
struct Splitter {
    out: Vec<u8>,
    err: Vec<u8>,
}

async fn next_line(tail: Option<Tail>) -> Option<(Result<String, SpawnError>, Option<Tail>)> {
    let mut tail = tail?;
    loop {
        if let Some(line) = tail.ready.pop_front() {
            return Some((Ok(line), Some(tail)));
        }
        match tail.parts.next().await {
            Some(Ok(part)) => tail.ready.extend(tail.splitter.push(&part)),
            // Removed while it was read: that is its end.
            None | Some(Err(EngineError::DockerResponseServerError { status_code: 404 | 409, .. })) => {
                tail.ready.extend(tail.splitter.end());
                let line = tail.ready.pop_front()?;
                tail.parts = Box::pin(stream::empty());
                return Some((Ok(line), Some(tail)));
            }
            Some(Err(error)) => {
                let failed = tail.engine.failed("following a server's log")(error);
                return Some((Err(failed), None));
            }
        }
    }
}

async fn read(client: &Docker, id: &str, lines: usize) -> Result<String, EngineError> {
    let options = LogsOptionsBuilder::new().stdout(true).stderr(true).tail(&lines.to_string()).build();
    let mut stream = Box::pin(client.logs(id, Some(options)));
    let collected = async {
        let mut bytes = Vec::new();
        while let Some(part) = stream.next().await {
            bytes.extend_from_slice(part?.as_ref());
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    timeout(LOG_DEADLINE, collected).await.unwrap_or(Err(EngineError::RequestTimeoutError))
}

/// Splits a log into its last lines.
fn last_lines(written: &str, lines: usize) -> Vec<String> {
    let all: Vec<&str> = written.lines().collect();
    let from = all.len().saturating_sub(lines);
    all.into_iter().skip(from).map(shown).collect()
}

fn shown(line: &str) -> String {
    line.trim_end().chars().take(LINE_CHARS).collect()
}

// === impl Splitter ===

impl Splitter {
    fn push(&mut self, part: &LogOutput) -> Vec<String> {
        let buffer = if matches!(part, LogOutput::StdErr { .. }) { &mut self.err } else { &mut self.out };
        buffer.extend_from_slice(part.as_ref());
        let mut lines = Vec::new();
        while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = buffer.drain(..=end).collect();
            lines.push(shown(&String::from_utf8_lossy(&line)));
        }
        if buffer.len() > UNENDED_BYTES {
            lines.push(shown(&String::from_utf8_lossy(&std::mem::take(buffer))));
        }
        lines
    }

    /// What was begun and not ended.
    fn end(&mut self) -> Vec<String> {
        let rests = [std::mem::take(&mut self.out), std::mem::take(&mut self.err)];
        rests.iter().filter(|rest| !rest.is_empty()).map(|rest| shown(&String::from_utf8_lossy(rest))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_cut_to_its_last_lines() {
        assert_eq!(last_lines("a\nb\r\nc\n", 2), ["b", "c"]);
        assert_eq!(last_lines("", 2), Vec::<String>::new());
    }

    #[test]
    fn pieces_become_lines_and_outputs_stay_apart() {
        let out = |text: &'static str| LogOutput::StdOut { message: text.into() };
        let err = |text: &'static str| LogOutput::StdErr { message: text.into() };
        let mut splitter = Splitter::default();
        assert!(splitter.push(&out("on")).is_empty());
        assert_eq!(splitter.push(&err("bad\n")), ["bad"]);
        assert_eq!(splitter.push(&out("e\r\ntwo\nth")), ["one", "two"]);
        assert_eq!(splitter.end(), ["th"]);
        let endless = LogOutput::StdOut { message: vec![b'x'; UNENDED_BYTES + 1].into() };
        assert_eq!(splitter.push(&endless), ["x".repeat(LINE_CHARS)]);
    }
}
