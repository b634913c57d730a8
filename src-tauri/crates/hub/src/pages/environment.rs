//! The template environment of the pages: the templates that are compiled in, the few filters, and the addresses that
//! every page knows. Built twice where a lead has templates of their own: once without them, to fall back on.

use std::collections::BTreeMap;

use labdeck_model::quote_path_part;
use minijinja::value::{Kwargs, Value};
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior, escape_formatter};

use super::static_files::static_url;

/// Every template, by the name under which JupyterHub knows it; those with a leading `_` are ours.
pub(super) const TEMPLATES: &[(&str, &str)] = &[
    ("_parts.html", include_str!("../templates/_parts.html")),
    ("404.html", include_str!("../templates/404.html")),
    ("_care.html", include_str!("../templates/_care.html")),
    ("_choices.html", include_str!("../templates/_choices.html")),
    ("account.html", include_str!("../templates/account.html")),
    ("awake.html", include_str!("../templates/awake.html")),
    ("claim.html", include_str!("../templates/claim.html")),
    ("error.html", include_str!("../templates/error.html")),
    ("home.html", include_str!("../templates/home.html")),
    ("invitation.html", include_str!("../templates/invitation.html")),
    ("login.html", include_str!("../templates/login.html")),
    ("logout.html", include_str!("../templates/logout.html")),
    ("not_running.html", include_str!("../templates/not_running.html")),
    ("oauth.html", include_str!("../templates/oauth.html")),
    ("page.html", include_str!("../templates/page.html")),
    ("spawn.html", include_str!("../templates/spawn.html")),
    ("spawn_pending.html", include_str!("../templates/spawn_pending.html")),
    ("stop_pending.html", include_str!("../templates/stop_pending.html")),
    ("accept-share.html", include_str!("../templates/accept-share.html")),
    ("sharing.html", include_str!("../templates/sharing.html")),
    ("token.html", include_str!("../templates/token.html")),
];

/// What stays the same on every page of a hub.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// Where it lies; begins and ends with a slash.
    pub(super) base_url: String,
    /// What its people call it.
    pub(super) hub_name: String,
    /// Of Labdeck.
    pub(super) version: String,
    /// Where the logo is.
    pub(super) logo_url: String,
    /// Variables of the lead.
    pub(super) variables: serde_json::Map<String, serde_json::Value>,
}

/// A page shows the end of a log only: the last lines, each cut. Keeps pages small whatever a server writes.
const MAX_LOG_LINES: usize = 40;
const MAX_LOG_LINE_CHARS: usize = 200;

/// The environment with our own templates, each also below `templates/`, where JupyterHub's leads look for the one that
/// theirs stands before.
pub(super) fn built_in(frame: &Frame) -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    // Everything is HTML, whatever a template is called.
    env.set_auto_escape_callback(|_| AutoEscape::Html);
    env.set_formatter(format_value);
    env.set_trim_blocks(true);
    env.set_lstrip_blocks(true);
    for (name, source) in TEMPLATES {
        for name in [(*name).to_owned(), format!("templates/{name}")] {
            #[expect(clippy::expect_used, reason = "compiled in; a test loads every one of them")]
            env.add_template_owned(name, *source).expect("BUG: a template of ours does not parse");
        }
    }
    add_globals(&mut env, frame);
    env.add_filter("link", link);
    env.add_filter("query", |text: &str| quote_path_part(text));
    env.add_filter("duration", duration);
    env.add_filter("log_lines", log_lines);
    env
}

/// JupyterHub's common variables, then ours. `base_url` is the hub's path, as in JupyterHub's templates.
fn add_globals(env: &mut Environment<'static>, frame: &Frame) {
    for (name, value) in &frame.variables {
        env.add_global(name.clone(), Value::from_serialize(value));
    }
    let hub = format!("{}hub/", frame.base_url);
    env.add_global("prefix", frame.base_url.clone());
    for (name, page) in [
        ("home_url", "home"),
        ("login_url", "login"),
        ("logout_url", "logout"),
        ("account_url", "account"),
        ("token_url", "token"),
        ("sharing_url", "sharing"),
        ("accept_share_url", "accept-share"),
        ("servers_url", "servers"),
        ("admin_url", "admin/"),
    ] {
        env.add_global(name, format!("{hub}{page}"));
    }
    // Hashes are taken once, here, not on every page.
    let files = ["tokens.css", "pages.css", "home.js", "progress.js", "password.js", "logo.svg"];
    let urls: BTreeMap<&str, String> = files.iter().map(|name| (*name, static_url(&hub, name))).collect();
    let below = hub.clone();
    // JupyterHub's takes `include_version` beside the name.
    env.add_function("static_url", move |name: &str, _: Kwargs| {
        urls.get(name).cloned().unwrap_or_else(|| static_url(&below, name))
    });
    env.add_global("base_url", hub);
    if !frame.variables.contains_key("hub_name") {
        env.add_global("hub_name", frame.hub_name.clone());
    }
    env.add_global("logo_src", frame.logo_url.clone());
    env.add_global("version", frame.version.clone());
}

