//! The pages row by row, as JupyterHub's contract lists them: which path answers what to whom.

use http::Method;
use labdeck_testkit::{Browser, Page};

use crate::support::{TestHub, simple, simple_with};

/// Status and where it leads.
fn seen(page: &Page) -> (u16, String) {
    (page.status.as_u16(), page.redirect().unwrap_or_default())
}

async fn get(browser: &Browser, path: &str) -> (u16, String) {
    seen(&browser.get_only(path).await)
}

async fn hub() -> (TestHub, Browser) {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.signed_in("ada").await;
    (hub, ada)
}

fn to(path: &str) -> (u16, String) {
    (302, path.to_owned())
}

#[tokio::test]
async fn what_lies_outside_the_hub_is_sent_into_it() {
    for base in ["/", "/lab/"] {
        let hub = TestHub::start(&simple_with(&format!("base_url = {base:?}"), "")).await;
        let browser = hub.browser();
        let path = |rest: &str| format!("{base}{rest}");
        for (rest, wanted) in [
            ("elsewhere?a=1&b=%20", (302, "hub/elsewhere?a=1&b=%20")),
            ("user/ada", (301, "user/ada/")),
            ("services/web", (301, "services/web/")),
            ("user/ada/lab?a=1", (302, "hub/user/ada/lab?a=1")),
            ("hub", (301, "hub/")),
            ("hub?a=1", (301, "hub/?a=1")),
        ] {
            let wanted = (wanted.0, path(wanted.1));
            assert_eq!(get(&browser, &path(rest)).await, wanted, "{base} {rest}");
        }
        for (method, rest, status) in
            [(Method::POST, "elsewhere", 405), (Method::POST, "user/ada/api", 403), (Method::PUT, "hub/login", 405)]
        {
            let page = browser.request(method.clone(), &path(rest), &[], "").await;
            assert_eq!(page.status, status, "{method} {rest}");
        }
        let there = get(&browser, &path("hub/home?a=1")).await;
        assert_eq!(there, to(&format!("{base}hub/login?next={}home%3Fa%3D1", path("hub/").replace('/', "%2F"))));
    }
}

#[tokio::test]
async fn whoever_is_signed_in_is_led_where_they_want() {
    let (hub, ada) = hub().await;
    assert_eq!(get(&ada, "/hub/").await, to("/hub/home"));
    assert_eq!(get(&ada, "/hub/?next=%2Fhub%2Ftoken").await, to("/hub/token"));
    assert_eq!(get(&ada, "/hub/login?next=%2Fhub%2Ftoken").await, to("/hub/token"));
    assert_eq!(get(&ada, "/hub/?next=%2F%2Fevil.example").await, to("/hub/home"));
    let files = "/hub/user-redirect/lab/tree/x.ipynb?a=1&b=2";
    let next = "%2Fuser%2Fada%2Flab%2Ftree%2Fx.ipynb%3Fa%3D1%26b%3D2";
    assert_eq!(get(&ada, files).await, to(&format!("/hub/spawn/ada?next={next}")));
    let visitor = get(&hub.browser(), files).await;
    assert!(visitor.1.starts_with("/hub/login?next=%2Fhub%2Fuser-redirect%2Flab"), "{visitor:?}");
    hub.start_server(&hub.window(), "ada", "").await;
    assert_eq!(get(&ada, "/hub/").await, to("/user/ada/"), "once it serves");
}

#[tokio::test]
async fn starting_follows_the_servers_state() {
    let (hub, ada) = hub().await;
    let form = ada.get("/hub/spawn/ada").await;
    assert_eq!(form.status, 200);
    assert!(form.field("_xsrf").is_some(), "{}", form.body);
    assert_eq!(ada.get("/hub/spawn-pending/ada").await.status, 200, "not running");
    for other in ["/hub/spawn/bo", "/hub/spawn-pending/bo", "/hub/spawn/nobody"] {
        assert!([403, 404].contains(&ada.get(other).await.status.as_u16()), "{other}");
    }
    let xsrf = form.field("_xsrf").unwrap();
    let started = ada.post_form_only("/hub/spawn/ada?next=%2Fhub%2Ftoken", &[("_xsrf", &xsrf)]).await;
    assert_eq!(seen(&started), to("/hub/spawn-pending/ada?next=%2Fhub%2Ftoken"));
    hub.until_ready("ada", "").await;
    assert_eq!(get(&ada, "/hub/spawn/ada").await, to("/user/ada/"));
    assert_eq!(get(&ada, "/hub/spawn?next=%2Fhub%2Ftoken").await, to("/hub/token"));
    assert_eq!(get(&ada, "/hub/spawn-pending/ada").await, to("/user/ada/"));
    assert_eq!(get(&ada, "/hub/user/ada/lab?a=1").await, to("/user/ada/lab?a=1&redirects=1"));
    let again = ada.post_form("/hub/spawn/ada", &[("_xsrf", &xsrf)]).await;
    assert_eq!(again.status, 400, "it runs already: {}", again.body);
    hub.window().json(Method::DELETE, "/hub/api/users/ada/server", None).await;
    hub.until_stopped("ada", "").await;
    let waiting = ada.get("/hub/spawn-pending/ada").await;
    assert_eq!((waiting.status.as_u16(), waiting.body.contains("is not running")), (200, true), "it starts nothing");
    assert_eq!(hub.until_stopped("ada", "").await["ready"], false);
}

