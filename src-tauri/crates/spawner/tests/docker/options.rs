//! What the configuration and the hub add to a server: folders, names, limits, accounts, settings of the engine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use labdeck_spawner::docker::{
    Accept, ContainerSettings, Extra, Reach, SystemUser, Template, VolumeSetting, VolumeSource,
};
use labdeck_spawner::{Liveness, MountSource, MountWish, SpawnRequest, Spawner, StopMode};
use serde_json::{Map, Value, json};

use crate::support::{self, Lab, docker};

fn wish(name: &str, source: MountSource, target: &str, writable: bool) -> MountWish {
    MountWish { name: name.into(), source, target: target.into(), writable }
}

fn host(path: &Path) -> MountSource {
    MountSource::Host(path.display().to_string())
}

fn run(lab: &Lab, user: &str, script: &str) -> SpawnRequest {
    let mut request = lab.request(user, "labdeck/test-notebook", "http://x/hub/api");
    request.cmd = Some(["bash", "-c", script].map(String::from).to_vec());
    request
}

/// Starts, waits for the end, returns what was written.
async fn said(lab: &Lab, request: SpawnRequest) -> Vec<String> {
    let start = lab.start(request).await;
    assert_eq!(start.saved.len(), 1, "{:?}", start.url);
    let state = &start.saved[0];
    let Liveness::Exited(exit) = lab.spawner.wait(state).await.unwrap() else { panic!("it runs") };
    exit.log
}

fn settings(change: impl FnOnce(&mut ContainerSettings)) -> ContainerSettings {
    let mut settings = ContainerSettings::default();
    change(&mut settings);
    settings
}

