//! The hub dies, work lives: servers, browsers and tokens across a crash and a new start.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use http::Method;
use labdeck_hub::tasks;
use labdeck_testkit::{Browser, eventually, free_port};

use crate::support::{Daemon, SHORT, folder, server_path, sign_in_at, simple, simple_with};

/// How soon after the hub answers a server of an earlier run must be there again.
const ADOPTION: Duration = Duration::from_secs(2);

/// A port that is free now, and stays so while a hub is down: it must be at the same address when it starts again.
pub(crate) fn fixed(toml: &str) -> String {
    toml.replace("http://127.0.0.1:0", &format!("http://127.0.0.1:{}", free_port()))
}

async fn signed_in(hub: &Daemon, name: &str) -> Browser {
    let browser = hub.browser();
    let page = sign_in_at(&browser, "/hub/login?next=%2Fhub%2Fhome", name, "pw").await;
    assert_eq!(page.status, 200, "{}", page.body);
    browser
}

pub(crate) async fn boss(data: &Path, hub: &Daemon) -> Browser {
    let token = Daemon::run(data, &["token", "create", "--user", "boss"]).await.ok();
    hub.browser().with_token(token.trim())
}

async fn pid_of(browser: &Browser, server: &str) -> u64 {
    browser.get(&format!("{server}facts")).await.value()["pid"].as_u64().unwrap()
}

#[tokio::test]
async fn a_killed_hub_finds_its_servers_again_and_nobody_signs_in_anew() {
    let dir = folder(&fixed(&simple()));
    let data = dir.path().join("data");
    let hub = Daemon::start(&data).await;
    let admin = boss(&data, &hub).await;
    let person = signed_in(&hub, "boss").await;
    assert_eq!(admin.json(Method::POST, &server_path("boss", ""), None).await.status, 201);
    let page = person.get("/user/boss/lab").await;
    assert_eq!(page.body, "boss sees lab of /user/boss/");
    let pid = pid_of(&person, "/user/boss/").await;
    hub.kill().await;

    let hub = Daemon::start(&data).await;
    let answered = Instant::now();
    eventually("the server is reached again", SHORT, || async {
        let page = hub.browser().get_only("/user/boss/facts").await;
        (page.status == 200).then_some(())
    })
    .await;
    assert!(answered.elapsed() < ADOPTION, "took {:?}", answered.elapsed());
    assert_eq!(pid_of(&person, "/user/boss/").await, pid);
    let page = person.get("/user/boss/lab").await;
    assert_eq!((page.status.as_u16(), page.body.as_str()), (200, "boss sees lab of /user/boss/"));
    assert_eq!(person.get("/hub/home").await.path, "/hub/home");
    let model = admin.api(Method::GET, &server_path("boss", ""), None).await;
    assert_eq!(model["ready"], true);
    // And it can still be stopped, for good.
    assert_eq!(admin.json(Method::DELETE, &server_path("boss", ""), None).await.status, 204);
    assert!(!fs::exists(format!("/proc/{pid}/environ")).unwrap() || !is_running(pid));
}

fn is_running(pid: u64) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