/// Escapes what would end a text or an attribute, as Jinja does. minijinja escapes the slash as well, which a script in
/// a template for JupyterHub, `var base = "{{ base_url }}"`, would take for part of the address.
fn format_value(out: &mut Output<'_>, state: &State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    let Some(text) = value.as_str().filter(|_| !value.is_safe() && state.auto_escape() == AutoEscape::Html) else {
        return escape_formatter(out, state, value);
    };
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        let (before, from) = rest.split_at(at);
        let escaped = match from.as_bytes().first() {
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            Some(b'"') => "&quot;",
            _ => "&#x27;",
        };
        out.write_str(before)?;
        out.write_str(escaped)?;
        rest = &from[1..];
    }
    Ok(out.write_str(rest)?)
}

/// Lets only paths of this host into `href` and `action`; anything else leads nowhere.
/// (GHSA-c4gm-pwx9-9w8j: a `next` that reaches an attribute.)
fn link(url: &str) -> String {
    let here = url.starts_with('/') && !url.starts_with("//") && !url.contains(['\\', '\0', '\r', '\n', '\t']);
    if here { url.to_owned() } else { "#".to_owned() }
}

/// `8 s`, `2 min`, `1 min 20 s`, `3 h 5 min`.
fn duration(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

/// The end of a log as one text: control characters out (terminal colours, NUL), long lines cut.
#[expect(clippy::needless_pass_by_value, reason = "the shape minijinja asks of a filter")]
fn log_lines(lines: Vec<String>) -> String {
    let skip = lines.len().saturating_sub(MAX_LOG_LINES);
    let plain = |line: &String| without_escapes(line).chars().take(MAX_LOG_LINE_CHARS).collect::<String>();
    lines.iter().skip(skip).map(plain).collect::<Vec<_>>().join("\n")
}

/// A line without terminal sequences (`ESC [ … letter`) and other control characters.
fn without_escapes(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            // The sequence ends with its first letter.
            '\u{1b}' if chars.next_if_eq(&'[').is_some() => {
                let _letter = chars.find(char::is_ascii_alphabetic);
            }
            '\t' => plain.push(' '),
            c if c.is_control() => {}
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_jinja_does() {
        let mut env = Environment::new();
        env.set_auto_escape_callback(|_| AutoEscape::Html);
        env.set_formatter(format_value);
        let draw =
            |text: &str| env.render_str("{{ text }}{{ 1 }}{{ '<b>'|safe }}", minijinja::context! { text }).unwrap();
        assert_eq!(draw("/é<a href=\"x\">'&"), "/é&lt;a href=&quot;x&quot;&gt;&#x27;&amp;1<b>");
    }

    #[test]
    fn only_paths_of_this_host_are_linked() {
        for good in ["/", "/hub/home", "/user/ada/lab?a=1&b=2#x"] {
            assert_eq!(link(good), good);
        }
        for bad in
            ["", "//evil.com", "/\\evil.com", "javascript:alert(1)", "http://evil.com/", "relative", "/a\nb", " /x"]
        {
            assert_eq!(link(bad), "#", "{bad:?}");
        }
    }

    #[test]
    fn durations_are_read_as_one_says_them() {
        let table = [(0, "0 s"), (59, "59 s"), (60, "1 min"), (80, "1 min 20 s"), (3600, "1 h"), (11_100, "3 h 5 min")];
        for (seconds, words) in table {
            assert_eq!(duration(seconds), words);
        }
    }

    #[test]
    fn logs_lose_terminal_colours_and_keep_their_end() {
        assert_eq!(log_lines(vec!["\u{1b}[1;31mred\u{1b}[0m\0 ok\tx".to_owned()]), "red ok x");
        let many: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        assert!(log_lines(many).starts_with("60\n61"));
        assert_eq!(log_lines(vec!["x".repeat(5000)]).len(), MAX_LOG_LINE_CHARS);
    }
}
