//! Graphics cards on whole hubs: found by the stand-in for NVIDIA's library, handed out, told to the programs.

use std::io::Write as _;

use http::Method;
use labdeck_testkit::eventually;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Driver, SHORT, StandInMachine, TestHub, folder, nvml_stand_in, simple};

const RESOURCES: &str = "/hub/api/labdeck/resources";
const CARD: &str = "GPU-11111111-2222-3333-4444-555555555555";
const SLICE: &str = "MIG-aaaaaaaa-1111-2222-3333-444444444444";

/// A data folder whose configuration names the stand-in.
fn with_stand_in(driver: Driver) -> TempDir {
    let dir = folder(&simple());
    let library = nvml_stand_in(dir.path(), driver);
    let mut file = std::fs::OpenOptions::new().append(true).open(dir.path().join("data/labdeck.toml")).unwrap();
    writeln!(file, "[labdeck]\nnvml_library = {library:?}").unwrap();
    dir
}

async fn offer(hub: &TestHub, name: &str, gpus: u32) {
    let wish = json!({ "display_name": name, "offered": true, "limits": { "gpus": gpus } });
    hub.window().api(Method::PUT, &format!("/hub/api/labdeck/sizes/{name}"), Some(wish)).await;
}

async fn start(hub: &TestHub, user: &str, size: &str) -> Value {
    let program = hub.program(user, &[]).await;
    let path = format!("/hub/api/users/{user}/server");
    let answer = program.json(Method::POST, &path, Some(json!({ "size": size }))).await;
    assert!([201, 202].contains(&answer.status.as_u16()), "{} {}", answer.status, answer.body);
    hub.until_ready(user, "").await
}

async fn environment(hub: &TestHub, user: &str) -> Value {
    hub.browser().get(&format!("/user/{user}/facts")).await.value()["environment"].clone()
}

#[tokio::test]
async fn cards_and_slices_are_found_by_nvidias_library() {
    let hub = TestHub::start_here(with_stand_in(Driver::Works)).await;
    let now = hub.window().api(Method::GET, RESOURCES, None).await;
    let ids: Vec<_> = now["gpus"].as_array().unwrap().iter().map(|card| card["id"].as_str().unwrap()).collect();
    assert_eq!(ids[..2], [CARD, SLICE], "a card that is cut up is offered by its slices");
    assert_eq!(ids.len(), 3);
    let card = &now["gpus"][0];
    assert_eq!((&card["name"], &card["index"]), (&json!("NVIDIA L4"), &json!(0)));
    assert_eq!((&card["memory_bytes"], &card["memory_used_bytes"]), (&json!(24_u64 << 30), &json!(3_u64 << 30)));
    assert_eq!((&card["busy"], &card["temperature"]), (&json!(0.42), &json!(61)));
    let slice = &now["gpus"][1];
    assert_eq!((&slice["name"], &slice["index"]), (&json!("NVIDIA A100 MIG 3g.20gb"), &json!(1)));
    assert_eq!((&slice["busy"], &slice["memory_used_bytes"]), (&Value::Null, &json!(1_u64 << 30)));
    assert_eq!(now["gpu_problem"], Value::Null);
}

#[tokio::test]
async fn a_driver_that_is_not_loaded_is_told_with_the_remedy() {
    let hub = TestHub::start_here(with_stand_in(Driver::NotLoaded)).await;
    let now = hub.window().api(Method::GET, RESOURCES, None).await;
    assert_eq!(now["gpus"], json!([]));
    assert!(now["gpu_problem"].as_str().unwrap().contains("not loaded"), "{now}");
    let wish = json!({ "display_name": "g", "offered": true, "limits": { "gpus": 1 } });
    let refused = hub.window().json(Method::PUT, "/hub/api/labdeck/sizes/g", Some(wish)).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
}

#[tokio::test]
async fn a_server_holds_its_card_and_its_program_is_told_which() {
    let hub = TestHub::start_on(&StandInMachine::new(64 << 30, 2), folder(&simple())).await;
    offer(&hub, "one", 1).await;
    offer(&hub, "none", 0).await;
    assert_eq!(start(&hub, "ada", "one").await["labdeck_grant"]["gpus"], json!(["GPU-0"]));
    assert_eq!(start(&hub, "bob", "one").await["labdeck_grant"]["gpus"], json!(["GPU-1"]));
    assert_eq!(start(&hub, "cy", "none").await["labdeck_grant"]["gpus"], json!([]));
    assert_eq!(environment(&hub, "bob").await["CUDA_VISIBLE_DEVICES"], "GPU-1");
    assert_eq!(environment(&hub, "cy").await["CUDA_VISIBLE_DEVICES"], "", "who was given none sees none");
    let now = hub.window().api(Method::GET, RESOURCES, None).await;
    assert_eq!(now["gpus"][0]["holders"][0]["user"], "ada");
    assert!(now["gpus"][0]["holders"][0]["since"].is_string());
    let di = hub.program("di", &[]).await;
    let offer = di.api(Method::GET, "/hub/api/labdeck/users/di/start-options", None).await;
    assert_eq!(offer["sizes"][0]["fits"], true, "after waiting");
    let why = offer["sizes"][0]["why_not"].as_str().unwrap();
    assert!(why.contains("ada holds card 0 (NVIDIA L4), bob holds card 1"), "{why}");
    let refused = di.json(Method::POST, "/hub/api/users/di/server", Some(json!({ "size": "one" }))).await;
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert!(refused.header("retry-after").is_some());

    // Who is ready to wait is in line, and gets the card that comes free.
    let wish = json!({ "size": "one", "labdeck_queue": true });
    assert_eq!(di.json(Method::POST, "/hub/api/users/di/server", Some(wish)).await.status, 202);
    let queue = eventually("di waits", SHORT, || async {
        let now = hub.window().api(Method::GET, RESOURCES, None).await;
        now["queue"].as_array().filter(|queue| !queue.is_empty()).cloned()
    })
    .await;
    assert_eq!((&queue[0]["user"], &queue[0]["waiting"]["kind"]), (&json!("di"), &json!("gpu")));
    let words = queue[0]["waiting"]["message"].as_str().unwrap();
    assert!(words.contains("ada holds card 0") && words.contains("It is next."), "{words}");
    hub.window().json(Method::DELETE, "/hub/api/users/bob/server", None).await;
    assert_eq!(hub.until_ready("di", "").await["labdeck_grant"]["gpus"], json!(["GPU-1"]));
}

#[tokio::test]
async fn the_ledger_outlives_the_hub() {
    let machine = StandInMachine::new(64 << 30, 1);
    let hub = TestHub::start_on(&machine, folder(&simple())).await;
    offer(&hub, "one", 1).await;
    start(&hub, "ada", "one").await;
    let hub = TestHub::start_on(&machine, hub.stop().await).await;
    hub.until_ready("ada", "").await;
    let now = hub.window().api(Method::GET, RESOURCES, None).await;
    assert_eq!(now["gpus"][0]["holders"][0]["user"], "ada", "{now}");
    let bob = hub.program("bob", &[]).await;
    let refused = bob.json(Method::POST, "/hub/api/users/bob/server", Some(json!({ "size": "one" }))).await;
    assert_eq!(refused.status, 429, "{}", refused.body);
}
