//! The response on its way to the client. Owns its body: returns the target's connection to the pool at the end, marks
//! activity, and keeps the client's connection counted as busy until the last byte. Decides no status.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, Version, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::headers;
use super::isolation::Isolation;
use super::request::{BodyOutcome, BodyWatch};
use super::upstream::Lease;
use crate::sessions::Place;
use crate::stream::InFlightGuard;
use crate::table::Entry;

/// The body of an answer to a client: the target's, or one of our own.
#[derive(Debug)]
pub(crate) struct ResponseBody {
    source: Source,
    /// While it lives the client's silence is not held against it.
    _in_flight: InFlightGuard,
}

#[derive(Debug)]
enum Source {
    Own(Full<Bytes>),
    Target { incoming: Incoming, ending: Option<Ending>, visit: Option<Visit> },
}

/// Why a body ended before its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("the target broke off")]
    Target(#[source] hyper::Error),
    #[error("the visitor was shut out")]
    ShutOut,
}

/// The visitor whom a response is for.
#[derive(Debug)]
struct Visit {
    place: Place,
    /// Made when the response first lets wait, so that a short one costs no more.
    shut_out: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
}

/// What is left to do when a target's response has ended.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) entry: Arc<Entry>,
    /// Returns to the pool after a whole exchange, closes otherwise; `None` for one that has left HTTP.
    pub(super) lease: Option<Lease>,
    pub(super) request_body: Option<Arc<BodyWatch>>,
    pub(super) status: StatusCode,
    /// Until when the response may go on.
    pub(super) place: Option<Place>,
}

// === impl ResponseBody ===

impl ResponseBody {
    pub(crate) fn own(bytes: Full<Bytes>, in_flight: InFlightGuard) -> Self {
        Self { source: Source::Own(bytes), _in_flight: in_flight }
    }

    pub(super) fn from_target(incoming: Incoming, mut ending: Ending, in_flight: InFlightGuard) -> Self {
        let place = ending.place.take().filter(|_| !incoming.is_end_stream());
        let visit = place.map(|place| Visit { place, shut_out: None });
        let mut ending = Some(ending);
        if incoming.is_end_stream() {
            ending.take().into_iter().for_each(Ending::finish);
        }
        Self { source: Source::Target { incoming, ending, visit }, _in_flight: in_flight }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.get_mut().source {
            Source::Own(bytes) => Pin::new(bytes).poll_frame(cx).map_err(|never| match never {}),
            Source::Target { incoming, ending, visit } => {
                if visit.as_ref().is_some_and(|visit| visit.place.shut_out.is_cancelled()) {
                    return Poll::Ready(Some(Err(BodyError::ShutOut)));
                }
                let frame = match Pin::new(&mut *incoming).poll_frame(cx) {
                    Poll::Ready(Some(Ok(frame))) if !frame.is_data() => None,
                    Poll::Ready(frame) => frame,
                    Poll::Pending => return visit.as_mut().map_or(Poll::Pending, |visit| visit.poll_wait(cx)),
                };
                // A body of known length is not asked again after its last byte.
                let ended = match &frame {
                    None => true,
                    Some(Ok(_)) => incoming.is_end_stream(),
                    Some(Err(_)) => false,
                };
                if ended {
                    ending.take().into_iter().for_each(Ending::finish);
                }
                Poll::Ready(frame.map(|frame| frame.map_err(BodyError::Target)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Own(bytes) => bytes.is_end_stream(),
            Source::Target { incoming, .. } => incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Own(bytes) => bytes.size_hint(),
            Source::Target { incoming, .. } => incoming.size_hint(),
        }
    }
}

// === impl Visit ===

impl Visit {
    /// Waits until the visitor is shut out, beside the wait for more of the response.
    fn poll_wait<T>(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, BodyError>>> {
        let Self { place, shut_out } = self;
        let wait = shut_out.get_or_insert_with(|| Box::pin(place.shut_out.clone().cancelled_owned()));
        wait.as_mut().poll(cx).map(|()| Some(Err(BodyError::ShutOut)))
    }
}

// === impl Ending ===

impl Ending {
    /// As configurable-http-proxy counts: a success is activity when it has ended, anything else is none.
    fn finish(self) {
        if self.status.as_u16() < 300 {
            self.entry.touch(1);
        }
        // A connection that still owes the target half a request must never carry another one.
        let request_is_whole = self.request_body.is_none_or(|watch| watch.outcome() == BodyOutcome::Whole);
        if let Some(lease) = self.lease.filter(|_| request_is_whole) {
            lease.give_back();
        }
    }
}

/// The target's head as the client may see it.
pub(super) fn clean_head<B>(response: &mut Response<B>, entry: &Entry, isolation: &Isolation) {
    *response.version_mut() = Version::HTTP_11;
    headers::strip_hop_by_hop(response.headers_mut());
    if !entry.is_default {
        isolation.strip_response(response.headers_mut());
    }
}

/// Makes the client's connection end with this response.
pub(crate) fn close_after<B>(response: &mut Response<B>) {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
}
