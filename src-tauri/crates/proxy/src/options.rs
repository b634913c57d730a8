//! Options: everything a proxy can be told at its making, with defaults. Values only; the builder in `server.rs` fills
//! them, the connections read them.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use http::{HeaderName, HeaderValue};

use crate::error_target::ErrorTarget;
use crate::errors::ErrorPage;
use crate::forward::isolation::Isolation;
use crate::gate::HostPolicy;
use crate::limits::Limits;
use crate::peer::PeerPolicy;

/// Makes the body for an error, or leaves it to the built-in page.
pub(crate) type ErrorHook = Arc<dyn Fn(&ErrorPage<'_>) -> Option<String> + Send + Sync>;

/// What the proxy was told.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) limits: Limits,
    pub(crate) allowed_hosts: Arc<ArcSwap<HostPolicy>>,
    pub(crate) peers: Arc<ArcSwap<PeerPolicy>>,
    /// Secret fields for the default route's target alone.
    pub(crate) default_route_headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) isolation: Isolation,
    pub(crate) error_page: Option<ErrorHook>,
    /// Asked for a page before the built-in one is shown.
    pub(crate) error_target: Option<ErrorTarget>,
    /// The cookie by which servers tell their visitors' sessions apart; `None` for none.
    pub(crate) session_cookie: Option<String>,
    /// Path that answers that the proxy lives; `None` for none.
    pub(crate) health_path: Option<String>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the default route's headers: their values are secret.
        f.debug_struct("Options")
            .field("limits", &self.limits)
            .field("isolation", &self.isolation)
            .finish_non_exhaustive()
    }
}
