//! Who may do what: callers × calls, as one table.

use http::Method;
use labdeck_testkit::Browser;
use serde_json::{Value, json};

use crate::support::{TestHub, simple};

const SERVICES: &str = r#"
[[hub.services]]
name = "reports"
api_token = "at-least-32-characters-of-secret"
[[hub.load_roles]]
name = "reports"
services = ["reports"]
scopes = ["list:users", "read:servers"]
[[hub.load_roles]]
name = "helpers"
users = ["mod"]
scopes = ["admin:users", "tokens", "servers", "list:users"]
"#;

async fn hub() -> TestHub {
    let toml = simple()
        .replace("admin_users = [\"boss\"]", "admin_users = [\"boss\"]\nallowed_users = [\"mod\", \"ada\", \"bo\"]");
    TestHub::start(&format!("{toml}{SERVICES}")).await
}

/// nobody, ada, another user, an admin, a service with list:users and read:servers, ada's server.
async fn callers(hub: &TestHub) -> [Browser; 6] {
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let facts = hub.browser().get("/user/ada/facts").await.value();
    let server = hub.browser().with_token(facts["environment"]["JUPYTERHUB_API_TOKEN"].as_str().unwrap());
    let service = hub.browser().with_token("at-least-32-characters-of-secret");
    [hub.browser(), ada, hub.program("bo", &[]).await, hub.program("boss", &[]).await, service, server]
}

/// Method, path, body, and what each of the [`callers`] is answered; 0 is a call that is not tried.
type Row = (&'static str, &'static str, Value, [u16; 6]);

fn table() -> Vec<Row> {
    let none = Value::Null;
    //                                                                nobody ada  bo   boss service server
    vec![
        ("GET", "/hub/api", none.clone(), [200, 200, 200, 200, 200, 200]),
        ("GET", "/hub/api/health", none.clone(), [200, 200, 200, 200, 200, 200]),
        ("GET", "/hub/api/user", none.clone(), [403, 200, 200, 200, 200, 200]),
        ("GET", "/hub/api/info", none.clone(), [403, 403, 403, 200, 403, 403]),
        ("GET", "/hub/api/users", none.clone(), [403, 403, 403, 200, 200, 403]),
        ("POST", "/hub/api/users", json!({ "usernames": ["ada"] }), [403, 403, 403, 409, 403, 403]),
        ("GET", "/hub/api/users/ada", none.clone(), [403, 200, 404, 200, 200, 200]),
        ("GET", "/hub/api/users/bo", none.clone(), [403, 404, 200, 200, 200, 404]),
        ("GET", "/hub/api/users/nobody", none.clone(), [403, 404, 404, 404, 404, 404]),
        ("POST", "/hub/api/users/ada", json!({}), [403, 403, 403, 409, 403, 403]),
        ("PATCH", "/hub/api/users/ada", json!({}), [403, 403, 403, 200, 403, 403]),
        ("DELETE", "/hub/api/users/nobody", none.clone(), [403, 403, 403, 404, 403, 403]),
        ("POST", "/hub/api/users/ada/activity", json!({}), [403, 400, 404, 400, 403, 400]),
        ("POST", "/hub/api/users/bo/activity", json!({}), [403, 404, 400, 400, 403, 404]),
        ("GET", "/hub/api/users/ada/server", none.clone(), [403, 200, 404, 200, 200, 403]),
        ("GET", "/hub/api/users/ada/server/progress", none.clone(), [403, 200, 404, 200, 200, 403]),
        ("POST", "/hub/api/users/ada/server", none.clone(), [403, 400, 404, 400, 403, 403]),
        ("DELETE", "/hub/api/users/ada/servers/x", none.clone(), [403, 404, 404, 404, 403, 403]),
        ("GET", "/hub/api/users/ada/tokens", none.clone(), [403, 200, 404, 200, 403, 403]),
        ("POST", "/hub/api/users/ada/tokens", json!({ "expires_in": 0 }), [403, 400, 403, 400, 403, 403]),
        ("DELETE", "/hub/api/users/ada/tokens/a0", none.clone(), [403, 404, 404, 404, 403, 403]),
        ("GET", "/hub/api/labdeck/overview", none.clone(), [403, 403, 403, 200, 403, 403]),
        ("POST", "/hub/api/labdeck/claim", json!({ "name": "x" }), [403, 403, 403, 403, 403, 403]),
        ("PATCH", "/hub/api/labdeck/hub", json!({}), [403, 403, 403, 200, 403, 403]),
        ("POST", "/hub/api/labdeck/tickets", json!({ "path": "x" }), [403, 403, 403, 400, 403, 403]),
        ("POST", "/hub/api/labdeck/users/ada/invitation", none.clone(), [403, 403, 403, 409, 403, 403]),
        ("GET", "/hub/api/labdeck/visits", none.clone(), [403, 200, 200, 200, 403, 200]),
        ("GET", "/hub/api/labdeck/images", none.clone(), [403, 403, 403, 503, 403, 403]),
        ("GET", "/hub/api/labdeck/stacks", none.clone(), [403, 200, 200, 200, 200, 200]),
        (
            "PUT",
            "/hub/api/labdeck/stacks/x",
            json!({ "display_name": "", "image": "x", "offered": true }),
            [403, 403, 403, 400, 403, 403],
        ),
        ("DELETE", "/hub/api/labdeck/stacks/x", none.clone(), [403, 403, 403, 404, 403, 403]),
        ("POST", "/hub/api/labdeck/pulls", json!({ "reference": "" }), [403, 403, 403, 400, 403, 403]),
        ("GET", "/hub/api/labdeck/jobs", none.clone(), [403, 403, 403, 200, 403, 403]),
        ("DELETE", "/hub/api/labdeck/jobs/1", none.clone(), [403, 403, 403, 404, 403, 403]),
        ("GET", "/hub/api/labdeck/servers", none.clone(), [403, 200, 200, 200, 200, 403]),
        ("GET", "/hub/api/labdeck/servers/ada/~/log", none.clone(), [403, 200, 404, 200, 403, 200]),
        ("POST", "/hub/api/labdeck/quit", json!({ "servers": "leave" }), [403, 403, 403, 0, 403, 403]),
        ("GET", "/hub/api/nothing", none.clone(), [404, 404, 404, 404, 404, 404]),
    ]
}

