//! [`Panel`]: the part of a desktop that shows trays, played by the test on its own bus: it takes the app's icon and can
//! read and press the lines of its menu. And what the tray is for: the hub goes on without a window, and Quit asks.

use std::collections::HashMap;

use labdeck_testkit::{Engine, NOTEBOOK, STANDIN};
use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use zbus::{
    blocking::{Connection, Proxy},
    message::Header,
    zvariant::{OwnedValue, Value},
};

use crate::{
    desk::{Bus, Desk, Process, wait_for},
    driver::Page,
    servers::START_LIMIT,
};

const NAME: &str = "org.kde.StatusNotifierWatcher";
const QUIT: &str = "Quit Labdeck?";
/// The same without the mark that would mean something in a search.
const QUESTION: &str = "Quit Labdeck";
/// The keys for the three answers: the first one has the focus when the question appears.
const LEAVE: &[&str] = &["Return"];
const STOP: &[&str] = &["Tab", "Return"];
const CANCEL: &[&str] = &["Escape"];

/// What the panel knows of the icon: on whose connection and at which path.
type Shown = std::sync::Arc<Mutex<Option<(String, String)>>>;

struct Watcher(Shown);

#[allow(clippy::needless_pass_by_value, reason = "the bus's own code hands the header over")]
#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: &str, #[zbus(header)] header: Header<'_>) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        // Either a path on the sender's own connection, or a name with the usual path.
        let path = if service.starts_with('/') { service } else { "/StatusNotifierItem" };
        *self.0.lock() = Some((sender, path.to_owned()));
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }
}

/// A panel with one icon at most.
struct Panel {
    bus: Connection,
    shown: Shown,
}

/// A line of the menu: its number, its words, whether it can be pressed.
struct Line {
    id: i32,
    words: String,
}

/// `com.canonical.dbusmenu`'s tree: number, properties, lines below.
type Node = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

// === impl Panel ===

impl Panel {
    fn on(desk: &Desk) -> Self {
        let (bus, shown) = (desk.bus(), Shown::default());
        bus.object_server().at("/StatusNotifierWatcher", Watcher(shown.clone())).expect("an object");
        bus.request_name(NAME).expect("the panel's name");
        Self { bus, shown }
    }

    fn menu(&self) -> Option<Proxy<'static>> {
        let (service, path) = self.shown.lock().clone()?;
        let item = Proxy::new(&self.bus, service.clone(), path, "org.kde.StatusNotifierItem").ok()?;
        let menu: zbus::zvariant::OwnedObjectPath = item.get_property("Menu").ok()?;
        Proxy::new(&self.bus, service, menu.into_inner(), "com.canonical.dbusmenu").ok()
    }

    /// The lines of the menu from top to bottom, those of sub-menus after the line that opens them.
    fn lines(&self) -> Vec<Line> {
        let layout = self.menu().and_then(|menu| {
            let no_names: Vec<String> = Vec::new();
            let (_, root): (u32, Node) = menu.call("GetLayout", &(0, -1, no_names)).ok()?;
            Some(root)
        });
        let mut lines = Vec::new();
        if let Some((_, _, below)) = layout {
            gather(below, &mut lines);
        }
        lines
    }

    fn says(&self, words: &str) -> bool {
        self.lines().iter().any(|line| line.words == words)
    }

    fn press(&self, words: &str) {
        wait_for(words, || self.says(words));
        let line = self.lines().into_iter().find(|line| line.words == words).expect("it was there");
        let menu = self.menu().expect("a menu");
        menu.call::<_, _, ()>("Event", &(line.id, "clicked", Value::from(0_i32), 0_u32)).expect("a press");
    }
}

fn gather(nodes: Vec<OwnedValue>, lines: &mut Vec<Line>) {
    for node in nodes {
        let Ok((id, properties, below)) = Node::try_from(node) else { continue };
        let words = properties.get("label").and_then(|label| String::try_from(label.clone()).ok()).unwrap_or_default();
        lines.push(Line { id, words });
        gather(below, lines);
    }
}

