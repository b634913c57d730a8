//! What the registry keeps under its lock: one [`Entry`] for each server that was heard of in this run, the limits,
//! and the queue of starts. Plain bookkeeping; the registry's methods are the door.

use std::collections::HashMap;
use std::sync::Arc;

use labdeck_model::{Failure, Grant, Pending, ServerKey, Timestamp, Waiting};
use labdeck_spawner::{Spawner, SpawnerState};
use parking_lot::MutexGuard;
use tokio::sync::{mpsc, watch};

use super::admission::{Counts, Held, Limits, Room};
use super::leaving::Leaver;
use super::machine;
use super::ports::{Command, Engine, Record, Snapshot, StartOptions};
use super::progress::ProgressLog;
use super::queue::{Present, Queue, Verdict};
use super::ticket::StartRefused;

/// Everything under the lock. Never held across an await.
#[derive(Debug)]
pub(super) struct Servers {
    pub(super) entries: HashMap<ServerKey, Entry>,
    /// Set once: the hub ends, nothing starts any more.
    pub(super) is_ending: bool,
    pub(super) limits: Limits,
    pub(super) queue: Queue,
    /// Who is being removed: nothing of theirs is started.
    pub(super) leaving: Vec<Leaver>,
}

/// The registry's lock, held.
pub(super) type Locked<'a> = MutexGuard<'a, Servers>;

/// A server that was ever heard of in this run of the hub. Stays after its actor, with the last that is known.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) spawner: Option<Arc<dyn Spawner>>,
    pub(super) view: watch::Receiver<Snapshot>,
    pub(super) log: ProgressLog,
    /// To its actor. Closed, or `None`, when there is none.
    pub(super) commands: Option<mpsc::Sender<Command>>,
    /// Set with the first stop that was sent to its actor: from then on a start cannot join any more.
    pub(super) is_told_to_stop: bool,
    pub(super) place: Place,
    /// What is to be started when it has come to rest: it is being restarted.
    pub(super) then: Option<Box<StartOptions>>,
}

/// How a server stands to the machine's room.
#[derive(Debug)]
pub(super) enum Place {
    /// It waits for its turn; its actor is told through here.
    Waits(watch::Sender<Turn>),
    /// It was let in and holds this for as long as it is active.
    In(Grant),
    /// It holds nothing: called off before its turn, or at rest.
    Out,
}

/// What a queued start is told. The newest word counts.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Turn {
    /// Not yet, for this reason.
    Wait(Waiting),
    /// Now, with this.
    Go(Grant),
    /// Never.
    Never(Failure),
}

/// What a new start begins with.
pub(super) fn record_for(known: &Snapshot, options: &StartOptions) -> Record {
    Record {
        key: known.key().clone(),
        state: known.state().clone(),
        spawner_kind: options.spawner.kind().to_owned(),
        spawner_state: leftover(&known.record, &*options.spawner),
        // A stack without a name is an image that was chosen by itself.
        stack: options.stack.as_ref().map(|stack| stack.name.clone()).filter(|name| !name.is_empty()),
        user_options: options.user_options.clone(),
        grant: options.grant.clone(),
        started: None,
    }
}

/// What an earlier stop could not clear away, where this driver can.
fn leftover(known: &Record, spawner: &dyn Spawner) -> Option<SpawnerState> {
    known.spawner_state.clone().filter(|_| known.spawner_kind == spawner.kind())
}

/// A view that does not change any more.
pub(super) fn settled(snapshot: Snapshot) -> watch::Receiver<Snapshot> {
    watch::channel(snapshot).1
}

// === impl Servers ===

impl Servers {
    pub(super) fn new(limits: Limits) -> Self {
        Self { entries: HashMap::new(), is_ending: false, limits, queue: Queue::default(), leaving: Vec::new() }
    }

    /// Refuses a start that would outlive the hub or whoever owns the server.
    pub(super) fn check_open(&self, key: &ServerKey) -> Result<(), StartRefused> {
        if self.is_ending {
            return Err(StartRefused::HubEnding);
        }
        match self.leaving.iter().find(|leaver| leaver.covers(key)) {
            Some(leaver) => Err(StartRefused::Leaving(leaver.clone())),
            None => Ok(()),
        }
    }

    pub(super) fn snapshot(&self, key: &ServerKey) -> Snapshot {
        let known = self.entries.get(key).map(|entry| entry.snapshot(self.is_ending));
        known.unwrap_or_else(|| Snapshot::of(Record::new(key.clone())))
    }

    pub(super) fn counts(&self) -> Counts {
        let inside = self.entries.values().filter(|entry| matches!(entry.place, Place::In(_)) && entry.has_actor());
        inside.fold(Counts::default(), |counts, entry| counts.and(entry.view.borrow().state()))
    }

