//! [`ProcessSpawner`]: the driver's face. Implements [`Spawner`] by the parts beside it. Keeps only what may be lost:
//! exit codes of its own children, and the last reading of each server's use.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use labdeck_model::{ServerKey, StartStep};
use parking_lot::Mutex;
use tokio::process::Child;
use tokio::time::{Instant, sleep};
use tracing::info;

use super::config::{ProcessConfig, find_program};
use super::environment::{self, Environment};
use super::launch::Order;
use super::record::{self, Run};
use super::signal::{self, Ask};
use super::{pip, procfs};
use crate::{
    Exit, Found, Homes, HubAccess, Liveness, SpawnError, SpawnRequest, Spawner, SpawnerState, StartContext, StopMode,
    Usage, tasks,
};

/// The program of JupyterHub's single-user server.
const SINGLEUSER: &str = "jupyterhub-singleuser";
/// How many lines of a server's own words an exit carries.
const EXIT_LINES: usize = 40;
/// How long the exit code of a child may take to arrive after its end was seen.
const CODE_DELAY: Duration = Duration::from_millis(500);
/// The distance of the two readings of a first sample.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

type Codes = Arc<Mutex<HashMap<(i32, u64), i64>>>;

/// Runs every server as a process of the hub's own account.
#[derive(Debug)]
pub struct ProcessSpawner {
    config: Arc<ProcessConfig>,
    environment: Environment,
    codes: Codes,
    readings: Mutex<HashMap<(i32, u64), (Instant, f64)>>,
}

// === impl ProcessSpawner ===

impl ProcessSpawner {
    /// A driver with these settings. Touches nothing yet.
    pub fn new(config: ProcessConfig) -> Self {
        Self {
            config: Arc::new(config),
            environment: Environment::default(),
            codes: Codes::default(),
            readings: Mutex::default(),
        }
    }

    /// The settings.
    pub fn config(&self) -> &ProcessConfig {
        &self.config
    }

    /// Whether a start can begin at once: nothing must be installed before.
    pub fn is_prepared(&self) -> bool {
        let configured = self.config.cmd.as_ref().and_then(|cmd| find_program(cmd.first()?));
        configured.is_some() || environment::is_complete(&self.config)
    }

    /// Makes the environment that servers run in, if it is needed and not there; a start does the same by itself.
    ///
    /// # Errors
    /// [`SpawnError::Environment`] with cause and remedy; [`SpawnError::Cancelled`].
    ///
    /// # Cancellation
    /// May be dropped; a half-made environment is made anew.
    pub async fn prepare(&self, ctx: &StartContext) -> Result<(), SpawnError> {
        if self.is_prepared() {
            return Ok(());
        }
        self.environment.ensure(&self.config, ctx).await.map(drop)
    }

    /// What is run: the program, its arguments, and the folder that comes first on the PATH.
    async fn program(
        &self,
        request: &SpawnRequest,
        ctx: &StartContext,
    ) -> Result<(PathBuf, Vec<String>, Option<PathBuf>), SpawnError> {
        let cmd = request.cmd.clone().or_else(|| self.config.cmd.clone()).filter(|cmd| !cmd.is_empty());
        let mut words = cmd.clone().unwrap_or_else(|| vec![SINGLEUSER.into()]).into_iter();
        let name = words.next().unwrap_or_default();
        let mut args: Vec<String> = words.chain(request.args.iter().cloned()).collect();
        if name.ends_with(SINGLEUSER) && is_root() && !args.iter().any(|arg| arg == "--allow-root") {
            args.push("--allow-root".into());
        }
        // Only a command that somebody wrote down is looked for around the hub.
        if let Some(found) = cmd.and_then(|_| find_program(&name)) {
            return Ok((found, args, None));
        }
        if name != SINGLEUSER {
            let message = format!("The command {name} of the configuration is not on this computer.");
            return Err(pip::failure(
                "command_missing",
                message,
                "Correct spawner.cmd, or install the program.",
                Vec::new(),
            ));
        }
        let bin = Box::pin(self.environment.ensure(&self.config, ctx)).await?;
        Ok((bin.join(SINGLEUSER), args, Some(bin)))
    }

    /// Ends what an earlier start of this server left running.
    async fn clear_leftover(&self, key: &ServerKey) -> Result<(), SpawnError> {
        match record::noted(&self.config, &key.object_name()) {
            Some((_, run)) => self.end(&run, StopMode::Kill).await,
            None => Ok(()),
        }
    }

    async fn end(&self, run: &Run, mode: StopMode) -> Result<(), SpawnError> {
        let config = &self.config;
        let gentle = [(Ask::Interrupt, config.interrupt_timeout), (Ask::Terminate, config.term_timeout)];
        for (ask, patience) in gentle.into_iter().filter(|_| mode == StopMode::Graceful) {
            signal::send(run, ask);
            if signal::ended_within(run, patience).await {
                break;
            }
        }
        if !signal::kill_tree(run, config.kill_timeout).await {
            let stuck = std::io::Error::from(std::io::ErrorKind::TimedOut);
            return Err(SpawnError::io(format!("ending process {}", run.pid))(stuck));
        }
        record::drop_note(config, run);
        self.codes.lock().remove(&(run.pid, run.start_time));
        self.readings.lock().remove(&(run.pid, run.start_time));
        Ok(())
    }

    fn liveness(&self, run: &Run) -> Liveness {
        if run.is_alive() {
            return Liveness::Running;
        }
        if !record::noted(&self.config, &run.name).is_some_and(|(_, noted)| noted == *run) {
            return Liveness::Gone;
        }
        let code = self.codes.lock().get(&(run.pid, run.start_time)).copied();
        let log = record::log_lines(&self.config, &run.name, EXIT_LINES).unwrap_or_default();
        Liveness::Exited(Exit { code, log, ..Exit::default() })
    }

