//! Sizes: what is offered to whom, what a start makes of the choice, what is refused.

use http::Method;
use labdeck_testkit::Browser;
use serde_json::{Value, json};

use crate::support::{TestHub, server_path, simple, simple_with};

const SIZES: &str = "/hub/api/labdeck/sizes";
const MIB: u64 = 1 << 20;

async fn put(window: &Browser, name: &str, megabytes: u64, more: Value) -> Value {
    let limits = json!({ "memory_bytes": megabytes * MIB, "cpus": 0.5, "pids": 200 });
    let mut wish = json!({ "display_name": name.to_uppercase(), "limits": limits, "offered": true });
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    window.api(Method::PUT, &format!("{SIZES}/{name}"), Some(wish)).await
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|size| size["name"].as_str().unwrap()).collect()
}

/// Starts ada's server with these options, and stops it again; answers what it was granted.
async fn granted(hub: &TestHub, ada: &Browser, options: Option<Value>) -> Value {
    let answer = ada.json(Method::POST, &server_path("ada", ""), options).await;
    assert!([201, 202].contains(&answer.status.as_u16()), "{} {}", answer.status, answer.body);
    let model = hub.until_ready("ada", "").await;
    ada.json(Method::DELETE, &server_path("ada", ""), None).await;
    hub.until_stopped("ada", "").await;
    model["labdeck_grant"].clone()
}

#[tokio::test]
async fn sizes_are_kept_changed_and_taken_away() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    let small = put(&window, "s", 256, json!({ "is_default": true })).await;
    assert_eq!(small["limits"]["memory_bytes"], 256 * MIB);
    put(&window, "hidden", 512, json!({ "offered": false, "is_default": true })).await;
    put(&window, "m", 512, json!({ "is_default": true })).await;
    let all = window.api(Method::GET, SIZES, None).await;
    assert_eq!(names(&all), ["s", "hidden", "m"]);
    let defaults: Vec<_> = all.as_array().unwrap().iter().map(|size| size["is_default"] == true).collect();
    assert_eq!(defaults, [false, false, true], "one default, and it is offered");
    let ada = hub.program("ada", &[]).await;
    assert_eq!(names(&ada.api(Method::GET, SIZES, None).await), ["s", "m"], "people see what is offered");
    let wish = json!({ "display_name": "X", "offered": true });
    assert_eq!(ada.json(Method::PUT, &format!("{SIZES}/x"), Some(wish)).await.status, 403);
    assert_eq!(ada.json(Method::DELETE, &format!("{SIZES}/s"), None).await.status, 403);
    assert_eq!(window.json(Method::DELETE, &format!("{SIZES}/s"), None).await.status, 204);
    assert_eq!(window.json(Method::DELETE, &format!("{SIZES}/s"), None).await.status, 404);
}

#[tokio::test]
async fn a_size_larger_than_the_computer_is_refused_with_what_it_has() {
    let hub = TestHub::start(&simple()).await;
    for (limits, word) in [
        (json!({ "memory_bytes": 1 }), "128 MB"),
        (json!({ "memory_bytes": 1_u64 << 50 }), "more than this computer has"),
        (json!({ "cpus": 4096 }), "more than this computer has"),
        (json!({ "gpus": 99 }), "graphics card"),
    ] {
        let wish = json!({ "display_name": "X", "offered": true, "limits": limits });
        let answer = hub.window().json(Method::PUT, &format!("{SIZES}/x"), Some(wish)).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(answer.message().contains(word), "{}", answer.message());
    }
}

#[tokio::test]
async fn the_chosen_size_comes_first_then_the_default_then_the_configuration() {
    let hub = TestHub::start(&simple_with("", "mem_limit = \"1G\"")).await;
    let ada = hub.program("ada", &[]).await;
    let plain = granted(&hub, &ada, None).await;
    assert_eq!((&plain["size"], &plain["limits"]["memory_bytes"]), (&Value::Null, &json!(1024 * MIB)));
    put(&hub.window(), "s", 256, json!({ "is_default": true })).await;
    put(&hub.window(), "m", 512, json!({})).await;
    let default = granted(&hub, &ada, None).await;
    assert_eq!((&default["size"], &default["limits"]["memory_bytes"]), (&json!("s"), &json!(256 * MIB)));
    let chosen = granted(&hub, &ada, Some(json!({ "size": ["m"] }))).await;
    assert_eq!(chosen["size"], "m", "JupyterHub's forms send lists");
    let again = granted(&hub, &ada, None).await;
    assert_eq!(again["size"], "m", "nothing chosen repeats the last choice");
    hub.window().json(Method::DELETE, &format!("{SIZES}/m"), None).await;
    let gone = granted(&hub, &ada, None).await;
    assert_eq!(gone["size"], "s", "a remembered choice that is gone is passed over");
}

