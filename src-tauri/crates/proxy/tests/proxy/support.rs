//! What the contract tests share: a recording backend, a running proxy and a raw client. Each stops when dropped.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use labdeck_proxy::{Limits, ProxyBuilder, ProxyServer, RouteTable, Routespec, Target};
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// The bound on every wait: reaching it is a failure.
const PATIENCE: Duration = Duration::from_secs(10);

/// One request as the backend got it.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Number of the backend's connection it came on.
    pub(crate) connection: usize,
}

/// What the backend does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Sends these bytes and keeps the connection.
    Send(Vec<u8>),
    /// Sends these bytes and closes.
    SendAndClose(Vec<u8>),
    /// Sends a 101 with these bytes behind it, then echoes.
    Echo(&'static str),
    /// Says nothing and keeps the connection.
    Silence,
}

type Handler = Arc<dyn Fn(&Recorded) -> Reply + Send + Sync>;

/// A target that records what it gets.
pub(crate) struct Backend {
    pub(crate) address: SocketAddr,
    pub(crate) requests: Arc<Mutex<Vec<Recorded>>>,
    /// Bytes that arrived after an upgrade.
    pub(crate) tunnelled: Arc<Mutex<Vec<u8>>>,
    _tasks: JoinSet<()>,
}

/// A running proxy.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    pub(crate) table: RouteTable,
    stop: Option<oneshot::Sender<()>>,
    tasks: JoinSet<()>,
}

/// A client's connection.
pub(crate) struct Client {
    socket: TcpStream,
    /// Read and not yet taken.
    pub(crate) buffer: Vec<u8>,
}

/// One response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// `HTTP/1.1 200 OK` with this body.
pub(crate) fn ok(body: &str) -> Reply {
    Reply::Send(response("200 OK", "", body))
}

/// A response with these further header lines (each with its line end).
pub(crate) fn response(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Waits for `future`, never longer than the tests' patience.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("waited too long")
}

/// Waits until `condition` holds.
pub(crate) async fn eventually(condition: impl Fn() -> bool) {
    soon(async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

pub(crate) fn spec(text: &str) -> Routespec {
    Routespec::parse(text).unwrap()
}

// === impl Backend ===

impl Backend {
    pub(crate) async fn start(handler: impl Fn(&Recorded) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, tunnelled) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        let (handler, seen, bytes): (Handler, _, _) =
            (Arc::new(handler), Arc::clone(&requests), Arc::clone(&tunnelled));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            for connection in 0.. {
                let (socket, _) = listener.accept().await.unwrap();
                connections.spawn(converse(
                    socket,
                    connection,
                    Arc::clone(&handler),
                    Arc::clone(&seen),
                    Arc::clone(&bytes),
                ));
            }
        });
        Self { address, requests, tunnelled, _tasks: tasks }
    }

    /// A backend that answers everything with 200 and its name.
    pub(crate) async fn named(name: &'static str) -> Self {
        Self::start(move |_| ok(name)).await
    }

    pub(crate) fn target(&self) -> Target {
        Target::parse(&format!("http://{}", self.address)).unwrap()
    }

    /// The only request that came.
    pub(crate) fn only(&self) -> Recorded {
        let requests = self.requests.lock();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests[0].clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.requests.lock().len()
    }
}

async fn converse(
    mut socket: TcpStream,
    connection: usize,
    handler: Handler,
    seen: Arc<Mutex<Vec<Recorded>>>,
    tunnelled: Arc<Mutex<Vec<u8>>>,
) {
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut socket, &mut buffer, connection).await {
        seen.lock().push(request.clone());
        match handler(&request) {
            Reply::Send(bytes) => socket.write_all(&bytes).await.unwrap_or_default(),
            Reply::SendAndClose(bytes) => {
                let _ = socket.write_all(&bytes).await;
                return;
            }
            Reply::Silence => {}
            Reply::Echo(greeting) => {
                let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Ws: yes\r\n\r\n";
                let _ = socket.write_all(format!("{head}{greeting}").as_bytes()).await;
                loop {
                    tunnelled.lock().extend(&buffer);
                    if socket.write_all(&buffer).await.is_err() {
                        return;
                    }
                    buffer.clear();
                    if socket.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
            }
        }
    }
}

/// Reads strictly: a request that is not well formed fails the test by a panic in the backend's record.
async fn read_request(socket: &mut TcpStream, buffer: &mut Vec<u8>, connection: usize) -> Option<Recorded> {
    let (line, headers) = read_head(socket, buffer).await?;
    let find = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let mut body = Vec::new();
    if let Some(length) = find("content-length") {
        let length: usize = length.parse().expect("a content-length of digits");
        fill(socket, buffer, length).await?;
        body.extend(buffer.drain(..length));
    } else if find("transfer-encoding").is_some() {
        body = read_chunks(socket, buffer).await?;
    }
    Some(Recorded { line, headers, body, connection })
}

type Head = (String, Vec<(String, String)>);

