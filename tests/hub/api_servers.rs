//! `/hub/api/users/{name}/server` and `…/servers/{server}`: starting, stopping, progress, named servers.

use std::fs;
use std::time::Duration;

use http::Method;
use labdeck_testkit::eventually;
use serde_json::json;

use crate::support::{SHORT, TestHub, server_path, simple, simple_with};

/// A hub whose servers wait for a file before they begin.
fn gated(gate: &std::path::Path) -> String {
    simple_with("", &format!("[spawner.environment]\nFAKE_GATE = {gate:?}"))
}

#[tokio::test]
async fn a_start_that_is_quick_answers_201_and_serves() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    let started = ada.json(Method::POST, &server_path("ada", ""), None).await;
    assert_eq!((started.status.as_u16(), started.body.as_str()), (201, ""));
    assert_eq!(hub.browser().get("/user/ada/api").await.value(), json!({ "version": "2.0.0" }));
    let user = ada.api(Method::GET, "/hub/api/users/ada", None).await;
    assert_eq!((&user["server"], &user["pending"]), (&json!("/user/ada/"), &json!(null)));
    let server = &user["servers"][""];
    assert_eq!(
        (&server["ready"], &server["stopped"], &server["url"]),
        (&json!(true), &json!(false), &json!("/user/ada/"))
    );
    assert_eq!(server["full_name"], "ada/");
    assert_eq!(server["progress_url"], "/hub/api/users/ada/server/progress");
}

#[tokio::test]
async fn a_start_that_is_slow_answers_202_and_goes_on() {
    let gates = tempfile::tempdir().unwrap();
    let gate = gates.path().join("go");
    let hub = TestHub::start(&gated(&gate)).await;
    let ada = hub.program("ada", &[]).await;
    let started = ada.json(Method::POST, &server_path("ada", ""), None).await;
    assert_eq!(started.status, 202);
    let user = ada.api(Method::GET, "/hub/api/users/ada", None).await;
    assert_eq!((&user["pending"], &user["server"]), (&json!("spawn"), &json!(null)));
    fs::write(&gate, "").unwrap();
    hub.until_ready("ada", "").await;
}

#[tokio::test]
async fn starting_what_runs_is_a_bad_request() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let again = ada.json(Method::POST, &server_path("ada", ""), None).await;
    assert_eq!(again.status, 400);
    assert!(again.message().contains("already running"), "{}", again.body);
}

#[tokio::test]
async fn a_stop_ends_process_and_route_and_keeps_the_home() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let facts = hub.browser().get("/user/ada/facts").await.value();
    let home = facts["environment"]["HOME"].as_str().unwrap().to_owned();
    fs::write(format!("{home}/kept.txt"), "x").unwrap();
    assert_eq!(ada.json(Method::DELETE, &server_path("ada", ""), None).await.status, 204);
    assert!(!is_alive(facts["pid"].as_u64().unwrap()));
    assert_ne!(hub.browser().get_only("/user/ada/api").await.status, 200);
    assert!(fs::exists(format!("{home}/kept.txt")).unwrap());
    // Stopping what rests is no error.
    assert_eq!(ada.json(Method::DELETE, &server_path("ada", ""), None).await.status, 204);
}

