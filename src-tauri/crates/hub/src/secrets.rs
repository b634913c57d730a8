//! What the hub itself must remember and nobody may read: named secrets. Owns the trait and the file store; the
//! desktop's keyring store lives in `labdeck-server`.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use labdeck_model::{Secret, shell_word};

use crate::session::Keys;

/// Where named secrets are kept. Calls may block (a keyring asks its user): never call them on an async thread.
pub trait SecretStore: Send + Sync + fmt::Debug {
    /// What to call this store towards the lead: `keyring` or `file`.
    fn kind(&self) -> &'static str;

    /// The secret of that name, if there is one.
    ///
    /// # Errors
    /// [`SecretError`] when the store cannot be read. That never means "there is none".
    fn find(&self, name: &str) -> Result<Option<Secret<Vec<u8>>>, SecretError>;

    /// Keeps a secret, replacing an older one of that name.
    ///
    /// # Errors
    /// [`SecretError`] when it could not be kept.
    fn store(&self, name: &str, value: &[u8]) -> Result<(), SecretError>;
}

/// Why a secret could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The keyring is locked, gone, or refuses.
    #[error("the keyring of this desktop cannot be used ({0}); unlock it and start Labdeck again")]
    Keyring(String),
    /// The keyring answers, and what an earlier start put there is not in it any more.
    #[error(
        "the keyring of this desktop holds Labdeck's keys no more; restore the keyring, or delete {} to begin with \
         new keys (everybody then signs in again)", .marker.display()
    )]
    Gone {
        /// The file that says that the keys are in the keyring.
        marker: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("the file of secrets {path} cannot be used")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Others can read the file.
    #[error("{path} holds secrets and others can read it (mode {mode:o}); run: chmod 600 {}", shell_word(&path.display().to_string()))]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its mode bits.
        mode: u32,
    },
    /// What is stored is not what was stored.
    #[error("the secret {0} is damaged; restore it from a backup of the data folder")]
    Damaged(String),
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness")]
    Random,
}

/// A 0600 file of named secrets beside the database.
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
}

/// The hub's signing keys: read, or made on the first start.
///
/// # Errors
/// [`SecretError`]; a store that cannot be read is never taken for an empty one.
pub fn signing_keys(secrets: &dyn SecretStore) -> Result<Keys, SecretError> {
    const NAME: &str = "signing-key";
    if let Some(found) = secrets.find(NAME)? {
        let key: [u8; 32] = found.expose().as_slice().try_into().map_err(|_| SecretError::Damaged(NAME.to_owned()))?;
        return Ok(Keys::new(key));
    }
    let mut key = [0_u8; 32];
    getrandom::fill(&mut key).map_err(|_| SecretError::Random)?;
    secrets.store(NAME, &key)?;
    Ok(Keys::new(key))
}

// === impl FileStore ===

impl FileStore {
    /// The store of a data folder.
    pub fn in_folder(data_dir: &Path) -> Self {
        Self { path: data_dir.join("secrets.json") }
    }

    /// Whether the file exists: how a data folder tells which store it uses.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    fn read(&self) -> Result<BTreeMap<String, String>, SecretError> {
        let failed = |source| SecretError::File { path: self.path.clone(), source };
        match fs::read(&self.path) {
            Ok(bytes) => {
                self.check_mode()?;
                serde_json::from_slice(&bytes).map_err(|_| SecretError::Damaged(self.path.display().to_string()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(failed(error)),
        }
    }

    #[cfg(unix)]
    fn check_mode(&self) -> Result<(), SecretError> {
        use std::os::unix::fs::PermissionsExt as _;
        let failed = |source| SecretError::File { path: self.path.clone(), source };
        let mode = fs::metadata(&self.path).map_err(failed)?.permissions().mode() & 0o777;
        if mode & 0o077 == 0 { Ok(()) } else { Err(SecretError::Open { path: self.path.clone(), mode }) }
    }

    #[cfg(not(unix))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the user's profile folder is private there")]
    fn check_mode(&self) -> Result<(), SecretError> {
        Ok(())
    }

    /// Writes beside and renames, so that a power cut leaves the old file or the new one.
    fn write(&self, all: &BTreeMap<String, String>) -> io::Result<()> {
        let beside = self.path.with_extension("json.new");
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        file.write_all(serde_json::to_string_pretty(all)?.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)
    }
}

impl SecretStore for FileStore {
    fn kind(&self) -> &'static str {
        "file"
    }

    fn find(&self, name: &str) -> Result<Option<Secret<Vec<u8>>>, SecretError> {
        let Some(text) = self.read()?.remove(name) else { return Ok(None) };
        let bytes = STANDARD.decode(text).map_err(|_| SecretError::Damaged(name.to_owned()))?;
        Ok(Some(Secret::new(bytes)))
    }

    fn store(&self, name: &str, value: &[u8]) -> Result<(), SecretError> {
        let mut all = self.read()?;
        all.insert(name.to_owned(), STANDARD.encode(value));
        self.write(&all).map_err(|source| SecretError::File { path: self.path.clone(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let store = FileStore::in_folder(dir.path());
        signing_keys(&store).unwrap();
        let kept = store.find("signing-key").unwrap().unwrap();
        signing_keys(&store).unwrap();
        assert_eq!(store.find("signing-key").unwrap().unwrap(), kept);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let store = FileStore::in_folder(dir.path());
        signing_keys(&store).unwrap();
        fs::set_permissions(&store.path, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = signing_keys(&store).unwrap_err().to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
    }

    #[test]
    fn a_damaged_file_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let store = FileStore::in_folder(dir.path());
        store.write(&BTreeMap::from([("signing-key".to_owned(), "!!".to_owned())])).unwrap();
        assert!(matches!(signing_keys(&store), Err(SecretError::Damaged(_))));
    }
}
