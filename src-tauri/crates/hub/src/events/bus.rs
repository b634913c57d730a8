//! [`Bus`]: numbers events, keeps the last thousand, hands them to whoever listens. Publishing never blocks and
//! never fails; a listener that is too slow learns that it missed something and fetches everything again.

use std::collections::VecDeque;
use std::sync::Arc;

use labdeck_model::{Clock, Event, HubEvent};
use parking_lot::Mutex;
use tokio::sync::broadcast;

/// How many events a listener may lag behind, and a returning one may have missed.
const KEPT_EVENTS: usize = 1000;

/// The one place where events come from. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bus {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Arc<dyn Clock>,
    /// Held while numbering and sending, so that numbers arrive in order. Never across an await.
    log: Mutex<Log>,
    /// Bounded: a full channel makes the slowest listener miss events, it never stops the publisher.
    sender: broadcast::Sender<HubEvent>,
}

#[derive(Debug)]
struct Log {
    next_seq: u64,
    kept: VecDeque<HubEvent>,
}

/// A listener with what it missed since it was last here.
#[derive(Debug)]
pub struct Subscription {
    /// Events after the number asked for, oldest first.
    pub backlog: Vec<HubEvent>,
    /// Whether events between that number and the backlog are gone.
    pub missed: Missed,
    /// What comes from now on.
    pub receiver: broadcast::Receiver<HubEvent>,
}

/// Whether a listener can go on from where it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// The backlog is complete.
    Nothing,
    /// Some events are gone: everything has to be fetched again.
    Some,
}

// === impl Bus ===

impl Bus {
    /// An empty bus. Numbers start at one.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let (sender, _) = broadcast::channel(KEPT_EVENTS);
        let log = Mutex::new(Log { next_seq: 1, kept: VecDeque::with_capacity(KEPT_EVENTS) });
        Self { shared: Arc::new(Shared { clock, log, sender }) }
    }

    /// Publishes events in the given order.
    pub fn publish_all(&self, events: impl IntoIterator<Item = Event>) {
        let mut log = self.shared.log.lock();
        for event in events {
            let event = HubEvent { seq: log.next_seq, at: self.shared.clock.now(), event };
            log.next_seq += 1;
            // Samples are worth nothing a moment later; keeping them would push out what a returning reader needs.
            if !matches!(event.event, Event::Sampled { .. }) {
                if log.kept.len() == KEPT_EVENTS {
                    log.kept.pop_front();
                }
                log.kept.push_back(event.clone());
            }
            // An error means that nobody listens, which is no error.
            let _ = self.shared.sender.send(event);
        }
    }

    /// Publishes one event.
    pub fn publish(&self, event: Event) {
        self.publish_all([event]);
    }

    /// How many listen at the moment.
    pub fn listeners(&self) -> usize {
        self.shared.sender.receiver_count()
    }

    /// Listens from now on; with `after`, also to what came after that number.
    pub fn subscribe(&self, after: Option<u64>) -> Subscription {
        let log = self.shared.log.lock();
        let receiver = self.shared.sender.subscribe();
        let Some(after) = after else {
            return Subscription { backlog: Vec::new(), missed: Missed::Nothing, receiver };
        };
        let oldest = log.kept.front().map_or(log.next_seq, |event| event.seq);
        // A number from the future comes from an earlier run of the hub.
        let complete = after.saturating_add(1) >= oldest && after < log.next_seq;
        let backlog = log.kept.iter().filter(|event| event.seq > after).cloned().collect();
        let missed = if complete { Missed::Nothing } else { Missed::Some };
        Subscription { backlog, missed, receiver }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use labdeck_model::SystemClock;

    fn bus_with(count: usize) -> Bus {
        let bus = Bus::new(Arc::new(SystemClock));
        bus.publish_all((0..count).map(|_| Event::OverviewChanged));
        bus
    }

    #[test]
    fn a_returning_listener_gets_what_it_missed() {
        let subscription = bus_with(5).subscribe(Some(3));
        assert_eq!(subscription.backlog.iter().map(|e| e.seq).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(subscription.missed, Missed::Nothing);
    }

    #[test]
    fn a_listener_that_was_away_too_long_is_told_so() {
        assert_eq!(bus_with(KEPT_EVENTS + 10).subscribe(Some(3)).missed, Missed::Some);
    }

    #[test]
    fn a_number_of_an_earlier_run_is_told_so() {
        assert_eq!(bus_with(5).subscribe(Some(99)).missed, Missed::Some);
    }
}
