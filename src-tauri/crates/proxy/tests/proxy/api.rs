//! The REST API over real sockets, as a hub uses it.

use labdeck_proxy::{ApiServer, ApiToken, RouteTable};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::support::{Client, Response};

struct Api {
    address: std::net::SocketAddr,
    table: RouteTable,
    _tasks: JoinSet<()>,
}

impl Api {
    async fn start() -> Self {
        let (table, listener) = (RouteTable::new(), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        let server = ApiServer::new(table.clone(), ApiToken::new("s3cret"));
        tasks.spawn(server.run(listener, std::future::pending()));
        Self { address, table, _tasks: tasks }
    }

    async fn call(&self, method: &str, path: &str, body: &str) -> Response {
        self.call_as("token s3cret", method, path, body).await
    }

    async fn call_as(&self, authorization: &str, method: &str, path: &str, body: &str) -> Response {
        let mut client = Client::connect(self.address).await;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: a\r\nAuthorization: {authorization}\r\nContent-Length: {}",
            body.len()
        );
        client.write(format!("{head}\r\n\r\n{body}")).await;
        client.response().await.unwrap()
    }

    async fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.call("GET", path, "").await.body).unwrap()
    }
}

#[tokio::test]
async fn a_route_lives_from_post_to_delete() {
    let api = Api::start().await;
    let body =
        json!({ "target": "http://127.0.0.1:9", "jupyterhub": true, "user": "a", "last_activity": "x" }).to_string();
    let made = api.call("POST", "/api/routes/user/a%40b", &body).await;
    assert_eq!((made.status, made.text().as_str()), (201, ""));
    let all = api.json("/api/routes").await;
    let route = &all["/user/a@b"];
    assert_eq!(
        (&route["target"], &route["jupyterhub"], &route["user"]),
        (&json!("http://127.0.0.1:9"), &json!(true), &json!("a"))
    );
    assert!(route["last_activity"].as_str().unwrap().ends_with('Z'));
    assert_eq!(&api.json("/api/routes/user/a%40b").await, route);
    assert_eq!(api.call("DELETE", "/api/routes/user/a%40b", "").await.status, 204);
    assert_eq!(api.call("DELETE", "/api/routes/user/a%40b", "").await.status, 404);
    assert_eq!(api.call("GET", "/api/routes/user/a%40b", "").await.status, 404);
}

#[tokio::test]
async fn no_path_is_the_root() {
    let api = Api::start().await;
    for path in ["/api/routes", "/api/routes/"] {
        assert_eq!(api.call("POST", path, r#"{"target":"http://127.0.0.1:9"}"#).await.status, 201);
        assert!(api.table.list()[0].spec.is_default());
        assert_eq!(api.call("DELETE", path, "").await.status, 204);
    }
}

#[tokio::test]
async fn without_the_token_nothing_is_shown_or_changed() {
    let api = Api::start().await;
    for shown in ["", "token", "token wrong", "s3cret"] {
        for (method, body) in
            [("GET", ""), ("POST", r#"{"target":"http://127.0.0.1:9"}"#), ("POST", "garbage"), ("DELETE", "")]
        {
            let answer = api.call_as(shown, method, "/api/routes/a", body).await;
            assert_eq!((answer.status, answer.text().as_str()), (403, ""), "{method} with {shown:?}");
        }
    }
    assert!(api.table.list().is_empty());
}

#[tokio::test]
async fn bad_calls_get_chps_words() {
    let api = Api::start().await;
    for (method, path, body, status, text) in [
        ("POST", "/api/routes/a", "{}", 400, "Must specify 'target' as string"),
        ("POST", "/api/routes/a", r#"{"target":1}"#, 400, "Must specify 'target' as string"),
        ("POST", "/api/routes/a", "null", 400, "Must specify 'target' as string"),
        ("POST", "/api/routes/a", "{", 400, "Body not valid JSON"),
        ("POST", "/api/routes/a", r#"{"target":"garbage"}"#, 400, "must start with http://"),
        ("POST", "/api/routes/a%2f..%2fb", r#"{"target":"http://h"}"#, 400, "dot segment"),
        ("GET", "/api/routes/%zz", "", 400, "malformed"),
        (
            "GET",
            "/api/routes?inactiveSince=endoftheuniverse",
            "",
            400,
            "Invalid datestamp 'endoftheuniverse' must be ISO8601.",
        ),
        ("PUT", "/api/routes/a", "", 405, "Method not supported"),
        ("GET", "/api", "", 404, "Not Found"),
        ("GET", "/", "", 404, "Not Found"),
    ] {
        let answer = api.call(method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path} {body}");
        assert!(answer.text().contains(text), "{method} {path}: {}", answer.text());
    }
}

#[tokio::test]
async fn the_list_can_be_cut_by_activity() {
    let api = Api::start().await;
    api.call("POST", "/api/routes/a", r#"{"target":"http://127.0.0.1:9"}"#).await;
    assert_eq!(api.json("/api/routes?inactiveSince=2020-01-01").await, json!({}));
    assert!(api.json("/api/routes?inactive_since=2099-01-01").await.get("/a").is_some());
}
