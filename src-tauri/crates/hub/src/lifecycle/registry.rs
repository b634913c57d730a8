//! [`Registry`]: the only door to servers. Owns the map from key to actor and, under the same short lock, admission;
//! hands out tickets to wait with. What a start or stop means is the machine's decision, made here before an actor
//! is woken, so that the caller gets it at once.

use std::sync::{Arc, Weak};

use labdeck_model::{Clock, ServerKey, ServerState, Timestamp, Waiting};
use labdeck_spawner::{Spawner, StopMode};
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};
use tokio_util::task::TaskTracker;

use super::actor::{Actor, Parts};
use super::admission::{Limits, Patience, Room};
use super::calls::Caller;
use super::effects::{Input, Refused, Step, StopCause};
use super::entries::{Entry, Locked, Place, Servers, Turn, record_for, settled};
use super::machine;
use super::ports::{Command, Ports, Record, Snapshot, StartOptions};
use super::progress::{ProgressLog, ProgressReader};
use super::ticket::{StartRefused, StartTicket, StillActive, StopTicket};
use super::timeouts::{Moment, TimeoutTable};
use crate::tasks;

/// How many commands may wait at one actor. It takes them before anything else, so more than a few are a crowd that
/// all asks for the same.
const WAITING_COMMANDS: usize = 16;

/// What the lifecycle takes from the configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long each wait may take.
    pub timeouts: TimeoutTable,
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

/// What an actor holds of the registry: it says that something changed, so that whoever waits for that is let in.
#[derive(Debug, Clone)]
pub(super) struct Turnstile(Weak<Shared>);

/// What a new actor begins with.
#[derive(Debug)]
struct Birth {
    record: Record,
    spawner: Arc<dyn Spawner>,
    /// For a start; an adopted server has none.
    options: Option<StartOptions>,
    step: Step,
    place: Place,
    waiting: Option<Waiting>,
}

// === impl Registry ===

impl Registry {
    /// An empty registry. [`recover`](super::recover::recover) fills it with the servers of earlier runs.
    pub fn new(ports: Arc<dyn Ports>, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        let (servers, actors) = (Mutex::new(Servers::new(settings.limits)), TaskTracker::new());
        Self { shared: Arc::new(Shared { ports, clock, settings, servers, actors }) }
    }

    /// Starts a server, or joins a start that is under way (then `options` count for nothing). Where there is no room
    /// now, it is queued or refused, as the options say.
    ///
    /// Must be called within the runtime: the server's actor is started here.
    ///
    /// # Errors
    /// [`StartRefused`] when it makes no sense now or there is no room for it.
    pub fn start(&self, key: &ServerKey, options: StartOptions) -> Result<StartTicket, StartRefused> {
        self.start_locked(&mut self.shared.servers.lock(), key, options)
    }

    fn start_locked(
        &self,
        servers: &mut Locked<'_>,
        key: &ServerKey,
        mut options: StartOptions,
    ) -> Result<StartTicket, StartRefused> {
        servers.check_open(key)?;
        let known = servers.snapshot(key);
        if known.state().is_active() && servers.entries.get(key).is_some_and(|entry| entry.is_told_to_stop) {
            return Err(StartRefused::State(Refused::Stopping));
        }
        let moment = self.moment(&*options.spawner);
        let mut step = machine::step(known.state(), Input::StartAsked, &moment).map_err(StartRefused::State)?;
        if step.effects.is_empty() {
            let view = servers.entries.get(key).map(|entry| entry.view.clone());
            return Ok(StartTicket::new(view.unwrap_or_else(|| settled(known))));
        }
        let (place, waiting) = match servers.ask_in(key, &options.grant, &*self.shared.settings.room, self.now()) {
            Turn::Go(grant) => {
                options.grant = grant.clone();
                (Place::In(grant), None)
            }
            Turn::Wait(waiting) if options.patience == Patience::Queue => {
                step = machine::step(known.state(), Input::StartQueued, &moment).map_err(StartRefused::State)?;
                (Place::Waits(watch::channel(Turn::Wait(waiting.clone())).0), Some(waiting))
            }
            Turn::Wait(waiting) => {
                servers.leave_queue(key);
                return Err(StartRefused::Limit(servers.limits.denied(servers.counts(), waiting.message, luck())));
            }
            Turn::Never(failure) => return Err(StartRefused::Never(failure)),
        };
        let spawner = Arc::clone(&options.spawner);
        let record = record_for(&known, &options);
        let birth = Birth { record, spawner, options: Some(options), step, place, waiting };
        Ok(StartTicket::new(self.animate(servers, birth)))
    }

