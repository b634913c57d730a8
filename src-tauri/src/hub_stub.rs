//! Stands in for `labdeck_server::desktop` until that exists: the same names and signatures, and nothing behind them.
//! Only `hub_thread` uses it; the day the real one is there, its `use` line changes and this file goes.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use labdeck_model::{Secret, ServerKey};
use tokio::sync::watch;

/// Opens an address in the person's own browser.
pub(crate) type Opener = Arc<dyn Fn(&str) + Send + Sync>;

/// What the desktop tells the hub at its start.
#[derive(Clone)]
pub(crate) struct DesktopOptions {
    /// The data folder; the platform's own place when absent.
    pub(crate) data_dir: Option<PathBuf>,
    /// A `labdeck.toml`; none is needed.
    pub(crate) config: Option<PathBuf>,
    /// How a ticket's address reaches the browser.
    pub(crate) opener: Opener,
}

/// Where the window finds the control listener, and with which token.
#[derive(Debug, Clone)]
pub(crate) struct ControlEndpoint {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub(crate) base: String,
    /// Good for this start only.
    pub(crate) token: Secret<String>,
}

/// What the tray shows of the hub.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// Whether the public listener is open.
    pub(crate) hub_on: bool,
    /// Whether a lead exists.
    pub(crate) claimed: bool,
    /// The address on this computer.
    pub(crate) local_url: String,
    /// Servers that run or are under way.
    pub(crate) running: Vec<ServerKey>,
    /// Titles of what is wrong now.
    pub(crate) problems: Vec<String>,
}

/// What becomes of running servers when the hub ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Servers {
    /// They run on; the next start adopts them.
    Leave,
    /// They are stopped first.
    Stop,
}

/// Why the hub ended although the desktop had not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Somebody asked over the REST API.
    QuitAsked(Servers),
    /// It cannot go on; in words.
    Failed(String),
}

/// Why the hub did not start: what, why, and what to do, in words for the person.
#[derive(Debug, Clone)]
pub(crate) struct StartError(String);

/// A running hub.
#[derive(Debug)]
pub(crate) struct DesktopHub {
    data_dir: PathBuf,
    snapshot: watch::Sender<Snapshot>,
}

/// Starts the hub on the current runtime. Returns when the control listener answers.
///
/// # Errors
/// In words, when the data folder cannot be used or is in use.
pub(crate) async fn start(options: DesktopOptions) -> Result<DesktopHub, StartError> {
    let _unused_until_there_are_tickets = options.opener;
    let data_dir = options.data_dir.unwrap_or_else(|| PathBuf::from(".labdeck"));
    fs::create_dir_all(&data_dir)
        .map_err(|error| StartError(format!("The data folder {} cannot be used: {error}.", data_dir.display())))?;
    let first = Snapshot { local_url: "http://127.0.0.1:8000/".to_owned(), ..Snapshot::default() };
    Ok(DesktopHub { data_dir, snapshot: watch::Sender::new(first) })
}

// === impl DesktopHub ===

impl DesktopHub {
    /// Where the window finds the control listener.
    pub(crate) fn control(&self) -> ControlEndpoint {
        ControlEndpoint { base: "http://127.0.0.1:9".to_owned(), token: Secret::new("stub".to_owned()) }
    }

    /// The data folder in use.
    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The state of now and every later one.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Snapshot> {
        self.snapshot.subscribe()
    }

    /// Opens or closes the public listener. A failure becomes a problem in the snapshot.
    pub(crate) async fn set_hub_on(&self, on: bool) {
        self.snapshot.send_modify(|snapshot| snapshot.hub_on = on);
    }

    /// Stops one server, gently.
    pub(crate) async fn stop_server(&self, key: &ServerKey) {
        self.snapshot.send_modify(|snapshot| snapshot.running.retain(|running| running != key));
    }

    /// A link that claims or opens the hub for its owner, once; for starts without a window.
    pub(crate) async fn owner_link(&self) -> Option<String> {
        None
    }

    /// Resolves when the hub ends by itself.
    ///
    /// # Cancellation
    /// Nothing is lost; call it again.
    pub(crate) async fn ended(&self) -> Ended {
        std::future::pending().await
    }

    /// Ends the hub.
    pub(crate) async fn quit(self, servers: Servers) {
        if servers == Servers::Stop {
            self.snapshot.send_modify(|snapshot| snapshot.running.clear());
        }
    }
}

// === impl StartError ===

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

impl fmt::Debug for DesktopOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DesktopOptions").field("data_dir", &self.data_dir).field("config", &self.config).finish()
    }
}
