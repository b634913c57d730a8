//! [`Asker`]: puts questions to one hub, and knows its people: their tokens, their browsers, what earlier answers said.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use http::Method;
use labdeck_testkit::{Browser, Page};
use serde_json::{Value, json};

use crate::question::Question;

/// For a server to start or stop, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// For any other answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// Services of the fixture.
const SERVICES: [(&str, &str); 3] = [
    ("root", "root-token-root-token-root-token-root"),
    ("reports", "reports-token-reports-token-reports"),
    ("web", "web-token-web-token-web-token-web-token"),
];

/// Users of the fixture, in the order in which they are made.
const USERS: [&str; 5] = ["boss", "bo", "mod", "ada", "cy"];

/// One side.
#[derive(Debug)]
pub(crate) struct Asker {
    origin: String,
    /// The path that the hub is below.
    base: String,
    browsers: BTreeMap<String, Browser>,
    /// What was kept of answers, and the tokens of the fixture's people.
    pub(crate) kept: BTreeMap<String, String>,
}

// === impl Asker ===

impl Asker {
    /// Makes the fixture's people and a token for each.
    pub(crate) async fn prepare(origin: &str, base: &str) -> Self {
        let root = Browser::new(origin).with_token(SERVICES[0].1);
        let users = format!("{base}hub/api/users");
        root.json(Method::POST, &users, Some(json!({ "usernames": USERS }))).await;
        let mut kept: BTreeMap<_, _> = SERVICES.map(|(name, token)| (name.to_owned(), token.to_owned())).into();
        for user in USERS {
            let path = format!("{users}/{user}/tokens");
            let made = root.api(Method::POST, &path, Some(json!({ "note": "of the fixture" }))).await;
            kept.insert(user.to_owned(), made["token"].as_str().unwrap().to_owned());
        }
        Self { origin: origin.to_owned(), base: base.to_owned(), browsers: BTreeMap::new(), kept }
    }

    /// The hub's address.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Asks, again where the question says so, and keeps what later questions need.
    pub(crate) async fn ask(&mut self, question: &Question) -> Page {
        let browser = self.browser(&question.who).await;
        let page = match &question.until {
            None => self.ask_once(&browser, question).await,
            Some((place, value)) => self.ask_until(&browser, question, place, value).await,
        };
        for (name, place) in &question.keep {
            let found = find(&page, place).unwrap_or_default();
            self.kept.insert(name.clone(), found);
        }
        page
    }

    /// Asks until the answer says so, or for a while: the last answer is the one that counts then.
    async fn ask_until(&self, browser: &Browser, question: &Question, place: &str, value: &str) -> Page {
        let end = Instant::now() + PATIENCE;
        loop {
            let page = self.ask_once(browser, question).await;
            if find(&page, place).is_some_and(|found| found == value) || Instant::now() > end {
                return page;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn ask_once(&self, browser: &Browser, question: &Question) -> Page {
        let filled = |text: &str| self.fill(browser, text);
        let headers: Vec<_> = question.headers.iter().map(|(name, value)| (name.as_str(), filled(value))).collect();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let method = question.method.parse().unwrap();
        let (path, body) = (filled(&question.path), filled(&question.body));
        let asking = browser.request(method, &path, &headers, &body);
        let asked = tokio::time::timeout(ANSWER_LIMIT, asking).await;
        asked.unwrap_or_else(|_| panic!("{} at {}: no whole answer in {ANSWER_LIMIT:?}", question.text, self.origin))
    }

    /// Puts values in place of their names.
    fn fill(&self, browser: &Browser, text: &str) -> String {
        let mut parts = text.split("$(");
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, after) = part.split_once(')').unwrap_or_else(|| panic!("no end of a name in {text}"));
            let value = match name {
                "origin" => Some(self.origin.clone()),
                "xsrf" => browser.cookie("_xsrf").map(|value| value.trim_matches('"').to_owned()),
                "session" => browser.cookie("jupyterhub-session-id"),
                name => self.kept.get(name).cloned(),
            };
            filled.push_str(&value.unwrap_or_default());
            filled.push_str(after);
        }
        filled
    }

    async fn browser(&mut self, who: &str) -> Browser {
        let fresh = Browser::new(&self.origin);
        if who == "nobody" {
            return fresh;
        }
        if let Some(known) = self.browsers.get(who) {
            return known.clone();
        }
        if who.starts_with(['@', '?']) {
            if let Some(name) = who.strip_prefix('@') {
                // `@ada/2` is a second browser of hers.
                sign_in(&fresh, &self.base, name.split('/').next().unwrap_or(name)).await;
            }
            self.browsers.insert(who.to_owned(), fresh.clone());
            return fresh;
        }
        let name = who.strip_prefix("token:").unwrap_or(who);
        let token = self.kept.get(name).unwrap_or_else(|| panic!("nobody is called {who}"));
        fresh.with_token(token)
    }
}

async fn sign_in(browser: &Browser, base: &str, name: &str) {
    browser.get_only(&format!("{base}hub/login")).await;
    let xsrf = browser.cookie("_xsrf").expect("the sign-in page sets a token");
    let fields = [("_xsrf", xsrf.trim_matches('"')), ("username", name), ("password", "pw")];
    let page = browser.post_form_only(&format!("{base}hub/login?next={base}hub/home"), &fields).await;
    assert_eq!(page.status, 302, "{name} cannot sign in: {}", page.body);
}

/// A part of an answer: `status`, `location:PARAMETER`, or a JSON pointer.
fn find(page: &Page, place: &str) -> Option<String> {
    if place == "status" {
        return Some(page.status.as_u16().to_string());
    }
    if let Some(wanted) = place.strip_prefix("location:") {
        let location = page.header("location")?;
        let (_, query) = location.split_once('?')?;
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        return pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
    }
    let value: Value = serde_json::from_str(&page.body).ok()?;
    match value.pointer(place)? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
