//! [`Template`]: a hub with people, groups, services, servers, shares and tokens, made once. [`World`]: one hub on a
//! copy of it, which a question may spoil.
//!
//! | who | what they are |
//! |---|---|
//! | ada | a user, in the group `lab`; her default server runs, `ada/x` rests |
//! | bo | another user, in the group `art`; likewise |
//! | gus | looks after the group `lab`: a role with everything about people, servers, tokens and shares, `!group=lab` |
//! | boss | an admin |
//! | cy | shares `cy/x` with ada, bo, lab and art |
//! | reports, grader | services; `reports` holds what an idle culler holds |

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use labdeck_hub::config::{Config, ConfigInputs};
use labdeck_hub::front::{Listener, Routes};
use labdeck_hub::{Hub, Parts};
use labdeck_model::{Secret, ServiceName, SystemClock, UserName};
use labdeck_proxy::RouteTable;
use labdeck_store::tables::tokens::{NewToken, TokenOwner};
use labdeck_store::tables::{services, tokens, users};
use labdeck_store::{FILE_NAME, Store, StoreError, TokenHash, generate_token};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::stand::{ClosedFront, KnownSecrets, StandInServers, answer_probes, hub_address, machine};

/// What the window proves itself with.
pub(crate) const WINDOW_TOKEN: &str = "the window of this test, and nobody else";
/// Where the window's listener would be.
const CONTROL_HOST: &str = "127.0.0.1:8082";

const CONFIG: &str = r#"
[hub]
bind_url = "http://127.0.0.1:0"
authenticator_class = "dummy"
spawner_class = "simple"
allow_named_servers = true
[dummy_authenticator]
password = "pw"
[authenticator]
allow_all = true
admin_users = ["boss"]
[[hub.services]]
name = "reports"
api_token = "at-least-32-characters-of-secret"
[[hub.services]]
name = "grader"
api_token = "another-32-characters-of-secrets"
[[hub.load_roles]]
name = "reports"
services = ["reports"]
scopes = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
[[hub.load_roles]]
name = "readers"
scopes = ["list:users"]
[[hub.load_roles]]
name = "listers"
scopes = ["list:groups"]
[[hub.load_roles]]
name = "leads"
users = ["gus"]
scopes = [
    "admin-ui", "admin:users!group=lab", "admin:groups!group=lab", "admin:servers!group=lab", "tokens!group=lab",
    "access:servers!group=lab", "shares!group=lab", "read:roles!group=lab",
]
"#;

/// The world as it is before each question.
pub(crate) struct Template {
    dir: TempDir,
    secrets: KnownSecrets,
    upstream: String,
    /// Tokens by what they are called in the golden file.
    pub(crate) tokens: BTreeMap<String, String>,
    /// Cookies and the token of forms, by person.
    pub(crate) sessions: BTreeMap<&'static str, Session>,
    /// The id of a token of ada's, and one of bo's.
    pub(crate) token_ids: BTreeMap<&'static str, String>,
}

/// Somebody's browser.
#[derive(Debug, Clone, Default)]
pub(crate) struct Session {
    pub(crate) cookies: BTreeMap<String, String>,
}

/// A hub that a question may spoil.
pub(crate) struct World {
    pub(crate) hub: Hub,
    pub(crate) servers: Arc<StandInServers>,
    routers: [Routes; 4],
    _dir: TempDir,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::DirBuilder::new().mode(0o700).create(dir.path().join("data")).unwrap();
    let mut file = std::fs::OpenOptions::new();
    let file = file.write(true).create_new(true).mode(0o600).open(dir.path().join("labdeck.toml"));
    file.unwrap().write_all(CONFIG.as_bytes()).unwrap();
    dir
}

// === impl Template ===

impl Template {
    /// Makes it, with a token of the admin's for each of these sets of scopes.
    pub(crate) async fn make(limited: &BTreeMap<String, Vec<String>>) -> Self {
        let (dir, secrets, upstream) = (folder(), KnownSecrets::default(), answer_probes().await);
        let world = World::open(folder_of(&dir), dir.path(), &secrets, &upstream).await;
        world.add_people().await;
        let mut tokens = world.add_tokens(limited).await;
        let token = world.servers.token_of("ada");
        tokens.insert("ada's server".to_owned(), token);
        let mut sessions = BTreeMap::new();
        for name in ["ada", "bo", "gus", "boss"] {
            sessions.insert(name, world.sign_in(name).await);
        }
        let mut token_ids = BTreeMap::new();
        for name in ["ada", "bo"] {
            let all = world.as_window(Method::GET, &format!("users/{name}/tokens"), Value::Null).await;
            let own = all["api_tokens"].as_array().unwrap().iter().find(|token| token["note"] == name).unwrap();
            token_ids.insert(name, own["id"].as_str().unwrap().to_owned());
        }
        world.leave().await;
        Self { dir, secrets, upstream, tokens, sessions, token_ids }
    }

