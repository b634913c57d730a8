//! What a page of another site can do with somebody's cookies: nothing, at any route (T-X1, T-X2); and reading changes
//! nothing (T-X4).

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use labdeck_hub::front::Listener;
use labdeck_hub::front::router::Route;

use crate::calls::{TARGETS, calls};
use crate::golden::{compare, section};
use crate::world::{Session, Template, World};

/// What is as safe by its nature: it proves itself otherwise, or it writes down nothing but a report.
const OPEN_TO_ANYBODY: &[(&str, &str)] = &[
    ("POST", "/hub/api/oauth2/token"),
    ("POST", "/hub/api/authorizations/token"),
    ("POST", "/hub/security/csp-report"),
];

/// What a request has beside its cookies.
type Headers<'a> = Vec<(&'a str, &'a str)>;

const UNSAFE: [Method; 4] = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// Every unsafe method at every route behind the proxy.
fn unsafe_routes() -> Vec<(Method, String)> {
    let methods = |Route { method, path }: Route| {
        let methods = method.map_or_else(|| vec![Method::POST], |method| vec![method]);
        methods.into_iter().map(move |method| (method, path.clone()))
    };
    let all = labdeck_hub::routes("/", Listener::Hub).into_iter().flat_map(methods);
    all.filter(|(method, path)| UNSAFE.contains(method) && !OPEN_TO_ANYBODY.contains(&(method.as_str(), path.as_str())))
        .collect()
}

fn filled(path: &str) -> String {
    let path = path.replace("{*path}", "ada/lab").replace("{name}", "ada").replace("{owner}", "ada");
    let path = path.replace("{server}", "x").replace("{role}", "readers");
    path.replace("{id}", "1")
}

