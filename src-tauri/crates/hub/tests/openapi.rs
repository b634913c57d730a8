//! The OpenAPI document: that the copy the window is built from is current, that it covers every route, and how it
//! stands beside JupyterHub's own.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking, in its helpers too")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use labdeck_hub::front::Listener;
use serde_json::Value;

/// What JupyterHub 6.1 documents and this version serves: method, path below `/hub/api`, scope. A dash is a call for
/// everybody who is signed in, two are for everybody at all.
const SERVED: &[(&str, &str, &str)] = &[
    ("get", "/", "--"),
    ("get", "/info", "read:hub"),
    ("get", "/user", "-"),
    ("get", "/users", "list:users"),
    ("post", "/users", "admin:users"),
    ("get", "/users/{name}", "read:users"),
    ("post", "/users/{name}", "admin:users"),
    ("patch", "/users/{name}", "admin:users"),
    ("delete", "/users/{name}", "delete:users"),
    ("post", "/users/{name}/activity", "users:activity"),
    ("post", "/users/{name}/server", "start:servers"),
    ("delete", "/users/{name}/server", "delete:servers"),
    ("get", "/users/{name}/servers/{server}", "read:servers"),
    ("put", "/users/{name}/servers/{server}", "start:servers"),
    ("post", "/users/{name}/servers/{server}", "start:servers"),
    ("patch", "/users/{name}/servers/{server}", "start:servers"),
    ("delete", "/users/{name}/servers/{server}", "delete:servers"),
    ("get", "/users/{name}/tokens", "read:tokens"),
    ("post", "/users/{name}/tokens", "tokens"),
    ("get", "/users/{name}/tokens/{id}", "read:tokens"),
    ("delete", "/users/{name}/tokens/{id}", "tokens"),
    ("get", "/groups", "list:groups"),
    ("get", "/groups/{name}", "read:groups"),
    ("post", "/groups/{name}", "admin:groups"),
    ("delete", "/groups/{name}", "delete:groups"),
    ("post", "/groups/{name}/users", "groups"),
    ("delete", "/groups/{name}/users", "groups"),
    ("put", "/groups/{name}/properties", "groups"),
    ("get", "/services", "list:services"),
    ("get", "/services/{name}", "read:services"),
    ("get", "/proxy", "proxy"),
    ("post", "/proxy", "proxy"),
    ("patch", "/proxy", "proxy"),
    ("post", "/authorizations/token", "--"),
    ("get", "/authorizations/token/{token}", "-"),
    ("get", "/authorizations/cookie/{cookie_name}/{cookie_value}", "-"),
    ("post", "/shutdown", "shutdown"),
    ("post", "/oauth2/token", "--"),
    ("get", "/users/{name}/shared", "read:users:shares"),
    ("get", "/users/{name}/shared/{owner}/{server}", "read:users:shares"),
    ("delete", "/users/{name}/shared/{owner}/{server}", "users:shares"),
    ("get", "/groups/{name}/shared", "read:groups:shares"),
    ("get", "/groups/{name}/shared/{owner}/{server}", "read:groups:shares"),
    ("delete", "/groups/{name}/shared/{owner}/{server}", "groups:shares"),
    ("get", "/shares/{owner}", "read:shares"),
    ("get", "/shares/{owner}/{server}", "read:shares"),
    ("post", "/shares/{owner}/{server}", "shares"),
    ("patch", "/shares/{owner}/{server}", "shares"),
    ("delete", "/shares/{owner}/{server}", "shares"),
    ("get", "/share-codes/{owner}", "read:shares"),
    ("get", "/share-codes/{owner}/{server}", "read:shares"),
    ("post", "/share-codes/{owner}/{server}", "shares"),
    ("delete", "/share-codes/{owner}/{server}", "shares"),
];

/// What JupyterHub 6.1 documents and this version does not serve yet.
const LATER: &[(&str, &[&str])] = &[];

