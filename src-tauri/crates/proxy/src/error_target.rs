//! [`ErrorTarget`]: a server that has pages for the proxy's errors, as configurable-http-proxy's `--error-target`. Owns
//! asking it and what of its answer is used; when no page comes in time, the proxy's own is shown.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::net::TcpStream;

use crate::target::Target;

/// Whoever waits for a page of an error has waited already.
const LIMIT: Duration = Duration::from_secs(5);
/// JupyterHub's page has some kilobytes.
const MAX_PAGE_BYTES: usize = 1024 * 1024;

/// Where pages for errors are.
#[derive(Debug, Clone)]
pub struct ErrorTarget(Target);

/// A page that it gave.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) content_type: Option<HeaderValue>,
    pub(crate) body: Bytes,
}

// === impl ErrorTarget ===

impl ErrorTarget {
    /// The server whose page for the status 404 is at `{target}/404`.
    #[must_use]
    pub fn new(target: Target) -> Self {
        Self(target)
    }

    /// Asks for the page of a status; `url` is the path and query of the request that failed. Nothing else of that
    /// request is sent: no cookies, no addresses.
    ///
    /// # Cancellation
    /// Safe to drop.
    pub(crate) async fn fetch(&self, status: StatusCode, url: &str) -> Option<Fetched> {
        match tokio::time::timeout(LIMIT, self.ask(status, url)).await {
            Ok(Ok(page)) => Some(page),
            Ok(Err(why)) => {
                tracing::warn!(target.url = self.0.as_str(), "No error page from {}: {why}", self.0.as_str());
                None
            }
            Err(_) => {
                tracing::warn!(target.url = self.0.as_str(), "No error page from {} in time", self.0.as_str());
                None
            }
        }
    }

    async fn ask(&self, status: StatusCode, url: &str) -> Result<Fetched, String> {
        let said = |error: &dyn std::error::Error| error.to_string();
        let stream = TcpStream::connect((self.0.host(), self.0.port())).await.map_err(|error| said(&error))?;
        let shaken = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = shaken.map_err(|error| said(&error))?;
        let url = utf8_percent_encode(url, NON_ALPHANUMERIC);
        let request = Request::get(format!("{}/{}?url={url}", self.0.prefix(), status.as_u16()))
            .header(header::HOST, self.0.authority().as_ref())
            .header(header::CONNECTION, "close")
            .body(Empty::<Bytes>::new())
            .map_err(|error| said(&error))?;
        let asking = async {
            let answer = sender.send_request(request).await.map_err(|error| said(&error))?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, MAX_PAGE_BYTES).collect().await.map_err(|error| error.to_string())?;
            Ok(Fetched { content_type: head.headers.get(header::CONTENT_TYPE).cloned(), body: body.to_bytes() })
        };
        tokio::pin!(connection);
        tokio::pin!(asking);
        tokio::select! {
            biased;
            page = &mut asking => page,
            // The connection drives the asking; it ends before it only where the server left.
            _ = &mut connection => asking.await,
        }
    }
}
