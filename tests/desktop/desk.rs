//! [`Desk`]: a screen, a session bus and a window manager for one test, and the app started on it. Everything it
//! started ends with it.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// Longer than anything here takes on a loaded machine with two processors.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The desktop that one test has to itself.
pub(crate) struct Desk {
    /// Folders for data, caches and sockets.
    pub(crate) home: TempDir,
    display: String,
    public_port: u16,
    bus: Option<String>,
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
        for folder in ["data", "config", "cache", "run"] {
            std::fs::create_dir(home.path().join(folder)).expect("folders below it");
        }
        // A public port of its own, so that desks can stand side by side.
        let data_dir = home.path().join("data").join("hub");
        std::fs::create_dir(&data_dir).expect("the data folder");
        let public_port = free_port();
        let settings = format!("[hub]\nbind_url = \"http://127.0.0.1:{public_port}\"\n");
        std::fs::write(data_dir.join("labdeck.toml"), settings).expect("its settings");
        let mut desk = Self { home, display: String::new(), public_port, bus: None, children: Vec::new() };
        // The server chooses a free number by itself and says which. It stays when its last client leaves: without
        // that, whoever connects first takes the others down when it goes.
        let screen = ["-displayfd", "1", "-noreset", "-nolisten", "tcp", "-screen", "0", "1280x800x24"];
        desk.display = format!(":{}", desk.start_and_read("Xvfb", &screen));
        if bus == Bus::Present {
            let bus = ["--session", "--nofork", "--nopidfile", "--print-address=1"];
            desk.bus = Some(desk.start_and_read("dbus-daemon", &bus));
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
        command.stdin(Stdio::null());
        command
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

    /// Starts the app and waits for its window.
    pub(crate) fn open_app(&self) -> Process {
        let app = Process(self.app().spawn().expect("the app"));
        wait_for("the window", || self.windows().contains("Labdeck"));
        app
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
            .and_then(|builder| builder.build())
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

    fn run(&self, program: &str, args: &[&str]) -> Option<String> {
        let output = self.command(program).args(args).output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}; `make test` installs it"));
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // The screen last: whoever loses it complains.
        while self.children.pop().is_some() {}
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

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
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
