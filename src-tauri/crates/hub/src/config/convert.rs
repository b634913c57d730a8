//! From nodes to types, with the words for what does not fit. [`Reader`] collects the problems of a whole
//! configuration; [`Fields`] reads one table of a list, such as one service.

use std::time::Duration;

use labdeck_model::Secret;

use super::sources::Sources;
use super::tree::{Node, Value};
use super::{Problem, Source, keys, suggest};

/// What is wrong with a value, and where; follows the setting's name in the message.
pub(super) type Wrong = (Source, String);

/// A text and where it stands.
pub(super) type PlacedText = (String, Source);

/// Reads settings and remembers what was wrong.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) sources: &'a Sources,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<String>,
}

/// One table of a list of tables.
pub(super) struct Fields<'a> {
    label: &'static str,
    entries: &'a [(String, Node)],
    at: Source,
}

// === impl Reader ===

impl<'a> Reader<'a> {
    pub(super) fn new(sources: &'a Sources, problems: Vec<Problem>, warnings: Vec<String>) -> Self {
        Self { sources, problems, warnings }
    }

    /// The value that counts, as `to` reads it; `None` if there is none, or if it is wrong (then a problem is kept).
    pub(super) fn read<T>(
        &mut self,
        table: &'static str,
        name: &'static str,
        to: impl Fn(&Node) -> Result<T, Wrong>,
    ) -> Option<T> {
        let node = self.sources.get(table, name)?;
        match to(&node) {
            Ok(value) => Some(value),
            Err((at, words)) => {
                let table = self.table_of(table, name);
                self.problems.push(Problem::new(&at, format!("[{table}] {name} {words}")));
                None
            }
        }
    }

    /// The table to name in a message: the one in which the value was written.
    pub(super) fn table_of(&self, table: &'static str, name: &'static str) -> &'static str {
        match (self.sources.given_here(table, name), keys::find_key(table, name)) {
            (None, Some(key)) => key.table,
            _ => table,
        }
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, table: &'static str, name: &'static str) -> Option<PlacedText> {
        self.read(table, name, to_text).filter(|(text, _)| !text.is_empty())
    }

    /// A list of texts; empty if it is wrong.
    pub(super) fn texts(&mut self, table: &'static str, name: &'static str) -> Vec<PlacedText> {
        self.read(table, name, to_texts).unwrap_or_default()
    }

    /// A list of texts, each parsed; what does not parse is a problem of its own.
    pub(super) fn parsed<T, E: std::fmt::Display, C: FromIterator<T>>(
        &mut self,
        table: &'static str,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> C {
        let texts = self.texts(table, name);
        let table = self.table_of(table, name);
        let parsed = texts.into_iter().filter_map(|(text, at)| {
            let told = |e| self.problems.push(Problem::new(&at, format!("[{table}] {name}: {e}")));
            parse(&text).map_err(told).ok()
        });
        parsed.collect()
    }

    /// One of a few words. `explain` may say more of a word that is none of them.
    pub(super) fn choice<T: Copy>(
        &mut self,
        table: &'static str,
        name: &'static str,
        choices: &[(&'static str, T)],
        explain: impl Fn(&str) -> Option<String>,
    ) -> Option<T> {
        let (text, at) = self.text(table, name)?;
        if let Some((_, value)) = choices.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
        let near = suggest::or_nothing(suggest::nearest(&text, words.iter().copied()));
        let told = explain(&text).unwrap_or_else(|| {
            format!("must be {}, not {}{near}", words.join(" or "), Value::Text(text.clone()).shown())
        });
        let table = self.table_of(table, name);
        self.problems.push(Problem::new(&at, format!("[{table}] {name} {told}")));
        None
    }

    /// A whole number of which 0 means that there is no limit.
    pub(super) fn limit(&mut self, table: &'static str, name: &'static str) -> Option<u32> {
        self.read(table, name, to_count).filter(|count| *count > 0)
    }
}

// === impl Fields ===

impl<'a> Fields<'a> {
    /// Splits a list of tables; `label` names it in messages, `known` are the names that a table may have.
    pub(super) fn of_list(
        label: &'static str,
        node: &'a Node,
        known: &[&str],
        problems: &mut Vec<Problem>,
    ) -> Vec<Self> {
        let Value::List(items) = &node.value else {
            problems.push(Problem::new(&node.at, format!("{label} must be tables, each below a line {label}")));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items {
            let Value::Table(entries) = &item.value else {
                problems.push(Problem::new(&item.at, format!("{label} must be a table, not {}", item.value.kind())));
                continue;
            };
            for (name, node) in entries.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
                let shown: String = name.chars().take(60).collect();
                let near = suggest::or_nothing(suggest::nearest(name, known.iter().copied()));
                problems.push(Problem::new(&node.at, format!("{label} has no setting {shown:?}{near}")));
            }
            tables.push(Self { label, entries, at: item.at.clone() });
        }
        tables
    }

    /// Where the table stands: its first line with a setting, for the header's line is not kept.
    pub(super) fn at(&self) -> &Source {
        self.entries.first().map_or(&self.at, |(_, node)| &node.at)
    }

    pub(super) fn find(&self, name: &str) -> Option<&'a Node> {
        self.entries.iter().find(|(entry, _)| entry == name).map(|(_, node)| node)
    }

    /// The value of a name as `to` reads it; wrong ones become a problem.
    pub(super) fn read<T>(
        &self,
        name: &str,
        problems: &mut Vec<Problem>,
        to: impl Fn(&Node) -> Result<T, Wrong>,
    ) -> Option<T> {
        match to(self.find(name)?) {
            Ok(value) => Some(value),
            Err((at, words)) => {
                problems.push(Problem::new(&at, format!("{} {name} {words}", self.label)));
                None
            }
        }
    }

    /// A text, parsed.
    pub(super) fn parsed<T, E: std::fmt::Display>(
        &self,
        name: &str,
        problems: &mut Vec<Problem>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let (text, at) = self.read(name, problems, to_text)?;
        let told = |e| problems.push(Problem::new(&at, format!("{} {name}: {e}", self.label)));
        parse(&text).map_err(told).ok()
    }

    /// A list of texts, each parsed.
    pub(super) fn parsed_list<T, E: std::fmt::Display>(
        &self,
        name: &str,
        problems: &mut Vec<Problem>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let texts = self.read(name, problems, to_texts).unwrap_or_default();
        let parsed = texts.into_iter().filter_map(|(text, at)| {
            let told = |e| problems.push(Problem::new(&at, format!("{} {name}: {e}", self.label)));
            parse(&text).map_err(told).ok()
        });
        parsed.collect()
    }
}

