//! [`Scope`]: a unit of systemd around each server, made by `systemd-run --scope`: the answer on a desktop and for a
//! hub that systemd started, where a program must not write into the tree of groups itself. Owns the command line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use labdeck_model::ResourceLimits;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::super::config::find_program;
use super::group::Groups;
use super::{Means, Surroundings, place};

/// For the one unit that shows whether systemd does what is asked.
const TRY_PATIENCE: Duration = Duration::from_secs(5);
/// How long systemd may take to put a process into its unit.
const ENTER_PATIENCE: Duration = Duration::from_secs(10);

/// How units are made here.
#[derive(Debug, Clone)]
pub(in super::super) struct Scope {
    /// `systemd-run`.
    program: PathBuf,
    whose: Whose,
    /// Where version 2 is mounted.
    point: PathBuf,
    /// The controllers that units can have.
    controllers: Vec<String>,
    after_oom: AfterOom,
}

/// What systemd does when a process of a unit was ended because memory ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AfterOom {
    /// It is told to let the others go on, as in a container. Since systemd 253, which would stop the unit otherwise.
    GoOn,
    /// It is told nothing: before 253 it does nothing, and knows no such setting.
    Untold,
}

/// Which systemd is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// That of the machine: the hub is root.
    Machine,
    /// That of the account.
    Account,
}

// === impl Scope ===

impl Scope {
    /// Looks whether systemd is there and makes a unit when asked to.
    pub(super) async fn find(around: &Surroundings) -> Option<Self> {
        let point = place::unified_point(around)?;
        let whose = whose()?;
        let listed = controllers_file(&point, whose);
        let controllers = fs::read_to_string(listed).ok()?.split_whitespace().map(str::to_owned).collect();
        let mut scope =
            Self { program: find_program("systemd-run")?, whose, point, controllers, after_oom: AfterOom::GoOn };
        if scope.works().await {
            return Some(scope);
        }
        scope.after_oom = AfterOom::Untold;
        scope.works().await.then_some(scope)
    }

    /// With these parts; for tables of tests.
    #[cfg(test)]
    pub(super) fn with(whose: Whose, controllers: &[&str]) -> Self {
        let controllers = controllers.iter().map(|name| (*name).to_owned()).collect();
        Self {
            program: "systemd-run".into(),
            whose,
            point: "/sys/fs/cgroup".into(),
            controllers,
            after_oom: AfterOom::GoOn,
        }
    }

    async fn works(&self) -> bool {
        let name = format!("labdeck-probe-{}", std::process::id());
        let words = self.words(&name, &ResourceLimits::NONE);
        let mut command = Command::new(&self.program);
        command.args(words).arg("true").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let ran = tokio::time::timeout(TRY_PATIENCE, command.kill_on_drop(true).status()).await;
        matches!(ran, Ok(Ok(status)) if status.success())
    }

    pub(super) fn why_not(&self, means: Means) -> Option<String> {
        let name = means.controller();
        (!self.controllers.iter().any(|held| held == name)).then(|| {
            format!(
                "systemd hands this account no controller for it ({name}; see Delegate= in systemd.resource-control(5))"
            )
        })
    }

    /// A name that no unit ever had.
    pub(super) fn fresh(name: &str) -> String {
        // Where there is systemd, there is this file: a new one at each look.
        let uuid = fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap_or_default();
        format!("{name}-{}", uuid.split('-').next().unwrap_or_default())
    }

    /// The words before the program that shall run in a unit with that name.
    pub(in super::super) fn order(&self, name: &str, limits: &ResourceLimits) -> (&Path, Vec<String>) {
        (&self.program, self.words(name, limits))
    }

    pub(super) fn words(&self, name: &str, limits: &ResourceLimits) -> Vec<String> {
        let mut words: Vec<String> =
            ["--scope", "--quiet", "--collect", "--no-ask-password"].map(str::to_owned).to_vec();
        if self.whose == Whose::Account {
            words.push("--user".into());
        }
        words.push(format!("--unit={name}.scope"));
        words.push(format!("--description=Labdeck: notebook server {name}"));
        let mut property = |text: String| words.extend(["-p".to_owned(), text]);
        if self.after_oom == AfterOom::GoOn {
            property("OOMPolicy=continue".into());
        }
        if let Some(bytes) = limits.memory_bytes.filter(|_| self.why_not(Means::Memory).is_none()) {
            property(format!("MemoryMax={bytes}"));
            property("MemorySwapMax=0".into());
        }
        if let Some(cpus) = limits.cpus.filter(|_| self.why_not(Means::Cpu).is_none()) {
            property(format!("CPUQuota={}%", ((cpus * 100.0).round() as u64).max(1)));
        }
        if let Some(pids) = limits.pids.filter(|_| self.why_not(Means::Pids).is_none()) {
            property(format!("TasksMax={pids}"));
        }
        words.push("--".into());
        words
    }

    /// The group of a process that was started by [`Self::order`], once systemd has put it there.
    pub(in super::super) async fn entered(&self, pid: i32, name: &str) -> std::io::Result<Groups> {
        let (deadline, unit) = (Instant::now() + ENTER_PATIENCE, format!("{name}.scope"));
        loop {
            let own = fs::read_to_string(format!("/proc/{pid}/cgroup"))?;
            let path = own.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or_default();
            if path.ends_with(&unit) {
                return Ok(Groups::of(self.point.join(path.trim_start_matches('/'))));
            }
            if Instant::now() >= deadline {
                return Err(std::io::ErrorKind::TimedOut.into());
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
}

fn controllers_file(point: &Path, whose: Whose) -> PathBuf {
    match whose {
        Whose::Machine => point.join("cgroup.controllers"),
        Whose::Account => {
            let uid = account();
            point.join(format!("user.slice/user-{uid}.slice/user@{uid}.service/cgroup.controllers"))
        }
    }
}

/// Which systemd can be asked, if one runs.
fn whose() -> Option<Whose> {
    if !Path::new("/run/systemd/system").is_dir() {
        return None;
    }
    if account() == 0 {
        return Some(Whose::Machine);
    }
    let folder = PathBuf::from(std::env::var_os("XDG_RUNTIME_DIR")?);
    (folder.join("bus").exists() || folder.join("systemd/private").exists()).then_some(Whose::Account)
}

#[cfg(unix)]
fn account() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn account() -> u32 {
    u32::MAX
}
