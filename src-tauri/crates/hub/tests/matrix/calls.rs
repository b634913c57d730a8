//! [`Call`]: every operation of the API, from the router itself, with the scope that its description declares; and how
//! it is asked about something of ada's, of bo's, or of nobody's.

use std::collections::BTreeMap;

use http::Method;
use labdeck_hub::front::Listener;
use serde_json::{Value, json};

use crate::world::Template;

/// Whose thing is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    Ada,
    Bo,
    Nobody,
}

/// The columns of the golden file.
pub(crate) const TARGETS: [Target; 3] = [Target::Ada, Target::Bo, Target::Nobody];

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Below `/hub/api`.
    pub(crate) path: String,
    pub(crate) rule: Rule,
}

/// What its description says of who may call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Everybody.
    Open,
    /// Whoever is known.
    Known,
    /// Who holds one of these: each the scopes that are needed together.
    Scopes(Vec<Vec<String>>),
}

/// Every call of the API that a listener serves.
///
/// # Panics
/// When one of them does not say who may call it.
pub(crate) fn calls(listener: Listener) -> Vec<Call> {
    let document: Value = serde_json::from_str(&labdeck_hub::api::openapi_document()).unwrap();
    let mut calls = Vec::new();
    let mut unsaid = Vec::new();
    for route in labdeck_hub::routes("/", listener) {
        let Some(below) = route.path.strip_prefix("/hub/api") else { continue };
        let Some(method) = route.method.filter(|method| *method != Method::OPTIONS) else { continue };
        // A page, which JupyterHub has in this place; and the other way to write the first call of all.
        if below == "/oauth2/authorize" || below == "/" {
            continue;
        }
        let described = if below.is_empty() { "/hub/api/" } else { route.path.as_str() };
        let operation = &document["paths"][described][method.as_str().to_lowercase()];
        match rule(&operation["security"]) {
            Some(rule) => calls.push(Call { method, path: below.to_owned(), rule }),
            None => unsaid.push(format!("{method} {}", route.path)),
        }
    }
    assert!(unsaid.is_empty(), "no scope is declared for {unsaid:?}");
    calls
}

fn rule(security: &Value) -> Option<Rule> {
    let one = |requirement: &Value| -> Vec<String> {
        let scopes = requirement["token"].as_array().into_iter().flatten();
        scopes.map(|scope| scope.as_str().unwrap().to_owned()).collect()
    };
    let requirements = security.as_array()?;
    if requirements.iter().any(|requirement| requirement.get("token").is_none()) {
        return Some(Rule::Open);
    }
    let sets: Vec<_> = requirements.iter().map(one).collect();
    Some(if sets.iter().any(Vec::is_empty) { Rule::Known } else { Rule::Scopes(sets) })
}

// === impl Target ===

impl Target {
    pub(crate) fn user(self) -> &'static str {
        ["ada", "bo", "nobody"][self as usize]
    }

    fn group(self) -> &'static str {
        ["lab", "art", "nogroup"][self as usize]
    }

    fn service(self) -> &'static str {
        ["reports", "grader", "noservice"][self as usize]
    }
}

// === impl Call ===

impl Call {
    /// Whether it is about somebody's thing; else it is asked once.
    pub(crate) fn has_target(&self) -> bool {
        self.path.contains('{')
    }

    /// What it is asked with: the path, and the body if it takes one.
    pub(crate) fn ask(&self, target: Target, template: &Template) -> (String, String) {
        let path = self.parts().map(|part| self.filled(part, target, template)).collect::<Vec<_>>().join("/");
        let body = self.body(target);
        (format!("/hub/api{path}"), if body.is_null() { String::new() } else { body.to_string() })
    }

    fn parts(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        let parts: Vec<_> = self.path.split('/').collect();
        (0..parts.len())
            .map(move |at| (at.checked_sub(1).map(|before| parts[before]), parts[at]))
            .collect::<Vec<_>>()
            .into_iter()
    }

    fn filled(&self, (before, part): (Option<&str>, &str), target: Target, template: &Template) -> String {
        let ours = self.path.starts_with("/labdeck/servers/");
        match (before.unwrap_or_default(), part) {
            (_, part) if !part.starts_with('{') => part.to_owned(),
            ("groups", "{name}") => target.group().to_owned(),
            ("services", "{name}") => target.service().to_owned(),
            ("sizes" | "stacks" | "folders", "{name}") => ["small", "base", "none"][target as usize].to_owned(),
            ("shared", "{owner}") => "cy".to_owned(),
            (_, "{name}" | "{owner}") => target.user().to_owned(),
            (_, "{server}") => if ours { "~" } else { "x" }.to_owned(),
            // Nobody gives what they do not hold.
            (_, "{role}") => if self.path.contains("/users/") { "readers" } else { "listers" }.to_owned(),
            ("tokens", "{id}") => template.token_ids.get(target.user()).cloned().unwrap_or_else(|| "a999".to_owned()),
            ("token", "{token}") => {
                template.tokens.get(target.user()).cloned().unwrap_or_else(|| "of-nobody-at-all".to_owned())
            }
            (_, "{cookie_name}") => "jupyterhub-hub-login".to_owned(),
            (_, "{cookie_value}") => {
                let session =
                    template.sessions.get(target.user()).map(|session| &session.cookies["jupyterhub-hub-login"]);
                session.cloned().unwrap_or_else(|| "of-nobody-at-all".to_owned())
            }
            ("homes", "{id}") => format!("simple.{}", target.user()),
            ("jobs" | "downloads", "{id}") => "7".to_owned(),
            ("fix", "{id}") => "start_again".to_owned(),
            _ => panic!("this test does not know what to put for {part} in {}", self.path),
        }
    }

