//! Upstream: connections to targets. Owns the pool of idle ones, the connect time-out and the one retry over a
//! connection that had gone stale. Knows nothing of routes and clients.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::ForwardError;
use super::request::{RequestBody, is_repeatable, repeat};
use crate::target::Target;
use crate::tasks;

type Sender = SendRequest<RequestBody>;

/// Idle connections kept for one target; a browser opens six, a page of widgets some more.
const MAX_IDLE_PER_TARGET: usize = 64;
/// A target's head may be larger than a client's: servers set cookies.
const MAX_RESPONSE_HEAD_BYTES: usize = 64 * 1024;
const MAX_RESPONSE_HEADERS: usize = 200;

/// The connections of one proxy to its targets.
#[derive(Debug)]
pub(crate) struct Upstream {
    /// By `host:port`; the newest is last and used first, so that spare ones grow old.
    idle: Mutex<HashMap<Arc<str>, Vec<Idle>>>,
    /// Counts the tasks that drive connections; `cancel` ends them.
    tasks: TaskTracker,
    cancel: CancellationToken,
    connect_timeout: Duration,
    idle_timeout: Duration,
}

/// One connection: dropping it ends the task that drives it, and with it a body that is still being sent.
#[derive(Debug)]
struct Connection {
    sender: Sender,
    driver: Option<AbortHandle>,
}

#[derive(Debug)]
struct Idle {
    connection: Connection,
    since: Instant,
}

/// A connection in use for one request.
#[derive(Debug)]
pub(super) struct Lease {
    upstream: Arc<Upstream>,
    authority: Arc<str>,
    connection: Connection,
}

// === impl Upstream ===

impl Upstream {
    pub(crate) fn new(connect_timeout: Duration, idle_timeout: Duration) -> Arc<Self> {
        Arc::new(Self {
            idle: Mutex::default(),
            tasks: TaskTracker::new(),
            cancel: CancellationToken::new(),
            connect_timeout,
            idle_timeout,
        })
    }

    /// Sends one request and waits for the head of its response.
    ///
    /// Over a pooled connection that turns out dead, it is sent once more on a new one: always when nothing of it was
    /// written, otherwise only if it is idempotent and has no body. So no byte of a body is ever sent twice.
    ///
    /// # Cancellation
    /// Dropping it closes the connection that the request went out on.
    pub(super) async fn send(
        self: &Arc<Self>,
        target: &Target,
        mut request: Request<RequestBody>,
    ) -> Result<(Response<Incoming>, Lease), ForwardError> {
        if let Some(mut lease) = self.take_idle(target.authority()) {
            let copy = is_repeatable(&request).then(|| repeat(&request));
            match lease.connection.sender.try_send_request(request).await {
                Ok(response) => return Ok((response, lease)),
                Err(mut failed) => {
                    let unsent = failed.take_message();
                    let error = failed.into_error();
                    let again = unsent.or_else(|| copy.filter(|_| has_gone_stale(&error)));
                    tracing::debug!(route.target = %target, "Kept connection to {target} had gone stale: {error}");
                    request = again.ok_or(ForwardError::Target(error))?;
                }
            }
        }
        self.send_on_new(target, request).await
    }

    /// As [`Upstream::send`], always on a connection of its own.
    pub(super) async fn send_on_new(
        self: &Arc<Self>,
        target: &Target,
        request: Request<RequestBody>,
    ) -> Result<(Response<Incoming>, Lease), ForwardError> {
        let mut connection = self.connect(target).await.map_err(ForwardError::Connect)?;
        let response = connection.sender.send_request(request).await.map_err(ForwardError::Target)?;
        Ok((response, Lease { upstream: Arc::clone(self), authority: Arc::clone(target.authority()), connection }))
    }

    async fn connect(&self, target: &Target) -> io::Result<Connection> {
        let connecting = TcpStream::connect((target.host(), target.port()));
        let socket = tokio::time::timeout(self.connect_timeout, connecting).await??;
        socket.set_nodelay(true)?;
        let mut builder = http1::Builder::new();
        builder.max_headers(MAX_RESPONSE_HEADERS).max_header_size(MAX_RESPONSE_HEAD_BYTES);
        let (sender, connection) = builder.handshake(TokioIo::new(socket)).await.map_err(io::Error::other)?;
        let cancelled = self.cancel.clone().cancelled_owned();
        let driver = tasks::spawn(&self.tasks, "proxy.upstream", async move {
            tokio::select! {
                // The connection first: what has arrived is still worth delivering.
                biased;
                result = connection.with_upgrades() => {
                    if let Err(error) = result {
                        tracing::debug!("Connection to a target ended: {error}");
                    }
                }
                () = cancelled => {}
            }
        });
        Ok(Connection { sender, driver: Some(driver) })
    }

    fn take_idle(self: &Arc<Self>, authority: &Arc<str>) -> Option<Lease> {
        let mut all = self.idle.lock();
        let idle = all.get_mut(authority)?;
        idle.retain(|idle| idle.is_alive(self.idle_timeout));
        // One whose last response has only just ended may need a moment more: it stays for the next request.
        let at = idle.iter().rposition(|idle| idle.connection.sender.is_ready())?;
        let connection = idle.remove(at).connection;
        Some(Lease { upstream: Arc::clone(self), authority: Arc::clone(authority), connection })
    }

    /// Closes idle connections that are too old, and forgets targets without any.
    pub(crate) fn sweep(&self) {
        self.idle.lock().retain(|_, idle| {
            idle.retain(|idle| idle.is_alive(self.idle_timeout));
            !idle.is_empty()
        });
    }

    /// Ends every connection and waits until they are gone.
    pub(crate) async fn close(&self) {
        self.idle.lock().clear();
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

// === impl Connection ===

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(driver) = &self.driver {
            driver.abort();
        }
    }
}

// === impl Idle ===

impl Idle {
    fn is_alive(&self, idle_timeout: Duration) -> bool {
        !self.connection.sender.is_closed() && self.since.elapsed() < idle_timeout
    }
}

// === impl Lease ===

impl Lease {
    /// Returns the connection to the pool after a whole exchange. Dropping a lease instead closes the connection.
    pub(super) fn give_back(self) {
        let Self { upstream, authority, connection } = self;
        if connection.sender.is_closed() || upstream.cancel.is_cancelled() {
            return;
        }
        let mut all = upstream.idle.lock();
        let idle = all.entry(authority).or_default();
        if idle.len() < MAX_IDLE_PER_TARGET {
            idle.push(Idle { connection, since: Instant::now() });
        }
    }

    /// Leaves the connection to its upgrade: it lives as long as the tunnel that takes it over.
    pub(super) fn leave_to_upgrade(mut self) {
        self.connection.driver = None;
    }
}

/// Whether the target hung up before it answered, as against an answer that was no HTTP.
fn has_gone_stale(error: &hyper::Error) -> bool {
    let broken = std::error::Error::source(error).is_some_and(|source| source.is::<io::Error>());
    error.is_incomplete_message() || error.is_closed() || error.is_canceled() || broken
}
