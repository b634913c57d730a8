//! `[[hub.services]]` and `[hub.api_tokens]`: who else has a token.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use labdeck_model::scope::ScopeSet;
use labdeck_model::{Secret, ServiceName, UserName};
use url::Url;

use super::convert::{Fields, Reader, to_bool, to_command, to_json, to_map, to_secret, to_text, to_timeout};
use super::roles::parse_scope;
use super::{ApiToken, Problem, ServiceRun, ServiceSettings, Source};

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

/// Of no use without a command: the hub starts nothing then.
const OF_A_COMMAND: [&str; 3] = ["cwd", "environment", "user"];

/// How long a service may take until it answers. Reference: JupyterHub 6.1, `Service.timeout`.
const TIMEOUT: Duration = Duration::from_secs(30);

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
    if let Some(node) = fields.find("oauth_roles") {
        let words = "is JupyterHub's old name; write oauth_client_allowed_scopes";
        problems.push(Problem::new(&node.at, format!("{LABEL} oauth_roles: {words}")));
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
    let run = read_run(fields, &mut reader.problems);
    let info = fields.read("info", &mut reader.problems, to_json);
    let timeout = fields.read("timeout", &mut reader.problems, to_timeout);
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
        run,
        info: info.unwrap_or_default(),
        timeout: timeout.unwrap_or(TIMEOUT),
    })
}

/// How the hub starts it; `None` for one that somebody else starts.
fn read_run(fields: &Fields<'_>, problems: &mut Vec<Problem>) -> Option<ServiceRun> {
    let command = fields.read("command", problems, to_command).unwrap_or_default();
    let cwd = fields.read("cwd", problems, to_text).map(|(text, _)| text).filter(|text| !text.is_empty());
    let variables = fields.read("environment", problems, to_map).unwrap_or_default();
    let user = fields.read("user", problems, to_text).map(|(text, _)| text).filter(|text| !text.is_empty());
    let mut environment = BTreeMap::new();
    for (name, value, at) in variables {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            problems.push(Problem::new(&at, format!("{LABEL} environment: {name:?} cannot be a variable")));
        }
        environment.insert(name, value);
    }
    if !command.is_empty() {
        return Some(ServiceRun { command, cwd: cwd.map(Into::into), environment, user });
    }
    if fields.find("command").is_none()
        && let Some((name, node)) = OF_A_COMMAND.iter().find_map(|name| Some((name, fields.find(name)?)))
    {
        let words =
            format!("{LABEL} {name} is for a service that the hub starts; add its command, or take the line out");
        problems.push(Problem::new(&node.at, words));
    }
    None
}

/// Also for services that are added while the hub runs.
pub fn parse_service_url(text: &str) -> Result<String, String> {
    let example = "write it like http://127.0.0.1:9000";
    let url = Url::parse(text).map_err(|e| format!("{text:?} is no URL ({e}); {example}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("may not hold a user name or password; {example}"));
    }
    if url.scheme() == "https" {
        return Err(format!("{text:?} cannot be led to: the proxy speaks http to services; {example}"));
    }
    if url.scheme() != "http" || url.host().is_none() {
        return Err(format!("{text:?} is no URL of a web server; {example}"));
    }
    Ok(text.to_owned())
}

/// The same.
pub fn parse_client_id(text: &str) -> Result<String, String> {
    let tail = text.strip_prefix("service-").unwrap_or_default();
    let fits = !tail.is_empty() && tail.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if fits {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} must begin with 'service-', and have only letters, digits, '-', '_' and '.'"))
    }
}

/// The same.
pub fn parse_redirect_uri(text: &str) -> Result<String, String> {
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
