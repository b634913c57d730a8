//! `PUT` and `PATCH` of servers: making one without starting it, other names, other options, and what stays with it.

use http::Method;
use labdeck_testkit::Browser;
use serde_json::{Value, json};

use crate::support::{TestHub, server_path, simple};

async fn put(caller: &Browser, server: &str, body: Value) -> (u16, Value) {
    let answer = caller.json(Method::PUT, &server_path("ada", server), Some(body)).await;
    (answer.status.as_u16(), answer.value())
}

async fn patch(caller: &Browser, server: &str, body: Value) -> (u16, Value) {
    let answer = caller.json(Method::PATCH, &server_path("ada", server), Some(body)).await;
    (answer.status.as_u16(), answer.value())
}

#[tokio::test]
async fn a_server_is_made_without_being_started() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    let (status, made) = put(&ada, "gpu", json!({ "display_name": "My GPU", "user_options": { "a": 1 } })).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(
        (&made["name"], &made["display_name"], &made["full_name"]),
        (&json!("gpu"), &json!("My GPU"), &json!("ada/gpu"))
    );
    assert_eq!((&made["stopped"], &made["ready"], &made["started"]), (&json!(true), &json!(false), &json!(null)));
    assert_eq!((&made["user_options"], &made["url"]), (&json!({ "a": 1 }), &json!("/user/ada/gpu/")));
    assert!(made.get("state").is_none(), "the driver's memory is not for everybody");
    assert_eq!(put(&ada, "gpu", json!({})).await.0, 409);
    assert_eq!(put(&ada, "", json!({})).await.0, 409, "there is always a default server");
    let (_, plain) = put(&ada, "two", json!(null)).await;
    assert_eq!((&plain["display_name"], &plain["user_options"]), (&json!("two"), &json!({})));
    let (status, full) = put(&ada, "three", json!({})).await;
    assert_eq!((status, full["message"].as_str().unwrap().contains("maximum of 2 named servers")), (400, true));
    hub.start_server(&ada, "ada", "gpu").await;
    assert_eq!(ada.api(Method::GET, &server_path("ada", "gpu"), None).await["user_options"], json!({ "a": 1 }));
    let boss = hub.program("boss", &[]).await;
    assert!(boss.api(Method::GET, &server_path("ada", "gpu"), None).await["state"].is_object());
    assert_eq!(boss.json(Method::PUT, &server_path("nobody", "x"), None).await.status, 404);
}

#[tokio::test]
async fn bodies_of_servers_are_read_as_jupyterhub_reads_them() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    for bad in [
        json!([1]),
        json!({ "display_name": 7 }),
        json!({ "display_name": " outer " }),
        json!({ "display_name": "two  spaces" }),
        json!({ "user_options": [1] }),
        json!({ "user_options": "x" }),
        json!({ "user_options": { "__jupyterhub_bytes__": true } }),
        json!({ "__jupyterhub_bytes__": true }),
    ] {
        for method in [Method::PUT, Method::POST] {
            let answer = ada.json(method.clone(), &server_path("ada", "x"), Some(bad.clone())).await;
            assert_eq!(answer.status, 400, "{method} {bad}: {}", answer.body);
            assert!(answer.message().len() > 10, "{}", answer.body);
        }
    }
    let (_, whole) = put(&ada, "x", json!({ "colour": "red" })).await;
    assert_eq!(whole["user_options"], json!({ "colour": "red" }), "old clients send nothing else");
    let (_, named) = put(&ada, "y", json!({ "display_name": "Y", "colour": "red" })).await;
    assert_eq!(named["user_options"], json!({}));
}