    /// A fresh hub on a copy.
    pub(crate) async fn world(&self) -> World {
        let dir = folder();
        let (from, to) = (folder_of(&self.dir).join(FILE_NAME), folder_of(&dir).join(FILE_NAME));
        std::fs::copy(from, to).unwrap();
        let mut world = World::open(folder_of(&dir), dir.path(), &self.secrets, &self.upstream).await;
        world.until_ready().await;
        world._dir = dir;
        world
    }
}

fn folder_of(dir: &TempDir) -> std::path::PathBuf {
    dir.path().join("data")
}

// === impl World ===

impl World {
    async fn open(data_dir: std::path::PathBuf, dir: &Path, secrets: &KnownSecrets, upstream: &str) -> Self {
        let inputs = ConfigInputs { file: Some(dir.join("labdeck.toml")), ..ConfigInputs::default() };
        let config = Config::load(&inputs).unwrap_or_else(|error| panic!("{error}"));
        let servers = StandInServers::new(upstream);
        let parts = Parts {
            config,
            clock: Arc::new(SystemClock),
            store: Store::open(&data_dir, Arc::new(SystemClock)).unwrap(),
            secrets: Arc::new(secrets.clone()),
            front: Arc::new(ClosedFront),
            desktop: None,
            routes: RouteTable::new(),
            hub_address: hub_address(),
            proxy_secret: Secret::new("the proxy".to_owned()),
            window_token: Secret::new(WINDOW_TOKEN.to_owned()),
            data_dir,
            machine: Some(machine()),
            spawners: vec![Arc::clone(&servers) as _],
        };
        let hub = Box::pin(Hub::build(parts)).await.unwrap();
        hub.start().await.unwrap();
        let routers =
            [hub.hub_router(), hub.control_router(CONTROL_HOST), hub.socket_router(), hub.containers_router()];
        Self { hub, servers, routers, _dir: tempfile::tempdir().unwrap() }
    }

    /// Asks at one of the listeners.
    pub(crate) async fn ask(
        &self,
        listener: Listener,
        (method, path): (Method, &str),
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        self.ask_bytes(listener, (method, path), headers, body.as_bytes()).await
    }

