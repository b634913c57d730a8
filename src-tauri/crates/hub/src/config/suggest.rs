//! "Did you mean": the known name nearest to one that is not known, and the words for an unknown setting.

use super::keys::{self, KEYS, TABLES};

/// The nearest of `known`, if it is near enough to be meant.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer input cannot be near any name, and measuring it costs its square.
    if name.len() > 80 {
        return None;
    }
    let lower = name.to_lowercase().replace('-', "_");
    let near_enough = (name.chars().count() / 3).clamp(1, 4);
    let measured = known.into_iter().map(|candidate| (strsim::damerau_levenshtein(&lower, candidate), candidate));
    measured.filter(|(distance, _)| *distance <= near_enough).min().map(|(_, candidate)| candidate)
}

/// `; did you mean "x"?`, or nothing.
pub(super) fn or_nothing(found: Option<&str>) -> String {
    found.map_or_else(String::new, |candidate| format!("; did you mean {candidate:?}?"))
}

/// What to say of a table that does not exist.
pub(super) fn unknown_table(name: &str) -> String {
    let shown: String = name.chars().take(60).collect();
    let snake = snake_case(&shown);
    if snake == "proxy" || snake == "configurable_httpproxy" {
        return "[proxy] is not in this version: the proxy is part of the hub; take the table out".to_owned();
    }
    let meant = keys::find_table(&snake).or_else(|| nearest(&snake, TABLES.iter().copied()));
    match meant {
        Some(table) => format!("there is no table [{shown}]; did you mean [{table}]?"),
        None if snake.ends_with("authenticator") || snake.ends_with("spawner") => {
            format!("[{shown}] is not in this version; take the table out")
        }
        None => format!("there is no table [{shown}]; there are [{}]", TABLES.join("], [")),
    }
}

/// What to say of a setting that stands outside any table.
pub(super) fn outside_table(name: &str) -> String {
    let shown: String = name.chars().take(60).collect();
    match KEYS.iter().find(|key| key.name == name) {
        Some(key) => format!("{shown:?} stands outside a table; put it below [{}]", key.table),
        None => format!("{shown:?} stands outside a table; every setting belongs to one, such as [hub]"),
    }
}

/// What to say of a setting that does not exist in a table.
pub(super) fn unknown_key(table: &str, name: &str) -> String {
    let shown: String = name.chars().take(60).collect();
    if let Some(words) = keys::find_refusal(table, name) {
        return format!("[{table}] {shown}: {words}");
    }
    if keys::comes_later(table, name) {
        return format!("[{table}] {shown} is JupyterHub's, and not in this version; take the line out");
    }
    if let Some(key) = KEYS.iter().find(|key| key.name == name) {
        return format!("[{table}] has no setting {shown:?}; it belongs to [{}]", key.table);
    }
    let here = keys::places().filter(|(place, _)| *place == table).map(|(_, key)| key.name);
    if let Some(meant) = nearest(name, here) {
        return format!("[{table}] has no setting {shown:?}; did you mean {meant:?}?");
    }
    let anywhere = nearest(name, KEYS.iter().map(|key| key.name));
    match anywhere.and_then(|meant| KEYS.iter().find(|key| key.name == meant)) {
        Some(key) => format!("[{table}] has no setting {shown:?}; did you mean {:?} of [{}]?", key.name, key.table),
        None => format!("[{table}] has no setting {shown:?}; 'labdeckd config show' lists all there are"),
    }
}

/// `DockerSpawner` as `docker_spawner`: people write the class name they know.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    let mut before = '_';
    for c in name.chars() {
        if c.is_ascii_uppercase() && before.is_ascii_lowercase() {
            snake.push('_');
        }
        snake.push(if c == '-' { '_' } else { c.to_ascii_lowercase() });
        before = c;
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_settings_are_answered_with_what_was_meant() {
        let rows = [
            (unknown_key("hub", "bind_urll"), "[hub] has no setting \"bind_urll\"; did you mean \"bind_url\"?"),
            (unknown_key("hub", "Bind-URL"), "[hub] has no setting \"Bind-URL\"; did you mean \"bind_url\"?"),
            (unknown_key("hub", "allow_all"), "[hub] has no setting \"allow_all\"; it belongs to [authenticator]"),
            (
                unknown_key("hub", "alowed_users"),
                "[hub] has no setting \"alowed_users\"; did you mean \"allowed_users\" of [authenticator]?",
            ),
            (
                unknown_key("docker_spawner", "mem_limt"),
                "[docker_spawner] has no setting \"mem_limt\"; did you mean \"mem_limit\"?",
            ),
            (
                unknown_key("hub", "ssl_key"),
                "[hub] ssl_key is JupyterHub's, and not in this version; take the line out",
            ),
            (unknown_key("docker_spawner", "container_image"), "[docker_spawner] container_image: write image instead"),
            (unknown_key("hub", "zzzz"), "[hub] has no setting \"zzzz\"; 'labdeckd config show' lists all there are"),
        ];
        for (text, expected) in rows {
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn unknown_tables_are_answered_with_what_was_meant() {
        assert_eq!(unknown_table("hubb"), "there is no table [hubb]; did you mean [hub]?");
        assert_eq!(unknown_table("DockerSpawner"), "there is no table [DockerSpawner]; did you mean [docker_spawner]?");
        assert_eq!(unknown_table("JupyterHub"), "there is no table [JupyterHub]; did you mean [hub]?");
        assert_eq!(
            unknown_table("ldap_authenticator"),
            "[ldap_authenticator] is not in this version; take the table out"
        );
        assert!(unknown_table("proxy").contains("part of the hub"));
        assert!(unknown_table("something").contains("there are [hub], [authenticator]"));
        assert_eq!(outside_table("bind_url"), "\"bind_url\" stands outside a table; put it below [hub]");
    }

    #[test]
    fn endless_names_are_not_measured() {
        assert_eq!(nearest(&"x".repeat(1 << 20), ["bind_url"]), None);
    }
}
