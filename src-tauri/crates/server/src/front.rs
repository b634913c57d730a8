//! [`PublicFront`]: the public port, served by the embedded proxy. Opens, moves and closes it; says where people find
//! it. Who may connect follows two rules: nobody but this computer before the hub is claimed, and afterwards the
//! network that the lead chose.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use http::{HeaderName, HeaderValue};
use labdeck_hub::config::{self, Config};
use labdeck_hub::error::Error;
use labdeck_hub::front::PROXY_HEADER;
use labdeck_hub::overview::{Front, FrontState, Network, Problem, port_taken};
use labdeck_hub::session::{HUB_LOGIN, SESSION_ID};
use labdeck_hub::{health, tasks};
use labdeck_model::Secret;
use labdeck_proxy::{HostPolicy, Limits, PeerPolicy, ProxyServer, RouteTable};
use labdeck_store::tables::settings;
use labdeck_store::{Store, StoreError};
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::Mutex as AsyncMutex;
use tokio_util::sync::CancellationToken;

use crate::network;

/// Under these keys the store remembers what the lead chose.
const ON: &str = "hub_on";
const NETWORK: &str = "network";
const PORT: &str = "public_port";

/// How often the computer's addresses are read again.
const ADDRESSES_EVERY: Duration = Duration::from_secs(5);

/// How long open requests may go on once the port closes: whoever switches the hub off sees it go off.
const DRAIN: std::time::Duration = std::time::Duration::from_secs(2);

/// The public port. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct PublicFront(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: Config,
    store: Store,
    routes: RouteTable,
    proxy_secret: Secret<String>,
    hosts: Arc<ArcSwap<HostPolicy>>,
    peers: Arc<ArcSwap<PeerPolicy>>,
    /// What is wanted and what is.
    now: Mutex<Now>,
    /// The open listener. Held while it is changed, so that two changes do not cross.
    open: AsyncMutex<Option<Open>>,
    shutdown: CancellationToken,
}

#[derive(Debug, Clone)]
struct Now {
    wanted_on: bool,
    is_on: bool,
    claimed: bool,
    network: Network,
    port: u16,
    problem: Option<Problem>,
}

#[derive(Debug)]
struct Open {
    close: CancellationToken,
    ended: tokio::task::JoinHandle<Option<()>>,
}

// === impl PublicFront ===

impl PublicFront {
    /// A closed port, with what the lead chose earlier. `claimed` tells whether an admin exists.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn new(
        config: &Config,
        store: &Store,
        routes: RouteTable,
        proxy_secret: Secret<String>,
        claimed: bool,
    ) -> Result<Self, StoreError> {
        let kept = store.read(|read| {
            let network = settings::find::<String>(read, NETWORK)?;
            Ok::<_, StoreError>((settings::find(read, ON)?, network, settings::find(read, PORT)?))
        });
        let (on, network, port): (Option<bool>, Option<String>, Option<u16>) = kept.await?;
        let now = Now {
            wanted_on: on.unwrap_or(true),
            is_on: false,
            claimed,
            network: first_network(config, network.as_deref()),
            port: port.filter(|_| !config.is_given("hub.bind_url")).unwrap_or(config.listen.port()),
            problem: None,
        };
        Ok(Self(Arc::new(Inner {
            config: config.clone(),
            store: store.clone(),
            routes,
            proxy_secret,
            hosts: Arc::new(ArcSwap::from_pointee(HostPolicy::Any)),
            peers: Arc::new(ArcSwap::from_pointee(PeerPolicy::LoopbackOnly)),
            now: Mutex::new(now),
            open: AsyncMutex::new(None),
            shutdown: CancellationToken::new(),
        })))
    }

    /// Opens the port if it is wanted open.
    ///
    /// # Errors
    /// In words when the port cannot be had; the state tells it too.
    pub(crate) async fn begin(&self) -> Result<(), Error> {
        if self.0.now.lock().wanted_on { self.0.reopen().await } else { Ok(()) }
    }

    /// Closes the port for good.
    pub(crate) async fn end(&self) {
        self.0.shutdown.cancel();
        let open = self.0.close().await;
        if let Some(open) = open {
            let _ = open.ended.await;
        }
    }
}

// === impl Inner ===

