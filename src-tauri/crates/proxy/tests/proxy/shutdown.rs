//! The drain: what is under way may finish, upgrades end, and nothing outlives the deadline.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::support::{Backend, Proxy, Reply, eventually};

/// A backend whose answer waits for a word.
async fn held() -> (Arc<Notify>, labdeck_proxy::Target, tokio::task::JoinSet<()>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = labdeck_proxy::Target::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let go = Arc::new(Notify::new());
    let gone = Arc::clone(&go);
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.read(&mut [0; 4096]).await.unwrap();
        gone.notified().await;
        socket.write_all(&crate::support::response("200 OK", "", "done")).await.unwrap();
        std::future::pending::<()>().await;
    });
    (go, target, tasks)
}

#[tokio::test]
async fn a_request_under_way_finishes_and_new_ones_are_not_taken() {
    let (go, target, _tasks) = held().await;
    let mut proxy = Proxy::start(|builder| builder).await;
    proxy.table.add(crate::support::spec("/"), target, serde_json::Value::Null);
    let mut client = proxy.connect().await;
    client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
    // Wait until the request is under way by asking for something else through the same proxy.
    let other = Backend::named("other").await;
    proxy.route("/other/", &other);
    assert_eq!(proxy.get("/other/", "").await.status, 200);
    proxy.stop();
    let address = proxy.address;
    crate::support::soon(async {
        while tokio::net::TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    go.notify_one();
    assert_eq!(client.response().await.unwrap().text(), "done");
    assert_eq!(client.rest().await, b"");
    proxy.stopped().await;
}

#[tokio::test]
async fn idle_connections_do_not_hold_the_end_up() {
    let backend = Backend::named("x").await;
    let mut proxy = Proxy::limited(&backend, |limits| limits.drain_timeout = Duration::from_secs(60)).await;
    let mut client = proxy.connect().await;
    client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(client.response().await.unwrap().status, 200);
    proxy.stop();
    proxy.stopped().await;
    assert_eq!(client.rest().await, b"");
}

#[tokio::test]
async fn upgrades_end_with_the_drain() {
    let backend = Backend::start(|_| Reply::Echo("")).await;
    let mut proxy = Proxy::to(&backend).await;
    let mut client = proxy.connect().await;
    client.write("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nhi").await;
    assert_eq!(client.response_head().await.status, 101);
    client.expect("hi").await;
    proxy.stop();
    proxy.stopped().await;
    assert_eq!(client.rest().await, b"");
}

#[tokio::test]
async fn the_deadline_cuts_what_does_not_end() {
    let backend = Backend::start(|_| Reply::Silence).await;
    let mut proxy = Proxy::limited(&backend, |limits| limits.drain_timeout = Duration::from_millis(50)).await;
    let mut client = proxy.connect().await;
    client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
    eventually(|| backend.count() == 1).await;
    proxy.stop();
    proxy.stopped().await;
    assert_eq!(client.rest().await, b"");
}
