//! What only `[simple_spawner]` and `[exec_spawner]` know: servers on this computer, and a program that starts them.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use super::convert::{Reader, to_command, to_count, to_timeout};
use super::{Problem, SpawnerSettings, spawners};

/// Whose account local servers run under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunAs {
    /// The hub's.
    Hub,
    /// The one of the system that has the person's name.
    User,
}

/// What the local-process spawner knows beside what every spawner does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalSettings {
    /// Whose account servers run under.
    pub run_as: RunAs,
    /// The folder of a person's servers, with `{username}` in it.
    pub home_dir: Option<String>,
    /// Where the file list begins.
    pub notebook_dir: Option<String>,
    /// A shell that gets the whole command as one word; empty is none.
    pub shell_cmd: Vec<String>,
    /// Further variables of the hub's environment that servers get.
    pub env_keep: Vec<String>,
    /// Where servers listen.
    pub ip: IpAddr,
    /// The port of that; 0 is a free one.
    pub port: u16,
    /// Where servers reach the hub, where that is not its own address.
    pub hub_connect_url: Option<String>,
    /// Time to end after SIGINT.
    pub interrupt_timeout: Duration,
    /// After SIGTERM.
    pub term_timeout: Duration,
    /// After SIGKILL.
    pub kill_timeout: Duration,
    /// Where the Python environment is kept, where that is written down.
    pub environment_dir: Option<PathBuf>,
    /// What is installed into it; empty is what fits this version.
    pub requirements: Vec<String>,
}

/// What the exec spawner knows.
#[derive(Debug, Clone, PartialEq)]
pub struct ExecSettings {
    /// What every spawner knows; its command is what a server runs, and not the program here.
    pub common: SpawnerSettings,
    /// The program that starts servers; empty where none is configured.
    pub program: Vec<String>,
    /// How long a call may take that is no start.
    pub call_timeout: Duration,
    /// Where servers reach the hub, where that is not its own address.
    pub hub_connect_url: Option<String>,
}

const SIMPLE: &str = "simple_spawner";
const EXEC: &str = "exec_spawner";

/// Reads `[simple_spawner]`.
pub(super) fn read_local(reader: &mut Reader<'_>) -> LocalSettings {
    let seconds = Duration::from_secs;
    let all = |reader: &mut Reader<'_>, name| reader.texts(SIMPLE, name).into_iter().map(|(text, _)| text).collect();
    let template = read_folder(reader, "home_dir_template");
    LocalSettings {
        run_as: reader
            .choice(SIMPLE, "run_as", &[("hub", RunAs::Hub), ("user", RunAs::User)], |_| None)
            .unwrap_or(RunAs::Hub),
        home_dir: read_folder(reader, "home_dir").or(template),
        notebook_dir: reader.text(SIMPLE, "notebook_dir").map(|(text, _)| text),
        shell_cmd: all(reader, "shell_cmd"),
        env_keep: all(reader, "env_keep"),
        ip: read_ip(reader),
        port: read_port(reader),
        hub_connect_url: read_connect_url(SIMPLE, reader),
        interrupt_timeout: reader.read(SIMPLE, "interrupt_timeout", to_timeout).unwrap_or(seconds(10)),
        term_timeout: reader.read(SIMPLE, "term_timeout", to_timeout).unwrap_or(seconds(5)),
        kill_timeout: reader.read(SIMPLE, "kill_timeout", to_timeout).unwrap_or(seconds(5)),
        environment_dir: read_folder(reader, "environment_dir").map(PathBuf::from),
        requirements: all(reader, "requirements"),
    }
}

/// Reads `[exec_spawner]`.
pub(super) fn read_exec(reader: &mut Reader<'_>) -> ExecSettings {
    let program = reader.sources.given_here(EXEC, "cmd").is_some();
    // `cmd` in `[spawner]` is what a server runs: only the table's own line is the program.
    let program = if program { reader.read(EXEC, "cmd", to_command).unwrap_or_default() } else { Vec::new() };
    let mut common = spawners::read_common(EXEC, reader);
    common.cmd = reader.read("spawner", "cmd", to_command).filter(|cmd| !cmd.is_empty());
    ExecSettings {
        common,
        program,
        call_timeout: reader.read(EXEC, "call_timeout", to_timeout).unwrap_or(Duration::from_secs(30)),
        hub_connect_url: read_connect_url(EXEC, reader),
    }
}

/// An absolute folder; names in braces are filled in at a start.
fn read_folder(reader: &mut Reader<'_>, name: &'static str) -> Option<String> {
    let (text, at) = reader.text(SIMPLE, name)?;
    let known = text.replace("{username}", "").replace("{servername}", "");
    let wrong = if !text.starts_with('/') || text.split('/').any(|part| part == "..") {
        Some("must be a whole path such as \"/srv/homes/{username}\"")
    } else if known.contains(['{', '}', '%']) {
        Some("knows {username} and {servername}, and nothing else in braces or with %")
    } else {
        None
    };
    if let Some(words) = wrong {
        reader.problems.push(Problem::new(&at, format!("[{SIMPLE}] {name} {words}, not {:?}", spawners::cut(&text))));
        return None;
    }
    Some(text)
}

/// Nothing but the hub's proxy asks visitors who they are, so servers listen on this computer alone.
fn read_ip(reader: &mut Reader<'_>) -> IpAddr {
    let near = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let Some((text, at)) = reader.text(SIMPLE, "ip") else { return near };
    match text.parse::<IpAddr>() {
        Ok(ip) if ip.is_loopback() => ip,
        _ if text == "localhost" => near,
        _ => {
            let words = format!(
                "[{SIMPLE}] ip must be an address of this computer alone, such as \"127.0.0.1\", not {:?}; \
                 the hub's proxy is the only way to a server",
                spawners::cut(&text)
            );
            reader.problems.push(Problem::new(&at, words));
            near
        }
    }
}

fn read_port(reader: &mut Reader<'_>) -> u16 {
    let port = reader.read(SIMPLE, "port", |node| {
        let wrong = |_| (node.at.clone(), "must be a port from 0 to 65535".to_owned());
        u16::try_from(to_count(node)?).map_err(wrong)
    });
    port.unwrap_or_default()
}

fn read_connect_url(table: &'static str, reader: &mut Reader<'_>) -> Option<String> {
    let (text, at) = reader.text(table, "hub_connect_url")?;
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let host = rest.map(|rest| rest.trim_end_matches('/')).filter(|host| {
        !host.is_empty() && !host.contains(['/', '?', '#', '@', '\\']) && !host.chars().any(char::is_whitespace)
    });
    if host.is_none() {
        let words = format!(
            "[{table}] hub_connect_url must be like \"http://127.0.0.1:8081\", without a path, not {:?}",
            spawners::cut(&text)
        );
        reader.problems.push(Problem::new(&at, words));
    }
    host.map(|_| text.trim_end_matches('/').to_owned())
}
