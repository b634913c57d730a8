//! [`ProcessConfig`]: what the local-process driver can be told, with every default filled in, and where its files lie.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use labdeck_model::ServerKey;
use sha2::{Digest, Sha256};

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
    /// Under which account servers run.
    pub run_as: RunAs,
    /// The folder of a person's servers, with `{username}` in it; `None` is one of the driver's own for each server.
    pub home_dir: Option<String>,
    /// Where the notebooks are, below the home or elsewhere, with `{username}` or `~` in it; `None` is the home.
    pub notebook_dir: Option<String>,
    /// A shell and its options, which gets the whole command as one word. Empty: none.
    pub shell_cmd: Vec<String>,
    /// The address that servers listen on.
    pub ip: IpAddr,
    /// The port that servers listen on; 0 is a free one for each.
    pub port: u16,
    /// Where the environment is made and kept; `None` is below the data folder, or in a place that every account can
    /// read where servers run under their own.
    pub environment_dir: Option<PathBuf>,
}

/// Under which account servers run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RunAs {
    /// The hub's own.
    #[default]
    Hub,
    /// That of the system which has the user's name; the hub must be root.
    User,
}

/// Where the environment lies when other accounts must read it: the data folder is closed to them.
const SHARED_ENVIRONMENT: &str = "/opt/labdeck/environment";

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
            run_as: RunAs::default(),
            home_dir: None,
            notebook_dir: None,
            shell_cmd: Vec::new(),
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            environment_dir: None,
        }
    }

    /// A server's own folder, in which its user works, where the driver keeps the homes.
    pub(super) fn home(&self, name: &str) -> PathBuf {
        self.data_dir.join("homes").join(name)
    }

    /// Whether the driver makes the homes, and may delete them.
    pub(super) fn keeps_homes(&self) -> bool {
        self.home_dir.is_none() && self.run_as == RunAs::Hub
    }

    /// The folder that the configuration names for a person's servers.
    pub(super) fn named_home(&self, key: &ServerKey) -> Option<PathBuf> {
        self.home_dir.as_deref().map(|template| PathBuf::from(fill(template, key)))
    }

    /// A short text that no other hub of this machine has: it names what hubs share.
    pub(super) fn tag(&self) -> String {
        let hash = Sha256::digest(self.data_dir.as_os_str().as_encoded_bytes());
        hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }

    /// What the control groups, units and marks of a server are called.
    pub(super) fn group_name(&self, name: &str) -> String {
        format!("{}{name}", self.group_beginning())
    }

    /// What all of those begin with.
    pub(super) fn group_beginning(&self) -> String {
        format!("labdeck-{}-", self.tag())
    }

    /// Where folders lie that people share.
    pub(super) fn volume(&self, name: &str) -> PathBuf {
        self.data_dir.join("folders").join(name)
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
        match (&self.environment_dir, self.run_as) {
            (Some(folder), _) => folder.clone(),
            (None, RunAs::Hub) => self.data_dir.join("environment"),
            (None, RunAs::User) => PathBuf::from(SHARED_ENVIRONMENT),
        }
    }
}

/// Puts a person's name into a template. A name that could lead out of its folder is written as a tame one.
pub(super) fn fill(template: &str, key: &ServerKey) -> String {
    let name = key.user.as_str();
    let tame = !name.contains(['/', '\0']) && !matches!(name, "." | "..");
    let name = if tame { name.to_owned() } else { ServerKey::default_of(key.user.clone()).object_name() };
    template.replace("{username}", &name).replace("{servername}", key.server.as_str())
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
