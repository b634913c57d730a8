//! All settings as data: table, name, kind, default, one line of what it does. What is not here is refused.

/// What a setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `true` or `false`.
    Bool,
    /// A text.
    Text,
    /// A text that is never shown.
    Secret,
    /// A whole number, not negative.
    Count,
    /// Seconds, with or without a fraction, as JupyterHub writes durations.
    Seconds,
    /// A number, not negative.
    Number,
    /// Bytes: a whole number, or one with K, M, G or T (powers of 1024).
    Size,
    /// A list of texts.
    Texts,
    /// A list of texts, or one text.
    Command,
    /// Texts by name.
    TextMap,
    /// Texts by names that are secrets.
    SecretMap,
    /// A list of tables, each with names of its own.
    Tables,
    /// Tables and lists as the container engine has them.
    Engine,
}

/// One setting.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) table: &'static str,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// As the environment would write it; empty is "not set".
    pub(super) default: &'static str,
    pub(super) words: &'static str,
}

macro_rules! keys {
    ($($table:ident { $($name:ident: $kind:ident = $default:literal, $words:literal;)* })*) => {
        /// The settings, in the order in which they are shown.
        pub(super) const KEYS: &[Key] = &[$($(Key {
            table: stringify!($table), name: stringify!($name), kind: Kind::$kind, default: $default, words: $words,
        },)*)*];
        /// The tables, in the same order.
        pub(super) const TABLES: &[&str] = &[$(stringify!($table)),*];
    };
}

