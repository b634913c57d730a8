//! What is read, and which source wins.

use std::time::Duration;

use labdeck_model::{ResourceLimits, UserName};

use super::super::{
    AuthenticatorKind, Config, ConfigInputs, Flag, NamedServers, Network, PullPolicy, RunAs, Source, SpawnerChoice,
    SpawnerKind,
};
use super::good;

const EXAMPLE: &str = r#"
[hub]
bind_url = "http://127.0.0.1:8000"
authenticator_class = "dummy"      # dummy | native (default)
spawner_class = "simple"           # docker (default) | simple = local process as the hub's own user
allow_named_servers = true
named_server_limit_per_user = 2
[dummy_authenticator]
password = "pw"
[authenticator]
allow_all = true
admin_users = ["boss"]
[spawner]
cmd = ["jupyterhub-singleuser"]
[[hub.services]]
name = "reports"
api_token = "at-least-32-characters-of-secret"
admin = true
[[hub.load_roles]]
name = "reports"
services = ["reports"]
scopes = ["list:users", "read:servers"]
"#;

#[test]
fn the_example_is_understood() {
    let config = good(EXAMPLE);
    assert_eq!(config.listen.to_string(), "127.0.0.1:8000");
    assert_eq!((config.base_url.as_str(), config.network), ("/", Some(Network::Local)));
    assert_eq!(config.authenticator, AuthenticatorKind::Dummy);
    assert_eq!(config.dummy_password.unwrap().expose(), "pw");
    assert_eq!(config.spawner, SpawnerChoice::Named(SpawnerKind::Simple));
    assert_eq!(config.named_servers, NamedServers::UpTo(2));
    assert!(config.rules.allow_all && config.rules.makes_admin(&UserName::parse("boss").unwrap()));
    assert_eq!(config.simple.cmd.unwrap(), ["jupyterhub-singleuser"]);
    assert_eq!(config.services[0].name.as_str(), "reports");
    assert!(config.services[0].admin);
    assert_eq!(config.services[0].oauth_client_id, "service-reports");
    assert_eq!(config.roles[0].scopes.as_ref().unwrap().to_texts(), ["list:users", "read:servers"]);
    assert_eq!(config.roles[0].services[0].as_str(), "reports");
    assert_eq!(config.warnings, Vec::<String>::new());
}

#[test]
fn an_empty_configuration_is_a_working_hub() {
    let config = good("");
    assert_eq!((config.listen.to_string().as_str(), config.network), ("127.0.0.1:8000", None));
    assert_eq!((config.authenticator, config.spawner), (AuthenticatorKind::Native, SpawnerChoice::Unnamed));
    assert!(config.rules.allow_existing_users && !config.rules.allow_all);
    assert_eq!(config.docker.common.limits, ResourceLimits::default());
    assert_eq!(config.docker.common.start_timeout, Duration::from_secs(60));
    assert_eq!(config.docker.common.http_timeout, Duration::from_secs(30));
    assert_eq!(config.docker.common.poll_interval, Some(Duration::from_secs(30)));
    assert_eq!(config.docker.pull_policy, PullPolicy::IfNotPresent);
    assert_eq!(config.cookie_max_age, Duration::from_secs(14 * 86_400));
    assert_eq!((config.concurrent_spawn_limit, config.active_server_limit), (Some(100), None));
    assert_eq!(config.named_servers, NamedServers::Off);
    assert!(config.warnings.is_empty());
}

