//! What the engine says of one container, as the driver's words: whether it runs, how it ended, where it listens,
//! what it wrote.

use std::net::IpAddr;
use std::time::Duration;

use bollard::errors::Error as EngineError;
use bollard::models::{ContainerInspectResponse, ContainerState, ContainerStateStatusEnum};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::container::{LISTEN_PORT, PORT};
use super::engine::Engine;
use super::log;
use super::reach::{Way, written};
use crate::{Exit, Liveness, SpawnError, SpawnerState};

/// How many lines of a server's own words an exit carries.
const EXIT_LINES: usize = 40;
/// The exit code of what was killed.
const KILLED: i64 = 137;
/// Pauses before the published port is looked for again: the engine fills it in shortly after the start.
const PORT_PAUSES_MS: [u64; 7] = [0, 20, 50, 100, 200, 400, 800];

/// The driver's memory of one server: its container, and the image by the name that was asked for and by its id.
pub(super) fn state_of(container_id: &str, name: &str, image: &str, image_id: &str) -> SpawnerState {
    SpawnerState(json!({ "container_id": container_id, "name": name, "image": image, "image_id": image_id }))
}

/// The image that a state names, and its id; `None` in states of older versions.
pub(super) fn image_of(state: &SpawnerState) -> Option<(&str, &str)> {
    let text = |name: &str| state.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    Some((text("image")?, text("image_id")?))
}

/// The container that a state names.
pub(super) fn id_of(state: &SpawnerState) -> Result<&str, SpawnError> {
    let id = state.0.get("container_id").and_then(Value::as_str).filter(|id| !id.is_empty());
    id.ok_or_else(|| SpawnError::State("it names no container".into()))
}

/// Asks the engine; `None` where there is no such container.
pub(super) async fn inspect(engine: &Engine, id: &str) -> Result<Option<ContainerInspectResponse>, SpawnError> {
    match engine.client().await?.inspect_container(id, None).await {
        Ok(found) => Ok(Some(found)),
        Err(EngineError::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
        Err(error) => Err(engine.failed("looking at a server")(error)),
    }
}

/// Whether a container runs, with how it ended if not.
pub(super) async fn liveness(engine: &Engine, id: &str) -> Result<Liveness, SpawnError> {
    let Some(found) = inspect(engine, id).await? else { return Ok(Liveness::Gone) };
    match found.state {
        Some(state) if runs(&state) => Ok(Liveness::Running),
        state => Ok(Liveness::Exited(exit(engine, id, state.unwrap_or_default()).await)),
    }
}

/// Whether a container runs; no word of how it ended.
pub(super) async fn is_running(engine: &Engine, id: &str) -> Result<bool, SpawnError> {
    Ok(inspect(engine, id).await?.and_then(|found| found.state).is_some_and(|state| runs(&state)))
}

/// Where the server is reached from this machine. Asks again while the engine has not filled in the port.
pub(super) async fn address(engine: &Engine, id: &str, way: &Way) -> Result<String, SpawnError> {
    for pause in PORT_PAUSES_MS {
        sleep(Duration::from_millis(pause)).await;
        let Some(found) = inspect(engine, id).await? else { return Err(SpawnError::Exited(Exit::default())) };
        let state = found.state.clone().unwrap_or_default();
        if !runs(&state) {
            return Err(SpawnError::Exited(exit(engine, id, state).await));
        }
        let address = match way {
            Way::Port { host, .. } => published(&found).map(|port| format!("http://{host}:{port}")),
            Way::Own => own_address(&found).map(|ip| format!("http://{}:{LISTEN_PORT}", written(ip))),
        };
        if let Some(address) = address {
            return Ok(address);
        }
    }
    Err(SpawnError::Engine { doing: "publishing the server's port", said: "the port did not appear".into() })
}

/// How a container ended. Its log is a help, not a need: a failure to read it is silent.
async fn exit(engine: &Engine, id: &str, state: ContainerState) -> Exit {
    told(state, log::last(engine, id, EXIT_LINES).await.unwrap_or_default())
}

/// How a container ended, from what the engine says. Its mark of short memory stays once any process in it was ended
/// for that, as a kernel; the server's own end has that cause only where it was killed.
fn told(state: ContainerState, log: Vec<String>) -> Exit {
    let never_ran = state.status == Some(ContainerStateStatusEnum::CREATED);
    let code = if never_ran { None } else { state.exit_code };
    Exit {
        code,
        out_of_memory: state.oom_killed.unwrap_or_default() && matches!(code, None | Some(KILLED)),
        detail: state.error.unwrap_or_default(),
        log,
        ..Exit::default()
    }
}

fn runs(state: &ContainerState) -> bool {
    state.running.unwrap_or_default()
}

/// The port on this machine under which the server's port is published.
fn published(found: &ContainerInspectResponse) -> Option<u16> {
    let bindings = found.network_settings.as_ref()?.ports.as_ref()?.get(PORT)?.as_ref()?;
    bindings.iter().find_map(|binding| binding.host_port.as_deref()?.parse().ok().filter(|&port| port != 0))
}

/// The container's address in the network it was made in.
fn own_address(found: &ContainerInspectResponse) -> Option<IpAddr> {
    let networks = found.network_settings.as_ref()?.networks.as_ref()?;
    networks.values().find_map(|network| network.ip_address.as_deref()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_ports(ports: &Value) -> ContainerInspectResponse {
        serde_json::from_value(json!({ "NetworkSettings": { "Ports": ports } })).unwrap()
    }

    #[test]
    fn the_published_port_is_read_once_it_is_there() {
        let there = json!({"8888/tcp": [{"HostIp": "127.0.0.1", "HostPort": "49153"}]});
        assert_eq!(published(&with_ports(&there)), Some(49153));
        for absent in
            [json!({}), json!({"8888/tcp": null}), json!({"8888/tcp": []}), json!({"8888/tcp": [{"HostPort": ""}]})]
        {
            assert_eq!(published(&with_ports(&absent)), None, "{absent}");
        }
    }

    #[test]
    fn memory_that_a_kernel_once_ran_out_of_is_not_why_the_server_ended() {
        let ended = |oom: bool, code: Option<i64>| {
            let state = ContainerState { oom_killed: Some(oom), exit_code: code, ..ContainerState::default() };
            told(state, Vec::new()).out_of_memory
        };
        assert!(ended(true, Some(137)) && ended(true, None));
        for code in [0, 1, 143] {
            assert!(!ended(true, Some(code)), "{code}");
        }
        assert!(!ended(false, Some(137)), "killed by somebody");
    }

    #[test]
    fn a_state_without_a_container_is_refused() {
        assert_eq!(id_of(&state_of("ab", "n", "a/b:1", "sha256:1")).unwrap(), "ab");
        assert_eq!(image_of(&state_of("ab", "n", "a/b:1", "sha256:1")), Some(("a/b:1", "sha256:1")));
        assert!(matches!(id_of(&SpawnerState(json!({"pid": 3}))), Err(SpawnError::State(_))));
    }
}
