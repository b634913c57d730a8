//! [`Pair`]: an unmodified JupyterHub 6.1.1 and `labdeckd serve`, each a process of its own with the same users, roles,
//! services and kind of server, on free ports of loopback. Both end with the value.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use labdeck_testkit::{Browser, eventually, free_port};
use tempfile::TempDir;

/// JupyterHub needs two seconds of a processor to start; a busy machine has few to give.
const PATIENCE: Duration = Duration::from_secs(120);

/// What JupyterHub is told in `jupyterhub_config.py`, told to ours.
const LABDECK_TOML: &str = r#"
[hub]
bind_url = "http://127.0.0.1:0"
authenticator_class = "dummy"
spawner_class = "simple"
allow_named_servers = true
named_server_limit_per_user = 2
[dummy_authenticator]
password = "pw"
[authenticator]
allow_all = true
admin_users = ["boss"]
[simple_spawner]
interrupt_timeout = 2
[[hub.services]]
name = "root"
admin = true
api_token = "root-token-root-token-root-token-root"
[[hub.services]]
name = "reports"
api_token = "reports-token-reports-token-reports"
[[hub.services]]
name = "web"
api_token = "web-token-web-token-web-token-web-token"
oauth_client_id = "service-web"
oauth_redirect_uri = "http://127.0.0.1:1/callback"
oauth_client_allowed_scopes = ["read:users!user", "self"]
[[hub.load_roles]]
name = "visitors"
users = ["bo"]
scopes = ["self", "access:servers!user=ada", "access:services!service=web"]
[[hub.load_roles]]
name = "helpers"
users = ["mod"]
scopes = ["admin:users", "tokens", "servers", "list:users"]
[[hub.load_roles]]
name = "reports"
services = ["reports"]
scopes = ["list:users", "read:servers"]
[spawner]
"#;

/// Both hubs, running.
#[derive(Debug)]
pub(crate) struct Pair {
    /// JupyterHub's address, without a slash at the end.
    pub(crate) theirs: String,
    /// The address of ours.
    pub(crate) ours: String,
    processes: [Program; 2],
    /// Servers end by themselves once it is gone.
    _folder: TempDir,
}

#[derive(Debug)]
struct Program {
    child: Child,
    log: PathBuf,
}

// === impl Pair ===

impl Pair {
    /// Starts both below a path and waits until both answer. Below one that is not the root, one server may run.
    pub(crate) async fn start(base: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (jupyterhub, theirs) = jupyterhub(folder.path(), base);
        let labdeckd = labdeckd(folder.path(), base);
        let mut pair = Self { theirs, ours: String::new(), processes: [jupyterhub, labdeckd], _folder: folder };
        pair.ours = eventually("labdeckd says where it is", PATIENCE, || async {
            let text = pair.processes[1].log_text();
            let line = text.lines().find_map(|line| line.strip_prefix("Labdeck is ready at "))?;
            Some(line.trim_end_matches('/').trim_end_matches(base.trim_end_matches('/')).to_owned())
        })
        .await;
        let started = pair.processes[0].answers(&pair.theirs, base).await;
        assert!(started, "JupyterHub did not start; its log follows");
        pair
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        for program in &self.processes {
            // Both stop their servers when they are asked to end.
            drop(Command::new("kill").args(["-TERM", &program.child.id().to_string()]).status());
        }
        for program in &mut self.processes {
            program.wait();
            if std::thread::panicking() {
                println!("---- {}\n{}", program.log.display(), last_lines(&program.log_text(), 60));
            }
        }
    }
}

fn jupyterhub(folder: &Path, base: &str) -> (Program, String) {
    let venv = Command::new(workspace("scripts/jupyterhub.sh")).stderr(Stdio::inherit()).output().unwrap();
    assert!(venv.status.success(), "scripts/jupyterhub.sh failed; its own words are above");
    let venv = String::from_utf8(venv.stdout).unwrap();
    let port = free_port().to_string();
    let mut command = Command::new(Path::new(venv.trim()).join("bin/jupyterhub"));
    command
        .args(["-f".as_ref(), workspace("tests/differential/jupyterhub_config.py").as_os_str()])
        .env("DIFFERENTIAL_FOLDER", folder)
        .env("DIFFERENTIAL_PORT", &port)
        .env("DIFFERENTIAL_BASE", base)
        .env("DIFFERENTIAL_SERVER", workspace("tests/hub/fake_singleuser.py"))
        .current_dir(folder);
    (Program::start(&mut command, folder.join("jupyterhub.log")), format!("http://127.0.0.1:{port}"))
}

fn labdeckd(folder: &Path, base: &str) -> Program {
    let data = folder.join("data");
    fs::DirBuilder::new().mode(0o700).create(&data).unwrap();
    // A test must not write into the keyring of whoever runs it.
    fs::write(data.join("secret-store"), "file").unwrap();
    let settings = data.join("labdeck.toml");
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&settings).unwrap();
    let server = workspace("tests/hub/fake_singleuser.py");
    let mut toml = LABDECK_TOML.replace("127.0.0.1:0\"", &format!("127.0.0.1:0{base}\""));
    if base != "/" {
        toml = toml.replacen("[hub]\n", "[hub]\nactive_server_limit = 1\n", 1);
    }
    writeln!(file, "{toml}cmd = [\"python3\", \"-I\", \"-S\", {server:?}]").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_labdeckd"));
    command.arg("--data-dir").arg(&data).arg("serve");
    Program::start(&mut command, folder.join("labdeckd.log"))
}

/// A file of this repository.
pub(crate) fn workspace(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").join(path).canonicalize().unwrap()
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

// === impl Program ===

impl Program {
    fn start(command: &mut Command, log: PathBuf) -> Self {
        let file = File::create(&log).unwrap();
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("LABDECK_") || text.starts_with("JUPYTERHUB_") {
                command.env_remove(&name);
            }
        }
        let child = command.stdin(Stdio::null()).stderr(file.try_clone().unwrap()).stdout(file).spawn().unwrap();
        Self { child, log }
    }

    fn log_text(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until it answers; whether it does.
    async fn answers(&mut self, origin: &str, base: &str) -> bool {
        let browser = Browser::new(origin);
        let address = origin.trim_start_matches("http://");
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until && matches!(self.child.try_wait(), Ok(None)) {
            let listens = tokio::net::TcpStream::connect(address).await.is_ok();
            if listens && browser.get_only(&format!("{base}hub/health")).await.status.is_success() {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        false
    }

    /// Gives it time to end, and then none.
    fn wait(&mut self) {
        let (_open, never) = std::sync::mpsc::channel::<()>();
        let until = Instant::now() + Duration::from_secs(15);
        while let Ok(None) = self.child.try_wait() {
            if Instant::now() > until {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            let _ = never.recv_timeout(Duration::from_millis(20));
        }
    }
}
