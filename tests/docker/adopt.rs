//! The hub dies, the work lives: what is found again after a crash, and what is cleared away.

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use labdeck_testkit::{Browser, Engine, HubProcess, NOTEBOOK, eventually};
use serde_json::{Value, json};

use crate::kernel::Kernel;
use crate::lab::{START_LIMIT, builder, container, hub, start};
use crate::relay::Relay;

/// How long an adopted server may take to be reached once the hub answers.
const ADOPTION_LIMIT: Duration = Duration::from_secs(2);

/// Counts in a file, five times a second.
const COUNTING: &str = "
import time
for count in range(100000):
    with open('count.txt', 'w') as file:
        file.write(str(count))
    time.sleep(0.2)
";

/// A teammate with a kernel that computes.
async fn at_work(hub: &HubProcess) -> (Browser, Kernel) {
    let api = hub.add(&["ada"]).await;
    start(hub, &api, "ada").await;
    let ada = hub.sign_in("ada").await;
    assert_eq!(ada.get("/user/ada/lab").await.status, StatusCode::OK);
    let mut kernel = Kernel::begin(hub, &ada, "/user/ada/").await;
    kernel.run("before = 41").await;
    kernel.send(COUNTING).await;
    counted(&ada, 3).await;
    (ada, kernel)
}

/// Waits until the kernel has counted beyond a number.
async fn counted(browser: &Browser, beyond: u64) -> u64 {
    eventually("the kernel counts", Duration::from_secs(60), || async {
        let page = browser.get_only("/user/ada/api/contents/count.txt?content=1&format=text").await;
        let value: Value = serde_json::from_str(&page.body).ok()?;
        value["content"].as_str()?.parse().ok().filter(|count| *count > beyond)
    })
    .await
}

#[tokio::test]
async fn a_killed_hub_finds_its_server_its_kernel_and_its_visitors_again() {
    let mut hub = hub().await;
    let (ada, kernel) = at_work(&hub).await;
    let before = container(&hub, "ada");

    hub.kill();
    assert_eq!(Engine.inspect(&before)["State"]["Running"], true);
    hub.restart().await;
    let answered = Instant::now();
    eventually("the server is reached again", ADOPTION_LIMIT, || async {
        ada.get_only("/user/ada/api/status").await.status.is_success().then_some(())
    })
    .await;
    assert!(answered.elapsed() < ADOPTION_LIMIT, "{:?}", answered.elapsed());
    assert_eq!(container(&hub, "ada"), before);

    let kernels = ada.get_only("/user/ada/api/kernels").await.value();
    assert_eq!(kernels[0]["id"], kernel.id.as_str(), "{kernels}");
    let count = counted(&ada, 0).await;
    counted(&ada, count + 5).await;
    let home = ada.get_only("/hub/home").await;
    assert_eq!(home.status, StatusCode::OK, "the session is no longer good: {:?}", home.redirect());

    let mut again = Kernel::open(&hub, &ada, "/user/ada/", &kernel.id).await;
    let path = format!("/user/ada/api/kernels/{}/interrupt", kernel.id);
    let stopped = crate::kernel::script(&ada, "/user/ada/").json(Method::POST, &path, None).await;
    assert_eq!(stopped.status, StatusCode::NO_CONTENT, "{}", stopped.body);
    eventually("the kernel is idle", Duration::from_secs(30), || async {
        let kernels = ada.get_only("/user/ada/api/kernels").await.value();
        (kernels[0]["execution_state"] == "idle").then_some(())
    })
    .await;
    assert_eq!(again.run("print(before + 1)").await, "42\n");
}

