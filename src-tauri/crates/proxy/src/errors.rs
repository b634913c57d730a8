//! Error answers of the proxy itself: a plain HTML page, or JSON for clients that prefer it. Owns their form and
//! security headers; which status it is was decided in `forward`.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;

use crate::error_target::Fetched;
use crate::options::ErrorHook;

/// What went wrong, for a page of one's own.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ErrorPage<'a> {
    /// The status of the answer; a page cannot change it.
    pub status: StatusCode,
    /// One sentence for people. Never holds anything that the client sent.
    pub message: &'a str,
}

/// How often the page of a server that does not answer looks again.
const RETRY_SECONDS: u32 = 3;

/// The answer to a request that failed.
pub(crate) fn answer(
    page: ErrorPage<'_>,
    method: &Method,
    wants_json: bool,
    hook: Option<&ErrorHook>,
) -> Response<Full<Bytes>> {
    let (content_type, body) = if wants_json {
        let body = serde_json::json!({ "status": page.status.as_u16(), "message": page.message });
        ("application/json", body.to_string())
    } else {
        let own = hook.and_then(|hook| hook(&page));
        ("text/html; charset=utf-8", own.unwrap_or_else(|| built_in(page)))
    };
    let length = body.len();
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = page.status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    add_safety(headers);
    if page.status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    }
    if page.status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_SECONDS));
    }
    if *method == Method::HEAD {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        *response.body_mut() = Full::default();
    }
    response
}

/// The same with a page that another server gave. It has styles of its own, so no policy forbids them.
pub(crate) fn fetched(status: StatusCode, method: &Method, page: Fetched) -> Response<Full<Bytes>> {
    let Fetched { content_type, body } = page;
    let length = body.len();
    let mut response = Response::new(if *method == Method::HEAD { Full::default() } else { Full::from(body) });
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, content_type.unwrap_or(html));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Whether JSON is asked for and HTML is not.
pub(crate) fn prefers_json(headers: &HeaderMap) -> bool {
    let asks = |kind: &[u8]| {
        let mut values = headers.get_all(header::ACCEPT).iter();
        values.any(|value| value.as_bytes().windows(kind.len()).any(|part| part.eq_ignore_ascii_case(kind)))
    };
    asks(b"application/json") && !asks(b"text/html")
}

fn add_safety(headers: &mut HeaderMap) {
    let fields = [
        (header::CACHE_CONTROL, "no-cache, no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in fields {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

fn built_in(page: ErrorPage<'_>) -> String {
    let code = page.status.as_u16();
    let reason = page.status.canonical_reason().unwrap_or("Error");
    let refresh = if page.status == StatusCode::SERVICE_UNAVAILABLE {
        format!("<meta http-equiv=\"refresh\" content=\"{RETRY_SECONDS}\">")
    } else {
        String::new()
    };
    let message = page.message;
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">{refresh}\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{code}: {reason}</title>\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}}</style>\
         </head><body><h1>{code}: {reason}</h1><p>{message}</p></body></html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_only_when_html_is_not_asked_for() {
        for (accept, json) in [
            ("application/json", true),
            ("text/html,application/json;q=0.9", false),
            ("*/*", false),
            ("application/JSON, text/javascript, */*; q=0.01", true),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(prefers_json(&headers), json, "{accept}");
        }
        assert!(!prefers_json(&HeaderMap::new()));
    }

    #[test]
    fn a_head_request_gets_the_fields_of_get_without_body() {
        let page = ErrorPage { status: StatusCode::NOT_FOUND, message: "gone" };
        let (get, head) = (answer(page, &Method::GET, true, None), answer(page, &Method::HEAD, true, None));
        let length = http_body::Body::size_hint(get.body()).exact().unwrap();
        assert_eq!(head.headers()[header::CONTENT_LENGTH], length.to_string().as_str());
        assert_eq!(http_body::Body::size_hint(head.body()).exact(), Some(0));
    }

    #[test]
    fn a_page_of_ones_own_keeps_the_status() {
        let hook: ErrorHook = std::sync::Arc::new(|page| Some(format!("<p>{}</p>", page.message)));
        let page = ErrorPage { status: StatusCode::SERVICE_UNAVAILABLE, message: "wait" };
        let response = answer(page, &Method::GET, false, Some(&hook));
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(http_body::Body::size_hint(response.body()).exact(), Some("<p>wait</p>".len() as u64));
    }
}
