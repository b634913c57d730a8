//! [`TestHub`]: a whole hub in this process, on a folder of its own and free ports of loopback.

use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use labdeck_hub::Machine;
use labdeck_hub::config::{Config, ConfigInputs};
use labdeck_hub::error::Error;
use labdeck_hub::overview::{AtQuit, Desktop};
use labdeck_model::ServerKey;
use labdeck_server::{Composition, Options};
use labdeck_store::StoreError;
use labdeck_store::tables::shares::{self, Recipient};
use labdeck_store::tables::{spawners, users};
use labdeck_testkit::{Browser, Page, eventually};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::StandInMachine;

/// For what takes no time by itself, on a busy machine.
pub(crate) const SHORT: Duration = Duration::from_secs(20);

/// A password that breaks no rule.
pub(crate) const PASSWORD: &str = "seven green herons";

/// A running hub. Its servers end by themselves once the folder is gone.
#[derive(Debug)]
pub(crate) struct TestHub {
    running: Composition,
    desktop: Arc<StubDesktop>,
    /// The public address, like `http://127.0.0.1:40123`.
    pub(crate) origin: String,
    dir: TempDir,
}

/// A desktop that only notes which addresses and files it was asked to show.
#[derive(Debug, Default)]
pub(crate) struct StubDesktop {
    /// Where downloads belong.
    pub(crate) downloads: Option<PathBuf>,
    /// The files.
    pub(crate) shown: Mutex<Vec<PathBuf>>,
    /// The addresses.
    pub(crate) opened: Mutex<Vec<String>>,
}

impl Desktop for StubDesktop {
    fn open(&self, url: &str) -> Result<(), Error> {
        self.opened.lock().push(url.to_owned());
        Ok(())
    }

    fn downloads(&self) -> Option<PathBuf> {
        self.downloads.clone()
    }

    fn show(&self, file: &Path) -> Result<(), Error> {
        self.shown.lock().push(file.to_owned());
        Ok(())
    }
}

/// One password for all, any name, `boss` is the admin; stand-in servers as local processes.
pub(crate) fn simple() -> String {
    simple_with("", "")
}

/// The same with further lines for `[hub]` and `[spawner]`.
pub(crate) fn simple_with(hub: &str, spawner: &str) -> String {
    let fake = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/hub/fake_singleuser.py");
    let fake = fake.canonicalize().unwrap();
    format!(
        r#"
[hub]
bind_url = "http://127.0.0.1:0"
authenticator_class = "dummy"
spawner_class = "simple"
allow_named_servers = true
named_server_limit_per_user = 2
{hub}
[dummy_authenticator]
password = "pw"
[authenticator]
allow_all = true
admin_users = ["boss"]
[spawner]
cmd = ["python3", "-I", "-S", {fake:?}]
{spawner}
"#
    )
}

