//! What `labdeckd config show` prints: every setting, its effective value without secrets, and where it came from.

use std::fmt;

use super::keys::{self, Key, Kind};
use super::tree::{Node, Value};
use super::{Config, Source};

/// What stands in the place of a secret.
const REDACTED: &str = "[redacted]";
/// What stands where there is neither value nor default.
const NOT_SET: &str = "(not set)";
/// Parts of a variable's name that make its value a secret.
const SECRET_WORDS: [&str; 6] = ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "KEY", "CREDENTIAL"];

/// One line of `config show`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `hub.bind_url`; of lists of tables `hub.services[0].name`.
    pub key: String,
    /// The value as the file would hold it, secrets redacted.
    pub value: String,
    /// Where it came from.
    pub source: Source,
    /// What the setting does.
    pub words: &'static str,
}

// === impl Config ===

impl Config {
    /// All settings in the order of the tables. A setting of a special table (`docker_spawner.mem_limit`) has a row where
    /// it was given there.
    pub fn effective(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for table in keys::TABLES {
            for (_, key) in keys::places().filter(|(place, _)| place == table) {
                let given = self.sources.given_here(table, key.name);
                match given {
                    Some(node) => rows_of(table, key, node, &mut rows),
                    None if key.table == *table => rows.push(default_row(key)),
                    None => {}
                }
            }
        }
        rows
    }

    /// Where the value of a setting came from; `None` if nobody gave one, or for a name that is no setting.
    pub fn source(&self, key: &str) -> Option<Source> {
        let (table, name) = key.split_once('.')?;
        let table = keys::find_table(table)?;
        let key = keys::find_key(table, name)?;
        self.sources.given(table, key.name).map(|node| node.at.clone())
    }

    /// Whether somebody gave a value for a setting such as `hub.bind_url`.
    pub fn is_given(&self, key: &str) -> bool {
        self.source(key).is_some()
    }
}

impl fmt::Debug for Config {
    /// The rows of [`Config::effective`]: variables for servers may hold secrets that no type marks.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.effective().iter().map(|row| (&row.key, &row.value))).finish()
    }
}

fn default_row(key: &'static Key) -> Row {
    let value = match (key.default, key.kind) {
        ("", _) => NOT_SET.to_owned(),
        (text, Kind::Text | Kind::Command | Kind::Size) => format!("{text:?}"),
        (text, _) => text.to_owned(),
    };
    Row { key: format!("{}.{}", key.table, key.name), value, source: Source::Default, words: key.words }
}

fn rows_of(table: &str, key: &'static Key, node: &Node, rows: &mut Vec<Row>) {
    let name = format!("{table}.{}", key.name);
    let row = |key_text: String, value: String, at: &Source| Row {
        key: key_text,
        value,
        source: at.clone(),
        words: key.words,
    };
    match (key.kind, &node.value) {
        (Kind::Tables, Value::List(items)) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                let Value::Table(entries) = &item.value else { continue };
                rows.extend(entries.iter().map(|(field, node)| {
                    let value = if field == "api_token" { REDACTED.to_owned() } else { shown(&node.value, Kind::Text) };
                    row(format!("{name}[{index}].{field}"), value, &node.at)
                }));
            }
        }
        (kind, value) => rows.push(row(name, shown(value, kind), &node.at)),
    }
}

fn shown(value: &Value, kind: Kind) -> String {
    match (kind, value) {
        (Kind::Secret, Value::Text(text)) if text.is_empty() => NOT_SET.to_owned(),
        (Kind::Secret, _) => REDACTED.to_owned(),
        (Kind::SecretMap, Value::Table(entries)) => {
            let pairs = entries.iter().map(|(_, node)| format!("{REDACTED} = {}", shown(&node.value, Kind::Text)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
        (Kind::SecretMap, _) => REDACTED.to_owned(),
        (_, Value::Text(text)) => format!("{text:?}"),
        (_, Value::Integer(number)) => number.to_string(),
        (_, Value::Float(number)) => number.to_string(),
        (_, Value::Bool(on)) => on.to_string(),
        (_, Value::Other(what)) => (*what).to_owned(),
        (kind, Value::List(items)) => {
            format!("[{}]", items.iter().map(|node| shown(&node.value, kind)).collect::<Vec<_>>().join(", "))
        }
        (kind, Value::Table(entries)) => {
            let pair = |(name, node): &(String, Node)| match is_secret(name) {
                true => format!("{name} = {REDACTED}"),
                false => format!("{name} = {}", shown(&node.value, kind)),
            };
            format!("{{ {} }}", entries.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
    }
}

fn is_secret(name: &str) -> bool {
    let upper = name.to_uppercase();
    SECRET_WORDS.iter().any(|word| upper.contains(word))
}