    /// Waits for a child in the background: without that it would stay in the process table, and its code be lost.
    fn reap(&self, mut child: Child, run: &Run) {
        let (codes, id) = (self.codes.clone(), (run.pid, run.start_time));
        tasks::detach("reap server", async move {
            if let Ok(status) = child.wait().await {
                codes.lock().insert(id, exit_code(status));
            }
        });
    }
}

#[async_trait]
impl Spawner for ProcessSpawner {
    fn kind(&self) -> &'static str {
        "simple"
    }

    async fn hub_access(&self) -> Result<HubAccess, SpawnError> {
        Ok(HubAccess::Loopback)
    }

    async fn start(&self, request: SpawnRequest, ctx: StartContext) -> Result<String, SpawnError> {
        let (program, args, bin) = self.program(&request, &ctx).await?;
        ctx.check()?;
        ctx.step(StartStep::Creating, "Starting a process");
        self.clear_leftover(&request.key).await?;
        let order = Order { config: &self.config, request: &request, program, args, bin };
        let gated = order.launch()?;
        let run = gated.run.clone();
        // Until the gate opens, being dropped ends the process.
        record::note(&self.config, &request.key, &run).map_err(SpawnError::io("writing down a server's process"))?;
        let saved = match ctx.check() {
            Ok(()) => ctx.checkpoint(run.state()).await,
            Err(cancelled) => Err(cancelled),
        };
        if let Err(error) = saved {
            record::drop_note(&self.config, &run);
            return Err(error);
        }
        ctx.check()?;
        ctx.step(StartStep::Booting, "Starting the notebook server");
        let child = gated.open().await?;
        info!(server.name = %request.key, "Started process {} for {}", run.pid, request.key);
        self.reap(child, &run);
        Ok(run.url())
    }

    async fn poll(&self, state: &SpawnerState) -> Result<Liveness, SpawnError> {
        Ok(self.liveness(&Run::of(state)?))
    }

    async fn wait(&self, state: &SpawnerState) -> Result<Liveness, SpawnError> {
        let run = Run::of(state)?;
        signal::ended(&run).await;
        let deadline = Instant::now() + CODE_DELAY;
        loop {
            match self.liveness(&run) {
                Liveness::Exited(Exit { code: None, .. }) if Instant::now() < deadline => {
                    sleep(Duration::from_millis(20)).await;
                }
                seen => return Ok(seen),
            }
        }
    }

    async fn address(&self, state: &SpawnerState) -> Result<String, SpawnError> {
        let run = Run::of(state)?;
        match self.liveness(&run) {
            Liveness::Running => Ok(run.url()),
            Liveness::Exited(exit) => Err(SpawnError::Exited(exit)),
            Liveness::Gone => Err(SpawnError::Exited(Exit::default())),
        }
    }

    async fn stop(&self, state: &SpawnerState, mode: StopMode) -> Result<(), SpawnError> {
        self.end(&Run::of(state)?, mode).await
    }

    async fn forget(&self, key: &ServerKey, home: &str) -> Result<(), SpawnError> {
        self.clear_leftover(key).await?;
        let name = key.object_name();
        for folder in [self.config.home(home), self.config.run_dir(&name)] {
            match tokio::fs::remove_dir_all(&folder).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(SpawnError::io("deleting a server's home")(error));
                }
                _ => {}
            }
        }
        info!(server.name = %key, "Deleted the home of {key}");
        Ok(())
    }

    async fn list(&self) -> Result<Vec<Found>, SpawnError> {
        let noted = record::all_noted(&self.config).into_iter();
        Ok(noted.map(|(key, run)| Found { key, state: run.state(), liveness: self.liveness(&run) }).collect())
    }

    async fn logs(&self, state: &SpawnerState, lines: usize) -> Result<Vec<String>, SpawnError> {
        let run = Run::of(state)?;
        record::log_lines(&self.config, &run.name, lines).map_err(SpawnError::io("reading a server's log"))
    }

    async fn sample(&self, state: &SpawnerState) -> Result<Option<Usage>, SpawnError> {
        let run = Run::of(state)?;
        let id = (run.pid, run.start_time);
        let read = || if run.is_alive() { procfs::total(run.pid) } else { None };
        let base = self.readings.lock().get(&id).copied().filter(|(at, _)| at.elapsed() >= FIRST_PAUSE);
        let (at, spent) = match base {
            Some(base) => base,
            None => {
                let Some(first) = read() else { return Ok(None) };
                let at = Instant::now();
                sleep(FIRST_PAUSE).await;
                (at, first.cpu_seconds)
            }
        };
        let Some(now) = read() else { return Ok(None) };
        let elapsed = at.elapsed().as_secs_f64().max(1e-3);
        self.readings.lock().insert(id, (Instant::now(), now.cpu_seconds));
        // A kernel that ended took its time out of the sum: no use is less than none.
        let cpus = ((now.cpu_seconds - spent) / elapsed).max(0.0);
        Ok(Some(Usage { cpus, memory_bytes: now.memory_bytes, memory_limit_bytes: None, traffic: None }))
    }

    fn homes(&self) -> Option<&dyn Homes> {
        Some(self)
    }
}

#[cfg(unix)]
fn exit_code(status: std::process::ExitStatus) -> i64 {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    i64::from(code.unwrap_or_default())
}

#[cfg(not(unix))]
fn exit_code(status: std::process::ExitStatus) -> i64 {
    i64::from(status.code().unwrap_or_default())
}

/// Whether the hub runs as root, whom Jupyter refuses to serve unless it is told to.
#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
