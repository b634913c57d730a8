//! The Python environment that local servers run in where nobody configured another: made once, kept, and made anew
//! when it was left half-made, when its contents shall change or when the Python below it went away.

use std::fs;
use std::path::{Path, PathBuf};

use labdeck_model::StartStep;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tracing::info;

use super::config::{ProcessConfig, find_program};
use super::pip::{self, explain, failure};
use super::record::make_private;
use crate::{Progress, SpawnError, StartContext};

/// The oldest Python that JupyterHub 6 runs on.
const OLDEST: (u32, u32) = (3, 10);
/// Looked for in this order. Distributions name their own Python `python3`.
const PYTHONS: [&str; 6] = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];
/// Prints the version, then whether environments can be made (Debian packs that part separately).
const ASK_PYTHON: &str = "import sys\nprint('%d.%d' % sys.version_info[:2])\nimport venv, ensurepip\nprint('venv')";

/// Makes and keeps the environment. One per driver.
#[derive(Debug, Default)]
pub(super) struct Environment {
    /// Held by whoever makes it; the others wait and find it made.
    turn: Mutex<()>,
}

/// What stands in the file that is written last.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Complete {
    requirements: Vec<String>,
}

// === impl Environment ===

impl Environment {
    /// The folder of the environment's programs, once it is whole.
    pub(super) async fn ensure(&self, config: &ProcessConfig, ctx: &StartContext) -> Result<PathBuf, SpawnError> {
        if is_complete(config) {
            return Ok(bin(config));
        }
        ctx.step(StartStep::Pulling, "Waiting for the notebook environment");
        let _turn = tokio::select! {
            biased;
            () = ctx.cancelled() => return Err(SpawnError::Cancelled),
            turn = self.turn.lock() => turn,
        };
        if !is_complete(config) {
            make(config, ctx).await?;
        }
        Ok(bin(config))
    }
}

/// Whether the environment is whole and its Python still there.
pub(super) fn is_complete(config: &ProcessConfig) -> bool {
    let read = fs::read(marker(config)).ok().and_then(|bytes| serde_json::from_slice::<Complete>(&bytes).ok());
    let wanted = Complete { requirements: config.requirements.clone() };
    read == Some(wanted) && bin(config).join("python").is_file()
}

async fn make(config: &ProcessConfig, ctx: &StartContext) -> Result<(), SpawnError> {
    let root = config.environment();
    let say = |percent, message: String| ctx.progress(Progress { step: StartStep::Pulling, percent, message });
    say(Some(0), "Looking for Python".into());
    let python = python(config, ctx).await?;
    if root.exists() {
        let left = root.clone();
        let removed = tokio::task::spawn_blocking(move || fs::remove_dir_all(left)).await;
        removed.unwrap_or(Ok(())).map_err(SpawnError::io("removing a half-made notebook environment"))?;
    }
    make_private(&config.data_dir).map_err(SpawnError::io("making the data folder"))?;
    say(Some(2), "Making the notebook environment".into());
    let root_text = root.display().to_string();
    let made = pip::run(&python, &["-m", "venv", &root_text], ctx, |_| {}).await?;
    if !made.status.success() {
        return Err(SpawnError::Environment(explain(made.log)));
    }
    install(config, ctx).await?;
    let complete = Complete { requirements: config.requirements.clone() };
    let written =
        serde_json::to_vec(&complete).map_err(std::io::Error::from).and_then(|text| fs::write(marker(config), text));
    written.map_err(SpawnError::io("writing down that the notebook environment is whole"))?;
    info!("Made the notebook environment with {}", python.display());
    Ok(())
}

async fn install(config: &ProcessConfig, ctx: &StartContext) -> Result<(), SpawnError> {
    let mut args = vec!["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"];
    args.extend(config.requirements.iter().map(String::as_str));
    let seen = std::sync::atomic::AtomicU32::new(0);
    let on_line = |line: &str| {
        let Some(message) = tell(line) else { return };
        let count = seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        ctx.progress(Progress { step: StartStep::Pulling, percent: Some(percent(count, line)), message });
    };
    let done = pip::run(&bin(config).join("python"), &args, ctx, on_line).await?;
    if done.status.success() { Ok(()) } else { Err(SpawnError::Environment(explain(done.log))) }
}

