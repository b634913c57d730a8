//! The proxy's own answers: no route, dead target, refused requests, and their form.

use labdeck_proxy::{ErrorTarget, ProxyBuilder, Target};

use crate::support::{Backend, Proxy, Reply, ok, spec};

fn plain(builder: ProxyBuilder) -> ProxyBuilder {
    builder
}

/// A target where nobody listens: the port was just given back.
async fn dead_target() -> Target {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    Target::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
}

#[tokio::test]
async fn no_route_is_404_and_a_dead_target_503_that_looks_again() {
    let proxy = Proxy::start(plain).await;
    proxy.table.add(spec("/user/ada/"), dead_target().await, serde_json::Value::Null);
    let missing = proxy.get("/", "Accept: text/html\r\n").await;
    assert_eq!(missing.status, 404);
    let dead = proxy.get("/user/ada/lab", "Accept: text/html,*/*\r\n").await;
    assert_eq!(dead.status, 503);
    assert!(dead.text().contains("The server is not answering"), "{}", dead.text());
    assert!(dead.text().contains("http-equiv=\"refresh\" content=\"3\""));
    for page in [&missing, &dead] {
        assert_eq!(page.header("content-type").as_deref(), Some("text/html; charset=utf-8"));
        assert!(page.header("cache-control").unwrap().contains("no-cache"));
        assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
        assert_eq!(page.header("x-content-type-options").as_deref(), Some("nosniff"));
    }
}

#[tokio::test]
async fn clients_that_prefer_json_get_json() {
    let proxy = Proxy::start(plain).await;
    let answer = proxy.get("/", "Accept: application/json\r\n").await;
    let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(json["status"], 404);
    assert_eq!(answer.header("content-type").as_deref(), Some("application/json"));
}

#[tokio::test]
async fn a_page_of_ones_own_replaces_the_built_in_one() {
    let proxy = Proxy::start(|builder| builder.error_page(|page| Some(format!("own {}", page.status.as_u16())))).await;
    assert_eq!(proxy.get("/", "").await.text(), "own 404");
}

#[tokio::test]
async fn a_server_may_have_the_pages_and_learns_nothing_but_the_address() {
    let pages = Backend::start(|_| ok("their page")).await;
    let target = ErrorTarget::new(Target::parse(&format!("http://{}/hub/error", pages.address)).unwrap());
    let proxy = Proxy::start(|builder| builder.error_target(target)).await;
    proxy.table.add(spec("/user/ada/"), dead_target().await, serde_json::Value::Null);
    let missing =
        proxy.get("/a b?c=d&e".replace(' ', "%20").as_str(), "Accept: text/html\r\nCookie: secret=1\r\n").await;
    assert_eq!((missing.status, missing.text().as_str()), (404, "their page"));
    assert_eq!(proxy.get("/user/ada/lab", "").await.status, 503);
    // Programs get JSON, and a request that was refused is nobody's business.
    assert!(proxy.get("/", "Accept: application/json\r\n").await.text().starts_with('{'));
    let asked = pages.requests.lock().clone();
    let lines: Vec<_> = asked.iter().map(|request| request.line.as_str()).collect();
    assert_eq!(
        lines,
        [
            "GET /hub/error/404?url=%2Fa%2520b%3Fc%3Dd%26e HTTP/1.1",
            "GET /hub/error/503?url=%2Fuser%2Fada%2Flab HTTP/1.1"
        ]
    );
    let sent: Vec<_> = asked[0].headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    assert_eq!(sent, ["host", "connection"]);
}

#[tokio::test]
async fn without_their_page_the_built_in_one_is_shown() {
    let target = ErrorTarget::new(dead_target().await);
    let proxy = Proxy::start(|builder| builder.error_target(target)).await;
    let missing = proxy.get("/", "").await;
    assert_eq!(missing.status, 404);
    assert!(missing.text().contains("No server answers at this address"), "{}", missing.text());
}

#[tokio::test]
async fn methods_outside_the_list_reach_no_backend() {
    let backend = Backend::named("hub").await;
    let proxy = Proxy::to(&backend).await;
    for (line, status) in [
        ("TRACE / HTTP/1.1", 405),
        ("CONNECT hub:80 HTTP/1.1", 405),
        ("BREW / HTTP/1.1", 501),
        ("OPTIONS * HTTP/1.1", 405),
        ("get / HTTP/1.1", 501),
    ] {
        assert_eq!(proxy.send(format!("{line}\r\nHost: hub:80\r\n\r\n")).await.status, status, "{line}");
    }
    assert_eq!(backend.count(), 0);
}

#[tokio::test]
async fn a_response_cut_short_ends_the_clients_connection() {
    let backend =
        Backend::start(|_| Reply::SendAndClose(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".to_vec())).await;
    let proxy = Proxy::to(&backend).await;
    let mut client = proxy.connect().await;
    client.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert!(client.response().await.is_none(), "half a response must not look whole");
}

#[tokio::test]
async fn a_target_that_speaks_no_http_is_503() {
    let backend = Backend::start(|_| Reply::SendAndClose(b"SSH-2.0-x\r\n\r\n".to_vec())).await;
    let proxy = Proxy::to(&backend).await;
    assert_eq!(proxy.get("/", "").await.status, 503);
}

#[tokio::test]
async fn health_answers_only_where_it_was_asked_for() {
    let backend = Backend::start(|_| ok("hub")).await;
    let proxy = Proxy::start(|builder| builder.health_path("/_chp_healthz")).await;
    proxy.route("/", &backend);
    assert_eq!(proxy.get("/_chp_healthz", "").await.text(), "{\"status\":\"OK\"}");
    assert_eq!(proxy.get("/_chp_healthz?x", "").await.text(), "hub");
}
