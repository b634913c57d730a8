//! What runs in a container once it has started: the configuration's `post_start_cmd`. A command that fails is told in
//! the log and does not end the server. Reference: dockerspawner, `post_start_exec`.

use std::time::Duration;

use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::ExecConfig;
use futures_util::StreamExt;
use tokio::time::timeout;
use tracing::{info, warn};

use super::engine::Engine;
use crate::SpawnError;

/// How long such a command may hold up a start.
const DEADLINE: Duration = Duration::from_secs(30);
/// How much of what it writes is kept for the log, in bytes.
const KEPT_BYTES: usize = 2000;

/// Runs the command in a container as its user and waits for it.
pub(super) async fn run(engine: &Engine, container: &str, command: Vec<String>) -> Result<(), SpawnError> {
    let shown = command.join(" ");
    match timeout(DEADLINE, exec(engine, container, command)).await {
        Ok(Ok((0, _))) => info!(container.id = %container, "Ran post_start_cmd: {shown}"),
        Ok(Ok((code, said))) => {
            warn!(container.id = %container, "post_start_cmd ended with exit code {code}: {shown}: {}", said.trim());
        }
        Ok(Err(error)) => return Err(error),
        Err(_) => warn!(container.id = %container, "post_start_cmd still runs after {} s: {shown}", DEADLINE.as_secs()),
    }
    Ok(())
}

/// Its exit code and what it wrote.
async fn exec(engine: &Engine, container: &str, command: Vec<String>) -> Result<(i64, String), SpawnError> {
    const DOING: &str = "running post_start_cmd";
    let client = engine.client().await?;
    let config = ExecConfig {
        cmd: Some(command),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        ..ExecConfig::default()
    };
    let id = client.create_exec(container, config).await.map_err(engine.failed(DOING))?.id;
    let options = StartExecOptions { detach: false, ..StartExecOptions::default() };
    let mut said = Vec::new();
    if let StartExecResults::Attached { mut output, .. } =
        client.start_exec(&id, Some(options)).await.map_err(engine.failed(DOING))?
    {
        while let Some(Ok(part)) = output.next().await {
            if said.len() < KEPT_BYTES {
                said.extend_from_slice(part.as_ref());
            }
        }
    }
    let ended = client.inspect_exec(&id).await.map_err(engine.failed(DOING))?;
    Ok((ended.exit_code.unwrap_or_default(), String::from_utf8_lossy(&said).into_owned()))
}
