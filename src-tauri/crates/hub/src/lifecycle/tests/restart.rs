//! A restart is a stop and a start as one thing.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_restart_stops_and_starts_again_and_says_so() {
    let stage = Stage::new(&GOOD);
    ready(&stage).await;
    *stage.script.stop_takes.lock() = Duration::from_secs(1);
    stage.registry.restart(&key("ada"), stage.options()).unwrap();
    let down = becomes(&stage, |state| matches!(state, ServerState::Stopping { .. })).await;
    assert!(matches!(down.state(), ServerState::Stopping { reason: StopReason::Restart, .. }), "{down:?}");
    becomes(&stage, ServerState::is_ready).await;
    assert_eq!((stage.journal.count("start"), stage.journal.count("revoke"), stage.containers()), (2, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_restart_of_a_start_begins_it_anew_and_at_rest_it_is_a_start() {
    let stage = Stage::new(&[Move::Checkpoint, Move::HeedCancel]);
    stage.registry.restart(&key("ada"), stage.options()).unwrap();
    becomes(&stage, |state| matches!(state, ServerState::Starting { .. })).await;
    sleep(Duration::from_secs(1)).await;
    *stage.script.start.lock() = GOOD.to_vec();
    stage.registry.restart(&key("ada"), stage.options()).unwrap();
    becomes(&stage, ServerState::is_ready).await;
    assert_eq!((stage.journal.count("start"), stage.containers()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_stop_wins_over_a_restart_that_has_not_begun_to_start() {
    let stage = Stage::new(&GOOD);
    ready(&stage).await;
    *stage.script.stop_takes.lock() = Duration::from_secs(5);
    stage.registry.restart(&key("ada"), stage.options()).unwrap();
    sleep(Duration::from_secs(1)).await;
    stage.registry.stop(&key("ada"), StopMode::Graceful).ended().await;
    sleep(Duration::from_secs(60)).await;
    assert!(stage.registry.snapshot(&key("ada")).state().is_stopped());
    assert_eq!(stage.journal.count("start"), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_person_who_leaves_is_started_until_that_is_over() {
    let stage = Stage::new(&GOOD);
    let leaver = Leaver::User(key("ada").user);
    let leaving = stage.registry.leave(leaver.clone()).unwrap();
    assert!(stage.registry.leave(Leaver::Server(key("ada"))).is_none(), "it is removed already");
    let refused = StartRefused::Leaving(leaver);
    assert_eq!(stage.registry.start(&key("ada"), stage.options()).unwrap_err(), refused);
    assert_eq!(stage.registry.restart(&key("ada"), stage.options()).unwrap_err(), refused);
    drop(leaving);
    ready(&stage).await;
    let leaving = stage.registry.leave(Leaver::Server(key("ada"))).unwrap();
    assert!(stage.registry.restart(&key("ada"), stage.options()).is_err(), "a running one too");
    drop(leaving);
}
