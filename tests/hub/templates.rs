//! Pages of the lead's own: templates as one writes them for JupyterHub, announcements, the logo.

use std::fs;

use http::Method;
use labdeck_testkit::Page;
use tempfile::TempDir;

use crate::support::{Daemon, TestHub, folder, simple_with};

/// A hub's folder with these files of the lead's, `[hub]` saying where they are.
fn prepared(settings: &str, files: &[(&str, &str)]) -> TempDir {
    let dir = folder(&simple_with(settings, ""));
    for (name, text) in files {
        let file = data(&dir).join("own").join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    dir
}

fn data(dir: &TempDir) -> std::path::PathBuf {
    dir.path().join("data")
}

const OWN: &str = r#"template_paths = ["own"]"#;

/// As one writes it for JupyterHub: 6.1.1's names of blocks and variables.
const LOGIN: &str = r#"{% extends "templates/login.html" %}
{% if announcement_login is string %}{% set announcement = announcement_login %}{% endif %}
{% block login %}
<p class="motto">{{ motto }}</p>
<form action="{{ authenticator_login_url }}" method="post" role="form">
  {% if login_error %}<p class="login_error">{{ login_error }}</p>{% endif %}
  <input type="hidden" name="_xsrf" value="{{ xsrf }}" />
  <input name="username" value="{{ username }}" /><input type="password" name="password" />
  <input id="login_submit" type="submit" value="Sign in" />
</form>
<link rel="stylesheet" href="{{ static_url("css/style.min.css", include_version=False) }}" />
{% endblock login %}
{% block script %}{{ super() }}<script>document.title = "mine";</script>{% endblock script %}"#;

/// The nonce of a page's policy, if scripts may run by one.
fn nonce(page: &Page) -> Option<String> {
    let policy = page.header("content-security-policy")?;
    let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src"))?;
    Some(scripts.split("'nonce-").nth(1)?.split('\'').next()?.to_owned())
}

#[tokio::test]
async fn a_template_for_jupyterhub_signs_people_in() {
    let vars = "template_vars = { motto = \"Measure <twice>\" }";
    let hub = TestHub::start_in(prepared(&format!("{OWN}\n{vars}"), &[("login.html", LOGIN)])).await;
    let browser = hub.browser();
    let page = browser.get("/hub/login?next=%2Fhub%2Ftoken").await;
    assert!(page.body.contains("Measure &lt;twice&gt;"), "{}", page.body);
    let first = nonce(&page).unwrap();
    assert!(page.body.contains(&format!("<script nonce={first}>document.title")), "{}", page.body);
    assert!(page.body.contains("password.js"), "what super() stands for is there: {}", page.body);
    assert_ne!(nonce(&browser.get("/hub/login").await), Some(first), "a new one for each page");
    let xsrf = page.field("_xsrf").unwrap();
    let fields = [("_xsrf", xsrf.as_str()), ("username", "ada"), ("password", "wrong")];
    let refused = browser.post_form("/hub/login?next=%2Fhub%2Ftoken", &fields).await;
    assert_eq!(refused.status, 403);
    let told = refused.body.contains("Invalid username or password") && refused.body.contains("\"ada\"");
    assert!(told, "{}", refused.body);
    let fields = [("_xsrf", xsrf.as_str()), ("username", "ada"), ("password", "pw")];
    assert_eq!(browser.post_form("/hub/login?next=%2Fhub%2Ftoken", &fields).await.path, "/hub/token");
}

#[tokio::test]
async fn every_page_stands_in_the_leads_frame() {
    let frame = r#"{% extends "templates/page.html" %}
{% block title %}Lab{% endblock %}
{% block nav_bar_left_items %}{{ super() }}<li>{{ user.name }} {% if "self" in parsed_scopes %}x{% endif %}</li>{% endblock %}
{% block footer %}<p>{% include "parts/foot.html" %}</p>{% endblock footer %}"#;
    let lost = r#"{% extends "error.html" %}{% block error_detail %}<p>Own {{ status_code }}: {{ message }}</p>{% endblock %}"#;
    let files = [("page.html", frame), ("parts/foot.html", "{{ prefix }} {{ base_url }}"), ("404.html", lost)];
    let hub = TestHub::start_in(prepared(OWN, &files)).await;
    let ada = hub.signed_in("ada").await;
    for path in ["/hub/home", "/hub/token", "/hub/sharing", "/hub/account", "/hub/spawn/ada"] {
        let page = ada.get(path).await;
        assert!(page.body.contains("<li>ada ") && page.body.contains("<p>/ /hub/</p>"), "{path}: {}", page.body);
    }
    let missing = ada.get("/hub/nothing").await;
    assert_eq!(missing.status, 404);
    assert!(missing.body.contains("Own 404: ") && missing.body.contains("<p>/ /hub/</p>"), "{}", missing.body);
}

#[tokio::test]
async fn a_broken_template_is_told_with_its_line_and_the_built_in_page_shown() {
    let files = [
        (
            "login.html",
            "{% extends \"templates/login.html\" %}\n{% block login %}\n{{ name | no_such_filter }}\n{% endblock %}",
        ),
        ("home.html", "{% extends \"templates/home.html\" %}\n{% block main %}{% if %}"),
        ("token.html", "{% extends \"nowhere.html\" %}"),
        (
            "account.html",
            "{% extends \"templates/account.html\" %}{% block main %}\n{{ user.none.none }}{% endblock %}",
        ),
    ];
    let dir = prepared(OWN, &files);
    let said = Daemon::run(&data(&dir), &["config", "check"]).await.failed();
    for words in ["login.html, line 3", "no_such_filter", "home.html, line 2", "token.html", "nowhere.html"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let hub = TestHub::start_in(dir).await;
    let ada = hub.signed_in("ada").await;
    for (path, words) in [("/hub/home", "My servers"), ("/hub/token", "Make a token"), ("/hub/account", "signed in")] {
        let page = ada.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.body.contains(words), "{path}: {}", page.body);
    }
    assert!(hub.browser().get("/hub/login").await.field("username").is_some());
    let overview = hub.window().api(Method::GET, "/hub/api/labdeck/overview", None).await;
    let problem = overview["problems"].as_array().unwrap().iter().find(|problem| problem["id"] == "own_pages").unwrap();
    assert!(problem["cause"].as_str().unwrap().contains("home.html, line 2"), "{problem}");
}

#[tokio::test]
async fn what_a_page_shows_of_people_never_runs_in_the_leads_template() {
    let main = "{% extends \"templates/error.html\" %}{% block error_detail %}{{ message }}{% endblock %}";
    let hub = TestHub::start_in(prepared(OWN, &[("error.html", main)])).await;
    let ada = hub.signed_in("ada").await;
    let page = ada.get("/hub/spawn/%3Cscript%3Ealert(1)%3C%2Fscript%3E").await;
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
}

#[tokio::test]
async fn announcements_stand_on_their_pages() {
    let settings = "announcement = \"Power off <b>at six</b>\"\nannouncement_login = \"Welcome\"\n\
                    template_vars = { announcement_spawn = \"Cards are scarce\" }";
    let hub = TestHub::start_in(prepared(settings, &[])).await;
    let login = hub.browser().get("/hub/login").await;
    assert!(login.body.contains("Welcome") && !login.body.contains("Power off"), "{}", login.body);
    assert_eq!(nonce(&login), None, "no templates, no nonce");
    let ada = hub.signed_in("ada").await;
    assert!(ada.get("/hub/home").await.body.contains("Power off <b>at six</b>"));
    assert!(ada.get("/hub/spawn/ada").await.body.contains("Cards are scarce"));
}

#[tokio::test]
async fn a_logo_of_ones_own_is_on_the_pages_and_where_servers_look_for_it() {
    let hub =
        TestHub::start_in(prepared("logo_file = \"own/logo.png\"", &[("logo.png", "not really a picture")])).await;
    let page = hub.browser().get("/hub/login").await;
    let at = page.body.find("/hub/logo?v=").unwrap_or_else(|| panic!("{}", page.body));
    let url = page.body[at..].split('"').next().unwrap().to_owned();
    for (url, keep) in [(url.as_str(), "immutable"), ("/hub/logo", "no-cache")] {
        let logo = hub.browser().get(url).await;
        assert_eq!((logo.header("content-type"), logo.body.as_str()), (Some("image/png"), "not really a picture"));
        assert!(logo.header("cache-control").unwrap().contains(keep), "{url}");
    }
    let dir = prepared("logo_file = \"own/logo.txt\"", &[("logo.txt", "x")]);
    assert!(Daemon::run(&data(&dir), &["config", "check"]).await.failed().contains("logo.txt: is no picture"));
}
