//! Making one version of the managed environment: space, Python, venv, pip. Owns the order of these steps and their
//! words; where the version lies and when it counts, `version` and `environment` know.

use std::fs;
use std::path::{Path, PathBuf};

use labdeck_model::StartStep;
use tracing::info;

use super::config::{ProcessConfig, RunAs, find_program};
use super::pip::{self, explain, failure};
use super::record::make_private;
use super::version::Version;
use crate::{Progress, SpawnError, StartContext};

/// The oldest Python that JupyterHub 6 runs on.
const OLDEST: (u32, u32) = (3, 10);
/// Looked for in this order. Distributions name their own Python `python3`.
const PYTHONS: [&str; 6] = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"];
/// Prints the version, then whether environments can be made (Debian packs that part separately).
const ASK_PYTHON: &str = "import sys\nprint('%d.%d' % sys.version_info[:2])\nimport venv, ensurepip\nprint('venv')";
/// Space that an environment and pip's work for it need: 400 MB measured for JupyterLab and JupyterHub, and as much
/// again while wheels are unpacked.
const NEEDED_BYTES: u64 = 1 << 30;

/// Makes a version from nothing. When it fails, what was made of it is left for the caller to remove.
pub(super) async fn make(config: &ProcessConfig, version: &Version, ctx: &StartContext) -> Result<(), SpawnError> {
    let say = |percent, message: String| ctx.progress(Progress { step: StartStep::Pulling, percent, message });
    say(Some(0), "Looking for Python".into());
    let python = python(config, ctx).await?;
    prepare_folder(config).map_err(SpawnError::io("making the folder of the notebook environment"))?;
    check_space(free_bytes(&config.environment()))?;
    say(Some(2), "Making the notebook environment".into());
    let root = version.root.display().to_string();
    let made = pip::run(&python, &["-m", "venv", &root], ctx, |_| {}).await?;
    if !made.status.success() {
        return Err(SpawnError::Environment(explain(made.log)));
    }
    install(config, version, ctx).await?;
    if config.run_as == RunAs::User {
        // Whatever the hub's umask is: the servers' accounts read it.
        let opened = pip::run(Path::new("chmod"), &["-R", "a+rX", &root], ctx, |_| {}).await?;
        if !opened.status.success() {
            return Err(SpawnError::Environment(explain(opened.log)));
        }
    }
    version.set_complete(config).map_err(SpawnError::io("writing down that the notebook environment is whole"))?;
    info!("Made the notebook environment {root} with {}", python.display());
    Ok(())
}

/// Whether pip finds that everything in it fits together.
pub(super) async fn fits_together(version: &Version, ctx: &StartContext) -> Result<bool, SpawnError> {
    let args = ["-m", "pip", "check", "--disable-pip-version-check"];
    Ok(pip::run(&version.python(), &args, ctx, |_| {}).await?.status.success())
}

fn prepare_folder(config: &ProcessConfig) -> std::io::Result<()> {
    if config.environment().starts_with(&config.data_dir) {
        make_private(&config.data_dir)?;
    }
    fs::create_dir_all(config.environment().join("versions"))
}

#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

/// Refuses before anything is fetched; space that cannot be known is no reason.
fn check_space(free: Option<u64>) -> Result<(), SpawnError> {
    let Some(free) = free.filter(|free| *free < NEEDED_BYTES) else { return Ok(()) };
    Err(failure(
        "disk_full",
        format!("The notebook environment needs 1 GiB of free disk, and there are {} MiB.", free >> 20),
        "Free some disk where Labdeck keeps its data, then try again.",
        Vec::new(),
    ))
}

async fn install(config: &ProcessConfig, version: &Version, ctx: &StartContext) -> Result<(), SpawnError> {
    let mut args = vec!["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"];
    args.extend(config.requirements.iter().map(String::as_str));
    let seen = std::sync::atomic::AtomicU32::new(0);
    let on_line = |line: &str| {
        let Some(message) = tell(line) else { return };
        let count = seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        ctx.progress(Progress { step: StartStep::Pulling, percent: Some(percent(count, line)), message });
    };
    let done = pip::run(&version.python(), &args, ctx, on_line).await?;
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
        let version = asked.log.first().and_then(|line| version_of(line));
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

fn version_of(line: &str) -> Option<(u32, u32)> {
    let (major, minor) = line.trim().split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
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
    fn too_little_space_is_said_in_numbers() {
        assert!(check_space(None).is_ok() && check_space(Some(NEEDED_BYTES)).is_ok());
        let told = check_space(Some(300 << 20)).unwrap_err().failure();
        assert_eq!(told.kind, "disk_full");
        assert!(told.message.contains("300 MiB"), "{}", told.message);
    }
}
