//! Signing in by the form: cookies and their flags, XSRF, wrong passwords, limits, and where one goes from there.

use http::Method;
use labdeck_testkit::{Browser, Page};
use serde_json::json;

use crate::support::{PASSWORD, TestHub, sign_in_at, simple};

async fn post_login(browser: &Browser, name: &str, password: &str) -> Page {
    let form = browser.get("/hub/login").await;
    let xsrf = form.field("_xsrf").unwrap();
    browser.post_form_only("/hub/login", &[("_xsrf", &xsrf), ("username", name), ("password", password)]).await
}

#[tokio::test]
async fn signing_in_sets_three_cookies_each_with_its_flags() {
    let hub = TestHub::start(&simple()).await;
    let page = post_login(&hub.browser(), "ada", "pw").await;
    assert_eq!(page.status, 302);
    let cookies = page.set_cookies();
    let line = |name: &str| {
        *cookies
            .iter()
            .find(|line| line.starts_with(&format!("{name}=")))
            .unwrap_or_else(|| panic!("{name}: {cookies:?}"))
    };
    for (name, path) in [("jupyterhub-hub-login", "/hub/"), ("jupyterhub-session-id", "/"), ("_xsrf", "/hub/")] {
        let line = line(name);
        let parts: Vec<_> = line.split("; ").collect();
        assert!(parts.contains(&format!("Path={path}").as_str()), "{line}");
        assert!(parts.contains(&"SameSite=Lax"), "{line}");
        assert!(!line.contains("Domain") && !line.contains("Secure"), "{line}");
        assert_eq!(parts.contains(&"HttpOnly"), name != "_xsrf", "{line}");
    }
    let value = line("jupyterhub-hub-login").split([';', '=']).nth(1).unwrap();
    assert!(value.len() >= 32, "at least 128 bits: {value}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_password_is_never_sent_back_and_a_page_is_never_kept() {
    let hub = TestHub::start(&simple()).await;
    let form = hub.browser().get("/hub/login").await;
    assert!(form.header("cache-control").unwrap_or_default().contains("no-store"));
    let wrong = post_login(&hub.browser(), "ada", "not-this-one").await;
    assert_eq!(wrong.status, 403);
    assert!(wrong.body.contains("Invalid username or password") && !wrong.body.contains("not-this-one"));
    assert!(!wrong.set_cookies().iter().any(|line| line.starts_with("jupyterhub-hub-login")));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let hub = TestHub::owned().await;
    hub.came_in("ada").await;
    hub.add("new").await;
    let tell = async |name: &str| {
        let browser = hub.browser();
        let page = post_login(&browser, name, "wrong wrong wrong").await;
        let xsrf = page.field("_xsrf").unwrap();
        (page.status, page.body.replace(name, "NAME").replace(&xsrf, "XSRF"))
    };
    let (known, unknown, pending) = (tell("ada").await, tell("nix").await, tell("new").await);
    assert_eq!(known.0, 403);
    assert_eq!(known, unknown);
    assert_eq!(known, pending, "somebody who was invited and has no password yet");
}

#[tokio::test]
async fn too_many_wrong_passwords_are_slowed_down() {
    let hub = TestHub::owned().await;
    hub.came_in("ada").await;
    let browser = hub.browser();
    let mut limited = None;
    for _ in 0..12 {
        let page = post_login(&browser, "ada", "wrong wrong wrong").await;
        if page.status == 429 {
            limited = Some(page);
            break;
        }
        assert_eq!(page.status, 403);
    }
    let limited = limited.expect("the twelfth attempt is refused");
    let wait: u64 = limited.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=300).contains(&wait), "{wait}");
    assert!(!limited.set_cookies().iter().any(|line| line.starts_with("jupyterhub-hub-login")));
}

#[tokio::test]
async fn the_form_is_good_for_the_browser_that_got_it_only() {
    let hub = TestHub::start(&simple()).await;
    let (ada, eve) = (hub.browser(), hub.browser().with_header("user-agent", "Another/1.0"));
    let adas = ada.get("/hub/login").await.field("_xsrf").unwrap();
    eve.get("/hub/login").await;
    let fields = |xsrf| [("_xsrf", xsrf), ("username", "ada"), ("password", "pw")];
    for (what, page) in [
        ("another browser's token", eve.post_form_only("/hub/login", &fields(&adas)).await),
        ("no token", ada.post_form_only("/hub/login", &[("username", "ada"), ("password", "pw")]).await),
        ("an empty token", ada.post_form_only("/hub/login", &fields("")).await),
        ("nonsense", ada.post_form_only("/hub/login", &fields("x")).await),
        ("no cookie", hub.browser().post_form_only("/hub/login", &fields(&adas)).await),
    ] {
        assert_eq!(page.status, 403, "{what}");
        assert!(page.body.contains("Login form invalid or expired. Try again."), "{what}: {}", page.body);
        assert!(page.field("_xsrf").is_some(), "{what}: the form comes again");
    }
    assert_eq!(ada.post_form_only("/hub/login", &fields(&adas)).await.status, 302);
}

