//! [`Registry`]: the only door to servers. Owns the map from key to actor and, under the same short lock, admission;
//! hands out tickets to wait with. What a start or stop means is the machine's decision, made here before an actor
//! is woken, so that the caller gets it at once.

use std::collections::HashMap;
use std::sync::Arc;

use labdeck_model::{Clock, ServerKey, ServerState};
use labdeck_spawner::{Spawner, SpawnerState, StopMode};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{mpsc, watch};
use tokio_util::task::TaskTracker;

use super::actor::{Actor, Parts};
use super::admission::{Counts, Limits, Room};
use super::calls::Caller;
use super::effects::{Input, Refused, Step, StopCause};
use super::machine::{self, Moment, Timeouts};
use super::ports::{Command, Engine, Ports, Record, Snapshot, StartOptions};
use super::progress::{ProgressLog, ProgressReader};
use super::ticket::{StartRefused, StartTicket, StillActive, StopTicket};
use crate::tasks;

/// How many commands may wait at one actor. It takes them before anything else, so more than a few are a crowd that
/// all asks for the same.
const WAITING_COMMANDS: usize = 16;

/// What the lifecycle takes from the configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long each wait may take.
    pub timeouts: Timeouts,
    /// How many servers there may be.
    pub limits: Limits,
    /// The path below which hub and servers live; begins and ends with a slash.
    pub base_url: String,
    /// What the machine has room for.
    pub room: Arc<dyn Room>,
}

/// What becomes of running servers when the hub ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnShutdown {
    /// They are stopped.
    Stop,
    /// They go on; the next run of the hub adopts them.
    Leave,
}

/// All servers of the hub. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Registry {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    ports: Arc<dyn Ports>,
    clock: Arc<dyn Clock>,
    settings: Settings,
    /// Never held across an await.
    servers: Mutex<Servers>,
    actors: TaskTracker,
}

#[derive(Debug, Default)]
struct Servers {
    entries: HashMap<ServerKey, Entry>,
    /// Set once: the hub ends, nothing starts any more.
    is_ending: bool,
}

/// A server that was ever heard of in this run of the hub. Stays after its actor, with the last that is known.
#[derive(Debug)]
struct Entry {
    spawner: Option<Arc<dyn Spawner>>,
    view: watch::Receiver<Snapshot>,
    log: ProgressLog,
    /// To its actor. Closed, or `None`, when there is none.
    commands: Option<mpsc::Sender<Command>>,
    /// Set with the first stop that was sent to its actor: from then on a start cannot join any more.
    is_told_to_stop: bool,
}

// === impl Registry ===

impl Registry {
    /// An empty registry. [`recover`](super::recover::recover) fills it with the servers of earlier runs.
    pub fn new(ports: Arc<dyn Ports>, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        let (servers, actors) = (Mutex::default(), TaskTracker::new());
        Self { shared: Arc::new(Shared { ports, clock, settings, servers, actors }) }
    }

    /// Starts a server, or joins a start that is under way (then `options` count for nothing).
    ///
    /// Must be called within the runtime: the server's actor is started here.
    ///
    /// # Errors
    /// [`StartRefused`] when it makes no sense now or too many are there.
    pub fn start(&self, key: &ServerKey, options: StartOptions) -> Result<StartTicket, StartRefused> {
        let mut servers = self.shared.servers.lock();
        if servers.is_ending {
            return Err(StartRefused::HubEnding);
        }
        let known = servers.snapshot(key);
        if known.state().is_active() && servers.entries.get(key).is_some_and(|entry| entry.is_told_to_stop) {
            return Err(StartRefused::State(Refused::Stopping));
        }
        let step = machine::step(known.state(), Input::StartAsked, &self.moment()).map_err(StartRefused::State)?;
        if step.effects.is_empty() {
            let view = servers.entries.get(key).map(|entry| entry.view.clone());
            return Ok(StartTicket::new(view.unwrap_or_else(|| settled(known))));
        }
        self.shared.settings.limits.admit(servers.counts(), luck()).map_err(StartRefused::Limit)?;
        let record = Record {
            key: key.clone(),
            state: known.state().clone(),
            spawner_kind: options.spawner.kind().to_owned(),
            spawner_state: leftover(&known.record, &*options.spawner),
            // A stack without a name is an image that was chosen by itself.
            stack: options.stack.as_ref().map(|stack| stack.name.clone()).filter(|name| !name.is_empty()),
            user_options: options.user_options.clone(),
            grant: options.grant.clone(),
            started: None,
        };
        let spawner = Arc::clone(&options.spawner);
        let view = self.animate(&mut servers, record, spawner, Some(options), step);
        Ok(StartTicket::new(view))
    }

