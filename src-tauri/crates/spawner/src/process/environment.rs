//! The Python environment that local servers run in where nobody configured another: made once and kept. Repairing and
//! upgrading make a new version beside the old one and then let it count; servers that run keep theirs until they are
//! stopped. Owns who may make and remove versions at what time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use labdeck_model::StartStep;
use tokio::sync::{Mutex, OwnedRwLockReadGuard, RwLock};
use tracing::warn;

use super::config::ProcessConfig;
use super::version::Version;
use super::{record, venv, version};
use crate::{SpawnError, StartContext};

/// Makes and keeps the environment. One per driver.
#[derive(Debug, Default)]
pub(super) struct Environment {
    /// Held by whoever makes it; the others wait and find it made.
    turn: Arc<Mutex<()>>,
    /// Read by starts, from the choice of a version until it is written down that a server uses it; written by whoever
    /// removes versions.
    starts: Arc<RwLock<()>>,
    /// Whether one is being made at this moment.
    making: AtomicBool,
}

/// Says that an environment is being made, until it is dropped.
struct Making<'a>(&'a AtomicBool);

impl Drop for Making<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// How the managed environment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentReport {
    /// In one word.
    pub state: EnvironmentState,
    /// What is wrong or could be better, in a sentence.
    pub problem: Option<String>,
    /// Its Python, `3.11.2`.
    pub python: Option<String>,
    /// What was asked for, with the versions that are there.
    pub packages: BTreeMap<String, String>,
    /// Where it lies, or will lie.
    pub path: PathBuf,
    /// Whether other packages are wished for than those that it was made with: an upgrade brings them.
    pub outdated: bool,
}

/// The state of the managed environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnvironmentState {
    /// There is none; the first start makes it.
    Absent,
    /// Servers can run in it.
    Ready,
    /// They cannot; the next start, or a repair, makes it anew.
    Broken,
    /// It is being made.
    Making,
}

/// What a repair found to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repaired {
    /// Nothing: it is whole.
    WasWhole,
    /// It was made anew.
    Made,
}

// === impl Environment ===

impl Environment {
    /// Keeps every version that can be chosen from now on, until it is dropped.
    pub(super) async fn lease(&self) -> OwnedRwLockReadGuard<()> {
        Arc::clone(&self.starts).read_owned().await
    }

    /// The version for a start, made if there is none that is whole.
    pub(super) async fn ensure(&self, config: &ProcessConfig, ctx: &StartContext) -> Result<Version, SpawnError> {
        if let Some(version) = usable(config) {
            return Ok(version);
        }
        ctx.step(StartStep::Pulling, "Waiting for the notebook environment");
        let _turn = self.turn(ctx).await?;
        match usable(config) {
            Some(version) => Ok(version),
            None => self.make_next(config, ctx).await,
        }
    }

    /// Makes it anew if it is broken.
    pub(super) async fn repair(&self, config: &ProcessConfig, ctx: &StartContext) -> Result<Repaired, SpawnError> {
        let _turn = self.turn(ctx).await?;
        if let Some(version) = usable(config)
            && venv::fits_together(&version, ctx).await?
        {
            return Ok(Repaired::WasWhole);
        }
        self.make_next(config, ctx).await.map(|_| Repaired::Made)
    }

    /// Makes it anew with the newest versions that the wishes allow.
    pub(super) async fn upgrade(&self, config: &ProcessConfig, ctx: &StartContext) -> Result<(), SpawnError> {
        let _turn = self.turn(ctx).await?;
        self.make_next(config, ctx).await.map(drop)
    }

    /// Makes a new version and lets it count. Whoever calls has the turn.
    async fn make_next(&self, config: &ProcessConfig, ctx: &StartContext) -> Result<Version, SpawnError> {
        self.making.store(true, Ordering::Release);
        let _making = Making(&self.making);
        let fresh = version::next(config);
        if let Err(error) = venv::make(config, &fresh, ctx).await {
            let (left, of) = (fresh.clone(), config.clone());
            // Half of it is of no use, and what cannot be removed now is removed as unused later.
            let _ = tokio::task::spawn_blocking(move || left.remove(&of)).await;
            return Err(error);
        }
        version::choose(config, &fresh).map_err(SpawnError::io("switching to the new notebook environment"))?;
        Ok(fresh)
    }

    async fn turn(&self, ctx: &StartContext) -> Result<tokio::sync::MutexGuard<'_, ()>, SpawnError> {
        tokio::select! {
            biased;
            () = ctx.cancelled() => Err(SpawnError::Cancelled),
            turn = self.turn.lock() => Ok(turn),
        }
    }

    /// How it stands.
    pub(super) fn report(&self, config: &ProcessConfig) -> EnvironmentReport {
        let version = version::current(config);
        let problem = version.as_ref().and_then(|version| version.check().err());
        let outdated = version.as_ref().is_some_and(|version| version.is_outdated(config));
        let state = match (self.making.load(Ordering::Acquire), &version, &problem) {
            (true, ..) => EnvironmentState::Making,
            (_, None, _) => EnvironmentState::Absent,
            (_, Some(_), Some(_)) => EnvironmentState::Broken,
            (_, Some(_), None) => EnvironmentState::Ready,
        };
        let newer = || outdated.then(|| "Other packages are wished for by now; an upgrade installs them.".to_owned());
        EnvironmentReport {
            state,
            problem: problem.or_else(newer),
            python: version.as_ref().and_then(Version::python_version),
            packages: version.as_ref().map(Version::asked_packages).unwrap_or_default(),
            path: version.map_or_else(|| config.environment(), |version| version.root),
            outdated,
        }
    }

    /// Removes versions that no server runs in any more, in the background, if nobody starts or makes anything now:
    /// else whoever comes next does.
    pub(super) fn clean(&self, config: &Arc<ProcessConfig>) {
        let (Ok(turn), Ok(alone)) =
            (Arc::clone(&self.turn).try_lock_owned(), Arc::clone(&self.starts).try_write_owned())
        else {
            return;
        };
        let config = Arc::clone(config);
        drop(tokio::task::spawn_blocking(move || {
            remove_unused(&config);
            drop((turn, alone));
        }));
    }
}

/// Whether servers can run in it now.
pub(super) fn is_usable(config: &ProcessConfig) -> bool {
    usable(config).is_some()
}

fn usable(config: &ProcessConfig) -> Option<Version> {
    version::current(config).filter(|version| version.check().is_ok())
}

fn remove_unused(config: &ProcessConfig) {
    let counts = version::current(config);
    let living: Vec<_> = record::all_noted(config).into_iter().filter(|(_, run)| run.is_alive()).collect();
    let is_used = |version: &Version| {
        living.iter().any(|(_, run)| match &run.environment {
            Some(root) => std::path::Path::new(root) == version.root,
            // A server of the first release, which wrote nothing of this down.
            None => version.root == config.environment(),
        })
    };
    for version in version::all(config).into_iter().filter(|version| Some(version) != counts.as_ref()) {
        if !is_used(&version)
            && let Err(error) = version.remove(config)
        {
            warn!("Could not remove the old notebook environment {}: {error}", version.root.display());
        }
    }
}
