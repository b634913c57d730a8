//! [`ServiceBoard`]: what is known of services while the hub runs: which there are, which processes they have, whether
//! they answer. A projection of the store and of the keepers, shared by pages and API.

use std::collections::BTreeMap;
use std::path::Path;

use labdeck_model::{ServiceName, Timestamp};
use labdeck_spawner::process::{ProgramExit, Programs};
use labdeck_store::tables::services::ServiceRow;
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc, watch};

/// All services of this run.
#[derive(Debug)]
pub struct ServiceBoard {
    /// The processes of those that the hub starts.
    pub(super) programs: Programs,
    entries: Mutex<BTreeMap<ServiceName, Entry>>,
    /// Wakes whoever asks services whether they answer.
    pub(super) news: Notify,
    /// How many keepers have not ended yet.
    pub(super) keepers: watch::Sender<usize>,
}

/// One service.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// What is stored of it.
    pub row: ServiceRow,
    /// Its process, if the hub starts it.
    pub run: Option<RunState>,
    /// Whether it answers, if it has an address.
    pub health: Health,
    /// Since when it is known in this run.
    pub since: Timestamp,
}

/// How a service stands that the hub starts.
#[derive(Debug, Clone)]
pub(super) struct RunState {
    /// What it does now.
    pub phase: Phase,
    /// How often it was started again.
    pub restarts: u32,
    /// How it ended last.
    pub last_end: Option<End>,
    /// Asks its keeper to start it anew. Holds one request; more change nothing.
    pub again: mpsc::Sender<()>,
}

/// What a service does that the hub starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    /// It is being started.
    Starting,
    /// It runs.
    Running {
        /// Its process.
        pid: u32,
        /// Since when.
        since: Timestamp,
    },
    /// It ended, and is started again at this moment.
    Waiting {
        /// When.
        until: Timestamp,
    },
    /// It is ended with the hub.
    Stopped,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    /// When.
    pub at: Timestamp,
    /// How the process ended; `None` for one that could not be started.
    pub exit: Option<ProgramExit>,
    /// In a sentence.
    pub words: String,
}

/// Whether a service answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Health {
    /// It was not asked yet, or has no address.
    Unknown,
    /// It does.
    Up,
    /// It does not; what was seen instead.
    Down(String),
}

/// A line of the pages' menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MenuItem {
    /// The service.
    pub name: ServiceName,
}

// === impl ServiceBoard ===

impl ServiceBoard {
    /// An empty board of a hub with this data folder.
    pub fn new(data_dir: &Path) -> Self {
        Self {
            programs: Programs::new(data_dir.join("services")),
            entries: Mutex::default(),
            news: Notify::new(),
            keepers: watch::channel(0).0,
        }
    }

    /// Puts a service up, or what is stored of it anew.
    pub(super) fn put(&self, row: ServiceRow, now: Timestamp) {
        let mut entries = self.entries.lock();
        match entries.get_mut(&row.name) {
            Some(entry) => entry.row = row,
            None => {
                let entry = Entry { row: row.clone(), run: None, health: Health::Unknown, since: now };
                entries.insert(row.name, entry);
            }
        }
        drop(entries);
        self.news.notify_one();
    }

    /// Takes a service down.
    pub(super) fn remove(&self, name: &ServiceName) {
        self.entries.lock().remove(name);
    }

    /// A service, if there is one of this name.
    pub(super) fn find(&self, name: &ServiceName) -> Option<Entry> {
        self.entries.lock().get(name).cloned()
    }

    /// All, by name.
    pub(super) fn all(&self) -> Vec<Entry> {
        self.entries.lock().values().cloned().collect()
    }

    /// Changes what is known of one; a service that is gone has nothing to change.
    pub(super) fn change(&self, name: &ServiceName, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entries.lock().get_mut(name) {
            change(entry);
        }
    }

    /// Those that stand in the pages' menu, for whoever may use them.
    pub fn menu(&self) -> Vec<MenuItem> {
        let entries = self.entries.lock();
        let shown = entries.values().filter(|entry| entry.row.facts.display && entry.row.facts.url.is_some());
        shown.map(|entry| MenuItem { name: entry.row.name.clone() }).collect()
    }
}

// === impl Entry ===

impl Entry {
    /// The number of its process, while it runs.
    pub(super) fn pid(&self) -> Option<u32> {
        match self.run.as_ref()?.phase {
            Phase::Running { pid, .. } => Some(pid),
            Phase::Starting | Phase::Waiting { .. } | Phase::Stopped => None,
        }
    }
}
