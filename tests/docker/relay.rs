//! [`Relay`]: an engine's socket of our own in front of the real one. It can stop at a chosen call, as an engine that
//! hangs does, and cut every line, as one that ends does.

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

/// The relay's end is the end of its socket.
pub(crate) struct Relay {
    folder: TempDir,
    state: Arc<State>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    /// What a call to hold looks like: `/start`.
    hold: Mutex<Option<String>>,
    held: Mutex<Vec<String>>,
    open: Mutex<CancellationToken>,
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
        *self.state.hold.lock() = Some(ending.to_owned());
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
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_engine, mut to_engine) = engine.into_split();
    let there = async {
        let mut buffer = vec![0; 64 << 10];
        loop {
            let Ok(count @ 1..) = from_client.read(&mut buffer).await else { return };
            let bytes = &buffer[..count];
            if let Some(call) = state.wants_to_hold(bytes) {
                state.held.lock().push(call);
                std::future::pending::<()>().await;
            }
            if to_engine.write_all(bytes).await.is_err() {
                return;
            }
        }
    };
    let back = tokio::io::copy(&mut from_engine, &mut to_client);
    tokio::select! {
        () = there => {}
        _ = back => {}
    }
}

// === impl State ===

impl State {
    /// A client writes the head of a request in one piece, so its first line begins what was read.
    fn wants_to_hold(&self, bytes: &[u8]) -> Option<String> {
        let ending = self.hold.lock().clone()?;
        let text = String::from_utf8_lossy(bytes);
        let path = text.strip_prefix("POST ")?.split(' ').next()?;
        let path = path.split('?').next().unwrap_or(path);
        path.ends_with(&ending).then(|| path.to_owned())
    }
}

#[expect(clippy::disallowed_methods, reason = "a test ends with its process")]
pub(crate) fn spawn<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(work)
}