#[tokio::test]
async fn a_form_from_another_site_is_refused() {
    let hub = TestHub::start(&simple()).await;
    for origin in ["http://evil.example", "null", "https://127.0.0.1"] {
        let browser = hub.browser().with_header("origin", origin);
        let page = post_login(&browser, "ada", "pw").await;
        assert_eq!(page.status, 403, "{origin}");
    }
    let own = hub.origin.clone();
    assert_eq!(post_login(&hub.browser().with_header("origin", &own), "ada", "pw").await.status, 302);
}

#[tokio::test]
async fn api_calls_with_cookies_follow_the_recorded_matrix() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.signed_in("ada").await;
    let xsrf = ada.cookie("_xsrf").unwrap();
    let get =
        async |path: &str, headers: &[(&str, &str)]| ada.request(Method::GET, path, headers, "").await.status.as_u16();
    let (user, mode, site) = ("/hub/api/user", "sec-fetch-mode", "sec-fetch-site");
    assert_eq!(get(user, &[]).await, 200);
    assert_eq!(get(user, &[(mode, "navigate")]).await, 200);
    assert_eq!(get(user, &[(mode, "cors"), (site, "same-origin")]).await, 403);
    assert_eq!(get(user, &[(mode, "cors"), ("x-xsrftoken", &xsrf)]).await, 200);
    assert_eq!(get(user, &[(mode, "cors"), ("x-csrftoken", &xsrf)]).await, 200);
    assert_eq!(get(&format!("{user}?_xsrf={xsrf}"), &[(mode, "cors")]).await, 200);
    assert_eq!(get(user, &[(mode, "no-cors"), (site, "same-origin")]).await, 200);
    assert_eq!(get(user, &[(mode, "no-cors"), (site, "cross-site")]).await, 403);
    assert_eq!(get(user, &[(mode, "cors"), ("x-xsrftoken", "wrong")]).await, 403);
    let missing = ada.request(Method::GET, user, &[(mode, "cors")], "").await;
    assert_eq!(missing.message(), "'_xsrf' argument missing from GET");
}

#[tokio::test]
async fn changing_something_by_cookie_needs_the_token_of_this_session() {
    let hub = TestHub::start(&simple()).await;
    let ada = hub.signed_in("ada").await;
    let before = hub.browser();
    before.get("/hub/login").await;
    let anonymous = before.cookie("_xsrf").unwrap();
    let eves = hub.signed_in("eve").await.cookie("_xsrf").unwrap();
    let adas = ada.cookie("_xsrf").unwrap();
    let (path, json) = ("/hub/api/users/ada/tokens", ("content-type", "application/json"));
    let post = async |headers: &[(&str, &str)]| ada.request(Method::POST, path, headers, "{}").await.status.as_u16();
    assert_eq!(post(&[json]).await, 403);
    assert_eq!(post(&[json, ("x-xsrftoken", &eves)]).await, 403);
    assert_eq!(post(&[json, ("x-xsrftoken", &anonymous)]).await, 403);
    assert_eq!(post(&[json, ("x-xsrftoken", &adas), ("origin", "http://evil.example")]).await, 403);
    assert_eq!(post(&[json, ("x-xsrftoken", &adas), ("origin", "null")]).await, 403);
    assert_eq!(post(&[("content-type", "text/plain"), ("x-xsrftoken", &adas)]).await, 403);
    assert_eq!(post(&[("content-type", "application/x-www-form-urlencoded"), ("x-xsrftoken", &adas)]).await, 403);
    for method in [Method::DELETE, Method::PATCH, Method::PUT] {
        let bare = ada.request(method.clone(), "/hub/api/users/ada", &[json], "{}").await;
        assert!([403, 405].contains(&bare.status.as_u16()), "{method}: {}", bare.status);
    }
    assert_eq!(post(&[json, ("x-xsrftoken", &adas), ("origin", &hub.origin)]).await, 201);
}

#[tokio::test]
async fn next_never_leads_away_from_the_hub() {
    let hub = TestHub::start(&simple()).await;
    let host = hub.origin.strip_prefix("http://").unwrap();
    let mut evil: Vec<String> = [
        "//evil.com",
        "///evil.com",
        "////evil.com/x",
        "http://evil.com",
        "https:evil.com",
        "http:/evil.com",
        "/\\evil.com",
        "\\\\evil.com",
        "/\t/evil.com",
        "/\n/evil.com",
        " //evil.com",
        "\u{b}//evil.com",
        "javascript:alert(1)",
        "data:text/html,x",
        "relative/x",
        "",
        "?x",
        "#x",
        "http://",
        "//",
        "/%09/evil.com",
        "\u{2044}\u{2044}evil.com",
        "/．evil.com",
        "//evil。com",
        "HTTP://EVIL.COM",
    ]
    .map(str::to_owned)
    .to_vec();
    evil.extend([
        format!("http://{host}//evil.com"),
        format!("http://{host}@evil.com"),
        format!("http://evil.com#@{host}/"),
        format!("//{host}@evil.com"),
        format!("http://{host}.evil.com/"),
        format!("http://user@{host}/x"),
    ]);
    for next in evil {
        let browser = hub.browser();
        let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", &next).finish();
        let login = format!("/hub/login?{query}");
        let form = browser.get(&login).await;
        let xsrf = form.field("_xsrf").unwrap();
        let page = browser.post_form_only(&login, &[("_xsrf", &xsrf), ("username", "ada"), ("password", "pw")]).await;
        let to = page.redirect().unwrap_or_else(|| panic!("{next:?}: {}", page.status));
        stays_here(&next, &to);
        // And so does the page for who is signed in already.
        stays_here(&next, &browser.get_only(&login).await.redirect().unwrap());
    }
}

