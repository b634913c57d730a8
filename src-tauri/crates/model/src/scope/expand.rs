//! From what a role or token says to what it means: metascopes and bare filters resolved for an owner, implied scopes
//! written out. Reference: JupyterHub 6.1, `scopes.py` (`expand_scopes`).

use super::{Filter, Scope, ScopeBase, ScopeSet};
use crate::{ServerKey, ServiceName, UserName};

/// What `self` brings a user, each with `!user=` and that user's name.
const SELF: [ScopeBase; 7] = [
    ScopeBase::ReadUsers,
    ScopeBase::UsersShares,
    ScopeBase::ReadShares,
    ScopeBase::UsersActivity,
    ScopeBase::Servers,
    ScopeBase::Tokens,
    ScopeBase::AccessServers,
];

/// On whose behalf scopes are used: decides what `self` and the bare filters mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A user, directly or by a token that something was issued.
    User {
        /// Who.
        name: UserName,
        /// What the token was issued to.
        via: Via,
    },
    /// A service.
    Service(ServiceName),
}

/// To whom a user's token was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// Nobody: the user's own token, role, or browser session.
    Direct,
    /// A single-user server, which need not be the user's own.
    Server(ServerKey),
    /// A service.
    Service(ServiceName),
}

// === impl Owner ===

impl Owner {
    /// A user, directly.
    pub fn user(name: UserName) -> Self {
        Self::User { name, via: Via::Direct }
    }

    /// A service with its own token.
    pub fn service(name: ServiceName) -> Self {
        Self::Service(name)
    }

    /// A server's own token: belongs to the server's user, issued to that server.
    pub fn server(key: ServerKey) -> Self {
        Self::User { name: key.user.clone(), via: Via::Server(key) }
    }

    fn user_filter(&self) -> Option<Filter> {
        match self {
            Self::User { name, .. } => Some(Filter::User(name.clone())),
            Self::Service(_) => None,
        }
    }

    fn server_filter(&self) -> Option<Filter> {
        match self {
            Self::User { via: Via::Server(key), .. } => Some(Filter::Server(key.clone())),
            Self::User { via: Via::Direct | Via::Service(_), .. } | Self::Service(_) => None,
        }
    }

    fn service_filter(&self) -> Option<Filter> {
        match self {
            Self::Service(name) | Self::User { via: Via::Service(name), .. } => Some(Filter::Service(name.clone())),
            Self::User { via: Via::Direct | Via::Server(_), .. } => None,
        }
    }
}

/// Replaces `self` and bare filters by what they mean for `owner`. What means nothing for that owner (`self` of a
/// service, `!server` without a server) is dropped. `inherit` stays: its meaning is the caller's other rights.
#[must_use]
pub fn resolve_owner(set: &ScopeSet, owner: &Owner) -> ScopeSet {
    let mut resolved = ScopeSet::new();
    for scope in set {
        match (&scope.base, &scope.filter) {
            (ScopeBase::SelfScope, _) => {
                let filter = owner.user_filter();
                resolved.extend(filter.into_iter().flat_map(|f| SELF.map(|base| Scope::filtered(base, f.clone()))));
            }
            (base, Some(bare)) if bare.is_bare() => {
                resolved.extend(meaning(bare, owner).map(|filter| Scope::filtered(base.clone(), filter)));
            }
            _ => resolved.insert(scope.clone()),
        }
    }
    resolved
}

fn meaning(bare: &Filter, owner: &Owner) -> Option<Filter> {
    match bare {
        Filter::BareUser => owner.user_filter(),
        Filter::BareServer => owner.server_filter(),
        Filter::BareService => owner.service_filter(),
        Filter::User(_) | Filter::Server(_) | Filter::Group(_) | Filter::Service(_) => Some(bare.clone()),
    }
}

/// Writes out every implied scope; each inherits the filter. Under `!server=`, scopes that read about users are
/// dropped: a server is no user.
#[must_use]
pub fn expand(set: &ScopeSet) -> ScopeSet {
    let mut expanded = ScopeSet::new();
    for scope in set {
        expand_one(&scope.base, scope.filter.as_ref(), &mut expanded);
    }
    expanded
}

