//! The public port moves while people use it: whoever asks for it through that very port gets the answer, the choice is
//! kept, and the hub answers afterwards. Connections are to loopback only; 127.0.0.2 shows whether the hub listens on
//! every address.

use std::net::TcpListener;

use http::Method;
use labdeck_testkit::{Browser, eventually, free_port};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::support::{Daemon, SHORT, TestHub, folder, native};

const HUB: &str = "/hub/api/labdeck/hub";

/// Passwords of its own, and allowed on the network though servers are local processes; nobody is let in from there.
fn open_to_the_network() -> String {
    format!("{}\n[labdeck]\ni_accept_that_anyone_on_the_network_can_run_code_here = true\n", native())
}

async fn owned() -> TestHub {
    let hub = TestHub::start(&open_to_the_network()).await;
    hub.window().api(Method::POST, "/hub/api/labdeck/claim", Some(json!({ "name": "grace" }))).await;
    hub
}

fn port_of(origin: &str) -> u16 {
    origin.rsplit(':').next().unwrap().parse().unwrap()
}

async fn listens_everywhere(port: u16) -> bool {
    TcpStream::connect(("127.0.0.2", port)).await.is_ok()
}

/// Asks for a change through the public port, as the lead's script does.
async fn change(hub: &TestHub, wish: Value) -> Value {
    hub.program("grace", &[]).await.api(Method::PATCH, HUB, Some(wish)).await
}

#[tokio::test]
async fn a_move_to_another_port_is_answered_at_the_old_one() {
    let hub = TestHub::owned().await;
    let (before, port) = (port_of(&hub.origin), free_port());
    let answer = change(&hub, json!({ "port": port })).await;
    assert_eq!((&answer["port"], &answer["hub"]["on"]), (&json!(port), &json!(true)));
    let moved = Browser::new(&format!("http://127.0.0.1:{port}"));
    assert_eq!(moved.get("/hub/api").await.status, 200);
    eventually("the old port is closed", SHORT, || async {
        TcpStream::connect(("127.0.0.1", before)).await.is_err().then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_was_chosen_through_the_port_is_kept() {
    let hub = owned().await;
    let port = free_port();
    change(&hub, json!({ "network": "lan" })).await;
    change(&hub, json!({ "port": port })).await;
    let dir = hub.stop().await;
    // What the file names would win.
    let file = dir.path().join("data/labdeck.toml");
    let toml = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, toml.replace("bind_url = \"http://127.0.0.1:0\"", "")).unwrap();
    let hub = TestHub::start_in(dir).await;
    let overview = hub.window().api(Method::GET, "/hub/api/labdeck/overview", None).await;
    assert_eq!((&overview["network"], &overview["port"]), (&json!("lan"), &json!(port)));
    assert!(listens_everywhere(port).await);
}

#[tokio::test]
async fn another_network_is_answered_and_open_at_the_same_port() {
    let hub = owned().await;
    let port = port_of(&hub.origin);
    assert!(!listens_everywhere(port).await);
    let answer = change(&hub, json!({ "network": "lan" })).await;
    assert_eq!((&answer["network"], &answer["port"]), (&json!("lan"), &json!(port)));
    assert!(listens_everywhere(port).await);
    assert_eq!(hub.browser().get("/hub/api").await.status, 200);
    let answer = change(&hub, json!({ "network": "local" })).await;
    assert_eq!((&answer["network"], &answer["port"]), (&json!("local"), &json!(port)));
    assert!(!listens_everywhere(port).await);
}

#[tokio::test]
async fn a_refused_move_leaves_the_port_open() {
    let hub = TestHub::owned().await;
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().port();
    let grace = hub.program("grace", &[]).await;
    let answer = grace.json(Method::PATCH, HUB, Some(json!({ "port": taken }))).await;
    assert_eq!(answer.status, 409, "{}", answer.body);
    assert_eq!(hub.browser().get("/hub/api").await.status, 200);
}

#[tokio::test]
async fn the_claim_that_opens_the_network_is_answered_and_the_port_stays() {
    let dir = folder(&open_to_the_network().replace("http://127.0.0.1:0", "http://0.0.0.0:0"));
    let hub = Daemon::start(&dir.path().join("data")).await;
    let port = port_of(&hub.origin);
    let at_home = Browser::new(&format!("http://127.0.0.1:{port}"));
    assert!(!listens_everywhere(port).await, "this computer only, before the claim");
    let link = hub.printed.split_whitespace().find(|word| word.contains("/hub/claim?code=")).unwrap();
    let link = &link[link.find("/hub/").unwrap()..];
    let xsrf = at_home.get(link).await.field("_xsrf").unwrap();
    let chosen = at_home.post_form(link, &[("_xsrf", &xsrf), ("name", "grace")]).await;
    assert!(chosen.path.starts_with("/hub/invitation?code="), "{} {}", chosen.path, chosen.body);
    assert_eq!(chosen.status, 200);
    assert!(listens_everywhere(port).await, "on the network after it");
    assert_eq!(Browser::new(at_home.origin()).get("/hub/api").await.status, 200);
    assert_eq!(hub.terminate().await, 0);
}