/// Passwords of the hub's own; nobody is an admin yet.
pub(crate) fn native() -> String {
    simple()
        .replace(r#"authenticator_class = "dummy""#, "")
        .replace("[dummy_authenticator]\npassword = \"pw\"", "")
        .replace("allow_all = true\nadmin_users = [\"boss\"]", "")
}

/// A fresh data folder with a configuration that others cannot read. Secrets go to a file: a test must not write into
/// the keyring of whoever runs it.
pub(crate) fn folder(toml: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    std::fs::DirBuilder::new().mode(0o700).create(&data).unwrap();
    std::fs::write(data.join("secret-store"), "file").unwrap();
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(data.join("labdeck.toml"))
        .unwrap();
    std::io::Write::write_all(&mut file, toml.as_bytes()).unwrap();
    dir
}

// === impl TestHub ===

impl TestHub {
    /// Starts a hub with this `labdeck.toml` and opens its public port.
    pub(crate) async fn start(toml: &str) -> Self {
        Self::start_in(folder(toml)).await
    }

    /// The same on a folder that may have been used before.
    pub(crate) async fn start_in(dir: TempDir) -> Self {
        Self::start_on(&StandInMachine::roomy(), dir).await
    }

    /// The same on this very computer.
    pub(crate) async fn start_here(dir: TempDir) -> Self {
        Self::build(None, dir).await
    }

    /// The same on a machine of one's own making.
    pub(crate) async fn start_on(machine: &StandInMachine, dir: TempDir) -> Self {
        Self::build(Some(machine.as_machine()), dir).await
    }

    async fn build(machine: Option<Machine>, dir: TempDir) -> Self {
        let data_dir = dir.path().join("data");
        let inputs = ConfigInputs { file: Some(data_dir.join("labdeck.toml")), ..ConfigInputs::default() };
        let config = Config::load(&inputs).unwrap_or_else(|error| panic!("{error}"));
        let downloads = Some(dir.path().join("Downloads"));
        let desktop = Arc::new(StubDesktop { downloads, ..StubDesktop::default() });
        let options =
            Options { config, data_dir, desktop: Some(Arc::clone(&desktop) as _), machine, spawners: Vec::new() };
        let running = Composition::start(options).await.unwrap();
        running.open_front().await.unwrap();
        let local = running.hub().context().front.state().local_url;
        let end = local.find('/').unwrap() + 2;
        let end = local[end..].find('/').map_or(local.len(), |at| end + at);
        let origin = local[..end].to_owned();
        Self { running, desktop, origin, dir }
    }

    /// A hub with passwords of its own, claimed by `grace`.
    pub(crate) async fn owned() -> Self {
        let hub = Self::start(&native()).await;
        let claim = Some(json!({ "name": "grace" }));
        hub.window().api(Method::POST, "/hub/api/labdeck/claim", claim).await;
        hub
    }

    /// A link with which this person chooses a password; who is new is added.
    pub(crate) async fn invite(&self, name: &str) -> Value {
        let window = self.window();
        if window.json(Method::GET, &format!("/hub/api/users/{name}"), None).await.status == 404 {
            self.add(name).await;
        }
        window.api(Method::POST, &format!("/hub/api/labdeck/users/{name}/invitation"), None).await
    }

    /// A browser in which this person came in by a link and chose the usual password.
    pub(crate) async fn came_in(&self, name: &str) -> Browser {
        let link = self.invite(name).await["url"].as_str().unwrap().to_owned();
        let browser = self.browser();
        let page = choose_password(&browser, &link, PASSWORD).await;
        assert_eq!(page.path, "/hub/home", "{}", page.body);
        browser
    }

    /// Ends the hub; its servers run on. The folder stays.
    pub(crate) async fn stop(self) -> TempDir {
        self.running.stop(AtQuit::Leave).await;
        self.dir
    }

    /// The desktop.
    pub(crate) fn desktop(&self) -> &StubDesktop {
        &self.desktop
    }

    /// The routes of the proxy that data with this name belongs to: routespec and target.
    pub(crate) fn routes_with(&self, data: &str) -> Vec<(String, String)> {
        let routes = self.running.hub().context().routes.list();
        let of = routes.iter().filter(|route| route.data.get(data).is_some());
        of.map(|route| (route.spec.to_string(), route.target.as_str().to_owned())).collect()
    }

    /// Shares somebody's default server with somebody, as if all but this much of the share's time were over: a share lasts
    /// a minute at least, and no test waits so long.
    pub(crate) async fn share_almost_over(&self, owner: &str, with: &str, left: Duration) {
        let (key, with) = (ServerKey::default_of(owner.parse().unwrap()), with.parse().unwrap());
        let written: Result<(), StoreError> = self
            .running
            .hub()
            .context()
            .store
            .write(move |tx| {
                let server = spawners::find_by_key(tx, &key)?.unwrap();
                let user = users::find_by_name(tx, &with)?.unwrap();
                let scopes = [format!("access:servers!server={}", key.full_name())];
                let end = tx.now().after(left);
                shares::set(tx, server.id, Recipient::User(user.id), &scopes, Some(end)).map(drop)
            })
            .await;
        written.unwrap();
    }

    /// The data folder.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Somebody's fresh browser at the public address.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.origin)
    }

    /// The window: at its own listener, with its token.
    pub(crate) fn window(&self) -> Browser {
        let control = self.running.control().unwrap();
        Browser::new(&control.base).with_token(control.token.expose())
    }

    /// The window's token.
    pub(crate) fn window_token(&self) -> String {
        self.running.control().unwrap().token.expose().clone()
    }

    /// The window's listener, without the token.
    pub(crate) fn control(&self) -> Browser {
        Browser::new(&self.running.control().unwrap().base)
    }

    /// The hub's own listener behind the proxy, reached directly as any local program can.
    pub(crate) fn behind_the_proxy(&self) -> Browser {
        let routes = self.running.hub().context().routes.list();
        let root = routes.iter().find(|route| route.data["hub"] == true).unwrap();
        Browser::new(&root.target.to_string())
    }

    /// Adds a user.
    pub(crate) async fn add(&self, name: &str) {
        self.window().api(Method::POST, "/hub/api/users", Some(json!({ "usernames": [name] }))).await;
    }

    /// A program with a token of this user. No scopes: all that the user may.
    pub(crate) async fn program(&self, user: &str, scopes: &[&str]) -> Browser {
        self.browser().with_token(&self.token(user, scopes).await)
    }

    /// A token of this user, who is added if new.
    pub(crate) async fn token(&self, user: &str, scopes: &[&str]) -> String {
        let known = self.window().json(Method::GET, &format!("/hub/api/users/{user}"), None).await;
        if known.status == 404 {
            self.add(user).await;
        }
        let wish = if scopes.is_empty() { json!({}) } else { json!({ "scopes": scopes }) };
        let made = self.window().api(Method::POST, &format!("/hub/api/users/{user}/tokens"), Some(wish)).await;
        made["token"].as_str().unwrap().to_owned()
    }

    /// Signs somebody in by the form; the answer is the page that they land on.
    pub(crate) async fn sign_in(&self, browser: &Browser, name: &str, password: &str) -> Page {
        sign_in_at(browser, "/hub/login", name, password).await
    }

    /// A browser in which this person is signed in (hubs with one password for all).
    pub(crate) async fn signed_in(&self, name: &str) -> Browser {
        let browser = self.browser();
        let page = sign_in_at(&browser, "/hub/login?next=%2Fhub%2Fhome", name, "pw").await;
        assert_eq!((page.status.as_u16(), page.path.as_str()), (200, "/hub/home"), "{}", page.body);
        browser
    }

    /// Starts a server by the API and waits until it is ready.
    pub(crate) async fn start_server(&self, caller: &Browser, user: &str, server: &str) {
        let path = server_path(user, server);
        let answer = caller.json(Method::POST, &path, None).await;
        assert!([201, 202].contains(&answer.status.as_u16()), "{} {}", answer.status, answer.body);
        self.until_ready(user, server).await;
    }

    /// Waits until a server is ready; answers its model.
    pub(crate) async fn until_ready(&self, user: &str, server: &str) -> Value {
        let window = self.window();
        eventually("the server is ready", SHORT, || async {
            let page = window.json(Method::GET, &server_path(user, server), None).await;
            (page.status == 200).then(|| page.value()).filter(|model| model["ready"] == true)
        })
        .await
    }

    /// Waits until a server rests; answers its model.
    pub(crate) async fn until_stopped(&self, user: &str, server: &str) -> Value {
        let window = self.window();
        eventually("the server is stopped", SHORT, || async {
            let page = window.json(Method::GET, &server_path(user, server), None).await;
            (page.status == 200).then(|| page.value()).filter(|model| model["stopped"] == true)
        })
        .await
    }
}

/// Fills in the form at `login`.
pub(crate) async fn sign_in_at(browser: &Browser, login: &str, name: &str, password: &str) -> Page {
    let form = browser.get(login).await;
    let xsrf = form.field("_xsrf").unwrap_or_else(|| panic!("no form at {login}: {}", form.body));
    browser.post_form(&form.path, &[("_xsrf", &xsrf), ("username", name), ("password", password)]).await
}

/// Fills in the form behind an invitation.
pub(crate) async fn choose_password(browser: &Browser, link: &str, password: &str) -> Page {
    let form = browser.get(link).await;
    let xsrf = form.field("_xsrf").unwrap_or_else(|| panic!("no form at {link}: {}", form.body));
    browser.post_form(&form.path, &[("_xsrf", &xsrf), ("password", password)]).await
}

/// The API's path of a server.
pub(crate) fn server_path(user: &str, server: &str) -> String {
    match server {
        "" => format!("/hub/api/users/{user}/server"),
        server => format!("/hub/api/users/{user}/servers/{server}"),
    }
}
