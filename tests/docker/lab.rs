//! What most of these tests begin with: a hub, a stack, somebody with a server.

use std::time::Duration;

use http::Method;
use labdeck_testkit::{Browser, Engine, HubBuilder, HubProcess, NOTEBOOK};
use serde_json::{Value, json};

/// The real server imports Python for seconds; a machine that also compiles needs a multiple.
pub(crate) const START_LIMIT: Duration = Duration::from_secs(150);
/// A stop lets kernels end.
pub(crate) const STOP_LIMIT: Duration = Duration::from_secs(60);

/// Settings of a hub with the engine, everybody's password and patience.
pub(crate) fn builder() -> HubBuilder {
    Engine.expect();
    builder_with("")
}

/// The same with more lines for the table `[spawner]`.
pub(crate) fn builder_with(spawner: &str) -> HubBuilder {
    Engine.expect();
    let patience = if spawner.contains("timeout") { "" } else { "start_timeout = 140\nhttp_timeout = 140\n" };
    HubBuilder::new(env!("CARGO_BIN_EXE_labdeckd"))
        .with_one_password()
        .settings(&format!("[spawner]\n{patience}{spawner}"))
}

/// A hub that offers the notebook image.
pub(crate) async fn hub() -> HubProcess {
    let hub = builder().start().await;
    hub.offer("lab", NOTEBOOK);
    hub
}

/// Starts somebody's server by the API and waits until it is ready.
pub(crate) async fn start(hub: &HubProcess, api: &Browser, user: &str) -> Value {
    let asked = api.json(Method::POST, &format!("/hub/api/users/{user}/server"), Some(json!({}))).await;
    assert!([201, 202].contains(&asked.status.as_u16()), "{} {}", asked.status, asked.body);
    hub.server_is(user, "Ready", START_LIMIT).await
}

/// The same by the lead, for anybody.
pub(crate) async fn start_for(hub: &HubProcess, user: &str) -> Value {
    hub.control(Method::POST, &format!("/hub/api/users/{user}/server"), &json!({}));
    hub.server_is(user, "Ready", START_LIMIT).await
}

/// The container of somebody's server; there must be exactly one.
pub(crate) fn container(hub: &HubProcess, user: &str) -> String {
    let id = hub.id().expect("the hub has a network");
    Engine.container_of(&id, user).unwrap_or_else(|| panic!("{user} has no container"))
}

/// A variable of a container.
pub(crate) fn variable(container: &str, name: &str) -> String {
    let inspected = Engine.inspect(container);
    let all = inspected["Config"]["Env"].as_array().expect("variables").clone();
    let start = format!("{name}=");
    let found = all.iter().find_map(|pair| pair.as_str()?.strip_prefix(&start).map(str::to_owned));
    found.unwrap_or_else(|| panic!("{name} is not in {all:?}"))
}

/// The address and port that a container reaches the hub at.
pub(crate) fn door_of(container: &str) -> String {
    let url = variable(container, "JUPYTERHUB_API_URL");
    url.trim_start_matches("http://").split('/').next().expect("an address").to_owned()
}
