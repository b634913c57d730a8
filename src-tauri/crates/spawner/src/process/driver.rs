//! [`ProcessSpawner`]: the driver's face. Implements [`Spawner`] by the parts beside it. Keeps only what may be lost:
//! exit codes of its own children, and the last reading of each server's use.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use labdeck_model::{ResourceLimits, ServerKey, StartStep};
use parking_lot::Mutex;
use tokio::process::Child;
use tokio::sync::{OnceCell, broadcast};
use tokio::time::{Instant, sleep};
use tracing::info;

use super::cgroup::{Surroundings, Way};
use super::config::{ProcessConfig, find_program};
use super::environment::{self, Environment, EnvironmentReport, Repaired};
use super::memory::MemoryWatch;
use super::procfs;
use super::record::{self, Run};
use super::signal::{self, Ask};
use super::usage::Readings;
use super::{follow, links};
use crate::{
    Ceiling, Exit, Found, Happening, Hold, Homes, HubAccess, Liveness, LogLines, MountWish, SpawnError, SpawnRequest,
    Spawner, SpawnerState, StartContext, StopMode, Usage, tasks,
};

/// What a stop does beside waiting: groups and links are cleared away.
const STOP_MARGIN: Duration = Duration::from_secs(2);

/// How many lines of a server's own words an exit carries.
const EXIT_LINES: usize = 40;
/// How long the exit code of a child may take to arrive after its end was seen.
const CODE_DELAY: Duration = Duration::from_millis(500);
/// How often a running server is looked at: a read or two of small files of the kernel's.
const WATCH_INTERVAL: Duration = Duration::from_millis(250);

/// By a server's name, of its last run: the code of one that was stopped comes after everything else about it was dropped.
type Codes = Arc<Mutex<HashMap<String, (Run, i64)>>>;

/// Runs every server as a process of this computer.
#[derive(Debug)]
pub struct ProcessSpawner {
    pub(super) config: Arc<ProcessConfig>,
    pub(super) environment: Environment,
    codes: Codes,
    readings: Readings,
    /// How limits are kept here; looked up once, at the first need.
    way: OnceCell<Way>,
    memory: MemoryWatch,
    /// Whether groups that an earlier hub left were looked for.
    swept: AtomicBool,
    /// The group around all servers.
    pub(super) ceiling: Option<Arc<Ceiling>>,
}

// === impl ProcessSpawner ===

impl ProcessSpawner {
    /// A driver with these settings. Touches nothing yet.
    pub fn new(config: ProcessConfig) -> Self {
        Self {
            config: Arc::new(config),
            environment: Environment::default(),
            codes: Codes::default(),
            readings: Readings::default(),
            way: OnceCell::new(),
            memory: MemoryWatch::default(),
            swept: AtomicBool::new(false),
            ceiling: None,
        }
    }

    /// The same, with a group around all servers where the hub can make one.
    #[must_use]
    pub fn under(self, ceiling: Arc<Ceiling>) -> Self {
        Self { ceiling: Some(ceiling), ..self }
    }

    /// The settings.
    pub fn config(&self) -> &ProcessConfig {
        &self.config
    }

