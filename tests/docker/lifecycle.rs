//! From a start to a stop and a second start: the path of a teammate, with a program in place of the browser.

use http::{Method, StatusCode};
use labdeck_testkit::Engine;
use serde_json::json;

use crate::kernel::{Kernel, script};
use crate::lab::{STOP_LIMIT, container, hub, start};

#[tokio::test]
async fn a_server_started_by_the_api_runs_cells_for_its_owner_and_nobody_else() {
    let hub = hub().await;
    let api = hub.add(&["ada", "bob"]).await;
    let server = start(&hub, &api, "ada").await;
    assert_eq!(server["url"], "/user/ada/");
    assert!(hub.browser().get_only("/user/ada/api").await.value()["version"].is_string());

    let ada = hub.sign_in("ada").await;
    let lab = ada.get("/user/ada/lab").await;
    assert_eq!((lab.status, lab.path.as_str()), (StatusCode::OK, "/user/ada/lab"), "{}", lab.body);
    assert!(lab.body.contains("jupyter-config-data"), "this is no JupyterLab: {}", lab.body);

    let mut kernel = Kernel::begin(&hub, &ada, "/user/ada/").await;
    assert_eq!(kernel.run("print(6 * 7)").await, "42\n");

    let bob = hub.sign_in("bob").await;
    assert_eq!(bob.get("/user/ada/lab").await.status, StatusCode::FORBIDDEN);
    assert_eq!(bob.get("/user/ada/api/contents").await.status, StatusCode::FORBIDDEN);

    let stranger = hub.browser();
    let door = stranger.get("/user/ada/lab").await;
    assert!(door.path.starts_with("/hub/login?next="), "{}", door.path);
}

#[tokio::test]
async fn a_stranger_signs_in_and_comes_out_where_they_wanted_to_go() {
    let hub = hub().await;
    let api = hub.add(&["ada"]).await;
    start(&hub, &api, "ada").await;
    let browser = hub.browser();
    let door = browser.get("/user/ada/lab/tree/work").await;
    assert!(door.path.starts_with("/hub/login?next="), "{}", door.path);
    let fields = [
        ("_xsrf", door.field("_xsrf").expect("a token")),
        ("username", "ada".to_owned()),
        ("password", labdeck_testkit::PASSWORD.to_owned()),
    ];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let lab = browser.post_form(&door.path, &fields).await;
    assert_eq!((lab.status, lab.path.as_str()), (StatusCode::OK, "/user/ada/lab/tree/work"), "{}", lab.body);
}

#[tokio::test]
async fn a_stop_removes_the_container_and_keeps_the_files() {
    let hub = hub().await;
    let api = hub.add(&["ada"]).await;
    start(&hub, &api, "ada").await;
    let ada = hub.sign_in("ada").await;
    ada.get("/user/ada/lab").await;
    let note = json!({ "type": "file", "format": "text", "content": "kept" });
    script(&ada, "/user/ada/").api(Method::PUT, "/user/ada/api/contents/note.txt", Some(note)).await;

    let first = container(&hub, "ada");
    let id = hub.id().expect("a network");
    let stopped = api.json(Method::DELETE, "/hub/api/users/ada/server", None).await;
    assert!([202, 204].contains(&stopped.status.as_u16()), "{} {}", stopped.status, stopped.body);
    hub.server_is("ada", "Off", STOP_LIMIT).await;
    assert_eq!(Engine.containers(&id, "server"), Vec::<String>::new());
    assert_eq!(Engine.volumes(&id).len(), 1);
    let log = hub.control(Method::GET, "/hub/api/labdeck/servers/ada/~/log", &json!(null));
    assert!(log["lines"].to_string().contains("Jupyter Server"), "what it said outlives its container: {log}");
    assert_eq!(ada.get("/user/ada/api/contents/note.txt").await.status, StatusCode::FAILED_DEPENDENCY);

    start(&hub, &api, "ada").await;
    assert_ne!(container(&hub, "ada"), first);
    // The stop ended what the browser had for the first one; the hub's session gives it the same for this one.
    assert_eq!(ada.get("/user/ada/lab").await.status, StatusCode::OK);
    let kept = ada.get("/user/ada/api/contents/note.txt?content=1").await.value();
    assert_eq!(kept["content"], "kept");
}
