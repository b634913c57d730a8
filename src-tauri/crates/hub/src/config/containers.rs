//! What `[docker_spawner]` mounts into containers, and what it asks of the engine beyond the settings with names of their
//! own. The rules themselves are the driver's; here they get their place in the file and their words.

use std::path::{Path, PathBuf};

use labdeck_spawner::docker::{Accept, Extra, Template, VolumeDriver, VolumeSetting, VolumeSource};
use serde_json::{Map, Number, Value as Json};

use super::convert::{Reader, to_bool, to_size};
use super::docker::{TABLE, parse_template};
use super::spawners::cut;
use super::tree::{Node, Value};
use super::{Problem, Source};

/// Folders of a machine that are never opened to servers, whole or in part.
const SYSTEMS: [&str; 9] = ["/", "/boot", "/dev", "/etc", "/proc", "/run", "/sys", "/var/run", "/var/lib/docker"];

/// What the configuration opens of the machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open<'a> {
    /// Below these may be mounted.
    pub(super) folders: &'a [PathBuf],
    /// Whether settings with power over the machine are accepted.
    pub(super) accept: Accept,
}

/// Whether the configuration says that it knows what it does.
pub(super) fn read_accept(reader: &mut Reader<'_>) -> Accept {
    match reader.read("labdeck", "allow_any_host_config", to_bool) {
        Some(true) => Accept::Any,
        Some(false) | None => Accept::Harmless,
    }
}

/// The folders below which servers may mount.
pub(super) fn read_host_folders(reader: &mut Reader<'_>) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for (text, at) in reader.texts("labdeck", "host_folders") {
        let path = PathBuf::from(&text);
        let system =
            SYSTEMS.iter().any(|system| path == Path::new(system) || (*system != "/" && path.starts_with(system)));
        if !path.is_absolute() || text.contains("..") {
            let words =
                format!("[labdeck] host_folders: {:?} must be a whole path without \"..\", such as /data", cut(&text));
            reader.problems.push(Problem::new(&at, words));
        } else if system {
            let words = format!(
                "[labdeck] host_folders: {:?} belongs to the system; open a folder made for servers",
                cut(&text)
            );
            reader.problems.push(Problem::new(&at, words));
        } else {
            folders.push(path);
        }
    }
    folders
}

/// `volumes`, `read_only_volumes` and `mounts`, in this order.
pub(super) fn read_volumes(reader: &mut Reader<'_>, open: &Open<'_>) -> Vec<VolumeSetting> {
    let mut all = read_binds("volumes", reader, open);
    all.extend(
        read_binds("read_only_volumes", reader, open).into_iter().map(|one| VolumeSetting { read_only: true, ..one }),
    );
    all.extend(read_mounts(reader, open));
    all
}

/// A table of source and target; a target is a path, or a table of `bind` and `mode`. Reference: dockerspawner,
/// `volumes`.
fn read_binds(name: &'static str, reader: &mut Reader<'_>, open: &Open<'_>) -> Vec<VolumeSetting> {
    let Some(node) = reader.sources.given(TABLE, name).cloned() else { return Vec::new() };
    let Value::Table(entries) = &node.value else {
        let words = format!(
            "[{TABLE}] {name} must be a table such as {{ \"{{prefix}}-{{username}}\" = \"/home/jovyan/work\" }}"
        );
        reader.problems.push(Problem::new(&node.at, words));
        return Vec::new();
    };
    let entry = |(source, node): &(String, Node)| read_bind(name, source, node, reader, open);
    entries.iter().filter_map(entry).collect()
}

