//! The section Servers, with real notebook servers: a teammate's server from the lead's click to its log, the visit to
//! it, the hub's switch meanwhile, and what a start that fails says.

use std::{net::TcpStream, time::Duration};

use http::Method;
use labdeck_testkit::{Engine, NOTEBOOK};
use serde_json::{Value, json};

use crate::{
    desk::{Bus, Desk, wait_for},
    driver::Page,
};

/// The real server imports Python for seconds; a machine that also compiles needs a multiple.
pub(crate) const START_LIMIT: Duration = Duration::from_secs(150);
/// A stop lets kernels end.
pub(crate) const STOP_LIMIT: Duration = Duration::from_secs(60);
/// Long enough for a page that polls to give itself away.
const QUIET: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_teammates_server_is_started_watched_visited_and_stopped() {
    Engine.expect();
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    desk.offer("lab", NOTEBOOK, true);
    desk.control(&Method::POST, "/hub/api/users", &json!({ "usernames": ["grace"] }));
    page.click("nav-servers").await;
    page.wait_for(&row("grace", "Off")).await;
    page.save_picture("servers-off").await;
    page.mark().await;

    page.press(&button("grace", "server-start")).await;
    page.wait_for(&row("grace", "Starting")).await;
    page.save_picture("servers-starting").await;
    page.wait_within(&row("grace", "Ready"), START_LIMIT).await;
    assert!(page.was_not_reloaded().await);
    for figure in ["cpu", "memory"] {
        let shown = page.wait_for(&format!("{}//*[@data-testid='{figure}']", row("grace", "Ready"))).await;
        assert!(shown.starts_with(|first: char| first.is_ascii_digit()), "{figure}: {shown:?}");
    }
    the_page_only_listens(&page).await;
    page.save_picture("servers-ready").await;

    the_lead_visits(&desk, &page).await;

    page.click("nav-overview").await;
    page.wait_for("//*[@data-testid='running-row'][contains(., 'grace')]").await;
    page.save_picture("overview-running").await;
    the_hub_goes_off_and_on(&desk, &page).await;

    page.click("nav-servers").await;
    // Somebody was there a moment ago, so the window asks before it takes their work away.
    page.press(&button("grace", "server-stop")).await;
    page.wait_for("//*[@data-testid='stop-busy'][string-length(.) > 10]").await;
    page.save_picture("servers-stop").await;
    page.click("stop-confirm").await;
    page.wait_within(&row("grace", "Off"), STOP_LIMIT).await;
    assert!(!desk.has_running_container("grace"));
    assert!(page.was_not_reloaded().await);
    page.close(&desk);
}

#[tokio::test]
async fn a_server_that_fails_says_why_and_another_stack_can_be_chosen() {
    Engine.expect();
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    desk.offer("lab", NOTEBOOK, true);
    desk.offer("bare", "labdeck/test-base:latest", false);
    page.wait_for("//*[@data-testid='nav-stacks'][contains(., '2')]").await;
    page.wait_for("//*[@data-testid='nav-overview'][not(contains(., '1'))]").await;
    page.click("nav-servers").await;
    page.press(&button("ada", "server-start")).await;
    page.wait_for("//*[@data-testid='start-dialog'][contains(., 'Default')]").await;
    page.save_picture("servers-choose").await;
    page.press("//*[@data-testid='start-stack'][@data-value='bare']").await;
    page.click("start-submit").await;
    page.wait_within(&row("ada", "Failed"), START_LIMIT).await;
    page.press(&button("ada", "server-why")).await;
    page.wait_for("//*[@data-testid='why-drawer'][contains(., 'jupyterhub-singleuser')]").await;
    page.wait_for("//*[@data-testid='why-remedy'][string-length(.) > 10]").await;
    page.save_picture("servers-why").await;
    page.press("//*[@data-testid='why-drawer']//button[.='Close']").await;
    page.press(&button("ada", "server-start")).await;
    page.press("//*[@data-testid='start-stack'][@data-value='lab']").await;
    page.click("start-submit").await;
    page.wait_within(&row("ada", "Ready"), START_LIMIT).await;
    // One's own server opens without a question.
    page.press(&button("ada", "server-open")).await;
    wait_for("the browser to be told", || desk.opened().len() == 1);
    page.close(&desk);
}

