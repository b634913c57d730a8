//! The starts that wait, and who is next. First come, first served, with one exception: a start that waits for
//! something others do not need lets them pass.
//!
//! - Nobody passes a start that waits for its turn (as many start or run as may).
//! - A start that waits for a graphics card lets pass whoever wants none.
//! - A start that waits for memory lets at most [`MAX_PASSED`] smaller ones pass; after that everybody waits behind
//!   it until there is room, but no longer than [`LONGEST_HOLD`]: then as many may pass again, and so on. So a small
//!   start always gets its turn, and a large one gets the room that becomes free while it holds the others back.
//!
//! Pure: the registry asks under its lock and tells those who were called.

use std::collections::VecDeque;
use std::time::Duration;

use labdeck_model::{Failure, Grant, ServerKey, Timestamp, Waiting, WaitingFor};

use super::admission::{Counts, Held, Limits, Room, RoomAnswer};

/// How many later starts may pass one that waits for memory.
const MAX_PASSED: u32 = 4;
/// How long it then holds everybody back: time for others to end, and not so long that a lab stands still for one.
const LONGEST_HOLD: Duration = Duration::from_secs(120);

/// The starts that wait, oldest first.
#[derive(Debug, Default)]
pub(super) struct Queue {
    places: VecDeque<Place>,
}

#[derive(Debug)]
struct Place {
    key: ServerKey,
    wanted: Grant,
    /// For what, and the sentence; known once it was asked for.
    waits: Option<(WaitingFor, String)>,
    /// How many passed it since it last held everybody back.
    passed: u32,
    /// Since when it lets nobody pass any more.
    holds_since: Option<Timestamp>,
}

/// What there is at the moment of asking.
#[derive(Debug)]
pub(super) struct Present<'a> {
    pub(super) limits: &'a Limits,
    pub(super) counts: Counts,
    pub(super) held: Vec<Held>,
    pub(super) room: &'a dyn Room,
    pub(super) now: Timestamp,
}

/// What became of a start in the queue.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// It is let in, with this.
    Go(Grant),
    /// It can never be let in.
    Never(Failure),
}

// === impl Queue ===

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Puts a start at the end.
    pub(super) fn push(&mut self, key: ServerKey, wanted: Grant) {
        self.places.push_back(Place { key, wanted, waits: None, passed: 0, holds_since: None });
    }

    /// Takes a start out: it was called off.
    pub(super) fn remove(&mut self, key: &ServerKey) {
        self.places.retain(|place| place.key != *key);
    }

    /// Lets in whoever may start now. They leave the queue.
    pub(super) fn call(&mut self, mut now: Present<'_>) -> Vec<(ServerKey, Verdict)> {
        let mut called = Vec::new();
        let mut kept: VecDeque<Place> = VecDeque::with_capacity(self.places.len());
        for mut place in std::mem::take(&mut self.places) {
            place.tire(now.now);
            match now.ask(&place, &kept) {
                RoomAnswer::Take(grant) => {
                    now.take(&place.key, grant.clone());
                    kept.iter_mut().for_each(|waiting| waiting.let_pass(now.now));
                    called.push((place.key, Verdict::Go(grant)));
                }
                RoomAnswer::Never(failure) => called.push((place.key, Verdict::Never(failure))),
                RoomAnswer::Wait { waiting_for, message } => {
                    place.waits = Some((waiting_for, message));
                    kept.push_back(place);
                }
            }
        }
        self.places = kept;
        called
    }

    /// Who waits for what, in order.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (&ServerKey, Waiting)> {
        self.places.iter().enumerate().map(|(ahead, place)| {
            let (kind, why) = place.waits.as_ref().map_or((WaitingFor::Turn, ""), |(kind, why)| (*kind, why));
            let place_in_line = match ahead {
                0 => "It is next.".to_owned(),
                1 => "One start is before it.".to_owned(),
                more => format!("{more} starts are before it."),
            };
            let message = format!("{why} {place_in_line}").trim_start().to_owned();
            let position = u32::try_from(ahead + 1).unwrap_or(u32::MAX);
            (&place.key, Waiting { kind, position, message })
        })
    }
}

