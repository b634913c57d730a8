//! The exec driver against programs that keep to its contract and programs that do not.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "in a test a surprise is a failure")]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use labdeck_model::{Failure, ResourceLimits, ServerKey, UserName};
use labdeck_spawner::exec::{ExecConfig, ExecSpawner};
use labdeck_spawner::{HubFacts, Liveness, SpawnError, SpawnRequest, Spawner, SpawnerState, StartContext, StopMode};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const TOKEN: &str = "a-very-secret-token";

/// A spawner whose program is this shell script; `$1` is the verb, the question stands in `question`.
struct Lab {
    folder: TempDir,
    spawner: ExecSpawner,
}

impl Lab {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        let begin = format!("#!/bin/sh\ncd {}\nIFS= read -r question\n", folder.path().display());
        std::fs::write(&program, begin + script).unwrap();
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        let config = ExecConfig {
            program: vec![program.display().to_string()],
            call_timeout: Duration::from_secs(2),
            hub_id: "hub7".into(),
        };
        Self { folder, spawner: ExecSpawner::new(config) }
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// Whether the process has ended whose number stands in a file.
    fn is_gone(&self, name: &str) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.read(name).trim()));
        stat.map_or(true, |stat| stat.contains(") Z "))
    }

    async fn start(&self) -> (Result<String, SpawnError>, Vec<Value>, Vec<String>) {
        self.start_or(CancellationToken::new()).await
    }

    async fn start_or(&self, cancel: CancellationToken) -> (Result<String, SpawnError>, Vec<Value>, Vec<String>) {
        let saved = Arc::new(Mutex::new(Vec::<Value>::new()));
        let told = Arc::new(Mutex::new(Vec::<String>::new()));
        let (keep, hear) = (saved.clone(), told.clone());
        let save = move |state: SpawnerState| {
            keep.lock().push(state.0);
            async { Ok(()) }
        };
        let ctx = StartContext::new(save, move |progress| hear.lock().push(progress.message), cancel);
        let url = self.spawner.start(request(), ctx).await;
        let (saved, told) = (saved.lock().clone(), told.lock().clone());
        (url, saved, told)
    }

    async fn failed_start(&self) -> Failure {
        self.start().await.0.unwrap_err().failure()
    }
}

