//! The window's listener: its token and nothing else opens it, only at its own address, only the window's page reads it.

use http::Method;
use serde_json::json;

use crate::support::{TestHub, simple};

const OVERVIEW: &str = "/hub/api/labdeck/overview";

#[tokio::test]
async fn the_windows_token_is_the_only_key() {
    let hub = TestHub::start(&simple()).await;
    assert_eq!(hub.window().json(Method::GET, OVERVIEW, None).await.status, 200);
    let door = hub.control();
    assert_eq!(door.json(Method::GET, OVERVIEW, None).await.status, 403);
    assert_eq!(door.with_token("wrong").json(Method::GET, OVERVIEW, None).await.status, 403);
    let boss = hub.token("boss", &[]).await;
    assert_eq!(
        door.with_token(&boss).json(Method::GET, OVERVIEW, None).await.status,
        403,
        "a user's token opens the window's door"
    );
}

#[tokio::test]
async fn the_windows_token_is_worth_nothing_at_other_doors() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    let key = window.request(Method::GET, OVERVIEW, &[], "").await;
    assert_eq!(key.status, 200);
    // The same header, sent to the public port and to the hub's own listener.
    let token = hub.window_token();
    assert_eq!(hub.browser().with_token(&token).json(Method::GET, OVERVIEW, None).await.status, 403);
    assert_eq!(hub.behind_the_proxy().with_token(&token).json(Method::GET, OVERVIEW, None).await.status, 403);
}

#[tokio::test]
async fn cookies_are_no_key_here() {
    let hub = TestHub::start(&simple()).await;
    let boss = hub.signed_in("boss").await;
    let line = format!("jupyterhub-hub-login={}", boss.cookie("jupyterhub-hub-login").unwrap());
    let answer = hub.control().request(Method::GET, OVERVIEW, &[("cookie", &line)], "").await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn another_host_is_misdirected() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    let port = window.origin().rsplit(':').next().unwrap().to_owned();
    let foreign = [
        "evil.example",
        "localhost",
        &format!("localhost:{port}"),
        "127.0.0.1",
        &format!("evil.example:{port}"),
        "127.0.0.1:1",
    ];
    for host in foreign {
        let answer = window.request(Method::GET, OVERVIEW, &[("host", host)], "").await;
        assert_eq!(answer.status, 421, "{host}");
        assert!(!answer.body.contains("data_dir"));
    }
}

#[tokio::test]
async fn there_are_no_pages_here() {
    let hub = TestHub::start(&simple()).await;
    for page in ["/", "/hub/", "/hub/login", "/hub/home", "/hub/claim", "/user/ada/", "/hub/api/oauth2/authorize"] {
        let answer = hub.window().get_only(page).await;
        assert_eq!(answer.status, 404, "{page}: {}", answer.body);
    }
}

#[tokio::test]
async fn only_the_windows_page_may_read_answers() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    let allowed = async |origin: &str| {
        let answer = window.request(Method::GET, OVERVIEW, &[("origin", origin)], "").await;
        answer.header("access-control-allow-origin").map(str::to_owned)
    };
    assert_eq!(allowed("tauri://localhost").await.as_deref(), Some("tauri://localhost"));
    for foreign in
        ["http://evil.example", "null", "tauri://localhost.evil", "http://localhost", &hub.origin, "tauri://evil"]
    {
        assert_eq!(allowed(foreign).await, None, "{foreign}");
    }
    // And nobody's page at the public port, but for the version that anybody may ask.
    let public = hub.browser().request(Method::GET, "/hub/api/users", &[("origin", "tauri://localhost")], "").await;
    assert_eq!(public.header("access-control-allow-origin"), None);
    let version = hub.browser().request(Method::GET, "/hub/api", &[("origin", "http://x.example")], "").await;
    assert_eq!(version.header("access-control-allow-origin"), Some("*"));
}

