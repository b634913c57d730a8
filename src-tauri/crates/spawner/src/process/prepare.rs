//! What stands before a server's process: which program, whose account, which folder, which limits. Owns the order of
//! those decisions; `launch` makes the process.

use std::path::PathBuf;

use super::account::Account;
use super::config::{RunAs, find_program};
use super::driver::ProcessSpawner;
use super::launch::{Gated, Order};
use super::record::make_private;
use super::version::Version;
use super::{links, pip};
use crate::{SpawnError, SpawnRequest, StartContext, skeleton};

/// The program of JupyterHub's single-user server.
const SINGLEUSER: &str = "jupyterhub-singleuser";

/// A program with its arguments, and the environment that it comes from.
pub(super) struct Program {
    path: PathBuf,
    args: Vec<String>,
    environment: Option<Version>,
}

impl ProcessSpawner {
    /// What is run.
    pub(super) async fn program(&self, request: &SpawnRequest, ctx: &StartContext) -> Result<Program, SpawnError> {
        let cmd = request.cmd.clone().or_else(|| self.config.cmd.clone()).filter(|cmd| !cmd.is_empty());
        let mut words = cmd.clone().unwrap_or_else(|| vec![SINGLEUSER.into()]).into_iter();
        let name = words.next().unwrap_or_default();
        let mut args: Vec<String> = words.chain(request.args.iter().cloned()).collect();
        let as_root = is_root() && self.config.run_as == RunAs::Hub;
        if name.ends_with(SINGLEUSER) && as_root && !args.iter().any(|arg| arg == "--allow-root") {
            args.push("--allow-root".into());
        }
        // Only a command that somebody wrote down is looked for around the hub.
        if let Some(path) = cmd.and_then(|_| find_program(&name)) {
            return Ok(Program { path, args, environment: None });
        }
        if name != SINGLEUSER {
            let message = format!("The command {name} of the configuration is not on this computer.");
            return Err(pip::failure(
                "command_missing",
                message,
                "Correct spawner.cmd, or install the program.",
                Vec::new(),
            ));
        }
        let version = Box::pin(self.environment.ensure(&self.config, ctx)).await?;
        Ok(Program { path: version.bin().join(SINGLEUSER), args, environment: Some(version) })
    }

    /// The folder that a server works in, made where it is the driver's to make.
    fn home(&self, request: &SpawnRequest, account: Option<&Account>) -> Result<PathBuf, SpawnError> {
        let (named, own) = (self.config.named_home(&request.key), account.map(|account| account.home.clone()));
        match (named.or(own), account) {
            (Some(home), Some(_)) => Ok(home),
            (Some(home), None) => match std::fs::create_dir_all(&home) {
                Ok(()) => Ok(home),
                Err(error) => Err(SpawnError::io(format!("making the home folder {}", home.display()))(error)),
            },
            (None, _) => {
                let home = self.config.home(&request.home);
                let is_new = !home.exists();
                make_private(&home).map_err(SpawnError::io("making a server's folder"))?;
                if is_new {
                    furnish(&self.config.data_dir.join("skeleton"), &home);
                }
                Ok(home)
            }
        }
    }

    /// Makes the process with all that is its own; it waits at the gate.
    pub(super) async fn launch(&self, request: &SpawnRequest, program: Program) -> Result<Gated, SpawnError> {
        let account = match self.config.run_as {
            RunAs::Hub => None,
            RunAs::User => Some(Account::find(request.key.user.as_str()).await?),
        };
        let name = request.key.object_name();
        make_private(&self.config.run_dir(&name)).map_err(SpawnError::io("making a server's folder"))?;
        let home = self.home(request, account.as_ref())?;
        let links = links::make(&self.config, &home, &request.mounts, account.as_ref()).await?;
        let way = self.way().await;
        let groups = way
            .make(&self.config.group_name(&name), &request.limits, self.ceiling.as_deref())
            .map_err(SpawnError::io("making a server's control group"))?;
        let Program { path, args, environment } = program;
        let order = Order {
            config: &self.config,
            request,
            program: path,
            args,
            environment,
            account,
            home,
            links,
            way,
            groups: groups.clone(),
        };
        let gated = order.launch().await;
        if gated.is_err() {
            groups.remove().await;
        }
        gated
    }
}

/// Copies the lead's skeleton into a new home. A home without it is better than none.
fn furnish(folder: &std::path::Path, home: &std::path::Path) {
    let copied = skeleton::pieces(folder).and_then(|pieces| skeleton::copy_into(&pieces, home));
    if let Err(error) = copied {
        tracing::warn!(%error, "The skeleton {} could not be copied into a new home", folder.display());
    }
}

/// Whether the hub runs as root, whom Jupyter refuses to serve unless it is told to.
#[cfg(unix)]
pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
pub(super) fn is_root() -> bool {
    false
}

/// The number of the account that the hub runs as.
#[cfg(unix)]
pub(super) fn own_uid() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
pub(super) fn own_uid() -> Option<u32> {
    None
}
