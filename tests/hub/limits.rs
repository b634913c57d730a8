//! Starts that go wrong, limits that are reached, ports that are taken: each in words, nothing left behind.

use std::fs;

use http::Method;
use labdeck_testkit::eventually;
use serde_json::json;

use crate::support::{Daemon, SHORT, TestHub, folder, server_path, simple, simple_with};

fn with_mode(mode: &str, more: &str) -> String {
    simple_with("", &format!("{more}\n[spawner.environment]\nFAKE_MODE = \"{mode}\""))
}

#[tokio::test]
async fn a_server_that_exits_at_once_is_told_with_its_code_and_its_last_words() {
    let hub = TestHub::start(&with_mode("exit", "")).await;
    let ada = hub.program("ada", &[]).await;
    let answer = ada.json(Method::POST, &server_path("ada", ""), None).await;
    assert!(answer.status.is_server_error(), "{} {}", answer.status, answer.body);
    assert!(answer.message().contains('3'), "the exit code: {}", answer.body);
    let server = ada.api(Method::GET, &server_path("ada", ""), None).await;
    let failure = &server["labdeck_failure"];
    assert!(failure["log"].to_string().contains("ImportError: no module named notebook"), "{server}");
    assert_eq!((&server["ready"], &server["stopped"]), (&json!(false), &json!(true)));
    let log = hub.window().api(Method::GET, "/hub/api/labdeck/servers/ada/~/log", None).await;
    assert!(log["lines"].to_string().contains("ImportError"), "{log}");
    let mut progress = ada.events("/hub/api/users/ada/server/progress", &[]).await;
    let last = progress.all(SHORT).await.pop().unwrap();
    assert_eq!(last["failed"], true);
    // And a page says it to a person, with a way to try again.
    let page = hub.signed_in("ada").await.get("/hub/spawn-pending/ada").await;
    assert!(page.body.contains("ImportError") && page.body.contains("<form"), "{}", page.body);
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_with_phase_and_log() {
    let hub = TestHub::start(&with_mode("silent", "http_timeout = 1")).await;
    let ada = hub.program("ada", &[]).await;
    let answer = ada.json(Method::POST, &server_path("ada", ""), None).await;
    assert!(answer.status.is_server_error(), "{} {}", answer.status, answer.body);
    let server = ada.api(Method::GET, &server_path("ada", ""), None).await;
    let failure = &server["labdeck_failure"];
    assert!(failure["message"].as_str().unwrap().contains("1 second"), "how long: {failure}");
    assert!(failure["log"].to_string().contains("I shall never listen"), "{failure}");
    assert!(!failure["remedy"].as_str().unwrap().is_empty(), "{failure}");
    let homes = hub.data_dir().join("homes");
    eventually("no process is left", SHORT, || async { processes_below(&homes).is_empty().then_some(()) }).await;
}

fn processes_below(folder: &std::path::Path) -> Vec<String> {
    let all = fs::read_dir("/proc").unwrap().flatten();
    let lies_there =
        |entry: &fs::DirEntry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
    all.filter(lies_there).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn a_program_that_is_not_there_is_told_by_name() {
    let toml = simple().replace("cmd = [\"python3\"", "cmd = [\"no-such-program\"");
    let hub = TestHub::start(&toml).await;
    let ada = hub.program("ada", &[]).await;
    let answer = ada.json(Method::POST, &server_path("ada", ""), None).await;
    assert!(
        answer.status.is_server_error() && answer.message().contains("no-such-program"),
        "{} {}",
        answer.status,
        answer.body
    );
}

#[tokio::test]
async fn a_failed_start_can_be_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let gate = dir.path().join("go");
    let toml = simple_with("", &format!("http_timeout = 1\n[spawner.environment]\nFAKE_GATE = {gate:?}"));
    let hub = TestHub::start(&toml).await;
    let ada = hub.program("ada", &[]).await;
    assert!(ada.json(Method::POST, &server_path("ada", ""), None).await.status.is_server_error());
    fs::write(&gate, "").unwrap();
    hub.start_server(&ada, "ada", "").await;
    let server = ada.api(Method::GET, &server_path("ada", ""), None).await;
    assert_eq!(server["labdeck_failure"], json!(null));
}

/// How many starts the figures say were put off, and how many were one server too many.
async fn refused_starts(hub: &TestHub) -> [u64; 2] {
    let text = hub.program("boss", &["read:metrics"]).await.get("/hub/metrics").await.body;
    ["throttled", "too-many-users"].map(|reason| {
        let row = format!("jupyterhub_server_spawn_duration_seconds_count{{reason=\"{reason}\",status=\"failure\"}} ");
        text.lines().find_map(|line| line.strip_prefix(row.as_str())).unwrap().parse().unwrap()
    })
}

#[tokio::test]
async fn too_many_starts_at_once_are_put_off() {
    let gates = tempfile::tempdir().unwrap();
    let gate = gates.path().join("go");
    let toml = simple_with("concurrent_spawn_limit = 1", &format!("[spawner.environment]\nFAKE_GATE = {gate:?}"));
    let hub = TestHub::start(&toml).await;
    let (ada, bo) = (hub.program("ada", &[]).await, hub.program("bo", &[]).await);
    let (starter, path) = (ada.clone(), server_path("ada", ""));
    let start = async move { starter.json(Method::POST, &path, None).await };
    let second = async {
        eventually("the first start is under way", SHORT, || async {
            let page = ada.json(Method::GET, &server_path("ada", ""), None).await;
            (page.status == 200 && page.value()["pending"] == "spawn").then_some(())
        })
        .await;
        let refused = bo.json(Method::POST, &server_path("bo", ""), None).await;
        fs::write(&gate, "").unwrap();
        refused
    };
    let (first, refused) = tokio::join!(start, second);
    assert_eq!(first.status, 201);
    assert_eq!(refused.status, 429, "{}", refused.body);
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=120).contains(&wait));
    assert_eq!(refused_starts(&hub).await, [1, 0]);
    hub.start_server(&bo, "bo", "").await;
}

