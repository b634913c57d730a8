//! Memory that runs out while people work: told while the server lives, kept when it dies of it. And servers that live
//! with something that their users should know.

use std::time::Duration;

use http::Method;
use labdeck_testkit::{Browser, Engine, HubProcess, NOTEBOOK, eventually};
use serde_json::{Value, json};

use crate::lab::{START_LIMIT, builder_with, container, start, start_for};
use crate::relay::Relay;

/// A program that answers as a notebook server and does what a test tells it by its path: `child` lets a program of its
/// own eat all memory, `eat` eats it itself, `hold/5` keeps five bytes more.
const STAND_IN: &str = r#"
import http.server, json, os, subprocess, sys
EAT = 'held = []\nwhile True: held.append(bytearray(1 << 20))'
kept = []
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({'version': '2.21.1'}).encode()
        self.send_response(200)
        self.send_header('X-JupyterHub-Version', os.environ.get('STAND_IN_VERSION', '6.1.1'))
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if self.path.endswith('/child'):
            print('child ended with', subprocess.run([sys.executable, '-c', EAT]).returncode, flush=True)
        if '/hold/' in self.path:
            kept.append(bytearray(int(self.path.rpartition('/')[2])))
        if self.path.endswith('/eat'):
            print('the last words before the end', flush=True)
            exec(EAT)
http.server.ThreadingHTTPServer(('0.0.0.0', 8888), Handler).serve_forever()
"#;

async fn lab(environment: &str) -> (HubProcess, Browser) {
    let cmd =
        format!("cmd = [\"python3\", \"-c\", '''{STAND_IN}''']\n[spawner.environment]\nSHOWN = \"1\"\n{environment}");
    let hub = builder_with(&cmd).start().await;
    offer_small(&hub);
    let api = hub.add(&["ada"]).await;
    (hub, api)
}

/// The notebook image with 160 MB: enough for the stand-in, soon eaten.
fn offer_small(hub: &HubProcess) {
    hub.control(
        Method::PUT,
        "/hub/api/labdeck/stacks/lab",
        &json!({ "display_name": "lab", "description": "", "image": NOTEBOOK, "offered": true, "is_default": true,
            "limits": { "memory_bytes": 160 << 20 } }),
    );
}

/// Asks the stand-in for something, past the hub; what it answers is of no interest.
fn ask(hub: &HubProcess, what: &str) {
    let asked = "import urllib.request as u, sys\ntry: u.urlopen(sys.argv[1], timeout=20).read()\nexcept OSError: pass";
    let url = format!("http://127.0.0.1:8888/user/ada/{what}");
    drop(Engine.run(&["exec", "-d", &container(hub, "ada"), "python3", "-c", asked, &url]));
}

#[tokio::test]
async fn a_program_that_ran_out_of_memory_is_told_while_its_server_lives() {
    let (hub, api) = lab("").await;
    start(&hub, &api, "ada").await;
    ask(&hub, "child");
    let notice = eventually("the notice", START_LIMIT, || async {
        let notices = hub.server("ada")["labdeck_notices"].clone();
        notices.as_array().unwrap().iter().find(|notice| notice["kind"] == "out_of_memory").cloned()
    })
    .await;
    let words = notice["message"].as_str().unwrap();
    assert!(words.contains("160 MB") && words.contains("runs on"), "{notice}");
    assert_eq!(hub.server("ada")["ready"], true, "the server lives");
    let told = api.api(Method::GET, "/hub/api/labdeck/servers/ada/~/diagnosis", None).await;
    assert_eq!(told["kind"], "out_of_memory", "{told}");
    let browser = hub.sign_in("ada").await;
    assert!(browser.get("/hub/home").await.body.contains("160 MB"));
    // It is still told after the server was stopped.
    api.json(Method::DELETE, "/hub/api/users/ada/server", None).await;
    hub.server_is("ada", "Off", Duration::from_secs(60)).await;
    let page = browser.get("/user/ada/lab").await;
    assert!(page.body.contains("160 MB"), "{}", page.body);
}

#[tokio::test]
async fn a_server_that_died_of_memory_says_so_and_keeps_its_last_words() {
    let (hub, api) = lab("").await;
    start(&hub, &api, "ada").await;
    ask(&hub, "eat");
    let off = hub.server_is("ada", "Off", START_LIMIT).await;
    let exit = &off["labdeck_last_exit"];
    assert_eq!(exit["kind"], "out_of_memory", "{exit}");
    assert!(exit["log"].to_string().contains("the last words before the end"), "{exit}");
    let told: Value = api.api(Method::GET, "/hub/api/labdeck/servers/ada/~/diagnosis", None).await;
    assert_eq!((&told["kind"], &told["fix"]["id"]), (&json!("out_of_memory"), &json!("larger_size")), "{told}");
    let page = hub.sign_in("ada").await.get("/user/ada/lab").await;
    assert!(page.body.contains("more memory than it is allowed"), "{}", page.body);
}

