//! Graphics cards on whole hubs: found by the stand-in for NVIDIA's library, handed out, told to the programs.

use std::io::Write as _;

use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Driver, TestHub, folder, nvml_stand_in, simple};

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
