//! Starting, ending, finding and forgetting servers.

use std::time::Duration;

use labdeck_model::StartStep;
use labdeck_spawner::{Exit, Liveness, SpawnError, Spawner, StopMode};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::support::{self, Lab, NOTEBOOK, get, key};

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

    lab.spawner.forget(&key("ada", ""), &key("ada", "").object_name()).await.unwrap();
    assert!(!lab.volume_exists("ada").await, "forgetting deletes the home");
    lab.spawner.forget(&key("ada", ""), &key("ada", "").object_name()).await.unwrap();
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
        support::eventually("only checkpointed containers exist", async || {
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
        request.home = request.key.object_name();
        request.cmd = Some(vec!["sleep".into(), "60".into()]);
        lab.start(request).await.url.unwrap();
    }
    assert_eq!(lab.spawner.list().await.unwrap().len(), 2, "starting one leaves the other");
    lab.spawner.forget(&key("ada", ""), &key("ada", "").object_name()).await.unwrap();
    let left = lab.spawner.list().await.unwrap();
    assert_eq!(left.iter().map(|found| found.key.to_string()).collect::<Vec<_>>(), ["ada:gpu"]);
}
