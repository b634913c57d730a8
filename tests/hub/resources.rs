//! What the machine has for servers: the reserve, the limits, the graphics cards and who waits for them.

use http::Method;
use labdeck_testkit::{Browser, eventually};
use serde_json::{Value, json};

use crate::support::{SHORT, StandInMachine, TestHub, folder, server_path, simple, simple_with};

const RESOURCES: &str = "/hub/api/labdeck/resources";
const GIB: u64 = 1 << 30;

async fn look(window: &Browser) -> Value {
    window.api(Method::GET, RESOURCES, None).await
}

#[tokio::test]
async fn the_machine_is_shown_with_its_reserve_and_what_is_granted() {
    let machine = StandInMachine::new(20 * GIB, 1);
    machine.set_available(15 * GIB);
    let hub = TestHub::start_on(&machine, folder(&simple_with("", "mem_limit = \"4G\""))).await;
    let window = hub.window();
    let now = look(&window).await;
    assert_eq!((&now["cpus"], &now["memory_bytes"]), (&json!(8), &json!(20 * GIB)));
    assert_eq!((&now["memory_used_bytes"], &now["granted_bytes"]), (&json!(5 * GIB), &json!(0)));
    assert_eq!((&now["reserve_bytes"], &now["reserve_default_bytes"]), (&json!(2 * GIB), &json!(2 * GIB)));
    assert_eq!(now["limits"]["concurrent_starts"], 100);
    assert_eq!((&now["gpus"][0]["id"], &now["gpus"][0]["temperature"]), (&json!("GPU-0"), &json!(48)));
    assert_eq!((&now["gpus"][0]["holders"], &now["queue"]), (&json!([]), &json!([])));
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    assert_eq!(look(&window).await["granted_bytes"], 4 * GIB);
    assert_eq!(ada.json(Method::GET, RESOURCES, None).await.status, 403);
}

#[tokio::test]
async fn the_reserve_is_changed_kept_and_set_back() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    let change = async |change: Value| window.json(Method::PATCH, RESOURCES, Some(change)).await;
    let now = change(json!({ "reserve_bytes": 3 * GIB, "active_servers": 7 })).await.value();
    assert_eq!((&now["reserve_bytes"], &now["limits"]["active_servers"]), (&json!(3 * GIB), &json!(7)));
    let refused = change(json!({ "reserve_bytes": 63 * GIB })).await;
    assert_eq!(refused.status, 400);
    assert!(refused.message().contains("64 GB"), "{}", refused.message());
    let hub = TestHub::start_in(hub.stop().await).await;
    let window = hub.window();
    let kept = look(&window).await;
    assert_eq!((&kept["reserve_bytes"], &kept["limits"]["active_servers"]), (&json!(3 * GIB), &json!(7)));
    let back = window.api(Method::PATCH, RESOURCES, Some(json!({ "reserve_bytes": null }))).await;
    assert_eq!(back["reserve_bytes"], back["reserve_default_bytes"]);
    assert_eq!(back["limits"]["active_servers"], 7, "what is absent stays");
}

#[tokio::test]
async fn what_the_file_decides_cannot_be_changed_here() {
    let file = simple_with("active_server_limit = 9", "") + "[labdeck]\nmemory_reserve = \"3G\"\n";
    let hub = TestHub::start(&file).await;
    let window = hub.window();
    let now = look(&window).await;
    assert_eq!(now["pinned"], json!(["reserve_bytes", "active_servers"]));
    assert_eq!((&now["reserve_bytes"], &now["limits"]["active_servers"]), (&json!(3 * GIB), &json!(9)));
    for (change, setting) in [
        (json!({ "reserve_bytes": GIB }), "labdeck.memory_reserve"),
        (json!({ "active_servers": null }), "hub.active_server_limit"),
    ] {
        let refused = window.json(Method::PATCH, RESOURCES, Some(change)).await;
        assert_eq!(refused.status, 409, "{}", refused.body);
        assert!(refused.message().contains(setting), "{}", refused.message());
    }
    assert_eq!(window.json(Method::PATCH, RESOURCES, Some(json!({ "concurrent_starts": 5 }))).await.status, 200);
}

