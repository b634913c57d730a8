//! Causes of failed starts, each made for real: by the engine, the kernel, a registry, or the real notebook server in a
//! container. Elsewhere for real: a missing image, one without notebook software (`failures`), one for another processor
//! (the driver's own tests). Not to be had on a machine without graphics cards, and so only as recorded lines in the
//! recogniser's table: a missing toolkit (this engine's own words), a busy card. A wrong clock is a certificate from
//! the future here.

use std::time::Duration;

use http::Method;
use labdeck_testkit::{Browser, Engine, HubProcess, NOTEBOOK, eventually};
use serde_json::{Value, json};

use crate::lab::{START_LIMIT, builder, builder_with};
use crate::registry::{Kind, Registry};

const WHY: &str = "/hub/api/labdeck/servers/ada/~/diagnosis";

/// Starts a server that cannot, and gives what the diagnosis says of it then.
async fn diagnosis(hub: &HubProcess, api: &Browser) -> Value {
    api.json(Method::POST, "/hub/api/users/ada/server", Some(json!({}))).await;
    eventually("the start fails", START_LIMIT, || async {
        (hub.server("ada")["labdeck_state"] == "Failed").then_some(())
    })
    .await;
    let told = api.api(Method::GET, WHY, None).await;
    assert!(told["title"].is_string() && !told["steps"].as_array().unwrap().is_empty(), "{told}");
    eventually("no container is left", Duration::from_secs(30), || async {
        Engine.containers(&hub.id().unwrap(), "server").is_empty().then_some(())
    })
    .await;
    told
}

/// A hub whose servers run this shell command in the notebook image.
async fn running(command: &str, more: &str) -> (HubProcess, Browser) {
    let hub = builder_with(&format!("cmd = [\"sh\", \"-c\", {command:?}]\n{more}")).start().await;
    hub.offer("lab", NOTEBOOK);
    let api = hub.add(&["ada"]).await;
    (hub, api)
}

fn assert_told(told: &Value, kind: &str, pieces: &[&str]) {
    assert_eq!(told["kind"], kind, "{told}");
    for piece in pieces {
        assert!(told["cause"].as_str().unwrap().contains(piece), "{piece} in {told}");
    }
}

#[tokio::test]
async fn a_server_that_cannot_reach_the_hub_is_told_so_with_the_address() {
    // The real server, sent to a port where nobody listens: it tries for a minute, the hub gives it ten seconds.
    let away = "JUPYTERHUB_API_URL=http://127.0.0.1:9/hub/api exec jupyterhub-singleuser";
    let (hub, api) = running(away, "start_timeout = 100\nhttp_timeout = 25").await;
    let told = diagnosis(&hub, &api).await;
    assert_told(&told, "hub_unreachable", &["127.0.0.1:9", "25 seconds"]);
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_so() {
    let taken =
        "python3 -m http.server 8888 & sleep 1; exec python3 -c 'import socket; socket.create_server((\"\", 8888))'";
    let (hub, api) = running(taken, "").await;
    let told = diagnosis(&hub, &api).await;
    assert_told(&told, "port_taken", &[]);
    assert_eq!(told["fix"]["id"], "start_again", "{told}");
}

#[tokio::test]
async fn a_folder_of_another_account_is_named() {
    let refused = "exec python3 -c 'open(\"/srv/imaging-2026\", \"w\")'";
    let (hub, api) = running(refused, "").await;
    let told = diagnosis(&hub, &api).await;
    assert_told(&told, "permission_denied", &["/srv/imaging-2026"]);
    assert!(told["log"].to_string().contains("PermissionError"), "{told}");
}

/// Lets a server make its home, then puts another file system in its place.
async fn with_home_on(options: &str) -> Value {
    let (hub, api) = running("exit 3", "").await;
    diagnosis(&hub, &api).await;
    let id = hub.id().unwrap();
    let homes = Engine.volumes(&id);
    assert_eq!(homes.len(), 1, "{homes:?}");
    let home = homes[0].as_str();
    let labels = Engine.inspect(home)["Labels"].clone();
    Engine.call(&["volume", "rm", home]);
    let label = |name: &str| format!("{name}={}", labels[name].as_str().unwrap_or_default());
    let names: Vec<_> = labels.as_object().unwrap().keys().map(|name| label(name)).collect();
    let option = format!("o={options}");
    let mut make = vec!["volume", "create", "-d", "local", "-o", "type=tmpfs", "-o", "device=tmpfs", "-o", &option];
    names.iter().for_each(|label| make.extend(["--label", label]));
    make.push(home);
    Engine.call(&make);
    diagnosis(&hub, &api).await
}

#[tokio::test]
async fn a_home_that_can_only_be_read_is_told_so() {
    assert_told(&with_home_on("ro,uid=1000").await, "read_only_home", &["can only be read"]);
}

#[tokio::test]
async fn a_full_disk_is_told_so() {
    assert_told(&with_home_on("size=4k,uid=1000").await, "disk_full", &["no space left"]);
}

#[tokio::test]
async fn too_little_memory_for_the_start_is_told_so() {
    // Stacks and sizes begin where a server can start; a limit of the file is taken as it is.
    let hub = builder_with("mem_limit = \"24M\"").environment("LABDECK_DOCKER_SPAWNER_IMAGE", NOTEBOOK).start().await;
    let api = hub.add(&["ada"]).await;
    let told = diagnosis(&hub, &api).await;
    assert_told(&told, "out_of_memory_at_start", &["memory"]);
    assert_eq!(told["fix"]["id"], "larger_size", "{told}");
}

#[tokio::test]
async fn a_start_that_takes_too_long_names_its_last_phase() {
    let (hub, api) = running("exec sleep 600", "start_timeout = 100\nhttp_timeout = 3").await;
    let told = diagnosis(&hub, &api).await;
    assert_told(&told, "start_timeout", &["did not answer", "3 seconds"]);
}

async fn fetched_from(kind: Kind) -> Value {
    let registry = Registry::start(kind);
    let hub = builder().start().await;
    hub.offer("far", &format!("{}/lab/far:1", registry.address()));
    let api = hub.add(&["ada"]).await;
    diagnosis(&hub, &api).await
}

#[tokio::test]
async fn a_registry_that_hands_out_no_more_is_told_so() {
    let told = fetched_from(Kind::Limited).await;
    assert_told(&told, "registry_limit", &["/lab/far:1", "for a while"]);
    assert_eq!(told["fix"]["id"], "fetch_image", "{told}");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_told_so() {
    assert_told(&fetched_from(Kind::Stranger).await, "certificate_rejected", &["rejected", "/lab/far:1"]);
}

#[tokio::test]
async fn a_certificate_from_the_future_tells_of_a_wrong_clock() {
    assert_told(&fetched_from(Kind::FromTheFuture).await, "clock_skew", &["clock"]);
}
