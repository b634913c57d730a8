//! One version of the managed environment: a folder that is made whole, never changed and removed whole. Owns where
//! versions lie, which one counts, and the look whether one is whole. Nothing is run here; `venv` makes them.
//!
//! `versions/N` below the environment's folder are the versions, and the file `current` names the one that counts: it
//! is replaced in one step, so a start sees the old one or the new one. An environment of the first release lies in
//! the folder itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::config::ProcessConfig;

/// A version, whole or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) root: PathBuf,
}

/// What stands in the file that is written last.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Complete {
    requirements: Vec<String>,
}

/// The version that counts, if there is one; it may be broken.
pub(super) fn current(config: &ProcessConfig) -> Option<Version> {
    let folder = config.environment();
    match fs::read_to_string(folder.join("current")) {
        Ok(name) if name.trim().parse::<u32>().is_ok() => Some(Version { root: versions(config).join(name.trim()) }),
        _ => Some(Version { root: folder }).filter(Version::is_there),
    }
}

/// All that there are.
pub(super) fn all(config: &ProcessConfig) -> Vec<Version> {
    let first = Some(Version { root: config.environment() }).filter(Version::is_there);
    let entries = fs::read_dir(versions(config)).into_iter().flatten().flatten();
    first.into_iter().chain(entries.map(|entry| Version { root: entry.path() })).collect()
}

/// The next one, which is not there yet.
pub(super) fn next(config: &ProcessConfig) -> Version {
    let number = |version: &Version| version.root.file_name()?.to_str()?.parse::<u32>().ok();
    let last = all(config).iter().chain(current(config).iter()).filter_map(number).max().unwrap_or(0);
    Version { root: versions(config).join((last + 1).to_string()) }
}

/// Makes a version the one that counts, in one step.
pub(super) fn choose(config: &ProcessConfig, version: &Version) -> std::io::Result<()> {
    let name = version.root.file_name().unwrap_or_default();
    let (file, fresh) = (config.environment().join("current"), config.environment().join("current.new"));
    fs::write(&fresh, name.as_encoded_bytes())?;
    fs::rename(fresh, file)
}

fn versions(config: &ProcessConfig) -> PathBuf {
    config.environment().join("versions")
}

// === impl Version ===

impl Version {
    /// Where its programs lie.
    pub(super) fn bin(&self) -> PathBuf {
        self.root.join(if cfg!(windows) { "Scripts" } else { "bin" })
    }

    pub(super) fn python(&self) -> PathBuf {
        self.bin().join("python")
    }

    fn is_there(&self) -> bool {
        self.root.join("pyvenv.cfg").exists()
    }

    fn complete(&self) -> Option<Complete> {
        serde_json::from_slice(&fs::read(self.root.join("labdeck-complete.json")).ok()?).ok()
    }

    /// Writes down that it is whole, as the last thing of its making.
    pub(super) fn set_complete(&self, config: &ProcessConfig) -> std::io::Result<()> {
        let complete = Complete { requirements: config.requirements.clone() };
        fs::write(self.root.join("labdeck-complete.json"), serde_json::to_vec(&complete)?)
    }

    /// Whether other packages are wished for by now than those that it was made with.
    pub(super) fn is_outdated(&self, config: &ProcessConfig) -> bool {
        self.complete().is_some_and(|complete| complete.requirements != config.requirements)
    }

