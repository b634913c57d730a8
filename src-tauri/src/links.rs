//! Which addresses the window may show and which it hands to the person's own browser. Pure decisions; the opening
//! itself is one call at the foot.

use tauri::{AppHandle, Url};
use tauri_plugin_opener::OpenerExt as _;

/// Whether the window may show this: the bundled pages and nothing else, in development also those of Vite.
pub(crate) fn may_show(url: &Url) -> bool {
    let bundled = match (url.scheme(), url.host_str()) {
        ("tauri", Some("localhost")) => true,
        // Windows has no custom schemes for pages; its web view uses this host.
        ("http" | "https", Some("tauri.localhost")) => cfg!(windows),
        ("http", Some("127.0.0.1")) => tauri::is_dev() && url.port() == Some(18305),
        _ => false,
    };
    // Opening a window begins on this, before its first page.
    bundled || url.as_str() == "about:blank"
}

/// The address as it may go to the browser: http and https only, and no name or password inside.
pub(crate) fn for_browser(url: &str) -> Option<Url> {
    let url = Url::parse(url).ok()?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    (web && url.username().is_empty() && url.password().is_none()).then_some(url)
}

/// Opens an address in the person's own browser, or says in the log why not. Query strings may carry tickets, so
/// the log gets none.
pub(crate) fn open_in_browser(app: &AppHandle, url: &str) {
    let Some(url) = for_browser(url) else {
        tracing::warn!("An address that is no web address was not opened");
        return;
    };
    let host = url.host_str().unwrap_or_default().to_owned();
    if let Err(error) = app.opener().open_url(url, None::<&str>) {
        tracing::warn!(%error, url.host = %host, "No browser could be opened for {host}: {error}");
        crate::dialogs::tell(
            app,
            "No browser could be opened",
            "This computer names no browser to open links with. Install one, or copy the address from the window.",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_shows_the_bundled_pages_only() {
        let may = |url: &str| may_show(&Url::parse(url).unwrap());
        assert!(may("tauri://localhost/index.html#/people"));
        assert!(may("about:blank"));
        for url in [
            "http://127.0.0.1:8000/hub/",
            "http://localhost/",
            "https://example.org/",
            "tauri://elsewhere/",
            "file:///etc/passwd",
            "data:text/html,hello",
            "about:srcdoc",
            "javascript:alert(1)",
        ] {
            assert!(!may(url), "{url}");
        }
    }

    #[test]
    fn the_browser_gets_web_addresses_only() {
        assert!(for_browser("http://127.0.0.1:8000/hub/ticket?t=abc").is_some());
        assert!(for_browser("https://example.org/").is_some());
        for url in ["file:///etc/passwd", "labdeck://open", "--help", "http://me:pw@example.org/", "mailto:a@b.c"] {
            assert!(for_browser(url).is_none(), "{url}");
        }
    }
}
