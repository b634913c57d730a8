//! [`Kernel`]: a kernel behind the hub's proxy, spoken to as JupyterLab does: begun by the server's REST API with the
//! page's XSRF token, fed over a websocket that only the browser's cookies let in.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use http::Method;
use labdeck_testkit::{Browser, HubProcess};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Message, http::HeaderValue};

/// A first import in a fresh kernel on a busy machine.
const REPLY_LIMIT: Duration = Duration::from_secs(90);

/// A kernel with an open channel.
pub(crate) struct Kernel {
    pub(crate) id: String,
    socket: WebSocketStream<TcpStream>,
    /// Which of this program's channels it is.
    number: u32,
    sent: u32,
}

/// The browser, sending what JupyterLab's own script sends along.
pub(crate) fn script(browser: &Browser, path: &str) -> Browser {
    let cookies = browser.cookies_for(path);
    let token =
        cookies.split("; ").find_map(|pair| pair.strip_prefix("_xsrf=")).expect("the server's page left a token");
    browser.clone().with_header("x-xsrftoken", token)
}

// === impl Kernel ===

impl Kernel {
    /// Begins a kernel on the server at `prefix`, like `/user/ada/`, and opens its channel.
    pub(crate) async fn begin(hub: &HubProcess, browser: &Browser, prefix: &str) -> Self {
        let made = script(browser, prefix)
            .api(Method::POST, &format!("{prefix}api/kernels"), Some(json!({ "name": "python3" })))
            .await;
        Self::open(hub, browser, prefix, made["id"].as_str().expect("an id")).await
    }

    /// Opens a channel to a kernel that is there.
    pub(crate) async fn open(hub: &HubProcess, browser: &Browser, prefix: &str, id: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let host = hub.origin().trim_start_matches("http://").to_owned();
        // A second channel of one session ends the first.
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = format!("{prefix}api/kernels/{id}/channels?session_id=test-{number}");
        let mut request = format!("ws://{host}{path}").into_client_request().expect("a request");
        let headers = request.headers_mut();
        headers.insert("cookie", HeaderValue::from_str(&browser.cookies_for(&path)).expect("cookies"));
        headers.insert("origin", HeaderValue::from_str(&hub.origin()).expect("an origin"));
        let stream = TcpStream::connect(&host).await.expect("the public port");
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await.expect("the websocket opens");
        Self { id: id.to_owned(), socket, number, sent: 0 }
    }

    /// Runs a cell and gives what it printed.
    pub(crate) async fn run(&mut self, code: &str) -> String {
        let cell = self.send(code).await;
        let mut printed = String::new();
        let reading = async {
            loop {
                let message = self.next_of(&cell).await;
                let content = &message["content"];
                match message["msg_type"].as_str() {
                    Some("stream") => printed.push_str(content["text"].as_str().unwrap_or_default()),
                    Some("error") => panic!("the cell failed: {content}"),
                    Some("execute_reply") => return,
                    _ => {}
                }
            }
        };
        tokio::time::timeout(REPLY_LIMIT, reading).await.expect("the kernel replies");
        // Output may come behind the reply: they are different channels.
        let rest = async {
            loop {
                let message = self.next_of(&cell).await;
                if message["msg_type"] == "stream" {
                    printed.push_str(message["content"]["text"].as_str().unwrap_or_default());
                }
                if message["msg_type"] == "status" && message["content"]["execution_state"] == "idle" {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(2), rest).await;
        printed
    }

    /// Sends a cell and does not wait for it; gives the name that its answers bear.
    pub(crate) async fn send(&mut self, code: &str) -> String {
        self.sent += 1;
        // Others of this kernel's channels may still hear of cells that an earlier one sent.
        let cell = format!("{}-{}", self.number, self.sent);
        let content = json!({ "code": code, "silent": false, "store_history": true, "user_expressions": {}, "allow_stdin": false });
        let header = json!({ "msg_id": cell, "session": "test", "username": "", "date": "", "msg_type": "execute_request", "version": "5.3" });
        let message = json!({ "header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell", "buffers": [] });
        self.socket.send(Message::text(message.to_string())).await.expect("the cell is sent");
        cell
    }

    /// Waits until the channel is cut from the other side.
    pub(crate) async fn until_cut(&mut self) {
        while let Some(Ok(message)) = self.socket.next().await {
            if matches!(message, Message::Close(_)) {
                return;
            }
        }
    }

    /// The next message about a cell.
    async fn next_of(&mut self, cell: &str) -> Value {
        loop {
            let message = self.socket.next().await.expect("the channel stays open").expect("a frame");
            let Message::Text(text) = message else { continue };
            let message: Value = serde_json::from_str(&text).expect("JSON");
            if message["parent_header"]["msg_id"] == cell {
                return message;
            }
        }
    }
}
