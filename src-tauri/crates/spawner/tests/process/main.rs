//! The local-process driver: with a small script as the server for its rules, and with the real single-user server in
//! the real environment that it makes (pip's own settings decide where that comes from).
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "in a test a surprise is a failure")]

mod account;
mod environment;
mod lab;
mod limits;
mod settings;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use labdeck_model::StartStep;
use labdeck_spawner::process::{ProcessConfig, ProcessSpawner};
use labdeck_spawner::{HubAccess, Liveness, Progress, SpawnError, Spawner, StartContext, StopMode};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

use crate::lab::{Lab, SERVER, get, key, mode, read, request, start};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_runs_in_a_folder_and_session_of_its_own() {
    let lab = Lab::new(SERVER);
    assert_eq!(lab.spawner.hub_access().await.unwrap(), HubAccess::Loopback);
    let (url, state) = lab.running("ada").await;
    get(&url, "/", Duration::from_secs(20)).await;
    let home = lab.home(&key("ada"));
    assert_eq!(mode(&home), 0o700);
    assert_eq!(read(&home, "pwd.txt").trim(), home.canonicalize().unwrap().display().to_string());
    assert_eq!(read(&home, "sid.txt").trim(), state.0["pid"].to_string(), "it leads its session");
    let env = read(&home, "env.txt");
    for wanted in ["JUPYTERHUB_API_TOKEN=a-very-secret-token", "JUPYTERHUB_USER=ada"] {
        assert!(env.contains(wanted), "{env}");
    }
    assert!(env.contains(&format!("HOME={}", home.display())), "{env}");
    assert!(!env.contains("CARGO_"), "the hub's environment is not inherited: {env}");
    let command_line = std::fs::read_to_string(format!("/proc/{}/cmdline", state.0["pid"])).unwrap();
    assert!(!command_line.contains("secret"), "a token in an argument is readable by everybody");
    let log = lab.spawner.config().data_dir.join("servers").join(key("ada").object_name()).join("server.log");
    assert_eq!(mode(&log), 0o600);

    assert_eq!(lab.spawner.poll(&state).await.unwrap(), Liveness::Running);
    assert_eq!(lab.spawner.address(&state).await.unwrap(), url);
    assert!(lab.spawner.logs(&state, 9).await.unwrap()[0].starts_with("serving on"));
    assert!(lab.spawner.sample(&state).await.unwrap().unwrap().memory_bytes > 1 << 20);
    lab.spawner.stop(&state, StopMode::Graceful).await.unwrap();
    lab.spawner.stop(&state, StopMode::Graceful).await.unwrap();
    assert_eq!(lab.spawner.poll(&state).await.unwrap(), Liveness::Gone);
    assert!(home.join("env.txt").exists(), "stopping keeps the home");
    lab.spawner.forget(&key("ada"), &key("ada").object_name()).await.unwrap();
    assert!(!home.exists(), "forgetting deletes it");
    lab.spawner.forget(&key("ada"), &key("ada").object_name()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_at_once_tells_its_last_words() {
    let lab = Lab::new("#!/bin/sh\necho no kernel >&2\nexit 3\n");
    let (_, state) = lab.running("ada").await;
    let Liveness::Exited(exit) = lab.spawner.wait(&state).await.unwrap() else { panic!("it runs") };
    assert_eq!((exit.code, exit.log.clone()), (Some(3), vec!["no kernel".to_owned()]));
    assert_eq!(exit.failure().kind, "exited");
    assert!(matches!(lab.spawner.address(&state).await, Err(SpawnError::Exited(_))));
    lab.spawner.stop(&state, StopMode::Graceful).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_runs_before_it_is_written_down() {
    let lab = Lab::new("#!/bin/sh\ntouch ran\n");
    let refused = start(&lab.spawner, request("ada"), |_| false, CancellationToken::new()).await;
    assert!(matches!(refused.url, Err(SpawnError::NotSaved(_))));
    assert!(lab.spawner.list().await.unwrap().is_empty());

    let cancel = CancellationToken::new();
    let trip = cancel.clone();
    let on_save = move |_: &Value| {
        trip.cancel();
        true
    };
    let cancelled = start(&lab.spawner, request("ada"), on_save, cancel).await;
    assert!(matches!(cancelled.url, Err(SpawnError::Cancelled)));
    let waited = tokio::time::timeout(Duration::from_secs(5), lab.spawner.wait(&cancelled.saved[0])).await;
    assert!(waited.is_ok(), "the gate ends with the start");
    assert!(!lab.home(&key("ada")).join("ran").exists(), "the server's program never ran");
    lab.spawner.stop(&cancelled.saved[0], StopMode::Graceful).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_will_not_end_is_ended_with_all_that_it_started() {
    let lab = Lab::new("#!/bin/sh\ntrap '' INT TERM\nsetsid sleep 300 &\necho $! > child\nwhile :; do sleep 1; done\n");
    let (_, state) = lab.running("ada").await;
    let child = lab.home(&key("ada")).join("child");
    while std::fs::read_to_string(&child).unwrap_or_default().trim().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    lab.spawner.stop(&state, StopMode::Graceful).await.unwrap();
    assert_eq!(lab.spawner.poll(&state).await.unwrap(), Liveness::Gone);
    let sleeper = read(&lab.home(&key("ada")), "child");
    let left = std::fs::read_to_string(format!("/proc/{}/stat", sleeper.trim())).unwrap_or_default();
    assert!(left.is_empty() || left.contains(") Z "), "{left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_driver_on_the_same_folder_adopts_what_runs() {
    let lab = Lab::new(SERVER);
    let (url, state) = lab.running("ada").await;
    get(&url, "/", Duration::from_secs(20)).await;
    let heir = ProcessSpawner::new(lab.spawner.config().clone());
    let found = heir.list().await.unwrap();
    assert_eq!((found[0].key.clone(), found[0].state.clone()), (key("ada"), state.clone()));
    assert_eq!(found[0].liveness, Liveness::Running);
    assert_eq!(heir.address(&state).await.unwrap(), url);
    heir.stop(&state, StopMode::Kill).await.unwrap();
    assert!(heir.list().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_replaces_what_the_first_left() {
    let lab = Lab::new(SERVER);
    let (_, first) = lab.running("ada").await;
    let (url, second) = lab.running("ada").await;
    get(&url, "/", Duration::from_secs(20)).await;
    assert_ne!(first, second);
    assert_eq!(lab.spawner.poll(&first).await.unwrap(), Liveness::Gone);
    lab.spawner.stop(&second, StopMode::Kill).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_command_and_a_missing_python_are_told_in_words() {
    let lab = Lab::new(SERVER);
    let mut config = lab.spawner.config().clone();
    config.cmd = Some(vec!["/no/such/server".into()]);
    let refused = start(&ProcessSpawner::new(config.clone()), request("ada"), |_| true, CancellationToken::new()).await;
    assert_eq!(refused.url.unwrap_err().failure().kind, "command_missing");
    config.cmd = None;
    config.python = Some("/no/such/python3".into());
    let refused = start(&ProcessSpawner::new(config.clone()), request("ada"), |_| true, CancellationToken::new()).await;
    assert_eq!(refused.url.unwrap_err().failure().kind, "python_missing");

    for (answer, kind) in [("echo 3.9", "python_too_old"), ("echo 3.11; exit 1", "venv_missing")] {
        let fake = lab.folder.path().join("python");
        std::fs::write(&fake, format!("#!/bin/sh\n{answer}\n")).unwrap();
        std::fs::set_permissions(&fake, PermissionsExt::from_mode(0o755)).unwrap();
        config.python = Some(fake);
        let spawner = ProcessSpawner::new(config.clone());
        let refused = start(&spawner, request("ada"), |_| true, CancellationToken::new()).await;
        assert_eq!(refused.url.unwrap_err().failure().kind, kind);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn making_the_environment_can_be_cancelled_and_is_taken_up_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = ProcessConfig::new(folder.path());
    config.requirements = vec!["labdeck-no-such-package==0".into()];
    let spawner = ProcessSpawner::new(config.clone());
    let cancel = CancellationToken::new();
    let trip = cancel.clone();
    let told = move |progress: Progress| {
        if progress.message.starts_with("Making") {
            trip.cancel();
        }
    };
    let ctx = StartContext::new(|_| async { Ok(()) }, told, cancel);
    assert!(matches!(spawner.prepare(&ctx).await, Err(SpawnError::Cancelled)));
    assert!(!spawner.is_prepared());

    let ctx = StartContext::new(|_| async { Ok(()) }, |_| {}, CancellationToken::new());
    let failure = spawner.prepare(&ctx).await.unwrap_err().failure();
    assert!(!failure.log.is_empty() && !failure.remedy.is_empty(), "{failure:?}");
    assert!(!spawner.is_prepared(), "a failed installation is not taken for a whole one");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_server_runs_in_the_environment_that_is_made_for_it() {
    // Made once for all test runs of this target folder, as a hub makes it once for all servers.
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("process-data");
    let mut config = ProcessConfig::new(&kept);
    config.interrupt_timeout = Duration::from_secs(10);
    let spawner = ProcessSpawner::new(config);
    let hub = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let mut asked = request("real");
    asked.hub.api_url = format!("http://{}/hub/api", hub.local_addr().unwrap());
    let answering = async {
        loop {
            let (mut stream, _) = hub.accept().await.unwrap();
            let mut heard = [0u8; 4096];
            let _ = stream.read(&mut heard).await;
            let answer =
                b"HTTP/1.1 200 OK\r\nX-JupyterHub-Version: 6.1.1\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
            let _ = stream.write_all(answer).await;
        }
    };
    let using = async {
        let started = start(&spawner, asked, |_| true, CancellationToken::new()).await;
        let url = started.url.expect("the real server could not be started");
        assert!(spawner.is_prepared());
        assert!(started.told.iter().any(|progress| progress.step == StartStep::Booting));
        let state = &started.saved[0];
        let answer = get(&url, "/user/real/api", Duration::from_secs(60)).await;
        assert!(answer.contains("version"), "{answer}");
        let stopping = tokio::time::timeout(Duration::from_secs(20), spawner.stop(state, StopMode::Graceful));
        stopping.await.expect("it did not stop").unwrap();
        assert_eq!(spawner.poll(state).await.unwrap(), Liveness::Gone);
    };
    tokio::select! {
        () = answering => {}
        () = using => {}
    }
}
