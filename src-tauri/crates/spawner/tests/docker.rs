//! The Docker driver against a real engine and the real single-user server. What is missing fails in words: the
//! images are made by `tests/images/build-test-image.sh`, the engine is brought up by `tests/images/ensure-docker.sh`.

mod docker_support;

use std::time::Duration;

use docker_support::{Lab, NOTEBOOK, get, key};
use labdeck_model::{EngineState, ImageRef, StartStep};
use labdeck_spawner::docker::{DockerConfig, DockerSpawner};
use labdeck_spawner::{Exit, Liveness, SpawnError, Spawner, StopMode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_serves_and_keeps_its_home() {
    let lab = Lab::new("live").await;
    let hub = lab.fake_hub().await;
    let start = lab.start(lab.request("ada", NOTEBOOK, &hub)).await;
    let url = start.url.unwrap();
    let state = start.saved.last().unwrap().clone();
    assert!(start.steps.contains(&StartStep::Creating) && start.steps.contains(&StartStep::Booting));

    let answer = get(&url, "/user/ada/api", Duration::from_secs(60)).await;
    assert!(answer.contains("\"version\""), "{answer}");
    assert_eq!(lab.spawner.poll(&state).await.unwrap(), Liveness::Running);
    assert_eq!(lab.spawner.address(&state).await.unwrap(), url);
    assert!(!lab.spawner.logs(&state, 5).await.unwrap().is_empty());
    let used = lab.spawner.sample(&state).await.unwrap().unwrap();
    assert!(used.memory_bytes > 10 << 20 && used.memory_limit_bytes == Some(512 << 20), "{used:?}");
    let again = lab.spawner.sample(&state).await.unwrap().unwrap();
    assert!((0.0..64.0).contains(&again.cpus), "{again:?}");

    lab.exec(&state, &["sh", "-c", "echo kept > /home/jovyan/note"]).await;
    let found = lab.spawner.list().await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].key.clone(), found[0].liveness.clone()), (key("ada", ""), Liveness::Running));
    assert_eq!(found[0].state, state, "what recovery finds is what was checkpointed");

    lab.spawner.stop(&state, StopMode::Graceful).await.unwrap();
    lab.spawner.stop(&state, StopMode::Graceful).await.unwrap();
    assert_eq!(lab.spawner.poll(&state).await.unwrap(), Liveness::Gone);
    assert_eq!(lab.spawner.sample(&state).await.unwrap(), None);
    assert!(lab.volume_exists("ada").await, "stopping keeps the home");

    let mut request = lab.request("ada", NOTEBOOK, &hub);
    request.cmd = Some(vec!["cat".into(), "/home/jovyan/note".into()]);
    let second = lab.start(request).await;
    let state = second.saved.last().unwrap();
    let Liveness::Exited(exit) = lab.spawner.wait(state).await.unwrap() else { panic!("it runs") };
    assert_eq!(exit.log, ["kept"]);

    lab.spawner.forget(&key("ada", "")).await.unwrap();
    assert!(!lab.volume_exists("ada").await, "forgetting deletes the home");
    lab.spawner.forget(&key("ada", "")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_engine_made_is_the_golden_spec() {
    let lab = Lab::new("spec").await;
    let mut request = lab.request("ada", "labdeck/test-base", "http://x/hub/api");
    request.cmd = Some(vec!["sleep".into(), "60".into()]);
    let start = lab.start(request).await;
    let url = start.url.unwrap();
    let found = lab.inspect(start.saved.last().unwrap()).await;
    let host = &found["HostConfig"];
    let picked = |from: &Value, names: &[&str]| -> Value {
        names.iter().map(|name| ((*name).to_owned(), from[*name].clone())).collect::<serde_json::Map<_, _>>().into()
    };
    let names = [
        "AutoRemove",
        "Binds",
        "CapAdd",
        "CapDrop",
        "DeviceRequests",
        "Devices",
        "GroupAdd",
        "IpcMode",
        "LogConfig",
        "Memory",
        "MemorySwap",
        "NanoCpus",
        "NetworkMode",
        "PidMode",
        "PidsLimit",
        "Privileged",
        "PublishAllPorts",
        "RestartPolicy",
        "SecurityOpt",
        "UTSMode",
        "UsernsMode",
        "VolumesFrom",
    ];
    let golden = json!({
        "AutoRemove": false, "Binds": null, "CapAdd": null, "CapDrop": ["ALL"], "DeviceRequests": null, "Devices": null,
        "GroupAdd": null, "IpcMode": "private",
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
        "Memory": 512u64 << 20, "MemorySwap": 512u64 << 20, "NanoCpus": 500_000_000u64,
        "NetworkMode": format!("labdeck-{}", lab.hub_id), "PidMode": "", "PidsLimit": 200, "Privileged": false,
        "PublishAllPorts": false, "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
        "SecurityOpt": ["no-new-privileges"], "UTSMode": "", "UsernsMode": "", "VolumesFrom": null,
    });
    assert_eq!(picked(host, &names), golden);
    assert_eq!(found["Mounts"].as_array().unwrap().len(), 1);
    assert_eq!(
        picked(&found["Mounts"][0], &["Type", "Destination"]),
        json!({"Type": "volume", "Destination": "/home/jovyan"})
    );
    let port = &found["NetworkSettings"]["Ports"]["8888/tcp"];
    assert_eq!((port.as_array().unwrap().len(), port[0]["HostIp"].as_str()), (1, Some("127.0.0.1")));
    assert_eq!(url, format!("http://127.0.0.1:{}", port[0]["HostPort"].as_str().unwrap()));
    assert_eq!(found["Config"]["StopTimeout"], 10);
    let environment = found["Config"]["Env"].to_string();
    assert!(environment.contains("JUPYTERHUB_SERVICE_URL=http://0.0.0.0:8888/user/ada/"), "{environment}");
    lab.spawner.stop(start.saved.last().unwrap(), StopMode::Kill).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_ends_at_once_tells_its_last_words() {
    let lab = Lab::new("exit").await;
    let mut request = lab.request("ada", "labdeck/test-base", "http://x/hub/api");
    request.cmd = Some(["sh", "-c", "echo no such kernel >&2; exit 3"].map(String::from).to_vec());
    let start = lab.start(request).await;
    assert_eq!(start.saved.len(), 1, "what was made was written down");
    let seen = tokio::time::timeout(Duration::from_secs(5), lab.spawner.wait(&start.saved[0])).await.unwrap().unwrap();
    let wanted = Exit { code: Some(3), log: vec!["no such kernel".into()], ..Exit::default() };
    assert_eq!(seen, Liveness::Exited(wanted));
    if let Err(error) = start.url {
        assert_eq!(error.failure().kind, "exited");
        assert_eq!(error.failure().log, ["no such kernel"]);
    }
    let found = lab.spawner.list().await.unwrap();
    assert!(matches!(found[0].liveness, Liveness::Exited(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_runs_before_it_is_written_down() {
    let lab = Lab::new("save").await;
    let mut request = lab.request("ada", "labdeck/test-base", "http://x/hub/api");
    request.cmd = Some(vec!["sleep".into(), "60".into()]);
    let start = lab.start_with(request, |_| false, CancellationToken::new()).await;
    assert!(matches!(start.url, Err(SpawnError::NotSaved(_))), "{:?}", start.url);
    assert!(lab.spawner.list().await.unwrap().is_empty(), "what could not be written down was removed");
    assert_eq!(lab.status_at_save(&start), ["created"], "it was created and did not run yet");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_start_leaves_only_what_was_written_down() {
    let lab = Lab::new("cancel").await;
    let cancel = CancellationToken::new();
    let trip = cancel.clone();
    let mut request = lab.request("ada", "labdeck/test-base", "http://x/hub/api");
    request.cmd = Some(vec!["sleep".into(), "60".into()]);
    let on_save = move |_: &Value| {
        trip.cancel();
        true
    };
    let start = lab.start_with(request.clone(), on_save, cancel).await;
    assert!(matches!(start.url, Err(SpawnError::Cancelled)), "{:?}", start.url);
    let left = lab.spawner.list().await.unwrap();
    assert_eq!(left.iter().map(|found| &found.state).collect::<Vec<_>>(), start.saved.iter().collect::<Vec<_>>());
    lab.spawner.stop(&start.saved[0], StopMode::Kill).await.unwrap();

    let tripped = CancellationToken::new();
    tripped.cancel();
    let start = lab.start_with(request, |_| true, tripped).await;
    assert!(start.saved.is_empty() && lab.spawner.list().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_start_leaves_nothing_unknown() {
    let lab = Lab::new("drop").await;
    for delay_ms in [5, 15, 30, 60, 120] {
        let mut request = lab.request("ada", "labdeck/test-base", "http://x/hub/api");
        request.cmd = Some(vec!["sleep".into(), "60".into()]);
        let saved = lab.drop_start_after(request, Duration::from_millis(delay_ms)).await;
        docker_support::eventually("only checkpointed containers exist", async || {
            let found = lab.spawner.list().await.unwrap();
            found.iter().all(|found| saved.lock().contains(&found.state))
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leftover_of_an_earlier_life_makes_way() {
    let lab = Lab::new("again").await;
    let mut request = lab.request("ada", "labdeck/test-base", "http://x/hub/api");
    request.cmd = Some(vec!["sleep".into(), "60".into()]);
    let first = lab.start(request.clone()).await;
    let second = lab.start(request).await;
    assert!(second.url.is_ok());
    assert_eq!(lab.spawner.poll(&first.saved[0]).await.unwrap(), Liveness::Gone);
    assert_eq!(lab.spawner.list().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn named_servers_are_told_apart() {
    let lab = Lab::new("named").await;
    for server in ["", "gpu"] {
        let mut request = lab.request("ada", "labdeck/test-base", "http://x/hub/api");
        request.key = key("ada", server);
        request.cmd = Some(vec!["sleep".into(), "60".into()]);
        lab.start(request).await.url.unwrap();
    }
    assert_eq!(lab.spawner.list().await.unwrap().len(), 2, "starting one leaves the other");
    lab.spawner.forget(&key("ada", "")).await.unwrap();
    let left = lab.spawner.list().await.unwrap();
    assert_eq!(left.iter().map(|found| found.key.to_string()).collect::<Vec<_>>(), ["ada:gpu"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn images_that_cannot_serve_are_refused_in_words() {
    let lab = Lab::new("image").await;
    let missing = lab.start(lab.request("ada", "127.0.0.1:9/labdeck/absent:1", "http://x/hub/api")).await;
    let failure = missing.url.unwrap_err().failure();
    assert_eq!(failure.kind, "image_not_found", "{failure:?}");
    assert!(failure.message.contains("127.0.0.1:9/labdeck/absent:1"), "{failure:?}");

    let bare = lab.start(lab.request("ada", "labdeck/test-base", "http://x/hub/api")).await;
    assert_eq!(bare.url.unwrap_err().failure().kind, "image_unusable");

    let mut request = lab.request("ada", "labdeck/test-base", "http://x/hub/api");
    request.cmd = Some(vec!["/no/such/program".into()]);
    let start = lab.start(request).await;
    assert_eq!(start.url.unwrap_err().failure().kind, "image_unusable");
    assert!(lab.spawner.list().await.unwrap().len() <= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn present_images_are_judged_without_running_them() {
    let lab = Lab::new("judge").await;
    let images = lab.spawner.images().await.unwrap();
    let named =
        |name: &str| images.iter().find(|image| image.reference == name).unwrap_or_else(|| panic!("{name} is missing"));
    let notebook = named(NOTEBOOK);
    assert!(notebook.usable, "{notebook:?}");
    assert_eq!(notebook.hub_version.as_deref(), Some("6.1.1"));
    assert!(notebook.size_bytes > 100_000_000);
    assert!(named("labdeck/test-minimal:latest").usable);
    let base = named("labdeck/test-base:latest");
    assert!(!base.usable && base.reason.contains("jupyterhub-singleuser"), "{base:?}");
    assert!(lab.containers_of_kind("probe").await.is_empty(), "nothing is left of the look");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_that_cannot_succeed_says_why() {
    let lab = Lab::new("pull").await;
    let image = ImageRef::parse("127.0.0.1:9/labdeck/absent:1").unwrap();
    let refused = lab.spawner.pull(&image, |_| {}, &CancellationToken::new()).await.unwrap_err();
    assert_eq!(refused.failure().kind, "image_not_found");
    let tripped = CancellationToken::new();
    tripped.cancel();
    let cancelled = lab.spawner.pull(&image, |_| {}, &tripped).await.unwrap_err();
    assert!(matches!(cancelled, SpawnError::Cancelled));
}

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

    let relay = docker_support::relay(&socket);
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
    let relay = docker_support::relay(&socket);
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

#[tokio::test(flavor = "multi_thread")]
async fn servers_reach_the_hub_at_the_gateway_and_not_each_other() {
    let lab = Lab::new("net").await;
    let hub = lab.fake_hub().await;
    let mut first = lab.request("ada", NOTEBOOK, &hub);
    first.cmd = Some(["python3", "-m", "http.server", "8888"].map(String::from).to_vec());
    let first = lab.start(first).await;
    let address = lab.inspect(&first.saved[0]).await["NetworkSettings"]["Networks"][format!("labdeck-{}", lab.hub_id)]
        ["IPAddress"]
        .as_str()
        .unwrap()
        .to_owned();
    get(&first.url.unwrap(), "/", Duration::from_secs(30)).await;
    let probe = format!(
        "import urllib.request as u\nprint(u.urlopen('{hub}', timeout=5).status)\n\
         try:\n u.urlopen('http://{address}:8888/', timeout=3); print('reached')\nexcept OSError:\n print('blocked')\n"
    );
    let mut second = lab.request("bob", NOTEBOOK, &hub);
    second.cmd = Some(vec!["python3".into(), "-c".into(), probe]);
    let second = lab.start(second).await;
    let Liveness::Exited(exit) = lab.spawner.wait(&second.saved[0]).await.unwrap() else { panic!("it runs") };
    assert_eq!(exit.log, ["200", "blocked"]);
}