// === impl Present ===

impl Present<'_> {
    fn ask(&self, place: &Place, ahead: &VecDeque<Place>) -> RoomAnswer {
        // What can never start shall not wait for that answer.
        let answer = self.room.ask(&self.held, &place.wanted);
        if matches!(answer, RoomAnswer::Never(_)) {
            return answer;
        }
        if let Some(message) = self.limits.full(self.counts) {
            return RoomAnswer::Wait { waiting_for: WaitingFor::Turn, message };
        }
        match ahead.iter().find_map(|ahead| ahead.holds_back(place)) {
            Some((waiting_for, message)) => RoomAnswer::Wait { waiting_for, message },
            None => answer,
        }
    }

    fn take(&mut self, key: &ServerKey, grant: Grant) {
        self.counts.starting += 1;
        self.counts.active += 1;
        self.held.push(Held { key: key.clone(), grant, is_starting: true });
    }
}

// === impl Place ===

impl Place {
    /// A later one was let in before it.
    fn let_pass(&mut self, now: Timestamp) {
        self.passed += 1;
        if self.passed >= MAX_PASSED {
            self.holds_since.get_or_insert(now);
        }
    }

    /// It held the others back for long enough.
    fn tire(&mut self, now: Timestamp) {
        if self.holds_since.is_some_and(|since| now.since(since) >= LONGEST_HOLD) {
            (self.passed, self.holds_since) = (0, None);
        }
    }

    /// Why a later start may not pass this one.
    fn holds_back(&self, later: &Self) -> Option<(WaitingFor, String)> {
        let (kind, message) = self.waits.as_ref()?;
        let may_pass = match kind {
            WaitingFor::Turn => false,
            WaitingFor::Gpu => later.wanted.limits.gpus == 0,
            WaitingFor::Memory => self.passed < MAX_PASSED,
        };
        (!may_pass).then(|| (*kind, message.clone()))
    }
}

#[cfg(test)]
mod tests {
    use labdeck_model::{ResourceLimits, UserName};

    use super::*;

    /// A machine with some gigabytes and one card.
    #[derive(Debug)]
    struct Small {
        gigabytes: u64,
    }

    impl Room for Small {
        fn ask(&self, held: &[Held], wanted: &Grant) -> RoomAnswer {
            let memory = |grant: &Grant| grant.limits.memory_bytes.unwrap_or(0);
            let (held_bytes, held_cards): (u64, u32) = held
                .iter()
                .fold((0, 0), |(bytes, cards), one| (bytes + memory(&one.grant), cards + one.grant.limits.gpus));
            let wait = |waiting_for, message: &str| RoomAnswer::Wait { waiting_for, message: message.to_owned() };
            if memory(wanted) > self.gigabytes {
                RoomAnswer::Never(Failure::new("too_large", "Too large.", ""))
            } else if held_cards + wanted.limits.gpus > 1 {
                wait(WaitingFor::Gpu, "The card is held.")
            } else if held_bytes + memory(wanted) > self.gigabytes {
                wait(WaitingFor::Memory, "No memory is left.")
            } else {
                RoomAnswer::Take(wanted.clone())
            }
        }
    }

    fn key(name: &str) -> ServerKey {
        ServerKey::default_of(UserName::parse(name).unwrap())
    }

    fn wants(gigabytes: u64, gpus: u32) -> Grant {
        let limits = ResourceLimits { memory_bytes: Some(gigabytes), gpus, ..ResourceLimits::NONE };
        Grant { limits, ..Grant::default() }
    }

    fn queue(of: &[(&str, u64, u32)]) -> Queue {
        let mut queue = Queue::default();
        of.iter().for_each(|(name, gigabytes, gpus)| queue.push(key(name), wants(*gigabytes, *gpus)));
        queue
    }

    /// Who is let in, by name.
    fn call(queue: &mut Queue, limits: Limits, held_by: &[Grant]) -> Vec<String> {
        call_at(0, queue, limits, held_by)
    }

