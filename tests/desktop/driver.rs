//! [`Page`]: the page in the real window, driven over WebDriver. Linux needs no driver of Tauri's own: WebKit's takes
//! the app as its browser.

use std::{
    net::TcpStream,
    time::{Duration, Instant},
};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use labdeck_testkit::free_port;

use crate::desk::{Desk, PATIENCE, Process, app_args, wait_for};

/// The page in the window of an app of its own.
pub(crate) struct Page {
    client: Client,
    _driver: Process,
}

impl Page {
    /// Starts the app under WebDriver and waits for its page.
    pub(crate) async fn open(desk: &Desk) -> Self {
        let port = free_port();
        let mut command = desk.command("WebKitWebDriver");
        command.args([format!("--port={port}"), "--host=127.0.0.1".to_owned()]).env("TAURI_WEBVIEW_AUTOMATION", "true");
        let driver = Process::start(&mut command);
        wait_for("WebKitWebDriver", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        // No `browserName`: WebKit would compare it with the program's and find no match.
        let browser = json!({ "binary": env!("CARGO_BIN_EXE_labdeck"), "args": app_args(&desk.data_dir()) });
        let capabilities = json!({ "webkitgtk:browserOptions": browser });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().expect("an object").clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("a session");
        Self { client, _driver: driver }
    }

    /// Waits until the page's own code has drawn it, and gives its text.
    pub(crate) async fn drawn(&self) -> String {
        self.wait_for("//body[//title[.='Labdeck']][.//h1]").await
    }

    /// Waits until the page has an element for this XPath, and gives its text.
    pub(crate) async fn wait_for(&self, xpath: &str) -> String {
        self.wait_within(xpath, PATIENCE).await
    }

    /// The same with a limit of its own, for what takes longer than a page does.
    pub(crate) async fn wait_within(&self, xpath: &str, limit: Duration) -> String {
        let until = Instant::now() + limit;
        loop {
            match self.client.wait().at_most(limit).for_element(Locator::XPath(xpath)).await {
                // The page may draw it anew between the finding and the asking.
                Ok(element) => match element.text().await {
                    Ok(text) => return text,
                    Err(error) if Instant::now() > until => panic!("the text of {xpath}: {error}"),
                    Err(_) => {}
                },
                // A page that is just being left answers with an error of its own.
                Err(error) if !matches!(error, fantoccini::error::CmdError::WaitTimeout) && Instant::now() < until => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(error) => {
                    self.save_picture("failed").await;
                    let address = self.address().await;
                    let text = self.run("return document.body.innerText;").await;
                    panic!("no {xpath} on the page: {error}\naddress: {address:?}\ntext: {text}");
                }
            }
        }
    }

    /// Presses what carries this test id, as soon as it is there.
    pub(crate) async fn click(&self, testid: &str) {
        self.press(&by_testid(testid)).await;
    }

    /// Presses what this XPath finds, as soon as it is there.
    pub(crate) async fn press(&self, xpath: &str) {
        let since = Instant::now();
        loop {
            self.wait_for(xpath).await;
            let pressed = match self.client.find(Locator::XPath(xpath)).await {
                Ok(element) => element.click().await,
                Err(error) => Err(error),
            };
            // The page may draw it anew between the finding and the pressing.
            match pressed {
                Ok(_) => return,
                Err(error) if since.elapsed() > PATIENCE => panic!("a press of {xpath}: {error}"),
                Err(_) => {}
            }
        }
    }

    /// Waits until nothing on the page answers to this XPath.
    pub(crate) async fn wait_until_gone(&self, xpath: &str) {
        let since = Instant::now();
        while self.client.find(Locator::XPath(xpath)).await.is_ok() {
            assert!(since.elapsed() < PATIENCE, "{xpath} stays on the page");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Fills in the claim page and waits for what follows it.
    pub(crate) async fn claim(&self, name: &str) {
        self.write("claim-name", name).await;
        self.click("claim-submit").await;
        self.wait_for("//h1[.='Overview']").await;
        self.wait_for("//*[@data-testid='hub-switch'][@aria-checked='true']").await;
    }

    /// Marks the page as it is now; see [`Page::was_not_reloaded`].
    pub(crate) async fn mark(&self) {
        self.run("window.labdeckMark = true; performance.clearResourceTimings();").await;
    }

    /// Whether the page is the one that was marked: what it shows came without loading it again.
    pub(crate) async fn was_not_reloaded(&self) -> bool {
        self.run("return window.labdeckMark === true;").await == json!(true)
    }

    /// The paths that the page has asked the hub for since it was marked, without the pre-flights.
    pub(crate) async fn requests(&self) -> Vec<String> {
        let asked = self
            .run("return performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname);")
            .await;
        asked.as_array().expect("a list").iter().filter_map(|path| Some(path.as_str()?.to_owned())).collect()
    }

    /// Writes into the field that carries this test id, in place of what stands there.
    pub(crate) async fn write(&self, testid: &str, text: &str) {
        let xpath = by_testid(testid);
        self.wait_for(&xpath).await;
        let field = self.client.find(Locator::XPath(&xpath)).await.expect("it was there");
        field.clear().await.expect("an empty field");
        field.send_keys(text).await.expect("typing");
    }

    /// Runs the body of an async function in the page; gives what it returns, or `{"error": …}` when it throws.
    pub(crate) async fn run(&self, script: &str) -> Value {
        let wrapped = format!(
            "const done = arguments[arguments.length - 1];
             (async () => {{ {script} }})().then(done, (error) => done({{ error: String(error) }}));"
        );
        self.client.execute_async(&wrapped, Vec::new()).await.expect("the script runs")
    }

    /// Calls an app command, as the page's own code would.
    pub(crate) async fn invoke(&self, command: &str, args: &Value) -> Value {
        self.run(&format!("return await window.__TAURI_INTERNALS__.invoke({}, {args});", json!(command))).await
    }

    /// The page's address.
    pub(crate) async fn address(&self) -> String {
        self.run("return location.href;").await.as_str().expect("text").to_owned()
    }

    /// How many windows the app has.
    pub(crate) async fn windows(&self) -> usize {
        self.client.windows().await.expect("their list").len()
    }

    /// Saves what the window shows beside the other test output, as `NAME.png`.
    pub(crate) async fn save_picture(&self, name: &str) -> Vec<u8> {
        // What was just put on the page is painted with the next frame.
        self.run("await new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)));").await;
        let png = self.client.screenshot().await.expect("a picture");
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("screens");
        std::fs::create_dir_all(&folder).expect("a folder for it");
        std::fs::write(folder.join(format!("{name}.png")), &png).expect("saved");
        png
    }

    /// Ends the app, gently, and the session with it.
    pub(crate) fn close(self, desk: &Desk) {
        desk.end_app();
        drop(self);
    }
}

/// The XPath of whatever carries this test id.
pub(crate) fn by_testid(testid: &str) -> String {
    format!("//*[@data-testid='{testid}']")
}