#[tokio::test]
async fn the_tray_keeps_the_hub_and_its_menu_works() {
    let desk = Desk::new(Bus::Present);
    let panel = Panel::on(&desk);
    let page = Page::open(&desk).await;
    wait_for("the icon", || panel.says("Not set up yet"));
    page.claim("ada").await;
    wait_for("the menu to follow the claim", || panel.says("Turn the hub off") && !panel.says("Not set up yet"));
    page.mark().await;

    desk.close("Labdeck");
    wait_for("the words about the tray", || desk.windows().contains("goes on in the tray"));
    desk.close("Labdeck goes on in the tray");
    wait_for("the window to go", || !desk.windows().contains("Labdeck"));
    assert_eq!(desk.browser().get_only("/hub/login").await.status, 200, "the hub serves without its window");

    panel.press("Turn the hub off");
    wait_for("the public port to close", || std::net::TcpStream::connect(("127.0.0.1", desk.public_port())).is_err());
    panel.press("Turn the hub on");
    wait_for("the menu to follow", || panel.says("Turn the hub off"));
    assert_eq!(desk.browser().get_only("/hub/login").await.status, 200);

    panel.press("Open Labdeck");
    wait_for("the window", || desk.windows().contains("Labdeck"));
    desk.close("Labdeck");
    wait_for("the window to go again", || !desk.windows().contains("Labdeck"));
    assert_eq!(Process::start(&mut desk.app()).ended().code(), Some(0), "the second start");
    wait_for("the window to come back", || desk.windows().contains("Labdeck"));
    assert!(page.was_not_reloaded().await, "with the same page");

    panel.press("Quit\u{2026}");
    wait_for("its end, without a question", || desk.app_pid().is_none());
}

#[tokio::test]
async fn quitting_asks_about_running_servers_and_does_what_is_answered() {
    Engine.expect();
    let desk = Desk::new(Bus::Present);
    let panel = Panel::on(&desk);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    desk.offer("lab", NOTEBOOK, true);
    let start = |desk: &Desk| desk.control(&http::Method::POST, "/hub/api/users/ada/server", &json!({}));
    start(&desk);
    wait_until_ready(&desk).await;
    wait_for("the menu to count it", || panel.lines().iter().any(|line| line.words.contains("1 server running")));

    panel.press("Quit\u{2026}");
    wait_for("the question", || desk.windows().contains(QUIT));
    desk.press_in(QUESTION, CANCEL);
    wait_for("the question to go", || !desk.windows().contains(QUIT));
    assert!(desk.socket().answers() && desk.has_running_container("ada"), "nothing happened");

    panel.press("Quit\u{2026}");
    wait_for("the question", || desk.windows().contains(QUIT));
    desk.press_in(QUESTION, LEAVE);
    wait_for("its end", || desk.app_pid().is_none());
    assert!(desk.has_running_container("ada"), "left running");
    drop(page);

    let page = Page::open(&desk).await;
    page.wait_for("//*[@data-testid='running-row'][contains(., 'Ready')]").await;
    panel.press("Quit\u{2026}");
    wait_for("the question", || desk.windows().contains(QUIT));
    desk.press_in(QUESTION, STOP);
    wait_for("its end", || desk.app_pid().is_none());
    assert!(!desk.has_running_container("ada"), "stopped");
}

#[tokio::test]
async fn a_quit_by_the_api_stops_the_servers_where_it_says_so() {
    Engine.expect();
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    desk.offer("standin", STANDIN, true);
    desk.control(&http::Method::POST, "/hub/api/users/ada/server", &json!({}));
    wait_until_ready(&desk).await;
    desk.control(&http::Method::POST, "/hub/api/labdeck/quit", &json!({ "servers": "stop" }));
    wait_for("its end", || desk.app_pid().is_none());
    assert!(!desk.has_running_container("ada"), "stopped");
}

/// Waits until the lead's own server is ready.
pub(crate) async fn wait_until_ready(desk: &Desk) {
    labdeck_testkit::eventually("the server is ready", START_LIMIT, || async {
        let server = desk.control(&http::Method::GET, "/hub/api/users/ada/server", &Json::Null);
        (server["labdeck_state"] == "Ready").then_some(())
    })
    .await;
}
