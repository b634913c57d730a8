//! Another name for a person: what stays with them, what whoever gets the old name next has not, what is refused.

use http::Method;
use serde_json::{Value, json};

use crate::support::{PASSWORD, TestHub, server_path, simple};

async fn patch(hub: &TestHub, name: &str, body: Value) -> (u16, Value) {
    let answer = hub.window().json(Method::PATCH, &format!("/hub/api/users/{name}"), Some(body)).await;
    (answer.status.as_u16(), answer.value())
}

#[tokio::test]
async fn a_renamed_person_keeps_tokens_sessions_servers_files_groups_and_rights() {
    let hub = TestHub::start(&simple()).await;
    let (ada, browser) = (hub.program("ada", &[]).await, hub.signed_in("ada").await);
    let narrow = hub.program("boss", &["read:servers!user=ada"]).await;
    let one = hub.program("boss", &["read:servers!server=ada/one"]).await;
    hub.window().api(Method::POST, "/hub/api/groups/lab", Some(json!({ "users": ["ada"] }))).await;
    for server in ["", "one"] {
        hub.start_server(&ada, "ada", server).await;
    }
    let homes = ["/user/ada/facts", "/user/ada/one/facts"];
    let home = async |path: &str| hub.browser().get(path).await.value()["environment"]["HOME"].clone();
    let before = [home(homes[0]).await, home(homes[1]).await];
    let (status, refused) = patch(&hub, "ada", json!({ "name": "lovelace" })).await;
    assert_eq!((status, refused["message"].as_str().unwrap().contains("is active")), (409, true), "{refused}");
    for server in ["", "one"] {
        ada.json(Method::DELETE, &server_path("ada", server), None).await;
        hub.until_stopped("ada", server).await;
    }
    let (status, renamed) = patch(&hub, "ada", json!({ "name": "Lovelace" })).await;
    assert_eq!((status, &renamed["name"], &renamed["groups"]), (200, &json!("lovelace"), &json!(["lab"])), "{renamed}");
    assert_eq!(renamed["auth_state"], json!(null));
    assert_eq!(hub.window().json(Method::GET, "/hub/api/users/ada", None).await.status, 404);
    assert_eq!(ada.api(Method::GET, "/hub/api/user", None).await["name"], "lovelace");
    assert!(browser.get("/hub/home").await.body.contains("lovelace"), "the browser is still signed in");
    // Whoever gets the name now begins with nothing.
    let next = hub.program("ada", &[]).await;
    for server in ["", "one"] {
        hub.start_server(&ada, "lovelace", server).await;
        hub.start_server(&next, "ada", server).await;
    }
    assert_eq!([home("/user/lovelace/facts").await, home("/user/lovelace/one/facts").await], before);
    assert!(!before.contains(&home(homes[0]).await) && !before.contains(&home(homes[1]).await));
    assert_eq!(narrow.json(Method::GET, &server_path("lovelace", ""), None).await.status, 200);
    assert_eq!(narrow.json(Method::GET, &server_path("ada", ""), None).await.status, 404);
    assert_eq!(one.json(Method::GET, &server_path("lovelace", "one"), None).await.status, 200);
    assert_eq!(one.json(Method::GET, &server_path("ada", "one"), None).await.status, 404);
}

#[tokio::test]
async fn a_renamed_person_signs_in_with_the_old_password() {
    let hub = TestHub::owned().await;
    hub.came_in("ada").await;
    assert_eq!(patch(&hub, "ada", json!({ "name": "lovelace" })).await.0, 200);
    let browser = hub.browser();
    let page = hub.sign_in(&browser, "lovelace", PASSWORD).await;
    assert!(page.path.starts_with("/hub/") && page.path != "/hub/login", "{} {}", page.path, page.body);
}

