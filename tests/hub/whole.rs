//! The hub as a whole by JupyterHub's calls: routes, shutdown, the old ways to ask who somebody is, other sites' pages.

use http::Method;
use serde_json::{Value, json};

use crate::support::{Daemon, TestHub, folder, server_path, simple};

#[tokio::test]
async fn routes_are_told_by_where_they_begin() {
    let hub = TestHub::start(&simple()).await;
    let (ada, boss) = (hub.program("ada", &[]).await, hub.program("boss", &[]).await);
    hub.start_server(&ada, "ada", "").await;
    let all = boss.api(Method::GET, "/hub/api/proxy", None).await;
    let mine = &all["/user/ada/"];
    assert_eq!((&mine["routespec"], &mine["data"]["user"]), (&json!("/user/ada/"), &json!("ada")), "{all}");
    assert!(mine["target"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{all}");
    let accept = [("accept", "application/jupyterhub-pagination+json")];
    let page = boss.request(Method::GET, "/hub/api/proxy?limit=1", &accept, "").await.value();
    let keys: Vec<_> = page["items"].as_object().unwrap().keys().cloned().collect();
    assert_eq!((keys, &page["_pagination"]["next"]["offset"]), (vec!["/".to_owned()], &json!(1)));
    assert_eq!(ada.json(Method::GET, "/hub/api/proxy", None).await.status, 403);
    for (method, body, expected) in [
        (Method::POST, Value::Null, 200),
        (Method::PATCH, json!({}), 200),
        (Method::PATCH, Value::Null, 400),
        (Method::PATCH, json!([1]), 400),
        (Method::PATCH, json!({ "api_url": "http://127.0.0.1:1" }), 400),
    ] {
        let body = (!body.is_null()).then_some(body);
        let answer = boss.json(method.clone(), "/hub/api/proxy", body.clone()).await;
        assert_eq!(answer.status, expected, "{method} {body:?}: {}", answer.body);
        assert_eq!(ada.json(method, "/hub/api/proxy", body).await.status, 403);
    }
    assert_eq!(hub.browser().get("/user/ada/api").await.status, 200, "its route is still there");
    ada.json(Method::DELETE, &server_path("ada", ""), None).await;
    hub.until_stopped("ada", "").await;
    assert!(boss.api(Method::GET, "/hub/api/proxy", None).await.get("/user/ada/").is_none());
}

#[tokio::test]
async fn a_shutdown_ends_the_program() {
    let dir = folder(&simple());
    let data = dir.path().join("data");
    let made = Daemon::run(&data, &["token", "create", "--user", "boss"]).await.ok();
    let daemon = Daemon::start(&data).await;
    let boss = daemon.browser().with_token(made.trim());
    for (body, words) in [
        (json!({ "proxy": "x" }), "proxy must be true or false"),
        (json!({ "servers": 5 }), "servers must be true or false"),
    ] {
        let refused = boss.json(Method::POST, "/hub/api/shutdown", Some(body)).await;
        assert_eq!(refused.status, 400);
        assert!(refused.message().contains(words), "{}", refused.body);
    }
    assert_eq!(daemon.browser().json(Method::POST, "/hub/api/shutdown", None).await.status, 403);
    let ending = boss.json(Method::POST, "/hub/api/shutdown", Some(json!({ "proxy": true, "servers": true }))).await;
    assert_eq!((ending.status.as_u16(), ending.value()), (202, json!({ "message": "Shutting down Hub" })));
    assert_eq!(daemon.ends().await, 0);
}

#[tokio::test]
async fn a_program_can_ask_who_holds_a_token_or_a_cookie() {
    let hub = TestHub::start(&simple()).await;
    let (ada, boss) = (hub.program("ada", &[]).await, hub.program("boss", &[]).await);
    let bos = hub.token("bo", &[]).await;
    let path = format!("/hub/api/authorizations/token/{bos}");
    let narrow = ada.api(Method::GET, &path, None).await;
    assert_eq!(narrow, json!({ "kind": "user", "name": "bo", "admin": false, "groups": [], "user_info": null }));
    assert!(boss.api(Method::GET, &path, None).await.get("created").is_some());
    assert_eq!(ada.json(Method::GET, "/hub/api/authorizations/token/nobodys", None).await.status, 404);
    assert_eq!(hub.browser().json(Method::GET, &path, None).await.status, 403);
    let bo = hub.signed_in("bo").await;
    let cookie = bo.cookie("jupyterhub-hub-login").unwrap();
    let path = format!("/hub/api/authorizations/cookie/jupyterhub-hub-login/{cookie}");
    assert_eq!(ada.api(Method::GET, &path, None).await["name"], "bo");
    assert_eq!(ada.json(Method::GET, &path.replace("hub-login", "session-id"), None).await.status, 404);
    assert_eq!(hub.browser().json(Method::GET, &path, None).await.status, 403);
    let old = hub.browser().json(Method::POST, "/hub/api/authorizations/token", None).await;
    assert_eq!((old.status.as_u16(), old.message().contains("/users/:user/tokens")), (404, true));
}

#[tokio::test]
async fn every_path_answers_options_and_names_the_headers_that_may_be_sent() {
    let hub = TestHub::start(&simple()).await;
    for path in ["/hub/api/", "/hub/api/users/ada/tokens", "/hub/api/proxy", "/hub/api/shutdown"] {
        let answer = hub.browser().json(Method::OPTIONS, path, None).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""), "{path}");
        for answer in [answer, hub.browser().json(Method::GET, path, None).await] {
            assert_eq!(answer.headers["access-control-allow-headers"], "accept, content-type, authorization", "{path}");
            assert_eq!(answer.headers["x-jupyterhub-version"], "6.1.1", "{path}");
            let everybody = answer.headers.get("access-control-allow-origin").is_some();
            assert_eq!(everybody, path == "/hub/api/", "{path}");
        }
    }
    let absent = hub.browser().json(Method::OPTIONS, "/hub/api/nothing", None).await;
    assert_eq!(absent.status, 404, "a path that is none is none for OPTIONS, too");
}

#[tokio::test]
async fn a_bare_list_that_was_cut_off_says_where_it_goes_on() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    let names: Vec<_> = (0..201).map(|number| format!("user{number}")).collect();
    window.api(Method::POST, "/hub/api/users", Some(json!({ "usernames": names }))).await;
    let boss = hub.program("boss", &[]).await;
    let list = boss.json(Method::GET, "/hub/api/users", None).await;
    assert_eq!(list.value().as_array().unwrap().len(), 200);
    let link = list.headers["link"].to_str().unwrap();
    assert_eq!(link, format!("<{}/hub/api/users?offset=200&limit=200>; rel=\"next\"", hub.origin));
    let rest = boss.json(Method::GET, "/hub/api/users?offset=200&limit=200", None).await;
    assert_eq!(rest.value().as_array().unwrap().len(), 2);
    assert!(rest.headers.get("link").is_none());
}
