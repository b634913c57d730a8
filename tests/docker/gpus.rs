//! Graphics cards where the engine cannot hand them out, which is what this machine's engine says for real: the hub
//! knows beforehand, a start that wants one anyway says what is missing, and nothing is left of it.

use http::Method;
use labdeck_testkit::{Engine, eventually};
use serde_json::json;

use crate::lab::{START_LIMIT, builder, container, variable};
use crate::nvml::{Driver, nvml_stand_in};

#[tokio::test]
async fn a_card_without_nvidias_toolkit_is_explained_before_and_after() {
    let folder = tempfile::tempdir().unwrap();
    let library = nvml_stand_in(folder.path(), Driver::Works);
    let hub = builder().settings(&format!("[labdeck]\nnvml_library = {library:?}")).start().await;
    hub.offer("lab", labdeck_testkit::NOTEBOOK);
    let ada = hub.add(&["ada"]).await;
    let wish = json!({ "display_name": "Card", "offered": true, "limits": { "gpus": 1, "memory_bytes": 1_u64 << 30 } });
    hub.control(Method::PUT, "/hub/api/labdeck/sizes/card", &wish);
    let resources = hub.control(Method::GET, "/hub/api/labdeck/resources", &json!(null));
    assert_eq!(resources["gpus"][0]["name"], "NVIDIA L4");
    let problem = resources["gpu_problem"].as_str().unwrap();
    assert!(problem.contains("nvidia-container-toolkit"), "{problem}");
    let overview = hub.control(Method::GET, "/hub/api/labdeck/overview", &json!(null));
    assert!(overview["problems"].as_array().unwrap().iter().any(|problem| problem["id"] == "gpu"), "{overview}");

    let path = "/hub/api/users/ada/server";
    let refused = ada.json(Method::POST, path, Some(json!({ "size": "card" }))).await;
    assert!(refused.message().contains("NVIDIA Container Toolkit"), "{}", refused.body);
    let server = eventually("the start fails", START_LIMIT, || async {
        let server = hub.server("ada");
        (server["labdeck_state"] == "Failed").then_some(server)
    })
    .await;
    let failure = &server["labdeck_failure"];
    assert!(failure["kind"] == "gpu_toolkit_missing", "{server}");
    assert!(failure["remedy"].as_str().unwrap().contains("NVIDIA Container Toolkit"), "{server}");
    let id = hub.id().unwrap();
    eventually("no container is left", START_LIMIT, || async {
        Engine.containers(&id, "server").is_empty().then_some(())
    })
    .await;
    let after = hub.control(Method::GET, "/hub/api/labdeck/resources", &json!(null));
    assert_eq!(after["gpus"][0]["holders"], json!([]), "a failed start holds nothing");

    // Who was given none sees none, also where NVIDIA's runtime would give all.
    ada.json(Method::POST, path, Some(json!({ "size": "" }))).await;
    hub.server_is("ada", "Ready", START_LIMIT).await;
    assert_eq!(variable(&container(&hub, "ada"), "NVIDIA_VISIBLE_DEVICES"), "void");
}
