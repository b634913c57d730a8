//! The link by which the window opens a page in the lead's own browser: once, with the rights of that page.

use axum::response::Response;
use http::StatusCode;

use super::caller::PageCaller;
use super::error::PageResult;
use crate::tickets;

/// `GET {hub}ticket`.
pub(super) async fn get(page: PageCaller) -> Response {
    page.answer(redeem(&page).await)
}

/// `HEAD {hub}ticket`: whoever only looks (a mail program, a chat) does not use it up.
pub(super) async fn head() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn redeem(page: &PageCaller) -> PageResult {
    let code = page.query("code").unwrap_or_default();
    let (signed_in, path) = tickets::redeem(&page.ctx, &code, page.browser()).await?;
    page.end_session().await?;
    Ok(page.enter(&signed_in, &path))
}
