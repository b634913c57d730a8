//! Servers under the account of their person: with a real account of the system where the tests run as root, with the
//! words that say why not where they do not.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use labdeck_model::{ServerKey, UserName};
use labdeck_spawner::process::{ProcessConfig, ProcessSpawner, RunAs};
use labdeck_spawner::{Liveness, MountSource, MountWish, Spawner, StopMode};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::lab::{read, request, start};

/// An account of the system, with a group beside its own; removed at the end.
struct SystemUser {
    name: String,
    home: PathBuf,
}

impl SystemUser {
    fn make() -> Self {
        let name = format!("labdeck-t{}", std::process::id());
        let home = PathBuf::from("/home").join(&name);
        let shell = ["--create-home", "--shell", "/bin/sh", "--groups", "daemon"];
        let made = Command::new("useradd").args(shell).arg("--home-dir").arg(&home).arg(&name).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        Self { name, home }
    }
}

impl Drop for SystemUser {
    fn drop(&mut self) {
        let _ = Command::new("userdel").args(["--remove", &self.name]).output();
    }
}

fn said(program: &str, args: &[&str]) -> String {
    String::from_utf8(Command::new(program).args(args).output().unwrap().stdout).unwrap().trim().to_owned()
}

fn spawner(folder: &TempDir, script: &str) -> ProcessSpawner {
    let mut config = ProcessConfig::new(folder.path().join("data"));
    config.cmd = Some(["/bin/sh", "-c", script].map(str::to_owned).to_vec());
    config.run_as = RunAs::User;
    ProcessSpawner::new(config)
}

async fn refusal(spawner: &ProcessSpawner, user: &str) -> String {
    let started = start(spawner, request(user), |_| true, CancellationToken::new()).await;
    let failure = started.url.unwrap_err().failure();
    assert_eq!(failure.kind, "account_unusable", "{failure:?}");
    assert!(!failure.remedy.is_empty() && started.saved.is_empty());
    failure.message
}

fn is_root() -> bool {
    said("id", &["-u"]) == "0"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_has_its_persons_account_and_none_of_the_hubs_groups() {
    let folder = tempfile::tempdir().unwrap();
    let script = "id -u > ids; id -g >> ids; id -G >> ids; grep CapEff /proc/self/status >> ids; \
                  echo $HOME $USER $LOGNAME $SHELL > names; pwd > where; touch course/x 2>/dev/null; echo done > done; \
                  while :; do sleep 1; done";
    let spawner = spawner(&folder, script);
    if !is_root() {
        assert!(refusal(&spawner, "ada").await.contains("only a hub that runs as root"));
        return;
    }
    let person = SystemUser::make();
    let course = tempfile::tempdir().unwrap();
    let mut asked = request(&person.name);
    asked.mounts = vec![MountWish {
        name: "course".into(),
        source: MountSource::Host(course.path().display().to_string()),
        target: "/home/jovyan/course".into(),
        writable: true,
    }];
    let started = start(&spawner, asked, |_| true, CancellationToken::new()).await;
    started.url.unwrap();
    let state = &started.saved[0];
    let written = async {
        while !person.home.join("done").exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), written).await.expect("the server writes into its home");
    let wanted = [["-u"], ["-g"], ["-G"]].map(|what| said("id", &[what[0], &person.name]));
    let ids = read(&person.home, "ids");
    let ids: Vec<&str> = ids.lines().collect();
    assert_eq!(ids[..3], wanted, "exactly the account's own");
    assert!(ids[2].split(' ').count() == 2 && !ids[2].split(' ').any(|group| group == "0"), "{ids:?}");
    assert!(ids[3].ends_with("0000000000000000"), "no rights of root are left: {ids:?}");
    let home = person.home.display().to_string();
    assert_eq!(read(&person.home, "names").trim(), format!("{home} {0} {0} /bin/sh", person.name));
    assert_eq!(read(&person.home, "where").trim(), home);
    assert_eq!(std::fs::read_link(person.home.join("course")).unwrap(), course.path());
    assert!(!course.path().join("x").exists(), "the folder is the hub's, closed to others, and stays so");

    spawner.stop(state, StopMode::Graceful).await.unwrap();
    assert_eq!(spawner.poll(state).await.unwrap(), Liveness::Gone);
    assert!(std::fs::symlink_metadata(person.home.join("course")).is_err(), "the link goes with the server");
    let key = ServerKey::default_of(UserName::parse(&person.name).unwrap());
    spawner.forget(&key, &key.object_name()).await.unwrap();
    assert!(person.home.join("done").exists(), "an account's home is never deleted by the hub");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_account_gets_words_and_root_never_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let spawner = spawner(&folder, "true");
    if !is_root() {
        assert!(refusal(&spawner, "root").await.contains("only a hub that runs as root"));
        return;
    }
    assert!(refusal(&spawner, "no-such-person-7").await.contains("There is no account no-such-person-7"));
    assert!(refusal(&spawner, "root").await.contains("administrator"));
    // The directory answers numbers too; a person called 65534 is not nobody.
    assert!(refusal(&spawner, "65534").await.contains("There is no account"));
    let nobody = said("getent", &["passwd", "nobody"]);
    let home = nobody.split(':').nth(5).unwrap();
    if !PathBuf::from(home).is_dir() {
        assert!(refusal(&spawner, "nobody").await.contains(home));
    }
}
