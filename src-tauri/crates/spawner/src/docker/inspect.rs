//! What the engine says of one container, as the driver's words: whether it runs, how it ended, where it listens,
//! what it wrote.

use std::time::Duration;

use bollard::Docker;
use bollard::errors::Error as EngineError;
use bollard::models::{ContainerInspectResponse, ContainerState, ContainerStateStatusEnum};
use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::container::PORT;
use super::engine::Engine;
use crate::{Exit, Liveness, SpawnError, SpawnerState};

/// How many lines of a server's own words an exit carries.
const EXIT_LINES: usize = 40;
/// Longest line that is kept of a log, in characters.
const LINE_CHARS: usize = 2000;
/// How long the engine may take to hand over a log. It is on this machine's disk.
const LOG_DEADLINE: Duration = Duration::from_secs(5);
/// Pauses before the published port is looked for again: the engine fills it in shortly after the start.
const PORT_PAUSES_MS: [u64; 7] = [0, 20, 50, 100, 200, 400, 800];

/// The driver's memory of one server.
pub(super) fn state_of(container_id: &str, name: &str) -> SpawnerState {
    SpawnerState(json!({ "container_id": container_id, "name": name }))
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

/// Where the server is reached from this machine. Asks again while the engine has not filled in the port.
pub(super) async fn address(engine: &Engine, id: &str) -> Result<String, SpawnError> {
    for pause in PORT_PAUSES_MS {
        sleep(Duration::from_millis(pause)).await;
        let Some(found) = inspect(engine, id).await? else { return Err(SpawnError::Exited(Exit::default())) };
        let state = found.state.clone().unwrap_or_default();
        if !runs(&state) {
            return Err(SpawnError::Exited(exit(engine, id, state).await));
        }
        if let Some(port) = published(&found) {
            return Ok(format!("http://127.0.0.1:{port}"));
        }
    }
    Err(SpawnError::Engine { doing: "publishing the server's port", said: "the port did not appear".into() })
}

/// The last lines of a container's log, oldest first.
pub(super) async fn log_lines(engine: &Engine, id: &str, lines: usize) -> Result<Vec<String>, SpawnError> {
    let client = engine.client().await?;
    let written = read_log(&client, id, lines).await.map_err(engine.failed("reading a server's log"))?;
    Ok(last_lines(&written, lines))
}

async fn read_log(client: &Docker, id: &str, lines: usize) -> Result<String, EngineError> {
    let options = LogsOptionsBuilder::new().stdout(true).stderr(true).tail(&lines.to_string()).build();
    let mut stream = Box::pin(client.logs(id, Some(options)));
    let collected = async {
        let mut bytes = Vec::new();
        while let Some(part) = stream.next().await {
            bytes.extend_from_slice(part?.as_ref());
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    timeout(LOG_DEADLINE, collected).await.unwrap_or(Err(EngineError::RequestTimeoutError))
}

/// How a container ended. Its log is a help, not a need: a failure to read it is silent.
async fn exit(engine: &Engine, id: &str, state: ContainerState) -> Exit {
    let log = log_lines(engine, id, EXIT_LINES).await.unwrap_or_default();
    let never_ran = state.status == Some(ContainerStateStatusEnum::CREATED);
    Exit {
        code: if never_ran { None } else { state.exit_code },
        out_of_memory: state.oom_killed.unwrap_or_default(),
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

/// Splits a log into its last lines.
fn last_lines(written: &str, lines: usize) -> Vec<String> {
    let all: Vec<&str> = written.lines().map(str::trim_end).collect();
    let from = all.len().saturating_sub(lines);
    all.into_iter().skip(from).map(|line| line.chars().take(LINE_CHARS).collect()).collect()
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
    fn a_log_is_cut_to_its_last_lines() {
        assert_eq!(last_lines("a\nb\r\nc\n", 2), ["b", "c"]);
        assert_eq!(last_lines("", 2), Vec::<String>::new());
    }

    #[test]
    fn a_state_without_a_container_is_refused() {
        assert_eq!(id_of(&state_of("ab", "n")).unwrap(), "ab");
        assert!(matches!(id_of(&SpawnerState(json!({"pid": 3}))), Err(SpawnError::State(_))));
    }
}
