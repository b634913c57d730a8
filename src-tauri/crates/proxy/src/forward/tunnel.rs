//! Tunnel: the two halves of an upgraded connection, joined. Owns copying, half-close and the marks of activity; frames
//! are not read. Holds no buffer while both sides are silent, so that idle notebooks cost next to nothing.

use std::future::Future;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::table::Entry;

/// One read's worth; on the stack of the copy, not in the tunnel.
const READ_BYTES: usize = 16 * 1024;
/// Reads before the task yields, so that one busy tunnel does not starve the others.
const READS_PER_TURN: usize = 8;
/// How long one side may go on after the other has ended: a websocket does not outlive its peer, and a stopped server
/// must not leave sockets behind.
const LINGER: Duration = Duration::from_secs(10);
/// How far apart marks of activity lie: once a second is as good as every frame.
const ACTIVITY_STEP_MS: i64 = 1000;

/// Copies both ways until both sides have ended, or one fails.
#[derive(Debug)]
pub(super) struct Tunnel<C, T> {
    client: C,
    target: T,
    to_target: Flow,
    to_client: Flow,
    entry: Arc<Entry>,
    /// Armed when one direction has ended.
    linger: Option<Pin<Box<Sleep>>>,
}

/// One direction.
#[derive(Debug, Default)]
struct Flow {
    /// Read and not yet written.
    pending: Bytes,
    needs_flush: bool,
    source_ended: bool,
    finished: bool,
}

// === impl Tunnel ===

impl<C, T> Tunnel<C, T> {
    /// Joins both sides; what each parser had read beyond the handshake goes first.
    pub(super) fn new(client: (C, Bytes), target: (T, Bytes), entry: Arc<Entry>) -> Self {
        Self {
            client: client.0,
            target: target.0,
            to_target: Flow { pending: client.1, ..Flow::default() },
            to_client: Flow { pending: target.1, ..Flow::default() },
            entry,
            linger: None,
        }
    }
}

impl<C, T> Future for Tunnel<C, T>
where
    C: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // Only what people send counts as activity, as in configurable-http-proxy: a kernel that prints is not a user.
        let entry = &this.entry;
        let sent = this.to_target.poll(cx, &mut this.client, &mut this.target, || entry.touch(ACTIVITY_STEP_MS))?;
        let received = this.to_client.poll(cx, &mut this.target, &mut this.client, || {})?;
        match (sent, received) {
            (Poll::Ready(()), Poll::Ready(())) => Poll::Ready(Ok(())),
            (Poll::Pending, Poll::Pending) => Poll::Pending,
            _ => this.linger.get_or_insert_with(|| Box::pin(sleep(LINGER))).as_mut().poll(cx).map(Ok),
        }
    }
}

// === impl Flow ===

impl Flow {
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut (impl AsyncRead + Unpin),
        sink: &mut (impl AsyncWrite + Unpin),
        on_data: impl Fn(),
    ) -> Poll<io::Result<()>> {
        for _ in 0..READS_PER_TURN {
            if self.finished {
                return Poll::Ready(Ok(()));
            }
            ready!(self.poll_drain(cx, sink))?;
            if self.source_ended {
                ready!(Pin::new(&mut *sink).poll_shutdown(cx))?;
                self.finished = true;
                return Poll::Ready(Ok(()));
            }
            match self.poll_copy(cx, source, sink)? {
                Poll::Ready(0) => self.source_ended = true,
                Poll::Ready(_) => on_data(),
                Poll::Pending => {
                    ready!(self.poll_flush(cx, sink))?;
                    return Poll::Pending;
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Reads once and writes as much of it as goes; the rest stays in `pending`.
    fn poll_copy(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut (impl AsyncRead + Unpin),
        sink: &mut (impl AsyncWrite + Unpin),
    ) -> Poll<io::Result<usize>> {
        let mut space = [const { MaybeUninit::uninit() }; READ_BYTES];
        let mut buffer = ReadBuf::uninit(&mut space);
        ready!(Pin::new(source).poll_read(cx, &mut buffer))?;
        let read = buffer.filled();
        let mut written = 0;
        while let Some(rest) = read.get(written..).filter(|rest| !rest.is_empty()) {
            match Pin::new(&mut *sink).poll_write(cx, rest)? {
                Poll::Ready(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(count) => written += count,
                Poll::Pending => {
                    self.pending = Bytes::copy_from_slice(rest);
                    break;
                }
            }
        }
        self.needs_flush |= written > 0;
        Poll::Ready(Ok(read.len()))
    }

    fn poll_drain(&mut self, cx: &mut Context<'_>, sink: &mut (impl AsyncWrite + Unpin)) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            let count = ready!(Pin::new(&mut *sink).poll_write(cx, &self.pending))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.pending.advance(count);
            self.needs_flush = true;
        }
        self.pending = Bytes::new();
        Poll::Ready(Ok(()))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>, sink: &mut (impl AsyncWrite + Unpin)) -> Poll<io::Result<()>> {
        if self.needs_flush {
            ready!(Pin::new(sink).poll_flush(cx))?;
            self.needs_flush = false;
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;
    use crate::routespec::Routespec;
    use crate::table::RouteTable;
    use crate::target::Target;

    fn entry() -> Arc<Entry> {
        let table = RouteTable::new();
        let target = Target::parse("http://127.0.0.1:1").unwrap();
        table.add(Routespec::parse("/").unwrap(), target, serde_json::Value::Null);
        table.find("h", "/").unwrap().unwrap()
    }

    #[tokio::test]
    async fn bytes_pass_both_ways_with_what_was_read_ahead_first() {
        let (mut browser, client) = duplex(64);
        let (mut server, target) = duplex(64);
        let tunnel =
            Tunnel::new((client, Bytes::from_static(b"early ")), (target, Bytes::from_static(b"hello ")), entry());
        let talk = async {
            browser.write_all(b"from browser").await.unwrap();
            server.write_all(b"from server").await.unwrap();
            browser.shutdown().await.unwrap();
            server.shutdown().await.unwrap();
        };
        let (mut at_server, mut at_browser) = (Vec::new(), Vec::new());
        let (done, ()) = tokio::join!(tunnel, talk);
        done.unwrap();
        server.read_to_end(&mut at_server).await.unwrap();
        browser.read_to_end(&mut at_browser).await.unwrap();
        assert_eq!(at_server, b"early from browser");
        assert_eq!(at_browser, b"hello from server");
    }

    #[tokio::test]
    async fn a_megabyte_through_a_narrow_pipe_arrives_whole() {
        let (browser, client) = duplex(100);
        let (mut server, target) = duplex(33);
        let data: Vec<u8> = (0..1_000_000u32).map(|n| n.to_le_bytes()[0]).collect();
        let (mut browser_reads, mut browser_writes) = tokio::io::split(browser);
        let tunnel = Tunnel::new((client, Bytes::new()), (target, Bytes::new()), entry());
        let send = async {
            browser_writes.write_all(&data).await.unwrap();
            browser_writes.shutdown().await.unwrap();
        };
        let receive = async {
            let mut got = Vec::new();
            server.read_to_end(&mut got).await.unwrap();
            server.write_all(b"bye").await.unwrap();
            server.shutdown().await.unwrap();
            got
        };
        let mut rest = Vec::new();
        let (done, (), got, read) = tokio::join!(tunnel, send, receive, browser_reads.read_to_end(&mut rest));
        done.unwrap();
        read.unwrap();
        assert!(got == data);
        assert_eq!(rest, b"bye");
    }
}
