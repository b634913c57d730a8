//! From values with places to a [`Config`]: reads every setting once, collects every problem, then decides.

use std::net::SocketAddr;
use std::time::Duration;

use labdeck_auth::Rules;
use labdeck_model::UserName;

use super::bind::{self, BindUrl};
use super::convert::{Reader, to_bool, to_count, to_number, to_seconds, to_secret, to_size, to_timeout};
use super::docker::SystemUsers;
use super::sources::{ConfigInputs, Sources};
use super::{
    AuthenticatorKind, Config, ConfigError, ExecSettings, FiguresFor, IdleSettings, NamedServers, Network, Problem,
    Source, SpawnerChoice, SpawnerKind, docker, file, local, pages, roles, services, spawners,
};

/// JupyterHub's default for `cookie_max_age_days`.
const TWO_WEEKS: f64 = 14.0;

/// JupyterHub's default for `service_check_interval`.
const SERVICE_CHECK: Duration = Duration::from_secs(60);

/// JupyterHub's (and its companions') names of authenticators that this version has not.
const OTHER_AUTHENTICATORS: &str = "pam local null default shared-password ldap ldapauthenticator firstuse tmp lti lti13 github \
    gitlab google generic generic-oauth azuread auth0 bitbucket cilogon globus openshift mediawiki okpy oauthenticator";

/// dockerspawner's name of containers that are accounts of this computer.
const SYSTEM_USERS: &str = "docker-system-user";

/// JupyterHub's (and its companions') names of spawners that this version has not.
const OTHER_SPAWNERS: &str = "local localprocess default docker-swarm swarm system-user sudo systemd \
    kube kubespawner batch slurm ssh yarn ecs marathon wrap";

// === impl Config ===

impl Config {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// [`ConfigError`] with all problems.
    pub fn load(inputs: &ConfigInputs) -> Result<Self, ConfigError> {
        let (mut problems, mut warnings) = (Vec::new(), Vec::new());
        let sources = inputs.read(&mut problems, &mut warnings);
        build(&sources, problems, warnings)
    }

    /// Reads and checks a text as if it stood in a file of that name, without environment and flags.
    ///
    /// # Errors
    /// [`ConfigError`] with all problems.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let sources = Sources::of_file(file::parse(name, text, &mut problems));
        build(&sources, problems, Vec::new())
    }
}

fn build(sources: &Sources, problems: Vec<Problem>, warnings: Vec<String>) -> Result<Config, ConfigError> {
    let mut reader = Reader::new(sources, problems, warnings);
    let mut config = read_all(&mut reader);
    if config.network == Some(Network::Lan)
        && let Err(problem) = config.check_network(Network::Lan)
    {
        reader.problems.push(problem);
    }
    warn_about(&config, &mut reader);
    let Reader { mut problems, warnings, .. } = reader;
    if problems.is_empty() {
        config.warnings = warnings;
        return Ok(config);
    }
    problems.sort_by_key(|problem| match &problem.at {
        Source::Default => (0, 0),
        Source::File { line, .. } => (1, *line),
        Source::Env(_) => (2, 0),
        Source::Flag(_) => (3, 0),
    });
    // A value of a base table is read once for each of its kinds; its problem is told once.
    let mut told = Vec::<Problem>::new();
    problems.into_iter().for_each(|problem| {
        if !told.contains(&problem) {
            told.push(problem);
        }
    });
    Err(ConfigError { problems: told })
}

fn read_all(reader: &mut Reader<'_>) -> Config {
    let BindUrl { listen, base_url } = read_bind(reader);
    let authenticator = read_authenticator(reader);
    let [native, dummy] = ["native_authenticator", "dummy_authenticator"].map(|table| read_rules(table, reader));
    spawners::read_common("spawner", reader);
    let spawner = read_spawner(reader);
    let system_users = read_system_users(reader);
    let (services, api_tokens) = (services::read(reader), services::read_api_tokens(reader));
    services::check_distinct(&services, &api_tokens, reader);
    Config {
        listen,
        base_url,
        network: read_network(listen, reader),
        advertised_names: reader.parsed("labdeck", "advertised_names", parse_host_name),
        open_network_accepted: read_bool("labdeck", "i_accept_that_anyone_on_the_network_can_run_code_here", reader),
        authenticator,
        dummy_password: reader.read("dummy_authenticator", "password", to_secret).flatten(),
        rules: match authenticator {
            AuthenticatorKind::Native => native,
            AuthenticatorKind::Dummy => dummy,
        },
        spawner,
        docker: docker::read(reader, system_users),
        simple: spawners::read_common("simple_spawner", reader),
        local: local::read_local(reader),
        exec: read_exec(spawner, reader),
        named_servers: read_named_servers(reader),
        people_may_share: read_bool("hub", "people_may_share", reader),
        concurrent_spawn_limit: reader.limit("hub", "concurrent_spawn_limit"),
        active_server_limit: reader.limit("hub", "active_server_limit"),
        // A reserve of nothing is a decision as well.
        memory_reserve: reader.read("labdeck", "memory_reserve", to_size).map(Option::unwrap_or_default),
        overcommit: reader.read("labdeck", "overcommit", to_bool).unwrap_or(true),
        gpu_sharing: reader.read("labdeck", "gpu_sharing", to_count).unwrap_or(1).max(1),
        nvml_library: reader.text("labdeck", "nvml_library").map(|(path, _)| path.into()),
        idle: read_idle(reader),
        cookie_max_age: read_cookie_max_age(reader),
        token_max_lifetime: reader
            .read("hub", "token_expires_in_max_seconds", to_count)
            .filter(|seconds| *seconds > 0)
            .map(|seconds| Duration::from_secs(seconds.into())),
        api_tokens,
        roles: roles::read(reader, &services),
        services,
        service_check_interval: reader.read("hub", "service_check_interval", to_timeout).unwrap_or(SERVICE_CHECK),
        figures_for: match reader.read("hub", "authenticate_prometheus", to_bool) {
            Some(false) => FiguresFor::Everybody,
            Some(true) | None => FiguresFor::Readers,
        },
        event_handlers: reader.parsed("event_logger", "handlers", parse_event_handler),
        pages: pages::read(reader),
        warnings: Vec::new(),
        sources: reader.sources.clone(),
    }
}

