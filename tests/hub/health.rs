//! What is on every answer: headers that browsers obey, no matter which page, call or error it is.

use http::Method;
use labdeck_testkit::Page;

use crate::support::{TestHub, simple, simple_with};

fn guarded(path: &str, page: &Page) {
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
    assert_eq!(page.header("x-jupyterhub-version"), Some("6.1.1"), "{path}");
    assert!(page.header("server").is_none(), "{path}: {:?}", page.header("server"));
    let kind = page.header("content-type").unwrap_or_default();
    if kind.starts_with("text/html") {
        let policy = page.header("content-security-policy").unwrap_or_else(|| panic!("{path} has no policy"));
        for rule in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert!(!page.body.contains("<script>") && !page.body.contains(" onclick="), "{path} has script of its own");
    }
}

#[tokio::test]
async fn every_page_and_every_error_carries_the_headers() {
    let hub = TestHub::start(&simple()).await;
    let (anybody, ada) = (hub.browser(), hub.signed_in("ada").await);
    for path in [
        "/hub/login",
        "/hub/nothing",
        "/hub/error/503",
        "/hub/invitation?code=x",
        "/hub/ticket?code=x",
        "/hub/static/pages.css",
        "/hub/logo",
        "/hub/health",
    ] {
        guarded(path, &anybody.get(path).await);
    }
    for path in [
        "/hub/home",
        "/hub/token",
        "/hub/account",
        "/hub/spawn",
        "/hub/user/ada/lab",
        "/hub/spawn-pending/ada",
        "/hub/api/oauth2/authorize",
        "/hub/user/nobody/x",
    ] {
        guarded(path, &ada.get(path).await);
    }
    for path in ["/hub/api", "/hub/api/user", "/hub/api/users", "/hub/api/nothing", "/hub/api/labdeck/events"] {
        guarded(path, &anybody.get_only(path).await);
    }
    guarded("a post to nowhere", &anybody.post_form_only("/hub/nothing", &[("a", "b")]).await);
    guarded("a bad body", &hub.window().request(Method::POST, "/hub/api/users", &[], "{").await);
}

#[tokio::test]
async fn api_answers_are_json_and_may_not_be_framed_or_run() {
    let hub = TestHub::start(&simple()).await;
    for path in ["/hub/api", "/hub/api/user", "/hub/api/nothing"] {
        let page = hub.browser().get_only(path).await;
        assert_eq!(page.header("content-type"), Some("application/json"), "{path}");
        let policy = page.header("content-security-policy").unwrap_or_default();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy:?}"
        );
    }
}

#[tokio::test]
async fn health_and_version_need_nobody() {
    let hub = TestHub::start(&simple()).await;
    for path in ["/hub/health", "/hub/api/health"] {
        let page = hub.browser().get_only(path).await;
        assert_eq!((page.status.as_u16(), page.body.as_str()), (200, ""), "{path}");
        assert_eq!(hub.browser().request(Method::HEAD, path, &[], "").await.status, 200, "{path}");
    }
    for path in ["/hub/api", "/hub/api/"] {
        assert_eq!(hub.browser().get_only(path).await.value()["version"], "6.1.1", "{path}");
    }
}

#[tokio::test]
async fn methods_that_nobody_needs_are_refused() {
    let hub = TestHub::start(&simple()).await;
    for method in ["TRACE", "CONNECT", "PROPFIND", "BREW"] {
        let request = http::Method::from_bytes(method.as_bytes()).unwrap();
        if method != "CONNECT" {
            let page = hub.browser().request(request, "/hub/login", &[], "").await;
            assert!([405, 501].contains(&page.status.as_u16()), "{method}: {}", page.status);
        }
    }
}

#[tokio::test]
async fn a_hub_below_a_path_keeps_to_it() {
    let toml = simple_with("", "").replace("http://127.0.0.1:0", "http://127.0.0.1:0/lab/");
    let hub = TestHub::start(&toml).await;
    let browser = hub.browser();
    let outside = browser.get_only("/").await;
    assert!(outside.redirect().unwrap().starts_with("/lab/"), "{:?}", outside.redirect());
    let page = crate::support::sign_in_at(&browser, "/lab/hub/home", "ada", "pw").await;
    assert_eq!((page.status.as_u16(), page.path.as_str()), (200, "/lab/hub/home"));
    let version = browser.get_only("/lab/hub/api").await;
    assert_eq!(version.value()["version"], "6.1.1");
    assert!(
        !page.body.contains("\"/hub/") && !page.body.contains("=\"&#x2f;hub"),
        "a link outside the path: {}",
        page.body
    );
}
