//! Which hosts and peers are served, and that both lists can be swapped while the proxy runs.

use std::sync::Arc;

use arc_swap::ArcSwap;
use labdeck_proxy::{HostPolicy, PeerPolicy};

use crate::support::{Backend, Proxy};

#[tokio::test]
async fn only_listed_hosts_are_served_and_the_list_can_change() {
    let backend = Backend::named("hub").await;
    let hosts = Arc::new(ArcSwap::from_pointee(HostPolicy::only(["hub.lan:8000", "127.0.0.1"]).unwrap()));
    let given = Arc::clone(&hosts);
    let proxy = Proxy::start(|builder| builder.allowed_hosts(given)).await;
    proxy.route("/", &backend);
    let ask = async |head: &str| proxy.send(format!("GET / HTTP/1.1\r\n{head}\r\n")).await.status;
    for (head, status) in [
        ("Host: HUB.lan:8000\r\n", 200),
        ("Host: 127.0.0.1:5555\r\n", 200),
        ("Host: rebound.example\r\n", 421),
        ("Host: hub.lan:8001\r\n", 421),
        ("Host: hub.lan:8000.\r\n", 400),
        ("Host: hub.lan.:8000\r\n", 400),
        ("Host: user@hub.lan:8000\r\n", 400),
        ("Host: hub.lan:8000\r\nHost: hub.lan:8000\r\n", 400),
        ("", 400),
    ] {
        assert_eq!(ask(head).await, status, "{head:?}");
    }
    assert_eq!(proxy.send("GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await.status, 400);
    assert_eq!(proxy.send("GET http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").await.status, 200);
    assert_eq!(backend.count(), 3);
    hosts.store(Arc::new(HostPolicy::only(["rebound.example"]).unwrap()));
    assert_eq!(ask("Host: rebound.example\r\n").await, 200);
}

#[tokio::test]
async fn a_refused_peer_gets_a_plain_close() {
    let backend = Backend::named("hub").await;
    let peers = Arc::new(ArcSwap::from_pointee(PeerPolicy::Cidrs(vec!["192.0.2.0/24".parse().unwrap()])));
    let given = Arc::clone(&peers);
    let proxy = Proxy::start(|builder| builder.peer_policy(given)).await;
    proxy.route("/", &backend);
    assert_eq!(proxy.connect().await.rest().await, b"");
    peers.store(Arc::new(PeerPolicy::LoopbackOnly));
    let mut client = proxy.connect().await;
    for status in [200, 403] {
        client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert_eq!(client.response().await.unwrap().status, status, "a kept connection obeys the new policy");
        peers.store(Arc::new(PeerPolicy::Cidrs(Vec::new())));
    }
    assert_eq!(client.rest().await, b"");
}
