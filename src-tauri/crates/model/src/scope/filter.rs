//! [`Filter`]: what narrows a scope to one user, server, group or service, and when one filter lies within another.

use std::fmt;

use super::access::Membership;
use super::table::shortened;
use super::{ScopeError, Target};
use crate::{GroupName, ServerKey, ServerName, ServiceName, UserName};

/// The part of a scope after `!`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Filter {
    /// `!user=ada`: that user and all of that user's servers.
    User(UserName),
    /// `!server=ada/gpu`, or `!server=ada/` for the default server.
    Server(ServerKey),
    /// `!group=lab`: the group itself, its members, and their servers.
    Group(GroupName),
    /// `!service=reports`.
    Service(ServiceName),
    /// `!user`: whoever owns the token, or holds the role.
    BareUser,
    /// `!server`: the server that the token was issued to.
    BareServer,
    /// `!service`: the service that the token was issued to.
    BareService,
}

// === impl Filter ===

impl Filter {
    /// Reads the text after `!`.
    ///
    /// # Errors
    /// [`ScopeError::Filter`] for a kind that does not exist or has no value; [`ScopeError::FilterName`] for a name that
    /// breaks its own rule.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let unknown = || ScopeError::Filter(shortened(text));
        let Some((kind, value)) = text.split_once('=') else {
            return match text {
                "user" => Ok(Self::BareUser),
                "server" => Ok(Self::BareServer),
                "service" => Ok(Self::BareService),
                _ => Err(unknown()),
            };
        };
        match kind {
            "user" => Ok(Self::User(UserName::parse(value)?)),
            "group" => Ok(Self::Group(GroupName::parse(value)?)),
            "service" => Ok(Self::Service(ServiceName::parse(value)?)),
            "server" => {
                let (user, server) = value.split_once('/').ok_or_else(unknown)?;
                Ok(Self::Server(ServerKey::new(UserName::parse(user)?, ServerName::parse(server)?)))
            }
            _ => Err(unknown()),
        }
    }

    /// Whether it still waits for an owner to mean something.
    pub fn is_bare(&self) -> bool {
        matches!(self, Self::BareUser | Self::BareServer | Self::BareService)
    }

    /// To whom or what it narrows a scope, for people.
    pub fn in_words(&self) -> String {
        match self {
            Self::User(name) => format!("{name}'s own"),
            Self::Server(key) if key.server.is_default() => format!("{}'s default server", key.user),
            Self::Server(key) => format!("{}'s server {}", key.user, key.server),
            Self::Group(name) => format!("the group {name}"),
            Self::Service(name) => format!("the service {name}"),
            Self::BareUser => "what is the holder's own".to_owned(),
            Self::BareServer => "the server that uses it".to_owned(),
            Self::BareService => "the service that uses it".to_owned(),
        }
    }

    /// Whether everything that this filter lets through, `other` lets through too: server within user within group.
    pub(super) fn lies_within(&self, other: &Self, groups: &dyn Membership) -> bool {
        match (self, other) {
            _ if self == other => true,
            (Self::Server(key), Self::User(user)) => key.user == *user,
            (Self::Server(ServerKey { user, .. }) | Self::User(user), Self::Group(group)) => {
                groups.groups_of(user).contains(group)
            }
            _ => false,
        }
    }

    /// Whether `target` passes.
    pub fn admits(&self, target: Target<'_>, groups: &dyn Membership) -> bool {
        match (self, target) {
            (Self::User(name), Target::User(user)) => name == user,
            (Self::User(name), Target::Server(key)) => *name == key.user,
            (Self::Server(mine), Target::Server(key)) => mine == key,
            (Self::Group(name), Target::User(user)) => groups.groups_of(user).contains(name),
            (Self::Group(name), Target::Server(key)) => groups.groups_of(&key.user).contains(name),
            (Self::Group(name), Target::Group(group)) => name == group,
            (Self::Service(name), Target::Service(service)) => name == service,
            _ => false,
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(f, "user={name}"),
            Self::Server(key) => write!(f, "server={}", key.full_name()),
            Self::Group(name) => write!(f, "group={name}"),
            Self::Service(name) => write!(f, "service={name}"),
            Self::BareUser => f.write_str("user"),
            Self::BareServer => f.write_str("server"),
            Self::BareService => f.write_str("service"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_read_back_as_written() {
        for text in
            ["user=ada", "server=ada/", "server=ada/gpu", "group=lab", "service=reports", "user", "server", "service"]
        {
            assert_eq!(Filter::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Filter::parse("user=ADA").unwrap().to_string(), "user=ada", "one user, one filter");
    }

    #[test]
    fn broken_filters_are_refused() {
        for bad in [
            "",
            "group",
            "user=",
            "server=ada",
            "server=/x",
            "server=ada/A",
            "server=ada/x/y",
            "role=x",
            "user=a!group=b",
        ] {
            assert!(Filter::parse(bad).is_err(), "{bad}");
        }
    }
}