    fn held(&self) -> Vec<Held> {
        self.entries.iter().filter_map(|(key, entry)| entry.held(key)).collect()
    }

    /// Asks for a place for one more server: behind those who wait already.
    pub(super) fn ask_in(&mut self, key: &ServerKey, wanted: &Grant, room: &dyn Room, now: Timestamp) -> Turn {
        self.queue.push(key.clone(), wanted.clone());
        let mut answer = None;
        for (called, verdict) in self.call(room, now) {
            if called == *key {
                answer = Some(Turn::from(verdict));
            } else {
                self.tell_turn(&called, verdict.into());
            }
        }
        let waits = |(of, waiting)| (of == key).then_some(waiting);
        answer.or_else(|| self.queue.waiting().find_map(waits).map(Turn::Wait)).unwrap_or_else(|| {
            let failure = Failure::new("internal", "The start was lost in the queue.", "Try again.");
            Turn::Never(failure)
        })
    }

    /// Lets in who may start now, and tells the others their new places.
    pub(super) fn look_at_queue(&mut self, room: &dyn Room, now: Timestamp) {
        if self.queue.is_empty() || self.is_ending {
            return;
        }
        for (called, verdict) in self.call(room, now) {
            self.tell_turn(&called, verdict.into());
        }
        for (key, waiting) in self.queue.waiting() {
            let Some(Entry { place: Place::Waits(turn), .. }) = self.entries.get(key) else { continue };
            let turn_now = Turn::Wait(waiting);
            turn.send_if_modified(|turn| {
                *turn != turn_now && {
                    *turn = turn_now;
                    true
                }
            });
        }
    }

    fn call(&mut self, room: &dyn Room, now: Timestamp) -> Vec<(ServerKey, Verdict)> {
        let (counts, held) = (self.counts(), self.held());
        // Once for the whole queue, however long it is.
        let measured = room.measured();
        let room = measured.as_deref().unwrap_or(room);
        self.queue.call(Present { limits: &self.limits, counts, held, room, now })
    }

    fn tell_turn(&mut self, key: &ServerKey, turn: Turn) {
        let Some(entry) = self.entries.get_mut(key) else { return };
        let place = match &turn {
            Turn::Go(grant) => Place::In(grant.clone()),
            Turn::Never(_) | Turn::Wait(_) => Place::Out,
        };
        if let Place::Waits(to) = std::mem::replace(&mut entry.place, place) {
            to.send_replace(turn);
        }
    }

    /// Takes a start out of the queue, if it waits there.
    pub(super) fn leave_queue(&mut self, key: &ServerKey) {
        self.queue.remove(key);
        if let Some(entry) = self.entries.get_mut(key).filter(|entry| matches!(entry.place, Place::Waits(_))) {
            entry.place = Place::Out;
        }
    }

    /// Restarts whose server has come to rest.
    pub(super) fn take_restarts(&mut self) -> Vec<(ServerKey, StartOptions)> {
        let is_ending = self.is_ending;
        let at_rest = self.entries.iter_mut().filter(|(_, entry)| {
            // Where the stop failed, the start begins with clearing away what is left.
            entry.then.is_some() && entry.snapshot(is_ending).state().is_stopped()
        });
        let taken = at_rest.filter_map(|(key, entry)| Some((key.clone(), *entry.then.take()?)));
        taken.collect()
    }
}

// === impl Entry ===

impl Entry {
    /// What was published last. An actor that is gone without having brought its server to rest has panicked: its
    /// server counts as half stopped, so that a start or stop clears it away.
    pub(super) fn snapshot(&self, is_ending: bool) -> Snapshot {
        let mut snapshot = self.view.borrow().clone();
        if snapshot.state().is_active() && !self.has_actor() && !is_ending {
            snapshot.record.state = machine::lost(snapshot.state());
            snapshot.engine = Engine::Answers;
        }
        snapshot
    }

    fn held(&self, key: &ServerKey) -> Option<Held> {
        let seen = self.view.borrow();
        match &self.place {
            Place::In(grant) if self.has_actor() && seen.state().is_active() => {
                let is_starting = seen.state().pending() == Some(Pending::Spawn);
                Some(Held { key: key.clone(), grant: grant.clone(), is_starting })
            }
            Place::In(_) | Place::Waits(_) | Place::Out => None,
        }
    }

    fn has_actor(&self) -> bool {
        self.commands.as_ref().is_some_and(|commands| !commands.is_closed())
    }

    /// A full queue holds stops already; a closed one has nobody to stop.
    pub(super) fn tell(&self, command: Command) {
        if let Some(commands) = &self.commands {
            let _ = commands.try_send(command);
        }
    }
}

// === impl Turn ===

impl From<Verdict> for Turn {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Go(grant) => Self::Go(grant),
            Verdict::Never(failure) => Self::Never(failure),
        }
    }
}
