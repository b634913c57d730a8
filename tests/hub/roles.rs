//! Roles: what people read of them, who may give and take them, and what a restart keeps.

use http::Method;
use labdeck_testkit::Browser;
use serde_json::{Value, json};

use crate::support::{TestHub, simple};

const ROLES: &str = r#"
[[hub.load_roles]]
name = "readers"
description = "May look at people"
users = ["ada"]
groups = ["lab"]
scopes = ["list:users", "read:users!group=lab"]
[[hub.load_roles]]
name = "deans"
users = ["mod"]
scopes = ["admin:users", "admin:groups", "list:users", "read:roles"]
[[hub.load_roles]]
name = "stoppers"
scopes = ["shutdown"]
"#;

async fn hub() -> TestHub {
    let hub = TestHub::start(&format!("{}{ROLES}", simple())).await;
    for name in ["ada", "bo", "mod"] {
        hub.add(name).await;
    }
    let body = Some(json!({ "users": ["bo"] }));
    hub.window().api(Method::POST, "/hub/api/groups/lab", body).await;
    hub
}

async fn status(caller: &Browser, method: Method, path: &str) -> u16 {
    caller.json(method, &format!("/hub/api/{path}"), None).await.status.as_u16()
}

async fn role(caller: &Browser, name: &str) -> Value {
    let all = caller.api(Method::GET, "/hub/api/labdeck/roles", None).await;
    all.as_array().unwrap().iter().find(|role| role["name"] == name).unwrap().clone()
}

#[tokio::test]
async fn roles_are_told_in_words_with_their_holders() {
    let hub = hub().await;
    let window = hub.window();
    let readers = role(&window, "readers").await;
    assert_eq!((&readers["description"], &readers["source"]), (&json!("May look at people"), &json!("file")));
    assert_eq!(readers["scopes"][1]["scope"], "read:users!group=lab");
    assert!(readers["scopes"][1]["words"].as_str().unwrap().ends_with("Only for the group lab."), "{readers}");
    let holders = json!({ "users": ["ada"], "groups": ["lab"], "services": [] });
    assert_eq!((&readers["holders"], &readers["by_file"]), (&holders, &holders));
    let all = window.api(Method::GET, "/hub/api/labdeck/roles", None).await;
    let names: Vec<_> = all.as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["user", "admin", "server", "token", "deans", "readers", "stoppers"]);
    assert_eq!((&all[1]["source"], &all[1]["may_give"]), (&json!("built_in"), &json!(false)));
    assert_eq!(hub.window().api(Method::GET, "/hub/api/groups/lab", None).await["roles"], json!(["readers"]));
    let anybody = hub.program("bo", &[]).await;
    assert_eq!(status(&anybody, Method::GET, "labdeck/roles").await, 403);
}

#[tokio::test]
async fn a_role_counts_from_the_next_request_on_for_people_and_for_members() {
    let hub = hub().await;
    let (window, bo) = (hub.window(), hub.program("bo", &[]).await);
    let cy = hub.program("cy", &[]).await;
    assert_eq!(status(&bo, Method::GET, "users").await, 200, "through the group, made after the hub started");
    assert_eq!(status(&cy, Method::GET, "users").await, 403);
    assert_eq!(status(&window, Method::PUT, "labdeck/roles/readers/users/cy").await, 204);
    assert_eq!(status(&window, Method::PUT, "labdeck/roles/readers/users/cy").await, 204, "twice is once");
    assert_eq!(status(&cy, Method::GET, "users").await, 200);
    let model = window.api(Method::GET, "/hub/api/users/cy", None).await;
    assert_eq!(model["roles"], json!(["readers", "user"]));
    assert_eq!(status(&window, Method::DELETE, "labdeck/roles/readers/users/cy").await, 204);
    assert_eq!(status(&cy, Method::GET, "users").await, 403);
    assert_eq!(status(&window, Method::PUT, "labdeck/roles/stoppers/groups/lab").await, 204);
    let bo = bo.api(Method::GET, "/hub/api/user", None).await;
    assert!(bo["scopes"].as_array().unwrap().contains(&json!("shutdown")), "{bo}");
    assert_eq!(status(&window, Method::DELETE, "labdeck/roles/stoppers/groups/lab").await, 204);
}