#[tokio::test]
async fn people_see_samples_of_their_own_servers_and_the_lead_of_all() {
    let hub = TestHub::start_on(&StandInMachine::new(64 * GIB, 1), folder(&simple())).await;
    let wish = json!({ "display_name": "G", "offered": true, "limits": { "gpus": 1 } });
    hub.window().api(Method::PUT, "/hub/api/labdeck/sizes/g", Some(wish)).await;
    let (ada, bob, cy) = (hub.program("ada", &[]).await, hub.program("bob", &[]).await, hub.program("cy", &[]).await);
    hub.start_server(&bob, "bob", "").await;
    ada.json(Method::POST, &server_path("ada", ""), Some(json!({ "size": "g" }))).await;
    hub.until_ready("ada", "").await;
    let events = "/hub/api/labdeck/events";
    let (mut own, mut all, mut none) =
        (ada.events(events, &[]).await, hub.window().events(events, &[]).await, cy.events(events, &[]).await);
    let sampled = |event: &Value| event["type"] == "sampled";
    let both = all.find(SHORT, |event| sampled(event) && event["samples"].as_array().unwrap().len() == 2).await;
    let of_ada = both.data["samples"].as_array().unwrap().iter().find(|sample| sample["user"] == "ada").unwrap();
    assert_eq!((&of_ada["gpus"][0]["id"], &of_ada["gpus"][0]["busy"]), (&json!("GPU-0"), &json!(0.25)));
    let mine = own.find(SHORT, sampled).await;
    assert_eq!((mine.data["samples"].as_array().unwrap().len(), &mine.data["samples"][0]["user"]), (1, &json!("ada")));
    // What comes after the samples of the others is the first that this reader sees.
    let wish = json!({ "display_name": "H", "offered": true });
    hub.window().api(Method::PUT, "/hub/api/labdeck/sizes/h", Some(wish)).await;
    let first = none.find(SHORT, |event| ["sampled", "sizes_changed"].contains(&event["type"].as_str().unwrap())).await;
    assert_eq!(first.data["type"], "sizes_changed");
}

#[tokio::test]
async fn a_server_has_a_day_that_outlives_its_stop_and_goes_with_its_user() {
    let hub = TestHub::start(&simple()).await;
    let (ada, bob) = (hub.program("ada", &[]).await, hub.program("bob", &[]).await);
    hub.start_server(&ada, "ada", "").await;
    let usage = "/hub/api/labdeck/servers/ada/~/usage";
    // Nobody reads events here: the hub measures by itself.
    let day = eventually("a first point", SHORT, || async {
        let day = ada.api(Method::GET, usage, None).await;
        (day["points"] != json!([])).then_some(day)
    })
    .await;
    assert_eq!((&day["span_seconds"], &day["point_seconds"]), (&json!(86400), &json!(300)));
    assert!(day["points"][0]["memory_bytes"].as_u64().unwrap() > 1 << 20, "{day}");
    assert!([403, 404].contains(&bob.json(Method::GET, usage, None).await.status.as_u16()), "it is not bob's to see");
    ada.json(Method::DELETE, &server_path("ada", ""), None).await;
    assert_ne!(hub.window().api(Method::GET, usage, None).await["points"], json!([]), "what led to the end is kept");
    assert_eq!(hub.window().json(Method::DELETE, "/hub/api/users/ada", None).await.status, 204);
    hub.start_server(&hub.program("ada", &[]).await, "ada", "").await;
    // At the most the newcomer's own: a round may just have come.
    let fresh = hub.window().api(Method::GET, usage, None).await;
    assert_ne!(fresh["points"].get(0), day["points"].get(0), "another ada is another");
}