#[test]
fn the_special_table_wins_over_its_base() {
    let config = good(
        "[spawner]\nmem_limit = \"1.5G\"\ncpu_limit = 0\ncmd = \"start-it\"\n[docker_spawner]\nmem_limit = 1024\npoll_interval = 0\n",
    );
    assert_eq!(config.docker.common.limits.memory_bytes, Some(1024));
    assert_eq!(config.simple.limits.memory_bytes, Some(3 << 29));
    assert_eq!((config.docker.common.limits.cpus, config.simple.limits.cpus), (None, None));
    assert_eq!(config.docker.common.cmd, config.simple.cmd);
    assert_eq!(
        (config.docker.common.poll_interval, config.simple.poll_interval),
        (None, Some(Duration::from_secs(30)))
    );
    let config = good("[authenticator]\nallow_all = true\n[native_authenticator]\nallow_all = false\n");
    assert!(!config.rules.allow_all);
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("labdeck.toml");
    std::fs::write(
        &file,
        "[hub]\nbind_url = \"http://127.0.0.1:1\"\nactive_server_limit = 1\nconcurrent_spawn_limit = 1\n",
    )
    .unwrap();
    let env = [
        ("LABDECK_HUB_BIND_URL", "http://127.0.0.1:2"),
        ("LABDECK_HUB_ACTIVE_SERVER_LIMIT", "2"),
        ("LABDECK_NETWORK", "local"),
        ("LABDECK_AUTHENTICATOR_ADMIN_USERS", "boss, Ada"),
        ("LABDECK_DOCKER_SPAWNER_ENVIRONMENT", "{ A = \"1\" }"),
        ("LABDECK_SPAWNER_ARGS", "[\"--debug\", \"a,b\"]"),
        ("LABDECK_ELSEWHERE", "x"),
        ("PATH", "/bin"),
    ];
    let inputs = ConfigInputs {
        file: Some(file.clone()),
        env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        flags: vec![Flag {
            name: "--bind-url".into(),
            key: "hub.bind_url".into(),
            value: "http://127.0.0.1:3/lab".into(),
        }],
    };
    let config = Config::load(&inputs).unwrap();
    assert_eq!((config.listen.port(), config.base_url.as_str()), (3, "/lab/"));
    assert_eq!((config.active_server_limit, config.concurrent_spawn_limit), (Some(2), Some(1)));
    assert_eq!(config.rules.admin_users.iter().map(UserName::as_str).collect::<Vec<_>>(), ["ada", "boss"]);
    assert_eq!(config.docker.common.environment["A"], "1");
    assert_eq!(config.simple.args, ["--debug", "a,b"]);
    assert_eq!(config.warnings, ["The variable LABDECK_ELSEWHERE is no setting of Labdeck and has no effect."]);
    assert_eq!(config.source("hub.bind_url"), Some(Source::Flag("--bind-url".into())));
    assert_eq!(config.source("hub.active_server_limit").unwrap().to_string(), "env LABDECK_HUB_ACTIVE_SERVER_LIMIT");
    assert_eq!(config.source("hub.concurrent_spawn_limit").unwrap().to_string(), format!("{}:4", file.display()));
    assert!(!config.is_given("hub.spawner_class"));
}

#[test]
fn dummy_lets_all_in_unless_somebody_is_listed() {
    let dummy = |more: &str| {
        good(&format!("[hub]\nauthenticator_class = \"dummy\"\n[dummy_authenticator]\npassword = \"x\"\n{more}")).rules
    };
    assert!(dummy("").allow_all);
    let listed = dummy("allowed_users = [\"ada\"]");
    assert!(!listed.allow_all && listed.allow_existing_users);
    assert!(!dummy("allow_existing_users = true").allow_all);
}

#[test]
fn the_open_network_needs_its_sentence() {
    let accept = "i_accept_that_anyone_on_the_network_can_run_code_here = true";
    let config =
        good(&format!("[hub]\nbind_url = \"http://:8000\"\nauthenticator_class = \"dummy\"\n[labdeck]\n{accept}\n"));
    assert_eq!(config.network, Some(Network::Lan));
    assert!(config.check_network(Network::Lan).is_ok());
    let local = good("[hub]\nauthenticator_class = \"dummy\"\n");
    assert_eq!(local.network, None);
    assert!(local.check_network(Network::Local).is_ok());
    assert!(local.check_network(Network::Lan).is_err(), "nor may the lead switch to it later");
    assert!(good("[hub]\nbind_url = \"http://:8000\"").check_network(Network::Lan).is_ok());
    let flag = Flag {
        name: "--i-accept-that-anyone-on-the-network-can-run-code-here".into(),
        key: "labdeck.i_accept_that_anyone_on_the_network_can_run_code_here".into(),
        value: "true".into(),
    };
    let inputs = ConfigInputs { flags: vec![flag], ..ConfigInputs::default() };
    assert!(Config::load(&inputs).unwrap().open_network_accepted);
}

#[test]
fn what_is_listened_on_follows_the_network() {
    let config = good("[hub]\nbind_url = \"http://192.168.1.20:8000\"");
    assert_eq!(config.listen_on(Network::Local).to_string(), "127.0.0.1:8000");
    assert_eq!(config.listen_on(Network::Lan).to_string(), "192.168.1.20:8000");
    assert_eq!(good("[labdeck]\nnetwork = \"lan\"").listen_on(Network::Lan).to_string(), "0.0.0.0:8000");
}

#[test]
fn odd_but_possible_settings_are_warned_about() {
    let warned = |text: &str| good(text).warnings.concat();
    assert!(warned("[hub]\nauthenticator_class = \"dummy\"").contains("asks for no password"));
    assert!(warned("[authenticator]\nallow_existing_users = false").contains("Nobody can sign in"));
    assert!(warned("[[hub.services]]\nname = \"a\"\napi_token = \"0123456789\"").contains("may be guessed"));
}

#[test]
fn class_names_are_accepted_as_tables() {
    let config = good(
        "[simple_local_process_spawner]\nstart_timeout = 5\n[docker_spawner.allowed_images]\nSmall = \"quay.io/a/b:1\"\n",
    );
    assert_eq!(config.simple.start_timeout, Duration::from_secs(5));
    assert_eq!(config.docker.allowed_images[0].label, "Small");
}

