//! The roles that every hub has, as data. Reference: JupyterHub 6.1, `roles.py` (`get_default_roles`).

use super::ScopeSet;

/// A role that exists without configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BaseRole {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// What it allows, as texts.
    pub scopes: &'static [&'static str],
    /// Whether the configuration may say something else about it. Only `user` is open.
    pub may_be_redefined: bool,
}

/// `user`, `admin`, `server` and `token`.
pub const BASE_ROLES: [BaseRole; 4] = [
    BaseRole { name: "user", description: "What every user may do", scopes: &["self"], may_be_redefined: true },
    BaseRole {
        name: "admin",
        description: "Everything on this hub",
        scopes: &[
            "admin-ui",
            "admin:users",
            "admin:servers",
            "admin:services",
            "tokens",
            "admin:groups",
            "list:services",
            "read:services",
            "read:hub",
            "proxy",
            "shutdown",
            "access:services",
            "access:servers",
            "read:roles",
            "read:metrics",
            "shares",
        ],
        may_be_redefined: false,
    },
    BaseRole {
        name: "server",
        description: "What a single-user server may do with its own token",
        scopes: &["users:activity!user", "access:servers!server"],
        may_be_redefined: false,
    },
    BaseRole {
        name: "token",
        description: "What a new token may do: whatever its owner may",
        scopes: &["inherit"],
        may_be_redefined: false,
    },
];

/// The base role of that name.
pub fn find_base_role(name: &str) -> Option<&'static BaseRole> {
    BASE_ROLES.iter().find(|role| role.name == name)
}

// === impl BaseRole ===

impl BaseRole {
    /// What it allows.
    pub fn scope_set(&self) -> ScopeSet {
        ScopeSet::parse(self.scopes).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ScopeBase, expand};
    use super::*;

    #[test]
    fn every_base_role_reads() {
        for role in BASE_ROLES {
            assert_eq!(role.scope_set().len(), role.scopes.len(), "{}", role.name);
        }
    }

    #[test]
    fn admin_holds_every_scope_but_the_metascopes() {
        let held = expand(&find_base_role("admin").unwrap().scope_set());
        let missing: Vec<_> =
            ScopeBase::TABLE.iter().filter(|base| !held.mentions(base)).map(ScopeBase::as_str).collect();
        assert_eq!(missing, ["(no_scope)", "self", "inherit"]);
        assert_eq!(held.len(), 45, "as recorded of JupyterHub 6.1.1");
    }
}
