//! [`Scripted`]: a driver whose servers are entries in a map, all of them behind one door that answers as a
//! single-user server does. Costs the hub what a driver's face costs, and nothing of an engine's.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use labdeck_spawner::{
    Found, HubAccess, Liveness, SpawnError, SpawnRequest, Spawner, SpawnerState, StartContext, StopMode, Usage,
};
use parking_lot::Mutex;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// What a server was given to speak to the hub with.
#[derive(Debug, Clone)]
pub(crate) struct Voice {
    /// `http://127.0.0.1:1234/hub/api`.
    pub(crate) api_url: String,
    pub(crate) token: String,
}

/// The driver.
#[derive(Debug)]
pub(crate) struct Scripted {
    url: String,
    running: Mutex<BTreeMap<String, Voice>>,
    ended: Notify,
}

// === impl Scripted ===

impl Scripted {
    /// A driver whose servers listen at this address.
    pub(crate) fn at(url: &str) -> Arc<Self> {
        Arc::new(Self { url: url.to_owned(), running: Mutex::default(), ended: Notify::new() })
    }

    /// Who runs, by user.
    pub(crate) fn voices(&self) -> BTreeMap<String, Voice> {
        self.running.lock().clone()
    }

    fn is_there(&self, state: &SpawnerState) -> bool {
        state.0["user"].as_str().is_some_and(|user| self.running.lock().contains_key(user))
    }
}

#[async_trait]
impl Spawner for Scripted {
    fn kind(&self) -> &'static str {
        "simple"
    }

    async fn hub_access(&self) -> Result<HubAccess, SpawnError> {
        Ok(HubAccess::Loopback)
    }

    async fn start(&self, request: SpawnRequest, ctx: StartContext) -> Result<String, SpawnError> {
        let user = request.key.user.to_string();
        ctx.checkpoint(SpawnerState(json!({ "user": user }))).await?;
        let voice = Voice { api_url: request.hub.api_url.clone(), token: request.hub.api_token.expose().clone() };
        self.running.lock().insert(user, voice);
        Ok(self.url.clone())
    }

    async fn poll(&self, state: &SpawnerState) -> Result<Liveness, SpawnError> {
        Ok(if self.is_there(state) { Liveness::Running } else { Liveness::Gone })
    }

    async fn wait(&self, state: &SpawnerState) -> Result<Liveness, SpawnError> {
        loop {
            let ended = self.ended.notified();
            if !self.is_there(state) {
                return Ok(Liveness::Gone);
            }
            ended.await;
        }
    }

    async fn address(&self, _: &SpawnerState) -> Result<String, SpawnError> {
        Ok(self.url.clone())
    }

    async fn stop(&self, state: &SpawnerState, _: StopMode) -> Result<(), SpawnError> {
        self.running.lock().remove(state.0["user"].as_str().unwrap_or_default());
        self.ended.notify_waiters();
        Ok(())
    }

    async fn forget(&self, _: &labdeck_model::ServerKey, _: &str) -> Result<(), SpawnError> {
        Ok(())
    }

    async fn list(&self) -> Result<Vec<Found>, SpawnError> {
        Ok(Vec::new())
    }

    async fn logs(&self, _: &SpawnerState, _: usize) -> Result<Vec<String>, SpawnError> {
        Ok(Vec::new())
    }

    async fn sample(&self, state: &SpawnerState) -> Result<Option<Usage>, SpawnError> {
        let usage = Usage { cpus: 0.01, memory_bytes: 1 << 20, memory_limit_bytes: Some(1 << 30), traffic: None };
        Ok(self.is_there(state).then_some(usage))
    }
}

/// Answers each connection as a server that is up, whatever is asked.
pub(crate) async fn answer_all(listener: TcpListener) {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-JupyterHub-Version: 6.1.1\r\n\
        Content-Length: 19\r\nConnection: close\r\n\r\n{\"version\":\"2.0.0\"}";
    while let Ok((mut stream, _)) = listener.accept().await {
        drop(labdeck_hub::tasks::spawn("load.answer", async move {
            let mut request = vec![0; 4096];
            if let Ok(1..) = stream.read(&mut request).await {
                let _ = stream.write_all(ANSWER).await;
            }
        }));
    }
}
