//! The face that the desktop app sees: a running hub with a control listener, a snapshot for the tray, and a few
//! verbs. Everything else the window does goes through the REST API.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use labdeck_hub::config::{Config, ConfigInputs};
use labdeck_hub::error::{Error, Kind};
use labdeck_hub::overview::{AtQuit, Desktop, HubChange};
use labdeck_hub::servers::{self, StopMode};
use labdeck_hub::{accounts, overview, tasks};
use labdeck_model::{Event, ServerKey};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::compose::{Composition, Options};
pub use crate::control::ControlEndpoint;
use crate::{folders, logging};

/// Opens an address in the person's own browser.
pub type Opener = Arc<dyn Fn(&str) + Send + Sync>;

/// Shows a file in its folder; whether that worked.
pub type Revealer = Arc<dyn Fn(&Path) -> bool + Send + Sync>;

/// What the desktop tells the hub at its start.
#[derive(Clone)]
pub struct DesktopOptions {
    /// The data folder; the platform's own place when absent.
    pub data_dir: Option<PathBuf>,
    /// A `labdeck.toml`; the one in the data folder, if there is one, when absent.
    pub config: Option<PathBuf>,
    /// How a ticket's address reaches the browser.
    pub opener: Opener,
    /// The person's own folder for downloads; `None` where nobody sits at a screen.
    pub downloads: Option<PathBuf>,
    /// How a saved file is shown.
    pub revealer: Revealer,
}

/// What the tray shows of the hub.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Whether the public listener is open.
    pub hub_on: bool,
    /// Whether a lead exists.
    pub claimed: bool,
    /// The address on this computer.
    pub local_url: String,
    /// Servers that run or are under way.
    pub running: Vec<ServerKey>,
    /// Titles of what is wrong now.
    pub problems: Vec<String>,
}

/// What becomes of running servers when the hub ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Servers {
    /// They run on; the next start adopts them.
    Leave,
    /// They are stopped first.
    Stop,
}

/// Why the hub ended although the desktop had not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Somebody asked over the REST API.
    QuitAsked(Servers),
    /// It cannot go on; in words.
    Failed(String),
}

/// Why the hub did not start: what, why, and what to do, in words for the person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StartError(String);

/// A running hub.
#[derive(Debug)]
pub struct DesktopHub {
    running: Composition,
    control: ControlEndpoint,
    snapshot: watch::Receiver<Snapshot>,
    end: CancellationToken,
}

struct Screen {
    opener: Opener,
    downloads: Option<PathBuf>,
    revealer: Revealer,
}

/// Starts the hub on the current runtime. Returns when the control listener answers. A public port that cannot be
/// had is no failure: the window shows it as a problem.
///
/// # Errors
/// In words, when the configuration is wrong, or the data folder cannot be used or is in use.
pub async fn start(options: DesktopOptions) -> Result<DesktopHub, StartError> {
    logging::start();
    let data_dir = folders::data_dir(options.data_dir).map_err(|error| StartError(error.to_string()))?;
    let file = options.config.or_else(|| Some(data_dir.join("labdeck.toml")).filter(|file| file.exists()));
    let config =
        Config::load(&ConfigInputs::of_process(file, Vec::new())).map_err(|error| StartError(error.to_string()))?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let DesktopOptions { opener, downloads, revealer, .. } = options;
    let desktop: Arc<dyn Desktop> = Arc::new(Screen { opener, downloads, revealer });
    let running =
        Composition::start(Options { config, data_dir, desktop: Some(desktop), machine: None, spawners: Vec::new() })
            .await;
    let running = running.map_err(|error| StartError(error.words()))?;
    let missing = || StartError("The window's listener was not opened.".to_owned());
    let control = running.control().cloned().ok_or_else(missing)?;
    if let Err(error) = running.open_front().await {
        tracing::warn!("{}", error.public());
    }
    let end = CancellationToken::new();
    let (sender, snapshot) = watch::channel(look(&running).await);
    let ctx = running.hub().context().clone();
    let ends = end.clone();
    drop(tasks::spawn("desktop.snapshot", async move { follow(ctx, sender, ends).await }));
    Ok(DesktopHub { running, control, snapshot, end })
}

async fn look(running: &Composition) -> Snapshot {
    look_at(running.hub().context()).await
}