fn read_bind(
    name: &'static str,
    source: &str,
    node: &Node,
    reader: &mut Reader<'_>,
    open: &Open<'_>,
) -> Option<VolumeSetting> {
    let (target, read_only) = match &node.value {
        Value::Text(text) => (text.clone(), false),
        Value::Table(fields) => {
            let text =
                |wanted: &str| fields.iter().find(|(field, _)| field == wanted).and_then(|(_, node)| text_of(node));
            let mode = text("mode").unwrap_or_else(|| "rw".to_owned());
            let known = mode.split(',').all(|part| matches!(part, "rw" | "ro" | "z" | "Z"));
            let Some(target) = text("bind").filter(|_| known) else {
                let words =
                    format!("[{TABLE}] {name}: {:?} needs bind = \"/path\" and mode = \"rw\" or \"ro\"", cut(source));
                reader.problems.push(Problem::new(&node.at, words));
                return None;
            };
            (target, mode.split(',').any(|part| part == "ro"))
        }
        _ => {
            let words =
                format!("[{TABLE}] {name}: {:?} must lead to a path, such as \"/home/jovyan/work\"", cut(source));
            reader.problems.push(Problem::new(&node.at, words));
            return None;
        }
    };
    let target = read_target(name, &target, &node.at, reader)?;
    let source = if source.starts_with('/') {
        VolumeSource::Host(read_host_path(name, source, &node.at, reader, open)?)
    } else {
        let template = parse_template(TABLE, name, source, &node.at, reader)?;
        VolumeSource::Volume { name: template, driver: None, no_copy: false }
    };
    Some(VolumeSetting { source, target, read_only })
}

/// A path in a container, with names in braces.
fn read_target(name: &str, text: &str, at: &Source, reader: &mut Reader<'_>) -> Option<Template> {
    let kernels = ["/proc", "/sys", "/dev"].iter().any(|own| Path::new(text).starts_with(own));
    if !text.starts_with('/') || text == "/" || text.contains("..") || kernels {
        let words =
            format!("[{TABLE}] {name}: nothing can be mounted at {:?}; write a path such as /srv/course", cut(text));
        reader.problems.push(Problem::new(at, words));
        return None;
    }
    parse_template(TABLE, name, text, at, reader)
}

/// A folder of the machine, which must lie below an open one whatever the names in it become.
fn read_host_path(name: &str, text: &str, at: &Source, reader: &mut Reader<'_>, open: &Open<'_>) -> Option<Template> {
    let template = parse_template(TABLE, name, text, at, reader)?;
    let start = template.fixed_start();
    let above = Path::new(start.rsplit_once('/').map_or("/", |(above, _)| above));
    let whole = if start == text { Path::new(text) } else { above };
    if text.contains("..") || !open.folders.iter().any(|root| whole.starts_with(root)) {
        let words = format!(
            "[{TABLE}] {name}: the folder {:?} is not open to servers; add it, or one above it, to host_folders in [labdeck]",
            cut(text)
        );
        reader.problems.push(Problem::new(at, words));
        return None;
    }
    Some(template)
}

/// docker-py's `Mount` tables. Reference: dockerspawner, `mounts`.
fn read_mounts(reader: &mut Reader<'_>, open: &Open<'_>) -> Vec<VolumeSetting> {
    const NAME: &str = "mounts";
    let Some(node) = reader.sources.given(TABLE, NAME).cloned() else { return Vec::new() };
    let Value::List(items) = &node.value else {
        let words = format!("[{TABLE}] {NAME} must be a list of tables with type, source and target");
        reader.problems.push(Problem::new(&node.at, words));
        return Vec::new();
    };
    items.iter().filter_map(|item| read_mount(item, reader, open)).collect()
}