    /// Stops a server and starts it again, as one thing: the start is refused now, or follows as soon as the server is
    /// at rest. It waits in the queue if need be. A server at rest is just started.
    ///
    /// # Errors
    /// [`StartRefused`] as for [`Registry::start`] where the server is at rest; else only when the hub ends.
    pub fn restart(&self, key: &ServerKey, options: StartOptions) -> Result<StartTicket, StartRefused> {
        let mut servers = self.shared.servers.lock();
        let options = StartOptions { patience: Patience::Queue, ..options };
        servers.check_open(key)?;
        if !servers.snapshot(key).state().is_active() {
            return self.start_locked(&mut servers, key, options);
        }
        servers.leave_queue(key);
        let Some(entry) = servers.entries.get_mut(key) else { return Err(StartRefused::HubEnding) };
        entry.then = Some(Box::new(options));
        entry.is_told_to_stop = true;
        entry.tell(Command::Stop { mode: StopMode::Graceful, cause: StopCause::Restart });
        Ok(StartTicket::new(entry.view.clone()))
    }

    /// Lets in whoever may start now: what runs changed, or the room did (a larger reserve, a card come free).
    pub fn look_at_queue(&self) {
        let mut servers = self.shared.servers.lock();
        servers.look_at_queue(&*self.shared.settings.room, self.now());
        for (key, options) in servers.take_restarts() {
            if let Err(refused) = self.start_locked(&mut servers, &key, options) {
                let (ports, words) = (Arc::clone(self.ports()), refused.words(&key));
                tracing::warn!(server.key = %key, "Server {key} is not started again: {words}");
                let note = async move {
                    ports.note(&key, "restart_refused", format!("It is not started again: {words}")).await
                };
                drop(tasks::spawn("server.note", note));
            }
        }
    }

    /// Changes the limits from now on. Who runs or starts already goes on.
    pub fn set_limits(&self, limits: Limits) {
        self.shared.servers.lock().limits = limits;
        self.look_at_queue();
    }

    /// The limits in force.
    pub fn limits(&self) -> Limits {
        self.shared.servers.lock().limits
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
        servers.leave_queue(key);
        let Some(entry) = servers.entries.get_mut(key) else { return StopTicket::new(settled(known)) };
        if known.state().is_active() {
            (entry.is_told_to_stop, entry.then) = (true, None);
            entry.tell(Command::Stop { mode, cause });
            return StopTicket::new(entry.view.clone());
        }
        // At rest, and yet there may be something to do: where the last stop failed.
        let spawner = entry.spawner.clone();
        let step = spawner
            .as_ref()
            .and_then(|own| machine::step(known.state(), Input::StopAsked { mode, cause }, &self.moment(&**own)).ok());
        match (step, spawner) {
            (Some(step), Some(spawner)) if !step.effects.is_empty() => {
                let place = Place::In(known.record.grant.clone());
                let birth = Birth { record: known.record, spawner, options: None, step, place, waiting: None };
                StopTicket::new(self.animate(&mut servers, birth))
            }
            (Some(_) | None, _) => StopTicket::new(settled(known)),
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
            ServerState::Queued { .. }
            | ServerState::Starting { .. }
            | ServerState::Waiting { .. }
            | ServerState::Routing { .. }
            | ServerState::Ready { .. }
            | ServerState::Checking { .. }
            | ServerState::Failed { .. } => true,
        };
        tells.then(|| entry.log.reader())
    }