/// A folder of the test's own under its real path.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let kept = tempfile::tempdir().unwrap();
    let path = kept.path().canonicalize().unwrap();
    (kept, path)
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_of_the_hub_are_mounted_and_can_be_used_by_the_servers_user() {
    let (_kept, top) = folder();
    std::fs::create_dir_all(top.join("data/course")).unwrap();
    std::fs::write(top.join("data/course/task"), "read me").unwrap();
    let lab = Lab::with("mounts", settings(|all| all.host_folders = vec![top.join("data")])).await;
    let mut request = run(
        &lab,
        "ada",
        "cat /srv/course/task; echo; touch /srv/course/x 2>/dev/null || echo closed; stat -c %u:%g /srv/shared; \
         echo kept > /srv/shared/note && echo written",
    );
    request.mounts = vec![
        wish("course", host(&top.join("data/course")), "/srv/course", false),
        wish("shared", MountSource::Volume, "/srv/shared", true),
    ];
    assert_eq!(said(&lab, request).await, ["read me", "closed", "1000:100", "written"]);

    let volume = format!("labdeck-{}-folder-shared", lab.hub_id);
    let labels: Value = serde_json::from_str(&docker(&["volume", "inspect", &volume])).unwrap();
    let hub = &lab.hub_id;
    let expected = json!({"labdeck.hub": hub, "labdeck.kind": "folder", "labdeck.folder": "shared"});
    assert_eq!(labels[0]["Labels"], expected);

    let mut other = run(&lab, "bob", "cat /srv/shared/note");
    other.mounts = vec![wish("shared", MountSource::Volume, "/srv/shared", false)];
    assert_eq!(said(&lab, other).await, ["kept"], "it is the same folder for everybody");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_leads_elsewhere_is_refused_at_the_start() {
    let (_kept, top) = folder();
    for folder in ["data", "data-secret", "data/mine"] {
        std::fs::create_dir_all(top.join(folder)).unwrap();
    }
    std::os::unix::fs::symlink("/etc", top.join("data/etc")).unwrap();
    std::os::unix::fs::symlink("../data-secret", top.join("data/mine/up")).unwrap();
    let lab = Lab::with("escape", settings(|all| all.host_folders = vec![top.join("data")])).await;
    for path in [
        "/etc",
        "/",
        "/var/run/docker.sock",
        "data/etc",
        "data/mine/up",
        "data-secret",
        "data/../data-secret",
        "data/nothing",
    ] {
        let mut request = run(&lab, "ada", "true");
        request.mounts = vec![wish("x", host(&top.join(path)), "/srv/x", true)];
        let start = lab.start(request).await;
        let failure = start.url.unwrap_err().failure();
        assert_eq!((failure.kind.as_str(), start.saved.len()), ("mount_refused", 0), "{path}: {failure:?}");
        assert!(!failure.remedy.is_empty(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn configured_volumes_and_names_are_filled_in_for_each_person() {
    let volume = |name: &str, target: &str, read_only| VolumeSetting {
        source: VolumeSource::Volume { name: Template::parse(name).unwrap(), driver: None, no_copy: false },
        target: Template::parse(target).unwrap(),
        read_only,
    };
    let lab = Lab::with_id("vols", |hub_id| {
        settings(|all| {
            all.volumes = vec![
                volume(&format!("{hub_id}-{{username}}"), "/home/jovyan", false),
                volume(&format!("{hub_id}-all"), "/srv/{username}", true),
            ];
            all.name_template = Some(Template::parse(&format!("{hub_id}-{{username}}")).unwrap());
            all.post_start_cmd =
                ["sh", "-c", "echo {username} > /home/jovyan/started"].map(|w| Template::parse(w).unwrap()).to_vec();
        })
    })
    .await;
    let mut request = run(&lab, "a.b", "sleep 60");
    request.environment = BTreeMap::new();
    let start = lab.start(request).await;
    start.url.unwrap();
    let state = start.saved[0].clone();
    let found = lab.inspect(&state).await;
    assert_eq!(found["Name"], json!(format!("/{}-a-2eb", lab.hub_id)));
    let mut mounts: Vec<(String, String, bool)> = found["Mounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mount| {
            let text = |name: &str| mount[name].as_str().unwrap().to_owned();
            (text("Name"), text("Destination"), mount["RW"].as_bool().unwrap())
        })
        .collect();
    mounts.sort();
    assert_eq!(
        mounts,
        [
            (format!("{}-a-2eb", lab.hub_id), "/home/jovyan".to_owned(), true),
            (format!("{}-all", lab.hub_id), "/srv/a-2eb".to_owned(), false),
        ],
        "a volume of the configuration takes the home's place"
    );
    let id = state.0["container_id"].as_str().unwrap();
    assert_eq!(docker(&["exec", id, "cat", "/home/jovyan/started"]), "a-2eb");
    lab.spawner.stop(&state, StopMode::Kill).await.unwrap();
    for volume in [format!("{}-a-2eb", lab.hub_id), format!("{}-all", lab.hub_id)] {
        assert!(docker(&["volume", "ls", "-q"]).contains(&volume), "stopping keeps it");
        docker(&["volume", "rm", &volume]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_another_server_has_is_not_taken_from_it() {
    let lab = Lab::with_id("name", |hub_id| {
        settings(|all| all.name_template = Some(Template::parse(&format!("{hub_id}-one")).unwrap()))
    })
    .await;
    let first = lab.start(run(&lab, "ada", "sleep 60")).await;
    first.url.unwrap();
    let second = lab.start(run(&lab, "bob", "sleep 60")).await;
    let failure = second.url.unwrap_err().failure();
    assert!(failure.message.contains("name_template"), "{failure:?}");
    assert_eq!(lab.spawner.poll(&first.saved[0]).await.unwrap(), Liveness::Running, "the first one lives on");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_the_engine_and_promises_reach_it() {
    let host =
        json!({"shm_size": "128m", "ulimits": [{"name": "nofile", "soft": 1024, "hard": 1024}], "dns": ["9.9.9.9"]});
    let create = json!({"hostname": "{username}-lab"});
    let table = |value: &Value| value.as_object().cloned().unwrap_or_else(Map::new);
    let extra = Extra::parse(&table(&host), &table(&create), Accept::Harmless).unwrap();
    let lab = Lab::with(
        "extra",
        settings(|all| {
            all.extra = extra;
            all.memory_guarantee_bytes = Some(64 << 20);
            all.cpu_guarantee = Some(0.25);
            all.group_add = vec!["4242".into()];
        }),
    )
    .await;
    let request = run(&lab, "ada", "hostname; ulimit -n; df -k --output=size /dev/shm | tail -1; id -G");
    let start = lab.start(request).await;
    let found = lab.inspect(&start.saved[0]).await;
    assert_eq!(found["HostConfig"]["MemoryReservation"], json!(64 << 20));
    assert_eq!(found["HostConfig"]["CpuShares"], json!(256));
    let Liveness::Exited(exit) = lab.spawner.wait(&start.saved[0]).await.unwrap() else { panic!("it runs") };
    let said: Vec<&str> = exit.log.iter().map(|line| line.trim()).collect();
    assert_eq!(said, ["ada-lab", "1024", "131072", "100 4242"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_can_be_reached_at_its_own_address() {
    let lab = Lab::with("own", settings(|all| all.reach = Reach::Internal)).await;
    let mut request = lab.request("ada", "labdeck/test-notebook", "http://x/hub/api");
    request.cmd = Some(["python3", "-m", "http.server", "8888"].map(String::from).to_vec());
    let start = lab.start(request).await;
    let url = start.url.unwrap();
    assert!(!url.contains("127.0.0.1") && url.ends_with(":8888"), "{url}");
    assert_eq!(lab.spawner.address(&start.saved[0]).await.unwrap(), url);
    support::get(&url, "/", std::time::Duration::from_secs(30)).await;
    let found = lab.inspect(&start.saved[0]).await;
    assert!(found["NetworkSettings"]["Ports"]["8888/tcp"].is_null(), "nothing is published");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_the_machine_is_the_servers_user() {
    // Every Debian has it, and no person is it.
    let (_kept, top) = folder();
    std::fs::create_dir_all(top.join("home/games")).unwrap();
    std::os::unix::fs::chown(top.join("home/games"), Some(5), Some(60)).unwrap();
    std::fs::set_permissions(&top, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let template = format!("{}/home/{{username}}", top.display());
    let user = SystemUser {
        host_home: Some(Template::parse(&template).unwrap()),
        image_home: Template::parse("/home/{username}").unwrap(),
        run_as_root: false,
    };
    let lab = Lab::with("system", settings(|all| all.system_user = Some(user))).await;
    let request = run(&lab, "games", "id -u; id -g; echo $NB_USER $NB_UID $HOME; pwd; echo here > $HOME/note");
    assert_eq!(said(&lab, request).await, ["5", "60", "games 5 /home/games", "/home/games"]);
    assert_eq!(std::fs::read_to_string(top.join("home/games/note")).unwrap(), "here\n");
    let unknown = lab.start(run(&lab, "nobody-here", "true")).await;
    assert_eq!(unknown.url.unwrap_err().failure().kind, "system_user");
    std::fs::remove_dir(top.join("home/games")).ok();
    std::fs::remove_file(top.join("home/games/note")).unwrap();
    std::fs::remove_dir(top.join("home/games")).unwrap();
    std::os::unix::fs::symlink("/etc", top.join("home/games")).unwrap();
    let moved = lab.start(run(&lab, "games", "true")).await;
    assert_eq!(moved.url.unwrap_err().failure().kind, "mount_refused", "a home that leads elsewhere is not followed");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_image_and_other_limits_make_another_container_and_keep_the_home() {
    let lab = Lab::new("anew").await;
    let mut request = run(&lab, "ada", "echo mine > /home/jovyan/note; sleep 60");
    request.environment.insert("COURSE".into(), "one".into());
    let first = lab.start(request).await;
    first.url.unwrap();
    let before = lab.inspect(&first.saved[0]).await;
    let id = first.saved[0].0["container_id"].as_str().unwrap();
    support::eventually("it wrote", async || docker(&["exec", id, "cat", "/home/jovyan/note"]) == "mine").await;
    assert!(!lab.spawner.is_outdated(&first.saved[0]).await.unwrap());

    // The old container is still there, as after a hub that was killed.
    let mut request = lab.request("ada", "labdeck/test-minimal", "http://x/hub/api");
    request.cmd = Some(["bash", "-c", "cat /home/jovyan/note; echo $COURSE; sleep 60"].map(String::from).to_vec());
    request.limits.memory_bytes = Some(256 << 20);
    request.environment.insert("COURSE".into(), "two".into());
    let second = lab.start(request).await;
    second.url.unwrap();
    let after = lab.inspect(&second.saved[0]).await;
    assert_ne!(before["Id"], after["Id"]);
    assert_ne!(before["Image"], after["Image"]);
    assert_eq!(after["HostConfig"]["Memory"], json!(256 << 20));
    support::eventually("it spoke", async || lab.spawner.logs(&second.saved[0], 5).await.unwrap() == ["mine", "two"])
        .await;
    assert_eq!(lab.spawner.list().await.unwrap().len(), 1, "the old one made way");
    assert_eq!(second.saved[0].0["image_id"], after["Image"], "the state knows the image by its content");
}
