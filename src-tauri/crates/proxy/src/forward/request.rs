//! The request on its way to the target: the head as we say it, the body as it comes. Owns the body's progress
//! time-out, its marks of activity and the knowledge whether any of it was sent; does not open connections.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Uri, Version, header};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::target::Target;

use super::ForwardError;
use crate::table::Entry;

/// What became of a request's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum BodyOutcome {
    /// Not yet read to its end.
    Open = 0,
    /// Read to its end.
    Whole = 1,
    /// The client broke it off, or its framing was refused.
    Broken = 2,
    /// The client sent nothing for too long.
    Stalled = 3,
}

/// Shared between the body, which the connection to the target owns, and the request's task.
#[derive(Debug)]
pub(super) struct BodyWatch(AtomicU8);

/// A request body that is streamed to the target; trailers are dropped.
#[derive(Debug)]
pub(crate) struct RequestBody {
    source: Option<Source>,
}

#[derive(Debug)]
struct Source {
    incoming: Incoming,
    watch: Arc<BodyWatch>,
    entry: Arc<Entry>,
    timeout: Duration,
    /// Armed only while the target wants more and the client has nothing.
    stall: Option<Pin<Box<Sleep>>>,
}

// === impl BodyWatch ===

impl BodyWatch {
    pub(super) fn outcome(&self) -> BodyOutcome {
        match self.0.load(Ordering::Acquire) {
            0 => BodyOutcome::Open,
            1 => BodyOutcome::Whole,
            3 => BodyOutcome::Stalled,
            _ => BodyOutcome::Broken,
        }
    }

    fn set(&self, outcome: BodyOutcome) {
        self.0.store(outcome as u8, Ordering::Release);
    }
}

// === impl RequestBody ===

impl RequestBody {
    pub(super) const fn empty() -> Self {
        Self { source: None }
    }

    /// The client's body, and the means to see what became of it; `None` for a request without one.
    pub(super) fn new(incoming: Incoming, entry: &Arc<Entry>, timeout: Duration) -> (Self, Option<Arc<BodyWatch>>) {
        if incoming.is_end_stream() {
            return (Self::empty(), None);
        }
        let watch = Arc::new(BodyWatch(AtomicU8::new(BodyOutcome::Open as u8)));
        let source = Source { incoming, watch: Arc::clone(&watch), entry: Arc::clone(entry), timeout, stall: None };
        (Self { source: Some(source) }, Some(watch))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = ForwardError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, ForwardError>>> {
        match &mut self.get_mut().source {
            Some(source) => source.poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.source.as_ref().is_none_or(|source| source.incoming.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.source.as_ref().map_or_else(|| SizeHint::with_exact(0), |source| source.incoming.size_hint())
    }
}

// === impl Source ===

impl Source {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, ForwardError>>> {
        let frame = match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Ready(frame) => frame,
            Poll::Pending => return self.poll_stall(cx).map(|()| Some(Err(ForwardError::BodyStalled))),
        };
        self.stall = None;
        let frame = match frame {
            Some(Ok(frame)) if frame.is_data() => frame,
            Some(Ok(_)) | None => {
                self.watch.set(BodyOutcome::Whole);
                return Poll::Ready(None);
            }
            Some(Err(error)) => {
                self.watch.set(BodyOutcome::Broken);
                return Poll::Ready(Some(Err(ForwardError::BodyBroken(error))));
            }
        };
        self.entry.touch(1);
        // A body of known length is not asked again after its last byte.
        if self.incoming.is_end_stream() {
            self.watch.set(BodyOutcome::Whole);
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn poll_stall(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let timeout = self.timeout;
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + timeout)));
        let stalled = stall.as_mut().poll(cx);
        if stalled.is_ready() {
            self.watch.set(BodyOutcome::Stalled);
        }
        stalled
    }
}

/// The request as it goes out: origin form below the target's path, our version, our framing.
pub(super) fn outgoing(parts: Parts, body: RequestBody, target: &Target) -> Result<Request<RequestBody>, ForwardError> {
    let mut request = Request::new(body);
    *request.method_mut() = parts.method;
    *request.uri_mut() = outgoing_uri(&parts.uri, target.prefix())?;
    *request.version_mut() = Version::HTTP_11;
    *request.headers_mut() = parts.headers;
    request.headers_mut().remove(header::EXPECT);
    if !request.body().is_end_stream() && !request.headers().contains_key(header::CONTENT_LENGTH) {
        // Said here because the client side would take a GET without it for one without a body.
        request.headers_mut().insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
    Ok(request)
}

fn outgoing_uri(uri: &Uri, prefix: &str) -> Result<Uri, ForwardError> {
    let own = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
    let path_and_query = if prefix.is_empty() {
        own
    } else {
        PathAndQuery::try_from(format!("{prefix}{own}")).map_err(|_| ForwardError::BadTarget)?
    };
    Ok(Uri::from(path_and_query))
}

/// Whether sending this twice does the same as sending it once (RFC 9110, 9.2.2), and it has no body that could be gone.
pub(super) fn is_repeatable(request: &Request<RequestBody>) -> bool {
    let idempotent =
        matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE);
    idempotent && request.body().source.is_none()
}

/// The same head again, without a body.
pub(super) fn repeat(request: &Request<RequestBody>) -> Request<RequestBody> {
    let mut copy = Request::new(RequestBody::empty());
    request.method().clone_into(copy.method_mut());
    request.uri().clone_into(copy.uri_mut());
    request.headers().clone_into(copy.headers_mut());
    copy
}
