//! `/hub/api/users/{name}/tokens`: never more than their owner, never longer than they were made for.

use std::time::Duration;

use http::Method;
use labdeck_model::{Clock as _, SystemClock, Timestamp};
use labdeck_testkit::{Browser, eventually};
use serde_json::{Value, json};

use crate::support::{TestHub, simple};

const ADAS: &str = "/hub/api/users/ada/tokens";

async fn create(caller: &Browser, wish: Value) -> (u16, Value) {
    let made = caller.json(Method::POST, ADAS, Some(wish)).await;
    (made.status.as_u16(), made.value())
}

#[tokio::test]
async fn a_token_is_shown_once_and_works() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    let (status, made) = create(&ada, json!({ "note": "for a script" })).await;
    assert_eq!(status, 201);
    assert_eq!(
        (&made["user"], &made["kind"], &made["note"]),
        (&json!("ada"), &json!("api_token"), &json!("for a script"))
    );
    let token = made["token"].as_str().unwrap();
    assert!((8..=64).contains(&token.len()));
    assert_eq!(hub.browser().with_token(token).api(Method::GET, "/hub/api/user", None).await["name"], "ada");
    let listed = ada.json(Method::GET, ADAS, None).await;
    assert!(!listed.body.contains(token), "{}", listed.body);
    let one = ada.api(Method::GET, &format!("{ADAS}/{}", made["id"].as_str().unwrap()), None).await;
    assert_eq!(
        (&one["note"], &one["oauth_client"], one.get("token")),
        (&json!("for a script"), &json!("JupyterHub"), None)
    );
}

#[tokio::test]
async fn a_revoked_token_is_nobodys_at_once() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    let (_, made) = create(&ada, json!({})).await;
    let program = hub.browser().with_token(made["token"].as_str().unwrap());
    assert_eq!(program.json(Method::GET, "/hub/api/user", None).await.status, 200);
    let path = format!("{ADAS}/{}", made["id"].as_str().unwrap());
    assert_eq!(ada.json(Method::DELETE, &path, None).await.status, 204);
    assert_eq!(program.json(Method::GET, "/hub/api/user", None).await.status, 403);
    assert_eq!(ada.json(Method::DELETE, &path, None).await.status, 404);
    for odd in ["a999999", "12", "a", "axyz", "a-1"] {
        assert_eq!(ada.json(Method::DELETE, &format!("{ADAS}/{odd}"), None).await.status, 404, "{odd}");
    }
}

#[tokio::test]
async fn a_token_ends_when_it_was_said_to() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    let (status, made) = create(&ada, json!({ "expires_in": 1 })).await;
    assert_eq!(status, 201);
    assert!(made["expires_at"].is_string());
    let program = hub.browser().with_token(made["token"].as_str().unwrap());
    eventually("the token has ended", Duration::from_secs(5), || async {
        (program.json(Method::GET, "/hub/api/user", None).await.status == 403).then_some(())
    })
    .await;
    let listed = ada.json(Method::GET, ADAS, None).await;
    assert!(!listed.body.contains(&format!("\"{}\"", made["id"].as_str().unwrap())), "{}", listed.body);
}

#[tokio::test]
async fn a_token_works_until_its_second_and_not_beyond() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    let (_, made) = create(&ada, json!({ "expires_in": 2 })).await;
    let time = |value: &Value| Timestamp::parse(value.as_str().unwrap()).unwrap();
    let (created, end) = (time(&made["created"]), time(&made["expires_at"]));
    assert_eq!(end.since(created), Duration::from_secs(2));
    let program = hub.browser().with_token(made["token"].as_str().unwrap());
    loop {
        let asked = SystemClock.now();
        let status = program.json(Method::GET, "/hub/api/user", None).await.status;
        if status == 200 {
            assert!(asked < end, "asked at {asked:?} and answered, though it ended at {end:?}");
        } else {
            assert!(SystemClock.now() >= end, "refused before {end:?}");
            break;
        }
    }
}

#[tokio::test]
async fn lifetimes_that_are_no_lifetimes_are_refused() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    for bad in [json!(0), json!(-1), json!(1.5), json!("10"), json!(1e308), json!(u64::MAX), json!(true), json!([])] {
        let (status, answer) = create(&ada, json!({ "expires_in": bad })).await;
        assert_eq!(status, 400, "{bad}: {answer}");
    }
    let (status, made) = create(&ada, json!({ "expires_in": null })).await;
    assert_eq!((status, &made["expires_at"]), (201, &json!(null)));
}

