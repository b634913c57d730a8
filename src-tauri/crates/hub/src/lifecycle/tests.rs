//! The lifecycle from its door: registry, actors and recovery over scripted doubles, on paused time.

mod engine;
mod queue;
mod restart;

use std::sync::atomic::Ordering;
use std::time::Duration;

use labdeck_model::{ServerState, StartStep, StopReason};
use labdeck_spawner::{Liveness, StopMode};
use tokio::time::{Instant, sleep, timeout};

use super::effects::Refused;
use super::recover::{recover, settled};
use super::testing::{Move, Stage, exited, key, state_of};
use super::*;

const GOOD: [Move; 4] =
    [Move::Report(StartStep::Creating), Move::Checkpoint, Move::Report(StartStep::Booting), Move::Run];

/// Starts ada's server and waits until it is ready.
async fn ready(stage: &Stage) {
    let mut ticket = stage.registry.start(&key("ada"), stage.options()).unwrap();
    assert_eq!(ticket.ended().await, StartEnd::Ready);
}

/// Waits until ada's server is in a state, at most a minute.
async fn becomes(stage: &Stage, wanted: impl Fn(&ServerState) -> bool) -> Snapshot {
    for _ in 0..6000 {
        let seen = stage.registry.snapshot(&key("ada"));
        if wanted(seen.state()) {
            return seen;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("still {:?}", stage.registry.snapshot(&key("ada")).state());
}

async fn failed(stage: &Stage) -> labdeck_model::Failure {
    let mut ticket = stage.registry.start(&key("ada"), stage.options()).unwrap();
    match ticket.ended().await {
        StartEnd::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

async fn progress_of(stage: &Stage) -> Vec<String> {
    let mut reader = stage.registry.progress(&key("ada")).unwrap();
    let mut told = Vec::new();
    while let Some(event) = timeout(Duration::from_secs(600), reader.next()).await.unwrap() {
        told.push(event.message);
    }
    told
}

#[tokio::test(start_paused = true)]
async fn a_start_checkpoints_before_it_runs_and_a_stop_leaves_nothing() {
    let stage = Stage::new(&GOOD);
    ready(&stage).await;
    assert_eq!(
        stage.journal.told(),
        [
            "persist Queued",
            "publish Queued",
            "mint",
            "start",
            "persist Queued+",
            "publish Starting",
            "persist Starting+",
            "publish Starting",
            "add route",
            "persist Ready+",
            "publish Ready",
        ]
    );
    let snapshot = stage.registry.snapshot(&key("ada"));
    assert_eq!(snapshot.version.as_deref(), Some("6.1.1"));
    assert!(snapshot.record.started.is_some());
    assert_eq!(stage.registry.start(&key("ada"), stage.options()).unwrap_err(), StartRefused::State(Refused::Running));

    let after = stage.registry.stop(&key("ada"), StopMode::Graceful).ended().await;
    assert!(matches!(after.state(), ServerState::Stopped { last_exit: Some(_) }), "{after:?}");
    assert_eq!(
        stage.journal.told()[11..],
        [
            "delete route",
            "persist Stopping+",
            "publish Stopping",
            "stop Graceful",
            "revoke",
            "persist Off",
            "publish Off"
        ]
    );
    assert_eq!(stage.containers(), 0);
    ready(&stage).await;
}

#[tokio::test(start_paused = true)]
async fn progress_is_told_to_late_readers_from_the_beginning() {
    let stage = Stage::new(&[&GOOD[..3], &[Move::Take(Duration::from_secs(5)), Move::Run]].concat());
    let mut ticket = stage.registry.start(&key("ada"), stage.options()).unwrap();
    assert_eq!(ticket.ended_within(Duration::from_secs(1)).await, None);
    assert_eq!(
        progress_of(&stage).await,
        [
            "Server requested",
            "Creating",
            "Booting",
            "Waiting for the server to answer",
            "The server answers",
            "Server ready at /user/ada/",
        ]
    );
    assert_eq!(progress_of(&stage).await, ["Server ready at /user/ada/"]);
    stage.registry.stop(&key("ada"), StopMode::Kill).ended().await;
    assert!(stage.registry.progress(&key("ada")).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_second_start_joins_the_first() {
    let stage = Stage::new(&GOOD);
    let mut first = stage.registry.start(&key("ada"), stage.options()).unwrap();
    let mut second = stage.registry.start(&key("ada"), stage.options()).unwrap();
    assert_eq!((first.ended().await, second.ended().await), (StartEnd::Ready, StartEnd::Ready));
    assert_eq!(stage.journal.count("start"), 1);
}

#[tokio::test(start_paused = true)]
async fn stop_during_start_leaves_no_container() {
    for (last, patience) in [(Move::HeedCancel, 1), (Move::Hang, 11)] {
        let stage = Stage::new(&[Move::Checkpoint, Move::Run, last]);
        let mut start = stage.registry.start(&key("ada"), stage.options()).unwrap();
        sleep(Duration::from_secs(1)).await;
        let began = Instant::now();
        let mut stop = stage.registry.cancel(&key("ada")).unwrap();
        let again = stage.registry.start(&key("ada"), stage.options()).unwrap_err();
        assert_eq!(again, StartRefused::State(Refused::Stopping));
        assert!(matches!(stop.ended().await.state(), ServerState::Stopped { .. }));
        assert!(matches!(start.ended().await, StartEnd::Stopped(Some(_))));
        assert!(began.elapsed() <= Duration::from_secs(patience), "{:?}", began.elapsed());
        assert_eq!((stage.containers(), stage.journal.count("revoke")), (0, 1));
        assert!(stage.registry.cancel(&key("ada")).is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_that_takes_too_long_fails_but_a_download_may_take_its_time() {
    let stage = Stage::new(&[
        Move::Report(StartStep::Pulling),
        Move::Take(Duration::from_secs(3600)),
        Move::Report(StartStep::Creating),
        Move::Checkpoint,
        Move::Hang,
    ]);
    let began = Instant::now();
    let failure = failed(&stage).await;
    assert_eq!(failure.kind, "start_timeout");
    assert!(failure.message.contains("was being created"), "{}", failure.message);
    assert_eq!(failure.log, ["last words"]);
    assert_eq!(began.elapsed().as_secs(), 3600 + 60 + 10);
    assert_eq!(stage.containers(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_fails_with_its_log_and_what_was_seen() {
    let stage = Stage::new(&GOOD);
    stage.ports.answers.store(false, Ordering::SeqCst);
    let failure = failed(&stage).await;
    assert_eq!((failure.kind.as_str(), failure.log.len()), ("start_timeout", 1));
    assert!(failure.message.ends_with("The last attempt: no connection."), "{}", failure.message);
    assert_eq!(progress_of(&stage).await, [format!("Spawn failed: {}", failure.message)]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ends_while_it_is_waited_for_fails_at_once() {
    let stage = Stage::new(&GOOD);
    stage.ports.answers.store(false, Ordering::SeqCst);
    let mut ticket = stage.registry.start(&key("ada"), stage.options()).unwrap();
    becomes(&stage, |state| matches!(state, ServerState::Waiting { .. })).await;
    let began = Instant::now();
    stage.ends(&key("ada"), exited(3));
    let StartEnd::Failed(failure) = ticket.ended().await else { panic!() };
    assert_eq!((failure.kind.as_str(), failure.message.as_str()), ("exited", "The server ended with exit code 3."));
    assert_eq!(failure.log, ["last words"]);
    assert!(began.elapsed() < Duration::from_millis(300));
}

#[tokio::test(start_paused = true)]
async fn a_driver_that_fails_or_panics_fails_the_start_only() {
    for (last, kind) in [(Move::Fail, "image_not_found"), (Move::Panic, "internal")] {
        let stage = Stage::new(&[Move::Checkpoint, last]);
        assert_eq!(failed(&stage).await.kind, kind);
        assert_eq!((stage.containers(), stage.journal.count("revoke")), (0, 1));
        *stage.script.start.lock() = GOOD.to_vec();
        ready(&stage).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_that_cannot_be_written_down_does_not_happen() {
    let stage = Stage::new(&GOOD);
    stage.ports.disk_full.store(true, Ordering::SeqCst);
    assert_eq!(failed(&stage).await.kind, "not_saved");
    assert_eq!((stage.journal.count("start"), stage.journal.count("mint")), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_dies_is_stopped_with_the_reason() {
    let stage = Stage::new(&GOOD);
    ready(&stage).await;
    stage.ends(&key("ada"), exited(137));
    let after = becomes(&stage, ServerState::is_stopped).await;
    let ServerState::Stopped { last_exit: Some(exit) } = after.state() else { panic!("{after:?}") };
    assert_eq!(exit.reason, "The server was killed from outside.");
    assert_eq!(exit.log, ["last words"], "read before what is left was cleared away");
    assert_eq!((stage.containers(), stage.journal.count("revoke"), stage.journal.count("delete route")), (0, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_hangs_is_made_by_force_and_one_that_fails_can_be_repeated() {
    let stage = Stage::new(&GOOD);
    ready(&stage).await;
    *stage.script.stop_takes.lock() = Duration::from_secs(3600);
    let began = Instant::now();
    stage.registry.stop(&key("ada"), StopMode::Graceful).ended().await;
    assert_eq!((began.elapsed().as_secs(), stage.containers()), (30, 0));

    ready(&stage).await;
    stage.script.stop_fails.store(true, Ordering::SeqCst);
    let after = stage.registry.stop(&key("ada"), StopMode::Graceful).ended().await;
    let ServerState::Failed { failure, .. } = after.state() else { panic!("{after:?}") };
    assert_eq!((failure.kind.as_str(), stage.containers()), ("stop_failed", 1));
    stage.script.stop_fails.store(false, Ordering::SeqCst);
    let after = stage.registry.stop(&key("ada"), StopMode::Kill).ended().await;
    assert!(matches!(after.state(), ServerState::Stopped { .. }));
    assert_eq!(stage.containers(), 0);
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_servers_are_adopted_with_the_time_of_their_start() {
    let mut stage = Stage::new(&GOOD);
    ready(&stage).await;
    let before = stage.registry.snapshot(&key("ada"));
    sleep(Duration::from_secs(100)).await;
    stage.restart();
    let began = Instant::now();
    recover(&stage.registry).await.unwrap();
    assert_eq!(stage.registry.start(&key("ada"), stage.options()).unwrap_err(), StartRefused::State(Refused::Checking));
    assert!(settled(&stage.registry, Duration::from_secs(10)).await);
    let after = becomes(&stage, ServerState::is_ready).await;
    assert_eq!(after.record.started, before.record.started);
    assert_eq!(after.version.as_deref(), Some("6.1.1"));
    assert!(began.elapsed() < Duration::from_millis(200));
    assert_eq!(stage.journal.told(), ["publish Starting", "add route", "persist Ready+", "publish Ready"]);
}

#[tokio::test(start_paused = true)]
async fn a_crash_between_checkpoint_and_start_leaves_nothing_unknown() {
    let mut stage = Stage::new(&[Move::Checkpoint, Move::Hang]);
    stage.registry.start(&key("ada"), stage.options()).unwrap();
    sleep(Duration::from_secs(1)).await;
    stage.restart();
    recover(&stage.registry).await.unwrap();
    let after = becomes(&stage, ServerState::is_stopped).await;
    assert!(matches!(after.state(), ServerState::Stopped { last_exit: Some(_) }), "{after:?}");
    assert_eq!((stage.containers(), stage.journal.count("revoke")), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_crash_before_the_checkpoint_was_written_is_found_by_the_drivers_list() {
    let mut stage = Stage::new(&GOOD);
    ready(&stage).await;
    stage.ports.records.lock().get_mut(&key("ada")).unwrap().spawner_state = None;
    stage.restart();
    recover(&stage.registry).await.unwrap();
    let after = becomes(&stage, ServerState::is_ready).await;
    assert_eq!(after.record.spawner_state, Some(state_of(&key("ada"))));
}

#[tokio::test(start_paused = true)]
async fn recovery_waits_for_the_engine_and_marks_nothing_dead_before() {
    let mut stage = Stage::new(&GOOD);
    ready(&stage).await;
    stage.restart();
    stage.script.engine.send_replace(false);
    recover(&stage.registry).await.unwrap();
    assert!(!settled(&stage.registry, Duration::from_secs(600)).await);
    let waiting = stage.registry.snapshot(&key("ada"));
    assert!(matches!(waiting.state(), ServerState::Checking { .. }));
    assert_eq!(waiting.engine, Engine::Gone);
    stage.script.engine.send_replace(true);
    let after = becomes(&stage, ServerState::is_ready).await;
    assert_eq!(after.engine, Engine::Answers);
}

#[tokio::test(start_paused = true)]
async fn what_only_the_store_knows_is_stopped_and_what_only_runs_is_brought_down() {
    let mut stage = Stage::new(&GOOD);
    ready(&stage).await;
    stage.script.containers.send_modify(std::collections::BTreeMap::clear);
    stage.ends(&key("stray"), Liveness::Running);
    stage.restart();
    recover(&stage.registry).await.unwrap();
    let after = becomes(&stage, ServerState::is_stopped).await;
    let ServerState::Stopped { last_exit: Some(exit) } = after.state() else { panic!("{after:?}") };
    assert_eq!(exit.reason, "The server was no longer there when the hub came back.");
    sleep(Duration::from_secs(1)).await;
    assert_eq!(stage.containers(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_a_crash_interrupted_is_finished() {
    let mut stage = Stage::new(&GOOD);
    ready(&stage).await;
    let reason = StopReason::Asked;
    let at = stage.registry.now();
    stage.ports.records.lock().get_mut(&key("ada")).unwrap().state =
        ServerState::Stopping { since: at, deadline: at, reason };
    stage.restart();
    recover(&stage.registry).await.unwrap();
    becomes(&stage, ServerState::is_stopped).await;
    assert_eq!(stage.containers(), 0);
}

#[tokio::test(start_paused = true)]
async fn shutdown_leaves_servers_or_takes_them_along() {
    let mut stage = Stage::new(&GOOD);
    ready(&stage).await;
    stage.registry.shutdown(OnShutdown::Leave).await;
    assert_eq!(stage.containers(), 1);
    assert!(stage.registry.snapshot(&key("ada")).state().is_ready());
    assert_eq!(stage.registry.start(&key("bob"), stage.options()).unwrap_err(), StartRefused::HubEnding);

    stage.restart();
    recover(&stage.registry).await.unwrap();
    becomes(&stage, ServerState::is_ready).await;
    stage.registry.shutdown(OnShutdown::Stop).await;
    assert_eq!(stage.containers(), 0);
    assert_eq!(stage.ports.records.lock()[&key("ada")].state.word(), "Off");
}

#[tokio::test(start_paused = true)]
async fn a_server_whose_actor_is_lost_can_be_started_and_stopped_again() {
    let stage = Stage::new(&GOOD);
    ready(&stage).await;
    stage.ports.breaks.store(true, Ordering::SeqCst);
    stage.ends(&key("ada"), exited(1));
    let lost = becomes(&stage, ServerState::is_stopped).await;
    assert!(matches!(lost.state(), ServerState::Failed { .. }), "{lost:?}");
    assert_eq!(stage.containers(), 1);
    stage.ports.breaks.store(false, Ordering::SeqCst);
    ready(&stage).await;
    assert_eq!(stage.journal.count("stop Kill"), 1);
    stage.registry.stop(&key("ada"), StopMode::Graceful).ended().await;
    assert_eq!(stage.containers(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_server_whose_spawner_is_no_longer_configured_loses_its_tokens() {
    let mut stage = Stage::new(&GOOD);
    ready(&stage).await;
    stage.ports.records.lock().get_mut(&key("ada")).unwrap().spawner_kind = "gone".to_owned();
    stage.restart();
    recover(&stage.registry).await.unwrap();
    assert!(stage.registry.snapshot(&key("ada")).state().is_stopped());
    assert_eq!(stage.journal.count("revoke"), 1);
    assert_eq!(stage.ports.history.lock().last().unwrap().0, "no_spawner");
}

#[tokio::test(start_paused = true)]
async fn a_stop_takes_as_long_as_its_driver_is_configured_to() {
    let stage = Stage::new(&GOOD);
    *stage.script.stop_patience.lock() = Some(Duration::from_secs(90));
    *stage.script.stop_takes.lock() = Duration::from_secs(85);
    ready(&stage).await;
    stage.registry.stop(&key("ada"), StopMode::Graceful).ended().await;
    assert_eq!(stage.journal.count("stop Kill"), 0);
    *stage.script.stop_patience.lock() = None;
    ready(&stage).await;
    stage.registry.stop(&key("ada"), StopMode::Graceful).ended().await;
    assert_eq!(stage.journal.count("stop Kill"), 1, "longer than the hub's own patience");
}