    /// Whether servers can run in it; or what is wrong, one sentence.
    pub(super) fn check(&self) -> Result<(), String> {
        let Some(complete) = self.complete() else {
            return Err("The notebook environment was left half-made.".into());
        };
        let link = self.python();
        let Ok(python) = link.canonicalize() else {
            let was = fs::read_link(&link).unwrap_or(link);
            return Err(format!("The Python that the notebook environment was made with is gone ({}).", was.display()));
        };
        let (now, then) = (minor(&python), self.library().as_deref().and_then(minor));
        if let (Some(now), Some(then)) = (now, then)
            && now != then
        {
            return Err(format!("Python was changed from {then} to {now} below the notebook environment."));
        }
        let there = self.packages();
        let wanted = complete.requirements.iter().filter_map(|wish| package(wish));
        let missing: Vec<String> = wanted.filter(|name| !there.contains_key(name)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(format!("The notebook environment lacks {}.", missing.join(", ")))
    }

    /// The Python that it was made with, `3.11.2`.
    pub(super) fn python_version(&self) -> Option<String> {
        let settings = fs::read_to_string(self.root.join("pyvenv.cfg")).ok()?;
        let line = settings.lines().find_map(|line| line.strip_prefix("version"))?;
        Some(line.trim_start_matches([' ', '=']).trim().to_owned())
    }

    /// What was asked for, with the versions that are there.
    pub(super) fn asked_packages(&self) -> BTreeMap<String, String> {
        let asked = self.complete().map(|complete| complete.requirements).unwrap_or_default();
        let names: Vec<String> = asked.iter().filter_map(|wish| package(wish)).collect();
        self.packages().into_iter().filter(|(name, _)| names.contains(name)).collect()
    }

    /// Every installed package, by the folders that pip leaves.
    fn packages(&self) -> BTreeMap<String, String> {
        let folder = self.library().map(|library| library.join("site-packages"));
        let entries = folder.and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().flatten();
        let read = |name: &str| {
            let (name, version) = name.strip_suffix(".dist-info")?.split_once('-')?;
            Some((plain(name), version.to_owned()))
        };
        entries.filter_map(|entry| read(entry.file_name().to_str()?)).collect()
    }

    /// `lib/python3.11`.
    fn library(&self) -> Option<PathBuf> {
        let entries = fs::read_dir(self.root.join("lib")).ok()?.flatten();
        entries.map(|entry| entry.path()).find(|path| minor(path).is_some())
    }

    /// Removes it. One of the first release shares its folder with the others.
    pub(super) fn remove(&self, config: &ProcessConfig) -> std::io::Result<()> {
        if self.root != config.environment() {
            return fs::remove_dir_all(&self.root);
        }
        for entry in fs::read_dir(&self.root)?.flatten() {
            match (entry.file_name().to_str(), entry.file_type()?.is_dir()) {
                (Some("versions" | "current"), _) => {}
                (_, true) => fs::remove_dir_all(entry.path())?,
                (_, false) => fs::remove_file(entry.path())?,
            }
        }
        Ok(())
    }
}

/// `3.11` of `python3.11`.
fn minor(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.strip_prefix("python")?;
    let (major, minor) = name.split_once('.')?;
    let numbers = major.parse::<u32>().is_ok() && minor.parse::<u32>().is_ok();
    numbers.then(|| name.to_owned())
}

/// The package that pip installs for a wish; `None` where its name stands nowhere in it.
fn package(wish: &str) -> Option<String> {
    let wish = wish.trim();
    let name = match wish.rsplit_once('/') {
        Some((_, file)) => file.strip_suffix(".whl")?.split('-').next()?,
        None => wish.split([' ', '=', '<', '>', '!', '~', ';', '[', '@']).next()?,
    };
    (!name.is_empty() && !name.starts_with('-')).then(|| plain(name))
}

/// One spelling for each name (PEP 503), with underlines as in the folders that pip leaves.
fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', '.'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An environment that looks whole.
    fn whole(config: &ProcessConfig) -> Version {
        let version = next(config);
        let library = version.root.join("lib/python3.11/site-packages");
        for package in ["jupyterhub-6.1.1", "jupyterlab-4.6.6", "notebook-7.6.0", "traitlets-5.0"] {
            fs::create_dir_all(library.join(format!("{package}.dist-info"))).unwrap();
        }
        fs::create_dir_all(version.bin()).unwrap();
        fs::write(version.bin().join("python3.11"), "").unwrap();
        fs::write(version.python(), "").unwrap();
        fs::write(version.root.join("pyvenv.cfg"), "home = /usr/bin\nversion = 3.11.2\n").unwrap();
        version.set_complete(config).unwrap();
        choose(config, &version).unwrap();
        version
    }

    #[test]
    fn a_version_that_is_whole_is_told_from_each_way_to_be_broken() {
        let dir = tempfile::tempdir().unwrap();
        let config = ProcessConfig::new(dir.path());
        assert_eq!(current(&config), None);
        let version = whole(&config);
        assert_eq!((current(&config), version.check()), (Some(version.clone()), Ok(())));
        assert_eq!(version.python_version().as_deref(), Some("3.11.2"));
        let packages = version.asked_packages();
        assert_eq!((packages.len(), packages["jupyterlab"].as_str()), (3, "4.6.6"));
        fs::remove_dir(version.root.join("lib/python3.11/site-packages/notebook-7.6.0.dist-info")).unwrap();
        assert_eq!(version.check().unwrap_err(), "The notebook environment lacks notebook.");
        fs::remove_file(version.root.join("labdeck-complete.json")).unwrap();
        assert!(version.check().unwrap_err().contains("half-made"));
    }

    #[test]
    #[cfg(unix)]
    fn a_python_that_went_or_changed_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let config = ProcessConfig::new(dir.path());
        let version = whole(&config);
        fs::remove_file(version.python()).unwrap();
        std::os::unix::fs::symlink("/no/such/python3.11", version.python()).unwrap();
        assert!(version.check().unwrap_err().contains("is gone (/no/such/python3.11)"));
        let newer = dir.path().join("python3.12");
        fs::write(&newer, "").unwrap();
        fs::remove_file(version.python()).unwrap();
        std::os::unix::fs::symlink(newer, version.python()).unwrap();
        assert!(version.check().unwrap_err().contains("from 3.11 to 3.12"));
    }

    #[test]
    fn other_wishes_make_a_version_old_and_not_broken() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = ProcessConfig::new(dir.path());
        let version = whole(&config);
        assert!(!version.is_outdated(&config));
        config.requirements.push("numpy".into());
        assert!(version.is_outdated(&config) && version.check().is_ok());
    }

    #[test]
    fn an_environment_of_the_first_release_counts_until_there_is_another() {
        let dir = tempfile::tempdir().unwrap();
        let config = ProcessConfig::new(dir.path());
        fs::create_dir_all(config.environment().join("bin")).unwrap();
        fs::write(config.environment().join("pyvenv.cfg"), "").unwrap();
        let first = current(&config).unwrap();
        assert_eq!(first.root, config.environment());
        let second = whole(&config);
        assert_eq!(current(&config), Some(second.clone()));
        first.remove(&config).unwrap();
        assert_eq!(all(&config), std::slice::from_ref(&second));
        assert!(second.check().is_ok() && !config.environment().join("bin").exists());
    }

    #[test]
    fn names_are_found_in_wishes() {
        for (wish, name) in [
            ("jupyterhub==6.1.1", Some("jupyterhub")),
            ("Jupyter-Lab >= 4 ; python_version > '3'", Some("jupyter_lab")),
            ("pandas[excel]", Some("pandas")),
            ("/wheels/my_pkg-1.0-py3-none-any.whl", Some("my_pkg")),
            ("git+https://example.org/x", None),
            ("--pre", None),
        ] {
            assert_eq!(package(wish).as_deref(), name, "{wish}");
        }
    }
}