fn stays_here(next: &str, to: &str) {
    assert!(to.starts_with('/') && !to.starts_with("//") && !to.starts_with("/\\"), "{next:?} leads to {to:?}");
    assert!(!to.chars().any(char::is_control), "{next:?} leads to {to:?}");
}

#[tokio::test]
async fn next_is_kept_where_it_is_ours() {
    let hub = TestHub::start(&simple()).await;
    for (next, to) in [
        ("%2Fhub%2Ftoken%3Fa%3D1", "/hub/token?a=1"),
        ("%2Fuser%2Fada%2Flab%2Ftree%2Fa%2520b", "/user/ada/lab/tree/a%20b"),
    ] {
        let browser = hub.browser();
        let login = format!("/hub/login?next={next}");
        let xsrf = browser.get(&login).await.field("_xsrf").unwrap();
        let page = browser.post_form_only(&login, &[("_xsrf", &xsrf), ("username", "ada"), ("password", "pw")]).await;
        assert_eq!(page.redirect().as_deref(), Some(to));
    }
}

#[tokio::test]
async fn every_page_of_ones_own_asks_who_one_is_and_comes_back() {
    let hub = TestHub::start(&simple()).await;
    for page in ["/hub/home", "/hub/token?x=1&y=2", "/hub/account", "/hub/spawn", "/hub/spawn-pending/ada"] {
        let asked = hub.browser().get_only(page).await;
        let to = asked.redirect().unwrap_or_else(|| panic!("{page}: {}", asked.status));
        assert!(to.starts_with("/hub/login?next="), "{page}: {to}");
        let browser = hub.browser();
        let there = sign_in_at(&browser, page, "ada", "pw").await;
        let last = if page == "/hub/spawn-pending/ada" || page == "/hub/spawn" {
            there.path.split('/').nth(2)
        } else {
            page.split(['/', '?']).nth(2)
        };
        assert!(there.path.contains(last.unwrap()), "{page}: {}", there.path);
    }
}

#[tokio::test]
async fn spellings_of_a_name_sign_in_to_one_account() {
    let hub = TestHub::owned().await;
    hub.came_in("ada").await;
    for name in ["ADA", " ada ", "ａｄａ"] {
        let browser = hub.browser();
        assert_eq!(post_login(&browser, name, PASSWORD).await.status, 302, "{name:?}");
        assert_eq!(browser.json(Method::GET, "/hub/api/user", None).await.value()["name"], "ada");
    }
    for name in ["ada.", "ada%20", "ada\u{0}", "ad\u{430}", "ada/"] {
        assert_eq!(post_login(&hub.browser(), name, PASSWORD).await.status, 403, "{name:?}");
    }
    assert_eq!(hub.window().api(Method::GET, "/hub/api/users", None).await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn passwords_are_compared_whole() {
    let hub = TestHub::owned().await;
    let long = format!("{}é🦩 x", "0123456789 abcdefgh".repeat(5));
    let link = hub.invite("ada").await["url"].as_str().unwrap().to_owned();
    let page = crate::support::choose_password(&hub.browser(), &link, &long).await;
    assert_eq!(page.path, "/hub/home", "{}", page.body);
    let cut: String = long.chars().take(72).collect();
    for wrong in [cut.as_str(), long.trim_end_matches('x'), &long.to_uppercase(), &format!("{long} ")] {
        assert_eq!(post_login(&hub.browser(), "ada", wrong).await.status, 403, "{wrong}");
    }
    assert_eq!(post_login(&hub.browser(), "ada", &long).await.status, 302);
    let huge = "x".repeat(5000);
    assert_eq!(post_login(&hub.browser(), "ada", &huge).await.status, 400);
    assert_eq!(post_login(&hub.browser(), &huge, PASSWORD).await.status, 403);
}

#[tokio::test]
async fn who_is_not_let_in_is_told_nothing_more() {
    let rules = simple().replace("allow_all = true", "allowed_users = [\"ada\", \"bo\"]\nblocked_users = [\"bo\"]");
    let hub = TestHub::start(&rules).await;
    for name in ["eve", "bo"] {
        let page = post_login(&hub.browser(), name, "pw").await;
        assert_eq!(page.status, 403, "{name}");
        assert!(page.body.contains("Invalid username or password"), "{name}");
    }
    assert_eq!(post_login(&hub.browser(), "ada", "pw").await.status, 302);
    let users = hub.window().api(Method::GET, "/hub/api/users?name_filter=eve", None).await;
    assert_eq!(users, json!([]), "no account was made on the way");
}
