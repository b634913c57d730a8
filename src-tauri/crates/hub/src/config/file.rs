//! Reads `labdeck.toml` into settings that have a place but no type yet. Refuses what it does not know, and a file with
//! secrets that others can read.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use labdeck_model::shell_word;
use toml::de::DeTable;

use super::keys::{self, Kind};
use super::sources::Layer;
use super::tree::{self, Node, Value};
use super::{Problem, Source, suggest};

/// Far more than any configuration; a file beyond it is something else.
const MAX_BYTES: u64 = 1 << 20;

/// Reads a file.
pub(super) fn read(path: &Path, problems: &mut Vec<Problem>) -> Layer {
    let at = Source::File { path: Arc::from(path.display().to_string()), line: 0 };
    let (text, exposed) = match open(path) {
        Ok(read) => read,
        Err(text) => {
            problems.push(Problem::new(&at, text));
            return Layer::new();
        }
    };
    let layer = parse(&path.display().to_string(), &text, problems);
    if exposed && let Some(secret) = first_secret(&layer) {
        let words = format!(
            "other users of this computer can read the file, and {secret} is a secret; do: chmod 600 {}",
            shell_word(&path.display().to_string())
        );
        problems.push(Problem::new(&at, words));
    }
    layer
}

/// The text, and whether anybody but the owner can read the file. One handle for both: no time between them.
fn open(path: &Path) -> Result<(String, bool), String> {
    let mut file = File::open(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => format!("the file cannot be opened: {e}"),
    })?;
    let metadata = file.metadata().map_err(|e| format!("the file cannot be read: {e}"))?;
    if metadata.is_dir() {
        return Err("this is a folder; name the file in it, such as labdeck.toml".to_owned());
    }
    let mut bytes = Vec::new();
    (&mut file).take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|e| format!("the file cannot be read: {e}"))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err("the file is larger than 1 MiB; this is no configuration".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|_| "the file is not text in UTF-8; save it as UTF-8".to_owned())?;
    Ok((text, is_exposed(&metadata)))
}

#[cfg(unix)]
fn is_exposed(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o044 != 0
}

/// Elsewhere a user's folders are closed to others by the system; there is no mode to look at.
#[cfg(not(unix))]
fn is_exposed(_metadata: &std::fs::Metadata) -> bool {
    false
}

/// The name of the first secret in a layer.
fn first_secret(layer: &Layer) -> Option<String> {
    layer.iter().find_map(|((table, name), node)| {
        let key = keys::find_key(table, name)?;
        match (key.kind, &node.value) {
            (Kind::Secret, _) => Some(format!("[{table}] {name}")),
            (Kind::SecretMap, Value::Table(entries)) if !entries.is_empty() => Some(format!("[{table}] {name}")),
            (Kind::Tables, Value::List(items)) => {
                let has_token = |item: &Node| matches!(&item.value, Value::Table(entries) if entries.iter().any(|(k, _)| k == "api_token"));
                items.iter().any(has_token).then(|| format!("the api_token of [[{table}.{name}]]"))
            }
            _ => None,
        }
    })
}

/// Reads a text; `path` is for the messages.
pub(super) fn parse(path: &str, text: &str, problems: &mut Vec<Problem>) -> Layer {
    let path: Arc<str> = Arc::from(path);
    let place = |offset: usize| Source::File { path: path.clone(), line: line_of(text, offset) };
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // Only the message and the line: the parser's full text would quote the line, and that may hold a secret.
        let told = errors.iter().map(|e| {
            let at = place(e.span().map_or(0, |span| span.start));
            Problem::new(&at, format!("this is not TOML: {}", e.message()))
        });
        problems.extend(told);
        return Layer::new();
    }
    sort_into_settings(tree::from_toml(document.get_ref(), &place), problems)
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|b| **b == b'\n').count() + 1
}

fn sort_into_settings(tables: Vec<(String, Node)>, problems: &mut Vec<Problem>) -> Layer {
    let mut layer = Layer::new();
    for (name, node) in tables {
        match (keys::find_table(&name), node.value) {
            (Some(table), Value::Table(entries)) => {
                for (name, node) in entries {
                    match keys::find_key(table, &name) {
                        Some(key) => {
                            layer.insert((table, key.name), node);
                        }
                        None => problems.push(Problem::new(&node.at, suggest::unknown_key(table, &name))),
                    }
                }
            }
            (Some(table), other) => {
                let words = format!("{table:?} must be a table, not {}; write [{table}]", other.kind());
                problems.push(Problem::new(&node.at, words));
            }
            (None, Value::Table(_) | Value::List(_)) => {
                problems.push(Problem::new(&node.at, suggest::unknown_table(&name)));
            }
            (None, _) => problems.push(Problem::new(&node.at, suggest::outside_table(&name))),
        }
    }
    layer
}