    fn call_at(second: i64, queue: &mut Queue, limits: Limits, held_by: &[Grant]) -> Vec<String> {
        let now = Timestamp::from_unix_micros(second * 1_000_000);
        let counts = Counts { starting: held_by.len(), active: held_by.len() };
        let room = Small { gigabytes: 8 };
        let held = |grant: &Grant| Held { key: key("other"), grant: grant.clone(), is_starting: true };
        let present = Present { limits: &limits, counts, held: held_by.iter().map(held).collect(), room: &room, now };
        queue.call(present).into_iter().map(|(key, _)| key.user.to_string()).collect()
    }

    #[test]
    fn first_come_first_served_up_to_the_limits() {
        let mut queue = queue(&[("a", 1, 0), ("b", 1, 0), ("c", 1, 0)]);
        let two = Limits { concurrent_starts: 2, ..Limits::default() };
        assert_eq!(call(&mut queue, two, &[]), ["a", "b"]);
        let (who, waiting) = queue.waiting().next().unwrap();
        assert_eq!((who, waiting.kind, waiting.position), (&key("c"), WaitingFor::Turn, 1));
        assert_eq!(waiting.message, "2 servers are starting, as many as may at once. It is next.");
        assert_eq!(call(&mut queue, two, &[wants(1, 0)]), ["c"]);
        assert!(queue.is_empty());
    }

    #[test]
    fn who_waits_for_a_card_lets_pass_who_wants_none_but_nobody_who_wants_one() {
        let mut queue = queue(&[("gpu1", 1, 1), ("gpu2", 1, 1), ("plain", 1, 0)]);
        assert_eq!(call(&mut queue, Limits::default(), &[wants(1, 1)]), ["plain"]);
        let told: Vec<_> = queue.waiting().map(|(_, waiting)| (waiting.kind, waiting.message)).collect();
        assert_eq!(told[0], (WaitingFor::Gpu, "The card is held. It is next.".to_owned()));
        assert_eq!(told[1], (WaitingFor::Gpu, "The card is held. One start is before it.".to_owned()));
        assert_eq!(call(&mut queue, Limits::default(), &[]), ["gpu1"]);
    }

    #[test]
    fn who_waits_for_memory_is_passed_a_few_times_and_never_starves() {
        let mut queue = queue(&[("large", 8, 0)]);
        let mut passed = Vec::new();
        for number in 0..10 {
            queue.push(key(&format!("small{number}")), wants(1, 0));
            // One that runs ends each time a new one comes: without the bound the large one would wait for ever.
            passed.extend(call(&mut queue, Limits::default(), &[wants(1, 0)]));
        }
        assert_eq!(passed, ["small0", "small1", "small2", "small3"]);
        assert_eq!(call(&mut queue, Limits::default(), &[]), ["large"]);
        assert_eq!(queue.waiting().count(), 6);
    }

    #[test]
    fn who_waits_for_memory_does_not_hold_everybody_back_for_ever() {
        let mut queue = queue(&[("large", 8, 0)]);
        (0..10).for_each(|number| queue.push(key(&format!("small{number}")), wants(1, 0)));
        // What runs does not end.
        let mut at = |second| call_at(second, &mut queue, Limits::default(), &[wants(1, 0)]);
        assert_eq!(at(0), ["small0", "small1", "small2", "small3"]);
        assert_eq!(at(119), [""; 0]);
        assert_eq!(at(120), ["small4", "small5", "small6", "small7"]);
        assert_eq!(at(239), [""; 0]);
        assert_eq!(at(240), ["small8", "small9"]);
    }

    #[test]
    fn what_can_never_start_does_not_wait_and_holds_nobody_up() {
        let mut queue = queue(&[("huge", 99, 0), ("small", 1, 0)]);
        assert_eq!(call(&mut queue, Limits::default(), &[]), ["huge", "small"]);
    }

    #[test]
    fn what_is_called_off_leaves_the_queue() {
        let mut queue = queue(&[("a", 8, 0), ("b", 8, 0)]);
        queue.remove(&key("a"));
        assert_eq!(call(&mut queue, Limits::default(), &[]), ["b"]);
    }
}
