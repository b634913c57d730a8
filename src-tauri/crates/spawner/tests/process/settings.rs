//! JupyterHub's settings for local processes, as a server meets them.

use std::net::{IpAddr, TcpListener};
use std::time::Duration;

use labdeck_spawner::process::{ProcessConfig, ProcessSpawner};
use labdeck_spawner::{MountSource, MountWish, SpawnError, Spawner, StopMode};
use tokio_util::sync::CancellationToken;

use crate::lab::{Lab, get, key, read, request, start};

/// A server that writes down what it got, then serves.
const SERVER: &str = r#"#!/bin/sh
env > env.txt; pwd > pwd.txt; echo "$@" > args.txt; ls -l > ls.txt
address=$(echo "$JUPYTERHUB_SERVICE_URL" | sed 's,^http://\(.*\):\([0-9]*\)/.*,\1 \2,; s,[][],,g')
exec python3 -m http.server --bind $address
"#;

fn with(lab: &Lab, change: impl FnOnce(&mut ProcessConfig)) -> ProcessSpawner {
    let mut config = lab.spawner.config().clone();
    change(&mut config);
    ProcessSpawner::new(config)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_a_shell_and_a_file_list_can_be_named() {
    let lab = Lab::new(SERVER);
    let homes = lab.folder.path().join("elsewhere");
    let spawner = with(&lab, |config| {
        config.home_dir = Some(format!("{}/{{username}}", homes.display()));
        config.notebook_dir = Some("~/work/{username}".into());
        config.shell_cmd = ["sh", "-c"].map(str::to_owned).to_vec();
    });
    let mut asked = request("ada");
    asked.args = vec!["--title=it's $HOME".into()];
    let started = start(&spawner, asked, |_| true, CancellationToken::new()).await;
    get(&started.url.unwrap(), "/", Duration::from_secs(20)).await;
    let home = homes.join("ada");
    assert_eq!(read(&home, "args.txt").trim(), "--title=it's $HOME", "one word is one word, whatever is in it");
    let env = read(&home, "env.txt");
    assert!(env.contains(&format!("HOME={}\n", home.display())) && env.contains("JUPYTERHUB_ROOT_DIR=~/work/ada\n"));
    spawner.stop(&started.saved[0], StopMode::Kill).await.unwrap();
    spawner.forget(&key("ada"), &key("ada").object_name()).await.unwrap();
    assert!(home.join("args.txt").exists(), "a home that somebody named is never deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_and_a_port_can_be_named_and_a_taken_one_is_told() {
    let lab = Lab::new(SERVER);
    let free = TcpListener::bind(("::1", 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    let spawner = with(&lab, |config| {
        config.ip = "::1".parse::<IpAddr>().unwrap();
        config.port = port;
    });
    let taken = start(&spawner, request("ada"), |_| true, CancellationToken::new()).await.url.unwrap_err();
    assert!(matches!(&taken, SpawnError::Io { doing, .. } if doing.contains("port")), "{taken:?}");
    drop(free);
    let started = start(&spawner, request("ada"), |_| true, CancellationToken::new()).await;
    let url = started.url.unwrap();
    assert_eq!(url, format!("http://[::1]:{port}"));
    get(&url, "/", Duration::from_secs(20)).await;
    assert_eq!(spawner.address(&started.saved[0]).await.unwrap(), url);
    spawner.stop(&started.saved[0], StopMode::Kill).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_are_links_in_the_home_while_the_server_runs() {
    let lab = Lab::new(SERVER);
    let course = tempfile::tempdir().unwrap();
    std::fs::write(course.path().join("lesson"), "1").unwrap();
    let mut asked = request("ada");
    let wish = |name: &str, source: MountSource| MountWish {
        name: name.into(),
        source,
        target: format!("/home/jovyan/{name}"),
        writable: name != "course",
    };
    asked.mounts =
        vec![wish("course", MountSource::Host(course.path().display().to_string())), wish("lab", MountSource::Volume)];
    let told = lab.spawner.unenforced_mounts(&asked.mounts).await;
    assert!(told.len() == 1 && told[0].contains("course"), "{told:?}");
    let started = start(&lab.spawner, asked, |_| true, CancellationToken::new()).await;
    get(&started.url.unwrap(), "/course/lesson", Duration::from_secs(20)).await;
    let home = lab.home(&key("ada"));
    std::fs::write(home.join("lab/shared"), "x").unwrap();
    lab.spawner.stop(&started.saved[0], StopMode::Graceful).await.unwrap();
    assert!(!home.join("course").exists() && !home.join("lab").exists(), "the links go with the server");
    assert!(course.path().join("lesson").exists());
    assert!(lab.spawner.config().data_dir.join("folders/lab/shared").exists(), "what was shared stays");
}
