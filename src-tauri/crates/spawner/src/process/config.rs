//! [`ProcessConfig`]: what the local-process driver can be told, with every default filled in, and where its files lie.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// The settings of one local-process driver.
#[derive(Debug, Clone)]
pub struct ProcessConfig {
    /// The hub's data folder. Homes, logs and the environment lie below it.
    pub data_dir: PathBuf,
    /// The command of every server. `None`, or a single-user server that is not on the PATH, uses the environment
    /// that the driver makes and keeps.
    pub cmd: Option<Vec<String>>,
    /// Variables of the hub's own environment that servers inherit.
    pub env_keep: Vec<String>,
    /// The Python that the environment is made with; `None` looks on the PATH.
    pub python: Option<PathBuf>,
    /// What is installed into the environment, as pip writes it.
    pub requirements: Vec<String>,
    /// How long a server may take to end after SIGINT.
    pub interrupt_timeout: Duration,
    /// How long it may take after SIGTERM, which follows.
    pub term_timeout: Duration,
    /// How long the system may take to end it after SIGKILL, which comes last.
    pub kill_timeout: Duration,
}

/// JupyterHub's `env_keep`, and what a shell and the clock in a notebook need.
const ENV_KEEP: [&str; 11] = [
    "PATH",
    "PYTHONPATH",
    "CONDA_ROOT",
    "CONDA_DEFAULT_ENV",
    "VIRTUAL_ENV",
    "LANG",
    "LC_ALL",
    "JUPYTERHUB_SINGLEUSER_APP",
    "SHELL",
    "TZ",
    "USER",
];

/// The version of JupyterHub whose API the hub speaks, and the two faces that its servers have.
const REQUIREMENTS: [&str; 3] = ["jupyterhub==6.1.1", "jupyterlab", "notebook"];

// === impl ProcessConfig ===

impl ProcessConfig {
    /// The defaults for a hub with this data folder.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            cmd: None,
            env_keep: ENV_KEEP.map(str::to_owned).to_vec(),
            python: None,
            requirements: REQUIREMENTS.map(str::to_owned).to_vec(),
            interrupt_timeout: Duration::from_secs(10),
            term_timeout: Duration::from_secs(5),
            kill_timeout: Duration::from_secs(5),
        }
    }

    /// A server's own folder, in which its user works.
    pub(super) fn home(&self, name: &str) -> PathBuf {
        self.data_dir.join("homes").join(name)
    }

    /// Where a server's log and what is written down of it lie.
    pub(super) fn run_dir(&self, name: &str) -> PathBuf {
        self.runs().join(name)
    }

    /// The folder of all of those.
    pub(super) fn runs(&self) -> PathBuf {
        self.data_dir.join("servers")
    }

    /// The environment's folder.
    pub(super) fn environment(&self) -> PathBuf {
        self.data_dir.join("environment")
    }
}

/// Finds a program as a shell would; a text with a slash is a path.
pub(super) fn find_program(program: &str) -> Option<PathBuf> {
    let is_program = |path: &Path| path.metadata().is_ok_and(|file| file.is_file() && executable(&file));
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| is_program(path));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| is_program(path))
}

#[cfg(unix)]
fn executable(file: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn executable(_: &std::fs::Metadata) -> bool {
    true
}
