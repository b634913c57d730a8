//! The engine under the servers stops, dies, hangs, comes back, and loses what it had: with a second real engine, so
//! that nobody else is hurt. Nothing is culled or taken for dead while it is away; afterwards all is as it really is.

use std::time::Duration;

use http::{Method, StatusCode};
use labdeck_testkit::{Browser, HubProcess, STANDIN, eventually};
use serde_json::{Value, json};

use crate::keys::{Keys, keys};
use crate::lab::builder_with;
use crate::second_engine::{Restore, SecondEngine};

/// For what the hub notices by itself.
const NOTICED: Duration = Duration::from_secs(45);

/// A hub on an engine of its own, with ada's server ready in it.
async fn at_work(restore: Restore) -> (SecondEngine, HubProcess, Browser) {
    let engine = SecondEngine::start(restore).await;
    let hub = builder_with("poll_interval = 2").environment("DOCKER_HOST", &engine.address()).start().await;
    hub.offer("standin", STANDIN);
    let api = hub.add(&["ada"]).await;
    start(&hub, &api).await;
    (engine, hub, api)
}

async fn start(hub: &HubProcess, api: &Browser) {
    // The hub may learn a moment later than this test that the engine is back.
    eventually("the start is taken", NOTICED, || async {
        let asked = api.json(Method::POST, "/hub/api/users/ada/server", Some(json!({ "labdeck_queue": true }))).await;
        [201, 202].contains(&asked.status.as_u16()).then_some(())
    })
    .await;
    hub.server_is("ada", "Ready", NOTICED).await;
}

/// Waits until the hub says of ada's server that its engine is gone, or that it is not.
async fn engine_gone(hub: &HubProcess, gone: bool) -> Value {
    eventually(&format!("the engine's absence is {gone}"), NOTICED, || async {
        let server = hub.server("ada");
        (server["labdeck_engine_gone"] == gone).then_some(server)
    })
    .await
}

/// The kinds of the lines in the history of ada's server, oldest first.
fn history(hub: &HubProcess) -> Vec<String> {
    let lines = hub.control(Method::GET, "/hub/api/labdeck/servers/ada/~/events", &Value::Null);
    let kinds = lines.as_array().expect("lines").iter().map(|line| line["kind"].as_str().expect("a kind").to_owned());
    let mut kinds: Vec<String> = kinds.collect();
    kinds.reverse();
    kinds
}

/// The server is off because its engine was restarted; nothing of it is left; it starts again.
async fn ended_with_the_engine(engine: &SecondEngine, hub: &mut HubProcess, api: &Browser) {
    let server = hub.server_is("ada", "Off", NOTICED).await;
    assert_eq!(server["labdeck_last_exit"]["kind"], "engine_restarted", "{server}");
    assert!(!server["labdeck_last_exit"]["reason"].as_str().unwrap_or_default().is_empty(), "{server}");
    nothing_is_left(engine).await;
    start(hub, api).await;
    assert_eq!(engine.containers().len(), 1);
    hub.control(Method::DELETE, "/hub/api/users/ada/server", &Value::Null);
    hub.server_is("ada", "Off", NOTICED).await;
    hub.kill();
    assert_eq!(keys(&hub.data_dir()).await["ada"], Keys::default());
}

async fn nothing_is_left(engine: &SecondEngine) {
    eventually("nothing is left", NOTICED, || async { engine.containers().is_empty().then_some(()) }).await;
}

#[tokio::test]
async fn an_engine_that_is_stopped_takes_its_servers_along_and_is_the_reason() {
    let (mut engine, mut hub, api) = at_work(Restore::No).await;
    engine.terminate().await;
    engine_gone(&hub, true).await;
    engine.begin().await;
    ended_with_the_engine(&engine, &mut hub, &api).await;
}

#[tokio::test]
async fn an_engine_that_crashes_is_a_state_of_its_own_until_it_is_back() {
    let (mut engine, mut hub, api) = at_work(Restore::No).await;
    engine.kill().await;
    let server = engine_gone(&hub, true).await;
    assert_eq!(server["labdeck_state"], "Ready", "nobody knows better: {server}");
    engine.begin().await;
    ended_with_the_engine(&engine, &mut hub, &api).await;
}

