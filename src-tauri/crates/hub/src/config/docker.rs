//! `[docker_spawner]` and `[system_user_spawner]`: images, the engine, and how containers are named and reached. What is
//! mounted into them and what is asked of the engine beyond is in `containers`.

use std::net::IpAddr;
use std::path::PathBuf;

use labdeck_model::ImageRef;
use labdeck_spawner::docker::{Accept, ContainerSettings, Reach, SystemUser, Template, TlsFiles, check_group};

use super::convert::{Reader, to_bool, to_command, to_map, to_number, to_size, to_texts};
use super::spawners::{cut, read_common};
use super::tree::{Node, Value};
use super::{AllowedImage, DockerSettings, EngineSettings, Problem, PullPolicy, bind, containers};

pub(super) const TABLE: &str = "docker_spawner";
const SYSTEM: &str = "system_user_spawner";

/// Reads what the Docker spawner knows; `as_system_users` where the configuration names that kind of it.
pub(super) fn read(reader: &mut Reader<'_>, as_system_users: SystemUsers) -> DockerSettings {
    let common = read_common(TABLE, reader);
    let image = reader.text(TABLE, "image").and_then(|(text, at)| {
        let told = |e| reader.problems.push(Problem::new(&at, format!("[{TABLE}] image: {e}")));
        ImageRef::parse(&text).map_err(told).ok()
    });
    let policies = [
        ("ifnotpresent", PullPolicy::IfNotPresent),
        ("always", PullPolicy::Always),
        ("never", PullPolicy::Never),
        ("skip", PullPolicy::Never),
    ];
    let pull_policy = reader.choice(TABLE, "pull_policy", &policies, |_| None).unwrap_or(PullPolicy::IfNotPresent);
    if reader.read(TABLE, "remove", to_bool) == Some(false)
        && let Some(node) = reader.sources.given(TABLE, "remove")
    {
        let words = format!("[{TABLE}] remove can only be true: stopped containers are removed, and homes are kept");
        reader.problems.push(Problem::new(&node.at, words));
    }
    let (allowed_images, any_image_allowed) = read_allowed_images(reader);
    DockerSettings {
        common,
        image,
        allowed_images,
        any_image_allowed,
        pull_policy,
        network_name: read_network_name(reader),
        engine: read_engine(reader),
        hub_connect_url: read_hub_connect_url(reader),
        env_keep: read_env_keep(reader),
        containers: read_containers(reader, as_system_users),
    }
}

/// Whether servers are accounts of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SystemUsers {
    Yes,
    No,
}

fn read_containers(reader: &mut Reader<'_>, as_system_users: SystemUsers) -> ContainerSettings {
    let host_folders = containers::read_host_folders(reader);
    let accept = containers::read_accept(reader);
    let volumes = containers::read_volumes(reader, &containers::Open { folders: &host_folders, accept });
    ContainerSettings {
        prefix: read_prefix(reader),
        name_template: template(TABLE, "name_template", reader),
        volumes,
        host_folders,
        closed_folders: Vec::new(),
        kept_environment: Vec::new(),
        notebook_dir: template(TABLE, "notebook_dir", reader),
        reach: read_reach(reader),
        links: read_links(reader),
        extra: containers::read_extra(accept, reader),
        post_start_cmd: read_post_start_cmd(reader),
        memory_guarantee_bytes: reader.read(TABLE, "mem_guarantee", to_size).flatten(),
        cpu_guarantee: reader.read(TABLE, "cpu_guarantee", to_number).filter(|cpus| *cpus > 0.0),
        group_add: read_groups(accept, reader),
        system_user: (as_system_users == SystemUsers::Yes).then(|| read_system_user(reader)),
    }
}

/// Further groups, none of which owns parts of the system.
fn read_groups(accept: Accept, reader: &mut Reader<'_>) -> Vec<String> {
    const NAME: &str = "group_add";
    let mut groups = Vec::new();
    for (group, at) in reader.texts(TABLE, NAME) {
        match check_group(&group) {
            Err(words) if accept == Accept::Harmless => {
                reader.problems.push(Problem::new(&at, format!("[{TABLE}] {NAME} {words}")));
            }
            Ok(()) | Err(_) => groups.push(group),
        }
    }
    groups
}

