//! Before the hub has an owner: this computer only, the claim only, once.

use http::Method;
use serde_json::json;

use crate::support::{Daemon, PASSWORD, TestHub, folder, native, simple};

const CLAIM: &str = "/hub/api/labdeck/claim";

#[tokio::test]
async fn the_window_claims_once() {
    let hub = TestHub::start(&native()).await;
    let window = hub.window();
    let before = window.api(Method::GET, "/hub/api/labdeck/overview", None).await;
    assert_eq!(before["hub"]["claimed"], false);
    assert!(!before["hub"]["suggested_name"].as_str().unwrap().is_empty());
    let bad = window.json(Method::POST, CLAIM, Some(json!({ "name": ".." }))).await;
    assert_eq!(bad.status, 400);
    let claimed = window.json(Method::POST, CLAIM, Some(json!({ "name": "Grace" }))).await;
    assert_eq!((claimed.status.as_u16(), claimed.value()), (201, json!({ "name": "grace" })));
    let again = window.json(Method::POST, CLAIM, Some(json!({ "name": "eve" }))).await;
    assert_eq!(again.status, 409);
    let after = window.api(Method::GET, "/hub/api/labdeck/overview", None).await;
    assert_eq!((&after["hub"]["claimed"], &after["counts"]["users"]), (&json!(true), &json!(1)));
    assert_eq!(window.api(Method::GET, "/hub/api/users/grace", None).await["admin"], true);
}

#[tokio::test]
async fn before_the_claim_the_windows_token_is_good_for_the_claim_alone() {
    let hub = TestHub::start(&native()).await;
    let window = hub.window();
    for (method, path) in [
        (Method::GET, "/hub/api/users"),
        (Method::POST, "/hub/api/users"),
        (Method::POST, "/hub/api/users/eve"),
        (Method::PATCH, "/hub/api/labdeck/hub"),
        (Method::POST, "/hub/api/labdeck/tickets"),
        (Method::GET, "/hub/api/labdeck/servers"),
        (Method::POST, "/hub/api/labdeck/quit"),
        (Method::GET, "/hub/api/user"),
    ] {
        let answer = window.json(method.clone(), path, Some(json!({}))).await;
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.body);
        assert!(answer.message().contains("Nobody has claimed this hub yet"), "{}", answer.body);
    }
}

#[tokio::test]
async fn an_unclaimed_hub_shows_the_public_its_claim_page_and_nothing_else() {
    let hub = TestHub::start(&native()).await;
    let browser = hub.browser();
    for page in
        ["/", "/hub/", "/hub/login", "/hub/home", "/hub/token", "/user/ada/", "/hub/invitation?code=x", "/hub/spawn"]
    {
        let shown = browser.get(page).await;
        assert_eq!((shown.status.as_u16(), shown.path.as_str()), (200, "/hub/claim"), "{page}");
        assert!(shown.field("name").is_none(), "no form without the link: {}", shown.body);
    }
    for call in ["/hub/api/users", "/hub/api/info", "/hub/api/labdeck/overview", "/hub/api/user"] {
        assert_eq!(browser.get_only(call).await.status, 403, "{call}");
    }
    let remote = browser.json(Method::POST, CLAIM, Some(json!({ "name": "eve" }))).await;
    assert_eq!(remote.status, 403);
    let form = browser.post_form_only("/hub/login", &[("username", "boss"), ("password", "pw")]).await;
    assert_eq!(form.status, 403);
}

#[tokio::test]
async fn who_the_file_names_as_admin_has_claimed_the_hub() {
    let hub = TestHub::start(&simple()).await;
    let answer = hub.window().json(Method::POST, CLAIM, Some(json!({ "name": "eve" }))).await;
    assert_eq!(answer.status, 409);
}

#[tokio::test]
async fn the_printed_link_makes_the_owner_once() {
    let dir = folder(&native());
    let hub = Daemon::start(&dir.path().join("data")).await;
    let link = hub.printed.split_whitespace().find(|word| word.contains("/hub/claim?code=")).unwrap().to_owned();
    assert!(link.starts_with(&hub.origin), "{link}");
    let browser = hub.browser();
    let wrong = browser.get(&format!("{}x", link)).await;
    assert_eq!(wrong.status, 404);
    let form = browser.get(&link).await;
    assert_eq!(form.status, 200);
    let xsrf = form.field("_xsrf").unwrap();
    let bad = browser.post_form(&link, &[("_xsrf", &xsrf), ("name", "a/b")]).await;
    assert_eq!(bad.status, 400, "a bad name does not use the link up: {}", bad.body);
    let chosen = browser.post_form(&link, &[("_xsrf", &xsrf), ("name", "grace")]).await;
    assert!(chosen.path.starts_with("/hub/invitation?code="), "{}", chosen.path);
    let xsrf = chosen.field("_xsrf").unwrap();
    let home = browser.post_form(&chosen.path, &[("_xsrf", &xsrf), ("password", PASSWORD)]).await;
    assert_eq!((home.status.as_u16(), home.path.as_str()), (200, "/hub/home"), "{}", home.body);
    assert_eq!(browser.json(Method::GET, "/hub/api/user", None).await.value()["admin"], true);
    assert_eq!(hub.browser().get(&link).await.status, 410);
    assert_eq!(hub.terminate().await, 0);
}

#[tokio::test]
async fn the_claim_needs_its_own_form() {
    let dir = folder(&native());
    let hub = Daemon::start(&dir.path().join("data")).await;
    let link = hub.printed.split_whitespace().find(|word| word.contains("/hub/claim?code=")).unwrap().to_owned();
    let foreign = hub.browser().post_form_only(&link, &[("name", "eve")]).await;
    assert_eq!(foreign.status, 403);
    let forwarded = hub.browser().with_header("x-forwarded-for", "192.168.1.9").get(&link).await;
    assert_eq!(forwarded.status, 200, "a header does not make a visitor remote or local: {}", forwarded.body);
}

#[tokio::test]
async fn the_command_line_claims_by_adding_the_first_admin() {
    let dir = folder(&native());
    let data = dir.path().join("data");
    let hub = Daemon::start(&data).await;
    let said = Daemon::run(&data, &["user", "add", "grace", "--admin"]).await.ok();
    assert!(said.contains("/hub/invitation?code="), "{said}");
    let shown = hub.browser().get("/hub/home").await;
    assert!(shown.path.starts_with("/hub/login"), "{}", shown.path);
    let plain = Daemon::run(&data, &["user", "add", "ada"]).await.ok();
    assert!(plain.contains("Added ada."), "{plain}");
}
