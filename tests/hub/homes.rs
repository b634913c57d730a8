//! Homes: kept when their owner goes, packed into files and given back, and never deleted by mistake.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::{Path, PathBuf};

use http::Method;
use labdeck_testkit::{Browser, eventually};
use serde_json::{Value, json};

use crate::support::{SHORT, TestHub, server_path, simple};

const HOMES: &str = "/hub/api/labdeck/homes";

impl TestHub {
    /// A person with a file in their home, and that home's folder. The server is stopped.
    pub(crate) async fn with_files(&self, user: &str, server: &str) -> PathBuf {
        let browser = self.program(user, &[]).await;
        self.start_server(&browser, user, server).await;
        let below = if server.is_empty() { String::new() } else { format!("{server}/") };
        let facts = self.browser().get(&format!("/user/{user}/{below}facts")).await.value();
        let home = PathBuf::from(facts["environment"]["HOME"].as_str().unwrap());
        fs::create_dir_all(home.join("work")).unwrap();
        fs::write(home.join("work/paper.ipynb"), format!("of {user}")).unwrap();
        fs::set_permissions(home.join("work/paper.ipynb"), PermissionsExt::from_mode(0o640)).unwrap();
        let stopped = browser.json(Method::DELETE, &server_path(user, server), None).await;
        assert!(stopped.status.is_success(), "{}", stopped.body);
        home
    }

    pub(crate) async fn homes(&self) -> Vec<Value> {
        self.window().api(Method::GET, HOMES, None).await.as_array().unwrap().clone()
    }

    pub(crate) async fn home_with_status(&self, status: &str) -> Value {
        let homes = self.homes().await;
        let found: Vec<_> = homes.iter().filter(|home| home["status"] == status).collect();
        assert_eq!(found.len(), 1, "one home is {status}: {homes:#?}");
        found[0].clone()
    }

    /// Waits for the end of a job; answers how it is then.
    pub(crate) async fn ended(&self, job: &Value) -> Value {
        let window = self.window();
        eventually("the job ends", SHORT, || async {
            let jobs = window.api(Method::GET, "/hub/api/labdeck/jobs", None).await;
            let mine = jobs.as_array().unwrap().iter().find(|other| other["id"] == job["id"])?.clone();
            (mine["state"] != "running").then_some(mine)
        })
        .await
    }

    pub(crate) async fn post(&self, home: &Value, what: &str, body: Option<Value>) -> Value {
        let path = format!("{HOMES}/{}/{what}", home["id"].as_str().unwrap());
        let job = self.window().api(Method::POST, &path, body).await;
        self.ended(&job).await
    }

    pub(crate) async fn delete(&self, path: &str) -> labdeck_testkit::Page {
        self.window().json(Method::DELETE, path, None).await
    }

    pub(crate) fn archives(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.data_dir().join("archives")).into_iter().flatten().flatten();
        let mut all: Vec<_> = entries.map(|entry| entry.path()).collect();
        all.sort();
        all
    }
}

pub(crate) fn paper(home: &Path) -> String {
    fs::read_to_string(home.join("work/paper.ipynb")).unwrap_or_default()
}

/// Whose server has which home now.
pub(crate) async fn home_of(hub: &TestHub, user: &str) -> PathBuf {
    let homes = hub.homes().await;
    let mine = homes.iter().find(|home| home["user"] == user && home["status"] == "in_use").unwrap();
    PathBuf::from(mine["place"].as_str().unwrap())
}

