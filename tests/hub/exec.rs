//! Servers that a program starts: the example of the documentation, as it stands there, drives a real hub.

use std::path::Path;

use http::Method;
use labdeck_testkit::eventually;
use serde_json::json;
use tokio::process::Command;

use crate::reboot::began;
use crate::support::{SHORT, TestHub, folder, simple_with};

/// The example of `docs/exec-spawner.md`.
fn example() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/exec-spawner.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once("```python\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// A configuration with a program of its own beside the homes.
fn configuration(at: &Path, program: &str) -> String {
    std::fs::write(at.join("spawner.py"), program).unwrap();
    let cmd = [at.join("spawner.py"), at.join("homes")].map(|path| path.display().to_string());
    let text = simple_with("", "").replace(r#"spawner_class = "simple""#, r#"spawner_class = "exec""#);
    format!("{text}\n[exec_spawner]\ncmd = [\"python3\", {:?}, {:?}]\n", cmd[0], cmd[1])
}

#[test]
fn the_example_is_as_short_as_the_page_says() {
    let lines = example().lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines <= 40, "{lines} lines");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_example_runs_servers_through_a_restart_of_the_hub() {
    let place = tempfile::tempdir().unwrap();
    let toml = configuration(place.path(), &example());
    let hub = TestHub::start_in(folder(&toml)).await;
    let boss = hub.program("boss", &[]).await;
    hub.start_server(&boss, "boss", "").await;
    let facts = boss.get("/user/boss/facts").await.value();
    let home = facts["environment"]["HOME"].as_str().unwrap();
    assert!(home.starts_with(place.path().to_str().unwrap()), "{home}");
    let pid = facts["pid"].clone();
    let log = hub.window().get("/hub/api/labdeck/servers/boss/~/log").await;
    assert!(log.body.contains("fake single-user server begins"), "{}", log.body);

    let hub = TestHub::start_in(hub.stop().await).await;
    hub.until_ready("boss", "").await;
    let boss = hub.program("boss", &[]).await;
    assert_eq!(boss.get("/user/boss/facts").await.value()["pid"], pid, "the same server is found again");
    let stopped = boss.json(Method::DELETE, "/hub/api/users/boss/server", None).await;
    assert!([202, 204].contains(&stopped.status.as_u16()), "{}", stopped.body);
    hub.until_stopped("boss", "").await;
    let stat = format!("/proc/{pid}/stat");
    eventually("the process is gone", SHORT, || async {
        std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z ")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_program_says_of_a_failure_is_what_the_person_reads() {
    let place = tempfile::tempdir().unwrap();
    let refusing = r#"
import json
print(json.dumps({"labdeck": 1, "error": {"message": "The queue is closed.", "remedy": "Come back on Monday."}}))
"#;
    let hub = TestHub::start(&configuration(place.path(), refusing)).await;
    let boss = hub.program("boss", &[]).await;
    boss.json(Method::POST, "/hub/api/users/boss/server", None).await;
    let browser = hub.signed_in("boss").await;
    eventually("the failure is shown", SHORT, || async {
        let page = browser.get("/hub/spawn-pending/boss").await;
        (page.body.contains("The queue is closed.") && page.body.contains("Come back on Monday.")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_nobody_knows_is_stopped_while_the_hub_runs() {
    let place = tempfile::tempdir().unwrap();
    let (strays, asked) = (place.path().join("strays"), place.path().join("asked"));
    std::fs::write(&strays, "[]").unwrap();
    let list = format!("(json.load(open({strays:?})), open({asked:?}, \"a\").write(\"x\"))[0]");
    let lists = format!("verbs = {{\"list\": lambda: {{\"servers\": {list}}},\n");
    let program = example().replacen("verbs = {", &lists, 1);
    let _hub = TestHub::start(&configuration(place.path(), &program)).await;
    // By recovery and by the first round: whoever finds the stray looks again and again.
    eventually("it was looked at the start", SHORT, || async {
        (std::fs::read_to_string(&asked).unwrap_or_default() == "xx").then_some(())
    })
    .await;
    let mut stray = Command::new("sleep").arg("600").process_group(0).kill_on_drop(true).spawn().unwrap();
    let pid = stray.id().unwrap();
    let state = json!({ "pid": pid, "began": began(pid).to_string(), "url": "http://127.0.0.1:9" });
    let listed = json!([{ "user": "ada", "server": "", "state": state, "status": "running" }]);
    std::fs::write(place.path().join("new"), listed.to_string()).unwrap();
    std::fs::rename(place.path().join("new"), &strays).unwrap();
    tokio::time::timeout(SHORT, stray.wait()).await.expect("it is stopped").unwrap();
}

#[test]
fn a_hub_whose_program_is_not_named_does_not_start() {
    let toml = simple_with("", "").replace(r#"spawner_class = "simple""#, r#"spawner_class = "exec""#);
    let refused = labdeck_hub::config::Config::from_toml("labdeck.toml", &toml).unwrap_err().to_string();
    assert!(refused.contains("[exec_spawner] cmd must name the program"), "{refused}");
}