#[test]
fn every_setting_is_shown_with_its_source_and_without_its_secrets() {
    let text = format!(
        "{EXAMPLE}\n[hub.api_tokens]\n0123456789abcdef0123456789abcdef = \"ada\"\n[docker_spawner]\nmem_limit = \"4G\"\nenvironment = {{ A = \"1\", AWS_SECRET_ACCESS_KEY = \"hunter2\" }}\n"
    );
    let config = good(&text);
    let rows = config.effective();
    let shown = |key: &str| {
        let row = rows.iter().find(|row| row.key == key).unwrap_or_else(|| panic!("{key}"));
        format!("{} <- {}", row.value, row.source)
    };
    assert_eq!(shown("hub.bind_url"), "\"http://127.0.0.1:8000\" <- labdeck.toml:3");
    assert_eq!(shown("dummy_authenticator.password"), "[redacted] <- labdeck.toml:9");
    assert_eq!(shown("hub.services[0].api_token"), "[redacted] <- labdeck.toml:17");
    assert_eq!(shown("hub.load_roles[0].scopes"), "[\"list:users\", \"read:servers\"] <- labdeck.toml:22");
    assert_eq!(shown("hub.api_tokens"), "{ [redacted] = \"ada\" } <- labdeck.toml:24");
    assert_eq!(shown("spawner.mem_limit"), "\"2G\" <- default");
    assert_eq!(shown("docker_spawner.mem_limit"), "\"4G\" <- labdeck.toml:27");
    assert_eq!(
        shown("docker_spawner.environment"),
        "{ A = \"1\", AWS_SECRET_ACCESS_KEY = [redacted] } <- labdeck.toml:28"
    );
    assert_eq!(shown("docker_spawner.image"), "(not set) <- default");
    let all = format!("{rows:?}{config:?}");
    for secret in ["\"pw\"", "at-least-32", "0123456789abcdef", "hunter2"] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[test]
fn what_local_processes_know_is_read_and_checked() {
    let toml = r#"
[spawner]
debug = true
disable_user_config = true
[simple_spawner]
run_as = "user"
home_dir_template = "/srv/{username}"
shell_cmd = ["bash", "-l", "-c"]
env_keep = ["COURSE"]
ip = "::1"
port = 9000
hub_connect_url = "http://127.0.0.1:8081/"
term_timeout = 2.5
"#;
    let config = Config::from_toml("labdeck.toml", toml).unwrap();
    let local = &config.local;
    assert_eq!((local.run_as, local.home_dir.as_deref()), (RunAs::User, Some("/srv/{username}")));
    assert_eq!((local.ip.to_string().as_str(), local.port), ("::1", 9000));
    assert_eq!(config.connect_url("simple"), Some("http://127.0.0.1:8081"));
    assert_eq!((config.connect_url("docker"), config.connect_url("exec")), (None, None));
    assert_eq!((local.term_timeout, local.kill_timeout), (Duration::from_millis(2500), Duration::from_secs(5)));
    for common in [&config.simple, &config.docker.common, &config.exec.common] {
        assert_eq!(common.environment["JUPYTERHUB_DEBUG"], "1");
        assert_eq!(common.environment["JUPYTERHUB_DISABLE_USER_CONFIG"], "1");
    }
}

#[test]
fn what_makes_no_sense_for_local_processes_is_refused_in_words() {
    for (line, words) in [
        ("ip = \"0.0.0.0\"", "the hub's proxy is the only way"),
        ("port = 70000", "a port from 0 to 65535"),
        ("home_dir = \"homes/{username}\"", "whole path"),
        ("home_dir = \"/srv/../{username}\"", "whole path"),
        ("home_dir_template = \"/srv/%U\"", "{username} and {servername}"),
        ("hub_connect_url = \"http://x/hub\"", "without a path"),
        ("run_as = \"root\"", "must be hub or user"),
        ("popen_kwargs = {}", "there is no Popen"),
    ] {
        let toml = format!("[simple_spawner]\n{line}\n");
        let refused = Config::from_toml("labdeck.toml", &toml).unwrap_err().to_string();
        assert!(refused.contains(words), "{line}: {refused}");
    }
    let elsewhere = Config::from_toml("labdeck.toml", "[spawner]\nip = \"127.0.0.1\"\n").unwrap_err().to_string();
    assert!(elsewhere.contains("write it into [simple_spawner]"), "{elsewhere}");
}

#[test]
fn only_servers_under_the_hubs_account_keep_the_hub_to_this_computer() {
    let load = |run_as: &str| {
        let toml = format!(
            "[hub]\nspawner_class = \"simple\"\n[labdeck]\nnetwork = \"lan\"\n[simple_spawner]\nrun_as = {run_as:?}\n"
        );
        Config::from_toml("labdeck.toml", &toml)
    };
    assert!(load("hub").unwrap_err().to_string().contains("who can read all of them"));
    load("user").unwrap();
}
