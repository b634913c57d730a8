//! Forwarding: one request from the client's head to the target's response, in named phases. Owns the order of the
//! phases and the meaning of failures; sockets of clients belong to `server.rs`.

pub(crate) mod headers;
pub(crate) mod isolation;
mod request;
mod response;
mod tunnel;
mod upgrade;
mod upstream;

use std::net::IpAddr;
use std::sync::Arc;

use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;

use crate::gate::{self, Admitted, Refusal};
use crate::options::Options;
use crate::sessions::Place;
use crate::stream::InFlightGuard;
use crate::table::{Entry, RouteTable};

use isolation::Isolation;
use request::{BodyOutcome, RequestBody};
use response::Ending;

pub(crate) use response::{ResponseBody, close_after};
pub(crate) use upgrade::Tunnels;
pub(crate) use upstream::Upstream;

/// Why a request could not be forwarded, or its response not delivered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ForwardError {
    #[error("the gate refused the request: {}", .0.reason)]
    Refused(Refusal),
    #[error("the peer is not served any more")]
    PeerRefused,
    #[error("no route matches")]
    NoRoute,
    #[error("could not connect to the target")]
    Connect(#[source] std::io::Error),
    #[error("the target broke off")]
    Target(#[source] hyper::Error),
    #[error("the target's path cannot be joined with the request's")]
    BadTarget,
    #[error("the target changed to another protocol than was asked")]
    BadUpgrade,
    #[error("the request's body broke off")]
    BodyBroken(#[source] hyper::Error),
    #[error("the request's body made no progress")]
    BodyStalled,
}

/// What forwarding needs, shared by all connections of a proxy.
#[derive(Debug)]
pub(crate) struct Forwarder {
    pub(crate) table: RouteTable,
    pub(crate) options: Options,
    pub(crate) upstream: Arc<Upstream>,
    pub(crate) tunnels: Tunnels,
}

/// A request that passed the gate and found its route.
struct Routed {
    parts: Parts,
    admitted: Admitted,
    entry: Arc<Entry>,
    /// Its place among those that end when their visitor is shut out.
    place: Option<Place>,
}

// === impl ForwardError ===

impl ForwardError {
    /// The status and the words for the client.
    pub(crate) fn answer(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Refused(refusal) => (refusal.status, refusal.reason),
            Self::PeerRefused => (StatusCode::FORBIDDEN, "This network is not served."),
            Self::NoRoute => (StatusCode::NOT_FOUND, "No server answers at this address."),
            Self::Connect(_) | Self::Target(_) | Self::BadTarget | Self::BadUpgrade => {
                (StatusCode::SERVICE_UNAVAILABLE, "The server is not answering")
            }
            Self::BodyBroken(_) => (StatusCode::BAD_REQUEST, "the request's body is malformed"),
            Self::BodyStalled => (StatusCode::REQUEST_TIMEOUT, "the request's body did not arrive"),
        }
    }

    /// Whether the request was in order, and no target had an answer to it.
    pub(crate) fn is_of_a_target(&self) -> bool {
        match self {
            Self::NoRoute | Self::Connect(_) | Self::Target(_) | Self::BadTarget | Self::BadUpgrade => true,
            Self::Refused(_) | Self::PeerRefused | Self::BodyBroken(_) | Self::BodyStalled => false,
        }
    }

    /// Whether the client's connection may carry another request afterwards.
    pub(crate) fn leaves_connection_usable(&self) -> bool {
        self.is_of_a_target()
    }
}

impl From<Refusal> for ForwardError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

// === impl Forwarder ===

impl Forwarder {
    /// Answers one request with its target's response.
    ///
    /// # Cancellation
    /// Dropping it breaks the exchange with the target off; upgraded connections live on in their own task.
    pub(crate) async fn forward(
        &self,
        peer: IpAddr,
        mut request: Request<Incoming>,
        in_flight: InFlightGuard,
    ) -> Result<Response<ResponseBody>, (ForwardError, InFlightGuard)> {
        let client_side = upgrade::client_side(&mut request);
        let (parts, body) = request.into_parts();
        let answered = match self.route(parts, peer) {
            Ok(mut routed) => {
                self.prepare_head(&mut routed, peer);
                let entry = Arc::clone(&routed.entry);
                let exchanged = if routed.admitted.wants_websocket {
                    self.exchange_upgrade(routed, client_side).await
                } else {
                    self.exchange(routed, body).await
                };
                exchanged.inspect_err(|error| log_failure(error, &entry))
            }
            Err(error) => {
                tracing::debug!(client.ip = %peer, "Did not forward a request: {error}");
                Err(error)
            }
        };
        match answered {
            Ok((response, ending)) => Ok(response.map(|body| ResponseBody::from_target(body, ending, in_flight))),
            Err(error) => Err((error, in_flight)),
        }
    }

    fn route(&self, parts: Parts, peer: IpAddr) -> Result<Routed, ForwardError> {
        // Once more than at accept: the policy may have changed under a connection that was kept.
        if !self.options.peers.load().allows(peer) {
            return Err(ForwardError::PeerRefused);
        }
        let hosts = self.options.allowed_hosts.load();
        let admitted = gate::admit(&parts, &hosts, self.options.limits.max_target_bytes)?;
        let entry = self.table.find(admitted.host.name(), parts.uri.path())?.ok_or(ForwardError::NoRoute)?;
        Ok(Routed { parts, admitted, entry, place: None })
    }

    fn prepare_head(&self, routed: &mut Routed, peer: IpAddr) {
        let Routed { parts, admitted, entry, place } = routed;
        headers::strip_hop_by_hop(&mut parts.headers);
        headers::strip_claims(&mut parts.headers, self.default_route_headers());
        headers::add_forwarded(&mut parts.headers, peer, &admitted.host);
        if entry.is_default {
            for (name, value) in self.default_route_headers() {
                parts.headers.insert(name.clone(), value.clone());
            }
        } else {
            self.isolation().strip_request(&mut parts.headers);
            if let Some(cookie) = &self.options.session_cookie {
                *place = Some(entry.sessions.enter(&parts.headers, cookie));
                entry.sessions.rewrite(&mut parts.headers, cookie);
            }
        }
        if admitted.wants_websocket {
            upgrade::restore_handshake(&mut parts.headers);
        }
    }

    async fn exchange(&self, routed: Routed, body: Incoming) -> Result<(Response<Incoming>, Ending), ForwardError> {
        let Routed { parts, entry, place, .. } = routed;
        let (body, watch) = RequestBody::new(body, &entry, self.options.limits.body_timeout);
        let request = request::outgoing(parts, body, &entry.target)?;
        let sent = self.upstream.send(&entry.target, request).await;
        let (mut response, lease) = sent.map_err(|error| match watch.as_ref().map(|watch| watch.outcome()) {
            // The connection to the target failed because its body did: that is the client's doing.
            Some(BodyOutcome::Stalled) => ForwardError::BodyStalled,
            Some(BodyOutcome::Broken) => match error {
                ForwardError::Target(source) => ForwardError::BodyBroken(source),
                other => other,
            },
            Some(BodyOutcome::Open | BodyOutcome::Whole) | None => error,
        })?;
        response::clean_head(&mut response, &entry, self.isolation());
        let status = response.status();
        if status == StatusCode::SWITCHING_PROTOCOLS {
            return Err(ForwardError::BadUpgrade);
        }
        Ok((response, Ending { entry, lease: Some(lease), request_body: watch, status, place }))
    }

    async fn exchange_upgrade(
        &self,
        routed: Routed,
        client_side: OnUpgrade,
    ) -> Result<(Response<Incoming>, Ending), ForwardError> {
        let Routed { parts, entry, place, .. } = routed;
        let request = request::outgoing(parts, RequestBody::empty(), &entry.target)?;
        let (mut response, lease) = self.upstream.send_on_new(&entry.target, request).await?;
        let agreed = upgrade::has_agreed(&response)?;
        response::clean_head(&mut response, &entry, self.isolation());
        let (lease, place) = if agreed {
            upgrade::restore_handshake(response.headers_mut());
            self.tunnels.join(client_side, &mut response, Arc::clone(&entry), place);
            lease.leave_to_upgrade();
            (None, None)
        } else {
            close_after(&mut response);
            (Some(lease), place)
        };
        let status = response.status();
        Ok((response, Ending { entry, lease, request_body: None, status, place }))
    }

    fn isolation(&self) -> &Isolation {
        &self.options.isolation
    }

    fn default_route_headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.options.default_route_headers
    }
}

/// The words for the log; clients see [`ForwardError::answer`] only.
fn log_failure(error: &ForwardError, entry: &Entry) {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    let (spec, target) = (&entry.spec, &entry.target);
    tracing::warn!(route.spec = %spec, route.target = %target, "Could not forward to {spec}: {error}{cause}");
}
