//! Services that others wrote, unmodified: the idle culler of PyPI culls, and HubOAuth and HubAuth of the jupyterhub
//! package sign people in and look at tokens. The packages come by `scripts/jupyterhub.sh`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use http::Method;
use labdeck_testkit::{Browser, Page, eventually, free_port};
use serde_json::{Value, json};

use crate::support::{TestHub, simple};

/// A program of Python's takes its time on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").join(path).canonicalize().unwrap()
}

// A service outlives the hub of a test that fails; `timeout` bounds that.

/// The Python that has the packages.
pub(crate) async fn python() -> String {
    let script = here("scripts/jupyterhub.sh");
    let made = tokio::task::spawn_blocking(move || Command::new(script).output()).await.unwrap().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    format!("{}/bin/python", String::from_utf8(made.stdout).unwrap().trim())
}

/// A hub with the HubOAuth service `who`, which ada may use.
async fn with_who(more: &str) -> TestHub {
    let (python, script, port) = (python().await, here("tests/hub/oauth_service.py"), free_port());
    let toml = format!(
        "[[hub.services]]\nname = \"who\"\nurl = \"http://127.0.0.1:{port}\"\ncommand = [\"timeout\", \"600\", {python:?}, {script:?}]\n{more}\n\
         [[hub.load_roles]]\nname = \"who\"\nscopes = [\"access:services!service=who\"]\nusers = [\"ada\"]\n"
    );
    let hub = TestHub::start(&(simple() + &toml)).await;
    let window = hub.window();
    eventually("the service answers", PATIENCE, || async {
        let all = window.api(Method::GET, "/hub/api/labdeck/services", None).await;
        (all[0]["healthy"] == true).then_some(())
    })
    .await;
    hub
}

fn who(page: &Page) -> Value {
    serde_json::from_str::<Value>(&page.body).unwrap_or_else(|_| panic!("{} {}", page.path, page.body))["name"].clone()
}

#[tokio::test]
async fn the_idle_culler_of_pypi_stops_a_server_that_nobody_uses() {
    let python = python().await;
    let toml = format!(
        "[[hub.services]]\nname = \"idle-culler\"\n\
         command = [\"timeout\", \"600\", {python:?}, \"-m\", \"jupyterhub_idle_culler\", \"--timeout=2\", \"--cull-every=1\"]\n\
         [[hub.load_roles]]\nname = \"idle-culler\"\nservices = [\"idle-culler\"]\n\
         scopes = [\"list:users\", \"read:users:activity\", \"read:servers\", \"delete:servers\"]\n"
    );
    let hub = TestHub::start(&(simple() + &toml)).await;
    let ada = hub.program("ada", &[]).await;
    let answer = ada.json(Method::POST, "/hub/api/users/ada/server", None).await;
    assert!([201, 202].contains(&answer.status.as_u16()), "{}", answer.body);
    let window = hub.window();
    let log = || async {
        window.api(Method::GET, "/hub/api/labdeck/services/idle-culler/log?lines=20", None).await["lines"].to_string()
    };
    eventually("it culls", PATIENCE, || async { log().await.contains("Culling server").then_some(()) }).await;
    hub.until_stopped("ada", "").await;
    hub.stop().await;
}

#[tokio::test]
async fn a_huboauth_service_signs_people_in_after_they_agreed_once() {
    let hub = with_who("").await;
    let ada = hub.signed_in("ada").await;
    let asked = ada.get("/services/who/").await;
    assert!(asked.path.starts_with("/hub/api/oauth2/authorize"), "{} {}", asked.path, asked.body);
    let agreed = agree(&ada, &asked).await;
    assert_eq!((who(&agreed), agreed.path.as_str()), (json!("ada"), "/services/who/"));
    // A second browser of hers is not asked: her agreement lives as long as its token.
    let other = hub.signed_in("ada").await;
    assert_eq!(who(&other.get("/services/who/").await), "ada");
    // Who has no right to the service gets no further than the hub.
    let bob = hub.signed_in("bob").await.get("/services/who/").await;
    assert_eq!(bob.status, 403, "{} {}", bob.path, bob.body);
    hub.stop().await;
}

/// Sends the form of the consent page as it stands.
async fn agree(browser: &Browser, asked: &Page) -> Page {
    let xsrf = asked.field("_xsrf").expect("the consent page has a form");
    let action = attributes(asked, "action").into_iter().find(|to| to.contains("oauth2/authorize")).unwrap();
    let scopes: Vec<String> =
        asked.body.split("name=\"scopes\"").skip(1).filter_map(|tag| within(tag, "value")).collect();
    let mut fields = vec![("_xsrf", xsrf.as_str())];
    fields.extend(scopes.iter().map(|scope| ("scopes", scope.as_str())));
    browser.post_form(&action, &fields).await
}

fn attributes(page: &Page, name: &str) -> Vec<String> {
    page.body.split("<form").skip(1).filter_map(|tag| within(tag, name)).collect()
}

fn within(tag: &str, name: &str) -> Option<String> {
    let (value, _) = tag.split('>').next()?.split_once(&format!("{name}=\""))?.1.split_once('"')?;
    Some(value.replace("&#x2f;", "/").replace("&amp;", "&"))
}

#[tokio::test]
async fn a_service_with_oauth_no_confirm_asks_nobody_and_hubauth_knows_tokens() {
    let hub = with_who("oauth_no_confirm = true").await;
    let ada = hub.signed_in("ada").await;
    let page = ada.get("/services/who/").await;
    assert_eq!((who(&page), page.path.as_str()), (json!("ada"), "/services/who/"));
    let token = hub.token("bob", &[]).await;
    let known = hub.browser().get(&format!("/services/who/token?token={token}")).await.value();
    assert_eq!((&known["user"]["name"], &known["user"]["kind"]), (&json!("bob"), &json!("user")));
    let known = hub.browser().get("/services/who/token?token=0123456789abcdef0123456789abcdef").await.value();
    assert_eq!(known["user"], Value::Null);
    hub.stop().await;
}
