//! [`Leaving`]: while a person or a server is being removed or changed, nothing of theirs is started. Owns the list that the
//! registry asks under its lock; what a removal does, its use-case knows.

use std::fmt;

use labdeck_model::{ServerKey, UserName};

use super::registry::Registry;

/// Whose servers are not to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaver {
    /// All servers of this person, also those that are not there yet.
    User(UserName),
    /// This server.
    Server(ServerKey),
    /// As [`Self::User`], while they get another name.
    ChangedUser(UserName),
    /// As [`Self::Server`], while what is kept of it is changed.
    ChangedServer(ServerKey),
}

/// Dropped, starts are let in again.
#[derive(Debug)]
#[must_use = "starts are refused for as long as this is held"]
pub struct Leaving {
    registry: Registry,
    leaver: Leaver,
}

// === impl Leaver ===

impl Leaver {
    /// Whether the server is one of those that leave.
    pub(super) fn covers(&self, key: &ServerKey) -> bool {
        match self {
            Self::User(user) | Self::ChangedUser(user) => *user == key.user,
            Self::Server(server) | Self::ChangedServer(server) => server == key,
        }
    }

    /// Whether two removals would take the same away.
    pub(super) fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::User(user) | Self::ChangedUser(user), Self::User(other) | Self::ChangedUser(other)) => user == other,
            (Self::Server(server) | Self::ChangedServer(server), leaver)
            | (leaver, Self::Server(server) | Self::ChangedServer(server)) => leaver.covers(server),
        }
    }
}

impl fmt::Display for Leaver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => write!(f, "{user} is being removed."),
            Self::Server(key) => write!(f, "The server {key} is being removed."),
            Self::ChangedUser(user) => write!(f, "{user} is being renamed. Try again in a moment."),
            Self::ChangedServer(key) => write!(f, "The server {key} is being changed. Try again in a moment."),
        }
    }
}

// === impl Registry ===

impl Registry {
    /// Refuses starts of what is being removed for as long as the answer is held; what runs goes on. `None` where
    /// somebody removes it already.
    pub fn leave(&self, leaver: Leaver) -> Option<Leaving> {
        let mut servers = self.lock();
        if servers.leaving.iter().any(|other| other.meets(&leaver)) {
            return None;
        }
        servers.leaving.push(leaver.clone());
        drop(servers);
        Some(Leaving { registry: self.clone(), leaver })
    }
}

// === impl Leaving ===

impl Drop for Leaving {
    fn drop(&mut self) {
        self.registry.lock().leaving.retain(|other| *other != self.leaver);
    }
}

#[cfg(test)]
mod tests {
    use labdeck_model::ServerName;

    use super::*;

    #[test]
    fn a_person_who_leaves_takes_all_servers_along_and_a_server_nobody_else() {
        let key = |user: &str, server: &str| {
            ServerKey::new(UserName::parse(user).unwrap(), ServerName::parse(server).unwrap())
        };
        let (ada, one) = (Leaver::User(UserName::parse("ada").unwrap()), Leaver::Server(key("ada", "one")));
        assert!(ada.covers(&key("ada", "")) && ada.covers(&key("ada", "one")) && !ada.covers(&key("bo", "one")));
        assert!(one.covers(&key("ada", "one")) && !one.covers(&key("ada", "")));
        assert!(ada.meets(&one) && one.meets(&ada) && !one.meets(&Leaver::Server(key("ada", "two"))));
    }
}
