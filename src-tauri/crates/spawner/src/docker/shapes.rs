//! Forms of the engine's settings: from what a person writes, by docker-py's habits, to what the engine reads. Each is a
//! pure function; `check_power` looks for what a harmless name may hide.

use serde_json::{Map, Value, json};

/// Checks a value and brings it into the engine's form; the words for what is wrong follow the setting's name.
pub(super) type Shape = fn(&Value) -> Result<Value, String>;

/// The runtimes that confine at least as well as the usual one. Others may do anything.
const RUNTIMES: [&str; 7] = ["runc", "crun", "runsc", "kata", "kata-runtime", "io.containerd.runc.v2", "nvidia"];

/// SELinux types of programs that are not confined, beside those that say so in their name.
const LABELS_OF_THE_SYSTEM: [&str; 4] = ["spc_t", "container_runtime_t", "init_t", "kernel_t"];

pub(super) fn bool_(value: &Value) -> Result<Value, String> {
    value.as_bool().map(Value::Bool).ok_or_else(|| "must be true or false".to_owned())
}

pub(super) fn integer(value: &Value) -> Result<Value, String> {
    value.as_i64().map(Value::from).ok_or_else(|| "must be a whole number".to_owned())
}

pub(super) fn positive(value: &Value) -> Result<Value, String> {
    let number = value.as_i64().filter(|number| *number >= 0);
    number.map(Value::from).ok_or_else(|| "must be a whole number from 0".to_owned())
}

/// How eagerly the kernel ends it when memory is short: a server may not hide behind the others.
pub(super) fn score(value: &Value) -> Result<Value, String> {
    let number = value.as_i64().filter(|number| (-1000..=1000).contains(number));
    number.map(Value::from).ok_or_else(|| "must be a whole number from -1000 to 1000".to_owned())
}

pub(super) fn text(value: &Value) -> Result<Value, String> {
    value.as_str().map(Value::from).ok_or_else(|| "must be a text in quotes".to_owned())
}

/// A text or a number, as its text.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

pub(super) fn texts(value: &Value) -> Result<Value, String> {
    let words = value.as_array().and_then(|items| items.iter().map(word).collect::<Option<Vec<_>>>());
    words.map(Value::from).ok_or_else(|| "must be a list of texts, such as [\"a\", \"b\"]".to_owned())
}

pub(super) fn text_map(value: &Value) -> Result<Value, String> {
    let entry = |(name, value): (&String, &Value)| Some((name.clone(), Value::from(word(value)?)));
    let entries = value.as_object().and_then(|table| table.iter().map(entry).collect::<Option<Map<_, _>>>());
    entries.map(Value::Object).ok_or_else(|| "must be a table of texts".to_owned())
}

