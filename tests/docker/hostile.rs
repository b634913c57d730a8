//! What somebody can do from inside of their own server, where everything in the home is theirs: their Jupyter's
//! configuration, their PATH, their own words to the hub. It stays theirs. And what a container's network reaches.

use std::net::TcpListener;
use std::process::Command;

use http::{Method, StatusCode};
use labdeck_testkit::Engine;
use serde_json::{Value, json};

use crate::lab::{STOP_LIMIT, container, door_of, hub, start, start_for, variable};

/// Opens the own server to everybody, plants cookies for the hub and for bob in each answer, shows that it was read,
/// and puts another program in the place of the server's on the own PATH.
const HOSTILE: &str = r#"
import os, pathlib
home = pathlib.Path('/home/jovyan')
(home / '.jupyter').mkdir(exist_ok=True)
(home / '.jupyter/jupyter_server_config.py').write_text('''
open('/home/jovyan/was-read', 'w').close()
c.ServerApp.allow_unauthenticated_access = True
c.ServerApp.allow_origin = '*'
c.ServerApp.disable_check_xsrf = True
c.ServerApp.tornado_settings = {'headers': {'Set-Cookie': 'jupyterhub-hub-login=evil; Path=/hub/', 'X-Own': 'ada'}}
c.HubOAuth.oauth_client_id = 'jupyterhub-user-bob'
''')
(home / '.local/bin').mkdir(parents=True, exist_ok=True)
for name in ('jupyterhub-singleuser', 'python3', 'jupyter'):
    (home / '.local/bin' / name).write_text('#!/bin/sh\nexec sleep 1000\n')
    os.chmod(home / '.local/bin' / name, 0o755)
for name in ('.profile', '.bashrc', '.bash_profile'):
    (home / name).write_text('export PATH=/home/jovyan/.local/bin:$PATH JUPYTERHUB_USER=bob JUPYTERHUB_SERVICE_PREFIX=/user/bob/\n')
"#;

/// Asks the hub with the server's own token, and prints the status.
const ASK: &str = r"
import json, os, sys, urllib.request as u, urllib.error
method, path, body = sys.argv[1:4]
request = u.Request(os.environ['JUPYTERHUB_API_URL'] + path, data=body.encode() or None, method=method,
    headers={'Authorization': 'token ' + os.environ['JUPYTERHUB_API_TOKEN'], 'Content-Type': 'application/json'})
try: print(u.urlopen(request, timeout=20).status)
except urllib.error.HTTPError as refused: print(refused.code)
";

/// Says whether an address can be reached: `open`, `refused` or `silent`.
const REACH: &str = r"
import socket, sys
try: socket.create_connection((sys.argv[1], int(sys.argv[2])), 4); print('open')
except ConnectionRefusedError: print('refused')
except OSError: print('silent')
";

fn inside(container: &str, program: &str, words: &[&str]) -> String {
    // By its whole path: the own PATH may hold another.
    let python =
        Engine.call(&["exec", container, "sh", "-c", "PATH=/opt/conda/bin:/usr/local/bin:/usr/bin command -v python3"]);
    let mut arguments = vec!["exec", container, python.trim(), "-c", program];
    arguments.extend(words);
    Engine.call(&arguments).trim().to_owned()
}

