//! Servers that nobody uses: warned, stopped, kept; and what an idle culler of others does.

use std::fs;
use std::path::Path;

use http::{Method, StatusCode};
use labdeck_testkit::{Browser, eventually};
use serde_json::{Value, json};

use crate::support::{SHORT, TestHub, server_path, simple_with};

/// A hub with rules, whose servers say of their kernels what lies in `kernels`.
fn with_rules(rules: &str, kernels: &Path) -> String {
    simple_with("", &format!("[spawner.environment]\nFAKE_KERNELS = {kernels:?}\n[labdeck]\n{rules}"))
}

/// What somebody's server says of one kernel.
fn kernel_of(folder: &Path, user: &str, state: &str, last_activity: &str) {
    let kernel = json!({ "id": "1", "name": "python3", "execution_state": state, "last_activity": last_activity });
    let text = json!({ "kernels": [kernel] }).to_string();
    // Never half a file: a server may read at this moment.
    fs::write(folder.join("new"), text).unwrap();
    fs::rename(folder.join("new"), folder.join(format!("{user}.json"))).unwrap();
}

const LONG_AGO: &str = "2020-01-01T00:00:00.000000Z";

async fn server(api: &Browser, user: &str) -> Value {
    api.api(Method::GET, &server_path(user, ""), None).await
}

