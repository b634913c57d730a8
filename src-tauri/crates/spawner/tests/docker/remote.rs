//! An engine that is spoken to over TCP with certificates on both sides: a second, real one, started by the test with
//! everything of its own. Needs root, `dockerd` and `openssl`; their absence is a failure in words.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use labdeck_model::{EngineState, ImageRef, ResourceLimits, Stack};
use labdeck_spawner::docker::{DockerConfig, DockerSpawner, TlsFiles};
use labdeck_spawner::{HubFacts, Liveness, SpawnError, SpawnRequest, Spawner, SpawnerState, StartContext, StopMode};
use parking_lot::Mutex;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::support::{eventually, key};

const IMAGE: &str = "labdeck/test-standin:latest";

/// A second engine, ended with the test.
pub(crate) struct Remote {
    folder: tempfile::TempDir,
    engine: Child,
    port: u16,
}

fn openssl(folder: &Path, arguments: &str) {
    let done = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output();
    let done = done.expect("these tests need openssl");
    assert!(done.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A certificate authority, and one certificate signed by it for each of these.
fn certificates(folder: &Path, names: &[&str]) {
    std::fs::write(folder.join("ext"), "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n")
        .unwrap();
    openssl(
        folder,
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test-ca -keyout ca-key.pem -out ca.pem",
    );
    for name in names {
        openssl(
            folder,
            &format!(
                "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={name} -keyout {name}-key.pem -out {name}.csr"
            ),
        );
        openssl(
            folder,
            &format!(
                "x509 -req -in {name}.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile ext -out {name}.pem"
            ),
        );
    }
}

// === impl Remote ===

impl Remote {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        certificates(folder.path(), &["server", "client"]);
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let at = |name: &str| folder.path().join(name).display().to_string();
        let bridge = bridge_of(port);
        let ip = |args: &[&str]| Command::new("ip").args(args).status().expect("these tests need iproute2");
        assert!(ip(&["link", "add", &bridge, "type", "bridge"]).success());
        assert!(ip(&["address", "add", &format!("10.251.{}.1/24", port % 250), "dev", &bridge]).success());
        let engine = Command::new("dockerd")
            .args(["--data-root", &at("data"), "--exec-root", &at("exec"), "--pidfile", &at("pid")])
            // Packet filter rules and the usual bridge belong to the machine's own engine, which loses that bridge to an
            // engine that is told to have none.
            .args(["--bridge", &bridge, "--iptables=false", "--ip6tables=false", "--tlsverify"])
            .args(["--tlscacert", &at("ca.pem"), "--tlscert", &at("server.pem"), "--tlskey", &at("server-key.pem")])
            .args(["-H", &format!("tcp://127.0.0.1:{port}"), "-H", &format!("unix://{}", at("docker.sock"))])
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("log")).unwrap())
            .spawn()
            .expect("these tests need dockerd and root");
        let mut remote = Self { folder, engine, port };
        for _ in 0..300 {
            if remote.docker(&["version"]).is_ok() {
                return remote;
            }
            assert!(remote.engine.try_wait().unwrap().is_none(), "{}", remote.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the second engine does not answer: {}", remote.log())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Asks it past the certificates, by its own socket.
    pub(crate) fn docker(&self, arguments: &[&str]) -> Result<String, String> {
        let socket = format!("unix://{}", self.path("docker.sock").display());
        let done = Command::new("docker").args(["-H", &socket]).args(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if done.status.success() { Ok(text(&done.stdout)) } else { Err(text(&done.stderr)) }
    }

    pub(crate) fn spawner(&self, tls: Option<TlsFiles>) -> DockerSpawner {
        let mut config = DockerConfig::new(format!("tls{}", std::process::id()));
        config.host = Some(format!("tcp://127.0.0.1:{}", self.port));
        config.tls = tls;
        DockerSpawner::new(config)
    }

    pub(crate) fn tls(&self, name: &str) -> TlsFiles {
        let key = self.path(&format!("{name}-key.pem"));
        TlsFiles { ca: self.path("ca.pem"), cert: self.path(&format!("{name}.pem")), key }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        let all = self.docker(&["ps", "-aq"]).unwrap_or_default();
        all.lines().for_each(|id| drop(self.docker(&["rm", "-f", id])));
        let networks = self.docker(&["network", "ls", "-q", "--filter", "label=labdeck.hub"]).unwrap_or_default();
        networks.lines().for_each(|id| drop(self.docker(&["network", "rm", id])));
        // Gently: it has mounts and a containerd of its own to end.
        let _ = Command::new("kill").arg(self.engine.id().to_string()).status();
        let _ = self.engine.wait();
        let _ = Command::new("ip").args(["link", "delete", &bridge_of(self.port)]).status();
    }
}

/// The bridge of the engine at a port.
fn bridge_of(port: u16) -> String {
    format!("ldrem{port}")
}

/// What a start of the stand-in is asked with.
pub(crate) fn request(spawner: &DockerSpawner) -> SpawnRequest {
    let limits = ResourceLimits { memory_bytes: Some(64 << 20), cpus: None, pids: Some(64), ..ResourceLimits::NONE };
    SpawnRequest {
        key: key("ada", ""),
        home: "ada-1".into(),
        hub_id: spawner.config().hub_id.clone(),
        stack: Some(Stack {
            name: "standin".into(),
            display_name: "Stand-in".into(),
            description: String::new(),
            image: ImageRef::parse(IMAGE).unwrap(),
            offered: true,
            is_default: true,
            limits,
        }),
        limits,
        hub: HubFacts {
            api_url: "http://10.0.0.1:8000/hub/api".into(),
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

/// Starts a server; its address, and the state that was written down.
pub(crate) async fn begin(
    spawner: &DockerSpawner,
    request: SpawnRequest,
) -> (Result<String, SpawnError>, SpawnerState) {
    let saved = Arc::new(Mutex::new(None));
    let keep = saved.clone();
    let save = move |state| {
        *keep.lock() = Some(state);
        async { Ok(()) }
    };
    let url = spawner.start(request, StartContext::new(save, |_| {}, CancellationToken::new())).await;
    let state = saved.lock().clone().unwrap_or_else(|| panic!("nothing was written down: {url:?}"));
    (url, state)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_elsewhere_is_used_by_certificates_and_by_nothing_less() {
    let remote = Remote::start().await;
    let good = remote.spawner(Some(remote.tls("client")));
    let state = good.engine_state().await;
    assert!(matches!(&state, EngineState::Running { version } if !version.is_empty()), "{state:?}");

    let stranger = tempfile::tempdir().unwrap();
    certificates(stranger.path(), &["eve"]);
    let of = |name: &str| stranger.path().join(name);
    let foreign = TlsFiles { ca: remote.path("ca.pem"), cert: of("eve.pem"), key: of("eve-key.pem") };
    let distrusting = TlsFiles { ca: of("ca.pem"), ..remote.tls("client") };
    let missing = TlsFiles { key: of("nothing.pem"), ..remote.tls("client") };
    for (tls, why) in [
        (None, "without certificates"),
        (Some(foreign), "with a stranger's certificate"),
        (Some(distrusting), "signed by somebody who is not trusted"),
        (Some(missing), "with a file that is not there"),
    ] {
        let refused = remote.spawner(tls);
        assert!(!matches!(refused.engine_state().await, EngineState::Running { .. }), "{why}");
        assert!(refused.images().await.is_err(), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_runs_on_an_engine_elsewhere() {
    let remote = Remote::start().await;
    let image = Command::new("sh")
        .arg("-c")
        .arg(format!("docker save {IMAGE} | docker -H unix://{} load", remote.path("docker.sock").display()))
        .output()
        .unwrap();
    assert!(image.status.success(), "{}", String::from_utf8_lossy(&image.stderr));
    let spawner = remote.spawner(Some(remote.tls("client")));
    let mut told = spawner.happenings().expect("events");
    let (url, state) = begin(&spawner, request(&spawner)).await;
    let url = url.unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert_eq!(spawner.poll(&state).await.unwrap(), Liveness::Running);
    assert!(spawner.sample(&state).await.unwrap().is_some());
    assert_eq!(spawner.list().await.unwrap().len(), 1);
    spawner.stop(&state, StopMode::Kill).await.unwrap();
    eventually("it is gone", async || spawner.poll(&state).await.unwrap() == Liveness::Gone).await;
    assert!(told.try_recv().is_err(), "nothing ran out of memory");
}
