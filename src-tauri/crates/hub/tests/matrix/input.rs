//! What is no name is nobody's name, however it comes (T-V2, T-V3); what is no sensible JSON is refused (T-V5).

use std::collections::BTreeMap;

use http::Method;
use labdeck_hub::front::Listener;
use serde_json::{Value, json};

use crate::world::{Answer, Session, Template, World};

async fn as_window(world: &World, method: Method, call: &str, body: &[u8]) -> Answer {
    world.ask_bytes(Listener::Socket, (method, &format!("/hub/api/{call}")), &[], body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_name_is_refused_wherever_one_is_given() {
    let template = Template::make(&BTreeMap::new()).await;
    let world = template.world().await;
    let before = everybody(&world).await;
    let long = "x".repeat(300);
    let mut taken = Vec::new();
    for bad in ["", " ", ".", "..", "%2e", "%2e%2e", "%2E%2e", "a/b", "a\u{0}b", "../x", long.as_str()] {
        let encoded: String =
            url::form_urlencoded::byte_serialize(bad.as_bytes()).collect::<String>().replace('+', "%20");
        let calls = [
            (Method::POST, "users".to_owned(), json!({ "usernames": [bad] })),
            (Method::PATCH, "users/bo".to_owned(), json!({ "name": bad })),
            (Method::POST, format!("users/{encoded}"), json!({})),
            (Method::POST, "groups".to_owned(), json!({ "groups": [bad] })),
            (Method::POST, format!("groups/{encoded}"), json!({})),
            (Method::POST, format!("services/{encoded}"), json!({ "display": true })),
            (Method::PATCH, "users/bo/servers/x".to_owned(), json!({ "name": bad })),
            (Method::PUT, format!("users/cy/servers/{encoded}"), json!({})),
            (Method::POST, "labdeck/claim".to_owned(), json!({ "name": bad })),
        ];
        for (method, call, body) in calls {
            // Nothing at all is another address, or the default server's name.
            let other = bad.is_empty() && (call.ends_with('/') || call.ends_with("servers/x"));
            let answer = as_window(&world, method.clone(), &call, body.to_string().as_bytes()).await;
            if !other && ![400, 404, 405, 409].contains(&answer.status.as_u16()) {
                taken.push(format!("{method} {call} {body:.60}: {} {:.100}", answer.status, answer.body));
            }
        }
        let mut visitor = Session::default();
        world.page(&mut visitor, Method::GET, "/hub/login", &[]).await;
        let login =
            world.page(&mut visitor, Method::POST, "/hub/login", &[("username", bad), ("password", "pw")]).await;
        if login.status.is_success() || login.status.is_redirection() {
            taken.push(format!("signing in as {bad:?}: {}", login.status));
        }
    }
    assert!(taken.is_empty(), "{}", taken.join("\n"));
    assert_eq!(everybody(&world).await, before);
}

async fn everybody(world: &World) -> Vec<Value> {
    let mut names = Vec::new();
    for list in ["users", "groups", "labdeck/services", "labdeck/servers"] {
        let all = world.as_window(Method::GET, list, Value::Null).await;
        let name = |item: &Value| json!([item["name"], item["user"], item["server"]["name"]]);
        names.extend(all.as_array().unwrap().iter().map(name));
    }
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_name_at_the_sign_in_is_refused_like_any_other() {
    let template = Template::make(&BTreeMap::new()).await;
    let world = template.world().await;
    for (bytes, expected) in [(1_000, [403, 403]), (60_000, [403, 403]), (1 << 20, [400, 413])] {
        let name = "n".repeat(bytes);
        let mut visitor = Session::default();
        world.page(&mut visitor, Method::GET, "/hub/login", &[]).await;
        let login =
            world.page(&mut visitor, Method::POST, "/hub/login", &[("username", &name), ("password", "pw")]).await;
        assert!(expected.contains(&login.status.as_u16()), "{bytes}: {}", login.status);
        assert!(!login.body.contains(&"n".repeat(500)), "the form repeats {bytes} bytes of a name");
        let body = json!({ "auth": { "username": name, "password": "wrong" } }).to_string();
        let asked = (Method::POST, "/hub/api/users/ada/tokens");
        let answer = world.ask(Listener::Hub, asked, &[("content-type", "application/json")], &body).await;
        assert!([400, 403, 413].contains(&answer.status.as_u16()), "{bytes}: {}", answer.status);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_that_cannot_be_kept_is_refused_and_the_rest_stays_readable() {
    let template = Template::make(&BTreeMap::new()).await;
    let world = template.world().await;
    let deep = format!("{{\"user_options\":{}1{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let bodies: [&[u8]; 7] = [
        br#"{"user_options":{"__jupyterhub_bytes__":"x"}}"#,
        br#"{"user_options":[1]}"#,
        br#"{"user_options":{"n":1e999}}"#,
        b"{\"user_options\":{\"n\":\"\xff\xfe\"}}",
        br#"{"user_options":{"n":NaN}}"#,
        br#"{"user_options":"x"#,
        deep.as_bytes(),
    ];
    for (method, call) in [
        (Method::PATCH, "users/bo/servers/x"),
        (Method::PUT, "users/cy/servers/y"),
        (Method::POST, "users/cy/server"),
        (Method::PUT, "groups/lab/properties"),
    ] {
        for body in bodies {
            let kept_as_it_is = call.starts_with("groups/") && serde_json::from_slice::<Value>(body).is_ok();
            if kept_as_it_is {
                continue;
            }
            let answer = as_window(&world, method.clone(), call, body).await;
            let text = String::from_utf8_lossy(body);
            assert_eq!(answer.status, 400, "{method} {call} {text:.60}: {:.200}", answer.body);
        }
    }
    world.as_window(Method::PUT, "groups/lab/properties", json!({ "__jupyterhub_x__": [1, { "a": 1e300 }] })).await;
    for list in ["users", "groups", "labdeck/servers"] {
        world.as_window(Method::GET, list, Value::Null).await;
    }
}