#[tokio::test]
async fn a_start_under_way_shows_its_progress_and_a_stop_of_that_server() {
    let dir = tempfile::tempdir().unwrap();
    let gate = dir.path().join("gate");
    let toml = simple_with("", &format!("environment = {{ FAKE_GATE = {gate:?} }}"));
    let hub = TestHub::start(&toml).await;
    let ada = hub.signed_in("ada").await;
    let xsrf = ada.get("/hub/spawn/ada/gpu").await.field("_xsrf").unwrap();
    let page = ada.post_form("/hub/spawn/ada/gpu", &[("_xsrf", &xsrf)]).await;
    assert_eq!((page.status.as_u16(), page.path.as_str()), (200, "/hub/spawn-pending/ada/gpu"));
    assert!(page.body.contains("data-progress=\"/hub/api/users/ada/servers/gpu/progress?_xsrf="), "{}", page.body);
    assert!(page.body.contains("action=\"/hub/stop/ada/gpu\""), "{}", page.body);
    assert_eq!(get(&ada, "/hub/spawn/ada/gpu").await, to("/hub/spawn-pending/ada/gpu"));
    assert_eq!(
        get(&ada, "/hub/user/ada/gpu/lab").await,
        (303, "/hub/spawn-pending/ada/gpu?next=%2Fuser%2Fada%2Fgpu%2Flab".to_owned())
    );
    ada.post_form_only("/hub/stop/ada/gpu", &[("_xsrf", &xsrf)]).await;
    hub.until_stopped("ada", "gpu").await;
}

#[tokio::test]
async fn a_server_at_rest_is_a_page_for_people_and_424_for_programs() {
    let (hub, ada) = hub().await;
    let page = ada.get("/hub/user/ada/lab?a=1").await;
    assert_eq!(page.status, 424);
    assert!(page.body.contains("is not running") && page.body.contains("/hub/spawn/ada?next="), "{}", page.body);
    let json = [("accept", "application/json")];
    for (method, path, headers) in [
        (Method::GET, "/hub/user/ada/api/kernels", &[][..]),
        (Method::GET, "/hub/user/ada/lab", &json[..]),
        (Method::POST, "/hub/user/ada/api/kernels", &[]),
        (Method::DELETE, "/hub/user/ada/api/kernels", &[]),
    ] {
        let gone = ada.request(method.clone(), path, headers, "").await;
        assert_eq!(gone.status, 424, "{method} {path}");
        let words = format!("JupyterHub server no longer running at {}.", path.replace("/hub/", "/"));
        assert!(gone.message().starts_with(&words), "{method} {path}: {}", gone.body);
    }
    let program = hub.program("ada", &[]).await;
    assert_eq!(program.get("/user/ada/api/kernels").await.status, 424, "by token");
    assert_eq!(ada.get("/hub/user/bo/api/kernels").await.status, 404);
}

#[tokio::test]
async fn pages_that_are_none_and_those_of_the_proxy() {
    let (hub, ada) = hub().await;
    for (browser, path, status) in [
        (&ada, "/hub/absent", 404),
        (&hub.browser(), "/hub/absent", 404),
        (&ada, "/hub/error/404", 200),
        (&ada, "/hub/error/503", 200),
        (&ada, "/hub/error/abc", 404),
        (&ada, "/hub/static/absent.css", 404),
        (&hub.browser(), "/hub/health", 200),
    ] {
        assert_eq!(browser.get(path).await.status, status, "{path}");
    }
    assert!(ada.get("/hub/absent").await.body.contains("There is nothing here"));
    let api = ada.get("/hub/api/absent").await;
    assert_eq!((api.status.as_u16(), api.header("content-type")), (404, Some("application/json")));
    let health = hub.browser().request(Method::HEAD, "/hub/health", &[], "").await;
    assert_eq!((health.status.as_u16(), health.body.as_str()), (200, ""));
    assert!(ada.get("/hub/logo").await.header("content-type").unwrap().starts_with("image/"));
}

#[tokio::test]
async fn every_page_says_what_answers_and_what_may_run_in_it() {
    let (hub, ada) = hub().await;
    for (browser, path) in [
        (&ada, "/hub/home"),
        (&ada, "/hub/token"),
        (&ada, "/hub/sharing"),
        (&ada, "/hub/account"),
        (&ada, "/hub/absent"),
        (&ada, "/hub/spawn"),
        (&hub.browser(), "/hub/login"),
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert_eq!(page.header("x-jupyterhub-version"), Some("6.1.1"), "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("script-src 'self';"), "{path}: {policy}");
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
    }
}

#[tokio::test]
async fn a_named_server_that_is_off_can_be_deleted_and_its_files_are_kept() {
    let (hub, ada) = hub().await;
    let home = hub.with_files("ada", "gpu").await;
    let path = "/hub/delete/ada/gpu";
    let form = ada.get("/hub/home").await;
    let xsrf = form.field("_xsrf").unwrap();
    assert_eq!(ada.post_form(path, &[]).await.status, 403, "without the form's token");
    hub.start_server(&hub.window(), "ada", "gpu").await;
    let early = ada.post_form(path, &[("_xsrf", &xsrf)]).await;
    assert_eq!(early.status, 409, "{}", early.body);
    assert!(early.body.contains("Stop it first"), "{}", early.body);
    assert!(!ada.get("/hub/home").await.body.contains(path), "no button while it runs");
    ada.post_form("/hub/stop/ada/gpu", &[("_xsrf", &xsrf)]).await;
    let off = ada.get("/hub/home").await;
    assert!(off.body.contains(path) && !off.body.contains("\"/hub/delete/ada\""), "{}", off.body);
    assert_eq!(seen(&ada.post_form_only(path, &[("_xsrf", &xsrf)]).await), to("/hub/home"));
    assert!(!ada.get("/hub/home").await.body.contains(path));
    assert!(home.join("work/paper.ipynb").exists());
    assert_eq!(ada.post_form(path, &[("_xsrf", &xsrf)]).await.status, 404);
    assert_eq!(ada.post_form("/hub/delete/bo/gpu", &[("_xsrf", &xsrf)]).await.status, 404);
}
