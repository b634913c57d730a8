//! [`HubProcess`]: a real `labdeckd serve` with a data folder, a port and a network of its own. It can be killed and
//! started again on the same folder; when the value is dropped, what the hub made in the engine goes with it.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Browser, ControlSocket, Engine, eventually};

/// The password of everybody where the settings choose the dummy sign-in.
pub const PASSWORD: &str = "a-password-for-tests";
/// How long a hub may take to answer. An idle machine needs a fifth of a second.
const START_LIMIT: Duration = Duration::from_secs(30);

/// What a hub is started with.
#[derive(Debug)]
pub struct HubBuilder {
    program: PathBuf,
    settings: String,
    environment: Vec<(String, String)>,
    data_dir: Option<PathBuf>,
}

/// A running hub.
#[derive(Debug)]
pub struct HubProcess {
    builder: HubBuilder,
    /// Settings, log and, where no other was asked for, the data folder.
    folder: TempDir,
    port: u16,
    network: String,
    child: Option<Child>,
}

// === impl HubBuilder ===

impl HubBuilder {
    /// A hub of this program, with native sign-in and whatever spawner the machine has.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        let (settings, environment) = (String::new(), Vec::new());
        Self { program: program.into(), settings, environment, data_dir: None }
    }

    /// More settings, as whole tables other than `[hub]`.
    #[must_use]
    pub fn settings(mut self, toml: &str) -> Self {
        self.settings.push_str(toml);
        self.settings.push('\n');
        self
    }

    /// Everybody signs in with [`PASSWORD`]; `boss` is an admin.
    #[must_use]
    pub fn with_one_password(self) -> Self {
        self.settings(&format!(
            "[dummy_authenticator]\npassword = \"{PASSWORD}\"\n[authenticator]\nallow_all = true\nadmin_users = [\"boss\"]"
        ))
    }

    /// A variable of the hub's process.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A data folder that outlives the test.
    #[must_use]
    pub fn data_dir(mut self, path: &Path) -> Self {
        self.data_dir = Some(path.to_owned());
        self
    }

    /// Starts the hub and waits until it answers.
    pub async fn start(self) -> HubProcess {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut hub = HubProcess {
            builder: self,
            folder: tempfile::tempdir().expect("a folder"),
            port: free_port(),
            network: format!("labdeck-test-{}-{count}", std::process::id()),
            child: None,
        };
        hub.write_settings();
        hub.start().await;
        hub
    }
}

// === impl HubProcess ===

impl HubProcess {
    /// Where people find it, without a slash at the end.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The data folder.
    pub fn data_dir(&self) -> PathBuf {
        self.builder.data_dir.clone().unwrap_or_else(|| self.folder.path().join("data"))
    }

    /// The name of the network that its containers are in.
    pub fn network(&self) -> &str {
        &self.network
    }

    /// The hub's identity in the engine, once it has made its network.
    pub fn id(&self) -> Option<String> {
        Engine.label_of_network(&self.network, "labdeck.hub")
    }