#[tokio::test]
async fn a_size_that_is_not_offered_to_a_person_is_refused_naming_those_that_are() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    put(&window, "s", 256, json!({})).await;
    put(&window, "xl", 512, json!({ "groups": ["vision"] })).await;
    let ada = hub.program("ada", &[]).await;
    for unknown in ["xl", "none"] {
        let answer = ada.json(Method::POST, &server_path("ada", ""), Some(json!({ "size": unknown }))).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
        assert!(answer.message().contains("\"s\"") && !answer.message().contains("\"xl\","), "{}", answer.message());
    }
    let offer = ada.api(Method::GET, "/hub/api/labdeck/users/ada/start-options", None).await;
    assert_eq!(names(&offer["sizes"]), ["s"]);
}

#[tokio::test]
async fn a_start_offers_what_was_chosen_last() {
    let hub = TestHub::start(&simple()).await;
    put(&hub.window(), "s", 256, json!({ "is_default": true })).await;
    put(&hub.window(), "m", 512, json!({})).await;
    let ada = hub.program("ada", &[]).await;
    let path = "/hub/api/labdeck/users/ada/start-options";
    let fresh = ada.api(Method::GET, path, None).await;
    assert_eq!((names(&fresh["sizes"]), &fresh["last"]["size"]), (vec!["s", "m"], &Value::Null));
    assert_eq!(fresh["sizes"][0]["fits"], true);
    assert_eq!(fresh["stacks"], json!([]), "local processes have no stacks");
    granted(&hub, &ada, Some(json!({ "size": "m" }))).await;
    assert_eq!(ada.api(Method::GET, path, None).await["last"]["size"], "m");
    let other = hub.program("bob", &[]).await;
    assert_eq!(other.json(Method::GET, path, None).await.status, 404, "somebody else's");
    assert_eq!(ada.api(Method::GET, &format!("{path}?server=lab"), None).await["last"]["size"], Value::Null);
}

#[tokio::test]
async fn the_page_offers_sizes_and_remembers_the_choice() {
    let hub = TestHub::start(&simple()).await;
    put(&hub.window(), "s", 256, json!({ "is_default": true })).await;
    put(&hub.window(), "m", 512, json!({})).await;
    let ada = hub.signed_in("ada").await;
    let page = ada.get("/hub/spawn/ada").await;
    assert!(page.body.contains(r#"name="size" value="s""#), "{}", page.body);
    let token = page.field("_xsrf").unwrap();
    let started = ada.post_form("/hub/spawn/ada", &[("_xsrf", &token), ("size", "m")]).await;
    assert!(started.status.is_success(), "{} {}", started.status, started.body);
    assert_eq!(hub.until_ready("ada", "").await["labdeck_grant"]["size"], "m");
    hub.window().json(Method::DELETE, &server_path("ada", ""), None).await;
    hub.until_stopped("ada", "").await;
    let again = ada.get("/hub/spawn/ada").await.body;
    let field = again.split("<input").find(|tag| tag.contains(r#"name="size" value="m""#)).unwrap();
    assert!(field.split('>').next().unwrap().contains("checked"), "{field}");
    let refused = ada.post_form("/hub/spawn/ada", &[("_xsrf", &token), ("size", "huge")]).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert!(refused.body.contains("is not offered to you"), "{}", refused.body);
}

#[tokio::test]
async fn leaving_the_choice_out_is_no_way_past_the_sizes() {
    let hub = TestHub::start(&simple_with("", "mem_limit = 0\ncpu_limit = 0")).await;
    put(&hub.window(), "s", 256, json!({})).await;
    put(&hub.window(), "m", 512, json!({})).await;
    put(&hub.window(), "xl", 1024, json!({ "groups": ["vision"] })).await;
    let ada = hub.program("ada", &[]).await;
    for options in [json!({}), json!({ "size": "" }), json!({ "size": 3 }), json!({ "size": null })] {
        let grant = granted(&hub, &ada, Some(options)).await;
        let limits = (&grant["limits"]["memory_bytes"], &grant["limits"]["cpus"]);
        assert_eq!(limits, (&json!(512 * MIB), &json!(0.5)), "no more than the largest that ada may choose");
    }
    put(&hub.window(), "s", 256, json!({ "is_default": true })).await;
    let grant = granted(&hub, &ada, Some(json!({}))).await;
    assert_eq!((&grant["size"], &grant["limits"]["memory_bytes"]), (&json!("s"), &json!(256 * MIB)));
}