#[tokio::test]
async fn what_somebody_does_to_their_own_server_stays_theirs() {
    let hub = hub().await;
    let api = hub.add(&["ada", "bob"]).await;
    start_for(&hub, "bob").await;
    start(&hub, &api, "ada").await;
    let bobs = Engine.inspect(&container(&hub, "bob"));
    inside(&container(&hub, "ada"), HOSTILE, &[]);
    api.json(Method::DELETE, "/hub/api/users/ada/server", None).await;
    hub.server_is("ada", "Off", STOP_LIMIT).await;
    let server = start(&hub, &api, "ada").await;
    let own = container(&hub, "ada");
    Engine.call(&["exec", &own, "test", "-e", "/home/jovyan/was-read"]);

    // The hub knows the same of it as before, and what the engine was told is not to be changed from within.
    assert_eq!((&server["url"], &server["ready"]), (&json!("/user/ada/"), &json!(true)), "{server}");
    let found = Engine.inspect(&own);
    assert_eq!(found["Config"]["Labels"]["labdeck.user"], "ada");
    assert_eq!(found["Config"]["Healthcheck"]["Test"], json!(["NONE"]));
    assert_eq!(found["State"]["Health"], Value::Null);
    assert_eq!(variable(&own, "JUPYTERHUB_USER"), "ada");

    // Its token is that of ada's server, whatever it calls itself.
    let now = json!({ "servers": { "": { "last_activity": "2031-01-01T00:00:00Z" } } }).to_string();
    let asked = |method: &str, path: &str, body: &str| inside(&own, ASK, &[method, path, body]);
    assert_eq!(asked("GET", "/user", ""), "200");
    for (method, path, body) in [
        ("POST", "/users/bob/activity", now.as_str()),
        ("GET", "/users/bob", ""),
        ("DELETE", "/users/bob/server", ""),
        ("POST", "/users/ada/servers/more", "{}"),
        ("PATCH", "/users/ada", r#"{"admin": true}"#),
        ("GET", "/users", ""),
    ] {
        let status = asked(method, path, body);
        let is_refused = ["403", "404"].contains(&status.as_str());
        assert!(is_refused || (path == "/users" && status == "200"), "{method} {path}: {status}");
    }

    // Others are where they were: bob's pages are bob's, and no cookie of ada's server reaches anybody's hub.
    let bob = hub.sign_in("bob").await;
    let visited = bob.get_only("/user/ada/api").await;
    let planted: Vec<_> = visited.headers.get_all("set-cookie").iter().collect();
    assert!(!planted.iter().any(|cookie| cookie.to_str().is_ok_and(|text| text.contains("evil"))), "{planted:?}");
    assert_eq!(bob.get_only("/hub/home").await.status, StatusCode::OK, "bob is signed in still");
    let page = bob.get("/user/bob/lab").await;
    assert_eq!((page.status, page.path.as_str()), (StatusCode::OK, "/user/bob/lab"), "{}", page.body);
    assert!(page.headers.get("x-own").is_none(), "bob's pages are not of ada's server");
    let after = Engine.inspect(&container(&hub, "bob"));
    assert_eq!((&after["Id"], &after["State"]["StartedAt"]), (&bobs["Id"], &bobs["State"]["StartedAt"]));
    assert_eq!(hub.server("bob")["ready"], true);

    // And it is still the hub's to stop.
    api.json(Method::DELETE, "/hub/api/users/ada/server", None).await;
    hub.server_is("ada", "Off", STOP_LIMIT).await;
}

/// An address of this computer that no other one has.
struct LinkLocal(String);

impl LinkLocal {
    fn new() -> Self {
        let [.., high, low] = std::process::id().to_be_bytes();
        let address = format!("169.254.{}.{}", high % 200 + 1, low % 200 + 1);
        let done = Command::new("ip").args(["address", "add", &format!("{address}/32"), "dev", "lo"]).status();
        assert!(done.is_ok_and(|status| status.success()), "this test needs root and iproute2, for an address");
        Self(address)
    }
}

impl Drop for LinkLocal {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["address", "del", &format!("{}/32", self.0), "dev", "lo"]).status();
    }
}

/// What `docs/containers.md` says of the network, no more and no less: if one of these changes, so must the page.
#[tokio::test]
async fn what_a_container_reaches_is_what_the_documentation_says() {
    let hub = hub().await;
    let api = hub.add(&["ada"]).await;
    start(&hub, &api, "ada").await;
    let own = container(&hub, "ada");
    let door = door_of(&own);
    let (gateway, door) = door.split_once(':').expect("address and port");
    let reach = |address: &str, port: u16| inside(&own, REACH, &[address, &port.to_string()]);
    let port_of = |listener: &TcpListener| listener.local_addr().expect("an address").port();

    assert_eq!(reach(gateway, door.parse().expect("a port")), "open", "the hub's API for servers");
    let everywhere = TcpListener::bind(("0.0.0.0", 0)).expect("a port");
    assert_eq!(
        reach(gateway, port_of(&everywhere)),
        "open",
        "what this computer offers everywhere, it offers to servers"
    );
    let here = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    assert_ne!(reach(gateway, port_of(&here)), "open", "what listens on loopback is closed to servers");
    // An address as that of a cloud's description of its machines, 169.254.169.254.
    let link_local = LinkLocal::new();
    assert_eq!(reach(&link_local.0, port_of(&everywhere)), "open", "no address is kept from servers");
    // The public port of a hub that is not shared is among what listens on loopback.
    let public: u16 = hub.origin().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    assert_ne!(reach(gateway, public), "open");
}
