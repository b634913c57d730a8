//! Single-user servers ask the hub who comes (flow C): the dance as a browser does it, and every way it can go wrong.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;
use labdeck_testkit::{Browser, Page};
use serde_json::{Value, json};
use sha2::Digest as _;

use crate::support::{TestHub, sign_in_at, simple};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const ADAS: &str = "/user/ada/oauth_callback";

/// A hub in which ada's server runs, her signed-in browser, and the server's secret.
async fn running() -> (TestHub, Browser, String) {
    let hub = TestHub::start(&simple()).await;
    let program = hub.program("ada", &[]).await;
    hub.start_server(&program, "ada", "").await;
    let facts = hub.browser().get("/user/ada/facts").await.value();
    let secret = facts["environment"]["JUPYTERHUB_API_TOKEN"].as_str().unwrap().to_owned();
    let ada = hub.signed_in("ada").await;
    (hub, ada, secret)
}

fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn authorize(more: &[(&str, &str)]) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(VERIFIER));
    let mut pairs = vec![
        ("client_id", "jupyterhub-user-ada"),
        ("redirect_uri", ADAS),
        ("response_type", "code"),
        ("state", "st4te"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in more {
        pairs.retain(|(known, _)| known != name);
        if !value.is_empty() {
            pairs.push((name, value));
        }
    }
    format!("/hub/api/oauth2/authorize?{}", query(&pairs))
}

fn parameter(address: &str, name: &str) -> Option<String> {
    let query = address.split_once('?')?.1;
    url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

async fn code(browser: &Browser) -> String {
    let page = browser.get_only(&authorize(&[])).await;
    let to = page.redirect().unwrap_or_else(|| panic!("{}", page.body));
    assert!(to.starts_with(ADAS), "{to}");
    assert_eq!(parameter(&to, "state").as_deref(), Some("st4te"));
    parameter(&to, "code").unwrap()
}

async fn exchange(hub: &TestHub, secret: &str, code: &str, more: &[(&str, &str)]) -> Page {
    let mut pairs = vec![
        ("client_id", "jupyterhub-user-ada"),
        ("client_secret", secret),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", ADAS),
        ("code_verifier", VERIFIER),
    ];
    for (name, value) in more {
        pairs.retain(|(known, _)| known != name);
        if !value.is_empty() {
            pairs.push((name, value));
        }
    }
    hub.behind_the_proxy().post_form_only("/hub/api/oauth2/token", &pairs).await
}

fn error_of(page: &Page) -> (u16, Value) {
    (page.status.as_u16(), page.value())
}

#[tokio::test]
async fn a_browser_gets_from_a_server_through_the_sign_in_and_back() {
    let hub = TestHub::start(&simple()).await;
    let program = hub.program("ada", &[]).await;
    hub.start_server(&program, "ada", "").await;
    let browser = hub.browser();
    let page = sign_in_at(&browser, "/user/ada/lab/tree/a%20b.ipynb?x=1", "ada", "pw").await;
    assert_eq!((page.status.as_u16(), page.path.as_str()), (200, "/user/ada/lab/tree/a%20b.ipynb?x=1"));
    assert_eq!(page.body, "ada sees lab/tree/a%20b.ipynb of /user/ada/");
    // The second page asks nobody anything.
    assert_eq!(browser.get_only("/user/ada/tree").await.status, 200);
}

#[tokio::test]
async fn an_exchange_is_answered_as_servers_expect() {
    let (hub, ada, secret) = running().await;
    let page = exchange(&hub, &secret, &code(&ada).await, &[]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!((page.header("cache-control"), page.header("pragma")), (Some("no-store"), Some("no-cache")));
    let answer = page.value();
    assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("Bearer"), &json!(1_209_600)));
    let token = hub.browser().with_token(answer["access_token"].as_str().unwrap());
    let who = token.api(Method::GET, "/hub/api/user", None).await;
    assert_eq!((&who["name"], &who["kind"]), (&json!("ada"), &json!("user")));
    assert_eq!(
        who["scopes"],
        json!(["access:servers!server=ada/", "read:users:groups!user=ada", "read:users:name!user=ada"])
    );
    assert_eq!(who["session_id"].as_str(), ada.cookie("jupyterhub-session-id").as_deref());
    assert!(who["token_id"].as_str().unwrap().starts_with('a'));
    // It says who somebody is, and nothing else.
    assert_eq!(token.json(Method::DELETE, "/hub/api/users/ada/server", None).await.status, 403);
}

#[tokio::test]
async fn a_wrong_secret_is_401() {
    let (hub, ada, secret) = running().await;
    let code = code(&ada).await;
    let refused = (401, json!({ "error": "invalid_client" }));
    for wrong in ["", "x", &secret.to_uppercase(), &format!("{secret}x")] {
        assert_eq!(error_of(&exchange(&hub, wrong, &code, &[]).await), refused, "{wrong}");
    }
    assert_eq!(error_of(&exchange(&hub, &secret, &code, &[("client_id", "jupyterhub-user-bo")]).await), refused);
    assert_eq!(error_of(&exchange(&hub, &secret, &code, &[("client_id", "")]).await), refused);
    // Not even by HTTP Basic.
    let basic =
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("jupyterhub-user-ada:{secret}")));
    let form = query(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", ADAS),
        ("code_verifier", VERIFIER),
    ]);
    let headers = [("authorization", basic.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    let page = hub.behind_the_proxy().request(Method::POST, "/hub/api/oauth2/token", &headers, &form).await;
    assert_eq!(page.status, 401);
    assert_eq!(exchange(&hub, &secret, &code, &[]).await.status, 200, "none of that used the code up");
}

#[tokio::test]
async fn a_code_works_once() {
    let (hub, ada, secret) = running().await;
    let code = code(&ada).await;
    assert_eq!(exchange(&hub, &secret, &code, &[]).await.status, 200);
    let refused = (400, json!({ "error": "invalid_grant" }));
    assert_eq!(error_of(&exchange(&hub, &secret, &code, &[]).await), refused);
    assert_eq!(error_of(&exchange(&hub, &secret, "never-made", &[]).await), refused);
}

#[tokio::test]
async fn a_code_needs_its_verifier() {
    let (hub, ada, secret) = running().await;
    let other = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let wrong = exchange(&hub, &secret, &code(&ada).await, &[("code_verifier", other)]).await;
    assert_eq!(error_of(&wrong), (400, json!({ "error": "invalid_grant" })));
    let missing = exchange(&hub, &secret, &code(&ada).await, &[("code_verifier", "")]).await;
    let words = json!({ "error": "invalid_request", "error_description": "Code verifier required." });
    assert_eq!(error_of(&missing), (400, words));
    let used = code(&ada).await;
    exchange(&hub, &secret, &used, &[("code_verifier", other)]).await;
    let retry = exchange(&hub, &secret, &used, &[]).await;
    assert_eq!(retry.status, 400, "a code that was shown wrongly may have been stolen");
}

#[tokio::test]
async fn the_other_mistakes_of_an_exchange_have_their_words() {
    let (hub, ada, secret) = running().await;
    let elsewhere = exchange(&hub, &secret, &code(&ada).await, &[("redirect_uri", "/user/bo/oauth_callback")]).await;
    assert_eq!(elsewhere.status, 400);
    assert_eq!(elsewhere.value()["error"], "invalid_request");
    let grant = exchange(&hub, &secret, &code(&ada).await, &[("grant_type", "password")]).await;
    assert_eq!(error_of(&grant), (400, json!({ "error": "unsupported_grant_type" })));
    let bare = exchange(&hub, &secret, "", &[("code", "")]).await;
    assert_eq!((bare.status.as_u16(), &bare.value()["error"]), (400, &json!("invalid_request")));
}

#[tokio::test]
async fn a_code_of_one_server_is_worth_nothing_at_another() {
    let (hub, ada, _) = running().await;
    let bo = hub.program("bo", &[]).await;
    hub.start_server(&bo, "bo", "").await;
    let facts = hub.browser().get("/user/bo/facts").await.value();
    let bos = facts["environment"]["JUPYTERHUB_API_TOKEN"].as_str().unwrap();
    let stolen = code(&ada).await;
    let page = exchange(&hub, bos, &stolen, &[("client_id", "jupyterhub-user-bo")]).await;
    assert_eq!(error_of(&page), (400, json!({ "error": "invalid_grant" })));
}

#[tokio::test]
async fn an_address_that_was_not_checked_is_never_redirected_to() {
    let (_hub, ada, _) = running().await;
    for (what, page) in [
        ("Mismatching redirect URI.", ada.get_only(&authorize(&[("redirect_uri", "http://evil.example/")])).await),
        ("Mismatching redirect URI.", ada.get_only(&authorize(&[("redirect_uri", "/user/ada/oauth_callback/")])).await),
        (
            "Invalid client_id parameter value.",
            ada.get_only(&authorize(&[("client_id", "jupyterhub-user-nobody")])).await,
        ),
        ("Invalid client_id parameter value.", ada.get_only(&authorize(&[("client_id", "")])).await),
    ] {
        assert_eq!((page.status.as_u16(), page.redirect()), (400, None), "{what}");
        assert!(page.body.contains(what), "{what}: {}", page.body);
    }
}

#[tokio::test]
async fn mistakes_of_a_known_client_are_sent_back_to_it() {
    let (_hub, ada, _) = running().await;
    for (word, more) in [
        ("invalid_scope", ("scope", "admin:users")),
        ("invalid_scope", ("scope", "fly")),
        ("unsupported_response_type", ("response_type", "token")),
        ("invalid_request", ("code_challenge_method", "S512")),
    ] {
        let to = ada.get_only(&authorize(&[more])).await.redirect().unwrap();
        assert!(to.starts_with(ADAS), "{to}");
        assert_eq!(parameter(&to, "error").as_deref(), Some(word), "{to}");
        assert_eq!((parameter(&to, "state").as_deref(), parameter(&to, "code")), (Some("st4te"), None), "{to}");
    }
}

#[tokio::test]
async fn another_user_gets_no_code() {
    let (hub, _, _) = running().await;
    let bo = hub.signed_in("bo").await;
    let page = bo.get_only(&authorize(&[])).await;
    assert_eq!((page.status.as_u16(), page.redirect()), (403, None));
    assert!(page.body.contains("You do not have permission to access"), "{}", page.body);
    assert_eq!(bo.get("/user/ada/lab").await.status, 403, "and the way through the server ends there too");
}

#[tokio::test]
async fn an_admin_is_asked_before_entering_somebodys_server_and_the_visit_is_written_down() {
    let (hub, ada, _) = running().await;
    let boss = hub.signed_in("boss").await;
    let asked = boss.get("/user/ada/lab").await;
    assert_eq!(asked.status, 200);
    assert!(asked.path.starts_with("/hub/api/oauth2/authorize?"), "{}", asked.path);
    let visits = ada.json(Method::GET, "/hub/api/labdeck/visits", None).await.value();
    assert_eq!(visits, json!([]), "asking is no visit");
    let unticked = boss.post_form(&asked.path, &[("_xsrf", &asked.field("_xsrf").unwrap())]).await;
    assert!(unticked.path.starts_with("/hub/api/oauth2/authorize?"), "agreeing to nothing is no agreement");
    let foreign = boss.post_form_only(&asked.path, &[("scopes", "access:servers!server=ada/")]).await;
    assert_eq!(foreign.status, 403, "without the token of the form");
    let mut fields = vec![("_xsrf".to_owned(), asked.field("_xsrf").unwrap())];
    fields.extend(scopes_of(&asked.body).into_iter().map(|scope| ("scopes".to_owned(), scope)));
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let page = boss.post_form(&asked.path, &fields).await;
    assert_eq!(page.body, "boss sees lab of /user/ada/");
    let visits = ada.json(Method::GET, "/hub/api/labdeck/visits", None).await.value();
    assert_eq!((&visits[0]["visitor"], &visits[0]["user"]), (&json!("boss"), &json!("ada")));
}

#[tokio::test]
async fn a_client_that_names_no_address_gets_the_code_at_its_registered_one() {
    let (_hub, ada, _) = running().await;
    let to = ada.get_only(&authorize(&[("redirect_uri", "")])).await.redirect().unwrap();
    assert!(to.starts_with(ADAS) && parameter(&to, "code").is_some(), "{to}");
}

#[tokio::test]
async fn no_more_is_granted_than_the_form_names_and_no_more_can_be_named_than_was_asked() {
    let (hub, _, _) = running().await;
    let boss = hub.signed_in("boss").await;
    let asked = boss.get("/user/ada/lab").await;
    let xsrf = asked.field("_xsrf").unwrap();
    let post = async |scope: &str| boss.post_form_only(&asked.path, &[("_xsrf", &xsrf), ("scopes", scope)]).await;
    let to = post("access:servers!server=ada/").await.redirect().unwrap();
    assert!(parameter(&to, "code").is_some(), "{to}");
    let to = post("admin:users").await.redirect().unwrap();
    assert_eq!(parameter(&to, "error").as_deref(), Some("invalid_scope"), "{to}");
}

/// The values of the boxes of the page that asks.
fn scopes_of(body: &str) -> Vec<String> {
    let boxes = body.split("name=\"scopes\"").skip(1);
    let values = boxes.filter_map(|rest| rest.split('>').next()?.split("value=\"").nth(1)?.split('"').next());
    values.map(|value| value.replace("&#x2f;", "/").replace("&amp;", "&")).collect()
}

#[tokio::test]
async fn nobody_signed_in_is_sent_to_sign_in_and_comes_back_with_everything() {
    let (hub, _, _) = running().await;
    let asked = authorize(&[]);
    let to = hub.browser().get_only(&asked).await.redirect().unwrap();
    assert!(to.starts_with("/hub/login?next="), "{to}");
    assert_eq!(parameter(&to, "next").as_deref(), Some(asked.as_str()));
}

#[tokio::test]
async fn looking_does_not_make_a_code() {
    let (_hub, ada, _) = running().await;
    let page = ada.request(Method::HEAD, &authorize(&[]), &[], "").await;
    assert_eq!(page.redirect(), None);
}

#[tokio::test]
async fn a_stopped_server_takes_its_codes_and_tokens_along() {
    let (hub, ada, secret) = running().await;
    let kept = code(&ada).await;
    let answer = exchange(&hub, &secret, &code(&ada).await, &[]).await.value();
    let token = hub.browser().with_token(answer["access_token"].as_str().unwrap());
    assert_eq!(token.json(Method::GET, "/hub/api/user", None).await.status, 200);
    hub.window().api(Method::DELETE, "/hub/api/users/ada/server", None).await;
    assert_eq!(token.json(Method::GET, "/hub/api/user", None).await.status, 403);
    assert_eq!(exchange(&hub, &secret, &kept, &[]).await.status, 401);
}

#[tokio::test]
async fn a_code_shown_several_times_at_once_gives_one_token() {
    let (hub, ada, secret) = running().await;
    let code = code(&ada).await;
    let ask = || exchange(&hub, &secret, &code, &[]);
    let (a, b, c, d) = tokio::join!(ask(), ask(), ask(), ask());
    let mut statuses = [a, b, c, d].map(|page| page.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400, 400, 400]);
    let listed = hub.program("ada", &[]).await.api(Method::GET, "/hub/api/users/ada/tokens", None).await;
    let given = listed["api_tokens"].as_array().unwrap().iter().filter(|token| token["session_id"].is_string());
    assert_eq!(given.count(), 1, "{listed}");
}

#[tokio::test]
async fn what_a_sign_in_gave_ends_with_it() {
    let (hub, ada, secret) = running().await;
    let elsewhere = hub.signed_in("ada").await;
    let token = |page: &Page| hub.browser().with_token(page.value()["access_token"].as_str().unwrap());
    let here = token(&exchange(&hub, &secret, &code(&ada).await, &[]).await);
    let there = token(&exchange(&hub, &secret, &code(&elsewhere).await, &[]).await);
    let unused = code(&ada).await;
    let asked = async |program: &Browser| program.json(Method::GET, "/hub/api/user", None).await.status.as_u16();
    assert_eq!((asked(&here).await, asked(&there).await), (200, 200));
    ada.get("/hub/logout").await;
    assert_eq!((asked(&here).await, asked(&there).await), (403, 200), "one sign-in of two has ended");
    assert_eq!(error_of(&exchange(&hub, &secret, &unused, &[]).await), (400, json!({ "error": "invalid_grant" })));
    hub.window().api(Method::DELETE, "/hub/api/users/ada", None).await;
    assert_eq!(asked(&there).await, 403, "the account is gone");
    assert_eq!(asked(&hub.browser().with_token(&secret)).await, 403, "and with it its server");
}