async fn look_at(ctx: &labdeck_hub::context::Context) -> Snapshot {
    let servers = ctx.registry.all().into_iter().filter(|server| server.state().is_active());
    let mut running: Vec<_> = servers.map(|server| server.record.key).collect();
    running.sort();
    let problems = match overview::build(ctx).await {
        Ok(overview) => overview.problems.into_iter().map(|problem| problem.title).collect(),
        Err(_) => vec!["The database cannot be read".to_owned()],
    };
    let front = ctx.front.state();
    Snapshot { hub_on: front.on, claimed: accounts::is_claimed(ctx), local_url: front.local_url, running, problems }
}

/// Looks again after each event that changes what the tray shows.
async fn follow(ctx: labdeck_hub::context::Context, sender: watch::Sender<Snapshot>, end: CancellationToken) {
    let mut events = ctx.bus.subscribe(None).receiver;
    loop {
        let event = tokio::select! {
            biased;
            () = end.cancelled() => return,
            event = events.recv() => event,
        };
        let worth_a_look = match event {
            Ok(event) => matches!(
                event.event,
                Event::ServerChanged { .. }
                    | Event::ServerDeleted { .. }
                    | Event::OverviewChanged
                    | Event::EngineChanged { .. }
                    | Event::StackChanged { .. }
            ),
            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => true,
            Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
        };
        if worth_a_look {
            let now = look_at(&ctx).await;
            sender.send_if_modified(|before| {
                let changed = *before != now;
                *before = now;
                changed
            });
        }
    }
}

// === impl DesktopHub ===

impl DesktopHub {
    /// Where the window finds the control listener.
    pub fn control(&self) -> ControlEndpoint {
        self.control.clone()
    }

    /// The data folder in use.
    pub fn data_dir(&self) -> &Path {
        self.running.data_dir()
    }

    /// The state of now and every later one.
    pub fn subscribe(&self) -> watch::Receiver<Snapshot> {
        self.snapshot.clone()
    }

    /// Opens or closes the public listener. A failure becomes a problem in the snapshot.
    pub async fn set_hub_on(&self, on: bool) {
        let change = HubChange { on: Some(on), ..HubChange::default() };
        if let Err(error) = overview::change(self.running.hub().context(), change).await {
            tracing::warn!("{}", error.public());
        }
    }

    /// Stops one server, gently.
    pub async fn stop_server(&self, key: &ServerKey) {
        drop(servers::stop(self.running.hub().context(), key, StopMode::Graceful));
    }

    /// A link that claims the hub for its owner, once; for starts without a window. `None` once it is claimed.
    pub async fn owner_link(&self) -> Option<String> {
        accounts::owner_link(self.running.hub().context())
    }

    /// Resolves when the hub ends by itself.
    ///
    /// # Cancellation
    /// Nothing is lost while nobody asked; call it again.
    pub async fn ended(&self) -> Ended {
        match self.running.hub().quit_asked().await {
            AtQuit::Leave => Ended::QuitAsked(Servers::Leave),
            AtQuit::Stop => Ended::QuitAsked(Servers::Stop),
        }
    }

    /// Ends the hub.
    pub async fn quit(self, servers: Servers) {
        self.end.cancel();
        let servers = match servers {
            Servers::Leave => AtQuit::Leave,
            Servers::Stop => AtQuit::Stop,
        };
        self.running.stop(servers).await;
    }
}

impl Desktop for Screen {
    fn open(&self, url: &str) -> Result<(), Error> {
        (self.opener)(url);
        Ok(())
    }

    fn downloads(&self) -> Option<PathBuf> {
        self.downloads.clone()
    }

    fn show(&self, file: &Path) -> Result<(), Error> {
        if (self.revealer)(file) {
            return Ok(());
        }
        let words = format!("This desktop opens no folders from here. The file is {}.", file.display());
        Err(Error::new(Kind::Unavailable, words))
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screen").field("downloads", &self.downloads).finish_non_exhaustive()
    }
}

impl fmt::Debug for DesktopOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DesktopOptions")
            .field("data_dir", &self.data_dir)
            .field("config", &self.config)
            .field("downloads", &self.downloads)
            .finish_non_exhaustive()
    }
}
