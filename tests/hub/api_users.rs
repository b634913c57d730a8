//! `/hub/api/users`: adding, looking at, changing, removing, listing.

use http::Method;
use serde_json::json;

use crate::support::{TestHub, server_path, simple};

#[tokio::test]
async fn new_users_are_answered_and_listed() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    let made = window.json(Method::POST, "/hub/api/users", Some(json!({ "usernames": ["ada", "bo"] }))).await;
    assert_eq!(made.status, 201);
    let ada = &made.value()[0];
    assert_eq!((&ada["name"], &ada["admin"], &ada["kind"]), (&json!("ada"), &json!(false), &json!("user")));
    assert_eq!((&ada["server"], &ada["pending"], &ada["groups"]), (&json!(null), &json!(null), &json!([])));
    let all = window.api(Method::GET, "/hub/api/users", None).await;
    let names: Vec<_> = all.as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["boss", "ada", "bo"]);
}

#[tokio::test]
async fn adding_who_exists_is_a_conflict_unless_somebody_is_new() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    hub.add("ada").await;
    let again = window.json(Method::POST, "/hub/api/users", Some(json!({ "usernames": ["ada"] }))).await;
    assert_eq!(again.status, 409);
    let some = window.api(Method::POST, "/hub/api/users", Some(json!({ "usernames": ["ada", "bo"] }))).await;
    assert_eq!(some.as_array().unwrap().len(), 1);
    assert_eq!(window.json(Method::POST, "/hub/api/users/ada", None).await.status, 409);
    assert_eq!(window.json(Method::POST, "/hub/api/users/cy", None).await.status, 201);
}

#[tokio::test]
async fn names_that_are_no_names_are_refused_in_words() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    let long = "x".repeat(300);
    for bad in ["", " ", ".", "..", "a/b", "a b", "%2e", "a\u{0}b", "<b>", "a:b", "\u{202e}evil", long.as_str()] {
        let answer = window.json(Method::POST, "/hub/api/users", Some(json!({ "usernames": [bad] }))).await;
        assert_eq!(answer.status, 400, "{bad:?}: {}", answer.body);
        assert!(answer.message().len() > 10 && answer.body.len() < 600, "{bad:?}: {}", answer.body);
    }
    let none = window.json(Method::POST, "/hub/api/users", Some(json!({}))).await;
    assert_eq!((none.status.as_u16(), none.message().as_str()), (400, "Must specify at least one user to create"));
}

#[tokio::test]
async fn spellings_of_one_name_are_one_user() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    hub.add("Zoë").await;
    for same in ["zoë", "ZOË", "zoe\u{308}"] {
        let again = window.json(Method::POST, "/hub/api/users", Some(json!({ "usernames": [same] }))).await;
        assert_eq!(again.status, 409, "{same:?}: {}", again.body);
    }
    // Who signs in may type a space too many; a list of names is not typed.
    let outer = window.json(Method::POST, "/hub/api/users", Some(json!({ "usernames": [" zoë ", "a/b"] }))).await;
    assert_eq!(outer.status, 400, "{}", outer.body);
    assert!(outer.message().starts_with("Invalid usernames:  zoë , a/b (user name may not begin"), "{}", outer.body);
    let found = window.api(Method::GET, "/hub/api/users/zo%C3%AB", None).await;
    assert_eq!(found["name"], "zoë");
}

#[tokio::test]
async fn a_removed_user_is_gone_with_tokens_sessions_and_servers() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let window = hub.window();
    assert_eq!(window.json(Method::DELETE, "/hub/api/users/ada", None).await.status, 204);
    assert_eq!(window.json(Method::GET, "/hub/api/users/ada", None).await.status, 404);
    assert_eq!(ada.json(Method::GET, "/hub/api/user", None).await.status, 403);
    let page = hub.browser().get_only("/user/ada/api").await;
    assert_ne!(page.status, 200, "its server still answers");
    // A new user of that name inherits nothing.
    hub.add("ada").await;
    assert_eq!(ada.json(Method::GET, "/hub/api/user", None).await.status, 403);
    let fresh = window.api(Method::GET, &server_path("ada", ""), None).await;
    assert_eq!(
        (&fresh["labdeck_last_exit"], &fresh["state"], &fresh["last_activity"]),
        (&json!(null), &json!(null), &json!(null))
    );
}

#[tokio::test]
async fn the_last_admin_stays() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    assert_eq!(window.json(Method::DELETE, "/hub/api/users/boss", None).await.status, 409);
    let demoted = window.json(Method::PATCH, "/hub/api/users/boss", Some(json!({ "admin": false }))).await;
    assert_eq!(demoted.status, 409);
    hub.add("ada").await;
    let made = window.api(Method::PATCH, "/hub/api/users/ada", Some(json!({ "admin": true }))).await;
    assert_eq!(made["admin"], true);
    let demoted = window.json(Method::PATCH, "/hub/api/users/boss", Some(json!({ "admin": false }))).await;
    assert_eq!(demoted.status, 200, "{}", demoted.body);
}

#[tokio::test]
async fn nobody_removes_themselves() {
    let hub = TestHub::start(&simple()).await;
    let boss = hub.program("boss", &[]).await;
    assert_eq!(boss.json(Method::DELETE, "/hub/api/users/boss", None).await.status, 400);
}

#[tokio::test]
async fn a_change_of_something_unknown_is_refused() {
    let hub = TestHub::start(&simple()).await;
    hub.add("ada").await;
    let window = hub.window();
    let answer = window.json(Method::PATCH, "/hub/api/users/ada", Some(json!({ "shoe_size": 38 }))).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    let answer = window.json(Method::PATCH, "/hub/api/users/ada", Some(json!({ "admin": "yes" }))).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
}

