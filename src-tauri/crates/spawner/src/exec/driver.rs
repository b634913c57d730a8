//! [`ExecSpawner`]: the driver's face. Implements [`Spawner`] by asking the program; keeps nothing of any server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use labdeck_model::{ResourceLimits, ServerKey, StartStep};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::sleep;
use tracing::debug;

use super::call::{Broken, Call, ask};
use super::protocol::{Key, Listed, Question, Sampled, Status, address, keepable, lines};
use crate::{
    Found, HubAccess, Liveness, Progress, SpawnError, SpawnRequest, Spawner, SpawnerState, StartContext, StopMode,
    Usage,
};

/// How often a server is looked at whose program cannot wait for its end.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);
/// A stop may take as long as this many other calls.
const STOP_CALLS: u32 = 2;
/// For the program to begin and to end around its answer.
const STOP_MARGIN: Duration = Duration::from_secs(5);

/// The settings of one exec driver.
#[derive(Debug, Clone)]
pub struct ExecConfig {
    /// The program and its first arguments; the verb is added as the last one.
    pub program: Vec<String>,
    /// How long a call may take that is no start; a stop gets twice as much.
    pub call_timeout: Duration,
    /// The hub's lasting identity, for `list`.
    pub hub_id: String,
}

/// Has every server started by a program.
#[derive(Debug)]
pub struct ExecSpawner {
    config: ExecConfig,
    /// Whether the program has said that it cannot wait.
    cannot_wait: AtomicBool,
    /// Whether it has said that it cannot list: the hub asks for that again and again.
    cannot_list: AtomicBool,
}

// === impl ExecSpawner ===

impl ExecSpawner {
    /// A driver with these settings. Runs nothing yet.
    pub fn new(config: ExecConfig) -> Self {
        Self { config, cannot_wait: AtomicBool::new(false), cannot_list: AtomicBool::new(false) }
    }

    fn name(&self) -> &str {
        self.config.program.first().map_or("", String::as_str)
    }

    async fn call(&self, question: Question<'_>) -> Result<Value, SpawnError> {
        let (verb, limit) = (question.verb, self.config.call_timeout);
        let answer =
            ask(&self.config.program, &question, if verb == "stop" { limit * STOP_CALLS } else { limit }).await;
        answer.map_err(|broken| broken.into_error(self.name(), verb, None))
    }

    /// The same for a verb that a program need not know.
    async fn call_optional(&self, question: Question<'_>) -> Result<Option<Value>, SpawnError> {
        let verb = question.verb;
        match ask(&self.config.program, &question, self.config.call_timeout).await {
            Ok(answer) => Ok(Some(answer)),
            Err(broken) if broken.is_unsupported() => Ok(None),
            Err(broken) => Err(broken.into_error(self.name(), verb, None)),
        }
    }

    fn wrong(&self, verb: &str, words: impl std::fmt::Display) -> SpawnError {
        Broken::Wrong(format!("Of its answer: {words}."), Vec::new()).into_error(self.name(), verb, None)
    }

    fn read<T: DeserializeOwned>(&self, verb: &str, answer: Value) -> Result<T, SpawnError> {
        serde_json::from_value(answer).map_err(|error| self.wrong(verb, error))
    }

    /// A start up to its last line; says what was handed over.
    async fn run_start(&self, request: &SpawnRequest, ctx: &StartContext) -> Result<String, StartBroken> {
        let mut call = Call::begin(&self.config.program, &Question::start(request)).await?;
        let mut saved = None;
        loop {
            let mut line = call.next_or(ctx.token()).await?;
            if let Some(message) = line.progress.take() {
                let percent = line.percent.filter(|share| (0.0..=100.0).contains(share)).map(|share| share as u8);
                let message = message.replace(request.hub.api_token.expose().as_str(), "…");
                let message = message.chars().take(200).collect();
                ctx.progress(Progress { step: StartStep::Creating, percent, message });
            }
            if let Some(state) = line.state.take() {
                let state = keepable(state).map_err(wrong)?;
                ctx.checkpoint(SpawnerState(state.clone())).await.map_err(StartBroken::Hub)?;
                saved = Some(state);
                call.go_on().await;
            }
            if let Some(result) = line.into_result()? {
                if saved.is_none() {
                    return Err(wrong("It named no state before its answer, so the server could not be found again"));
                }
                let url = address(&result).map_err(wrong)?;
                call.end().await;
                return Ok(url);
            }
        }
    }
}

/// How a start goes wrong.
enum StartBroken {
    /// By the program.
    Program(Broken),
    /// By the hub.
    Hub(SpawnError),
}

impl From<Broken> for StartBroken {
    fn from(broken: Broken) -> Self {
        Self::Program(broken)
    }
}

fn wrong(words: impl std::fmt::Display) -> StartBroken {
    StartBroken::Program(Broken::Wrong(format!("{words}."), Vec::new()))
}

