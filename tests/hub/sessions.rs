//! Browser sessions: what logging out ends, what a second tab or a planted cookie can do.

use http::Method;
use labdeck_testkit::{Browser, Page};

use crate::support::{PASSWORD, TestHub, choose_password, simple};

const LOGIN: &str = "jupyterhub-hub-login";

async fn with_server() -> (TestHub, Browser) {
    let hub = TestHub::start(&simple()).await;
    let program = hub.program("ada", &[]).await;
    hub.start_server(&program, "ada", "").await;
    let ada = hub.signed_in("ada").await;
    assert_eq!(ada.get("/user/ada/lab").await.body, "ada sees lab of /user/ada/");
    (hub, ada)
}

/// The same cookies in another tab that nobody told anything.
fn second_tab(hub: &TestHub, first: &Browser) -> Browser {
    let tab = hub.browser();
    for (name, path) in
        [(LOGIN, "/hub/"), ("_xsrf", "/hub/"), ("jupyterhub-session-id", "/"), ("jupyterhub-user-ada", "/user/ada/")]
    {
        if let Some(value) = first.cookie(name) {
            tab.plant_cookie(name, &value, path);
        }
    }
    tab
}

#[tokio::test]
async fn logging_out_ends_the_servers_tokens_of_this_session() {
    let (hub, ada) = with_server().await;
    let elsewhere = hub.signed_in("ada").await;
    assert_eq!(elsewhere.get("/user/ada/lab").await.status, 200);
    let tab = second_tab(&hub, &ada);
    let out = ada.get("/hub/logout").await;
    assert!(out.path.starts_with("/hub/login"), "{}", out.path);
    assert_eq!(ada.cookie(LOGIN), None);
    // The server's own cookie is still in the other tab, and is worth nothing.
    assert!(tab.get("/user/ada/lab").await.path.starts_with("/hub/login"));
    assert_eq!(elsewhere.get("/user/ada/lab").await.status, 200, "the other computer is still signed in");
}

#[tokio::test]
async fn a_tab_that_keeps_asking_does_not_bring_a_session_back() {
    let (hub, ada) = with_server().await;
    let tab = second_tab(&hub, &ada);
    assert_eq!(tab.get("/hub/home").await.path, "/hub/home");
    ada.get("/hub/logout").await;
    for path in ["/hub/home", "/hub/", "/hub/api/user", "/hub/login", "/hub/token"] {
        let page = tab.get_only(path).await;
        let gives = |line: &str, name: &str| {
            line.split_once('=').is_some_and(|(left, value)| left == name && !value.starts_with(';'))
        };
        let revived = page.set_cookies().iter().any(|line| gives(line, LOGIN) || gives(line, "jupyterhub-session-id"));
        assert!(!revived, "{path}: {:?}", page.set_cookies());
        assert_ne!((path, page.status.as_u16()), ("/hub/home", 200));
    }
}

#[tokio::test]
async fn logging_out_takes_all_cookies_back() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.signed_in("ada").await;
    let page = ada.get_only("/hub/logout").await;
    let cleared = page.set_cookies().join("\n");
    for name in [LOGIN, "jupyterhub-session-id", "jupyterhub-services", "_xsrf"] {
        assert!(cleared.contains(&format!("{name}=;")), "{name}: {cleared}");
    }
    assert_eq!(hub.browser().get_only("/hub/logout").await.status, 302, "also for who is not signed in");
}

#[tokio::test]
async fn a_session_is_new_at_every_sign_in() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.signed_in("ada").await;
    let before = (ada.cookie(LOGIN).unwrap(), ada.cookie("jupyterhub-session-id").unwrap());
    ada.get("/hub/logout").await;
    ada.plant_cookie("jupyterhub-session-id", "chosen-by-somebody-else", "/");
    hub.sign_in(&ada, "ada", "pw").await;
    assert_ne!(ada.cookie(LOGIN).unwrap(), before.0);
    let after = ada.cookie("jupyterhub-session-id").unwrap();
    assert!(after != before.1 && after != "chosen-by-somebody-else");
}

#[tokio::test]
async fn a_planted_cookie_is_passed_over() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.signed_in("ada").await;
    let own = ada.cookie(LOGIN).unwrap();
    let line = |cookies: &[&str]| cookies.iter().map(|value| format!("{LOGIN}={value}")).collect::<Vec<_>>().join("; ");
    let who = async |cookies: &[&str]| {
        let page = hub.browser().request(Method::GET, "/hub/api/user", &[("cookie", &line(cookies))], "").await;
        (page.status == 200).then(|| page.value()["name"].as_str().unwrap().to_owned())
    };
    assert_eq!(who(&[&own]).await.as_deref(), Some("ada"));
    assert_eq!(who(&["junk", &own]).await.as_deref(), Some("ada"));
    assert_eq!(who(&[&own, "junk"]).await.as_deref(), Some("ada"));
    assert_eq!(who(&["junk", "more"]).await, None);
}

