//! [`HubThread`]: the hub on a thread and runtime of its own, because the main thread is the window's. Everything
//! that passes between the two is a message here; the shell knows the hub through this file only.

use std::{any::Any, io, panic, path::PathBuf, thread, time::Duration};

use parking_lot::Mutex;
use tokio::{
    runtime,
    sync::{mpsc, watch},
};

use labdeck_model::ServerKey;
use labdeck_server::desktop;
pub(crate) use labdeck_server::desktop::{ControlEndpoint, DesktopOptions, Ended, Servers, Snapshot};

/// How long a hub may take to end before the app goes without it: a server's gentle stop fits in.
const END_WITHIN: Duration = Duration::from_secs(40);

/// How long what blocks may go on once the hub has ended.
const LET_GO_WITHIN: Duration = Duration::from_secs(1);

/// How the hub stands.
#[derive(Debug, Clone)]
pub(crate) enum Phase {
    /// It is coming up.
    Starting,
    /// It answers.
    Running(Running),
    /// It ended by itself.
    Ended(Ended),
    /// It ended because the shell asked.
    Quit,
}

/// What is known of a hub that answers.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    /// Where the window talks to it.
    pub(crate) control: ControlEndpoint,
    /// The data folder in use.
    pub(crate) data_dir: PathBuf,
    /// A link for the owner, for starts without a window.
    pub(crate) owner_link: Option<String>,
}

/// What the shell asks of the hub.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    /// Open or close the public listener.
    SetOn(bool),
    /// Stop one server.
    StopServer(ServerKey),
    /// End.
    Quit(Servers),
}

/// The thread and the two ends of its channels that the shell holds.
#[derive(Debug)]
pub(crate) struct HubThread {
    /// Full means that the hub is behind by that many clicks: a further one is dropped and said in the log.
    /// Closed means that the hub has ended.
    commands: mpsc::Sender<Command>,
    phase: watch::Receiver<Phase>,
    snapshot: watch::Receiver<Snapshot>,
    thread: Mutex<Option<thread::JoinHandle<()>>>,
}

/// The thread's own ends.
struct Inside {
    commands: mpsc::Receiver<Command>,
    phase: watch::Sender<Phase>,
    snapshot: watch::Sender<Snapshot>,
}

// === impl HubThread ===

impl HubThread {
    /// Starts the thread and returns at once; [`HubThread::running`] waits for the hub.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(options: DesktopOptions) -> io::Result<Self> {
        let (commands, command_inbox) = mpsc::channel(16);
        let (phase_out, phase) = watch::channel(Phase::Starting);
        let (snapshot_out, snapshot) = watch::channel(Snapshot::default());
        let inside = Inside { commands: command_inbox, phase: phase_out, snapshot: snapshot_out };
        let thread = thread::Builder::new().name("hub".to_owned()).spawn(move || inside.run(options))?;
        Ok(Self { commands, phase, snapshot, thread: Mutex::new(Some(thread)) })
    }

    /// Waits until the hub answers.
    ///
    /// # Errors
    /// Why it does not, in words.
    ///
    /// # Cancellation
    /// Nothing is lost; call it again.
    pub(crate) async fn running(&self) -> Result<Running, String> {
        let mut phase = self.phase.clone();
        let settled = phase.wait_for(|phase| !matches!(phase, Phase::Starting)).await;
        match settled.map(|phase| phase.clone()) {
            Ok(Phase::Running(running)) => Ok(running),
            Ok(Phase::Ended(Ended::Failed(words))) => Err(words),
            Ok(Phase::Starting | Phase::Ended(Ended::QuitAsked(_)) | Phase::Quit) | Err(_) => {
                Err("Labdeck is ending.".to_owned())
            }
        }
    }

    /// Waits until the hub ends by itself, however that comes. Never returns when it is the shell that ends it.
    ///
    /// # Cancellation
    /// Nothing is lost; call it again.
    pub(crate) async fn ended(&self) -> Ended {
        let mut phase = self.phase.clone();
        let settled = phase.wait_for(|phase| matches!(phase, Phase::Ended(_))).await;
        match settled.map(|phase| phase.clone()) {
            Ok(Phase::Ended(ended)) => ended,
            Ok(Phase::Starting | Phase::Running(_) | Phase::Quit) | Err(_) => std::future::pending().await,
        }
    }

    /// The hub's state of now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        self.snapshot.borrow().clone()
    }

    /// The hub's state of now and every later one; closes with the hub.
    pub(crate) fn watch(&self) -> watch::Receiver<Snapshot> {
        self.snapshot.clone()
    }

    /// Passes a wish on, without waiting.
    pub(crate) fn send(&self, command: Command) {
        if let Err(error) = self.commands.try_send(command) {
            tracing::warn!(%error, "The hub does not take what was clicked: {error}");
        }
    }

    /// Ends the hub and waits for it, at most [`END_WITHIN`]. Later calls do nothing.
    pub(crate) fn quit(&self, servers: Servers) {
        let Some(thread) = self.thread.lock().take() else { return };
        // A closed channel means that the hub has ended already, which is what is wanted.
        let _ = self.commands.blocking_send(Command::Quit(servers));
        let (done, ended) = std::sync::mpsc::channel();
        let waiter = thread::Builder::new().name("hub-end".to_owned()).spawn(move || {
            let _ = thread.join();
            let _ = done.send(());
        });
        if waiter.is_err() || ended.recv_timeout(END_WITHIN).is_err() {
            tracing::warn!("The hub did not end within {} s; leaving it", END_WITHIN.as_secs());
        }
    }
}