fn request() -> SpawnRequest {
    SpawnRequest {
        key: ServerKey::default_of(UserName::parse("ada").unwrap()),
        home: "ada-home".into(),
        hub_id: "hub7".into(),
        stack: None,
        limits: ResourceLimits { memory_bytes: Some(1 << 30), ..ResourceLimits::NONE },
        hub: HubFacts {
            api_url: "http://127.0.0.1:9/hub/api".into(),
            base_url: "/".into(),
            api_token: TOKEN.to_owned().into(),
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

async fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn state() -> SpawnerState {
    SpawnerState(json!({ "job": 7 }))
}

#[tokio::test]
async fn a_start_hands_its_state_over_before_anything_runs() {
    let lab = Lab::new(
        r#"echo "$question" > question; echo "$@" > args; env > env
echo '{"progress": "Queueing", "percent": 40}'
echo '{"state": {"job": 7}}'
IFS= read -r go; echo "$go" > go
echo
echo '{"labdeck": 1, "result": {"url": "http://127.0.0.1:4567/"}}'
"#,
    );
    let (url, saved, told) = lab.start().await;
    assert_eq!(url.unwrap(), "http://127.0.0.1:4567");
    assert_eq!(saved, [json!({ "job": 7 })]);
    assert!(told.contains(&"Queueing".to_owned()), "{told:?}");
    assert_eq!(lab.read("go").trim(), r#"{"go":true}"#);
    let question: Value = serde_json::from_str(&lab.read("question")).unwrap();
    assert_eq!(question["start"]["environment"]["JUPYTERHUB_API_TOKEN"], TOKEN);
    assert_eq!((&question["start"]["limits"]["memory_bytes"], &question["labdeck"]), (&json!(1 << 30), &json!(1)));
    assert_eq!(lab.read("args").trim(), "start");
    assert!(!lab.read("env").contains(TOKEN), "secrets come by the input alone");
}

#[tokio::test]
async fn a_program_that_breaks_the_contract_is_told_apart_in_words() {
    let state = r#"echo '{"state": {}}'; "#;
    let result = |url: &str| format!(r#"{state}echo '{{"labdeck": 1, "result": {{"url": "{url}"}}}}'"#);
    let cases = [
        ("echo hello", "no message"),
        ("exit 3", "exit status: 3"),
        ("echo oops >&2; exit 1", "without an answer"),
        (r#"echo '{"labdeck": 2, "result": {}}'"#, "version 2"),
        (r#"echo '{"result": {}}'"#, "version none"),
        (r#"echo '{"labdeck": 1, "result": {"url": "http://127.0.0.1:1"}}'"#, "named no state"),
        (&result("ftp://x"), "not like http"),
        (r#"echo '{"state": 7}'"#, "no object"),
        ("head -c 2000000 /dev/zero | tr '\\0' x; echo", "more than 1024 KiB"),
        ("yes '{}'", "more than 10000 lines"),
        ("exec >&-; sleep 1", "without an answer"),
    ];
    for (script, words) in cases {
        let failure = Lab::new(script).failed_start().await;
        assert_eq!(failure.kind, "exec_protocol", "{script}");
        assert!(failure.message.contains(words), "{script}: {}", failure.message);
        assert!(failure.message.len() < 600 && !failure.remedy.is_empty());
    }
    let complained = Lab::new("echo oops >&2; exit 1").failed_start().await;
    assert_eq!(complained.log, ["oops"]);
}

#[tokio::test]
async fn its_own_words_reach_the_user_and_the_token_never_does() {
    let lab = Lab::new(&format!(
        r#"echo '{{"progress": "token {TOKEN}"}}'
echo '{{"labdeck": 1, "error": {{"message": "No room for {TOKEN}", "remedy": "Wait.", "log": ["{TOKEN}"]}}}}'"#
    ));
    let (url, _, told) = lab.start().await;
    let failure = url.unwrap_err().failure();
    assert_eq!((failure.kind.as_str(), failure.message.as_str()), ("exec_failed", "No room for …"));
    assert_eq!((failure.remedy.as_str(), failure.log.as_slice()), ("Wait.", &["…".to_owned()][..]));
    assert!(!told.concat().contains(TOKEN));
}

#[tokio::test]
async fn a_missing_and_a_hanging_program_are_named() {
    let lab = Lab::new("sleep 60");
    let begun = Instant::now();
    let late = lab.spawner.poll(&state()).await.unwrap_err().failure();
    assert_eq!(late.kind, "exec_timeout");
    assert!(late.message.contains("within 2 s") && begun.elapsed() < Duration::from_secs(10));
    let config =
        ExecConfig { program: vec!["/no/such".into()], call_timeout: Duration::from_secs(2), hub_id: "x".into() };
    let missing = ExecSpawner::new(config).poll(&state()).await.unwrap_err().failure();
    assert_eq!(missing.kind, "exec_missing");
    assert!(missing.message.contains("/no/such"));
}

/// A program that has another one at work and waits for it.
const WITH_A_HELPER: &str = "sleep 60 & echo $! > helper; echo $$ > pid.new; mv pid.new pid; wait";

#[tokio::test]
async fn a_start_that_is_given_up_ends_the_program_and_what_it_started() {
    let lab = Lab::new(WITH_A_HELPER);
    let cancel = CancellationToken::new();
    let giving_up = async {
        until("the program runs", || lab.folder.path().join("pid").exists()).await;
        cancel.cancel();
    };
    let ((url, ..), ()) = tokio::join!(lab.start_or(cancel.clone()), giving_up);
    assert!(matches!(url, Err(SpawnError::Cancelled)));
    until("both have ended", || lab.is_gone("pid") && lab.is_gone("helper")).await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_ends_the_program_and_what_it_started() {
    let lab = Lab::new(WITH_A_HELPER);
    assert_eq!(lab.spawner.stop(&state(), StopMode::Kill).await.unwrap_err().failure().kind, "exec_timeout");
    until("both have ended", || lab.is_gone("pid") && lab.is_gone("helper")).await;
}

#[tokio::test]
async fn what_a_program_leaves_running_after_its_answer_runs_on() {
    let lab = Lab::new("sleep 60 >/dev/null 2>&1 & echo $! > helper; echo '{\"labdeck\": 1, \"result\": null}'");
    lab.spawner.stop(&state(), StopMode::Kill).await.unwrap();
    assert!(!lab.is_gone("helper"), "it may be a server");
    std::process::Command::new("kill").arg(lab.read("helper").trim()).status().unwrap();
}

#[tokio::test]
async fn a_program_that_cannot_list_is_asked_once() {
    let lab = Lab::new("echo x >> asked; echo '{\"labdeck\": 1, \"error\": {\"kind\": \"unsupported\"}}'");
    for _ in 0..3 {
        assert!(lab.spawner.list().await.unwrap().is_empty());
    }
    assert_eq!(lab.read("asked"), "x\n");
}

#[tokio::test]
async fn each_verb_has_its_answer() {
    let lab = Lab::new(
        r#"echo "$question" > "$1.json"
answer() { echo "{\"labdeck\": 1, \"result\": $1}"; }
case $1 in
poll) answer '{"status": "running"}';;
wait) answer '{"status": "exited", "code": 137, "out_of_memory": true, "log": ["bye"]}';;
address) answer '{"url": "http://10.0.0.9:80"}';;
list) answer '{"servers": [{"user": "ada", "server": "gpu", "state": {"job": 7}, "status": "running"}]}';;
logs) answer '{"lines": ["a", "b", "c"]}';;
sample) answer '{"cpus": 0.5, "memory_bytes": 1000}';;
unenforced) answer '{"sentences": ["No limit of memory."]}';;
*) answer null;;
esac
"#,
    );
    let (spawner, at) = (&lab.spawner, state());
    assert_eq!(spawner.poll(&at).await.unwrap(), Liveness::Running);
    let Liveness::Exited(exit) = spawner.wait(&at).await.unwrap() else { panic!() };
    assert!(exit.out_of_memory && exit.log == ["bye"]);
    assert_eq!(spawner.address(&at).await.unwrap(), "http://10.0.0.9:80");
    let found = spawner.list().await.unwrap();
    assert_eq!((found[0].key.to_string(), found[0].state.clone()), ("ada:gpu".to_owned(), at.clone()));
    assert_eq!(spawner.logs(&at, 2).await.unwrap(), ["b", "c"]);
    assert_eq!(spawner.sample(&at).await.unwrap().unwrap().memory_bytes, 1000);
    assert_eq!(spawner.unenforced(&request().limits).await, ["No limit of memory."]);
    spawner.stop(&at, StopMode::Kill).await.unwrap();
    spawner.forget(&request().key, "ada-home").await.unwrap();
    let asked = |verb: &str| serde_json::from_str::<Value>(&lab.read(&format!("{verb}.json"))).unwrap();
    assert_eq!((&asked("stop")["mode"], &asked("stop")["state"]), (&json!("kill"), &json!({ "job": 7 })));
    assert_eq!((&asked("forget")["key"]["user"], &asked("forget")["home"]), (&json!("ada"), &json!("ada-home")));
    assert_eq!(asked("list")["hub_id"], "hub7");
}

#[tokio::test]
async fn verbs_that_a_program_does_not_know_are_done_without() {
    let lab = Lab::new(
        r#"case $1 in
poll) echo '{"labdeck": 1, "result": {"status": "gone"}}';;
*) echo '{"labdeck": 1, "error": {"kind": "unsupported"}}';;
esac
"#,
    );
    let spawner = &lab.spawner;
    assert_eq!(spawner.wait(&state()).await.unwrap(), Liveness::Gone, "it is polled instead");
    assert!(spawner.list().await.unwrap().is_empty());
    assert!(spawner.logs(&state(), 9).await.unwrap().is_empty());
    assert_eq!(spawner.sample(&state()).await.unwrap(), None);
    spawner.forget(&request().key, "ada-home").await.unwrap();
    assert!(spawner.unenforced(&request().limits).await[0].contains("known to the program alone"));
    assert!(spawner.unenforced(&ResourceLimits::NONE).await.is_empty());
    assert_eq!(spawner.stop(&state(), StopMode::Graceful).await.unwrap_err().failure().kind, "exec_failed");
}
