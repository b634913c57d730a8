//! The lead looks into a teammate's server: by a ticket that opens this one server and nothing else, and that the
//! teammate gets to see.

use std::time::Duration;

use http::Method;
use serde_json::json;

use crate::chromium::{Chromium, Script};
use crate::lab_page::LAB_LIMIT;
use crate::teammate::{come_in, hub, start};

#[tokio::test]
async fn a_ticket_opens_one_server_once_and_leaves_a_trace() {
    let hub = hub().await;
    let ada = Chromium::start("visited", &hub.origin(), Script::On).await;
    come_in(&ada, &hub, "ada").await;
    start(&ada).await;
    ada.is_at("/user/ada/lab", LAB_LIMIT).await;

    let ticket =
        hub.control(Method::POST, "/hub/api/labdeck/tickets", &json!({ "path": "/user/ada/lab", "open": false }));
    let url = ticket["url"].as_str().expect("an address").to_owned();
    let lead = Chromium::start("lead", &hub.origin(), Script::On).await;
    lead.open(&url).await;
    lead.is_at("/user/ada/lab", LAB_LIMIT).await;
    lead.find_within(".jp-LauncherCard", LAB_LIMIT).await;
    lead.picture("in-adas-lab").await;
    assert_eq!(lead.status_of("/user/ada/api/contents").await, 200);

    // The session is of this server's page: what a notebook there could do with it ends there. Asked for as a page, a
    // call needs no token beside the cookie.
    for call in ["/hub/api/users", "/hub/api/labdeck/overview", "/hub/api/labdeck/servers", "/hub/api/users/lea/tokens"]
    {
        assert!([401, 403, 404].contains(&lead.status_of(call).await), "{call} is open to a ticket's session");
        lead.open(call).await;
        let said = lead.text("body").await;
        assert!(
            ["\"status\":401", "\"status\":403", "\"status\":404"].iter().any(|no| said.contains(no)),
            "{call}: {said}"
        );
        lead.open("/user/ada/lab").await;
    }
    for page in ["/hub/home", "/hub/token", "/hub/account"] {
        lead.open(page).await;
        lead.is_at("/hub/login", Duration::from_secs(30)).await;
    }
    lead.close().await;

    let second = Chromium::start("second", &hub.origin(), Script::On).await;
    second.open(&url).await;
    second.find("main h1").await;
    second.picture("ticket-used").await;
    second.open("/user/ada/lab").await;
    second.is_at("/hub/login", Duration::from_secs(30)).await;
    second.close().await;

    ada.open("/hub/home").await;
    ada.says("lea opened your server").await;
    ada.picture("visit-shown").await;
    ada.close().await;
}
