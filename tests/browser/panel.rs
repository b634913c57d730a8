//! The panel in a browser of the network: an admin looks after everybody, somebody with a group after that group.

use std::time::Duration;

use http::Method;
use labdeck_testkit::{HubBuilder, HubProcess};
use serde_json::{Value, json};

use crate::chromium::{Chromium, Script};
use crate::teammate::choose;

/// `lea` is an admin, `mo` looks after the group `lab`; `ada` and `bo` are people.
async fn hub() -> HubProcess {
    let role = r#"
[[hub.load_roles]]
name = "lab-admin"
users = ["mo"]
scopes = ["admin-ui", "list:users!group=lab", "read:users!group=lab", "servers!group=lab", "access:servers!group=lab"]
"#;
    let hub = HubBuilder::new(env!("CARGO_BIN_EXE_labdeckd")).settings(role).start().await;
    hub.command(&["user", "add", "lea", "--admin"]);
    for name in ["mo", "ada", "bo"] {
        hub.command(&["user", "add", name]);
    }
    hub
}

/// A browser in which an existing person is signed in, at the panel.
async fn at_the_panel(hub: &HubProcess, name: &'static str) -> Chromium {
    let made = hub.control(Method::POST, &format!("/hub/api/labdeck/users/{name}/invitation"), &json!({}));
    let chromium = Chromium::start(name, &hub.origin(), Script::On).await;
    choose(&chromium, made["path"].as_str().expect("a path")).await;
    chromium.click_text("a", "Admin").await;
    chromium.is_at("/hub/admin/", Duration::from_secs(30)).await;
    chromium
}

fn by(id: &str) -> String {
    format!("[data-testid='{id}']")
}

fn person(name: &str) -> String {
    format!("[data-testid='person-row'][data-user='{name}']")
}

#[tokio::test]
async fn an_admin_and_a_group_admin_see_what_is_theirs() {
    let hub = hub().await;
    let lea = at_the_panel(&hub, "lea").await;
    for section in ["people", "groups", "servers", "sharing", "services"] {
        lea.find(&by(&format!("nav-{section}"))).await;
    }
    for name in ["lea", "mo", "ada", "bo"] {
        lea.find(&person(name)).await;
    }
    lea.picture("panel-admin").await;
    // What others do is seen as it happens.
    hub.command(&["user", "add", "cy"]);
    lea.find(&person("cy")).await;

    lea.click(&by("nav-groups")).await;
    lea.click(&by("group-add")).await;
    lea.type_into(&by("group-name"), "lab").await;
    lea.click(&by("group-save")).await;
    lea.type_into(&by("member-name"), "ada").await;
    lea.click(&by("member-add")).await;
    lea.find("[data-testid='member'][data-user='ada']").await;
    lea.picture("panel-group").await;
    let group = hub.control(Method::GET, "/hub/api/groups/lab", &Value::Null);
    assert_eq!(group["users"], json!(["ada"]));
    for section in ["services", "sharing", "servers"] {
        lea.click(&by(&format!("nav-{section}"))).await;
        lea.find("main h1").await;
        lea.picture(&format!("panel-{section}")).await;
    }

    let mo = at_the_panel(&hub, "mo").await;
    mo.find(&person("ada")).await;
    mo.picture("panel-group-admin").await;
    assert_eq!(mo.count(&by("person-row")).await, 1, "of everybody, ada alone is in the group");
    for hidden in
        ["nav-groups", "nav-services", "nav-settings", "nav-overview", "add-person", "remove-person", "new-link"]
    {
        assert_eq!(mo.count(&by(hidden)).await, 0, "{hidden} is shown to somebody who may not use it");
    }
    mo.click(&by("nav-servers")).await;
    mo.find("[data-testid='server-row'][data-user='ada']").await;
    mo.picture("panel-group-admin-servers").await;
    for (call, status) in [
        ("/hub/api/labdeck/overview", 403),
        ("/hub/api/labdeck/homes", 403),
        ("/hub/api/users/bo", 404),
        ("/hub/api/users/ada", 200),
    ] {
        assert_eq!(mo.status_of(call).await, status, "{call}");
    }
    // The right is taken while the page lies open.
    hub.control(Method::DELETE, "/hub/api/users/mo", &Value::Null);
    mo.says("You are signed out").await;
    mo.picture("panel-signed-out").await;
    mo.close().await;
    lea.close().await;
}