/// Everything after the start came by events: the page asked for nothing but the start itself, and now asks nothing.
async fn the_page_only_listens(page: &Page) {
    let asked = page.requests().await;
    let looked = asked.iter().filter(|path| path.starts_with("/hub/api/labdeck/servers"));
    assert_eq!(looked.count(), 0, "the page asked for states instead of waiting: {asked:?}");
    page.mark().await;
    tokio::time::sleep(QUIET).await;
    assert_eq!(page.requests().await, Vec::<String>::new(), "the page polls");
}

/// A ticket goes to the person's browser and is worth that one server.
async fn the_lead_visits(desk: &Desk, page: &Page) {
    page.press(&button("grace", "server-open")).await;
    page.wait_for("//*[@data-testid='visit-dialog'][contains(., 'grace will see that you visited')]").await;
    page.save_picture("servers-visit").await;
    page.click("visit-confirm").await;
    wait_for("the browser to be told", || !desk.opened().is_empty());
    let url = desk.opened().remove(0);
    assert!(url.starts_with(&format!("{}/hub/ticket?code=", desk.origin())), "{url}");
    let browser = desk.browser();
    let first = browser.get_only(&url).await;
    assert_eq!(first.status, 302, "{}", first.body);
    assert_eq!(first.redirect().as_deref(), Some("/user/grace/"), "it leads to the server");
    let lab = browser.get("/user/grace/").await;
    assert_eq!((lab.status.as_u16(), lab.path.starts_with("/user/grace/")), (200, true), "{} {}", lab.path, lab.body);
    assert_eq!(browser.get("/user/grace/api/contents").await.status, 200, "the files of the server");
    let home = browser.get("/hub/home").await;
    assert!(home.path.starts_with("/hub/login"), "and to nothing else: {}", home.path);
    assert_eq!(browser.get_only("/hub/api/users").await.status, 403);
    let visits = desk.control(&Method::GET, "/hub/api/labdeck/visits", &Value::Null);
    assert_eq!((&visits[0]["visitor"], &visits[0]["user"]), (&json!("ada"), &json!("grace")), "{visits}");
    assert_eq!(desk.browser().get_only(&url).await.status, 404, "a ticket is good once");
}

/// The public port closes at a click while the server runs on.
async fn the_hub_goes_off_and_on(desk: &Desk, page: &Page) {
    page.click("hub-switch").await;
    page.wait_for("//*[@data-testid='hub-switch'][@aria-checked='false']").await;
    wait_for("the public port to close", || TcpStream::connect(("127.0.0.1", desk.public_port())).is_err());
    assert!(desk.has_running_container("grace"), "the server stays");
    page.wait_for("//*[@data-testid='running-row'][contains(., 'Ready')]").await;
    page.save_picture("overview-off").await;
    page.click("hub-switch").await;
    page.wait_for("//*[@data-testid='hub-switch'][@aria-checked='true']").await;
    assert_eq!(desk.browser().get_only("/hub/login").await.status, 200);
    let through = desk.browser().get_only("/user/grace/api").await;
    assert_eq!(through.status, 200, "and is reached again: {}", through.body);
}

/// The row of somebody's default server in a state.
pub(crate) fn row(user: &str, state: &str) -> String {
    format!("//*[@data-testid='server-row'][@data-user='{user}'][@data-server=''][@data-state='{state}']")
}

pub(crate) fn button(user: &str, testid: &str) -> String {
    format!("//*[@data-testid='server-row'][@data-user='{user}'][@data-server='']//*[@data-testid='{testid}']")
}