impl Inner {
    /// Stops listening. Requests that are under way end by themselves: the one that asked for this may be one of them.
    async fn close(&self) -> Option<Open> {
        let open = self.open.lock().await.take();
        if let Some(open) = &open {
            open.close.cancel();
        }
        self.now.lock().is_on = false;
        open
    }

    async fn reopen(&self) -> Result<(), Error> {
        let (network, port) = {
            let now = self.now.lock();
            (if now.claimed { now.network } else { Network::Local }, now.port)
        };
        let mut address = self.config.listen_on(network.into());
        address.set_port(port);
        drop(self.close().await);
        let listener = match bind(address).await {
            Ok(listener) => listener,
            Err(error) => {
                let told = cannot_bind(address, &error).await;
                self.now.lock().problem = Some(Problem {
                    id: "port".to_owned(),
                    title: "The hub cannot be reached".to_owned(),
                    cause: told.public().to_owned(),
                    remedy: "Choose another port, or end the program that has it.".to_owned(),
                });
                return Err(told);
            }
        };
        self.serve(listener, network).await;
        Ok(())
    }

    async fn serve(&self, listener: TcpListener, network: Network) {
        let bound = listener.local_addr().map_or(0, |address| address.port());
        self.hosts.store(Arc::new(host_policy(&self.config)));
        self.peers.store(Arc::new(match network {
            Network::Local => PeerPolicy::LoopbackOnly,
            Network::Lan => PeerPolicy::All,
        }));
        let close = self.shutdown.child_token();
        let ends = close.clone();
        let proxy = self.proxy();
        let ended = tasks::spawn("front.public", async move { proxy.run(listener, ends.cancelled_owned()).await });
        let (config, hosts, ends) = (self.config.clone(), Arc::clone(&self.hosts), close.clone());
        drop(tasks::spawn("front.hosts", async move { follow_addresses(&config, &hosts, &ends).await }));
        *self.open.lock().await = Some(Open { close, ended });
        let mut now = self.now.lock();
        now.is_on = true;
        now.port = bound;
        now.problem = None;
        tracing::info!(port = bound, network = ?network, "The hub is open at port {bound}");
    }

    fn proxy(&self) -> ProxyServer {
        let mut limits = Limits::default();
        limits.drain_timeout = DRAIN;
        let mut builder = ProxyServer::builder(self.routes.clone())
            .limits(limits)
            .allowed_hosts(Arc::clone(&self.hosts))
            .peer_policy(Arc::clone(&self.peers))
            // A server shall neither read who is signed in at the hub nor plant such a cookie.
            .private_cookies([HUB_LOGIN])
            .session_cookie(SESSION_ID)
            .private_paths([format!("{}hub/", self.config.base_url)]);
        if let Ok(secret) = HeaderValue::from_str(self.proxy_secret.expose()) {
            builder = builder.default_route_header(HeaderName::from_static(PROXY_HEADER), secret);
        }
        builder.build()
    }

    async fn remember<T: serde::Serialize + Send + 'static>(&self, key: &'static str, value: T) -> Result<(), Error> {
        self.store.write(move |tx| Ok::<_, Error>(settings::set(tx, key, &value)?)).await
    }
}

#[async_trait]
impl Front for PublicFront {
    fn state(&self) -> FrontState {
        let now = self.0.now.lock().clone();
        let base = &self.0.config.base_url;
        let local_host = network::host_text(self.0.config.listen_on(config::Network::Local).ip());
        let local_url = format!("http://{local_host}:{}{base}", now.port);
        let addresses = match now.network {
            Network::Local => vec![local_url.clone()],
            Network::Lan => {
                let names = self.0.config.advertised_names.iter().cloned();
                let all = names.chain(network::addresses().into_iter().map(network::host_text));
                all.map(|host| format!("http://{host}:{}{base}", now.port)).collect()
            }
        };
        FrontState { on: now.is_on, network: now.network, port: now.port, addresses, local_url, problem: now.problem }
    }

    async fn change(&self, on: Option<bool>, network: Option<Network>, port: Option<u16>) -> Result<(), Error> {
        // In a task of its own: a request that came through the port that is moved may be cut off half-way.
        let inner = Arc::clone(&self.0);
        let changed = tasks::spawn("front.change", async move { inner.change(on, network, port).await }).await;
        changed.ok().flatten().unwrap_or_else(|| Err(Error::internal("the change of the public port was cut off")))
    }

