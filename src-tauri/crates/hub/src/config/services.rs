//! `[[hub.services]]` and `[hub.api_tokens]`: who else has a token.

use std::collections::BTreeSet;

use labdeck_model::scope::ScopeSet;
use labdeck_model::{Secret, ServiceName, UserName};
use url::Url;

use super::convert::{Fields, Reader, to_bool, to_map, to_secret};
use super::roles::parse_scope;
use super::{ApiToken, Problem, ServiceSettings, Source};

const LABEL: &str = "[[hub.services]]";

const KNOWN: [&str; 16] = [
    "name",
    "api_token",
    "url",
    "admin",
    "display",
    "oauth_client_id",
    "oauth_redirect_uri",
    "oauth_no_confirm",
    "oauth_client_allowed_scopes",
    "command",
    "cwd",
    "environment",
    "user",
    "info",
    "timeout",
    "oauth_roles",
];

/// Known to JupyterHub, and refused here with words.
const LATER: [(&str, &str); 7] = [
    ("command", "this version starts no services; start it yourself, and give url and api_token"),
    ("cwd", "this version starts no services; take the line out"),
    ("environment", "this version starts no services; take the line out"),
    ("user", "this version starts no services; take the line out"),
    ("info", "is not in this version; take the line out"),
    ("timeout", "is not in this version: the hub waits for no service; take the line out"),
    ("oauth_roles", "is JupyterHub's old name; write oauth_client_allowed_scopes"),
];

/// Shortest and longest token. Reference: JupyterHub 6.1, `orm.py`.
const TOKEN_BYTES: std::ops::RangeInclusive<usize> = 8..=64;
/// A token shorter than this may be guessed in time.
const GOOD_TOKEN_BYTES: usize = 32;

/// Reads all services.
pub(super) fn read(reader: &mut Reader<'_>) -> Vec<ServiceSettings> {
    let Some(node) = reader.sources.get("hub", "services") else { return Vec::new() };
    let tables = Fields::of_list(LABEL, &node, &KNOWN, &mut reader.problems);
    let services: Vec<_> = tables.iter().filter_map(|fields| read_one(fields, reader)).collect();
    let mut seen = BTreeSet::new();
    for (service, fields) in services.iter().zip(&tables) {
        if !seen.insert(&service.name) {
            let words = format!("{LABEL} {} is there twice; give each service a name of its own", service.name);
            reader.problems.push(Problem::new(fields.at(), words));
        }
    }
    services
}

fn read_one(fields: &Fields<'_>, reader: &mut Reader<'_>) -> Option<ServiceSettings> {
    let problems = &mut reader.problems;
    for (name, words) in LATER {
        if let Some(node) = fields.find(name) {
            problems.push(Problem::new(&node.at, format!("{LABEL} {name}: {words}")));
        }
    }
    if fields.find("name").is_none() {
        problems.push(Problem::new(fields.at(), format!("{LABEL} has no name; add a line such as name = \"reports\"")));
    }
    let name = fields.parsed("name", problems, ServiceName::parse);
    let flag = |wanted: &str, problems: &mut Vec<Problem>| fields.read(wanted, problems, to_bool);
    let (admin, display) = (flag("admin", problems), flag("display", problems));
    let oauth_no_confirm = flag("oauth_no_confirm", problems);
    let url = fields.parsed("url", problems, parse_service_url);
    let client_id = fields.parsed("oauth_client_id", problems, parse_client_id);
    let redirect_uri = fields.parsed("oauth_redirect_uri", problems, parse_redirect_uri);
    let scopes: ScopeSet =
        fields.parsed_list("oauth_client_allowed_scopes", problems, parse_scope).into_iter().collect();
    let api_token = fields.read("api_token", problems, to_secret).flatten();
    if let (Some(token), Some(node)) = (&api_token, fields.find("api_token")) {
        check_token(token.expose(), &node.at, &format!("{LABEL} api_token"), reader);
    }
    let name = name?;
    Some(ServiceSettings {
        oauth_client_id: client_id.unwrap_or_else(|| format!("service-{name}")),
        name,
        api_token,
        url,
        admin: admin.unwrap_or(false),
        display: display.unwrap_or(true),
        oauth_redirect_uri: redirect_uri,
        oauth_no_confirm: oauth_no_confirm.unwrap_or(false),
        oauth_client_allowed_scopes: scopes,
    })
}

fn parse_service_url(text: &str) -> Result<String, String> {
    let example = "write it like http://127.0.0.1:9000";
    let url = Url::parse(text).map_err(|e| format!("{text:?} is no URL ({e}); {example}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("may not hold a user name or password; {example}"));
    }
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(format!("{text:?} is no URL of a web server; {example}"));
    }
    Ok(text.to_owned())
}

fn parse_client_id(text: &str) -> Result<String, String> {
    let tail = text.strip_prefix("service-").unwrap_or_default();
    let fits = !tail.is_empty() && tail.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if fits {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} must begin with 'service-', and have only letters, digits, '-', '_' and '.'"))
    }
}

fn parse_redirect_uri(text: &str) -> Result<String, String> {
    let path = text.starts_with('/') && !text.starts_with("//");
    let url = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if path || url {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} must be a path of this hub or an http:// URL"))
    }
}

/// Reads the tokens of users. The names of this table are secrets and appear in no message.
pub(super) fn read_api_tokens(reader: &mut Reader<'_>) -> Vec<ApiToken> {
    let entries = reader.read("hub", "api_tokens", to_map).unwrap_or_default();
    let mut tokens = Vec::new();
    for (token, user, at) in entries {
        check_token(&token, &at, "[hub.api_tokens]: a token", reader);
        match UserName::parse(&user) {
            Ok(user) => tokens.push(ApiToken { user, token: Secret::new(token) }),
            Err(e) => reader
                .problems
                .push(Problem::new(&at, format!("[hub.api_tokens]: the {e}; write \"the-token\" = \"user\""))),
        }
    }
    tokens
}

fn check_token(token: &str, at: &Source, label: &str, reader: &mut Reader<'_>) {
    let make = "make one with: openssl rand -hex 32";
    if !token.chars().all(|c| c.is_ascii_graphic()) {
        reader
            .problems
            .push(Problem::new(at, format!("{label} may have letters, digits and signs of ASCII only; {make}")));
    } else if !TOKEN_BYTES.contains(&token.len()) {
        let words = format!("{label} has {} characters; it must have 32 to 64 ({make})", token.len());
        reader.problems.push(Problem::new(at, words));
    } else if token.len() < GOOD_TOKEN_BYTES {
        reader.warnings.push(format!("{at}: {label} has only {} characters and may be guessed; {make}", token.len()));
    }
}

/// Two holders of one token could not be told apart.
pub(super) fn check_distinct(services: &[ServiceSettings], tokens: &[ApiToken], reader: &mut Reader<'_>) {
    let of_services = services.iter().filter_map(|service| service.api_token.as_ref());
    let mut seen = BTreeSet::new();
    if of_services.chain(tokens.iter().map(|t| &t.token)).any(|token| !seen.insert(token.expose())) {
        let at = reader.sources.given("hub", "services").map_or(Source::Default, |node| node.at.clone());
        reader
            .problems
            .push(Problem::new(&at, "one token is given to two services or users; give each a token of its own"));
    }
}

/// Used where a role names services.
pub(super) fn names(services: &[ServiceSettings]) -> Vec<&str> {
    services.iter().map(|service| service.name.as_str()).collect()
}
