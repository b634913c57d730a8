//! Every mistake and its answer.

use super::super::{Config, ConfigInputs, Flag};
use super::problems;

/// One mistake each, and the whole answer.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_mistake_is_answered_with_place_and_remedy() {
    let accept = "keep network = \"local\" and an address such as http://127.0.0.1:8000, or set [labdeck] \
        i_accept_that_anyone_on_the_network_can_run_code_here = true \
        (flag --i-accept-that-anyone-on-the-network-can-run-code-here)";
    let rows = [
        ("[hub]\nbind_urll = 1", "2: [hub] has no setting \"bind_urll\"; did you mean \"bind_url\"?".to_owned()),
        ("[hubb]\nx = 1", "1: there is no table [hubb]; did you mean [hub]?".into()),
        ("hub = 1", "1: \"hub\" must be a table, not a number; write [hub]".into()),
        ("allow_all = true", "1: \"allow_all\" stands outside a table; put it below [authenticator]".into()),
        ("[hub]\nallow_named_servers = \"yes\"", "2: [hub] allow_named_servers must be true or false, not \"yes\"".into()),
        ("[hub]\nactive_server_limit = -1", "2: [hub] active_server_limit must be a whole number from 0, not -1".into()),
        ("[hub]\nactive_server_limit = 1.5", "2: [hub] active_server_limit must be a whole number from 0, not 1.5".into()),
        ("[hub]\nactive_server_limit = 1979-05-27", "2: [hub] active_server_limit must be a whole number from 0, not a date".into()),
        ("[hub]\ncookie_max_age_days = 0", "2: [hub] cookie_max_age_days must be more than 0 days, and of ten years at most".into()),
        ("[hub]\nbind_url = 8000", "2: [hub] bind_url must be a text in quotes, not 8000".into()),
        ("[hub]\nbind_url = \"https://127.0.0.1\"", "2: [hub] bind_url: HTTPS is not in this version; write http://".into()),
        (
            "[hub]\nbind_url = \"http://127.0.0.1:1/a\"\nbase_url = \"/b\"",
            "3: [hub] base_url is \"/b/\", but the path of bind_url is \"/a/\"; keep one of them".into(),
        ),
        ("[hub]\nport = 80", "2: [hub] port: write it into bind_url: http://127.0.0.1:8000".into()),
        ("[hub]\nauthenticator_class = \"natve\"", "2: [hub] authenticator_class must be native or dummy, not \"natve\"; did you mean \"native\"?".into()),
        ("[hub]\nauthenticator_class = \"pam\"", "2: [hub] authenticator_class \"pam\" is not in this version; write native or dummy".into()),
        (
            "[hub]\nspawner_class = \"dockerspawner.DockerSpawner\"",
            "2: [hub] spawner_class \"dockerspawner.DockerSpawner\" is a Python class, which Labdeck cannot load; write docker, simple or exec".into(),
        ),
        ("[authenticator]\nadmin_users = \"boss\"", "2: [authenticator] admin_users must be a list of texts, such as [\"a\", \"b\"], not \"boss\"".into()),
        (
            "[authenticator]\nadmin_users = [\n \"a\",\n \"b/c\",\n]",
            "4: [authenticator] admin_users: user name may not contain '/'; use letters, digits, '.', '_', '-' and '@'".into(),
        ),
        ("[authenticator]\nusername_pattern = \"x\"", "2: [authenticator] username_pattern: this version has one rule for names of users; take the line out".into()),
        ("[dummy_authenticator]\npassword = 1234", "2: [dummy_authenticator] password must be a text in quotes, not a number".into()),
        ("[spawner]\nstart_timeout = 0", "2: [spawner] start_timeout must be longer than 0 seconds, not 0".into()),
        (
            "[docker_spawner]\nstart_timeout = \"1m\"",
            "2: [docker_spawner] start_timeout must be seconds as a number, such as 30 or 0.5, of a year at most, not \"1m\"".into(),
        ),
        ("[spawner]\nmem_limit = \"2 GB\"", "2: [spawner] mem_limit must be bytes as a number, or with K, M, G or T, such as \"2G\", not \"2 GB\"".into()),
        ("[spawner]\ncpu_limit = -0.5", "2: [spawner] cpu_limit must be a number from 0, not -0.5".into()),
        ("[spawner]\ndefault_url = \"//evil.example\"", "2: [spawner] default_url must be a path such as \"/lab\", not \"//evil.example\"".into()),
        ("[spawner.environment]\nJUPYTERHUB_API_TOKEN = \"x\"", "2: [spawner] environment: JUPYTERHUB_API_TOKEN is set by the hub; take the line out".into()),
        ("[spawner.environment]\nA = [1]", "2: [spawner] environment must hold texts in quotes; one of them is a list".into()),
        ("[docker_spawner]\nimage = \"--privileged\"", "2: [docker_spawner] image: \"--privileged\" is not an image name; write it like quay.io/jupyter/scipy-notebook:latest".into()),
        ("[docker_spawner]\nallowed_images = [\"A b\"]", "2: [docker_spawner] allowed_images: \"A b\" is not an image name; write it like quay.io/jupyter/scipy-notebook:latest".into()),
        ("[docker_spawner]\npull_policy = \"sometimes\"", "2: [docker_spawner] pull_policy must be ifnotpresent or always or never or skip, not \"sometimes\"".into()),
        ("[docker_spawner]\nnetwork_name = \"host\"", "2: [docker_spawner] network_name must be a network of the engine that servers can share, not \"host\"".into()),
        ("[docker_spawner]\nremove = false", "2: [docker_spawner] remove can only be true: stopped containers are removed, and homes are kept".into()),
        ("[docker_spawner]\nescape = \"legacy\"", "2: [docker_spawner] escape: names are escaped by dockerspawner's own rule, which cannot be changed; take the line out".into()),
        ("[labdeck]\nnetwork = \"LAN\"", "2: [labdeck] network must be local or lan, not \"LAN\"; did you mean \"lan\"?".into()),
        (
            "[labdeck]\nadvertised_names = [\"http://hub\"]",
            "2: [labdeck] advertised_names: \"http://hub\" is no name of a computer; write it without http:// and port, like hub.lab.example".into(),
        ),
        (
            "[hub]\nbind_url = \"http://0.0.0.0:1\"\n[labdeck]\nnetwork = \"local\"",
            "4: [labdeck] network is \"local\", but bind_url is open to other computers (0.0.0.0:1); change one of them".into(),
        ),
        (
            "[hub]\nbind_url = \"http://127.0.0.1:1\"\n[labdeck]\nnetwork = \"lan\"",
            "4: [labdeck] network is \"lan\", but bind_url is this computer only (127.0.0.1:1); write http://0.0.0.0:1 there, or leave bind_url out".into(),
        ),
        (
            "[hub]\nbind_url = \"http://:8000\"\nauthenticator_class = \"dummy\"",
            format!("2: dummy lets anybody in under any name, so the hub must not be reachable from other computers; {accept}"),
        ),
        (
            "[hub]\nspawner_class = \"simple\"\n[labdeck]\nnetwork = \"lan\"",
            format!("4: simple runs everybody's notebooks as the hub's own user, who can read all of them, so the hub must not be reachable from other computers; {accept}"),
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(problems(text), [format!("labdeck.toml:{expected}")], "{text}");
    }
}

