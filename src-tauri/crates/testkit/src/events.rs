//! [`EventReader`]: reads a `text/event-stream` frame by frame, each within a time limit.

use std::time::Duration;

use http::{HeaderMap, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;

/// An open stream of events.
#[derive(Debug)]
pub struct EventReader {
    /// The status of the answer.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    body: Incoming,
    text: String,
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Its number, if it has one.
    pub id: Option<u64>,
    /// What it holds.
    pub data: Value,
}

// === impl EventReader ===

impl EventReader {
    pub(crate) fn new(response: Response<Incoming>) -> Self {
        let (head, body) = response.into_parts();
        Self { status: head.status, headers: head.headers, body, text: String::new() }
    }

    /// The next event; comments and keep-alives are passed over. `None` at the end of the stream.
    ///
    /// # Panics
    /// When nothing comes within `limit`.
    pub async fn next(&mut self, limit: Duration) -> Option<Frame> {
        match tokio::time::timeout(limit, self.read()).await {
            Ok(frame) => frame,
            Err(_) => panic!("no event within {limit:?}; so far: {:?}", self.text),
        }
    }

    /// The next event that `wanted` takes, passing over others.
    ///
    /// # Panics
    /// When it does not come within `limit`, or the stream ends.
    pub async fn find(&mut self, limit: Duration, wanted: impl Fn(&Value) -> bool) -> Frame {
        let search = async {
            while let Some(frame) = self.read().await {
                if wanted(&frame.data) {
                    return Some(frame);
                }
            }
            None
        };
        match tokio::time::timeout(limit, search).await {
            Ok(Some(frame)) => frame,
            Ok(None) => panic!("the stream ended without the event"),
            Err(_) => panic!("the event did not come within {limit:?}"),
        }
    }

    /// Everything until the end of the stream.
    ///
    /// # Panics
    /// When it does not end within `limit`.
    pub async fn all(&mut self, limit: Duration) -> Vec<Value> {
        let mut all = Vec::new();
        while let Some(frame) = self.next(limit).await {
            all.push(frame.data);
        }
        all
    }

    async fn read(&mut self) -> Option<Frame> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let frame = frame_of(block);
                self.text = rest.to_owned();
                if frame.is_some() {
                    return frame;
                }
            }
            let chunk = self.body.frame().await?.ok()?;
            if let Ok(bytes) = chunk.into_data() {
                self.text.push_str(&String::from_utf8_lossy(&bytes));
            }
        }
    }
}

fn frame_of(block: &str) -> Option<Frame> {
    let line = |name: &str| block.lines().find_map(|line| line.strip_prefix(name).map(str::trim));
    let data = line("data:")?;
    let data = serde_json::from_str(data).unwrap_or_else(|error| panic!("an event that is no JSON ({error}): {data}"));
    Some(Frame { id: line("id:").and_then(|id| id.parse().ok()), data })
}