#[tokio::test]
async fn servers_outlive_an_engine_that_restores_them() {
    let (mut engine, hub, _) = at_work(Restore::Live).await;
    let before = engine.containers();
    engine.terminate().await;
    let server = engine_gone(&hub, true).await;
    assert_eq!(server["labdeck_state"], "Ready", "{server}");
    engine.begin().await;
    engine_gone(&hub, false).await;
    hub.server_is("ada", "Ready", NOTICED).await;
    assert_eq!(engine.containers(), before);
    eventually("it is reached again", NOTICED, || async {
        (hub.browser().get_only("/user/ada/api").await.status == StatusCode::OK).then_some(())
    })
    .await;
    // Written down a moment after it happened.
    eventually("the history is whole", NOTICED, || async {
        history(&hub).ends_with(&["engine_gone".to_owned(), "engine_back".to_owned()]).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_stop_under_an_engine_that_hangs_is_done_when_it_goes_on() {
    let (engine, hub, _) = at_work(Restore::No).await;
    engine.freeze();
    let server = engine_gone(&hub, true).await;
    assert_eq!(server["labdeck_state"], "Ready", "{server}");
    let (status, _) = hub.try_control(&Method::DELETE, "/hub/api/users/ada/server", &Value::Null);
    assert_eq!(status, 202);
    let server = hub.server_is("ada", "Stopping", NOTICED).await;
    assert_eq!(server["labdeck_engine_gone"], true, "{server}");
    engine.thaw();
    let server = hub.server_is("ada", "Off", NOTICED).await;
    assert_eq!(server["labdeck_last_exit"]["kind"], "asked", "{server}");
    nothing_is_left(&engine).await;
}

#[tokio::test]
async fn a_start_whose_engine_dies_fails_in_words_and_leaves_nothing() {
    let (mut engine, hub, api) = at_work(Restore::No).await;
    hub.control(Method::DELETE, "/hub/api/users/ada/server", &Value::Null);
    hub.server_is("ada", "Off", NOTICED).await;
    engine.freeze();
    let asking = api.try_json(Method::POST, "/hub/api/users/ada/server", Some(json!({})));
    let dying = async {
        eventually("the start is under way", NOTICED, || async {
            (hub.server("ada")["pending"] == "spawn").then_some(())
        })
        .await;
        engine.kill().await;
    };
    let (answer, ()) = tokio::join!(asking, dying);
    assert!(answer.is_some_and(|answer| answer.status == StatusCode::SERVICE_UNAVAILABLE));
    let server = hub.server_is("ada", "Failed", NOTICED).await;
    assert_eq!(server["labdeck_failure"]["kind"], "engine_gone", "{server}");
    engine.begin().await;
    nothing_is_left(&engine).await;
    start(&hub, &api).await;
    assert_eq!(engine.containers().len(), 1);
}

#[tokio::test]
async fn an_engine_that_lost_its_containers_leaves_servers_that_are_off() {
    let (mut engine, mut hub, api) = at_work(Restore::No).await;
    engine.kill().await;
    engine_gone(&hub, true).await;
    engine.lose("data/containers");
    engine.begin().await;
    ended_with_the_engine(&engine, &mut hub, &api).await;
}

#[tokio::test]
async fn after_a_reboot_servers_are_off_in_words_with_their_homes_and_start_again() {
    let (mut engine, mut hub, api) = at_work(Restore::No).await;
    let homes = engine.volumes();
    assert_eq!(homes.len(), 1);
    hub.kill();
    engine.terminate().await;
    // What lies on the disk stays; what lies in memory, and the networks, are gone.
    engine.lose("exec");
    engine.lose("data/network");
    hub.launch();
    hub.answers().await;
    assert_eq!(hub.server("ada")["pending"], "check");
    engine.begin().await;
    let server = hub.server_is("ada", "Off", NOTICED).await;
    assert!(!server["labdeck_last_exit"]["reason"].as_str().unwrap_or_default().is_empty(), "{server}");
    nothing_is_left(&engine).await;
    start(&hub, &api).await;
    assert_eq!(engine.volumes(), homes);
}
