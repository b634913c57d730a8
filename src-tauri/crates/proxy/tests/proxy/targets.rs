//! Connections to targets: reuse, the one retry over a stale one, and what is never sent twice.

use std::sync::atomic::{AtomicUsize, Ordering};

use labdeck_proxy::Target;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::support::{Backend, Proxy, Recorded, Reply, ok, response, spec};

/// Answers the first request of each connection and hangs up on the second without a word.
fn stale(request_no: &AtomicUsize) -> Reply {
    match request_no.fetch_add(1, Ordering::SeqCst) {
        1 => Reply::SendAndClose(Vec::new()),
        _ => ok("fresh"),
    }
}

async fn stale_backend() -> (Backend, Proxy) {
    let seen = AtomicUsize::new(0);
    let backend = Backend::start(move |_: &Recorded| stale(&seen)).await;
    let proxy = Proxy::to(&backend).await;
    assert_eq!(proxy.get("/", "").await.status, 200);
    (backend, proxy)
}

fn connections(backend: &Backend) -> Vec<usize> {
    backend.requests.lock().iter().map(|request| request.connection).collect()
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let backend = Backend::named("x").await;
    let proxy = Proxy::to(&backend).await;
    let mut client = proxy.connect().await;
    for _ in 0..5 {
        client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert_eq!(client.response().await.unwrap().status, 200);
    }
    let used = connections(&backend);
    assert!(used.iter().max().unwrap() < &2, "a connection for nearly every request: {used:?}");
}

#[tokio::test]
async fn an_idempotent_request_survives_a_stale_connection() {
    let (backend, proxy) = stale_backend().await;
    assert_eq!(proxy.get("/", "").await.text(), "fresh");
    assert_eq!(connections(&backend), [0, 0, 1]);
}

#[tokio::test]
async fn a_request_that_changes_something_is_not_repeated() {
    let (backend, proxy) = stale_backend().await;
    assert_eq!(proxy.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n").await.status, 503);
    assert_eq!(backend.count(), 2);
}

#[tokio::test]
async fn a_body_is_never_sent_twice() {
    let (backend, proxy) = stale_backend().await;
    assert_eq!(proxy.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi").await.status, 503);
    assert_eq!(backend.count(), 2);
}

#[tokio::test]
async fn a_failure_on_a_new_connection_is_final() {
    let backend = Backend::start(|_| Reply::SendAndClose(Vec::new())).await;
    let proxy = Proxy::to(&backend).await;
    assert_eq!(proxy.get("/", "").await.status, 503);
    assert_eq!(backend.count(), 1);
}

#[tokio::test]
async fn a_target_that_asks_for_close_is_not_used_again() {
    let backend = Backend::start(|_| Reply::Send(response("200 OK", "Connection: close\r\n", "x"))).await;
    let proxy = Proxy::to(&backend).await;
    for _ in 0..2 {
        assert_eq!(proxy.get("/", "").await.status, 200);
    }
    assert_eq!(connections(&backend), [0, 1]);
}

/// Answers each read at once: 413 to what begins with POST, although its body is still to come.
async fn hasty_backend() -> (Target, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            connections.spawn(async move {
                let mut head = vec![0; 4096];
                while let Ok(read @ 1..) = socket.read(&mut head).await {
                    let early = head[..read].starts_with(b"POST");
                    let reply = if early { response("413 No", "", "early") } else { response("200 OK", "", "own") };
                    socket.write_all(&reply).await.unwrap();
                }
            });
        }
    });
    (target, tasks)
}

#[tokio::test]
async fn an_early_answer_leaves_the_next_client_its_own() {
    let (target, _tasks) = hasty_backend().await;
    let proxy = Proxy::start(|builder| builder).await;
    proxy.table.add(spec("/"), target, serde_json::Value::Null);
    let mut first = proxy.connect().await;
    first.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nstart").await;
    assert_eq!(first.response().await.unwrap().text(), "early");
    for _ in 0..3 {
        assert_eq!(proxy.get("/", "").await.text(), "own");
    }
    assert_eq!(first.rest().await, b"", "the first client's connection ends: its body was never read");
}
