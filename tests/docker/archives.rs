//! `kill -9` while files change hands: what is half made or half gone is never offered as somebody's home, and archives
//! stay whole.

use std::time::Duration;

use http::Method;
use labdeck_testkit::{Engine, HubProcess, STANDIN, eventually};
use serde_json::{Value, json};

use crate::homes::{done, homes};
use crate::lab::{STOP_LIMIT, builder_with};
use crate::relay::{HoldAt, Relay};

/// For a hub that comes back and for work on small homes.
const SHORT: Duration = Duration::from_secs(60);

/// Somebody with files, whose server is off.
async fn with_files(relay: &Relay) -> HubProcess {
    let hub = builder_with("").environment("DOCKER_HOST", &relay.address()).start().await;
    hub.offer("standin", STANDIN);
    let api = hub.add(&["ada"]).await;
    api.json(Method::POST, "/hub/api/users/ada/server", Some(json!({}))).await;
    hub.server_is("ada", "Ready", SHORT).await;
    hub.control(Method::DELETE, "/hub/api/users/ada/server", &Value::Null);
    hub.server_is("ada", "Off", STOP_LIMIT).await;
    let volume = homes(&hub, "in_use")[0]["place"].as_str().unwrap().to_owned();
    fill(&volume);
    hub
}

fn fill(volume: &str) {
    let mount = format!("{volume}:/h");
    let script = "echo precious > /h/results && truncate -s 300M /h/holes && chown -R 1000:100 /h";
    let run = ["run", "--rm", "--network", "none", "--user", "0", "--entrypoint", "sh", "-v", &mount];
    Engine.call(&[&run[..], &["labdeck/test-base", "-c", script]].concat());
}

fn results(volume: &str) -> String {
    let mount = format!("{volume}:/h");
    Engine.call(&["run", "--rm", "--network", "none", "-v", &mount, "labdeck/test-base", "cat", "/h/results"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_killed_while_it_unpacks_offers_no_half_home_and_keeps_the_archive() {
    let relay = Relay::new();
    let mut hub = with_files(&relay).await;
    hub.control(Method::DELETE, "/hub/api/users/ada?labdeck_homes=archive", &Value::Null);
    let archived = eventually("the archive is there", SHORT, || async { homes(&hub, "archived").pop() }).await;
    let id = hub.id().unwrap();
    eventually("its volume is gone", SHORT, || async { Engine.volumes(&id).is_empty().then_some(()) }).await;
    let packed = std::fs::metadata(hub.data_dir().join(archived["place"].as_str().unwrap())).unwrap().len();
    assert!(packed < 1 << 20, "holes take no room in an archive: {packed}");

    hub.add(&["bob"]).await;
    let path = format!("/hub/api/labdeck/homes/{}/restore", archived["id"].as_str().unwrap());
    relay.hold_at("/archive", HoldAt::Call);
    hub.control(Method::POST, &path, &json!({ "user": "bob" }));
    relay.held(SHORT).await;
    assert_eq!(Engine.volumes(&id).len(), 1, "the engine has made the volume");
    assert!(homes(&hub, "orphan").is_empty(), "it is not offered while it is being filled");
    hub.kill();
    hub.restart_with("DOCKER_HOST", None).await;
    assert!(homes(&hub, "orphan").is_empty(), "nor by the next run");
    eventually("the half home is gone", SHORT, || async { Engine.volumes(&id).is_empty().then_some(()) }).await;
    assert_eq!(homes(&hub, "archived")[0]["id"], archived["id"]);

    let job = hub.control(Method::POST, &path, &json!({ "user": "bob" }));
    done(&hub, &job).await;
    let restored = homes(&hub, "in_use")[0]["place"].as_str().unwrap().to_owned();
    assert_eq!(results(&restored), "precious");
    hub.restart().await;
    assert_eq!(results(&restored), "precious", "what was given to somebody stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_killed_between_an_archive_and_its_homes_deletion_finishes_that() {
    let relay = Relay::new();
    let mut hub = with_files(&relay).await;
    let id = hub.id().unwrap();
    let volume = homes(&hub, "in_use")[0]["place"].as_str().unwrap().to_owned();
    relay.hold_at(&volume, HoldAt::Call);
    // Answered late or never: the engine does not delete.
    drop(hub.try_control(&Method::DELETE, "/hub/api/users/ada?labdeck_homes=archive", &Value::Null));
    relay.held(SHORT).await;
    hub.kill();
    hub.restart_with("DOCKER_HOST", None).await;
    assert!(homes(&hub, "orphan").is_empty(), "what is archived is not offered a second time");
    eventually("its volume is gone", SHORT, || async { Engine.volumes(&id).is_empty().then_some(()) }).await;
    assert_eq!(homes(&hub, "archived").len(), 1);
}
