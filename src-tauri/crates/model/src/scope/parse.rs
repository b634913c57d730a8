//! [`Scope`]: one base with its filter, read from and written as text.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Filter, ScopeBase};
use crate::NameError;

/// One scope: `read:users`, or `read:users!group=lab`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// What it is about.
    pub base: ScopeBase,
    /// What it is narrowed to; `None` is everything.
    pub filter: Option<Filter>,
}

/// A text that is no scope. The message says why and what would be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// No such base.
    #[error("there is no scope {0:?}")]
    Unknown(String),
    /// The draft name of JupyterHub 2.
    #[error("there is no scope \"all\"; it is called \"inherit\"")]
    Renamed,
    /// `custom:` with something else than its pattern.
    #[error(
        "custom scope {0:?} must be 'custom:' and then at least three of a-z, 0-9, '_', '-', '*', ':', beginning with a letter or digit"
    )]
    Custom(String),
    /// After `!` stands no filter.
    #[error(
        "{0:?} is no scope filter; write user=NAME, server=USER/SERVER, group=NAME or service=NAME, or user, server or service alone"
    )]
    Filter(String),
    /// The name in a filter is no name.
    #[error("the scope filter's {0}")]
    FilterName(#[from] NameError),
    /// `self!user=ada` and the like.
    #[error("scope {0:?} takes no filter")]
    Unfiltered(String),
}

// === impl Scope ===

impl Scope {
    /// A scope that holds for everything.
    pub fn all(base: ScopeBase) -> Self {
        Self { base, filter: None }
    }

    /// A scope narrowed to a filter.
    pub fn filtered(base: ScopeBase, filter: Filter) -> Self {
        Self { base, filter: Some(filter) }
    }

    /// Reads a scope.
    ///
    /// # Errors
    /// [`ScopeError`] with the reason.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let Some((base, filter)) = text.split_once('!') else {
            return ScopeBase::parse(text).map(Self::all);
        };
        let base = ScopeBase::parse(base)?;
        if base.is_metascope() || base == ScopeBase::NoScope {
            return Err(ScopeError::Unfiltered(base.to_string()));
        }
        Ok(Self::filtered(base, Filter::parse(filter)?))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.filter {
            None => write!(f, "{}", self.base),
            Some(filter) => write!(f, "{}!{filter}", self.base),
        }
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Scope {
    type Err = ScopeError;
    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::parse(text)
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_read_back_as_written() {
        for text in
            ["self", "read:users", "access:servers!server=ada/", "groups!group=lab", "custom:x:read!user", "(no_scope)"]
        {
            assert_eq!(Scope::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn errors_say_what_would_be_right() {
        let text = |bad: &str| Scope::parse(bad).unwrap_err().to_string();
        assert_eq!(text("read:user"), "there is no scope \"read:user\"");
        assert_eq!(text("all"), "there is no scope \"all\"; it is called \"inherit\"");
        assert!(text("read:users!role=x").contains("write user=NAME"));
        assert!(text("read:users!user=a b").contains("user name may not contain ' '"));
        assert!(text("self!user=ada").contains("takes no filter"));
        assert!(text("read:users!user=a!group=b").contains("may not contain '!'"));
        assert!(text("").contains("no scope"));
    }
}
