//! The request gate: every request passes here before it is routed. Owns method list, Host, target form, path rule and
//! `Expect`; framing was judged before by `framing.rs`. Reads the request, changes nothing, knows no routes.

mod host;
pub(crate) mod path;

use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, Version, header};

pub use host::{Host, HostPolicy};

/// The methods that are forwarded.
const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// A request that must not be forwarded: the answer instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// For people; never repeats what the client sent.
    pub(crate) reason: &'static str,
}

/// What the gate learned about a request that may pass.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) host: Host,
    pub(crate) wants_websocket: bool,
}

// === impl Refusal ===

impl Refusal {
    pub(crate) const fn bad_request(reason: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, reason }
    }

    const fn new(status: StatusCode, reason: &'static str) -> Self {
        Self { status, reason }
    }
}

/// Judges one request by its head.
pub(crate) fn admit(request: &Parts, hosts: &HostPolicy, max_target_bytes: usize) -> Result<Admitted, Refusal> {
    check_method(&request.method)?;
    let target_bytes = request.uri.path_and_query().map_or(0, |target| target.as_str().len());
    if target_bytes > max_target_bytes {
        return Err(Refusal::new(StatusCode::URI_TOO_LONG, "the address is too long"));
    }
    if request.uri.path() == "*" {
        return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "OPTIONS * is not served"));
    }
    let host = check_host(request)?;
    if !hosts.allows(&host) {
        return Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, "this address is not served here"));
    }
    path::check(request.uri.path())?;
    check_expect(&request.headers)?;
    let wants_websocket = check_upgrade(request)?;
    Ok(Admitted { host, wants_websocket })
}

/// Whether this head asks to leave HTTP, in the widest reading: what `framing.rs` must stop looking behind.
pub(crate) fn mentions_websocket(upgrade: &[u8]) -> bool {
    const NAME: &[u8] = b"websocket";
    upgrade.windows(NAME.len()).any(|part| part.eq_ignore_ascii_case(NAME))
}

fn check_method(method: &Method) -> Result<(), Refusal> {
    if METHODS.contains(method) {
        Ok(())
    } else if matches!(*method, Method::TRACE | Method::CONNECT) {
        Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "this method is not allowed"))
    } else {
        Err(Refusal::new(StatusCode::NOT_IMPLEMENTED, "this method is not known"))
    }
}

/// Exactly one Host, well formed, and the same as an absolute-form target names (RFC 9112, 3.2).
fn check_host(request: &Parts) -> Result<Host, Refusal> {
    let mut hosts = request.headers.get_all(header::HOST).iter();
    let (Some(text), None) = (hosts.next(), hosts.next()) else {
        return Err(Refusal::bad_request("a request must have exactly one Host"));
    };
    let host = text.to_str().ok().and_then(Host::parse).ok_or(Refusal::bad_request("the Host is malformed"))?;
    match (request.uri.scheme_str(), request.uri.authority()) {
        (None, None) => Ok(host),
        (Some("http"), Some(authority)) if Host::parse(authority.as_str()).as_ref() == Some(&host) => Ok(host),
        _ => Err(Refusal::bad_request("the request is addressed to another authority than its Host")),
    }
}

fn check_expect(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.get_all(header::EXPECT).iter().all(|expect| expect.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        return Ok(());
    }
    Err(Refusal::new(StatusCode::EXPECTATION_FAILED, "this expectation is not known"))
}

/// `true` for a websocket handshake (RFC 6455, 4.1). Other protocols are no reason to refuse: their Upgrade is ignored.
fn check_upgrade(request: &Parts) -> Result<bool, Refusal> {
    let headers = &request.headers;
    if !headers.get_all(header::UPGRADE).iter().any(|value| mentions_websocket(value.as_bytes())) {
        return Ok(false);
    }
    let mut upgrades = headers.get_all(header::UPGRADE).iter();
    let alone = upgrades.next().is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
    let asked = headers.get_all(header::CONNECTION).iter().any(|value| lists(value.as_bytes(), b"upgrade"));
    let bodiless = !headers.contains_key(header::TRANSFER_ENCODING)
        && headers.get(header::CONTENT_LENGTH).is_none_or(|length| length.as_bytes() == b"0");
    let whole = alone
        && upgrades.next().is_none()
        && asked
        && bodiless
        && request.method == Method::GET
        && request.version == Version::HTTP_11;
    if whole { Ok(true) } else { Err(Refusal::bad_request("the websocket handshake is malformed")) }
}

