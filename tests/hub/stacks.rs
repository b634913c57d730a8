//! The catalogue of stacks: what is offered, which one is the default, what is refused.

use http::Method;
use labdeck_testkit::Browser;
use serde_json::{Value, json};

use crate::support::{TestHub, simple};

const STACKS: &str = "/hub/api/labdeck/stacks";

async fn put(window: &Browser, name: &str, offered: bool, more: Value) -> Value {
    let mut wish = json!({ "display_name": name.to_uppercase(), "image": "example.org/x:1", "offered": offered });
    wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    window.api(Method::PUT, &format!("{STACKS}/{name}"), Some(wish)).await
}

async fn default_of(window: &Browser) -> Vec<String> {
    let all = window.api(Method::GET, STACKS, None).await;
    let defaults = all.as_array().unwrap().iter().filter(|stack| stack["is_default"] == true);
    defaults.map(|stack| stack["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn there_is_one_default_and_it_is_offered() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    put(&window, "hidden", false, json!({ "is_default": true })).await;
    assert_eq!(default_of(&window).await, [""; 0]);
    put(&window, "a", true, json!({})).await;
    assert_eq!(default_of(&window).await, ["a"], "the first one offered");
    put(&window, "b", true, json!({})).await;
    assert_eq!(default_of(&window).await, ["a"]);
    put(&window, "b", true, json!({ "is_default": true })).await;
    assert_eq!(default_of(&window).await, ["b"]);
    put(&window, "b", false, json!({})).await;
    assert_eq!(default_of(&window).await, ["a"], "withdrawn, so another one takes over");
    assert_eq!(window.json(Method::DELETE, &format!("{STACKS}/a"), None).await.status, 204);
    assert_eq!(default_of(&window).await, [""; 0]);
    assert_eq!(window.json(Method::DELETE, &format!("{STACKS}/a"), None).await.status, 404);
}

#[tokio::test]
async fn people_see_what_is_offered() {
    let hub = TestHub::start(&simple()).await;
    put(&hub.window(), "hidden", false, json!({})).await;
    put(&hub.window(), "shown", true, json!({ "description": "for all" })).await;
    let ada = hub.program("ada", &[]).await;
    let all = ada.api(Method::GET, STACKS, None).await;
    let names: Vec<_> = all.as_array().unwrap().iter().map(|stack| stack["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["shown"]);
    assert_eq!(all[0]["description"], "for all");
    assert_eq!(hub.browser().json(Method::GET, STACKS, None).await.status, 403);
}

#[tokio::test]
async fn a_stack_that_makes_no_sense_is_refused_in_words() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    let good = || json!({ "display_name": "A", "image": "example.org/x:1", "offered": true });
    let with = |key: &str, value: Value| {
        let mut wish = good();
        wish[key] = value;
        wish
    };
    for (name, wish) in [
        ("Upper", good()),
        ("a%20b", good()),
        ("..%2fa", good()),
        (&"x".repeat(61), good()),
        ("a", with("display_name", json!(" "))),
        ("a", with("display_name", json!("x".repeat(81)))),
        ("a", with("display_name", json!("a\u{0}b"))),
        ("a", with("description", json!("x".repeat(301)))),
        ("a", with("image", json!(""))),
        ("a", with("image", json!("UPPER/x y"))),
        ("a", with("image", json!("--privileged"))),
        ("a", with("limits", json!({ "memory_bytes": 1024 }))),
        ("a", with("limits", json!({ "cpus": 0 }))),
        ("a", with("limits", json!({ "cpus": -1 }))),
        ("a", with("limits", json!({ "pids": 1 }))),
        ("a", with("limits", json!({ "memory_bytes": -5 }))),
        ("a", with("privileged", json!(true))),
        ("a", json!({ "image": "example.org/x:1", "offered": true })),
    ] {
        let answer = window.json(Method::PUT, &format!("{STACKS}/{name}"), Some(wish.clone())).await;
        assert_eq!(answer.status, 400, "{name} {wish}: {}", answer.body);
        assert!(answer.message().len() > 10, "{}", answer.body);
    }
    assert_eq!(window.api(Method::GET, STACKS, None).await, json!([]));
}

#[tokio::test]
async fn limits_are_kept_as_they_were_given() {
    let hub = TestHub::start(&simple()).await;
    let limits =
        json!({ "memory_bytes": 536_870_912_u64, "cpus": 0.5, "pids": 200, "shm_bytes": 67_108_864_u64, "gpus": 1 });
    let kept = put(&hub.window(), "a", true, json!({ "limits": limits })).await;
    assert_eq!(kept["limits"], limits);
    assert_eq!(hub.window().api(Method::GET, STACKS, None).await[0]["limits"], limits);
}

#[tokio::test]
async fn a_hub_without_an_engine_says_so() {
    let hub = TestHub::start(&simple()).await;
    let images = hub.window().json(Method::GET, "/hub/api/labdeck/images", None).await;
    assert_eq!(images.status, 503);
    assert!(images.message().contains("engine"), "{}", images.body);
    let pull = hub
        .window()
        .json(Method::POST, "/hub/api/labdeck/pulls", Some(json!({ "reference": "example.org/x:1" })))
        .await;
    assert_eq!(pull.status, 503, "{}", pull.body);
    assert_eq!(hub.window().api(Method::GET, "/hub/api/labdeck/jobs", None).await, json!([]));
}
