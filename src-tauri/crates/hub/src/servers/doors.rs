//! The listener through which servers in containers reach the hub's API: on their bridge's gateway, on a port that is
//! chosen once and kept, because running servers have it in their environment.

use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use labdeck_spawner::{HubAccess, Subnet};
use labdeck_store::tables::settings;
use labdeck_store::{Store, StoreError};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::front::{PeerRule, Routes, serve};
use crate::tasks;

/// Under this key the store keeps the port.
const PORT: &str = "containers_port";
/// The bridge may come a moment after the engine: how often and how long binding is tried.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);

/// Opens doors for servers as they are needed and keeps them open.
#[derive(Debug)]
pub struct Doors {
    store: Store,
    /// The hub's own listener on loopback, for local processes.
    hub: SocketAddr,
    base_url: String,
    router: OnceLock<Routes>,
    /// The open door: where, and what closes it. Held while opening, so that two starts do not open it twice.
    open: Mutex<Option<Door>>,
    shutdown: CancellationToken,
}

#[derive(Debug)]
struct Door {
    address: SocketAddr,
    subnet: Subnet,
    close: CancellationToken,
}

/// Why no door could be opened.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// The address cannot be bound.
    #[error("cannot listen on {address}, where servers in containers reach the hub")]
    Bind {
        /// Which.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The port could not be kept.
    #[error("keeping the port of the containers' listener")]
    Store(#[from] StoreError),
}

// === impl Doors ===

impl Doors {
    /// No door is open yet. `hub` is where the hub's own listener is.
    pub fn new(store: Store, hub: SocketAddr, base_url: &str, shutdown: CancellationToken) -> Self {
        let (router, open) = (OnceLock::new(), Mutex::new(None));
        Self { store, hub, base_url: base_url.to_owned(), router, open, shutdown }
    }

    /// What is served behind the doors. Set once, when the hub is built.
    pub fn set_router(&self, router: Routes) {
        let _ = self.router.set(router);
    }

    /// The API's address for servers with that access; opens the door if it is closed.
    ///
    /// # Errors
    /// [`DoorError`].
    pub async fn api_url(&self, access: &HubAccess) -> Result<String, DoorError> {
        let address = match access {
            HubAccess::Loopback => self.hub,
            HubAccess::Bridge { gateway, subnet } => self.open(*gateway, *subnet).await?,
        };
        Ok(format!("http://{address}{}hub/api", self.base_url))
    }

    async fn open(&self, gateway: IpAddr, subnet: Subnet) -> Result<SocketAddr, DoorError> {
        let mut open = self.open.lock().await;
        if let Some(door) = open.as_ref() {
            if door.address.ip() == gateway && door.subnet == subnet && !door.close.is_cancelled() {
                return Ok(door.address);
            }
            door.close.cancel();
        }
        let (listener, address) = self.bind(gateway).await?;
        let close = self.shutdown.child_token();
        let router = self.router.get().cloned().unwrap_or_default();
        drop(tasks::spawn("hub.containers", serve(listener, router, PeerRule::Subnet(subnet), close.clone())));
        tracing::info!(listener.address = %address, "Servers in containers reach the hub at {address}");
        *open = Some(Door { address, subnet, close });
        Ok(address)
    }

    /// Binds the kept port, else a free one which is kept from now on.
    async fn bind(&self, gateway: IpAddr) -> Result<(TcpListener, SocketAddr), DoorError> {
        let kept = self.store.read(|read| settings::find::<u16>(read, PORT)).await?;
        let wanted = SocketAddr::new(gateway, kept.unwrap_or(0));
        let mut tries = 0;
        let listener = loop {
            match TcpListener::bind(wanted).await {
                Ok(listener) => break listener,
                Err(source) if tries == TRIES => return Err(DoorError::Bind { address: wanted, source }),
                Err(_) => {
                    tries += 1;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        let address = listener.local_addr().map_err(|source| DoorError::Bind { address: wanted, source })?;
        if kept.is_none() {
            self.store.write(move |tx| settings::set(tx, PORT, &address.port())).await?;
        }
        Ok((listener, address))
    }
}
