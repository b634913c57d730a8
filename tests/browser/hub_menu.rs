//! What an unmodified JupyterLab has for a hub in its own menu: the way to the hub's pages, and signing out of both.

use std::time::Duration;

use labdeck_testkit::{Engine, HubBuilder, NOTEBOOK};

use crate::chromium::{Chromium, Script};
use crate::lab_page::{LAB_LIMIT, control_panel, log_out};
use crate::teammate::{START_LIMIT, come_in};

const PAGE_LIMIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn the_menu_of_a_named_servers_lab_leads_to_the_hub_and_signs_out_of_both() {
    Engine.expect();
    let builder = HubBuilder::new(env!("CARGO_BIN_EXE_labdeckd"));
    let settings = "allow_named_servers = true\n[spawner]\nstart_timeout = 140\nhttp_timeout = 140";
    let hub = builder.settings(settings).start().await;
    hub.command(&["user", "add", "lea", "--admin"]);
    hub.offer("lab", NOTEBOOK);
    let ada = Chromium::start("menu", &hub.origin(), Script::On).await;
    come_in(&ada, &hub, "ada").await;
    ada.type_into("#name", "gpu").await;
    ada.click_text("button", "Add").await;
    ada.click(".row-server button.second").await;
    ada.is_at("/user/ada/gpu/lab", START_LIMIT).await;
    ada.find_within(".jp-LauncherCard", LAB_LIMIT).await;

    control_panel(&ada).await;
    ada.is_at("/hub/home", PAGE_LIMIT).await;
    ada.says("gpu").await;
    ada.picture("from-the-menu").await;
    ada.click(".row-server a.button.second").await;
    ada.is_at("/user/ada/gpu/lab", LAB_LIMIT).await;
    ada.find_within(".jp-LauncherCard", LAB_LIMIT).await;
    assert_eq!(ada.status_of("/user/ada/gpu/api/contents").await, 200);

    log_out(&ada).await;
    ada.is_at("/hub/", PAGE_LIMIT).await;
    ada.says("Sign in").await;
    ada.picture("signed-out-by-the-menu").await;
    assert_eq!(ada.status_of("/user/ada/gpu/api/contents").await, 403, "the server still knows the browser");
    for page in ["/hub/home", "/user/ada/gpu/lab"] {
        ada.open(page).await;
        ada.is_at("/hub/login?next=", PAGE_LIMIT).await;
    }
    // The server itself runs on: signing out is no stop.
    assert!(Engine.container_of(&hub.id().expect("a network"), "ada").is_some());
    ada.close().await;
}
