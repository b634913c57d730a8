//! [`Daemon`]: `labdeckd` as a program of its own, for what only a process can show: being killed, its command line,
//! its exit codes.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use labdeck_testkit::Browser;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// The program.
const LABDECKD: &str = env!("CARGO_BIN_EXE_labdeckd");

/// For a start or an end of the program.
const PATIENCE: Duration = Duration::from_secs(30);

/// `labdeckd serve`, running.
#[derive(Debug)]
pub(crate) struct Daemon {
    child: Child,
    /// The public address, without a slash at the end.
    pub(crate) origin: String,
    /// What it printed while it started.
    pub(crate) printed: String,
}

/// How a sub-command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit code.
    pub(crate) code: i32,
    /// What it printed.
    pub(crate) out: String,
    /// What it complained.
    pub(crate) err: String,
}

// === impl Daemon ===

impl Daemon {
    /// Starts it on a folder and waits until it says that it is ready.
    pub(crate) async fn start(data_dir: &Path) -> Self {
        match Self::try_start(data_dir).await {
            Ok(daemon) => daemon,
            Err(ended) => panic!("labdeckd did not start: {ended:?}"),
        }
    }

    /// The same where the start may fail.
    pub(crate) async fn try_start(data_dir: &Path) -> Result<Self, Ended> {
        let mut child = command(data_dir, &["serve"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut printed = String::new();
        let waiting = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                printed.push_str(&line);
                printed.push('\n');
                if let Some(address) = line.strip_prefix("Labdeck is ready at ") {
                    return Some(address.trim_end_matches('/').to_owned());
                }
            }
            None
        };
        let origin = tokio::time::timeout(PATIENCE, waiting).await.expect("labdeckd says something in time");
        let Some(origin) = origin else {
            let mut err = String::new();
            child.stderr.take().unwrap().read_to_string(&mut err).await.unwrap();
            let code = child.wait().await.unwrap().code().unwrap_or(-1);
            return Err(Ended { code, out: printed, err });
        };
        // Lines that come with the first ones, such as the owner's link.
        while let Ok(Ok(Some(line))) = tokio::time::timeout(Duration::from_millis(200), lines.next_line()).await {
            printed.push_str(&line);
            printed.push('\n');
        }
        drain(child.stderr.take().unwrap());
        Ok(Self { child, origin, printed })
    }

    /// A fresh browser at its public address.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.origin)
    }

    /// Ends it as a crash or a power cut would: no goodbye.
    pub(crate) async fn kill(mut self) {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap();
    }

    /// Asks it to end, as a service manager does, and waits; answers the exit code.
    pub(crate) async fn terminate(mut self) -> i32 {
        let pid = self.child.id().unwrap().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().await.unwrap();
        assert!(asked.success());
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("labdeckd ends when asked");
        ended.unwrap().code().unwrap_or(-1)
    }

    /// Waits for it to end by itself; answers the exit code.
    pub(crate) async fn ends(mut self) -> i32 {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("labdeckd ends by itself");
        ended.unwrap().code().unwrap_or(-1)
    }

    /// Runs a sub-command on a folder.
    pub(crate) async fn run(data_dir: &Path, args: &[&str]) -> Ended {
        let running = command(data_dir, args).stdout(Stdio::piped()).stderr(Stdio::piped()).output();
        let output = tokio::time::timeout(PATIENCE, running).await.expect("the command ends").unwrap();
        Ended {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

fn command(data_dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(LABDECKD);
    command.arg("--data-dir").arg(data_dir).args(args).stdin(Stdio::null()).kill_on_drop(true);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LABDECK_")) {
        command.env_remove(name);
    }
    command
}

/// Reads on, so that a full pipe never stops the program.
fn drain(mut from: tokio::process::ChildStderr) {
    let reading = async move {
        let mut all = Vec::new();
        let _ = from.read_to_end(&mut all).await;
    };
    drop(labdeck_hub::tasks::spawn("daemon.stderr", reading));
}

// === impl Ended ===

impl Ended {
    /// Expects success; answers what was printed.
    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// Expects failure in words; answers them.
    #[track_caller]
    pub(crate) fn failed(self) -> String {
        assert!(self.code > 0, "{self:?}");
        assert!(!self.err.contains("panicked"), "{self:?}");
        self.err
    }
}
