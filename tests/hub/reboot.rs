//! The computer was started anew under servers that are local processes: nothing that ran runs any more, and the
//! numbers of their processes mean others. (With containers: `tests/docker/engine_trouble.rs`.)

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::Method;
use labdeck_model::SystemClock;
use labdeck_store::tables::spawners;
use labdeck_store::{Store, StoreError};
use labdeck_testkit::{Browser, eventually};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::keys::{Keys, keys};
use crate::restart::{boss, fixed, processes_in};
use crate::support::{Daemon, SHORT, folder, server_path, simple};

/// Whose process number a stranger has after the reboot; whose number nobody has; whose notes are lost besides.
const PEOPLE: [&str; 3] = ["ada", "bob", "cyd"];
/// No system counts so far.
const NOBODY: u32 = u32::MAX >> 1;

#[tokio::test]
async fn after_a_reboot_servers_are_off_strangers_live_and_everything_starts_again() {
    let dir = folder(&fixed(&simple()));
    let data = dir.path().join("data");
    let hub = Daemon::start(&data).await;
    let admin = boss(&data, &hub).await;
    admin.api(Method::POST, "/hub/api/users", Some(json!({ "usernames": PEOPLE }))).await;
    for person in PEOPLE {
        assert_eq!(admin.json(Method::POST, &server_path(person, ""), None).await.status, 201);
        fs::write(home(&admin, person).await.join("work"), person).unwrap();
    }
    hub.kill().await;
    for pid in processes_in(&data) {
        assert!(Command::new("kill").args(["-KILL", &pid.to_string()]).status().await.unwrap().success());
    }
    eventually("nothing of it runs", SHORT, || async { processes_in(&data).is_empty().then_some(()) }).await;
    let mut stranger = Command::new("sleep").arg("600").kill_on_drop(true).spawn().unwrap();
    let runs = number_anew(&data, &stranger).await;
    fs::remove_dir_all(&runs["cyd"]).unwrap();

    let hub = Daemon::start(&data).await;
    for person in PEOPLE {
        let server = eventually("the server is off", SHORT, || async {
            let server = admin.api(Method::GET, &server_path(person, ""), None).await;
            (server["stopped"] == true && server["pending"].is_null()).then_some(server)
        })
        .await;
        assert_eq!(server["labdeck_last_exit"]["kind"], "computer_restarted", "{server}");
    }
    for person in PEOPLE {
        assert_eq!(admin.json(Method::POST, &server_path(person, ""), None).await.status, 201, "{person}");
        assert_eq!(fs::read_to_string(home(&admin, person).await.join("work")).unwrap(), person);
    }
    assert_eq!(processes_in(&data).len(), PEOPLE.len());
    for person in PEOPLE {
        assert_eq!(admin.json(Method::DELETE, &server_path(person, ""), None).await.status, 204);
    }
    assert!(processes_in(&data).is_empty());
    assert_eq!(stranger.try_wait().unwrap(), None, "the stranger lives");
    hub.kill().await;
    assert!(keys(&data).await.values().all(|keys| *keys == Keys::default()));
}

async fn home(admin: &Browser, person: &str) -> PathBuf {
    let facts = admin.get_only(&format!("/user/{person}/facts")).await.value();
    PathBuf::from(facts["environment"]["HOME"].as_str().unwrap())
}

/// Makes all that is remembered of processes that of an earlier start of the machine. The stranger has the number of
/// ada's, and by chance began at the same tick. Gives by person the folder of the notes.
async fn number_anew(data: &Path, stranger: &Child) -> BTreeMap<String, PathBuf> {
    let folder = data.to_owned();
    let opened = tokio::task::spawn_blocking(move || Store::open(&folder, Arc::new(SystemClock)));
    let store = opened.await.unwrap().unwrap();
    let (data, pid) = (data.to_owned(), stranger.id().unwrap());
    let written = store.write(move |tx| {
        let mut runs = BTreeMap::new();
        for row in spawners::list_all(tx)? {
            let Some(mut state) = row.run.state else { continue };
            let (pid, began) = if row.key.user.as_str() == "ada" { (pid, began(pid)) } else { (NOBODY, 1) };
            let run = data.join("servers").join(state["name"].as_str().unwrap());
            let mut noted: Value = serde_json::from_slice(&fs::read(run.join("run.json")).unwrap()).unwrap();
            for memory in [&mut state, &mut noted] {
                memory["boot"] = json!("5c4d1a52-0000-4000-8000-000000000000");
                (memory["pid"], memory["start_time"]) = (json!(pid), json!(began));
            }
            fs::write(run.join("run.json"), noted.to_string()).unwrap();
            spawners::set_state(tx, row.id, Some(&state))?;
            runs.insert(row.key.to_string(), run);
        }
        Ok::<_, StoreError>(runs)
    });
    let runs = written.await.unwrap();
    assert_eq!(runs.len(), PEOPLE.len());
    store.close().await;
    runs
}

/// When a process began, in ticks since the start of the machine.
pub(crate) fn began(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().parse().unwrap()
}
