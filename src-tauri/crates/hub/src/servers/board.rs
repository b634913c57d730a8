//! [`Live`]: what is known of a server at this moment beside its stored row, ready for [`view`](super::view()).
//! [`Board`]: where the hub's rooms pin what they know about servers for everybody who looks at one. Memory only;
//! whoever pins something calls [`announce`] so that the windows hear of it.

use std::collections::HashMap;
use std::time::Duration;

use labdeck_model::{Event, Notice, ServerKey, ServerState, UpcomingStop, Waiting};
use labdeck_spawner::diagnosis::kind;
use labdeck_store::tables::spawners::SpawnerRow;
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::JUPYTERHUB_VERSION;
use crate::context::{Context, Inner};
use crate::lifecycle::{Engine, Snapshot};

/// More notices than this nobody reads.
const KEPT_NOTICES: usize = 20;

/// A server's state with everything that only the present moment knows.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// What it is doing.
    pub state: ServerState,
    /// What it waits for, while it is queued.
    pub waiting: Option<Waiting>,
    /// Whether what runs it does not answer.
    pub engine_gone: bool,
    /// How long a start like this one took lately, in seconds.
    pub usual_seconds: Option<u32>,
    /// When it will be stopped by itself.
    pub stops: Option<UpcomingStop>,
    /// What its user should know while it runs.
    pub notices: Vec<Notice>,
}

/// What is pinned about servers.
#[derive(Debug, Default)]
pub struct Board {
    stops: Mutex<HashMap<ServerKey, UpcomingStop>>,
    notices: Mutex<HashMap<ServerKey, Vec<Notice>>>,
    /// Starts that failed one after the other.
    failures: watch::Sender<u32>,
    /// By spawner and stack.
    usual: Mutex<HashMap<(String, Option<String>), Duration>>,
}

/// What is known of a server now.
pub fn live_of(ctx: &Inner, row: &SpawnerRow) -> Live {
    match ctx.registry.find(&row.key) {
        Some(snapshot) => ctx.board.live(&snapshot, row),
        None => Live { state: super::ports::resting_state(row), ..Live::default() },
    }
}

/// Tells everybody who watches how a server is now: after something was pinned or taken down.
pub async fn announce(ctx: &Context, key: &ServerKey) {
    match super::find_view(ctx, key).await {
        Ok(Some(server)) => {
            ctx.bus.publish(Event::ServerChanged { user: key.user.clone(), server: Box::new(server) });
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "Could not tell about a server"),
    }
}

// === impl Board ===

impl Board {
    /// Joins a snapshot with what is pinned.
    pub fn live(&self, snapshot: &Snapshot, row: &SpawnerRow) -> Live {
        let key = snapshot.key();
        let kind = row.spawner_kind.as_deref().unwrap_or_default();
        let is_active = snapshot.state().is_active();
        Live {
            state: snapshot.state().clone(),
            waiting: snapshot.waiting.clone(),
            engine_gone: snapshot.engine == Engine::Gone,
            usual_seconds: self.find_usual_seconds(kind, row.stack.as_deref()),
            stops: self.stops.lock().get(key).filter(|_| is_active).cloned(),
            notices: self.notices.lock().get(key).filter(|_| is_active).cloned().unwrap_or_default(),
        }
    }

    /// Pins when a server will be stopped by itself; `None` takes it down. Says whether that changed anything.
    pub fn set_stop(&self, key: &ServerKey, stop: Option<UpcomingStop>) -> bool {
        let mut stops = self.stops.lock();
        let same = stops.get(key) == stop.as_ref();
        match stop {
            Some(stop) => drop(stops.insert(key.clone(), stop)),
            None => drop(stops.remove(key)),
        }
        !same
    }

    /// The stop that is pinned, if one is.
    pub fn find_stop(&self, key: &ServerKey) -> Option<UpcomingStop> {
        self.stops.lock().get(key).cloned()
    }

    /// Adds something that a running server's user should know.
    pub fn add_notice(&self, key: &ServerKey, notice: Notice) {
        let mut all = self.notices.lock();
        let notices = all.entry(key.clone()).or_default();
        notices.push(notice);
        let too_many = notices.len().saturating_sub(KEPT_NOTICES);
        notices.drain(..too_many);
    }

