//! What stands in for the world around a hub: servers that are only said to run, a public port that opens nothing,
//! secrets in memory, a roomy machine.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use labdeck_hub::Machine;
use labdeck_hub::error::Error;
use labdeck_hub::overview::{Front, FrontState, Network};
use labdeck_hub::resources::{Gauge, MachineMemory, NoCards};
use labdeck_hub::secrets::{SecretError, SecretStore};
use labdeck_model::{Secret, ServerKey};
use labdeck_spawner::{
    Found, HubAccess, Liveness, SpawnError, SpawnRequest, Spawner, SpawnerState, StartContext, StopMode, Usage,
};
use parking_lot::Mutex;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Servers that run until they are stopped, all at one address.
#[derive(Debug)]
pub(crate) struct StandInServers {
    url: String,
    stopped: watch::Sender<BTreeSet<String>>,
    tokens: Mutex<BTreeMap<String, String>>,
}

/// Answers whatever it is asked as a single-user server answers a probe.
pub(crate) async fn answer_probes() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(labdeck_hub::tasks::spawn("stand-in", async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked).await;
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 15\r\nconnection: close\r\n\r\n{\"version\":\"2\"}";
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    }));
    url
}

// === impl StandInServers ===

impl StandInServers {
    pub(crate) fn new(url: &str) -> Arc<Self> {
        let (stopped, tokens) = (watch::Sender::default(), Mutex::default());
        Arc::new(Self { url: url.to_owned(), stopped, tokens })
    }

    /// The token that a server was started with.
    pub(crate) fn token_of(&self, key: &str) -> String {
        self.tokens.lock()[key].clone()
    }
}

fn name(state: &SpawnerState) -> String {
    state.0.as_str().unwrap_or_default().to_owned()
}

#[async_trait]
impl Spawner for StandInServers {
    fn kind(&self) -> &'static str {
        "simple"
    }

    async fn hub_access(&self) -> Result<HubAccess, SpawnError> {
        Ok(HubAccess::Loopback)
    }

    async fn start(&self, request: SpawnRequest, ctx: StartContext) -> Result<String, SpawnError> {
        let name = request.key.to_string();
        ctx.checkpoint(SpawnerState(json!(name))).await?;
        self.tokens.lock().insert(name.clone(), request.hub.api_token.expose().clone());
        self.stopped.send_if_modified(|stopped| stopped.remove(&name));
        Ok(self.url.clone())
    }

    async fn poll(&self, state: &SpawnerState) -> Result<Liveness, SpawnError> {
        let stopped = self.stopped.borrow().contains(&name(state));
        Ok(if stopped { Liveness::Gone } else { Liveness::Running })
    }

    async fn wait(&self, state: &SpawnerState) -> Result<Liveness, SpawnError> {
        let name = name(state);
        let _ = self.stopped.subscribe().wait_for(|stopped| stopped.contains(&name)).await;
        Ok(Liveness::Gone)
    }

    async fn address(&self, _: &SpawnerState) -> Result<String, SpawnError> {
        Ok(self.url.clone())
    }

    async fn stop(&self, state: &SpawnerState, _: StopMode) -> Result<(), SpawnError> {
        self.stopped.send_if_modified(|stopped| stopped.insert(name(state)));
        Ok(())
    }

    async fn forget(&self, _: &ServerKey, _: &str) -> Result<(), SpawnError> {
        Ok(())
    }

    async fn list(&self) -> Result<Vec<Found>, SpawnError> {
        Ok(Vec::new())
    }

    async fn logs(&self, _: &SpawnerState, _: usize) -> Result<Vec<String>, SpawnError> {
        Ok(vec!["a line".to_owned()])
    }

    async fn sample(&self, _: &SpawnerState) -> Result<Option<Usage>, SpawnError> {
        Ok(None)
    }
}

/// A public port that is never opened.
#[derive(Debug)]
pub(crate) struct ClosedFront;

#[async_trait]
impl Front for ClosedFront {
    fn state(&self) -> FrontState {
        let local_url = "http://127.0.0.1:8000/".to_owned();
        FrontState { on: true, network: Network::Local, port: 8000, addresses: Vec::new(), local_url, problem: None }
    }

    async fn change(&self, _: Option<bool>, _: Option<Network>, _: Option<u16>) -> Result<(), Error> {
        Ok(())
    }

    async fn claimed(&self) {}
}

/// The same secrets for every hub, so that one signs for all.
#[derive(Debug, Clone, Default)]
pub(crate) struct KnownSecrets(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl SecretStore for KnownSecrets {
    fn kind(&self) -> &'static str {
        "file"
    }

    fn find(&self, name: &str) -> Result<Option<Secret<Vec<u8>>>, SecretError> {
        Ok(self.0.lock().get(name).cloned().map(Secret::new))
    }

    fn store(&self, name: &str, value: &[u8]) -> Result<(), SecretError> {
        self.0.lock().insert(name.to_owned(), value.to_owned());
        Ok(())
    }
}

#[derive(Debug)]
struct Roomy;

impl Gauge for Roomy {
    fn memory(&self) -> MachineMemory {
        MachineMemory { total_bytes: 64 << 30, available_bytes: Some(64 << 30) }
    }

    fn cpus(&self) -> usize {
        8
    }
}

/// More room than anybody wants.
pub(crate) fn machine() -> Machine {
    Machine { gauge: Arc::new(Roomy), cards: Arc::new(NoCards) }
}

/// Where the hub's own listener would be.
pub(crate) fn hub_address() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8081))
}
