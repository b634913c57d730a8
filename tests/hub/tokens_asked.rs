//! Asking for tokens in JupyterHub's other ways: by name and password, by roles, with a limit on how long they last.

use http::Method;
use serde_json::{Value, json};

use crate::support::{TestHub, simple, simple_with};

async fn ask(caller: &labdeck_testkit::Browser, name: &str, body: Value) -> (u16, Value) {
    let answer = caller.json(Method::POST, &format!("/hub/api/users/{name}/tokens"), Some(body)).await;
    (answer.status.as_u16(), answer.value())
}

#[tokio::test]
async fn a_name_and_a_password_in_the_body_are_enough() {
    let hub = TestHub::start(&simple()).await;
    hub.add("ada").await;
    hub.add("bo").await;
    let nobody = hub.browser();
    let auth = |name: &str, password: &str| json!({ "auth": { "username": name, "password": password } });
    let (status, made) = ask(&nobody, "ada", auth("ada", "pw")).await;
    assert_eq!((status, &made["user"], &made["note"]), (201, &json!("ada"), &json!("Requested via api")), "{made}");
    let program = hub.browser().with_token(made["token"].as_str().unwrap());
    assert_eq!(program.api(Method::GET, "/hub/api/user", None).await["name"], "ada");
    let (status, made) = ask(&nobody, "bo", auth("boss", "pw")).await;
    assert_eq!((status, &made["note"]), (201, &json!("Requested via api by user boss")), "{made}");
    for body in [auth("ada", "wrong"), auth("nobody", "pw"), json!({ "auth": {} }), json!({ "auth": 5 }), json!({})] {
        assert_eq!(ask(&nobody, "ada", body.clone()).await.0, 403, "{body}");
    }
    assert_eq!(ask(&nobody, "ada", auth("bo", "pw")).await.0, 403, "a token for somebody else");
    assert!(nobody.cookie("jupyterhub-hub-login").is_none(), "no session is opened");
    let window = hub.control();
    assert_eq!(ask(&window, "ada", auth("ada", "pw")).await.0, 403, "the window's listener knows its token only");
}

#[tokio::test]
async fn guessing_is_slowed_down_as_signing_in_is() {
    let hub = TestHub::owned().await;
    hub.came_in("ada").await;
    let nobody = hub.browser();
    let mut answers = Vec::new();
    for _ in 0..30 {
        let body = json!({ "auth": { "username": "ada", "password": "wrong wrong wrong" } });
        answers.push(ask(&nobody, "ada", body).await.0);
    }
    assert!(answers.contains(&429), "{answers:?}");
}

#[tokio::test]
async fn roles_stand_for_their_scopes() {
    let role = "[[hub.load_roles]]\nname = \"readers\"\nusers = [\"ada\"]\nscopes = [\"list:users\"]\n";
    let hub = TestHub::start(&format!("{}{role}", simple())).await;
    let ada = hub.program("ada", &[]).await;
    let (status, made) = ask(&ada, "ada", json!({ "roles": ["readers"] })).await;
    assert_eq!(status, 201, "{made}");
    let program = hub.browser().with_token(made["token"].as_str().unwrap());
    assert_eq!(program.json(Method::GET, "/hub/api/users", None).await.status, 200);
    assert_eq!(program.json(Method::GET, "/hub/api/users/ada/tokens", None).await.status, 403);
    assert!(made["scopes"].as_array().unwrap().contains(&json!("read:users:name")), "written out: {made}");
    assert_eq!(ask(&ada, "ada", json!({ "roles": ["token"] })).await.0, 201);
    for body in [
        json!({ "roles": ["absent"] }),
        json!({ "roles": ["admin"] }),
        json!({ "roles": ["token"], "scopes": ["inherit"] }),
        json!({ "roles": "token" }),
        json!([1]),
    ] {
        let (status, answer) = ask(&ada, "ada", body.clone()).await;
        assert_eq!(status, 400, "{body}: {answer}");
    }
    let (status, refused) = ask(&ada, "nobody", json!({})).await;
    assert_eq!(status, 403, "{refused}");
}

#[tokio::test]
async fn the_configuration_limits_how_long_tokens_last() {
    let hub = TestHub::start(&simple_with("token_expires_in_max_seconds = 3600", "")).await;
    let ada = hub.program("ada", &[]).await;
    let (status, refused) = ask(&ada, "ada", json!({ "expires_in": 3601 })).await;
    assert_eq!((status, &refused["message"]), (400, &json!("token expires_in: 3601 must not exceed 3600")));
    assert_eq!(ask(&ada, "ada", json!({ "expires_in": 3600 })).await.0, 201);
    let (status, made) = ask(&ada, "ada", json!({})).await;
    assert_eq!((status, made["expires_at"].is_string()), (201, true), "no wish is the limit: {made}");
    let (_, refused) = ask(&ada, "ada", json!({ "expires_in": 0 })).await;
    assert_eq!(refused["message"], "expires_in must be a positive integer or null, not 0");
}

#[tokio::test]
async fn the_page_of_tokens_keeps_to_the_limit_too() {
    let hub = TestHub::start(&simple_with("token_expires_in_max_seconds = 86400", "")).await;
    let ada = hub.signed_in("ada").await;
    let page = ada.get("/hub/token").await;
    assert!(page.body.contains(">1 day<") && !page.body.contains(">1 week<"), "{}", page.body);
    let xsrf = page.field("_xsrf").unwrap();
    let make = async |seconds: &str| {
        let form = [("_xsrf", xsrf.as_str()), ("note", "mine"), ("expires_in", seconds)];
        ada.post_form_only("/hub/token", &form).await.status.as_u16()
    };
    assert_eq!((make("86401").await, make("").await), (400, 200));
    let listed = hub.program("ada", &[]).await.api(Method::GET, "/hub/api/users/ada/tokens", None).await;
    let made = listed["api_tokens"].as_array().unwrap().iter().find(|token| token["note"] == "mine").unwrap();
    assert!(made["expires_at"].is_string(), "no choice is the limit: {made}");
}
