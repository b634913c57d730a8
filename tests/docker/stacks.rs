//! A stack from a registry: fetched with progress, called off, fetched again, offered, started. The registry is
//! Debian's `docker-registry` as a process of the test's own, behind a line that can be made slow.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Method;
use labdeck_testkit::{Engine, HubProcess, eventually, free_port};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::lab::{builder, start};
use crate::relay::spawn;

/// An image of the notebook software and something more, so that fetching it moves something.
const MORE_BYTES: usize = 6 << 20;
/// A push of all layers packs them: some hundred megabytes.
const PULL_LIMIT: Duration = Duration::from_secs(120);

struct Registry {
    process: Child,
    _folder: TempDir,
    /// Where the engine finds it.
    port: u16,
    slow: Arc<AtomicBool>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_is_fetched_from_a_registry_called_off_and_fetched_again_then_offered_and_started() {
    let hub = builder().start().await;
    let registry = Registry::start().await;
    let image = Image::push(&registry).await;

    // The lead's window listens.
    let made = hub.control(Method::POST, "/hub/api/users/boss/tokens", &json!({}));
    let boss = hub.browser().with_token(made["token"].as_str().expect("a token"));
    let mut events = boss.events("/hub/api/labdeck/events", &[]).await;
    assert!(events.status.is_success(), "{}", events.status);

    // Called off half-way.
    registry.slow.store(true, Ordering::Relaxed);
    let job = hub.control(Method::POST, "/hub/api/labdeck/pulls", &json!({ "reference": image.reference }));
    let moving = job_is(&hub, &job, |job| job["fraction"].as_f64().is_some_and(|done| done > 0.0 && done < 1.0)).await;
    assert_eq!(moving["state"], "running", "{moving}");
    let of_it = |event: &Value| event["type"] == "job_changed" && event["job"]["id"] == job["id"];
    let told = events.find(PULL_LIMIT, |event| of_it(event) && event["job"]["fraction"].as_f64() > Some(0.0)).await;
    assert_eq!(told.data["job"]["state"], "running", "{told:?}");
    hub.control(Method::DELETE, &format!("/hub/api/labdeck/jobs/{}", job["id"]), &Value::Null);
    job_is(&hub, &job, |job| job["state"] == "cancelled").await;
    events.find(PULL_LIMIT, |event| of_it(event) && event["job"]["state"] == "cancelled").await;
    assert!(!Engine.run(&["image", "inspect", &image.reference]).status.success(), "it was called off");

    // A name that is not there.
    registry.slow.store(false, Ordering::Relaxed);
    let wrong = image.reference.replace("notes", "nobody");
    let wrong = hub.control(Method::POST, "/hub/api/labdeck/pulls", &json!({ "reference": wrong }));
    let ended = job_is(&hub, &wrong, |job| job["state"] == "failed").await;
    assert!(ended["message"].as_str().is_some_and(|words| words.contains("nobody")), "{ended}");

    // To its end.
    let again = hub.control(Method::POST, "/hub/api/labdeck/pulls", &json!({ "reference": image.reference }));
    let done = job_is(&hub, &again, |job| job["state"] != "running").await;
    assert_eq!((&done["state"], &done["fraction"]), (&json!("done"), &json!(1.0)), "{done}");
    let images = hub.control(Method::GET, "/hub/api/labdeck/images", &Value::Null);
    let all = images.as_array().expect("a list");
    let mine = all.iter().find(|entry| entry["reference"] == image.reference.as_str());
    let mine = mine.unwrap_or_else(|| panic!("it is not among {images}"));
    assert_eq!((&mine["usable"], &mine["hub_version"]), (&json!(true), &json!("6.1.1")), "{mine}");
    let bare = all.iter().find(|entry| entry["reference"] == "labdeck/test-base:latest").expect("the base");
    assert_eq!(bare["usable"], json!(false), "{bare}");

    hub.offer("notes", &image.reference);
    let stacks = hub.control(Method::GET, "/hub/api/labdeck/stacks", &Value::Null);
    assert_eq!((&stacks[0]["offered"], &stacks[0]["is_default"]), (&json!(true), &json!(true)), "{stacks}");
    let api = hub.add(&["ada"]).await;
    let server = start(&hub, &api, "ada").await;
    assert_eq!(server["labdeck_stack"], "notes");
    let container = crate::lab::container(&hub, "ada");
    assert_eq!(Engine.call(&["exec", &container, "stat", "-c", "%s", "/opt/more"]), MORE_BYTES.to_string());
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

/// An image in the registry that is not in the engine any more.
struct Image {
    reference: String,
}

// === impl Image ===

impl Image {
    async fn push(registry: &Registry) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut bytes = vec![0; MORE_BYTES];
        fs::File::open("/dev/urandom")
            .and_then(|mut random| std::io::Read::read_exact(&mut random, &mut bytes))
            .expect("bytes");
        fs::write(folder.path().join("more"), bytes).expect("a file");
        fs::write(folder.path().join("Dockerfile"), "FROM labdeck/test-notebook:latest\nCOPY more /opt/more\n")
            .expect("a file");
        let image = Self { reference: format!("127.0.0.1:{}/lab/notes:1", registry.port) };
        let mut build = Command::new("docker");
        build
            .env("DOCKER_BUILDKIT", "0")
            .args(["build", "-q", "--force-rm", "-t", &image.reference])
            .arg(folder.path());
        let built = build.output().expect("docker runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        // The line to the registry is kept by this test, so pushing must not hold its threads.
        let reference = image.reference.clone();
        let pushed =
            tokio::task::spawn_blocking(move || Engine.run(&["push", "-q", &reference])).await.expect("it runs");
        assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
        image.remove();
        image
    }

    fn remove(&self) {
        drop(Engine.run(&["rmi", "-f", &self.reference]));
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        self.remove();
    }
}

// === impl Registry ===

impl Registry {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let behind = free_port();
        let settings = folder.path().join("registry.yml");
        let text = format!(
            "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:{behind}\n",
            folder.path().join("store").display()
        );
        fs::write(&settings, text).expect("settings");
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(&settings)
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("this test needs the command docker-registry, Debian's package of that name");
        eventually("the registry listens", Duration::from_secs(20), || async {
            TcpStream::connect(("127.0.0.1", behind)).await.ok().map(drop)
        })
        .await;
        let slow = Arc::new(AtomicBool::new(false));
        let port = line(behind, Arc::clone(&slow)).await;
        Self { process, _folder: folder, port, slow }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A line to the registry that lets a megabyte through in a second while it is slow.
async fn line(behind: u16, slow: Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("its address").port();
    drop(spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let slow = Arc::clone(&slow);
            drop(spawn(async move {
                let Ok(mut registry) = TcpStream::connect(("127.0.0.1", behind)).await else { return };
                let (mut from_client, mut to_client) = client.split();
                let (mut from_registry, mut to_registry) = registry.split();
                let back = async {
                    let mut buffer = vec![0; 32 << 10];
                    while let Ok(count @ 1..) = from_registry.read(&mut buffer).await {
                        if slow.load(Ordering::Relaxed) {
                            tokio::time::sleep(Duration::from_millis(31)).await;
                        }
                        if to_client.write_all(&buffer[..count]).await.is_err() {
                            return;
                        }
                    }
                };
                tokio::select! {
                    _ = tokio::io::copy(&mut from_client, &mut to_registry) => {}
                    () = back => {}
                }
            }));
        }
    }));
    port
}