#[tokio::test]
async fn a_token_may_do_what_it_was_made_for_and_no_more() {
    let hub = TestHub::start(&simple()).await;
    let boss = hub.program("boss", &["read:users!user=ada"]).await;
    hub.add("ada").await;
    hub.add("bo").await;
    assert_eq!(boss.json(Method::GET, "/hub/api/users/ada", None).await.status, 200);
    assert_eq!(boss.json(Method::GET, "/hub/api/users/bo", None).await.status, 404);
    assert_eq!(boss.json(Method::GET, "/hub/api/users", None).await.status, 403);
    assert_eq!(boss.json(Method::DELETE, "/hub/api/users/bo", None).await.status, 403);
    assert_eq!(boss.json(Method::POST, "/hub/api/users/ada/server", None).await.status, 403);
    let me = boss.api(Method::GET, "/hub/api/user", None).await;
    let scopes = me["scopes"].as_array().unwrap();
    assert!(scopes.contains(&json!("read:users!user=ada")), "{me}");
    assert!(!scopes.iter().any(|scope| scope.as_str().unwrap().starts_with("admin")), "{me}");
}

#[tokio::test]
async fn a_token_never_exceeds_its_owner() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.program("ada", &[]).await;
    for beyond in ["admin:users", "list:users", "servers!user=boss", "shutdown", "access:servers", "read:users"] {
        let (status, answer) = create(&ada, json!({ "scopes": [beyond] })).await;
        assert_eq!(status, 400, "{beyond}: {answer}");
    }
    for nonsense in ["nope", "servers!planet=mars", "", "read:users!user=", "servers!server=ada"] {
        let (status, answer) = create(&ada, json!({ "scopes": [nonsense] })).await;
        assert_eq!(status, 400, "{nonsense:?}: {answer}");
    }
    let (status, made) = create(&ada, json!({ "scopes": ["servers!user=ada"] })).await;
    // What is asked for with what it implies, and who one is, which every token tells.
    let implied =
        ["delete:servers", "read:servers", "read:users:groups", "read:users:name", "servers", "start:servers"];
    let written_out: Vec<_> = implied.iter().map(|scope| format!("{scope}!user=ada")).collect();
    assert_eq!((status, &made["scopes"]), (201, &json!(written_out)));
}

#[tokio::test]
async fn a_limited_token_cannot_make_a_wider_one() {
    let hub = TestHub::start(&simple()).await;
    let limited = hub.program("ada", &["tokens!user=ada", "read:users:name!user=ada"]).await;
    for wider in [
        json!({}),
        json!({ "scopes": ["inherit"] }),
        json!({ "scopes": ["servers!user=ada"] }),
        json!({ "scopes": ["self"] }),
    ] {
        let (status, answer) = create(&limited, wider.clone()).await;
        assert_eq!(status, 400, "{wider}: {answer}");
    }
    let (status, _) = create(&limited, json!({ "scopes": ["read:users:name!user=ada"] })).await;
    assert_eq!(status, 201);
    // No scopes are none but to tell who one is: not all, as if nothing had been said.
    let (status, made) = create(&limited, json!({ "scopes": [] })).await;
    assert_eq!((status, &made["scopes"]), (201, &json!(["read:users:groups!user=ada", "read:users:name!user=ada"])));
}

#[tokio::test]
async fn taking_a_right_from_the_owner_takes_it_from_the_token() {
    let hub = TestHub::start(&simple()).await;
    let window = hub.window();
    hub.add("ada").await;
    window.api(Method::PATCH, "/hub/api/users/ada", Some(json!({ "admin": true }))).await;
    let ada = hub.program("ada", &["list:users"]).await;
    assert_eq!(ada.json(Method::GET, "/hub/api/users", None).await.status, 200);
    window.api(Method::PATCH, "/hub/api/users/ada", Some(json!({ "admin": false }))).await;
    assert_eq!(ada.json(Method::GET, "/hub/api/users", None).await.status, 403);
}

