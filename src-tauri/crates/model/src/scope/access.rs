//! What a handler asks of a caller's scopes: may they at all (else 403), may they here (else 404), and what of a list
//! may they see. Sets are expected expanded and resolved.

use super::{Filter, ScopeBase, ScopeSet};
use crate::{GroupName, ServerKey, ServiceName, UserName};

/// Tells who is in which group. Closures are it too.
pub trait Membership {
    /// The groups of a user; empty for an unknown one.
    fn groups_of(&self, user: &UserName) -> Vec<GroupName>;
}

/// The thing that is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// The hub as a whole: only an unfiltered scope is enough.
    Hub,
    /// A user.
    User(&'a UserName),
    /// A server.
    Server(&'a ServerKey),
    /// A group.
    Group(&'a GroupName),
    /// A service.
    Service(&'a ServiceName),
}

/// How far a scope reaches; what lists are narrowed by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Everything.
    All,
    /// What at least one of these filters admits.
    Filtered(Vec<Filter>),
    /// Nothing: answer 403.
    None,
}

/// What the scopes say about one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Granted,
    /// The scope is held, but not for this target: answer 404, so that nobody learns what exists.
    NotThisOne,
    /// The scope is not held at all: answer 403.
    NotHeld,
}

// === impl Membership ===

impl<F: Fn(&UserName) -> Vec<GroupName>> Membership for F {
    fn groups_of(&self, user: &UserName) -> Vec<GroupName> {
        self(user)
    }
}

// === impl Access ===

impl Access {
    /// Whether an object of a list may be shown.
    pub fn admits(&self, target: Target<'_>, groups: &dyn Membership) -> bool {
        match self {
            Self::All => true,
            Self::Filtered(filters) => filters.iter().any(|filter| filter.admits(target, groups)),
            Self::None => false,
        }
    }

    /// Whether it shows nothing at all.
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }
}

// === impl ScopeSet ===

impl ScopeSet {
    /// How far `base` reaches in this set. A filter that is still bare reaches nothing.
    pub fn access(&self, base: &ScopeBase) -> Access {
        let mut filters = Vec::new();
        for scope in self.of_base(base) {
            match &scope.filter {
                None => return Access::All,
                Some(filter) if filter.is_bare() => {}
                Some(filter) => filters.push(filter.clone()),
            }
        }
        if filters.is_empty() { Access::None } else { Access::Filtered(filters) }
    }

    /// Whether `base` is held for `target`. A filtered scope never grants what concerns the whole hub.
    pub fn check(&self, base: &ScopeBase, target: Target<'_>, groups: &dyn Membership) -> Verdict {
        match self.access(base) {
            Access::None => Verdict::NotHeld,
            Access::Filtered(_) if target == Target::Hub => Verdict::NotHeld,
            access if access.admits(target, groups) => Verdict::Granted,
            Access::All | Access::Filtered(_) => Verdict::NotThisOne,
        }
    }

    /// [`Self::check`] for a call that any of several scopes opens: granted by one, else 404 if any is held.
    pub fn check_any(&self, bases: &[ScopeBase], target: Target<'_>, groups: &dyn Membership) -> Verdict {
        let mut best = Verdict::NotHeld;
        for base in bases {
            match self.check(base, target, groups) {
                Verdict::Granted => return Verdict::Granted,
                Verdict::NotThisOne => best = Verdict::NotThisOne,
                Verdict::NotHeld => {}
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::super::expand;
    use super::*;
    use crate::ServerName;

    fn lab_has_ada(user: &UserName) -> Vec<GroupName> {
        if user.as_str() == "ada" { vec![GroupName::parse("lab").unwrap()] } else { Vec::new() }
    }

    fn check(scope: &str, base: &ScopeBase, target: Target<'_>) -> Verdict {
        expand(&ScopeSet::parse([scope]).unwrap()).check(base, target, &lab_has_ada)
    }

    #[test]
    fn limited_tokens_answer_as_recorded() {
        let (alice, bob) = (UserName::parse("alice").unwrap(), UserName::parse("bob").unwrap());
        let on_alice = "read:users!user=alice";
        assert_eq!(check(on_alice, &ScopeBase::ListUsers, Target::Hub), Verdict::NotHeld);
        assert_eq!(check(on_alice, &ScopeBase::ReadUsers, Target::User(&alice)), Verdict::Granted);
        assert_eq!(check(on_alice, &ScopeBase::ReadUsers, Target::User(&bob)), Verdict::NotThisOne);
        assert_eq!(check(on_alice, &ScopeBase::DeleteUsers, Target::User(&bob)), Verdict::NotHeld);
        assert_eq!(check(on_alice, &ScopeBase::StartServers, Target::User(&alice)), Verdict::NotHeld);
    }

    #[test]
    fn a_filter_holds_for_what_lies_within_it() {
        use Verdict::{Granted, NotThisOne};
        let ada = UserName::parse("ada").unwrap();
        let gpu = ServerKey::new(ada.clone(), ServerName::parse("gpu").unwrap());
        let main = ServerKey::default_of(ada.clone());
        let bobs = ServerKey::default_of(UserName::parse("bob").unwrap());
        let rows = [
            ("servers", Target::Server(&bobs), Granted),
            ("servers!user=ada", Target::Server(&gpu), Granted),
            ("servers!group=lab", Target::Server(&gpu), Granted),
            ("servers!group=lab", Target::User(&ada), Granted),
            ("servers!server=ada/gpu", Target::Server(&gpu), Granted),
            ("servers!server=ada/gpu", Target::Server(&main), NotThisOne),
            ("servers!server=ada/gpu", Target::User(&ada), NotThisOne),
            ("servers!user=ada", Target::Server(&bobs), NotThisOne),
            ("servers!group=lab", Target::Server(&bobs), NotThisOne),
            ("servers!service=lab", Target::Server(&bobs), NotThisOne),
        ];
        for (scope, target, expected) in rows {
            assert_eq!(check(scope, &ScopeBase::StartServers, target), expected, "{scope} on {target:?}");
        }
        let lab = GroupName::parse("lab").unwrap();
        assert_eq!(check("groups!group=lab", &ScopeBase::ReadGroups, Target::Group(&lab)), Granted);
        assert_eq!(check("groups!group=art", &ScopeBase::ReadGroups, Target::Group(&lab)), NotThisOne);
    }

    #[test]
    fn the_whole_hub_needs_an_unfiltered_scope() {
        assert_eq!(check("shutdown!user=ada", &ScopeBase::Shutdown, Target::Hub), Verdict::NotHeld);
        assert_eq!(check("shutdown", &ScopeBase::Shutdown, Target::Hub), Verdict::Granted);
    }

    #[test]
    fn an_unresolved_filter_grants_nothing() {
        let set = ScopeSet::parse(["servers!user"]).unwrap();
        assert!(set.access(&ScopeBase::Servers).is_none());
    }

    #[test]
    fn one_of_several_scopes_is_enough() {
        let ada = UserName::parse("ada").unwrap();
        let set = ScopeSet::parse(["read:users!user=bob", "read:servers!user=ada"]).unwrap();
        let (bases, target) = ([ScopeBase::ReadUsers, ScopeBase::ReadServers], Target::User(&ada));
        assert_eq!(set.check_any(&bases, target, &lab_has_ada), Verdict::Granted);
        assert_eq!(set.check_any(&bases[..1], target, &lab_has_ada), Verdict::NotThisOne);
        assert_eq!(set.check_any(&[ScopeBase::Shares], target, &lab_has_ada), Verdict::NotHeld);
    }
}
