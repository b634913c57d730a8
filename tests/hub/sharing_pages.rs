//! Sharing in a browser: the page *Sharing*, and the page that a link leads to.

use http::Method;
use labdeck_testkit::{Browser, Page};
use serde_json::json;

use crate::support::{TestHub, simple, simple_with};

const PAGE: &str = "/hub/sharing";

async fn hub() -> (TestHub, Browser, Browser) {
    let hub = TestHub::start(&simple()).await;
    let (ada, bo) = (hub.signed_in("ada").await, hub.signed_in("bo").await);
    (hub, ada, bo)
}

/// Sends a form with the token of the page that it stands on.
async fn send(browser: &Browser, to: &str, fields: &[(&str, &str)]) -> Page {
    let xsrf = browser.get(PAGE).await.field("_xsrf").unwrap();
    let mut all = vec![("_xsrf", xsrf.as_str())];
    all.extend_from_slice(fields);
    browser.post_form(to, &all).await
}

/// A new link of ada's, as a path.
async fn link(ada: &Browser) -> String {
    let page = send(ada, PAGE, &[("whom", "link"), ("ends", "3600")]).await;
    let start = page.body.find("/hub/accept-share?code=").unwrap_or_else(|| panic!("{}", page.body));
    page.body[start..].split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn everybody_can_share_with_a_person_and_take_it_back() {
    let (hub, ada, bo) = hub().await;
    let page = send(&ada, PAGE, &[("whom", "user"), ("name", "bo"), ("ends", "86400")]).await;
    assert_eq!((page.status.as_u16(), page.path.as_str()), (200, "/hub/sharing?done=shared"), "{}", page.body);
    assert!(page.body.contains("has your server") && page.body.contains("It is shared."), "{}", page.body);
    let his = bo.get(PAGE).await;
    assert!(his.body.contains("you may open it and work in it"), "{}", his.body);
    let listed = hub.window().api(Method::GET, "/hub/api/shares/ada/", None).await;
    assert!(listed["items"][0]["labdeck_expires_at"].is_string(), "{listed}");
    let page = send(&ada, "/hub/sharing/revoke", &[("user", "bo")]).await;
    assert!(page.body.contains("It is taken back"), "{}", page.body);
    assert!(bo.get(PAGE).await.body.contains("Nothing yet."));
}

#[tokio::test]
async fn who_was_given_a_server_can_leave_it() {
    let (_hub, ada, bo) = hub().await;
    send(&ada, PAGE, &[("whom", "user"), ("name", "bo")]).await;
    let page = send(&bo, "/hub/sharing/leave", &[("owner", "ada"), ("server", "")]).await;
    assert!(page.body.contains("You left it."), "{}", page.body);
    assert!(ada.get(PAGE).await.body.contains("Nothing. Only you"));
}

#[tokio::test]
async fn ones_own_server_is_not_shared_with_oneself_through_a_group() {
    let (hub, ada, bo) = hub().await;
    let members = json!({ "users": ["ada", "bo"] });
    hub.window().api(Method::POST, "/hub/api/groups/lab", Some(members)).await;
    send(&ada, PAGE, &[("whom", "group"), ("name", "lab")]).await;
    assert!(bo.get(PAGE).await.body.contains("through the group"));
    let hers = ada.get(PAGE).await;
    assert!(hers.body.contains("Nothing yet.") && !hers.body.contains("through the group"), "{}", hers.body);
}

#[tokio::test]
async fn slips_are_told_on_the_page() {
    let (_hub, ada, _) = hub().await;
    for (fields, status, words) in [
        ([("whom", "user"), ("name", "nobody")], 400, "No such user: nobody"),
        ([("whom", "group"), ("name", "nobody")], 400, "No such group: nobody"),
        ([("whom", "user"), ("name", "")], 400, "Type the name"),
        ([("whom", "user"), ("name", "ada")], 400, "share with yourself"),
        ([("name", "bo"), ("ends", "1")], 400, "at least 60"),
    ] {
        let page = send(&ada, PAGE, &fields).await;
        assert_eq!(page.status, status, "{fields:?}");
        assert!(page.body.replace("&#x27;", "'").contains(words), "{fields:?}: {}", page.body);
    }
    let foreign = ada.post_form(PAGE, &[("whom", "user"), ("name", "bo")]).await;
    assert_eq!(foreign.status, 403, "without the form's token");
}

#[tokio::test]
async fn a_link_asks_before_it_gives() {
    let (hub, ada, bo) = hub().await;
    let link = link(&ada).await;
    let asked = bo.get(&link).await;
    assert_eq!(asked.status, 200);
    assert!(asked.body.contains("open it and work in it") && asked.body.contains("It is off"), "{}", asked.body);
    assert!(bo.get(PAGE).await.body.contains("Nothing yet."), "looking takes nothing");
    let (code, xsrf) = (asked.field("code").unwrap(), asked.field("_xsrf").unwrap());
    let taken = bo.post_form_only("/hub/accept-share", &[("_xsrf", &xsrf), ("code", &code)]).await;
    assert_eq!((taken.status.as_u16(), taken.redirect().as_deref()), (302, Some("/user/ada/")));
    let codes = hub.window().api(Method::GET, "/hub/api/share-codes/ada/", None).await;
    assert_eq!(codes["items"][0]["exchange_count"], 1);
    let withdrawn = send(&ada, "/hub/sharing/revoke", &[("link", "sc_1")]).await;
    assert!(withdrawn.body.contains("leads nowhere now"), "{}", withdrawn.body);
    assert_eq!(bo.get(&link).await.status, 404);
    let late = bo.post_form_only("/hub/accept-share", &[("_xsrf", &xsrf), ("code", &code)]).await;
    assert_eq!(late.status, 400);
}

#[tokio::test]
async fn links_that_lead_nowhere_are_refused() {
    let (hub, ada, bo) = hub().await;
    let link = link(&ada).await;
    let own = ada.get(&link).await;
    assert_eq!(own.status, 403, "one's own");
    assert!(own.body.contains("link to your own server") && own.body.contains("href=\"/user/ada/\""), "{}", own.body);
    let unknown = bo.get("/hub/accept-share?code=0000").await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.body.contains("Ask who sent it for a new one."), "{}", unknown.body);
    assert_eq!(bo.get("/hub/accept-share").await.status, 400);
    let visitor = hub.browser().get(&link).await;
    assert!(visitor.path.starts_with("/hub/login?next="), "{}", visitor.path);
}

#[tokio::test]
async fn a_hub_can_keep_sharing_to_those_with_the_scope() {
    let hub = TestHub::start(&simple_with("people_may_share = false", "")).await;
    let (ada, boss) = (hub.signed_in("ada").await, hub.signed_in("boss").await);
    hub.add("bo").await;
    let refused = send(&ada, PAGE, &[("whom", "user"), ("name", "bo")]).await;
    assert_eq!(refused.status, 403);
    assert!(!ada.get(PAGE).await.body.contains("Share a server"));
    let shared = send(&boss, PAGE, &[("whom", "user"), ("name", "bo")]).await;
    assert!(shared.body.contains("It is shared."), "{}", shared.body);
}

#[tokio::test]
async fn a_share_can_have_an_end() {
    let (hub, _, _) = hub().await;
    let wish = json!({ "user": "bo", "labdeck_expires_in": 60 });
    hub.window().api(Method::POST, "/hub/api/users/ada/server", None).await;
    let made = hub.window().api(Method::POST, "/hub/api/shares/ada/", Some(wish)).await;
    assert!(made["labdeck_expires_at"].as_str().unwrap() > made["created_at"].as_str().unwrap(), "{made}");
}