    /// Pins once that the notebook server belongs to another generation of JupyterHub: it may turn people round at
    /// the sign-in. Versions of one generation get on.
    pub fn note_version(&self, snapshot: &Snapshot) {
        let ServerState::Ready { started, .. } = snapshot.state() else { return };
        let Some(theirs) = snapshot.version.as_deref().filter(|theirs| !is_compatible(theirs)) else { return };
        let pinned = self
            .notices
            .lock()
            .get(snapshot.key())
            .is_some_and(|notices| notices.iter().any(|notice| notice.kind == kind::VERSION_MISMATCH));
        if !pinned {
            let message = format!(
                "This server contains JupyterHub {theirs}; the hub speaks version {JUPYTERHUB_VERSION}. If the sign-in \
                 goes round in circles, that is why: have jupyterhub in the image renewed."
            );
            let notice = Notice { at: *started, kind: kind::VERSION_MISMATCH.to_owned(), message };
            self.add_notice(snapshot.key(), notice);
        }
    }

    /// Takes everything about a server down: it stopped, or was deleted.
    pub fn forget(&self, key: &ServerKey) {
        self.stops.lock().remove(key);
        self.notices.lock().remove(key);
    }

    /// A start failed; how many have since the last good one.
    pub fn count_failure(&self) {
        self.failures.send_modify(|count| *count += 1);
    }

    /// A start went well.
    pub fn forget_failures(&self) {
        self.failures.send_if_modified(|count| std::mem::take(count) > 0);
    }

    /// How many starts failed since the last good one, now and from now on.
    pub fn watch_failures(&self) -> watch::Receiver<u32> {
        self.failures.subscribe()
    }

    /// Pins how long starts of a stack in a spawner take.
    pub fn set_usual(&self, kind: &str, stack: Option<&str>, usual: Option<Duration>) {
        let of = (kind.to_owned(), stack.map(str::to_owned));
        let mut all = self.usual.lock();
        match usual {
            Some(usual) => drop(all.insert(of, usual)),
            None => drop(all.remove(&of)),
        }
    }

    /// How long starts of a stack in a spawner take, in whole seconds as people are told, where that was learnt.
    pub fn find_usual_seconds(&self, kind: &str, stack: Option<&str>) -> Option<u32> {
        self.usual.lock().get(&(kind.to_owned(), stack.map(str::to_owned))).copied().map(whole_seconds)
    }
}

/// Whether a notebook server of that version signs people in with this hub: the same first number.
fn is_compatible(theirs: &str) -> bool {
    let major = |version: &str| version.split('.').next().and_then(|major| major.trim().parse::<u32>().ok());
    major(theirs).is_none_or(|theirs| Some(theirs) == major(JUPYTERHUB_VERSION))
}

/// Nobody waits for zero seconds.
fn whole_seconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use labdeck_model::{Timestamp, UserName};

    use super::*;

    #[test]
    fn what_is_pinned_stays_until_it_is_taken_down() {
        let (board, key) = (Board::default(), ServerKey::default_of(UserName::parse("ada").unwrap()));
        let at = Timestamp::from_unix_micros(0);
        let stop = UpcomingStop { at, rule: "idle".to_owned(), message: "Soon.".to_owned() };
        assert!(board.set_stop(&key, Some(stop.clone())));
        assert!(!board.set_stop(&key, Some(stop)));
        assert!(board.set_stop(&key, None));
        for number in 0..30 {
            board.add_notice(&key, Notice { at, kind: "message".to_owned(), message: number.to_string() });
        }
        let kept = board.notices.lock()[&key].clone();
        assert_eq!((kept.len(), kept[19].message.as_str()), (KEPT_NOTICES, "29"));
        board.forget(&key);
        assert!(board.notices.lock().is_empty());
    }

    #[test]
    fn another_generation_of_jupyterhub_is_pinned_once() {
        assert!(
            is_compatible("6.0.0") && is_compatible("strange") && !is_compatible("1.5.1") && !is_compatible("5.4.0")
        );
        let key = ServerKey::default_of(UserName::parse("ada").unwrap());
        let mut snapshot = Snapshot::of(crate::lifecycle::Record::new(key.clone()));
        let started = Timestamp::from_unix_micros(0);
        snapshot.record.state = ServerState::Ready { url: String::new(), started };
        snapshot.version = Some("1.5.1".to_owned());
        let board = Board::default();
        board.note_version(&snapshot);
        board.note_version(&snapshot);
        let kept = board.notices.lock()[&key].clone();
        assert_eq!((kept.len(), kept[0].message.contains("1.5.1")), (1, true));
    }

    #[test]
    fn the_usual_time_is_in_whole_seconds_and_never_zero() {
        let seconds = |millis| whole_seconds(Duration::from_millis(millis));
        assert_eq!((seconds(0), seconds(1000), seconds(1001), seconds(7_600)), (1, 1, 2, 8));
    }
}
