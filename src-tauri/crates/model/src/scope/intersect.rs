//! What two sets of scopes have in common: a token never means more than its owner, nor an owner more than the token.

use super::access::Membership;
use super::{Filter, Scope, ScopeSet, expand};

/// The rights that both sets hold. Both are expanded first; server lies within user, and user within group as
/// `groups` tells. Two different groups have nothing in common here, although they may share members
/// (JupyterHub does the same): narrower than possible, never wider.
#[must_use]
pub fn intersect(a: &ScopeSet, b: &ScopeSet, groups: &dyn Membership) -> ScopeSet {
    let (a, b) = (expand(a), expand(b));
    let mut common = ScopeSet::new();
    for left in &a {
        for right in b.of_base(&left.base) {
            common.extend(meet(left, right, groups));
        }
    }
    common
}

/// The narrower of two scopes of one base, if one lies within the other.
fn meet(left: &Scope, right: &Scope, groups: &dyn Membership) -> Option<Scope> {
    let within = |inner: &Filter, outer: &Filter| inner.lies_within(outer, groups);
    match (&left.filter, &right.filter) {
        (_, None) => Some(left.clone()),
        (None, _) => Some(right.clone()),
        (Some(l), Some(r)) if within(l, r) => Some(left.clone()),
        (Some(l), Some(r)) if within(r, l) => Some(right.clone()),
        (Some(_), Some(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::set_strategy;
    use super::*;
    use crate::{GroupName, UserName};

    fn groups(user: &UserName) -> Vec<GroupName> {
        if user.as_str() == "ada" { vec![GroupName::parse("lab").unwrap()] } else { Vec::new() }
    }

    fn common(a: &[&str], b: &[&str]) -> Vec<String> {
        intersect(&ScopeSet::parse(a).unwrap(), &ScopeSet::parse(b).unwrap(), &groups).to_texts()
    }

    #[test]
    fn the_narrower_side_remains() {
        let none: [&str; 0] = [];
        assert_eq!(common(&["shutdown"], &["shutdown", "proxy"]), ["shutdown"]);
        assert_eq!(common(&["tokens!user=ada"], &["read:tokens"]), ["read:tokens!user=ada"]);
        assert_eq!(
            common(&["access:servers!server=ada/"], &["access:servers!user=ada"]),
            ["access:servers!server=ada/"]
        );
        assert_eq!(
            common(&["access:servers!group=lab"], &["access:servers!server=ada/x"]),
            ["access:servers!server=ada/x"]
        );
        assert_eq!(common(&["read:tokens!group=lab"], &["read:tokens!user=ada"]), ["read:tokens!user=ada"]);
        assert_eq!(common(&["read:tokens!group=lab"], &["read:tokens!user=bob"]), none);
        assert_eq!(common(&["read:tokens!group=lab"], &["read:tokens!group=art"]), none);
        assert_eq!(common(&["access:servers!server=ada/"], &["access:servers!server=ada/x"]), none);
        assert_eq!(common(&["shutdown"], &["proxy"]), none);
    }

    fn covered(scope: &Scope, by: &ScopeSet) -> bool {
        by.of_base(&scope.base).any(|held| match (&scope.filter, &held.filter) {
            (_, None) => true,
            (Some(inner), Some(outer)) => inner.lies_within(outer, &groups),
            (None, Some(_)) => false,
        })
    }

    proptest::proptest! {
        #[test]
        fn intersecting_never_grows_either_side(a in set_strategy(), b in set_strategy()) {
            let common = intersect(&a, &b, &groups);
            let (a, b) = (expand(&a), expand(&b));
            for scope in &common {
                proptest::prop_assert!(covered(scope, &a) && covered(scope, &b), "{scope} from {a:?} and {b:?}");
            }
            proptest::prop_assert_eq!(intersect(&b, &a, &groups), common);
        }

        #[test]
        fn a_set_in_common_with_itself_is_itself(a in set_strategy()) {
            let a = expand(&a);
            let common = intersect(&a, &a, &groups);
            proptest::prop_assert!(a.iter().all(|scope| covered(scope, &common)));
        }
    }
}
