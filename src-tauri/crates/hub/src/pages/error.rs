//! From meanings to pages: what stops a handler, and the one place that turns it into an answer. The status is chosen
//! by `api::status_of`; who asks for JSON gets JupyterHub's envelope.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::caller::PageCaller;
use super::view::ErrorPage;
use crate::api::{public_text, status_of};
use crate::error::{Error, Kind};

/// Why a handler has no page of its own to show.
#[derive(Debug)]
pub(super) enum Stop {
    /// Who asks must sign in first.
    SignIn,
    /// The use-case said no.
    Failed(Error),
}

/// What page handlers return.
pub(super) type PageResult = Result<Response, Stop>;

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

// === impl PageCaller ===

impl PageCaller {
    /// The answer to a request, whatever came of it.
    pub(super) fn answer(&self, result: PageResult) -> Response {
        match result {
            Ok(response) => response,
            Err(Stop::SignIn) => self.redirect(&self.sign_in_url()),
            Err(Stop::Failed(error)) => self.fail(&error),
        }
    }

    /// The page of an error.
    pub(super) fn fail(&self, error: &Error) -> Response {
        let (status, text) = (status_of(error.kind()), public_text(error));
        let mut response = self.refuse(status, &text);
        if let Kind::Limited(after) = error.kind() {
            add_retry_after(&mut response, after.as_secs());
        }
        response
    }

    /// The page of a status, with a text of its own.
    pub(super) fn refuse(&self, status: StatusCode, text: &str) -> Response {
        if self.prefers_json() {
            let text = if text.is_empty() { status.canonical_reason().unwrap_or_default() } else { text };
            let body = json!({ "status": status.as_u16(), "message": text });
            return (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response();
        }
        let page = ErrorPage::of_status(status.as_u16());
        let page = if text.is_empty() { page } else { page.with_message(text) };
        self.error_page(status, &page)
    }

    /// An error page. For somebody who is signed in it has the form that signs out.
    pub(super) fn error_page(&self, status: StatusCode, page: &ErrorPage) -> Response {
        let shell = self.shell();
        let text = self.ctx.pages.error(&shell, page);
        if shell.user.is_some() { self.html(status, text) } else { self.html_without_forms(status, text) }
    }

    /// Whether whoever is shown an error can ask for access.
    pub(super) fn may_ask(&self) -> bool {
        self.ctx.config.people_may_share && self.reader().is_some() && !self.is_limited()
    }

    /// Whether the program that asks would rather read JSON than a page.
    pub(super) fn prefers_json(&self) -> bool {
        self.header(header::ACCEPT.as_str()).is_some_and(json_comes_first)
    }
}

/// Says when to try again.
pub(super) fn add_retry_after(response: &mut Response, seconds: u64) {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
}

/// Whether an `Accept` names JSON with more weight than HTML (RFC 9110 section 12.5.1). `*/*` names neither.
fn json_comes_first(accept: &str) -> bool {
    let weight_of = |wanted: &str| {
        let entry =
            accept.split(',').find(|entry| entry.split(';').next().is_some_and(|kind| kind.trim() == wanted))?;
        let weight =
            entry.split(';').skip(1).find_map(|part| part.trim().strip_prefix("q=")?.trim().parse::<f32>().ok());
        Some(weight.unwrap_or(1.0))
    };
    match (weight_of("application/json"), weight_of("text/html")) {
        (Some(json), Some(html)) => json > html,
        (Some(json), None) => json > 0.0,
        (None, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_goes_to_those_who_ask_for_it() {
        for yes in
            ["application/json", "application/json, text/javascript, */*; q=0.01", "text/html;q=0.5, application/json"]
        {
            assert!(json_comes_first(yes), "{yes}");
        }
        for no in [
            "",
            "*/*",
            "text/html,application/xhtml+xml,*/*;q=0.8",
            "application/json;q=0",
            "text/html, application/json",
            "text/event-stream",
        ] {
            assert!(!json_comes_first(no), "{no}");
        }
    }
}
