//! Which backend answers which path, and how the path arrives there.

use crate::support::{Backend, Proxy, Recorded, ok, spec};

async fn two_routes() -> (Backend, Backend, Proxy) {
    let (hub, ada) = (Backend::named("hub").await, Backend::named("ada").await);
    let proxy = Proxy::to(&hub).await;
    proxy.route("/user/ada/", &ada);
    (hub, ada, proxy)
}

#[tokio::test]
async fn the_longest_prefix_of_whole_segments_answers() {
    let (_hub, _ada, proxy) = two_routes().await;
    for (path, name) in [
        ("/", "hub"),
        ("/user/adax", "hub"),
        ("/user/ada", "ada"),
        ("/user/ada/lab?x=/user/bob", "ada"),
        ("/user/%61da/", "ada"),
    ] {
        assert_eq!(proxy.get(path, "").await.text(), name, "{path}");
    }
}

#[tokio::test]
async fn the_path_arrives_as_it_was_spelled_with_its_prefix() {
    let (_hub, ada, proxy) = two_routes().await;
    let path = "/user/%61da/api/contents/a%2Fb%20c;d//e?q=%zz&x=[1]";
    assert_eq!(proxy.get(path, "").await.status, 200);
    assert_eq!(ada.only().line, format!("GET {path} HTTP/1.1"));
}

#[tokio::test]
async fn the_targets_path_is_put_in_front() {
    let backend = Backend::named("x").await;
    let proxy = Proxy::start(|builder| builder).await;
    let target = labdeck_proxy::Target::parse(&format!("http://{}/base/", backend.address)).unwrap();
    proxy.table.add(spec("/"), target, serde_json::Value::Null);
    proxy.get("/a?q", "").await;
    assert_eq!(backend.only().line, "GET /base/a?q HTTP/1.1");
}

#[tokio::test]
async fn ambiguous_paths_reach_no_backend() {
    let (hub, ada, proxy) = two_routes().await;
    for path in [
        "//user/ada/",
        "/user//ada/",
        "/user/./ada/",
        "/x/../user/ada/",
        "/user/%2e%2e/ada",
        "/user%2fada/",
        "/user/ada%2f..%2fbob",
        "/user/ada%5cx",
        "/user\\ada/",
        "/user/ada/%zz",
        "/user/ada/%00",
        "/user/ada/api/%2e%2e%2fx",
    ] {
        assert_eq!(proxy.get(path, "").await.status, 400, "{path}");
    }
    assert_eq!(proxy.send(b"GET /user/\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n").await.status, 400);
    assert_eq!((hub.count(), ada.count()), (0, 0));
}

#[tokio::test]
async fn a_route_that_names_the_host_wins() {
    let (hub, ada) = (Backend::named("hub").await, Backend::named("ada").await);
    let proxy = Proxy::to(&hub).await;
    proxy.route("Ada.hub.test/", &ada);
    let ask = async |host: &str| proxy.send(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).await.text();
    assert_eq!(ask("hub.test").await, "hub");
    assert_eq!(ask("ADA.hub.test:8000").await, "ada");
}

#[tokio::test]
async fn a_removed_route_falls_back_at_once() {
    let (_hub, _ada, proxy) = two_routes().await;
    let mut client = proxy.connect().await;
    for name in ["ada", "hub"] {
        client.write("GET /user/ada/ HTTP/1.1\r\nHost: h\r\n\r\n").await;
        assert_eq!(client.response().await.unwrap().text(), name);
        proxy.table.remove(&spec("/user/ada/"));
    }
}

#[tokio::test]
async fn bodies_arrive_whole_in_both_directions() {
    let echo = |request: &Recorded| ok(&String::from_utf8_lossy(&request.body));
    let backend = Backend::start(echo).await;
    let proxy = Proxy::to(&backend).await;
    let large = "x".repeat(300_000);
    let with_length = format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{large}", large.len());
    assert!(proxy.send(with_length).await.text() == large);
    let chunked = format!("{:x}\r\n{large}\r\n3\r\nend\r\n0\r\n\r\n", large.len());
    for method in ["POST", "GET"] {
        let request = format!("{method} / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{chunked}");
        assert!(proxy.send(request).await.text() == format!("{large}end"), "{method}");
    }
}

#[tokio::test]
async fn a_client_that_waits_for_100_gets_it() {
    let backend = Backend::start(|request| ok(&String::from_utf8_lossy(&request.body))).await;
    let proxy = Proxy::to(&backend).await;
    let mut client = proxy.connect().await;
    client.write("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n").await;
    assert_eq!(client.response().await.unwrap().status, 100);
    client.write("hi").await;
    assert_eq!(client.response().await.unwrap().text(), "hi");
    assert_eq!(backend.only().header("expect"), None);
}

#[tokio::test]
async fn success_is_activity_and_failure_is_none() {
    let backend = Backend::start(|request| {
        if request.line.contains("/bad") {
            crate::support::Reply::Send(crate::support::response("404 No", "", ""))
        } else {
            ok("")
        }
    })
    .await;
    let proxy = Proxy::to(&backend).await;
    let activity = || proxy.table.get(&spec("/")).unwrap().last_activity;
    let added = activity();
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    proxy.get("/bad", "").await;
    assert_eq!(activity(), added);
    proxy.get("/good", "").await;
    assert!(activity() > added);
}

#[tokio::test]
async fn an_old_client_gets_a_stream_that_ends_with_its_connection() {
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n".to_vec();
    let backend = Backend::start(move |_| crate::support::Reply::Send(chunked.clone())).await;
    let proxy = Proxy::to(&backend).await;
    let mut client = proxy.connect().await;
    client.write("GET / HTTP/1.0\r\nHost: h\r\n\r\n").await;
    assert_eq!(client.response_head().await.header("transfer-encoding"), None);
    assert_eq!(client.rest().await, b"hi");
}
