//! Archives: never taken for whole when they are not, small where files have holes, and nothing of unfinished ones left.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use http::Method;
use labdeck_testkit::eventually;
use serde_json::{Value, json};

use crate::homes::{home_of, paper};
use crate::support::{SHORT, TestHub, simple};

/// Adds files to a folder for ever, as a program would that outlived its server.
async fn keep_writing(folder: &Path) {
    for number in 0_u64.. {
        // The folder may be gone, which is what must not happen.
        drop(fs::write(folder.join(format!("late-{number}")), "late"));
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn an_archive_that_lacks_a_file_of_its_home_is_not_taken_for_whole() {
    let hub = TestHub::start(&simple()).await;
    let home = hub.with_files("ada", "").await;
    hub.delete("/hub/api/users/ada").await;
    let kept = hub.home_with_status("kept").await;
    // Long enough for files to come while the rest is packed.
    fs::write(home.join("zeros"), vec![0; 100 << 20]).unwrap();
    let ended = tokio::select! {
        ended = hub.post(&kept, "archive", None) => ended,
        () = keep_writing(&home) => Value::Null,
    };
    assert_eq!(ended["state"], "failed", "{ended}");
    assert!(ended["message"].as_str().unwrap().contains("but the home has"), "{ended}");
    assert_eq!(paper(&home), "of ada");
    assert_eq!(hub.home_with_status("kept").await["id"], kept["id"]);
    assert!(hub.archives().is_empty(), "{:?}", hub.archives());

    let done = hub.post(&kept, "archive", None).await;
    assert_eq!((&done["state"], home.exists()), (&json!("done"), false), "{done}");
}

#[tokio::test]
async fn a_file_of_ten_gigabytes_of_nothing_is_a_small_archive_and_comes_back() {
    const HOLES: u64 = 10 << 30;
    let hub = TestHub::start(&simple()).await;
    let home = hub.with_files("ada", "").await;
    fs::File::create(home.join("holes")).unwrap().set_len(HOLES).unwrap();
    hub.delete("/hub/api/users/ada?labdeck_homes=archive").await;
    let archived = hub.home_with_status("archived").await;
    let file = hub.archives().pop().unwrap();
    assert!(fs::metadata(&file).unwrap().len() < 1 << 20, "{}", file.display());
    hub.add("bob").await;
    let done = hub.post(&archived, "restore", Some(json!({ "user": "bob" }))).await;
    assert_eq!(done["state"], "done", "{done}");
    let again = fs::metadata(home_of(&hub, "bob").await.join("holes")).unwrap();
    assert_eq!(again.len(), HOLES);
    assert!(again.blocks() * 512 < 1 << 20, "holes stay holes: {}", again.blocks());
}

#[tokio::test]
async fn parts_of_archives_that_a_killed_hub_was_writing_are_removed_at_the_start() {
    let hub = TestHub::start(&simple()).await;
    hub.with_files("ada", "").await;
    hub.delete("/hub/api/users/ada?labdeck_homes=archive").await;
    let whole = hub.archives();
    let part = hub.data_dir().join("archives/bob-1.20260101T000000Z.1767225600000000.part");
    let other = hub.data_dir().join("archives/notes.txt");
    fs::write(&part, "half").unwrap();
    fs::write(&other, "of the lead").unwrap();
    let hub = TestHub::start_in(hub.stop().await).await;
    eventually("the part is gone", SHORT, || async { (!part.exists()).then_some(()) }).await;
    assert!(other.exists() && whole.iter().all(|file| file.exists()), "{:?}", hub.archives());
    let listed = hub.homes().await;
    assert_eq!((listed.len(), &listed[0]["status"]), (1, &json!("archived")));
}

#[tokio::test]
async fn a_new_person_of_an_old_name_is_offered_what_was_kept_and_gets_it_by_one_call_only() {
    let hub = TestHub::start(&simple()).await;
    let home = hub.with_files("ada", "").await;
    hub.delete("/hub/api/users/ada").await;
    let kept = hub.home_with_status("kept").await;
    let window = hub.window();
    let asked = json!({ "usernames": ["ada", "bob"] });
    let made = window.api(Method::POST, "/hub/api/users", Some(asked)).await;
    let offered = &made[0]["labdeck_kept_homes"];
    assert_eq!((&offered[0]["id"], &offered[0]["status"], &offered[1]), (&kept["id"], &json!("kept"), &json!(null)));
    assert_eq!(made[1].get("labdeck_kept_homes"), None, "{made}");
    assert_eq!(hub.home_with_status("kept").await["id"], kept["id"], "nothing is given by itself");

    hub.delete("/hub/api/users/ada").await;
    // Who may add people and no more does not learn what others left.
    let adds = hub.program("boss", &["admin:users"]).await;
    assert_eq!(adds.api(Method::POST, "/hub/api/users/ada", None).await.get("labdeck_kept_homes"), None);
    hub.delete("/hub/api/users/ada").await;
    let ada = window.api(Method::POST, "/hub/api/users/ada", None).await;
    assert_eq!(ada["labdeck_kept_homes"][0]["id"], kept["id"], "{ada}");
    let done = hub.post(&kept, "restore", Some(json!({ "user": "ada" }))).await;
    assert_eq!((&done["state"], home_of(&hub, "ada").await), (&json!("done"), home), "{done}");
}