#[tokio::test]
async fn changes_of_people_that_make_no_sense_are_refused_in_words() {
    let hub = TestHub::start(&simple()).await;
    hub.add("ada").await;
    hub.add("bo").await;
    for (name, body, expected) in [
        ("ada", json!({ "name": "bo" }), 400),
        ("ada", json!({ "name": "BO" }), 400),
        ("ada", json!({ "name": "a/b" }), 400),
        ("ada", json!({ "name": ".." }), 400),
        ("ada", json!({ "name": "%2e%2e" }), 400),
        ("ada", json!({ "name": "" }), 400),
        ("ada", json!({ "name": 1 }), 400),
        ("ada", json!({ "shoe": 1 }), 400),
        ("ada", json!([1]), 400),
        ("ada", json!(null), 400),
        ("ada", json!({ "groups": ["x"] }), 400),
        ("ada", json!({ "roles": ["admin"] }), 400),
        ("ada", json!({ "auth_state": { "a": 1 } }), 400),
        ("boss", json!({ "name": "chief" }), 409),
        ("nobody", json!({ "name": "x" }), 404),
        ("ada", json!({ "name": " ADA " }), 200),
        ("ada", json!({}), 200),
    ] {
        let (status, answer) = patch(&hub, name, body.clone()).await;
        assert_eq!(status, expected, "{name} {body}: {answer}");
        assert!(status == 200 || answer["message"].as_str().unwrap().len() > 10, "{body}: {answer}");
    }
    let right = hub.program("boss", &["list:users!server=ada/"]).await;
    assert_eq!(right.json(Method::GET, "/hub/api/users", None).await.status, 403, "a right to a server lists nobody");
}

#[tokio::test]
async fn shares_follow_a_rename_and_are_no_good_for_the_old_name() {
    let hub = TestHub::start(&simple()).await;
    let (window, ada, bo) = (hub.window(), hub.program("ada", &[]).await, hub.program("bo", &[]).await);
    for server in ["", "one"] {
        hub.start_server(&ada, "ada", server).await;
        let scopes = ["access:servers", &format!("read:servers!server=ada/{server}")];
        let body = json!({ "user": "bo", "scopes": scopes });
        window.api(Method::POST, &format!("/hub/api/shares/ada/{server}"), Some(body)).await;
        ada.json(Method::DELETE, &server_path("ada", server), None).await;
        hub.until_stopped("ada", server).await;
    }
    let renamed = window.json(Method::PATCH, &server_path("ada", "one"), Some(json!({ "name": "two" }))).await;
    assert_eq!(renamed.status, 200, "{}", renamed.body);
    assert_eq!(patch(&hub, "ada", json!({ "name": "lovelace" })).await.0, 200);

    let shares = window.api(Method::GET, "/hub/api/shares/lovelace", None).await;
    let scopes: Vec<_> = shares["items"].as_array().unwrap().iter().map(|share| share["scopes"].clone()).collect();
    let of = |server: &str| json!([format!("access:servers!server={server}"), format!("read:servers!server={server}")]);
    assert_eq!(scopes, [of("lovelace/"), of("lovelace/two")], "{shares}");
    assert_eq!(window.json(Method::GET, "/hub/api/shares/ada", None).await.status, 404);
    let with_bo = bo.api(Method::GET, "/hub/api/users/bo/shared/lovelace/two", None).await;
    assert_eq!(with_bo["scopes"], of("lovelace/two"));
    let held = bo.api(Method::GET, "/hub/api/user", None).await["scopes"].to_string();
    assert!(held.contains("read:servers!server=lovelace/two") && !held.contains("server=ada/"), "{held}");
    // Whoever gets the names next has shared nothing.
    let next = hub.program("ada", &[]).await;
    for (owner, caller, server, expected) in [
        ("ada", &next, "", 404),
        ("ada", &next, "two", 404),
        ("lovelace", &ada, "one", 404),
        ("lovelace", &ada, "two", 200),
    ] {
        hub.start_server(caller, owner, server).await;
        let seen = bo.json(Method::GET, &server_path(owner, server), None).await;
        assert_eq!(seen.status, expected, "{owner}/{server}: {}", seen.body);
    }
}
