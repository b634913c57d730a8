//! `labdeckd` on the command line: what it prints, what it refuses and in which words; beside a hub that runs and
//! without one.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use http::Method;
use labdeck_testkit::Browser;
use serde_json::json;
use tempfile::TempDir;

use crate::support::{Daemon, PASSWORD, folder, native, simple};

fn data(dir: &TempDir) -> std::path::PathBuf {
    dir.path().join("data")
}

fn link_in(said: &str) -> &str {
    said.split_whitespace().find(|word| word.contains("/hub/invitation?code=")).unwrap()
}

#[tokio::test]
async fn people_are_added_listed_and_removed_without_a_hub() {
    let dir = folder(&native());
    let data = data(&dir);
    Daemon::run(&data, &["user", "add", "grace", "--admin"]).await.ok();
    Daemon::run(&data, &["user", "add", "Ada"]).await.ok();
    let listed = Daemon::run(&data, &["user", "list"]).await.ok();
    let lines: Vec<_> = listed.lines().map(|line| line.split_whitespace().take(2).collect::<Vec<_>>()).collect();
    assert_eq!(lines, [["grace", "admin"], ["ada", "last"]]);
    let removed = Daemon::run(&data, &["user", "remove", "ada"]).await.ok();
    assert!(removed.contains("Removed ada"), "{removed}");
    assert!(!Daemon::run(&data, &["user", "list"]).await.ok().contains("ada"));
}

#[tokio::test]
async fn commands_work_beside_a_hub_that_runs() {
    let dir = folder(&simple());
    let data = data(&dir);
    let hub = Daemon::start(&data).await;
    Daemon::run(&data, &["user", "add", "ada"]).await.ok();
    assert!(Daemon::run(&data, &["user", "list"]).await.ok().contains("ada"));
    let token = Daemon::run(&data, &["token", "create", "--user", "ada", "--note", "x"]).await.ok();
    let ada = hub.browser().with_token(token.trim());
    assert_eq!(ada.api(Method::GET, "/hub/api/user", None).await["name"], "ada");
    Daemon::run(&data, &["user", "remove", "ada"]).await.ok();
    assert_eq!(ada.json(Method::GET, "/hub/api/user", None).await.status, 403, "the running hub knows at once");
    assert_eq!(hub.terminate().await, 0);
}

#[tokio::test]
async fn a_token_made_without_a_hub_works_once_it_runs() {
    let dir = folder(&simple());
    let data = data(&dir);
    let args = ["token", "create", "--user", "boss", "--scopes", "list:users,read:servers", "--expires-in", "3600"];
    let token = Daemon::run(&data, &args).await.ok();
    assert_eq!(token.lines().count(), 1, "nothing but the token, for scripts: {token:?}");
    let hub = Daemon::start(&data).await;
    let program = hub.browser().with_token(token.trim());
    assert_eq!(program.json(Method::GET, "/hub/api/users", None).await.status, 200);
    assert_eq!(program.json(Method::DELETE, "/hub/api/users/ada", None).await.status, 403);
}

#[tokio::test]
async fn a_printed_password_link_signs_in_and_ends_the_earlier_one() {
    let dir = folder(&native());
    let data = data(&dir);
    Daemon::run(&data, &["user", "add", "grace", "--admin"]).await.ok();
    let hub = Daemon::start(&data).await;
    let first = Daemon::run(&data, &["user", "password", "grace"]).await.ok();
    let second = Daemon::run(&data, &["user", "password", "grace"]).await.ok();
    assert!(link_in(&second).starts_with(&hub.origin), "{second}");
    assert_eq!(hub.browser().get(link_in(&first)).await.status, 404);
    let browser = hub.browser();
    let home = choose(&browser, link_in(&second), PASSWORD).await;
    assert_eq!(home, "/hub/home");
}

async fn choose(browser: &Browser, link: &str, password: &str) -> String {
    let form = browser.get(link).await;
    let xsrf = form.field("_xsrf").unwrap();
    browser.post_form(link, &[("_xsrf", &xsrf), ("password", password)]).await.path
}

