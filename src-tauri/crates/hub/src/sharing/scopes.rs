//! Which rights a share can give: those about one server, and never more than who gives them holds.

use labdeck_model::ServerKey;
use labdeck_model::scope::{Filter, Scope, ScopeBase, ScopeSet, Target};

use crate::authz::Caller;
use crate::error::{Error, Result};

/// What makes sense for one server. (JupyterHub takes any scope, and most of them then mean nothing.)
const SHAREABLE: [ScopeBase; 6] = [
    ScopeBase::AccessServers,
    ScopeBase::Servers,
    ScopeBase::ReadServers,
    ScopeBase::StartServers,
    ScopeBase::DeleteServers,
    ScopeBase::ReadUsersActivity,
];

/// What a share gives where nothing is said: the server may be opened.
fn usual(key: &ServerKey) -> Scope {
    Scope::filtered(ScopeBase::AccessServers, Filter::Server(key.clone()))
}

/// The wanted scopes, each narrowed to the server.
///
/// # Errors
/// 400 for a scope that is none, is about something else, or that no share can give.
pub(super) fn narrowed(wanted: Option<&[String]>, key: &ServerKey) -> Result<ScopeSet> {
    let wanted = wanted.unwrap_or_default();
    if wanted.is_empty() {
        return Ok(ScopeSet::from_iter([usual(key)]));
    }
    let mut scopes = ScopeSet::new();
    for text in wanted {
        let scope = Scope::parse(text).map_err(|error| Error::invalid(error.to_string()))?;
        let own = Filter::Server(key.clone());
        if let Some(filter) = scope.filter.filter(|filter| *filter != own) {
            let name = key.full_name();
            return Err(Error::invalid(format!("!{filter} not allowed on sharing {text}, only !server={name}")));
        }
        if !SHAREABLE.contains(&scope.base) && !matches!(scope.base, ScopeBase::Custom(_)) {
            let names: Vec<_> = SHAREABLE.iter().map(ScopeBase::as_str).collect();
            return Err(Error::invalid(format!(
                "A share cannot give {text}. It can give {}, and custom scopes.",
                names.join(", ")
            )));
        }
        scopes.insert(Scope::filtered(scope.base, own));
    }
    Ok(scopes)
}

/// Refuses what the caller does not hold.
///
/// # Errors
/// 403 naming the first such scope.
pub(super) fn require_held(caller: &Caller, scopes: &ScopeSet, key: &ServerKey) -> Result<()> {
    match scopes.iter().find(|scope| !caller.may(&scope.base, Target::Server(key))) {
        Some(scope) => Err(Error::forbidden(format!("Do not have permission to grant share with scope {scope}"))),
        None => Ok(()),
    }
}

/// What a share allows, in words, for somebody who reads `whose` server.
pub fn words(scopes: &ScopeSet) -> Vec<&'static str> {
    let has = |bases: &[ScopeBase]| bases.iter().any(|base| scopes.mentions(base));
    let lines = [
        (has(&[ScopeBase::AccessServers]), "open it and work in it"),
        (has(&[ScopeBase::StartServers, ScopeBase::Servers]), "start it"),
        (has(&[ScopeBase::DeleteServers, ScopeBase::Servers]), "stop it"),
        (has(&[ScopeBase::ReadServers, ScopeBase::Servers]), "see whether it runs"),
        (has(&[ScopeBase::ReadUsersActivity]), "see when it was last used"),
        (
            scopes.iter().any(|scope| matches!(scope.base, ScopeBase::Custom(_))),
            "use rights that services of this hub define",
        ),
    ];
    lines.into_iter().filter_map(|(held, words)| held.then_some(words)).collect()
}

#[cfg(test)]
mod tests {
    use labdeck_model::UserName;

    use super::*;

    fn adas() -> ServerKey {
        ServerKey::default_of(UserName::parse("ada").unwrap())
    }

    fn of(texts: &[&str]) -> Result<Vec<String>> {
        let texts: Vec<_> = texts.iter().map(|text| (*text).to_owned()).collect();
        narrowed(Some(&texts), &adas()).map(|scopes| scopes.to_texts())
    }

    #[test]
    fn every_scope_is_narrowed_to_the_server() {
        assert_eq!(of(&[]).unwrap(), ["access:servers!server=ada/"]);
        assert_eq!(of(&["servers"]).unwrap(), ["servers!server=ada/"]);
        assert_eq!(of(&["custom:x:read"]).unwrap(), ["custom:x:read!server=ada/"]);
    }

    #[test]
    fn what_no_share_can_give_is_refused_by_name() {
        for (bad, words) in [
            ("admin:users", "cannot give admin:users"),
            ("shares", "cannot give shares"),
            ("servers!server=bo/", "!server=bo/ not allowed on sharing servers!server=bo/, only !server=ada/"),
            ("servers!user", "not allowed"),
            ("nonsense", "no scope"),
        ] {
            let error = of(&[bad]).unwrap_err();
            assert!(error.public().contains(words), "{bad}: {error}");
        }
    }
}
