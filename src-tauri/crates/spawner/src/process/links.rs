//! Folders beside the home: a local process sees the whole machine, so a folder appears as a link in the home. Owns
//! making and removing the links; that nothing keeps a process from writing into a folder is said, not hidden.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use labdeck_model::Failure;
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::config::ProcessConfig;
use super::record::make_private;
use crate::{MountSource, MountWish, SpawnError};

/// A link in a home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Link {
    pub(super) at: PathBuf,
    pub(super) to: PathBuf,
}

/// Which of these folders the driver cannot keep as they are asked for, each a sentence.
pub(super) fn unenforced(mounts: &[MountWish]) -> Vec<String> {
    let open = mounts.iter().filter(|mount| !mount.writable);
    open.map(|mount| {
        format!(
            "The folder {} can be written to: programs of this computer have the rights of their account everywhere.",
            mount.name
        )
    })
    .collect()
}

/// Makes the links for these folders in a home. As another account, that account makes them: the hub is root then,
/// and the home is not its own.
pub(super) async fn make(
    config: &ProcessConfig,
    home: &Path,
    mounts: &[MountWish],
    account: Option<&Account>,
) -> Result<Vec<Link>, SpawnError> {
    let mut links = Vec::new();
    for mount in mounts {
        let link = Link { at: home.join(place(mount)?), to: source(config, mount, account)? };
        match account {
            None => link.make().map_err(|error| refused(mount, &error))?,
            Some(account) => account.link(&link).await.map_err(|error| refused(mount, &error))?,
        }
        links.push(link);
    }
    Ok(links)
}

// === impl Link ===

impl Link {
    fn make(&self) -> std::io::Result<()> {
        self.check_free()?;
        match fs::remove_file(&self.at) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        symlink(&self.to, &self.at)
    }

    /// An error where something that is no link has the place.
    pub(super) fn check_free(&self) -> std::io::Result<()> {
        match fs::symlink_metadata(&self.at) {
            Ok(found) if !found.is_symlink() => Err(ErrorKind::AlreadyExists.into()),
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes the link, if it is still this one. What it leads to stays.
    pub(super) fn remove(&self) {
        if fs::read_link(&self.at).is_ok_and(|to| to == self.to) {
            let _ = fs::remove_file(&self.at);
        }
    }
}

/// The name of the link: the folder's name.
fn place(mount: &MountWish) -> Result<&str, SpawnError> {
    let name = mount.name.as_str();
    let fits = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\0']);
    if fits { Ok(name) } else { Err(refused(mount, &ErrorKind::InvalidFilename.into())) }
}

fn source(config: &ProcessConfig, mount: &MountWish, account: Option<&Account>) -> Result<PathBuf, SpawnError> {
    match &mount.source {
        MountSource::Host(path) => {
            let path = PathBuf::from(path);
            match path.metadata() {
                Ok(found) if found.is_dir() => Ok(path),
                Ok(_) => Err(refused(mount, &ErrorKind::NotADirectory.into())),
                Err(error) => Err(refused(mount, &error)),
            }
        }
        MountSource::Volume if account.is_some() => Err(failure(
            format!("The folder {} cannot be given to servers that run under accounts of their own.", mount.name),
            "The lead offers a folder of this computer instead, with rights for those who use it.",
        )),
        MountSource::Volume => {
            let folder = config.volume(place(mount)?);
            make_private(&folder).map_err(|error| refused(mount, &error))?;
            Ok(folder)
        }
    }
}

fn refused(mount: &MountWish, error: &std::io::Error) -> SpawnError {
    let name = &mount.name;
    match (error.kind(), &mount.source) {
        (ErrorKind::AlreadyExists, _) => failure(
            format!("The home has a file or folder {name} already, where the shared folder {name} should appear."),
            "Rename it in the notebook's file list, then start again.",
        ),
        (ErrorKind::NotFound | ErrorKind::NotADirectory, MountSource::Host(path)) => failure(
            format!("The folder {path} of this computer, offered as {name}, is not there."),
            "The lead makes it again, or takes it out of the offered folders.",
        ),
        _ => failure(
            format!("The folder {name} could not be put into the home: {error}."),
            "The lead checks the rights on the home and on the folder.",
        ),
    }
}

fn failure(message: String, remedy: &str) -> SpawnError {
    SpawnError::Environment(Failure { kind: "folder_unusable".into(), message, remedy: remedy.into(), log: Vec::new() })
}

#[cfg(unix)]
fn symlink(to: &Path, at: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(name: &str, source: MountSource, writable: bool) -> MountWish {
        MountWish { name: name.into(), source, target: format!("/home/jovyan/{name}"), writable }
    }

    #[tokio::test]
    async fn folders_appear_as_links_and_go_again() {
        let dir = tempfile::tempdir().unwrap();
        let (config, home, course) = (ProcessConfig::new(dir.path()), dir.path().join("h"), dir.path().join("course"));
        fs::create_dir(&home).unwrap();
        fs::create_dir(&course).unwrap();
        let host = || MountSource::Host(course.display().to_string());
        let wishes = [wish("course", host(), false), wish("lab", MountSource::Volume, true)];
        let links = make(&config, &home, &wishes, None).await.unwrap();
        assert_eq!(fs::read_link(home.join("course")).unwrap(), course);
        assert!(home.join("lab").is_dir() && fs::read_link(home.join("lab")).unwrap().ends_with("folders/lab"));
        assert_eq!(make(&config, &home, &wishes, None).await.unwrap(), links, "a second time is no error");
        links.iter().for_each(Link::remove);
        assert!(!home.join("course").exists() && course.is_dir());
        let words = unenforced(&wishes);
        assert!(words.len() == 1 && words[0].starts_with("The folder course can be written to"), "{words:?}");
    }

    #[tokio::test]
    async fn what_is_in_the_way_is_named_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let config = ProcessConfig::new(dir.path());
        fs::write(dir.path().join("data"), "mine").unwrap();
        let tell = async |wish: MountWish| match make(&config, dir.path(), &[wish], None).await {
            Err(error) => error.failure().message,
            Ok(_) => panic!("it was made"),
        };
        assert!(tell(wish("data", MountSource::Volume, true)).await.contains("already"));
        assert_eq!(fs::read_to_string(dir.path().join("data")).unwrap(), "mine");
        assert!(tell(wish("x", MountSource::Host("/no/such".into()), true)).await.contains("/no/such"));
        assert!(tell(wish("../x", MountSource::Volume, true)).await.contains("could not"));
    }
}