#[tokio::test]
async fn mistakes_are_answered_in_one_line_of_words() {
    let dir = folder(&native());
    let data = data(&dir);
    let long = "x".repeat(300);
    let cases: [(&[&str], &str); 11] = [
        (&["user", "add", ""], "is empty"),
        (&["user", "add", "."], "dots"),
        (&["user", "add", ".."], "dots"),
        (&["user", "add", &long], "300 characters"),
        (&["user", "add", "a/b"], "may not contain"),
        (&["user", "add", "zoë\u{202e}"], "may not contain"),
        (&["user", "remove", "nobody"], "nobody called nobody"),
        (&["user", "password", "nobody"], "nobody called nobody"),
        (&["token", "create", "--user", "nobody"], "nobody called nobody"),
        (&["token", "create", "--user", "grace", "--scopes", "fly"], "fly"),
        (&["token", "create", "--user", "grace", "--expires-in", "0"], "expires_in"),
    ];
    Daemon::run(&data, &["user", "add", "grace", "--admin"]).await.ok();
    for (args, words) in cases {
        let said = Daemon::run(&data, args).await.failed();
        assert!(said.to_lowercase().contains(&words.to_lowercase()), "{args:.60?}: {said}");
        assert!(said.trim_end().lines().count() == 1 && said.len() < 500, "{args:.60?}: {said}");
    }
    let unicode = Daemon::run(&data, &["user", "add", "Zoë"]).await.ok();
    assert!(unicode.contains("Added zoë"), "{unicode}");
    let twice = Daemon::run(&data, &["user", "add", "ZOË"]).await.failed();
    assert!(twice.contains("exist"), "{twice}");
}

#[tokio::test]
async fn the_only_admin_is_not_removed() {
    let dir = folder(&native());
    Daemon::run(&data(&dir), &["user", "add", "grace", "--admin"]).await.ok();
    let said = Daemon::run(&data(&dir), &["user", "remove", "grace"]).await.failed();
    assert!(said.contains("only admin"), "{said}");
}

#[tokio::test]
async fn the_configuration_is_shown_with_sources_and_without_secrets() {
    let services = "[[hub.services]]\nname = \"reports\"\napi_token = \"at-least-32-characters-of-secret\"\n";
    let dir =
        folder(&format!("{}{services}", simple().replace("password = \"pw\"", "password = \"pw-not-to-be-shown\"")));
    let shown = Daemon::run(&data(&dir), &["config", "show"]).await.ok();
    assert!(!shown.contains("pw-not-to-be-shown") && !shown.contains("at-least-32"), "{shown}");
    let line = |key: &str| {
        shown
            .lines()
            .find(|line| line.split_whitespace().next() == Some(key))
            .unwrap_or_else(|| panic!("{key}: {shown}"))
    };
    assert!(
        line("hub.authenticator_class").contains("dummy") && line("hub.authenticator_class").contains("labdeck.toml:")
    );
    assert!(line("hub.concurrent_spawn_limit").ends_with("default"), "{}", line("hub.concurrent_spawn_limit"));
    assert!(line("dummy_authenticator.password").contains("redacted"));
    assert!(shown.contains("hub.services[0].name"), "{shown}");
}

#[tokio::test]
async fn a_second_hub_on_the_same_folder_is_refused_in_words() {
    let dir = folder(&simple());
    let hub = Daemon::start(&data(&dir)).await;
    let refused = Daemon::try_start(&data(&dir)).await.unwrap_err().failed();
    assert!(refused.contains("already") || refused.contains("another"), "{refused}");
    assert_eq!(hub.browser().get("/hub/api").await.status, 200, "the first one is unharmed");
    // The second one must not have taken the first one's socket with it.
    Daemon::run(&data(&dir), &["user", "list"]).await.ok();
}