    /// Whether a start can begin at once: nothing must be installed before.
    pub fn is_prepared(&self) -> bool {
        let configured = self.config.cmd.as_ref().and_then(|cmd| find_program(cmd.first()?));
        configured.is_some() || environment::is_usable(&self.config)
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

    /// How limits are kept on this computer, in one line: for the log and for tests.
    pub async fn limits_kept_by(&self) -> String {
        self.way().await.words()
    }

    pub(super) async fn way(&self) -> &Way {
        self.way.get_or_init(|| Way::find(Surroundings::here())).await
    }

    /// How the environment stands that servers run in where no other is configured.
    pub async fn environment_report(&self) -> EnvironmentReport {
        self.environment.report(&self.config)
    }

    /// Looks whether that environment is whole, and makes it anew if not. Servers that run keep the old one.
    ///
    /// # Errors
    /// As [`Self::prepare`]; the old one then stays as it is.
    pub async fn repair_environment(&self, ctx: &StartContext) -> Result<Repaired, SpawnError> {
        let repaired = self.environment.repair(&self.config, ctx).await;
        self.environment.clean(&self.config);
        repaired
    }

    /// Makes that environment anew with the newest packages that the configuration allows.
    ///
    /// # Errors
    /// As [`Self::prepare`]; the old one then stays as it is.
    pub async fn upgrade_environment(&self, ctx: &StartContext) -> Result<(), SpawnError> {
        let upgraded = self.environment.upgrade(&self.config, ctx).await;
        self.environment.clean(&self.config);
        upgraded
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
        let is_noted = || record::noted(config, &run.name).is_some_and(|(_, noted)| noted == *run);
        let was_noted = is_noted();
        let gentle = [(Ask::Interrupt, config.interrupt_timeout), (Ask::Terminate, config.term_timeout)];
        for (ask, patience) in gentle.into_iter().filter(|_| mode == StopMode::Graceful) {
            signal::send(run, ask);
            if signal::ended_within(run, patience).await {
                break;
            }
        }
        // Somebody else ended it meanwhile, and its groups and its mark may be those of its next start already.
        if was_noted && !is_noted() {
            return Ok(());
        }
        if !signal::kill_family(run, config.kill_timeout).await {
            let stuck = std::io::Error::from(std::io::ErrorKind::TimedOut);
            return Err(SpawnError::io(format!("ending process {}", run.pid))(stuck));
        }
        run.groups.remove().await;
        run.links.iter().for_each(links::Link::remove);
        record::drop_note(config, run);
        self.memory.forget(run);
        self.readings.forget(run);
        if run.environment.is_some() {
            self.environment.clean(&self.config);
        }
        Ok(())
    }

    fn liveness(&self, run: &Run) -> Liveness {
        if run.is_alive() {
            return Liveness::Running;
        }
        let is_noted = record::noted(&self.config, &run.name).is_some_and(|(_, noted)| noted == *run);
        if run.boot != procfs::boot() {
            let log = if is_noted { self.last_words(run) } else { Vec::new() };
            return Liveness::Exited(Exit { log, with_computer: true, ..Exit::default() });
        }
        if !is_noted {
            return Liveness::Gone;
        }
        let code = self.codes.lock().get(&run.name).and_then(|(of, code)| (of == run).then_some(*code));
        let log = self.last_words(run);
        let killed = matches!(code, None | Some(137));
        Liveness::Exited(Exit { code, log, out_of_memory: killed && self.memory.ended_it(run), ..Exit::default() })
    }

    fn last_words(&self, run: &Run) -> Vec<String> {
        record::log_lines(&self.config, &run.name, EXIT_LINES).unwrap_or_default()
    }

    /// Waits for a child in the background: without that it would stay in the process table, and its code be lost.
    fn reap(&self, mut child: Child, run: &Run) {
        let (codes, run) = (self.codes.clone(), run.clone());
        tasks::detach("reap server", async move {
            if let Ok(status) = child.wait().await {
                codes.lock().insert(run.name.clone(), (run, exit_code(status)));
            }
        });
    }
}

async fn remove_folder(folder: &Path, doing: &'static str) -> Result<(), SpawnError> {
    match tokio::fs::remove_dir_all(folder).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(SpawnError::io(doing)(error)),
        _ => Ok(()),
    }
}

