//! Asking for access: from the page that says no, to the page on which the owner answers.

use http::Method;
use labdeck_testkit::{Browser, Page, eventually};
use serde_json::{Value, json};

use crate::support::{SHORT, TestHub, simple, simple_with};

const PAGE: &str = "/hub/sharing";

async fn hub() -> (TestHub, Browser, Browser) {
    let hub = TestHub::start(&simple()).await;
    let (ada, bo) = (hub.signed_in("ada").await, hub.signed_in("bo").await);
    (hub, ada, bo)
}

async fn send(browser: &Browser, to: &str, fields: &[(&str, &str)]) -> Page {
    let xsrf = browser.get(PAGE).await.field("_xsrf").unwrap();
    let mut all = vec![("_xsrf", xsrf.as_str())];
    all.extend_from_slice(fields);
    browser.post_form(to, &all).await
}

async fn ask(browser: &Browser, owner: &str, why: &str) -> Page {
    send(browser, "/hub/sharing/ask", &[("owner", owner), ("server", ""), ("why", why)]).await
}

/// The number of the only request on the owner's page.
async fn request(owner: &Browser) -> String {
    owner.get(PAGE).await.field("request").expect("a request")
}

async fn answer(owner: &Browser, request: &str, word: &str) -> Page {
    send(owner, "/hub/sharing/answer", &[("request", request), ("answer", word), ("ends", "3600")]).await
}

async fn is_asked(owner: &Browser) -> bool {
    owner.get(PAGE).await.body.contains("They ask you")
}

#[tokio::test]
async fn who_is_refused_asks_and_the_owner_lets_them_in() {
    let (hub, ada, bo) = hub().await;
    let refused = bo.get("/hub/user/ada/lab").await;
    assert_eq!(refused.status, 404);
    assert!(refused.body.contains("Ask <bdi>ada</bdi> for access"), "{}", refused.body);
    let xsrf = refused.field("_xsrf").unwrap();
    let form = [("_xsrf", xsrf.as_str()), ("owner", "ada"), ("server", ""), ("why", "the <figures> for Friday")];
    let asked = bo.post_form("/hub/sharing/ask", &form).await;
    assert!(asked.body.contains("You asked."), "{}", asked.body);
    let home = ada.get("/hub/home").await;
    assert!(home.body.contains("asks to use your server"), "{}", home.body);
    let page = ada.get(PAGE).await;
    assert!(page.body.contains("the &lt;figures&gt; for Friday"), "{}", page.body);
    let allowed = answer(&ada, &request(&ada).await, "allow").await;
    assert!(allowed.body.contains("It is shared with them now."), "{}", allowed.body);
    assert!(!is_asked(&ada).await);
    assert!(bo.get(PAGE).await.body.contains("you may open it and work in it"));
    let shares = hub.window().api(Method::GET, "/hub/api/shares/ada/", None).await;
    assert!(shares["items"][0]["labdeck_expires_at"].is_string(), "{shares}");
}

#[tokio::test]
async fn a_running_servers_refusal_offers_to_ask_too() {
    let (hub, ada, bo) = hub().await;
    hub.start_server(&hub.window(), "ada", "").await;
    assert!(ada.get("/user/ada/lab").await.body.contains("ada sees lab"));
    let refused = bo.get("/user/ada/lab").await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("Ask <bdi>ada</bdi> for access"), "{}", refused.body);
    let program = bo.request(Method::GET, &refused.path, &[("accept", "application/json")], "").await;
    assert_eq!(program.status, 403);
    assert_eq!(program.message(), "You do not have permission to access the server ada.");
}

#[tokio::test]
async fn a_no_is_told_to_nobody_and_holds() {
    let (_hub, ada, bo) = hub().await;
    let first = ask(&bo, "ada", "please").await;
    let number = request(&ada).await;
    answer(&ada, &number, "decline").await;
    let again = ask(&bo, "ada", "please, please").await;
    assert_eq!((again.status, again.path), (first.status, first.path));
    assert!(!is_asked(&ada).await);
    assert_eq!(answer(&ada, &number, "allow").await.status, 404, "it was answered");
}

#[tokio::test]
async fn nobody_learns_who_is_here_by_asking() {
    let (hub, ada, bo) = hub().await;
    let plain = |page: &Page, name: &str| page.body.replace(name, "NAME");
    let (known, unknown) = (bo.get("/hub/user/ada/").await, bo.get("/hub/user/nobody/").await);
    assert_eq!(known.status, unknown.status);
    assert_eq!(plain(&known, "ada"), plain(&unknown, "nobody"));
    let (asked, of_nobody) = (ask(&bo, "ada", "").await, ask(&bo, "nobody", "").await);
    assert_eq!((asked.status, asked.path), (of_nobody.status, of_nobody.path));
    hub.start_server(&hub.window(), "ada", "gpu").await;
    hub.window().api(Method::DELETE, "/hub/api/users/ada/servers/gpu", None).await;
    hub.until_stopped("ada", "gpu").await;
    let (named, unnamed) = (bo.get("/hub/user/ada/gpu/").await, bo.get("/hub/user/ada/gpx/").await);
    assert_eq!((named.status.as_u16(), unnamed.status.as_u16()), (404, 404));
    assert_eq!(plain(&named, "gpu"), plain(&unnamed, "gpx"));
    for name in ["ada", "nobody"] {
        let visitor = hub.browser().get_only(&format!("/hub/user/{name}/")).await;
        assert_eq!(visitor.redirect(), Some(format!("/hub/login?next=%2Fhub%2Fuser%2F{name}%2F")));
        assert_eq!(hub.browser().post_form("/hub/sharing/ask", &[("owner", name)]).await.status, 403);
    }
    assert_eq!(ask(&ada, "ada", "").await.status, 400, "one's own");
}

