//! What is told of running servers: memory that ran out while the server lives, an end, new lines of the log.

use std::time::Duration;

use futures_util::StreamExt;
use labdeck_model::ResourceLimits;
use labdeck_spawner::docker::{DockerConfig, DockerSpawner};
use labdeck_spawner::{HappeningKind, Liveness, Spawner, StopMode};
use tokio::time::timeout;

use crate::support::{self, Lab, key};

const PATIENCE: Duration = Duration::from_secs(20);
/// Takes memory until the kernel ends it; the first program of the container waits and lives.
const EAT: &str = "sh -c 'head -c 200000000 /dev/zero | tail' ; echo \"child: $?\"; sleep 60";

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_runs_out_of_memory_is_told_while_the_server_lives() {
    let lab = Lab::new("oom").await;
    let mut happenings = lab.spawner.happenings().expect("Docker tells what happens");
    let mut request = lab.request("ada", "labdeck/test-base", "http://x/hub/api");
    request.limits = ResourceLimits { memory_bytes: Some(32 << 20), ..request.limits };
    request.cmd = Some(["sh", "-c", EAT].map(String::from).to_vec());
    let start = lab.start(request).await;
    start.url.unwrap();
    let told = timeout(PATIENCE, happenings.recv()).await.expect("nobody told").unwrap();
    assert_eq!((told.key, told.kind), (key("ada", ""), HappeningKind::OutOfMemory));
    assert_eq!(lab.spawner.poll(&start.saved[0]).await.unwrap(), Liveness::Running, "the server itself lives");
    lab.spawner.stop(&start.saved[0], StopMode::Kill).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_while_the_line_to_the_engine_was_cut_is_told_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let relay = support::relay(&socket);
    // The servers are started past the line that is cut.
    let lab = Lab::new("since").await;
    let mut config = DockerConfig::new(lab.hub_id.clone());
    config.host = Some(format!("unix://{}", socket.display()));
    let listener = DockerSpawner::new(config);
    let mut happenings = listener.happenings().unwrap();
    let eat = async |user: &str| {
        let mut request = lab.request(user, "labdeck/test-base", "http://x/hub/api");
        request.limits = ResourceLimits { memory_bytes: Some(32 << 20), ..request.limits };
        request.cmd = Some(["sh", "-c", EAT].map(String::from).to_vec());
        let start = lab.start(request).await;
        start.url.unwrap();
        let container = start.saved[0].0["container_id"].as_str().unwrap().to_owned();
        support::eventually("the child ended", async || support::docker(&["logs", &container]).contains("child: "))
            .await;
    };
    // The subscription needs a moment; whoever comes too early is told of by the next.
    eat("first").await;
    let first = timeout(PATIENCE, happenings.recv()).await.expect("nobody told").unwrap();
    assert_eq!(first.key, key("first", ""));
    drop(relay);
    std::fs::remove_file(&socket).unwrap();
    eat("second").await;
    let _relay = support::relay(&socket);
    let second = timeout(PATIENCE, happenings.recv()).await.expect("it was lost").unwrap();
    assert_eq!(second.key, key("second", ""), "and the first one is not told twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_followed_until_the_server_ends() {
    let lab = Lab::new("follow").await;
    let mut request = lab.request("ada", "labdeck/test-base", "http://x/hub/api");
    // An engine reads the two outputs each for itself, so the order of lines of both is nobody's promise.
    let talk = "echo old1; echo old2; read go < /tmp/go; echo new >&2; read on < /tmp/on; echo last";
    request.cmd = Some(["sh", "-c", &format!("mkfifo /tmp/go /tmp/on; {talk}")].map(String::from).to_vec());
    let start = lab.start(request).await;
    start.url.unwrap();
    let state = &start.saved[0];
    support::eventually("it wrote", async || lab.spawner.logs(state, 5).await.unwrap().len() == 2).await;
    let mut lines = lab.spawner.follow_log(state, 1).await.unwrap();
    assert_eq!(timeout(PATIENCE, lines.next()).await.unwrap().unwrap().unwrap(), "old2");
    lab.exec(state, &["sh", "-c", "echo > /tmp/go"]).await;
    assert_eq!(timeout(PATIENCE, lines.next()).await.unwrap().unwrap().unwrap(), "new");
    lab.exec(state, &["sh", "-c", "echo > /tmp/on"]).await;
    assert_eq!(timeout(PATIENCE, lines.next()).await.unwrap().unwrap().unwrap(), "last");
    assert!(timeout(PATIENCE, lines.next()).await.unwrap().is_none(), "the log ends with the server");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_is_noticed_at_once_and_traffic_is_counted() {
    let lab = Lab::new("end").await;
    let mut request = lab.request("ada", "labdeck/test-base", "http://x/hub/api");
    request.cmd = Some(["sleep", "60"].map(String::from).to_vec());
    let start = lab.start(request).await;
    start.url.unwrap();
    let state = start.saved[0].clone();
    let used = lab.spawner.sample(&state).await.unwrap().unwrap();
    assert!(used.traffic.is_some(), "{used:?}");
    let id = state.0["container_id"].as_str().unwrap().to_owned();
    let killed = async {
        support::docker(&["kill", &id]);
        std::time::Instant::now()
    };
    let (ended, killed) = tokio::join!(timeout(PATIENCE, lab.spawner.wait(&state)), killed);
    assert!(killed.elapsed() < Duration::from_secs(3));
    assert!(matches!(ended.unwrap().unwrap(), Liveness::Exited(exit) if exit.code == Some(137)));
}
