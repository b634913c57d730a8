//! The table of scopes as data: name, what it allows in words, what it implies. Source: JupyterHub 6.1.1's
//! `scopes.py` and its OpenAPI document. Nothing here decides; `expand` and `access` read it.

use std::fmt;
use std::sync::Arc;

use super::ScopeError;

/// A scope that an installation declares itself: `custom:` and more. It implies nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomScope(Arc<str>);

macro_rules! scopes {
    ($($base:ident = $text:literal, $words:literal, [$($implied:ident),*];)+) => {
        /// What a scope is about, without its filter.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ScopeBase {
            $(#[doc = concat!("`", $text, "`: ", $words)] $base,)+
            /// `custom:…`, declared by the installation.
            Custom(CustomScope),
        }

        impl ScopeBase {
            /// Every scope of the table, in JupyterHub's order; custom ones are not among them.
            pub const TABLE: &'static [Self] = &[$(Self::$base),+];

            /// The name as tokens and roles write it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$base => $text,)+
                    Self::Custom(custom) => &custom.0,
                }
            }

            /// What holding it without a filter allows, for a person who is asked to agree.
            pub fn description(&self) -> &'static str {
                match self {
                    $(Self::$base => $words,)+
                    Self::Custom(_) => "A right that a service of this hub defines.",
                }
            }

            /// The scopes that this one directly brings with it.
            pub fn implies(&self) -> &'static [Self] {
                match self {
                    $(Self::$base => &[$(Self::$implied),*],)+
                    Self::Custom(_) => &[],
                }
            }

            fn find(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$base),)+
                    _ => None,
                }
            }
        }
    };
}

scopes! {
    NoScope = "(no_scope)", "Tell who is asking, and nothing else.", [];
    SelfScope = "self", "Everything of the user's own; for a service nothing.", [];
    Inherit = "inherit", "Everything that the token's owner may do, now and later.", [];
    AdminUi = "admin-ui", "Open the admin page; what can be done there needs rights of its own.", [];
    AdminUsers = "admin:users", "Add, change and remove users and what they signed in with. As good as full control.",
        [AdminAuthState, Users, ReadRolesUsers, DeleteUsers];
    AdminAuthState = "admin:auth_state", "Read what a user's sign-in provider told.", [];
    Users = "users", "Read and change users, but not their servers, tokens or sign-in.", [ReadUsers, ListUsers, UsersActivity];
    DeleteUsers = "delete:users", "Remove users.", [];
    ListUsers = "list:users", "List users, at least by name.", [ReadUsersName];
    ReadUsers = "read:users", "Read about users, and the address of their running default server.",
        [ReadUsersName, ReadUsersGroups, ReadUsersActivity];
    ReadUsersName = "read:users:name", "Read names of users.", [];
    ReadUsersGroups = "read:users:groups", "Read which groups users are in.", [];
    ReadUsersActivity = "read:users:activity", "Read when users were last active.", [];
    ReadRoles = "read:roles", "Read who holds which role.", [ReadRolesUsers, ReadRolesServices, ReadRolesGroups];
    ReadRolesUsers = "read:roles:users", "Read which roles users hold.", [];
    ReadRolesServices = "read:roles:services", "Read which roles services hold.", [];
    ReadRolesGroups = "read:roles:groups", "Read which roles groups hold.", [];
    UsersActivity = "users:activity", "Report that users are active.", [ReadUsersActivity];
    AdminServers = "admin:servers", "Start, stop, make and remove servers, and read their inner state.",
        [AdminServerState, Servers];
    AdminServerState = "admin:server_state", "Read and write servers' inner state.", [];
    Servers = "servers", "Start and stop servers.", [ReadServers, StartServers, DeleteServers];
    ReadServers = "read:servers", "Read names of users and the state of their servers.", [ReadUsersName];
    StartServers = "start:servers", "Start and edit servers.", [];
    DeleteServers = "delete:servers", "Stop and remove servers.", [];
    Tokens = "tokens", "Read, make and revoke tokens of users.", [ReadTokens];
    ReadTokens = "read:tokens", "Read which tokens users have (not the tokens themselves).", [];
    AdminGroups = "admin:groups", "Make, change and remove groups.", [Groups, ReadRolesGroups, DeleteGroups];
    Groups = "groups", "Read groups, and add or remove members, which can change what those may do.",
        [ReadGroups, ListGroups];
    ListGroups = "list:groups", "List groups, at least by name.", [ReadGroupsName];
    ReadGroups = "read:groups", "Read about groups.", [ReadGroupsName];
    ReadGroupsName = "read:groups:name", "Read names of groups.", [];
    DeleteGroups = "delete:groups", "Remove groups.", [];
    AdminServices = "admin:services", "Make, change and remove services, except those of the configuration file.",
        [ListServices, ReadServices, ReadRolesServices];
    ListServices = "list:services", "List services, at least by name.", [ReadServicesName];
    ReadServices = "read:services", "Read about services.", [ReadServicesName];
    ReadServicesName = "read:services:name", "Read names of services.", [];
    ReadHub = "read:hub", "Read how the hub is built and set up.", [];
    AccessServers = "access:servers", "Use servers, in a browser or by program.", [];
    AccessServices = "access:services", "Use services, in a browser or by program.", [];
    UsersShares = "users:shares", "See and end users' access to servers shared with them.", [ReadUsersShares];
    ReadUsersShares = "read:users:shares", "See which servers are shared with users.", [];
    GroupsShares = "groups:shares", "See and end groups' access to servers shared with them.", [ReadGroupsShares];
    ReadGroupsShares = "read:groups:shares", "See which servers are shared with groups.", [];
    ReadShares = "read:shares", "See with whom servers are shared.", [];
    Shares = "shares", "Share servers with others.", [AccessServers, ReadShares, UsersShares, GroupsShares];
    Proxy = "proxy", "Read the proxy's routes, and have the hub check them.", [];
    Shutdown = "shutdown", "Shut the hub down.", [];
    ReadMetrics = "read:metrics", "Read the hub's measurements.", [];
}

