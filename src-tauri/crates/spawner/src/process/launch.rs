//! Starting the process of a server. Owns the gate: the process is made, waits, and becomes the server only after it
//! was written down. If the hub dies or gives up in between, the gate sees its line closed and ends by itself, so no
//! server ever runs that nobody knows of.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};

use super::config::{ProcessConfig, find_program};
use super::procfs;
use super::record::{self, Run};
use crate::{SpawnError, SpawnRequest, env};

/// The gate: waits for one line, then becomes the server. No input is left open to it.
const GATE: &str = r#"IFS= read -r go && [ "$go" = go ] || exit 111; exec "$@" </dev/null"#;

/// A process that waits at the gate. Dropped, it ends.
#[derive(Debug)]
pub(super) struct Gated {
    pub(super) run: Run,
    child: Child,
    line: ChildStdin,
}

/// What is run and with what.
#[derive(Debug)]
pub(super) struct Order<'a> {
    pub(super) config: &'a ProcessConfig,
    pub(super) request: &'a SpawnRequest,
    pub(super) program: PathBuf,
    pub(super) args: Vec<String>,
    /// A folder that comes first on the server's PATH.
    pub(super) bin: Option<PathBuf>,
}

// === impl Order ===

impl Order<'_> {
    /// Makes the process, which waits.
    pub(super) fn launch(&self) -> Result<Gated, SpawnError> {
        let name = self.request.key.object_name();
        record::make_folders(self.config, &name, &self.request.home)
            .map_err(SpawnError::io("making a server's folder"))?;
        let log = record::open_log(self.config, &name).map_err(SpawnError::io("opening a server's log"))?;
        let errors = log.try_clone().map_err(SpawnError::io("opening a server's log"))?;
        let port = free_port().map_err(SpawnError::io("looking for a free port"))?;
        let home = self.config.home(&self.request.home);
        let mut command = gate(&self.program);
        command
            .args(&self.args)
            .env_clear()
            .envs(self.environment(&home, port))
            .current_dir(&home)
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors)
            .kill_on_drop(false);
        let mut child = command.spawn().map_err(SpawnError::io("starting a server's process"))?;
        let line = child.stdin.take();
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
        let (Some(line), Some(pid)) = (line, pid) else {
            return Err(SpawnError::io("starting a server's process")(std::io::ErrorKind::BrokenPipe.into()));
        };
        let start_time = procfs::stat(pid).map(|stat| stat.start_time).unwrap_or_default();
        Ok(Gated { run: Run { pid, start_time, boot: procfs::boot(), port, name }, child, line })
    }

    fn environment(&self, home: &Path, port: u16) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for name in &self.config.env_keep {
            if let Ok(value) = std::env::var(name) {
                all.insert(name.clone(), value);
            }
        }
        if let Some(bin) = &self.bin {
            let rest = all.get("PATH").cloned().unwrap_or_default();
            all.insert("PATH".into(), format!("{}:{rest}", bin.display()));
            all.remove("PYTHONPATH");
            all.insert("VIRTUAL_ENV".into(), self.config.environment().display().to_string());
        }
        // Everything that Jupyter keeps for a person lies below that person's own folder.
        let below = |rest: &str| home.join(rest).display().to_string();
        let own = [
            ("HOME", home.display().to_string()),
            ("JUPYTERHUB_ROOT_DIR", home.display().to_string()),
            ("JUPYTER_CONFIG_DIR", below(".jupyter")),
            ("JUPYTER_DATA_DIR", below(".local/share/jupyter")),
            ("JUPYTER_RUNTIME_DIR", below(".local/share/jupyter/runtime")),
            ("IPYTHONDIR", below(".ipython")),
        ];
        all.extend(own.map(|(name, value)| (name.to_owned(), value)));
        all.extend(env::server_environment(self.request, &format!("http://127.0.0.1:{port}")));
        all
    }
}

// === impl Gated ===

impl Gated {
    /// Opens the gate. Returns the child, which must be waited for.
    pub(super) async fn open(mut self) -> Result<Child, SpawnError> {
        self.line.write_all(b"go\n").await.map_err(SpawnError::io("starting a server's process"))?;
        Ok(self.child)
    }
}

/// The command up to the server's program: a session of its own, then the gate.
#[cfg(unix)]
fn gate(program: &Path) -> Command {
    // A session of its own needs a program: the call for it is not safe between fork and exec in Rust's terms.
    // Without it a group of its own keeps the terminal's Ctrl-C away, which is most of it.
    let mut command = match find_program("setsid") {
        Some(setsid) => {
            let mut command = Command::new(setsid);
            command.arg("/bin/sh");
            command
        }
        None => {
            let mut command = Command::new("/bin/sh");
            command.process_group(0);
            command
        }
    };
    command.args(["-c", GATE, "labdeck-server"]).arg(program);
    command
}

#[cfg(not(unix))]
fn gate(program: &Path) -> Command {
    Command::new(program)
}

/// A port of loopback that nobody listens on at this moment. The server binds it some seconds later; the hub's look
/// at the server's own path tells if another program was faster.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
