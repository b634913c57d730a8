//! The Python environment of local servers by the API: how it stands, and work on it as a job that can be called off.
//! One tiny package is installed from a folder of the test; nothing is fetched.

use std::path::Path;
use std::process::Command;

use http::Method;
use labdeck_testkit::{Browser, eventually};
use serde_json::{Value, json};

use crate::support::{SHORT, TestHub, simple};

/// Writes a wheel without anything in it.
const MAKE_WHEEL: &str = r#"
import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + "/stub-1.0-py3-none-any.whl", "w") as wheel:
    wheel.writestr("stub.py", "")
    wheel.writestr("stub-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: stub\nVersion: 1.0\n")
    wheel.writestr("stub-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr("stub-1.0.dist-info/RECORD", "stub.py,,\nstub-1.0.dist-info/RECORD,,\n")
"#;

const PATH: &str = "/hub/api/labdeck/environment";

fn configuration(wheel: &Path) -> String {
    format!("{}\n[simple_spawner]\nrequirements = [{:?}]\n", simple(), wheel.display().to_string())
}

async fn begin(window: &Browser, work: &str) -> u64 {
    let answer = window.json(Method::POST, &format!("{PATH}/{work}"), None).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    answer.value()["id"].as_u64().unwrap()
}

async fn ended(window: &Browser, id: u64) -> Value {
    eventually("the job ends", SHORT * 3, || async {
        let jobs = window.get("/hub/api/labdeck/jobs").await.value();
        jobs.as_array()?.iter().find(|job| job["id"] == id && job["state"] != "running").cloned()
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_is_made_and_repaired_by_jobs() {
    let place = tempfile::tempdir().unwrap();
    let made = Command::new("python3").args(["-c", MAKE_WHEEL]).arg(place.path()).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let hub = TestHub::start(&configuration(&place.path().join("stub-1.0-py3-none-any.whl"))).await;
    let window = hub.window();
    let absent = window.get(PATH).await.value();
    assert_eq!((&absent["state"], &absent["packages"]), (&json!("absent"), &json!({})));
    assert!(absent["path"].as_str().unwrap().ends_with("/environment"), "{absent}");

    let job = begin(&window, "upgrade").await;
    let refused = window.json(Method::POST, &format!("{PATH}/repair"), None).await;
    assert_eq!(refused.status, 409, "one at a time: {}", refused.body);
    let job = ended(&window, job).await;
    assert_eq!((&job["state"], &job["fraction"]), (&json!("done"), &json!(1.0)), "{job}");
    let ready = window.get(PATH).await.value();
    assert_eq!(
        (&ready["state"], &ready["packages"]["stub"], &ready["problem"]),
        (&json!("ready"), &json!("1.0"), &Value::Null)
    );

    let job = begin(&window, "repair").await;
    assert!(ended(&window, job).await["message"].as_str().unwrap().contains("nothing was to be done"));
    let root = std::path::PathBuf::from(ready["path"].as_str().unwrap());
    std::fs::remove_file(root.join("labdeck-complete.json")).unwrap();
    let broken = window.get(PATH).await.value();
    assert_eq!(
        (&broken["state"], &broken["problem"]),
        (&json!("broken"), &json!("The notebook environment was left half-made."))
    );
    let job = begin(&window, "repair").await;
    assert_eq!(ended(&window, job).await["state"], "done");
    assert_eq!(window.get(PATH).await.value()["state"], "ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn work_on_the_environment_can_be_called_off_and_fails_in_words() {
    let hub = TestHub::start(&configuration(Path::new("/no/such/stub-1.0-py3-none-any.whl"))).await;
    let window = hub.window();
    let job = begin(&window, "upgrade").await;
    assert_eq!(window.json(Method::DELETE, &format!("/hub/api/labdeck/jobs/{job}"), None).await.status, 204);
    assert_eq!(ended(&window, job).await["state"], "cancelled");
    let job = begin(&window, "repair").await;
    let failed = ended(&window, job).await;
    assert_eq!(failed["state"], "failed");
    assert!(failed["message"].as_str().unwrap().contains("could not be installed"), "{failed}");
    assert_eq!(window.get(PATH).await.value()["state"], "absent", "nothing half-made counts");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_runs_the_hub_may_look_at_it_or_work_on_it() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    assert_eq!(ada.get(PATH).await.status, 403);
    for work in ["repair", "upgrade"] {
        assert_eq!(ada.json(Method::POST, &format!("{PATH}/{work}"), None).await.status, 403);
    }
}
