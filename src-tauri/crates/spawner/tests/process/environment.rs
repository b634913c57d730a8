//! The managed environment through its life: real venvs and a real pip, with tiny wheels that the test makes, so that
//! nothing is fetched from anywhere.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use labdeck_spawner::process::{EnvironmentState, ProcessConfig, ProcessSpawner, Repaired};
use labdeck_spawner::{Liveness, Progress, SpawnError, Spawner, StartContext, StopMode};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::lab::{request, start};

/// Writes a wheel with a package and a single-user server that waits.
const MAKE_WHEEL: &str = r##"
import sys, zipfile
folder, version = sys.argv[1:]
name = "labdeck_stub-%s" % version
server = "#!python\nimport labdeck_stub, pathlib, sys, time\n" \
         "pathlib.Path('ran').write_text(labdeck_stub.VERSION + ' ' + sys.prefix)\ntime.sleep(300)\n"
files = {
    "labdeck_stub.py": "VERSION = '%s'\n" % version,
    name + ".data/scripts/jupyterhub-singleuser": server,
    name + ".dist-info/METADATA": "Metadata-Version: 2.1\nName: labdeck-stub\nVersion: %s\n" % version,
    name + ".dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}
record = name + ".dist-info/RECORD"
with zipfile.ZipFile("%s/%s-py3-none-any.whl" % (folder, name), "w") as wheel:
    for path, text in files.items():
        entry = zipfile.ZipInfo(path)
        entry.external_attr = 0o100755 << 16
        wheel.writestr(entry, text)
    wheel.writestr(record, "".join("%s,,\n" % path for path in [*files, record]))
"##;

struct Wheels(TempDir);

impl Wheels {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn wheel(&self, version: &str) -> String {
        let folder = self.0.path();
        let made = Command::new("python3").args(["-c", MAKE_WHEEL]).arg(folder).arg(version).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        folder.join(format!("labdeck_stub-{version}-py3-none-any.whl")).display().to_string()
    }

    /// A driver on the one data folder that wishes for these packages.
    fn spawner(&self, requirements: &[String]) -> ProcessSpawner {
        let mut config = ProcessConfig::new(self.0.path().join("data"));
        config.requirements = requirements.to_vec();
        config.interrupt_timeout = Duration::from_millis(300);
        ProcessSpawner::new(config)
    }
}

fn ctx() -> StartContext {
    StartContext::new(|_| async { Ok(()) }, |_| {}, CancellationToken::new())
}

async fn until(what: &str, mut look: impl FnMut() -> bool) {
    let looking = async {
        while !look() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), looking).await.unwrap_or_else(|_| panic!("never: {what}"));
}

fn ran(spawner: &ProcessSpawner, user: &str) -> Option<(String, PathBuf)> {
    let home = spawner.config().data_dir.join("homes").join(request(user).home);
    let text = std::fs::read_to_string(home.join("ran")).ok()?;
    let (version, prefix) = text.split_once(' ')?;
    Some((version.to_owned(), prefix.into()))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_leaves_running_servers_in_the_environment_that_they_have() {
    let wheels = Wheels::new();
    let old = wheels.spawner(&[wheels.wheel("1.0")]);
    assert_eq!(old.environment_report().await.state, EnvironmentState::Absent);
    let first = start(&old, request("ada"), |_| true, CancellationToken::new()).await;
    first.url.expect("the first start makes the environment");
    until("ada's server runs", || ran(&old, "ada").is_some()).await;
    let report = old.environment_report().await;
    assert_eq!((report.state, report.problem.clone()), (EnvironmentState::Ready, None), "{report:?}");
    assert_eq!(report.packages["labdeck_stub"], "1.0");
    assert!(report.python.unwrap().starts_with("3."));

    // The hub of the next release wishes for other packages.
    let new = wheels.spawner(&[wheels.wheel("2.0")]);
    let report = new.environment_report().await;
    assert!(report.outdated && report.state == EnvironmentState::Ready && report.problem.is_some(), "{report:?}");
    new.upgrade_environment(&ctx()).await.unwrap();
    let report = new.environment_report().await;
    assert_eq!((report.packages["labdeck_stub"].as_str(), report.outdated), ("2.0", false));
    assert_eq!(new.poll(&first.saved[0]).await.unwrap(), Liveness::Running);
    let (version, prefix) = ran(&new, "ada").unwrap();
    assert!(version == "1.0" && prefix.join("bin/python").exists(), "ada's environment stays: {prefix:?}");

    let second = start(&new, request("bo"), |_| true, CancellationToken::new()).await;
    second.url.unwrap();
    until("bo's server runs", || ran(&new, "bo").is_some()).await;
    let (version, newer) = ran(&new, "bo").unwrap();
    assert!(version == "2.0" && newer != prefix);
    new.stop(&first.saved[0], StopMode::Graceful).await.unwrap();
    until("the old environment is removed with its last server", || !prefix.exists()).await;
    assert!(newer.exists());
    new.stop(&second.saved[0], StopMode::Kill).await.unwrap();
    assert!(newer.exists(), "the one that counts stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_environment_is_named_and_repaired() {
    let wheels = Wheels::new();
    let spawner = wheels.spawner(&[wheels.wheel("1.0")]);
    assert_eq!(spawner.repair_environment(&ctx()).await.unwrap(), Repaired::Made);
    assert_eq!(spawner.repair_environment(&ctx()).await.unwrap(), Repaired::WasWhole);
    let whole = spawner.environment_report().await;
    let python = whole.path.join("bin/python");
    let kept = std::fs::read_link(&python).unwrap();
    std::fs::remove_file(&python).unwrap();
    std::os::unix::fs::symlink("/no/such/python3.11", &python).unwrap();
    let broken = spawner.environment_report().await;
    assert_eq!(broken.state, EnvironmentState::Broken);
    assert!(broken.problem.unwrap().contains("/no/such/python3.11") && !spawner.is_prepared());
    assert_ne!(kept, Path::new("/no/such/python3.11"));
    assert_eq!(spawner.repair_environment(&ctx()).await.unwrap(), Repaired::Made);
    let repaired = spawner.environment_report().await;
    assert!(repaired.state == EnvironmentState::Ready && repaired.path != whole.path, "{repaired:?}");
    until("the broken one is removed", || !whole.path.exists()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_fails_or_is_called_off_changes_nothing() {
    let wheels = Wheels::new();
    let good = wheels.spawner(&[wheels.wheel("1.0")]);
    good.prepare(&ctx()).await.unwrap();
    let before = good.environment_report().await;
    let bad = wheels.spawner(&["/no/such/labdeck_stub-3.0-py3-none-any.whl".into()]);
    let failure = bad.upgrade_environment(&ctx()).await.unwrap_err().failure();
    assert!(!failure.message.is_empty() && !failure.log.is_empty(), "{failure:?}");

    let cancel = CancellationToken::new();
    let trip = cancel.clone();
    let told = move |progress: Progress| {
        if progress.message.starts_with("Making") {
            trip.cancel();
        }
    };
    let ctx = StartContext::new(|_| async { Ok(()) }, told, cancel);
    assert!(matches!(good.upgrade_environment(&ctx).await, Err(SpawnError::Cancelled)));
    assert_eq!(good.environment_report().await, before);
    let versions = std::fs::read_dir(before.path.parent().unwrap()).unwrap().count();
    assert_eq!(versions, 1, "nothing half-made is left");
}
