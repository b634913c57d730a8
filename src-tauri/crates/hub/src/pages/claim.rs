//! The claim in a browser, for a hub without a window: the printed link, used at this computer. Until then it is the
//! only page that the hub shows.

use axum::response::Response;
use http::StatusCode;
use labdeck_model::quote_path_part;

use super::caller::{AnyCaller, PageCaller};
use super::error::PageResult;
use super::form::UncheckedForm;
use super::view::{ClaimForm, ClaimPage, LinkProblem, PasswordRules};
use crate::error::{Error, Kind};
use crate::{accounts, health};

/// Sends everybody to the claim while the hub is unclaimed; `None` once it is claimed.
pub(super) fn refuse_unclaimed(page: &PageCaller) -> Option<Response> {
    if accounts::is_claimed(&page.ctx) {
        return None;
    }
    let pages_only = page.reads() && !page.prefers_json();
    Some(if pages_only && page.peer.is_local() {
        page.redirect(&page.hub("claim"))
    } else if pages_only {
        draw(page, StatusCode::FORBIDDEN, &ClaimPage::Waiting)
    } else {
        page.refuse(StatusCode::FORBIDDEN, "Nobody has claimed this hub yet.")
    })
}

/// `GET {hub}claim`.
pub(super) async fn get(AnyCaller(page): AnyCaller) -> Response {
    let code = page.query("code");
    if accounts::is_claimed(&page.ctx) {
        return match code {
            Some(_) => draw(&page, StatusCode::GONE, &ClaimPage::Closed { problem: LinkProblem::Used }),
            None => page.redirect(&page.hub("login")),
        };
    }
    match code {
        _ if !page.peer.is_local() => draw(&page, StatusCode::FORBIDDEN, &ClaimPage::Waiting),
        None => draw(&page, StatusCode::OK, &ClaimPage::Waiting),
        Some(code) if accounts::owner_code_is_good(&page.ctx, &code) => {
            let form = form(&page, &code, &health::account_name(), None);
            draw(&page, StatusCode::OK, &ClaimPage::Open(form))
        }
        Some(_) => draw(&page, StatusCode::NOT_FOUND, &ClaimPage::Closed { problem: LinkProblem::Unknown }),
    }
}

/// `POST {hub}claim`.
pub(super) async fn post(form: UncheckedForm) -> Response {
    form.page.answer(take(&form).await)
}

async fn take(UncheckedForm { page, fields }: &UncheckedForm) -> PageResult {
    let code = page.query("code").unwrap_or_default();
    if !page.peer.is_local() {
        return Ok(draw(page, StatusCode::FORBIDDEN, &ClaimPage::Waiting));
    }
    page.check_form(fields)?;
    let name = fields.text("name");
    let user = match accounts::redeem_owner_link(&page.ctx, &code, name).await {
        Ok(user) => user,
        Err(error) => return refused(page, &code, name, error),
    };
    // The lead chooses a password where everybody does, by a link that is good for this once.
    match accounts::invite(&page.ctx, &user.name).await {
        Ok(invitation) => Ok(page.redirect(&invitation.path)),
        Err(error) if error.kind() == Kind::Conflict => Ok(page.redirect(&page.hub("login"))),
        Err(error) => Err(error.into()),
    }
}

fn refused(page: &PageCaller, code: &str, name: &str, error: Error) -> PageResult {
    let closed = |problem| ClaimPage::Closed { problem };
    match error.kind() {
        Kind::Invalid => {
            let form = form(page, code, name, Some(error.public().to_owned()));
            Ok(draw(page, StatusCode::BAD_REQUEST, &ClaimPage::Open(form)))
        }
        Kind::NotFound => Ok(draw(page, StatusCode::NOT_FOUND, &closed(LinkProblem::Unknown))),
        Kind::Conflict => Ok(draw(page, StatusCode::GONE, &closed(LinkProblem::Used))),
        Kind::Forbidden
        | Kind::Unauthenticated
        | Kind::Fixed
        | Kind::Limited(_)
        | Kind::Unavailable
        | Kind::Timeout
        | Kind::Internal => Err(error.into()),
    }
}

fn form(page: &PageCaller, code: &str, name: &str, name_error: Option<String>) -> ClaimForm {
    ClaimForm {
        action: format!("{}?code={}", page.hub("claim"), quote_path_part(code)),
        name: name.to_owned(),
        ask_password: false,
        rules: PasswordRules::default(),
        name_error,
        password_error: None,
    }
}

fn draw(page: &PageCaller, status: StatusCode, what: &ClaimPage) -> Response {
    page.html(status, page.ctx.pages.claim(&page.shell(), what))
}