#[tokio::test]
async fn who_does_not_use_a_server_is_warned_and_then_finds_why_it_stopped() {
    let kernels = tempfile::tempdir().unwrap();
    let hub = TestHub::start(&with_rules("idle_stop_after = 9\nidle_warn_before = 8", kernels.path())).await;
    let ada = hub.program("ada", &[]).await;
    let mut events = hub.window().events("/hub/api/labdeck/events", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let warned = eventually("the warning", SHORT, || async {
        let server = server(&ada, "ada").await;
        server["labdeck_stops"].is_object().then(|| server["labdeck_stops"].clone())
    })
    .await;
    assert_eq!(warned["rule"], "idle", "{warned}");
    assert!(warned["message"].as_str().unwrap().contains("9 seconds"), "{warned}");
    let home = hub.signed_in("ada").await.get("/hub/home").await;
    assert!(home.body.contains("9 seconds") && home.body.contains("awake"), "{}", home.body);

    let ended = hub.until_stopped("ada", "").await;
    let exit = &ended["labdeck_last_exit"];
    assert_eq!(
        (&exit["kind"], &exit["reason"]),
        (&json!("idle"), &json!("It was stopped because nobody had used it for 9 seconds."))
    );
    let page = hub.signed_in("ada").await.get("/user/ada/lab").await;
    assert!(page.status == StatusCode::FAILED_DEPENDENCY && page.body.contains("nobody had used it"), "{}", page.body);
    let history = ada.api(Method::GET, "/hub/api/labdeck/servers/ada/~/events", None).await;
    assert!(history.to_string().contains("idle_warning"), "{history}");
    let told =
        events.find(SHORT, |event| event["type"] == "server_noted" && event["entry"]["kind"] == "idle_warning").await;
    assert_eq!(told.data["user"], "ada", "{told:?}");
    // An end that a rule wanted is no trouble.
    let diagnosis = ada.json(Method::GET, "/hub/api/labdeck/servers/ada/~/diagnosis", None).await;
    assert_eq!(diagnosis.status, StatusCode::NOT_FOUND, "{}", diagnosis.body);
}

#[tokio::test]
async fn a_kernel_that_computes_keeps_its_server_until_it_is_done() {
    let kernels = tempfile::tempdir().unwrap();
    let hub = TestHub::start(&with_rules("idle_stop_after = 2\nidle_warn_before = 0", kernels.path())).await;
    let window = hub.window();
    kernel_of(kernels.path(), "ada", "busy", LONG_AGO);
    // Whose server does not say what it computes is left alone as well.
    fs::write(kernels.path().join("mute.json"), "no JSON").unwrap();
    for user in ["ada", "mute", "bob"] {
        let own = hub.program(user, &[]).await;
        hub.start_server(&own, user, "").await;
    }
    hub.until_stopped("bob", "").await;
    // Started later than the others, so the others were looked at as often.
    let carol = hub.program("carol", &[]).await;
    hub.start_server(&carol, "carol", "").await;
    hub.until_stopped("carol", "").await;
    assert_eq!(server(&window, "ada").await["ready"], true);
    assert_eq!(server(&window, "mute").await["ready"], true);
    kernel_of(kernels.path(), "ada", "idle", LONG_AGO);
    assert_eq!(hub.until_stopped("ada", "").await["labdeck_last_exit"]["kind"], "idle");
    // Each question needed a token; none is left.
    eventually("no token of the question is left", SHORT, || async {
        let tokens = window.api(Method::GET, "/hub/api/users/mute/tokens", None).await;
        (!tokens.to_string().contains("whether kernels are busy")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_computes_in_silence_has_a_rule_of_its_own() {
    let kernels = tempfile::tempdir().unwrap();
    let rules = "idle_stop_after = 3600\nidle_busy_but_silent_after = 2\nidle_warn_before = 0";
    let hub = TestHub::start(&with_rules(rules, kernels.path())).await;
    kernel_of(kernels.path(), "ada", "busy", LONG_AGO);
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let exit = hub.until_stopped("ada", "").await["labdeck_last_exit"].clone();
    assert_eq!(exit["kind"], "busy_but_silent", "{exit}");
    assert!(exit["reason"].as_str().unwrap().contains("without writing anything"), "{exit}");
}

#[tokio::test]
async fn age_ends_a_server_that_is_used() {
    let kernels = tempfile::tempdir().unwrap();
    let hub = TestHub::start(&with_rules("idle_max_age = 3\nidle_warn_before = 1", kernels.path())).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let used = eventually("the end of its time", SHORT, || async {
        hub.browser().get("/user/ada/api").await;
        let server = server(&ada, "ada").await;
        (server["stopped"] == true).then_some(server)
    })
    .await;
    assert_eq!(used["labdeck_last_exit"]["kind"], "max_age", "{used}");
}

#[tokio::test]
async fn a_server_is_kept_awake_by_its_owner_for_a_day_and_by_the_lead_for_longer() {
    let kernels = tempfile::tempdir().unwrap();
    let hub = TestHub::start(&with_rules("idle_stop_after = 3\nidle_warn_before = 2", kernels.path())).await;
    let (ada, bob, window) = (hub.program("ada", &[]).await, hub.program("bob", &[]).await, hub.window());
    let awake = |hours: Value| json!({ "hours": hours });
    let path = "/hub/api/labdeck/servers/ada/~/awake";
    hub.start_server(&ada, "ada", "").await;
    let kept = ada.api(Method::POST, path, Some(awake(json!(4)))).await;
    assert!(kept["labdeck_awake_until"].is_string() && kept["labdeck_stops"].is_null(), "{kept}");
    assert_eq!(ada.json(Method::POST, path, Some(awake(json!(25)))).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(ada.json(Method::POST, path, Some(awake(json!(0)))).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(bob.json(Method::POST, path, Some(awake(json!(1)))).await.status, StatusCode::NOT_FOUND);
    window.api(Method::POST, path, Some(awake(json!(100)))).await;
    // Bob's, under the same rule, is gone meanwhile.
    hub.start_server(&bob, "bob", "").await;
    hub.until_stopped("bob", "").await;
    assert_eq!(server(&window, "ada").await["ready"], true);
    ada.api(Method::POST, path, Some(awake(Value::Null))).await;
    assert_eq!(hub.until_stopped("ada", "").await["labdeck_last_exit"]["kind"], "idle");
}

#[tokio::test]
async fn a_page_keeps_a_server_awake_without_script() {
    let kernels = tempfile::tempdir().unwrap();
    let hub = TestHub::start(&with_rules("idle_stop_after = 6\nidle_warn_before = 5", kernels.path())).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    eventually("the warning", SHORT, || async { server(&ada, "ada").await["labdeck_stops"].is_object().then_some(()) })
        .await;
    let browser = hub.signed_in("ada").await;
    let home = browser.get("/hub/home").await;
    let xsrf = home.field("_xsrf").unwrap();
    let after = browser.post_form("/hub/awake/ada", &[("_xsrf", &xsrf), ("hours", "4")]).await;
    assert_eq!((after.status.as_u16(), after.path.as_str()), (200, "/hub/home"), "{}", after.body);
    let kept = server(&ada, "ada").await;
    assert!(kept["labdeck_awake_until"].is_string() && kept["labdeck_stops"].is_null(), "{kept}");
    assert!(after.body.contains("awake until"), "{}", after.body);
}

#[tokio::test]
async fn rules_are_set_for_all_and_for_one_person_and_the_file_stands() {
    let kernels = tempfile::tempdir().unwrap();
    let hub = TestHub::start(&with_rules("idle_stop_after = 2\nidle_warn_before = 0", kernels.path())).await;
    let (window, ada, bob) = (hub.window(), hub.program("ada", &[]).await, hub.program("bob", &[]).await);
    let rules = "/hub/api/labdeck/idle-rules";
    let now = window.api(Method::GET, rules, None).await;
    assert_eq!(now["pinned"], json!(["idle_seconds", "warn_seconds"]), "{now}");
    let refused = window.json(Method::PUT, rules, Some(json!({ "idle_seconds": 3600 }))).await;
    assert!(
        refused.status == StatusCode::CONFLICT && refused.message().contains("idle_stop_after"),
        "{}",
        refused.body
    );
    let set = window.api(Method::PUT, rules, Some(json!({ "max_age_seconds": 86400 }))).await;
    assert_eq!(
        (&set["max_age_seconds"], &set["idle_seconds"], &set["warn_seconds"]),
        (&json!(86400), &json!(2), &json!(0))
    );
    assert_eq!(
        window.json(Method::PUT, rules, Some(json!({ "max_age_seconds": 5 }))).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(ada.json(Method::PUT, rules, Some(json!({}))).await.status, StatusCode::FORBIDDEN);

    let own = "/hub/api/labdeck/users/ada/idle-rule";
    assert_eq!(ada.json(Method::PUT, own, Some(json!({ "idle_seconds": null }))).await.status, StatusCode::FORBIDDEN);
    window.api(Method::PUT, own, Some(json!({ "idle_seconds": null }))).await;
    assert_eq!(ada.api(Method::GET, own, None).await, json!({ "idle_seconds": null }));
    hub.start_server(&ada, "ada", "").await;
    hub.start_server(&bob, "bob", "").await;
    hub.until_stopped("bob", "").await;
    assert_eq!(server(&window, "ada").await["ready"], true, "her own rule is never");
    assert_eq!(window.json(Method::DELETE, own, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(hub.until_stopped("ada", "").await["labdeck_last_exit"]["kind"], "idle");
}

/// What jupyterhub-idle-culler 2.0.0 does, call for call (jupyterhub.md E.4).
#[tokio::test]
async fn an_external_idle_culler_is_honoured_and_named() {
    let hub = r#"
[[hub.services]]
name = "idle-culler"
api_token = "culler-token-0123456789abcdef0123456789"
[[hub.load_roles]]
name = "idle-culler"
scopes = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
services = ["idle-culler"]
"#;
    let hub = TestHub::start(&(simple_with("", "") + hub)).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let culler = hub.browser().with_token("culler-token-0123456789abcdef0123456789");
    let before = server(&ada, "ada").await["last_activity"].clone();
    assert!(culler.api(Method::GET, "/hub/api/", None).await["version"].is_string());
    let listed = culler.api(Method::GET, "/hub/api/users?state=ready", None).await;
    assert!(listed.to_string().contains("last_activity"), "{listed}");
    assert_eq!(server(&ada, "ada").await["last_activity"], before, "looking is no activity");
    let stopped = culler.json(Method::DELETE, "/hub/api/users/ada/server", None).await;
    assert!([202, 204].contains(&stopped.status.as_u16()), "{} {}", stopped.status, stopped.body);
    let exit = hub.until_stopped("ada", "").await["labdeck_last_exit"].clone();
    assert_eq!(
        (&exit["kind"], &exit["reason"]),
        (&json!("service"), &json!("It was stopped by the service idle-culler."))
    );
}

#[tokio::test]
async fn who_comes_back_while_the_kernels_are_asked_keeps_the_server() {
    let kernels = tempfile::tempdir().unwrap();
    let hub = TestHub::start(&with_rules("idle_stop_after = 2\nidle_warn_before = 0", kernels.path())).await;
    // A pipe: the server says nothing of its kernels before somebody writes into it.
    let pipe = kernels.path().join("ada.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let (asked, is_asked) = tokio::sync::oneshot::channel();
    let (kept, is_kept) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // Opened as soon as the server reads.
        let mut first = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        let _ = asked.send(());
        let _ = is_kept.recv();
        let kernel = json!({ "id": "1", "name": "python3", "execution_state": "idle", "last_activity": LONG_AGO });
        let said = json!({ "kernels": [kernel] }).to_string();
        // A file for the questions after this one, in its place before they come.
        fs::write(pipe.with_extension("new"), &said).unwrap();
        fs::rename(pipe.with_extension("new"), &pipe).unwrap();
        std::io::Write::write_all(&mut first, said.as_bytes()).unwrap();
    });
    is_asked.await.unwrap();
    let hours = json!({ "hours": 4 });
    ada.api(Method::POST, "/hub/api/labdeck/servers/ada/~/awake", Some(hours)).await;
    kept.send(()).unwrap();
    // Started later under the same rule, and gone: ada's was decided about since.
    let bob = hub.program("bob", &[]).await;
    hub.start_server(&bob, "bob", "").await;
    hub.until_stopped("bob", "").await;
    assert_eq!(server(&ada, "ada").await["ready"], true);
}