// === conversions ===

fn must_be(what: &str, node: &Node) -> Wrong {
    (node.at.clone(), format!("must be {what}, not {}", node.value.shown()))
}

pub(super) fn to_bool(node: &Node) -> Result<bool, Wrong> {
    match node.value {
        Value::Bool(on) => Ok(on),
        _ => Err(must_be("true or false", node)),
    }
}

pub(super) fn to_text(node: &Node) -> Result<PlacedText, Wrong> {
    match &node.value {
        Value::Text(text) if text.contains('\0') => Err((node.at.clone(), "may not contain a NUL".to_owned())),
        Value::Text(text) => Ok((text.clone(), node.at.clone())),
        _ => Err(must_be("a text in quotes", node)),
    }
}

/// As [`to_text`]; an empty one is none, and what it is instead is not shown.
pub(super) fn to_secret(node: &Node) -> Result<Option<Secret<String>>, Wrong> {
    match &node.value {
        Value::Text(text) => Ok(Some(Secret::new(text.clone())).filter(|_| !text.is_empty())),
        other => Err((node.at.clone(), format!("must be a text in quotes, not {}", other.kind()))),
    }
}

pub(super) fn to_texts(node: &Node) -> Result<Vec<PlacedText>, Wrong> {
    match &node.value {
        Value::List(items) => items.iter().map(to_text).collect(),
        _ => Err(must_be("a list of texts, such as [\"a\", \"b\"]", node)),
    }
}

pub(super) fn to_command(node: &Node) -> Result<Vec<String>, Wrong> {
    match &node.value {
        Value::Text(text) if text.is_empty() => Ok(Vec::new()),
        Value::Text(_) => Ok(vec![to_text(node)?.0]),
        _ => Ok(to_texts(node)?.into_iter().map(|(text, _)| text).collect()),
    }
}

