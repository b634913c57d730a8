//! ClientStream: a client's socket below the HTTP parser. Owns the framing verdict on what is read, the head and idle
//! time-outs and the connection's permit; writes pass untouched. Made by `server.rs`, taken over by a tunnel.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::framing::Framing;
use crate::limits::Limits;
use crate::permits::Permit;

/// A byte that no HTTP grammar allows where the framing refuses one: the parser behind answers 400 and closes, or, in a
/// body, fails its reader.
const POISON: u8 = 0;

/// A client's socket that only lets unambiguous requests through.
#[derive(Debug)]
pub(crate) struct ClientStream {
    socket: TcpStream,
    framing: Framing,
    /// Requests being answered on this connection; while there are any, silence is fine.
    in_flight: Arc<InFlight>,
    waiting: Option<Waiting>,
    header_timeout: Duration,
    idle_timeout: Duration,
    /// Set when a byte was refused: nothing behind it is read.
    refused: bool,
    /// Held as long as the socket lives.
    _permit: Permit,
}

/// Counts the requests of one connection that are not fully answered.
#[derive(Debug, Default)]
pub(crate) struct InFlight(AtomicUsize);

/// One request that is not fully answered; lives in the response's body.
#[derive(Debug)]
pub(crate) struct InFlightGuard(Arc<InFlight>);

/// What the silent client is expected to send, and until when.
#[derive(Debug)]
struct Waiting {
    what: Expected,
    deadline: Pin<Box<Sleep>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// The rest of a head, or the first one of the connection.
    Head,
    /// Another request, some time.
    Request,
}

// === impl ClientStream ===

impl ClientStream {
    pub(crate) fn new(socket: TcpStream, in_flight: Arc<InFlight>, permit: Permit, limits: &Limits) -> Self {
        Self {
            socket,
            framing: Framing::new(limits.max_head_bytes),
            in_flight,
            waiting: None,
            header_timeout: limits.header_timeout,
            idle_timeout: limits.idle_timeout,
            refused: false,
            _permit: permit,
        }
    }

    /// What the client owes us now, if anything.
    fn expected(&self) -> Option<Expected> {
        if self.in_flight.0.load(Ordering::Acquire) > 0 {
            None
        } else if self.framing.is_in_head() || self.framing.is_fresh() {
            Some(Expected::Head)
        } else if self.framing.is_between_requests() {
            Some(Expected::Request)
        } else {
            None
        }
    }

    /// Ready when the client has been silent, or slow, for too long.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let Some(what) = self.expected() else {
            self.waiting = None;
            return Poll::Pending;
        };
        // Kept over several reads of the same head: a trickle must not move the deadline.
        if self.waiting.as_ref().is_none_or(|waiting| waiting.what != what) {
            let timeout = match what {
                Expected::Head => self.header_timeout,
                Expected::Request => self.idle_timeout,
            };
            self.waiting = Some(Waiting { what, deadline: Box::pin(sleep_until(Instant::now() + timeout)) });
        }
        match &mut self.waiting {
            Some(waiting) => waiting.deadline.as_mut().poll(cx).map(|()| io::ErrorKind::TimedOut.into()),
            None => Poll::Pending,
        }
    }

    /// Judges the bytes that were just read; cuts off what stands behind a refused one and makes that unreadable.
    fn judge(&mut self, buffer: &mut ReadBuf<'_>, before: usize) {
        if let Err(refused) = self.framing.feed(buffer.filled().get(before..).unwrap_or_default()) {
            self.refused = true;
            let at = before + refused.at;
            if let Some(byte) = buffer.filled_mut().get_mut(at) {
                *byte = POISON;
            }
            buffer.set_filled(at + 1);
        }
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.refused {
            // The end of the stream: whoever still waits for the rest of a refused body learns at once.
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        match Pin::new(&mut self.socket).poll_read(cx, buffer) {
            Poll::Ready(Ok(())) => {
                self.judge(buffer, before);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => self.poll_deadline(cx).map(Err),
        }
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

// === impl InFlight ===

impl InFlight {
    pub(crate) fn begin(self: &Arc<Self>) -> InFlightGuard {
        self.0.fetch_add(1, Ordering::AcqRel);
        InFlightGuard(Arc::clone(self))
    }
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}
