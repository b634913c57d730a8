//! Many clients that take and do not give: slow ones, silent ones, ones that never hang up. Each is bounded, and
//! meanwhile everybody else is served.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use http::Method;
use labdeck_testkit::Browser;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::restart::{boss, fixed};
use crate::support::{Daemon, SHORT, TestHub, folder, simple};

/// What one address may have open at the public port (`docs/configuration.md`: limits of the proxy).
const CONNECTIONS_A_PEER: usize = 256;
/// What one caller may have open (`hub/src/events/streams.rs`).
const STREAMS_A_CALLER: usize = 32;
/// In which a body must be whole (`hub/src/front/gate.rs`).
const BODY_LIMIT: Duration = Duration::from_secs(15);
/// What somebody else may notice of a crowd, on a machine that also compiles.
const UNFELT: Duration = Duration::from_secs(3);

/// A connection from an address of loopback, which is a peer of its own.
async fn connect_from(peer: [u8; 4], to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((peer, 0))).unwrap();
    socket.connect(to).await.unwrap()
}

fn address(hub: &Daemon) -> SocketAddr {
    hub.origin.trim_start_matches("http://").parse().unwrap()
}

/// Asks for the API's version on a fresh connection: the status line, or nothing when the connection was closed.
async fn asks(peer: [u8; 4], to: SocketAddr) -> String {
    let mut stream = connect_from(peer, to).await;
    let asked = format!("GET /hub/api HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n\r\n");
    // A closed connection is an answer too.
    let _ = stream.write_all(asked.as_bytes()).await;
    answer(&mut stream).await
}

/// The first line of what comes until the end.
async fn answer(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let read = tokio::time::timeout(SHORT * 2, stream.read_to_end(&mut text)).await;
    drop(read.expect("the connection is closed in time"));
    String::from_utf8_lossy(&text).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn one_address_cannot_have_all_connections() {
    let dir = folder(&fixed(&simple()));
    let hub = Daemon::start(&dir.path().join("data")).await;
    let to = address(&hub);
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS_A_PEER {
        let mut stream = connect_from([127, 0, 0, 2], to).await;
        // Silent ones would be closed after ten seconds; one that was answered may wait for the next request.
        stream.write_all(format!("GET /hub/api HTTP/1.1\r\nHost: {to}\r\n\r\n").as_bytes()).await.unwrap();
        held.push(stream);
    }
    for stream in &mut held {
        let mut start = [0; 12];
        tokio::time::timeout(SHORT, stream.read_exact(&mut start)).await.unwrap().unwrap();
        assert_eq!(&start, b"HTTP/1.1 200");
    }
    assert_eq!(asks([127, 0, 0, 2], to).await, "", "one too many");
    let since = Instant::now();
    assert_eq!(asks([127, 0, 0, 3], to).await, "HTTP/1.1 200 OK", "another address");
    assert!(since.elapsed() < UNFELT, "{:?}", since.elapsed());
    held.clear();
    labdeck_testkit::eventually("the places are free again", SHORT, || async {
        (asks([127, 0, 0, 2], to).await == "HTTP/1.1 200 OK").then_some(())
    })
    .await;
}

#[tokio::test]
async fn bodies_that_trickle_are_given_up_and_hold_nobody_meanwhile() {
    let dir = folder(&fixed(&simple()));
    let data = dir.path().join("data");
    let hub = Daemon::start(&data).await;
    let to = address(&hub);
    let admin = boss(&data, &hub).await;
    let mut slow = Vec::new();
    let since = Instant::now();
    for _ in 0..CONNECTIONS_A_PEER {
        let mut stream = connect_from([127, 0, 0, 2], to).await;
        let head = format!(
            "POST /hub/login HTTP/1.1\r\nHost: {to}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: 60\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    let mut said = vec![String::new(); slow.len()];
    while said.iter().any(String::is_empty) {
        assert!(since.elapsed() < BODY_LIMIT * 2, "{said:?}");
        for (stream, said) in slow.iter().zip(&mut said).filter(|(_, said)| said.is_empty()) {
            // A byte now and then, so that the connection is never idle.
            let _ = stream.try_write(b"x");
            let mut text = [0; 64];
            if let Ok(count) = stream.try_read(&mut text) {
                *said = format!("after {:?}: {}", since.elapsed(), String::from_utf8_lossy(&text[..count]));
                assert!(since.elapsed() >= BODY_LIMIT, "{said}");
            }
        }
        let asked = Instant::now();
        assert_eq!(admin.json(Method::GET, "/hub/api/users", None).await.status, 200);
        assert!(asked.elapsed() < UNFELT, "others wait: {:?}", asked.elapsed());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(said.iter().all(|said| said.contains("HTTP/1.1 408")), "{said:?}");
}

#[tokio::test]
async fn one_caller_cannot_have_all_event_streams() {
    const EVENTS: &str = "/hub/api/labdeck/events";
    let hub = TestHub::start(&simple()).await;
    let (ada, bob) = (hub.program("ada", &[]).await, hub.program("bob", &[]).await);
    let open = |caller: Browser| async move { caller.events(EVENTS, &[]).await };
    let mut streams = Vec::new();
    for _ in 0..STREAMS_A_CALLER {
        let stream = open(ada.clone()).await;
        assert_eq!(stream.status, 200);
        streams.push(stream);
    }
    let one_more = ada.json(Method::GET, EVENTS, None).await;
    assert_eq!(one_more.status, 429, "{}", one_more.body);
    assert!(one_more.header("retry-after").is_some());
    assert_eq!(open(bob).await.status, 200, "another caller");
    streams.pop();
    labdeck_testkit::eventually("the place is free again", SHORT, || async {
        (open(ada.clone()).await.status == 200).then_some(())
    })
    .await;
}
