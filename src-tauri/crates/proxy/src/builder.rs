//! ProxyBuilder: how a proxy is told what it may do. Owns checking of the options' form; their meaning is documented
//! here and lives in the modules that read them.

use std::sync::Arc;

use arc_swap::ArcSwap;
use http::{HeaderName, HeaderValue};

use crate::error_target::ErrorTarget;
use crate::errors::ErrorPage;
use crate::gate::HostPolicy;
use crate::limits::Limits;
use crate::options::Options;
use crate::peer::PeerPolicy;
use crate::server::ProxyServer;
use crate::table::RouteTable;

/// Collects the options of a [`ProxyServer`].
#[derive(Debug)]
#[must_use = "a builder does nothing until build()"]
pub struct ProxyBuilder {
    table: RouteTable,
    options: Options,
}

impl ProxyBuilder {
    pub(crate) fn new(table: RouteTable) -> Self {
        Self { table, options: Options::default() }
    }

    /// Which values of `Host` are served; others get 421. May be swapped while the proxy runs. Default: any.
    pub fn allowed_hosts(mut self, hosts: Arc<ArcSwap<HostPolicy>>) -> Self {
        self.options.allowed_hosts = hosts;
        self
    }

    /// From where connections are taken; others are closed. May be swapped while the proxy runs. Default: everywhere.
    pub fn peer_policy(mut self, peers: Arc<ArcSwap<PeerPolicy>>) -> Self {
        self.options.peers = peers;
        self
    }

    /// Adds a field to requests that go to the `/` route. It is removed from what clients send, and no other target
    /// ever sees it: its value proves to the default route's server that the request came through this proxy.
    pub fn default_route_header(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.options.default_route_headers.push((name, value));
        self
    }

    /// Cookies that only the `/` route's server may read and set: taken out of requests to every other route, and of
    /// their `Set-Cookie`.
    pub fn private_cookies<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.options.isolation.private_cookies.extend(names.into_iter().map(Into::into));
        self
    }

    /// The cookie by which servers tell their visitors' sessions apart: what
    /// [`RouteTable::renew_sessions`] renews. Never touched on the `/` route.
    pub fn session_cookie(mut self, name: impl Into<String>) -> Self {
        self.options.session_cookie = Some(name.into());
        self
    }

    /// Paths for which only the `/` route's server may set cookies of any name, and which no other server's worker
    /// script may control. A missing slash at the end is added.
    pub fn private_paths<T: Into<String>>(mut self, paths: impl IntoIterator<Item = T>) -> Self {
        let closed = |path: String| if path.ends_with('/') { path } else { path + "/" };
        self.options.isolation.private_paths.extend(paths.into_iter().map(Into::into).map(closed));
        self
    }

    /// Time-outs and caps.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.options.limits = limits;
        self
    }

    /// Makes the HTML of error answers; `None` from the function means the built-in page. JSON answers stay as they are.
    pub fn error_page(mut self, page: impl Fn(&ErrorPage<'_>) -> Option<String> + Send + Sync + 'static) -> Self {
        self.options.error_page = Some(Arc::new(page));
        self
    }

    /// A server that has the HTML of error answers for requests that found no target, or none that answers; it goes
    /// before [`Self::error_page`].
    pub fn error_target(mut self, target: ErrorTarget) -> Self {
        self.options.error_target = Some(target);
        self
    }

    /// A path that answers `{"status":"OK"}` by itself, for every host; configurable-http-proxy's is `/_chp_healthz`.
    pub fn health_path(mut self, path: impl Into<String>) -> Self {
        self.options.health_path = Some(path.into());
        self
    }

    /// The proxy, ready to run.
    #[must_use]
    pub fn build(self) -> ProxyServer {
        ProxyServer::new(self.table, self.options)
    }
}
