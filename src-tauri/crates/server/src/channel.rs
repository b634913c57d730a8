//! [`Channel`]: how a sub-command reaches the hub: through the control socket of one that runs, else by opening the
//! data folder itself. The calls are the same REST calls in both cases.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use labdeck_hub::config::Config;
use labdeck_hub::error::Error;
use labdeck_hub::overview::{Front, FrontState, Network};
use labdeck_hub::resources::{NoCards, ServersMachine};
use labdeck_hub::secrets::FileStore;
use labdeck_hub::{Hub, Machine, Parts, tasks};
use labdeck_model::{Secret, SystemClock};
use labdeck_proxy::RouteTable;
use labdeck_store::Store;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::control::SOCKET;
use crate::keyring::{self, Preference};
use crate::start_error::StartError;

/// A way to the hub.
#[derive(Debug)]
pub(crate) enum Channel {
    /// A hub runs.
    Socket(PathBuf),
    /// None runs: the data folder is open here.
    Embedded {
        /// The hub, which serves nobody else.
        hub: Box<Hub>,
        /// Its API.
        router: Router,
    },
}

// === impl Channel ===

impl Channel {
    /// Finds a way.
    ///
    /// # Errors
    /// When no hub runs and the data folder cannot be opened.
    pub(crate) async fn open(config: Config, data_dir: PathBuf) -> Result<Self> {
        let socket = data_dir.join(SOCKET);
        #[cfg(unix)]
        if tokio::net::UnixStream::connect(&socket).await.is_ok() {
            return Ok(Self::Socket(socket));
        }
        let folder = data_dir.clone();
        let store = tasks::blocking(move || Store::open(&folder, Arc::new(SystemClock))).await;
        let store = store.map_err(|source| anyhow!(StartError::Store { dir: data_dir.clone(), source }.words()))?;
        let secrets = match keyring::open(&data_dir, Preference::File).await {
            Ok(secrets) => secrets,
            // Adding a person needs no key: a keyring that is locked now must not stand in the way.
            Err(error) => {
                tracing::debug!(%error, "Working without the keyring");
                Arc::new(FileStore::in_folder(&std::env::temp_dir().join("labdeck-none")))
            }
        };
        let unreachable = ([127, 0, 0, 1], 9).into();
        let parts = Parts {
            front: Arc::new(Closed { port: config.listen.port(), base_url: config.base_url.clone() }),
            config,
            clock: Arc::new(SystemClock),
            store,
            secrets,
            desktop: None,
            routes: RouteTable::new(),
            hub_address: unreachable,
            proxy_secret: Secret::new(String::new()),
            window_token: Secret::new(String::new()),
            data_dir,
            // A command starts no server: no driver is woken up for it.
            machine: Some(Machine { gauge: Arc::new(ServersMachine::new(None)), cards: Arc::new(NoCards) }),
            spawners: Vec::new(),
        };
        let hub = Box::pin(Hub::build(parts)).await.context("opening the data folder")?;
        let router = hub.socket_router();
        Ok(Self::Embedded { hub: Box::new(hub), router })
    }

    /// Calls the API and expects success.
    ///
    /// # Errors
    /// With the hub's own words.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let text = body.map(|body| body.to_string()).unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/json");
        let (status, bytes) = match self {
            Self::Embedded { router, .. } => {
                let response = router.clone().oneshot(request.body(Body::from(text))?).await?;
                let status = response.status();
                (status, response.into_body().collect().await?.to_bytes())
            }
            Self::Socket(path) => through_socket(path, request.body(Full::from(text))?).await?,
        };
        answer(status, &bytes)
    }

    /// Lets go of the data folder.
    pub(crate) async fn close(self) {
        if let Self::Embedded { hub, .. } = self {
            hub.stop(labdeck_hub::overview::AtQuit::Leave).await;
        }
    }
}

#[cfg(unix)]
async fn through_socket(path: &std::path::Path, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes)> {
    let stream =
        tokio::net::UnixStream::connect(path).await.context("The hub that ran here has just ended; try again")?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream)).await?;
    drop(tasks::spawn("channel.connection", connection));
    let response = sender.send_request(request).await?;
    let status = response.status();
    Ok((status, response.into_body().collect().await?.to_bytes()))
}

#[cfg(not(unix))]
async fn through_socket(_: &std::path::Path, _: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes)> {
    bail!("There are no control sockets on this system; end the hub first")
}

fn answer(status: StatusCode, bytes: &[u8]) -> Result<Value> {
    let value: Value = serde_json::from_slice(bytes).unwrap_or(Value::Null);
    if status.is_success() {
        return Ok(value);
    }
    match value["message"].as_str() {
        Some(words) => bail!("{words}"),
        None => Err(anyhow!("The hub answered {status}")),
    }
}

/// The public port of a hub that serves nobody.
#[derive(Debug)]
struct Closed {
    port: u16,
    base_url: String,
}

#[async_trait]
impl Front for Closed {
    fn state(&self) -> FrontState {
        let local_url = format!("http://127.0.0.1:{}{}", self.port, self.base_url);
        let addresses = Vec::new();
        FrontState { on: false, network: Network::Local, port: self.port, addresses, local_url, problem: None }
    }

    async fn change(&self, _: Option<bool>, _: Option<Network>, _: Option<u16>) -> Result<(), Error> {
        Err(Error::conflict("No hub runs on this data folder."))
    }

    async fn claimed(&self) {}
}
