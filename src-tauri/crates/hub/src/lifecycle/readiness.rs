//! Whether a server that runs also serves. Owns the probe (`GET {url}{prefix}api` answers 200 with a `version`) and
//! how often it is made. Stricter than JupyterHub, which takes any answer below 500 and so may take a stranger on the
//! same port for the server.

use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use labdeck_model::ServerKey;
use parking_lot::Mutex;
use tokio::net::TcpStream;

use super::ports::{Ports, Readiness};
use crate::tasks;

/// Between the first probes. A container that was ready is noticed at once.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
/// Between later probes: what a person does not feel.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// A pause is at most this part of the time that was waited already: no start is made longer by more than that.
const PART_OF_WAIT: u32 = 40;
/// For one probe. A server that is busy booting may hold the connection and never answer it.
const ONE_PROBE: Duration = Duration::from_secs(5);
/// The real answer has 30 bytes or a few hundred; more than this is another program's page.
const ANSWER_LIMIT_BYTES: usize = 64 * 1024;

/// Asks servers over HTTP/1.1, a fresh connection for each probe.
#[derive(Debug, Clone)]
pub struct Prober {
    base_url: String,
}

/// Probes until the server answers; what the last probe saw instead lies in `seen`.
///
/// # Cancellation
/// Safe to drop; it only looks.
pub(super) async fn until_ready(
    ports: &dyn Ports,
    key: &ServerKey,
    url: &str,
    seen: &Mutex<Option<String>>,
) -> Readiness {
    let begun = tokio::time::Instant::now();
    loop {
        match ports.probe(key, url).await {
            Ok(readiness) => return readiness,
            Err(instead) => *seen.lock() = Some(instead),
        }
        tokio::time::sleep((begun.elapsed() / PART_OF_WAIT).clamp(FIRST_PAUSE, LONGEST_PAUSE)).await;
    }
}

// === impl Prober ===

impl Prober {
    /// A prober of servers below `base_url`, which begins and ends with a slash.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self { base_url: base_url.into() }
    }

    /// Asks once. `url` is where the server listens, without a path.
    ///
    /// # Errors
    /// What was seen instead, in a few words.
    ///
    /// # Cancellation
    /// Safe to drop.
    pub async fn probe(&self, key: &ServerKey, url: &str) -> Result<Readiness, String> {
        let path = format!("{}api", key.path_below(&self.base_url));
        match tokio::time::timeout(ONE_PROBE, ask(url, &path)).await {
            Ok(result) => result,
            Err(_) => Err("it took the connection and did not answer".to_owned()),
        }
    }
}

async fn ask(url: &str, path: &str) -> Result<Readiness, String> {
    let authority = url.strip_prefix("http://").ok_or_else(|| format!("{url} is no http address"))?;
    let authority = authority.trim_end_matches('/');
    let stream = TcpStream::connect(authority).await.map_err(|error| format!("no connection ({error})"))?;
    let shaken = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(|_| "the connection broke".to_owned())?;
    // Ends when the sender is dropped, which is at the end of this function.
    drop(tasks::spawn("probe connection", connection));
    let request = Request::get(path)
        .header(header::HOST, authority)
        .header(header::ACCEPT, "application/json")
        .header(header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|_| format!("{path} is no path"))?;
    let response = sender.send_request(request).await.map_err(|_| "the connection broke".to_owned())?;
    judge(response).await
}

/// JupyterHub's single-user servers answer `{"version": "2.21.1"}` there, without asking who wants to know.
async fn judge(response: Response<Incoming>) -> Result<Readiness, String> {
    if response.status() != StatusCode::OK {
        return Err(format!("it answered {}", response.status()));
    }
    let version = response.headers().get("x-jupyterhub-version").and_then(|value| value.to_str().ok());
    let version = version.map(|text| text.chars().take(32).collect());
    let body = Limited::new(response.into_body(), ANSWER_LIMIT_BYTES).collect().await;
    let body = body.map_err(|_| "the connection broke".to_owned())?.to_bytes();
    let said: Option<serde_json::Value> = serde_json::from_slice(&body).ok();
    match said.as_ref().and_then(|said| said.get("version")) {
        Some(serde_json::Value::String(_)) => Ok(Readiness { version }),
        Some(_) | None => Err("another program answered".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use labdeck_model::UserName;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers one request with a text; gives what it was asked.
    async fn probe_of(answer: &'static str) -> (Result<Readiness, String>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tasks::spawn("test server", async move {
            let (mut peer, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; 4096];
            let read = peer.read(&mut asked).await.unwrap();
            peer.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&asked[..read]).into_owned()
        });
        let key = ServerKey::default_of(UserName::parse("ada").unwrap());
        let result = Prober::new("/lab/").probe(&key, &url).await;
        (result, server.await.unwrap().unwrap())
    }

    #[tokio::test]
    async fn a_notebook_server_is_ready_and_tells_its_version() {
        let (result, asked) = probe_of(
            "HTTP/1.1 200 OK\r\nX-JupyterHub-Version: 6.1.1\r\nContent-Length: 21\r\n\r\n{\"version\": \"2.21.1\"}",
        )
        .await;
        assert_eq!(result, Ok(Readiness { version: Some("6.1.1".to_owned()) }));
        assert!(asked.starts_with("GET /lab/user/ada/api HTTP/1.1\r\n"), "{asked}");
    }

    #[tokio::test]
    async fn strangers_and_errors_are_not_ready() {
        for (answer, seen) in [
            ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "it answered 404 Not Found"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "another program answered"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"version\":3}", "another program answered"),
            ("nonsense\r\n\r\n", "the connection broke"),
        ] {
            assert_eq!(probe_of(answer).await.0, Err(seen.to_owned()));
        }
    }

    #[tokio::test]
    async fn nobody_there_is_said_so() {
        let key = ServerKey::default_of(UserName::parse("ada").unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let seen = Prober::new("/").probe(&key, &url).await.unwrap_err();
        assert!(seen.starts_with("no connection"), "{seen}");
    }
}
