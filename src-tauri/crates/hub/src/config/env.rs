//! Settings from the environment (`LABDECK_HUB_BIND_URL`, `LABDECK_NETWORK`) and from flags.

use super::keys::{self, Key, Kind};
use super::sources::Layer;
use super::{Problem, Source, suggest, tree};

/// What every variable of ours begins with.
pub(super) const PREFIX: &str = "LABDECK_";

/// Variables of ours that are no settings: read elsewhere, before there is a configuration.
const ELSEWHERE: [&str; 5] =
    ["LABDECK_CONFIG", "LABDECK_DATA_DIR", "LABDECK_LOG", "LABDECK_LOG_FORMAT", "LABDECK_CONTROL"];

/// A setting given on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// How it was written: `--bind-url`.
    pub name: String,
    /// Which setting it is: `hub.bind_url`.
    pub key: String,
    /// Its value, as the environment would write it.
    pub value: String,
}

/// The variable of a setting: `[hub] bind_url` is `LABDECK_HUB_BIND_URL`; of our own table `[labdeck] network` it is
/// `LABDECK_NETWORK`.
pub(super) fn variable(table: &str, name: &str) -> String {
    match table {
        "labdeck" => format!("{PREFIX}{}", name.to_uppercase()),
        table => format!("{PREFIX}{}_{}", table.to_uppercase(), name.to_uppercase()),
    }
}

/// Reads the environment. A variable that is nearly a setting is a problem; another one with our prefix a warning.
pub(super) fn read(env: &[(String, String)], problems: &mut Vec<Problem>, warnings: &mut Vec<String>) -> Layer {
    let known: Vec<(String, &'static str, &'static Key)> =
        keys::places().map(|(table, key)| (variable(table, key.name), table, key)).collect();
    let mut layer = Layer::new();
    for (name, value) in env.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        if ELSEWHERE.contains(&name.as_str()) || name.starts_with("LABDECK_TEST_") {
            continue;
        }
        let at = Source::Env(name.clone());
        match known.iter().find(|(variable, ..)| variable == name) {
            Some((_, table, key)) if key.kind == Kind::Tables => {
                let words =
                    format!("[[{table}.{}]] cannot be given by the environment; write it into labdeck.toml", key.name);
                problems.push(Problem::new(&at, words));
            }
            Some((_, table, key)) => {
                layer.insert((table, key.name), tree::from_text(value, key.kind, &at));
            }
            None => {
                let lower: Vec<String> = known.iter().map(|(variable, ..)| variable.to_lowercase()).collect();
                match suggest::nearest(name, lower.iter().map(String::as_str)) {
                    Some(near) => {
                        let words = format!("there is no such setting; did you mean {}?", near.to_uppercase());
                        problems.push(Problem::new(&at, words));
                    }
                    None => warnings.push(format!("The variable {name} is no setting of Labdeck and has no effect.")),
                }
            }
        }
    }
    layer
}

/// Reads flags; their keys are the program's own, so an unknown one is a mistake of ours, told like any other.
pub(super) fn read_flags(flags: &[Flag], problems: &mut Vec<Problem>) -> Layer {
    let mut layer = Layer::new();
    for flag in flags {
        let at = Source::Flag(flag.name.clone());
        let (table, name) = flag.key.split_once('.').unwrap_or(("hub", &flag.key));
        match (keys::find_table(table), keys::find_key(table, name)) {
            (Some(table), Some(key)) => {
                layer.insert((table, key.name), tree::from_text(&flag.value, key.kind, &at));
            }
            _ => problems.push(Problem::new(&at, suggest::unknown_key(table, name))),
        }
    }
    layer
}
