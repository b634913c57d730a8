//! Tickets: the window opens a page in the lead's own browser, once, with the rights of that page alone.

use std::time::Duration;

use http::Method;
use labdeck_model::{Clock as _, SystemClock, Timestamp};
use serde_json::json;

use crate::support::{TestHub, simple};

const TICKETS: &str = "/hub/api/labdeck/tickets";

async fn ticket(hub: &TestHub, path: &str) -> String {
    let made = hub.window().api(Method::POST, TICKETS, Some(json!({ "path": path }))).await;
    made["url"].as_str().unwrap().to_owned()
}

async fn with_adas_server() -> TestHub {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    hub
}

#[tokio::test]
async fn a_ticket_opens_a_teammates_server_without_a_question() {
    let hub = with_adas_server().await;
    let url = ticket(&hub, "/user/ada/lab").await;
    assert!(url.starts_with(&format!("{}/hub/ticket?code=", hub.origin)), "{url}");
    let page = hub.browser().get(&url).await;
    assert_eq!((page.status.as_u16(), page.body.as_str()), (200, "boss sees lab of /user/ada/"));
}

#[tokio::test]
async fn a_visit_is_written_down_and_its_owner_sees_it() {
    let hub = with_adas_server().await;
    let url = ticket(&hub, "/user/ada/").await;
    let ada = hub.signed_in("ada").await;
    assert_eq!(ada.json(Method::GET, "/hub/api/labdeck/visits", None).await.value(), json!([]));
    hub.browser().get(&url).await;
    let visits = ada.json(Method::GET, "/hub/api/labdeck/visits", None).await.value();
    assert_eq!(visits.as_array().unwrap().len(), 1, "{visits}");
    assert_eq!((&visits[0]["visitor"], &visits[0]["user"]), (&json!("boss"), &json!("ada")));
    let home = ada.get("/hub/home").await;
    assert!(home.body.contains("boss"), "{}", home.body);
    // Others see nothing of it.
    let bo = hub.signed_in("bo").await;
    assert_eq!(bo.json(Method::GET, "/hub/api/labdeck/visits", None).await.value(), json!([]));
}

#[tokio::test]
async fn a_ticket_shown_twice_ends_the_session_that_it_made() {
    let hub = with_adas_server().await;
    let url = ticket(&hub, "/user/ada/lab").await;
    let first = hub.browser();
    assert_eq!(first.get(&url).await.status, 200);
    assert_eq!(first.get("/user/ada/tree").await.status, 200);
    let second = hub.browser();
    let page = second.get(&url).await;
    assert_eq!(page.status, 404, "{}", page.body);
    assert_eq!(second.cookie("jupyterhub-hub-login"), None);
    assert!(first.get("/user/ada/tree").await.path.starts_with("/hub/login"), "the first one is out as well");
}

#[tokio::test]
async fn a_ticket_ends_after_half_a_minute() {
    let hub = with_adas_server().await;
    let made = hub.window().api(Method::POST, TICKETS, Some(json!({ "path": "/user/ada/" }))).await;
    let end = Timestamp::parse(made["expires_at"].as_str().unwrap()).unwrap();
    let left = end.since(SystemClock.now());
    assert!(left > Duration::from_secs(20) && left <= Duration::from_secs(30), "{left:?}");
}