#[tokio::test]
async fn nobody_gives_or_takes_more_than_they_hold() {
    let hub = hub().await;
    let window = hub.window();
    let dean = hub.program("mod", &[]).await;
    assert_eq!(role(&dean, "stoppers").await["may_give"], false);
    assert_eq!(role(&dean, "readers").await["may_give"], true);
    for holder in ["users/mod", "users/bo", "groups/lab"] {
        assert_eq!(status(&dean, Method::PUT, &format!("labdeck/roles/stoppers/{holder}")).await, 403, "{holder}");
        assert_eq!(status(&dean, Method::PUT, &format!("labdeck/roles/readers/{holder}")).await, 204, "{holder}");
    }
    assert_eq!(status(&window, Method::PUT, "labdeck/roles/stoppers/users/bo").await, 204);
    assert_eq!(status(&dean, Method::DELETE, "labdeck/roles/stoppers/users/bo").await, 403);
    assert_eq!(status(&dean, Method::PUT, "labdeck/roles/readers/users/boss").await, 403, "an admin is an admin's");
    let limited = hub.program("boss", &["admin:users!user=bo", "list:users"]).await;
    assert_eq!(status(&limited, Method::PUT, "labdeck/roles/readers/users/bo").await, 403, "the token holds less");
    assert_eq!(status(&limited, Method::PUT, "labdeck/roles/readers/users/mod").await, 404);
    let anybody = hub.program("bo", &[]).await;
    assert_eq!(status(&anybody, Method::PUT, "labdeck/roles/readers/users/bo").await, 403);
}

#[tokio::test]
async fn what_is_not_given_like_this_is_refused_in_words() {
    let hub = hub().await;
    let window = hub.window();
    for (path, expected) in [
        ("admin/users/bo", 400),
        ("user/users/bo", 400),
        ("token/groups/lab", 400),
        ("nothing/users/bo", 404),
        ("readers/users/nobody", 404),
        ("readers/groups/none", 404),
        ("readers/users/a%20b", 404),
    ] {
        let answer = window.json(Method::PUT, &format!("/hub/api/labdeck/roles/{path}"), None).await;
        assert_eq!((answer.status.as_u16(), answer.message().len() > 10), (expected, true), "{path}: {}", answer.body);
    }
    for holder in ["users/ada", "groups/lab"] {
        let kept = window.json(Method::DELETE, &format!("/hub/api/labdeck/roles/readers/{holder}"), None).await;
        assert_eq!(kept.status, 409, "{}", kept.body);
        assert!(kept.message().contains("load_roles"), "{}", kept.body);
    }
}

#[tokio::test]
async fn a_role_that_a_person_gave_outlives_a_restart_and_one_of_the_file_does_not_outlive_the_file() {
    let hub = hub().await;
    let window = hub.window();
    assert_eq!(status(&window, Method::PUT, "labdeck/roles/readers/users/bo").await, 204);
    assert_eq!(status(&window, Method::PUT, "labdeck/roles/stoppers/groups/lab").await, 204);
    let dir = hub.stop().await;
    let hub = TestHub::start_in(dir).await;
    let holders = role(&hub.window(), "readers").await["holders"]["users"].clone();
    assert_eq!(holders, json!(["ada", "bo"]));
    let dir = hub.stop().await;
    let file = dir.path().join("data/labdeck.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("users = [\"ada\"]\ngroups = [\"lab\"]\n", "")).unwrap();
    let hub = TestHub::start_in(dir).await;
    let window = hub.window();
    assert_eq!(role(&window, "readers").await["holders"], json!({ "users": ["bo"], "groups": [], "services": [] }));
    assert_eq!(role(&window, "stoppers").await["holders"]["groups"], json!(["lab"]));
    assert_eq!(status(&window, Method::DELETE, "labdeck/roles/readers/users/bo").await, 204, "a person gave it");
}
