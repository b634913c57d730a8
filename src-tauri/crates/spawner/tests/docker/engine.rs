//! The engine coming, going and being absent.

use std::time::Duration;

use labdeck_model::EngineState;
use labdeck_spawner::Spawner;
use labdeck_spawner::docker::{DockerConfig, DockerSpawner};
use tokio_util::sync::CancellationToken;

use crate::support::{self, Lab};

#[tokio::test(flavor = "multi_thread")]
async fn an_absent_engine_is_a_state_and_a_clear_error() {
    let mut config = DockerConfig::new("absent");
    config.host = Some("unix:///nonexistent/labdeck/docker.sock".into());
    let spawner = DockerSpawner::new(config);
    assert_eq!(spawner.engine_state().await, EngineState::NotRunning, "Docker is installed here, this socket is not");
    let refused = spawner.hub_access().await.unwrap_err();
    assert_eq!(refused.failure().kind, "engine_gone");
    let receiver = spawner.watch_engine().await;
    assert_eq!(*receiver.borrow(), EngineState::NotRunning);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_comes_and_goes_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let mut config = DockerConfig::new("watch");
    config.host = Some(format!("unix://{}", socket.display()));
    let spawner = DockerSpawner::new(config);
    let mut receiver = spawner.watch_engine().await;
    assert_eq!(*receiver.borrow_and_update(), EngineState::NotRunning);

    let relay = support::relay(&socket);
    tokio::time::timeout(Duration::from_secs(3), receiver.changed()).await.expect("it came unnoticed").unwrap();
    assert!(matches!(*receiver.borrow_and_update(), EngineState::Running { .. }));

    drop(relay);
    std::fs::remove_file(&socket).unwrap();
    tokio::time::timeout(Duration::from_secs(3), receiver.changed()).await.expect("it went unnoticed").unwrap();
    assert_eq!(*receiver.borrow_and_update(), EngineState::NotRunning);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_lost_in_mid_start_is_an_error_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let relay = support::relay(&socket);
    let lab = Lab::at("lost", Some(format!("unix://{}", socket.display()))).await;
    let mut request = lab.request("ada", "labdeck/test-base", "http://x/hub/api");
    request.cmd = Some(vec!["sleep".into(), "60".into()]);
    let relay = parking_lot::Mutex::new(Some(relay));
    let start = lab
        .start_with(
            request,
            move |_| {
                relay.lock().take();
                true
            },
            CancellationToken::new(),
        )
        .await;
    assert_eq!(start.url.unwrap_err().failure().kind, "engine_gone");
    assert!(lab.spawner.poll(&start.saved[0]).await.is_err(), "an engine that is away says nothing about the server");
}
