//! Services: added by the API, proxied, started and kept running by the hub, and what is left of them when they go.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use http::Method;
use labdeck_testkit::{Browser, eventually, free_port};
use serde_json::{Value, json};

use crate::restart::boss;
use crate::support::{Daemon, SHORT, TestHub, folder, simple, simple_with};

const TOKEN: &str = "seven-hundred-green-herons-fly-by";

fn fake_service() -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/hub/fake_service.py");
    script.canonicalize().unwrap().display().to_string()
}

/// A hub's configuration with the stand-in kept running as `reports`.
fn with_reports(port: u16, more: &str) -> String {
    let script = fake_service();
    simple()
        + &format!(
            "[[hub.services]]\nname = \"reports\"\nurl = \"http://127.0.0.1:{port}\"\n\
             command = [\"python3\", \"-I\", \"-S\", {script:?}]\n{more}\n\
             [[hub.load_roles]]\nname = \"readers\"\nscopes = [\"access:services!service=reports\"]\nusers = [\"ada\"]\n"
        )
}

/// Whether a process runs; one that ended and that nobody asked for its code does not.
fn runs(pid: u64) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

async fn view(window: &Browser, name: &str) -> Value {
    let all = window.api(Method::GET, "/hub/api/labdeck/services", None).await;
    all.as_array().unwrap().iter().find(|one| one["name"] == name).cloned().unwrap_or(Value::Null)
}

/// Waits until the stand-in answers through the proxy; answers what it tells.
async fn told(hub: &TestHub) -> Value {
    let browser = hub.browser();
    eventually("the service answers", SHORT, || async {
        let page = browser.try_json(Method::GET, "/services/reports/x?y=1", None).await?;
        (page.status == 200).then(|| page.value())
    })
    .await
}

/// Who the holder of a token is to the hub: the status.
async fn status_of_token(browser: &Browser, token: &str) -> u16 {
    browser.with_token(token).json(Method::GET, "/hub/api/user", None).await.status.as_u16()
}

#[tokio::test]
async fn a_service_is_added_and_removed_with_its_route_token_and_client() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    let backend = free_port();
    let spec = json!({ "url": format!("http://127.0.0.1:{backend}/below/"), "api_token": TOKEN, "info": { "a": 1 } });
    let begun = Instant::now();
    let made = window.json(Method::POST, "/hub/api/services/reports", Some(spec.clone())).await;
    assert_eq!(made.status, 201, "{}", made.body);
    // Nobody listens there: JupyterHub holds this answer back for 30 seconds.
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let url = format!("http://127.0.0.1:{backend}/below/");
    let model = json!({ "kind": "service", "name": "reports", "admin": false, "roles": [], "url": url,
        "prefix": "/services/reports/", "command": [], "pid": 0, "info": { "a": 1 }, "display": true });
    assert_eq!(made.value(), model);
    assert_eq!(window.api(Method::GET, "/hub/api/services", None).await, json!({ "reports": model }));
    assert_eq!(window.api(Method::GET, "/hub/api/services/reports", None).await, model);
    let routes = || hub.routes_with("service");
    assert_eq!(routes(), [("/services/reports/".to_owned(), format!("http://127.0.0.1:{backend}"))]);
    assert_eq!(status_of_token(&hub.browser(), TOKEN).await, 200);
    let again = window.json(Method::POST, "/hub/api/services/reports", Some(spec)).await;
    assert_eq!((again.status.as_u16(), again.message().as_str()), (409, "Service reports already exists"));

    let gone = window.json(Method::DELETE, "/hub/api/services/reports", None).await;
    assert_eq!((gone.status.as_u16(), gone.body.as_str()), (200, ""));
    assert_eq!(routes(), []);
    assert_eq!(status_of_token(&hub.browser(), TOKEN).await, 403);
    let gone = window.json(Method::DELETE, "/hub/api/services/reports", None).await;
    assert_eq!((gone.status.as_u16(), gone.message().as_str()), (404, "Service reports does not exist"));
    let page = hub.signed_in("boss").await.get("/hub/api/oauth2/authorize?client_id=service-reports").await;
    assert_eq!(page.status, 400, "{}", page.body);
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_jupyterhubs_words() {
    let toml = simple_with(&format!("services = [{{ name = \"fixed\", api_token = \"{TOKEN}\" }}]"), "");
    let hub = TestHub::start(&toml).await;
    let (window, admin) = (hub.window(), hub.program("boss", &["admin:services", "list:services"]).await);
    let refused = |caller: Browser, method: Method, name: &'static str, body: Value| async move {
        let page = caller.json(method, &format!("/hub/api/services/{name}"), Some(body)).await;
        (page.status.as_u16(), page.message())
    };
    let command = json!({ "command": ["true"] });
    let answer = refused(window.clone(), Method::POST, "x", command).await;
    assert_eq!(answer, (400, "Can not create managed service x at runtime".to_owned()));
    let answer = refused(window.clone(), Method::DELETE, "fixed", json!({})).await;
    assert_eq!(answer, (405, "Service fixed is not modifiable at runtime".to_owned()));
    // A token with the one right cannot make a service that may more than itself.
    assert_eq!(refused(admin.clone(), Method::POST, "x", json!({ "admin": true })).await.0, 400);
    let scopes = json!({ "oauth_client_allowed_scopes": ["admin:users"] });
    assert_eq!(refused(admin.clone(), Method::POST, "x", scopes).await.0, 400);
    let stolen = json!({ "oauth_client_id": "service-x", "api_token": TOKEN });
    assert_eq!(refused(admin.clone(), Method::POST, "y", stolen).await.0, 400);
    assert_eq!(refused(admin, Method::POST, "y", json!({ "display": false })).await.0, 201);
    let nobody = hub.program("ada", &[]).await;
    assert_eq!(nobody.json(Method::GET, "/hub/api/services", None).await.status, 403);
    assert_eq!(refused(nobody, Method::POST, "z", json!({ "display": false })).await.0, 403);
    let some = hub.program("boss", &["list:services!service=y"]).await;
    let seen = some.api(Method::GET, "/hub/api/services", None).await;
    assert_eq!(seen, json!({ "y": { "kind": "service", "name": "y", "admin": false } }));
    assert_eq!(some.json(Method::GET, "/hub/api/services/fixed", None).await.status, 404);
}

