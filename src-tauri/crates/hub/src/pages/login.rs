//! Signing in with name and password, and where one goes from there.

use std::time::Duration;

use axum::response::Response;
use http::StatusCode;
use labdeck_model::ServerKey;

use super::caller::{PageCaller, Reader};
use super::claim;
use super::error::{PageResult, add_retry_after};
use super::form::UncheckedForm;
use super::view::{LoginPage, Shell};
use crate::accounts::{self, Login};
use crate::error::{Kind, Result};
use crate::metrics::Outcome;
use crate::servers;

/// Longer than any spelling of a name, of which the longest has 64 characters.
const MAX_NAME_BYTES: usize = 400;

/// `GET {hub}login`.
pub(super) async fn get(page: PageCaller) -> Response {
    page.answer(show(&page).await)
}

async fn show(page: &PageCaller) -> PageResult {
    // A ticket's session may be here to become a full one.
    if let Some(reader) = page.reader().filter(|_| !page.is_limited()) {
        let to = match page.next() {
            Some(next) => next,
            None => default_page(page, &reader).await?,
        };
        return Ok(page.redirect(&to));
    }
    Ok(draw(page, StatusCode::OK, &LoginPage { next: page.next(), ..LoginPage::default() }))
}

/// `POST {hub}login`.
pub(super) async fn post(form: UncheckedForm) -> Response {
    if let Some(refused) = claim::refuse_unclaimed(&form.page) {
        return refused;
    }
    form.page.answer(log_in(&form).await)
}

async fn log_in(UncheckedForm { page, fields }: &UncheckedForm) -> PageResult {
    // JupyterHub cuts the spaces that phones add.
    let typed = fields.text("username").trim();
    // What is longer is nobody's name, and is not sent back either.
    let username = if typed.len() <= MAX_NAME_BYTES { typed } else { "" };
    let next = fields.find("next").and_then(|next| page.checked_next(next)).or_else(|| page.next());
    let again = |status, error: &str| {
        let error = Some(error.to_owned());
        draw(
            page,
            status,
            &LoginPage { username: username.to_owned(), next: next.clone(), error, retry_after_seconds: None },
        )
    };
    if page.check_form(fields).is_err() {
        return Ok(again(StatusCode::FORBIDDEN, "Login form invalid or expired. Try again."));
    }
    let begun = tokio::time::Instant::now();
    let answer = accounts::log_in(&page.ctx, username, fields.text("password"), page.browser()).await;
    let outcome = if matches!(answer, Ok(Login::SignedIn(_))) { Outcome::Success } else { Outcome::Failure };
    page.ctx.metrics.login(outcome, begun.elapsed());
    match answer {
        Ok(Login::SignedIn(signed_in)) => {
            page.end_session().await?;
            let reader_page = match next {
                Some(next) => next,
                None => default_page_of(page, ServerKey::default_of(signed_in.user.name.clone())).await?,
            };
            Ok(page.enter(&signed_in, &reader_page))
        }
        Ok(Login::Denied) => Ok(again(StatusCode::FORBIDDEN, "Invalid username or password")),
        Ok(Login::Limited { retry_after }) => Ok(limited(page, username, next, retry_after)),
        Err(error) if error.kind() == Kind::Invalid => Ok(again(StatusCode::BAD_REQUEST, error.public())),
        Err(error) => Err(error.into()),
    }
}

fn limited(page: &PageCaller, username: &str, next: Option<String>, retry_after: Duration) -> Response {
    let seconds = retry_after.as_secs().max(1);
    let form = LoginPage { username: username.to_owned(), next, error: None, retry_after_seconds: Some(seconds) };
    let mut response = draw(page, StatusCode::TOO_MANY_REQUESTS, &form);
    add_retry_after(&mut response, seconds);
    response
}

fn draw(page: &PageCaller, status: StatusCode, form: &LoginPage) -> Response {
    let shell = Shell { user: None, ..page.shell() };
    let leads_away = form.next.as_ref().is_some_and(|next| next.starts_with(&page.hub("api/oauth2/authorize")));
    let text = page.ctx.pages.login(&shell, form);
    let mut response = if leads_away { page.html_leading_away(status, text) } else { page.html(status, text) };
    // The hour begins anew, also for a token that the browser has.
    if page.xsrf.is_known {
        page.set_xsrf(response.headers_mut());
    }
    response
}

/// Where somebody goes who did not say where: the own server if it serves, else the page with its Start button.
pub(super) async fn default_page(page: &PageCaller, reader: &Reader<'_>) -> Result<String> {
    default_page_of(page, ServerKey::default_of(reader.name.clone())).await
}

async fn default_page_of(page: &PageCaller, own: ServerKey) -> Result<String> {
    let view = servers::find_view(&page.ctx, &own).await?;
    Ok(view.filter(|view| view.ready).map_or_else(|| page.hub("home"), |view| view.url))
}

// === impl PageCaller ===

impl PageCaller {
    /// Ends the session that this browser had before it gets another one.
    pub(super) async fn end_session(&self) -> Result<()> {
        match self.caller.as_ref().and_then(|caller| caller.session()) {
            Some(session) => accounts::log_out(&self.ctx, session).await,
            None => Ok(()),
        }
    }
}
