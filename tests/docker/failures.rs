//! What a start says when it fails, and that nothing is left of it.

use std::time::Duration;

use http::Method;
use labdeck_testkit::{Browser, Engine, HubProcess, NOTEBOOK, eventually};
use serde_json::{Value, json};

use crate::lab::{START_LIMIT, builder, builder_with};
use crate::relay::Relay;

/// Starts a server that cannot, and gives what the API says of it then.
async fn failed(hub: &HubProcess, api: &Browser) -> Value {
    api.json(Method::POST, "/hub/api/users/ada/server", Some(json!({}))).await;
    eventually("the start fails", START_LIMIT, || async {
        let server = hub.server("ada");
        (server["labdeck_state"] == "Failed").then_some(server)
    })
    .await
}

/// The words of a failure, for a person.
fn words(server: &Value) -> (String, String, String) {
    let failure = &server["labdeck_failure"];
    let text = |name: &str| failure[name].as_str().unwrap_or_default().to_owned();
    (text("kind"), text("message"), text("remedy"))
}

async fn nothing_is_left(hub: &HubProcess) {
    let Some(id) = hub.id() else { return };
    eventually("no container is left", Duration::from_secs(30), || async {
        Engine.containers(&id, "server").is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_image_that_is_nowhere_is_named() {
    let hub = builder().start().await;
    // Nobody listens on the port of a registry that was never there.
    hub.offer("gone", "127.0.0.1:1/nobody/gone:1");
    let api = hub.add(&["ada"]).await;
    let server = failed(&hub, &api).await;
    let (kind, message, remedy) = words(&server);
    assert_eq!(kind, "image_not_found", "{server}");
    assert!(message.contains("127.0.0.1:1/nobody/gone:1") && !remedy.is_empty(), "{server}");
    nothing_is_left(&hub).await;
}

#[tokio::test]
async fn an_image_without_notebook_software_is_refused_before_it_runs() {
    let hub = builder().start().await;
    hub.offer("bare", "labdeck/test-base:latest");
    let api = hub.add(&["ada"]).await;
    let server = failed(&hub, &api).await;
    let (kind, message, remedy) = words(&server);
    assert_eq!(kind, "image_unusable", "{server}");
    assert!(message.contains("jupyterhub-singleuser") && !remedy.is_empty(), "{server}");
    nothing_is_left(&hub).await;
}

#[tokio::test]
async fn a_container_that_ends_at_once_leaves_its_last_words() {
    let hub = builder_with("cmd = [\"sh\", \"-c\", \"echo the licence server is away >&2; exit 3\"]").start().await;
    hub.offer("lab", NOTEBOOK);
    let api = hub.add(&["ada"]).await;
    let server = failed(&hub, &api).await;
    let (_, message, _) = words(&server);
    assert!(message.contains('3'), "{server}");
    assert!(server["labdeck_failure"]["log"].to_string().contains("the licence server is away"), "{server}");
    nothing_is_left(&hub).await;
}

#[tokio::test]
async fn a_container_that_never_answers_is_given_up_in_time() {
    let spawner = "cmd = [\"sh\", \"-c\", \"echo thinking; exec sleep 600\"]\nstart_timeout = 60\nhttp_timeout = 3";
    let hub = builder_with(spawner).start().await;
    hub.offer("lab", NOTEBOOK);
    let api = hub.add(&["ada"]).await;
    let server = failed(&hub, &api).await;
    let (_, message, remedy) = words(&server);
    assert!(!message.is_empty() && !remedy.is_empty(), "{server}");
    assert!(server["labdeck_failure"]["log"].to_string().contains("thinking"), "{server}");
    nothing_is_left(&hub).await;
}

#[tokio::test]
async fn an_engine_that_goes_away_in_mid_start_is_named_and_nothing_is_left_when_it_returns() {
    let mut relay = Relay::new();
    let hub = builder().environment("DOCKER_HOST", &relay.address()).start().await;
    hub.offer("lab", NOTEBOOK);
    let api = hub.add(&["ada"]).await;
    relay.hold("/start");
    let starting = crate::relay::spawn({
        let api = api.clone();
        async move { api.json(Method::POST, "/hub/api/users/ada/server", Some(json!({}))).await }
    });
    relay.held(START_LIMIT).await;
    relay.cut();
    let server = eventually("the start fails", Duration::from_secs(60), || async {
        let server = hub.server("ada");
        (server["labdeck_state"] == "Failed").then_some(server)
    })
    .await;
    let (kind, message, remedy) = words(&server);
    // What may be left of it is cleared away when the engine is back, as below.
    assert_eq!((kind.as_str(), message.as_str()), ("engine_gone", "Docker does not answer."), "{server}");
    assert!(remedy.contains("Start Docker"), "{server}");
    drop(starting.await);
    eventually("the lead is told", Duration::from_secs(30), || async {
        let engine = hub.control(Method::GET, "/hub/api/labdeck/overview", &Value::Null)["engine"].clone();
        (engine["state"] != "running").then_some(())
    })
    .await;

    relay.connect();
    nothing_is_left(&hub).await;
    eventually("the engine is seen again", Duration::from_secs(30), || async {
        let engine = hub.control(Method::GET, "/hub/api/labdeck/overview", &Value::Null)["engine"].clone();
        (engine["state"] == "running").then_some(())
    })
    .await;
    crate::lab::start(&hub, &api, "ada").await;
}