#[tokio::test]
async fn homes_are_listed_with_their_owners_and_sizes() {
    let hub = TestHub::start(&simple()).await;
    let home = hub.with_files("ada", "").await;
    fs::write(home.join("big"), vec![1; 1 << 20]).unwrap();
    let listed = hub.home_with_status("in_use").await;
    assert_eq!(listed["place"], home.to_str().unwrap());
    assert_eq!((&listed["user"], &listed["server"], &listed["spawner"]), (&json!("ada"), &json!(""), &json!("simple")));
    assert_eq!(listed["bytes"], Value::Null, "nothing is measured unasked");
    let measured = hub.window().api(Method::GET, &format!("{HOMES}?measure=true"), None).await;
    assert!((1 << 20..2 << 20).contains(&measured[0]["bytes"].as_u64().unwrap()), "{measured}");
    let ada = hub.program("ada", &[]).await;
    for (method, path) in [(Method::GET, HOMES.to_owned()), (Method::DELETE, format!("{HOMES}/simple.x?confirm=x"))] {
        assert_eq!(ada.json(method, &path, None).await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn a_deleted_persons_home_is_kept_and_a_new_person_of_the_name_does_not_get_it() {
    let hub = TestHub::start(&simple()).await;
    let home = hub.with_files("ada", "").await;
    assert_eq!(hub.delete("/hub/api/users/ada").await.status, 204);
    let kept = hub.home_with_status("kept").await;
    assert_eq!((&kept["user"], &kept["place"]), (&json!("ada"), &json!(home.to_str().unwrap())));
    assert_eq!(paper(&home), "of ada");

    let fresh = hub.with_files("ada", "").await;
    assert_ne!(fresh, home);
    let refused = hub.window().json(Method::POST, &restore_path(&kept), Some(json!({ "user": "ada" }))).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(refused.message().contains("has files already"), "{}", refused.body);
    let done = hub.post(&kept, "restore", Some(json!({ "user": "ada", "replace": true }))).await;
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(home_of(&hub, "ada").await, home, "the very folder changed hands");
    let kept = hub.home_with_status("kept").await;
    assert_eq!(kept["place"], fresh.to_str().unwrap(), "what was replaced is kept");

    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let facts = hub.browser().get("/user/ada/facts").await.value();
    assert_eq!(facts["environment"]["HOME"], home.to_str().unwrap());
}

fn restore_path(home: &Value) -> String {
    format!("{HOMES}/{}/restore", home["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_persons_home_becomes_a_file_and_comes_back_from_it() {
    let hub = TestHub::start(&simple()).await;
    let home = hub.with_files("ada", "").await;
    let before = fs::metadata(home.join("work/paper.ipynb")).unwrap();
    let gone = hub.delete("/hub/api/users/ada?labdeck_homes=archive").await;
    assert_eq!(gone.status, 204, "{}", gone.body);
    assert!(!home.exists(), "the home itself is deleted once the archive was read back");
    assert_eq!(hub.window().json(Method::GET, "/hub/api/users/ada", None).await.status, 404);

    let archived = hub.home_with_status("archived").await;
    assert_eq!((&archived["user"], &archived["bytes"]), (&json!("ada"), &json!("of ada".len())));
    let files = hub.archives();
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(files.iter().all(|file| fs::metadata(file).unwrap().mode() & 0o777 == 0o600));
    let manifest: Value = serde_json::from_slice(&fs::read(&files[0]).unwrap()).unwrap();
    assert_eq!(
        (&manifest["user"], &manifest["spawner"], &manifest["files"]),
        (&json!("ada"), &json!("simple"), &json!(3))
    );
    let packed = fs::read(&files[1]).unwrap();
    let path = format!("{HOMES}/{}/archive", archived["id"].as_str().unwrap());
    let sent = hub.window().get_only(&path).await;
    assert_eq!(sent.header("content-length").unwrap(), packed.len().to_string());
    assert!(sent.header("content-disposition").unwrap().contains(".tar.zst"));

    hub.add("bob").await;
    let done = hub.post(&archived, "restore", Some(json!({ "user": "bob", "server": "" }))).await;
    assert_eq!(done["state"], "done", "{done}");
    let again = home_of(&hub, "bob").await;
    let after = fs::metadata(again.join("work/paper.ipynb")).unwrap();
    assert_eq!(paper(&again), "of ada");
    assert_eq!((after.mode(), after.mtime()), (before.mode(), before.mtime()));
    assert_eq!(hub.home_with_status("archived").await["id"], archived["id"], "the archive stays");
}

#[tokio::test]
async fn an_archive_that_fails_keeps_the_person_and_says_why() {
    let hub = TestHub::start(&simple()).await;
    let home = hub.with_files("ada", "").await;
    fs::write(hub.data_dir().join("archives"), "in the way").unwrap();
    let refused = hub.delete("/hub/api/users/ada?labdeck_homes=archive").await;
    assert_eq!(refused.status, 503);
    assert!(refused.message().contains("archives"), "{}", refused.body);
    assert_eq!(hub.window().json(Method::GET, "/hub/api/users/ada", None).await.status, 200);
    assert_eq!(paper(&home), "of ada");
    assert_eq!(hub.home_with_status("in_use").await["user"], "ada");
}

#[tokio::test]
async fn a_persons_home_is_erased_only_when_asked() {
    let hub = TestHub::start(&simple()).await;
    let home = hub.with_files("ada", "").await;
    assert_eq!(hub.delete("/hub/api/users/ada?labdeck_homes=shred").await.status, 400);
    assert_eq!(hub.delete("/hub/api/users/ada?labdeck_homes=erase").await.status, 204);
    assert!(!home.exists());
    assert!(hub.homes().await.is_empty());
}

#[tokio::test]
async fn a_named_servers_home_is_kept_unless_erasing_is_asked() {
    let hub = TestHub::start(&simple()).await;
    let (one, two) = (hub.with_files("ada", "one").await, hub.with_files("ada", "two").await);
    let remove = Some(json!({ "remove": true }));
    let ada = hub.program("ada", &[]).await;
    assert_eq!(ada.json(Method::DELETE, &server_path("ada", "one"), remove.clone()).await.status, 204);
    let erase = format!("{}?labdeck_homes=erase", server_path("ada", "two"));
    assert_eq!(ada.json(Method::DELETE, &erase, remove).await.status, 204);
    assert_eq!((paper(&one).as_str(), two.exists()), ("of ada", false));
    assert_eq!(hub.home_with_status("kept").await["server"], "one");
    let fresh = hub.with_files("ada", "one").await;
    assert_ne!(fresh, one, "a new server of the name begins with nothing");
}

#[tokio::test]
async fn deleting_a_home_needs_its_name_and_never_takes_one_in_use() {
    let hub = TestHub::start(&simple()).await;
    let home = hub.with_files("ada", "").await;
    let mine = hub.home_with_status("in_use").await;
    let path = |home: &Value, confirm: &str| format!("{HOMES}/{}?confirm={confirm}", home["id"].as_str().unwrap());
    let name = mine["home"].as_str().unwrap();
    let refused = hub.delete(&path(&mine, name)).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    hub.delete("/hub/api/users/ada").await;
    let kept = hub.home_with_status("kept").await;
    let unsaid = hub.delete(&path(&kept, "")).await;
    assert_eq!(unsaid.status, 400);
    assert!(unsaid.message().contains(&format!("confirm={name}")), "{}", unsaid.body);
    assert!(home.exists());
    assert_eq!(hub.delete(&path(&kept, name)).await.status, 204);
    assert!(!home.exists() && hub.homes().await.is_empty());
    assert_eq!(hub.delete(&path(&kept, name)).await.status, 404);
}

#[tokio::test]
async fn packing_that_is_called_off_leaves_nothing_and_takes_nothing() {
    let hub = TestHub::start(&simple()).await;
    let home = hub.with_files("ada", "").await;
    // Long enough for a cancellation to come in time: some hundred megabytes to be read.
    fs::write(home.join("zeros"), vec![0; 400 << 20]).unwrap();
    hub.delete("/hub/api/users/ada").await;
    let kept = hub.home_with_status("kept").await;
    let path = format!("{HOMES}/{}/archive", kept["id"].as_str().unwrap());
    let job = hub.window().api(Method::POST, &path, None).await;
    hub.delete(&format!("/hub/api/labdeck/jobs/{}", job["id"])).await;
    let ended = hub.ended(&job).await;
    assert_eq!(ended["state"], "cancelled", "{ended}");
    assert_eq!(hub.archives(), Vec::<PathBuf>::new());
    assert_eq!(paper(&home), "of ada");
    assert_eq!(hub.home_with_status("kept").await["id"], kept["id"]);
}

#[tokio::test]
async fn a_home_in_use_is_copied_and_one_that_is_kept_is_moved_into_its_archive() {
    let hub = TestHub::start(&simple()).await;
    let home = hub.with_files("ada", "").await;
    let mine = hub.home_with_status("in_use").await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let path = format!("{HOMES}/{}/archive", mine["id"].as_str().unwrap());
    let busy = hub.window().json(Method::POST, &path, None).await;
    assert_eq!(busy.status, 409, "{}", busy.body);
    ada.json(Method::DELETE, &server_path("ada", ""), None).await;
    let done = hub.post(&mine, "archive", None).await;
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(paper(&home), "of ada");
    hub.home_with_status("archived").await;

    hub.delete("/hub/api/users/ada").await;
    let kept = hub.home_with_status("kept").await;
    eventually("a second later, so that the two have names of their own", SHORT, || async {
        let done = hub.post(&kept, "archive", None).await;
        (done["state"] == "done").then_some(())
    })
    .await;
    assert!(!home.exists());
    assert!(hub.homes().await.iter().all(|home| home["status"] == "archived"));
}

#[tokio::test]
async fn a_home_that_nobody_knows_is_offered_and_can_be_given_to_somebody() {
    let hub = TestHub::start(&simple()).await;
    let lost = hub.data_dir().join("homes/zoe-0123456789-77");
    fs::create_dir_all(lost.join("work")).unwrap();
    fs::write(lost.join("work/paper.ipynb"), "lost").unwrap();
    let orphan = hub.home_with_status("orphan").await;
    assert_eq!((&orphan["user"], &orphan["place"]), (&Value::Null, &json!(lost.to_str().unwrap())));
    let dir = hub.stop().await;
    assert!(lost.exists(), "neither a start nor an end of the hub touches it");
    let hub = TestHub::start_in(dir).await;
    assert_eq!(hub.home_with_status("orphan").await["id"], orphan["id"]);
    hub.add("zoe").await;
    let done = hub.post(&orphan, "restore", Some(json!({ "user": "zoe" }))).await;
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(home_of(&hub, "zoe").await, lost);
    let nobody = hub.window().json(Method::POST, &restore_path(&orphan), Some(json!({ "user": "zoe" }))).await;
    assert_eq!(nobody.status, 409, "it is somebody's now: {}", nobody.body);
}

#[tokio::test]
async fn a_damaged_archive_is_not_restored() {
    let hub = TestHub::start(&simple()).await;
    hub.with_files("ada", "").await;
    hub.delete("/hub/api/users/ada?labdeck_homes=archive").await;
    let archived = hub.home_with_status("archived").await;
    let file = hub.archives().pop().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    hub.add("bob").await;
    let ended = hub.post(&archived, "restore", Some(json!({ "user": "bob" }))).await;
    assert_eq!(ended["state"], "failed", "{ended}");
    assert!(ended["message"].as_str().unwrap().contains("damaged"), "{ended}");
    assert_eq!(hub.homes().await.len(), 1, "no home was made");
}

#[tokio::test]
async fn a_home_is_downloaded_as_a_tar() {
    let hub = TestHub::start(&simple()).await;
    hub.with_files("ada", "").await;
    let mine = hub.home_with_status("in_use").await;
    let window: Browser = hub.window();
    let sent = window.get_only(&format!("{HOMES}/{}/archive", mine["id"].as_str().unwrap())).await;
    assert_eq!((sent.status.as_u16(), sent.header("content-type")), (200, Some("application/x-tar")));
    assert!(sent.body.contains("home/work/paper.ipynb") && sent.body.contains("of ada"), "{}", sent.body.len());
}

#[tokio::test]
async fn a_new_home_begins_with_the_skeleton_and_an_old_one_is_left_alone() {
    let hub = TestHub::start(&simple()).await;
    let old = hub.with_files("ada", "").await;
    let skeleton = hub.data_dir().join("skeleton");
    fs::create_dir_all(skeleton.join("course")).unwrap();
    fs::write(skeleton.join("course/start.ipynb"), "begin").unwrap();
    assert_eq!(hub.with_files("ada", "").await, old);
    assert!(!old.join("course").exists());
    let new = hub.with_files("bob", "").await;
    assert_eq!(fs::read_to_string(new.join("course/start.ipynb")).unwrap(), "begin");
    fs::remove_dir_all(new.join("course")).unwrap();
    hub.with_files("bob", "").await;
    assert!(!new.join("course").exists(), "what its user deleted does not come back");
}

#[tokio::test]
async fn nothing_is_started_while_its_person_is_being_removed() {
    let hub = TestHub::start(&simple()).await;
    let home = hub.with_files("ada", "").await;
    // Long enough for starts to be asked for while it is packed.
    fs::write(home.join("zeros"), vec![0; 400 << 20]).unwrap();
    let (ada, window) = (hub.program("ada", &[]).await, hub.window());
    let removing = hub.delete("/hub/api/users/ada?labdeck_homes=archive");
    let starting = async {
        eventually("the home is being packed", SHORT, || async {
            let jobs = window.api(Method::GET, "/hub/api/labdeck/jobs", None).await;
            (!jobs.as_array().unwrap().is_empty()).then_some(())
        })
        .await;
        for server in ["", "other"] {
            let refused = ada.json(Method::POST, &server_path("ada", server), None).await;
            assert_eq!(refused.status, 409, "{}", refused.body);
            assert_eq!(refused.message(), "ada is being removed.");
        }
        assert_eq!(hub.delete("/hub/api/users/ada").await.status, 409, "one removal at a time");
    };
    let (removed, ()) = tokio::join!(removing, starting);
    assert!(removed.status.is_success(), "{}", removed.body);
    eventually("ada is gone", SHORT, || async {
        let asked = window.json(Method::GET, "/hub/api/users/ada", None).await;
        (asked.status == 404).then_some(())
    })
    .await;
    eventually("only the archive is left", SHORT, || async {
        hub.homes().await.iter().all(|home| home["status"] == "archived").then_some(())
    })
    .await;
    hub.with_files("ada", "").await;
}

#[tokio::test]
async fn a_new_person_of_an_old_name_sees_nothing_of_the_old_servers() {
    let hub = TestHub::start(&simple()).await;
    hub.with_files("ada", "").await;
    let ada = hub.program("ada", &[]).await;
    let log = "/hub/api/labdeck/servers/ada/~/log";
    assert_eq!(ada.json(Method::GET, log, None).await.status, 200);
    let runs = || fs::read_dir(hub.data_dir().join("servers")).map_or(0, Iterator::count);
    assert_eq!((runs(), hub.delete("/hub/api/users/ada").await.status.as_u16(), runs()), (1, 204, 0));
    let kept = hub.home_with_status("kept").await;
    hub.add("ada").await;
    // Makes the new person's server without starting it.
    hub.post(&kept, "restore", Some(json!({ "user": "ada" }))).await;
    let server = hub.window().api(Method::GET, &server_path("ada", ""), None).await;
    assert_eq!((&server["labdeck_last_exit"], &server["labdeck_state"]), (&Value::Null, &json!("Off")), "{server}");
}

#[tokio::test]
async fn only_who_manages_all_servers_has_files_archived() {
    let hub = TestHub::start(&simple()).await;
    let home = hub.with_files("ada", "one").await;
    let (ada, remove) = (hub.program("ada", &[]).await, Some(json!({ "remove": true })));
    let archive = format!("{}?labdeck_homes=archive", server_path("ada", "one"));
    let refused = ada.json(Method::DELETE, &archive, remove.clone()).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(refused.message().contains("Keep or erase"), "{}", refused.body);
    assert_eq!((paper(&home).as_str(), hub.archives().len()), ("of ada", 0));
    assert_eq!(hub.window().json(Method::DELETE, &archive, remove).await.status, 204);
    assert_eq!(hub.archives().len(), 2);
}

#[tokio::test]
async fn a_home_that_is_being_packed_is_neither_deleted_nor_given_away() {
    let hub = TestHub::start(&simple()).await;
    let home = hub.with_files("ada", "").await;
    // Long enough for others to come meanwhile.
    fs::write(home.join("zeros"), vec![0; 400 << 20]).unwrap();
    hub.delete("/hub/api/users/ada").await;
    hub.add("bob").await;
    let kept = hub.home_with_status("kept").await;
    let path = format!("{HOMES}/{}", kept["id"].as_str().unwrap());
    let job = hub.window().api(Method::POST, &format!("{path}/archive"), None).await;
    let erased = hub.delete(&format!("{path}?confirm={}", kept["home"].as_str().unwrap())).await;
    let given = hub.window().json(Method::POST, &restore_path(&kept), Some(json!({ "user": "bob" }))).await;
    for refused in [erased, given] {
        assert_eq!(refused.status, 409, "{}", refused.body);
        assert!(refused.message().contains("being archived"), "{}", refused.body);
    }
    hub.delete(&format!("/hub/api/labdeck/jobs/{}", job["id"])).await;
    assert_eq!(hub.ended(&job).await["state"], "cancelled");
    assert_eq!(paper(&home), "of ada");
}

#[tokio::test]
async fn files_that_are_not_the_hubs_are_neither_archived_nor_erased() {
    let folders = tempfile::tempdir().unwrap();
    let place = folders.path().join("{username}");
    fs::create_dir_all(folders.path().join("ada")).unwrap();
    let hub = TestHub::start(&format!("{}[simple_spawner]\nhome_dir = {place:?}\n", simple())).await;
    let home = hub.with_files("ada", "").await;
    assert!(home.starts_with(folders.path()), "{}", home.display());
    for what in ["archive", "erase"] {
        let refused = hub.delete(&format!("/hub/api/users/ada?labdeck_homes={what}")).await;
        assert_eq!(refused.status, 409, "{}", refused.body);
        assert!(refused.message().contains("did not make"), "{}", refused.body);
    }
    assert_eq!(hub.delete("/hub/api/users/ada").await.status, 204);
    assert_eq!(paper(&home), "of ada");
}
