//! ClientStream: a client's socket below the HTTP parser. Owns the framing verdict on what is read, the head and idle
//! time-outs and the connection's permit; writes pass untouched. Made by `server.rs`, taken over by a tunnel.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::framing::Framing;
use crate::limits::Limits;
use crate::permits::Permit;

/// Stands in for a refused byte and all that follows. No HTTP grammar allows a NUL there, and the rest looks like the end
/// of a head, so that the parser behind does not wait for it: it answers 400 and closes, or, in a body, fails its reader.
const POISON: &[u8] = b"\0\r\n\r\n";
/// How long, and for how many bytes, a client that still sends is listened to after the end: closing at once would reset
/// the connection, and the reset would overtake the answer that says why.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 4 * 1024 * 1024;

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
    /// What is still to be read of the poison once a byte was refused; behind it the stream ends.
    refused: Option<&'static [u8]>,
    /// Set when the connection has left HTTP: its end is then the tunnel's affair.
    is_tunnel: bool,
    /// Armed when the end was said while the client still speaks.
    lingering: Option<Lingering>,
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

/// The last moments of a connection whose client has not finished.
#[derive(Debug)]
struct Lingering {
    deadline: Pin<Box<Sleep>>,
    bytes_left: usize,
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
            refused: None,
            is_tunnel: false,
            lingering: None,
            _permit: permit,
        }
    }

    /// From here on bytes pass as they are.
    pub(crate) fn into_tunnel(mut self) -> Self {
        self.is_tunnel = true;
        self.waiting = None;
        self
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

    /// Ready when a client in the middle of a message has ended too, or was listened to for long enough.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_tunnel || (self.refused.is_none() && self.framing.is_between_requests()) {
            return Poll::Ready(());
        }
        let lingering = self.lingering.get_or_insert_with(|| Lingering {
            deadline: Box::pin(sleep_until(Instant::now() + LINGER)),
            bytes_left: LINGER_BYTES,
        });
        let mut space = [const { MaybeUninit::uninit() }; 4096];
        while lingering.bytes_left > 0 {
            let mut buffer = ReadBuf::uninit(&mut space);
            match Pin::new(&mut self.socket).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    lingering.bytes_left = lingering.bytes_left.saturating_sub(buffer.filled().len());
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return lingering.deadline.as_mut().poll(cx),
            }
        }
        Poll::Ready(())
    }

    /// Judges the bytes that were just read; cuts off what stands behind a refused one and makes that unreadable.
    fn judge(&mut self, buffer: &mut ReadBuf<'_>, before: usize) {
        if let Err(refused) = self.framing.feed(buffer.filled().get(before..).unwrap_or_default()) {
            buffer.set_filled(before + refused.at);
            // At least one byte fits where the refused one stood.
            self.refused = Some(feed(POISON, buffer));
        }
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Some(poison) = self.refused {
            // When nothing is left this is the end of the stream: who waits for the rest of a body learns at once.
            self.refused = Some(feed(poison, buffer));
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
        if self.lingering.is_none() {
            ready!(Pin::new(&mut self.socket).poll_shutdown(cx))?;
        }
        self.poll_linger(cx).map(Ok)
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

/// Puts as much as fits into the buffer and returns the rest.
fn feed(bytes: &'static [u8], buffer: &mut ReadBuf<'_>) -> &'static [u8] {
    let (now, later) = bytes.split_at(bytes.len().min(buffer.remaining()));
    buffer.put_slice(now);
    later
}
