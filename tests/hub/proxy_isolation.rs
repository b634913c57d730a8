//! What stands between people's servers and the hub: cookies, forwarded headers, hosts, paths.

use http::Method;
use labdeck_testkit::Browser;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{SHORT, TestHub, simple};

async fn with_server() -> TestHub {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    hub
}

/// What arrived at ada's server.
async fn arrived(browser: &Browser, headers: &[(&str, &str)]) -> Vec<(String, String)> {
    let page = browser.request(Method::GET, "/user/ada/echo", headers, "").await;
    let all: Value = page.value();
    let pairs = all["headers"].as_array().unwrap().iter();
    pairs.map(|pair| (pair[0].as_str().unwrap().to_lowercase(), pair[1].as_str().unwrap().to_owned())).collect()
}

fn of<'a>(arrived: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    arrived.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str()).collect()
}

#[tokio::test]
async fn the_hubs_sign_in_never_reaches_a_server() {
    let hub = with_server().await;
    let line = "jupyterhub-hub-login=secret; jupyterhub-session-id=opaque; own=1; jupyterhub-hub-login=again";
    let seen = arrived(&hub.browser(), &[("cookie", line)]).await;
    let cookies = of(&seen, "cookie").join("; ");
    assert!(
        !cookies.contains("jupyterhub-hub-login") && !cookies.contains("secret") && !cookies.contains("again"),
        "{cookies}"
    );
    assert!(cookies.contains("jupyterhub-session-id=opaque") && cookies.contains("own=1"), "{cookies}");
    // However it is spelt.
    for odd in [
        "jupyterhub-hub-login =secret",
        " jupyterhub-hub-login=secret",
        "a=1;jupyterhub-hub-login=secret",
        "a=1 ; \tjupyterhub-hub-login\t=secret",
    ] {
        let seen = arrived(&hub.browser(), &[("cookie", odd)]).await;
        assert!(!of(&seen, "cookie").join("; ").contains("secret"), "{odd:?}: {seen:?}");
    }
}

#[tokio::test]
async fn a_server_plants_no_sign_in() {
    let hub = with_server().await;
    let page = hub.browser().get_only("/user/ada/cookies").await;
    let set = page.set_cookies();
    assert_eq!(set, ["own=1; Path=/user/ada/"]);
}

