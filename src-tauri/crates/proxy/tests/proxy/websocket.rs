//! Upgrades: what makes a tunnel, what does not, and what flows through it.

use labdeck_proxy::{HostPolicy, Limits};

use crate::support::{Backend, Proxy, Reply, eventually, ok, response, spec};

const HANDSHAKE: &str = "GET /user/ada/api/kernels/1/channels HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\n\
                         Upgrade: websocket\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Version: 13\r\n\r\n";

#[tokio::test]
async fn bytes_echo_through_an_upgraded_connection() {
    let backend = Backend::start(|_| Reply::Echo("hello ")).await;
    let proxy = Proxy::to(&backend).await;
    let mut client = proxy.connect().await;
    client.write(HANDSHAKE).await;
    let head = client.response_head().await;
    assert_eq!(head.status, 101);
    assert_eq!(head.header("upgrade").as_deref(), Some("websocket"));
    assert_eq!(head.header("connection").as_deref(), Some("upgrade"));
    assert_eq!(head.header("x-ws").as_deref(), Some("yes"));
    client.expect("hello ").await;
    for message in ["\0\u{1}binary", &"x".repeat(100_000), "bye"] {
        client.write(message).await;
        client.expect(message).await;
    }
    let sent = backend.only();
    assert_eq!(sent.header("sec-websocket-version").as_deref(), Some("13"));
    assert_eq!(sent.header("x-forwarded-for").as_deref(), Some("127.0.0.1"));
}

#[tokio::test]
async fn bytes_behind_the_handshake_wait_for_the_101() {
    let backend = Backend::start(|_| Reply::Silence).await;
    let proxy = Proxy::to(&backend).await;
    let mut client = proxy.connect().await;
    client.write(format!("{HANDSHAKE}GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n")).await;
    eventually(|| backend.count() == 1).await;
    // A whole exchange later nothing more has come on the first connection.
    let other = Backend::named("other").await;
    proxy.route("/other/", &other);
    assert_eq!(proxy.get("/other/", "").await.text(), "other");
    assert_eq!(backend.count(), 1);
}

#[tokio::test]
async fn early_bytes_go_into_the_tunnel_after_the_101() {
    let backend = Backend::start(|_| Reply::Echo("")).await;
    let proxy = Proxy::to(&backend).await;
    let mut client = proxy.connect().await;
    client.write(format!("{HANDSHAKE}early")).await;
    assert_eq!(client.response_head().await.status, 101);
    client.expect("early").await;
    assert_eq!(&*backend.tunnelled.lock(), b"early");
}

#[tokio::test]
async fn another_answer_than_101_is_an_ordinary_response() {
    for (status, body) in [("403 Forbidden", "no"), ("200 OK", "page")] {
        let reply = response(status, "", body);
        let backend = Backend::start(move |_| Reply::Send(reply.clone())).await;
        let proxy = Proxy::to(&backend).await;
        let mut client = proxy.connect().await;
        client.write(format!("{HANDSHAKE}GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n")).await;
        let answer = client.response().await.unwrap();
        assert!(status.starts_with(&answer.status.to_string()));
        assert_eq!(answer.text(), body);
        assert_eq!(client.rest().await, b"", "the connection ends");
        assert_eq!(backend.count(), 1, "bytes behind the handshake are no request");
    }
}

#[tokio::test]
async fn a_101_that_nobody_asked_for_is_an_error() {
    let head = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n".to_vec();
    let backend = Backend::start(move |_| Reply::SendAndClose(head.clone())).await;
    let proxy = Proxy::to(&backend).await;
    assert_eq!(proxy.send(HANDSHAKE).await.status, 503);
    assert_eq!(proxy.get("/", "").await.status, 503);
}

#[tokio::test]
async fn other_protocols_are_ignored() {
    let backend = Backend::start(|_| ok("plain")).await;
    let proxy = Proxy::to(&backend).await;
    let answer = proxy.get("/", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n").await;
    assert_eq!(answer.text(), "plain");
    assert_eq!((backend.only().header("upgrade"), backend.only().header("http2-settings")), (None, None));
}

#[tokio::test]
async fn an_upgrade_passes_the_same_gate() {
    let backend = Backend::start(|_| Reply::Echo("")).await;
    let hosts = std::sync::Arc::new(arc_swap::ArcSwap::from_pointee(HostPolicy::only(["hub.lan"]).unwrap()));
    let proxy = Proxy::start(|builder| builder.allowed_hosts(hosts)).await;
    proxy.route("/", &backend);
    assert_eq!(proxy.send(HANDSHAKE).await.status, 421);
    assert_eq!(proxy.send(HANDSHAKE.replace("Host: h", "Host: hub.lan").replace("GET", "POST")).await.status, 400);
    assert_eq!(backend.count(), 0);
}

#[tokio::test]
async fn each_end_closes_the_other() {
    let backend = Backend::start(|request| {
        if request.line.contains("/close") {
            Reply::SendAndClose(
                b"HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nlast words".to_vec(),
            )
        } else {
            Reply::Echo("")
        }
    })
    .await;
    let proxy = Proxy::to(&backend).await;
    let mut client = proxy.connect().await;
    client.write(HANDSHAKE.replace("/user/ada", "/close")).await;
    assert_eq!(client.response_head().await.status, 101);
    assert_eq!(client.rest().await, b"last words");
}

#[tokio::test]
async fn data_from_the_client_is_activity() {
    let now = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(1_000));
    let read = std::sync::Arc::clone(&now);
    let clock =
        move || time::OffsetDateTime::from_unix_timestamp(read.load(std::sync::atomic::Ordering::SeqCst)).unwrap();
    let backend = Backend::start(|_| Reply::Echo("")).await;
    let table = labdeck_proxy::RouteTable::with_clock(clock);
    table.add(spec("/"), backend.target(), serde_json::Value::Null);
    let proxy = Proxy::over(table, |builder| builder.limits(Limits::default())).await;
    let mut client = proxy.connect().await;
    client.write(HANDSHAKE).await;
    client.response_head().await;
    now.store(2_000, std::sync::atomic::Ordering::SeqCst);
    client.write("x").await;
    client.expect("x").await;
    assert_eq!(proxy.table.get(&spec("/")).unwrap().last_activity.unix_timestamp(), 2_000);
}

#[tokio::test]
async fn after_a_failed_handshake_nothing_is_read_as_http() {
    let backend = Backend::named("hub").await;
    let proxy = Proxy::start(|builder| builder.health_path("/health")).await;
    proxy.route("/open/", &backend);
    let behind = "POST /open/ HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    for path in ["/nowhere", "/health"] {
        let mut client = proxy.connect().await;
        client.write(format!("{}{behind}", HANDSHAKE.replace("/user/ada/api/kernels/1/channels", path))).await;
        assert_ne!(client.response().await.unwrap().status, 101);
        assert_eq!(client.rest().await, b"", "{path}");
    }
    assert_eq!(backend.count(), 0);
}