/// The kind of body that a route takes.
fn kind(path: &str) -> &'static str {
    let page = !path.starts_with("/hub/api/") || path.ends_with("/authorize");
    if page { "application/x-www-form-urlencoded" } else { "application/json" }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_is_changed_from_another_sites_page() {
    let template = Template::make(&BTreeMap::new()).await;
    let world = template.world().await;
    let boss = &template.sessions["boss"];
    let (own, others) = (boss.cookies["_xsrf"].as_str(), template.sessions["ada"].cookies["_xsrf"].as_str());
    let forged = format!("{}; _xsrf={others}", boss.header().replace(&format!("_xsrf={own}"), "a=b"));
    let cookies = boss.header();
    let cases: [(&str, &str, Headers<'_>); 6] = [
        ("without a token", &cookies, vec![]),
        ("with another's token", &cookies, vec![("x-xsrftoken", others)]),
        ("with another's token and cookie", &forged, vec![("x-xsrftoken", others)]),
        ("from another origin", &cookies, vec![("x-xsrftoken", own), ("origin", "http://evil.example")]),
        ("from no origin", &cookies, vec![("x-xsrftoken", own), ("origin", "null")]),
        (
            "from a page of another site that names no origin",
            &cookies,
            vec![("sec-fetch-mode", "no-cors"), ("sec-fetch-site", "cross-site")],
        ),
    ];
    let mut passed = Vec::new();
    for (method, route) in unsafe_routes() {
        for (case, cookies, more) in &cases {
            let mut headers = vec![("cookie", *cookies), ("content-type", kind(&route))];
            headers.extend(more.iter().copied());
            let body = if kind(&route) == "application/json" { "{}" } else { "" };
            let answer = world.ask(Listener::Hub, (method.clone(), &filled(&route)), &headers, body).await;
            // What is no page of ours has none to protect; a path without a server answers so to everybody.
            if ![403, 404, 405, 424].contains(&answer.status.as_u16()) {
                passed.push(format!("{method} {route} {case}: {} {:.200}", answer.status, answer.body));
            }
        }
    }
    assert!(passed.is_empty(), "{}", passed.join("\n"));
    assert_eq!(world.as_window(Method::GET, "users/ada/server", serde_json::Value::Null).await["ready"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_is_no_json() {
    let template = Template::make(&BTreeMap::new()).await;
    let world = template.world().await;
    let boss = &template.sessions["boss"];
    let (cookies, own) = (boss.header(), boss.cookies["_xsrf"].as_str());
    let mut passed = Vec::new();
    for (method, route) in
        unsafe_routes().into_iter().filter(|(method, path)| method == Method::POST && kind(path) == "application/json")
    {
        for kind in ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"] {
            let headers = [("cookie", cookies.as_str()), ("content-type", kind), ("x-xsrftoken", own)];
            let answer = world.ask(Listener::Hub, (method.clone(), &filled(&route)), &headers, "{}").await;
            if answer.status != 403 {
                passed.push(format!("{method} {route} as {kind}: {} {:.200}", answer.status, answer.body));
            }
        }
    }
    assert!(passed.is_empty(), "{}", passed.join("\n"));
}

/// A notebook's page is a script on the hub's own origin, with its reader's session: it must not pass for a program by
/// sending a header that is no token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_does_not_pass_for_a_program() {
    let template = Template::make(&BTreeMap::new()).await;
    let world = template.world().await;
    let boss = &template.sessions["boss"];
    let (cookies, own) = (boss.header(), boss.cookies["_xsrf"].as_str());
    let mut passed = Vec::new();
    for call in calls(Listener::Hub) {
        let (path, body) = call.ask(TARGETS[0], &template);
        let mut headers =
            vec![("cookie", cookies.as_str()), ("x-xsrftoken", own), ("content-type", "application/json")];
        let asked = (call.method.clone(), path.as_str());
        // Only what is refused to pages is asked again: nothing changes.
        if !path.starts_with("/hub/api/labdeck/") || !WINDOWS_OR_PROGRAMS.iter().any(|part| path.contains(part)) {
            continue;
        }
        let plain = world.ask(Listener::Hub, asked.clone(), &headers, &body).await;
        for dressed in ["Basic eDp4", "x", "token", "Negotiate abc def", ""] {
            headers.push(("authorization", dressed));
            let answer = world.ask(Listener::Hub, asked.clone(), &headers, &body).await;
            headers.pop();
            if (plain.status.as_u16(), answer.status.as_u16()) != (403, 403) {
                passed.push(format!("{} {path} with {dressed:?}: {} and {}", call.method, plain.status, answer.status));
            }
        }
    }
    assert!(passed.is_empty(), "{}", passed.join("\n"));
}

/// Parts of calls that pages have no business with.
const WINDOWS_OR_PROGRAMS: &[&str] = &[
    "/homes",
    "/folders",
    "/environment",
    "/jobs",
    "/pulls",
    "/resources",
    "/overview",
    "/hub/api/labdeck/hub",
    "/tickets",
];

const FETCH: &str = "\
A browser's own words on where a request comes from: which of them need the token of the pages. Answers to ada's cookies,
in columns by `Sec-Fetch-Site`: none sent, `none`, `same-origin`, `same-site`, `cross-site`. `Sec-Fetch-Dest` changes
nothing, which the test looks at too.

";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_browsers_say_of_a_request_is_weighed_as_reviewed() {
    let template = Template::make(&BTreeMap::new()).await;
    let world = template.world().await;
    let ada = &template.sessions["ada"];
    let (cookies, own) = (ada.header(), ada.cookies["_xsrf"].as_str());
    let mut text = FETCH.to_owned();
    let report = r#"{"last_activity":"2026-01-01T00:00:00Z"}"#;
    let asked = [(Method::GET, "/hub/api/user", ""), (Method::POST, "/hub/api/users/ada/activity", report)];
    for (method, path, body) in asked {
        for token in [None, Some(own)] {
            let mut rows = Vec::new();
            for mode in ["", "navigate", "same-origin", "cors", "no-cors", "websocket"] {
                let mut row = Vec::new();
                for site in ["", "none", "same-origin", "same-site", "cross-site"] {
                    let mut statuses = BTreeSet::new();
                    for dest in ["", "document", "empty", "iframe", "image"] {
                        let mut headers = vec![("cookie", cookies.as_str()), ("content-type", "application/json")];
                        let said = [("sec-fetch-mode", mode), ("sec-fetch-site", site), ("sec-fetch-dest", dest)];
                        headers.extend(said.into_iter().filter(|(_, value)| !value.is_empty()));
                        headers.extend(token.map(|token| ("x-xsrftoken", token)));
                        let answer = world.ask(Listener::Hub, (method.clone(), path), &headers, body).await;
                        statuses.insert(answer.status.as_u16().to_string());
                    }
                    assert_eq!(statuses.len(), 1, "{method} {mode} {site}: it depends on the destination");
                    row.extend(statuses);
                }
                rows.push((if mode.is_empty() { "no mode" } else { mode }.to_owned(), row));
            }
            let with = if token.is_some() { "with the token" } else { "without a token" };
            text.push_str(&section(&format!("{method} {path} {with}"), &rows));
        }
    }
    compare("fetch.txt", &text);
}

/// Other sites' pages may send little and read nothing, but which JupyterHub this speaks like (T-X5).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_for_another_sites_page() {
    let template = Template::make(&BTreeMap::new()).await;
    let world = template.world().await;
    let mut readable = BTreeSet::new();
    for route in labdeck_hub::routes("/", Listener::Hub) {
        for origin in ["http://evil.example", "null", "http://127.0.0.1:8081.evil.example", "tauri://localhost"] {
            for method in [Method::GET, Method::OPTIONS] {
                let token = format!("token {}", template.tokens["boss"]);
                let headers = [("origin", origin), ("authorization", token.as_str())];
                let answer = world.ask(Listener::Hub, (method, &filled(&route.path)), &headers, "").await;
                if answer.headers.contains_key("access-control-allow-origin") {
                    readable.insert(route.path.clone());
                }
                assert!(!answer.headers.contains_key("access-control-allow-credentials"), "{}", route.path);
            }
        }
    }
    assert_eq!(readable.into_iter().collect::<Vec<_>>(), ["/hub/api", "/hub/api/"]);
}

/// Reading is safe: every `GET` there is, twice over, and the database is as before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_changes_nothing() {
    let template = Template::make(&BTreeMap::new()).await;
    let world = template.world().await;
    read_everything(&world, &template).await;
    let before = dump(&world, "before").await;
    read_everything(&world, &template).await;
    assert_eq!(dump(&world, "after").await.len(), before.len());
    assert!(dump(&world, "after2").await == before, "reading has changed the database");
}

async fn read_everything(world: &World, template: &Template) {
    let token = format!("token {}", template.tokens["boss"]);
    for call in calls(Listener::Hub).into_iter().filter(|call| call.method == Method::GET) {
        for target in TARGETS {
            let (path, _) = call.ask(target, template);
            for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
                world.ask(Listener::Hub, (method, &path), &[("authorization", &token)], "").await;
            }
        }
    }
    for route in labdeck_hub::routes("/", Listener::Hub) {
        let page =
            !route.path.starts_with("/hub/api") && !["/hub/logout", "/hub/ticket"].contains(&route.path.as_str());
        if page && route.method.is_none_or(|method| method == Method::GET) {
            let mut session: Session = template.sessions["boss"].clone();
            world.page(&mut session, Method::GET, &filled(&route.path), &[]).await;
        }
    }
}

/// The whole database, as bytes.
async fn dump(world: &World, name: &str) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(name);
    world.hub.context().store.back_up(&file).await.unwrap();
    std::fs::read(file).unwrap()
}
