//! Raw vectors that try to make proxy and backend disagree on where a request ends (security list T-P2). For each: the
//! proxy answers 400 (or 431) and closes, and the backend has seen nothing; or the backend sees one well-formed request.

use crate::support::{Backend, Proxy};

/// What must come of a vector.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Outcome {
    /// Refused with this status, nothing forwarded.
    Refused(u16),
    /// Refused in its body: the backend may have seen the head, never a whole request.
    Broken,
    /// Forwarded as exactly one request.
    One,
}

use Outcome::{Broken, One, Refused};

const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

#[expect(clippy::too_many_lines, reason = "a table")]
fn vectors() -> Vec<(&'static str, Vec<u8>, Outcome)> {
    let post = |headers: &str, body: &str| {
        format!("POST /v HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{headers}\r\n\r\n{body}").into_bytes()
    };
    let chunked = |body: &str| post("Transfer-Encoding: chunked", body);
    let get = |text: &str| text.as_bytes().to_vec();
    let smuggled = |headers: &str| post(headers, &format!("0\r\n\r\n{SMUGGLED}"));
    let mut all = vec![
        ("CL then TE", smuggled("Content-Length: 5\r\nTransfer-Encoding: chunked"), Refused(400)),
        ("TE then CL", smuggled("Transfer-Encoding: chunked\r\nContent-Length: 5"), Refused(400)),
        ("two equal CL", post("Content-Length: 2\r\nContent-Length: 2", "hi"), Refused(400)),
        ("two CL", post("Content-Length: 2\r\nContent-Length: 3", "hi!"), Refused(400)),
        ("CL list", post("Content-Length: 2, 2", "hi"), Refused(400)),
        ("CL plus", post("Content-Length: +2", "hi"), Refused(400)),
        ("CL minus", post("Content-Length: -2", "hi"), Refused(400)),
        ("CL hex", post("Content-Length: 0x2", "hi"), Refused(400)),
        ("CL empty", post("Content-Length: ", "hi"), Refused(400)),
        ("CL inner space", post("Content-Length: 1 0", "hi"), Refused(400)),
        ("CL too long", post("Content-Length: 99999999999999999999", "hi"), Refused(400)),
        ("TE identity", smuggled("Transfer-Encoding: identity"), Refused(400)),
        ("TE gzip, chunked", smuggled("Transfer-Encoding: gzip, chunked"), Refused(400)),
        ("TE chunked, identity", smuggled("Transfer-Encoding: chunked, identity"), Refused(400)),
        ("TE identity, chunked", smuggled("Transfer-Encoding: identity, chunked"), Refused(400)),
        ("TE xchunked", smuggled("Transfer-Encoding: xchunked"), Refused(400)),
        ("TE twice", smuggled("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), Refused(400)),
        ("TE twice, one cow", smuggled("Transfer-Encoding: chunked\r\nTransfer-Encoding: cow"), Refused(400)),
        ("TE quoted", smuggled("Transfer-Encoding: \"chunked\""), Refused(400)),
        ("TE vertical tab", smuggled("Transfer-Encoding: \x0bchunked"), Refused(400)),
        ("TE space before colon", smuggled("Transfer-Encoding : chunked"), Refused(400)),
        ("TE folded", smuggled("Transfer-Encoding:\r\n chunked"), Refused(400)),
        ("TE in 1.0", get("POST /v HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), Refused(400)),
        ("folded line", get("GET /v HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n"), Refused(400)),
        ("header before first name", get("GET /v HTTP/1.1\r\n X: a\r\nHost: h\r\n\r\n"), Refused(400)),
        ("space in name", get("GET /v HTTP/1.1\r\nHost: h\r\nX Y: a\r\n\r\n"), Refused(400)),
        ("NUL in value", get("GET /v HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n"), Refused(400)),
        ("bare CR in value", get("GET /v HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n"), Refused(400)),
        ("bare LF everywhere", get("GET /v HTTP/1.1\nHost: h\n\n"), Refused(400)),
        ("bare LF after a field", get("GET /v HTTP/1.1\r\nHost: h\nX: a\r\n\r\n"), Refused(400)),
        ("bare LF at the end", get("GET /v HTTP/1.1\r\nHost: h\r\n\n"), Refused(400)),
        ("HTTP/0.9", get("GET /v\r\n\r\n"), Refused(400)),
        ("HTTP/2.0", get("GET /v HTTP/2.0\r\nHost: h\r\n\r\n"), Refused(400)),
        ("HTTP/1.2", get("GET /v HTTP/1.2\r\nHost: h\r\n\r\n"), Refused(400)),
        ("two spaces", get("GET  /v HTTP/1.1\r\nHost: h\r\n\r\n"), Refused(400)),
        ("fragment", get("GET /v#/../x HTTP/1.1\r\nHost: h\r\n\r\n"), Refused(400)),
        ("no slash", get("GET v HTTP/1.1\r\nHost: h\r\n\r\n"), Refused(400)),
        ("no host", get("GET /v HTTP/1.1\r\n\r\n"), Refused(400)),
        ("two hosts", get("GET /v HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n"), Refused(400)),
        ("leading empty line", get("\r\nGET /v HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), One),
        ("GET with a body", get("GET /v HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"), One),
        ("chunked in capitals", post("Transfer-Encoding: CHUNKED", "2\r\nhi\r\n0\r\n\r\n"), One),
        ("bytes behind the end", post("Content-Length: 2", &format!("hi{SMUGGLED}")), One),
        ("bytes behind the chunks", chunked(&format!("2\r\nhi\r\n0\r\n\r\n{SMUGGLED}")), One),
    ];
    for (name, body) in [
        ("chunk extension", "2;a=b\r\nhi\r\n0\r\n\r\n"),
        ("chunk size overflow", "10000000000000002\r\nhi\r\n0\r\n\r\n"),
        ("chunk size with 0x", "0x2\r\nhi\r\n0\r\n\r\n"),
        ("chunk size negative", "-2\r\nhi\r\n0\r\n\r\n"),
        ("chunk size with space", "2 \r\nhi\r\n0\r\n\r\n"),
        ("chunk size empty", "\r\nhi\r\n0\r\n\r\n"),
        ("chunk with bare LF", "2\nhi\n0\n\n"),
        ("chunk longer than said", "2\r\nhi!\r\n0\r\n\r\n"),
        ("chunk end with bare LF", "2\r\nhi\n0\r\n\r\n"),
        ("trailer", "2\r\nhi\r\n0\r\nContent-Length: 5\r\n\r\n"),
        ("trailer with host", "2\r\nhi\r\n0\r\nHost: evil\r\n\r\n"),
        ("last chunk with bare LF", "2\r\nhi\r\n0\r\n\n"),
    ] {
        all.push((name, chunked(body), Broken));
    }
    all
}

#[tokio::test]
async fn no_vector_makes_two_requests_of_one() {
    let all = vectors();
    assert!(all.len() >= 50, "{}", all.len());
    for (name, bytes, outcome) in all {
        for step in [bytes.len(), 7] {
            check(name, &bytes, outcome, step).await;
        }
    }
}

/// Sends the vector in pieces of `step` bytes: where the cuts lie must not matter.
async fn check(name: &str, bytes: &[u8], outcome: Outcome, step: usize) {
    let backend = Backend::named("ok").await;
    let proxy = Proxy::to(&backend).await;
    let mut client = proxy.connect().await;
    for piece in bytes.chunks(step) {
        client.write_or_closed(piece).await;
        tokio::task::yield_now().await;
    }
    let answer = client.response().await;
    let status = answer.as_ref().map(|answer| answer.status);
    let rest = client.rest().await;
    assert!(!rest.starts_with(b"HTTP"), "{name}: a second response {}", String::from_utf8_lossy(&rest));
    match outcome {
        Refused(wanted) => {
            assert_eq!(status, Some(wanted), "{name}, {step} bytes at a time");
            assert_eq!(backend.count(), 0, "{name} reached the backend");
        }
        Broken => {
            assert_eq!(status, Some(400), "{name}, {step} bytes at a time");
            assert_eq!(backend.count(), 0, "{name} was a whole request to the backend");
        }
        One => {
            assert_eq!(status, Some(200), "{name}, {step} bytes at a time");
            let seen = backend.only();
            assert!(seen.line.ends_with(" /v HTTP/1.1"), "{name}: {seen:?}");
            let framings = ["content-length", "transfer-encoding"].iter().filter(|field| seen.header(field).is_some());
            assert!(framings.count() <= 1, "{name}: {seen:?}");
        }
    }
}
