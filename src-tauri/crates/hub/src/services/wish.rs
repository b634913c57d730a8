//! A service that somebody wants to add while the hub runs, as `POST /services/{name}` says it. Owns which names and
//! kinds of values there are (JupyterHub 6.1, `_service_model_types`) and the refusals. Pure.

use std::collections::BTreeMap;

use labdeck_model::scope::ScopeSet;
use labdeck_model::{Secret, ServiceName};
use labdeck_store::tables::services::ServiceFacts;
use serde_json::{Map, Value};

use crate::config::{parse_client_id, parse_redirect_uri, parse_service_url};
use crate::error::{Error, Result};

/// The names, and the kind of each in Python's words.
const KNOWN: [(&str, &str); 14] = [
    ("name", "str"),
    ("admin", "bool"),
    ("url", "str"),
    ("oauth_client_allowed_scopes", "list"),
    ("api_token", "str"),
    ("info", "dict"),
    ("display", "bool"),
    ("oauth_no_confirm", "bool"),
    ("command", "list"),
    ("cwd", "str"),
    ("environment", "dict"),
    ("user", "str"),
    ("oauth_client_id", "str"),
    ("oauth_redirect_uri", "str"),
];

/// Shortest and longest token. Reference: JupyterHub 6.1, `orm.py`.
const TOKEN_BYTES: std::ops::RangeInclusive<usize> = 8..=64;

/// What was asked for, checked.
#[derive(Debug)]
pub(super) struct Wish {
    /// Everything that is stored in the service's row.
    pub facts: ServiceFacts,
    /// Its token.
    pub api_token: Option<Secret<String>>,
    /// Its OAuth client's name.
    pub client_id: String,
    /// Where codes are sent to, where that is not the usual place.
    pub redirect_uri: Option<String>,
}

// === impl Wish ===

impl Wish {
    /// Reads a body.
    pub(super) fn read(name: &ServiceName, body: &Value) -> Result<Self> {
        let Some(body) = body.as_object().filter(|body| !body.is_empty()) else {
            return Err(Error::invalid("Invalid service data"));
        };
        check_kinds(body)?;
        let list = |name: &str| body.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        if !list("command").is_empty() {
            return Err(Error::invalid(format!("Can not create managed service {name} at runtime")));
        }
        let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let flag = |name: &str, usual: bool| body.get(name).and_then(Value::as_bool).unwrap_or(usual);
        let scopes = list("oauth_client_allowed_scopes");
        let scopes: Vec<&str> = scopes.iter().filter_map(Value::as_str).collect();
        let scopes = ScopeSet::parse(scopes).map_err(|error| Error::invalid(error.to_string()))?;
        let parsed = |name: &str, parse: fn(&str) -> Result<String, String>| {
            text(name).map(parse).transpose().map_err(|words| Error::invalid(format!("service.{name}: {words}")))
        };
        let environment = body.get("environment").and_then(Value::as_object).cloned().unwrap_or_default();
        let environment: BTreeMap<_, _> =
            environment.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect();
        let facts = ServiceFacts {
            admin: flag("admin", false),
            url: parsed("url", parse_service_url)?,
            oauth_client_allowed_scopes: scopes.to_texts(),
            info: body.get("info").and_then(Value::as_object).cloned().unwrap_or_default(),
            display: flag("display", true),
            oauth_no_confirm: flag("oauth_no_confirm", false),
            cwd: text("cwd").map(str::to_owned),
            environment,
            user: text("user").map(str::to_owned),
            from_config: false,
            ..ServiceFacts::default()
        };
        Ok(Self {
            facts,
            api_token: text("api_token").map(checked_token).transpose()?,
            client_id: parsed("oauth_client_id", parse_client_id)?.unwrap_or_else(|| format!("service-{name}")),
            redirect_uri: parsed("oauth_redirect_uri", parse_redirect_uri)?,
        })
    }
}

fn check_kinds(body: &Map<String, Value>) -> Result<()> {
    let unknown: Vec<_> = body.keys().filter(|name| KNOWN.iter().all(|(known, _)| known != name)).collect();
    if !unknown.is_empty() {
        // JupyterHub repeats the whole body here, with the token in it.
        return Err(Error::invalid(format!("Invalid JSON keys: {unknown:?}")));
    }
    for (name, wanted) in KNOWN {
        let Some(value) = body.get(name) else { continue };
        let found = kind_of(value);
        if found != wanted {
            let words = format!("service.{name} must be <class '{wanted}'>, not: <class '{found}'>");
            return Err(Error::invalid(words));
        }
    }
    Ok(())
}

/// What Python calls it.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

fn checked_token(token: &str) -> Result<Secret<String>> {
    if !token.chars().all(|c| c.is_ascii_graphic()) || !TOKEN_BYTES.contains(&token.len()) {
        let words = "service.api_token must have 8 to 64 letters, digits and signs of ASCII (32 or more are safe)";
        return Err(Error::invalid(words));
    }
    Ok(Secret::new(token.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(body: &Value) -> String {
        Wish::read(&ServiceName::parse("reports").unwrap(), body).unwrap_err().public().to_owned()
    }

    #[test]
    fn refusals_are_jupyterhubs_and_repeat_no_secret() {
        assert_eq!(refusal(&json!({})), "Invalid service data");
        assert_eq!(refusal(&json!([1])), "Invalid service data");
        assert_eq!(
            refusal(&json!({ "api_token": "s3cret-s3cret", "timeout": 3 })),
            r#"Invalid JSON keys: ["timeout"]"#
        );
        let words = "service.admin must be <class 'bool'>, not: <class 'str'>";
        assert_eq!(refusal(&json!({ "admin": "yes" })), words);
        let words = "Can not create managed service reports at runtime";
        assert_eq!(refusal(&json!({ "command": ["true"] })), words);
        assert!(refusal(&json!({ "url": "https://x" })).starts_with("service.url: "));
        assert!(refusal(&json!({ "oauth_client_id": "x" })).starts_with("service.oauth_client_id: "));
        assert!(refusal(&json!({ "oauth_client_allowed_scopes": ["no:such"] })).contains("no:such"));
        assert!(refusal(&json!({ "api_token": "short" })).starts_with("service.api_token"));
    }

    #[test]
    fn an_empty_command_is_none_and_defaults_are_jupyterhubs() {
        let wish = Wish::read(&ServiceName::parse("reports").unwrap(), &json!({ "command": [], "url": "" })).unwrap();
        assert_eq!(wish.facts, ServiceFacts { from_config: false, ..ServiceFacts::default() });
        assert_eq!((wish.client_id.as_str(), wish.redirect_uri), ("service-reports", None));
    }
}
