//! A process that is killed: what it had answered is there, the file is sound, the folder is free.
//! The process is this test binary, called again for one test with a folder in its environment.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use labdeck_model::SystemClock;
use labdeck_store::tables::{settings, users};
use labdeck_store::{Store, StoreError};

use crate::fixture::user;

const FOLDER: &str = "LABDECK_STORE_TEST_FOLDER";

/// Not a rule of its own: adds users until it is killed, and says each number once it is answered.
#[tokio::test]
async fn child_that_writes_until_killed() {
    let Some(dir) = std::env::var_os(FOLDER) else { return };
    let store = Store::open(Path::new(&dir), Arc::new(SystemClock)).unwrap();
    let first = store.read(|r| settings::find::<u64>(r, "last")).await.unwrap().unwrap_or_default() + 1;
    println!("\nopened");
    for n in first.. {
        let write = store.write::<_, StoreError, _>(move |tx| {
            users::create(tx, &user(&format!("u{n}")))?;
            settings::set(tx, "last", &n)
        });
        write.await.unwrap();
        println!("answered {n}");
    }
}

fn child(dir: &Path) -> (Child, impl Iterator<Item = String>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "survival::child_that_writes_until_killed", "--nocapture"])
        .env(FOLDER, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    (child, lines)
}

#[tokio::test]
async fn what_was_answered_before_a_kill_is_there_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let mut answered = 0;
    for round in 0..8 {
        let (mut child, mut lines) = child(dir.path());
        let numbers = lines.by_ref().filter_map(|line| line.strip_prefix("answered ")?.parse::<u64>().ok());
        answered = numbers.take(1 + round * 17).last().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        answered = lines.filter_map(|line| line.strip_prefix("answered ")?.parse().ok()).last().unwrap_or(answered);
    }
    let store = Store::open(dir.path(), Arc::new(SystemClock)).unwrap();
    let last = store.read(|r| settings::find::<u64>(r, "last")).await.unwrap().unwrap();
    let count = store.read(|r| users::count(r, &users::UserQuery::default())).await.unwrap();
    assert!(last >= answered, "{answered} were answered, {last} are there");
    assert_eq!(count, last, "half a transaction is there");
    store.close().await;
}

#[tokio::test]
async fn another_process_holds_the_folder_until_it_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let (mut child, mut lines) = child(dir.path());
    lines.find(|line| line == "opened").unwrap();
    let refused = Store::open(dir.path(), Arc::new(SystemClock)).unwrap_err();
    assert!(matches!(refused, StoreError::InUse { pid: Some(pid), .. } if pid == child.id()), "{refused}");
    child.kill().unwrap();
    child.wait().unwrap();
    Store::open(dir.path(), Arc::new(SystemClock)).unwrap().close().await;
}
