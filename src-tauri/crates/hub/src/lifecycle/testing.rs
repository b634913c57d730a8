//! Doubles for the lifecycle's tests: a spawner that follows a script, ports that keep a journal, and a clock that
//! goes with the runtime's paused time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use labdeck_model::{Clock, Failure, Grant, ResourceLimits, ServerKey, StartStep, Timestamp, UserName};
use labdeck_spawner::{
    Exit, Found, HubAccess, HubFacts, Liveness, SpawnError, SpawnRequest, Spawner, SpawnerState, StartContext,
    StopMode, Usage,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use super::ports::{BoxError, Minted, Ports, Readiness, Record, Snapshot, StartOptions};
use super::{Limits, Registry, Room, Settings, TimeoutTable, Timeouts};

pub(super) const URL: &str = "http://127.0.0.1:49153";

/// What a scripted start does, one after the other.
#[derive(Debug, Clone)]
pub(super) enum Move {
    Checkpoint,
    Report(StartStep),
    Take(Duration),
    Run,
    /// Waits for the cancellation and returns.
    HeedCancel,
    /// Never returns.
    Hang,
    Fail,
    Panic,
    /// The engine goes, and the start notices it.
    EngineGoes,
    /// The engine goes silent, and the start notices nothing.
    EngineHangs,
}

#[derive(Debug)]
pub(super) struct Script {
    pub(super) start: Mutex<Vec<Move>>,
    /// By key: how the container is.
    pub(super) containers: watch::Sender<BTreeMap<ServerKey, Liveness>>,
    pub(super) engine: watch::Sender<bool>,
    pub(super) stop_takes: Mutex<Duration>,
    pub(super) stop_patience: Mutex<Option<Duration>>,
    pub(super) stop_fails: AtomicBool,
    pub(super) url: Mutex<String>,
    pub(super) journal: Journal,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Journal(Arc<Mutex<Vec<String>>>);

#[derive(Debug)]
pub(super) struct FakePorts {
    pub(super) script: Arc<Script>,
    pub(super) records: Mutex<BTreeMap<ServerKey, Record>>,
    pub(super) answers: AtomicBool,
    pub(super) disk_full: AtomicBool,
    pub(super) breaks: AtomicBool,
    pub(super) starts: Mutex<Vec<super::StartTimes>>,
    pub(super) history: Mutex<Vec<(&'static str, String)>>,
    pub(super) journal: Journal,
}

#[derive(Debug)]
pub(super) struct RuntimeClock(Instant);

/// One hub's lifecycle with its doubles.
pub(super) struct Stage {
    pub(super) script: Arc<Script>,
    pub(super) ports: Arc<FakePorts>,
    pub(super) journal: Journal,
    pub(super) registry: Registry,
}

// === impl Stage ===

impl Stage {
    pub(super) fn new(start: &[Move]) -> Self {
        let journal = Journal::default();
        let script = Arc::new(Script {
            start: Mutex::new(start.to_vec()),
            containers: watch::Sender::default(),
            engine: watch::Sender::new(true),
            stop_takes: Mutex::default(),
            stop_patience: Mutex::default(),
            stop_fails: AtomicBool::new(false),
            url: Mutex::new(URL.to_owned()),
            journal: journal.clone(),
        });
        let ports = Arc::new(FakePorts {
            script: Arc::clone(&script),
            records: Mutex::default(),
            answers: AtomicBool::new(true),
            disk_full: AtomicBool::new(false),
            breaks: AtomicBool::new(false),
            starts: Mutex::default(),
            history: Mutex::default(),
            journal: journal.clone(),
        });
        Self { registry: registry(&ports, Limits::default()), script, ports, journal }
    }

    /// The hub again, after a crash: nothing but store and containers is left.
    pub(super) fn restart(&mut self) {
        self.journal.0.lock().clear();
        self.registry = registry(&self.ports, Limits::default());
    }

    pub(super) fn options(&self) -> StartOptions {
        StartOptions {
            spawner: Arc::clone(&self.script) as Arc<dyn Spawner>,
            stack: None,
            user_options: json!({}),
            grant: Grant::default(),
            mounts: Vec::new(),
            groups: Vec::new(),
            patience: super::Patience::Refuse,
            asked_by: String::new(),
        }
    }

    pub(super) fn ends(&self, key: &ServerKey, how: Liveness) {
        self.script.containers.send_modify(|containers| drop(containers.insert(key.clone(), how)));
    }

    pub(super) fn containers(&self) -> usize {
        self.script.containers.borrow().len()
    }
}

pub(super) fn registry(ports: &Arc<FakePorts>, limits: Limits) -> Registry {
    registry_in(ports, limits, Arc::new(super::Boundless))
}

pub(super) fn registry_in(ports: &Arc<FakePorts>, limits: Limits, room: Arc<dyn Room>) -> Registry {
    let second = Duration::from_secs(1);
    let timeouts = Timeouts { cancel: second * 10, stop: second * 30, kill: second * 20, ..Timeouts::default() };
    let clock = Arc::new(RuntimeClock(Instant::now()));
    let settings = Settings { timeouts: TimeoutTable::new(timeouts), limits, base_url: "/".into(), room };
    Registry::new(Arc::clone(ports) as Arc<dyn Ports>, clock, settings)
}

pub(super) fn key(user: &str) -> ServerKey {
    ServerKey::default_of(UserName::parse(user).unwrap())
}

pub(super) fn state_of(key: &ServerKey) -> SpawnerState {
    SpawnerState(json!({ "container": key.to_string() }))
}

fn key_of(state: &SpawnerState) -> Result<ServerKey, SpawnError> {
    let text = state.0.get("container").and_then(Value::as_str).ok_or_else(|| SpawnError::State("nonsense".into()))?;
    Ok(key(text))
}

pub(super) fn exited(code: i64) -> Liveness {
    Liveness::Exited(Exit { code: Some(code), log: vec!["last words".into()], ..Exit::default() })
}

// === impl Journal ===

impl Journal {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().push(what.into());
    }

    /// What happened so far, without what was noted more than once in a row.
    pub(super) fn told(&self) -> Vec<String> {
        let mut told = self.0.lock().clone();
        told.dedup();
        told
    }

    pub(super) fn count(&self, what: &str) -> usize {
        self.0.lock().iter().filter(|line| *line == what).count()
    }
}

// === impl Script ===

impl Script {
    fn engine_answers(&self) -> Result<(), SpawnError> {
        if *self.engine.borrow() { Ok(()) } else { Err(SpawnError::EngineGone("no socket".into())) }
    }

    async fn make(&self, what: Move, key: &ServerKey, ctx: &StartContext) -> Result<(), SpawnError> {
        match what {
            Move::Checkpoint => {
                self.containers.send_modify(|containers| drop(containers.insert(key.clone(), exited(0))));
                ctx.checkpoint(state_of(key)).await?;
            }
            Move::Report(step) => ctx.step(step, format!("{step:?}")),
            Move::Take(time) => tokio::time::sleep(time).await,
            Move::Run => {
                self.containers.send_modify(|containers| drop(containers.insert(key.clone(), Liveness::Running)));
            }
            Move::HeedCancel => {
                ctx.cancelled().await;
                return Err(SpawnError::Cancelled);
            }
            Move::Hang => std::future::pending().await,
            Move::Fail => return Err(SpawnError::ImageNotFound { image: "x".into(), said: "no".into() }),
            Move::EngineGoes => {
                self.engine.send_replace(false);
                return Err(SpawnError::EngineGone("no socket".into()));
            }
            Move::EngineHangs => drop(self.engine.send_replace(false)),
            Move::Panic => panic!("scripted"),
        }
        Ok(())
    }
}

#[async_trait]
impl Spawner for Script {
    fn kind(&self) -> &'static str {
        "scripted"
    }

    fn stop_patience(&self) -> Option<Duration> {
        *self.stop_patience.lock()
    }

    async fn hub_access(&self) -> Result<HubAccess, SpawnError> {
        Ok(HubAccess::Loopback)
    }

    async fn start(&self, request: SpawnRequest, ctx: StartContext) -> Result<String, SpawnError> {
        self.journal.note("start");
        let moves = self.start.lock().clone();
        for what in moves {
            self.make(what, &request.key, &ctx).await?;
        }
        Ok(URL.into())
    }

    async fn poll(&self, state: &SpawnerState) -> Result<Liveness, SpawnError> {
        self.engine_answers()?;
        let key = key_of(state)?;
        Ok(self.containers.borrow().get(&key).cloned().unwrap_or(Liveness::Gone))
    }

    async fn wait(&self, state: &SpawnerState) -> Result<Liveness, SpawnError> {
        let (mut containers, mut engine) = (self.containers.subscribe(), self.engine.subscribe());
        loop {
            match self.poll(state).await? {
                Liveness::Running => {}
                ended => return Ok(ended),
            }
            tokio::select! {
                _ = containers.changed() => {}
                _ = engine.changed() => {}
            }
        }
    }

    async fn address(&self, _: &SpawnerState) -> Result<String, SpawnError> {
        self.engine_answers()?;
        Ok(self.url.lock().clone())
    }

    async fn stop(&self, state: &SpawnerState, mode: StopMode) -> Result<(), SpawnError> {
        self.journal.note(format!("stop {mode:?}"));
        self.engine_answers()?;
        if self.stop_fails.load(Ordering::SeqCst) {
            return Err(SpawnError::Engine { doing: "stopping", said: "no".into() });
        }
        let takes = *self.stop_takes.lock();
        if mode == StopMode::Graceful {
            tokio::time::sleep(takes).await;
        }
        let key = key_of(state)?;
        self.containers.send_modify(|containers| drop(containers.remove(&key)));
        Ok(())
    }

    async fn forget(&self, _: &ServerKey, _: &str) -> Result<(), SpawnError> {
        Ok(())
    }

    async fn list(&self) -> Result<Vec<Found>, SpawnError> {
        self.engine_answers()?;
        let containers = self.containers.borrow();
        Ok(containers
            .iter()
            .map(|(key, liveness)| Found { key: key.clone(), state: state_of(key), liveness: liveness.clone() })
            .collect())
    }

    async fn logs(&self, _: &SpawnerState, _: usize) -> Result<Vec<String>, SpawnError> {
        Ok(vec!["last words".into()])
    }

    async fn sample(&self, _: &SpawnerState) -> Result<Option<Usage>, SpawnError> {
        Ok(None)
    }
}

// === impl FakePorts ===

#[async_trait]
impl Ports for FakePorts {
    fn spawners(&self) -> Vec<Arc<dyn Spawner>> {
        vec![Arc::clone(&self.script) as Arc<dyn Spawner>]
    }

    async fn mint_tokens(&self, key: &ServerKey, options: &StartOptions) -> Result<Minted, Failure> {
        self.journal.note("mint");
        let hub = HubFacts {
            api_url: "http://127.0.0.1:8081/hub/api".into(),
            base_url: "/".into(),
            api_token: "secret".to_owned().into(),
            public_url: None,
        };
        let request = SpawnRequest {
            key: key.clone(),
            home: "home-of-the-test".to_owned(),
            hub_id: "test".into(),
            stack: options.stack.clone(),
            limits: ResourceLimits::default(),
            hub,
            cmd: None,
            args: vec![],
            environment: BTreeMap::new(),
            user_options: options.user_options.clone(),
            default_url: None,
            mounts: Vec::new(),
            gpus: Vec::new(),
            groups: Vec::new(),
        };
        Ok(Minted { request })
    }

    async fn revoke_tokens(&self, _: &ServerKey) -> Result<(), BoxError> {
        self.journal.note("revoke");
        Ok(())
    }

    async fn persist(&self, record: &Record) -> Result<(), BoxError> {
        if self.disk_full.load(Ordering::SeqCst) {
            return Err("disk full".into());
        }
        let has_state = if record.spawner_state.is_some() { "+" } else { "" };
        self.journal.note(format!("persist {}{has_state}", record.state.word()));
        self.records.lock().insert(record.key.clone(), record.clone());
        Ok(())
    }

    async fn records(&self) -> Result<Vec<Record>, BoxError> {
        Ok(self.records.lock().values().cloned().collect())
    }

    async fn publish(&self, snapshot: &Snapshot) {
        self.journal.note(format!("publish {}", snapshot.state().word()));
    }

    async fn add_route(&self, _: &ServerKey, _: &str) -> Result<(), Failure> {
        self.journal.note("add route");
        Ok(())
    }

    async fn delete_route(&self, _: &ServerKey) -> Result<(), BoxError> {
        assert!(!self.breaks.load(Ordering::SeqCst), "scripted");
        self.journal.note("delete route");
        Ok(())
    }

    fn usual_seconds(&self, _: &str, _: Option<&str>) -> Option<u32> {
        None
    }

    async fn note_start(&self, _: &Record, times: &super::StartTimes) {
        self.starts.lock().push(times.clone());
    }

    async fn note(&self, _: &ServerKey, kind: &'static str, message: String) {
        self.history.lock().push((kind, message));
    }

    async fn probe(&self, _: &ServerKey, _: &str) -> Result<Readiness, String> {
        let answers = self.answers.load(Ordering::SeqCst);
        answers.then(|| Readiness { version: Some("6.1.1".into()) }).ok_or_else(|| "no connection".into())
    }
}

// === impl RuntimeClock ===

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(1_000_000_000_000).after(self.0.elapsed())
    }
}
