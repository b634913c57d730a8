//! Addresses that start a server with options, and reports of a page's policy.

use http::Method;
use serde_json::json;

use crate::support::{TestHub, simple};

#[tokio::test]
async fn a_link_with_options_starts_a_server_unless_another_site_gave_it() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.signed_in("ada").await;
    let link = "/hub/spawn/ada/lab?opt-colour=red&opt-colour=blue&display_name=My%20lab&next=%2Fhub%2Ftoken";
    let hub_itself = format!("{}/hub/home", hub.origin);
    let foreign = [
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site"), ("referer", hub_itself.as_str())],
        // Over plain HTTP browsers send no more than this.
        vec![],
        vec![("referer", "http://evil.example/hub/home")],
        vec![("referer", "http://127.0.0.1:1/hub/home")],
        vec![("referer", "about:blank")],
    ];
    for headers in foreign {
        let page = ada.request(Method::GET, link, &headers, "").await;
        assert_eq!(page.status, 200, "the form: {}", page.body);
    }
    let none = hub.window().json(Method::GET, "/hub/api/users/ada/servers/lab", None).await;
    assert_eq!(none.status, 404, "and nothing was made: {}", none.body);
    let page = ada.request(Method::GET, link, &[("sec-fetch-site", "none")], "").await;
    assert_eq!(page.redirect().as_deref(), Some("/hub/spawn-pending/ada/lab?next=%2Fhub%2Ftoken"), "{}", page.body);
    let server = hub.until_ready("ada", "lab").await;
    assert_eq!(server["user_options"], json!({ "colour": ["red", "blue"] }));
    assert_eq!(server["display_name"], "My lab");
    let page = ada.request(Method::GET, "/hub/spawn/ada/lab2?opt-n=1", &[("referer", &hub_itself)], "").await;
    assert_eq!(page.redirect().as_deref(), Some("/hub/spawn-pending/ada/lab2"), "from a page of ours: {}", page.body);
}

#[tokio::test]
async fn a_policys_report_is_taken_from_people_of_this_hub_only() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.signed_in("ada").await;
    let home = ada.get("/hub/home").await;
    let policy = home.header("content-security-policy").unwrap_or_default();
    assert!(policy.ends_with("report-uri /hub/security/csp-report"), "{policy}");
    let report = r#"{"csp-report": {"effective-directive": "script-src", "blocked-uri": "inline"}}"#;
    let path = "/hub/security/csp-report";
    let kind = ("content-type", "application/csp-report");
    assert_eq!(ada.request(Method::POST, path, &[kind], report).await.status, 200);
    let foreign = [kind, ("origin", "http://evil.example")];
    assert_eq!(ada.request(Method::POST, path, &foreign, report).await.status, 403);
    assert_eq!(hub.browser().request(Method::POST, path, &[kind], report).await.status, 403);
    assert_eq!(ada.request(Method::POST, path, &[kind], &"x".repeat(20_000)).await.status, 400);
}
