//! [`Pages`]: draws the pages. Owns the template environment, its few filters and the addresses that every page knows.
//! Templates carry JupyterHub's names and block names; they are compiled in, so drawing does no IO and cannot miss one.

use std::collections::BTreeMap;
use std::fmt;

use labdeck_model::{StartStep, quote_path_part};
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use serde::Serialize;

use super::static_files::static_url;
use super::view::{
    AcceptSharePage, AccountPage, AwakePage, ClaimPage, ErrorPage, HomePage, InvitationPage, LoginPage, LogoutPage,
    NotRunningPage, OAuthPage, SharingPage, Shell, SpawnPage, SpawnPendingPage, StopPendingPage, TokenPage,
};

/// Every template, by the name under which JupyterHub knows it; those with a leading `_` are ours.
const TEMPLATES: &[(&str, &str)] = &[
    ("_parts.html", include_str!("../templates/_parts.html")),
    ("404.html", include_str!("../templates/404.html")),
    ("_care.html", include_str!("../templates/_care.html")),
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

/// The phases of a start as the progress page lists them, in order.
const PHASES: [(StartStep, &str); 4] = [
    (StartStep::Queued, "Queued"),
    (StartStep::Pulling, "Getting the software"),
    (StartStep::Creating, "Making the server"),
    (StartStep::Booting, "Waiting for Jupyter"),
];

/// A page shows the end of a log only: the last lines, each cut. Keeps pages small whatever a server writes.
const MAX_LOG_LINES: usize = 40;
const MAX_LOG_LINE_CHARS: usize = 200;

/// Draws the hub's pages. Cheap to share behind an `Arc`; drawing takes `&self`.
pub struct Pages {
    env: Environment<'static>,
}

/// One phase of a start on the progress page.
#[derive(Debug, Serialize)]
struct Phase {
    step: StartStep,
    label: &'static str,
    state: &'static str,
}

// === impl Pages ===

impl Pages {
    /// Prepares the pages of a hub at `base_url` (which begins and ends with a slash), called `hub_name` by its people.
    pub fn new(base_url: &str, hub_name: &str, version: &str) -> Self {
        let mut env = Environment::new();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        // Everything is HTML, whatever a template is called.
        env.set_auto_escape_callback(|_| AutoEscape::Html);
        env.set_trim_blocks(true);
        env.set_lstrip_blocks(true);
        for (name, source) in TEMPLATES {
            #[expect(clippy::expect_used, reason = "compiled in; a test loads every one of them")]
            env.add_template(name, source).expect("BUG: a template of ours does not parse");
        }
        add_globals(&mut env, base_url, hub_name, version);
        env.add_filter("link", link);
        env.add_filter("query", |text: &str| quote_path_part(text));
        env.add_filter("duration", duration);
        env.add_filter("log_lines", log_lines);
        Self { env }
    }

    /// Draws `login.html`.
    pub fn login(&self, shell: &Shell, page: &LoginPage) -> String {
        self.draw("login.html", shell, "", page)
    }

    /// Draws `logout.html`.
    pub fn logout(&self, shell: &Shell, page: &LogoutPage) -> String {
        self.draw("logout.html", shell, "", page)
    }

    /// Draws `invitation.html`.
    pub fn invitation(&self, shell: &Shell, page: &InvitationPage) -> String {
        self.draw("invitation.html", shell, "", page)
    }

    /// Draws `claim.html`.
    pub fn claim(&self, shell: &Shell, page: &ClaimPage) -> String {
        self.draw("claim.html", shell, "", page)
    }

    /// Draws `home.html`.
    pub fn home(&self, shell: &Shell, page: &HomePage) -> String {
        self.draw("home.html", shell, "home", page)
    }

    /// Draws `spawn.html`.
    pub fn spawn(&self, shell: &Shell, page: &SpawnPage) -> String {
        self.draw("spawn.html", shell, "", page)
    }

    /// Draws `spawn_pending.html`.
    pub fn spawn_pending(&self, shell: &Shell, page: &SpawnPendingPage) -> String {
        let phases = phases_at(page.step);
        self.render("spawn_pending.html", context! { shell, page, phases, here => "" })
    }

    /// Draws `stop_pending.html`.
    pub fn stop_pending(&self, shell: &Shell, page: &StopPendingPage) -> String {
        self.draw("stop_pending.html", shell, "", page)
    }

    /// Draws `not_running.html`.
    pub fn not_running(&self, shell: &Shell, page: &NotRunningPage) -> String {
        self.draw("not_running.html", shell, "", page)
    }

    /// Draws `awake.html`.
    pub fn awake(&self, shell: &Shell, page: &AwakePage) -> String {
        self.draw("awake.html", shell, "", page)
    }

    /// Draws `account.html`.
    pub fn account(&self, shell: &Shell, page: &AccountPage) -> String {
        self.draw("account.html", shell, "account", page)
    }

    /// Draws `sharing.html`.
    pub fn sharing(&self, shell: &Shell, page: &SharingPage) -> String {
        self.draw("sharing.html", shell, "sharing", page)
    }

    /// Draws `accept-share.html`.
    pub fn accept_share(&self, shell: &Shell, page: &AcceptSharePage) -> String {
        self.draw("accept-share.html", shell, "", page)
    }

    /// Draws `token.html`.
    pub fn token(&self, shell: &Shell, page: &TokenPage) -> String {
        self.draw("token.html", shell, "token", page)
    }

    /// Draws `oauth.html`.
    pub fn oauth(&self, shell: &Shell, page: &OAuthPage) -> String {
        self.draw("oauth.html", shell, "", page)
    }

    /// Draws `<status>.html` if there is one, else `error.html`, as JupyterHub chooses.
    pub fn error(&self, shell: &Shell, page: &ErrorPage) -> String {
        let name = format!("{}.html", page.status);
        let name = if self.env.get_template(&name).is_ok() { name.as_str() } else { "error.html" };
        self.draw(name, shell, "", page)
    }

    fn draw<T: Serialize>(&self, name: &str, shell: &Shell, here: &str, page: &T) -> String {
        self.render(name, context! { shell, page, here })
    }

    fn render(&self, name: &str, context: Value) -> String {
        let drawn = self.env.get_template(name).and_then(|template| template.render(context));
        drawn.unwrap_or_else(|error| {
            tracing::error!(template.name = %name, error = %error, "Cannot draw {name}");
            LAST_RESORT.to_owned()
        })
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").finish_non_exhaustive()
    }
}

/// What is sent when a template fails; it depends on nothing.
const LAST_RESORT: &str = "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Labdeck</title>\
    <h1>This page could not be drawn</h1><p>The fault is in the hub and stands in its log. Your files are not affected.</p></html>\n";

/// JupyterHub's common variables, then ours. `base_url` is the hub's path, as in JupyterHub's templates.
fn add_globals(env: &mut Environment<'static>, base_url: &str, hub_name: &str, version: &str) {
    let hub = format!("{base_url}hub/");
    env.add_global("prefix", base_url);
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
    env.add_function("static_url", move |name: &str| {
        urls.get(name).cloned().unwrap_or_else(|| static_url(&below, name))
    });
    env.add_global("base_url", hub);
    env.add_global("hub_name", hub_name);
    env.add_global("version", version);
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

fn phases_at(step: StartStep) -> Vec<Phase> {
    let state = |phase: StartStep| match phase.cmp(&step) {
        std::cmp::Ordering::Less => "done",
        std::cmp::Ordering::Equal => "now",
        std::cmp::Ordering::Greater => "later",
    };
    PHASES.iter().map(|&(phase, label)| Phase { step: phase, label, state: state(phase) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn phases_before_the_step_are_done() {
        let states: Vec<_> = phases_at(StartStep::Creating).iter().map(|phase| phase.state).collect();
        assert_eq!(states, ["done", "done", "now", "later"]);
    }
}
