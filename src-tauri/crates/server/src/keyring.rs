//! The desktop's keyring as a secret store, and which store a data folder uses. Calls to the store block; waiting for a
//! person to unlock it has an end.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use labdeck_hub::secrets::{FileStore, SecretError, SecretStore};
use labdeck_hub::tasks;
use labdeck_model::Secret;

/// The file in a data folder that names its store, once that was decided.
const MARKER: &str = "secret-store";
/// What our entries are called in the keyring.
const SERVICE: &str = "org.labdeck.Labdeck";
/// How long a person has to unlock it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Which store a new data folder gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preference {
    /// The keyring, if it works.
    Keyring,
    /// A file: there is no desktop.
    File,
}

/// Secrets in the keyring, one entry for each name and data folder.
#[derive(Debug)]
struct KeyringStore {
    folder: PathBuf,
    since: Since,
}

/// Since when a data folder's secrets are in the keyring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Since {
    /// This start: none is there yet.
    Now,
    /// An earlier one: they must be there.
    Before,
}

/// The store of a data folder: the one that it used before, else by preference. A keyring that was used before and
/// cannot be used now is an error, never a reason for new keys.
///
/// # Errors
/// [`SecretError`].
pub(crate) async fn open(data_dir: &Path, preference: Preference) -> Result<Arc<dyn SecretStore>, SecretError> {
    let marker = data_dir.join(MARKER);
    let failed = |source| SecretError::File { path: marker.clone(), source };
    let file = FileStore::in_folder(data_dir);
    let keyring = |since| KeyringStore { folder: data_dir.to_owned(), since };
    let store: Arc<dyn SecretStore> = match (find_kept(&marker).map_err(failed)?.as_deref(), preference) {
        (Some("keyring"), _) => {
            reach(keyring(Since::Before)).await?;
            return Ok(Arc::new(keyring(Since::Before)));
        }
        (Some(_), _) => return Ok(Arc::new(file)),
        (None, _) if file.exists() => Arc::new(file),
        (None, Preference::Keyring) => match reach(keyring(Since::Now)).await {
            Ok(()) => Arc::new(keyring(Since::Now)),
            Err(error) => {
                tracing::warn!(%error, "No keyring can be used, so secrets are kept in a file that only this account can read");
                Arc::new(file)
            }
        },
        (None, Preference::File) => Arc::new(file),
    };
    write_marker(&marker, store.kind()).map_err(failed)?;
    Ok(store)
}

/// Nothing secret is in it; nobody else has any business in the folder all the same.
fn write_marker(path: &Path, kind: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(kind.as_bytes())
}

fn find_kept(marker: &Path) -> std::io::Result<Option<String>> {
    match fs::read_to_string(marker) {
        Ok(kept) => Ok(Some(kept.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Tries the keyring. A locked one asks its person for the password, who may be away, or see no question at all.
///
/// # Cancellation
/// The keyring goes on waiting for its person; what it then does is undone by nobody and harms nobody.
async fn reach(keyring: KeyringStore) -> Result<(), SecretError> {
    let probe = tasks::blocking(move || keyring.probe());
    match tokio::time::timeout(PATIENCE, probe).await {
        Ok(probed) => probed,
        Err(_) => Err(SecretError::Keyring(format!("it gave no answer within {} s", PATIENCE.as_secs()))),
    }
}

// === impl KeyringStore ===

impl KeyringStore {
    fn entry(&self, name: &str) -> Result<::keyring::Entry, SecretError> {
        let account = format!("{name}@{}", self.folder.display());
        ::keyring::Entry::new(SERVICE, &account).map_err(|error| SecretError::Keyring(error.to_string()))
    }

    /// Writes, reads and deletes an entry: a keyring that is there may still be locked.
    fn probe(&self) -> Result<(), SecretError> {
        let words = |error: ::keyring::Error| SecretError::Keyring(error.to_string());
        let entry = self.entry("probe")?;
        entry.set_secret(b"probe").map_err(words)?;
        let read = entry.get_secret().map_err(words)?;
        entry.delete_credential().map_err(words)?;
        if read == b"probe" {
            Ok(())
        } else {
            Err(SecretError::Keyring("it gives back something else than it got".to_owned()))
        }
    }
}

impl SecretStore for KeyringStore {
    fn kind(&self) -> &'static str {
        "keyring"
    }

    fn find(&self, name: &str) -> Result<Option<Secret<Vec<u8>>>, SecretError> {
        match self.entry(name)?.get_secret() {
            Ok(secret) => Ok(Some(Secret::new(secret))),
            Err(::keyring::Error::NoEntry) => match self.since {
                Since::Now => Ok(None),
                Since::Before => Err(SecretError::Gone { marker: self.folder.join(MARKER) }),
            },
            Err(error) => Err(SecretError::Keyring(error.to_string())),
        }
    }

    fn store(&self, name: &str, value: &[u8]) -> Result<(), SecretError> {
        self.entry(name)?.set_secret(value).map_err(|error| SecretError::Keyring(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_keeps_the_store_that_it_began_with() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(open(dir.path(), Preference::File).await.unwrap().kind(), "file");
        assert_eq!(open(dir.path(), Preference::Keyring).await.unwrap().kind(), "file");
    }
}
