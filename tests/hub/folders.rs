//! Folders that servers share: who gets them, what may be offered at all, and whether servers can use them.

use std::fs;
use std::path::{Path, PathBuf};

use http::Method;
use serde_json::{Value, json};

use crate::support::{TestHub, server_path, simple};

const FOLDERS: &str = "/hub/api/labdeck/folders";

/// A hub that may give away what lies below a folder.
async fn with_open_folder() -> (TestHub, tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let open = dir.path().canonicalize().unwrap().join("open");
    fs::create_dir_all(open.join("course")).unwrap();
    fs::write(open.join("course/exercise.ipynb"), "1 + 1").unwrap();
    let hub = TestHub::start(&format!("{}\n[labdeck]\nhost_folders = [{open:?}]\n", simple())).await;
    (hub, dir, open)
}

fn wish(path: Option<&Path>, target: &str, audience: &Value) -> Value {
    json!({ "display_name": "A course", "host_path": path, "target": target, "writable": true, "audience": audience })
}

fn everybody() -> Value {
    json!({ "kind": "everybody" })
}

impl TestHub {
    async fn put_folder(&self, name: &str, wish: Value) -> labdeck_testkit::Page {
        self.window().json(Method::PUT, &format!("{FOLDERS}/{name}"), Some(wish)).await
    }

    /// Starts somebody's server with this choice; answers its home.
    async fn home_with(&self, user: &str, options: Value) -> PathBuf {
        let browser = self.program(user, &[]).await;
        let body = Some(json!({ "user_options": options }));
        let started = browser.json(Method::POST, &server_path(user, ""), body).await;
        assert!([201, 202].contains(&started.status.as_u16()), "{}", started.body);
        self.until_ready(user, "").await;
        let facts = self.browser().get(&format!("/user/{user}/facts")).await.value();
        PathBuf::from(facts["environment"]["HOME"].as_str().unwrap())
    }
}

#[tokio::test]
async fn a_folder_appears_for_those_it_is_for_and_by_choice() {
    let (hub, _dir, open) = with_open_folder().await;
    let course = open.join("course");
    assert_eq!(hub.put_folder("course", wish(Some(&course), "/home/jovyan/course", &everybody())).await.status, 200);
    let eves = json!({ "kind": "users", "users": ["eve"] });
    assert_eq!(hub.put_folder("secret", wish(None, "/home/jovyan/secret", &eves)).await.status, 200);

    let ada = hub.home_with("ada", json!({})).await;
    assert_eq!(fs::read_to_string(ada.join("course/exercise.ipynb")).unwrap(), "1 + 1");
    assert!(!ada.join("secret").exists());
    let eve = hub.home_with("eve", json!({ "folders": ["secret"] })).await;
    assert!(eve.join("secret").is_dir() && !eve.join("course").exists());

    let browser = hub.program("bob", &[]).await;
    let body = Some(json!({ "user_options": { "folders": ["secret"] } }));
    let refused = browser.json(Method::POST, &server_path("bob", ""), body).await;
    assert_eq!(refused.status, 400);
    assert!(refused.message().contains("\"course\""), "{}", refused.body);
    let offer = browser.api(Method::GET, "/hub/api/labdeck/users/bob/start-options", None).await;
    assert_eq!(
        offer["folders"],
        json!([{
            "name": "course", "display_name": "A course", "writable": true, "target": "/home/jovyan/course"
        }])
    );
}

#[tokio::test]
async fn who_comes_later_under_a_name_gets_no_folder_of_the_one_before() {
    let (hub, _dir, _open) = with_open_folder().await;
    let theirs = json!({ "kind": "users", "users": ["eve", "bob"] });
    assert_eq!(hub.put_folder("secret", wish(None, "/home/jovyan/secret", &theirs)).await.status, 200);
    hub.program("eve", &[]).await;
    assert_eq!(hub.window().json(Method::DELETE, "/hub/api/users/eve", None).await.status, 204);
    let left = hub.window().api(Method::GET, FOLDERS, None).await;
    assert_eq!(left[0]["audience"], json!({ "kind": "users", "users": ["bob"] }), "{left}");
    let eve = hub.program("eve", &[]).await;
    let offer = eve.api(Method::GET, "/hub/api/labdeck/users/eve/start-options", None).await;
    assert_eq!(offer["folders"], json!([]));
}