fn expand_one(base: &ScopeBase, filter: Option<&Filter>, into: &mut ScopeSet) {
    let on_a_server = matches!(filter, Some(Filter::Server(_) | Filter::BareServer));
    if !(on_a_server && base.reads_users()) {
        into.insert(Scope { base: base.clone(), filter: filter.cloned() });
    }
    base.implies().iter().for_each(|implied| expand_one(implied, filter, into));
}

#[cfg(test)]
mod tests {
    use super::super::set_strategy;
    use super::*;

    fn set(texts: &[&str]) -> ScopeSet {
        ScopeSet::parse(texts).unwrap()
    }

    fn ada() -> UserName {
        UserName::parse("ada").unwrap()
    }

    #[test]
    fn a_users_own_rights_are_the_recorded_ones() {
        let held = expand(&resolve_owner(&set(&["self"]), &Owner::user(ada())));
        let recorded = [
            "access:servers!user=ada",
            "delete:servers!user=ada",
            "read:servers!user=ada",
            "read:shares!user=ada",
            "read:tokens!user=ada",
            "read:users!user=ada",
            "read:users:activity!user=ada",
            "read:users:groups!user=ada",
            "read:users:name!user=ada",
            "read:users:shares!user=ada",
            "servers!user=ada",
            "start:servers!user=ada",
            "tokens!user=ada",
            "users:activity!user=ada",
            "users:shares!user=ada",
        ];
        assert_eq!(held.to_texts(), recorded);
    }

    #[test]
    fn a_sharing_users_rights_are_the_recorded_ones() {
        let role = set(&["self", "shares!user", "list:users", "list:groups"]);
        let held = expand(&resolve_owner(&role, &Owner::user(ada())));
        let recorded = [
            "access:servers!user=ada",
            "delete:servers!user=ada",
            "groups:shares!user=ada",
            "list:groups",
            "list:users",
            "read:groups:name",
            "read:groups:shares!user=ada",
            "read:servers!user=ada",
            "read:shares!user=ada",
            "read:tokens!user=ada",
            "read:users!user=ada",
            "read:users:activity!user=ada",
            "read:users:groups!user=ada",
            "read:users:name",
            "read:users:shares!user=ada",
            "servers!user=ada",
            "shares!user=ada",
            "start:servers!user=ada",
            "tokens!user=ada",
            "users:activity!user=ada",
            "users:shares!user=ada",
        ];
        assert_eq!(held.to_texts(), recorded);
    }

    #[test]
    fn reading_users_means_nothing_on_a_server() {
        let held = expand(&set(&["servers!server=ada/", "read:users!server=ada/", "users:activity!server=ada/"]));
        let expected = [
            "delete:servers!server=ada/",
            "read:servers!server=ada/",
            "servers!server=ada/",
            "start:servers!server=ada/",
            "users:activity!server=ada/",
        ];
        assert_eq!(held.to_texts(), expected);
    }

    #[test]
    fn bare_filters_mean_owner_and_issuer() {
        let role = set(&["users:activity!user", "access:servers!server", "access:services!service"]);
        let key = ServerKey::default_of(ada());
        let resolved = |owner| resolve_owner(&role, &owner).to_texts();
        assert_eq!(resolved(Owner::server(key.clone())), ["access:servers!server=ada/", "users:activity!user=ada"]);
        let visitor = Owner::User { name: UserName::parse("bob").unwrap(), via: Via::Server(key) };
        assert_eq!(resolved(visitor), ["access:servers!server=ada/", "users:activity!user=bob"]);
        assert_eq!(resolved(Owner::user(ada())), ["users:activity!user=ada"]);
        let reports = ServiceName::parse("reports").unwrap();
        assert_eq!(resolved(Owner::service(reports.clone())), ["access:services!service=reports"]);
        assert!(resolve_owner(&set(&["self"]), &Owner::service(reports)).is_empty());
        assert_eq!(resolve_owner(&set(&["inherit"]), &Owner::user(ada())).to_texts(), ["inherit"]);
    }

    proptest::proptest! {
        #[test]
        fn expanding_twice_changes_nothing(scopes in set_strategy()) {
            let once = expand(&scopes);
            proptest::prop_assert_eq!(expand(&once), once);
        }
    }
}