    /// Stops a server because somebody asked. A start under way is cancelled; what is stopped already stays so.
    pub fn stop(&self, key: &ServerKey, mode: StopMode) -> StopTicket {
        self.stop_because(key, mode, StopCause::Asked)
    }

    /// Stops a server for the given cause.
    ///
    /// Must be called within the runtime, as [`Registry::start`].
    pub fn stop_because(&self, key: &ServerKey, mode: StopMode, cause: StopCause) -> StopTicket {
        let mut servers = self.shared.servers.lock();
        let known = servers.snapshot(key);
        let Some(entry) = servers.entries.get_mut(key) else { return StopTicket::new(settled(known)) };
        if known.state().is_active() {
            entry.is_told_to_stop = true;
            entry.tell(Command::Stop { mode, cause });
            return StopTicket::new(entry.view.clone());
        }
        // At rest, and yet there may be something to do: where the last stop failed.
        let step = machine::step(known.state(), Input::StopAsked { mode, cause }, &self.moment());
        match (step, entry.spawner.clone()) {
            (Ok(step), Some(spawner)) if !step.effects.is_empty() => {
                StopTicket::new(self.animate(&mut servers, known.record, spawner, None, step))
            }
            (Ok(_) | Err(_), _) => StopTicket::new(settled(known)),
        }
    }

    /// Cancels a start. `None` where none is under way.
    pub fn cancel(&self, key: &ServerKey) -> Option<StopTicket> {
        let starts = self.find(key)?.state().pending() == Some(labdeck_model::Pending::Spawn);
        starts.then(|| self.stop(key, StopMode::Graceful))
    }

    /// A server as it is now; a stopped one where nothing is known of it.
    pub fn snapshot(&self, key: &ServerKey) -> Snapshot {
        self.shared.servers.lock().snapshot(key)
    }

    /// A server as it is now, if anything is known of it.
    pub fn find(&self, key: &ServerKey) -> Option<Snapshot> {
        let servers = self.shared.servers.lock();
        servers.entries.get(key).map(|entry| entry.snapshot(servers.is_ending))
    }

    /// All servers of which anything is known, running or not, in no order.
    pub fn all(&self) -> Vec<Snapshot> {
        let servers = self.shared.servers.lock();
        servers.entries.values().map(|entry| entry.snapshot(servers.is_ending)).collect()
    }

    /// The progress of a start that is under way, or of the one that led to where the server is now.
    pub fn progress(&self, key: &ServerKey) -> Option<ProgressReader> {
        let servers = self.shared.servers.lock();
        let entry = servers.entries.get(key)?;
        let tells = match entry.snapshot(servers.is_ending).state() {
            ServerState::Stopped { .. } => false,
            ServerState::Stopping { .. } => !entry.log.ended_well(),
            ServerState::Starting { .. }
            | ServerState::Waiting { .. }
            | ServerState::Routing { .. }
            | ServerState::Ready { .. }
            | ServerState::Checking { .. }
            | ServerState::Failed { .. } => true,
        };
        tells.then(|| entry.log.reader())
    }

    /// Forgets a stopped server: it was deleted.
    ///
    /// # Errors
    /// [`StillActive`] when it is not stopped.
    pub fn forget(&self, key: &ServerKey) -> Result<(), StillActive> {
        let mut servers = self.shared.servers.lock();
        if servers.snapshot(key).state().is_active() {
            return Err(StillActive);
        }
        servers.entries.remove(key);
        Ok(())
    }

    /// Ends all actors, with or without their servers, and waits for that. Starts are refused from now on. The wait
    /// is bounded by the stop deadlines; the caller may bound it more tightly.
    ///
    /// # Cancellation
    /// When dropped, actors go on ending in the background.
    pub async fn shutdown(&self, servers: OnShutdown) {
        let command = match servers {
            OnShutdown::Stop => Command::Stop { mode: StopMode::Graceful, cause: StopCause::Shutdown },
            OnShutdown::Leave => Command::Leave,
        };
        {
            let mut servers = self.shared.servers.lock();
            servers.is_ending = true;
            servers.entries.values().for_each(|entry| entry.tell(command.clone()));
        }
        self.shared.actors.close();
        self.shared.actors.wait().await;
    }

