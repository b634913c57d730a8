//! [`Chromium`]: a headless browser with a profile of its own, driven over WebDriver. Every step waits for what it
//! needs; one that waits in vain leaves a picture and the page's text.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use labdeck_testkit::{eventually, free_port};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A page of the hub on a machine that also does other things.
const PAGE_LIMIT: Duration = Duration::from_secs(30);

/// Whether pages may run script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    On,
    Off,
}

/// A person's browser.
pub(crate) struct Chromium {
    client: Client,
    driver: Child,
    profile: TempDir,
    origin: String,
    /// What its pictures' names begin with.
    name: &'static str,
    since: Instant,
}

// === impl Chromium ===

impl Chromium {
    /// Starts a browser that knows a hub's address.
    pub(crate) async fn start(name: &'static str, origin: &str, script: Script) -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let port = free_port();
        let driver = Command::new("chromedriver")
            .args([format!("--port={port}"), "--log-level=WARNING".to_owned()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("these tests need chromedriver and Chromium, Debian's packages chromium-driver and chromium");
        eventually("chromedriver listens", PAGE_LIMIT, || async {
            TcpStream::connect(("127.0.0.1", port)).ok().map(drop)
        })
        .await;
        let capabilities = capabilities(&profile, script);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().expect("an object").clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("Chromium starts; it is Debian's package chromium");
        Self { client, driver, profile, origin: origin.to_owned(), name, since: Instant::now() }
    }

    /// Goes to a path of the hub, or to a whole address.
    pub(crate) async fn open(&self, path: &str) {
        let url = if path.starts_with('/') { format!("{}{path}", self.origin) } else { path.to_owned() };
        self.client.goto(&url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// Waits for an element and gives it.
    pub(crate) async fn find(&self, css: &str) -> Element {
        self.find_within(css, PAGE_LIMIT).await
    }

    /// The same with another limit.
    pub(crate) async fn find_within(&self, css: &str, limit: Duration) -> Element {
        match self.client.wait().at_most(limit).for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => self.give_up(&format!("no {css} within {limit:?}: {error}")).await,
        }
    }

    /// Clicks an element as soon as it can be clicked.
    pub(crate) async fn click(&self, css: &str) {
        self.click_by(Locator::Css(css), css).await;
    }

    /// Clicks the first element of a kind with this text.
    pub(crate) async fn click_text(&self, element: &str, text: &str) {
        let xpath = format!("//{element}[normalize-space(.)='{text}' or .//*[normalize-space(.)='{text}']]");
        self.click_by(Locator::XPath(&xpath), &xpath).await;
    }

    async fn click_by(&self, locator: Locator<'_>, what: &str) {
        let until = Instant::now() + PAGE_LIMIT;
        loop {
            // Something may lie over it for a moment, or the page may draw it anew.
            let found = self.client.find(locator).await;
            let error = match found {
                Ok(element) => match element.click().await {
                    Ok(()) => return,
                    Err(error) => error,
                },
                Err(error) => error,
            };
            if Instant::now() > until {
                let () = self.give_up(&format!("{what} cannot be clicked: {error}")).await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Types into a field.
    pub(crate) async fn type_into(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.send_keys(text).await.unwrap_or_else(|error| panic!("{css} takes no keys: {error}"));
    }

    /// Waits until the page's path begins so, and gives the whole of it.
    pub(crate) async fn is_at(&self, path: &str, limit: Duration) -> String {
        let until = Instant::now() + limit;
        loop {
            let here = self.path().await;
            if here.starts_with(path) {
                return here;
            }
            if Instant::now() > until {
                let () = self.give_up(&format!("never at {path}, but at {here}")).await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The page's path and query.
    pub(crate) async fn path(&self) -> String {
        let url = self.client.current_url().await.expect("an address");
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{}{query}", url.path())
    }

    /// Waits until the page says this somewhere.
    pub(crate) async fn says(&self, text: &str) {
        let xpath = format!("//body[contains(normalize-space(.), \"{text}\")]");
        if let Err(error) = self.client.wait().at_most(PAGE_LIMIT).for_element(Locator::XPath(&xpath)).await {
            let () = self.give_up(&format!("the page never says {text:?}: {error}")).await;
        }
    }

    /// What a person reads of an element.
    pub(crate) async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.expect("its text")
    }

    /// The same of an element that may be gone at any moment.
    pub(crate) async fn text_now(&self, css: &str) -> Option<String> {
        self.client.find(Locator::Css(css)).await.ok()?.text().await.ok()
    }

    /// How many such elements the page has now.
    pub(crate) async fn count(&self, css: &str) -> usize {
        self.client.find_all(Locator::Css(css)).await.expect("the page answers").len()
    }

    /// Calls a path from the page that is open, as that page's own script would, and gives the status.
    pub(crate) async fn status_of(&self, path: &str) -> u64 {
        let script = "const [path, done] = arguments;
            const token = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie)?.[1] ?? '';
            fetch(path, { headers: { 'X-XSRFToken': token } })
                .then((answer) => done(answer.status), (error) => done(String(error)));";
        let answer = self.client.execute_async(script, vec![Value::from(path)]).await.expect("the script runs");
        answer.as_u64().unwrap_or_else(|| panic!("{path}: {answer}"))
    }

    /// Waits for another tab and goes on there.
    pub(crate) async fn go_to_new_tab(&self) {
        let here = self.client.window().await.expect("a tab");
        let other = eventually("another tab opens", PAGE_LIMIT, || async {
            self.client.windows().await.ok()?.into_iter().find(|tab| *tab != here)
        })
        .await;
        self.client.switch_to_window(other).await.expect("the other tab");
    }

    /// Keeps what the page looks like.
    pub(crate) async fn picture(&self, what: &str) {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screens");
        fs::create_dir_all(&folder).expect("a folder for pictures");
        if let Ok(png) = self.client.screenshot().await {
            fs::write(folder.join(format!("{}-{what}.png", self.name)), png).expect("a picture");
        }
        #[expect(clippy::print_stdout, reason = "the time of each step stands in the test's output")]
        {
            println!("{:6.1} s  {}: {what}", self.since.elapsed().as_secs_f64(), self.name);
        }
    }

    /// Ends the browser.
    pub(crate) async fn close(self) {
        let _ = self.client.clone().close().await;
    }

    async fn give_up<T>(&self, why: &str) -> T {
        self.picture("failed").await;
        let address = self.client.current_url().await.map(String::from);
        let body = match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        panic!("{}: {why}\nat {address:?}\nthe page says: {body}", self.name);
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        // A driver that is killed leaves its browser, which the profile's folder on its command line gives away.
        let mark = self.profile.path().display().to_string();
        for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&line).contains(&mark) {
                let _ = Command::new("kill").arg("-9").arg(process.file_name()).output();
            }
        }
    }
}

fn capabilities(profile: &TempDir, script: Script) -> Value {
    let mut arguments = vec![
        "--headless".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-quic".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--no-first-run".to_owned(),
        // It would look for its maker's servers, in vain on a machine that is cut off.
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        "--window-size=1280,900".to_owned(),
        format!("--user-data-dir={}", profile.path().display()),
    ];
    // Its sandbox refuses to be root's.
    if fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
        arguments.push("--no-sandbox".to_owned());
    }
    let scripts = if script == Script::Off { 2 } else { 1 };
    let preferences = json!({
        "profile.managed_default_content_settings.javascript": scripts,
        "credentials_enable_service": false,
        "profile.password_manager_enabled": false,
        "intl.accept_languages": "en",
    });
    json!({ "goog:chromeOptions": { "args": arguments, "prefs": preferences } })
}
