//! A teammate: invitation, password, start, notebook, cell, stop, sign out. In a browser with script and in one
//! without; and those who are not that teammate.

use std::time::Duration;

use http::Method;
use labdeck_testkit::{Engine, HubBuilder, HubProcess, NOTEBOOK};
use serde_json::{Value, json};

use crate::chromium::{Chromium, Script};
use crate::lab_page::{LAB_LIMIT, control_panel, new_notebook, run_cell};

/// The real server imports Python for seconds; a machine that also compiles needs a multiple.
pub(crate) const START_LIMIT: Duration = Duration::from_secs(150);
const PASSWORD: &str = "four words in a row";
const STOP: &str = ".hero form[action^='/hub/stop/'] button";

/// A hub with native sign-in, its lead, and the notebook image on offer.
pub(crate) async fn hub() -> HubProcess {
    Engine.expect();
    let builder = HubBuilder::new(env!("CARGO_BIN_EXE_labdeckd"));
    let hub = builder.settings("[spawner]\nstart_timeout = 140\nhttp_timeout = 140").start().await;
    hub.command(&["user", "add", "lea", "--admin"]);
    hub.offer("lab", NOTEBOOK);
    hub
}

/// The link for a new person, as the lead hands it over.
pub(crate) fn invite(hub: &HubProcess, name: &str) -> String {
    hub.control(Method::POST, "/hub/api/users", &json!({ "usernames": [name] }));
    let made = hub.control(Method::POST, &format!("/hub/api/labdeck/users/{name}/invitation"), &json!({}));
    made["path"].as_str().expect("a path").to_owned()
}

/// Opens an invitation and chooses a password.
pub(crate) async fn come_in(chromium: &Chromium, hub: &HubProcess, name: &str) {
    choose(chromium, &invite(hub, name)).await;
}

/// The same with a link that there is.
pub(crate) async fn choose(chromium: &Chromium, link: &str) {
    chromium.open(link).await;
    chromium.type_into("#password", PASSWORD).await;
    chromium.click("main button[type=submit]").await;
    chromium.is_at("/hub/home", Duration::from_secs(30)).await;
}

/// Starts the server from the home page and follows it to Jupyter. Gives what the page told meanwhile.
pub(crate) async fn start(chromium: &Chromium) -> Vec<String> {
    chromium.click(".hero button.primary").await;
    chromium.is_at("/hub/spawn-pending/", Duration::from_secs(30)).await;
    let mut told = Vec::new();
    while chromium.path().await.starts_with("/hub/spawn-pending/") {
        // The page may be left while it is read.
        if let Some(line) = chromium.text_now("[data-message]").await
            && told.last() != Some(&line)
        {
            told.push(line);
            chromium.picture(&format!("progress-{}", told.len())).await;
        }
    }
    chromium.is_at("/user/", START_LIMIT).await;
    told
}

#[tokio::test]
async fn an_invited_person_runs_a_cell_in_a_server_of_their_own_and_leaves() {
    let hub = hub().await;
    let chromium = Chromium::start("teammate", &hub.origin(), Script::On).await;
    chromium.open(&invite(&hub, "ada")).await;
    chromium.picture("invitation").await;
    chromium.type_into("#password", PASSWORD).await;
    chromium.click("main button[type=submit]").await;
    chromium.is_at("/hub/home", Duration::from_secs(30)).await;
    chromium.picture("home-off").await;
    let told = start(&chromium).await;
    assert!(told.len() > 1, "no progress was seen but {told:?}");
    new_notebook(&chromium).await;
    run_cell(&chromium, "import os; print('out of', os.environ['JUPYTERHUB_USER'], 6 * 7)", "out of ada 42").await;
    chromium.picture("cell").await;
    let container = Engine.container_of(&hub.id().expect("a network"), "ada").expect("a container of her own");

    control_panel(&chromium).await;
    chromium.is_at("/hub/home", Duration::from_secs(30)).await;
    assert_eq!(chromium.text(".hero .state").await, "Ready");
    chromium.picture("home-ready").await;
    chromium.click(STOP).await;
    chromium.find_within(".state-off", Duration::from_secs(60)).await;
    chromium.picture("home-stopped").await;
    assert!(!Engine.run(&["inspect", &container]).status.success(), "the container is still there");
    chromium.click_text("button", "Sign out").await;
    chromium.says("Sign in").await;
    chromium.picture("signed-out").await;
    chromium.open("/hub/home").await;
    chromium.is_at("/hub/login", Duration::from_secs(30)).await;
    chromium.close().await;
}

#[tokio::test]
async fn somebody_else_is_refused_and_a_stranger_comes_back_to_where_they_wanted_to_go() {
    let hub = hub().await;
    let chromium = Chromium::start("others", &hub.origin(), Script::On).await;
    come_in(&chromium, &hub, "ada").await;
    start(&chromium).await;
    chromium.is_at("/user/ada/lab", LAB_LIMIT).await;
    let ada = chromium;

    let bob = Chromium::start("bob", &hub.origin(), Script::On).await;
    come_in(&bob, &hub, "bob").await;
    bob.open("/user/ada/lab").await;
    bob.says("403").await;
    bob.picture("refused").await;
    assert_eq!(bob.status_of("/user/ada/api/contents").await, 403);
    bob.close().await;

    // Signed out, and on the way to a page of her server.
    ada.open("/hub/home").await;
    ada.click_text("button", "Sign out").await;
    ada.says("Sign in").await;
    ada.open("/user/ada/lab/tree/work").await;
    ada.is_at("/hub/login?next=", Duration::from_secs(30)).await;
    ada.picture("sign-in").await;
    ada.type_into("#username", "ada").await;
    ada.type_into("#password", "not her password").await;
    ada.click("main button[type=submit]").await;
    ada.find("[role=alert]").await;
    ada.picture("wrong-password").await;
    ada.type_into("#password", PASSWORD).await;
    ada.click("main button[type=submit]").await;
    ada.is_at("/user/ada/lab/tree/work", LAB_LIMIT).await;
    ada.close().await;
}

#[tokio::test]
async fn without_script_everything_up_to_jupyter_works() {
    let hub = hub().await;
    let chromium = Chromium::start("noscript", &hub.origin(), Script::Off).await;
    chromium.open(&invite(&hub, "ada")).await;
    chromium.type_into("#password", PASSWORD).await;
    chromium.type_into("#password_again", PASSWORD).await;
    chromium.picture("invitation").await;
    chromium.click("main button[type=submit]").await;
    chromium.is_at("/hub/home", Duration::from_secs(30)).await;
    chromium.click(".hero button.primary").await;
    chromium.is_at("/hub/spawn-pending/", Duration::from_secs(30)).await;
    chromium.picture("progress").await;
    chromium.is_at("/user/ada/lab", START_LIMIT).await;
    chromium.open("/hub/home").await;
    assert_eq!(chromium.text(".hero .state").await, "Ready");
    chromium.click(STOP).await;
    chromium.find_within(".state-off", Duration::from_secs(60)).await;
    chromium.click_text("button", "Sign out").await;
    chromium.says("Sign in").await;
    chromium.picture("signed-out").await;
    let left = hub.control(Method::GET, "/hub/api/users/ada", &Value::Null);
    assert_eq!(left["server"], Value::Null, "{left}");
    chromium.close().await;
}