/// `stdout`, `stderr`, or the path of a file.
fn parse_event_handler(text: &str) -> Result<String, String> {
    if matches!(text, "stdout" | "stderr") || std::path::Path::new(text).is_absolute() {
        return Ok(text.to_owned());
    }
    Err(format!("{text:?} must be a whole path such as /var/log/labdeck/events.jsonl, stdout or stderr"))
}

fn read_bool(table: &'static str, name: &'static str, reader: &mut Reader<'_>) -> bool {
    reader.read(table, name, to_bool).unwrap_or(false)
}

/// `bind_url`, with `base_url` in the place of its path where that is set. Where both are and differ, neither wins.
fn read_bind(reader: &mut Reader<'_>) -> BindUrl {
    let fallback = BindUrl { listen: SocketAddr::from(([127, 0, 0, 1], 8000)), base_url: "/".to_owned() };
    let bound = match reader.text("hub", "bind_url") {
        Some((text, at)) => bind::parse_bind_url(&text).unwrap_or_else(|words| {
            reader.problems.push(Problem::new(&at, format!("[hub] bind_url: {words}")));
            fallback
        }),
        None => fallback,
    };
    let Some((text, at)) = reader.text("hub", "base_url") else { return bound };
    match bind::parse_base_url(&text) {
        Ok(base_url) if bound.base_url == "/" || bound.base_url == base_url => BindUrl { base_url, ..bound },
        Ok(base_url) => {
            let words = format!(
                "[hub] base_url is {base_url:?}, but the path of bind_url is {:?}; keep one of them",
                bound.base_url
            );
            reader.problems.push(Problem::new(&at, words));
            bound
        }
        Err(words) => {
            reader.problems.push(Problem::new(&at, format!("[hub] base_url: {words}")));
            bound
        }
    }
}

/// What the configuration decides: `network`, or an address that somebody wrote down.
fn read_network(listen: SocketAddr, reader: &mut Reader<'_>) -> Option<Network> {
    let choices = [("local", Network::Local), ("lan", Network::Lan)];
    let chosen = reader.choice("labdeck", "network", &choices, |_| None);
    let named = reader.sources.given("hub", "bind_url").is_some();
    let by_address = if listen.ip().is_loopback() { Network::Local } else { Network::Lan };
    if let (Some(chosen), true, Some(node)) = (chosen, named, reader.sources.given("labdeck", "network"))
        && chosen != by_address
    {
        let words = match chosen {
            Network::Local => format!(
                "[labdeck] network is \"local\", but bind_url is open to other computers ({listen}); change one of them"
            ),
            Network::Lan => format!(
                "[labdeck] network is \"lan\", but bind_url is this computer only ({listen}); write http://0.0.0.0:{} there, or leave bind_url out",
                listen.port()
            ),
        };
        reader.problems.push(Problem::new(&node.at, words));
    }
    chosen.or(named.then_some(by_address))
}

fn read_authenticator(reader: &mut Reader<'_>) -> AuthenticatorKind {
    let choices = [("native", AuthenticatorKind::Native), ("dummy", AuthenticatorKind::Dummy)];
    let explain = |text: &str| other_class(text, OTHER_AUTHENTICATORS, "native or dummy");
    reader.choice("hub", "authenticator_class", &choices, explain).unwrap_or(AuthenticatorKind::Native)
}

fn read_spawner(reader: &mut Reader<'_>) -> SpawnerChoice {
    let choices = [
        ("docker", SpawnerKind::Docker),
        ("simple", SpawnerKind::Simple),
        ("exec", SpawnerKind::Exec),
        (SYSTEM_USERS, SpawnerKind::Docker),
    ];
    let explain = |text: &str| other_class(text, OTHER_SPAWNERS, "docker, simple or exec");
    reader.choice("hub", "spawner_class", &choices, explain).map_or(SpawnerChoice::Unnamed, SpawnerChoice::Named)
}

