//! The listener for containers, on their bridge's gateway: it lets in who is on that bridge, and nobody who merely
//! has a way there; and behind it is the API alone.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

use http::StatusCode;
use labdeck_testkit::Engine;

use crate::lab::{container, door_of, hub, start};

/// A neighbour on the network: a network namespace with a cable to this machine.
struct Neighbour {
    name: String,
    cable: String,
    /// This machine's end.
    address: Ipv4Addr,
}

#[tokio::test]
async fn a_neighbour_with_a_route_to_the_gateway_is_not_let_in() {
    let hub = hub().await;
    let api = hub.add(&["ada"]).await;
    start(&hub, &api, "ada").await;
    let container = container(&hub, "ada");
    let door = door_of(&container);
    let (gateway, port) = door.split_once(':').expect("address and port");

    // From the bridge it is open.
    let from_inside = Engine.call(&["exec", &container, "python3", "-c", &fetch(gateway, port)]);
    assert!(from_inside.starts_with("HTTP/1.1 200"), "{from_inside}");

    // The neighbour's way to the gateway is good: whoever listens there without asking is reached.
    let neighbour = Neighbour::new(gateway);
    let careless = TcpListener::bind((gateway, 0)).expect("the gateway's address");
    let other = careless.local_addr().expect("its address").port().to_string();
    let reached = neighbour.runs(&[
        "python3",
        "-c",
        &format!("import socket; socket.create_connection(('{gateway}', {other}), 5)"),
    ]);
    assert!(reached.is_ok(), "the neighbour has no way to the gateway, so this test shows nothing: {reached:?}");

    let refused = neighbour.runs(&["python3", "-c", &fetch(gateway, port)]);
    let said = refused.expect("a connection at most");
    assert!(!said.contains("HTTP"), "the neighbour was answered: {said}");
}

#[tokio::test]
async fn behind_the_containers_door_is_the_api_alone_and_no_cookie_counts() {
    let hub = hub().await;
    let api = hub.add(&["ada"]).await;
    start(&hub, &api, "ada").await;
    let container = container(&hub, "ada");
    let door = door_of(&container);
    let ada = hub.sign_in("ada").await;
    assert_eq!(ada.get_only("/hub/home").await.status, StatusCode::OK);
    let ask = |path: &str, header: &str| {
        let program = ASK.replace("DOOR", &door).replace("PATH", path).replace("HEADER", header);
        Engine.call(&["exec", &container, "python3", "-c", &program])
    };

    for page in ["/hub/login", "/hub/home", "/hub/claim", "/hub/ticket?code=x", "/hub/static/pages.css", "/"] {
        assert_eq!(ask(page, ""), "404 no cookie", "{page}");
    }
    let cookies = ada.cookies_for("/hub/api/user");
    assert!(cookies.contains("jupyterhub-hub-login="), "{cookies}");
    assert_eq!(ask("/hub/api/user", &format!("Cookie: {cookies}")), "403 no cookie");
    let token = crate::lab::variable(&container, "JUPYTERHUB_API_TOKEN");
    assert_eq!(ask("/hub/api/user", &format!("Authorization: token {token}")), "200 no cookie");
    // What the lead may do through the control socket is not to be had here without the lead's token.
    assert_eq!(ask("/hub/api/labdeck/overview", &format!("Authorization: token {token}")), "403 no cookie");
}

/// Asks at the door from within a container, and says with what status it answered and whether it planted a cookie.
const ASK: &str = "import http.client
name, _, value = 'HEADER'.partition(': ')
line = http.client.HTTPConnection('DOOR', timeout=10)
line.request('GET', 'PATH', headers={name: value} if name else {})
answer = line.getresponse()
print(answer.status, 'a cookie' if answer.getheader('Set-Cookie') else 'no cookie')";

/// A program that asks the hub's API without any library, and prints what came.
fn fetch(address: &str, port: &str) -> String {
    format!(
        "import socket
try:
    s = socket.create_connection(('{address}', {port}), 5)
    s.settimeout(5)
    s.sendall(b'GET /hub/api HTTP/1.1\\r\\nHost: hub\\r\\nConnection: close\\r\\n\\r\\n')
    print(s.recv(4096).decode())
except OSError as error:
    print('closed:', error)"
    )
}

// === impl Neighbour ===

impl Neighbour {
    fn new(gateway: &str) -> Self {
        let id = std::process::id() % 100_000;
        // Addresses for documentation, which no engine hands out.
        let number = u8::try_from(id % 250).expect("it fits");
        let address = Ipv4Addr::new(198, 51, 100, number & !3 | 1);
        let theirs = Ipv4Addr::new(198, 51, 100, number & !3 | 2);
        let neighbour = Self { name: format!("labdeck{id}"), cable: format!("ldk{id}"), address };
        let (name, cable, other) = (neighbour.name.as_str(), neighbour.cable.as_str(), format!("ldn{id}"));
        ip(&["netns", "add", name]);
        ip(&["link", "add", cable, "type", "veth", "peer", "name", &other, "netns", name]);
        ip(&["addr", "add", &format!("{address}/30"), "dev", cable]);
        ip(&["link", "set", cable, "up"]);
        ip(&["-n", name, "addr", "add", &format!("{theirs}/30"), "dev", &other]);
        ip(&["-n", name, "link", "set", &other, "up"]);
        ip(&["-n", name, "route", "add", gateway, "via", &neighbour.address.to_string()]);
        neighbour
    }

    /// Runs a program over there: what it printed, or what went wrong.
    fn runs(&self, command: &[&str]) -> Result<String, String> {
        let done = Command::new("ip").args(["netns", "exec", &self.name]).args(command).output().expect("ip runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if done.status.success() { Ok(text(&done.stdout)) } else { Err(text(&done.stderr)) }
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        for arguments in [["link", "del", self.cable.as_str()], ["netns", "del", self.name.as_str()]] {
            let _ = Command::new("ip").args(arguments).output();
        }
    }
}

fn ip(arguments: &[&str]) {
    let done = Command::new("ip").args(arguments).output().expect("this test needs iproute2 (the command ip)");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "this test needs root, to make a network namespace; ip {arguments:?}: {said}");
}
