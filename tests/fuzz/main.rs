//! Schemathesis asks our hub whatever two OpenAPI documents allow, and much that they do not: JupyterHub 6.1.1's and our
//! own, once for each kind of caller. No call may fail inside the hub or answer a status that its document does not
//! name; where the document is ours, kind and shape of the answer are as it says. The inputs are the same in each run.
//! `LABDECK_FUZZ=200` asks each call so often, with all that Schemathesis knows to ask (`make fuzz-api`).
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a helper that fails ends the test, and its output says how much was asked"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use http::Method;
use labdeck_testkit::{HubBuilder, HubProcess};
use serde_json::{Value, json};

/// So often each call is asked in a run of all tests.
const USUAL: &str = "5";

/// Calls that would end the test or leave it: they end the hub, change where it listens, or ask pip for packages.
const NOT_ASKED: &str = "(/shutdown|/labdeck/quit|/labdeck/hub|/labdeck/environment/(repair|upgrade))$";
/// Streams that have no end.
const ENDLESS: &str = "(/labdeck/events|/log/follow)$";

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Anonymous,
    User,
    GroupAdmin,
    Admin,
    Service,
}

/// By which document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Document {
    Ours,
    JupyterHub,
}

const SETTINGS: &str = r#"
spawner_class = "simple"
allow_named_servers = true
active_server_limit = 3
[dummy_authenticator]
password = "pw"
[authenticator]
allow_all = true
admin_users = ["boss"]
[simple_spawner]
interrupt_timeout = 2
[[hub.services]]
name = "reports"
api_token = "reports-token-reports-token-reports"
[[hub.services]]
name = "web"
url = "http://127.0.0.1:1"
[[hub.load_roles]]
name = "visitors"
users = ["bo"]
scopes = ["access:servers!user=ada"]
[[hub.load_roles]]
name = "leads"
users = ["lead"]
scopes = ["self", "admin:users!group=team", "tokens!group=team", "admin:servers!group=team", "groups!group=team", "shares!group=team", "list:users!group=team", "list:groups!group=team"]
[[hub.load_roles]]
name = "reports"
services = ["reports"]
scopes = ["list:users", "read:users", "admin:servers", "groups", "list:groups", "read:roles", "read:hub", "proxy", "shares", "list:services", "read:services"]
"#;

fn workspace(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").join(path).canonicalize().unwrap()
}

/// What `scripts/test-tools.sh` prints.
fn tool(name: &str) -> PathBuf {
    let made = Command::new(workspace("scripts/test-tools.sh")).arg(name).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().into()
}

/// A hub with what `KNOWN` in `hooks.py` names.
async fn hub() -> HubProcess {
    let server = workspace("tests/hub/fake_singleuser.py");
    let hub = HubBuilder::new(env!("CARGO_BIN_EXE_labdeckd"))
        .settings(&format!("{SETTINGS}\n[spawner]\ncmd = [\"python3\", \"-I\", \"-S\", {server:?}]"))
        // An engine of this computer is none of this test's business.
        .environment("DOCKER_HOST", "unix:///nonexistent/engine.sock")
        .start()
        .await;
    let people = ["ada", "bo", "cleo", "plain", "lead", "boss"];
    hub.control(Method::POST, "/hub/api/users", &json!({ "usernames": people }));
    hub.control(Method::POST, "/hub/api/groups", &json!({ "groups": ["team", "others"] }));
    hub.control(Method::POST, "/hub/api/groups/team/users", &json!({ "users": ["bo", "cleo"] }));
    for server in ["lab", "gpu"] {
        hub.control(Method::PUT, &format!("/hub/api/users/ada/servers/{server}"), &json!({}));
    }
    hub
}

fn token(hub: &HubProcess, role: Role) -> Option<String> {
    let of = |user: &str| {
        let made = hub.control(Method::POST, &format!("/hub/api/users/{user}/tokens"), &json!({}));
        made["token"].as_str().map(str::to_owned)
    };
    match role {
        Role::Anonymous => None,
        Role::User => of("plain"),
        Role::GroupAdmin => of("lead"),
        Role::Admin => of("boss"),
        Role::Service => Some("reports-token-reports-token-reports".to_owned()),
    }
}

/// Asks everything that a document names, as one kind of caller.
async fn ask(document: Document, role: Role) {
    let hub = hub().await;
    let folder = tempfile::tempdir().unwrap();
    let (file, address, checks) = match document {
        Document::Ours => {
            let file = folder.path().join("labdeck.json");
            std::fs::write(&file, labdeck_hub::api::openapi_document()).unwrap();
            let shape = ",content_type_conformance,response_schema_conformance";
            (file, hub.origin(), shape)
        }
        Document::JupyterHub => (tool("rest-api"), format!("{}/hub/api", hub.origin()), ""),
    };
    let often = std::env::var("LABDECK_FUZZ").ok();
    let mut command = Command::new(tool("schemathesis").join("bin/schemathesis"));
    command.args(["--config-file", "/dev/null", "run"]).arg(file).args(["--url", &address]);
    command.args(["--checks", &format!("no_failure,status_code_conformance{checks}")]);
    command.args(["--phases", if often.is_some() { "examples,coverage,fuzzing" } else { "fuzzing" }]);
    command.args(["--max-examples", often.as_deref().unwrap_or(USUAL)]);
    command.args(["--generation-deterministic", "--continue-on-failure", "--suppress-health-check", "all"]);
    command.args(["--request-timeout", "60", "--no-color", "--warnings", "off"]);
    command.args([
        "--exclude-path-regex",
        &if role == Role::Admin { format!("{ENDLESS}|{NOT_ASKED}") } else { ENDLESS.to_owned() },
    ]);
    if let Some(token) = token(&hub, role) {
        command.arg("--header").arg(format!("Authorization: token {token}"));
    }
    command.env("FUZZ_DOCUMENT", if document == Document::Ours { "ours" } else { "jupyterhub" });
    command.env("SCHEMATHESIS_HOOKS", "hooks").env("PYTHONPATH", workspace("tests/fuzz"));
    // It writes notes beside itself, and Python what it compiles.
    command.env("PYTHONDONTWRITEBYTECODE", "1").current_dir(folder.path());
    let asked = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&asked.stdout);
    println!("{}", said.lines().rev().take(12).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n"));
    assert!(asked.status.success(), "{said}\n{}", String::from_utf8_lossy(&asked.stderr));
    assert!(said.contains(" passed"), "nothing was asked: {said}");
    // Whatever was asked, the hub is well and the lead in charge.
    let overview = hub.control(Method::GET, "/hub/api/labdeck/overview", &Value::Null);
    assert!(overview.is_object(), "{overview}");
}

macro_rules! each {
    ($document:expr; $($name:ident $role:ident)*) => {$(
        #[tokio::test]
        async fn $name() {
            ask($document, Role::$role).await;
        }
    )*};
}

mod ours {
    use super::*;
    each! { Document::Ours; anonymous Anonymous user User group_admin GroupAdmin admin Admin service Service }
}

mod jupyterhubs {
    use super::*;
    each! { Document::JupyterHub; anonymous Anonymous user User group_admin GroupAdmin admin Admin service Service }
}