    /// A new browser.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.origin())
    }

    /// A browser in which somebody has signed in with [`PASSWORD`].
    pub async fn sign_in(&self, name: &str) -> Browser {
        let browser = self.browser();
        let form = browser.get("/hub/login").await;
        let xsrf = form.field("_xsrf").expect("the sign-in form has a token");
        let fields = [("_xsrf", xsrf.as_str()), ("username", name), ("password", PASSWORD)];
        let answer = browser.post_form_only("/hub/login", &fields).await;
        assert!(answer.status.is_redirection(), "{name} cannot sign in: {} {}", answer.status, answer.body);
        browser
    }

    /// Adds people and gives a client with the API token of the first.
    pub async fn add(&self, names: &[&str]) -> Browser {
        self.control(Method::POST, "/hub/api/users", &json!({ "usernames": names }));
        let path = format!("/hub/api/users/{}/tokens", names.first().expect("somebody"));
        let made = self.control(Method::POST, &path, &json!({}));
        self.browser().with_token(made["token"].as_str().expect("a token"))
    }

    /// Offers an image as the default stack, with as much of the machine as a quick test wants.
    pub fn offer(&self, stack: &str, image: &str) {
        let limits = json!({ "memory_bytes": 1u64 << 30, "cpus": 2.0, "pids": 300 });
        let wish =
            json!({ "display_name": stack, "image": image, "offered": true, "is_default": true, "limits": limits });
        self.control(Method::PUT, &format!("/hub/api/labdeck/stacks/{stack}"), &wish);
    }

    /// Calls the API as the lead does, through the control socket; expects a success.
    #[expect(clippy::needless_pass_by_value, reason = "taken as `Browser` takes it")]
    pub fn control(&self, method: Method, path: &str, body: &Value) -> Value {
        let (status, answer) = self.try_control(&method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}\n{}", self.log_tail(40));
        answer
    }

    /// The same, with the status.
    pub fn try_control(&self, method: &Method, path: &str, body: &Value) -> (u16, Value) {
        self.ask(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}\n{}", self.log_tail(40)))
    }

    fn ask(&self, method: &Method, path: &str, body: &Value) -> std::io::Result<(u16, Value)> {
        ControlSocket::new(self.data_dir().join("control.sock")).try_call(method, path, body)
    }

    /// Runs a sub-command of the program on the same data folder.
    pub fn command(&self, arguments: &[&str]) -> String {
        let done = self.program().args(arguments).output().expect("the program runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(done.status.success(), "labdeckd {arguments:?}: {}{}", text(&done.stdout), text(&done.stderr));
        text(&done.stdout)
    }

    /// What the API says of a user's default server, as the lead sees it.
    pub fn server(&self, user: &str) -> Value {
        self.try_control(&Method::GET, &format!("/hub/api/users/{user}/server"), &Value::Null).1
    }

    /// Waits until a user's default server is in a state, and gives what the API says of it then.
    pub async fn server_is(&self, user: &str, state: &str, limit: Duration) -> Value {
        let what = format!("the server of {user} is {state}");
        eventually(&what, limit, || async {
            let server = self.server(user);
            if server["labdeck_state"] != state && server["labdeck_state"] == "Failed" {
                panic!("{what}: {server}\n{}", self.log_tail(40));
            }
            (server["labdeck_state"] == state).then_some(server)
        })
        .await
    }

    /// Ends the process as a crash does: it gets no chance to do anything.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts it again on the same folder. Gives the time from the start to the first answer.
    pub async fn restart(&mut self) -> Duration {
        self.kill();
        self.start().await
    }

    /// The same with other variables of its process.
    pub async fn restart_with(&mut self, name: &str, value: Option<&str>) -> Duration {
        self.builder.environment.retain(|(known, _)| known != name);
        self.builder.environment.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        self.restart().await
    }

    /// The last lines that it wrote.
    pub fn log_tail(&self, lines: usize) -> String {
        let text = fs::read_to_string(self.log_path()).unwrap_or_default();
        let all: Vec<_> = text.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }

    /// The number of its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    async fn start(&mut self) -> Duration {
        let since = Instant::now();
        self.launch();
        self.answers().await;
        since.elapsed()
    }

    /// Starts it after a [`kill`](Self::kill) and does not wait for anything.
    pub fn launch(&mut self) {
        let log = File::options().create(true).append(true).open(self.log_path()).expect("a log file");
        let mut command = self.program();
        command.arg("serve").stdin(Stdio::null()).stderr(log.try_clone().expect("its handle")).stdout(log);
        self.child = Some(command.spawn().expect("labdeckd starts"));
    }

    /// Waits until it answers.
    pub async fn answers(&self) {
        let browser = self.browser();
        eventually("the hub answers", START_LIMIT, || async {
            // A port that nobody listens on is not an answer yet.
            tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.ok()?;
            browser.get_only("/hub/api").await.status.is_success().then_some(())
        })
        .await;
    }

    /// At most as long as a hub allows itself.
    fn wait_for_the_end(&mut self) {
        let (_open, never) = std::sync::mpsc::channel::<()>();
        let until = Instant::now() + Duration::from_secs(70);
        while let Some(Ok(None)) = self.child.as_mut().map(Child::try_wait) {
            if Instant::now() > until {
                return;
            }
            let _ = never.recv_timeout(Duration::from_millis(50));
        }
    }

    fn program(&self) -> Command {
        let mut command = Command::new(&self.builder.program);
        command.env("LABDECK_DATA_DIR", self.data_dir()).env("LABDECK_CONFIG", self.settings_path());
        command.envs(self.builder.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn write_settings(&self) {
        let settings = &self.builder.settings;
        let kind = if settings.contains("[dummy_authenticator]") { "dummy" } else { "native" };
        let text = format!(
            "[hub]\nbind_url = \"{}\"\nauthenticator_class = \"{kind}\"\n{settings}\n[docker_spawner]\nnetwork_name = \"{}\"\n",
            self.origin(),
            self.network
        );
        fs::write(self.settings_path(), text).expect("the settings are written");
        fs::set_permissions(self.settings_path(), fs::Permissions::from_mode(0o600)).expect("and private");
    }

    fn settings_path(&self) -> PathBuf {
        self.folder.path().join("labdeck.toml")
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl Drop for HubProcess {
    fn drop(&mut self) {
        // Servers that are local processes know no label: the hub itself must end them.
        if self.id().is_none()
            && self.ask(&Method::POST, "/hub/api/labdeck/quit", &json!({ "servers": "stop" })).is_ok()
        {
            self.wait_for_the_end();
        }
        self.kill();
        if std::thread::panicking() {
            #[expect(clippy::print_stderr, reason = "what a failed test leaves for its reader")]
            {
                eprintln!("---- the hub's log\n{}\n----", self.log_tail(80));
            }
        }
        if let Some(id) = self.id() {
            Engine.clear(&id);
        }
    }
}

/// A port of loopback that is free now, and most likely stays so until it is used. Not one of those that the system hands out by itself: a
/// connection of a test beside this one would take it before it is used. Tests that run at once, in one process or in
/// several, begin their search at different ports.
pub fn free_port() -> u16 {
    static COUNT: AtomicU16 = AtomicU16::new(0);
    let of_process = u16::try_from(std::process::id() * 7 % 2_000).expect("is small");
    let first = 30_000 + of_process + COUNT.fetch_add(1, Ordering::Relaxed);
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    (first..32_700).find(is_free).expect("a free port")
}
