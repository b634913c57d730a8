//! The stream of events: from where one left off, what one may see, nothing secret.

use std::time::Duration;

use http::Method;
use labdeck_testkit::{Browser, eventually};
use serde_json::{Value, json};

use crate::support::{SHORT, TestHub, simple};

const EVENTS: &str = "/hub/api/labdeck/events";

fn is(kind: &'static str) -> impl Fn(&Value) -> bool {
    move |event| event["type"] == kind
}

#[tokio::test]
async fn what_happens_arrives() {
    let hub = TestHub::start(&simple()).await;
    let mut stream = hub.window().events(EVENTS, &[]).await;
    assert_eq!((stream.status.as_u16(), stream.headers["content-type"].to_str().unwrap()), (200, "text/event-stream"));
    hub.add("ada").await;
    let added = stream.find(SHORT, is("user_changed")).await;
    assert_eq!(added.data["user"], "ada");
    assert_eq!(added.id, added.data["seq"].as_u64());
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let ready = stream.find(SHORT, |event| event["type"] == "server_changed" && event["server"]["ready"] == true).await;
    assert_eq!((&ready.data["user"], &ready.data["server"]["url"]), (&json!("ada"), &json!("/user/ada/")));
    hub.window().api(Method::DELETE, "/hub/api/users/ada", None).await;
    assert_eq!(stream.find(SHORT, is("user_deleted")).await.data["user"], "ada");
}

#[tokio::test]
async fn a_reader_that_returns_misses_nothing() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    let mut stream = window.events(EVENTS, &[]).await;
    hub.add("ada").await;
    let seen = stream.find(SHORT, is("user_changed")).await.id.unwrap();
    drop(stream);
    hub.add("bo").await;
    hub.add("cy").await;
    let returning = seen.to_string();
    let mut by_header = window.events(EVENTS, &[("last-event-id", &returning)]).await;
    assert_eq!(by_header.find(SHORT, is("user_changed")).await.data["user"], "bo");
    assert_eq!(by_header.find(SHORT, is("user_changed")).await.data["user"], "cy");
    let mut by_query = window.events(&format!("{EVENTS}?since={seen}"), &[]).await;
    assert_eq!(by_query.next(SHORT).await.unwrap().data["user"], "bo");
}

#[tokio::test]
async fn a_number_of_another_run_means_fetch_everything_again() {
    let hub = TestHub::start(&simple()).await;
    let mut stream = hub.window().events(EVENTS, &[("last-event-id", "4000000")]).await;
    assert_eq!(stream.next(SHORT).await.unwrap().data["type"], "resync");
}

#[tokio::test]
async fn people_see_what_is_theirs() {
    let hub = TestHub::start(&simple()).await;
    let (ada, bo) = (hub.program("ada", &[]).await, hub.program("bo", &[]).await);
    let mut adas = ada.events(EVENTS, &[]).await;
    let stack = json!({ "display_name": "Hidden", "image": "x/y:1", "offered": false });
    hub.window().api(Method::PUT, "/hub/api/labdeck/stacks/hidden", Some(stack)).await;
    hub.start_server(&bo, "bo", "").await;
    hub.add("cy").await;
    hub.start_server(&ada, "ada", "").await;
    // Everything before ada's own start would have come first.
    let first = adas.next(SHORT).await.unwrap().data;
    let of_people =
        |event: &Value| ["server_changed", "server_noted", "user_changed"].contains(&event["type"].as_str().unwrap());
    let mine = |event: &Value| of_people(event) && event["user"] == "ada";
    assert!(mine(&first), "{first}");
    let ready = adas
        .find(SHORT, |event| {
            assert!(mine(event), "{event}");
            event["server"]["ready"] == true
        })
        .await;
    assert_eq!(ready.data["user"], "ada");
}

#[tokio::test]
async fn nobody_gets_no_events() {
    let hub = TestHub::start(&simple()).await;
    assert_eq!(hub.browser().events(EVENTS, &[]).await.status, 403);
    assert_eq!(hub.control().events(EVENTS, &[]).await.status, 403);
    let narrow = hub.program("ada", &["read:users:name!user=ada"]).await;
    let mut stream = narrow.events(EVENTS, &[]).await;
    hub.add("bo").await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    hub.window().api(Method::PATCH, "/hub/api/users/ada", Some(json!({ "admin": true }))).await;
    // A token that may only know ada's name hears of ada and of no server.
    assert_eq!(stream.next(SHORT).await.unwrap().data["type"], "user_changed");
}

#[tokio::test]
async fn events_hold_no_secrets() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    let mut stream = window.events(&format!("{EVENTS}?since=0"), &[]).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let facts = hub.browser().get("/user/ada/facts").await.value();
    let server_token = facts["environment"]["JUPYTERHUB_API_TOKEN"].as_str().unwrap().to_owned();
    signed_in_and_out(&hub).await;
    window.api(Method::DELETE, "/hub/api/users/ada/server", None).await;
    let mut all = String::new();
    loop {
        let event = stream.next(SHORT).await.unwrap().data;
        all.push_str(&event.to_string());
        if event["type"] == "server_changed" && event["server"]["stopped"] == true && all.contains("\"ready\":true") {
            break;
        }
    }
    let pid = facts["pid"].as_u64().unwrap();
    for secret in [server_token.as_str(), "api_token", "\"pw\"", &format!("\"pid\":{pid}")] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}

async fn signed_in_and_out(hub: &TestHub) -> Browser {
    let browser = hub.signed_in("ada").await;
    browser.get("/hub/logout").await;
    browser
}

#[tokio::test]
async fn two_streams_hear_the_same() {
    let hub = TestHub::start(&simple()).await;
    let boss = hub.program("boss", &[]).await;
    let (mut one, mut two) = (boss.events(EVENTS, &[]).await, hub.window().events(EVENTS, &[]).await);
    hub.add("ada").await;
    let (a, b) = (one.find(SHORT, is("user_changed")).await, two.find(SHORT, is("user_changed")).await);
    assert_eq!(a, b);
    drop(one);
    eventually("the hub still answers", SHORT, || async {
        (boss.json(Method::GET, "/hub/api", None).await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_stream_ends_soon_after_its_token() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    let made = ada.api(Method::POST, "/hub/api/users/ada/tokens", Some(json!({}))).await;
    let mut stream = hub.browser().with_token(made["token"].as_str().unwrap()).events(EVENTS, &[]).await;
    assert_eq!(stream.status, 200);
    let path = format!("/hub/api/users/ada/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(ada.json(Method::DELETE, &path, None).await.status, 204);
    let limit = Duration::from_secs(10);
    tokio::time::timeout(limit, stream.all(limit)).await.expect("the stream ends");
}

#[tokio::test]
async fn the_largest_number_is_one_of_another_run() {
    let hub = TestHub::start(&simple()).await;
    let mut stream = hub.window().events(&format!("{EVENTS}?since={}", u64::MAX), &[]).await;
    assert_eq!(stream.status, 200);
    assert_eq!(stream.next(SHORT).await.unwrap().data["type"], "resync");
}