/// Served, and not in JupyterHub's document. (Its `/oauth2/authorize` is a page here, as it is there.)
const BESIDE: &[(&str, &str)] = &[
    ("get", "/health"),
    ("get", "/metrics"),
    ("post", "/groups"),
    ("post", "/services/{name}"),
    ("delete", "/services/{name}"),
    ("post", "/users/{name}/admin-access"),
    ("get", "/users/{name}/server"),
    ("put", "/users/{name}/server"),
    ("patch", "/users/{name}/server"),
    ("get", "/users/{name}/server/progress"),
    ("get", "/users/{name}/servers/{server}/progress"),
    ("get", "/users/{name}/servers/"),
    ("put", "/users/{name}/servers/"),
    ("patch", "/users/{name}/servers/"),
    ("post", "/users/{name}/servers/"),
    ("delete", "/users/{name}/servers/"),
    ("get", "/shares/{owner}/"),
    ("post", "/shares/{owner}/"),
    ("patch", "/shares/{owner}/"),
    ("delete", "/shares/{owner}/"),
    ("get", "/users/{name}/shared/{owner}/"),
    ("delete", "/users/{name}/shared/{owner}/"),
    ("get", "/groups/{name}/shared/{owner}/"),
    ("delete", "/groups/{name}/shared/{owner}/"),
    ("get", "/share-codes/{owner}/"),
    ("post", "/share-codes/{owner}/"),
    ("delete", "/share-codes/{owner}/"),
];

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn document() -> Value {
    serde_json::from_str(&labdeck_hub::api::openapi_document()).unwrap()
}

/// (method, path below `/hub/api`) of every operation.
fn operations(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| (method, path)));
    all.map(|(method, path)| (method.clone(), path.strip_prefix("/hub/api").unwrap().to_owned())).collect()
}

/// The same of every route of the API.
fn routes() -> BTreeSet<(String, String)> {
    let calls = labdeck_hub::routes("/", Listener::Control).into_iter().filter_map(|route| {
        let method = route.method.map(|method| method.as_str().to_lowercase())?;
        let below = route.path.strip_prefix("/hub/api")?;
        let below = if below.is_empty() { "/" } else { below };
        METHODS.contains(&method.as_str()).then(|| (method, below.to_owned()))
    });
    calls.collect()
}

fn fixed_copy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/api/openapi.json")
}

#[test]
fn the_windows_copy_is_current() {
    let made = labdeck_hub::api::openapi_document();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(fixed_copy(), &made).unwrap();
    }
    let kept = fs::read_to_string(fixed_copy()).unwrap_or_default();
    let same = serde_json::from_str::<Value>(&kept).is_ok_and(|kept| kept == document());
    assert!(
        same,
        "ui/src/api/openapi.json is old: run this test with UPDATE=1, then the window's with UPDATE=1 npm test"
    );
}

#[test]
fn every_route_has_an_operation_and_every_operation_a_route() {
    let (routes, operations) = (routes(), operations(&document()));
    let missing: Vec<_> = routes.difference(&operations).collect();
    let dead: Vec<_> = operations.difference(&routes).collect();
    assert!(missing.is_empty() && dead.is_empty(), "without an operation: {missing:?}; without a route: {dead:?}");
}

#[test]
fn operations_have_names_of_their_own_and_say_who_may_call_them() {
    let document = document();
    let mut names = BTreeSet::new();
    for (method, path) in operations(&document) {
        let operation = &document["paths"][format!("/hub/api{path}")][&method];
        assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{method} {path}");
        assert!(operation["security"].is_array(), "{method} {path} does not say who may call it");
    }
}

#[test]
fn references_lead_somewhere() {
    let text = labdeck_hub::api::openapi_document();
    let schemas = document()["components"]["schemas"].clone();
    for reference in text.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(schemas.get(reference).is_some(), "{reference} is not described");
    }
}

#[test]
fn jupyterhubs_calls_are_served_with_its_scopes_or_stand_on_the_list_for_later() {
    let document = document();
    let operations = operations(&document);
    for (method, path, scope) in SERVED {
        let security = &document["paths"][format!("/hub/api{path}")][*method]["security"][0];
        let said = match security["token"].as_array() {
            Some(scopes) => scopes.first().and_then(Value::as_str).unwrap_or("-"),
            None => "--",
        };
        assert!(operations.contains(&((*method).to_owned(), (*path).to_owned())), "{method} {path} is not served");
        assert_eq!(said, *scope, "{method} {path}");
    }
    for (path, methods) in LATER {
        for method in *methods {
            let served = operations.contains(&((*method).to_owned(), (*path).to_owned()));
            assert!(!served, "{method} {path} is served now: move it from LATER to SERVED");
        }
    }
}

#[test]
fn what_jupyterhub_does_not_have_is_listed_or_below_labdeck() {
    let known: BTreeSet<_> =
        SERVED.iter().map(|(method, path, _)| (*method, *path)).chain(BESIDE.iter().copied()).collect();
    let operations = operations(&document());
    let others = operations.iter().filter(|(_, path)| !path.starts_with("/labdeck/"));
    let unlisted: Vec<_> = others.filter(|(method, path)| !known.contains(&(method, path))).collect();
    assert!(unlisted.is_empty(), "neither JupyterHub's nor on the list of what is beside it: {unlisted:?}");
}
