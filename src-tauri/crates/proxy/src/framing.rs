//! Framing: where one request ends and the next begins, judged more strictly than the HTTP parser behind it. Pure: bytes
//! in, verdict out. Exists because the parser drops what it resolves (Content-Length beside Transfer-Encoding, bare line
//! feeds), so that nobody later could refuse it. Owns no IO; `stream.rs` feeds it and acts on the verdict.
//!
//! What it refuses (security vectors "T-P2"): bare LF anywhere in a head, Content-Length beside Transfer-Encoding, several
//! or malformed Content-Length, any Transfer-Encoding but one `chunked` on HTTP/1.1, `#` or non-ASCII in the target,
//! chunk extensions, over-long chunk sizes, bare LF in chunks, and trailers.

use httparse::{EMPTY_HEADER, Header, Request, Status};

use crate::gate;

/// The head may hold this many fields: the parser behind has the same limit and answers 431.
pub(crate) const MAX_HEADERS: usize = 100;
/// 18 digits can never overflow 64 bits, and no body is that long.
const MAX_LENGTH_DIGITS: usize = 18;
/// 15 hexadecimal digits, for the same reason.
const MAX_CHUNK_DIGITS: u8 = 15;

/// Follows the bytes of one client connection.
#[derive(Debug)]
pub(crate) struct Framing {
    at: At,
    /// The head so far, when it came in pieces.
    head: Vec<u8>,
    /// The last byte of the head so far.
    last: u8,
    max_head_bytes: usize,
    /// Whether a whole head was seen on this connection.
    began: bool,
}

/// The byte at `at` in what was fed makes the message unacceptable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unacceptable {
    pub(crate) at: usize,
}

/// Where in the stream of requests we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Head,
    /// This many bytes of a body with Content-Length are to come.
    Body(u64),
    ChunkSize {
        digits: u8,
        size: u64,
    },
    ChunkSizeEnd {
        size: u64,
    },
    ChunkData(u64),
    ChunkDataCr,
    ChunkDataEnd,
    LastCr,
    LastEnd,
    /// No longer ours: an upgrade was asked for, or the parser behind is certain to refuse this head.
    Beyond,
}

// === impl Framing ===

impl Framing {
    pub(crate) fn new(max_head_bytes: usize) -> Self {
        Self { at: At::Head, head: Vec::new(), last: 0, max_head_bytes, began: false }
    }

    /// Whether this connection has not yet seen the whole head of a request.
    pub(crate) fn is_fresh(&self) -> bool {
        !self.began && self.at == At::Head
    }

    /// Whether no request has begun since the last one ended.
    pub(crate) fn is_between_requests(&self) -> bool {
        self.at == At::Head && self.head.is_empty()
    }

    /// Whether the head of a request has begun and is not complete.
    pub(crate) fn is_in_head(&self) -> bool {
        self.at == At::Head && !self.head.is_empty()
    }

    /// Follows the next bytes of the stream.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<(), Unacceptable> {
        let mut done = 0;
        while let Some(rest) = bytes.get(done..).filter(|rest| !rest.is_empty()) {
            done += match self.at {
                At::Beyond => rest.len(),
                At::Head => self.feed_head(rest).map_err(|Unacceptable { at }| Unacceptable { at: done + at })?,
                At::Body(left) => self.skip(rest, left, At::Body, At::Head),
                At::ChunkData(left) => self.skip(rest, left, At::ChunkData, At::ChunkDataCr),
                At::ChunkSize { .. }
                | At::ChunkSizeEnd { .. }
                | At::ChunkDataCr
                | At::ChunkDataEnd
                | At::LastCr
                | At::LastEnd => {
                    self.at = rest.first().and_then(|byte| self.at.after(*byte)).ok_or(Unacceptable { at: done })?;
                    1
                }
            };
        }
        Ok(())
    }

    /// Passes over data; `back` makes the state for what is left, `then` follows the last byte.
    fn skip(&mut self, rest: &[u8], left: u64, back: fn(u64) -> At, then: At) -> usize {
        let taken = usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len()));
        let left = left - taken as u64;
        self.at = if left == 0 { then } else { back(left) };
        taken
    }

    fn feed_head(&mut self, bytes: &[u8]) -> Result<usize, Unacceptable> {
        let known = self.head.len();
        let taken = match self.read_head(bytes) {
            Head::Partial => {
                self.check_line_ends(bytes)?;
                self.head.extend_from_slice(bytes);
                if self.head.len() > self.max_head_bytes {
                    self.leave_to_parser();
                }
                return Ok(bytes.len());
            }
            Head::Malformed => {
                self.leave_to_parser();
                return Ok(bytes.len());
            }
            Head::Complete { end, next } => {
                let taken = end - known;
                self.check_line_ends(bytes.get(..taken).unwrap_or(bytes))?;
                self.at = next.ok_or(Unacceptable { at: taken - 1 })?;
                taken
            }
        };
        self.head = Vec::new();
        self.last = 0;
        self.began = true;
        Ok(taken)
    }

    fn read_head(&self, bytes: &[u8]) -> Head {
        let joined;
        let head = if self.head.is_empty() {
            bytes
        } else if bytes.contains(&b'\n') {
            joined = [&self.head, bytes].concat();
            &joined
        } else {
            return Head::Partial;
        };
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        let mut request = Request::new(&mut headers);
        match request.parse(head) {
            Ok(Status::Complete(end)) => Head::Complete { end, next: body_after(&request) },
            Ok(Status::Partial) => Head::Partial,
            Err(_) => Head::Malformed,
        }
    }

    /// Refuses a line feed without its carriage return: readers differ in whether it ends a line.
    fn check_line_ends(&mut self, bytes: &[u8]) -> Result<(), Unacceptable> {
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' && self.last != b'\r' {
                return Err(Unacceptable { at });
            }
            self.last = *byte;
        }
        Ok(())
    }

    /// The parser behind has the same grammar and limits at most as wide: it answers 400 or 431 and closes.
    fn leave_to_parser(&mut self) {
        self.at = At::Beyond;
        self.head = Vec::new();
    }
}

