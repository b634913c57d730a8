//! The panel: the window's pages at `/hub/admin/` for a browser of the network, and what its session may call.

use http::Method;
use serde_json::{Value, json};

use crate::support::{SHORT, TestHub, simple};

/// `mo` looks after the group `lab`, in which `ada` is; `bo` is in none.
async fn hub() -> TestHub {
    let roles = r#"
[[hub.load_roles]]
name = "lab-admin"
users = ["mo"]
scopes = ["admin-ui", "list:users!group=lab", "read:users!group=lab", "servers!group=lab", "access:servers!group=lab"]
"#;
    let hub = TestHub::start(&format!("{}{roles}", simple())).await;
    for name in ["ada", "bo", "mo"] {
        hub.add(name).await;
    }
    hub.window().api(Method::POST, "/hub/api/groups/lab", Some(json!({ "users": ["ada"] }))).await;
    hub
}

#[tokio::test]
async fn the_page_is_for_those_who_look_after_others() {
    let hub = hub().await;
    let stranger = hub.browser().get("/hub/admin/").await;
    assert_eq!(stranger.path, "/hub/login?next=%2Fhub%2Fadmin%2F", "who is not signed in does that first");
    let ada = hub.signed_in("ada").await;
    let refused = ada.get("/hub/admin/").await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("look after people and servers"), "{}", refused.body);
    for name in ["boss", "mo"] {
        let browser = hub.signed_in(name).await;
        let page = browser.get("/hub/admin").await;
        assert_eq!((page.status.as_u16(), page.path.as_str()), (200, "/hub/admin/"), "{name}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("cache-control"), Some("no-store"));
        let home = browser.get("/hub/home").await;
        assert!(home.body.contains("People, servers and groups"), "{}", home.body);
    }
    assert!(!ada.get("/hub/home").await.body.contains("People, servers and groups"));
    assert_eq!(ada.get("/hub/admin/nothing.js").await.status, 404);
    assert_eq!(ada.get("/hub/admin/index.html").await.status, 404, "the page has one address");
}

#[tokio::test]
async fn a_group_admin_is_told_of_their_own_people_alone() {
    let hub = hub().await;
    let mo = hub.signed_in("mo").await;
    let panel = mo.api(Method::GET, "/hub/api/labdeck/panel", None).await;
    assert_eq!((&panel["user"], &panel["base_url"]), (&json!("mo"), &json!("/")));
    let scopes: Vec<_> = panel["scopes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(scopes.contains(&"list:users!group=lab") && !scopes.contains(&"list:users"), "{scopes:?}");
    let names = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&mo.api(Method::GET, "/hub/api/users", None).await), ["ada"]);
    for call in ["/hub/api/groups", "/hub/api/services", "/hub/api/labdeck/services", "/hub/api/labdeck/roles"] {
        assert_eq!(mo.json(Method::GET, call, None).await.status, 403, "{call}");
    }
    let ada = hub.signed_in("ada").await;
    assert_eq!(ada.json(Method::GET, "/hub/api/labdeck/panel", None).await.status, 403);
}

#[tokio::test]
async fn a_session_changes_nothing_of_the_machine_and_a_token_of_an_admin_can() {
    let hub = hub().await;
    let (boss, program) = (hub.signed_in("boss").await, hub.program("boss", &[]).await);
    for (method, path, body) in [
        (Method::GET, "overview", None),
        (Method::GET, "jobs", None),
        (Method::GET, "homes", None),
        (Method::GET, "folders", None),
        (Method::PUT, "folders/x", Some(json!({}))),
        (Method::PATCH, "hub", Some(json!({}))),
        (Method::POST, "tickets", Some(json!({ "path": "x" }))),
        (Method::PATCH, "resources", Some(json!({}))),
        (Method::DELETE, "stacks/x", None),
    ] {
        let path = format!("/hub/api/labdeck/{path}");
        let refused = boss.json(method.clone(), &path, body.clone()).await;
        assert_eq!(refused.status, 403, "{method} {path}: {}", refused.body);
        assert!(refused.body.contains("hub's own computer"), "{method} {path}: {}", refused.body);
        let answered = program.json(method.clone(), &path, body).await;
        assert_ne!(answered.status, 403, "{method} {path}: {}", answered.body);
    }
    // What is no token does not make a session more.
    let basic = [("authorization", "Basic eDp5")];
    let refused = boss.request(Method::GET, "/hub/api/labdeck/overview", &basic, "").await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    // Nobody from elsewhere writes into the lead's folders, or claims a hub.
    for call in ["claim", "downloads"] {
        let path = format!("/hub/api/labdeck/{call}");
        let refused = program.json(Method::POST, &path, Some(json!({}))).await;
        assert_eq!(refused.status, 403, "{call}");
        assert!(refused.body.contains("hub's own computer"), "{}", refused.body);
    }
}

#[tokio::test]
async fn the_right_to_open_the_page_offers_no_stacks_and_calls_off_no_job() {
    let hub = hub().await;
    let mo = hub.program("mo", &[]).await;
    for (method, path) in [(Method::DELETE, "stacks/x"), (Method::GET, "jobs"), (Method::DELETE, "jobs/1")] {
        let refused = mo.json(method.clone(), &format!("/hub/api/labdeck/{path}"), None).await;
        assert_eq!(refused.status, 403, "{method} {path}");
    }
}

#[tokio::test]
async fn sharing_is_ones_own_unless_rights_reach_further() {
    let hub = hub().await;
    let (ada, bo) = (hub.signed_in("ada").await, hub.signed_in("bo").await);
    hub.start_server(&hub.program("ada", &[]).await, "ada", "").await;
    let mut events = hub.window().events("/hub/api/labdeck/events", &[]).await;
    hub.window().api(Method::POST, "/hub/api/shares/ada/", Some(json!({ "user": "bo" }))).await;
    hub.window().api(Method::POST, "/hub/api/share-codes/ada/", None).await;
    events.find(SHORT, |event| event["type"] == "shares_changed").await;
    let count = |sharing: &Value| ["shares", "codes", "received"].map(|part| sharing[part].as_array().unwrap().len());
    let path = "/hub/api/labdeck/shares";
    let hers = ada.api(Method::GET, path, None).await;
    assert_eq!((hers["me"].clone(), count(&hers)), (json!("ada"), [1, 1, 0]));
    assert_eq!(hers["shares"][0]["labdeck_allows"], json!(["open it and work in it"]));
    assert!(hers["codes"][0].get("code").is_none(), "a code is shown once: {hers}");
    assert_eq!(count(&bo.api(Method::GET, path, None).await), [0, 0, 1]);
    assert_eq!(count(&hub.window().api(Method::GET, path, None).await), [1, 1, 0]);
    let mo = hub.signed_in("mo").await;
    assert_eq!(count(&mo.api(Method::GET, path, None).await), [0, 0, 0]);
}

#[tokio::test]
async fn rights_and_tokens_are_told_in_words() {
    let hub = hub().await;
    let ada = hub.signed_in("ada").await;
    let all = ada.api(Method::GET, "/hub/api/labdeck/scopes", None).await;
    let servers = all.as_array().unwrap().iter().find(|right| right["scope"] == "servers").unwrap();
    assert!(servers["words"].as_str().unwrap().ends_with('.'), "{servers}");
    hub.token("ada", &["servers!user=ada"]).await;
    let tokens = hub.window().api(Method::GET, "/hub/api/users/ada/tokens", None).await;
    let words = tokens["api_tokens"][0]["labdeck_allows"].to_string();
    assert!(words.contains("Only for"), "{words}");
}
