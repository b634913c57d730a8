//! The rule of the room as a table, and what must hold whatever comes: no server beyond the budget, no card twice.

use labdeck_model::{GpuSample, ServerKey, UserName};
use proptest::prelude::*;

use super::*;

const GIB: u64 = 1 << 30;

fn present(total: u64, available: u64, cards: u32) -> Present {
    let card = |index: u32| Card { id: format!("GPU-{index}"), index, name: "NVIDIA L4".into(), memory_bytes: None };
    Present {
        memory: MachineMemory { total_bytes: total, available_bytes: Some(available) },
        cards: (0..cards).map(card).collect(),
        cards_problem: None,
        rules: Rules::default(),
    }
}

fn strict(total: u64) -> Present {
    let now = present(total, total, 0);
    Present { rules: Rules { promise: Promise::Reservation, ..now.rules }, ..now }
}

fn wants(memory: Option<u64>, gpus: u32) -> Grant {
    Grant { limits: ResourceLimits { memory_bytes: memory, gpus, ..ResourceLimits::NONE }, ..Grant::default() }
}

fn holds(user: &str, grant: Grant) -> Held {
    Held { key: ServerKey::default_of(UserName::parse(user).unwrap()), grant, is_starting: false }
}

/// The granted memory in whole gigabytes, or what is waited for, or why never.
fn told(answer: &RoomAnswer) -> String {
    match answer {
        RoomAnswer::Take(grant) => match grant.limits.memory_bytes {
            Some(bytes) => format!("take {}", bytes_in_words(bytes)),
            None => "take".to_owned(),
        },
        RoomAnswer::Wait { waiting_for, .. } => format!("wait {waiting_for:?}"),
        RoomAnswer::Never(failure) => format!("never {}", failure.kind),
    }
}

#[test]
fn the_default_reserve_is_a_tenth_and_at_least_a_gigabyte_and_at_most_half() {
    let expected = [(64 * GIB, 64 * GIB / 10), (8 * GIB, GIB), (4 * GIB, GIB), (GIB, GIB / 2), (0, 0)];
    for (total, reserve) in expected {
        assert_eq!(default_reserve(total), reserve);
    }
    let all = Rules { reserve_bytes: Some(u64::MAX), ..Rules::default() };
    assert_eq!(all.reserve(10 * GIB), 9 * GIB, "servers keep a tenth");
}

#[test]
fn limits_are_caps_and_the_reserve_is_never_given_out() {
    let many: Vec<_> = (0..10).map(|n| holds(&format!("u{n}"), wants(Some(4 * GIB), 0))).collect();
    let starting: Vec<_> = many[..4].iter().map(|held| Held { is_starting: true, ..held.clone() }).collect();
    let unknown = MachineMemory { total_bytes: 8 * GIB, available_bytes: None };
    let table = [
        ("ten with 4 GB each on 16 GB", present(16 * GIB, 12 * GIB, 0), &many[..], Some(4 * GIB), "take 4 GB"),
        ("more than all servers may have", present(16 * GIB, 12 * GIB, 0), &[], Some(16 * GIB), "take 14.4 GB"),
        ("no limit is still one", present(10 * GIB, 9 * GIB, 0), &[], None, "take 9 GB"),
        ("only the reserve is free", present(16 * GIB, 8 * GIB / 5, 0), &[], Some(GIB), "wait Memory"),
        ("enough for a start", present(16 * GIB, 5 * GIB / 2, 0), &[], Some(4 * GIB), "take 4 GB"),
        ("those that start take it", present(16 * GIB, 7 * GIB / 2, 0), &starting, Some(4 * GIB), "wait Memory"),
        ("a small one needs less", present(16 * GIB, 9 * GIB / 5, 0), &[], Some(128 << 20), "take 128 MB"),
        ("unknown is no reason to wait", Present { memory: unknown, ..present(1, 1, 0) }, &many, None, "take 7 GB"),
        ("unreadable bounds nothing", present(0, 0, 0), &many, Some(4 * GIB), "take 4 GB"),
        ("a tiny machine", present(GIB / 2, GIB / 2, 0), &[], Some(2 * GIB), "take 256 MB"),
    ];
    for (case, now, held, memory, answer) in table {
        assert_eq!(told(&decide(&now, held, &wants(memory, 0))), answer, "{case}");
    }
}

#[test]
fn strict_limits_add_up() {
    let held = [holds("ada", wants(Some(4 * GIB), 0)), holds("bob", wants(Some(3 * GIB), 0))];
    let now = strict(10 * GIB);
    let answer = |memory| told(&decide(&now, &held, &wants(memory, 0)));
    assert_eq!(answer(Some(2 * GIB)), "take 2 GB");
    assert_eq!(answer(Some(3 * GIB)), "wait Memory");
    assert_eq!(answer(Some(10 * GIB)), "never memory_too_large");
    assert_eq!(answer(None), "wait Memory", "no limit is half of the 9 GB for servers");
    assert_eq!(told(&decide(&now, &[], &wants(None, 0))), "take 4.5 GB");
}

