//! `[spawner]` and `[simple_spawner]`: what every spawner knows. What only containers have is in `docker`.

use std::collections::BTreeMap;
use std::time::Duration;

use labdeck_model::ResourceLimits;

use super::convert::{Reader, to_bool, to_command, to_map, to_number, to_seconds, to_size, to_timeout};
use super::{Problem, SpawnerSettings};

/// Set by the hub for every server; a value of one's own would break the sign-in.
const OURS: [&str; 2] = ["JUPYTERHUB_", "JPY_"];
/// Read by the single-user server and set by no hub: settings that JupyterHub documents as such.
const LEFT_OPEN: [&str; 3] =
    ["JUPYTERHUB_ACTIVITY_INTERVAL", "JUPYTERHUB_SINGLEUSER_APP", "JUPYTERHUB_SINGLEUSER_EXTENSION"];

/// Reads what every spawner knows, for one kind of spawner.
pub(super) fn read_common(table: &'static str, reader: &mut Reader<'_>) -> SpawnerSettings {
    let minute = Duration::from_secs(60);
    let cmd = reader.read(table, "cmd", to_command).filter(|cmd| !cmd.is_empty());
    let args = reader.texts(table, "args").into_iter().map(|(text, _)| text).collect();
    let limits = ResourceLimits {
        memory_bytes: reader.read(table, "mem_limit", to_size).flatten(),
        cpus: reader.read(table, "cpu_limit", to_number).filter(|cpus| *cpus > 0.0),
        ..ResourceLimits::default()
    };
    let mut environment = read_environment(table, reader);
    // The names are JupyterHub's: its single-user server reads them (`Spawner.get_env`, `singleuser/extension.py`).
    for (setting, name) in [("debug", "JUPYTERHUB_DEBUG"), ("disable_user_config", "JUPYTERHUB_DISABLE_USER_CONFIG")] {
        if reader.read(table, setting, to_bool) == Some(true) {
            environment.insert(name.to_owned(), "1".to_owned());
        }
    }
    SpawnerSettings {
        cmd,
        args,
        environment,
        default_url: read_default_url(table, reader),
        start_timeout: reader.read(table, "start_timeout", to_timeout).unwrap_or(minute),
        http_timeout: reader.read(table, "http_timeout", to_timeout).unwrap_or(minute),
        poll_interval: reader.read(table, "poll_interval", to_seconds).filter(|interval| !interval.is_zero()),
        consecutive_failure_limit: reader.limit(table, "consecutive_failure_limit"),
        limits,
    }
}

fn read_environment(table: &'static str, reader: &mut Reader<'_>) -> BTreeMap<String, String> {
    let mut environment = BTreeMap::new();
    for (name, value, at) in reader.read(table, "environment", to_map).unwrap_or_default() {
        let shown: String = name.chars().take(60).collect();
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            let table = reader.table_of(table, "environment");
            let words = format!(
                "[{table}] environment: {shown:?} is no variable; its name may not hold '=', nor its value a NUL"
            );
            reader.problems.push(Problem::new(&at, words));
        } else if OURS.iter().any(|prefix| name.starts_with(prefix)) && !LEFT_OPEN.contains(&name.as_str()) {
            let table = reader.table_of(table, "environment");
            let words = format!("[{table}] environment: {shown} is set by the hub; take the line out");
            reader.problems.push(Problem::new(&at, words));
        } else {
            environment.insert(name, value);
        }
    }
    environment
}

fn read_default_url(table: &'static str, reader: &mut Reader<'_>) -> Option<String> {
    let (text, at) = reader.text(table, "default_url")?;
    let fits = text.starts_with('/') && !text.starts_with("//") && !text.chars().any(|c| c.is_control() || c == '\\');
    if fits {
        return Some(text);
    }
    let table = reader.table_of(table, "default_url");
    reader.problems.push(Problem::new(
        &at,
        format!("[{table}] default_url must be a path such as \"/lab\", not {:?}", cut(&text)),
    ));
    None
}

/// What of a text is shown in a message.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}