// === impl Inside ===

impl Inside {
    /// The thread's whole life. A panic of the hub's own start ends here too, in words.
    fn run(mut self, options: DesktopOptions) {
        let lived = panic::catch_unwind(panic::AssertUnwindSafe(|| self.live(options)));
        let ended = lived.unwrap_or_else(|panic| {
            let words = words_of(panic.as_ref());
            Some(Ended::Failed(format!("Something inside the hub broke: {words}.")))
        });
        if let Some(Ended::Failed(words)) = &ended {
            tracing::error!("The hub has ended: {words}");
        }
        self.phase.send_replace(ended.map_or(Phase::Quit, Phase::Ended));
    }

    fn live(&mut self, options: DesktopOptions) -> Option<Ended> {
        match runtime::Builder::new_multi_thread().enable_all().thread_name("hub-worker").build() {
            Ok(runtime) => {
                let ended = runtime.block_on(self.serve(options));
                // Something may still wait for a person, a locked keyring for one: nobody waits for that.
                runtime.shutdown_timeout(LET_GO_WITHIN);
                ended
            }
            Err(error) => Some(Ended::Failed(format!("The system gives Labdeck no threads: {error}."))),
        }
    }

    /// Runs the hub until it ends; `None` when the shell asked for that.
    async fn serve(&mut self, options: DesktopOptions) -> Option<Ended> {
        let hub = match desktop::start(options).await {
            Ok(hub) => hub,
            Err(error) => return Some(Ended::Failed(error.to_string())),
        };
        let mut changes = hub.subscribe();
        self.snapshot.send_replace(changes.borrow_and_update().clone());
        self.phase.send_replace(Phase::Running(Running {
            control: hub.control(),
            data_dir: hub.data_dir().to_owned(),
            owner_link: hub.owner_link().await,
        }));
        let mut watching = true;
        loop {
            // The end comes first, so that nothing more is asked of a hub that is gone; clicks come before what the
            // tray shows, because a click waits for somebody.
            tokio::select! {
                biased;
                ended = hub.ended() => {
                    // Asked through the API. Nobody else can stop the servers: the hub is gone after this.
                    if let Ended::QuitAsked(servers) = ended {
                        hub.quit(servers).await;
                    }
                    return Some(ended);
                }
                command = self.commands.recv() => match command {
                    Some(Command::SetOn(on)) => hub.set_hub_on(on).await,
                    Some(Command::StopServer(key)) => hub.stop_server(&key).await,
                    Some(Command::Quit(servers)) => {
                        hub.quit(servers).await;
                        return None;
                    }
                    None => {
                        hub.quit(Servers::Leave).await;
                        return None;
                    }
                },
                changed = changes.changed(), if watching => match changed {
                    Ok(()) => { self.snapshot.send_replace(changes.borrow_and_update().clone()); }
                    Err(_) => watching = false,
                },
            }
        }
    }
}

/// The text of a panic, if it has one.
fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn options(data_dir: PathBuf) -> DesktopOptions {
        DesktopOptions {
            data_dir: Some(data_dir),
            config: None,
            opener: Arc::new(|_| {}),
            downloads: None,
            revealer: Arc::new(|_| false),
        }
    }

    #[tokio::test]
    async fn a_hub_that_cannot_start_says_why() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let hub = HubThread::start(options(file.path().join("below"))).unwrap();
        let words = hub.running().await.unwrap_err();
        assert!(words.contains(&file.path().display().to_string()), "{words}");
        assert!(matches!(hub.ended().await, Ended::Failed(_)));
    }

    #[tokio::test]
    async fn a_hub_that_the_shell_ends_has_not_ended_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let hub = Arc::new(HubThread::start(options(folder.path().to_owned())).unwrap());
        hub.running().await.unwrap();
        let ending = hub.clone();
        tokio::task::spawn_blocking(move || ending.quit(Servers::Leave)).await.unwrap();
        assert!(matches!(*hub.phase.borrow(), Phase::Quit));
        assert!(tokio::time::timeout(Duration::ZERO, hub.ended()).await.is_err());
        assert_eq!(hub.running().await.unwrap_err(), "Labdeck is ending.");
    }
}