#[tokio::test]
async fn bad_bodies_are_bad_requests() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    let kind = [("content-type", "application/json")];
    let huge = format!("{{\"usernames\":[\"{}\"]}}", "x".repeat(2_000_000));
    let deep = "[".repeat(10_000);
    let answer = window.request(Method::POST, "/hub/api/users", &kind, &huge).await;
    assert_eq!(answer.status, 413, "{}", answer.body);
    for body in ["{", "nonsense", "[1,2]", "\"text\"", "{\"usernames\": 7}", deep.as_str()] {
        let answer = window.request(Method::POST, "/hub/api/users", &kind, body).await;
        assert_eq!(answer.status, 400, "{:.40}: {}", body, answer.body);
    }
    let unread = window.request(Method::POST, "/hub/api/users", &kind, "{").await;
    assert_eq!(unread.value(), json!({ "status": 400, "message": "Invalid JSON in body of request" }));
}

#[tokio::test]
async fn lists_can_be_filtered_sorted_and_paged() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    window.api(Method::POST, "/hub/api/users", Some(json!({ "usernames": ["cy", "ada", "bo", "adam"] }))).await;
    let names = async |query: &str| {
        let all = window.api(Method::GET, &format!("/hub/api/users?{query}"), None).await;
        let names: Vec<_> =
            all.as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap().to_owned()).collect();
        names.join(" ")
    };
    assert_eq!(names("name_filter=AD").await, "ada adam");
    assert_eq!(names("sort=-name").await, "cy boss bo adam ada");
    assert_eq!(names("sort=name&offset=1&limit=2").await, "adam bo");
    assert_eq!(names("state=inactive&sort=name").await, "ada adam bo boss cy");
    assert_eq!(names("state=ready").await, "");
    for bad in ["sort=age", "state=asleep", "limit=many"] {
        let answer = window.json(Method::GET, &format!("/hub/api/users?{bad}"), None).await;
        assert_eq!(answer.status, 400, "{bad}: {}", answer.body);
    }
}

#[tokio::test]
async fn pages_say_where_the_next_one_is() {
    let hub = TestHub::start(&simple()).await;
    let boss = hub.program("boss", &[]).await;
    boss.api(Method::POST, "/hub/api/users", Some(json!({ "usernames": ["ada", "bo"] }))).await;
    let paged = [("accept", "application/jupyterhub-pagination+json")];
    let first = boss.request(Method::GET, "/hub/api/users?limit=2", &paged, "").await.value();
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    assert_eq!(first["_pagination"]["total"], 3);
    let next = first["_pagination"]["next"]["url"].as_str().unwrap();
    assert!(next.starts_with(&hub.origin), "{next}");
    let second = boss.request(Method::GET, next, &paged, "").await.value();
    assert_eq!(second["items"][0]["name"], "bo");
    assert_eq!(second["_pagination"]["next"], json!(null));
}

#[tokio::test]
async fn activity_is_noted_and_nonsense_refused() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &["users:activity!user=ada", "read:users!user=ada"]).await;
    let path = "/hub/api/users/ada/activity";
    let at = "2026-01-01T10:00:00.000000Z";
    assert_eq!(ada.json(Method::POST, path, Some(json!({ "last_activity": at }))).await.status, 200);
    for bad in [
        json!({}),
        json!({ "last_activity": "yesterday" }),
        json!({ "last_activity": "2999-01-01T00:00:00Z" }),
        json!({ "servers": { "nope": { "last_activity": at } } }),
        json!({ "servers": { "": {} } }),
    ] {
        let answer = ada.json(Method::POST, path, Some(bad.clone())).await;
        assert_eq!(answer.status, 400, "{bad}: {}", answer.body);
    }
    let other = ada.json(Method::POST, "/hub/api/users/boss/activity", Some(json!({ "last_activity": at }))).await;
    assert_eq!(other.status, 404);
}

#[tokio::test]
async fn unknown_paths_and_methods_answer_json() {
    let hub = TestHub::start(&simple()).await;
    let boss = hub.program("boss", &[]).await;
    let missing = boss.json(Method::GET, "/hub/api/nothing", None).await;
    assert_eq!((missing.status.as_u16(), missing.value()["status"].clone()), (404, json!(404)));
    assert_eq!(boss.json(Method::PUT, "/hub/api/users", None).await.status, 405);
    assert_eq!(boss.json(Method::TRACE, "/hub/api/users", None).await.status, 405);
    // What is refused before a call has a say.
    let malformed = [
        (Method::GET, "/hub/api/users?limit=1&limit=2"),
        (Method::GET, "/hub/api/users/a%5Cb"),
        (Method::DELETE, "/hub/api/labdeck/jobs/many"),
    ];
    for (method, path) in malformed {
        let refused = boss.json(method, path, None).await;
        assert_eq!((refused.status.as_u16(), refused.value()["status"].clone()), (400, json!(400)), "{path}");
        assert!(!refused.message().is_empty(), "{path}: {}", refused.body);
    }
}

#[tokio::test]
async fn refusing_to_remove_the_last_admin_ends_nothing() {
    let hub = TestHub::start(&simple()).await;
    let boss = hub.signed_in("boss").await;
    hub.start_server(&hub.program("boss", &[]).await, "boss", "").await;
    assert_eq!(hub.window().json(Method::DELETE, "/hub/api/users/boss", None).await.status, 409);
    assert_eq!(boss.get("/hub/home").await.path, "/hub/home", "the session goes on");
    let server = hub.window().api(Method::GET, "/hub/api/users/boss/server", None).await;
    assert_eq!(server["ready"], true);
    assert_eq!(boss.get("/user/boss/lab").await.body, "boss sees lab of /user/boss/");
}
