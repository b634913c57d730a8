//! `/hub/api/groups`: making, looking at, changing, removing, listing; what a right narrowed to a group reaches.

use http::Method;
use labdeck_testkit::Browser;
use serde_json::{Value, json};

use crate::support::{TestHub, simple};

async fn hub() -> TestHub {
    let hub = TestHub::start(&simple()).await;
    for name in ["ada", "bo", "cy"] {
        hub.add(name).await;
    }
    hub
}

async fn make(hub: &TestHub, name: &str, users: &[&str]) {
    let body = Some(json!({ "users": users }));
    hub.window().api(Method::POST, &format!("/hub/api/groups/{name}"), body).await;
}

async fn status(caller: &Browser, method: Method, path: &str, body: Option<Value>) -> u16 {
    caller.json(method, path, body).await.status.as_u16()
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|group| group["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_group_is_made_looked_at_changed_and_removed() {
    let hub = hub().await;
    let window = hub.window();
    let made = window.json(Method::POST, "/hub/api/groups/lab", Some(json!({ "users": ["ada"] }))).await;
    assert_eq!(made.status, 201);
    let whole = json!({ "kind": "group", "name": "lab", "users": ["ada"], "properties": {}, "roles": [] });
    assert_eq!(made.value(), whole);
    assert_eq!(window.api(Method::GET, "/hub/api/groups/lab", None).await, whole);
    let more = json!({ "users": ["ada", "BO"] });
    let grown = window.json(Method::POST, "/hub/api/groups/lab/users", Some(more.clone())).await;
    assert_eq!((grown.status.as_u16(), &grown.value()["users"]), (200, &json!(["ada", "bo"])));
    let less = window.json(Method::DELETE, "/hub/api/groups/lab/users", Some(json!({ "users": ["ada", "cy"] }))).await;
    assert_eq!((less.status.as_u16(), &less.value()["users"]), (200, &json!(["bo"])));
    let kept = json!({ "room": 7, "deep": { "x": [null] } });
    let put = window.api(Method::PUT, "/hub/api/groups/lab/properties", Some(kept.clone())).await;
    assert_eq!(put["properties"], kept);
    let bo = window.api(Method::GET, "/hub/api/users/bo", None).await;
    assert_eq!(bo["groups"], json!(["lab"]));
    assert_eq!(status(&window, Method::DELETE, "/hub/api/groups/lab", None).await, 204);
    let gone = window.json(Method::GET, "/hub/api/groups/lab", None).await;
    assert_eq!((gone.status.as_u16(), gone.message().as_str()), (404, "No such group: lab"));
    assert_eq!(window.api(Method::GET, "/hub/api/users/bo", None).await["groups"], json!([]));
}

#[tokio::test]
async fn several_groups_are_made_at_once_or_none() {
    let hub = hub().await;
    let window = hub.window();
    let body = json!({ "groups": ["lab", "art"], "users": ["ada"] });
    let made = window.json(Method::POST, "/hub/api/groups", Some(body)).await;
    assert_eq!((made.status.as_u16(), names(&made.value())), (201, vec!["lab", "art"]));
    assert_eq!(made.value()[1]["users"], json!(["ada"]));
    let taken = window.json(Method::POST, "/hub/api/groups", Some(json!({ "groups": ["new", "art"] }))).await;
    assert_eq!((taken.status.as_u16(), taken.message().as_str()), (409, "Group art already exists"));
    assert_eq!(names(&window.api(Method::GET, "/hub/api/groups", None).await), ["lab", "art"]);
    let none = window.json(Method::POST, "/hub/api/groups", Some(json!({}))).await;
    assert_eq!((none.status.as_u16(), none.message().as_str()), (400, "Must specify at least one group to create"));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_in_words() {
    let hub = hub().await;
    let window = hub.window();
    make(&hub, "lab", &[]).await;
    for (method, path, body, expected) in [
        (Method::POST, "/hub/api/groups/lab", json!({}), 409),
        (Method::POST, "/hub/api/groups/x", json!({ "users": ["nobody"] }), 400),
        (Method::POST, "/hub/api/groups/x", json!({ "users": "ada" }), 400),
        (Method::POST, "/hub/api/groups/x", json!({ "colour": "red" }), 400),
        (Method::POST, "/hub/api/groups/a%20b", json!({}), 400),
        (Method::POST, "/hub/api/groups", json!({ "groups": ["a/b"] }), 400),
        (Method::POST, "/hub/api/groups/lab/users", json!({}), 400),
        (Method::POST, "/hub/api/groups/lab/users", json!({ "users": ["ada", "nobody"] }), 400),
        (Method::DELETE, "/hub/api/groups/lab/users", json!({}), 400),
        (Method::POST, "/hub/api/groups/none/users", json!({ "users": [] }), 404),
        (Method::PUT, "/hub/api/groups/lab/properties", json!([1]), 400),
        (Method::PUT, "/hub/api/groups/lab/properties", Value::Null, 400),
        (Method::PUT, "/hub/api/groups/none/properties", json!({}), 404),
        (Method::DELETE, "/hub/api/groups/none", json!({}), 404),
    ] {
        let answer = window.json(method.clone(), path, Some(body.clone())).await;
        assert_eq!(answer.status, expected, "{method} {path} {body}: {}", answer.body);
        assert!(answer.message().len() > 10, "{method} {path} {body}: {}", answer.body);
    }
    let lab = window.api(Method::GET, "/hub/api/groups/lab", None).await;
    assert_eq!(lab["users"], json!([]), "a refused list moves nobody");
}

#[tokio::test]
async fn groups_come_in_pages() {
    let hub = hub().await;
    let window = hub.window();
    window.api(Method::POST, "/hub/api/groups", Some(json!({ "groups": ["one", "two", "three"] }))).await;
    let accept = [("accept", "text/html, application/jupyterhub-pagination+json")];
    let page = window.request(Method::GET, "/hub/api/groups?limit=2", &accept, "").await.value();
    assert_eq!(names(&page["items"]), ["one", "two"]);
    let about = &page["_pagination"];
    assert_eq!((&about["total"], &about["limit"], &about["next"]["offset"]), (&json!(3), &json!(2), &json!(2)));
    let bare = window.api(Method::GET, "/hub/api/groups?offset=1&limit=1", None).await;
    assert_eq!(names(&bare), ["two"]);
    assert_eq!(status(&window, Method::GET, "/hub/api/groups?limit=x", None).await, 400);
}

#[tokio::test]
async fn each_field_needs_its_scope() {
    let hub = hub().await;
    make(&hub, "lab", &["ada"]).await;
    let keys = async |scope: &str| {
        let caller = hub.program("boss", &[scope]).await;
        let model = caller.api(Method::GET, "/hub/api/groups/lab", None).await;
        model.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(keys("read:groups").await, "kind name properties users");
    assert_eq!(keys("read:groups:name").await, "kind name");
    assert_eq!(keys("read:roles:groups").await, "kind name roles");
    assert_eq!(keys("admin:groups").await, "kind name properties roles users");
    let list = hub.program("boss", &["list:groups"]).await;
    assert_eq!(list.api(Method::GET, "/hub/api/groups", None).await, json!([{ "kind": "group", "name": "lab" }]));
}

#[tokio::test]
async fn a_right_to_one_group_reaches_that_group_and_its_members() {
    let hub = hub().await;
    make(&hub, "lab", &["ada"]).await;
    make(&hub, "art", &["bo"]).await;
    let of = async |scope: &str| hub.program("boss", &[scope]).await;
    let keeper = of("groups!group=lab").await;
    assert_eq!(names(&keeper.api(Method::GET, "/hub/api/groups", None).await), ["lab"]);
    assert_eq!(status(&keeper, Method::GET, "/hub/api/groups/art", None).await, 404);
    let add = json!({ "users": ["cy"] });
    assert_eq!(status(&keeper, Method::POST, "/hub/api/groups/lab/users", Some(add.clone())).await, 200);
    assert_eq!(status(&keeper, Method::POST, "/hub/api/groups/art/users", Some(add)).await, 404);
    assert_eq!(status(&keeper, Method::DELETE, "/hub/api/groups/lab", None).await, 403);
    assert_eq!(status(&of("delete:groups!group=lab").await, Method::DELETE, "/hub/api/groups/art", None).await, 404);
    assert_eq!(status(&of("list:groups!user=ada").await, Method::GET, "/hub/api/groups", None).await, 403);
    let maker = of("admin:groups!group=new").await;
    assert_eq!(status(&maker, Method::POST, "/hub/api/groups/new", None).await, 201);
    assert_eq!(status(&maker, Method::POST, "/hub/api/groups/newer", None).await, 404);
    assert_eq!(status(&maker, Method::POST, "/hub/api/groups", Some(json!({ "groups": ["x"] }))).await, 403);
    let readers = of("list:users!group=lab").await;
    assert_eq!(names(&readers.api(Method::GET, "/hub/api/users", None).await), ["ada", "cy"]);
    let servers = of("servers!group=art").await;
    assert_eq!(status(&servers, Method::POST, "/hub/api/users/bo/server", None).await, 201);
    assert_eq!(status(&servers, Method::POST, "/hub/api/users/ada/server", None).await, 404);
}
