//! Header rules between client and target (RFC 9110, 7.6.1): what ends at this hop, what only the proxy may say, and
//! what is kept from user servers. Pure functions on `HeaderMap`; called by `request.rs` and `response.rs`.

use std::net::IpAddr;

use http::header::{self, Entry, HeaderMap, HeaderName, HeaderValue};

use crate::gate::Host;

/// Fields that end at this hop. `Trailer` is among them because trailers are not forwarded, `Expect` because the
/// client's wait for `100 Continue` is answered here.
const HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Fields that a client may not have removed by naming them in `Connection`.
const END_TO_END: [HeaderName; 4] = [header::HOST, header::CONTENT_LENGTH, header::AUTHORIZATION, header::COOKIE];

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Removes what ends at this hop, with everything that `Connection` names.
pub(super) fn strip_hop_by_hop(headers: &mut HeaderMap) {
    for name in connection_options(headers) {
        if !END_TO_END.contains(&name) {
            headers.remove(name);
        }
    }
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
}

fn connection_options(headers: &HeaderMap) -> Vec<HeaderName> {
    let values = headers.get_all(header::CONNECTION).iter();
    let names = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    names
        .map(<[u8]>::trim_ascii)
        .filter(|name| !name.eq_ignore_ascii_case(b"close") && !name.eq_ignore_ascii_case(b"keep-alive"))
        .filter_map(|name| HeaderName::from_bytes(name).ok())
        .collect()
}

/// Removes every field that tells a target who asks, so that only the proxy's own words arrive, and the `secret` ones.
///
/// Names are compared with `_` as `-`: gateways in the manner of CGI cannot tell the two apart.
pub(super) fn strip_claims(headers: &mut HeaderMap, secret: &[(HeaderName, HeaderValue)]) {
    let claims = |name: &str| {
        name.starts_with("x-forwarded-")
            || matches!(name, "forwarded" | "x-real-ip")
            || secret.iter().any(|(secret, _)| secret.as_str() == name)
    };
    let claimed: Vec<HeaderName> = headers
        .keys()
        .filter(|name| {
            let name = name.as_str();
            claims(name) || (name.contains('_') && claims(&name.replace('_', "-")))
        })
        .cloned()
        .collect();
    for name in claimed {
        headers.remove(name);
    }
}

/// Says who asked and how, in configurable-http-proxy's four fields.
pub(super) fn add_forwarded(headers: &mut HeaderMap, peer: IpAddr, host: &Host) {
    if let Ok(peer) = HeaderValue::try_from(peer.to_canonical().to_string()) {
        headers.insert(FORWARDED_FOR, peer);
    }
    if let Some(host) = headers.get(header::HOST).cloned() {
        headers.insert(FORWARDED_HOST, host);
    }
    headers.insert(FORWARDED_PORT, HeaderValue::from(host.port().unwrap_or(80)));
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
}

/// Keeps the values of a field for which `rewrite` returns something, in their order.
pub(super) fn rewrite_values(
    headers: &mut HeaderMap,
    name: &HeaderName,
    rewrite: impl Fn(&HeaderValue) -> Option<HeaderValue>,
) {
    if let Entry::Occupied(entry) = headers.entry(name) {
        let (name, values) = entry.remove_entry_mult();
        let kept: Vec<HeaderValue> = values.filter_map(|value| rewrite(&value)).collect();
        for value in kept {
            headers.append(name.clone(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        fields.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    fn names(headers: &HeaderMap) -> Vec<&str> {
        let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn hop_by_hop_and_listed_fields_go() {
        let mut headers = map(&[
            ("connection", "close, X-Listed, host"),
            ("connection", "authorization"),
            ("x-listed", "1"),
            ("host", "h"),
            ("authorization", "token t"),
            ("keep-alive", "1"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("x-kept", "1"),
            ("proxy-authorization", "x"),
            ("trailer", "x"),
        ]);
        strip_hop_by_hop(&mut headers);
        assert_eq!(names(&headers), ["authorization", "host", "x-kept"]);
    }

    #[test]
    fn only_the_proxy_says_who_asks() {
        let mut headers = map(&[
            ("x-forwarded-for", "6.6.6.6"),
            ("x_forwarded_for", "6.6.6.6"),
            ("x-forwarded-prefix", "/x"),
            ("forwarded", "for=6"),
            ("x-real-ip", "6.6.6.6"),
            ("x_secret", "1"),
            ("x-secret", "1"),
            ("x-mine", "1"),
            ("x_mine", "1"),
        ]);
        strip_claims(&mut headers, &[(HeaderName::from_static("x-secret"), HeaderValue::from_static("s"))]);
        assert_eq!(names(&headers), ["x-mine", "x_mine"]);
    }

    #[test]
    fn forwarded_fields_name_the_peer_and_the_host_as_sent() {
        let mut headers = map(&[("host", "Hub.lan:8000")]);
        add_forwarded(&mut headers, "::ffff:10.0.0.9".parse().unwrap(), &Host::parse("Hub.lan:8000").unwrap());
        let value = |name: &str| headers.get(name).unwrap().to_str().unwrap();
        assert_eq!(value("x-forwarded-for"), "10.0.0.9");
        assert_eq!(value("x-forwarded-host"), "Hub.lan:8000");
        assert_eq!(value("x-forwarded-port"), "8000");
        assert_eq!(value("x-forwarded-proto"), "http");
    }
}