    async fn claimed(&self) {
        let wider = {
            let mut now = self.0.now.lock();
            now.claimed = true;
            now.is_on && now.network == Network::Lan
        };
        let inner = Arc::clone(&self.0);
        let opened =
            tasks::spawn("front.claimed", async move { if wider { inner.reopen().await } else { Ok(()) } }).await;
        if let Ok(Some(Err(error))) = opened {
            tracing::error!(%error, "Could not open the hub to the network after the claim");
        }
    }
}

impl Inner {
    async fn change(&self, on: Option<bool>, network: Option<Network>, port: Option<u16>) -> Result<(), Error> {
        let before = self.now.lock().clone();
        {
            let mut now = self.now.lock();
            now.wanted_on = on.unwrap_or(now.wanted_on);
            now.network = network.unwrap_or(now.network);
            now.port = port.unwrap_or(now.port);
        }
        let after = self.now.lock().clone();
        let moved = (before.network, before.port) != (after.network, after.port);
        if !after.wanted_on {
            drop(self.close().await);
        } else if (!before.is_on || moved)
            && let Err(error) = self.reopen().await
        {
            self.go_back(&before).await;
            return Err(error);
        }
        self.remember(ON, after.wanted_on).await?;
        if network.is_some() {
            self.remember(NETWORK, after.network).await?;
        }
        if port.is_some() {
            let bound = self.now.lock().port;
            self.remember(PORT, bound).await?;
        }
        Ok(())
    }

    /// A change that failed leaves things as they were.
    async fn go_back(&self, before: &Now) {
        let problem = {
            let mut now = self.now.lock();
            let problem = now.problem.take();
            *now = Now { is_on: false, ..before.clone() };
            problem
        };
        if before.is_on {
            if let Err(error) = self.reopen().await {
                tracing::error!(%error, "Could not open the hub where it was before");
            }
        } else {
            self.now.lock().problem = problem;
        }
    }
}

/// The names under which this computer is reached. A page of another site that rebinds its name to our address
/// still sends its own name.
fn host_policy(config: &Config) -> HostPolicy {
    let name = health::host_name();
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()];
    names.extend([name.clone(), format!("{name}.local")]);
    names.extend(network::addresses().into_iter().map(network::host_text));
    names.push(network::host_text(config.listen.ip()));
    names.extend(config.advertised_names.iter().cloned());
    let known: Vec<_> = names.iter().filter(|name| HostPolicy::only([name.as_str()]).is_ok()).collect();
    HostPolicy::only(known).unwrap_or_default()
}

/// A laptop that changes its network has other addresses from then on.
async fn follow_addresses(config: &Config, hosts: &ArcSwap<HostPolicy>, ends: &CancellationToken) {
    while !ends.is_cancelled() {
        tokio::select! {
            biased;
            () = ends.cancelled() => return,
            () = tokio::time::sleep(ADDRESSES_EVERY) => hosts.store(Arc::new(host_policy(config))),
        }
    }
}

/// What the configuration names, else what the lead chose, else what the address says.
fn first_network(config: &Config, kept: Option<&str>) -> Network {
    match (config.network, kept) {
        (Some(network), _) => network.into(),
        (None, Some("lan")) => Network::Lan,
        (None, Some(_)) => Network::Local,
        (None, None) if config.listen.ip().is_loopback() => Network::Local,
        (None, None) => Network::Lan,
    }
}

/// Binds an address, with a moment's patience for a listener of our own that is just closing.
async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let mut tries = 0;
    loop {
        match TcpListener::bind(address).await {
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && tries < 20 => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
            bound => return bound,
        }
    }
}

async fn cannot_bind(address: SocketAddr, error: &std::io::Error) -> Error {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::AddrInUse => {
            // It looks through every process: not on an async thread.
            let owner = tasks::blocking(move || network::port_owner(address.port())).await;
            port_taken(address.port(), owner.as_deref(), network::next_free_port(address).await)
        }
        ErrorKind::PermissionDenied => Error::conflict(format!(
            "This account may not open port {}. Use one above 1023, such as 8000.",
            address.port()
        )),
        ErrorKind::AddrNotAvailable => Error::conflict(format!(
            "This computer has no address {}. Set hub.bind_url to one that it has.",
            address.ip()
        )),
        _ => Error::conflict(format!("Port {} cannot be opened: {error}.", address.port())),
    }
}