#[tokio::test]
async fn a_tickets_session_may_open_its_server_and_nothing_else() {
    let hub = with_adas_server().await;
    let bo = hub.program("bo", &[]).await;
    hub.start_server(&bo, "bo", "").await;
    let browser = hub.browser();
    browser.get(&ticket(&hub, "/user/ada/").await).await;
    for path in [
        "/hub/api/users",
        "/hub/api/users/ada",
        "/hub/api/users/boss",
        "/hub/api/labdeck/overview",
        "/hub/api/users/boss/tokens",
        "/hub/api/labdeck/servers",
    ] {
        let answer = browser.json(Method::GET, path, None).await;
        assert!([403, 404].contains(&answer.status.as_u16()), "{path}: {} {}", answer.status, answer.body);
    }
    let xsrf = browser.cookie("_xsrf").unwrap();
    for (method, path, body) in [
        (Method::POST, "/hub/api/users", r#"{"usernames":["eve"]}"#),
        (Method::POST, "/hub/api/users/boss/tokens", "{}"),
        (Method::DELETE, "/hub/api/users/ada", ""),
        (Method::DELETE, "/hub/api/users/ada/server", ""),
        (Method::PATCH, "/hub/api/labdeck/hub", r#"{"on":false}"#),
        (Method::POST, TICKETS, r#"{"path":"/user/bo/"}"#),
        (Method::POST, "/hub/api/labdeck/quit", r#"{"servers":"leave"}"#),
    ] {
        let headers = [("content-type", "application/json"), ("x-xsrftoken", xsrf.as_str())];
        let answer = browser.request(method.clone(), path, &headers, body).await;
        assert!([403, 404].contains(&answer.status.as_u16()), "{method} {path}: {} {}", answer.status, answer.body);
    }
    for page in ["/hub/home", "/hub/token", "/hub/account", "/user/bo/lab"] {
        let shown = browser.get(page).await;
        assert!(shown.path.starts_with("/hub/login") || shown.status == 403, "{page}: {} {}", shown.status, shown.path);
    }
    assert_eq!(browser.get("/user/ada/lab").await.body, "boss sees lab of /user/ada/");
}

#[tokio::test]
async fn a_ticket_for_home_has_no_admins_rights() {
    let hub = TestHub::start(&simple()).await;
    let browser = hub.browser();
    let page = browser.get(&ticket(&hub, "/hub/home").await).await;
    assert_eq!((page.status.as_u16(), page.path.as_str()), (200, "/hub/home"));
    assert_eq!(browser.json(Method::GET, "/hub/api/users", None).await.status, 403);
    assert_eq!(browser.json(Method::GET, "/hub/api/labdeck/overview", None).await.status, 403);
    let token_page = browser.get("/hub/token").await;
    assert!(token_page.path.starts_with("/hub/login"), "{}", token_page.path);
}

#[tokio::test]
async fn a_ticket_leads_to_pages_of_this_hub_only() {
    let hub = TestHub::start(&simple()).await;
    for path in [
        "//evil.com",
        "http://evil.com/user/ada/",
        "/hub/admin",
        "/hub/token",
        "/hub/logout",
        "/user/../hub/token",
        "/user/ada/../../hub/token",
        "/services/x/",
        "/user/",
        "",
        "/\\evil.com",
    ] {
        let answer = hub.window().json(Method::POST, TICKETS, Some(json!({ "path": path }))).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
    }
    let ada = hub.program("ada", &[]).await;
    let answer = ada.json(Method::POST, TICKETS, Some(json!({ "path": "/user/ada/" }))).await;
    assert!([403, 404].contains(&answer.status.as_u16()), "tickets are the lead's: {}", answer.status);
}

#[tokio::test]
async fn the_desktop_opens_a_ticket_when_asked() {
    let hub = with_adas_server().await;
    let body = json!({ "path": "/user/ada/", "open": true });
    let made = hub.window().api(Method::POST, TICKETS, Some(body)).await;
    assert_eq!(*hub.desktop().opened.lock(), [made["url"].as_str().unwrap()]);
    hub.window().api(Method::POST, TICKETS, Some(json!({ "path": "/user/ada/" }))).await;
    assert_eq!(hub.desktop().opened.lock().len(), 1);
}

#[tokio::test]
async fn looking_does_not_use_a_ticket_up() {
    let hub = with_adas_server().await;
    let url = ticket(&hub, "/user/ada/lab").await;
    let looked = hub.browser().request(Method::HEAD, &url, &[], "").await;
    assert!(looked.set_cookies().is_empty());
    assert_eq!(hub.browser().get(&url).await.status, 200);
}

#[tokio::test]
async fn a_ticket_for_home_makes_no_token_that_outgrows_it() {
    let hub = TestHub::start(&simple()).await;
    hub.add("ada").await;
    let browser = hub.browser();
    browser.get(&ticket(&hub, "/hub/home").await).await;
    let xsrf = browser.cookie("_xsrf").unwrap();
    let headers = [("content-type", "application/json"), ("x-xsrftoken", xsrf.as_str())];
    let make = async |owner: &str, wish: &str| {
        browser.request(Method::POST, &format!("/hub/api/users/{owner}/tokens"), &headers, wish).await.status.as_u16()
    };
    for wish in ["{}", r#"{"scopes":["inherit"]}"#, r#"{"scopes":["admin:users"]}"#] {
        assert_eq!(make("boss", wish).await, 400, "{wish}");
        assert_ne!(make("ada", wish).await, 201, "{wish}");
    }
    assert_eq!(make("boss", r#"{"scopes":["read:users:name!user=boss"]}"#).await, 201, "what it may, it may give");
}
