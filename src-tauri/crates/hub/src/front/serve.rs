//! Accepts connections and serves a router on them with the limits that hyper leaves to its user
//! (`axum::serve` has no header or idle time-out).

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use labdeck_spawner::Subnet;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::peer::Remote;
use crate::tasks;

/// A request head must be whole after this long.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// More header lines than this are an attack or an accident. Browsers send about thirty.
const MAX_HEADERS: usize = 100;
/// Room for one request head.
const MAX_HEAD_BYTES: usize = 32 * 1024;
/// Connections at once per listener. Each costs a task and two buffers.
const MAX_CONNECTIONS: usize = 4096;
/// How long open requests may go on once the hub stops listening.
const DRAIN: Duration = Duration::from_secs(3);

/// What a listener serves, ready to run.
pub type Routes = axum::Router;

/// Which peers may connect. Everybody else's connection is closed without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerRule {
    /// Programs of this machine.
    Loopback,
    /// Containers of one bridge: Linux answers for its addresses on every interface, so the listener's address
    /// alone keeps nobody out.
    Subnet(Subnet),
}

/// Serves a router on a listener until `shutdown`, then lets open requests end for a moment.
pub async fn serve(listener: TcpListener, router: Routes, peers: PeerRule, shutdown: CancellationToken) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let open = tokio_util::task::TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            // Asked to stop comes first: a busy listener must not starve it.
            biased;
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, remote)) if peers.admits(remote.ip()) => {
                let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else {
                    tracing::warn!(client.ip = %remote.ip(), "Refused a connection: {MAX_CONNECTIONS} are open");
                    continue;
                };
                let _ = stream.set_nodelay(true);
                let connection = connection(stream, Remote(remote), router.clone(), shutdown.clone());
                let tracked = open.track_future(async move {
                    connection.await;
                    drop(slot);
                });
                drop(tasks::spawn("hub.connection", tracked));
            }
            Ok((_, remote)) => {
                tracing::debug!(client.ip = %remote.ip(), "Closed a connection of a peer that may not connect here")
            }
            // Out of file descriptors or an aborted handshake: waiting a moment is all that helps.
            Err(error) => {
                tracing::warn!(%error, "Could not accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    open.close();
    let _ = tokio::time::timeout(DRAIN, open.wait()).await;
}

/// Serves a router on a socket file until `shutdown`. Whoever may open the file may connect: its folder and mode
/// are the lock.
#[cfg(unix)]
pub async fn serve_socket(listener: tokio::net::UnixListener, router: Routes, shutdown: CancellationToken) {
    let here = Remote(SocketAddr::from(([127, 0, 0, 1], 0)));
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                drop(tasks::spawn("hub.socket", connection(stream, here, router.clone(), shutdown.clone())))
            }
            Err(error) => {
                tracing::warn!(%error, "Could not accept a connection on the control socket");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection<S>(stream: S, remote: Remote, router: Routes, shutdown: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(remote);
        let router = router.clone();
        async move {
            router
                .oneshot(request.map(axum::body::Body::new) as Request)
                .await
                .map_err(|never: Infallible| match never {})
        }
    });
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES)
        .half_close(false);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            match tokio::time::timeout(DRAIN, connection).await {
                Ok(ended) => ended,
                Err(_) => Ok(()),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(client.ip = %remote.0.ip(), %error, "A connection ended early");
    }
}

// === impl PeerRule ===

impl PeerRule {
    fn admits(&self, peer: IpAddr) -> bool {
        match self {
            Self::Loopback => peer.to_canonical().is_loopback(),
            Self::Subnet(subnet) => subnet.contains(peer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_peers_are_admitted() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(PeerRule::Loopback.admits(ip("127.0.0.1")) && PeerRule::Loopback.admits(ip("::1")));
        assert!(!PeerRule::Loopback.admits(ip("192.168.1.7")));
        let bridge = PeerRule::Subnet(Subnet::parse("172.18.0.0/16").unwrap());
        assert!(bridge.admits(ip("172.18.0.9")) && !bridge.admits(ip("10.0.0.9")) && !bridge.admits(ip("127.0.0.1")));
    }
}
