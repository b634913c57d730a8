//! Time-outs and caps, each with small values.

use std::time::Duration;

use crate::support::{Backend, Proxy, Reply, eventually, ok};

const SHORT: Duration = Duration::from_millis(60);

#[tokio::test]
async fn a_silent_or_slow_head_closes_the_connection() {
    let backend = Backend::named("x").await;
    let proxy = Proxy::limited(&backend, |limits| limits.header_timeout = SHORT).await;
    for start in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: h\r\n"] {
        let mut client = proxy.connect().await;
        client.write(start).await;
        let rest = client.rest().await;
        assert!(!rest.starts_with(b"HTTP/1.1 200"), "{start:?}");
    }
    assert_eq!(backend.count(), 0);
}

#[tokio::test]
async fn a_trickle_does_not_move_the_deadline_of_a_head() {
    let backend = Backend::named("x").await;
    let proxy = Proxy::limited(&backend, |limits| limits.header_timeout = SHORT).await;
    let mut client = proxy.connect().await;
    client.write("GET / HTTP/1.1\r\n").await;
    let mut ended = false;
    // Twenty pieces at half the time-out each; a deadline that moves would let all of them through.
    for _ in 0..20 {
        let wait = tokio::time::timeout(SHORT / 2, client.rest());
        if wait.await.is_ok() {
            ended = true;
            break;
        }
        client.write("X-Slow: 1\r\n").await;
    }
    assert!(ended, "the connection outlived its head's deadline");
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_a_waiting_one_is_not() {
    let backend = Backend::start(|request| if request.line.contains("/slow") { Reply::Silence } else { ok("x") }).await;
    let proxy = Proxy::limited(&backend, |limits| limits.idle_timeout = SHORT).await;
    let mut idle = proxy.connect().await;
    idle.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(idle.response().await.unwrap().status, 200);
    let mut waiting = proxy.connect().await;
    waiting.write("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(idle.rest().await, b"");
    let still_open = tokio::time::timeout(SHORT * 3, waiting.rest()).await.is_err();
    assert!(still_open, "a request that waits for its answer must not be cut");
}

#[tokio::test]
async fn a_stalled_body_is_answered_and_closed() {
    let backend = Backend::named("x").await;
    let proxy = Proxy::limited(&backend, |limits| limits.body_timeout = SHORT).await;
    let mut client = proxy.connect().await;
    client.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf").await;
    assert_eq!(client.response().await.unwrap().status, 408);
    assert_eq!(client.rest().await, b"");
    assert_eq!(backend.count(), 0, "half a request is none");
}

#[tokio::test]
async fn heads_and_targets_have_a_size() {
    let backend = Backend::named("x").await;
    let proxy = Proxy::to(&backend).await;
    let long = "a".repeat(9_000);
    assert_eq!(proxy.get(&format!("/{long}"), "").await.status, 414);
    assert_eq!(proxy.get("/", &format!("X: {long}\r\nY: {long}\r\n")).await.status, 431);
    assert_eq!(proxy.get("/", &"X: 1\r\n".repeat(101)).await.status, 431);
    assert_eq!(proxy.get(&format!("/{}", "a".repeat(70_000)), "").await.status, 431);
    assert_eq!(backend.count(), 0);
    assert_eq!(
        proxy.get(&format!("/{}", "a".repeat(8_000)), &format!("X: {}\r\n", "a".repeat(7_000))).await.status,
        200
    );
}

#[tokio::test]
async fn a_peer_has_so_many_connections_and_gets_them_back() {
    let backend = Backend::named("x").await;
    let proxy = Proxy::limited(&backend, |limits| limits.max_connections_per_peer = 2).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut client = proxy.connect().await;
        client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert_eq!(client.response().await.unwrap().status, 200);
        held.push(client);
    }
    assert_eq!(proxy.connect().await.rest().await, b"", "one too many");
    held.clear();
    let served = async {
        loop {
            let mut client = proxy.connect().await;
            client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
            if client.response().await.is_some() {
                break;
            }
        }
    };
    crate::support::soon(served).await;
}

#[tokio::test]
async fn server_sent_events_arrive_one_by_one_and_may_pause() {
    let head =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ndata: 1\r\n"
            .to_vec();
    let backend = Backend::start(move |_| Reply::Send(head.clone())).await;
    let proxy = Proxy::limited(&backend, |limits| {
        limits.idle_timeout = SHORT;
        limits.header_timeout = SHORT;
        limits.body_timeout = SHORT;
    })
    .await;
    let mut client = proxy.connect().await;
    client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(client.response_head().await.status, 200);
    client.expect("7\r\ndata: 1\r\n").await;
    assert!(tokio::time::timeout(SHORT * 4, client.rest()).await.is_err(), "a silent stream was cut");
    eventually(|| backend.count() == 1).await;
}