#[async_trait]
impl Spawner for ExecSpawner {
    fn kind(&self) -> &'static str {
        "exec"
    }

    fn stop_patience(&self) -> Option<Duration> {
        Some(self.config.call_timeout * STOP_CALLS + STOP_MARGIN)
    }

    async fn hub_access(&self) -> Result<HubAccess, SpawnError> {
        Ok(HubAccess::Loopback)
    }

    async fn start(&self, request: SpawnRequest, ctx: StartContext) -> Result<String, SpawnError> {
        ctx.step(StartStep::Creating, "Asking for a server");
        let secret = request.hub.api_token.expose().clone();
        match self.run_start(&request, &ctx).await {
            Ok(url) => {
                ctx.step(StartStep::Booting, "Starting the notebook server");
                Ok(url)
            }
            Err(StartBroken::Hub(error)) => Err(error),
            Err(StartBroken::Program(broken)) => Err(broken.into_error(self.name(), "start", Some(&secret))),
        }
    }

    async fn poll(&self, state: &SpawnerState) -> Result<Liveness, SpawnError> {
        let answer = self.call(Question::about("poll", &state.0)).await?;
        let status: Status = self.read("poll", answer)?;
        status.liveness().map_err(|words| self.wrong("poll", words))
    }

    async fn wait(&self, state: &SpawnerState) -> Result<Liveness, SpawnError> {
        if !self.cannot_wait.load(Ordering::Acquire) {
            // As long as the server lives: no time limit fits.
            let answer = ask(&self.config.program, &Question::about("wait", &state.0), Duration::MAX).await;
            match answer {
                Ok(answer) => {
                    let status: Status = self.read("wait", answer)?;
                    return status.liveness().map_err(|words| self.wrong("wait", words));
                }
                Err(broken) if broken.is_unsupported() => {
                    debug!("The program {} cannot wait for the end of a server", self.name());
                    self.cannot_wait.store(true, Ordering::Release);
                }
                Err(broken) => return Err(broken.into_error(self.name(), "wait", None)),
            }
        }
        loop {
            match self.poll(state).await? {
                Liveness::Running => sleep(LOOK_INTERVAL).await,
                ended => return Ok(ended),
            }
        }
    }

    async fn address(&self, state: &SpawnerState) -> Result<String, SpawnError> {
        let answer = self.call(Question::about("address", &state.0)).await?;
        address(&answer).map_err(|words| self.wrong("address", words))
    }

    async fn stop(&self, state: &SpawnerState, mode: StopMode) -> Result<(), SpawnError> {
        let mode = match mode {
            StopMode::Graceful => "graceful",
            StopMode::Kill => "kill",
        };
        self.call(Question { mode: Some(mode), ..Question::about("stop", &state.0) }).await.map(drop)
    }

    async fn forget(&self, key: &ServerKey, home: &str) -> Result<(), SpawnError> {
        let question = Question { key: Some(Key::of(key)), home: Some(home), ..Question::new("forget") };
        self.call_optional(question).await.map(drop)
    }

    async fn list(&self) -> Result<Vec<Found>, SpawnError> {
        if self.cannot_list.load(Ordering::Acquire) {
            return Ok(Vec::new());
        }
        let question = Question { hub_id: Some(&self.config.hub_id), ..Question::new("list") };
        let Some(mut answer) = self.call_optional(question).await? else {
            self.cannot_list.store(true, Ordering::Release);
            return Ok(Vec::new());
        };
        let servers = answer.get_mut("servers").map(Value::take).unwrap_or_default();
        let listed: Vec<Listed> = self.read("list", servers)?;
        let found = listed.into_iter().map(|entry| {
            let liveness = entry.status.liveness().map_err(|words| self.wrong("list", words))?;
            let key = entry.key().ok_or_else(|| self.wrong("list", "a server has no name that a person can have"))?;
            Ok(Found { key, state: SpawnerState(entry.state), liveness })
        });
        found.collect()
    }

    async fn logs(&self, state: &SpawnerState, wanted: usize) -> Result<Vec<String>, SpawnError> {
        let question = Question { lines: Some(wanted), ..Question::about("logs", &state.0) };
        let Some(mut answer) = self.call_optional(question).await? else { return Ok(Vec::new()) };
        let all = answer.get_mut("lines").map(Value::take).unwrap_or_default();
        Ok(lines(self.read("logs", all)?, wanted))
    }

    async fn sample(&self, state: &SpawnerState) -> Result<Option<Usage>, SpawnError> {
        match self.call_optional(Question::about("sample", &state.0)).await? {
            None | Some(Value::Null) => Ok(None),
            Some(answer) => {
                let used: Sampled = self.read("sample", answer)?;
                let Sampled { cpus, memory_bytes, memory_limit_bytes } = used;
                let cpus = if cpus.is_finite() { cpus.max(0.0) } else { 0.0 };
                Ok(Some(Usage { cpus, memory_bytes, memory_limit_bytes, traffic: None }))
            }
        }
    }

    async fn unenforced(&self, limits: &ResourceLimits) -> Vec<String> {
        if *limits == ResourceLimits::NONE {
            return Vec::new();
        }
        let question = Question { limits: Some(limits), ..Question::new("unenforced") };
        let answer = match self.call_optional(question).await {
            Ok(Some(mut answer)) => {
                serde_json::from_value(answer.get_mut("sentences").map(Value::take).unwrap_or_default())
            }
            Ok(None) | Err(_) => return vec![unknown(self.name())],
        };
        answer.map_or_else(|_| vec![unknown(self.name())], |sentences| lines(sentences, 10))
    }
}

fn unknown(program: &str) -> String {
    format!("Whether the limits hold is known to the program alone that starts the servers ({program}).")
}