/// What the bytes so far are.
enum Head {
    Partial,
    Malformed,
    /// Ends at this byte of the whole head; `next` is `None` when its framing is unacceptable.
    Complete {
        end: usize,
        next: Option<At>,
    },
}

// === impl At ===

impl At {
    /// The state after one byte between chunks; `None` when it must not stand there.
    fn after(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::ChunkSize { digits, size }, b'\r') if digits > 0 => Some(Self::ChunkSizeEnd { size }),
            (Self::ChunkSize { digits, size }, _) if digits < MAX_CHUNK_DIGITS => {
                let digit = char::from(byte).to_digit(16)?;
                Some(Self::ChunkSize { digits: digits + 1, size: size * 16 + u64::from(digit) })
            }
            (Self::ChunkSizeEnd { size: 0 }, b'\n') => Some(Self::LastCr),
            (Self::ChunkSizeEnd { size }, b'\n') => Some(Self::ChunkData(size)),
            (Self::ChunkDataCr, b'\r') => Some(Self::ChunkDataEnd),
            (Self::ChunkDataEnd, b'\n') => Some(Self::ChunkSize { digits: 0, size: 0 }),
            (Self::LastCr, b'\r') => Some(Self::LastEnd),
            (Self::LastEnd, b'\n') => Some(Self::Head),
            _ => None,
        }
    }
}

/// What follows this head (RFC 9112, 6.3), or `None` when that could be read in two ways.
fn body_after(request: &Request<'_, '_>) -> Option<At> {
    let clean = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    if !request.path?.bytes().all(clean) {
        return None;
    }
    let named = |name: &'static str| {
        request.headers.iter().filter(move |header: &&Header<'_>| header.name.eq_ignore_ascii_case(name))
    };
    if named("upgrade").any(|header| gate::mentions_websocket(header.value)) {
        return Some(At::Beyond);
    }
    let mut lengths = named("content-length");
    let mut codings = named("transfer-encoding");
    let next = match (lengths.next(), codings.next()) {
        (None, None) => At::Head,
        (Some(length), None) => match content_length(length.value)? {
            0 => At::Head,
            length => At::Body(length),
        },
        (None, Some(coding)) if coding.value.eq_ignore_ascii_case(b"chunked") && request.version == Some(1) => {
            At::ChunkSize { digits: 0, size: 0 }
        }
        _ => return None,
    };
    (lengths.next().is_none() && codings.next().is_none()).then_some(next)
}

