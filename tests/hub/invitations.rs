//! Links with which people come in and choose a password: once, for one person, within the rules.

use http::Method;
use labdeck_testkit::Browser;
use serde_json::json;

use crate::support::{PASSWORD, TestHub, choose_password, native, simple};

#[tokio::test]
async fn an_invitation_lets_one_person_in_once() {
    let hub = TestHub::owned().await;
    let made = hub.invite("ada").await;
    assert_eq!(made["kind"], "invitation");
    let link = made["url"].as_str().unwrap();
    assert!(link.starts_with(&format!("{}/hub/invitation?code=", hub.origin)), "{link}");
    let ada = hub.browser();
    let form = ada.get(link).await;
    assert!(form.body.contains("ada") && form.field("_xsrf").is_some(), "{}", form.body);
    assert_eq!(choose_password(&ada, link, PASSWORD).await.path, "/hub/home");
    assert_eq!(ada.json(Method::GET, "/hub/api/user", None).await.value()["name"], "ada");
    let again = hub.browser().get(link).await;
    assert_eq!(again.status, 404);
    assert!(again.field("password").is_none());
    assert_eq!(hub.sign_in(&hub.browser(), "ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn two_who_use_a_link_at_once_are_not_both_let_in() {
    let hub = TestHub::owned().await;
    let link = hub.invite("ada").await["url"].as_str().unwrap().to_owned();
    let (one, two) = (hub.browser(), hub.browser());
    let (a, b) = (one.get(&link).await.field("_xsrf").unwrap(), two.get(&link).await.field("_xsrf").unwrap());
    let (first, second) = (
        [("_xsrf", a.as_str()), ("password", PASSWORD)],
        [("_xsrf", b.as_str()), ("password", "another good password")],
    );
    let (x, y) = tokio::join!(one.post_form_only(&link, &first), two.post_form_only(&link, &second));
    let mut statuses = [x.status.as_u16(), y.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [302, 404]);
}

#[tokio::test]
async fn a_bad_password_is_refused_in_words_and_leaves_the_link_good() {
    let hub = TestHub::owned().await;
    let link = hub.invite("ada.lovelace").await["url"].as_str().unwrap().to_owned();
    let browser = hub.browser();
    let long = "x1 ".repeat(60);
    for (bad, words) in [
        ("", "at least 8"),
        ("short", "at least 8"),
        ("password1", "common"),
        ("ada.lovelace", "user name"),
        ("aaaaaaaaaaaa", "different characters"),
        ("jupyterhub", "name of this hub"),
        (long.as_str(), "at most 128"),
        ("with a\u{0}nul inside", "cannot be typed"),
    ] {
        let page = choose_password(&browser, &link, bad).await;
        assert_eq!(page.status, 400, "{bad:?}");
        assert!(page.body.contains(words), "{bad:?}: {}", page.body);
    }
    let xsrf = browser.get(&link).await.field("_xsrf").unwrap();
    let twice = [("_xsrf", xsrf.as_str()), ("password", PASSWORD), ("password_again", "seven green heron")];
    assert_eq!(browser.post_form(&link, &twice).await.status, 400);
    assert_eq!(choose_password(&browser, &link, PASSWORD).await.path, "/hub/home");
}

#[tokio::test]
async fn a_new_sign_in_link_ends_the_other_sessions_and_earlier_links() {
    let hub = TestHub::owned().await;
    let old = hub.came_in("ada").await;
    let first = hub.invite("ada").await;
    let second = hub.invite("ada").await;
    assert_eq!(second["kind"], "sign_in");
    assert_eq!(hub.browser().get(first["url"].as_str().unwrap()).await.status, 404);
    assert_eq!(old.get("/hub/home").await.path, "/hub/home", "making a link ends nothing yet");
    let new = hub.browser();
    choose_password(&new, second["url"].as_str().unwrap(), "eight blue herons").await;
    assert!(old.get("/hub/home").await.path.starts_with("/hub/login"));
}

#[tokio::test]
async fn a_link_of_somebody_who_was_removed_is_dead() {
    let hub = TestHub::owned().await;
    let link = hub.invite("ada").await["url"].as_str().unwrap().to_owned();
    hub.window().api(Method::DELETE, "/hub/api/users/ada", None).await;
    assert_eq!(hub.browser().get(&link).await.status, 404);
    hub.add("ada").await;
    assert_eq!(hub.browser().get(&link).await.status, 404, "nor is it good for a new user of that name");
}

#[tokio::test]
async fn codes_that_were_never_made_are_nobodys() {
    let hub = TestHub::owned().await;
    for code in ["", "x", "%00", "..%2f..", &"a".repeat(5000)] {
        let page = hub.browser().get(&format!("/hub/invitation?code={code}")).await;
        assert_eq!(page.status, 404, "{code:.10}");
    }
    assert_eq!(hub.browser().get("/hub/invitation").await.status, 404);
}

#[tokio::test]
async fn links_are_made_by_who_manages_people() {
    let hub = TestHub::owned().await;
    let ada = hub.program("ada", &[]).await;
    let own = ada.json(Method::POST, "/hub/api/labdeck/users/ada/invitation", None).await;
    assert_eq!(own.status, 403);
    let nobody = hub.window().json(Method::POST, "/hub/api/labdeck/users/nobody/invitation", None).await;
    assert_eq!(nobody.status, 404);
}

#[tokio::test]
async fn where_people_sign_in_by_other_means_there_are_no_links() {
    let hub = TestHub::start(&simple()).await;
    hub.add("ada").await;
    let answer = hub.window().json(Method::POST, "/hub/api/labdeck/users/ada/invitation", None).await;
    assert_eq!(answer.status, 409);
    assert!(answer.message().contains("no invitations"), "{}", answer.body);
}

#[tokio::test]
async fn an_invitation_opened_while_somebody_else_is_signed_in_changes_who_is_here() {
    let hub = TestHub::owned().await;
    let grace = hub.came_in("grace").await;
    let before = grace.cookie("jupyterhub-hub-login").unwrap();
    let link = hub.invite("ada").await["url"].as_str().unwrap().to_owned();
    assert_eq!(choose_password(&grace, &link, PASSWORD).await.path, "/hub/home");
    assert_eq!(grace.json(Method::GET, "/hub/api/user", None).await.value()["name"], "ada");
    let stale = hub.browser();
    stale.plant_cookie("jupyterhub-hub-login", &before, "/hub/");
    assert!(stale.get("/hub/home").await.path.starts_with("/hub/login"), "the session before has ended");
}

/// A claimed hub in which `mod` looks after people without being an admin, and `aud` may see them all.
async fn with_helper() -> (TestHub, Browser) {
    let roles = r#"
[[hub.load_roles]]
name = "helpers"
users = ["mod"]
scopes = ["admin:users"]
[[hub.load_roles]]
name = "auditors"
users = ["aud"]
scopes = ["read:servers"]
"#;
    let hub = TestHub::start(&format!("{}{roles}", native())).await;
    hub.window().api(Method::POST, "/hub/api/labdeck/claim", Some(json!({ "name": "grace" }))).await;
    let helper = hub.program("mod", &[]).await;
    for name in ["ada", "aud"] {
        hub.add(name).await;
    }
    (hub, helper)
}

#[tokio::test]
async fn a_link_made_before_a_promotion_is_dead_after_it() {
    let (hub, helper) = with_helper().await;
    let made = helper.api(Method::POST, "/hub/api/labdeck/users/ada/invitation", None).await;
    let link = made["url"].as_str().unwrap();
    assert_eq!(hub.browser().get(link).await.status, 200);
    hub.window().api(Method::PATCH, "/hub/api/users/ada", Some(json!({ "admin": true }))).await;
    assert_eq!(hub.browser().get(link).await.status, 404);
}

#[tokio::test]
async fn nobody_but_an_admin_makes_a_link_for_somebody_who_may_more() {
    let (_hub, helper) = with_helper().await;
    for (name, expected) in [("grace", 403), ("aud", 403), ("ada", 201)] {
        let path = format!("/hub/api/labdeck/users/{name}/invitation");
        let answer = helper.json(Method::POST, &path, None).await;
        assert_eq!(answer.status, expected, "{name}: {}", answer.body);
    }
}