keys! {
    hub {
        bind_url: Text = "http://127.0.0.1:8000/", "Address, port and path below which everything lies.";
        base_url: Text = "", "The path of bind_url, where it is to be set alone.";
        authenticator_class: Text = "native", "Who checks passwords: native or dummy.";
        spawner_class: Text = "", "What starts servers: docker, docker-system-user, simple or exec. Not set: docker, or simple while no engine answers.";
        allow_named_servers: Bool = "false", "Whether a user may have more than the default server.";
        people_may_share: Bool = "true", "Whether everybody may share servers of their own, on the page Sharing.";
        named_server_limit_per_user: Count = "0", "Named servers that a user may have; 0 is no limit.";
        concurrent_spawn_limit: Count = "100", "Servers that may be starting at once; 0 is no limit.";
        active_server_limit: Count = "0", "Servers that may run at once; 0 is no limit.";
        hub_connect_ip: Text = "", "This computer's address or name as servers elsewhere reach it, with the port of bind_url.";
        hub_connect_url: Text = "", "The same as a whole, such as http://192.168.1.20:8000.";
        token_expires_in_max_seconds: Count = "0", "Seconds that a token made by a person or a program is good for at the most; 0 is no limit.";
        cookie_max_age_days: Number = "14", "Days after which a browser signs in anew.";
        api_tokens: SecretMap = "{}", "Tokens for programs: token = user name.";
        services: Tables = "[]", "Programs that work with the hub, each with a name; with a command the hub starts it.";
        service_check_interval: Seconds = "60", "Seconds between looks whether services with a url answer.";
        authenticate_prometheus: Bool = "true", "Whether figures for Prometheus are for those with read:metrics only.";
        template_paths: Texts = "[]", "Folders with templates of your own; what they lack is Labdeck's.";
        template_vars: Engine = "{}", "Variables for templates, by name.";
        announcement: Text = "", "What everybody reads at the top of every page; HTML.";
        announcement_login: Text = "", "The same on the page that signs in.";
        announcement_spawn: Text = "", "The same on the page that starts a server.";
        announcement_home: Text = "", "The same on the home page.";
        announcement_logout: Text = "", "The same on the page that comes after signing out.";
        logo_file: Text = "", "A picture in place of Labdeck's: svg, png, jpg, gif or webp.";
        load_roles: Tables = "[]", "Roles, each with name, scopes, and the users, groups and services that hold it.";
    }
    authenticator {
        allow_all: Bool = "", "Let in everybody who proves a name. Not set: true for dummy without allowed_users.";
        allow_existing_users: Bool = "", "Let in who has an account. Not set: true for native, or with allowed_users.";
        allowed_users: Texts = "[]", "Let these in.";
        blocked_users: Texts = "[]", "Never let these in, whatever else is set.";
        admin_users: Texts = "[]", "Let these in, and make them admins.";
    }
    native_authenticator {}
    dummy_authenticator {
        password: Secret = "", "The one password of all. Not set: none is asked.";
    }
    spawner {
        cmd: Command = "", "What to start. Not set: jupyterhub-singleuser, or what the image says.";
        args: Texts = "[]", "What to add to the command.";
        environment: TextMap = "{}", "Variables for each server.";
        default_url: Text = "", "The page that a server opens with, for instance /lab.";
        start_timeout: Seconds = "60", "Seconds until a server must have started.";
        http_timeout: Seconds = "30", "Seconds until a started server must answer.";
        poll_interval: Seconds = "30", "Seconds between looks whether a server still runs; 0 is never.";
        consecutive_failure_limit: Count = "0", "Failed starts in a row after which a hub without a window ends; 0 is never.";
        mem_limit: Size = "2G", "Memory of a server; 0 is no limit.";
        cpu_limit: Number = "1", "Processors of a server, also 0.5; 0 is no limit.";
        debug: Bool = "false", "Servers write more into their log.";
        disable_user_config: Bool = "false", "Servers do not read what their user configured.";
        mem_guarantee: Size = "", "Memory that the engine tries to keep for a server in a container.";
        cpu_guarantee: Number = "", "Share of processors that a server in a container has when all are busy.";
    }
    docker_spawner {
        image: Text = "", "The image of every server. Not set: the stack that is chosen.";
        allowed_images: Engine = "[]", "Images that users may choose; also as a table of name = image, or \"*\" for any.";
        pull_policy: Text = "ifnotpresent", "When to fetch images: always, ifnotpresent, never.";
        network_name: Text = "", "The engine's network for servers. Not set: one that Labdeck makes.";
        remove: Bool = "true", "Containers are removed when they stop; homes are kept.";
        env_keep: Texts = "[]", "Variables of the hub's environment that servers get too.";
        notebook_dir: Text = "", "The folder that a server opens with; may hold {username}.";
        hub_connect_url: Text = "", "Where servers reach the hub, without a path. Not set: a door on their network.";
        prefix: Text = "", "What the names of containers begin with. Not set: labdeck.";
        name_template: Text = "", "The name of a container, such as {prefix}-{username}. Not set: one that no other hub has.";
        volumes: Engine = "{}", "Volumes and folders of every server: source = path, or { bind = path, mode = \"ro\" }.";
        read_only_volumes: Engine = "{}", "The same, which servers can only read.";
        mounts: Engine = "[]", "The same as tables with type, source, target, read_only.";
        use_internal_ip: Bool = "false", "Reach servers at their own addresses instead of published ports.";
        host_ip: Text = "", "The address on which ports are published. Not set: 127.0.0.1, or that of an engine elsewhere.";
        links: TextMap = "{}", "Other containers that servers see: container = name.";
        extra_host_config: Engine = "{}", "Further settings of the engine for each container, by docker-py's names.";
        extra_create_kwargs: Engine = "{}", "The same for what docker-py gives to create_container.";
        post_start_cmd: Command = "", "A command that runs in each container once it has started.";
        group_add: Texts = "[]", "Further groups of the server's processes, by number or name.";
        client_kwargs: TextMap = "{}", "The engine: base_url = \"tcp://10.0.0.9:2376\". Not set: DOCKER_HOST, Docker's context, the usual sockets.";
        tls_config: Engine = "{}", "Certificates for an engine elsewhere: ca, cert and key, each a file.";
    }
    system_user_spawner {
        host_homedir_format_string: Text = "", "The home on this computer, such as /home/{username}. Not set: as this computer's accounts say.";
        image_homedir_format_string: Text = "/home/{username}", "Where a server sees that home.";
        run_as_root: Bool = "false", "Containers start as root, and the image's start script becomes the person.";
    }
    simple_spawner {
        run_as: Text = "hub", "Whose account servers run under: hub, or user for the system's account of that name (the hub must be root).";
        home_dir: Text = "", "The folder of a person's servers, with {username} in it. Not set: one in the data folder for each server.";
        home_dir_template: Text = "", "The same under JupyterHub's other name; home_dir wins.";
        notebook_dir: Text = "", "Where the file list begins, with {username} or ~ in it. Not set: the home.";
        shell_cmd: Texts = "[]", "A shell and its options that gets the whole command as one word, such as [\"bash\", \"-l\", \"-c\"].";
        env_keep: Texts = "[]", "Further variables of the hub's environment that servers get.";
        ip: Text = "127.0.0.1", "The address that servers listen on; one of this computer alone.";
        port: Count = "0", "The port that servers listen on; 0 is a free one for each.";
        hub_connect_url: Text = "", "Where servers reach the hub, without a path. Not set: the hub's own address.";
        interrupt_timeout: Seconds = "10", "Seconds to end after SIGINT.";
        term_timeout: Seconds = "5", "Seconds to end after SIGTERM, which follows.";
        kill_timeout: Seconds = "5", "Seconds to be gone after SIGKILL, which comes last.";
        environment_dir: Text = "", "Where the notebooks' Python environment is kept. Not set: in the data folder, or /opt/labdeck/environment with run_as user.";
        requirements: Texts = "[]", "What is installed into that environment, as pip writes it. Not set: what fits this version.";
    }
    exec_spawner {
        cmd: Command = "", "The program that starts servers, called with a verb; see docs/exec-spawner.md.";
        call_timeout: Seconds = "30", "Seconds that a call of the program may take, other than a start.";
        hub_connect_url: Text = "", "Where servers reach the hub, without a path. Not set: the hub's own address on this computer.";
    }
    event_logger {
        handlers: Texts = "[]", "Where events of servers are written: whole paths of files, stdout, stderr.";
    }
    labdeck {
        network: Text = "", "Who can reach the hub: local or lan. Not set: the lead chooses.";
        advertised_names: Texts = "[]", "Further names under which people reach the hub.";
        idle_stop_after: Seconds = "0", "Seconds without use after which a server is stopped; 0 is never.";
        idle_busy_but_silent_after: Seconds = "0", "Seconds of computing without a word after which a server is stopped; 0 is never.";
        idle_max_age: Seconds = "0", "Seconds after its start at which a server is stopped; 0 is never.";
        idle_warn_before: Seconds = "600", "Seconds before such a stop at which its user is told.";
        i_accept_that_anyone_on_the_network_can_run_code_here: Bool = "false",
            "Lets dummy sign-in, or servers without containers, be used from other computers.";
        host_folders: Texts = "[]", "Folders of this computer below which servers in containers may mount.";
        memory_reserve: Size = "", "Memory that servers never get. Not set: the lead chooses; else a tenth, at least 1G, at most half.";
        overcommit: Bool = "true", "Whether memory limits may add up to more than there is; false makes them reservations.";
        gpu_sharing: Count = "1", "Servers that may hold one graphics card at once.";
        nvml_library: Text = "", "NVIDIA's library libnvidia-ml. Not set: where the system has it.";
        allow_any_host_config: Bool = "false", "Lets extra_host_config ask for what makes servers root of this computer.";
    }
}