#[tokio::test]
async fn every_caller_gets_the_answer_of_the_table() {
    let hub = hub().await;
    let callers = callers(&hub).await;
    let mut wrong = Vec::new();
    for (method, path, body, expected) in table() {
        for (caller, expected) in callers.iter().zip(expected).filter(|(_, expected)| *expected != 0) {
            let body = (!body.is_null()).then(|| body.clone());
            let answer = caller.json(method.parse().unwrap(), path, body).await;
            if answer.status != expected {
                let who = callers.iter().position(|other| std::ptr::eq(other, caller)).unwrap();
                wrong.push(format!(
                    "{method} {path} by caller {who}: {} instead of {expected}: {:.200}",
                    answer.status, answer.body
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_list_holds_only_what_the_caller_may_see() {
    let hub = hub().await;
    let [_, ada, bo, boss, service, _] = callers(&hub).await;
    hub.start_server(&bo, "bo", "").await;
    let seen = async |caller: &Browser| {
        let all = caller.api(Method::GET, "/hub/api/labdeck/servers", None).await;
        all.as_array().unwrap().iter().map(|row| row["user"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!((seen(&ada).await.as_str(), seen(&bo).await.as_str()), ("ada", "bo"));
    assert_eq!((seen(&boss).await.as_str(), seen(&service).await.as_str()), ("ada bo", "ada bo"));
    let users = service.api(Method::GET, "/hub/api/users", None).await;
    let fields: Vec<_> = users[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert!(!fields.contains(&"auth_state") && !fields.contains(&"roles") && !fields.contains(&"groups"), "{fields:?}");
}

#[tokio::test]
async fn who_manages_people_without_being_admin_cannot_touch_admins_or_become_one() {
    let hub = hub().await;
    let helper = hub.program("mod", &[]).await;
    let post = async |path: &str, body: Value| helper.json(Method::POST, path, Some(body)).await.status.as_u16();
    assert_eq!(post("/hub/api/users", json!({ "usernames": ["new"] })).await, 201);
    assert_eq!(post("/hub/api/users", json!({ "usernames": ["evil"], "admin": true })).await, 403);
    assert_eq!(post("/hub/api/users/evil", json!({ "admin": true })).await, 403);
    for (name, admin) in [("new", true), ("mod", true), ("boss", false)] {
        let answer =
            helper.json(Method::PATCH, &format!("/hub/api/users/{name}"), Some(json!({ "admin": admin }))).await;
        assert_eq!(answer.status, 403, "{name}: {}", answer.body);
    }
    assert_eq!(helper.json(Method::DELETE, "/hub/api/users/boss", None).await.status, 403);
    assert_eq!(post("/hub/api/labdeck/users/boss/invitation", json!({})).await, 403);
    let made = helper.json(Method::POST, "/hub/api/users/boss/tokens", Some(json!({}))).await;
    assert_eq!(made.status, 403, "a token of the admin would be the admin: {}", made.body);
    assert_eq!(helper.json(Method::DELETE, "/hub/api/users/new", None).await.status, 204);
    let boss = hub.window().api(Method::GET, "/hub/api/users/boss", None).await;
    assert_eq!(boss["admin"], true);
}

#[tokio::test]
async fn a_servers_token_reports_and_identifies_and_nothing_else() {
    let hub = hub().await;
    let [.., server] = callers(&hub).await;
    let who = server.api(Method::GET, "/hub/api/user", None).await;
    assert_eq!(who["name"], "ada");
    let scopes: Vec<_> = who["scopes"].as_array().unwrap().iter().map(|scope| scope.as_str().unwrap()).collect();
    for scope in &scopes {
        assert!(scope.ends_with("!user=ada") || scope.ends_with("!server=ada/"), "{scopes:?}");
        let base = scope.split('!').next().unwrap();
        assert!(
            ["users:activity", "read:users:activity", "access:servers", "read:users:name", "read:users:groups"]
                .contains(&base),
            "{scopes:?}"
        );
    }
    let at = json!({ "last_activity": "2026-01-01T00:00:00Z" });
    assert_eq!(server.json(Method::POST, "/hub/api/users/ada/activity", Some(at)).await.status, 200);
}

#[tokio::test]
async fn a_role_that_leaves_the_file_leaves_its_holder() {
    let hub = hub().await;
    let helper = hub.program("mod", &[]).await;
    assert_eq!(helper.json(Method::GET, "/hub/api/users", None).await.status, 200);
    let token = hub.token("mod", &["list:users"]).await;
    let dir = hub.stop().await;
    let file = dir.path().join("data/labdeck.toml");
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap().replace("users = [\"mod\"]", "users = []")).unwrap();
    let hub = TestHub::start_in(dir).await;
    assert_eq!(hub.browser().with_token(&token).json(Method::GET, "/hub/api/users", None).await.status, 403);
}

#[tokio::test]
async fn a_role_of_the_file_holds_for_who_is_added_later() {
    let role = "[[hub.load_roles]]\nname = \"readers\"\nusers = [\"late\", \"later\"]\nscopes = [\"list:users\"]\n";
    let hub = TestHub::start(&format!("{}{role}", simple())).await;
    let added = hub.program("late", &[]).await;
    assert_eq!(added.json(Method::GET, "/hub/api/users", None).await.status, 200, "added");
    let came = hub.signed_in("later").await;
    assert_eq!(came.json(Method::GET, "/hub/api/users", None).await.status, 200, "signed in");
    let other = hub.program("ada", &[]).await;
    assert_eq!(other.json(Method::GET, "/hub/api/users", None).await.status, 403);
}

#[tokio::test]
async fn the_right_to_open_the_admins_page_opens_no_homes_and_changes_nothing() {
    let role = "[[hub.load_roles]]\nname = \"viewers\"\nusers = [\"eve\"]\nscopes = [\"admin-ui\"]\n\
                [[hub.load_roles]]\nname = \"keepers\"\nusers = [\"kim\"]\nscopes = [\"admin:servers\"]\n";
    let hub = TestHub::start(&format!("{}{role}", simple())).await;
    let (eve, kim) = (hub.program("eve", &[]).await, hub.program("kim", &[]).await);
    let below = |path: &str| format!("/hub/api/labdeck/{path}");
    assert_eq!(eve.json(Method::GET, &below("overview"), None).await.status, 200);
    for (method, path, body) in [
        (Method::GET, "homes", None),
        (Method::GET, "homes/simple.x/archive", None),
        (Method::POST, "homes/simple.x/archive", None),
        (Method::POST, "homes/simple.x/restore", Some(json!({ "user": "eve" }))),
        (Method::DELETE, "homes/simple.x?confirm=x", None),
        (Method::GET, "folders", None),
        (Method::DELETE, "folders/x", None),
        (Method::POST, "folders/x/fix", None),
        (Method::DELETE, "sizes/x", None),
        (Method::GET, "images", None),
        (Method::PUT, "stacks/x", Some(json!({ "display_name": "X", "image": "evil:1", "offered": true }))),
        (Method::DELETE, "stacks/x", None),
        (Method::POST, "pulls", Some(json!({ "reference": "evil:1" }))),
        (Method::GET, "jobs", None),
        (Method::DELETE, "jobs/1", None),
        (Method::PATCH, "resources", Some(json!({}))),
        (Method::POST, "messages", Some(json!({ "text": "Hello" }))),
        (Method::PUT, "idle-rules", Some(json!({}))),
        (Method::DELETE, "users/eve/idle-rule", None),
        (Method::POST, "environment/repair", None),
    ] {
        let refused = eve.json(method.clone(), &below(path), body.clone()).await;
        assert_eq!(refused.status, 403, "{method} {path}: {}", refused.body);
        let answered = kim.json(method.clone(), &below(path), body).await;
        assert_ne!(answered.status, 403, "{method} {path}: {}", answered.body);
    }
}
