//! A stack from a registry: fetched with progress, called off, fetched again, offered, started. The registry is
//! Debian's `docker-registry` as a process of the test's own, behind a line that can be made slow.

use std::time::Duration;

use http::Method;
use labdeck_testkit::{Engine, HubProcess, NOTEBOOK, Registry, eventually};
use serde_json::{Value, json};

use crate::lab::{builder, start};

/// A push of all layers packs them: some hundred megabytes.
const PULL_LIMIT: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_is_fetched_from_a_registry_called_off_and_fetched_again_then_offered_and_started() {
    let hub = builder().start().await;
    let registry = Registry::start().await;
    let image = registry.push(NOTEBOOK, "lab/notes:1").await;

    // The lead's window listens.
    let made = hub.control(Method::POST, "/hub/api/users/boss/tokens", &json!({}));
    let boss = hub.browser().with_token(made["token"].as_str().expect("a token"));
    let mut events = boss.events("/hub/api/labdeck/events", &[]).await;
    assert!(events.status.is_success(), "{}", events.status);

    // Called off half-way.
    registry.make_slow();
    let job = hub.control(Method::POST, "/hub/api/labdeck/pulls", &json!({ "reference": image.reference() }));
    let moving = job_is(&hub, &job, |job| job["fraction"].as_f64().is_some_and(|done| done > 0.0 && done < 1.0)).await;
    assert_eq!(moving["state"], "running", "{moving}");
    let of_it = |event: &Value| event["type"] == "job_changed" && event["job"]["id"] == job["id"];
    let told = events.find(PULL_LIMIT, |event| of_it(event) && event["job"]["fraction"].as_f64() > Some(0.0)).await;
    assert_eq!(told.data["job"]["state"], "running", "{told:?}");
    hub.control(Method::DELETE, &format!("/hub/api/labdeck/jobs/{}", job["id"]), &Value::Null);
    job_is(&hub, &job, |job| job["state"] == "cancelled").await;
    events.find(PULL_LIMIT, |event| of_it(event) && event["job"]["state"] == "cancelled").await;
    assert!(!image.is_in_engine(), "it was called off");

    // A name that is not there.
    registry.make_fast();
    let wrong = image.reference().replace("notes", "nobody");
    let wrong = hub.control(Method::POST, "/hub/api/labdeck/pulls", &json!({ "reference": wrong }));
    let ended = job_is(&hub, &wrong, |job| job["state"] == "failed").await;
    assert!(ended["message"].as_str().is_some_and(|words| words.contains("nobody")), "{ended}");

    // To its end.
    let again = hub.control(Method::POST, "/hub/api/labdeck/pulls", &json!({ "reference": image.reference() }));
    let done = job_is(&hub, &again, |job| job["state"] != "running").await;
    assert_eq!((&done["state"], &done["fraction"]), (&json!("done"), &json!(1.0)), "{done}");
    let images = hub.control(Method::GET, "/hub/api/labdeck/images", &Value::Null);
    let all = images.as_array().expect("a list");
    let mine = all.iter().find(|entry| entry["reference"] == image.reference());
    let mine = mine.unwrap_or_else(|| panic!("it is not among {images}"));
    assert_eq!((&mine["usable"], &mine["hub_version"]), (&json!(true), &json!("6.1.1")), "{mine}");
    let bare = all.iter().find(|entry| entry["reference"] == "labdeck/test-base:latest").expect("the base");
    assert_eq!(bare["usable"], json!(false), "{bare}");

    hub.offer("notes", image.reference());
    let stacks = hub.control(Method::GET, "/hub/api/labdeck/stacks", &Value::Null);
    assert_eq!((&stacks[0]["offered"], &stacks[0]["is_default"]), (&json!(true), &json!(true)), "{stacks}");
    let api = hub.add(&["ada"]).await;
    let server = start(&hub, &api, "ada").await;
    assert_eq!(server["labdeck_stack"], "notes");
    let container = crate::lab::container(&hub, "ada");
    assert_eq!(Engine.call(&["exec", &container, "stat", "-c", "%s", "/opt/more"]), Registry::MORE_BYTES.to_string());
    hub.control(Method::DELETE, "/hub/api/users/ada/server", &Value::Null);
}

async fn job_is(hub: &HubProcess, job: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
    eventually("the job is so", PULL_LIMIT, || async {
        let jobs = hub.control(Method::GET, "/hub/api/labdeck/jobs", &Value::Null);
        let found = jobs.as_array()?.iter().find(|other| other["id"] == job["id"])?.clone();
        wanted(&found).then_some(found)
    })
    .await
}