#[test]
fn who_waits_reads_the_numbers_and_the_names() {
    let RoomAnswer::Wait { message, .. } = decide(&present(16 * GIB, GIB, 0), &[], &wants(None, 0)) else { panic!() };
    assert!(message.contains("of its 16 GB, 1.6 GB are kept back") && message.contains("512 MB that"), "{message}");
    let holder = [holds("ada", Grant { gpus: vec!["GPU-0".into()], ..Grant::default() })];
    let RoomAnswer::Wait { message, .. } = decide(&present(GIB, GIB, 1), &holder, &wants(None, 1)) else { panic!() };
    assert!(message.starts_with("ada holds card 0 (NVIDIA L4)."), "{message}");
}

#[test]
fn cards_are_given_once_in_order_and_shared_only_knowingly() {
    let holding = |user: &str, card: &str| holds(user, Grant { gpus: vec![card.to_owned()], ..Grant::default() });
    let now = present(64 * GIB, 64 * GIB, 2);
    let cards = |now: &Present, held: &[Held], n| match decide(now, held, &wants(Some(GIB), n)) {
        RoomAnswer::Take(grant) => grant.gpus.join(" "),
        other => told(&other),
    };
    assert_eq!(cards(&now, &[], 0), "");
    assert_eq!(cards(&now, &[], 1), "GPU-0");
    assert_eq!(cards(&now, &[], 2), "GPU-0 GPU-1");
    assert_eq!(cards(&now, &[holding("ada", "GPU-0")], 1), "GPU-1");
    assert_eq!(cards(&now, &[holding("ada", "GPU-0")], 2), "wait Gpu");
    assert_eq!(cards(&now, &[], 3), "never gpu_missing");
    assert_eq!(cards(&now, &[holding("ada", "GPU-gone")], 2), "GPU-0 GPU-1", "a card that is gone holds nothing up");
    let shared = Present { rules: Rules { servers_per_card: 2, ..now.rules }, ..now };
    let both = [holding("ada", "GPU-0"), holding("bob", "GPU-1")];
    assert_eq!(cards(&shared, &both, 1), "GPU-0");
    assert_eq!(cards(&shared, &both[..1], 1), "GPU-1", "an empty card first");
    let full = [holding("ada", "GPU-0"), holding("bob", "GPU-1"), holding("cy", "GPU-0"), holding("di", "GPU-1")];
    assert_eq!(cards(&shared, &full, 1), "wait Gpu");
}

#[test]
fn without_cards_the_remedy_is_the_drivers() {
    let now = Present { cards_problem: Some("Install the driver.".into()), ..present(GIB, GIB, 0) };
    let RoomAnswer::Never(failure) = decide(&now, &[], &wants(None, 1)) else { panic!() };
    assert_eq!(failure.remedy, "Install the driver.");
}

#[derive(Debug)]
struct Fixed(MachineMemory);

impl Gauge for Fixed {
    fn memory(&self) -> MachineMemory {
        self.0
    }
    fn cpus(&self) -> usize {
        2
    }
}

#[derive(Debug)]
struct Rack(u32);

impl Cards for Rack {
    fn list(&self) -> Vec<Card> {
        present(0, 0, self.0).cards
    }
    fn problem(&self) -> Option<String> {
        None
    }
    fn sample(&self, _: &str) -> Option<GpuSample> {
        None
    }
}

proptest! {
    /// Servers come and go as they like: what is granted stays within the machine.
    #[test]
    fn whatever_comes_no_card_is_held_twice_and_no_promise_is_broken(
        gigabytes in 1u64..64,
        cards in 0u32..4,
        is_strict: bool,
        per_card in 1u32..3,
        asks in proptest::collection::vec((proptest::option::of(1u64..80), 0u32..4, any::<bool>()), 1..40),
    ) {
        let total = gigabytes * GIB;
        let promise = if is_strict { Promise::Reservation } else { Promise::Cap };
        let memory = MachineMemory { total_bytes: total, available_bytes: Some(total) };
        let rules = Rules { promise, servers_per_card: per_card, ..Rules::default() };
        let room = MachineRoom::new(Arc::new(Fixed(memory)), Arc::new(Rack(cards)), rules);
        let budget = total - rules.reserve(total);
        let mut held: Vec<Held> = Vec::new();
        for (n, (memory, gpus, leaves)) in asks.into_iter().enumerate() {
            if leaves && !held.is_empty() {
                held.remove(n % held.len());
            }
            if let RoomAnswer::Take(grant) = room.ask(&held, &wants(memory.map(|m| m * GIB), gpus)) {
                prop_assert_eq!(grant.gpus.len(), usize::try_from(gpus).unwrap());
                prop_assert!(grant.limits.memory_bytes.is_some_and(|bytes| bytes <= budget));
                held.push(holds(&format!("u{n}"), grant));
            }
            let all = room.cards().list();
            for place in ledger::places(&all, &held) {
                prop_assert!(place.holders.len() <= usize::try_from(per_card).unwrap());
            }
            let sum: u64 = held.iter().filter_map(|held| held.grant.limits.memory_bytes).sum();
            prop_assert!(!is_strict || sum <= budget);
        }
    }
}

#[test]
fn what_is_said_of_short_memory_does_not_change_with_what_is_free() {
    let said = |available| match decide(&present(16 * GIB, available, 0), &[], &wants(None, 0)) {
        RoomAnswer::Wait { message, .. } => message,
        other => panic!("{other:?}"),
    };
    assert_eq!(said(GIB), said(GIB + (64 << 20)));
}