#[tokio::test]
async fn the_number_of_running_servers_is_limited() {
    let hub = TestHub::start(&simple_with("active_server_limit = 1", "")).await;
    let (ada, bo) = (hub.program("ada", &[]).await, hub.program("bo", &[]).await);
    hub.start_server(&ada, "ada", "").await;
    let refused = bo.json(Method::POST, &server_path("bo", ""), None).await;
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert_eq!(refused_starts(&hub).await, [0, 1]);
    assert_eq!(ada.json(Method::DELETE, &server_path("ada", ""), None).await.status, 204);
    hub.start_server(&bo, "bo", "").await;
}

#[tokio::test]
async fn a_taken_port_names_its_owner_and_the_next_one() {
    let other = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = other.local_addr().unwrap().port();
    let dir = folder(&simple().replace("http://127.0.0.1:0", &format!("http://127.0.0.1:{port}")));
    let said = Daemon::try_start(&dir.path().join("data")).await.unwrap_err().failed();
    assert!(said.contains(&format!("Port {port} is taken")), "{said}");
    assert!(said.contains(&format!("process {}", std::process::id())), "{said}");
    // Nothing is left that keeps the next start from working.
    drop(other);
    let hub = Daemon::start(&dir.path().join("data")).await;
    assert_eq!(hub.origin, format!("http://127.0.0.1:{port}"));
}

#[tokio::test]
async fn each_driver_has_its_own_patience_also_where_another_one_is_usual() {
    // Where no driver is named, Docker's settings are the usual ones; without an engine servers are local processes.
    let toml = with_mode("silent", "").replace("spawner_class = \"simple\"", "");
    let toml = format!(
        "{toml}\n[docker_spawner]\nhttp_timeout = 600\n[docker_spawner.client_kwargs]\nbase_url = \
         \"unix:///nowhere/engine.sock\"\n[simple_spawner]\nhttp_timeout = 1\n"
    );
    let hub = TestHub::start(&toml).await;
    let boss = hub.program("boss", &[]).await;
    let answer = boss.json(Method::POST, &server_path("boss", ""), None).await;
    assert!(answer.status.is_server_error(), "{} {}", answer.status, answer.body);
    let server = boss.api(Method::GET, &server_path("boss", ""), None).await;
    assert!(server["labdeck_failure"]["message"].as_str().unwrap().contains("1 second"), "{server}");
}