    /// A body with which the call would do something. Calls that are not here are asked with an empty one.
    fn body(&self, target: Target) -> Value {
        let user = target.user();
        match (self.method.as_str(), self.path.as_str()) {
            ("POST", "/users") => json!({ "usernames": ["new"] }),
            ("POST", "/users/{name}/activity") => json!({ "last_activity": "2026-01-01T00:00:00Z" }),
            ("POST", "/users/{name}/tokens") => json!({ "scopes": [format!("read:tokens!user={user}")] }),
            ("POST", "/groups") => json!({ "groups": ["new"] }),
            ("POST" | "DELETE", "/groups/{name}/users") => json!({ "users": ["cy"] }),
            ("POST" | "PATCH", "/shares/{owner}/{server}" | "/shares/{owner}/") => json!({ "user": "cy" }),
            ("POST", "/services/{name}") => json!({ "display": true }),
            ("POST", "/shutdown") => json!({ "servers": false }),
            ("POST", "/oauth2/token") => Value::Null,
            ("POST", "/labdeck/claim") => json!({ "name": "new" }),
            ("POST", "/labdeck/tickets") => json!({ "path": "/user/ada/" }),
            ("POST", "/labdeck/quit") => json!({ "servers": "leave" }),
            ("PUT", "/labdeck/sizes/{name}") => json!({ "display_name": "S", "offered": true }),
            ("PUT", "/labdeck/stacks/{name}") => json!({ "display_name": "S", "image": "base:2", "offered": true }),
            ("PUT", "/labdeck/folders/{name}") => {
                json!({ "display_name": "F", "target": "/f", "audience": { "kind": "everybody" } })
            }
            ("POST", "/labdeck/pulls") => json!({ "reference": "base:1" }),
            ("POST", "/labdeck/homes/{id}/restore") => json!({ "user": user }),
            ("POST", "/labdeck/downloads") => json!({ "of": "log", "user": "ada", "server": "" }),
            ("POST", "/labdeck/messages" | "/labdeck/servers/{name}/{server}/message") => json!({ "text": "Hello" }),
            ("GET" | "DELETE", _) => Value::Null,
            _ => json!({}),
        }
    }
}

/// The sets of scopes that tokens are made of, for all of these calls: what is needed alone, the same narrowed in each
/// way, and everything but what is needed.
pub(crate) fn limited_tokens(calls: &[Call]) -> BTreeMap<String, Vec<String>> {
    let mut tokens = BTreeMap::new();
    for call in calls {
        let Rule::Scopes(sets) = &call.rule else { continue };
        for set in sets {
            for filter in FILTERS {
                let scopes = set.iter().map(|scope| format!("{scope}{filter}")).collect();
                tokens.insert(only(set, filter), scopes);
            }
        }
        tokens.insert(all_but(sets), everything_but(sets));
    }
    tokens
}

/// Each way to narrow a scope: to what is ada's, or `reports` for services.
pub(crate) const FILTERS: [&str; 5] = ["", "!user=ada", "!group=lab", "!server=ada/x", "!service=reports"];

/// What a token with just these scopes is called.
pub(crate) fn only(set: &[String], filter: &str) -> String {
    set.iter().map(|scope| format!("{scope}{filter}")).collect::<Vec<_>>().join("+")
}

/// What a token with all scopes but these is called.
pub(crate) fn all_but(sets: &[Vec<String>]) -> String {
    format!("all but {}", sets.concat().join("+"))
}

fn everything_but(sets: &[Vec<String>]) -> Vec<String> {
    use labdeck_model::scope::{Scope, ScopeBase, ScopeSet, expand};
    let without = sets.concat();
    let brings = |base: &ScopeBase| {
        let all = expand(&ScopeSet::from_iter([Scope::all(base.clone())]));
        without.iter().any(|scope| all.mentions(&ScopeBase::parse(scope).unwrap()))
    };
    let kept =
        ScopeBase::TABLE.iter().filter(|base| !base.is_metascope() && **base != ScopeBase::NoScope && !brings(base));
    kept.map(|base| base.as_str().to_owned()).collect()
}
