//! A value of the configuration before it has a type, with the place it came from. Made from TOML and from texts.

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::Source;
use super::keys::Kind;

/// A value and its place.
#[derive(Clone, PartialEq)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) at: Source,
}

/// What TOML can say.
#[derive(Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
    /// A date, or a number that no setting could hold.
    Other(&'static str),
}

// === impl Value ===

impl Value {
    /// For a message: the value if it is short and plain, else what it is.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) => format!("{:?}", text.chars().take(60).collect::<String>()),
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Bool(on) => on.to_string(),
            Self::List(_) | Self::Table(_) | Self::Other(_) => self.kind().to_owned(),
        }
    }

    /// What it is, without what it says.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Bool(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(what) => what,
        }
    }
}

/// Turns a parsed document into nodes; `place` tells the source of a byte offset.
pub(super) fn from_toml(table: &DeTable<'_>, place: &dyn Fn(usize) -> Source) -> Vec<(String, Node)> {
    let entry = |(key, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
        let at = place(key.span().start);
        (key.get_ref().to_string(), Node { value: value_of(value.get_ref(), place), at })
    };
    table.iter().map(entry).collect()
}

fn value_of(value: &DeValue<'_>, place: &dyn Fn(usize) -> Source) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => integer(number),
        DeValue::Float(number) => number.as_str().parse().map_or(Value::Other("an odd number"), Value::Float),
        DeValue::Boolean(on) => Value::Bool(*on),
        DeValue::Datetime(_) => Value::Other("a date"),
        DeValue::Array(items) => {
            let item = |item: &Spanned<DeValue<'_>>| Node {
                value: value_of(item.get_ref(), place),
                at: place(item.span().start),
            };
            Value::List(items.iter().map(item).collect())
        }
        DeValue::Table(table) => Value::Table(from_toml(table, place)),
    }
}

fn integer(number: &DeInteger<'_>) -> Value {
    i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Other("a number out of range"), Value::Integer)
}

/// Reads a text of the environment, of a flag or of the table of defaults, as the setting's kind wants it. What does
/// not fit stays a text; the conversion complains about it.
pub(super) fn from_text(text: &str, kind: Kind, at: &Source) -> Node {
    let trimmed = text.trim();
    let raw = || Value::Text(text.to_owned());
    let value = match kind {
        Kind::Text | Kind::Secret => raw(),
        Kind::Bool => match trimmed {
            "true" | "1" => Value::Bool(true),
            "false" | "0" => Value::Bool(false),
            _ => raw(),
        },
        Kind::Count | Kind::Seconds | Kind::Number | Kind::Size => {
            trimmed.parse().map(Value::Integer).or_else(|_| trimmed.parse().map(Value::Float)).unwrap_or_else(|_| raw())
        }
        Kind::Command if !trimmed.starts_with('[') => raw(),
        Kind::Texts if !trimmed.starts_with(['[', '{']) => {
            let parts = trimmed.split(',').map(str::trim).filter(|part| !part.is_empty());
            Value::List(parts.map(|part| Node { value: Value::Text(part.to_owned()), at: at.clone() }).collect())
        }
        Kind::Engine if !trimmed.starts_with(['[', '{', '*', '"']) => {
            let parts = trimmed.split(',').map(str::trim).filter(|part| !part.is_empty());
            Value::List(parts.map(|part| Node { value: Value::Text(part.to_owned()), at: at.clone() }).collect())
        }
        Kind::Command | Kind::Texts | Kind::TextMap | Kind::SecretMap | Kind::Tables | Kind::Engine => {
            DeValue::parse(trimmed).map_or_else(|_| raw(), |value| value_of(value.get_ref(), &|_| at.clone()))
        }
    };
    Node { value, at: at.clone() }
}
