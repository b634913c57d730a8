//! The files that the pages ask for: style, small scripts, the mark, and those of the panel. Owns their embedding and the hash by which a
//! browser may keep them for ever; the handler that answers `{hub}static/…` and its headers live elsewhere.

use std::borrow::Cow;

use rust_embed::{EmbeddedFile, RustEmbed};

/// Everything below the crate's `static/` folder.
#[derive(RustEmbed)]
#[folder = "static/"]
struct Embedded;

/// The pages of the window, as `make ui` builds them; a placeholder where nobody did.
#[derive(RustEmbed)]
#[folder = "../../../ui/dist/"]
#[allow_missing = true]
struct Panel;

/// How many hexadecimal digits of a file's SHA-256 stand in its address. 64 bits: two versions of one file never meet.
const HASH_DIGITS: usize = 16;

/// One static file.
#[derive(Debug, Clone)]
pub struct StaticFile {
    /// Its `Content-Type`, with the charset for text.
    pub mime: &'static str,
    /// Its bytes.
    pub bytes: Cow<'static, [u8]>,
    /// Its content hash, the `v` of its address and a fit `ETag`. A request whose `v` equals it may be answered as immutable.
    pub hash: String,
}

/// Finds a static file by its path below `{hub}static/`. Only embedded names are found, so `..` leads nowhere.
pub fn static_file(path: &str) -> Option<StaticFile> {
    Embedded::iter().any(|name| name == path).then(|| Embedded::get(path)).flatten().map(|file| with_facts(path, file))
}

/// Likewise a file of the panel.
pub fn panel_file(path: &str) -> Option<StaticFile> {
    Panel::iter().any(|name| name == path).then(|| Panel::get(path)).flatten().map(|file| with_facts(path, file))
}

fn with_facts(path: &str, file: EmbeddedFile) -> StaticFile {
    let mut hash: String = file.metadata.sha256_hash().iter().map(|byte| format!("{byte:02x}")).collect();
    hash.truncate(HASH_DIGITS);
    StaticFile { mime: mime_of(path), bytes: file.data, hash }
}

/// The address of a static file for a hub at `hub_url` (`/hub/`), with its hash: `/hub/static/pages.css?v=…`.
pub(crate) fn static_url(hub_url: &str, name: &str) -> String {
    match static_file(name) {
        Some(file) => format!("{hub_url}static/{name}?v={}", file.hash),
        None => format!("{hub_url}static/{name}"),
    }
}

fn mime_of(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_with_its_type_and_hash() {
        let css = static_file("pages.css").unwrap();
        assert_eq!(css.mime, "text/css; charset=utf-8");
        assert_eq!(css.hash.len(), HASH_DIGITS);
        assert_eq!(static_url("/hub/", "pages.css"), format!("/hub/static/pages.css?v={}", css.hash));
    }

    #[test]
    fn nothing_outside_the_folder_is_found() {
        for path in ["", "/", "..", "../Cargo.toml", "./pages.css", "%2e%2e/Cargo.toml", "/etc/passwd", "nothing.css"] {
            assert!(static_file(path).is_none(), "{path:?}");
        }
    }
}
