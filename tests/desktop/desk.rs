//! [`Desk`]: a screen, a session bus and a window manager for one test, and the app started on it. Everything it
//! started ends with it, and what its hub made in the engine goes too.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use http::Method;
use labdeck_testkit::{Browser, ControlSocket, Engine, free_port};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longer than anything here takes on a loaded machine with two processors.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How long an app may take to end when it is asked.
const END_LIMIT: Duration = Duration::from_secs(8);

/// The desktop that one test has to itself.
pub(crate) struct Desk {
    /// Folders for data, caches and sockets.
    pub(crate) home: TempDir,
    display: String,
    public_port: u16,
    network: String,
    bus: Option<String>,
    variables: Vec<(String, String)>,
    children: Vec<Process>,
}

/// A process that ends with its handle.
pub(crate) struct Process(Child);

/// Which parts of a desktop the test wants to be missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bus {
    Present,
    Absent,
}

// === impl Desk ===

impl Desk {
    pub(crate) fn new(bus: Bus) -> Self {
        let home = tempfile::tempdir().expect("a folder for the test");
        for folder in ["data", "config", "cache", "run", "bin"] {
            std::fs::create_dir(home.path().join(folder)).expect("folders below it");
        }
        let public_port = free_port();
        let mut desk = Self {
            network: format!("labdeck-desk-{}-{public_port}", std::process::id()),
            home,
            display: String::new(),
            public_port,
            bus: None,
            variables: Vec::new(),
            children: Vec::new(),
        };
        desk.write_settings();
        desk.write_opener();
        desk.write_user_folders();
        // The server chooses a free number by itself and says which. It stays when its last client leaves: without
        // that, whoever connects first takes the others down when it goes.
        let screen = ["-displayfd", "1", "-noreset", "-nolisten", "tcp", "-screen", "0", "1280x800x24"];
        desk.display = format!(":{}", desk.start_and_read("Xvfb", &screen));
        if bus == Bus::Present {
            let settings = format!("--config-file={}", desk.write_bus_settings().display());
            desk.bus = Some(desk.start_and_read("dbus-daemon", &[&settings, "--nofork", "--print-address=1"]));
        }
        let manager = desk.start("openbox", &[]);
        desk.children.push(manager);
        // The manager is there when it answers for the list of windows.
        wait_for("a window manager", || desk.run("wmctrl", &["-m"]).is_some());
        desk
    }

