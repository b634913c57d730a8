//! [`Sources`]: where each value came from, and which one counts: file below environment below flag, and the special
//! table above its base.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::keys::{self, Key};
use super::tree::{self, Node};
use super::{Flag, Problem, env, file};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody said anything.
    Default,
    /// A line of a file; 0 is the file as a whole.
    File {
        /// The file, as it was named.
        path: Arc<str>,
        /// Counted from 1.
        line: usize,
    },
    /// A variable of the environment.
    Env(String),
    /// A flag of the command line.
    Flag(String),
}

/// What a configuration is made of.
#[derive(Debug, Clone, Default)]
pub struct ConfigInputs {
    /// `labdeck.toml`, if there is one. A file that is named and not there is a problem.
    pub file: Option<PathBuf>,
    /// Variables; those that do not begin with `LABDECK_` are ignored.
    pub env: Vec<(String, String)>,
    /// Flags, later ones winning.
    pub flags: Vec<Flag>,
}

/// Values by table and name, of one source or of all.
pub(super) type Layer = BTreeMap<(&'static str, &'static str), Node>;

/// All values that were given, merged.
#[derive(Clone, PartialEq)]
pub(super) struct Sources {
    given: Layer,
}

// === impl ConfigInputs ===

impl ConfigInputs {
    /// A file, and the variables of this process. Variables that are no text are not ours.
    pub fn of_process(file: Option<PathBuf>, flags: Vec<Flag>) -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let env = std::env::vars_os().filter_map(text).filter(|(name, _)| name.starts_with(env::PREFIX)).collect();
        Self { file, env, flags }
    }

    pub(super) fn read(&self, problems: &mut Vec<Problem>, warnings: &mut Vec<String>) -> Sources {
        let mut given = self.file.as_deref().map(|path| file::read(path, problems)).unwrap_or_default();
        given.extend(env::read(&self.env, problems, warnings));
        given.extend(env::read_flags(&self.flags, problems));
        Sources { given }
    }
}

// === impl Sources ===

impl Sources {
    pub(super) fn of_file(given: Layer) -> Self {
        Self { given }
    }

    /// The value that was given for a table's setting: in that table, else in its base.
    pub(super) fn given(&self, table: &'static str, name: &'static str) -> Option<&Node> {
        let direct = self.given.get(&(table, name));
        direct.or_else(|| keys::find_base(table).and_then(|base| self.given.get(&(base, name))))
    }

    /// The value that was given for exactly this place.
    pub(super) fn given_here(&self, table: &'static str, name: &'static str) -> Option<&Node> {
        self.given.get(&(table, name))
    }

    /// The value that counts; `None` where nobody said anything and there is no default.
    pub(super) fn get(&self, table: &'static str, name: &'static str) -> Option<Node> {
        self.given(table, name).cloned().or_else(|| keys::find_key(table, name).and_then(default_node))
    }
}

fn default_node(key: &Key) -> Option<Node> {
    (!key.default.is_empty()).then(|| tree::from_text(key.default, key.kind, &Source::Default))
}

impl fmt::Debug for Sources {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.given.keys()).finish()
    }
}

// === impl Source ===

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line: 0 } => f.write_str(path),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Env(name) => write!(f, "env {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}
