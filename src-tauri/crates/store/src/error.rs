//! [`StoreError`]: what can go wrong with the database, in meanings that a caller tells apart.
//! Owns the reading of SQLite's result codes; the words are for the person at the hub and its log.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rusqlite::ffi;

/// Why the store could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the data folder.
    #[error(
        "the data folder {} is in use by another Labdeck ({}); stop that one, or give this one a folder of its own",
        .dir.display(), holder(*.pid)
    )]
    InUse {
        /// The data folder.
        dir: PathBuf,
        /// Who holds it, where the lock file says so.
        pid: Option<u32>,
    },
    /// The file is not what we left there. It is never replaced by an empty one.
    #[error(
        "the database {} is damaged ({detail}); nothing was changed. Put a copy of it back (copies made before an \
         update lie beside it and end in .before-v…), or move the data folder aside to begin with an empty hub",
        .path.display()
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// A database of another program.
    #[error("{} is a database of another program, not Labdeck's; it was left untouched. Give Labdeck another data folder", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A database that a later version of Labdeck wrote.
    #[error(
        "the database was written by a newer Labdeck (its schema is {found}, this version knows up to {known}); \
         install that newer version, or put back the copy from before the update"
    )]
    TooNew {
        /// The schema found.
        found: i64,
        /// The newest schema that this version knows.
        known: i64,
    },
    /// Nothing more fits on the disk, or it refuses to be written. The write was undone as a whole.
    #[error(
        "the disk that holds the database is full or refuses writes, so nothing was saved; free some space and try again"
    )]
    DiskFull,
    /// The data folder or a file in it cannot be made or opened.
    #[error("could not open {}", .path.display())]
    Folder {
        /// What was to be opened.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The schema could not be brought up to date. The database is as it was.
    #[error("could not bring the database from schema {from} to {to}; it is unchanged")]
    Migration {
        /// Where it stands.
        from: i64,
        /// Where it should have got.
        to: i64,
        /// SQLite's reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A value that must be unique is there already.
    #[error("{what} exists already")]
    Duplicate {
        /// Table and column: `users.name`.
        what: String,
    },
    /// A row that must be there is not.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// A rule of the tables would be broken; says which.
    #[error("{0}")]
    Refused(&'static str),
    /// The code of a transaction panicked. The transaction was undone.
    #[error("the work inside a transaction panicked: {0}")]
    Panicked(String),
    /// The store was closed.
    #[error("the database is closed")]
    Closed,
    /// A value cannot be written as JSON, or a stored one cannot be read as what it should be.
    #[error("could not convert the value of {what}")]
    Value {
        /// Which value.
        what: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Anything else that SQLite reports.
    #[error("the database reported an error")]
    Sqlite(#[source] rusqlite::Error),
}

/// The SQLite codes for a medium that takes no more bytes. A quota reports itself as a failed write, not as FULL.
const UNWRITABLE: [i32; 6] = [
    ffi::SQLITE_IOERR_WRITE,
    ffi::SQLITE_IOERR_FSYNC,
    ffi::SQLITE_IOERR_DIR_FSYNC,
    ffi::SQLITE_IOERR_TRUNCATE,
    ffi::SQLITE_IOERR_SHMSIZE,
    ffi::SQLITE_IOERR_COMMIT_ATOMIC,
];

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "its process is unknown".to_owned(), |pid| format!("process {pid}"))
}

// === impl StoreError ===

impl StoreError {
    /// The same error with the path of the file that it is about, which SQLite's own errors lack.
    pub(crate) fn at(self, path: &Path) -> Self {
        match self {
            Self::Damaged { detail, .. } => Self::Damaged { path: path.to_owned(), detail },
            other => other,
        }
    }

    /// For JSON that could not be made or read.
    pub(crate) fn value(what: &str, source: serde_json::Error) -> Self {
        Self::Value { what: what.to_owned(), source }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, ref text) = error else { return Self::Sqlite(error) };
        let text = text.as_deref().unwrap_or_default();
        match failure.code {
            ErrorCode::DiskFull => Self::DiskFull,
            ErrorCode::SystemIoFailure if UNWRITABLE.contains(&failure.extended_code) => Self::DiskFull,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                Self::Damaged { path: PathBuf::from(crate::db::FILE_NAME), detail: text.to_owned() }
            }
            ErrorCode::ConstraintViolation => match text.strip_prefix("UNIQUE constraint failed: ") {
                Some(what) => Self::Duplicate { what: what.to_owned() },
                None => Self::Sqlite(error),
            },
            _ => Self::Sqlite(error),
        }
    }
}