    pub(super) fn lock(&self) -> Locked<'_> {
        self.shared.servers.lock()
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

    pub(super) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    fn moment(&self, spawner: &dyn Spawner) -> Moment {
        Moment { now: self.now(), timeouts: self.shared.settings.timeouts.of(spawner) }
    }

    /// Keeps a record of an earlier run that needs no actor.
    pub(super) fn remember(&self, record: Record, spawner: Option<Arc<dyn Spawner>>) {
        let (log, view) = (ProgressLog::new(), settled(Snapshot::of(record.clone())));
        let entry = Entry { spawner, log, commands: None, view, is_told_to_stop: false, place: Place::Out, then: None };
        self.shared.servers.lock().entries.entry(record.key).or_insert(entry);
    }

    /// Gives a record of an earlier run an actor that looks whether its server still runs.
    pub(super) fn adopt(&self, mut record: Record, spawner: Arc<dyn Spawner>) {
        record.state = ServerState::new();
        if let Ok(step) = machine::step(&record.state, Input::Found, &self.moment(&*spawner)) {
            let mut servers = self.shared.servers.lock();
            if !servers.entries.contains_key(&record.key) {
                let place = Place::In(record.grant.clone());
                self.animate(&mut servers, Birth { record, spawner, options: None, step, place, waiting: None });
            }
        }
    }

    /// Makes an actor that begins with a step which was decided already.
    fn animate(&self, servers: &mut Locked<'_>, birth: Birth) -> watch::Receiver<Snapshot> {
        let Birth { record, spawner, options, step, place, waiting } = birth;
        let Shared { ports, clock, settings, .. } = &*self.shared;
        let (key, log) = (record.key.clone(), ProgressLog::new());
        let before = Snapshot { waiting, ..Snapshot::of(record) };
        let mut shown = before.clone();
        shown.record.state = step.next.clone();
        let (view, seen) = watch::channel(shown);
        let (commands, taken) = mpsc::channel(WAITING_COMMANDS);
        let turn = match &place {
            Place::Waits(turn) => Some(turn.subscribe()),
            Place::In(_) | Place::Out => None,
        };
        let actor = Actor::new(Parts {
            caller: Caller { key: key.clone(), ports: Arc::clone(ports), spawner: Arc::clone(&spawner) },
            options,
            snapshot: before,
            clock: Arc::clone(clock),
            timeouts: settings.timeouts.of(&*spawner),
            log: log.clone(),
            view,
            commands: taken,
            turn,
            path: key.path_below(&settings.base_url),
            turnstile: Turnstile(Arc::downgrade(&self.shared)),
        });
        drop(tasks::spawn("server", self.shared.actors.track_future(actor.run(step))));
        let (commands, spawner, view) = (Some(commands), Some(spawner), seen.clone());
        let entry = Entry { spawner, view, log, commands, is_told_to_stop: false, place, then: None };
        servers.entries.insert(key, entry);
        seen
    }
}

// === impl Turnstile ===

impl Turnstile {
    /// Lets in who may start now.
    pub(super) fn turn(&self) {
        if let Some(shared) = self.0.upgrade() {
            Registry { shared }.look_at_queue();
        }
    }
}

impl Drop for Turnstile {
    /// An actor ended, perhaps in a panic: what it held is free.
    fn drop(&mut self) {
        let Some(shared) = self.0.upgrade() else { return };
        // Where the lock is held, its holder makes an actor at this moment, on a runtime that is ending.
        if let Some(mut servers) = shared.servers.try_lock() {
            servers.look_at_queue(&*shared.settings.room, shared.clock.now());
        }
    }
}

/// Spreads refused clients; where the system has no randomness to give, they just are not spread.
fn luck() -> u8 {
    let mut byte = [0];
    let _ = getrandom::fill(&mut byte);
    byte[0]
}
