//! A server's log as it is written. Owns the reading on from where the last read ended; a log that is begun anew (the
//! server was started again) ends the stream.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::Duration;

use futures_util::stream;
use tokio::time::sleep;

use super::record::{LINE_CHARS, Run};
use crate::{LogLines, SpawnError};

/// How often a quiet log is looked at.
const INTERVAL: Duration = Duration::from_millis(250);
/// How much is read at once.
const PIECE_BYTES: u64 = 64 << 10;

/// A place in a log.
struct Follower {
    run: Run,
    path: PathBuf,
    at: u64,
    /// Which file it is, where the system tells.
    file: Option<u64>,
    ready: VecDeque<String>,
    /// What was read of a line that is not whole yet.
    rest: Vec<u8>,
    is_over: bool,
}

/// The lines after `last`, which are given first.
pub(super) fn follow(run: Run, path: PathBuf, last: Vec<String>, at: u64) -> LogLines {
    let file = identity(&path);
    let follower = Follower { run, path, at, file, ready: last.into(), rest: Vec::new(), is_over: false };
    Box::pin(stream::unfold(follower, |mut follower| async move {
        let line = follower.next().await?;
        Some((line, follower))
    }))
}

// === impl Follower ===

impl Follower {
    async fn next(&mut self) -> Option<Result<String, SpawnError>> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Some(Ok(line));
            }
            if self.is_over {
                return None;
            }
            // Before the read: what it wrote last is in the file when it is seen dead.
            let alive = self.run.is_alive();
            match self.read() {
                Err(error) => {
                    self.is_over = true;
                    return Some(Err(SpawnError::io("following a server's log")(error)));
                }
                Ok(0) if !alive || self.file != identity(&self.path) => {
                    self.is_over = true;
                    self.finish_line();
                }
                Ok(0) => sleep(INTERVAL).await,
                Ok(_) => {}
            }
        }
    }

    /// Reads a piece; answers how much.
    fn read(&mut self) -> std::io::Result<usize> {
        let mut file = match File::open(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            opened => opened?,
        };
        file.seek(SeekFrom::Start(self.at))?;
        let mut piece = Vec::new();
        let count = file.take(PIECE_BYTES).read_to_end(&mut piece)?;
        self.at += u64::try_from(count).unwrap_or_default();
        for byte in piece {
            match byte {
                b'\n' => self.finish_line(),
                // A line without an end must not grow for ever; the rest of it is dropped.
                _ if self.rest.len() >= LINE_CHARS * 4 => {}
                _ => self.rest.push(byte),
            }
        }
        Ok(count)
    }

    fn finish_line(&mut self) {
        let bytes = std::mem::take(&mut self.rest);
        if self.is_over && bytes.is_empty() {
            return;
        }
        let text = String::from_utf8_lossy(&bytes);
        self.ready.push_back(text.trim_end().chars().take(LINE_CHARS).collect());
    }
}

#[cfg(unix)]
fn identity(path: &std::path::Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    path.metadata().ok().map(|file| file.ino())
}

#[cfg(not(unix))]
fn identity(_: &std::path::Path) -> Option<u64> {
    None
}