/// A text with names in braces.
fn template(table: &'static str, name: &'static str, reader: &mut Reader<'_>) -> Option<Template> {
    let (text, at) = reader.text(table, name)?;
    parse_template(table, name, &text, &at, reader)
}

pub(super) fn parse_template(
    table: &str,
    name: &str,
    text: &str,
    at: &super::Source,
    reader: &mut Reader<'_>,
) -> Option<Template> {
    let told = |e| reader.problems.push(Problem::new(at, format!("[{table}] {name}: {:?}: {e}", cut(text))));
    Template::parse(text).map_err(told).ok()
}

fn read_prefix(reader: &mut Reader<'_>) -> Option<String> {
    let (text, at) = reader.text(TABLE, "prefix")?;
    let fits = text.len() <= 60
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    if !fits {
        let words = format!("[{TABLE}] prefix may have letters, digits, '-', '_' and '.' only, not {:?}", cut(&text));
        reader.problems.push(Problem::new(&at, words));
    }
    fits.then_some(text)
}

fn read_reach(reader: &mut Reader<'_>) -> Reach {
    let internal = reader.read(TABLE, "use_internal_ip", to_bool) == Some(true);
    let published = reader.text(TABLE, "host_ip").and_then(|(text, at)| {
        let address = text.parse::<IpAddr>();
        if address.is_err() {
            let words = format!("[{TABLE}] host_ip must be an address such as 127.0.0.1, not {:?}", cut(&text));
            reader.problems.push(Problem::new(&at, words));
        }
        Some((address.ok()?, at))
    });
    match (internal, published) {
        (true, Some((_, at))) => {
            let words = format!(
                "[{TABLE}] host_ip says where ports are published, and use_internal_ip publishes none; keep one"
            );
            reader.problems.push(Problem::new(&at, words));
            Reach::Internal
        }
        (true, None) => Reach::Internal,
        (false, Some((address, _))) => {
            if !address.is_loopback() {
                let words = format!(
                    "[docker_spawner] host_ip = {address}: other computers reach servers past the hub; each server still checks its visitors."
                );
                reader.warnings.push(words);
            }
            Reach::Published(address)
        }
        (false, None) => Reach::Usual,
    }
}

fn read_links(reader: &mut Reader<'_>) -> Vec<(Template, Template)> {
    let pairs = reader.read(TABLE, "links", to_map).unwrap_or_default();
    let pair = |(container, name, at): (String, String, super::Source)| {
        let container = parse_template(TABLE, "links", &container, &at, reader)?;
        Some((container, parse_template(TABLE, "links", &name, &at, reader)?))
    };
    pairs.into_iter().filter_map(pair).collect()
}

/// A list of words, or one text whose blanks part them.
fn read_post_start_cmd(reader: &mut Reader<'_>) -> Vec<Template> {
    const NAME: &str = "post_start_cmd";
    let words = reader.read(TABLE, NAME, to_command).unwrap_or_default();
    let given = reader.sources.given(TABLE, NAME).cloned();
    let Some(Node { value, at }) = given else { return Vec::new() };
    let words = match (&value, words.as_slice()) {
        (Value::Text(text), _) if text.contains(['"', '\'', '\\']) => {
            let words = format!("[{TABLE}] {NAME}: with quotes, write a list: [\"sh\", \"-c\", \"echo 'x'\"]");
            reader.problems.push(Problem::new(&at, words));
            return Vec::new();
        }
        (Value::Text(text), _) => text.split_whitespace().map(str::to_owned).collect(),
        (_, words) => words.to_vec(),
    };
    words.iter().filter_map(|word| parse_template(TABLE, NAME, word, &at, reader)).collect()
}

fn read_system_user(reader: &mut Reader<'_>) -> SystemUser {
    let image_home = template(SYSTEM, "image_homedir_format_string", reader);
    SystemUser {
        host_home: template(SYSTEM, "host_homedir_format_string", reader),
        image_home: image_home.unwrap_or_else(|| {
            #[expect(clippy::expect_used, reason = "a constant that a test reads")]
            Template::parse("/home/{username}").expect("BUG: the default is a template")
        }),
        run_as_root: reader.read(SYSTEM, "run_as_root", to_bool).unwrap_or(false),
    }
}