#[tokio::test]
async fn an_orderly_end_leaves_servers_running_too() {
    let dir = folder(&fixed(&simple()));
    let data = dir.path().join("data");
    let hub = Daemon::start(&data).await;
    let admin = boss(&data, &hub).await;
    assert_eq!(admin.json(Method::POST, &server_path("boss", ""), None).await.status, 201);
    let pid = pid_of(&admin, "/user/boss/").await;
    assert_eq!(hub.terminate().await, 0);
    assert!(is_running(pid));
    assert!(!fs::exists(data.join("control.sock")).unwrap());
    let hub = Daemon::start(&data).await;
    eventually("the server is reached again", ADOPTION, || async {
        (hub.browser().get_only("/user/boss/facts").await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_server_that_ended_while_the_hub_was_away_is_shown_as_stopped() {
    let dir = folder(&fixed(&simple()));
    let data = dir.path().join("data");
    let hub = Daemon::start(&data).await;
    let admin = boss(&data, &hub).await;
    assert_eq!(admin.json(Method::POST, &server_path("boss", ""), None).await.status, 201);
    let pid = pid_of(&admin, "/user/boss/").await;
    let server_token =
        admin.get("/user/boss/facts").await.value()["environment"]["JUPYTERHUB_API_TOKEN"].as_str().unwrap().to_owned();
    hub.kill().await;
    let ended = tokio::process::Command::new("kill").args(["-9", &pid.to_string()]).status().await.unwrap();
    assert!(ended.success());
    let hub = Daemon::start(&data).await;
    eventually("it is known to be stopped", SHORT, || async {
        let model = admin.api(Method::GET, &server_path("boss", ""), None).await;
        (model["stopped"] == true && model["pending"].is_null()).then_some(())
    })
    .await;
    let stale = hub.browser().with_token(&server_token).json(Method::GET, "/hub/api/user", None).await;
    assert_eq!(stale.status, 403, "its token ended with it");
    assert_eq!(
        admin.json(Method::POST, &server_path("boss", ""), None).await.status,
        201,
        "and it can be started again"
    );
}

#[tokio::test]
async fn a_hub_killed_during_a_start_leaves_nothing_that_nobody_knows_of() {
    let gates = tempfile::tempdir().unwrap();
    let gate = gates.path().join("go");
    let toml = simple_with("", &format!("[spawner.environment]\nFAKE_GATE = {gate:?}"));
    let dir = folder(&fixed(&toml));
    let data = dir.path().join("data");
    let hub = Daemon::start(&data).await;
    let admin = boss(&data, &hub).await;
    let (starter, path) = (admin.clone(), server_path("boss", ""));
    // Its answer is lost with the hub.
    drop(tasks::spawn("start", async move { starter.json(Method::POST, &path, None).await }));
    let pid = eventually("a process was made", SHORT, || async { processes_in(&data).first().copied() }).await;
    hub.kill().await;
    let _hub = Daemon::start(&data).await;
    eventually("the process is adopted or ended", Duration::from_secs(60), || async {
        let model = admin.api(Method::GET, &server_path("boss", ""), None).await;
        let known = model["ready"] == true || !model["pending"].is_null();
        if known {
            fs::write(&gate, "").unwrap();
        }
        (model["ready"] == true && is_running(pid) || model["stopped"] == true && !is_running(pid)).then_some(())
    })
    .await;
}

/// The processes whose working folder is a home in this data folder.
pub(crate) fn processes_in(data: &Path) -> Vec<u64> {
    let homes = data.join("homes");
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let lies_there = |entry: fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let folder = fs::read_link(entry.path().join("cwd")).ok()?;
        folder.starts_with(&homes).then_some(pid)
    };
    processes.filter_map(lies_there).collect()
}

#[tokio::test]
async fn sessions_tokens_and_people_outlive_a_crash() {
    let dir = folder(&fixed(&simple()));
    let data = dir.path().join("data");
    let hub = Daemon::start(&data).await;
    let person = signed_in(&hub, "ada").await;
    let admin = boss(&data, &hub).await;
    hub.kill().await;
    let _hub = Daemon::start(&data).await;
    assert_eq!(person.get("/hub/home").await.path, "/hub/home");
    assert_eq!(admin.api(Method::GET, "/hub/api/users/ada", None).await["name"], "ada");
}

#[tokio::test]
async fn what_was_taken_away_stays_away_after_a_crash() {
    let dir = folder(&fixed(&simple()));
    let data = dir.path().join("data");
    let hub = Daemon::start(&data).await;
    let person = signed_in(&hub, "ada").await;
    let cookie = person.cookie("jupyterhub-hub-login").unwrap();
    person.get("/hub/logout").await;
    let admin = boss(&data, &hub).await;
    assert_eq!(admin.json(Method::DELETE, "/hub/api/users/ada", None).await.status, 204);
    hub.kill().await;
    let hub = Daemon::start(&data).await;
    let thief = hub.browser();
    thief.plant_cookie("jupyterhub-hub-login", &cookie, "/hub/");
    assert!(thief.get("/hub/home").await.path.starts_with("/hub/login"));
    assert_eq!(admin.json(Method::GET, "/hub/api/users/ada", None).await.status, 404);
}
