//! Homes and folders with real containers: files come back with their owners, folders are what they are offered as, and
//! nothing that the hub does not know is deleted for that.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::Duration;

use http::Method;
use labdeck_testkit::{Engine, HubProcess, NOTEBOOK, STANDIN, eventually};
use serde_json::{Value, json};

use crate::lab::{STOP_LIMIT, builder, container, hub, start};

/// For work on small homes.
const SHORT: Duration = Duration::from_secs(60);

/// Everything in a home, with owners, modes and sums.
const DESCRIBE: &str = "cd /home/jovyan && find . -not -path './.*' -printf '%p %y %m %U:%G %s\\n' | sort; \
                        cat work/paper.ipynb; stat -c '%u:%g %a' /home/jovyan";

fn inside(container: &str, script: &str) -> String {
    Engine.call(&["exec", container, "sh", "-c", script])
}

async fn stop(hub: &HubProcess, user: &str) {
    hub.control(Method::DELETE, &format!("/hub/api/users/{user}/server"), &Value::Null);
    hub.server_is(user, "Off", STOP_LIMIT).await;
}

pub(crate) fn homes(hub: &HubProcess, status: &str) -> Vec<Value> {
    let all = hub.control(Method::GET, "/hub/api/labdeck/homes", &Value::Null);
    all.as_array().unwrap().iter().filter(|home| home["status"] == status).cloned().collect()
}

pub(crate) async fn done(hub: &HubProcess, job: &Value) -> Value {
    let ended = eventually("the job ends", SHORT, || async {
        let jobs = hub.control(Method::GET, "/hub/api/labdeck/jobs", &Value::Null);
        let mine = jobs.as_array().unwrap().iter().find(|other| other["id"] == job["id"])?.clone();
        (mine["state"] != "running").then_some(mine)
    })
    .await;
    assert_eq!(ended["state"], "done", "{ended}\n{}", hub.log_tail(20));
    ended
}

#[tokio::test]
async fn a_deleted_persons_files_come_back_for_another_with_their_owners() {
    let hub = hub().await;
    let api = hub.add(&["ada", "bob"]).await;
    start(&hub, &api, "ada").await;
    let ada = container(&hub, "ada");
    inside(&ada, "mkdir -p ~/work && echo draft > ~/work/paper.ipynb && chmod 640 ~/work/paper.ipynb");
    let before = inside(&ada, DESCRIBE);
    assert!(before.contains("1000:100") && before.contains("draft"), "{before}");
    stop(&hub, "ada").await;
    let removed = hub.try_control(&Method::DELETE, "/hub/api/users/ada?labdeck_homes=archive", &Value::Null);
    assert!([202, 204].contains(&removed.0), "{removed:?}");
    eventually("ada is gone", SHORT, || async { (homes(&hub, "in_use").is_empty()).then_some(()) }).await;
    let archived = eventually("the archive is there", SHORT, || async { homes(&hub, "archived").pop() }).await;
    let id = hub.id().unwrap();
    eventually("its volume is gone", SHORT, || async { Engine.volumes(&id).is_empty().then_some(()) }).await;
    assert!(Engine.containers(&id, "errand").is_empty());

    let path = format!("/hub/api/labdeck/homes/{}/restore", archived["id"].as_str().unwrap());
    let job = hub.control(Method::POST, &path, &json!({ "user": "bob" }));
    done(&hub, &job).await;
    hub.control(Method::POST, "/hub/api/users/bob/server", &json!({}));
    hub.server_is("bob", "Ready", crate::lab::START_LIMIT).await;
    assert_eq!(inside(&container(&hub, "bob"), DESCRIBE), before);
}