#[async_trait]
impl Spawner for ProcessSpawner {
    fn kind(&self) -> &'static str {
        "simple"
    }

    fn stop_patience(&self) -> Option<Duration> {
        let config = &self.config;
        Some(config.interrupt_timeout + config.term_timeout + config.kill_timeout + STOP_MARGIN)
    }

    async fn hub_access(&self) -> Result<HubAccess, SpawnError> {
        Ok(HubAccess::Loopback)
    }

    async fn start(&self, request: SpawnRequest, ctx: StartContext) -> Result<String, SpawnError> {
        // Until the server is written down, the environment that was chosen for it must not be taken for unused.
        let _lease = self.environment.lease().await;
        let program = self.program(&request, &ctx).await?;
        ctx.check()?;
        ctx.step(StartStep::Creating, "Starting a process");
        self.clear_leftover(&request.key).await?;
        let gated = self.launch(&request, program).await?;
        let run = gated.run.clone();
        // Until the gate opens, being dropped ends the process.
        record::note(&self.config, &request.key, &run).map_err(SpawnError::io("writing down a server's process"))?;
        let saved = match ctx.check() {
            Ok(()) => ctx.checkpoint(run.state()).await,
            Err(cancelled) => Err(cancelled),
        };
        if let Err(error) = saved {
            drop(gated);
            let _ = self.end(&run, StopMode::Kill).await;
            return Err(error);
        }
        self.memory.begin(&run);
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
        while run.is_alive() {
            self.memory.look(&self.config, &run);
            sleep(WATCH_INTERVAL).await;
        }
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
        // A home that the driver did not make is not its to delete.
        if self.config.keeps_homes() {
            remove_folder(&self.config.home(home), "deleting a server's home").await?;
            info!(server.name = %key, "Deleted the home of {key}");
        }
        self.forget_run(key).await
    }

    async fn forget_run(&self, key: &ServerKey) -> Result<(), SpawnError> {
        self.clear_leftover(key).await?;
        let name = key.object_name();
        self.codes.lock().remove(&name);
        remove_folder(&self.config.run_dir(&name), "deleting a server's log").await
    }

    async fn list(&self) -> Result<Vec<Found>, SpawnError> {
        // Once, before anything is started: later a group may be empty because its server is just being made.
        if !self.swept.swap(true, Ordering::AcqRel) {
            self.way().await.sweep(&self.config.group_beginning(), self.ceiling.as_deref());
        }
        let config = Arc::clone(&self.config);
        let noted = tokio::task::spawn_blocking(move || record::all_noted(&config)).await;
        let noted = noted.map_err(|stopped| SpawnError::io("listing servers")(stopped.into()))?;
        Ok(noted
            .into_iter()
            .map(|(key, run)| Found { key, state: run.state(), liveness: self.liveness(&run) })
            .collect())
    }

    async fn logs(&self, state: &SpawnerState, lines: usize) -> Result<Vec<String>, SpawnError> {
        let run = Run::of(state)?;
        record::log_lines(&self.config, &run.name, lines).map_err(SpawnError::io("reading a server's log"))
    }

    async fn follow_log(&self, state: &SpawnerState, lines: usize) -> Result<LogLines, SpawnError> {
        let run = Run::of(state)?;
        let path = record::log_path(&self.config, &run.name);
        // What is written between the two looks is shown twice rather than never.
        let at = path.metadata().map(|file| file.len()).unwrap_or_default();
        let last = self.logs(state, lines).await?;
        Ok(follow::follow(run, path, last, at))
    }

    async fn sample(&self, state: &SpawnerState) -> Result<Option<Usage>, SpawnError> {
        Ok(self.readings.sample(&Run::of(state)?).await)
    }

    async fn unenforced(&self, limits: &ResourceLimits) -> Vec<String> {
        self.way().await.unenforced(limits)
    }

    async fn unkept_together(&self) -> Option<String> {
        let (way, ceiling) = (self.way().await.clone(), self.ceiling.clone());
        let held = tokio::task::spawn_blocking(move || way.hold(ceiling.as_deref())).await;
        held.map_or_else(|_| Some("the hub is ending".into()), Hold::why_not)
    }

    async fn unenforced_mounts(&self, mounts: &[MountWish]) -> Vec<String> {
        links::unenforced(mounts)
    }

    fn happenings(&self) -> Option<broadcast::Receiver<Happening>> {
        Some(self.memory.subscribe())
    }

    fn homes(&self) -> Option<&dyn Homes> {
        // Folders that the configuration or the system names are not the driver's to list, pack or delete.
        self.config.keeps_homes().then_some(self as &dyn Homes)
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