/// Whether a comma-separated list of tokens has this one.
pub(crate) fn lists(list: &[u8], token: &[u8]) -> bool {
    list.split(|byte| *byte == b',').any(|item| item.trim_ascii().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn judge(request: http::request::Builder) -> Result<bool, u16> {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let hosts = HostPolicy::only(["hub.lan:8000", "127.0.0.1"]).unwrap();
        admit(&parts, &hosts, 64).map(|admitted| admitted.wants_websocket).map_err(|refusal| refusal.status.as_u16())
    }

    fn get(uri: &str) -> http::request::Builder {
        Request::get(uri).header("host", "hub.lan:8000")
    }

    #[test]
    fn ordinary_requests_pass() {
        assert_eq!(judge(get("/a?b=%")), Ok(false));
        assert_eq!(judge(get("http://HUB.lan:8000/a")), Ok(false));
        assert_eq!(judge(get("/").header("expect", "100-Continue")), Ok(false));
        assert_eq!(judge(get("/").header("upgrade", "h2c").header("connection", "upgrade")), Ok(false));
    }

    #[test]
    fn methods_are_a_closed_list() {
        assert_eq!(judge(get("/").method("TRACE")), Err(405));
        assert_eq!(judge(get("/").method("CONNECT")), Err(405));
        assert_eq!(judge(get("/").method("BREW")), Err(501));
        assert_eq!(judge(get("/").method("get")), Err(501));
        assert_eq!(judge(get("*").method("OPTIONS")), Err(405));
    }

    #[test]
    fn host_must_be_one_known_and_agree_with_the_target() {
        let with = |host: &str| Request::get("/").header("host", host);
        assert_eq!(judge(Request::get("/")), Err(400));
        assert_eq!(judge(get("/").header("host", "hub.lan:8000")), Err(400));
        assert_eq!(judge(with("127.0.0.1:1234")), Ok(false));
        for (host, status) in [
            ("evil.org", 421),
            ("hub.lan", 421),
            ("hub.lan:8001", 421),
            ("hub.lan:8000.evil.org", 400),
            ("u@hub.lan:8000", 400),
            ("hub.lan.:8000", 400),
            ("", 400),
            ("hub.lan:", 400),
            ("hub.lan:99999", 400),
            ("hub.lan:8000, x", 400),
            ("a/b", 400),
        ] {
            assert_eq!(judge(with(host)), Err(status), "{host}");
        }
        assert_eq!(judge(get("http://evil.org/")), Err(400));
        assert_eq!(judge(get("https://hub.lan:8000/")), Err(400));
    }

    #[test]
    fn long_targets_and_unknown_expectations_are_refused() {
        assert_eq!(judge(get(&format!("/{}", "a".repeat(64)))), Err(414));
        assert_eq!(judge(get("/").header("expect", "nope")), Err(417));
    }

    #[test]
    fn a_websocket_handshake_is_whole_or_refused() {
        let upgrade = || get("/").header("upgrade", "WebSocket");
        assert_eq!(judge(upgrade().header("connection", "keep-alive, Upgrade")), Ok(true));
        assert_eq!(judge(upgrade()), Err(400));
        assert_eq!(judge(upgrade().header("connection", "upgrade").method("POST")), Err(400));
        assert_eq!(judge(upgrade().header("connection", "upgrade").header("content-length", "5")), Err(400));
        assert_eq!(judge(upgrade().header("connection", "upgrade").header("upgrade", "h2c")), Err(400));
        assert_eq!(judge(get("/").header("upgrade", "websocket, h2c").header("connection", "upgrade")), Err(400));
    }
}
