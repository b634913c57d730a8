//! [`ControlSocket`]: the hub's API through the socket in its data folder, as the lead's own command line uses it.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use http::Method;
use serde_json::Value;

/// The socket of one data folder.
#[derive(Debug, Clone)]
pub struct ControlSocket {
    path: PathBuf,
}

// === impl ControlSocket ===

impl ControlSocket {
    /// The socket at a path; nothing is opened yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Whether a hub listens there.
    pub fn answers(&self) -> bool {
        UnixStream::connect(&self.path).is_ok()
    }

    /// Calls the API; gives the status and the answer's JSON.
    pub fn call(&self, method: &Method, path: &str, body: &Value) -> (u16, Value) {
        self.try_call(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The same for whoever has more to say about a failure.
    ///
    /// # Errors
    /// When no hub listens, or it ends in the middle of its answer.
    pub fn try_call(&self, method: &Method, path: &str, body: &Value) -> io::Result<(u16, Value)> {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let mut socket = UnixStream::connect(&self.path)?;
        socket.set_read_timeout(Some(Duration::from_secs(60)))?;
        let length = text.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n"
        );
        socket.write_all((head + &text).as_bytes())?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer)?;
        let cut = || io::Error::other(format!("half an answer: {answer:?}"));
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(cut)?;
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or_else(cut)?;
        Ok((status, serde_json::from_str(body).unwrap_or(Value::Null)))
    }
}
