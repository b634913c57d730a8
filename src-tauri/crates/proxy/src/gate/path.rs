//! Which paths pass, and which route they take. Pure. The rule, in one place:
//!
//! A request is forwarded exactly as spelled, so no two readers of its path may see different routes in it.
//! 1. **Everywhere** in the path: no backslash, control or non-ASCII character, no malformed escape, no `%00`, and no
//!    dot segment in any spelling (`..`, `%2e%2e`, `a%2f..%2fb`, `..%5c`): a browser never sends these.
//! 2. In the **deciding part** (every segment that the route match looked at, so the route's own and the first one
//!    behind it) moreover: no encoded separator (`%2f`, `%5c`), no empty segment, no encoded control character, and
//!    valid UTF-8.
//!
//! Behind the deciding part `%2F`, `//` and `;` pass untouched: JupyterLab sends `api/contents/a%2Fb`, applications
//! behind jupyter-server-proxy send `//`, and there they can no longer change which server answers.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::Refusal;
use crate::trie::Trie;

/// Whether each `%` begins an escape of two hexadecimal digits.
pub(crate) fn has_valid_escapes(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'%')
        .all(|(at, _)| bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)))
}

/// Rule 1: what no path may contain anywhere.
pub(super) fn check(path: &str) -> Result<(), Refusal> {
    if !path.starts_with('/') {
        return Err(Refusal::bad_request("the path must start with '/'"));
    }
    if path.bytes().any(|byte| byte == b'\\' || !(0x21..0x7f).contains(&byte)) {
        return Err(Refusal::bad_request("the path holds a character that must be percent-encoded"));
    }
    if !has_valid_escapes(path) {
        return Err(Refusal::bad_request("the path holds a malformed percent escape"));
    }
    let decoded: Cow<'_, [u8]> = percent_decode_str(path).into();
    if decoded.contains(&0) {
        return Err(Refusal::bad_request("the path holds a NUL"));
    }
    if decoded.split(|byte| matches!(byte, b'/' | b'\\')).any(|part| matches!(part, b"." | b"..")) {
        return Err(Refusal::bad_request("the path holds a dot segment"));
    }
    Ok(())
}

/// The longest-prefix match for a path that passed [`check`], with rule 2 on the segments that decide it.
pub(crate) fn find<'a, T: Clone>(routes: &'a Trie<T>, path: &str) -> Result<Option<&'a T>, Refusal> {
    let mut walk = routes.walk();
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(raw) = segments.next() {
        if raw.is_empty() && segments.peek().is_none() {
            break;
        }
        let segment = decode_deciding(raw)?;
        if !walk.step(&segment) {
            break;
        }
    }
    Ok(walk.best())
}

fn decode_deciding(raw: &str) -> Result<Cow<'_, str>, Refusal> {
    let segment = percent_decode_str(raw)
        .decode_utf8()
        .map_err(|_| Refusal::bad_request("the path is not UTF-8 where it decides the route"))?;
    let harmful = |c: char| matches!(c, '/' | '\\') || c.is_control();
    if segment.is_empty() || segment.contains(harmful) {
        return Err(Refusal::bad_request("the path is ambiguous where it decides the route"));
    }
    Ok(segment)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn routes() -> Trie<&'static str> {
        let mut routes = Trie::default();
        for path in ["/", "/user/ada", "/user/ada/gpu", "/user/b ob", "/services/x/y"] {
            routes.insert(path.split('/').filter(|part| !part.is_empty()), path);
        }
        routes
    }

    fn route(path: &str) -> Option<&'static str> {
        check(path).ok()?;
        find(&routes(), path).ok()?.copied()
    }

    #[test]
    fn canonical_paths_take_the_longest_route() {
        for (path, wanted) in [
            ("/", "/"),
            ("/hub/login", "/"),
            ("/user/ada", "/user/ada"),
            ("/user/ada/", "/user/ada"),
            ("/user/%61da/lab", "/user/ada"),
            ("/user/b%20ob/x", "/user/b ob"),
            ("/user/adax", "/"),
            ("/USER/ada", "/"),
            ("/user/ada;x/lab", "/"),
            ("/user/%2561da", "/"),
            ("/user/ada/gpu/lab", "/user/ada/gpu"),
        ] {
            assert_eq!(route(path), Some(wanted), "{path}");
        }
    }

    #[test]
    fn legitimate_spellings_behind_the_route_pass() {
        for path in [
            "/user/ada/api/contents/a%2Fb",
            "/user/ada/api/contents/a%5Cb",
            "/user/ada/files/x;y=1",
            "/user/ada/proxy/8080//app",
            "/user/ada/files/latin%E9",
            "/user/ada/files/%252e%252e",
            "/user/ada/files/...",
            "/user/ada/files/.hidden",
            "/user/ada/gpu/api/contents/a%2Fb",
        ] {
            assert!(route(path).is_some_and(|route| route.starts_with("/user/ada")), "{path}");
        }
    }

    #[test]
    fn paths_that_could_mean_another_route_are_refused() {
        for path in [
            "//user/ada/",
            "/user//ada/",
            "/user/ada//x",
            "/user/./ada/",
            "/user/x/../ada/",
            "/user/ada/files/../..",
            "/user/x/%2e%2e/ada",
            "/user/x/.%2E/ada",
            "/user/x/%2e/ada",
            "/user%2fada/",
            "/user/ada%2flab",
            "/user/ada%2f..%2fbob",
            "/user/ada/api/a%2f..%2fb",
            "/user/ada/api/a%5c..%5cb",
            "/user/x%5c..%5cada",
            "/user\\ada",
            "/user/ada/\\",
            "/user/ada/%00",
            "/user/ada/%zz",
            "/user/ada/%",
            "/user/ada/%4",
            "/user/\u{e9}",
            "/user/ada%0a/",
            "/user/%c0%afada/",
            "/user/%ff/",
            "/%2e%2e",
            "/..",
            "/.",
            "user/ada",
            "*",
            "/a b",
            "/a\u{7f}",
            "/user/ada/api%2fcontents",
            "/services/x%2fy",
        ] {
            assert_eq!(route(path), None, "{path} passed");
        }
    }

    proptest! {
        /// A backend that decodes everything and resolves dots and doubled slashes must see the same route.
        #[test]
        fn decoding_first_never_changes_the_route(
            path in "(/|user|ada|gpu|b|%2[fF]|%5[cC]|%2[eE]|\\.|%61|%25|;|x){0,12}".prop_map(|rest| format!("/{rest}"))
        ) {
            if let Some(ours) = route(&path) {
                let decoded = percent_decode_str(&path).decode_utf8_lossy().replace('\\', "/");
                let mut routes_walk = Vec::new();
                for part in decoded.split('/').filter(|part| !part.is_empty() && *part != ".") {
                    if part == ".." { routes_walk.pop(); } else { routes_walk.push(part); }
                }
                let trie = routes();
                let mut walk = trie.walk();
                let _ = routes_walk.iter().all(|part| walk.step(part));
                prop_assert_eq!(walk.best().copied(), Some(ours));
            }
        }
    }
}
