//! Which driver a start uses. Owns the rule of the two: Docker where an engine answers, local processes where the
//! configuration names no driver and none does; a server keeps the driver that holds its files.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use labdeck_model::EngineState;
use labdeck_spawner::Spawner;
use tokio::sync::watch;

use crate::error::{Error, Kind, Result};

/// The drivers of this hub.
#[derive(Debug)]
pub struct Spawners {
    all: Vec<Arc<dyn Spawner>>,
    /// The kind that the configuration names, if it names one.
    named: Option<String>,
    engine: watch::Receiver<EngineState>,
    /// Whether the lead has accepted that local processes run as the lead.
    accepted: AtomicBool,
}

/// Who asks for a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// The lead, or another admin, for themselves.
    Lead,
    /// Anybody else.
    Person,
}

/// Containers.
pub const DOCKER: &str = "docker";
/// Processes of this account.
pub const SIMPLE: &str = "simple";
/// Whatever the program of the configuration starts.
pub const EXEC: &str = "exec";

// === impl Spawners ===

impl Spawners {
    /// Of the given drivers. `engine` tells how the container engine stands. Nobody has accepted local processes yet.
    pub fn new(all: Vec<Arc<dyn Spawner>>, named: Option<String>, engine: watch::Receiver<EngineState>) -> Self {
        Self { all, named, engine, accepted: AtomicBool::new(false) }
    }

    /// All drivers.
    pub fn all(&self) -> &[Arc<dyn Spawner>] {
        &self.all
    }

    /// The driver of a kind.
    pub fn find(&self, kind: &str) -> Option<Arc<dyn Spawner>> {
        self.all.iter().find(|spawner| spawner.kind() == kind).cloned()
    }

    /// How the container engine stands.
    pub fn engine(&self) -> EngineState {
        self.engine.borrow().clone()
    }

    /// Told whenever the engine comes or goes.
    pub fn watch_engine(&self) -> watch::Receiver<EngineState> {
        self.engine.clone()
    }

    /// Whether local processes were accepted, by the lead or by being named in the configuration.
    pub fn is_simple_accepted(&self) -> bool {
        self.accepted.load(Ordering::Acquire) || self.named.as_deref() == Some(SIMPLE)
    }

    /// Notes the lead's decision.
    pub fn set_accepted(&self, accepted: bool) {
        self.accepted.store(accepted, Ordering::Release);
    }

    /// The kind that a new server gets now, and why, in a sentence.
    pub fn current(&self) -> (&str, String) {
        match (self.named.as_deref(), self.engine()) {
            (Some(named), _) => (named, format!("The configuration names {named}.")),
            (None, EngineState::Running { version }) if self.find(DOCKER).is_some() => {
                (DOCKER, format!("Docker {version} answers, so each server gets a container of its own."))
            }
            (None, engine) => (
                SIMPLE,
                format!(
                    "No container engine can be used, so servers run as programs of this account. {}",
                    engine.remedy()
                ),
            ),
        }
    }

