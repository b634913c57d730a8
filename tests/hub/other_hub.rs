//! The other way round: an unmodified JupyterHub 6.1.1 that starts `labdeckd proxy` where it would start
//! configurable-http-proxy. It comes by `scripts/jupyterhub.sh`, and runs for as long as the test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use http::Method;
use labdeck_testkit::{Browser, eventually, free_port};
use serde_json::json;
use tempfile::TempDir;

use crate::support::sign_in_at;

/// JupyterHub needs two seconds of a processor to start; a busy machine has few to give.
const PATIENCE: Duration = Duration::from_secs(120);
const TOKEN: &str = "root-token-root-token-root-token-root";

/// JupyterHub with our proxy; both end with the value.
#[derive(Debug)]
struct OtherHub {
    hub: Child,
    origin: String,
    folder: TempDir,
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").join(path).canonicalize().unwrap()
}

impl OtherHub {
    async fn start() -> Self {
        let script = here("scripts/jupyterhub.sh");
        let made = tokio::task::spawn_blocking(move || Command::new(script).output()).await.unwrap().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let venv = PathBuf::from(String::from_utf8(made.stdout).unwrap().trim());
        let folder = tempfile::tempdir().unwrap();
        let origin = format!("http://127.0.0.1:{}", free_port());
        let config = folder.path().join("jupyterhub_config.py");
        let (labdeckd, server) = (env!("CARGO_BIN_EXE_labdeckd"), here("tests/hub/fake_singleuser.py"));
        let text = format!(
            "c.JupyterHub.bind_url = {origin:?}\nc.JupyterHub.hub_port = {}\n\
             c.ConfigurableHTTPProxy.api_url = 'http://127.0.0.1:{}'\n\
             c.ConfigurableHTTPProxy.command = [{labdeckd:?}, 'proxy']\n\
             c.JupyterHub.db_url = 'sqlite:///:memory:'\nc.JupyterHub.authenticator_class = 'dummy'\n\
             c.DummyAuthenticator.password = 'pw'\nc.Authenticator.allow_all = True\n\
             c.JupyterHub.spawner_class = 'simple'\nc.Spawner.cmd = ['python3', '-I', '-S', {server:?}]\n\
             c.SimpleLocalProcessSpawner.home_dir_template = {home:?}\n\
             c.JupyterHub.services = [{{'name': 'root', 'admin': True, 'api_token': {TOKEN:?}}}]\n",
            free_port(),
            free_port(),
            home = format!("{}/home-{{username}}", folder.path().display()),
        );
        std::fs::write(&config, text).unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new(venv.join("bin/jupyterhub"));
        command.arg("-f").arg(&config).current_dir(folder.path()).env_remove("CONFIGPROXY_AUTH_TOKEN");
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let other = Self { hub: command.spawn().unwrap(), origin, folder };
        // Both are there for the answer: the proxy alone would answer 404.
        eventually("JupyterHub answers through our proxy", PATIENCE, || async {
            assert!(!other.log().contains("Failed to start proxy"), "{}", other.log());
            tokio::net::TcpStream::connect(other.origin.trim_start_matches("http://")).await.ok()?;
            other.browser().get_only("/hub/health").await.status.is_success().then_some(())
        })
        .await;
        other
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.origin)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for OtherHub {
    fn drop(&mut self) {
        // Asked to end, it ends its servers and the proxy that it started.
        drop(Command::new("kill").args(["-TERM", &self.hub.id().to_string()]).status());
        let (_open, never) = std::sync::mpsc::channel::<()>();
        for _ in 0..600 {
            if !matches!(self.hub.try_wait(), Ok(None)) {
                break;
            }
            let _ = never.recv_timeout(Duration::from_millis(50));
        }
        let _ = self.hub.kill();
        let _ = self.hub.wait();
    }
}

#[tokio::test]
async fn jupyterhub_works_with_our_proxy_in_place_of_its_own() {
    let other = OtherHub::start().await;
    let ada = other.browser();
    let home = sign_in_at(&ada, "/hub/login?next=%2Fhub%2Fhome", "ada", "pw").await;
    assert_eq!((home.status.as_u16(), home.path.as_str()), (200, "/hub/home"), "{}", home.body);

    let root = other.browser().with_token(TOKEN);
    let started = root.json(Method::POST, "/hub/api/users/ada/server", None).await;
    assert!([201, 202].contains(&started.status.as_u16()), "{}\n{}", started.body, other.log());
    eventually("the server is ready", PATIENCE, || async {
        let user = root.api(Method::GET, "/hub/api/users/ada", None).await;
        (user["servers"][""]["ready"] == true).then_some(())
    })
    .await;
    // JupyterHub reads its routes back from the proxy.
    let routes = root.api(Method::GET, "/hub/api/proxy", None).await;
    assert!(
        routes["/"]["data"]["hub"] == json!(true) && routes["/user/ada/"]["data"]["user"] == json!("ada"),
        "{routes}"
    );
    // By OAuth at its hub, and then by the route alone.
    let page = ada.get("/user/ada/").await;
    assert_eq!((page.status.as_u16(), page.path.as_str()), (200, "/user/ada/"), "{}", page.body);
    let user = root.api(Method::GET, "/hub/api/users/ada", None).await;
    assert!(user["servers"][""]["last_activity"].is_string(), "{user}");

    let stopped = root.json(Method::DELETE, "/hub/api/users/ada/server", None).await;
    assert!([202, 204].contains(&stopped.status.as_u16()), "{}", stopped.body);
    eventually("the route is gone", PATIENCE, || async {
        let routes = root.api(Method::GET, "/hub/api/proxy", None).await;
        routes.get("/user/ada/").is_none().then_some(())
    })
    .await;
    // What no server answers is told by a page of JupyterHub's.
    let gone = ada.get("/user/ada/lab").await;
    assert!(gone.status == 424 && gone.body.contains("not running"), "{} {}", gone.status, gone.body);
    let said = other.log();
    assert!(!said.contains("Traceback") && !said.contains("[E "), "{said}");
}