/// A table whose settings hold for the kinds of it.
const BASES: [(&str, &str); 5] = [
    ("native_authenticator", "authenticator"),
    ("dummy_authenticator", "authenticator"),
    ("docker_spawner", "spawner"),
    ("simple_spawner", "spawner"),
    ("exec_spawner", "spawner"),
];

/// Other names of tables, from JupyterHub's class names.
const ALIASES: [(&str, &str); 4] = [
    ("docker_system_user_spawner", "system_user_spawner"),
    ("jupyter_hub", "hub"),
    ("simple_local_process_spawner", "simple_spawner"),
    ("local_process_spawner", "simple_spawner"),
];

/// Settings that are refused with words of their own.
pub(super) const REFUSED: &[(&str, &str, &str)] = &[
    ("docker_spawner", "container_image", "write image instead"),
    ("docker_spawner", "container_prefix", "write prefix instead"),
    ("docker_spawner", "container_name_template", "write name_template instead"),
    ("docker_spawner", "container_ip", "write host_ip instead"),
    ("docker_spawner", "container_port", "servers listen on port 8888 of their container; take the line out"),
    ("docker_spawner", "image_whitelist", "write allowed_images instead"),
    ("docker_spawner", "remove_containers", "write remove instead"),
    ("docker_spawner", "hub_ip_connect", "write hub_connect_ip in [hub] instead"),
    ("docker_spawner", "use_docker_client_env", "DOCKER_HOST and its kin always count; take the line out"),
    ("docker_spawner", "tls", "write tls_config = { ca = .., cert = .., key = .. } instead"),
    ("docker_spawner", "tls_verify", "write tls_config = { ca = .., cert = .., key = .. } instead"),
    ("docker_spawner", "tls_ca", "write tls_config = { ca = .., cert = .., key = .. } instead"),
    ("docker_spawner", "tls_cert", "write tls_config = { ca = .., cert = .., key = .. } instead"),
    ("docker_spawner", "tls_key", "write tls_config = { ca = .., cert = .., key = .. } instead"),
    (
        "docker_spawner",
        "use_internal_hostname",
        "the hub is no container and cannot look up names of the engine's; write use_internal_ip",
    ),
    ("docker_spawner", "certs_volume_name", "the hub has no internal_ssl; take the line out"),
    ("docker_spawner", "move_certs_image", "the hub has no internal_ssl; take the line out"),
    (
        "docker_spawner",
        "escape",
        "names are escaped by dockerspawner's own rule, which cannot be changed; take the line out",
    ),
    ("docker_spawner", "format_volume_name", "it is a Python function; write names with {username} into volumes"),
    ("system_user_spawner", "homedir_bind_propagation", "what is mounted in a server stays there; take the line out"),
    ("hub", "hub_ip", "the hub opens a door on the servers' network by itself; take the line out"),
    ("authenticator", "username_pattern", "this version has one rule for names of users; take the line out"),
    ("spawner", "ip", "write it into [simple_spawner]; containers listen where their network is"),
    ("spawner", "port", "write it into [simple_spawner]; containers listen on 8888 inside, and on a free port outside"),
    ("spawner", "env_keep", "write it into [docker_spawner] or [simple_spawner]"),
    ("spawner", "hub_connect_url", "write it into [docker_spawner], [simple_spawner] or [exec_spawner]"),
    ("spawner", "notebook_dir", "write it into [docker_spawner] or [simple_spawner]"),
    (
        "simple_spawner",
        "popen_kwargs",
        "Labdeck is not Python, so there is no Popen; use env_keep, shell_cmd, run_as and home_dir for what it was good for",
    ),
    ("hub", "port", "write it into bind_url: http://127.0.0.1:8000"),
];

