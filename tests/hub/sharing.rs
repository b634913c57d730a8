//! Shares and share codes by the API: JupyterHub's calls, models and refusals, and what a share adds to rights.

use http::Method;
use labdeck_testkit::Browser;
use serde_json::{Value, json};

use crate::support::{TestHub, simple};

const ROLES: &str = r#"
[[hub.load_roles]]
name = "sharers"
users = ["ada"]
scopes = ["shares!user", "read:users:name"]
"#;

const ADAS: &str = "/hub/api/shares/ada/";
const CODES: &str = "/hub/api/share-codes/ada/";

/// A hub in which ada may share and her server runs, and programs of ada, bo and the window.
async fn hub() -> (TestHub, Browser, Browser, Browser) {
    let toml =
        simple().replace("admin_users = [\"boss\"]", "admin_users = [\"boss\"]\nallowed_users = [\"ada\", \"bo\"]");
    let hub = TestHub::start(&format!("{toml}{ROLES}")).await;
    let (ada, bo, window) = (hub.program("ada", &[]).await, hub.program("bo", &[]).await, hub.window());
    hub.start_server(&ada, "ada", "").await;
    (hub, ada, bo, window)
}

async fn share(caller: &Browser, body: Value) -> Value {
    caller.api(Method::POST, ADAS, Some(body)).await
}

fn scopes_of(user: &Value) -> Vec<&str> {
    user["scopes"].as_array().unwrap().iter().filter_map(Value::as_str).collect()
}

#[tokio::test]
async fn a_share_has_jupyterhubs_shape() {
    let (_hub, ada, _, _) = hub().await;
    let mut made = share(&ada, json!({ "user": "bo" })).await;
    assert!(made["created_at"].take().as_str().unwrap().ends_with('Z'));
    let wanted = json!({
        "server": { "user": { "name": "ada" }, "name": "", "url": "/user/ada/", "full_url": null, "ready": true },
        "scopes": ["access:servers!server=ada/"], "labdeck_allows": ["open it and work in it"], "user": { "name": "bo" },
        "group": null, "kind": "user",
        "created_at": null, "labdeck_expires_at": null,
    });
    assert_eq!(made, wanted);
}

#[tokio::test]
async fn a_share_adds_to_rights_and_its_end_takes_them() {
    let (_hub, ada, bo, _) = hub().await;
    let mine = || bo.api(Method::GET, "/hub/api/user", None);
    assert!(!scopes_of(&mine().await).contains(&"access:servers!server=ada/"));
    share(&ada, json!({ "user": "bo", "scopes": ["access:servers", "read:servers"] })).await;
    let shared = mine().await;
    assert!(scopes_of(&shared).contains(&"access:servers!server=ada/"), "{shared}");
    assert_eq!(bo.json(Method::GET, "/hub/api/users/ada/server", None).await.status, 200);
    assert_eq!(bo.json(Method::POST, "/hub/api/users/ada/server", None).await.status, 404);
    let taken = json!({ "user": "bo", "scopes": ["read:servers"] });
    let left = ada.api(Method::PATCH, ADAS, Some(taken)).await;
    assert_eq!(left["scopes"], json!(["access:servers!server=ada/"]));
    assert_eq!(bo.json(Method::GET, "/hub/api/users/ada/server", None).await.status, 404);
    assert_eq!(ada.api(Method::PATCH, ADAS, Some(json!({ "user": "bo" }))).await, json!({}));
    assert!(!scopes_of(&mine().await).contains(&"access:servers!server=ada/"));
}

#[tokio::test]
async fn lists_always_come_in_pages() {
    let (hub, ada, bo, window) = hub().await;
    hub.add("cy").await;
    share(&ada, json!({ "user": "bo" })).await;
    share(&ada, json!({ "user": "cy" })).await;
    for path in ["/hub/api/shares/ada", ADAS] {
        let page = ada.api(Method::GET, path, None).await;
        assert_eq!(page["items"].as_array().unwrap().len(), 2, "{page}");
        assert_eq!(page["_pagination"], json!({ "offset": 0, "limit": 200, "total": 2, "next": null }));
    }
    let page = ada.api(Method::GET, "/hub/api/shares/ada/?limit=1", None).await;
    let next = page["_pagination"]["next"]["url"].as_str().unwrap();
    assert!(next.ends_with("/hub/api/shares/ada/?limit=1&offset=1"), "{next}");
    assert_eq!(page["items"][0]["user"]["name"], "bo");
    let with_bo = bo.api(Method::GET, "/hub/api/users/bo/shared", None).await;
    assert_eq!(with_bo["items"][0]["server"]["url"], "/user/ada/");
    assert_eq!(bo.json(Method::GET, "/hub/api/users/ada/shared", None).await.status, 404);
    assert_eq!(window.json(Method::GET, "/hub/api/shares/nobody", None).await.status, 404);
    assert_eq!(window.json(Method::GET, "/hub/api/shares/ada/none", None).await.message(), "No such server: ada/none");
}