#[tokio::test]
async fn the_overview_says_when_memory_is_short() {
    let machine = StandInMachine::new(16 * GIB, 0);
    let hub = TestHub::start_on(&machine, folder(&simple())).await;
    let window = hub.window();
    let memory = async || {
        let overview = window.api(Method::GET, "/hub/api/labdeck/overview", None).await;
        overview["problems"].as_array().unwrap().iter().find(|problem| problem["id"] == "memory").cloned()
    };
    assert_eq!(memory().await, None);
    let mut events = window.events("/hub/api/labdeck/events", &[]).await;
    machine.set_available(GIB);
    assert!(memory().await.unwrap()["cause"].as_str().unwrap().contains("1 GB of 16 GB"));
    events.find(SHORT, |event| event["type"] == "overview_changed").await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn where_memory_ends_a_server_ends_before_the_hub() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let pid = hub.browser().get("/user/ada/facts").await.value()["pid"].as_u64().unwrap();
    let inclination = |pid: &str| {
        let text = std::fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).unwrap();
        text.trim().parse::<i32>().unwrap()
    };
    assert_eq!(inclination(&pid.to_string()), 500);
    assert!(inclination("self") < 500, "the hub itself is not offered");
}

#[tokio::test]
async fn a_start_waits_while_memory_is_short_and_goes_on_by_itself() {
    let machine = StandInMachine::new(16 * GIB, 0);
    let hub = TestHub::start_on(&machine, folder(&simple())).await;
    let ada = hub.program("ada", &[]).await;
    machine.set_available(GIB);
    let path = server_path("ada", "");
    let refused = ada.json(Method::POST, &path, Some(json!({}))).await;
    assert_eq!(refused.status, 429, "{}", refused.body);
    let waits = ada.json(Method::POST, &path, Some(json!({ "labdeck_queue": true }))).await;
    assert_eq!(waits.status, 202, "{}", waits.body);
    let waiting = eventually("the start waits", SHORT, || async {
        let model = hub.window().api(Method::GET, &path, None).await;
        (!model["labdeck_waiting"].is_null()).then(|| model["labdeck_waiting"].clone())
    })
    .await;
    assert_eq!(waiting["kind"], "memory");
    assert!(waiting["message"].as_str().unwrap().contains("of its 16 GB, 1.6 GB are kept back"), "{waiting}");
    // Another program ended.
    machine.set_available(12 * GIB);
    let model = hub.until_ready("ada", "").await;
    assert_eq!(model["labdeck_grant"]["limits"]["memory_bytes"], 2 * GIB);
}

#[tokio::test]
async fn reservations_that_do_not_add_up_wait_until_the_reserve_is_smaller() {
    let file = simple_with("", "mem_limit = \"8G\"") + "[labdeck]\novercommit = false\n";
    let hub = TestHub::start_on(&StandInMachine::new(16 * GIB, 0), folder(&file)).await;
    let (ada, bob) = (hub.program("ada", &[]).await, hub.program("bob", &[]).await);
    hub.start_server(&ada, "ada", "").await;
    let waits = bob.json(Method::POST, &server_path("bob", ""), Some(json!({ "labdeck_queue": true }))).await;
    assert_eq!(waits.status, 202, "{}", waits.body);
    let window = hub.window();
    let now = look(&window).await;
    assert_eq!((&now["overcommit"], &now["queue"][0]["waiting"]["kind"]), (&json!(false), &json!("memory")));
    window.api(Method::PATCH, RESOURCES, Some(json!({ "reserve_bytes": 0 }))).await;
    hub.until_ready("bob", "").await;
}

#[tokio::test]
async fn limits_of_the_hub_change_while_it_runs() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    window.api(Method::PATCH, RESOURCES, Some(json!({ "active_servers": 1 }))).await;
    let (ada, bob) = (hub.program("ada", &[]).await, hub.program("bob", &[]).await);
    hub.start_server(&ada, "ada", "").await;
    let refused = bob.json(Method::POST, &server_path("bob", ""), Some(json!({}))).await;
    assert_eq!(refused.status, 429, "{}", refused.body);
    window.api(Method::PATCH, RESOURCES, Some(json!({ "active_servers": 0 }))).await;
    hub.start_server(&bob, "bob", "").await;
}