/// Bytes as a number, or with b, k, m or g behind it, as docker-py writes them.
pub(super) fn size(value: &Value) -> Result<Value, String> {
    let bytes = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => size_of(text.trim()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    bytes
        .filter(|bytes| *bytes >= 0)
        .map(Value::from)
        .ok_or_else(|| "must be bytes as a number, or with k, m or g, such as \"1g\"".to_owned())
}

fn size_of(text: &str) -> Option<i64> {
    let lower = text.to_ascii_lowercase();
    let lower = lower.strip_suffix('b').unwrap_or(&lower);
    let (number, shift) = match lower.chars().next_back()? {
        'k' => (lower.strip_suffix('k')?, 10),
        'm' => (lower.strip_suffix('m')?, 20),
        'g' => (lower.strip_suffix('g')?, 30),
        't' => (lower.strip_suffix('t')?, 40),
        _ => (lower, 0),
    };
    number.parse::<i64>().ok()?.checked_mul(1 << shift)
}

/// A table of name and address, or a list of `name:address`.
pub(super) fn hosts(value: &Value) -> Result<Value, String> {
    match value {
        Value::Object(table) => {
            let line = |(name, address): (&String, &Value)| Some(Value::from(format!("{name}:{}", address.as_str()?)));
            let lines = table.iter().map(line).collect::<Option<Vec<_>>>();
            lines.map(Value::Array).ok_or_else(|| "must be a table of names and addresses".to_owned())
        }
        _ => texts(value),
    }
}

pub(super) fn ulimits(value: &Value) -> Result<Value, String> {
    let wrong = || "must be tables such as { name = \"nofile\", soft = 1024, hard = 2048 }".to_owned();
    let one = |item: &Value| {
        let field = |names: [&str; 2]| names.iter().find_map(|name| item.get(name));
        let name = field(["name", "Name"])?.as_str()?;
        let soft = field(["soft", "Soft"])?.as_i64()?;
        let hard = field(["hard", "Hard"]).map_or(Some(soft), Value::as_i64)?;
        Some(json!({"Name": name, "Soft": soft, "Hard": hard}))
    };
    let all = value.as_array().and_then(|items| items.iter().map(one).collect::<Option<Vec<_>>>());
    all.map(Value::Array).ok_or_else(wrong)
}

pub(super) fn log_config(value: &Value) -> Result<Value, String> {
    let wrong = || "must be a table such as { type = \"json-file\", config = { max-size = \"10m\" } }".to_owned();
    let field = |names: [&str; 2]| names.iter().find_map(|name| value.get(name));
    let kind = field(["type", "Type"]).and_then(Value::as_str).ok_or_else(wrong)?;
    let config = field(["config", "Config"]).map_or(Ok(Value::Object(Map::new())), text_map).map_err(|_| wrong())?;
    Ok(json!({"Type": kind, "Config": config}))
}

/// Anything: the engine judges it.
#[expect(clippy::unnecessary_wraps, reason = "one of the shapes")]
pub(super) fn json(value: &Value) -> Result<Value, String> {
    Ok(value.clone())
}

/// Refuses values of harmless settings that give power; `engine` is the engine's name of the setting.
pub(super) fn check_power(engine: &str, value: &Value) -> Result<(), String> {
    let words: Vec<&str> = value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let names: Vec<&str> = value.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let switch = "If that is wanted, set allow_any_host_config = true in [labdeck]";
    let problem = match engine {
        "SecurityOpt" => {
            words.iter().find(|word| !confines(word)).map(|word| format!("is refused: {word:?} opens the container"))
        }
        "Sysctls" => names
            .iter()
            .find(|name| !name.starts_with("net."))
            .map(|name| format!("is refused: {name:?} is a setting of the whole computer; those of net. are not")),
        "GroupAdd" => words
            .iter()
            .find(|word| is_systems(word))
            .map(|word| format!("is refused: the group {word:?} owns parts of the system")),
        "User" => {
            let user = value.as_str().unwrap_or_default();
            let (name, group) = user.split_once(':').map_or((user, None), |(name, group)| (name, Some(group)));
            // A name out of a template could be anybody's, root's too.
            (is_roots(name) || group.is_some_and(is_systems) || user.contains('{')).then(|| {
                "is refused: a server may be neither root nor in its group; write numbers such as \"1000:100\""
                    .to_owned()
            })
        }
        "PidsLimit" => {
            (value.as_i64() == Some(0)).then(|| "is refused: a server needs a limit of processes".to_owned())
        }
        "OomScoreAdj" => {
            (value.as_i64() < Some(0)).then(|| "is refused below 0: the kernel would end others first".to_owned())
        }
        "Runtime" => {
            let known = value.as_str().is_some_and(|name| RUNTIMES.contains(&name));
            (!known).then(|| format!("is refused: only {} are known to confine", RUNTIMES.join(", ")))
        }
        "Tmpfs" => names
            .iter()
            .find(|path| !path.starts_with('/') || ["/proc", "/sys", "/dev"].iter().any(|own| path.starts_with(own)))
            .map(|path| format!("is refused: {path:?} is the kernel's own")),
        "LogConfig" => {
            let kind = value["Type"].as_str().unwrap_or_default();
            (!matches!(kind, "json-file" | "local" | "journald"))
                .then(|| "is refused: the hub could not read the log; json-file, local and journald it can".to_owned())
        }
        "Labels" => names
            .iter()
            .find(|name| name.starts_with("labdeck."))
            .map(|name| format!("is refused: {name:?} is one of those by which the hub finds its servers")),
        _ => None,
    };
    match problem {
        Some(words) if engine == "Labels" => Err(words),
        Some(words) => Err(format!("{words}. {switch}")),
        None => Ok(()),
    }
}

/// Whether a security option leaves the container at least as closed as without it.
fn confines(option: &str) -> bool {
    let Some((name, value)) = option.split_once(['=', ':']) else { return option == "no-new-privileges" };
    let lower = value.to_ascii_lowercase();
    let plain = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c) || more.contains(c))
    };
    match name {
        "no-new-privileges" => value == "true",
        // A profile's own text would be whatever it says; its name is one that the engine's administrator loaded.
        "seccomp" | "apparmor" => plain(value, "") && lower != "unconfined",
        "label" => lower.split_once(':').is_some_and(|(part, of)| {
            let opens = of.contains("unconfined") || LABELS_OF_THE_SYSTEM.contains(&of);
            matches!(part, "type" | "user" | "role" | "level") && plain(of, ":,") && !opens
        }),
        _ => false,
    }
}

/// Whether a group owns parts of the system. A name out of a template could be any group's.
fn is_systems(group: &str) -> bool {
    is_roots(group) || matches!(group, "docker" | "disk" | "shadow" | "sudo" | "wheel") || group.contains('{')
}

/// Refuses a further group of a server's processes that would give power; the words follow the setting's name.
///
/// # Errors
/// Why, and what opens it.
pub fn check_group(group: &str) -> Result<(), String> {
    check_power("GroupAdd", &json!([group]))
}

/// Whether a user or group is root's, however it is written.
pub(super) fn is_roots(name: &str) -> bool {
    name.is_empty() || name == "root" || name.trim_start_matches('+').parse::<u64>() == Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_docker_py_does() {
        let read = |value: Value| size(&value).ok().and_then(|value| value.as_i64());
        assert_eq!(read(json!("64m")), Some(64 << 20));
        assert_eq!(read(json!("1GB")), Some(1 << 30));
        assert_eq!(read(json!(7)), Some(7));
        assert_eq!(read(json!("12b")), Some(12));
        for bad in [json!("lots"), json!(-1), json!(true), json!(""), json!("9999999999t")] {
            assert_eq!(read(bad.clone()), None, "{bad}");
        }
    }

    #[test]
    fn root_has_many_names() {
        for root in ["", "root", "0", "000", "+0"] {
            assert!(is_roots(root), "{root}");
        }
        assert!(!is_roots("1000") && !is_roots("jovyan"));
    }
}
