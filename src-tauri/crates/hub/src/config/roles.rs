//! `[[hub.load_roles]]`: roles and who holds them. Scopes are checked by the scope grammar.

use std::collections::BTreeSet;

use labdeck_model::scope::{Scope, ScopeBase, ScopeError, find_base_role};
use labdeck_model::{GroupName, RoleName, ServiceName, UserName};

use super::convert::{Fields, Reader, to_text};
use super::{Problem, RoleSettings, ServiceSettings, services, suggest};

const LABEL: &str = "[[hub.load_roles]]";

const KNOWN: [&str; 7] = ["name", "description", "scopes", "users", "groups", "services", "managed_by_auth"];

/// Reads all roles.
pub(super) fn read(reader: &mut Reader<'_>, known_services: &[ServiceSettings]) -> Vec<RoleSettings> {
    let Some(node) = reader.sources.get("hub", "load_roles") else { return Vec::new() };
    let tables = Fields::of_list(LABEL, &node, &KNOWN, &mut reader.problems);
    let mut roles = Vec::new();
    let mut seen = BTreeSet::new();
    for fields in &tables {
        let Some(role) = read_one(fields, known_services, &mut reader.problems) else { continue };
        if !seen.insert(role.name.clone()) {
            let words = format!("{LABEL} {} is there twice; put all of it into one table", role.name);
            reader.problems.push(Problem::new(fields.at(), words));
        }
        roles.push(role);
    }
    roles
}

fn read_one(
    fields: &Fields<'_>,
    known_services: &[ServiceSettings],
    problems: &mut Vec<Problem>,
) -> Option<RoleSettings> {
    if fields.find("name").is_none() {
        problems.push(Problem::new(fields.at(), format!("{LABEL} has no name; add a line such as name = \"reports\"")));
    }
    if let Some(node) = fields.find("managed_by_auth") {
        problems
            .push(Problem::new(&node.at, format!("{LABEL} managed_by_auth is not in this version; take the line out")));
    }
    let name = fields.parsed("name", problems, RoleName::parse);
    let description = fields.read("description", problems, to_text).map(|(text, _)| text);
    let scopes = fields.parsed_list("scopes", problems, parse_role_scope).into_iter().collect();
    let users = fields.parsed_list("users", problems, UserName::parse);
    let groups = fields.parsed_list("groups", problems, GroupName::parse);
    let services = fields.parsed_list("services", problems, |text| known_service(text, known_services));
    let name = name?;
    let says_what = fields.find("scopes").or_else(|| fields.find("description"));
    if let (Some(base), Some(node)) = (find_base_role(name.as_str()), says_what)
        && !base.may_be_redefined
    {
        let words = format!("{LABEL} {name} is fixed: its scopes and description cannot be changed, only who holds it");
        problems.push(Problem::new(&node.at, words));
    }
    let scopes = fields.find("scopes").map(|_| scopes);
    Some(RoleSettings { name, description, scopes, users, groups, services })
}

fn known_service(text: &str, known: &[ServiceSettings]) -> Result<ServiceName, String> {
    let name = ServiceName::parse(text).map_err(|e| e.to_string())?;
    if known.iter().any(|service| service.name == name) {
        return Ok(name);
    }
    let near = suggest::or_nothing(suggest::nearest(text, services::names(known)));
    Err(format!(
        "there is no service {text:?}{near}{}",
        if near.is_empty() { "; add it as [[hub.services]]" } else { "" }
    ))
}

fn parse_role_scope(text: &str) -> Result<Scope, String> {
    let scope = parse_scope(text)?;
    if scope.base == ScopeBase::Inherit {
        Err("\"inherit\" is for tokens; a role has nothing to inherit from".to_owned())
    } else {
        Ok(scope)
    }
}

/// Reads a scope; an unknown one is answered with what was meant.
pub(super) fn parse_scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text).map_err(|error| match &error {
        ScopeError::Unknown(base) => {
            let near = suggest::nearest(base, ScopeBase::TABLE.iter().map(ScopeBase::as_str));
            format!("{error}{}", suggest::or_nothing(near))
        }
        _ => error.to_string(),
    })
}
