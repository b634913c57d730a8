//! The engine under the servers goes, hangs, returns, and loses what it had.

use super::*;

/// Says how ada's server ended last.
fn last_exit(snapshot: &Snapshot) -> labdeck_model::LastExit {
    match snapshot.state() {
        ServerState::Stopped { last_exit: Some(exit) } => exit.clone(),
        other => panic!("{other:?}"),
    }
}

fn history(stage: &Stage) -> Vec<&'static str> {
    stage.ports.history.lock().iter().map(|(kind, _)| *kind).collect()
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_goes_and_returns_does_not_touch_a_server() {
    let stage = Stage::new(&GOOD);
    ready(&stage).await;
    stage.script.engine.send_replace(false);
    sleep(Duration::from_secs(300)).await;
    let away = stage.registry.snapshot(&key("ada"));
    assert_eq!((away.state().is_ready(), away.engine), (true, Engine::Gone));
    stage.script.engine.send_replace(true);
    sleep(Duration::from_secs(2)).await;
    let back = stage.registry.snapshot(&key("ada"));
    assert_eq!((back.state().is_ready(), back.engine), (true, Engine::Answers));
    assert_eq!(stage.journal.count("add route"), 1);
    assert_eq!(history(&stage), ["ready", "engine_gone", "engine_back"]);
    stage.ends(&key("ada"), Liveness::Gone);
    let after = becomes(&stage, ServerState::is_stopped).await;
    assert_eq!(last_exit(&after).kind, "gone");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_comes_back_at_another_address_gets_a_new_route() {
    let stage = Stage::new(&GOOD);
    ready(&stage).await;
    let started = stage.registry.snapshot(&key("ada")).record.started;
    stage.script.engine.send_replace(false);
    sleep(Duration::from_secs(5)).await;
    *stage.script.url.lock() = "http://127.0.0.1:50000".to_owned();
    stage.script.engine.send_replace(true);
    let moved = becomes(&stage, |state| state.is_ready() && state.url() == Some("http://127.0.0.1:50000")).await;
    assert_eq!(moved.record.started, started);
    assert_eq!(stage.journal.count("add route"), 2);
}

#[tokio::test(start_paused = true)]
async fn what_an_engine_took_with_it_is_off_with_that_reason() {
    for how in [exited(137), Liveness::Gone] {
        let stage = Stage::new(&GOOD);
        ready(&stage).await;
        stage.script.engine.send_replace(false);
        sleep(Duration::from_secs(60)).await;
        stage.ends(&key("ada"), how);
        assert!(stage.registry.snapshot(&key("ada")).state().is_ready());
        stage.script.engine.send_replace(true);
        let exit = last_exit(&becomes(&stage, ServerState::is_stopped).await);
        assert_eq!(exit.kind, "engine_restarted");
        assert_eq!(exit.reason, "Docker was restarted, and the server ended with it.");
        assert_eq!((stage.containers(), stage.journal.count("revoke")), (0, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_back_before_anybody_looked_is_the_reason() {
    for how in [exited(137), Liveness::Gone] {
        let stage = Stage::new(&GOOD);
        ready(&stage).await;
        stage.script.engine.send_replace(false);
        sleep(Duration::from_millis(400)).await;
        stage.ends(&key("ada"), how);
        stage.script.engine.send_replace(true);
        let exit = last_exit(&becomes(&stage, ServerState::is_stopped).await);
        assert_eq!(exit.kind, "engine_restarted");
    }
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_ends_its_containers_first_and_then_goes_is_the_reason() {
    let stage = Stage::new(&GOOD);
    ready(&stage).await;
    stage.ends(&key("ada"), exited(137));
    sleep(Duration::from_millis(100)).await;
    stage.script.engine.send_replace(false);
    sleep(Duration::from_secs(120)).await;
    let away = stage.registry.snapshot(&key("ada"));
    assert!(matches!(away.state(), ServerState::Stopping { .. }), "{away:?}");
    stage.script.engine.send_replace(true);
    let exit = last_exit(&becomes(&stage, ServerState::is_stopped).await);
    assert_eq!((exit.kind.as_str(), stage.containers()), ("engine_restarted", 0));
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_its_engine_and_is_done_then() {
    let stage = Stage::new(&GOOD);
    ready(&stage).await;
    stage.script.engine.send_replace(false);
    let mut stop = stage.registry.stop(&key("ada"), StopMode::Graceful);
    assert_eq!(stop.ended_within(Duration::from_secs(3600)).await, None);
    let waiting = stage.registry.snapshot(&key("ada"));
    assert!(matches!(waiting.state(), ServerState::Stopping { .. }), "{waiting:?}");
    assert_eq!((waiting.engine, stage.containers(), stage.journal.count("delete route")), (Engine::Gone, 1, 1));
    stage.script.engine.send_replace(true);
    assert_eq!(last_exit(&stop.ended().await).kind, "asked");
    assert_eq!((stage.containers(), stage.journal.count("revoke")), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_stop_under_an_engine_that_hangs_waits_too() {
    let stage = Stage::new(&GOOD);
    ready(&stage).await;
    *stage.script.stop_takes.lock() = Duration::from_secs(3600);
    let mut stop = stage.registry.stop(&key("ada"), StopMode::Graceful);
    sleep(Duration::from_secs(1)).await;
    stage.script.engine.send_replace(false);
    assert_eq!(stop.ended_within(Duration::from_secs(600)).await, None);
    *stage.script.stop_takes.lock() = Duration::ZERO;
    stage.script.engine.send_replace(true);
    assert_eq!(last_exit(&stop.ended().await).kind, "asked");
    assert_eq!(stage.containers(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_start_whose_engine_goes_fails_clearly_and_leaves_nothing_for_the_next() {
    let stage = Stage::new(&[Move::Checkpoint, Move::EngineGoes]);
    let failure = failed(&stage).await;
    assert_eq!((failure.kind.as_str(), failure.message.as_str()), ("engine_gone", "Docker does not answer."));
    assert_eq!((stage.containers(), stage.journal.count("revoke")), (1, 1));
    stage.script.engine.send_replace(true);
    *stage.script.start.lock() = GOOD.to_vec();
    ready(&stage).await;
    // What was left of the first attempt was cleared away before the second began.
    let told = stage.journal.told();
    let second = told.iter().rposition(|line| line == "start").unwrap();
    assert!(told[..second].iter().rev().take(3).any(|line| line == "stop Kill"), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_start_under_an_engine_that_hangs_fails_because_of_the_engine() {
    let stage = Stage::new(&[Move::Checkpoint, Move::Run, Move::EngineHangs, Move::Hang]);
    assert_eq!(failed(&stage).await.kind, "engine_gone");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_hub_does_not_wait_for_an_engine_that_is_away() {
    let mut stage = Stage::new(&GOOD);
    ready(&stage).await;
    stage.script.engine.send_replace(false);
    sleep(Duration::from_secs(60)).await;
    let began = Instant::now();
    stage.registry.shutdown(OnShutdown::Stop).await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    stage.script.engine.send_replace(true);
    stage.restart();
    recover(&stage.registry).await.unwrap();
    becomes(&stage, ServerState::is_ready).await;
}

#[tokio::test(start_paused = true)]
async fn after_a_reboot_servers_are_off_because_of_the_engine_if_that_was_away_first() {
    let mut stage = Stage::new(&GOOD);
    ready(&stage).await;
    stage.restart();
    stage.script.engine.send_replace(false);
    recover(&stage.registry).await.unwrap();
    sleep(Duration::from_secs(60)).await;
    stage.ends(&key("ada"), exited(137));
    stage.script.engine.send_replace(true);
    let exit = last_exit(&becomes(&stage, ServerState::is_stopped).await);
    assert_eq!(exit.kind, "engine_restarted");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_hub_does_not_wait_for_an_engine_that_goes_meanwhile() {
    for on_shutdown in [OnShutdown::Stop, OnShutdown::Leave] {
        let stage = Stage::new(&GOOD);
        ready(&stage).await;
        *stage.script.stop_takes.lock() = Duration::from_secs(3600);
        if on_shutdown == OnShutdown::Leave {
            stage.registry.stop(&key("ada"), StopMode::Graceful);
            sleep(Duration::from_millis(100)).await;
        }
        let goes = async {
            sleep(Duration::from_secs(1)).await;
            stage.script.engine.send_replace(false);
        };
        let ends = async { tokio::join!(stage.registry.shutdown(on_shutdown), goes) };
        timeout(Duration::from_secs(20), ends).await.unwrap();
    }
}
