//! What the engine tells of this hub's containers while they run. Owns one subscription per driver, to the few events
//! that matter (a program killed for want of memory, a container that ended); what came while the engine or the line
//! to it was away is asked for afterwards. The driver hands it on; nobody else reads it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptionsBuilder;
use futures_util::StreamExt;
use tokio::sync::broadcast;
use tokio::time::sleep;
use tracing::debug;

use super::container::{key_of, labels};
use super::engine::Engine;
use super::together::Kills;
use crate::tasks::{self, Task};
use crate::{Ceiling, Happening, HappeningKind};

/// How many unread happenings are kept for a slow reader.
const UNREAD: usize = 256;
/// The pause before the engine is asked again after it ended the stream or was away.
const PAUSE: Duration = Duration::from_millis(500);

/// An engine tells of one want of memory several times, within milliseconds. What comes so soon is the same one.
const ONE_WANT: Duration = Duration::from_secs(2);

/// A running subscription.
#[derive(Debug)]
pub(super) struct Listener {
    happenings: broadcast::Sender<Happening>,
    endings: broadcast::Sender<String>,
    _task: Task,
}

/// What an event means to the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Meaning {
    /// In the container with this id.
    OutOfMemory(String, Happening),
    /// The container with this id ended.
    Ended(String),
}

/// Who hands meanings on.
#[derive(Debug)]
struct Teller {
    happenings: broadcast::Sender<Happening>,
    endings: broadcast::Sender<String>,
    ceiling: Option<Arc<Ceiling>>,
}

/// Until where the engine's events were read.
#[derive(Debug, Default)]
struct Place {
    /// Time of the last one, in nanoseconds by the engine's clock.
    last_nanos: Option<i64>,
    /// When memory ran out last, by container that runs.
    wants: HashMap<String, i64>,
}

// === impl Listener ===

impl Listener {
    pub(super) fn begin(engine: Arc<Engine>, hub_id: String, ceiling: Option<Arc<Ceiling>>) -> Self {
        let (happenings, endings) = (broadcast::channel(UNREAD).0, broadcast::channel(UNREAD).0);
        let teller = Teller { happenings: happenings.clone(), endings: endings.clone(), ceiling };
        Self { happenings, endings, _task: tasks::spawn("engine events", follow(engine, hub_id, teller)) }
    }

    /// What happens to running servers from now on.
    pub(super) fn happenings(&self) -> broadcast::Receiver<Happening> {
        self.happenings.subscribe()
    }

    /// The ids of containers that end from now on.
    pub(super) fn endings(&self) -> broadcast::Receiver<String> {
        self.endings.subscribe()
    }
}

// === impl Teller ===

impl Teller {
    async fn tell(&self, meaning: Meaning, kills: &mut Kills) {
        // Without a reader there is nobody to tell.
        match meaning {
            Meaning::OutOfMemory(id, happening) => {
                if kills.is_its_own(self.ceiling.as_ref(), &id).await {
                    let _ = self.happenings.send(happening);
                }
            }
            Meaning::Ended(id) => {
                kills.forget(&id);
                let _ = self.endings.send(id);
            }
        }
    }
}

