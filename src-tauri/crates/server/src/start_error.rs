//! [`StartError`]: why Labdeck did not start, and its words for the person who started it: what, where, why, and what
//! helps. The meanings come from the parts; only the sentence is made here.

use std::error::Error;
use std::path::PathBuf;

use labdeck_hub::BuildError;
use labdeck_hub::secrets::SecretError;
use labdeck_store::StoreError;

/// Why Labdeck did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error("the data folder {} cannot be used", .dir.display())]
    Store {
        /// The data folder.
        dir: PathBuf,
        /// What the store says.
        #[source]
        source: StoreError,
    },
    /// The database is gone.
    #[error("the data folder {} was used before, but its database {} is gone", .dir.display(), labdeck_store::FILE_NAME)]
    Lost {
        /// The data folder.
        dir: PathBuf,
    },
    /// The keys.
    #[error(transparent)]
    Secrets(SecretError),
    /// A listener.
    #[error("{what} cannot be opened")]
    Listen {
        /// Which.
        what: &'static str,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The hub.
    #[error("the hub could not be built")]
    Build(#[source] BuildError),
}

// === impl StartError ===

impl StartError {
    /// The whole of it as sentences: what cannot be done, all causes, and a remedy where the causes name none.
    pub fn words(&self) -> String {
        // The store names the folder where its meaning is about the folder; it is not said twice.
        let mut said = match self {
            Self::Store { dir, source } if source.to_string().contains(&*dir.to_string_lossy()) => chain(source),
            Self::Store { .. } | Self::Lost { .. } | Self::Secrets(_) | Self::Listen { .. } | Self::Build(_) => {
                chain(self)
            }
        };
        if let Some(first) = said.get(..1) {
            said.replace_range(..1, &first.to_uppercase());
        }
        if !said.ends_with('.') {
            said.push('.');
        }
        match self.remedy() {
            Some(remedy) => format!("{said} {remedy}"),
            None => said,
        }
    }

    fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Store { source, .. } => remedy(source),
            Self::Lost { .. } => Some("Bring it back from a backup, or move the folder away to begin anew."),
            Self::Build(BuildError::Store(source)) => remedy(source),
            Self::Secrets(SecretError::File { .. }) => Some(MAKE_IT_OURS),
            Self::Secrets(_) | Self::Build(_) => None,
            Self::Listen { .. } => {
                Some("Labdeck talks to itself over this computer's own address; restart it, or the computer.")
            }
        }
    }
}

const MAKE_IT_OURS: &str =
    "Make the folder and the files in it readable and writable for your account, or give Labdeck another folder.";

/// What helps, where the store's own text does not say so already.
fn remedy(error: &StoreError) -> Option<&'static str> {
    match error {
        StoreError::Folder { .. } => Some(MAKE_IT_OURS),
        StoreError::Migration { .. } => {
            Some("Start the version that you had before: the database still fits it. Then report this, please.")
        }
        StoreError::Sqlite(_) | StoreError::Value { .. } => {
            Some("If it stays so after a restart, move the data folder aside and put a copy of it back.")
        }
        // These say it themselves.
        StoreError::InUse { .. }
        | StoreError::Damaged { .. }
        | StoreError::Foreign { .. }
        | StoreError::TooNew { .. }
        | StoreError::DiskFull => None,
        // These are of single rows; none of them keeps a hub from starting.
        StoreError::Duplicate { .. }
        | StoreError::NotFound(_)
        | StoreError::Refused(_)
        | StoreError::Panicked(_)
        | StoreError::Closed => None,
    }
}

/// An error with its causes, each once.
fn chain(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !words.ends_with(&text) {
            words.push_str(": ");
            words.push_str(&text);
        }
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::sync::Arc;

    use labdeck_model::SystemClock;
    use labdeck_store::Store;

    use super::*;

    fn words_at(dir: &Path) -> String {
        let source = Store::open(dir, Arc::new(SystemClock)).expect_err("it must not open");
        let words = StartError::Store { dir: dir.to_owned(), source }.words();
        assert!(words.contains(&dir.display().to_string()), "no path: {words}");
        words
    }

    #[test]
    fn a_folder_in_use_names_the_process() {
        let dir = tempfile::tempdir().unwrap();
        let _first = Store::open(dir.path(), Arc::new(SystemClock)).unwrap();
        let words = words_at(dir.path());
        assert!(
            words.contains(&format!("process {}", std::process::id())) && words.contains("stop that one"),
            "{words}"
        );
    }

    #[test]
    fn a_damaged_file_and_a_foreign_folder_say_what_to_do() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("labdeck.sqlite"), "not a database at all, and long enough to be read as a header")
            .unwrap();
        let words = words_at(dir.path());
        assert!(words.contains("damaged") && words.contains("Put a copy of it back"), "{words}");

        let file = dir.path().join("a file");
        fs::write(&file, "").unwrap();
        let words = words_at(&file);
        assert!(words.contains("Could not open") && words.ends_with(MAKE_IT_OURS), "{words}");
        // The cause stands between what failed and what helps.
        assert!(words.to_lowercase().contains("exists") || words.to_lowercase().contains("directory"), "{words}");
    }

    #[test]
    fn a_full_disk_and_a_newer_file_name_the_folder() {
        for source in [StoreError::DiskFull, StoreError::TooNew { found: 9, known: 2 }] {
            let said = source.to_string();
            let words = StartError::Store { dir: "/srv/lab".into(), source }.words();
            assert_eq!(words, format!("The data folder /srv/lab cannot be used: {said}."));
        }
    }
}
