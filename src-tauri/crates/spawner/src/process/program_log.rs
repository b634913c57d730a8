//! The log of a program that the hub keeps running: two files, of which the older one goes when the newer one is full.
//! Owns how much of it stays on the disk; what the program writes passes through the hub for that.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::record::{self, LINE_CHARS};

/// How long one of the two files may become.
const FILE_BYTES: u64 = 1 << 20;

/// A log that is written to. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Log(Arc<Mutex<Writing>>);

#[derive(Debug)]
struct Writing {
    path: PathBuf,
    file: File,
    bytes: u64,
}

// === impl Log ===

impl Log {
    /// Goes on with the log at this path.
    pub(super) fn open(path: &Path) -> std::io::Result<Self> {
        let file = open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self(Arc::new(Mutex::new(Writing { path: path.to_owned(), file, bytes }))))
    }

    /// Adds to it. A disk that is full loses lines of a log, and nothing else.
    fn add(&self, bytes: &[u8]) {
        let mut writing = self.0.lock();
        if writing.bytes >= FILE_BYTES {
            writing.turn();
        }
        if writing.file.write_all(bytes).is_ok() {
            writing.bytes += u64::try_from(bytes.len()).unwrap_or_default();
        }
    }
}

impl Writing {
    fn turn(&mut self) {
        let turned = fs::rename(&self.path, older(&self.path)).and_then(|()| open(&self.path));
        // Where that cannot be, what was written goes: a log must not fill the disk.
        match turned {
            Ok(file) => self.file = file,
            Err(_) => drop(self.file.set_len(0)),
        }
        self.bytes = 0;
    }
}

fn older(path: &Path) -> PathBuf {
    path.with_extension("log.1")
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    record::private_file(&mut options);
    options.open(path)
}

/// Moving what a program writes into its log.
pub(super) mod copy {
    use tokio::io::{AsyncRead, AsyncReadExt};

    use super::Log;

    /// One of its streams.
    pub(in crate::process) type Stream = Box<dyn AsyncRead + Send + Unpin>;

    /// A stream of any kind.
    pub(in crate::process) fn boxed(stream: impl AsyncRead + Send + Unpin + 'static) -> Stream {
        Box::new(stream)
    }

    /// Until its end.
    pub(in crate::process) async fn all(mut stream: Stream, log: Log) {
        let mut piece = vec![0; 16 << 10];
        while let Ok(count) = stream.read(&mut piece).await {
            match piece.get(..count) {
                None | Some([]) => break,
                Some(bytes) => log.add(bytes),
            }
        }
    }
}

/// The last lines of a log, which may not be there.
pub(super) fn last_lines(path: &Path, lines: usize) -> std::io::Result<Vec<String>> {
    let mut bytes = Vec::new();
    for path in [older(path), path.to_owned()] {
        match File::open(path) {
            Ok(mut file) => {
                let size = file.metadata()?.len();
                file.seek(SeekFrom::Start(size.saturating_sub(FILE_BYTES)))?;
                file.take(FILE_BYTES).read_to_end(&mut bytes)?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().map(str::trim_end).collect();
    let from = all.len().saturating_sub(lines);
    Ok(all.into_iter().skip(from).map(|line| line.chars().take(LINE_CHARS).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_talks_without_end_fills_two_files_and_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("service.log");
        let log = Log::open(&path).unwrap();
        let line = format!("{}\n", "x".repeat(1023));
        (0..5000).for_each(|_| log.add(line.as_bytes()));
        log.add(b"last\n");
        let kept: u64 = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
        assert!(kept <= 2 * (FILE_BYTES + 1024), "{kept}");
        let lines = last_lines(&path, 1500).unwrap();
        assert_eq!((lines.len(), lines.last().map(String::as_str)), (1500, Some("last")));
        assert!(last_lines(&dir.path().join("none"), 5).unwrap().is_empty());
    }
}