#[tokio::test]
async fn secrets_that_others_can_read_are_refused() {
    let dir = folder(&simple());
    let file = data(&dir).join("labdeck.toml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let said = Daemon::try_start(&data(&dir)).await.unwrap_err().failed();
    assert!(said.contains("chmod 600") && said.contains("dummy_authenticator"), "{said}");
    assert!(!said.contains("\"pw\""), "{said}");
    // Without secrets nobody minds.
    fs::write(&file, "[hub]\nallow_named_servers = true\n").unwrap();
    Daemon::run(&data(&dir), &["config", "show"]).await.ok();
}

#[tokio::test]
async fn all_mistakes_of_a_file_are_told_at_once_with_what_was_meant() {
    let toml = "[hub]\nbind_ulr = \"x\"\nallow_named_servers = \"perhaps\"\n[spwaner]\ncmd = [\"x\"]\n[docker_spawner]\ncontainer_image = \"x\"\n";
    let dir = folder(toml);
    let said = Daemon::try_start(&data(&dir)).await.unwrap_err().failed();
    for words in
        ["labdeck.toml:2", "bind_url", "labdeck.toml:3", "allow_named_servers", "[spawner]", "write image instead"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_or_no_toml_is_an_error() {
    let dir = folder("this is = not = toml");
    let said = Daemon::try_start(&data(&dir)).await.unwrap_err().failed();
    assert!(said.contains("not TOML"), "{said}");
    let said = Daemon::run(&data(&dir), &["--config", "/nowhere/labdeck.toml", "config", "show"]).await.failed();
    assert!(said.contains("no such file"), "{said}");
}

#[tokio::test]
async fn dummy_sign_in_does_not_bind_to_the_network_without_the_long_flag() {
    let dir = folder(&simple());
    let run = async |more: &[&str]| {
        let args = [&["serve", "--bind-url", "http://0.0.0.0:0"], more].concat();
        Daemon::run(&data(&dir), &args).await
    };
    let said = run(&[]).await.failed();
    assert!(
        said.contains("i_accept_that_anyone_on_the_network_can_run_code_here") || said.contains("i-accept-that"),
        "{said}"
    );
}

#[tokio::test]
async fn the_folder_and_what_is_in_it_belong_to_one_account() {
    let dir = folder(&simple());
    let hub = Daemon::start(&data(&dir)).await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data(&dir)), 0o700);
    for file in fs::read_dir(data(&dir)).unwrap().flatten() {
        let is_marker = file.file_name() == "secret-store";
        assert!(is_marker || mode(&file.path()) & 0o077 == 0, "{:?} is {:o}", file.path(), mode(&file.path()));
    }
    assert_eq!(hub.terminate().await, 0);
}

#[tokio::test]
async fn a_damaged_database_is_not_replaced_by_an_empty_hub() {
    let dir = folder(&simple());
    let file = data(&dir).join("labdeck.sqlite");
    fs::write(&file, "this is no database, but somebody's data all the same".repeat(100)).unwrap();
    let said = Daemon::try_start(&data(&dir)).await.unwrap_err().failed();
    assert!(said.contains("labdeck.sqlite"), "{said}");
    assert!(fs::read_to_string(&file).unwrap().starts_with("this is no database"));
}

#[tokio::test]
async fn the_environment_sets_what_the_file_does_not() {
    let dir = folder("[hub]\nallow_named_servers = true\n");
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_labdeckd"))
        .args(["config", "show", "--data-dir"])
        .arg(data(&dir))
        .env("LABDECK_HUB_BIND_URL", "http://127.0.0.1:9123/lab/")
        .output()
        .await
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.contains("9123") && shown.contains("env LABDECK_HUB_BIND_URL"), "{shown} {output:?}");
}

#[tokio::test]
async fn the_example_of_the_issue_starts_a_hub() {
    let toml = r#"
[hub]
bind_url = "http://127.0.0.1:0"
authenticator_class = "dummy"
spawner_class = "simple"
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
    let dir = folder(toml);
    let hub = Daemon::start(&data(&dir)).await;
    let reports = hub.browser().with_token("at-least-32-characters-of-secret");
    let users = reports.api(Method::GET, "/hub/api/users", None).await;
    assert_eq!(users[0]["name"], "boss");
    let me = reports.api(Method::GET, "/hub/api/user", None).await;
    assert_eq!((&me["kind"], &me["name"]), (&json!("service"), &json!("reports")));
}

#[tokio::test]
async fn a_folder_that_lost_its_database_does_not_become_an_empty_hub() {
    let dir = folder(&simple());
    let hub = Daemon::start(&data(&dir)).await;
    assert_eq!(hub.terminate().await, 0);
    assert!(data(&dir).join("secrets.json").exists());
    for file in fs::read_dir(data(&dir)).unwrap().flatten() {
        if file.file_name().to_string_lossy().starts_with("labdeck.sqlite") {
            fs::remove_file(file.path()).unwrap();
        }
    }
    let said = Daemon::try_start(&data(&dir)).await.unwrap_err().failed();
    assert!(said.contains("labdeck.sqlite is gone") && said.contains("backup"), "{said}");
    assert!(!data(&dir).join("labdeck.sqlite").exists());
}
