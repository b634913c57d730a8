//! The driver on a folder of its own, and small things that the tests ask of a server.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use labdeck_model::{ResourceLimits, ServerKey, ServerName, UserName};
use labdeck_spawner::process::{ProcessConfig, ProcessSpawner};
use labdeck_spawner::{HubFacts, Progress, SpawnError, SpawnRequest, Spawner, SpawnerState, StartContext};
use parking_lot::Mutex;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

/// A server that writes down its world, then serves on the port that it was told.
pub(crate) const SERVER: &str = r#"#!/bin/sh
env > env.txt; pwd > pwd.txt; ps -o sid= -p $$ > sid.txt
port=$(echo "$JUPYTERHUB_SERVICE_URL" | sed 's,.*:\([0-9]*\)/.*,\1,')
echo "serving on $port"
exec python3 -m http.server --bind 127.0.0.1 "$port"
"#;

pub(crate) struct Lab {
    pub(crate) folder: TempDir,
    pub(crate) spawner: ProcessSpawner,
}

pub(crate) struct Started {
    pub(crate) url: Result<String, SpawnError>,
    pub(crate) saved: Vec<SpawnerState>,
    pub(crate) told: Vec<Progress>,
}

impl Lab {
    pub(crate) fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("server");
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        let mut config = ProcessConfig::new(folder.path().join("data"));
        config.cmd = Some(vec![program.display().to_string()]);
        config.interrupt_timeout = Duration::from_millis(500);
        config.term_timeout = Duration::from_millis(500);
        Self { folder, spawner: ProcessSpawner::new(config) }
    }

    pub(crate) fn home(&self, key: &ServerKey) -> std::path::PathBuf {
        self.spawner.config().data_dir.join("homes").join(key.object_name())
    }

    /// What a server has written.
    pub(crate) fn log(&self, key: &ServerKey) -> Option<String> {
        let folder = self.spawner.config().data_dir.join("servers").join(key.object_name());
        std::fs::read_to_string(folder.join("server.log")).ok()
    }

    pub(crate) async fn start(&self, user: &str) -> Started {
        start(&self.spawner, request(user), |_| true, CancellationToken::new()).await
    }

    pub(crate) async fn running(&self, user: &str) -> (String, SpawnerState) {
        let started = self.start(user).await;
        (started.url.unwrap(), started.saved[0].clone())
    }
}

pub(crate) async fn start(
    spawner: &ProcessSpawner,
    request: SpawnRequest,
    on_save: impl Fn(&Value) -> bool + Send + Sync + 'static,
    cancel: CancellationToken,
) -> Started {
    let (saved, told): (Arc<Mutex<Vec<_>>>, Arc<Mutex<Vec<_>>>) = Default::default();
    let (keep, hear) = (saved.clone(), told.clone());
    let save = move |state: SpawnerState| {
        let kept = on_save(&state.0);
        if kept {
            keep.lock().push(state);
        }
        async move { if kept { Ok(()) } else { Err("the disk is full".into()) } }
    };
    let ctx = StartContext::new(save, move |progress| hear.lock().push(progress), cancel);
    let url = spawner.start(request, ctx).await;
    let (saved, told) = (saved.lock().clone(), told.lock().clone());
    Started { url, saved, told }
}

pub(crate) fn key(user: &str) -> ServerKey {
    ServerKey::new(UserName::parse(user).unwrap(), ServerName::default_server())
}

pub(crate) fn request(user: &str) -> SpawnRequest {
    SpawnRequest {
        key: key(user),
        home: key(user).object_name(),
        hub_id: "test".into(),
        stack: None,
        limits: ResourceLimits::NONE,
        hub: HubFacts {
            api_url: "http://127.0.0.1:9/hub/api".into(),
            base_url: "/".into(),
            api_token: "a-very-secret-token".to_owned().into(),
            public_url: None,
        },
        cmd: None,
        args: Vec::new(),
        environment: BTreeMap::new(),
        user_options: Value::Null,
        default_url: None,
        mounts: Vec::new(),
        gpus: Vec::new(),
        groups: Vec::new(),
    }
}

pub(crate) async fn get(url: &str, path: &str, deadline: Duration) -> String {
    let address = url.strip_prefix("http://").unwrap().to_owned();
    let asked = async {
        loop {
            if let Ok(mut stream) = tokio::net::TcpStream::connect(&address).await {
                let line = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n");
                stream.write_all(line.as_bytes()).await.unwrap();
                let mut answer = String::new();
                if stream.read_to_string(&mut answer).await.is_ok() && answer.contains(" 200 ") {
                    return answer;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(deadline, asked).await.unwrap_or_else(|_| panic!("{url}{path} does not answer"))
}

pub(crate) fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

pub(crate) fn read(home: &Path, name: &str) -> String {
    std::fs::read_to_string(home.join(name)).unwrap()
}
