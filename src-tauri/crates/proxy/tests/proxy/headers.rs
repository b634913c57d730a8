//! What headers look like on the other side: hop-by-hop, who asks, secrets of the default route, private cookies.

use http::{HeaderName, HeaderValue};
use labdeck_proxy::ProxyBuilder;

use crate::support::{Backend, Proxy, Reply, response};

fn embedded(builder: ProxyBuilder) -> ProxyBuilder {
    builder
        .default_route_header(HeaderName::from_static("x-labdeck-proxy"), HeaderValue::from_static("secret"))
        .private_cookies(["hub-login"])
        .private_paths(["/hub"])
}

async fn two_routes(headers: &'static str) -> (Backend, Backend, Proxy) {
    let reply = move |_: &crate::support::Recorded| Reply::Send(response("200 OK", headers, ""));
    let (hub, ada) = (Backend::start(reply).await, Backend::start(reply).await);
    let proxy = Proxy::start(embedded).await;
    proxy.route("/", &hub);
    proxy.route("/user/ada/", &ada);
    (hub, ada, proxy)
}

#[tokio::test]
async fn hop_by_hop_fields_end_at_the_proxy_both_ways() {
    let lines =
        "Connection: x-gone\r\nX-Gone: 1\r\nKeep-Alive: timeout=5\r\nTrailer: x\r\nUpgrade: h2c\r\nX-Kept: 1\r\n";
    let (hub, _ada, proxy) = two_routes(lines).await;
    let got = proxy
        .get("/", "Connection: X-Gone, host, close\r\nX-Gone: 1\r\nTE: trailers\r\nKeep-Alive: 1\r\nX-Kept: 1\r\n")
        .await;
    let sent = hub.only();
    for name in ["x-gone", "te", "keep-alive", "upgrade", "trailer", "transfer-encoding"] {
        assert_eq!(sent.header(name), None, "{name} was forwarded");
        assert_eq!(got.header(name), None, "{name} came back");
    }
    assert_eq!(sent.header("connection"), None);
    assert_eq!(sent.header("host"), Some(proxy.address.to_string()));
    assert_eq!((sent.header("x-kept"), got.header("x-kept")), (Some("1".to_owned()), Some("1".to_owned())));
}

#[tokio::test]
async fn the_proxy_alone_says_who_asks() {
    let (hub, _ada, proxy) = two_routes("").await;
    proxy
        .get("/", "X-Forwarded-For: 6.6.6.6\r\nX_Forwarded_For: 6.6.6.6\r\nX-Forwarded-Prefix: /\r\nForwarded: for=6\r\nX-Real-IP: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n")
        .await;
    let sent = hub.only();
    assert!(!format!("{sent:?}").contains("6.6.6.6"));
    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1".to_owned()),
        ("x-forwarded-proto", "http".to_owned()),
        ("x-forwarded-host", proxy.address.to_string()),
        ("x-forwarded-port", proxy.address.port().to_string()),
    ] {
        assert_eq!(sent.header(name), Some(value), "{name}");
    }
    for name in ["x-forwarded-prefix", "forwarded", "x-real-ip", "x_forwarded_for"] {
        assert_eq!(sent.header(name), None, "{name}");
    }
}

#[tokio::test]
async fn the_default_routes_secret_goes_nowhere_else() {
    let (hub, ada, proxy) = two_routes("").await;
    for path in ["/", "/user/ada/"] {
        proxy.get(path, "X-Labdeck-Proxy: forged\r\nX_Labdeck_Proxy: forged\r\n").await;
    }
    assert_eq!(hub.only().header("x-labdeck-proxy").as_deref(), Some("secret"));
    assert_eq!(ada.only().header("x-labdeck-proxy"), None);
    assert!(!format!("{:?}{:?}", hub.only(), ada.only()).contains("forged"));
}

#[tokio::test]
async fn private_cookies_reach_the_default_route_only() {
    let (hub, ada, proxy) = two_routes("").await;
    for path in ["/", "/user/ada/"] {
        proxy.get(path, "Cookie: a=1; hub-login=s\r\nCookie: hub-login=t\r\nCookie: jupyterhub-session-id=u\r\n").await;
    }
    assert!(hub.only().header("cookie").unwrap().contains("hub-login=s"));
    assert_eq!(ada.only().header("cookie").as_deref(), Some("a=1|jupyterhub-session-id=u"));
}

#[tokio::test]
async fn other_routes_cannot_plant_private_cookies() {
    let lines = "Set-Cookie: ok=1; Path=/user/ada/\r\nSet-Cookie: hub-login=x\r\nSet-Cookie: =hub-login=x\r\nSet-Cookie: a=1; Path=/hub/\r\n";
    let (_hub, _ada, proxy) = two_routes(lines).await;
    assert_eq!(proxy.get("/user/ada/", "").await.header("set-cookie").as_deref(), Some("ok=1; Path=/user/ada/"));
    assert_eq!(
        proxy.get("/", "").await.header("set-cookie").unwrap().matches('|').count(),
        3,
        "the hub may set all four"
    );
}

#[tokio::test]
async fn head_and_not_modified_keep_their_length_without_body() {
    let backend = Backend::start(|request| {
        let status = if request.line.starts_with("HEAD") { "200 OK" } else { "304 Not Modified" };
        Reply::Send(format!("HTTP/1.1 {status}\r\nContent-Length: 5\r\nETag: \"e\"\r\n\r\n").into_bytes())
    })
    .await;
    let proxy = Proxy::to(&backend).await;
    let mut client = proxy.connect().await;
    for method in ["HEAD", "GET", "HEAD"] {
        client.write(format!("{method} / HTTP/1.1\r\nHost: h\r\n\r\n")).await;
        let head = client.response_head().await;
        assert_eq!(head.header("etag").as_deref(), Some("\"e\""), "{method}");
        if method == "HEAD" {
            assert_eq!(head.header("content-length").as_deref(), Some("5"));
        }
    }
    assert!(client.buffer.is_empty());
}
