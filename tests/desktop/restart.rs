//! The app dies and work lives: after a kill the next start finds the server and lists it ready, the person's browser
//! is still signed in, and a signal ends the app at once although its page listens.

use std::time::{Duration, Instant};

use http::Method;
use labdeck_testkit::{Engine, NOTEBOOK};
use serde_json::json;

use crate::{
    desk::{Bus, Desk, wait_for},
    driver::Page,
    servers::row,
    tray::wait_until_ready,
};

/// From the hub's first answer to its server being reachable again.
const REACHABLE_WITHIN: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_killed_app_finds_its_servers_again() {
    Engine.expect();
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    desk.offer("lab", NOTEBOOK, true);
    desk.control(&Method::POST, "/hub/api/users/ada/server", &json!({}));
    wait_until_ready(&desk).await;
    let invited = desk.control(&Method::POST, "/hub/api/labdeck/users/ada/invitation", &json!({}));
    let browser = desk.browser();
    let link = invited["url"].as_str().expect("a link");
    let xsrf = browser.get(link).await.field("_xsrf").expect("a form");
    browser.post_form(link, &[("_xsrf", &xsrf), ("password", "blue tractor seventeen")]).await;
    assert_eq!(browser.get("/user/ada/api/contents").await.status, 403, "not yet known to the server");
    assert_eq!(browser.get("/user/ada/").await.status, 200);
    assert_eq!(browser.get("/user/ada/api/contents").await.status, 200);

    desk.kill_app();
    wait_for("its end", || desk.app_pid().is_none());
    assert!(desk.has_running_container("ada"), "the work lives");
    drop(page);

    let page = Page::open(&desk).await;
    wait_for("the hub", || desk.socket().answers());
    let since = Instant::now();
    labdeck_testkit::eventually("the server through the hub", REACHABLE_WITHIN * 2, || async {
        let page = tokio::net::TcpStream::connect(("127.0.0.1", desk.public_port())).await.ok();
        page?;
        (browser.get("/user/ada/api/contents").await.status == 200).then_some(())
    })
    .await;
    assert!(since.elapsed() < REACHABLE_WITHIN, "reachable after {:?}", since.elapsed());
    page.wait_for("//*[@data-testid='running-row'][contains(., 'Ready')]").await;
    page.click("nav-servers").await;
    page.wait_for(&row("ada", "Ready")).await;
    page.wait_for("//*[@data-testid='memory']").await;
    page.close(&desk);
}

#[tokio::test]
async fn a_signal_ends_it_at_once_although_its_page_listens() {
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    let since = Instant::now();
    desk.signal_app("TERM");
    wait_for("its end", || desk.app_pid().is_none());
    assert!(since.elapsed() < Duration::from_secs(2), "it took {:?}", since.elapsed());
    drop(page);
}