#[tokio::test]
async fn a_stop_that_takes_long_answers_202_and_ends_the_server_all_the_same() {
    let hub = TestHub::start(&simple_with("", "[spawner.environment]\nFAKE_MODE = \"stubborn\"")).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let pid = hub.browser().get("/user/ada/facts").await.value()["pid"].as_u64().unwrap();
    assert_eq!(ada.json(Method::DELETE, &server_path("ada", ""), None).await.status, 202);
    let during = ada.json(Method::POST, &server_path("ada", ""), None).await;
    assert_eq!(during.status, 400, "a start during a stop: {}", during.body);
    hub.until_stopped("ada", "").await;
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn a_stop_during_a_start_leaves_no_process_and_no_token() {
    let gates = tempfile::tempdir().unwrap();
    let hub = TestHub::start(&gated(&gates.path().join("never"))).await;
    let ada = hub.program("ada", &["servers!user=ada", "read:tokens!user=ada"]).await;
    let (starter, path) = (ada.clone(), server_path("ada", ""));
    let starting =
        tokio::time::timeout(SHORT, async { tokio::join!(starter.json(Method::POST, &path, None), stop_soon(&ada)) });
    let (started, _) = starting.await.unwrap();
    assert_eq!(started.status, 409, "{}", started.body);
    hub.until_stopped("ada", "").await;
    let servers = hub.data_dir().join("servers");
    eventually("the process's note is gone", SHORT, || async { no_notes(&servers).then_some(()) }).await;
    let tokens = hub.window().api(Method::GET, "/hub/api/users/ada/tokens", None).await;
    let notes: Vec<_> =
        tokens["api_tokens"].as_array().unwrap().iter().map(|token| token["note"].to_string()).collect();
    assert!(!notes.iter().any(|note| note.contains("Server at")), "{notes:?}");
}

async fn stop_soon(ada: &labdeck_testkit::Browser) {
    eventually("the start has begun", SHORT, || async {
        let user = ada.json(Method::GET, &server_path("ada", ""), None).await;
        (user.status == 200 && user.value()["pending"] == "spawn").then_some(())
    })
    .await;
    let stopped = ada.json(Method::DELETE, &server_path("ada", ""), None).await;
    assert!([202, 204].contains(&stopped.status.as_u16()), "{}", stopped.body);
}

/// Whether no folder of a server holds a note of a process.
fn no_notes(servers: &std::path::Path) -> bool {
    // No folder at all where the start was called off before there was a process.
    let folders = fs::read_dir(servers).into_iter().flatten().flatten();
    folders.into_iter().all(|folder| {
        let files = fs::read_dir(folder.path()).unwrap().flatten();
        files.into_iter().all(|file| !file.file_name().to_string_lossy().ends_with(".json"))
    })
}

#[tokio::test]
async fn progress_is_told_from_the_first_line_to_ready() {
    let gates = tempfile::tempdir().unwrap();
    let gate = gates.path().join("go");
    let hub = TestHub::start(&gated(&gate)).await;
    let ada = hub.program("ada", &[]).await;
    let (starter, path) = (ada.clone(), server_path("ada", ""));
    let start = async move { starter.json(Method::POST, &path, None).await };
    let watch = async {
        eventually("the start has begun", SHORT, || async {
            let server = ada.json(Method::GET, &server_path("ada", ""), None).await;
            (server.status == 200 && server.value()["pending"] == "spawn").then_some(())
        })
        .await;
        let mut early = ada.events("/hub/api/users/ada/server/progress", &[]).await;
        assert_eq!(early.headers["content-type"], "text/event-stream");
        let first = early.next(SHORT).await.unwrap().data;
        assert_eq!((&first["progress"], &first["message"]), (&json!(0), &json!("Server requested")));
        fs::write(&gate, "").unwrap();
        early.all(SHORT).await
    };
    let (started, told) = tokio::join!(start, watch);
    assert_eq!(started.status, 201);
    let last = told.last().unwrap();
    let link = r#"Server ready at <a href="/user/ada/">/user/ada/</a>"#;
    let ready = json!({ "progress": 100, "ready": true, "message": "Server ready at /user/ada/", "html_message": link, "url": "/user/ada/" });
    for (name, value) in ready.as_object().unwrap() {
        assert_eq!(&last[name], value, "{name}");
    }
    let steps: Vec<_> = told.iter().map(|event| event["progress"].as_u64().unwrap()).collect();
    assert!(steps.is_sorted(), "{told:?}");
    // Whoever asks later hears the end at once.
    let mut late = ada.events("/hub/api/users/ada/server/progress", &[]).await;
    assert_eq!(late.all(SHORT).await.last(), Some(last));
}

#[tokio::test]
async fn progress_of_what_never_started_is_refused() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    assert_eq!(ada.json(Method::GET, "/hub/api/users/ada/server/progress", None).await.status, 404);
    hub.start_server(&ada, "ada", "").await;
    assert_eq!(ada.json(Method::DELETE, &server_path("ada", ""), None).await.status, 204);
    let stopped = ada.json(Method::GET, "/hub/api/users/ada/server/progress", None).await;
    assert_eq!(stopped.status, 400, "{}", stopped.body);
}

