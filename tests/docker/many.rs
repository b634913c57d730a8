//! Several servers at once, and stops that fail. (What many cost: `scripts/bench-servers.sh`.)

use std::time::Duration;

use futures_util::future::join_all;
use http::{Method, StatusCode};
use labdeck_testkit::{Engine, STANDIN};
use serde_json::{Value, json};

use crate::books::agree;
use crate::lab::builder_with;
use crate::relay::Relay;

const SETTLED: Duration = Duration::from_secs(60);

#[tokio::test]
async fn ten_servers_at_once_are_told_apart_and_each_change_is_told() {
    let relay = Relay::new();
    let hub = builder_with("").environment("DOCKER_HOST", &relay.address()).start().await;
    hub.offer("standin", STANDIN);
    let people: Vec<_> = (0..10).map(|number| format!("p{number}")).collect();
    hub.control(Method::POST, "/hub/api/users", &json!({ "usernames": people }));
    let made = hub.control(Method::POST, "/hub/api/users/boss/tokens", &json!({}));
    let boss = hub.browser().with_token(made["token"].as_str().expect("a token"));
    let mut events = boss.events("/hub/api/labdeck/events", &[]).await;
    let ask = |method: Method, person: &str| {
        let (boss, path) = (boss.clone(), format!("/hub/api/users/{person}/server"));
        async move { boss.json(method, &path, None).await }
    };
    let started = join_all(people.iter().map(|person| ask(Method::POST, person))).await;
    assert!(started.iter().all(|page| [201, 202].contains(&page.status.as_u16())), "{started:?}");
    assert_eq!(agree(&hub, &people, SETTLED).await, people);
    // Asked by all of them, an engine runs out of addresses for the networks that it refuses.
    assert_eq!(relay.count("/networks/create"), 1);

    // Every other one is stopped, one dies by itself; nobody else's changes.
    let (stays, goes): (Vec<_>, Vec<_>) =
        people.iter().cloned().partition(|person| person.ends_with(['1', '3', '5', '7', '9']));
    let (dies, stays) = stays.split_first().expect("five");
    join_all(goes.iter().map(|person| ask(Method::DELETE, person))).await;
    Engine.call(&["kill", &Engine.container_of(&hub.id().expect("a network"), dies).expect("a container")]);
    let told = |person: &str| {
        let person = person.to_owned();
        move |event: &Value| {
            event["type"] == "server_changed" && event["user"] == person.as_str() && event["server"]["stopped"] == true
        }
    };
    events.find(SETTLED, told(dies)).await;
    assert_eq!(agree(&hub, &people, SETTLED).await, stays);
    let page = hub.server(dies);
    assert!(page["labdeck_last_exit"]["reason"].is_string(), "{page}");
}

#[tokio::test]
async fn a_stop_that_the_engine_refuses_is_no_success_and_can_be_asked_again() {
    let relay = Relay::new();
    let hub = builder_with("").environment("DOCKER_HOST", &relay.address()).start().await;
    hub.offer("standin", STANDIN);
    let api = hub.add(&["ada"]).await;
    let path = "/hub/api/users/ada/server";
    api.json(Method::POST, path, None).await;
    hub.server_is("ada", "Ready", SETTLED).await;
    relay.refuse(&["/stop", "DELETE /"]);
    let refused = api.json(Method::DELETE, path, None).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.body);
    let words = refused.message();
    assert!(words.contains("could not be stopped") && words.contains("Stop it again"), "{words}");
    let server = hub.server("ada");
    assert_eq!(
        (&server["labdeck_state"], &server["labdeck_failure"]["kind"]),
        (&json!("Failed"), &json!("stop_failed"))
    );
    // Nobody is led to it, and nobody speaks for it, although its container may still run.
    assert_ne!(hub.browser().get_only("/user/ada/api").await.status, StatusCode::OK);
    assert_eq!(Engine.containers(&hub.id().expect("a network"), "server").len(), 1);

    relay.allow();
    assert_eq!(api.json(Method::DELETE, path, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(agree(&hub, &["ada".to_owned()], SETTLED).await, Vec::<String>::new());
}
