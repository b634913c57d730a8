//! [`Relay`]: an engine's socket of our own in front of the real one. It can stop at a chosen call or at its answer, as
//! an engine that hangs does, pass the call on late, and cut every line, as one that ends does.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use labdeck_testkit::eventually;
use parking_lot::Mutex;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const ENGINE: &str = "/var/run/docker.sock";
/// What an engine says that cannot.
const REFUSAL: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n\
    Content-Length: 32\r\n\r\n{\"message\":\"the disk is broken\"}";

/// The relay's end is the end of its socket.
pub(crate) struct Relay {
    folder: TempDir,
    state: Arc<State>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    hold: Mutex<Option<Hold>>,
    held: Mutex<Vec<String>>,
    /// Every call that changes something, in order.
    heard: Mutex<Vec<String>>,
    /// Tripped to pass on what is held.
    late: CancellationToken,
    open: Mutex<CancellationToken>,
}

/// What is held, and how far it gets.
#[derive(Debug, Clone)]
struct Hold {
    /// How such a call begins or ends: `DELETE /`, `/start`.
    calls: Vec<String>,
    at: HoldAt,
}

/// How far a held call gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HoldAt {
    /// The engine never hears of it.
    Call,
    /// The engine does it; that it did is not heard.
    Answer,
    /// It is answered with an error, and the engine never hears of it.
    Refusal,
}

// === impl Relay ===

impl Relay {
    /// A relay that lets everything through.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut relay = Self { folder, state: Arc::default(), accepting: None };
        relay.connect();
        relay
    }

    /// What `DOCKER_HOST` says for it.
    pub(crate) fn address(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// From now on a POST whose path ends so is taken and never passed on.
    pub(crate) fn hold(&self, ending: &str) {
        self.hold_at(ending, HoldAt::Call);
    }

    /// The same for any call that changes something and begins (`DELETE /`) or ends (`/start`) so.
    pub(crate) fn hold_at(&self, call: &str, at: HoldAt) {
        self.state.held.lock().clear();
        *self.state.hold.lock() = Some(Hold { calls: vec![call.to_owned()], at });
    }

    /// From now on the engine fails at such calls.
    pub(crate) fn refuse(&self, calls: &[&str]) {
        let calls = calls.iter().map(|&call| call.to_owned()).collect();
        *self.state.hold.lock() = Some(Hold { calls, at: HoldAt::Refusal });
    }

    /// Everything is let through again.
    pub(crate) fn allow(&self) {
        *self.state.hold.lock() = None;
    }

    /// Passes on what is held, although whoever called may be gone.
    pub(crate) fn pass_on_late(&self) {
        *self.state.hold.lock() = None;
        self.state.late.cancel();
    }

    /// How often a call that ends so was made, whatever became of it.
    pub(crate) fn count(&self, ending: &str) -> usize {
        self.state.heard.lock().iter().filter(|call| call.ends_with(ending)).count()
    }

    /// Waits until such a call has come; gives its path.
    pub(crate) async fn held(&self, limit: Duration) -> String {
        eventually("a call is held", limit, || async { self.state.held.lock().first().cloned() }).await
    }

    /// The engine is gone: every line is cut and the socket file is away.
    pub(crate) fn cut(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
        }
        self.state.open.lock().cancel();
        let _ = std::fs::remove_file(self.socket());
    }

    /// The engine is back.
    pub(crate) fn connect(&mut self) {
        *self.state.hold.lock() = None;
        *self.state.open.lock() = CancellationToken::new();
        let listener = UnixListener::bind(self.socket()).expect("a socket");
        let state = Arc::clone(&self.state);
        self.accepting = Some(spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (state, open) = (Arc::clone(&state), state.open.lock().clone());
                drop(spawn(async move {
                    tokio::select! {
                        () = pass(client, &state) => {}
                        () = open.cancelled() => {}
                    }
                }));
            }
        }));
    }

    fn socket(&self) -> std::path::PathBuf {
        self.folder.path().join("engine.sock")
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.cut();
    }
}

async fn pass(client: UnixStream, state: &State) {
    let engine = UnixStream::connect(Path::new(ENGINE)).await.expect("the engine's socket");
    let (mut from_client, to_client) = client.into_split();
    let to_client = tokio::sync::Mutex::new(to_client);
    let (mut from_engine, mut to_engine) = engine.into_split();
    let deaf = Mutex::new(false);
    let there = async {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let Ok(count @ 1..) = from_client.read(&mut buffer).await else { return };
            let bytes = &buffer[..count];
            let held = state.wants_to_hold(bytes);
            match &held {
                Some((call, HoldAt::Call)) => {
                    state.held.lock().push(call.clone());
                    state.late.cancelled().await;
                }
                Some((_, HoldAt::Answer)) => *deaf.lock() = true,
                Some((_, HoldAt::Refusal)) => {
                    if to_client.lock().await.write_all(REFUSAL).await.is_err() {
                        return;
                    }
                    continue;
                }
                None => {}
            }
            if to_engine.write_all(bytes).await.is_err() {
                return;
            }
            if held.is_some() {
                // The caller may be gone, which must not end the call.
                std::future::pending::<()>().await;
            }
        }
    };
    let back = async {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let Ok(count @ 1..) = from_engine.read(&mut buffer).await else { return };
            if *deaf.lock() {
                state.held.lock().push("an answer".to_owned());
                std::future::pending::<()>().await;
            }
            if to_client.lock().await.write_all(&buffer[..count]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = there => {}
        () = back => {}
    }
}

// === impl State ===

impl State {
    /// A client writes the head of a request in one piece, so its first line begins what was read.
    fn wants_to_hold(&self, bytes: &[u8]) -> Option<(String, HoldAt)> {
        let text = String::from_utf8_lossy(bytes);
        let (method, rest) = text.split_once(' ')?;
        let path = rest.split([' ', '?']).next()?;
        if !["POST", "PUT", "DELETE"].contains(&method) {
            return None;
        }
        let call = format!("{method} {path}");
        self.heard.lock().push(call.clone());
        let hold = self.hold.lock().clone()?;
        let is_it = hold.calls.iter().any(|wanted| call.starts_with(wanted) || call.ends_with(wanted));
        is_it.then_some((call, hold.at))
    }
}

#[expect(clippy::disallowed_methods, reason = "a test ends with its process")]
pub(crate) fn spawn<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(work)
}