fn read_env_keep(reader: &mut Reader<'_>) -> Vec<String> {
    let mut kept = Vec::new();
    for (name, at) in reader.texts(TABLE, "env_keep") {
        let table = reader.table_of(TABLE, "env_keep");
        let ours = ["JUPYTERHUB_", "JPY_", "LABDECK_", "DOCKER_"].iter().any(|prefix| name.starts_with(prefix));
        if ours || name.is_empty() || name.contains(['=', '\0']) {
            let words =
                format!("[{table}] env_keep: {:?} is the hub's own and not for servers; take it out", cut(&name));
            reader.problems.push(Problem::new(&at, words));
        } else {
            kept.push(name);
        }
    }
    kept
}

/// Where servers reach the hub: a spawner's own setting, or the hub's.
fn read_hub_connect_url(reader: &mut Reader<'_>) -> Option<String> {
    let url = reader.text(TABLE, "hub_connect_url").map(|found| (TABLE, "hub_connect_url", found));
    let url = url.or_else(|| reader.text("hub", "hub_connect_url").map(|found| ("hub", "hub_connect_url", found)));
    if let Some((table, name, (text, at))) = url {
        let table = if table == TABLE { reader.table_of(table, name) } else { table };
        let plain = text.trim_end_matches('/');
        let rest = plain.strip_prefix("http://").or_else(|| plain.strip_prefix("https://"));
        let fits = rest.is_some_and(|rest| {
            !rest.is_empty() && !rest.contains(['/', '@', '?', '#', ' ']) && !rest.chars().any(char::is_control)
        });
        if !fits {
            let words =
                format!("[{table}] {name} must be like http://192.168.1.20:8000, without a path, not {:?}", cut(&text));
            reader.problems.push(Problem::new(&at, words));
            return None;
        }
        return Some(plain.to_owned());
    }
    let (text, at) = reader.text("hub", "hub_connect_ip")?;
    let named = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    let host = match text.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => format!("[{address}]"),
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) if named => text,
        Err(_) => {
            let words = format!("[hub] hub_connect_ip must be an address or a name, not {:?}", cut(&text));
            reader.problems.push(Problem::new(&at, words));
            return None;
        }
    };
    let bound = reader.text("hub", "bind_url").and_then(|(text, _)| bind::parse_bind_url(&text).ok());
    Some(format!("http://{host}:{}", bound.map_or(8000, |bound| bound.listen.port())))
}

fn read_network_name(reader: &mut Reader<'_>) -> Option<String> {
    let (text, at) = reader.text(TABLE, "network_name")?;
    let fits = text.len() <= 128
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    if matches!(text.as_str(), "host" | "none") || !fits {
        let words = format!(
            "[{TABLE}] network_name must be a network of the engine that servers can share, not {:?}",
            cut(&text)
        );
        reader.problems.push(Problem::new(&at, words));
        return None;
    }
    Some(text)
}

/// A list of images, a table of label and image, or `"*"` for any; all three are dockerspawner's.
fn read_allowed_images(reader: &mut Reader<'_>) -> (Vec<AllowedImage>, bool) {
    const NAME: &str = "allowed_images";
    let any = |node: &Node| match &node.value {
        Value::Text(text) => text == "*",
        Value::List(items) => matches!(items.as_slice(), [Node { value: Value::Text(text), .. }] if text == "*"),
        _ => false,
    };
    if reader.sources.given(TABLE, NAME).is_some_and(any) {
        let words = "[docker_spawner] allowed_images = \"*\": everybody may start any image, also a hostile one.";
        reader.warnings.push(words.to_owned());
        return (Vec::new(), true);
    }
    let entries = reader.read(TABLE, NAME, |node| match &node.value {
        Value::Table(_) => to_map(node),
        _ => Ok(to_texts(node)?.into_iter().map(|(text, at)| (text.clone(), text, at)).collect()),
    });
    let mut images = Vec::new();
    for (label, image, at) in entries.unwrap_or_default() {
        match ImageRef::parse(&image) {
            Ok(image) => images.push(AllowedImage { label, image }),
            Err(e) => reader.problems.push(Problem::new(&at, format!("[{TABLE}] {NAME}: {e}"))),
        }
    }
    (images, false)
}