/// A hub whose servers a program starts needs to know which.
fn read_exec(spawner: SpawnerChoice, reader: &mut Reader<'_>) -> ExecSettings {
    let exec = local::read_exec(reader);
    if spawner == SpawnerChoice::Named(SpawnerKind::Exec) && exec.program.is_empty() {
        let at = reader.sources.given("hub", "spawner_class").map(|node| node.at.clone());
        let words = "[hub] spawner_class is \"exec\", so [exec_spawner] cmd must name the program that starts servers";
        reader.problems.push(Problem::new(&at.unwrap_or(Source::Default), words.to_owned()));
    }
    exec
}

/// Whether Docker is named in its kind of accounts of this computer.
fn read_system_users(reader: &mut Reader<'_>) -> SystemUsers {
    match reader.text("hub", "spawner_class") {
        Some((text, _)) if text == SYSTEM_USERS => SystemUsers::Yes,
        Some(_) | None => SystemUsers::No,
    }
}

fn other_class(text: &str, others: &str, ours: &str) -> Option<String> {
    let shown: String = text.chars().take(60).collect();
    if others.split_ascii_whitespace().any(|name| name == text) {
        return Some(format!("{shown:?} is not in this version; write {ours}"));
    }
    text.contains('.').then(|| format!("{shown:?} is a Python class, which Labdeck cannot load; write {ours}"))
}

/// The lists and switches as they hold for one kind of authenticator. Reference: JupyterHub 6.1 `auth.py`, the
/// defaults of `allow_existing_users`, and of `allow_all` for `DummyAuthenticator`.
fn read_rules(table: &'static str, reader: &mut Reader<'_>) -> Rules {
    let mut rules = Rules {
        allow_all: false,
        allow_existing_users: false,
        allowed_users: reader.parsed(table, "allowed_users", UserName::parse),
        blocked_users: reader.parsed(table, "blocked_users", UserName::parse),
        admin_users: reader.parsed(table, "admin_users", UserName::parse),
    };
    let is_native = table == "native_authenticator";
    let nobody_listed = rules.allowed_users.is_empty();
    // Native users exist because the lead made them: an account is an admission.
    let existing = reader.read(table, "allow_existing_users", to_bool);
    rules.allow_existing_users = existing.unwrap_or(is_native || !nobody_listed);
    let all = reader.read(table, "allow_all", to_bool);
    rules.allow_all = all.unwrap_or(!is_native && nobody_listed && existing != Some(true));
    rules
}

fn read_named_servers(reader: &mut Reader<'_>) -> NamedServers {
    let limit = reader.limit("hub", "named_server_limit_per_user");
    match (read_bool("hub", "allow_named_servers", reader), limit) {
        (false, _) => NamedServers::Off,
        (true, Some(limit)) => NamedServers::UpTo(limit),
        (true, None) => NamedServers::Unlimited,
    }
}

/// Only what somebody said: the window sets the rest.
fn read_idle(reader: &mut Reader<'_>) -> IdleSettings {
    let mut read = |name| {
        let given = reader.sources.given("labdeck", name).is_some();
        reader.read("labdeck", name, to_seconds).filter(|_| given)
    };
    IdleSettings {
        stop_after: read("idle_stop_after"),
        busy_but_silent_after: read("idle_busy_but_silent_after"),
        max_age: read("idle_max_age"),
        warn_before: read("idle_warn_before"),
    }
}

fn read_cookie_max_age(reader: &mut Reader<'_>) -> Duration {
    let days = reader.read("hub", "cookie_max_age_days", |node| match to_number(node)? {
        days if days > 0.0 && days <= 3660.0 => Ok(days),
        _ => Err((node.at.clone(), "must be more than 0 days, and of ten years at most".to_owned())),
    });
    Duration::from_secs_f64(days.unwrap_or(TWO_WEEKS) * 86_400.0)
}

fn parse_host_name(text: &str) -> Result<String, String> {
    let name = text.trim().trim_end_matches('.').to_ascii_lowercase();
    let part = |part: &str| {
        !part.is_empty()
            && part.len() <= 63
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    let is_address = name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok();
    if is_address || (name.len() <= 253 && name.split('.').all(part)) {
        return Ok(name);
    }
    let shown: String = text.chars().take(60).collect();
    Err(format!("{shown:?} is no name of a computer; write it without http:// and port, like hub.lab.example"))
}

fn warn_about(config: &Config, reader: &mut Reader<'_>) {
    if config.rules.admit_nobody() {
        let words = "Nobody can sign in: set allowed_users, allow_existing_users or allow_all in [authenticator].";
        reader.warnings.push(words.to_owned());
    }
    if config.authenticator == AuthenticatorKind::Dummy && config.dummy_password.is_none() {
        reader
            .warnings
            .push("The dummy authenticator asks for no password: anybody is whoever they say they are.".to_owned());
    }
}
