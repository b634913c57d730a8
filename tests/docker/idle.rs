//! Idle rules with real servers: a real kernel that computes, and an engine that does not answer.

use std::time::{Duration, Instant};

use http::Method;
use labdeck_testkit::{Engine, NOTEBOOK, STANDIN, eventually};
use serde_json::json;

use crate::kernel::Kernel;
use crate::lab::{START_LIMIT, builder_with, container, start};
use crate::relay::Relay;

#[tokio::test]
async fn a_real_kernel_that_computes_keeps_its_server_and_leaves_no_token_behind() {
    let hub = builder_with("[labdeck]\nidle_stop_after = 8\nidle_warn_before = 0").start().await;
    hub.offer("lab", NOTEBOOK);
    let api = hub.add(&["ada", "bob"]).await;
    hub.control(
        Method::PUT,
        "/hub/api/labdeck/stacks/standin",
        &json!({ "display_name": "standin", "description": "", "image": STANDIN, "offered": true, "is_default": false,
            "limits": {} }),
    );
    start(&hub, &api, "ada").await;
    let ada = hub.sign_in("ada").await;
    ada.get("/user/ada/lab").await;
    let mut kernel = Kernel::begin(&hub, &ada, "/user/ada/").await;
    kernel.send("import os, time\nwhile not os.path.exists('/tmp/done'): time.sleep(0.2)").await;
    // Nobody is there any more, and the cell prints nothing.
    drop(kernel);
    hub.control(Method::POST, "/hub/api/users/bob/server", &json!({ "stack": "standin" }));
    let bob = hub.server_is("bob", "Off", START_LIMIT).await;
    assert_eq!(bob["labdeck_last_exit"]["kind"], "idle", "{bob}");
    assert_eq!(hub.server("ada")["ready"], true, "a kernel computes");
    Engine.call(&["exec", &container(&hub, "ada"), "touch", "/tmp/done"]);
    let off = hub.server_is("ada", "Off", START_LIMIT).await;
    assert_eq!(off["labdeck_last_exit"]["kind"], "idle", "{off}");
    let tokens = hub.control(Method::GET, "/hub/api/users/ada/tokens", &json!(null));
    assert!(!tokens.to_string().contains("whether kernels are busy"), "{tokens}");
}

#[tokio::test]
async fn nothing_is_stopped_while_the_engine_does_not_answer() {
    let mut relay = Relay::new();
    let rules = "[labdeck]\nidle_stop_after = 4\nidle_warn_before = 0";
    let hub = builder_with(rules).environment("DOCKER_HOST", &relay.address()).start().await;
    hub.offer("standin", STANDIN);
    let api = hub.add(&["ada"]).await;
    start(&hub, &api, "ada").await;
    relay.cut();
    eventually("the engine is missed", START_LIMIT, || async {
        (hub.server("ada")["labdeck_engine_gone"] == true).then_some(())
    })
    .await;
    let since = Instant::now();
    eventually("several rounds are over", START_LIMIT, || async {
        let server = hub.server("ada");
        assert_eq!((&server["ready"], &server["labdeck_stops"]), (&json!(true), &json!(null)), "{server}");
        (since.elapsed() > Duration::from_secs(8)).then_some(())
    })
    .await;
    relay.connect();
    let off = hub.server_is("ada", "Off", START_LIMIT).await;
    assert_eq!(off["labdeck_last_exit"]["kind"], "idle", "{off}");
}
