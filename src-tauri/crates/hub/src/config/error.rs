//! [`ConfigError`]: everything that is wrong with a configuration, at once.

use std::fmt;

use super::Source;

/// One thing that is wrong, where it stands, and what would be right. Holds no secret value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where the value came from.
    pub at: Source,
    /// What is wrong and what would be right.
    pub text: String,
}

/// A configuration with which no hub is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// All problems, in the order of the settings.
    pub problems: Vec<Problem>,
}

// === impl Problem ===

impl Problem {
    pub(super) fn new(at: &Source, text: impl Into<String>) -> Self {
        Self { at: at.clone(), text: text.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            Source::Default => f.write_str(&self.text),
            at => write!(f, "{at}: {}", self.text),
        }
    }
}

// === impl ConfigError ===

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.len() {
            1 => f.write_str("The configuration has a problem:")?,
            count => write!(f, "The configuration has {count} problems:")?,
        }
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for ConfigError {}
