//! The proxy as a server: built from options, run on a listener until told to stop. Owns accepting, one task per
//! connection and the drain; what happens to a request is `forward`'s.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::builder::ProxyBuilder;
use crate::errors::{self, ErrorPage};
use crate::forward::{Forwarder, ResponseBody, Tunnels, Upstream, close_after};
use crate::framing;
use crate::options::Options;
use crate::permits::Permits;
use crate::stream::{ClientStream, InFlight, InFlightGuard};
use crate::table::RouteTable;
use crate::tasks;

/// The largest piece read from a client at once. Bounds memory per connection; at least the largest head.
const READ_BUFFER_BYTES: usize = 64 * 1024;
/// Pause after a failed accept: with no descriptor left, trying again at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// How often idle connections to targets are looked over.
const SWEEP_INTERVAL: Duration = Duration::from_secs(15);
/// How long connections may take to notice that they are cut.
const CUT_TIMEOUT: Duration = Duration::from_secs(1);

/// A proxy that forwards requests by its route table.
///
/// Cloning is cheap; clones share options, table and caps, and each may run on a listener of its own.
#[derive(Clone)]
pub struct ProxyServer {
    table: RouteTable,
    options: Arc<Options>,
    permits: Arc<Permits>,
}

/// One run on one listener.
#[derive(Debug)]
struct Run {
    forwarder: Arc<Forwarder>,
    permits: Arc<Permits>,
    http: http1::Builder,
    connections: TaskTracker,
    /// Connections finish the request they have, and end.
    drain: CancellationToken,
    /// Connections end.
    cut: CancellationToken,
}

// === impl ProxyServer ===

impl ProxyServer {
    /// Begins a proxy over this table, with defaults that are safe but for [`ProxyBuilder::allowed_hosts`].
    pub fn builder(table: RouteTable) -> ProxyBuilder {
        ProxyBuilder::new(table)
    }

    pub(crate) fn new(table: RouteTable, options: Options) -> Self {
        let permits = Permits::new(options.limits.max_connections, options.limits.max_connections_per_peer);
        Self { table, options: Arc::new(options), permits }
    }

    /// Accepts connections until `shutdown` resolves, then drains: no new connections, requests under way may finish
    /// within the drain time-out, upgraded connections end after them. Returns when everything has ended.
    ///
    /// # Cancellation
    /// Dropping it stops accepting; connections already made go on in their own tasks, undrained.
    pub async fn run(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let run = Run::new(&self);
        let accept = async {
            let mut sweep = tokio::time::interval(SWEEP_INTERVAL);
            loop {
                tokio::select! {
                    accepted = listener.accept() => run.take(accepted).await,
                    _ = sweep.tick() => run.forwarder.upstream.sweep(),
                }
            }
        };
        tokio::select! {
            // Shutdown first: a flood of connections must not put it off.
            biased;
            () = shutdown => {}
            () = accept => {}
        }
        drop(listener);
        run.end(self.options.limits.drain_timeout).await;
    }
}

impl fmt::Debug for ProxyServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyServer")
            .field("table", &self.table)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

// === impl Run ===

impl Run {
    fn new(server: &ProxyServer) -> Self {
        let limits = &server.options.limits;
        let forwarder = Forwarder {
            table: server.table.clone(),
            upstream: Upstream::new(limits.connect_timeout, limits.target_idle_timeout),
            tunnels: Tunnels::default(),
            options: Options::clone(&server.options),
        };
        let mut http = http1::Builder::new();
        // No pipeline_flush: it would hold back the 400 to a malformed head, whose bytes stay in the read buffer.
        // The stream below keeps the exact times; this one makes the parser look at it between requests.
        http.timer(TokioTimer::new())
            .header_read_timeout(limits.idle_timeout + limits.header_timeout)
            .max_headers(limits.max_headers.min(framing::MAX_HEADERS))
            .max_header_size(limits.max_head_bytes)
            .max_buf_size(READ_BUFFER_BYTES.max(limits.max_head_bytes));
        Self {
            forwarder: Arc::new(forwarder),
            permits: Arc::clone(&server.permits),
            http,
            connections: TaskTracker::new(),
            drain: CancellationToken::new(),
            cut: CancellationToken::new(),
        }
    }

