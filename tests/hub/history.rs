//! What the hub keeps and tells of a server: its end, its log, its history, messages, and what is wrong with it.

use http::{Method, StatusCode};
use labdeck_testkit::eventually;
use serde_json::json;

use crate::support::{SHORT, TestHub, server_path, simple, simple_with};

const WHY: &str = "/hub/api/labdeck/servers/ada/~";

#[tokio::test]
async fn a_server_that_dies_later_keeps_its_last_words() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    hub.browser().get("/user/ada/end?code=3").await;
    let ended = hub.until_stopped("ada", "").await;
    let exit = &ended["labdeck_last_exit"];
    assert_eq!(exit["kind"], "exited", "{exit}");
    assert!(exit["log"].to_string().contains("ending because a test asked"), "{exit}");
    let log = ada.api(Method::GET, &format!("{WHY}/log"), None).await;
    assert!(log["lines"].to_string().contains("ending because a test asked"), "{log}");
    let told = ada.api(Method::GET, &format!("{WHY}/diagnosis"), None).await;
    assert_eq!((&told["kind"], &told["fix"]["id"]), (&json!("exited"), &json!("start_again")), "{told}");
    assert!(told["log"].to_string().contains("ending because a test asked"), "{told}");

    let page = hub.signed_in("ada").await.get("/user/ada/lab").await;
    assert_eq!(page.status, StatusCode::FAILED_DEPENDENCY);
    for words in ["exit code 3", "ending because a test asked", "Start"] {
        assert!(page.body.contains(words), "{words} in {}", page.body);
    }
    let home = hub.signed_in("ada").await.get("/hub/home").await;
    assert!(home.body.contains("exit code 3"), "{}", home.body);
    // And it is mended by its own button.
    let mended = ada.json(Method::POST, &format!("{WHY}/fix/start_again"), None).await;
    assert_eq!(mended.status, StatusCode::ACCEPTED, "{}", mended.body);
    hub.until_ready("ada", "").await;
}

#[tokio::test]
async fn a_diagnosis_is_for_those_who_may_read_the_log() {
    let hub = TestHub::start(&simple_with("", "[spawner.environment]\nFAKE_MODE = \"exit\"")).await;
    let (ada, bob) = (hub.program("ada", &[]).await, hub.program("bob", &[]).await);
    ada.json(Method::POST, &server_path("ada", ""), None).await;
    let told = ada.api(Method::GET, &format!("{WHY}/diagnosis"), None).await;
    assert_eq!((&told["kind"], &told["fix"]["id"]), (&json!("exited"), &json!("start_again")), "{told}");
    assert!(told["log"].to_string().contains("ImportError"), "{told}");
    assert!(told["title"].is_string() && !told["steps"].as_array().unwrap().is_empty(), "{told}");
    for page in ["diagnosis", "events", "log/follow", "log/download"] {
        let refused = bob.json(Method::GET, &format!("{WHY}/{page}"), None).await;
        assert!([403, 404].contains(&refused.status.as_u16()), "{page}: {}", refused.status);
    }
    let missing = ada.json(Method::POST, &format!("{WHY}/fix/no-such"), None).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND, "{}", missing.body);
    let fetch = ada.json(Method::POST, &format!("{WHY}/fix/fetch_image"), None).await;
    assert_eq!(fetch.status, StatusCode::FORBIDDEN, "only the lead fetches images: {}", fetch.body);
}

#[tokio::test]
async fn a_log_is_downloaded_and_followed() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let file = ada.get(&format!("{WHY}/log/download")).await;
    assert!(file.body.contains("fake single-user server begins: serve"), "{}", file.body);
    let disposition = file.headers["content-disposition"].to_str().unwrap().to_owned();
    assert!(disposition.starts_with("attachment;") && disposition.contains("ada"), "{disposition}");
    let mut lines = ada.events(&format!("{WHY}/log/follow?lines=10"), &[]).await;
    let first = lines.find(SHORT, |line| line["line"].as_str().is_some_and(|text| text.contains("begins"))).await;
    assert!(first.data["line"].is_string(), "{first:?}");
}

#[tokio::test]
async fn a_message_reaches_the_pages_of_running_servers() {
    let hub = TestHub::start(&simple()).await;
    let (ada, window) = (hub.program("ada", &[]).await, hub.window());
    let text = json!({ "text": "The power goes at six." });
    let asleep = window.json(Method::POST, &format!("{WHY}/message"), Some(text.clone())).await;
    assert_eq!(asleep.status, StatusCode::NOT_FOUND, "{}", asleep.body);
    hub.start_server(&ada, "ada", "").await;
    let own = ada.json(Method::POST, &format!("{WHY}/message"), Some(text.clone())).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN, "{}", own.body);
    let sent = window.json(Method::POST, &format!("{WHY}/message"), Some(text)).await;
    assert_eq!(sent.status, StatusCode::NO_CONTENT, "{}", sent.body);
    let all =
        window.api(Method::POST, "/hub/api/labdeck/messages", Some(json!({ "text": "And back at <seven>." }))).await;
    assert_eq!(all["servers"], 1);
    let server = ada.api(Method::GET, &server_path("ada", ""), None).await;
    assert_eq!(server["labdeck_notices"].as_array().unwrap().len(), 2, "{server}");
    let home = hub.signed_in("ada").await.get("/hub/home").await;
    assert!(home.body.contains("The power goes at six.") && home.body.contains("&lt;seven&gt;"), "{}", home.body);
    let empty = window.json(Method::POST, "/hub/api/labdeck/messages", Some(json!({ "text": "  " }))).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
    // A restart of the hub takes it out of the history again.
    let dir = hub.stop().await;
    let hub = TestHub::start_in(dir).await;
    hub.until_ready("ada", "").await;
    let window = hub.window();
    eventually("the messages are pinned again", SHORT, || async {
        let server = window.api(Method::GET, &server_path("ada", ""), None).await;
        (server["labdeck_notices"].as_array().unwrap().len() == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn who_stopped_a_server_is_said_by_name() {
    let hub = TestHub::start(&simple()).await;
    let (ada, boss) = (hub.program("ada", &[]).await, hub.program("boss", &[]).await);
    for (stopper, words) in [
        (&boss, "It was stopped by boss."),
        (&hub.window(), "It was stopped by the person who runs the hub."),
        (&ada, "It was stopped on request."),
    ] {
        hub.start_server(&ada, "ada", "").await;
        stopper.json(Method::DELETE, &server_path("ada", ""), None).await;
        let exit = hub.until_stopped("ada", "").await["labdeck_last_exit"].clone();
        assert_eq!(exit["reason"], words, "{exit}");
    }
}