#[tokio::test]
async fn who_was_given_a_share_can_leave() {
    let (_hub, ada, bo, _) = hub().await;
    let path = "/hub/api/users/bo/shared/ada/";
    let missing = bo.json(Method::GET, path, None).await;
    assert_eq!((missing.status.as_u16(), missing.message().as_str()), (404, "No such share for user bo on ada/"));
    share(&ada, json!({ "user": "bo" })).await;
    assert_eq!(bo.api(Method::GET, path, None).await["kind"], "user");
    assert_eq!(ada.json(Method::DELETE, path, None).await.status, 404);
    assert_eq!(bo.json(Method::DELETE, path, None).await.status, 204);
    assert_eq!(bo.json(Method::DELETE, path, None).await.status, 404);
}

#[tokio::test]
async fn what_a_share_cannot_be_is_refused() {
    let (_hub, ada, bo, window) = hub().await;
    let cases = [
        (json!({}), 400, "exactly one"),
        (json!({ "user": "bo", "group": "lab" }), 400, "not both"),
        (json!({ "user": "bo", "expires_in": 60 }), 400, "expires_in"),
        (json!({ "user": "bo", "scopes": ["admin:users"] }), 400, "cannot give admin:users"),
        (json!({ "user": "bo", "scopes": ["nonsense"] }), 400, "no scope"),
        (json!({ "user": "bo", "scopes": ["access:servers!user=ada"] }), 400, "only !server=ada/"),
        (json!({ "user": "nobody" }), 400, "No such user: nobody"),
        (json!({ "user": "bo", "labdeck_expires_in": 1 }), 400, "60 to"),
        (json!({ "group": "lab" }), 403, "read:groups:name"),
        (json!({ "user": "bo", "scopes": ["custom:x:read"] }), 403, "custom:x:read!server=ada/"),
    ];
    for (body, status, words) in cases {
        let page = ada.json(Method::POST, ADAS, Some(body.clone())).await;
        assert_eq!(page.status, status, "{body} {}", page.body);
        assert!(page.message().contains(words), "{body} {}", page.body);
    }
    let wish = || Some(json!({ "user": "ada" }));
    assert_eq!(bo.json(Method::POST, "/hub/api/shares/bo/", wish()).await.status, 403);
    assert_eq!(window.json(Method::POST, "/hub/api/shares/bo/none", wish()).await.status, 404);
    assert_eq!(window.json(Method::POST, "/hub/api/shares/ada", wish()).await.status, 405);
    assert_eq!(
        window.json(Method::POST, ADAS, Some(json!({ "group": "none" }))).await.message(),
        "No such group: none"
    );
    assert_eq!(window.api(Method::PATCH, ADAS, Some(json!({ "group": "none" }))).await, json!({}));
}

#[tokio::test]
async fn a_code_gives_its_share_until_it_is_withdrawn() {
    let (_hub, ada, _, _) = hub().await;
    let made = ada.api(Method::POST, CODES, Some(json!({ "expires_in": 600 }))).await;
    let code = made["code"].as_str().unwrap();
    assert_eq!(code.len(), 43);
    assert_eq!(made["accept_url"], format!("/hub/accept-share?code={code}"));
    assert_eq!(
        (&made["id"], &made["exchange_count"], &made["full_accept_url"]),
        (&json!("sc_1"), &json!(0), &Value::Null)
    );
    let listed = ada.api(Method::GET, CODES, None).await;
    assert_eq!(listed["items"][0]["id"], "sc_1");
    assert!(listed["items"][0].get("code").is_none(), "shown once");
    for seconds in [59, 31_536_001] {
        let wish = Some(json!({ "expires_in": seconds }));
        assert_eq!(ada.json(Method::POST, CODES, wish).await.status, 400);
    }
    let withdraw = |query: &str| format!("{CODES}?{query}");
    let gone = ada.json(Method::DELETE, &withdraw("id=sc_9"), None).await;
    assert_eq!((gone.status.as_u16(), gone.message().as_str()), (404, "No code found matching id=sc_9"));
    let gone = ada.json(Method::DELETE, &withdraw("code=0000"), None).await;
    assert_eq!((gone.status.as_u16(), gone.message().as_str()), (404, "No matching code found"));
    assert_eq!(ada.json(Method::DELETE, &withdraw(&format!("code={code}")), None).await.status, 204);
    assert_eq!(ada.api(Method::GET, "/hub/api/share-codes/ada", None).await["items"], json!([]));
}

#[tokio::test]
async fn a_removed_user_takes_shares_along() {
    let (_hub, ada, _, window) = hub().await;
    share(&ada, json!({ "user": "bo" })).await;
    assert_eq!(window.json(Method::DELETE, "/hub/api/users/bo", None).await.status, 204);
    assert_eq!(ada.api(Method::GET, ADAS, None).await["items"], json!([]));
    share(&window, json!({ "user": "boss" })).await;
    assert_eq!(window.json(Method::DELETE, ADAS, None).await.status, 204);
    assert_eq!(ada.api(Method::GET, ADAS, None).await["items"], json!([]));
}