    /// The driver for a start. `kept` is the driver that holds the server's files, if it ran before.
    ///
    /// # Errors
    /// 503 when the driver with the files is away; 403 where local processes were not accepted.
    pub fn choose(&self, kept: Option<&str>, whom: For) -> Result<Arc<dyn Spawner>> {
        let kind = kept.unwrap_or_else(|| self.current().0);
        let engine = self.engine();
        if kind == DOCKER && !matches!(engine, EngineState::Running { .. }) {
            let files = if kept.is_some() {
                " Your files are safe in it, and a server elsewhere would not have them."
            } else {
                ""
            };
            return Err(Error::new(
                Kind::Unavailable,
                format!("Docker cannot be used at the moment.{files} {}", engine.remedy()),
            ));
        }
        if kind == SIMPLE && whom == For::Person && !self.is_simple_accepted() {
            return Err(Error::forbidden(
                "Without Docker every server runs as the lead's own account and can read the lead's files. \
                 The lead has not accepted that yet: ask for it, or for Docker to be installed.",
            ));
        }
        self.find(kind).ok_or_else(|| {
            Error::new(Kind::Unavailable, format!("This server was started with {kind}, which this hub does not have."))
        })
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use labdeck_model::ServerKey;
    use labdeck_spawner::{
        Found, HubAccess, Liveness, SpawnError, SpawnRequest, SpawnerState, StartContext, StopMode, Usage,
    };

    use super::*;

    #[derive(Debug)]
    struct Named(&'static str);

    #[async_trait]
    impl Spawner for Named {
        fn kind(&self) -> &'static str {
            self.0
        }
        async fn hub_access(&self) -> std::result::Result<HubAccess, SpawnError> {
            Ok(HubAccess::Loopback)
        }
        async fn start(&self, _: SpawnRequest, _: StartContext) -> std::result::Result<String, SpawnError> {
            Err(SpawnError::Cancelled)
        }
        async fn poll(&self, _: &SpawnerState) -> std::result::Result<Liveness, SpawnError> {
            Ok(Liveness::Gone)
        }
        async fn wait(&self, _: &SpawnerState) -> std::result::Result<Liveness, SpawnError> {
            Ok(Liveness::Gone)
        }
        async fn address(&self, _: &SpawnerState) -> std::result::Result<String, SpawnError> {
            Err(SpawnError::Cancelled)
        }
        async fn stop(&self, _: &SpawnerState, _: StopMode) -> std::result::Result<(), SpawnError> {
            Ok(())
        }
        async fn forget(&self, _: &ServerKey, _: &str) -> std::result::Result<(), SpawnError> {
            Ok(())
        }
        async fn list(&self) -> std::result::Result<Vec<Found>, SpawnError> {
            Ok(Vec::new())
        }
        async fn logs(&self, _: &SpawnerState, _: usize) -> std::result::Result<Vec<String>, SpawnError> {
            Ok(Vec::new())
        }
        async fn sample(&self, _: &SpawnerState) -> std::result::Result<Option<Usage>, SpawnError> {
            Ok(None)
        }
    }

    fn spawners(named: Option<&str>, engine: EngineState) -> Spawners {
        let (_, engine) = watch::channel(engine);
        Spawners::new(vec![Arc::new(Named(DOCKER)), Arc::new(Named(SIMPLE))], named.map(str::to_owned), engine)
    }

    fn running() -> EngineState {
        EngineState::Running { version: "28".to_owned() }
    }

    #[test]
    fn local_processes_take_over_only_where_nothing_is_named_and_no_engine_answers() {
        assert_eq!(spawners(None, running()).current().0, DOCKER);
        assert_eq!(spawners(None, EngineState::NotRunning).current().0, SIMPLE);
        assert_eq!(spawners(Some(DOCKER), EngineState::NotRunning).current().0, DOCKER);
        assert_eq!(spawners(Some(SIMPLE), running()).current().0, SIMPLE);
    }

    #[test]
    fn a_server_keeps_the_driver_that_holds_its_files() {
        let gone = spawners(None, EngineState::NotRunning);
        assert!(matches!(gone.choose(Some(DOCKER), For::Lead).unwrap_err().kind(), Kind::Unavailable));
        assert_eq!(spawners(None, running()).choose(Some(SIMPLE), For::Lead).unwrap().kind(), SIMPLE);
    }

    #[test]
    fn without_consent_only_the_lead_starts_a_local_process() {
        let spawners = spawners(None, EngineState::NotInstalled);
        assert_eq!(spawners.choose(None, For::Lead).unwrap().kind(), SIMPLE);
        assert_eq!(spawners.choose(None, For::Person).unwrap_err().kind(), Kind::Forbidden);
        spawners.set_accepted(true);
        assert_eq!(spawners.choose(None, For::Person).unwrap().kind(), SIMPLE);
    }
}
