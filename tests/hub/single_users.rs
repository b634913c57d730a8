//! The real single-user server in other versions than the hub's own: unmodified, as a local process, from the first
//! sign-in to its stop. (6.1.1 itself runs in the tests with containers and in a browser.) The packages come by
//! `scripts/test-tools.sh`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use http::Method;
use labdeck_testkit::{Browser, eventually};
use serde_json::{Value, json};

use crate::support::{TestHub, simple};

/// It imports Python for seconds; a machine that also compiles needs a multiple.
const PATIENCE: Duration = Duration::from_secs(150);

/// A hub whose servers are this environment's, and that hears of their activity each second.
async fn hub(environment: &str) -> TestHub {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../scripts/test-tools.sh");
    let environment = environment.to_owned();
    let asked = tokio::task::spawn_blocking(move || Command::new(script).arg(environment).output());
    let made = asked.await.unwrap().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let bin = format!("{}/bin", String::from_utf8(made.stdout).unwrap().trim());
    let all = simple();
    let (settings, _) = all.split_once("[spawner]").unwrap();
    TestHub::start(&format!(
        "{settings}[spawner]\ncmd = [\"timeout\", \"600\", \"{bin}/jupyterhub-singleuser\", \"--allow-root\"]\n\
         start_timeout = 150\nhttp_timeout = 150\n\
         environment = {{ JUPYTERHUB_ACTIVITY_INTERVAL = \"1\", PATH = \"{bin}:/usr/bin:/bin\" }}\n"
    ))
    .await
}

/// Starts ada's server and waits until it answers; gives its model.
async fn started(hub: &TestHub, ada: &Browser) -> Value {
    let asked = ada.json(Method::POST, "/hub/api/users/ada/server", None).await;
    assert!([201, 202].contains(&asked.status.as_u16()), "{} {}", asked.status, asked.body);
    let window = hub.window();
    eventually("the server is ready", PATIENCE, || async {
        let model = window.api(Method::GET, "/hub/api/users/ada/server", None).await;
        assert!(model["labdeck_state"] != "Failed", "{model}\n{}", log(&window).await);
        (model["ready"] == true).then_some(model)
    })
    .await
}

async fn log(window: &Browser) -> String {
    let page = window.json(Method::GET, "/hub/api/labdeck/servers/ada/~/log?lines=200", None).await;
    let lines = page.value()["lines"].as_array().cloned().unwrap_or_default();
    lines
        .iter()
        .map(|line| line.as_str().map_or_else(|| line.to_string(), str::to_owned))
        .collect::<Vec<_>>()
        .join("\n")
}

/// JupyterLab in it lets its owner in by the hub and nobody else, tells the hub that it is used, and is
/// gone with its token after a stop.
async fn lives(environment: &str, version: &str) {
    let hub = hub(environment).await;
    let program = hub.program("ada", &[]).await;
    let before = started(&hub, &program).await;

    let ada = hub.signed_in("ada").await;
    let shown = ada.get("/user/ada/lab").await;
    assert_eq!((shown.status.as_u16(), shown.path.as_str()), (200, "/user/ada/lab"), "{}", shown.body);
    assert_eq!(shown.header("x-jupyterhub-version"), Some(version));
    assert!(ada.cookie("jupyterhub-user-ada").is_some(), "it keeps no sign-in of its own");
    let bob = hub.signed_in("bob").await.get("/user/ada/lab").await;
    assert_eq!(bob.status, 403, "{} {}", bob.path, bob.body);
    // By the token of a program, which it asks the hub about.
    let known = program.json(Method::GET, "/user/ada/api/contents", None).await;
    assert_eq!(known.status, 200, "{}", known.body);
    let unknown = hub.browser().with_token("0123456789abcdef0123456789abcdef");
    assert_eq!(unknown.json(Method::GET, "/user/ada/api/contents", None).await.status, 403);

    let window = hub.window();
    eventually("it reports its activity", PATIENCE, || async {
        let model = window.api(Method::GET, "/hub/api/users/ada/server", None).await;
        (model["last_activity"].as_str() > before["last_activity"].as_str()).then_some(())
    })
    .await;
    // Versions that are not the same are told in its log, and are no reason to stop.
    let said = log(&window).await;
    assert!(said.contains(&format!("jupyterhub version 6.1.1 != jupyterhub-singleuser version {version}")), "{said}");

    let stopped = program.json(Method::DELETE, "/hub/api/users/ada/server", None).await;
    assert!([202, 204].contains(&stopped.status.as_u16()), "{}", stopped.body);
    eventually("it is stopped", PATIENCE, || async {
        let model = window.api(Method::GET, "/hub/api/users/ada/server", None).await;
        (model["stopped"] == true).then_some(())
    })
    .await;
    let tokens = window.api(Method::GET, "/hub/api/users/ada/tokens", None).await;
    let notes: Vec<_> = tokens["api_tokens"].as_array().unwrap().iter().map(|token| &token["note"]).collect();
    assert!(notes.iter().all(|note| **note != json!("Server at /user/ada/")), "{notes:?}");
    hub.stop().await;
}

#[tokio::test]
async fn the_newest_5_serves_jupyterlab() {
    lives("singleuser-5", "5.5.4").await;
}

#[tokio::test]
async fn the_last_4_serves_it_too() {
    lives("singleuser-4", "4.1.6").await;
}