fn read_mount(item: &Node, reader: &mut Reader<'_>, open: &Open<'_>) -> Option<VolumeSetting> {
    const NAME: &str = "mounts";
    const KNOWN: [&str; 7] = ["target", "source", "type", "read_only", "no_copy", "tmpfs_size", "driver_config"];
    let Value::Table(fields) = &item.value else {
        let words = format!("[{TABLE}] {NAME}: each must be a table with type, source and target");
        reader.problems.push(Problem::new(&item.at, words));
        return None;
    };
    let at = fields.first().map_or(&item.at, |(_, node)| &node.at).clone();
    let mut tell = |words: String| reader.problems.push(Problem::new(&at, format!("[{TABLE}] {NAME}: {words}")));
    if let Some((name, _)) = fields.iter().find(|(name, _)| !KNOWN.contains(&name.as_str())) {
        tell(format!("{:?} is not known; there are {}", cut(name), KNOWN.join(", ")));
        return None;
    }
    let find = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).map(|(_, node)| node);
    let flag = |name: &str| find(name).is_some_and(|node| to_bool(node) == Ok(true));
    let text = |name: &str| find(name).and_then(text_of);
    let Some(target) = text("target") else {
        tell("a mount needs a target, the path in the server".to_owned());
        return None;
    };
    let (kind, source) = (text("type").unwrap_or_else(|| "volume".to_owned()), text("source"));
    let limit =
        find("tmpfs_size").and_then(|node| to_size(node).ok().flatten()).and_then(|bytes| i64::try_from(bytes).ok());
    let driver = find("driver_config").and_then(driver_of);
    let checked = driver.as_ref().filter(|_| open.accept == Accept::Harmless).map(|driver| driver.check(open.folders));
    if let Some(Err(words)) = checked {
        tell(format!("driver_config {words}"));
        return None;
    }
    let source = match (kind.as_str(), source) {
        ("tmpfs", None) => VolumeSource::Memory { limit_bytes: limit },
        ("bind", Some(path)) => VolumeSource::Host(read_host_path(NAME, &path, &at, reader, open)?),
        ("volume", Some(name)) => VolumeSource::Volume {
            name: parse_template(TABLE, NAME, &name, &at, reader)?,
            driver,
            no_copy: flag("no_copy"),
        },
        _ => {
            tell(format!("type {:?} must be volume or bind with a source, or tmpfs without one", cut(&kind)));
            return None;
        }
    };
    Some(VolumeSetting { source, target: read_target(NAME, &target, &at, reader)?, read_only: flag("read_only") })
}

fn driver_of(node: &Node) -> Option<VolumeDriver> {
    let Json::Object(fields) = to_json(node) else { return None };
    let field = |names: [&str; 2]| names.iter().find_map(|name| fields.get(*name));
    let name = field(["name", "Name"])?.as_str()?.to_owned();
    let options = field(["options", "Options"]).and_then(Json::as_object);
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let options = options.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect();
    Some(VolumeDriver { name, options })
}

/// `extra_host_config` and `extra_create_kwargs`.
pub(super) fn read_extra(accept: Accept, reader: &mut Reader<'_>) -> Extra {
    let (host, create) = (read_table("extra_host_config", reader), read_table("extra_create_kwargs", reader));
    if accept == Accept::Any && !host.is_empty() {
        let words = "[labdeck] allow_any_host_config is on: what extra_host_config asks for may make servers root of this computer.";
        reader.warnings.push(words.to_owned());
    }
    match Extra::parse(&host, &create, accept) {
        Ok(extra) => extra,
        Err((of_host, of_create)) => {
            for (name, problems) in [("extra_host_config", of_host), ("extra_create_kwargs", of_create)] {
                for problem in problems {
                    let at = place_of(name, &problem.key, reader);
                    let words = format!("[{TABLE}] {name}: {:?} {}", cut(&problem.key), problem.words);
                    reader.problems.push(Problem::new(&at, words));
                }
            }
            Extra::default()
        }
    }
}

fn read_table(name: &'static str, reader: &mut Reader<'_>) -> Map<String, Json> {
    let Some(node) = reader.sources.given(TABLE, name).cloned() else { return Map::new() };
    match to_json(&node) {
        Json::Object(table) => table,
        _ => {
            let words = format!("[{TABLE}] {name} must be a table, such as {{ shm_size = \"1g\" }}");
            reader.problems.push(Problem::new(&node.at, words));
            Map::new()
        }
    }
}

/// Where an entry of a table stands.
fn place_of(name: &'static str, key: &str, reader: &Reader<'_>) -> Source {
    let node = reader.sources.given(TABLE, name);
    let entry = node.and_then(|node| match &node.value {
        Value::Table(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, node)| node.at.clone()),
        _ => None,
    });
    entry.or_else(|| node.map(|node| node.at.clone())).unwrap_or(Source::Default)
}

fn text_of(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// As the engine's own tables are written.
fn to_json(node: &Node) -> Json {
    match &node.value {
        Value::Text(text) => Json::from(text.as_str()),
        Value::Integer(number) => Json::from(*number),
        Value::Float(number) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
        Value::Bool(on) => Json::from(*on),
        Value::List(items) => Json::Array(items.iter().map(to_json).collect()),
        Value::Table(entries) => {
            Json::Object(entries.iter().map(|(name, node)| (name.clone(), to_json(node))).collect())
        }
        Value::Other(_) => Json::Null,
    }
}
