//! No engine on the machine: with the lead's consent servers run as local processes, in an environment that the hub
//! makes by itself. The data folder of these tests is kept with that environment in it, so that only the first run on
//! a machine waits for pip; all else in it is cleared away before.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use http::Method;
use labdeck_testkit::{HubBuilder, HubProcess, eventually};
use serde_json::{Value, json};

use crate::chromium::{Chromium, Script};
use crate::lab_page::{new_notebook, run_cell};
use crate::teammate::come_in;

/// pip fetches and unpacks some hundred megabytes.
const ENVIRONMENT_LIMIT: Duration = Duration::from_secs(280);

/// A hub that finds no engine.
async fn hub() -> HubProcess {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("simple-data");
    clear(&folder);
    let hub = HubBuilder::new(env!("CARGO_BIN_EXE_labdeckd"))
        .environment("DOCKER_HOST", "unix:///nonexistent/engine.sock")
        .settings("[spawner]\nstart_timeout = 270\nhttp_timeout = 120")
        .data_dir(&folder)
        .start()
        .await;
    hub.command(&["user", "add", "lea", "--admin"]);
    hub
}

/// Leaves the environment, which names its own place and so cannot be moved.
fn clear(folder: &PathBuf) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true if entry.file_name() == "environment" => {}
            true => fs::remove_dir_all(path).expect("it can be removed"),
            false => fs::remove_file(path).expect("it can be removed"),
        }
    }
}

fn consent(hub: &HubProcess) {
    let overview = hub.control(Method::PATCH, "/hub/api/labdeck/hub", &json!({ "simple_accepted": true }));
    assert_eq!((&overview["spawner"], &overview["simple_accepted"]), (&json!("simple"), &json!(true)), "{overview}");
}

#[tokio::test]
async fn without_an_engine_and_with_consent_a_teammate_runs_a_cell_and_it_outlives_the_hub() {
    let mut hub = hub().await;
    let overview = hub.control(Method::GET, "/hub/api/labdeck/overview", &Value::Null);
    assert_ne!(overview["engine"]["state"], "running", "{overview}");
    assert!(overview["engine"]["remedy"].as_str().is_some_and(|words| !words.is_empty()), "{overview}");

    let ada = Chromium::start("simple", &hub.origin(), Script::On).await;
    come_in(&ada, &hub, "ada").await;
    // The lead has not agreed yet to what a local process can read.
    ada.click(".hero button.primary").await;
    ada.find("[role=alert]").await;
    ada.picture("not-agreed").await;
    consent(&hub);
    ada.open("/hub/home").await;
    let since = Instant::now();
    ada.click(".hero button.primary").await;
    ada.is_at("/hub/spawn-pending/", Duration::from_secs(30)).await;
    ada.picture("progress").await;
    ada.is_at("/user/ada/lab", ENVIRONMENT_LIMIT).await;
    println!("{:6.1} s  from Start to JupyterLab as a local process", since.elapsed().as_secs_f64());
    new_notebook(&ada).await;
    run_cell(&ada, "print('a local', 6 * 7)", "a local 42").await;
    ada.picture("cell").await;

    // The hub dies; the process does not.
    hub.kill();
    hub.restart().await;
    eventually("the server is reached again", Duration::from_secs(2), || async {
        hub.browser().get_only("/user/ada/api").await.status.is_success().then_some(())
    })
    .await;
    assert_eq!(ada.status_of("/user/ada/api/kernels").await, 200);
    run_cell(&ada, "print('still', 6 * 7)", "a local 42").await;
    ada.says("still 42").await;
    ada.picture("after-a-crash").await;
    ada.close().await;
    hub.control(Method::DELETE, "/hub/api/users/ada/server", &Value::Null);
    hub.server_is("ada", "Off", Duration::from_secs(60)).await;
}
