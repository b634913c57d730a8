//! The section Storage, with real volumes: a home that outlives its person and is deleted after its name was typed, and
//! a folder that servers share.

use http::Method;
use labdeck_testkit::{Engine, NOTEBOOK};
use serde_json::{Value, json};

use crate::{
    desk::{Bus, Desk, wait_for},
    driver::Page,
    servers::{START_LIMIT, STOP_LIMIT, button, row},
};

#[tokio::test]
async fn files_outlive_their_person_until_they_are_deleted_by_name() {
    Engine.expect();
    let desk = Desk::new(Bus::Present);
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    desk.offer("lab", NOTEBOOK, true);
    desk.control(&Method::POST, "/hub/api/users", &json!({ "usernames": ["grace"] }));
    page.click("nav-servers").await;
    page.press(&button("grace", "server-start")).await;
    page.wait_within(&row("grace", "Ready"), START_LIMIT).await;
    page.click("nav-storage").await;
    page.wait_for(&home("grace", "in_use")).await;
    page.save_picture("storage-in-use").await;

    page.click("nav-people").await;
    page.press("//*[@data-testid='person-row'][@data-user='grace']//*[@data-testid='remove-person']").await;
    page.click("remove-confirm").await;
    wait_for("grace to go", || !desk.has_running_container("grace"));
    page.wait_until_gone("//*[@data-testid='person-row'][@data-user='grace']").await;
    page.click("nav-storage").await;
    page.wait_within(&home("grace", "kept"), STOP_LIMIT).await;
    page.click("homes-measure").await;
    page.wait_for(&format!("{}//*[@data-testid='home-size'][string-length(.) > 2]", home("grace", "kept"))).await;
    page.save_picture("storage-kept").await;

    page.press(&format!("{}//*[@data-testid='home-menu']", home("grace", "kept"))).await;
    page.click("home-delete").await;
    page.write("home-typed", "grac").await;
    page.wait_for("//*[@data-testid='home-delete-confirm'][@disabled]").await;
    page.write("home-typed", "grace").await;
    page.save_picture("storage-delete").await;
    page.click("home-delete-confirm").await;
    page.wait_until_gone(&home("grace", "kept")).await;
    let left = desk.control(&Method::GET, "/hub/api/labdeck/homes", &Value::Null);
    assert!(left.as_array().expect("a list").iter().all(|home| home["user"] != "grace"), "{left}");
    page.close(&desk);
}

#[tokio::test]
async fn a_shared_folder_is_added_and_taken_off_again() {
    let desk = Desk::new(Bus::Present);
    let shared = desk.home.path().join("shared");
    std::fs::create_dir(&shared).unwrap();
    // Folders of the computer are open to servers only where the file says so.
    let settings = desk.data_dir().join("labdeck.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, format!("{text}[labdeck]\nhost_folders = [{:?}]\n", desk.home.path())).unwrap();
    let page = Page::open(&desk).await;
    page.claim("ada").await;
    page.click("nav-storage").await;
    page.click("folder-add").await;
    page.write("folder-name", "Course 2026").await;
    page.write("folder-host", "data").await;
    page.wait_for("//*[@data-testid='folder-save'][@disabled]").await;
    page.write("folder-host", &shared.display().to_string()).await;
    page.click("folder-writable").await;
    page.save_picture("storage-folder").await;
    page.click("folder-save").await;
    page.wait_for("//*[@data-testid='folder-row'][@data-folder='course-2026'][contains(., 'Read only')]").await;
    let folders = desk.control(&Method::GET, "/hub/api/labdeck/folders", &Value::Null);
    assert_eq!(folders[0]["host_path"], json!(shared.display().to_string()), "{folders}");
    assert_eq!(folders[0]["writable"], json!(false), "{folders}");
    page.save_picture("storage-folders").await;
    page.press("//*[@data-folder='course-2026']//*[@data-testid='folder-remove']").await;
    page.click("folder-remove-confirm").await;
    page.wait_until_gone("//*[@data-folder='course-2026']").await;
    assert!(shared.is_dir(), "the folder itself stays");
    page.close(&desk);
}

/// The row of somebody's files, in a state.
fn home(user: &str, status: &str) -> String {
    format!("//*[@data-testid='home-row'][@data-status='{status}'][contains(., '{user}')]")
}