/// Resolves when the engine says that this container ended; never, where the engine says nothing.
pub(super) async fn until_ended(mut endings: broadcast::Receiver<String>, id: &str) {
    loop {
        match endings.recv().await {
            Ok(ended) if ended == id => return,
            // Some were missed: it may have been among them.
            Err(broadcast::error::RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

async fn follow(engine: Arc<Engine>, hub_id: String, teller: Teller) {
    let (mut place, mut kills) = (Place::default(), Kills::default());
    loop {
        // Where an engine cannot be asked, the driver's watch tells so; here it is only tried again.
        if let Ok(client) = engine.client().await {
            let options = EventsOptionsBuilder::new().filters(&filter(&hub_id));
            let options = match place.since() {
                Some(since) => options.since(&since),
                None => options,
            };
            let mut events = Box::pin(client.events(Some(options.build())));
            while let Some(Ok(event)) = events.next().await {
                if !place.is_new(&event) {
                    continue;
                }
                debug!(event.action = ?event.action, "The engine told of a container");
                if let Some(meaning) = meaning(&event) {
                    teller.tell(meaning, &mut kills).await;
                }
            }
        }
        sleep(PAUSE).await;
    }
}

fn filter(hub_id: &str) -> HashMap<String, Vec<String>> {
    let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    HashMap::from([
        ("type".to_owned(), owned(&["container"])),
        // Health checks and sessions in containers would be a flood.
        ("event".to_owned(), owned(&["oom", "die", "start"])),
        ("label".to_owned(), vec![format!("{}={hub_id}", labels::HUB)]),
    ])
}

fn meaning(event: &EventMessage) -> Option<Meaning> {
    let actor = event.actor.as_ref()?;
    // The engine puts a container's labels among the attributes.
    let labels = actor.attributes.as_ref()?;
    match event.action.as_deref()? {
        "oom" => {
            let happening = Happening { key: key_of(labels)?, kind: HappeningKind::OutOfMemory };
            Some(Meaning::OutOfMemory(actor.id.clone()?, happening))
        }
        "die" => Some(Meaning::Ended(actor.id.clone()?)),
        _ => None,
    }
}

// === impl Place ===

impl Place {
    /// What the engine is asked to begin with, as it reads times; inclusive.
    fn since(&self) -> Option<String> {
        let nanos = self.last_nanos?;
        Some(format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000))
    }

    /// Notes an event; false for one that was read before, or that repeats the one before.
    fn is_new(&mut self, event: &EventMessage) -> bool {
        let at = event.time_nano.or(event.time.map(|seconds| seconds.saturating_mul(1_000_000_000)));
        let Some(at) = at else { return true };
        let new = self.last_nanos.is_none_or(|last| at > last);
        self.last_nanos = self.last_nanos.max(Some(at));
        new && !self.repeats(event, at)
    }

    fn repeats(&mut self, event: &EventMessage, at: i64) -> bool {
        let Some(id) = event.actor.as_ref().and_then(|actor| actor.id.clone()) else { return false };
        if event.action.as_deref() == Some("oom") {
            let last = self.wants.insert(id, at);
            let since_last = last.map(|last| Duration::from_nanos(u64::try_from(at - last).unwrap_or_default()));
            since_last.is_some_and(|since| since < ONE_WANT)
        } else {
            self.wants.remove(&id);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(action: &str, nanos: i64) -> EventMessage {
        serde_json::from_value(json!({
            "Type": "container", "Action": action, "timeNano": nanos,
            "Actor": {"ID": "c1", "Attributes": {"labdeck.user": "ada", "labdeck.server": "gpu", "labdeck.hub": "h"}},
        }))
        .unwrap()
    }

    #[test]
    fn an_event_is_read_by_its_action_and_labels() {
        match meaning(&event("oom", 1)) {
            Some(Meaning::OutOfMemory(_, happening)) => assert_eq!(happening.key.to_string(), "ada:gpu"),
            other => panic!("{other:?}"),
        }
        assert_eq!(meaning(&event("die", 1)), Some(Meaning::Ended("c1".into())));
        assert_eq!(meaning(&event("exec_die", 1)), None);
    }

    #[test]
    fn an_event_is_read_once_although_the_engine_repeats_the_last_one() {
        let mut place = Place::default();
        assert_eq!(place.since(), None);
        assert!(place.is_new(&event("die", 5_000_000_007)));
        assert_eq!(place.since().unwrap(), "5.000000007");
        assert!(!place.is_new(&event("die", 5_000_000_007)));
        assert!(place.is_new(&event("oom", 5_000_000_008)));
    }

    #[test]
    fn what_an_engine_tells_several_times_is_told_once() {
        let mut place = Place::default();
        let milliseconds = |count: i64| count * 1_000_000;
        let told: Vec<_> = [0, 8, 9, 4_000].map(|at| place.is_new(&event("oom", milliseconds(at)))).into();
        assert_eq!(told, [true, false, false, true]);
        assert!(place.is_new(&event("start", milliseconds(4_001))));
        assert!(place.is_new(&event("oom", milliseconds(4_002))));
        assert!(place.is_new(&event("die", milliseconds(4_003))) && place.wants.is_empty());
    }

    #[tokio::test]
    async fn an_ending_wakes_who_waits_for_that_container() {
        let (sender, receiver) = broadcast::channel(2);
        sender.send("other".to_owned()).unwrap();
        sender.send("mine".to_owned()).unwrap();
        tokio::time::timeout(Duration::from_secs(1), until_ended(receiver, "mine")).await.unwrap();
    }
}
