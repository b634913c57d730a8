//! Files that the window saves: into the lead's own folder, never over what is there, and from the window alone.

use std::fs;

use http::Method;
use serde_json::{Value, json};

use crate::support::{TestHub, simple};

const DOWNLOADS: &str = "/hub/api/labdeck/downloads";

/// Saves something and waits for the end of the job.
async fn save(hub: &TestHub, wish: Value) -> Value {
    let job = hub.window().api(Method::POST, DOWNLOADS, Some(wish)).await;
    hub.ended(&job).await
}

fn names(hub: &TestHub) -> Vec<String> {
    let folder = hub.desktop().downloads.clone().unwrap();
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_log_is_saved_beside_those_that_are_there_and_shown() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let wish = json!({ "of": "log", "user": "ada", "server": "" });
    let first = save(&hub, wish.clone()).await;
    assert_eq!(first["state"], "done", "{first}");
    let file = hub.desktop().downloads.clone().unwrap().join("ada.log");
    assert!(first["message"].as_str().unwrap().starts_with(&format!("Saved to {} (", file.display())), "{first}");
    let log = hub.window().get("/hub/api/labdeck/servers/ada/~/log/download").await.body;
    assert!(log.starts_with(&fs::read_to_string(&file).unwrap()), "the very log: {log}");

    fs::write(&file, "the lead's own notes").unwrap();
    let second = save(&hub, wish).await;
    assert_eq!(names(&hub), ["ada (2).log", "ada.log"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "the lead's own notes");

    let show = |job: &Value| format!("{DOWNLOADS}/{}/show", job["id"]);
    hub.window().api(Method::POST, &show(&second), None).await;
    assert_eq!(*hub.desktop().shown.lock(), [file.with_file_name("ada (2).log")]);
    fs::remove_file(&file).unwrap();
    let gone = hub.window().json(Method::POST, &show(&first), None).await;
    assert_eq!(gone.status, 404, "{}", gone.body);
    assert!(gone.message().contains("is not there any more"), "{}", gone.body);
}

#[tokio::test]
async fn somebodys_files_are_saved_as_an_archive() {
    let hub = TestHub::start(&simple()).await;
    hub.with_files("ada", "").await;
    let homes = hub.window().api(Method::GET, "/hub/api/labdeck/homes", None).await;
    let done = save(&hub, json!({ "of": "home", "id": homes[0]["id"] })).await;
    assert_eq!(done["state"], "done", "{done}");
    let names = names(&hub);
    assert!(names.len() == 1 && names[0].ends_with(".tar"), "{names:?}");
    let listed = std::process::Command::new("tar")
        .arg("-tf")
        .arg(hub.desktop().downloads.clone().unwrap().join(&names[0]))
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&listed.stdout).contains("work/paper.ipynb"), "{listed:?}");
}

#[tokio::test]
async fn a_file_that_cannot_be_written_says_why() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    fs::write(hub.desktop().downloads.clone().unwrap(), "a file where the folder should be").unwrap();
    let failed = save(&hub, json!({ "of": "log", "user": "ada", "server": "" })).await;
    assert_eq!(failed["state"], "failed");
    assert!(failed["message"].as_str().unwrap().starts_with("Nothing was saved in "), "{failed}");
    let nobody = json!({ "of": "log", "user": "nobody", "server": "" });
    assert_eq!(hub.window().json(Method::POST, DOWNLOADS, Some(nobody)).await.status, 404);
}

#[tokio::test]
async fn only_the_window_saves_files_on_this_computer() {
    let hub = TestHub::start(&simple()).await;
    hub.add("ada").await;
    for user in ["ada", "boss"] {
        let program = hub.program(user, &[]).await;
        let wish = json!({ "of": "log", "user": user, "server": "" });
        for (path, body) in [(DOWNLOADS.to_owned(), Some(wish)), (format!("{DOWNLOADS}/1/show"), None)] {
            let refused = program.json(Method::POST, &path, body).await;
            assert_eq!(refused.status, 403, "{user} {path}: {}", refused.body);
        }
    }
    assert!(names(&hub).is_empty());
}