    /// Whether [`Registry::shutdown`] was called.
    pub(super) fn is_ending(&self) -> bool {
        self.shared.servers.lock().is_ending
    }

    pub(super) fn ports(&self) -> &Arc<dyn Ports> {
        &self.shared.ports
    }

    pub(super) fn moment(&self) -> Moment {
        Moment { now: self.shared.clock.now(), timeouts: self.shared.settings.timeouts }
    }

    /// Keeps a record of an earlier run that needs no actor.
    pub(super) fn remember(&self, record: Record, spawner: Option<Arc<dyn Spawner>>) {
        let (log, view) = (ProgressLog::new(), settled(Snapshot::of(record.clone())));
        let entry = Entry { spawner, log, commands: None, view, is_told_to_stop: false };
        self.shared.servers.lock().entries.entry(record.key).or_insert(entry);
    }

    /// Gives a record of an earlier run an actor that looks whether its server still runs.
    pub(super) fn adopt(&self, mut record: Record, spawner: Arc<dyn Spawner>) {
        record.state = ServerState::new();
        if let Ok(step) = machine::step(&record.state, Input::Found, &self.moment()) {
            let mut servers = self.shared.servers.lock();
            if !servers.entries.contains_key(&record.key) {
                self.animate(&mut servers, record, spawner, None, step);
            }
        }
    }

    /// Makes an actor that begins with a step which was decided already.
    fn animate(
        &self,
        servers: &mut MutexGuard<'_, Servers>,
        record: Record,
        spawner: Arc<dyn Spawner>,
        options: Option<StartOptions>,
        step: Step,
    ) -> watch::Receiver<Snapshot> {
        let Shared { ports, clock, settings, .. } = &*self.shared;
        let (key, log) = (record.key.clone(), ProgressLog::new());
        let before = Snapshot::of(record);
        let mut shown = before.clone();
        shown.record.state = step.next.clone();
        let (view, seen) = watch::channel(shown);
        let (commands, taken) = mpsc::channel(WAITING_COMMANDS);
        let actor = Actor::new(Parts {
            caller: Caller { key: key.clone(), ports: Arc::clone(ports), spawner: Arc::clone(&spawner) },
            options,
            snapshot: before,
            clock: Arc::clone(clock),
            timeouts: settings.timeouts,
            log: log.clone(),
            view,
            commands: taken,
            path: key.path_below(&settings.base_url),
        });
        drop(tasks::spawn("server", self.shared.actors.track_future(actor.run(step))));
        let entry =
            Entry { spawner: Some(spawner), view: seen.clone(), log, commands: Some(commands), is_told_to_stop: false };
        servers.entries.insert(key, entry);
        seen
    }
}

// === impl Servers ===

impl Servers {
    fn snapshot(&self, key: &ServerKey) -> Snapshot {
        let known = self.entries.get(key).map(|entry| entry.snapshot(self.is_ending));
        known.unwrap_or_else(|| Snapshot::of(Record::new(key.clone())))
    }

    fn counts(&self) -> Counts {
        self.entries.values().fold(Counts::default(), |counts, entry| counts.and(entry.view.borrow().state()))
    }
}

// === impl Entry ===

impl Entry {
    /// What was published last. An actor that is gone without having brought its server to rest has panicked: its
    /// server counts as half stopped, so that a start or stop clears it away.
    fn snapshot(&self, is_ending: bool) -> Snapshot {
        let mut snapshot = self.view.borrow().clone();
        let is_orphaned = self.commands.as_ref().is_none_or(mpsc::Sender::is_closed);
        if snapshot.state().is_active() && is_orphaned && !is_ending {
            snapshot.record.state = machine::lost(snapshot.state());
            snapshot.engine = Engine::Answers;
        }
        snapshot
    }

    /// A full queue holds stops already; a closed one has nobody to stop.
    fn tell(&self, command: Command) {
        if let Some(commands) = &self.commands {
            let _ = commands.try_send(command);
        }
    }
}

/// What an earlier stop could not clear away, where this driver can.
fn leftover(known: &Record, spawner: &dyn Spawner) -> Option<SpawnerState> {
    known.spawner_state.clone().filter(|_| known.spawner_kind == spawner.kind())
}

/// A view that does not change any more.
fn settled(snapshot: Snapshot) -> watch::Receiver<Snapshot> {
    watch::channel(snapshot).1
}

/// Spreads refused clients; where the system has no randomness to give, they just are not spread.
fn luck() -> u8 {
    let mut byte = [0];
    let _ = getrandom::fill(&mut byte);
    byte[0]
}
