//! The REST API of configurable-http-proxy: the face by which a hub outside this process keeps the routes. Owns the
//! listener and the answers' form; `routes.rs` has the calls, `auth.rs` the token.

mod auth;
mod routes;

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::table::RouteTable;
use crate::tasks;

pub use auth::ApiToken;

/// A route with generous data; more is no route.
const MAX_BODY_BYTES: usize = 1024 * 1024;
/// For the head and again for the body of a call.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// How long calls may still take after shutdown was asked for; they are only as long as a table change.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);
/// Pause after a failed accept, as in `server.rs`.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `/api/routes` over a route table.
#[derive(Debug, Clone)]
pub struct ApiServer {
    table: RouteTable,
    token: Option<ApiToken>,
}

/// A call that was refused: the status and CHP's words for it.
#[derive(Debug)]
struct CallError {
    status: StatusCode,
    text: String,
}

/// What a call answers.
type Answer = Result<Response<Full<Bytes>>, CallError>;

// === impl ApiServer ===

impl ApiServer {
    /// An API over `table` that asks for `token`. Without one everybody who can connect may change the routes.
    #[must_use]
    pub fn new(table: RouteTable, token: Option<ApiToken>) -> Self {
        Self { table, token }
    }

    /// Serves calls until `shutdown` resolves, then lets those under way finish.
    ///
    /// # Cancellation
    /// Dropping it stops accepting; calls under way finish in their own tasks.
    pub async fn run(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        if self.token.is_none() {
            tracing::warn!("REST API is not authenticated.");
        }
        let (connections, drain) = (TaskTracker::new(), CancellationToken::new());
        let accept = async {
            loop {
                match listener.accept().await {
                    Ok((socket, _)) => self.serve(socket, &connections, drain.clone()),
                    Err(error) => {
                        tracing::warn!("Could not accept a connection to the REST API: {error}");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        };
        tokio::select! {
            // Shutdown first: calls must not put it off.
            biased;
            () = shutdown => {}
            () = accept => {}
        }
        drop(listener);
        connections.close();
        drain.cancel();
        let _ = tokio::time::timeout(DRAIN_TIMEOUT, connections.wait()).await;
    }

    fn serve(&self, socket: TcpStream, connections: &TaskTracker, drain: CancellationToken) {
        let api = self.clone();
        let service = service_fn(move |request| {
            let api = api.clone();
            async move { Ok::<_, Infallible>(api.answer(request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(CALL_TIMEOUT)
            .serve_connection(TokioIo::new(socket), service);
        tasks::spawn(connections, "proxy.api", async move {
            let mut connection = std::pin::pin!(connection);
            let result = tokio::select! {
                biased;
                // The drain first, so that a connection kept busy cannot put it off.
                () = drain.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
                result = connection.as_mut() => result,
            };
            if let Err(error) = result {
                tracing::debug!("Connection to the REST API ended: {error}");
            }
        });
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.call(request).await.unwrap_or_else(CallError::into_response);
        let status = response.status().as_u16();
        match status {
            ..400 => tracing::info!("{status} {method} {path}"),
            400..500 => tracing::warn!("{status} {method} {path}"),
            _ => tracing::error!("{status} {method} {path}"),
        }
        response
    }

    async fn call(&self, request: Request<Incoming>) -> Answer {
        let Some(path) = routes::path_below(request.uri().path()) else {
            return Err(CallError::new(StatusCode::NOT_FOUND, "Not Found"));
        };
        if !self.token.as_ref().is_none_or(|token| token.admits(request.headers())) {
            return Err(CallError::new(StatusCode::FORBIDDEN, ""));
        }
        let path = routes::decode(path)?;
        match *request.method() {
            Method::GET if path == "/" => routes::list(&self.table, request.uri().query().unwrap_or_default()),
            Method::GET => routes::get(&self.table, &path),
            Method::POST => routes::add(&self.table, &path, &read_body(request).await?),
            Method::DELETE => routes::delete(&self.table, &path),
            _ => Err(CallError::new(StatusCode::METHOD_NOT_ALLOWED, "Method not supported")),
        }
    }
}

// === impl CallError ===

impl CallError {
    fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }

    fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(self.text));
        *response.status_mut() = self.status;
        response
    }
}

async fn read_body(request: Request<Incoming>) -> Result<Bytes, CallError> {
    let body = Limited::new(request.into_body(), MAX_BODY_BYTES).collect();
    match tokio::time::timeout(CALL_TIMEOUT, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) => Err(CallError::new(StatusCode::BAD_REQUEST, format!("Body not readable: {error}"))),
        Err(_) => Err(CallError::new(StatusCode::REQUEST_TIMEOUT, "Body did not arrive")),
    }
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

fn json(value: &serde_json::Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(value.to_string()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
