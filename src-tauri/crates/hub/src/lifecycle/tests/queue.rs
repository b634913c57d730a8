//! Limits, and the queue of those who wait.

use labdeck_model::{Grant, ResourceLimits, Waiting, WaitingFor};

use super::super::testing::{FakePorts, registry_in};
use super::*;

/// One graphics card.
#[derive(Debug)]
struct OneCard;

impl Room for OneCard {
    fn ask(&self, held: &[Held], wanted: &Grant) -> RoomAnswer {
        let is_held = held.iter().any(|held| !held.grant.gpus.is_empty());
        match wanted.limits.gpus {
            0 => RoomAnswer::Take(wanted.clone()),
            1 if !is_held => RoomAnswer::Take(Grant { gpus: vec!["GPU-1".to_owned()], ..wanted.clone() }),
            1 => RoomAnswer::Wait { waiting_for: WaitingFor::Gpu, message: "The graphics card is held.".to_owned() },
            _ => {
                RoomAnswer::Never(labdeck_model::Failure::new("no_gpu", "There is one graphics card.", "Ask for one."))
            }
        }
    }
}

/// A machine that has room for one, and of which each look tells something else.
#[derive(Debug, Default)]
struct Restless(std::sync::atomic::AtomicUsize);

impl Room for Restless {
    fn ask(&self, held: &[Held], wanted: &Grant) -> RoomAnswer {
        if held.is_empty() {
            return RoomAnswer::Take(wanted.clone());
        }
        // It comes to rest at last, so that a storm ends and can be counted.
        let look = self.0.fetch_add(1, Ordering::SeqCst).min(5000);
        RoomAnswer::Wait { waiting_for: WaitingFor::Memory, message: format!("{look} bytes are free.") }
    }
}

fn one_at_once() -> Limits {
    Limits { concurrent_starts: 1, ..Limits::default() }
}

fn limited(ports: &std::sync::Arc<FakePorts>, limits: Limits) -> Registry {
    registry_in(ports, limits, std::sync::Arc::new(Boundless))
}

fn waits(stage: &Stage) -> StartOptions {
    StartOptions { patience: Patience::Queue, ..stage.options() }
}

fn wants_gpus(stage: &Stage, gpus: u32) -> StartOptions {
    let limits = ResourceLimits { gpus, ..ResourceLimits::NONE };
    StartOptions { grant: Grant { limits, ..Grant::default() }, ..waits(stage) }
}

/// What a server waits for, once it was told.
async fn waiting(registry: &Registry, name: &str) -> Waiting {
    settle().await;
    let snapshot = registry.snapshot(&key(name));
    assert!(matches!(snapshot.state(), ServerState::Queued { .. }), "{snapshot:?}");
    snapshot.waiting.unwrap()
}

