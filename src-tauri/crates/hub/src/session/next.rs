//! Where to go after signing in. Owns JupyterHub's rules for `next`, hardened: the result is
//! always a path on this site, whatever a stranger put into the link.

use url::Url;

/// A path on this hub, or `None` where the text leads elsewhere or nowhere.
///
/// `own_hosts` tells whether a host (with port, as in the `Host` header) is this hub's: such an absolute address is
/// cut down to its path.
pub fn safe_next(next: &str, own_host: Option<&str>) -> Option<String> {
    let trimmed = next.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    // Browsers read a backslash as a slash, drop tabs and line breaks, and take `//host` for another site.
    if trimmed.is_empty() || trimmed.chars().any(char::is_control) {
        return None;
    }
    let forward = trimmed.replace('\\', "%5C");
    if let Some(path) = forward.strip_prefix('/') {
        return if path.starts_with('/') { from_absolute(&format!("http:{forward}"), own_host) } else { Some(forward) };
    }
    if forward.starts_with("http://") || forward.starts_with("https://") {
        return from_absolute(&forward, own_host);
    }
    None
}

fn from_absolute(address: &str, own_host: Option<&str>) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?;
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    if !url.username().is_empty() || url.password().is_some() || !own_host?.eq_ignore_ascii_case(&host) {
        return None;
    }
    // `http://self//evil` must not become `//evil`.
    let path = format!("/{}", url.path().trim_start_matches('/'));
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let fragment = url.fragment().map(|fragment| format!("#{fragment}")).unwrap_or_default();
    Some(format!("{path}{query}{fragment}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_never_leaves_this_site() {
        let own = Some("hub.lan:8000");
        for evil in [
            "http://evil.com/x",
            "//evil.com",
            "///evil.com/x",
            "////evil.com",
            "relative/x",
            "javascript:alert(1)",
            "",
            "http:///evil.com",
            "http://hub.lan:8000@evil.com/",
            "http://evil.com#@hub.lan:8000/",
            "https:evil.com",
            "http:/\\evil.com",
            "data:text/html,x",
            " //evil.com",
            "\t//evil.com",
            "/\t/evil.com",
            "/\n/evil.com",
            "http://hub.lan/x",
            "http://user@hub.lan:8000/x",
            "//hub.lan:8000@evil.com",
            "HTTP://evil.com",
        ] {
            assert_eq!(safe_next(evil, own), None, "{evil:?}");
        }
    }

    #[test]
    fn own_addresses_are_cut_to_their_path() {
        let own = Some("hub.lan:8000");
        for (given, kept) in [
            ("/hub/home", "/hub/home"),
            ("/user/ada/lab/tree/a%20b.ipynb?x=1#cell", "/user/ada/lab/tree/a%20b.ipynb?x=1#cell"),
            ("http://hub.lan:8000/hub/token?a=1#f", "/hub/token?a=1#f"),
            ("http://hub.lan:8000//evil.com", "/evil.com"),
            ("//hub.lan:8000/x", "/x"),
            ("/\\evil.com", "/%5Cevil.com"),
            ("\\\\evil.com", ""),
        ] {
            assert_eq!(safe_next(given, own).unwrap_or_default(), kept, "{given:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_a_single_slash_or_nothing(text in "\\PC{0,40}") {
            if let Some(next) = safe_next(&text, Some("h")) {
                proptest::prop_assert!(next.starts_with('/') && !next.starts_with("//") && !next.starts_with("/\\"), "{}", next);
            }
        }
    }
}