#[tokio::test]
async fn what_visitors_say_of_themselves_is_replaced() {
    let hub = with_server().await;
    let lies = [
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-proto", "https"),
        ("x-real-ip", "6.6.6.6"),
        ("forwarded", "for=6.6.6.6"),
    ];
    let seen = arrived(&hub.browser(), &lies).await;
    assert!(!format!("{seen:?}").contains("6.6.6.6"), "{seen:?}");
    assert_eq!(of(&seen, "x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(of(&seen, "x-forwarded-proto"), ["http"]);
    assert_eq!(of(&seen, "host"), [hub.origin.strip_prefix("http://").unwrap()]);
}

#[tokio::test]
async fn the_proxys_proof_goes_to_the_hub_alone() {
    let hub = with_server().await;
    let seen = arrived(&hub.browser(), &[("x-labdeck-proxy", "guess")]).await;
    assert_eq!(of(&seen, "x-labdeck-proxy"), [""; 0], "{seen:?}");
}

#[tokio::test]
async fn a_local_program_that_reaches_the_hub_directly_is_not_believed() {
    let hub = TestHub::start(&simple()).await;
    let secure = async |browser: Browser| {
        let page = browser
            .with_header("x-forwarded-proto", "https")
            .with_header("x-forwarded-for", "6.6.6.6")
            .get("/hub/login")
            .await;
        page.set_cookies().join("\n").contains("Secure")
    };
    assert!(!secure(hub.behind_the_proxy()).await, "straight to the hub");
    assert!(!secure(hub.behind_the_proxy().with_header("x-labdeck-proxy", "guess")).await, "with a guessed proof");
    assert!(!secure(hub.browser()).await, "through the proxy");
    assert!(
        !secure(hub.browser().with_header("x-labdeck-proxy", "guess")).await,
        "through the proxy with a proof of one's own"
    );
}

#[tokio::test]
async fn the_public_port_answers_to_its_own_names_only() {
    let hub = with_server().await;
    for host in [
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "user@127.0.0.1",
        "127.0.0.1 evil",
        "",
        "evil.example.",
    ] {
        for path in ["/hub/login", "/user/ada/echo"] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let answer = raw(&hub, &request).await;
            assert!(
                answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.1 421"),
                "{host:?} {path}: {answer:.60}"
            );
        }
    }
    for head in [
        "GET /user/ada/echo HTTP/1.1\r\n",
        "GET /user/ada/echo HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n",
        "GET http://evil.example/user/ada/echo HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    ] {
        let answer = raw(&hub, &format!("{head}Connection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.1 421"), "{head:?}: {answer:.60}");
    }
    let port = hub.origin.rsplit(':').next().unwrap();
    for good in [format!("127.0.0.1:{port}"), format!("localhost:{port}")] {
        let answer = raw(&hub, &format!("GET /hub/api HTTP/1.1\r\nHost: {good}\r\nConnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{good}: {answer}");
    }
}

/// Sends bytes as they are; what comes back until the connection closes.
async fn raw(hub: &TestHub, request: &str) -> String {
    let asking = async {
        let mut stream = tokio::net::TcpStream::connect(hub.origin.strip_prefix("http://").unwrap()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    };
    tokio::time::timeout(SHORT, asking).await.expect("an answer in time")
}

#[tokio::test]
async fn no_spelling_of_a_path_crosses_over_to_another_server() {
    let hub = with_server().await;
    let bo = hub.program("bo", &[]).await;
    hub.start_server(&bo, "bo", "").await;
    for path in [
        "/user/ada/../bo/echo",
        "/user/ada/%2e%2e/bo/echo",
        "/user/ada/..%2fbo/echo",
        "/user//bo/echo",
        "/user/ada/./../bo/echo",
        "/user/ada\\..\\bo/echo",
        "/user/ada%2f..%2fbo/echo",
        "/user/ada/%5c../bo/echo",
        "/user/ada;/../bo/echo",
        "/user/ada/%00/echo",
    ] {
        let answer = raw(&hub, &format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")).await;
        let reached_bo = answer.contains("/user/bo/");
        assert!(!reached_bo || !answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    }
    for path in ["/user/adam/echo", "/user/ADA/echo", "/user/adaecho", "/user/%61da/echo"] {
        let page = hub.browser().get_only(path).await;
        // The last one is ada's own address, spelt otherwise.
        assert!(page.status != 200 || path == "/user/%61da/echo", "{path}: {}", page.body);
    }
}

#[tokio::test]
async fn a_server_that_is_off_is_told_to_people_and_to_programs() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.signed_in("ada").await;
    let page = ada.get("/user/ada/lab?x=1").await;
    assert_eq!((page.status.as_u16(), page.path.as_str()), (424, "/hub/user/ada/lab?x=1"));
    assert!(page.body.contains("<form"), "a way to start it: {}", page.body);
    let program = hub.program("ada", &[]).await;
    let answer = program.json(Method::GET, "/user/ada/api/kernels", None).await;
    assert_eq!(answer.status, 424);
    assert!(answer.message().contains("no longer running at /user/ada/api/kernels"), "{}", answer.body);
    let strangers = hub.browser().get_only("/user/ada/lab").await.redirect().unwrap();
    assert!(strangers.starts_with("/hub/user/ada/lab"), "{strangers}");
    let others = hub.signed_in("bo").await.get("/user/ada/lab").await;
    assert_eq!(others.status, 404, "whether it exists is nobody else's business");
    assert_eq!(hub.browser().get("/user/ada/lab").await.path.split('?').next(), Some("/hub/login"));
}

#[tokio::test]
async fn bodies_and_methods_go_through_unchanged() {
    let hub = with_server().await;
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let page = hub.browser().request(method.clone(), "/user/ada/echo?a=%20b&c=%2F", &[], "body").await;
        assert_eq!(
            (&page.value()["method"], &page.value()["path"]),
            (&json!(method.as_str()), &json!("/user/ada/echo?a=%20b&c=%2F"))
        );
    }
}

#[tokio::test]
async fn the_hub_behind_the_proxy_answers_at_its_own_address_only() {
    let hub = TestHub::start(&simple()).await;
    let door = hub.behind_the_proxy();
    assert_eq!(door.get_only("/hub/api").await.status, 200);
    for host in ["evil.example", "localhost", "127.0.0.1", hub.origin.trim_start_matches("http://")] {
        for path in ["/hub/api", "/hub/login"] {
            let answer = door.request(Method::GET, path, &[("host", host)], "").await;
            assert_eq!(answer.status, 421, "{host} {path}: {}", answer.body);
        }
    }
}