pub(super) fn to_count(node: &Node) -> Result<u32, Wrong> {
    let wrong = || must_be("a whole number from 0", node);
    match node.value {
        Value::Integer(number) => u32::try_from(number).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

pub(super) fn to_number(node: &Node) -> Result<f64, Wrong> {
    let number = match node.value {
        #[expect(clippy::cast_precision_loss, reason = "no setting comes near 2^53")]
        Value::Integer(number) => number as f64,
        Value::Float(number) => number,
        _ => return Err(must_be("a number", node)),
    };
    if number.is_finite() && number >= 0.0 { Ok(number) } else { Err(must_be("a number from 0", node)) }
}

/// Seconds, up to a year: more is surely another unit.
pub(super) fn to_seconds(node: &Node) -> Result<Duration, Wrong> {
    let wrong = || must_be("seconds as a number, such as 30 or 0.5, of a year at most", node);
    let seconds = to_number(node).map_err(|_| wrong())?;
    Duration::try_from_secs_f64(seconds).ok().filter(|d| *d <= Duration::from_secs(366 * 86_400)).ok_or_else(wrong)
}

/// Seconds of which 0 makes no sense.
pub(super) fn to_timeout(node: &Node) -> Result<Duration, Wrong> {
    let seconds = to_seconds(node)?;
    if seconds.is_zero() { Err(must_be("longer than 0 seconds", node)) } else { Ok(seconds) }
}

/// Bytes as JupyterHub writes them; 0 is no limit.
pub(super) fn to_size(node: &Node) -> Result<Option<u64>, Wrong> {
    let wrong = || must_be("bytes as a number, or with K, M, G or T, such as \"2G\"", node);
    let bytes = match &node.value {
        Value::Integer(bytes) => u64::try_from(*bytes).map_err(|_| wrong())?,
        Value::Text(text) => size_of_text(text.trim()).ok_or_else(wrong)?,
        _ => return Err(wrong()),
    };
    Ok(Some(bytes).filter(|bytes| *bytes > 0))
}

fn size_of_text(text: &str) -> Option<u64> {
    let (number, shift) = match text.char_indices().next_back()? {
        (end, 'K') => (&text[..end], 10),
        (end, 'M') => (&text[..end], 20),
        (end, 'G') => (&text[..end], 30),
        (end, 'T') => (&text[..end], 40),
        _ => (text, 0),
    };
    let number: f64 = number.parse().ok()?;
    #[expect(clippy::cast_precision_loss, reason = "a power of two is exact")]
    let bytes = number * (1u64 << shift) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be between 0 and 2^60")]
    (0.0..1e18).contains(&bytes).then_some(bytes as u64)
}

/// Texts by name; numbers are taken as their text, as in a shell.
pub(super) fn to_map(node: &Node) -> Result<Vec<PlacedEntry>, Wrong> {
    let Value::Table(entries) = &node.value else {
        return Err(must_be("a table of names and texts", node));
    };
    let entry = |(name, node): &(String, Node)| match &node.value {
        Value::Text(text) => Ok((name.clone(), text.clone(), node.at.clone())),
        Value::Integer(number) => Ok((name.clone(), number.to_string(), node.at.clone())),
        _ => Err((node.at.clone(), format!("must hold texts in quotes; one of them is {}", node.value.kind()))),
    };
    entries.iter().map(entry).collect()
}

/// A table of whatever its writer likes.
pub(super) fn to_json(node: &Node) -> Result<serde_json::Map<String, serde_json::Value>, Wrong> {
    match (&node.value, json_of(&node.value)) {
        (Value::Table(_), serde_json::Value::Object(map)) => Ok(map),
        _ => Err(must_be("a table", node)),
    }
}

fn json_of(value: &Value) -> serde_json::Value {
    match value {
        Value::Text(text) => text.as_str().into(),
        Value::Integer(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Bool(on) => (*on).into(),
        // A date, which JSON has no form for.
        Value::Other(_) => serde_json::Value::Null,
        Value::List(items) => items.iter().map(|node| json_of(&node.value)).collect(),
        Value::Table(entries) => entries.iter().map(|(name, node)| (name.clone(), json_of(&node.value))).collect(),
    }
}

/// A name, its text, and where it stands.
pub(super) type PlacedEntry = (String, String, Source);
