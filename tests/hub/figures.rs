//! Figures for Prometheus and the event log: JupyterHub's names, read by Prometheus' own parser of Python, and what is
//! written about servers.

use std::io::Write as _;
use std::process::{Command, Stdio};

use http::Method;
use labdeck_testkit::{Browser, eventually};
use serde_json::{Value, json};

use crate::service_clients::python;
use crate::support::{SHORT, TestHub, server_path, simple, simple_with};

/// Every family that JupyterHub 6.1 has, without those of Python itself.
const FAMILIES: [&str; 18] = [
    "jupyterhub_active_users",
    "jupyterhub_check_routes_duration_seconds",
    "jupyterhub_csp_reports",
    "jupyterhub_event_loop_interval_seconds",
    "jupyterhub_hub_startup_duration_seconds",
    "jupyterhub_init_spawners_duration_seconds",
    "jupyterhub_login_duration_seconds",
    "jupyterhub_logout_duration_seconds",
    "jupyterhub_proxy_add_duration_seconds",
    "jupyterhub_proxy_delete_duration_seconds",
    "jupyterhub_proxy_poll_duration_seconds",
    "jupyterhub_request_duration_seconds",
    "jupyterhub_running_servers",
    "jupyterhub_server_poll_duration_seconds",
    "jupyterhub_server_spawn_duration_seconds",
    "jupyterhub_server_stop_seconds",
    "jupyterhub_total_users",
    "process_cpu_seconds",
];

/// Reads the text as Prometheus' client of Python does: value by family, name and labels.
const PARSER: &str = r#"
import json, sys
from prometheus_client.parser import text_string_to_metric_families
families = list(text_string_to_metric_families(sys.stdin.read()))
rows = {s.name + json.dumps(s.labels, sort_keys=True): s.value for f in families for s in f.samples}
print(json.dumps({"families": [f.name for f in families], "rows": rows}))
"#;

async fn parsed(text: String) -> Value {
    let python = python().await;
    let parse = move || {
        let mut command = Command::new(python);
        let mut child = command.args(["-c", PARSER]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        child.wait_with_output().unwrap().stdout
    };
    serde_json::from_slice(&tokio::task::spawn_blocking(parse).await.unwrap()).unwrap()
}

/// Starts and stops ada's server.
async fn once(hub: &TestHub, ada: &Browser) {
    hub.start_server(ada, "ada", "").await;
    ada.json(Method::DELETE, &server_path("ada", ""), None).await;
    hub.until_stopped("ada", "").await;
}

#[tokio::test]
async fn figures_have_jupyterhubs_names_and_prometheus_reads_them() {
    let hub = TestHub::start(&simple()).await;
    hub.signed_in("bob").await;
    once(&hub, &hub.program("ada", &[]).await).await;
    let reader = hub.program("boss", &["read:metrics"]).await;
    let active = "jupyterhub_active_users{period=\"24h\"} 3";
    // The use of a token is written down beside its answer.
    eventually("the reader is active too", SHORT, || async {
        reader.get("/hub/metrics").await.body.contains(active).then_some(())
    })
    .await;
    let page = reader.get("/hub/metrics").await;
    assert_eq!(
        (page.status.as_u16(), page.header("content-type")),
        (200, Some("text/plain; version=0.0.4; charset=utf-8"))
    );
    let read = parsed(page.body).await;
    let families: Vec<&str> = read["families"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let missing: Vec<_> = FAMILIES.iter().filter(|name| !families.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?} of {families:?}");
    for (row, value) in [
        (r#"jupyterhub_server_spawn_duration_seconds_count{"reason": "", "status": "success"}"#, 1.0),
        (r#"jupyterhub_server_spawn_duration_seconds_count{"reason": "throttled", "status": "failure"}"#, 0.0),
        (r#"jupyterhub_server_stop_seconds_count{"status": "success"}"#, 1.0),
        (r#"jupyterhub_login_duration_seconds_count{"status": "success"}"#, 1.0),
        (r#"jupyterhub_proxy_add_duration_seconds_count{"status": "success"}"#, 1.0),
        ("jupyterhub_running_servers{}", 0.0),
        ("jupyterhub_total_users{}", 3.0),
        (r#"jupyterhub_active_users{"period": "24h"}"#, 3.0),
    ] {
        assert_eq!(read["rows"][row].as_f64(), Some(value), "{row}");
    }
    assert_eq!(reader.get("/hub/api/metrics").await.status, 200);
}

#[tokio::test]
async fn figures_are_for_those_who_may_read_them_unless_the_file_opens_them() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    for path in ["/hub/metrics", "/hub/api/metrics"] {
        assert_eq!(hub.browser().json(Method::GET, path, None).await.status, 403, "{path}");
        assert_eq!(ada.json(Method::GET, path, None).await.status, 403, "{path}");
    }
    let open = TestHub::start(&simple_with("authenticate_prometheus = false", "")).await;
    assert_eq!(open.browser().json(Method::GET, "/hub/metrics", None).await.status, 200);
}

#[tokio::test]
async fn the_event_log_has_what_the_hub_did_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.jsonl");
    let hub = TestHub::start(&(simple() + &format!("[event_logger]\nhandlers = [{path:?}]\n"))).await;
    let ada = hub.program("ada", &[]).await;
    once(&hub, &ada).await;
    hub.start_server(&ada, "ada", "gpu").await;
    // One that ends by itself is nobody's action.
    let pid = ada.get("/user/ada/gpu/facts").await.value()["pid"].to_string();
    assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    hub.until_stopped("ada", "gpu").await;
    let lines = eventually("three events are written", SHORT, || async {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (lines.len() >= 3).then_some(lines)
    })
    .await;
    let told: Vec<_> = lines.iter().map(|line| json!([line["action"], line["username"], line["servername"]])).collect();
    assert_eq!(told, [json!(["start", "ada", ""]), json!(["stop", "ada", ""]), json!(["start", "ada", "gpu"])]);
    assert_eq!(lines[0]["__schema__"], "https://schema.jupyter.org/jupyterhub/events/server-action");
}