#[test]
fn each_mistake_in_services_and_roles_is_answered() {
    let make = "make one with: openssl rand -hex 32";
    let service = "[[hub.services]]\nname = \"a\"\n";
    let role = "[[hub.load_roles]]\nname = \"helper\"\n";
    let rows = [
        ("[[hub.services]]\nadmin = true".to_owned(), "2: [[hub.services]] has no name; add a line such as name = \"reports\"".to_owned()),
        (format!("{service}api_tokn = \"x\""), "3: [[hub.services]] has no setting \"api_tokn\"; did you mean \"api_token\"?".into()),
        (format!("{service}api_token = \"short\""), format!("3: [[hub.services]] api_token has 5 characters; it must have 32 to 64 ({make})")),
        (format!("{service}api_token = \"{}\"", "é".repeat(20)), format!("3: [[hub.services]] api_token may have letters, digits and signs of ASCII only; {make}")),
        (format!("{service}api_token = 12345678"), "3: [[hub.services]] api_token must be a text in quotes, not a number".into()),
        (format!("{service}cwd = \"/srv\""), "3: [[hub.services]] cwd is for a service that the hub starts; add its command, or take the line out".into()),
        (format!("{service}command = [\"x\"]\nenvironment = {{ \"A=B\" = \"x\" }}"), "4: [[hub.services]] environment: \"A=B\" cannot be a variable".into()),
        (format!("{service}timeout = 0"), "3: [[hub.services]] timeout must be longer than 0 seconds, not 0".into()),
        (format!("{service}info = 3"), "3: [[hub.services]] info must be a table, not 3".into()),
        (format!("{service}oauth_roles = [\"x\"]"), "3: [[hub.services]] oauth_roles: is JupyterHub's old name; write oauth_client_allowed_scopes".into()),
        (format!("{service}url = \"https://x\""), "3: [[hub.services]] url: \"https://x\" cannot be led to: the proxy speaks http to services; write it like http://127.0.0.1:9000".into()),
        (format!("{service}url = \"reports\""), "3: [[hub.services]] url: \"reports\" is no URL (relative URL without a base); write it like http://127.0.0.1:9000".into()),
        (format!("{service}oauth_client_id = \"x\""), "3: [[hub.services]] oauth_client_id: \"x\" must begin with 'service-', and have only letters, digits, '-', '_' and '.'".into()),
        (format!("{service}{service}"), "4: [[hub.services]] a is there twice; give each service a name of its own".into()),
        ("[hub]\nservices = [1]".to_owned(), "2: [[hub.services]] must be a table, not a number".into()),
        ("[hub]\nservices = \"x\"".to_owned(), "2: [[hub.services]] must be tables, each below a line [[hub.services]]".into()),
        ("[hub.api_tokens]\n\"0123456789abcdef0123456789abcdef\" = \"\"".to_owned(), "2: [hub.api_tokens]: the user name is empty; type at least one letter or digit; write \"the-token\" = \"user\"".into()),
        ("[hub.api_tokens]\nxyz = \"ada\"".to_owned(), format!("2: [hub.api_tokens]: a token has 3 characters; it must have 32 to 64 ({make})")),
        ("[[hub.load_roles]]\nscopes = []".to_owned(), "2: [[hub.load_roles]] has no name; add a line such as name = \"reports\"".into()),
        ("[[hub.load_roles]]\nname = \"X\"".to_owned(), "2: [[hub.load_roles]] name: role name \"X\" must be 3 to 255 of a-z, 0-9, '-', '_', '~', '.', beginning with a letter and ending with a letter or digit".into()),
        (format!("{role}scopes = [\"list:user\"]"), "3: [[hub.load_roles]] scopes: there is no scope \"list:user\"; did you mean \"list:users\"?".into()),
        (format!("{role}scopes = [\"inherit\"]"), "3: [[hub.load_roles]] scopes: \"inherit\" is for tokens; a role has nothing to inherit from".into()),
        (format!("{role}scopes = [\"users!team=x\"]"), "3: [[hub.load_roles]] scopes: \"team=x\" is no scope filter; write user=NAME, server=USER/SERVER, group=NAME or service=NAME, or user, server or service alone".into()),
        (format!("{role}services = [\"reports\"]"), "3: [[hub.load_roles]] services: there is no service \"reports\"; add it as [[hub.services]]".into()),
        (format!("{role}users = [\"..\"]"), "3: [[hub.load_roles]] users: user name may not consist of dots only; add a letter or digit".into()),
        (format!("{role}managed_by_auth = true"), "3: [[hub.load_roles]] managed_by_auth is not in this version; take the line out".into()),
        (format!("{role}{role}"), "4: [[hub.load_roles]] helper is there twice; put all of it into one table".into()),
        ("[[hub.load_roles]]\nname = \"admin\"\nscopes = []".to_owned(), "3: [[hub.load_roles]] admin is fixed: its scopes and description cannot be changed, only who holds it".into()),
    ];
    for (text, expected) in rows {
        assert_eq!(problems(&text), [format!("labdeck.toml:{expected}")], "{text}");
    }
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_the_file() {
    let told = problems("[hub]\nbind_url = 1\nspwner_class = \"x\"\n[spawner]\nmem_limit = true\n[zzz]\n");
    let lines: Vec<_> = told.iter().map(|text| text.split(": ").next().unwrap()).collect();
    assert_eq!(lines, ["labdeck.toml:2", "labdeck.toml:3", "labdeck.toml:5", "labdeck.toml:6"]);
    let error = Config::from_toml("x", "[hub]\na = 1\nb = 2").unwrap_err().to_string();
    assert!(error.starts_with("The configuration has 2 problems:\n  x:2: "), "{error}");
}

#[test]
fn broken_toml_is_told_with_its_line_and_without_its_text() {
    let told = problems("[hub]\nbind_url = \"http\n[dummy_authenticator]\npassword = hunter2secret\n");
    assert!(told[0].starts_with("labdeck.toml:2: this is not TOML: "), "{told:?}");
    assert!(!told.concat().contains("hunter2secret"), "{told:?}");
    assert!(
        problems("[hub]\nbase_url = \"/a\"\nbase_url = \"/b\"\n")[0].starts_with("labdeck.toml:3: this is not TOML: ")
    );
}

#[test]
fn no_message_holds_a_secret() {
    let secret = "hunter2-hunter2-hunter2-hunter2!!";
    for text in [
        format!("[dummy_authenticator]\npassword = [\"{secret}\"]"),
        format!("[hub.api_tokens]\n\"{secret} x\" = \"ada\""),
        format!("[hub.api_tokens]\n\"{secret}\" = \"a/b\""),
        format!("[hub.api_tokens]\n\"{secret}\" = [1]"),
        format!("[[hub.services]]\nname = \"a\"\napi_token = [\"{secret}\"]"),
        format!(
            "[hub]\nservices = [{{ name = \"a\", api_token = \"{secret}\" }}, {{ name = \"b\", api_token = \"{secret}\" }}]"
        ),
        format!("[hub]\nbind_url = \"http://ada:{secret}@127.0.0.1:1\""),
    ] {
        let told = problems(&text).concat();
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn mistakes_of_the_environment_and_of_flags_name_them() {
    let env = [
        ("LABDECK_HUB_BIND_URI", "x"),
        ("LABDECK_HUB_ACTIVE_SERVER_LIMIT", "many"),
        ("LABDECK_HUB_SERVICES", "[]"),
        ("LABDECK_DATA_DIR", "/x"),
    ];
    let inputs = ConfigInputs {
        env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        flags: vec![Flag { name: "--bind-url".into(), key: "hub.bind_url".into(), value: "here".into() }],
        ..ConfigInputs::default()
    };
    let error = Config::load(&inputs).unwrap_err();
    let told: Vec<_> = error.problems.iter().map(ToString::to_string).collect();
    let expected = [
        "env LABDECK_HUB_BIND_URI: there is no such setting; did you mean LABDECK_HUB_BIND_URL?",
        "env LABDECK_HUB_SERVICES: [[hub.services]] cannot be given by the environment; write it into labdeck.toml",
        "env LABDECK_HUB_ACTIVE_SERVER_LIMIT: [hub] active_server_limit must be a whole number from 0, not \"many\"",
        "flag --bind-url: [hub] bind_url: \"here\" is no URL; write it like http://127.0.0.1:8000",
    ];
    assert_eq!(told, expected);
}

#[cfg(unix)]
#[test]
fn a_file_with_secrets_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labdeck.toml");
    let load = |text: &str, mode: u32| {
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        Config::load(&ConfigInputs { file: Some(path.clone()), ..ConfigInputs::default() })
    };
    let token = "0123456789abcdef0123456789abcdef";
    let secrets = [
        ("[dummy_authenticator]\npassword = \"pw\"".to_owned(), "[dummy_authenticator] password"),
        (format!("[[hub.services]]\nname = \"a\"\napi_token = \"{token}\""), "the api_token of [[hub.services]]"),
        (format!("[hub.api_tokens]\n{token} = \"ada\""), "[hub] api_tokens"),
    ];
    for (text, what) in &secrets {
        for mode in [0o644, 0o640, 0o604] {
            let shown = path.display();
            let words = format!(
                "{shown}: other users of this computer can read the file, and {what} is a secret; do: chmod 600 {shown}"
            );
            assert_eq!(load(text, mode).unwrap_err().problems[0].to_string(), words);
        }
        assert!(load(text, 0o600).is_ok());
    }
    assert!(load("[hub]\nactive_server_limit = 3", 0o644).is_ok(), "without secrets everybody may read it");
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let load = |name: &str| {
        Config::load(&ConfigInputs { file: Some(folder.path().join(name)), ..ConfigInputs::default() })
            .unwrap_err()
            .to_string()
    };
    assert!(load("none.toml").ends_with("none.toml: there is no such file"));
    assert!(load("").contains("this is a folder; name the file in it"));
    std::fs::write(folder.path().join("latin.toml"), b"# caf\xe9\n").unwrap();
    assert!(load("latin.toml").contains("not text in UTF-8"));
    std::fs::write(folder.path().join("huge.toml"), "#".repeat((1 << 20) + 1)).unwrap();
    assert!(load("huge.toml").contains("larger than 1 MiB"));
}