    /// The same with a body that may be no text.
    pub(crate) async fn ask_bytes(
        &self,
        listener: Listener,
        (method, path): (Method, &str),
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let (at, host) = match listener {
            Listener::Hub => (0, hub_address().to_string()),
            Listener::Control => (1, CONTROL_HOST.to_owned()),
            Listener::Socket => (2, "labdeck".to_owned()),
            Listener::Containers => (3, "172.17.0.1:1".to_owned()),
        };
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, host);
        for (name, value) in headers {
            request = request.header(HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        let request = request.body(Body::from(body.to_vec())).unwrap();
        let (head, body) = self.routers[at].clone().oneshot(request).await.unwrap().into_parts();
        let streams = head.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        let body = if streams { Default::default() } else { body.collect().await.unwrap().to_bytes() };
        Answer { status: head.status, headers: head.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// Asks the API as the lead at the machine, and expects that it is done.
    pub(crate) async fn as_window(&self, method: Method, call: &str, body: Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let path = format!("/hub/api/{call}");
        let answer = self.ask(Listener::Socket, (method.clone(), &path), &[], &body).await;
        assert!(answer.status.is_success(), "{method} {path}: {} {}", answer.status, answer.body);
        serde_json::from_str(&answer.body).unwrap_or(Value::Null)
    }

    async fn add_people(&self) {
        self.as_window(Method::POST, "users", json!({ "usernames": ["ada", "bo", "gus", "cy"] })).await;
        let boss = self.as_window(Method::GET, "users/boss", Value::Null).await;
        assert_eq!(boss["admin"], true);
        for (group, members) in [("lab", json!(["ada", "gus"])), ("art", json!(["bo"]))] {
            self.as_window(Method::POST, &format!("groups/{group}"), json!({ "users": members })).await;
        }
        for name in ["ada", "bo"] {
            self.as_window(Method::POST, &format!("users/{name}/server"), Value::Null).await;
        }
        self.until_ready().await;
        for name in ["ada", "bo", "cy"] {
            self.as_window(Method::PUT, &format!("users/{name}/servers/x"), json!({})).await;
        }
        for whom in
            [json!({ "user": "ada" }), json!({ "user": "bo" }), json!({ "group": "lab" }), json!({ "group": "art" })]
        {
            self.as_window(Method::POST, "shares/cy/x", whom).await;
        }
        for owner in ["ada", "bo"] {
            self.as_window(Method::POST, &format!("shares/{owner}/x"), json!({ "user": "cy" })).await;
            self.as_window(Method::POST, &format!("share-codes/{owner}/x"), json!({})).await;
        }
        let limits = json!({ "display_name": "Small", "offered": true });
        self.as_window(Method::PUT, "labdeck/sizes/small", limits).await;
        let stack = json!({ "display_name": "Base", "image": "base:1", "offered": true });
        self.as_window(Method::PUT, "labdeck/stacks/base", stack).await;
    }

    async fn add_tokens(&self, limited: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, String> {
        let inherit = vec!["inherit".to_owned()];
        let mut wanted: Vec<(String, &str, Vec<String>)> =
            ["ada", "bo", "gus", "boss"].map(|name| (name.to_owned(), name, inherit.clone())).into();
        wanted.push(("no scope".to_owned(), "boss", vec!["(no_scope)".to_owned()]));
        wanted.extend(limited.iter().map(|(label, scopes)| (label.clone(), "boss", scopes.clone())));
        let made: Vec<_> = wanted
            .into_iter()
            .map(|(label, owner, scopes)| (label, owner.to_owned(), scopes, generate_token().expose().clone()))
            .collect();
        let rows = made.clone();
        let store = &self.hub.context().store;
        let written = store.write(move |tx| {
            for (label, owner, scopes, token) in rows {
                let user = users::find_by_name(tx, &UserName::parse(&owner).unwrap())?.unwrap();
                let new = NewToken::new(TokenOwner::User(user.id), TokenHash::of(&token));
                tokens::create(tx, &NewToken { note: label, scopes, ..new })?;
            }
            let reports = services::find_by_name(tx, &ServiceName::parse("reports").unwrap())?;
            assert!(reports.is_some());
            Ok::<_, StoreError>(())
        });
        written.await.unwrap();
        let mut all: BTreeMap<_, _> = made.into_iter().map(|(label, _, _, token)| (label, token)).collect();
        all.insert("reports".to_owned(), "at-least-32-characters-of-secret".to_owned());
        all
    }

    async fn until_ready(&self) {
        for _ in 0..2000 {
            let mut ready = BTreeSet::new();
            for name in ["ada", "bo"] {
                let server = self.as_window(Method::GET, &format!("users/{name}/server"), Value::Null).await;
                ready.insert(server["ready"] == true);
            }
            if ready == BTreeSet::from([true]) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("the servers of the world do not get ready");
    }

    /// Signs in by the form.
    pub(crate) async fn sign_in(&self, name: &str) -> Session {
        let mut session = Session::default();
        let form = self.page(&mut session, Method::GET, "/hub/login", &[]).await;
        assert_eq!(form.status, 200, "{}", form.body);
        let fields = [("username", name), ("password", "pw")];
        let landed = self.page(&mut session, Method::POST, "/hub/login", &fields).await;
        assert_eq!(landed.status, 302, "{}", landed.body);
        let home = self.page(&mut session, Method::GET, "/hub/home", &[]).await;
        assert_eq!(home.status, 200, "{}", home.body);
        session
    }

    /// Asks for a page as a browser does, or sends a form of it.
    pub(crate) async fn page(
        &self,
        session: &mut Session,
        method: Method,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let cookies = session.header();
        let xsrf = session.cookies.get("_xsrf").cloned().unwrap_or_default();
        let mut body = String::new();
        let mut headers = vec![("cookie", cookies.as_str())];
        if method == Method::POST {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            form.append_pair("_xsrf", &xsrf).extend_pairs(fields);
            body = form.finish();
            headers.push(("content-type", "application/x-www-form-urlencoded"));
        }
        let answer = self.ask(Listener::Hub, (method, path), &headers, &body).await;
        session.keep(&answer.headers);
        answer
    }

    /// Ends it at once.
    pub(crate) fn abandon(self) {
        self.hub.end_streams();
        self.hub.shutdown_token().cancel();
    }

    /// Ends it so that its file is whole. Its servers run on.
    async fn leave(self) {
        self.hub.end_streams();
        self.hub.shutdown_token().cancel();
        self.hub.context().store.close().await;
    }
}

// === impl Session ===

impl Session {
    /// The header `Cookie`.
    pub(crate) fn header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE).iter().filter_map(|line| line.to_str().ok()) {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