#[tokio::test]
async fn a_server_of_another_generation_runs_with_a_word_about_it() {
    let (hub, api) = lab("STAND_IN_VERSION = \"1.5.1\"").await;
    start(&hub, &api, "ada").await;
    // It is pinned a moment after the server is shown to be ready.
    let notice = eventually("the notice", START_LIMIT, || async {
        hub.server("ada")["labdeck_notices"].as_array().unwrap().first().cloned()
    })
    .await;
    assert_eq!(notice["kind"], "version_mismatch", "{notice}");
    let told = api.api(Method::GET, "/hub/api/labdeck/servers/ada/~/diagnosis", None).await;
    assert!(told["kind"] == "version_mismatch" && told["cause"].as_str().unwrap().contains("1.5.1"), "{told}");
}

#[tokio::test]
async fn a_server_that_an_engine_took_with_it_says_so() {
    let mut relay = Relay::new();
    let cmd = format!("cmd = [\"python3\", \"-c\", '''{STAND_IN}''']");
    let hub = builder_with(&cmd).environment("DOCKER_HOST", &relay.address()).start().await;
    offer_small(&hub);
    let api = hub.add(&["ada"]).await;
    start(&hub, &api, "ada").await;
    let id = container(&hub, "ada");
    relay.cut();
    eventually("the engine is missed", START_LIMIT, || async {
        (hub.server("ada")["labdeck_engine_gone"] == true).then_some(())
    })
    .await;
    // An engine that restarts ends its containers.
    Engine.call(&["kill", &id]);
    relay.connect();
    let off = hub.server_is("ada", "Off", START_LIMIT).await;
    assert_eq!(off["labdeck_last_exit"]["kind"], "engine_restarted", "{off}");
}

#[tokio::test]
async fn servers_together_never_reach_the_reserve() {
    let cmd = format!("cmd = [\"python3\", \"-c\", '''{STAND_IN}''']");
    let hub = builder_with(&cmd).start().await;
    hub.control(
        Method::PUT,
        "/hub/api/labdeck/stacks/lab",
        &json!({ "display_name": "lab", "description": "", "image": NOTEBOOK, "offered": true, "is_default": true,
            "limits": { "memory_bytes": null } }),
    );
    let people = ["ada", "bob", "cy"];
    hub.add(&people).await;
    for user in people {
        start_for(&hub, user).await;
    }
    // The least that servers can be left with, while none of them needs any.
    let resources = "/hub/api/labdeck/resources";
    let all = hub.control(Method::GET, resources, &Value::Null)["memory_bytes"].as_u64().unwrap();
    let now = hub.control(Method::PATCH, resources, &json!({ "reserve_bytes": all - all / 10 }));
    if let Some(why) = now["unkept_together"].as_str() {
        assert!(why.contains("systemd") || why.contains("as root"), "{why}");
        return;
    }
    let ceiling = all - now["reserve_bytes"].as_u64().unwrap();
    let each = ceiling / 10 * 4;
    for user in people {
        let limit = Engine.inspect(&container(&hub, user))["HostConfig"]["Memory"].as_u64().unwrap();
        assert!(limit > each * 2, "no limit of its own stops {user}: {limit}");
    }
    for user in people {
        let url = format!("http://127.0.0.1:8888/user/{user}/hold/{each}");
        let asked = "import urllib.request as u, sys\nu.urlopen(sys.argv[1], timeout=100).read()\n";
        drop(Engine.run(&["exec", &container(&hub, user), "python3", "-c", asked, &url]));
    }
    let off = eventually("one of them is ended", START_LIMIT, || async {
        people.into_iter().find(|user| hub.server(user)["labdeck_state"] == "Off")
    })
    .await;
    assert_eq!(hub.server(off)["labdeck_last_exit"]["kind"], "out_of_memory", "{}", hub.server(off));
    for user in people.into_iter().filter(|user| *user != off) {
        let server = hub.server(user);
        assert_eq!(server["ready"], true, "{user} is another's neighbour, no more: {server}");
        let told = server["labdeck_notices"].to_string();
        assert!(!told.contains("out_of_memory"), "nothing of {user} was ended: {told}");
    }
    let told = hub.control(Method::GET, &format!("/hub/api/labdeck/servers/{off}/~/diagnosis"), &Value::Null);
    assert!(told["steps"].to_string().contains("together"), "{told}");
}
