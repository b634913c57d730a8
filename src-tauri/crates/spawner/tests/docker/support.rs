//! A laboratory for the Docker tests: a driver with a hub identity of its own, a fake hub on its bridge's gateway, and
//! the engine asked directly for what the driver does not show. Clears away what carries its label, and only that.
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use labdeck_model::{ImageRef, ResourceLimits, ServerKey, ServerName, Stack, StartStep, UserName};
use labdeck_spawner::docker::{ContainerSettings, DockerConfig, DockerSpawner};
use labdeck_spawner::{HubAccess, HubFacts, SpawnError, SpawnRequest, Spawner, SpawnerState, StartContext};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The image with JupyterLab and the single-user server.
pub(crate) const NOTEBOOK: &str = "labdeck/test-notebook:latest";

/// A driver and what belongs to it.
pub(crate) struct Lab {
    /// The driver under test.
    pub(crate) spawner: DockerSpawner,
    /// Its hub's identity, which no other test has.
    pub(crate) hub_id: String,
}

/// What came of a start.
#[derive(Debug)]
pub(crate) struct Started {
    /// Its answer.
    pub(crate) url: Result<String, SpawnError>,
    /// The states that were checkpointed.
    pub(crate) saved: Vec<SpawnerState>,
    /// The steps that were told.
    pub(crate) steps: Vec<StartStep>,
    statuses: Vec<String>,
}

// === impl Lab ===

impl Lab {
    /// A laboratory on the machine's engine.
    pub(crate) async fn new(name: &str) -> Self {
        Self::at(name, None).await
    }

    /// A laboratory on an engine elsewhere.
    pub(crate) async fn at(name: &str, host: Option<String>) -> Self {
        Self::made(name, |config| config.host = host).await
    }

    /// A laboratory whose configuration adds something to every container.
    pub(crate) async fn with(name: &str, containers: ContainerSettings) -> Self {
        Self::made(name, |config| config.containers = containers).await
    }

    /// The same; the settings know the hub's identity.
    pub(crate) async fn with_id(name: &str, containers: impl FnOnce(&str) -> ContainerSettings) -> Self {
        Self::made(name, |config| config.containers = containers(&config.hub_id)).await
    }

    /// A laboratory with any change to the configuration.
    pub(crate) async fn made(name: &str, change: impl FnOnce(&mut DockerConfig)) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let hub_id = format!("test{name}{}x{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut config = DockerConfig::new(hub_id.clone());
        change(&mut config);
        let spawner = DockerSpawner::new(config);
        spawner.hub_access().await.expect(
            "these tests need a container engine; bring one up with tests/images/ensure-docker.sh and make the images \
             with tests/images/build-test-image.sh",
        );
        Self { spawner, hub_id }
    }