/// Where the engine is and by which certificates it is known: docker-py's `client_kwargs` and `tls_config`.
fn read_engine(reader: &mut Reader<'_>) -> EngineSettings {
    let mut engine = EngineSettings::default();
    for (name, text, at) in reader.read(TABLE, "client_kwargs", to_map).unwrap_or_default() {
        match name.as_str() {
            "base_url" if is_engine(&text) => engine.host = Some(text.replacen("https://", "tcp://", 1)),
            "base_url" => {
                let words = format!(
                    "[{TABLE}] client_kwargs: base_url must be like unix:///var/run/docker.sock or tcp://10.0.0.9:2376, not {:?}",
                    cut(&text)
                );
                reader.problems.push(Problem::new(&at, words));
            }
            // What docker-py asks of its user, this engine's client finds out by itself.
            "version" | "timeout" => {}
            _ => {
                let words = format!("[{TABLE}] client_kwargs has no {:?}; there is base_url", cut(&name));
                reader.problems.push(Problem::new(&at, words));
            }
        }
    }
    engine.tls = read_tls(reader);
    let open = |host: &String| host.starts_with("tcp://") && !host.starts_with("tcp://127.") && engine.tls.is_none();
    if let Some(host) = engine.host.as_ref().filter(|host| open(host)) {
        let words = format!(
            "The engine at {host} is used without tls_config: who can reach it is root there, and so is who listens between."
        );
        reader.warnings.push(words);
    }
    engine
}

fn is_engine(text: &str) -> bool {
    ["unix:///", "npipe://", "tcp://", "http://", "https://"]
        .iter()
        .any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
}

fn read_tls(reader: &mut Reader<'_>) -> Option<TlsFiles> {
    const NAME: &str = "tls_config";
    let Node { value: Value::Table(entries), at } = reader.sources.given(TABLE, NAME)?.clone() else {
        let at = reader.sources.given(TABLE, NAME)?.at.clone();
        let words =
            format!("[{TABLE}] {NAME} must be a table: {{ ca = \"ca.pem\", cert = \"cert.pem\", key = \"key.pem\" }}");
        reader.problems.push(Problem::new(&at, words));
        return None;
    };
    let (mut ca, mut cert, mut key) = (None, None, None);
    for (name, node) in &entries {
        match (name.as_str(), &node.value) {
            ("ca" | "ca_cert", Value::Text(text)) => ca = Some(PathBuf::from(text)),
            ("cert", Value::Text(text)) => cert = Some(PathBuf::from(text)),
            ("key", Value::Text(text)) => key = Some(PathBuf::from(text)),
            ("client_cert", Value::List(pair)) => {
                let mut paths = pair.iter().filter_map(|node| match &node.value {
                    Value::Text(text) => Some(PathBuf::from(text)),
                    _ => None,
                });
                (cert, key) = (paths.next(), paths.next());
            }
            ("verify", Value::Bool(true)) | ("assert_hostname", _) => {}
            ("verify", _) => {
                let words = format!(
                    "[{TABLE}] {NAME}: verify can only be true; give the engine's own certificate authority as ca"
                );
                reader.problems.push(Problem::new(&node.at, words));
            }
            _ => {
                let words = format!(
                    "[{TABLE}] {NAME}: {:?} is not known so; there are ca, cert, key (files) and verify",
                    cut(name)
                );
                reader.problems.push(Problem::new(&node.at, words));
            }
        }
    }
    match (ca, cert, key) {
        (Some(ca), Some(cert), Some(key)) => Some(TlsFiles { ca, cert, key }),
        _ => {
            let words = format!("[{TABLE}] {NAME} needs three files: ca, cert and key");
            reader.problems.push(Problem::new(&at, words));
            None
        }
    }
}