#[tokio::test]
async fn what_is_no_token_is_nobody() {
    let hub = TestHub::start(&simple()).await;
    let good = hub.token("ada", &[]).await;
    let long = "a".repeat(65);
    for bad in ["", "x", &good[..good.len() - 1], &format!("{good}x"), &good.to_uppercase(), &long, &"b".repeat(5000)] {
        let answer = hub
            .browser()
            .request(Method::GET, "/hub/api/user", &[("authorization", &format!("token {bad}"))], "")
            .await;
        assert_eq!(answer.status, 403, "{bad:.10}: {}", answer.body);
    }
    for scheme in ["token", "Token", "bearer", "BEARER"] {
        let line = format!("{scheme} {good}");
        let answer = hub.browser().request(Method::GET, "/hub/api/user", &[("authorization", &line)], "").await;
        assert_eq!(answer.status, 200, "{scheme}");
    }
    let basic =
        hub.browser().request(Method::GET, "/hub/api/user", &[("authorization", &format!("Basic {good}"))], "").await;
    assert_eq!(basic.status, 403);
}

#[tokio::test]
async fn a_token_in_an_address_is_no_sign_in() {
    let hub = TestHub::start(&simple()).await;
    let good = hub.token("ada", &[]).await;
    let answer = hub.browser().get_only(&format!("/hub/api/user?token={good}")).await;
    assert_eq!(answer.status, 403);
}

#[tokio::test]
async fn tokens_of_others_are_out_of_reach() {
    let hub = TestHub::start(&simple()).await;
    let bo = hub.program("bo", &[]).await;
    hub.add("ada").await;
    assert_eq!(bo.json(Method::GET, ADAS, None).await.status, 404);
    assert_eq!(bo.json(Method::POST, ADAS, Some(json!({}))).await.status, 403);
    assert_eq!(bo.json(Method::DELETE, &format!("{ADAS}/a1"), None).await.status, 404);
}

#[tokio::test]
async fn tokens_are_kept_as_hashes_only() {
    let hub = TestHub::start(&simple()).await;
    let token = hub.token("ada", &[]).await;
    let data = hub.data_dir();
    let _dir = hub.stop().await;
    for file in std::fs::read_dir(&data).unwrap().flatten().filter(|file| file.path().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        let found = bytes.windows(token.len()).any(|window| window == token.as_bytes());
        assert!(!found, "the token stands in {:?}", file.path());
    }
}

#[tokio::test]
async fn a_service_with_few_rights_makes_no_token_that_inherits() {
    let service = r#"
[[hub.services]]
name = "robot"
api_token = "at-least-32-characters-of-secret"
[[hub.load_roles]]
name = "robots"
services = ["robot"]
scopes = ["tokens", "list:users"]
"#;
    let hub = TestHub::start(&format!("{}{service}", simple())).await;
    hub.add("ada").await;
    let robot = hub.browser().with_token("at-least-32-characters-of-secret");
    for wish in [json!({}), json!({ "scopes": ["inherit"] })] {
        let made = robot.json(Method::POST, "/hub/api/users/boss/tokens", Some(wish.clone())).await;
        assert_eq!(made.status, 403, "for an admin: {wish}: {}", made.body);
        assert_eq!(create(&robot, wish.clone()).await.0, 400, "for anybody: {wish}");
    }
    assert_eq!(create(&robot, json!({ "scopes": ["servers!user=ada"] })).await.0, 400, "more than its own");
}

#[tokio::test]
async fn the_page_makes_tokens_with_the_permissions_that_are_typed() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.signed_in("ada").await;
    let xsrf = ada.get("/hub/token").await.field("_xsrf").unwrap();
    let make = async |scopes: &str| {
        let fields = [("_xsrf", xsrf.as_str()), ("note", "by hand"), ("expires_in", "3600"), ("scopes", scopes)];
        ada.post_form("/hub/token", &fields).await
    };
    assert_eq!(make("  read:users:name!user   access:servers!user ").await.status, 200);
    assert_eq!(make("").await.status, 200);
    for (scopes, words) in [("no:such", "does not exist"), ("admin:users", "not held by User ada")] {
        let page = make(scopes).await;
        assert_eq!(page.status, 400, "{scopes}");
        assert!(page.body.contains(words), "{}", page.body);
        assert_eq!(page.field("scopes").as_deref(), Some(scopes), "it can be mended");
    }
    let listed = ada.json(Method::GET, ADAS, None).await.value();
    let tokens = listed["api_tokens"].as_array().unwrap();
    let made: Vec<_> = tokens.iter().filter(|token| token["note"] == "by hand").map(|token| &token["scopes"]).collect();
    assert_eq!(made.len(), 2);
    // What tells whose a token is, every token may know.
    let narrow = json!(["access:servers!user=ada", "read:users:groups!user=ada", "read:users:name!user=ada"]);
    assert!(made.contains(&&narrow), "{made:?}");
}