    async fn take(&self, accepted: io::Result<(TcpStream, SocketAddr)>) {
        match accepted {
            Ok((socket, peer)) => self.serve(socket, peer.ip().to_canonical()),
            Err(error) => {
                tracing::warn!("Could not accept a connection: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }

    /// Starts a connection's task, unless the peer may not have one: then the socket closes without a word.
    fn serve(&self, socket: TcpStream, peer: IpAddr) {
        if !self.forwarder.options.peers.load().allows(peer) {
            tracing::debug!(client.ip = %peer, "Refused a connection from {peer}");
            return;
        }
        let Some(permit) = self.permits.acquire(peer) else {
            tracing::debug!(client.ip = %peer, "Too many connections, refused one from {peer}");
            return;
        };
        // Small answers must not wait for acknowledgements. A socket that refuses this is about to fail anyway.
        let _ = socket.set_nodelay(true);
        let in_flight = Arc::new(InFlight::default());
        let stream = ClientStream::new(socket, Arc::clone(&in_flight), permit, &self.forwarder.options.limits);
        let forwarder = Arc::clone(&self.forwarder);
        let service = service_fn(move |request| {
            let (forwarder, guard) = (Arc::clone(&forwarder), in_flight.begin());
            async move { Ok::<_, Infallible>(answer(&forwarder, peer, request, guard).await) }
        });
        let connection = self.http.serve_connection(TokioIo::new(stream), service).with_upgrades();
        let (drain, cut) = (self.drain.clone(), self.cut.clone());
        tasks::spawn(&self.connections, "proxy.connection", async move {
            let mut connection = std::pin::pin!(connection);
            let result = tokio::select! {
                // The cut first, the drain second: both must work however busy the connection is.
                biased;
                () = cut.cancelled() => return,
                () = drain.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    tokio::select! {
                        biased;
                        () = cut.cancelled() => return,
                        result = connection => result,
                    }
                }
                result = connection.as_mut() => result,
            };
            if let Err(error) = result {
                tracing::debug!(client.ip = %peer, "Connection from {peer} ended: {error}");
            }
        });
    }

    async fn end(self, drain_timeout: Duration) {
        self.drain.cancel();
        self.connections.close();
        if tokio::time::timeout(drain_timeout, self.connections.wait()).await.is_err() {
            tracing::warn!(connections = self.connections.len(), "Cut connections that did not end in time");
        }
        let tunnels = &self.forwarder.tunnels;
        tunnels.tasks.close();
        tunnels.cancel.cancel();
        self.cut.cancel();
        let ended = async {
            self.connections.wait().await;
            tunnels.tasks.wait().await;
            self.forwarder.upstream.close().await;
        };
        if tokio::time::timeout(CUT_TIMEOUT, ended).await.is_err() {
            tracing::warn!("Some connections outlived the proxy");
        }
    }
}

/// Answers one request, whatever becomes of it.
async fn answer(
    forwarder: &Forwarder,
    peer: IpAddr,
    request: Request<Incoming>,
    in_flight: InFlightGuard,
) -> Response<ResponseBody> {
    // The framing looked at nothing behind a request for another protocol, so nothing there may be taken for HTTP.
    let asks_upgrade = request.headers().contains_key(header::UPGRADE);
    let mut response = respond(forwarder, peer, request, in_flight).await;
    if asks_upgrade && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        close_after(&mut response);
    }
    response
}

async fn respond(
    forwarder: &Forwarder,
    peer: IpAddr,
    request: Request<Incoming>,
    in_flight: InFlightGuard,
) -> Response<ResponseBody> {
    if forwarder.options.health_path.as_deref().is_some_and(|path| request.uri() == path) {
        return health().map(|body| ResponseBody::own(body, in_flight));
    }
    let method = request.method().clone();
    let wants_json = errors::prefers_json(request.headers());
    let pages = forwarder.options.error_target.as_ref().filter(|_| !wants_json);
    let url = pages.and_then(|_| request.uri().path_and_query()).map(ToString::to_string).unwrap_or_default();
    match forwarder.forward(peer, request, in_flight).await {
        Ok(response) => response,
        Err((error, in_flight)) => {
            let (status, message) = error.answer();
            let fetched = match pages {
                Some(pages) if error.is_of_a_target() => pages.fetch(status, &url).await,
                Some(_) | None => None,
            };
            let built_in = || {
                let page = ErrorPage { status, message };
                errors::answer(page, &method, wants_json, forwarder.options.error_page.as_ref())
            };
            let mut response = fetched.map_or_else(built_in, |page| errors::fetched(status, &method, page));
            if !error.leaves_connection_usable() {
                close_after(&mut response);
            }
            response.map(|body| ResponseBody::own(body, in_flight))
        }
    }
}

fn health() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from("{\"status\":\"OK\"}"));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