#[tokio::test]
async fn a_server_that_rests_gets_other_names_and_options_and_keeps_its_files() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "gpu").await;
    let home = hub.browser().get("/user/ada/gpu/facts").await.value()["environment"]["HOME"].clone();
    let active = patch(&ada, "gpu", json!({ "name": "cpu" })).await;
    assert_eq!((active.0, active.1["message"].as_str().unwrap().contains("active")), (400, true), "{}", active.1);
    ada.json(Method::DELETE, &server_path("ada", "gpu"), None).await;
    hub.until_stopped("ada", "gpu").await;
    let change = json!({ "name": "cpu", "display_name": "Slow one", "user_options": { "b": 2 } });
    let (status, changed) = patch(&ada, "gpu", change).await;
    assert_eq!(status, 200, "{changed}");
    assert_eq!(
        (&changed["name"], &changed["display_name"], &changed["user_options"]),
        (&json!("cpu"), &json!("Slow one"), &json!({ "b": 2 }))
    );
    assert_eq!(ada.json(Method::GET, &server_path("ada", "gpu"), None).await.status, 404);
    hub.start_server(&ada, "ada", "cpu").await;
    assert_eq!(hub.browser().get("/user/ada/cpu/facts").await.value()["environment"]["HOME"], home);
    // A new server of the old name has files of its own.
    hub.start_server(&ada, "ada", "gpu").await;
    assert_ne!(hub.browser().get("/user/ada/gpu/facts").await.value()["environment"]["HOME"], home);
    let moved = hub.window().api(Method::GET, "/hub/api/labdeck/servers/ada/cpu/events", None).await;
    assert!(moved.to_string().contains("Its name was ada:gpu before."), "{moved}");
}

#[tokio::test]
async fn the_default_server_can_get_a_name_and_comes_anew() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let home = hub.browser().get("/user/ada/facts").await.value()["environment"]["HOME"].clone();
    ada.json(Method::DELETE, &server_path("ada", ""), None).await;
    hub.until_stopped("ada", "").await;
    assert_eq!(patch(&ada, "", json!({ "name": "first" })).await.0, 200);
    hub.start_server(&ada, "ada", "first").await;
    assert_eq!(hub.browser().get("/user/ada/first/facts").await.value()["environment"]["HOME"], home);
    hub.start_server(&ada, "ada", "").await;
    assert_ne!(hub.browser().get("/user/ada/facts").await.value()["environment"]["HOME"], home);
}

#[tokio::test]
async fn changes_that_make_no_sense_are_refused_in_words() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    put(&ada, "one", json!({})).await;
    put(&ada, "two", json!({})).await;
    for (server, body, expected) in [
        ("one", json!({}), 400),
        ("one", json!({ "colour": "red" }), 400),
        ("one", json!({ "name": 7 }), 400),
        ("one", json!({ "name": "Two Words" }), 400),
        ("one", json!({ "name": "%2e%2e" }), 400),
        ("one", json!({ "name": "" }), 409),
        ("one", json!({ "name": "two" }), 409),
        ("one", json!({ "name": "one" }), 409),
        ("one", json!({ "display_name": " x" }), 400),
        ("one", json!({ "user_options": null }), 400),
        ("one", json!({ "user_options": [] }), 400),
        ("none", json!({ "display_name": "x" }), 404),
    ] {
        let (status, answer) = patch(&ada, server, body.clone()).await;
        assert_eq!(status, expected, "{body}: {answer}");
        assert!(answer["message"].as_str().unwrap().len() > 10, "{body}: {answer}");
    }
    let bo = hub.program("bo", &[]).await;
    assert_eq!(patch(&bo, "one", json!({ "display_name": "x" })).await.0, 404);
    let limited = hub.program("ada", &["start:servers!server=ada/one"]).await;
    assert_eq!(patch(&limited, "one", json!({ "display_name": "x" })).await.0, 200);
    assert_eq!(patch(&limited, "one", json!({ "name": "three" })).await.0, 404, "that is another server");
}

#[tokio::test]
async fn a_right_to_a_server_follows_its_name() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    put(&ada, "one", json!({})).await;
    let narrow = hub.program("ada", &["read:servers!server=ada/one"]).await;
    assert_eq!(narrow.json(Method::GET, &server_path("ada", "one"), None).await.status, 200);
    assert_eq!(patch(&ada, "one", json!({ "name": "two" })).await.0, 200);
    put(&ada, "one", json!({})).await;
    assert_eq!(narrow.json(Method::GET, &server_path("ada", "two"), None).await.status, 200);
    assert_eq!(narrow.json(Method::GET, &server_path("ada", "one"), None).await.status, 404);
}

#[tokio::test]
async fn a_person_with_running_named_servers_can_be_removed() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    for server in ["", "one", "two"] {
        hub.start_server(&ada, "ada", server).await;
    }
    let gone = hub.window().json(Method::DELETE, "/hub/api/users/ada", None).await;
    assert_eq!(gone.status, 204, "{}", gone.body);
    assert_ne!(hub.browser().get_only("/user/ada/one/api").await.status, 200);
    let nobodys = hub.window().json(Method::DELETE, &server_path("ada", ""), None).await;
    assert_eq!(nobodys.status, 404);
}