#[tokio::test]
async fn named_servers_run_beside_the_default_one_up_to_the_limit() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    for server in ["", "one", "two"] {
        hub.start_server(&ada, "ada", server).await;
    }
    assert_eq!(hub.browser().get("/user/ada/one/api").await.status, 200);
    let third = ada.json(Method::POST, &server_path("ada", "three"), None).await;
    assert_eq!(third.status, 400);
    assert!(third.message().contains("ada already has the maximum of 2 named servers"), "{}", third.body);
    let gone = ada.json(Method::DELETE, &server_path("ada", "two"), Some(json!({ "remove": true }))).await;
    assert_eq!(gone.status, 204);
    hub.start_server(&ada, "ada", "three").await;
    let left = ada.api(Method::GET, "/hub/api/users/ada?include_stopped_servers", None).await;
    let mut names: Vec<_> = left["servers"].as_object().unwrap().keys().cloned().collect();
    names.sort();
    assert_eq!(names, ["", "one", "three"]);
}

#[tokio::test]
async fn bad_names_of_servers_are_refused() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    let long = "a".repeat(31);
    for bad in ["One", "1", "a_b", "a--b", "a-", "..%2fx", "a%20b", "zo%C3%AB", long.as_str()] {
        let answer = ada.json(Method::POST, &server_path("ada", bad), None).await;
        assert!([400, 404].contains(&answer.status.as_u16()), "{bad}: {} {}", answer.status, answer.body);
    }
    let rows = hub.window().api(Method::GET, "/hub/api/labdeck/servers", None).await;
    assert_eq!(rows, json!([]));
}

#[tokio::test]
async fn named_servers_are_off_unless_switched_on() {
    let hub = TestHub::start(&simple().replace("allow_named_servers = true", "")).await;
    let ada = hub.program("ada", &[]).await;
    let answer = ada.json(Method::POST, &server_path("ada", "one"), None).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn the_default_server_cannot_be_deleted_and_an_unknown_one_is_not_found() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let remove = ada.json(Method::DELETE, &server_path("ada", ""), Some(json!({ "remove": true }))).await;
    assert_eq!(remove.status, 400);
    let unknown = ada.json(Method::DELETE, &server_path("ada", "nope"), None).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn what_was_chosen_is_kept_for_the_next_start() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    let path = server_path("ada", "one");
    let choice = json!({ "user_options": { "colour": "green" }, "display_name": "My one" });
    assert_eq!(ada.json(Method::POST, &path, Some(choice)).await.status, 201);
    assert_eq!(ada.json(Method::DELETE, &path, None).await.status, 204);
    assert_eq!(ada.json(Method::POST, &path, None).await.status, 201);
    let server = ada.api(Method::GET, &path, None).await;
    assert_eq!(server["user_options"], json!({ "colour": "green" }));
    assert_eq!(server["display_name"], "My one");
    // Old clients send the options as the whole body.
    assert_eq!(ada.json(Method::DELETE, &path, None).await.status, 204);
    assert_eq!(ada.json(Method::POST, &path, Some(json!({ "colour": "red" }))).await.status, 201);
    assert_eq!(ada.api(Method::GET, &path, None).await["user_options"], json!({ "colour": "red" }));
}

#[tokio::test]
async fn a_server_that_ends_by_itself_is_noticed_with_its_exit_code() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    hub.browser().get("/user/ada/end?code=7").await;
    let server = hub.until_stopped("ada", "").await;
    let reason = server["labdeck_last_exit"]["reason"].as_str().unwrap();
    assert!(reason.contains('7'), "{server}");
    assert_ne!(hub.browser().get_only("/user/ada/api").await.status, 200);
}

#[tokio::test]
async fn the_servers_own_token_ends_with_the_server() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let facts = hub.browser().get("/user/ada/facts").await.value();
    let server = hub.browser().with_token(facts["environment"]["JUPYTERHUB_API_TOKEN"].as_str().unwrap());
    assert_eq!(server.json(Method::GET, "/hub/api/user", None).await.status, 200);
    assert_eq!(ada.json(Method::DELETE, &server_path("ada", ""), None).await.status, 204);
    assert_eq!(server.json(Method::GET, "/hub/api/user", None).await.status, 403);
}

#[tokio::test]
async fn a_server_reports_its_activity_at_its_start() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let window = hub.window();
    eventually("the server told the hub", Duration::from_secs(10), || async {
        let log = window.api(Method::GET, "/hub/api/labdeck/servers/ada/~/log", None).await.to_string();
        (log.contains("hub version 200 6.1.1") && log.contains("activity 200")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_start_of_nobodys_server_is_not_found() {
    let hub = TestHub::start(&simple()).await;
    let answer = hub.window().json(Method::POST, &server_path("nobody", ""), None).await;
    assert_eq!(answer.status, 404);
}

fn is_alive(pid: u64) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| state != 'Z' && state != 'X')
}