    /// A command that sees this desk and nothing of the account's own.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        for (variable, folder) in [
            ("XDG_DATA_HOME", "data"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_RUNTIME_DIR", "run"),
        ] {
            command.env(variable, self.home.path().join(folder));
        }
        command.env("DISPLAY", &self.display).env_remove("WAYLAND_DISPLAY").env("NO_AT_BRIDGE", "1");
        match &self.bus {
            Some(address) => command.env("DBUS_SESSION_BUS_ADDRESS", address),
            // Nothing listens there; unset, the library would look in the account's own places.
            None => command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus"),
        };
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.home.path().join("bin").display()));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    /// A variable of everything that is started from now on.
    pub(crate) fn set_variable(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// A public port and a network of its own, so that desks can stand side by side, and patience for slow machines.
    fn write_settings(&self) {
        let settings = format!(
            "[hub]\nbind_url = \"{}\"\n[spawner]\nstart_timeout = 140\nhttp_timeout = 140\n\
             [docker_spawner]\nnetwork_name = \"{}\"\n",
            self.origin(),
            self.network
        );
        std::fs::create_dir(self.data_dir()).expect("the data folder");
        std::fs::write(self.data_dir().join("labdeck.toml"), settings).expect("its settings");
    }

    /// Stands in for the person's browser: writes down what it is told to open.
    fn write_opener(&self) {
        let opener = self.home.path().join("bin").join("xdg-open");
        let script = format!("#!/bin/sh\nprintf '%s\\n' \"$1\" >>'{}'\n", self.opened_path().display());
        std::fs::write(&opener, script).expect("a stand-in for the browser");
        std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o700)).expect("that can be run");
    }

    /// Downloads go into this desk's own folder, never into that of whoever runs the tests.
    fn write_user_folders(&self) {
        let text = format!("XDG_DOWNLOAD_DIR=\"{}\"\n", self.downloads().display());
        std::fs::write(self.home.path().join("config").join("user-dirs.dirs"), text).expect("the names of folders");
    }

    /// Where downloads belong on this desk. Not there until something is downloaded.
    pub(crate) fn downloads(&self) -> PathBuf {
        self.home.path().join("Downloads")
    }

    /// A bus that starts nothing by itself: what this machine happens to have installed must not answer there.
    fn write_bus_settings(&self) -> PathBuf {
        let settings = self.home.path().join("bus.conf");
        let text = format!(
            "<busconfig><type>session</type><listen>unix:dir={}</listen><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/>\
             </policy></busconfig>",
            self.home.path().join("run").display()
        );
        std::fs::write(&settings, text).expect("the settings of a bus");
        settings
    }

    fn opened_path(&self) -> PathBuf {
        self.home.path().join("opened")
    }

    /// The addresses that the person's browser was told to open, oldest first.
    pub(crate) fn opened(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.opened_path()).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// The app's own command line, on a data folder of this desk.
    pub(crate) fn app(&self) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_labdeck"));
        command.args(app_args(&self.data_dir()));
        command
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.home.path().join("data").join("hub")
    }

    /// Where the hub listens for people.
    pub(crate) fn public_port(&self) -> u16 {
        self.public_port
    }

    /// The address at which people find the hub, without a slash at the end.
    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.public_port)
    }

    /// Somebody's browser on this computer.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.origin())
    }

    /// Calls the hub's API through its control socket, as `labdeckd` does; expects a success.
    pub(crate) fn control(&self, method: &Method, path: &str, body: &Value) -> Value {
        let (status, answer) = self.socket().call(method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// The control socket of the hub on this desk.
    pub(crate) fn socket(&self) -> ControlSocket {
        ControlSocket::new(self.data_dir().join("control.sock"))
    }

    /// Offers an image under a name, small enough for any machine. The first one is the default.
    pub(crate) fn offer(&self, stack: &str, image: &str, is_default: bool) {
        let limits = json!({ "memory_bytes": 1_u64 << 30, "cpus": 2.0, "pids": 300 });
        let wish = json!({
            "display_name": stack, "image": image, "offered": true, "is_default": is_default, "limits": limits,
        });
        self.control(&Method::PUT, &format!("/hub/api/labdeck/stacks/{stack}"), &wish);
    }

    /// The hub's identity in the engine, once it has made its network.
    pub(crate) fn hub_id(&self) -> Option<String> {
        Engine.label_of_network(&self.network, "labdeck.hub")
    }

    /// Whether the engine runs a container for somebody's server now.
    pub(crate) fn has_running_container(&self, user: &str) -> bool {
        let container = self.hub_id().and_then(|id| Engine.container_of(&id, user));
        container.is_some_and(|container| Engine.inspect(&container)["State"]["Running"] == json!(true))
    }

    /// Starts the app and waits for its window.
    pub(crate) fn open_app(&self) -> Process {
        let app = Process(self.app().spawn().expect("the app"));
        wait_for("the window", || self.windows().contains("Labdeck"));
        app
    }

    /// The process of the app on this desk, also where a driver has started it.
    pub(crate) fn app_pid(&self) -> Option<u32> {
        let (program, folder) = (env!("CARGO_BIN_EXE_labdeck"), self.data_dir().display().to_string());
        let processes = std::fs::read_dir("/proc").expect("the processes").flatten();
        let mut ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        ids.find(|id| {
            let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            let mut words = line.split(|byte| *byte == 0).map(String::from_utf8_lossy);
            words.next().is_some_and(|first| first == program) && words.any(|word| word == folder)
        })
    }

    /// Asks the app to end, if it runs, and waits until it has.
    pub(crate) fn end_app(&self) {
        let since = Instant::now();
        let mut signal = "-TERM";
        while let Some(id) = self.app_pid() {
            drop(Command::new("kill").args([signal, &id.to_string()]).status());
            if since.elapsed() > END_LIMIT {
                signal = "-KILL";
            }
            pause();
        }
    }

    /// Ends the app as a crash does.
    pub(crate) fn kill_app(&self) {
        self.signal_app("KILL");
    }

    /// Sends the app a signal by name.
    pub(crate) fn signal_app(&self, name: &str) {
        let id = self.app_pid().expect("the app runs").to_string();
        self.run("kill", &[&format!("-{name}"), &id]).expect("it is there to be told");
    }

    /// The titles on the screen, one in a line.
    pub(crate) fn windows(&self) -> String {
        self.run("wmctrl", &["-l"]).unwrap_or_default()
    }

    /// Asks a window to close, as its close button does.
    pub(crate) fn close(&self, title: &str) {
        self.run("wmctrl", &["-F", "-c", title]).expect("the window is there to be closed");
    }

    /// The session bus, for tests that play a part on it.
    pub(crate) fn bus(&self) -> zbus::blocking::Connection {
        let address = self.bus.as_deref().expect("this desk has a bus");
        zbus::blocking::connection::Builder::address(address)
            // Whoever asks again and again must get an answer, if only that there is none.
            .and_then(|builder| builder.method_timeout(Duration::from_secs(3)).build())
            .expect("the bus answers")
    }

    pub(crate) fn start(&self, program: &str, args: &[&str]) -> Process {
        let started = self.command(program).args(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Process(
            started.unwrap_or_else(|error| panic!("{program} cannot be started ({error}); `make test` installs it")),
        )
    }

    fn start_and_read(&mut self, program: &str, args: &[&str]) -> String {
        let started = self.command(program).args(args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child =
            started.unwrap_or_else(|error| panic!("{program} cannot be started ({error}); `make test` installs it"));
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("its first line");
        self.children.push(Process(child));
        assert!(!line.trim().is_empty(), "{program} came up without a word");
        line.trim().to_owned()
    }

    /// Presses keys in a window.
    pub(crate) fn press_in(&self, title: &str, keys: &[&str]) {
        let found = self.run("xdotool", &["search", "--onlyvisible", "--name", title, "windowactivate", "--sync"]);
        found.unwrap_or_else(|| panic!("there is no window {title}"));
        // Not to the window by its number: the toolkit does not listen to keys that nobody could have typed.
        self.run("xdotool", &[&["key", "--delay", "100"], keys].concat()).expect("keys");
    }

    fn run(&self, program: &str, args: &[&str]) -> Option<String> {
        let output = self.command(program).args(args).output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}; `make test` installs it"));
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // Gently: a hub that is killed while it looks into an image leaves a container behind until its next start.
        self.end_app();
        // The screen last: whoever loses it complains.
        while self.children.pop().is_some() {}
        if let Some(id) = self.hub_id() {
            Engine.clear(&id);
        }
    }
}

// === impl Process ===

impl Process {
    /// Starts a command.
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("the program"))
    }

    /// Sends a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.0.id().to_string()]).status();
        assert!(sent.expect("kill").success());
    }

    /// Writes to its input and closes it. Only for commands started with a pipe there.
    pub(crate) fn write(&mut self, text: &str) {
        self.0.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("it reads");
    }

    /// Whether it still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.0.try_wait().expect("its state").is_none()
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let since = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().expect("its state") {
                return status;
            }
            assert!(since.elapsed() < PATIENCE, "it does not end");
            pause();
        }
    }

    /// Everything it wrote to its error output. Only for commands started with a pipe there; waits for its end.
    pub(crate) fn errors(&mut self) -> String {
        let mut text = String::new();
        self.0.stderr.take().expect("a pipe").read_to_string(&mut text).expect("text");
        text
    }

    /// The same for its output, up to the line that holds this text.
    pub(crate) fn output_until(&mut self, text: &str) -> String {
        let mut read = String::new();
        let mut lines = BufReader::new(self.0.stdout.take().expect("a pipe"));
        while !read.contains(text) {
            assert!(lines.read_line(&mut read).expect("text") > 0, "it ended without {text:?}: {read}");
        }
        read
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The flags that put the app on a folder.
pub(crate) fn app_args(data_dir: &Path) -> [String; 2] {
    ["--data-dir".to_owned(), data_dir.display().to_string()]
}

/// Waits until it is so, and says what was awaited when it never comes.
#[track_caller]
pub(crate) fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < PATIENCE, "waited {} s for {what}", PATIENCE.as_secs());
        pause();
    }
}

#[expect(clippy::disallowed_methods, reason = "no executor runs on the test's own thread; the wait is for a condition")]
fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}
