//! The proxy of Labdeck: a route table, a forwarder for HTTP and websockets, and configurable-http-proxy's REST API.
//! Knows nothing of users, spawning or a hub: what belongs to a route arrives as opaque data. Used embedded by the hub
//! and alone as the binary `labdeck-proxy`.
//!
//! Requests pass in this order: peer check and caps (`server`), framing (`framing`, `stream`), gate (`gate`), longest
//! prefix in the table (`table`), then the exchange with the target (`forward`).
//!
//! ```
//! use labdeck_proxy::{ProxyServer, RouteTable, Routespec, Target};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let table = RouteTable::new();
//! table.add(Routespec::parse("/")?, Target::parse("http://127.0.0.1:8081")?, serde_json::Value::Null);
//! table.add(Routespec::parse("/user/ada/")?, Target::parse("http://127.0.0.1:49153")?, serde_json::json!({ "user": "ada" }));
//!
//! let proxy = ProxyServer::builder(table.clone()).private_cookies(["jupyterhub-hub-login"]).build();
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
//! # stop.send(()).ok();
//! proxy.run(listener, async { stopped.await.unwrap_or(()) }).await; // until `stop` is sent or dropped
//! # drop(table); Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod api;
mod builder;
#[cfg(feature = "cli")]
pub mod cli;
mod error;
mod error_target;
mod errors;
mod forward;
mod framing;
mod gate;
mod limits;
mod options;
mod peer;
mod permits;
mod routespec;
mod server;
mod sessions;
mod stream;
mod table;
mod target;
mod tasks;
mod trie;

pub use api::{ApiServer, ApiToken};
pub use builder::ProxyBuilder;
pub use error::ProxyError;
pub use error_target::ErrorTarget;
pub use errors::ErrorPage;
pub use gate::{Host, HostPolicy};
pub use limits::Limits;
pub use peer::{Cidr, PeerPolicy};
pub use routespec::Routespec;
pub use server::ProxyServer;
pub use sessions::SessionNames;
pub use table::{Route, RouteTable};
pub use target::Target;