    /// What a start of this image is asked with.
    pub(crate) fn request(&self, user: &str, image: &str, api_url: &str) -> SpawnRequest {
        let limits =
            ResourceLimits { memory_bytes: Some(512 << 20), cpus: Some(0.5), pids: Some(200), ..ResourceLimits::NONE };
        SpawnRequest {
            key: key(user, ""),
            home: key(user, "").object_name(),
            hub_id: self.hub_id.clone(),
            stack: Some(Stack {
                name: "test".into(),
                display_name: "Test".into(),
                description: String::new(),
                image: ImageRef::parse(image).unwrap(),
                offered: true,
                is_default: true,
                limits,
            }),
            // The real server imports Python for seconds: half a processor would double the test.
            limits: if image == NOTEBOOK { ResourceLimits { cpus: Some(2.0), ..limits } } else { limits },
            hub: HubFacts {
                api_url: api_url.into(),
                base_url: "/".into(),
                api_token: "0123456789abcdef0123456789abcdef".to_owned().into(),
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

    /// Starts and remembers all that was said meanwhile.
    pub(crate) async fn start(&self, request: SpawnRequest) -> Started {
        self.start_with(request, |_| true, CancellationToken::new()).await
    }

    /// The same; `on_save` says whether a state could be written down.
    pub(crate) async fn start_with(
        &self,
        request: SpawnRequest,
        on_save: impl Fn(&Value) -> bool + Send + Sync + 'static,
        cancel: CancellationToken,
    ) -> Started {
        let (saved, steps, statuses) = (Shared::default(), Shared::default(), Shared::default());
        let ctx = {
            let (saved, steps, statuses) = (saved.clone(), steps.clone(), statuses.clone());
            StartContext::new(
                move |state: SpawnerState| {
                    statuses.lock().push(docker(&[
                        "inspect",
                        "-f",
                        "{{.State.Status}}",
                        text(&state.0["container_id"]),
                    ]));
                    let kept = on_save(&state.0);
                    if kept {
                        saved.lock().push(state);
                    }
                    async move { if kept { Ok(()) } else { Err("the disk is full".into()) } }
                },
                move |progress| steps.lock().push(progress.step),
                cancel,
            )
        };
        let url = self.spawner.start(request, ctx).await;
        let (saved, steps, statuses) = (saved.lock().clone(), steps.lock().clone(), statuses.lock().clone());
        Started { url, saved, steps, statuses }
    }

    /// Begins a start and drops it; returns what was checkpointed.
    pub(crate) async fn drop_start_after(&self, request: SpawnRequest, delay: Duration) -> Shared<SpawnerState> {
        let saved = Shared::default();
        let keep = saved.clone();
        let save = move |state: SpawnerState| {
            keep.lock().push(state);
            async { Ok(()) }
        };
        let ctx = StartContext::new(save, |_| {}, CancellationToken::new());
        let _ = tokio::time::timeout(delay, self.spawner.start(request, ctx)).await;
        // The engine may still be creating what was asked for; only after that can it be seen to go.
        tokio::time::sleep(Duration::from_millis(500)).await;
        saved
    }

    /// What the container was when it was written down.
    pub(crate) fn status_at_save(&self, start: &Started) -> Vec<String> {
        start.statuses.clone()
    }

    /// A hub that answers what a single-user server asks; returns its API's address.
    pub(crate) async fn fake_hub(&self) -> String {
        let HubAccess::Bridge { gateway, subnet } = self.spawner.hub_access().await.unwrap() else {
            panic!("no bridge")
        };
        assert!(subnet.contains(gateway));
        let listener = TcpListener::bind((gateway, 0)).await.unwrap();
        let url = format!("http://{}/hub/api", listener.local_addr().unwrap());
        spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                assert!(subnet.contains(peer.ip()));
                let answer = service_fn(|_: Request<Incoming>| async {
                    let body = Full::new(Bytes::from_static(b"{\"version\": \"6.1.1\"}"));
                    Response::builder().header("X-JupyterHub-Version", "6.1.1").body(body)
                });
                spawn(async move {
                    let _ =
                        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        url
    }

    /// Runs a command in a server's container.
    pub(crate) async fn exec(&self, state: &SpawnerState, command: &[&str]) {
        docker(&[&["exec", text(&state.0["container_id"])], command].concat());
    }

    /// All that the engine says of a server's container.
    pub(crate) async fn inspect(&self, state: &SpawnerState) -> Value {
        let found = docker(&["inspect", text(&state.0["container_id"])]);
        serde_json::from_str::<Value>(&found).unwrap()[0].take()
    }

    /// Whether a user's home is there.
    pub(crate) async fn volume_exists(&self, user: &str) -> bool {
        let name = self.spawner.config().home_volume(&key(user, "").object_name());
        docker(&["volume", "ls", "-q"]).lines().any(|line| line == name)
    }

    /// The containers of one kind that carry this laboratory's label.
    pub(crate) async fn containers_of_kind(&self, kind: &str) -> Vec<String> {
        let (hub, kind) = (format!("label=labdeck.hub={}", self.hub_id), format!("label=labdeck.kind={kind}"));
        docker(&["ps", "-aq", "--filter", &hub, "--filter", &kind]).lines().map(str::to_owned).collect()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let label = format!("label=labdeck.hub={}", self.hub_id);
        let ids = |list: &[&str]| docker(&[list, &["--filter", &label]].concat());
        for (list, remove) in [
            (&["ps", "-aq"][..], &["rm", "-f"][..]),
            (&["volume", "ls", "-q"], &["volume", "rm"]),
            (&["network", "ls", "-q"], &["network", "rm"]),
        ] {
            for id in ids(list).lines() {
                docker(&[remove, &[id]].concat());
            }
        }
    }
}

/// A list that a callback fills.
pub(crate) type Shared<T> = Arc<Mutex<Vec<T>>>;

/// A server's key.
pub(crate) fn key(user: &str, server: &str) -> ServerKey {
    ServerKey::new(UserName::parse(user).unwrap(), ServerName::parse(server).unwrap())
}

/// Asks until there is an answer of 200, and returns its body.
pub(crate) async fn get(base: &str, path: &str, deadline: Duration) -> String {
    let address = base.strip_prefix("http://").unwrap().to_owned();
    let asked = async {
        loop {
            if let Some(body) = ask(&address, path).await {
                return body;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(deadline, asked).await.unwrap_or_else(|_| panic!("{base}{path} does not answer"))
}

async fn ask(address: &str, path: &str) -> Option<String> {
    let stream = TcpStream::connect(address).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let driven = spawn(async move {
        let _ = connection.await;
    });
    let request = Request::get(path).header("Host", address).body(Empty::<Bytes>::new()).unwrap();
    let answer = sender.send_request(request).await.ok()?;
    let good = answer.status().is_success();
    let body = answer.into_body().collect().await.ok()?.to_bytes();
    driven.abort();
    good.then(|| String::from_utf8_lossy(&body).into_owned())
}

/// Waits until something is so.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..100 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never: {what}");
}

/// An engine's socket that can be taken away: it relays to the real one, and cuts every line when it is dropped.
pub(crate) fn relay(socket: &Path) -> Relay {
    let listener = tokio::net::UnixListener::bind(socket).unwrap();
    let open = CancellationToken::new();
    let closed = open.clone();
    let task = spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let closed = closed.clone();
            spawn(async move {
                let mut engine = tokio::net::UnixStream::connect("/var/run/docker.sock").await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut client, &mut engine) => {}
                    () = closed.cancelled() => {}
                }
            });
        }
    });
    Relay(task, open)
}

/// See [`relay`].
pub(crate) struct Relay(JoinHandle<()>, CancellationToken);

impl Drop for Relay {
    fn drop(&mut self) {
        self.0.abort();
        self.1.cancel();
    }
}

/// Asks the engine by its own command.
pub(crate) fn docker(arguments: &[&str]) -> String {
    let done = Command::new("docker").args(arguments).output().expect("the docker command is missing");
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Starts a task that ends with the test.
/// Starts a task that ends with the test.
#[expect(clippy::disallowed_methods, reason = "a test ends with its process")]
pub(crate) fn spawn<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(work)
}
