//! `{hub}security/csp-report`: where browsers tell what a page's policy kept from running. Goes to the log, for whoever
//! changes a template or looks for a plant.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::Value;

use super::caller::{AnyCaller, PageCaller};
use crate::api::foreign_origin;
use crate::context::Context;
use crate::error::Error;

/// Reports are a kilobyte; what is longer is no report.
const MAX_BYTES: usize = 16 * 1024;
/// Enough to see which file it was.
const MAX_SHOWN_CHARS: usize = 200;

/// A report of somebody who is signed in. Browsers send no XSRF token with it, and nothing is changed by one.
#[derive(Debug)]
pub(super) struct Report {
    page: PageCaller,
    bytes: axum::body::Bytes,
}

impl axum::extract::FromRequest<Context> for Report {
    type Rejection = Response;

    async fn from_request(request: Request, ctx: &Context) -> Result<Self, Response> {
        use axum::extract::FromRequestParts as _;
        let (mut parts, body) = request.into_parts();
        let AnyCaller(page) = AnyCaller::from_request_parts(&mut parts, ctx).await?;
        let refuse = |error: Error| page.fail(&error);
        foreign_origin(&page.headers, Some(&page.peer)).map_err(refuse)?;
        if page.reader().is_none() {
            return Err(refuse(Error::forbidden("Sign in first.")));
        }
        let read = axum::body::to_bytes(body, MAX_BYTES).await;
        let bytes = read.map_err(|_| refuse(Error::invalid("The report is too large or ended early.")))?;
        Ok(Self { page, bytes })
    }
}

/// `POST`.
pub(super) async fn post(Report { page, bytes }: Report) -> Response {
    let (directive, blocked) = read(&bytes);
    tracing::warn!(
        csp.directive = %directive,
        csp.blocked = %blocked,
        from = %page.peer.ip,
        "A browser refused {blocked} on a page of the hub, by the rule {directive}"
    );
    StatusCode::OK.into_response()
}

/// The rule and what it kept out, as a browser says them; addresses without their query, which may be secret.
fn read(bytes: &[u8]) -> (String, String) {
    let report: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let shown = |names: [&str; 2]| {
        let text = names.iter().find_map(|name| report["csp-report"][name].as_str()).unwrap_or("(nothing said)");
        let text = text.split(['?', '#']).next().unwrap_or_default();
        text.chars().filter(|c| !c.is_control()).take(MAX_SHOWN_CHARS).collect::<String>()
    };
    (shown(["effective-directive", "violated-directive"]), shown(["blocked-uri", "document-uri"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_cut_to_what_may_be_read() {
        let report = br#"{"csp-report": {"violated-directive": "script-src", "blocked-uri": "http://x/y?token=1\n"}}"#;
        assert_eq!(read(report), ("script-src".to_owned(), "http://x/y".to_owned()));
        assert_eq!(read(b"no JSON").0, "(nothing said)");
    }
}