#[tokio::test]
async fn two_sign_ins_in_one_request_are_nobodys() {
    let hub = TestHub::start(&simple()).await;
    let (ada, eve) = (hub.signed_in("ada").await, hub.signed_in("eve").await);
    let (adas, eves) = (ada.cookie(LOGIN).unwrap(), eve.cookie(LOGIN).unwrap());
    // A script on eve's server plants eve's own sign-in beside ada's, with a longer path so that it comes first.
    for line in [format!("{LOGIN}={eves}; {LOGIN}={adas}"), format!("{LOGIN}={adas}; {LOGIN}={eves}")] {
        for path in ["/hub/api/user", "/hub/home"] {
            let page = hub.browser().request(Method::GET, path, &[("cookie", &line)], "").await;
            assert!(!page.body.contains("eve"), "{path}: {} {}", page.status, page.body);
        }
    }
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_everywhere_else() {
    let hub = TestHub::owned().await;
    let (first, second) = (hub.came_in("ada").await, hub.browser());
    hub.sign_in(&second, "ada", PASSWORD).await;
    let page = first.get("/hub/account").await;
    let xsrf = page.field("_xsrf").unwrap();
    let form = [
        ("_xsrf", xsrf.as_str()),
        ("old_password", "wrong"),
        ("password", "eight blue herons"),
        ("new_password", "eight blue herons"),
    ];
    let refused = first.post_form("/hub/account/password", &form).await;
    assert!(refused.status.is_client_error(), "{}", refused.status);
    assert_eq!(second.get("/hub/home").await.path, "/hub/home");
    let link = hub.invite("ada").await["url"].as_str().unwrap().to_owned();
    let third = hub.browser();
    assert_eq!(choose_password(&third, &link, "eight blue herons").await.path, "/hub/home");
    assert!(first.get("/hub/home").await.path.starts_with("/hub/login"));
    assert!(second.get("/hub/home").await.path.starts_with("/hub/login"));
    assert_eq!(hub.sign_in(&hub.browser(), "ada", PASSWORD).await.status, 403, "the old password is gone");
}

#[tokio::test]
async fn a_removed_user_is_signed_out_everywhere() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.signed_in("ada").await;
    hub.window().api(Method::DELETE, "/hub/api/users/ada", None).await;
    assert!(ada.get("/hub/home").await.path.starts_with("/hub/login"));
    assert_eq!(ada.json(Method::GET, "/hub/api/user", None).await.status, 403);
}

#[tokio::test]
async fn sessions_are_kept_as_hashes_only() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.signed_in("ada").await;
    let cookie = ada.cookie(LOGIN).unwrap();
    let data = hub.data_dir();
    let _dir = hub.stop().await;
    for file in std::fs::read_dir(&data).unwrap().flatten().filter(|file| file.path().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        assert!(!bytes.windows(cookie.len()).any(|window| window == cookie.as_bytes()), "{:?}", file.path());
    }
}

/// Ada signed in at a hub with passwords of its own, and the token that her server got through that session.
async fn with_servers_token() -> (TestHub, Browser, Browser) {
    let hub = TestHub::owned().await;
    let ada = hub.came_in("ada").await;
    hub.start_server(&hub.program("ada", &[]).await, "ada", "").await;
    assert_eq!(ada.get("/user/ada/lab").await.body, "ada sees lab of /user/ada/");
    let token = hub.browser().with_token(&ada.cookie("jupyterhub-user-ada").unwrap());
    assert_eq!(token.json(Method::GET, "/hub/api/user", None).await.status, 200);
    (hub, ada, token)
}

async fn change_password(browser: &Browser, old: &str, new: &str) -> Page {
    let xsrf = browser.get("/hub/account").await.field("_xsrf").unwrap();
    let form = [("_xsrf", xsrf.as_str()), ("old_password", old), ("password", new)];
    browser.post_form("/hub/account/password", &form).await
}

#[tokio::test]
async fn a_new_sign_in_link_ends_what_servers_got_through_older_sessions() {
    let (hub, _ada, token) = with_servers_token().await;
    let link = hub.invite("ada").await["url"].as_str().unwrap().to_owned();
    choose_password(&hub.browser(), &link, "eight blue herons").await;
    assert_eq!(token.json(Method::GET, "/hub/api/user", None).await.status, 403);
}

#[tokio::test]
async fn a_new_password_ends_what_servers_got_through_other_sessions() {
    let (hub, _ada, token) = with_servers_token().await;
    let other = hub.browser();
    hub.sign_in(&other, "ada", PASSWORD).await;
    let page = change_password(&other, PASSWORD, "eight blue herons").await;
    assert_eq!(page.path, "/hub/account?done=password", "{}", page.body);
    assert_eq!(token.json(Method::GET, "/hub/api/user", None).await.status, 403);
    assert_eq!(other.get("/hub/home").await.path, "/hub/home", "who changed it stays");
}

#[tokio::test]
async fn a_new_password_kills_earlier_links() {
    let hub = TestHub::owned().await;
    let ada = hub.came_in("ada").await;
    let link = hub.invite("ada").await["url"].as_str().unwrap().to_owned();
    change_password(&ada, PASSWORD, "eight blue herons").await;
    assert_eq!(hub.browser().get(&link).await.status, 404);
}

#[tokio::test]
async fn guessing_the_old_password_is_held_up() {
    let hub = TestHub::owned().await;
    let ada = hub.came_in("ada").await;
    let mut statuses = Vec::new();
    while statuses.len() < 40 && statuses.last() != Some(&429) {
        statuses.push(change_password(&ada, "a wrong guess", "eight blue herons").await.status.as_u16());
    }
    assert_eq!((statuses[0], statuses.last()), (403, Some(&429)), "{statuses:?}");
}