/// Lets every actor do what it can do at once.
async fn settle() {
    sleep(Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn limits_refuse_with_jupyterhubs_words() {
    let stage = Stage::new(&[Move::Hang]);
    let registry = limited(&stage.ports, one_at_once());
    registry.start(&key("ada"), stage.options()).unwrap();
    let refused = registry.start(&key("bob"), stage.options()).unwrap_err();
    assert!((30..=60).contains(&refused.retry_after().unwrap().as_secs()));
    assert!(refused.words(&key("bob")).starts_with("Too many users trying to log in right now. Try again in "));
    // A refused start holds no place.
    assert_eq!(registry.snapshot(&key("bob")).state(), &ServerState::new());
    registry.set_limits(Limits { active_servers: 1, ..Limits::default() });
    let refused = registry.start(&key("bob"), stage.options()).unwrap_err();
    assert_eq!(refused.words(&key("bob")), "Active user limit exceeded. Try again in a few minutes.");
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_let_in_one_after_the_other() {
    let stage = Stage::new(&[&[Move::Take(Duration::from_secs(10))], &GOOD[..]].concat());
    let registry = limited(&stage.ports, one_at_once());
    let began = Instant::now();
    let mut tickets: Vec<_> =
        ["ada", "bob", "cyd"].iter().map(|name| registry.start(&key(name), waits(&stage)).unwrap()).collect();
    let bob = waiting(&registry, "bob").await;
    assert_eq!((bob.kind, bob.position), (WaitingFor::Turn, 1));
    assert_eq!(
        waiting(&registry, "cyd").await.message,
        "One server is starting, as many as may at once. One start is before it."
    );
    assert_eq!(tickets[0].ended().await, StartEnd::Ready);
    assert_eq!(waiting(&registry, "cyd").await.position, 1);
    assert_eq!(tickets[1].ended().await, StartEnd::Ready);
    assert_eq!(tickets[2].ended().await, StartEnd::Ready);
    assert_eq!(began.elapsed().as_secs(), 30);
    assert!(registry.snapshot(&key("cyd")).waiting.is_none());
    let queued: Vec<u64> = stage.ports.starts.lock().iter().map(|times| times.queued.as_secs()).collect();
    assert_eq!(queued, [0, 10, 20]);
    let history = stage.ports.history.lock().clone();
    assert!(history.contains(&("turn", "Its turn came after 20 seconds.".to_owned())), "{history:?}");
}

#[tokio::test(start_paused = true)]
async fn the_start_deadline_does_not_run_in_the_queue() {
    let stage = Stage::new(&[&[Move::Take(Duration::from_secs(50))], &GOOD[..]].concat());
    let registry = limited(&stage.ports, one_at_once());
    let names = ["ada", "bob", "cyd", "dan"];
    let mut tickets: Vec<_> = names.iter().map(|name| registry.start(&key(name), waits(&stage)).unwrap()).collect();
    for ticket in &mut tickets {
        assert_eq!(ticket.ended().await, StartEnd::Ready);
    }
}

#[tokio::test(start_paused = true)]
async fn a_queued_start_is_called_off_at_once_and_the_next_moves_up() {
    let stage = Stage::new(&[Move::Hang]);
    let registry = limited(&stage.ports, one_at_once());
    registry.start(&key("ada"), waits(&stage)).unwrap();
    let mut bob = registry.start(&key("bob"), waits(&stage)).unwrap();
    registry.start(&key("cyd"), waits(&stage)).unwrap();
    settle().await;
    let began = Instant::now();
    let after = registry.cancel(&key("bob")).unwrap().ended().await;
    assert!(
        matches!(after.state(), ServerState::Stopped { .. }) && began.elapsed() < Duration::from_secs(1),
        "{after:?}"
    );
    assert!(matches!(bob.ended().await, StartEnd::Stopped(_)));
    assert_eq!(waiting(&registry, "cyd").await.position, 1);
    // Nothing of it was ever made.
    assert_eq!((stage.journal.count("mint"), stage.journal.count("start")), (1, 1));
    assert_eq!(stage.ports.starts.lock()[0].outcome, Outcome::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn limits_change_while_people_wait() {
    let stage = Stage::new(&[Move::Hang]);
    let registry = limited(&stage.ports, one_at_once());
    for name in ["ada", "bob", "cyd"] {
        registry.start(&key(name), waits(&stage)).unwrap();
    }
    settle().await;
    registry.set_limits(Limits { concurrent_starts: 2, ..Limits::default() });
    settle().await;
    assert!(matches!(registry.snapshot(&key("bob")).state(), ServerState::Starting { .. }));
    assert_eq!(waiting(&registry, "cyd").await.position, 1);
}

#[tokio::test(start_paused = true)]
async fn a_card_is_held_until_its_server_is_down_and_others_pass_meanwhile() {
    let stage = Stage::new(&GOOD);
    let registry = registry_in(&stage.ports, Limits::default(), std::sync::Arc::new(OneCard));
    let mut ada = registry.start(&key("ada"), wants_gpus(&stage, 1)).unwrap();
    assert_eq!(ada.ended().await, StartEnd::Ready);
    assert_eq!(registry.snapshot(&key("ada")).record.grant.gpus, ["GPU-1"]);
    let mut bob = registry.start(&key("bob"), wants_gpus(&stage, 1)).unwrap();
    let mut cyd = registry.start(&key("cyd"), waits(&stage)).unwrap();
    assert_eq!(cyd.ended().await, StartEnd::Ready);
    assert_eq!(waiting(&registry, "bob").await.kind, WaitingFor::Gpu);
    let refused = registry.start(&key("eve"), StartOptions { patience: Patience::Refuse, ..wants_gpus(&stage, 1) });
    assert!(
        refused
            .unwrap_err()
            .words(&key("eve"))
            .starts_with("The graphics card is held. One start is before it. Try again in")
    );
    let never = registry.start(&key("eve"), wants_gpus(&stage, 2)).unwrap_err();
    assert_eq!(never.words(&key("eve")), "There is one graphics card. Ask for one.");
    registry.stop(&key("ada"), StopMode::Graceful).ended().await;
    assert_eq!(bob.ended().await, StartEnd::Ready);
    assert_eq!(registry.snapshot(&key("bob")).record.grant.gpus, ["GPU-1"]);
    assert_eq!(stage.ports.records.lock()[&key("bob")].grant.gpus, ["GPU-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_restart_of_the_hub_drops_the_queue_and_says_so() {
    let mut stage = Stage::new(&[Move::Hang]);
    stage.registry = limited(&stage.ports, one_at_once());
    stage.registry.start(&key("bob"), waits(&stage)).unwrap();
    stage.registry.start(&key("ada"), waits(&stage)).unwrap();
    settle().await;
    stage.restart();
    recover(&stage.registry).await.unwrap();
    let after = becomes(&stage, ServerState::is_stopped).await;
    let ServerState::Stopped { last_exit: Some(exit) } = after.state() else { panic!("{after:?}") };
    assert_eq!(exit.kind, "hub_restarted");
    assert_eq!(exit.reason, "The hub was restarted before the server had begun to run.");
}

#[tokio::test(start_paused = true)]
async fn a_lost_actor_frees_its_place() {
    let stage = Stage::new(&GOOD);
    let registry = limited(&stage.ports, Limits { active_servers: 1, ..Limits::default() });
    assert_eq!(registry.start(&key("ada"), waits(&stage)).unwrap().ended().await, StartEnd::Ready);
    let mut bob = registry.start(&key("bob"), waits(&stage)).unwrap();
    settle().await;
    stage.ports.breaks.store(true, Ordering::SeqCst);
    stage.ends(&key("ada"), exited(1));
    assert_eq!(bob.ended().await, StartEnd::Ready);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_told_is_no_reason_to_look_again() {
    let stage = Stage::new(&GOOD);
    let registry = registry_in(&stage.ports, Limits::default(), std::sync::Arc::new(Restless::default()));
    assert_eq!(registry.start(&key("ada"), waits(&stage)).unwrap().ended().await, StartEnd::Ready);
    let tickets: Vec<_> =
        ["bob", "cyd", "dan"].iter().map(|name| registry.start(&key(name), waits(&stage)).unwrap()).collect();
    settle().await;
    let before = stage.journal.count("publish Queued");
    assert!(before < 30, "{before}");
    registry.look_at_queue();
    settle().await;
    // Each of the three hears the new sentence once.
    assert_eq!(stage.journal.count("publish Queued") - before, 3);
    drop(tickets);
}

#[tokio::test(start_paused = true)]
async fn a_restart_that_may_not_start_again_says_so_in_the_history() {
    let stage = Stage::new(&GOOD);
    let registry = registry_in(&stage.ports, Limits::default(), std::sync::Arc::new(OneCard));
    assert_eq!(registry.start(&key("ada"), waits(&stage)).unwrap().ended().await, StartEnd::Ready);
    registry.restart(&key("ada"), wants_gpus(&stage, 2)).unwrap();
    sleep(Duration::from_secs(5)).await;
    assert!(registry.snapshot(&key("ada")).state().is_stopped());
    let (kind, words) = stage.ports.history.lock().last().unwrap().clone();
    assert_eq!(kind, "restart_refused");
    assert_eq!(words, "It is not started again: There is one graphics card. Ask for one.");
}
