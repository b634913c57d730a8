//! Answers `{hub}static/…`: a file whose address carries its hash is kept for ever, any other is asked for each time.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri, header};

use super::overrides::Logo;
use super::static_files::{StaticFile, static_file};
use crate::context::Context;

/// `GET {hub}static/{*path}`.
pub(super) async fn get(Path(path): Path<String>, uri: Uri, headers: HeaderMap) -> Response {
    match static_file(&path) {
        Some(file) => answer(file, uri.query(), &headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `GET {hub}logo`: where single-user servers look for it.
pub(super) async fn logo(State(ctx): State<Context>, uri: Uri, headers: HeaderMap) -> Response {
    match ctx.pages.logo() {
        Some(Logo { bytes, mime, hash }) => {
            let file = StaticFile { mime, bytes: bytes.clone().into(), hash: hash.clone() };
            answer(file, uri.query(), &headers)
        }
        None => get(Path("logo.svg".to_owned()), uri, headers).await,
    }
}

pub(super) fn answer(file: StaticFile, query: Option<&str>, headers: &HeaderMap) -> Response {
    let is_named = query.is_some_and(|query| query.split('&').any(|pair| pair.strip_prefix("v=") == Some(&file.hash)));
    let keep = if is_named { "public, max-age=31536000, immutable" } else { "no-cache" };
    let etag = format!("\"{}\"", file.hash);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let is_known = known.is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag));
    let facts = [
        (header::CONTENT_TYPE, file.mime.to_owned()),
        (header::CACHE_CONTROL, keep.to_owned()),
        (header::ETAG, etag),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        // The mark is an SVG: opened by itself it is a page.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'".to_owned()),
    ];
    match is_known {
        true => (StatusCode::NOT_MODIFIED, facts).into_response(),
        false => (facts, file.bytes.into_owned()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache_control(query: Option<&str>) -> String {
        let response = answer(static_file("pages.css").unwrap(), query, &HeaderMap::new());
        response.headers()[header::CACHE_CONTROL].to_str().unwrap().to_owned()
    }

    #[test]
    fn only_the_right_hash_is_kept_for_ever() {
        let hash = static_file("pages.css").unwrap().hash;
        assert!(cache_control(Some(&format!("v={hash}"))).contains("immutable"));
        assert_eq!(cache_control(Some("v=0123")), "no-cache");
        assert_eq!(cache_control(None), "no-cache");
    }

    #[test]
    fn a_known_file_is_not_sent_again() {
        let file = static_file("logo.svg").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, format!("W/\"x\", \"{}\"", file.hash).parse().unwrap());
        assert_eq!(answer(file, None, &headers).status(), StatusCode::NOT_MODIFIED);
    }
}