// === impl ScopeBase ===

impl ScopeBase {
    /// Reads a name of the table, or `custom:…`.
    ///
    /// # Errors
    /// [`ScopeError::Unknown`], [`ScopeError::Custom`] or [`ScopeError::Renamed`].
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        if let Some(base) = Self::find(text) {
            return Ok(base);
        }
        if text.starts_with("custom:") {
            return CustomScope::parse(text).map(Self::Custom);
        }
        if text == "all" {
            return Err(ScopeError::Renamed);
        }
        Err(ScopeError::Unknown(shortened(text)))
    }

    /// Whether it stands for other scopes and is replaced by them before use: `self` and `inherit`.
    pub fn is_metascope(&self) -> bool {
        matches!(self, Self::SelfScope | Self::Inherit)
    }

    /// Whether it reads something about users. JupyterHub drops these under a `!server=` filter, where they mean nothing.
    pub(super) fn reads_users(&self) -> bool {
        self.as_str().starts_with("read:user")
    }
}

impl fmt::Display for ScopeBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ScopeBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// === impl CustomScope ===

impl CustomScope {
    /// Checks JupyterHub's pattern: `custom:`, a letter or digit, then letters, digits, `_ - * :`, not ending in `-` or `:`.
    ///
    /// # Errors
    /// [`ScopeError::Custom`].
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        let rest = text.strip_prefix("custom:").unwrap_or_default().as_bytes();
        let word = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let begins = rest.first().is_some_and(word);
        let ends = rest.last().is_some_and(|b| word(b) || matches!(b, b'_' | b'*'));
        let inside = rest.iter().all(|b| word(b) || matches!(b, b'_' | b'-' | b'*' | b':'));
        if begins && ends && inside && (3..=128).contains(&rest.len()) {
            Ok(Self(Arc::from(text)))
        } else {
            Err(ScopeError::Custom(shortened(text)))
        }
    }
}

/// What of a stranger's text goes into an error.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_table_reads_back() {
        for base in ScopeBase::TABLE {
            assert_eq!(ScopeBase::parse(base.as_str()).as_ref(), Ok(base));
            assert!(base.description().ends_with('.'));
        }
        assert_eq!(ScopeBase::TABLE.len(), 48, "as many as JupyterHub 6.1.1 has");
    }

    #[test]
    fn implied_scopes_have_no_circle() {
        fn depth(base: &ScopeBase, left: usize) {
            assert!(left > 0, "{base} implies itself");
            base.implies().iter().for_each(|sub| depth(sub, left - 1));
        }
        ScopeBase::TABLE.iter().for_each(|base| depth(base, 6));
    }

    #[test]
    fn custom_scopes_follow_the_pattern() {
        for good in ["custom:abc", "custom:my-service:read", "custom:a1*", "custom:x:y_"] {
            assert!(ScopeBase::parse(good).is_ok(), "{good}");
        }
        for bad in
            ["custom:", "custom:a", "custom:-ab", "custom:Abc", "custom:abc-", "custom:abc:", "custom:a b", "custom:é"]
        {
            assert!(matches!(ScopeBase::parse(bad), Err(ScopeError::Custom(_))), "{bad}");
        }
    }
}
