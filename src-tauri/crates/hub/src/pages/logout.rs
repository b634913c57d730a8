//! Signing out. JupyterHub's clients do it with a GET; our own pages post a form.

use axum::response::Response;
use http::StatusCode;

use super::caller::PageCaller;
use super::error::PageResult;
use super::form::PostedForm;

/// `GET {hub}logout`.
pub(super) async fn get(page: PageCaller) -> Response {
    page.answer(leave(&page).await)
}

/// `HEAD {hub}logout`: whoever only looks stays.
pub(super) async fn head() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// `POST {hub}logout`.
pub(super) async fn post(PostedForm { page, .. }: PostedForm) -> Response {
    page.answer(leave(&page).await)
}

async fn leave(page: &PageCaller) -> PageResult {
    let begun = tokio::time::Instant::now();
    page.end_session().await?;
    page.ctx.metrics.logout(begun.elapsed());
    Ok(page.leave())
}