#[tokio::test]
async fn the_windows_preflight_is_answered_and_no_other() {
    let hub = TestHub::start(&simple()).await;
    let asks = async |origin: &str| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "PATCH"),
            ("access-control-request-headers", "authorization"),
        ];
        hub.control().request(Method::OPTIONS, "/hub/api/labdeck/hub", &headers, "").await
    };
    let own = asks("tauri://localhost").await;
    assert_eq!(own.status, 204);
    assert!(own.header("access-control-allow-methods").unwrap().contains("PATCH"));
    assert!(own.header("access-control-allow-headers").unwrap().contains("authorization"));
    let foreign = asks("http://evil.example").await;
    assert_eq!(foreign.header("access-control-allow-origin"), None);
    assert_eq!(foreign.header("access-control-allow-methods"), None);
}

#[tokio::test]
async fn the_overview_tells_how_things_stand() {
    let hub = TestHub::start(&simple()).await;
    let seen = hub.window().api(Method::GET, OVERVIEW, None).await;
    assert_eq!((&seen["hub"]["on"], &seen["hub"]["claimed"]), (&json!(true), &json!(true)));
    assert_eq!(
        (&seen["network"], &seen["spawner"], &seen["authenticator"]),
        (&json!("local"), &json!("simple"), &json!("dummy"))
    );
    assert_eq!((&seen["desktop"], &seen["keyring"], &seen["encrypted"]), (&json!(true), &json!("file"), &json!(false)));
    assert_eq!(seen["local_url"], format!("{}/", hub.origin));
    assert_eq!(seen["counts"], json!({ "users": 1, "running": 0 }));
}

#[tokio::test]
async fn off_closes_the_public_port_and_on_opens_it_again() {
    let hub = TestHub::start(&simple()).await;
    let (window, path) = (hub.window(), "/hub/api/labdeck/hub");
    let ada = hub.program("ada", &[]).await;
    hub.start_server(&ada, "ada", "").await;
    let off = window.api(Method::PATCH, path, Some(json!({ "on": false }))).await;
    assert_eq!(off["hub"]["on"], false);
    let address = hub.origin.strip_prefix("http://").unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "the port is still open");
    let on = window.api(Method::PATCH, path, Some(json!({ "on": true }))).await;
    assert_eq!((&on["hub"]["on"], &on["local_url"]), (&json!(true), &json!(format!("{}/", hub.origin))));
    // The server ran on meanwhile.
    assert_eq!(hub.browser().get("/user/ada/api").await.status, 200);
}

#[tokio::test]
async fn one_password_for_all_never_meets_the_network() {
    let hub = TestHub::start(&simple()).await;
    let answer = hub.window().json(Method::PATCH, "/hub/api/labdeck/hub", Some(json!({ "network": "lan" }))).await;
    assert_eq!(answer.status, 409, "{}", answer.body);
    assert_eq!(hub.window().api(Method::GET, OVERVIEW, None).await["network"], "local");
}

#[tokio::test]
async fn a_port_that_is_taken_is_refused_in_words_and_nothing_changes() {
    let hub = TestHub::start(&simple()).await;
    let other = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = other.local_addr().unwrap().port();
    let answer = hub.window().json(Method::PATCH, "/hub/api/labdeck/hub", Some(json!({ "port": taken }))).await;
    assert_eq!(answer.status, 409);
    let words = answer.message();
    assert!(words.contains(&taken.to_string()), "{words}");
    assert!(words.contains(&format!("process {}", std::process::id())), "names the owner: {words}");
    let offered = words.split(|c: char| !c.is_ascii_digit()).filter_map(|text| text.parse::<u16>().ok());
    assert!(offered.into_iter().any(|port| port > taken), "offers the next: {words}");
    assert_eq!(hub.browser().get("/hub/api").await.status, 200);
}

#[tokio::test]
async fn quit_is_for_who_manages_the_hub() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    let body = Some(json!({ "servers": "leave" }));
    assert_eq!(ada.json(Method::POST, "/hub/api/labdeck/quit", body.clone()).await.status, 403);
    assert_eq!(
        hub.window().json(Method::POST, "/hub/api/labdeck/quit", Some(json!({ "servers": "eat" }))).await.status,
        400
    );
    assert_eq!(hub.window().json(Method::POST, "/hub/api/labdeck/quit", body).await.status, 202);
}
