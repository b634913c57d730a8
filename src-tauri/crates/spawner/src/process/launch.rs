//! Starting the process of a server. Owns the gate: the process is made, waits, and becomes the server only after it
//! was written down. If the hub dies or gives up in between, the gate sees its line closed and ends by itself, so no
//! server ever runs that nobody knows of. At the gate it gets its account, its control groups and its folder.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;

use labdeck_model::shell_word;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, Command};

use super::account::Account;
use super::cgroup::{Groups, Way};
use super::config::{ProcessConfig, fill, find_program};
use super::links::Link;
use super::record::{self, Run};
use super::version::Version;
use super::{port, procfs};
use crate::{SpawnError, SpawnRequest, env};

/// The gate: waits for one line, then becomes the server in its folder. No input is left open to it.
pub(super) const GATE: &str =
    r#"IFS= read -r go && [ "$go" = go ] || exit 111; cd -- "$1" || exit 112; shift; exec "$@" </dev/null"#;

/// What the mark in the environment is called.
const MARK: &str = "LABDECK_SERVER";

/// What of systemd's address a unit of the account's own needs.
const SESSION: &str = "XDG_RUNTIME_DIR";

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
    /// The managed environment that comes first on the server's PATH, where it runs in that.
    pub(super) environment: Option<Version>,
    /// The account, where it is not the hub's.
    pub(super) account: Option<Account>,
    pub(super) home: PathBuf,
    pub(super) links: Vec<Link>,
    pub(super) way: &'a Way,
    /// The groups that were made for it.
    pub(super) groups: Groups,
}

// === impl Order ===

impl Order<'_> {
    /// Makes the process, which waits.
    pub(super) async fn launch(self) -> Result<Gated, SpawnError> {
        let name = self.request.key.object_name();
        let log = record::open_log(self.config, &name).map_err(SpawnError::io("opening a server's log"))?;
        let errors = log.try_clone().map_err(SpawnError::io("opening a server's log"))?;
        let listen = self.listen().map_err(SpawnError::io(match self.config.port {
            0 => "looking for a free port".to_owned(),
            port => format!("taking port {port}, which [simple_spawner] names,"),
        }))?;
        let group = self.way.name_of_run(&self.config.group_name(&name));
        let mut command = self.gate(&group);
        command
            .env_clear()
            .envs(self.environment(listen))
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
        procfs::offer_first(pid);
        let groups = self.enter(pid, &group).await;
        let run = Run {
            pid,
            start_time: procfs::stat(pid).map(|stat| stat.start_time).unwrap_or_default(),
            boot: procfs::boot(),
            port: listen.port(),
            groups: groups.map_err(SpawnError::io("putting a server into its control group"))?,
            mark: format!("{MARK}={}", self.config.group_name(&name)),
            links: self.links.clone(),
            ip: Some(listen.ip()),
            environment: self.environment.as_ref().map(|managed| managed.root.display().to_string()),
            name,
        };
        Ok(Gated { run, child, line })
    }

    async fn enter(&self, pid: i32, name: &str) -> std::io::Result<Groups> {
        match self.way {
            Way::Scope(scope) => scope.entered(pid, name).await,
            Way::Own(_) => self.groups.enter(pid).map(|()| self.groups.clone()),
        }
    }

    /// The command up to the server's program: a session of its own, the limits, the account, then the gate.
    #[cfg(unix)]
    fn gate(&self, name: &str) -> Command {
        let mut words: Vec<String> = Vec::new();
        // A session of its own needs a program: the call for it is not safe between fork and exec in Rust's terms.
        // Without it a group of its own keeps the terminal's Ctrl-C away, which is most of it.
        let setsid = find_program("setsid").map(|path| path.display().to_string());
        words.extend(setsid.clone());
        if let Way::Scope(scope) = self.way {
            let (program, options) = scope.order(name, &self.request.limits);
            words.push(program.display().to_string());
            words.extend(options);
        }
        words.extend(self.account.iter().flat_map(Account::words));
        words.extend(["/bin/sh", "-c", GATE, "labdeck-server"].map(str::to_owned));
        let mut words = words.into_iter();
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).arg(&self.home).current_dir("/");
        if setsid.is_none() {
            command.process_group(0);
        }
        if self.config.shell_cmd.is_empty() {
            command.arg(&self.program).args(&self.args);
        } else {
            let whole = std::iter::once(self.program.display().to_string()).chain(self.args.iter().cloned());
            let quoted: Vec<String> = whole.map(|word| shell_word(&word)).collect();
            command.args(&self.config.shell_cmd).arg(quoted.join(" "));
        }
        command
    }

    #[cfg(not(unix))]
    fn gate(&self, _: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).current_dir(&self.home);
        command
    }

    /// Where the server shall listen.
    fn listen(&self) -> std::io::Result<SocketAddr> {
        match self.config.port {
            0 => port::free(self.config.ip),
            port => TcpListener::bind((self.config.ip, port))?.local_addr(),
        }
    }

    fn environment(&self, listen: SocketAddr) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        let mut keep = |name: &str| {
            if let Ok(value) = std::env::var(name) {
                all.insert(name.to_owned(), value);
            }
        };
        self.config.env_keep.iter().for_each(|name| keep(name));
        if matches!(self.way, Way::Scope(_)) {
            keep(SESSION);
        }
        if let Some(managed) = &self.environment {
            let rest = all.get("PATH").cloned().unwrap_or_default();
            all.insert("PATH".into(), format!("{}:{rest}", managed.bin().display()));
            all.remove("PYTHONPATH");
            all.insert("VIRTUAL_ENV".into(), managed.root.display().to_string());
        }
        all.extend(self.person());
        all.extend(env::server_environment(self.request, &format!("http://{listen}")));
        all.insert(MARK.into(), self.config.group_name(&self.request.key.object_name()));
        all
    }

    /// Whose the server is, for the programs in it.
    fn person(&self) -> Vec<(String, String)> {
        let home = self.home.display().to_string();
        let notebooks = self.config.notebook_dir.as_deref().map(|template| fill(template, &self.request.key));
        let mut own = vec![("HOME", home.clone()), ("JUPYTERHUB_ROOT_DIR", notebooks.unwrap_or(home))];
        let below = |rest: &str| self.home.join(rest).display().to_string();
        match &self.account {
            Some(account) => own.extend([
                ("USER", account.name.clone()),
                ("LOGNAME", account.name.clone()),
                ("SHELL", account.shell.clone()),
            ]),
            // Everything that Jupyter keeps for a person lies below that person's own folder.
            None => own.extend([
                ("JUPYTER_CONFIG_DIR", below(".jupyter")),
                ("JUPYTER_DATA_DIR", below(".local/share/jupyter")),
                ("JUPYTER_RUNTIME_DIR", below(".local/share/jupyter/runtime")),
                ("IPYTHONDIR", below(".ipython")),
            ]),
        }
        own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
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