#[tokio::test]
async fn a_page_of_the_default_server_asks_for_that() {
    let (_hub, ada, bo) = hub().await;
    let refused = bo.get("/hub/user/ada/lab").await;
    let server = refused.field("server").unwrap();
    send(&bo, "/hub/sharing/ask", &[("owner", "ada"), ("server", &server)]).await;
    let page = ada.get(PAGE).await;
    assert!(page.body.contains("asks to use your server") && !page.body.contains("<bdi>lab</bdi>"), "{}", page.body);
}

#[tokio::test]
async fn one_request_for_each_server_and_not_too_many_by_one() {
    let (hub, ada, bo) = hub().await;
    for n in 0..20 {
        // Every other of them is nobody: the limit must not tell which.
        if n % 2 == 0 {
            hub.add(&format!("user{n}")).await;
        }
        assert_eq!(ask(&bo, &format!("user{n}"), "").await.status, 200);
    }
    for name in ["ada", "nobody"] {
        assert_eq!(ask(&bo, name, "").await.status, 429, "{name}");
    }
    assert!(!is_asked(&ada).await);
    assert_eq!(ask(&bo, "user0", "once more").await.status, 200, "that one is there already");
    let owner = hub.signed_in("user0").await;
    assert_eq!(owner.get(PAGE).await.body.matches("name=\"request\"").count(), 1);
}

#[tokio::test]
async fn requests_follow_names_and_go_with_those_concerned() {
    let (hub, ada, bo) = hub().await;
    ask(&bo, "ada", "one").await;
    hub.window().api(Method::PATCH, "/hub/api/users/bo", Some(json!({ "name": "bob" }))).await;
    let page = ada.get(PAGE).await;
    assert!(page.body.contains("<bdi class=\"strong\">bob</bdi> asks"), "{}", page.body);
    assert_eq!(hub.window().json(Method::DELETE, "/hub/api/users/bob", None).await.status, 204);
    assert!(!is_asked(&ada).await);
    let cid = hub.signed_in("cid").await;
    hub.start_server(&hub.window(), "ada", "gpu").await;
    send(&cid, "/hub/sharing/ask", &[("owner", "ada"), ("server", "gpu")]).await;
    assert!(ada.get(PAGE).await.body.contains("asks to use your server <bdi>gpu</bdi>"));
    let path = "/hub/api/users/ada/servers/gpu";
    let removed = hub.window().json(Method::DELETE, path, Some(json!({ "remove": true }))).await;
    assert!(removed.status.is_success(), "{}", removed.body);
    eventually("it is gone", SHORT, || async { (!is_asked(&ada).await).then_some(()) }).await;
}

#[tokio::test]
async fn where_people_do_not_share_nobody_is_asked() {
    let hub = TestHub::start(&simple_with("people_may_share = false", "")).await;
    let bo = hub.signed_in("bo").await;
    hub.add("ada").await;
    assert!(!bo.get("/hub/user/ada/").await.body.contains("for access"));
    assert_eq!(ask(&bo, "ada", "").await.status, 403);
}

#[tokio::test]
async fn what_was_asked_before_rests_where_people_do_not_share() {
    let (hub, ada, bo) = hub().await;
    ask(&bo, "ada", "").await;
    assert!(is_asked(&ada).await);
    let dir = hub.stop().await;
    std::fs::write(dir.path().join("data/labdeck.toml"), simple_with("people_may_share = false", "")).unwrap();
    let hub = TestHub::start_in(dir).await;
    let ada = hub.signed_in("ada").await;
    assert!(!is_asked(&ada).await);
    assert!(!ada.get("/hub/home").await.body.contains("asks to use your server"));
}

#[tokio::test]
async fn an_owner_hears_of_a_request_as_it_comes_and_nobody_else() {
    let (hub, ada, bo) = hub().await;
    let told = |event: &Value| ["access_requests_changed", "shares_changed"].iter().any(|kind| event["type"] == *kind);
    let mut hers = ada.events("/hub/api/labdeck/events", &[]).await;
    let mut his = bo.events("/hub/api/labdeck/events", &[]).await;
    ask(&bo, "nobody", "").await;
    ask(&bo, "ada", "").await;
    let asked = hers.find(SHORT, told).await.data;
    assert_eq!((&asked["type"], &asked["user"]), (&json!("access_requests_changed"), &json!("ada")));
    answer(&ada, &request(&ada).await, "allow").await;
    assert_eq!(his.find(SHORT, told).await.data["type"], "shares_changed", "the first that he hears is the yes");
    let mut again = bo.events("/hub/api/labdeck/events", &[]).await;
    drop(his);
    let cid = hub.signed_in("cid").await;
    ask(&cid, "ada", "").await;
    answer(&ada, &request(&ada).await, "decline").await;
    ask(&cid, "bo", "").await;
    assert_eq!(again.find(SHORT, told).await.data["user"], "bo", "of a no he hears nothing");
}