fn content_length(value: &[u8]) -> Option<u64> {
    let digits = (1..=MAX_LENGTH_DIGITS).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(value).ok().filter(|_| digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    fn feed(bytes: impl AsRef<[u8]>) -> Result<At, usize> {
        let mut framing = Framing::new(1024);
        framing.feed(bytes.as_ref()).map(|()| framing.at).map_err(|bad| bad.at)
    }

    fn post(headers: &str, body: &str) -> String {
        format!("POST / HTTP/1.1\r\nHost: a\r\n{headers}\r\n\r\n{body}")
    }

    #[test]
    fn well_framed_requests_end_between_requests() {
        for stream in [
            GET.repeat(3),
            format!("\r\n{GET}"),
            post("Content-Length: 5", "hello") + GET,
            post("Content-Length: 0", "") + GET,
            post("Transfer-Encoding: Chunked", "5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n") + GET,
            GET.replace("1.1", "1.0"),
        ] {
            assert_eq!(feed(&stream), Ok(At::Head), "{stream:?}");
        }
    }

    #[test]
    fn the_place_in_a_message_is_known() {
        assert_eq!(feed(post("Content-Length: 5", "he")), Ok(At::Body(3)));
        assert_eq!(feed(post("Transfer-Encoding: chunked", "f\r\nx")), Ok(At::ChunkData(14)));
        assert_eq!(feed("GET / HT"), Ok(At::Head));
        assert_eq!(feed(format!("{}garbage", post("Upgrade: WebSocket", ""))), Ok(At::Beyond));
        assert_eq!(feed("G ET / HTTP/1.1\r\n\r\n"), Ok(At::Beyond));
        assert_eq!(feed(format!("GET /{} HTTP/1.1\r\n", "a".repeat(2000))), Ok(At::Beyond));
    }

    #[test]
    fn ambiguous_heads_are_refused_at_their_last_byte() {
        for headers in [
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nContent-Length: 5",
            "Content-Length: 5\r\nContent-Length: 5",
            "Content-Length: 5\r\nContent-Length: 6",
            "Content-Length: 5, 5",
            "Content-Length: +5",
            "Content-Length: -5",
            "Content-Length: 0x5",
            "Content-Length:",
            "Content-Length: 1234567890123456789",
            "Transfer-Encoding: identity",
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: chunked, identity",
            "Transfer-Encoding: xchunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
        ] {
            let head = post(headers, "");
            assert_eq!(feed(&head), Err(head.len() - 1), "{headers}");
        }
        let old = post("Transfer-Encoding: chunked", "").replace("1.1", "1.0");
        assert_eq!(feed(&old), Err(old.len() - 1));
        let fragment = GET.replace("GET /", "GET /#x");
        assert_eq!(feed(&fragment), Err(fragment.len() - 1));
    }

    #[test]
    fn bare_line_feeds_are_refused_where_they_stand() {
        assert_eq!(feed("GET / HTTP/1.1\nHost: a\r\n\r\n"), Err(14));
        assert_eq!(feed("GET / HTTP/1.1\r\nHost: a\n\r\n"), Err(23));
        assert_eq!(feed("GET / HTTP/1.1\r\nHost: a\r\n\n"), Err(25));
        assert_eq!(feed("\nGET / HTTP/1.1\r\n\r\n"), Err(0));
    }

    #[test]
    fn chunks_are_exact() {
        for body in [
            "5;ext=1\r\nhello\r\n0\r\n\r\n",
            "5 \r\nhello\r\n",
            "5\nhello\r\n",
            "\r\n",
            "g\r\n",
            "-1\r\n",
            "0x5\r\n",
            "5\r\nhelloX\r\n",
            "5\r\nhello\n",
            "0\r\nTrailer: x\r\n\r\n",
            "0\r\n\n",
            "1234567890abcdef\r\n",
            "5\r\nhello\r\n\r\n",
        ] {
            assert!(feed(post("Transfer-Encoding: chunked", body)).is_err(), "{body:?}");
        }
    }

    proptest! {
        /// How the bytes were cut into reads changes neither the verdict nor the place of a refusal.
        #[test]
        fn cuts_do_not_matter(which in 0usize..5, cuts in prop::collection::vec(0usize..120, 0..6)) {
            let stream = vec![
                post("Content-Length: 5", "hello") + GET,
                post("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n") + GET,
                post("Transfer-Encoding: chunked", "5\r\nhello\n0\r\n\r\n"),
                post("Content-Length: 5\r\nTransfer-Encoding: chunked", ""),
                "GET / HTTP/1.1\r\nHost: a\n\r\n".to_owned(),
            ].swap_remove(which);
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let mut framing = Framing::new(1024);
            let mut verdict = Ok(At::Head);
            for cut in cuts.windows(2) {
                if let Err(bad) = framing.feed(&stream.as_bytes()[cut[0]..cut[1]]) {
                    verdict = Err(cut[0] + bad.at);
                    break;
                }
                verdict = Ok(framing.at);
            }
            prop_assert_eq!(verdict, feed(&stream));
        }

        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = feed(bytes);
        }
    }
}