#[tokio::test]
async fn only_what_lies_below_an_open_folder_is_offered() {
    let (hub, dir, open) = with_open_folder().await;
    let top = dir.path().canonicalize().unwrap();
    fs::create_dir_all(top.join("open-secret")).unwrap();
    std::os::unix::fs::symlink("/etc", open.join("link")).unwrap();
    let bad = ["/etc", "/", "/var/run", "course", &format!("{}/../open-secret", open.display())];
    let more = [top.join("open-secret"), open.join("link"), hub.data_dir(), open.join("missing")];
    for path in bad.iter().map(PathBuf::from).chain(more) {
        let refused = hub.put_folder("x", wish(Some(&path), "/data", &everybody())).await;
        assert_eq!(refused.status, 400, "{}: {}", path.display(), refused.body);
    }
    for target in ["/", "/home/jovyan", "/home", "/etc/x", "/opt/conda", "/a/../b", "rel", "/home/jovyan/.local"] {
        let refused = hub.put_folder("x", wish(None, target, &everybody())).await;
        assert_eq!(refused.status, 400, "{target}: {}", refused.body);
    }
    for name in ["X", "a_b", "-a", &"a".repeat(41)] {
        assert_eq!(hub.put_folder(name, wish(None, "/data", &everybody())).await.status, 400, "{name}");
    }
    assert_eq!(hub.window().api(Method::GET, FOLDERS, None).await, json!([]));
    assert_eq!(hub.put_folder("a", wish(None, "/data", &everybody())).await.status, 200);
    let taken = hub.put_folder("b", wish(None, "/data", &everybody())).await;
    assert_eq!(taken.status, 409, "{}", taken.body);
    let ada = hub.program("ada", &[]).await;
    for (method, path) in [(Method::GET, FOLDERS.to_owned()), (Method::DELETE, format!("{FOLDERS}/a"))] {
        assert_eq!(ada.json(method, &path, None).await.status, 403);
    }
}

#[tokio::test]
async fn a_folder_that_is_replaced_by_a_link_is_mounted_no_more() {
    let (hub, _dir, open) = with_open_folder().await;
    let course = open.join("course");
    assert_eq!(hub.put_folder("course", wish(Some(&course), "/data", &everybody())).await.status, 200);
    fs::rename(&course, open.join("gone")).unwrap();
    std::os::unix::fs::symlink("/etc", &course).unwrap();
    let ada = hub.program("ada", &[]).await;
    let refused = ada.json(Method::POST, &server_path("ada", ""), None).await;
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert!(refused.message().contains("A course"), "{}", refused.body);
    let listed = hub.window().api(Method::GET, FOLDERS, None).await;
    assert!(listed[0]["problem"]["message"].as_str().unwrap().contains("not open to servers"), "{listed}");
}

#[tokio::test]
async fn taking_a_folder_back_keeps_its_files() {
    let (hub, _dir, open) = with_open_folder().await;
    hub.put_folder("lab", wish(None, "/data", &everybody())).await;
    let home = hub.home_with("ada", json!({})).await;
    fs::write(home.join("lab/result"), "42").unwrap();
    let gone = hub.window().json(Method::DELETE, &format!("{FOLDERS}/lab"), None).await;
    assert_eq!(gone.status, 204);
    assert_eq!(hub.window().json(Method::DELETE, &format!("{FOLDERS}/lab"), None).await.status, 404);
    hub.put_folder("lab", wish(None, "/data", &everybody())).await;
    let eve = hub.home_with("eve", json!({})).await;
    assert_eq!(fs::read_to_string(eve.join("lab/result")).unwrap(), "42");
    assert!(open.join("course/exercise.ipynb").exists());
    let nothing = hub.window().json(Method::POST, &format!("{FOLDERS}/lab/fix"), None).await;
    assert_eq!(nothing.status, 409, "{}", nothing.body);
}
