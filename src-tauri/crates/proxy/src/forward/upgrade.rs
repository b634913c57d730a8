//! Upgrades: a websocket handshake is forwarded like a request, and only the target's own 101 joins the two sides
//! (RFC 9110, 7.8). What the client sent behind its handshake waits in the parser's buffer until then. A target that
//! answers otherwise has answered an ordinary request; the client's connection ends with that answer, because nobody
//! can say what the bytes behind the handshake were meant to be.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::ForwardError;
use super::tunnel::Tunnel;
use crate::sessions::Place;
use crate::stream::ClientStream;
use crate::table::Entry;
use crate::tasks;

/// Where the tunnels of a proxy run, and what ends them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tunnels {
    pub(crate) tasks: TaskTracker,
    pub(crate) cancel: CancellationToken,
}

/// Puts the handshake back that was taken out with the other hop-by-hop fields.
pub(super) fn restore_handshake(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
}

/// Whether the target agreed to what was asked, and to nothing else.
pub(super) fn has_agreed<B>(response: &Response<B>) -> Result<bool, ForwardError> {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Ok(false);
    }
    let protocol = response.headers().get(header::UPGRADE).map(HeaderValue::as_bytes);
    if protocol.is_some_and(|protocol| protocol.eq_ignore_ascii_case(b"websocket")) {
        Ok(true)
    } else {
        Err(ForwardError::BadUpgrade)
    }
}

// === impl Tunnels ===

impl Tunnels {
    /// Joins the two sides as soon as the 101 has gone out to the client.
    pub(super) fn join(
        &self,
        client: OnUpgrade,
        response: &mut Response<Incoming>,
        entry: Arc<Entry>,
        place: Option<Place>,
    ) {
        let target = hyper::upgrade::on(response);
        let cancelled = self.cancel.clone().cancelled_owned();
        tasks::spawn(&self.tasks, "proxy.tunnel", async move {
            tokio::select! {
                biased;
                // First, so that busy tunnels cannot put off the end of the proxy.
                () = cancelled => {}
                () = shut_out(place.as_ref()) => {}
                result = run(client, target, entry) => {
                    if let Err(error) = result {
                        tracing::debug!("Upgraded connection ended: {error}");
                    }
                }
            }
        });
    }
}

/// Ends when the visitor is shut out; never without a place.
async fn shut_out(place: Option<&Place>) {
    match place {
        Some(place) => place.shut_out.cancelled().await,
        None => std::future::pending().await,
    }
}

async fn run(client: OnUpgrade, target: OnUpgrade, entry: Arc<Entry>) -> Result<(), ForwardError> {
    let (client, target) = tokio::try_join!(client, target).map_err(ForwardError::Target)?;
    let (client, early) = take::<ClientStream>(client)?;
    let target = take::<TcpStream>(target)?;
    Tunnel::new((client.into_tunnel(), early), target, entry).await.map_err(ForwardError::Connect)
}

/// The socket below the parser, and what the parser had read beyond the handshake.
fn take<S>(upgraded: Upgraded) -> Result<(S, Bytes), ForwardError>
where
    TokioIo<S>: hyper::rt::Read + hyper::rt::Write + Unpin + 'static,
{
    let parts = upgraded.downcast::<TokioIo<S>>().map_err(|_| ForwardError::BadUpgrade)?;
    Ok((parts.io.into_inner(), parts.read_buf))
}

/// The client's side of the upgrade, to be taken before the request is taken apart.
pub(super) fn client_side(request: &mut Request<Incoming>) -> OnUpgrade {
    hyper::upgrade::on(request)
}
