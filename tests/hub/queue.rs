//! Starts that wait for their turn, restarts, and a hub whose starts all fail.

use std::fs;

use http::Method;
use labdeck_hub::tasks;
use labdeck_testkit::{Browser, eventually};
use serde_json::{Value, json};

use crate::restart::{boss, fixed};
use crate::support::{Daemon, SHORT, TestHub, folder, server_path, simple, simple_with};

/// A hub that starts one server at a time, each of which waits for a file.
fn one_at_a_time(gate: &std::path::Path) -> String {
    simple_with("concurrent_spawn_limit = 1", &format!("[spawner.environment]\nFAKE_GATE = {gate:?}"))
}

/// What the API says of somebody's server once it is as wanted.
async fn server_is(hub: &TestHub, user: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    eventually(&format!("the server of {user}"), SHORT, || async {
        // The first start makes the server: before it there is nothing to see.
        let answer = hub.window().json(Method::GET, &server_path(user, ""), None).await;
        (answer.status == 200).then(|| answer.value()).filter(&wanted)
    })
    .await
}

/// Asks for somebody's server, and to wait in the queue if need be; gives the status.
fn ask(who: &Browser, name: &str) -> impl Future<Output = u16> + Send + use<> {
    let (who, path) = (who.clone(), server_path(name, ""));
    async move { who.json(Method::POST, &path, Some(json!({ "labdeck_queue": true }))).await.status.as_u16() }
}

#[tokio::test]
async fn who_asks_to_wait_is_queued_and_started_when_its_turn_comes() {
    let gates = tempfile::tempdir().unwrap();
    let gate = gates.path().join("go");
    let hub = TestHub::start(&one_at_a_time(&gate)).await;
    let (ada, bob, cyd) = (hub.program("ada", &[]).await, hub.program("bob", &[]).await, hub.program("cyd", &[]).await);
    let first = tasks::spawn("ask", ask(&ada, "ada"));
    server_is(&hub, "ada", |server| server["pending"] == "spawn").await;
    let second = tasks::spawn("ask", ask(&bob, "bob"));
    let waiting = server_is(&hub, "bob", |server| !server["labdeck_waiting"].is_null()).await;
    assert_eq!((&waiting["labdeck_state"], &waiting["pending"]), (&json!("Queued"), &json!("spawn")));
    assert_eq!(
        waiting["labdeck_waiting"],
        json!({ "kind": "turn", "position": 1, "message": "One server is starting, as many as may at once. It is next." })
    );
    // A client that knows nothing of the queue gets what JupyterHub says.
    let refused = cyd.json(Method::POST, &server_path("cyd", ""), None).await;
    assert_eq!(refused.status, 429);
    assert!((30..=60).contains(&refused.header("retry-after").unwrap().parse::<u64>().unwrap()));
    // So do whoever reads the progress from the beginning.
    let progress = format!("{}/progress", server_path("bob", ""));
    let mut lines = bob.events(&progress, &[]).await;
    lines.find(SHORT, |line| line["message"].as_str().is_some_and(|said| said.contains("It is next."))).await;
    // The page of who waits says so and has a way out, without script.
    let page = hub.signed_in("bob").await.get("/hub/spawn-pending/bob").await;
    assert!(page.body.contains("as many as may at once") && page.body.contains("Cancel"), "{}", page.body);

    fs::write(&gate, "").unwrap();
    assert_eq!((first.await.unwrap(), second.await.unwrap()), (Some(201), Some(201)));
    // What happened is written down a moment after it.
    eventually("the history is whole", SHORT, || async {
        let lines = hub.window().api(Method::GET, "/hub/api/labdeck/servers/bob/~/events", None).await;
        let told: Vec<_> = lines.as_array().unwrap().iter().rev().map(|line| line["kind"].as_str().unwrap()).collect();
        (told == ["start_asked", "queued", "turn", "ready"]).then_some(())
    })
    .await;
    // So is what a start teaches.
    server_is(&hub, "bob", |server| server["labdeck_usual_seconds"].as_u64().is_some_and(|seconds| seconds >= 1)).await;
}

#[tokio::test]
async fn a_queued_start_is_cancelled_by_a_stop() {
    let gates = tempfile::tempdir().unwrap();
    let hub = TestHub::start(&one_at_a_time(&gates.path().join("never"))).await;
    let (ada, bob) = (hub.program("ada", &[]).await, hub.program("bob", &[]).await);
    for (who, name) in [(&ada, "ada"), (&bob, "bob")] {
        drop(tasks::spawn("ask", ask(who, name)));
        server_is(&hub, name, |server| server["pending"] == "spawn").await;
    }
    server_is(&hub, "bob", |server| !server["labdeck_waiting"].is_null()).await;
    assert_eq!(bob.json(Method::DELETE, &server_path("bob", ""), None).await.status, 204);
    let off = server_is(&hub, "bob", |server| server["stopped"] == true).await;
    assert_eq!(off["labdeck_last_exit"]["kind"], "asked");
}

#[tokio::test]
async fn a_restart_is_one_call_and_keeps_what_was_chosen() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    let chosen = json!({ "user_options": { "colour": "blue" } });
    assert_eq!(ada.json(Method::POST, &server_path("ada", ""), Some(chosen)).await.status, 201);
    let pid = hub.browser().get("/user/ada/facts").await.value()["pid"].clone();
    let path = "/hub/api/labdeck/servers/ada/~/restart";
    assert_eq!(ada.json(Method::POST, path, None).await.status, 202);
    eventually("another process serves", SHORT, || async {
        let page = hub.browser().get_only("/user/ada/facts").await;
        (page.status == 200 && page.value()["pid"] != pid).then_some(())
    })
    .await;
    let server = server_is(&hub, "ada", |server| server["ready"] == true).await;
    assert_eq!(server["user_options"], json!({ "colour": "blue" }));
    let stranger = hub.program("bob", &[]).await;
    assert_eq!(stranger.json(Method::POST, path, None).await.status, 404);
}

#[tokio::test]
async fn a_hub_without_a_window_ends_with_a_failure_after_too_many_failed_starts() {
    let toml = simple_with("", "consecutive_failure_limit = 2\n[spawner.environment]\nFAKE_MODE = \"exit\"");
    let dir = folder(&fixed(&toml));
    let data = dir.path().join("data");
    let daemon = Daemon::start(&data).await;
    let admin = boss(&data, &daemon).await;
    admin.api(Method::POST, "/hub/api/users", Some(json!({ "usernames": ["ada"] }))).await;
    for _ in 0..2 {
        // The hub may end before it answers the last one.
        let answer = admin.try_json(Method::POST, &server_path("ada", ""), None).await;
        assert!(answer.is_none_or(|answer| answer.status == 503));
    }
    assert_eq!(daemon.ends().await, 1);
}
