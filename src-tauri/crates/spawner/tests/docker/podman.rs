//! Podman by Docker's API: a service of the test's own, with storage of its own. Needs root and `podman`; its absence is
//! a failure in words.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use labdeck_model::{EngineState, ResourceLimits};
use labdeck_spawner::docker::{DockerConfig, DockerSpawner};
use labdeck_spawner::{HubAccess, Liveness, Spawner, StopMode};

use crate::remote::{begin, request};

/// A Podman service, ended with the test.
struct Podman {
    folder: tempfile::TempDir,
    service: Child,
}

// === impl Podman ===

impl Podman {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        // Podman asks for more open files than a machine with a hard limit of its own may give.
        let settings = "[containers]\ndefault_ulimits = [\"nofile=1024:1024\", \"nproc=4096:4096\"]\n";
        std::fs::write(at("containers.conf"), settings).unwrap();
        let service = Command::new("podman")
            .args(["--root", &at("root"), "--runroot", &at("run"), "--storage-driver", "vfs"])
            .args(["--network-config-dir", &at("networks"), "--cgroup-manager", "cgroupfs"])
            .args(["system", "service", "--time", "0", &format!("unix://{}", at("podman.sock"))])
            .env("CONTAINERS_CONF", at("containers.conf"))
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(at("log")).unwrap())
            .spawn()
            .expect("this test needs podman and root");
        let podman = Self { folder, service };
        for _ in 0..200 {
            if podman.docker("docker version").is_ok() {
                return podman;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!(
            "podman does not answer: {}",
            std::fs::read_to_string(podman.folder.path().join("log")).unwrap_or_default()
        )
    }

    fn socket(&self) -> String {
        format!("unix://{}", self.folder.path().join("podman.sock").display())
    }

    /// Docker's own command, against it.
    fn docker(&self, command: &str) -> Result<String, String> {
        let done = Command::new("sh").args(["-c", command]).env("DOCKER_HOST", self.socket()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if done.status.success() { Ok(text(&done.stdout)) } else { Err(text(&done.stderr)) }
    }
}

impl Drop for Podman {
    fn drop(&mut self) {
        let _ = self.docker("docker rm -f $(docker ps -aq)");
        let _ = self.docker("docker network rm $(docker network ls -q --filter label=labdeck.hub)");
        let _ = Command::new("kill").arg(self.service.id().to_string()).status();
        let _ = self.service.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_runs_on_podman_which_is_known_for_what_it_is() {
    let podman = Podman::start().await;
    podman.docker("env -u DOCKER_HOST docker save labdeck/test-standin:latest | docker load").unwrap();
    let mut config = DockerConfig::new(format!("pod{}", std::process::id()));
    config.host = Some(podman.socket());
    let spawner = DockerSpawner::new(config);
    assert!(matches!(spawner.engine_state().await, EngineState::Running { .. }));
    assert!(matches!(spawner.hub_access().await.unwrap(), HubAccess::Bridge { .. }));
    let told = spawner.unenforced(&ResourceLimits::NONE).await;
    assert!(told.iter().any(|words| words.contains("apart")), "{told:?}");
    let images = spawner.images().await.unwrap();
    assert!(images.iter().any(|image| image.reference.contains("test-standin") && image.usable), "{images:?}");

    let (url, state) = begin(&spawner, request(&spawner)).await;
    assert!(url.unwrap().starts_with("http://127.0.0.1:"));
    assert_eq!(spawner.poll(&state).await.unwrap(), Liveness::Running);
    assert_eq!(spawner.list().await.unwrap().len(), 1);
    // Started again, its old container makes way: Podman says "in use" with another status than Docker.
    let (url, again) = begin(&spawner, request(&spawner)).await;
    url.unwrap();
    assert_eq!(spawner.poll(&state).await.unwrap(), Liveness::Gone);
    spawner.stop(&again, StopMode::Graceful).await.unwrap();
    assert_eq!(spawner.poll(&again).await.unwrap(), Liveness::Gone);
}