#[tokio::test]
async fn folders_are_what_they_are_offered_as() {
    let dir = tempfile::tempdir().unwrap();
    let open = dir.path().canonicalize().unwrap();
    for folder in ["course", "data"] {
        std::fs::create_dir(open.join(folder)).unwrap();
        std::fs::set_permissions(open.join(folder), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    std::fs::write(open.join("course/exercise"), "1 + 1").unwrap();
    let hub = builder().settings(&format!("[labdeck]\nhost_folders = [{open:?}]\n")).start().await;
    hub.offer("lab", NOTEBOOK);
    let put = |name: &str, path: Option<&Path>, writable: bool| {
        let wish = json!({
            "display_name": name, "host_path": path, "target": format!("/srv/{name}"), "writable": writable,
            "audience": { "kind": "everybody" }
        });
        hub.control(Method::PUT, &format!("/hub/api/labdeck/folders/{name}"), &wish)
    };
    assert_eq!(put("course", Some(&open.join("course")), false)["problem"], Value::Null);
    assert_eq!(put("shared", None, true)["problem"], Value::Null);
    let data = put("data", Some(&open.join("data")), true);
    let remedy = data["problem"]["remedy"].as_str().unwrap_or_default();
    assert!(remedy.contains("100 (users)") && data["problem"]["fix"] == "ownership", "{data}");
    let job = hub.control(Method::POST, "/hub/api/labdeck/folders/data/fix", &Value::Null);
    done(&hub, &job).await;
    let mended = std::fs::metadata(open.join("data")).unwrap();
    assert_eq!((mended.gid(), mended.mode() & 0o7777), (100, 0o2775), "the group and nothing else");
    let listed = hub.control(Method::GET, "/hub/api/labdeck/folders", &Value::Null);
    assert!(listed.as_array().unwrap().iter().all(|folder| folder["problem"].is_null()), "{listed}");

    let api = hub.add(&["ada", "bob"]).await;
    start(&hub, &api, "ada").await;
    let ada = container(&hub, "ada");
    assert_eq!(inside(&ada, "cat /srv/course/exercise"), "1 + 1");
    let refused =
        inside(&ada, "echo x > /srv/course/exercise; touch /srv/course/new; mount -o remount,rw /srv/course; true");
    assert_eq!(refused, "");
    assert_eq!(std::fs::read_to_string(open.join("course/exercise")).unwrap(), "1 + 1");
    assert!(!open.join("course/new").exists());
    inside(
        &ada,
        "umask 022; echo 42 > /srv/data/result && mkdir /srv/shared/of-ada && echo hello > /srv/shared/of-ada/note",
    );
    assert_eq!(std::fs::metadata(open.join("data/result")).unwrap().gid(), 100);

    hub.control(Method::POST, "/hub/api/users/bob/server", &json!({ "user_options": { "folders": ["shared"] } }));
    hub.server_is("bob", "Ready", crate::lab::START_LIMIT).await;
    let bob = container(&hub, "bob");
    assert_eq!(inside(&bob, "cat /srv/shared/of-ada/note; ls /srv"), "hello\nshared");
}

#[tokio::test]
async fn a_server_that_nobody_knows_is_stopped_and_its_home_is_offered() {
    let hub = hub().await;
    let api = hub.add(&["ada"]).await;
    start(&hub, &api, "ada").await;
    let id = hub.id().unwrap();
    // As if the database had been lost since: a container and a home of somebody whom this hub never knew.
    let volume = format!("labdeck-{id}-home-zoe-0123456789-7");
    let hub_label = format!("labdeck.hub={id}");
    let mut labels = vec!["--label", hub_label.as_str(), "--label", "labdeck.user=zoe", "--label", "labdeck.server="];
    Engine.call(&[&["volume", "create", "--label", "labdeck.kind=home"][..], &labels, &[&volume]].concat());
    let mount = format!("type=volume,source={volume},target=/home/jovyan");
    labels.extend(["--label", "labdeck.kind=server", "--mount", &mount, "labdeck/test-base"]);
    let script = "echo precious > /home/jovyan/results; sleep 600";
    let zoe =
        Engine.call(&[&["run", "-d", "--network", "none", "--user", "0"][..], &labels, &["sh", "-c", script]].concat());
    let mut hub = hub;
    hub.restart().await;
    eventually("the unknown server is gone", STOP_LIMIT, || async {
        (!Engine.containers(&id, "server").contains(&zoe)).then_some(())
    })
    .await;
    hub.server_is("ada", "Ready", SHORT).await;
    let orphans = homes(&hub, "orphan");
    assert_eq!((orphans.len(), &orphans[0]["user"], &orphans[0]["place"]), (1, &json!("zoe"), &json!(volume)));
    let kept =
        ["run", "--rm", "--network", "none", "-v", &format!("{volume}:/h"), "labdeck/test-base", "cat", "/h/results"];
    assert_eq!(Engine.call(&kept), "precious");
}

#[tokio::test]
async fn a_container_that_nobody_knows_and_that_keeps_files_of_its_own_is_offered_and_not_removed() {
    let mut hub = builder().start().await;
    hub.offer("standin", STANDIN);
    let api = hub.add(&["zoe"]).await;
    start(&hub, &api, "zoe").await;
    stop(&hub, "zoe").await;
    let id = hub.id().unwrap();
    let hub_label = format!("labdeck.hub={id}");
    let run = |script: &str| {
        let labels = ["--label", &hub_label, "--label", "labdeck.user=zoe", "--label", "labdeck.server="];
        let image = ["--label", "labdeck.kind=server", "--env", "HOME=/home/jovyan", "labdeck/test-base"];
        Engine.call(&[&["run", "-d", "--network", "none"][..], &labels, &image, &["sh", "-c", script]].concat())
    };
    let empty = run("sleep 600");
    let filled = run("mkdir -p /home/jovyan/work && echo precious > /home/jovyan/work/results; sleep 600");
    hub.restart().await;
    eventually("the empty one is gone", STOP_LIMIT, || async {
        (Engine.containers(&id, "server") == [filled.as_str()]).then_some(())
    })
    .await;
    let kept = eventually("the filled one is shown", STOP_LIMIT, || async { homes(&hub, "container").pop() }).await;
    assert!(!Engine.call(&["ps", "-q", "--no-trunc"]).contains(&filled) && !empty.is_empty(), "it is off");
    assert_eq!((&kept["user"], &kept["place"]), (&json!("zoe"), &json!(format!("labdeck-kept-{}", &filled[..12]))));
    assert!(kept["created"].is_string(), "{kept}");
    let all = hub.control(Method::GET, "/hub/api/labdeck/homes?measure=true", &Value::Null);
    let measured = all.as_array().unwrap().iter().find(|home| home["id"] == kept["id"]).unwrap();
    assert!(measured["bytes"].as_u64().unwrap() >= 9, "{all}");

    // A start of a server of that name leaves it alone.
    start(&hub, &api, "zoe").await;
    hub.restart().await;
    hub.server_is("zoe", "Ready", SHORT).await;
    let path = format!("/hub/api/labdeck/homes/{}", kept["id"].as_str().unwrap());
    let refused = hub.try_control(&Method::POST, &format!("{path}/restore"), &json!({ "user": "zoe" }));
    assert_eq!(refused.0, 409, "{refused:?}");
    Engine.call(&["start", &filled]);
    assert_eq!(inside(&filled, "cat /home/jovyan/work/results"), "precious");
    Engine.call(&["stop", "-t", "0", &filled]);

    let confirm = format!("{path}?confirm={}", kept["home"].as_str().unwrap());
    assert_eq!(hub.try_control(&Method::DELETE, &confirm, &Value::Null).0, 204);
    assert!(homes(&hub, "container").is_empty() && !Engine.containers(&id, "server").contains(&filled));
}