#[tokio::test]
async fn after_a_restart_servers_reach_the_hub_where_they_did_before() {
    let mut hub = hub().await;
    let api = hub.add(&["ada"]).await;
    start(&hub, &api, "ada").await;
    let container = container(&hub, "ada");
    hub.restart().await;
    hub.server_is("ada", "Ready", ADOPTION_LIMIT).await;

    // What the server itself does every five minutes.
    let report = "import os, json, urllib.request as u
body = json.dumps({'servers': {'': {'last_activity': '2031-05-06T07:08:09Z'}}, 'last_activity': '2031-05-06T07:08:09Z'}).encode()
now = json.dumps({'last_activity': __import__('datetime').datetime.now(__import__('datetime').timezone.utc).isoformat()}).encode()
head = {'Authorization': 'token ' + os.environ['JUPYTERHUB_API_TOKEN'], 'Content-Type': 'application/json'}
print(u.urlopen(u.Request(os.environ['JUPYTERHUB_ACTIVITY_URL'], now, head), timeout=10).status)";
    let before = hub.control(Method::GET, "/hub/api/users/ada", &Value::Null)["last_activity"].clone();
    let said = eventually("the door is open again", Duration::from_secs(10), || async {
        let done = Engine.run(&["exec", &container, "python3", "-c", report]);
        done.status.success().then(|| String::from_utf8_lossy(&done.stdout).trim().to_owned())
    })
    .await;
    assert_eq!(said, "200");
    let after = hub.control(Method::GET, "/hub/api/users/ada", &Value::Null)["last_activity"].clone();
    assert!(after.as_str() > before.as_str(), "{before} {after}");

    // A sign-in at the server needs the door twice: for the code and for the name.
    let fresh = hub.sign_in("ada").await;
    assert_eq!(fresh.get("/user/ada/lab").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_container_removed_behind_the_hubs_back_leaves_a_server_that_is_off_and_says_why() {
    let hub = hub().await;
    let api = hub.add(&["ada"]).await;
    start(&hub, &api, "ada").await;
    Engine.call(&["rm", "-f", &container(&hub, "ada")]);
    let server = hub.server_is("ada", "Off", Duration::from_secs(45)).await;
    let reason = server["labdeck_last_exit"]["reason"].as_str().unwrap_or_default();
    assert!(!reason.is_empty(), "{server}");
    // What the server answered to anybody is the hub's to answer again.
    let page = hub.browser().get("/user/ada/api").await;
    assert!(page.path.starts_with("/hub/login"), "{} {}", page.path, page.body);
}

#[tokio::test]
async fn a_container_that_ended_while_the_hub_was_away_leaves_a_server_that_is_off() {
    let mut hub = hub().await;
    let api = hub.add(&["ada"]).await;
    start(&hub, &api, "ada").await;
    let id = hub.id().expect("a network");
    hub.kill();
    Engine.call(&["kill", &container(&hub, "ada")]);
    hub.restart().await;
    let server = hub.server_is("ada", "Off", Duration::from_secs(20)).await;
    assert!(server["labdeck_last_exit"]["reason"].is_string(), "{server}");
    eventually("its container is cleared away", Duration::from_secs(20), || async {
        Engine.containers(&id, "server").is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_hub_killed_between_create_and_start_leaves_nothing() {
    let relay = Relay::new();
    let mut hub = builder().environment("DOCKER_HOST", &relay.address()).start().await;
    hub.offer("lab", NOTEBOOK);
    let api = hub.add(&["ada"]).await;
    relay.hold("/start");
    let starting = async { api.json(Method::POST, "/hub/api/users/ada/server", Some(json!({}))).await };
    let killing = async {
        relay.held(START_LIMIT).await;
    };
    tokio::select! {
        answer = starting => {
            assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
            relay.held(START_LIMIT).await;
        }
        () = killing => {}
    }
    let id = hub.id().expect("a network");
    assert_eq!(Engine.containers(&id, "server").len(), 1);
    hub.kill();
    hub.restart_with("DOCKER_HOST", None).await;
    eventually("nothing is left", Duration::from_secs(30), || async {
        Engine.containers(&id, "server").is_empty().then_some(())
    })
    .await;
    let server = hub.server_is("ada", "Off", Duration::from_secs(10)).await;
    assert_eq!(server["pending"], Value::Null, "{server}");
}