async fn read_head(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Head> {
    let end = loop {
        match buffer.windows(4).position(|part| part == b"\r\n\r\n") {
            Some(end) => break end,
            None if socket.read_buf(buffer).await.unwrap_or(0) == 0 => return None,
            None => {}
        }
    };
    let head: Vec<u8> = buffer.drain(..end + 4).collect();
    let head = String::from_utf8_lossy(&head[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap_or_default().to_owned();
    let split = |line: &str| {
        let (name, value) = line.split_once(':').expect("a header line with a colon");
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    Some((line, lines.map(split).collect()))
}

async fn read_chunks(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = loop {
            match buffer.windows(2).position(|part| part == b"\r\n") {
                Some(end) => break end,
                None => fill(socket, buffer, buffer.len() + 1).await?,
            }
        };
        let size = usize::from_str_radix(std::str::from_utf8(&buffer[..end]).unwrap(), 16).expect("a chunk size");
        fill(socket, buffer, end + 2 + size + 2).await?;
        body.extend(&buffer[end + 2..end + 2 + size]);
        assert_eq!(&buffer[end + 2 + size..end + 4 + size], b"\r\n", "a chunk's end");
        buffer.drain(..end + 4 + size);
        if size == 0 {
            return Some(body);
        }
    }
}

async fn fill(socket: &mut TcpStream, buffer: &mut Vec<u8>, length: usize) -> Option<()> {
    while buffer.len() < length {
        if socket.read_buf(buffer).await.unwrap_or(0) == 0 {
            return None;
        }
    }
    Some(())
}

// === impl Recorded ===

impl Recorded {
    /// All values of a field, joined.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        joined(&self.headers, name)
    }
}

fn joined(headers: &[(String, String)], name: &str) -> Option<String> {
    let values: Vec<_> = headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect();
    (!values.is_empty()).then(|| values.join("|"))
}

// === impl Proxy ===

impl Proxy {
    pub(crate) async fn start(configure: impl FnOnce(ProxyBuilder) -> ProxyBuilder) -> Self {
        Self::over(RouteTable::new(), configure).await
    }

    pub(crate) async fn over(table: RouteTable, configure: impl FnOnce(ProxyBuilder) -> ProxyBuilder) -> Self {
        let server = configure(ProxyServer::builder(table.clone())).build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let mut tasks = JoinSet::new();
        tasks.spawn(server.run(listener, async { stopped.await.unwrap_or(()) }));
        Self { address, table, stop: Some(stop), tasks }
    }

    /// A proxy with the default options and one route `/` to this backend.
    pub(crate) async fn to(backend: &Backend) -> Self {
        let proxy = Self::start(|builder| builder).await;
        proxy.route("/", backend);
        proxy
    }

    /// A proxy with these limits and one route `/` to this backend.
    pub(crate) async fn limited(backend: &Backend, change: impl FnOnce(&mut Limits)) -> Self {
        let mut limits = Limits::default();
        change(&mut limits);
        let proxy = Self::start(|builder| builder.limits(limits)).await;
        proxy.route("/", backend);
        proxy
    }

    pub(crate) fn route(&self, text: &str, backend: &Backend) {
        self.table.add(spec(text), backend.target(), serde_json::Value::Null);
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(self.address).await
    }

    /// One GET on a connection of its own; further header lines each with their line end.
    pub(crate) async fn get(&self, path: &str, headers: &str) -> Response {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", self.address)).await
    }

    /// Sends raw bytes on a connection of its own and reads one response.
    pub(crate) async fn send(&self, bytes: impl AsRef<[u8]>) -> Response {
        let mut client = self.connect().await;
        client.write(bytes).await;
        client.response().await.expect("a response")
    }

    /// Asks the proxy to stop, without waiting.
    pub(crate) fn stop(&mut self) {
        self.stop.take();
    }

    /// Waits until the proxy has stopped.
    pub(crate) async fn stopped(&mut self) {
        soon(self.tasks.join_next()).await.unwrap().unwrap();
    }
}

// === impl Client ===

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self { socket: soon(TcpStream::connect(address)).await.unwrap(), buffer: Vec::new() }
    }

    /// Writes; a peer that has closed already is no failure.
    pub(crate) async fn write_or_closed(&mut self, bytes: &[u8]) {
        let _ = soon(self.socket.write_all(bytes)).await;
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        soon(self.socket.write_all(bytes.as_ref())).await.unwrap();
    }

    /// The next response (to a request other than HEAD); `None` when the connection ended before it.
    pub(crate) async fn response(&mut self) -> Option<Response> {
        soon(async {
            let (line, headers) = read_head(&mut self.socket, &mut self.buffer).await?;
            let status = line.split(' ').nth(1).unwrap().parse().unwrap();
            let mut response = Response { status, headers, body: Vec::new() };
            let bodiless = status < 200 || matches!(status, 204 | 304);
            if let Some(length) = response.header("content-length").filter(|_| !bodiless) {
                let length = length.parse().unwrap();
                fill(&mut self.socket, &mut self.buffer, length).await?;
                response.body.extend(self.buffer.drain(..length));
            } else if response.header("transfer-encoding").is_some() {
                response.body = read_chunks(&mut self.socket, &mut self.buffer).await?;
            }
            Some(response)
        })
        .await
    }

    /// Only the head of the next response.
    pub(crate) async fn response_head(&mut self) -> Response {
        let (line, headers) = soon(read_head(&mut self.socket, &mut self.buffer)).await.expect("a response");
        Response { status: line.split(' ').nth(1).unwrap().parse().unwrap(), headers, body: Vec::new() }
    }

    /// Reads until exactly these bytes have come.
    pub(crate) async fn expect(&mut self, bytes: &str) {
        soon(fill(&mut self.socket, &mut self.buffer, bytes.len())).await.expect("more bytes");
        let got: Vec<u8> = self.buffer.drain(..bytes.len()).collect();
        assert_eq!(String::from_utf8_lossy(&got), bytes);
    }

    /// Waits for the end of the connection and returns what came before.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut rest = std::mem::take(&mut self.buffer);
        // A reset is an end as well: the proxy closes with bytes of the client unread.
        let _ = soon(self.socket.read_to_end(&mut rest)).await;
        rest
    }
}

// === impl Response ===

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        joined(&self.headers, name)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