/// JupyterHub's settings that this version does not know what to do with.
pub(super) const LATER: &[(&str, &str)] = &[
    (
        "hub",
        "activity_resolution admin_access admin_users allow_existing_invalid_named_servers \
         bind_ssl cleanup_proxy cleanup_servers confirm_no_ssl cookie_secret \
         cookie_secret_file custom_scopes data_files_path db_url default_server_name default_url \
         extra_handlers extra_log_file hub_bind_url hub_port hub_prefix \
         hub_routespec init_spawners_timeout internal_certs_location internal_ssl ip jinja_environment_options \
         last_activity_interval load_groups log_level oauth_token_expires_in page_default_limit \
         page_max_limit pid_file proxy_class public_url redirect_to_server \
         service_tokens shutdown_on_logout spawn_throttle_retry_range \
         ssl_cert ssl_key statsd_host subdomain_host \
         tornado_settings trusted_alt_names trusted_downstream_ips upgrade_db",
    ),
    (
        "authenticator",
        "admin_groups any_allow_config auth_refresh_age auto_login custom_html delete_invalid_users enable_auth_state \
         manage_groups manage_roles otp_prompt post_auth_hook refresh_pre_spawn request_otp username_map",
    ),
    (
        "native_authenticator",
        "allowed_failed_logins ask_email_on_signup check_common_password enable_signup firstuse_db_path \
         minimum_password_length open_signup require_approval seconds_before_next_try",
    ),
    (
        "spawner",
        "auth_state_hook oauth_roles oauth_client_allowed_scopes options_form options_from_form \
         post_stop_hook pre_spawn_hook progress_ready_hook server_token_scopes ssl_alt_names",
    ),
];