/// What of pip's lines people read.
fn tell(line: &str) -> Option<String> {
    let line = line.trim();
    let package =
        |rest: &str| rest.split([' ', '=', '<', '>', '!', '~', ';', '[']).next().unwrap_or_default().to_owned();
    if let Some(rest) = line.strip_prefix("Collecting ") {
        return Some(format!("Finding {}", package(rest)));
    }
    if let Some(rest) = line.strip_prefix("Downloading ") {
        let file = rest.split_whitespace().next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        return Some(format!("Downloading {}", file.split('-').next().unwrap_or_default()));
    }
    if line.starts_with("Installing collected packages") {
        return Some("Installing the packages".into());
    }
    let unsettled = line.contains("Retrying (");
    unsettled.then(|| "The package index does not answer; trying again".into())
}

/// A share that grows with each line: pip does not know how much there is. About a hundred packages, two lines each.
fn percent(lines: u32, line: &str) -> u8 {
    if line.starts_with("Installing collected packages") {
        return 85;
    }
    u8::try_from(5 + (lines * 75 / 220).min(75)).unwrap_or(80)
}

/// A Python that is new enough and can make environments.
async fn python(config: &ProcessConfig, ctx: &StartContext) -> Result<PathBuf, SpawnError> {
    let told = config.python.clone().map(|path| path.display().to_string());
    let names: Vec<String> = told.map_or_else(|| PYTHONS.map(str::to_owned).to_vec(), |told| vec![told]);
    let (mut old, mut bare) = (None, None);
    for path in names.iter().filter_map(|name| find_program(name)) {
        let asked = pip::run(&path, &["-c", ASK_PYTHON], ctx, |_| {}).await?;
        let version = asked.log.first().and_then(|line| version(line));
        match version {
            Some(version) if version < OLDEST => old = Some(version),
            Some(_) if asked.status.success() => return Ok(path),
            Some(version) => bare = Some(version),
            None => {}
        }
    }
    Err(match (bare, old) {
        (Some((major, minor)), _) => failure(
            "venv_missing",
            format!("Python {major}.{minor} is here, but without its part for environments (venv)."),
            "Install it (on Debian and Ubuntu: sudo apt install python3-venv), then start again.",
            Vec::new(),
        ),
        (None, Some((major, minor))) => failure(
            "python_too_old",
            format!("This computer has Python {major}.{minor}; JupyterHub needs 3.10 or newer."),
            "Install a newer Python, then start again.",
            Vec::new(),
        ),
        (None, None) => failure(
            "python_missing",
            "Python 3 is not installed on this computer, and notebooks need it.",
            "Install it (on Debian and Ubuntu: sudo apt install python3 python3-venv), then start again.",
            Vec::new(),
        ),
    })
}

fn version(line: &str) -> Option<(u32, u32)> {
    let (major, minor) = line.trim().split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn marker(config: &ProcessConfig) -> PathBuf {
    config.environment().join("labdeck-complete.json")
}

/// Where the environment's programs lie.
pub(super) fn bin(config: &ProcessConfig) -> PathBuf {
    let folder = if cfg!(windows) { "Scripts" } else { "bin" };
    config.environment().join(Path::new(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pips_lines_become_words() {
        assert_eq!(tell("Collecting jupyterhub==6.1.1").as_deref(), Some("Finding jupyterhub"));
        assert_eq!(
            tell("  Downloading jupyterlab-4.6.6-py3-none-any.whl (12.0 MB)").as_deref(),
            Some("Downloading jupyterlab")
        );
        assert_eq!(tell("Installing collected packages: a, b").as_deref(), Some("Installing the packages"));
        assert_eq!(tell("  Using cached x"), None);
    }

    #[test]
    fn the_share_grows_and_stays_below_the_end() {
        assert_eq!(percent(0, ""), 5);
        assert_eq!(percent(9999, ""), 80);
        assert_eq!(percent(3, "Installing collected packages: x"), 85);
    }

    #[test]
    fn an_environment_is_whole_only_with_its_marker_its_python_and_the_same_wishes() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = ProcessConfig::new(folder.path());
        fs::create_dir_all(bin(&config)).unwrap();
        fs::write(bin(&config).join("python"), "").unwrap();
        assert!(!is_complete(&config));
        let complete = Complete { requirements: config.requirements.clone() };
        fs::write(marker(&config), serde_json::to_vec(&complete).unwrap()).unwrap();
        assert!(is_complete(&config));
        config.requirements.push("numpy".into());
        assert!(!is_complete(&config));
    }
}