#[tokio::test]
async fn a_dead_service_delays_nothing_and_is_told_as_dead() {
    let line = format!("[[hub.services]]\nname = \"dead\"\nurl = \"http://127.0.0.1:{}\"\ntimeout = 1\n", free_port());
    let begun = Instant::now();
    let hub = TestHub::start(&(simple() + &line)).await;
    assert_eq!(hub.browser().get("/hub/health").await.status, 200);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    let window = hub.window();
    let seen = eventually("it is told as dead", SHORT, || async {
        Some(view(&window, "dead").await).filter(|one| one["healthy"] == false)
    })
    .await;
    assert_eq!(seen["state"], "external");
    assert!(seen["trouble"].as_str().unwrap().starts_with("no connection"), "{seen}");
}

#[tokio::test]
async fn a_kept_service_has_jupyterhubs_environment_and_its_place_in_the_menu() {
    let hub = TestHub::start(&with_reports(free_port(), "environment = { COURSE = \"algebra\" }")).await;
    let told = told(&hub).await;
    assert_eq!(told["path"], "/services/reports/x?y=1");
    let environment = &told["environment"];
    for (name, value) in [
        ("JUPYTERHUB_SERVICE_NAME", "reports"),
        ("JUPYTERHUB_CLIENT_ID", "service-reports"),
        ("JUPYTERHUB_SERVICE_PREFIX", "/services/reports/"),
        ("JUPYTERHUB_OAUTH_CALLBACK_URL", "/services/reports/oauth_callback"),
        ("JUPYTERHUB_OAUTH_ACCESS_SCOPES", r#"["access:services", "access:services!service=reports"]"#),
        ("JUPYTERHUB_BASE_URL", "/"),
        ("COURSE", "algebra"),
    ] {
        assert_eq!(environment[name], value, "{name}");
    }
    let token = environment["JUPYTERHUB_API_TOKEN"].as_str().unwrap();
    let identity = hub.browser().with_token(token).api(Method::GET, "/hub/api/user", None).await;
    assert_eq!((&identity["kind"], &identity["name"]), (&json!("service"), &json!("reports")));
    let window = hub.window();
    let model = window.api(Method::GET, "/hub/api/services/reports", None).await;
    assert_eq!(model["pid"], told["pid"]);
    let (ada, bob) = (hub.signed_in("ada").await, hub.signed_in("bob").await);
    assert!(ada.get("/hub/home").await.body.contains("<bdi>reports</bdi>"));
    assert!(!bob.get("/hub/home").await.body.contains("reports"));
    // The hub's sign-in is none of its business.
    let cookies = ada.get("/services/reports/").await.value()["cookie"].as_str().unwrap().to_owned();
    assert!(!cookies.contains("jupyterhub-hub-login"), "{cookies}");
    hub.stop().await;
    let pid = told["pid"].as_u64().unwrap();
    assert!(!runs(pid), "it ends with the hub");
}

#[tokio::test]
async fn a_restart_gives_a_new_process_and_ends_the_token_of_the_old_one() {
    let hub = TestHub::start(&with_reports(free_port(), "")).await;
    let window = hub.window();
    let before = told(&hub).await;
    let token = before["environment"]["JUPYTERHUB_API_TOKEN"].as_str().unwrap().to_owned();
    let asked = window.json(Method::POST, "/hub/api/labdeck/services/reports/restart", None).await;
    assert_eq!(asked.status, 202, "{}", asked.body);
    let after = eventually("another process answers", SHORT, || async {
        let page = hub.browser().try_json(Method::GET, "/services/reports/", None).await?;
        Some(page).filter(|page| page.status == 200).map(|page| page.value()).filter(|now| now["pid"] != before["pid"])
    })
    .await;
    assert_eq!(status_of_token(&hub.browser(), &token).await, 403);
    let fresh = after["environment"]["JUPYTERHUB_API_TOKEN"].as_str().unwrap();
    assert_eq!(status_of_token(&hub.browser(), fresh).await, 200);
    let seen = view(&window, "reports").await;
    assert_eq!((&seen["state"], &seen["restarts"]), (&json!("running"), &json!(1)));
    let log = window.api(Method::GET, "/hub/api/labdeck/services/reports/log", None).await;
    assert!(log["lines"].as_array().unwrap().len() >= 2, "{log}");
    let nobody = hub.program("ada", &[]).await;
    for (method, call) in [(Method::GET, "log"), (Method::POST, "restart")] {
        let path = format!("/hub/api/labdeck/services/reports/{call}");
        assert_eq!(nobody.json(method, &path, None).await.status, 403, "{call}");
    }
}

#[tokio::test]
async fn a_service_that_ends_by_itself_is_started_again_and_says_why() {
    let hub = TestHub::start(&with_reports(free_port(), "environment = { FAKE_EXIT = \"3\" }")).await;
    let window = hub.window();
    let seen = eventually("it was started again", SHORT, || async {
        Some(view(&window, "reports").await).filter(|one| one["restarts"].as_u64() >= Some(1))
    })
    .await;
    assert_eq!(seen["last_exit"]["code"], 3, "{seen}");
    let log = window.api(Method::GET, "/hub/api/labdeck/services/reports/log?lines=50", None).await;
    assert!(log["lines"].as_array().unwrap().contains(&json!("no luck today")), "{log}");
}

#[tokio::test]
async fn a_killed_hub_leaves_no_second_service_and_no_token() {
    let port = free_port();
    let dir = folder(&with_reports(port, ""));
    let data = dir.path().join("data");
    let hub = Daemon::start(&data).await;
    let direct = Browser::new(&format!("http://127.0.0.1:{port}"));
    let facts = || async {
        let page = direct.try_json(Method::GET, "/", None).await?;
        Some(page.value())
    };
    let before = eventually("the service runs", SHORT, facts).await;
    hub.kill().await;
    let hub = Daemon::start(&data).await;
    let after = eventually("one run follows the other", SHORT, || async {
        facts().await.filter(|now| now["pid"] != before["pid"])
    })
    .await;
    let old = before["pid"].as_u64().unwrap();
    assert!(!runs(old), "the run of the killed hub was ended");
    let token = before["environment"]["JUPYTERHUB_API_TOKEN"].as_str().unwrap();
    assert_eq!(status_of_token(&hub.browser(), token).await, 403);
    let admin = boss(&data, &hub).await;
    let model = admin.api(Method::GET, "/hub/api/services/reports", None).await;
    assert_eq!(model["pid"], after["pid"]);
    assert_eq!(hub.terminate().await, 0);
    let now = after["pid"].as_u64().unwrap();
    assert!(!runs(now), "it ends with the hub");
}

/// What `id` says of an account, or of whoever runs this.
fn id_of(option: &str, name: &[&str]) -> String {
    let said = std::process::Command::new("id").arg(option).args(name).output().unwrap().stdout;
    String::from_utf8(said).unwrap().trim().to_owned()
}

#[tokio::test]
async fn a_service_runs_as_the_account_that_is_named() {
    // The script must be open to an account that has nothing to do with whoever runs this test.
    let open = tempfile::tempdir().unwrap();
    std::fs::set_permissions(open.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let script = open.path().join("fake_service.py");
    std::fs::copy(fake_service(), &script).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o644)).unwrap();
    let is_root = id_of("-u", &[]) == "0";
    let own = id_of("-un", &[]);
    for (user, runs) in [(own.as_str(), true), ("nobody", is_root), ("root", is_root), ("no-such-account", false)] {
        let more = format!("user = {user:?}\ncwd = \"/\"");
        let toml = with_reports(free_port(), &more).replace(&fake_service(), &script.display().to_string());
        let hub = TestHub::start(&toml).await;
        if runs {
            let told = told(&hub).await;
            assert_eq!(told["uid"].to_string(), id_of("-u", &[user]), "{user}: {told}");
        } else {
            let seen = eventually("it says why it does not run", SHORT, || async {
                Some(view(&hub.window(), "reports").await).filter(|one| !one["last_exit"].is_null())
            })
            .await;
            let words = seen["last_exit"]["message"].as_str().unwrap();
            assert!(words.contains(&format!("It shall run as {user}")), "{words}");
        }
    }
}