/// The table that a name stands for.
pub(super) fn find_table(name: &str) -> Option<&'static str> {
    let direct = TABLES.iter().copied().find(|table| *table == name);
    direct.or_else(|| ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, table)| *table))
}

/// The base of a table.
pub(super) fn find_base(table: &str) -> Option<&'static str> {
    BASES.iter().find(|(special, _)| *special == table).map(|(_, base)| *base)
}

/// The setting of that name in a table, or in its base.
pub(super) fn find_key(table: &str, name: &str) -> Option<&'static Key> {
    let in_table = |wanted: &str| KEYS.iter().find(|key| key.table == wanted && key.name == name);
    in_table(table).or_else(|| find_base(table).and_then(in_table))
}

/// Every place where a setting may be written: its own table and the kinds of that.
pub(super) fn places() -> impl Iterator<Item = (&'static str, &'static Key)> {
    TABLES.iter().flat_map(|table| {
        let fits = move |key: &&Key| key.table == *table || Some(key.table) == find_base(table);
        KEYS.iter().filter(fits).map(move |key| (*table, key))
    })
}

/// Whether JupyterHub has the setting and this version does not.
pub(super) fn comes_later(table: &str, name: &str) -> bool {
    let within =
        |wanted: &str| LATER.iter().any(|(t, names)| *t == wanted && names.split_ascii_whitespace().any(|n| n == name));
    within(table) || find_base(table).is_some_and(within)
}

/// Why a setting is refused in this version, where there is more to say than that.
pub(super) fn find_refusal(table: &str, name: &str) -> Option<&'static str> {
    let within = |wanted: &str| REFUSED.iter().find(|(t, n, _)| *t == wanted && *n == name).map(|(_, _, words)| *words);
    within(table).or_else(|| find_base(table).and_then(within))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_either_known_or_not() {
        for &(table, names) in LATER {
            for name in names.split_ascii_whitespace() {
                assert!(find_key(table, name).is_none(), "[{table}] {name}");
            }
        }
        for &(table, name, _) in REFUSED {
            assert!(find_key(table, name).is_none() && !comes_later(table, name), "[{table}] {name}");
        }
    }

    #[test]
    fn every_setting_stands_once_and_has_words() {
        for (at, key) in KEYS.iter().enumerate() {
            let again = KEYS.iter().skip(at + 1).any(|other| (other.table, other.name) == (key.table, key.name));
            assert!(!again, "[{}] {} stands twice", key.table, key.name);
            assert!(key.words.ends_with('.'), "{}", key.name);
        }
    }
}
