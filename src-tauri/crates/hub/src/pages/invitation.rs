//! The page behind an invitation or a new sign-in link: choose a password, and be in.

use axum::response::Response;
use http::StatusCode;
use labdeck_auth::password::MIN_CHARS;
use labdeck_model::quote_path_part;

use super::caller::PageCaller;
use super::error::PageResult;
use super::form::PostedForm;
use super::view::{InvitationForm, InvitationKind, InvitationPage, LinkProblem, PasswordRules, Shell};
use crate::accounts;
use crate::error::Kind;

/// What a new password must satisfy, as `labdeck_auth::password` checks it.
pub(super) fn password_rules() -> PasswordRules {
    PasswordRules {
        lines: vec![
            format!("At least {MIN_CHARS} characters; three or four words in a row are fine"),
            "Not your name, and not one that others would try first".to_owned(),
        ],
        min_chars: u32::try_from(MIN_CHARS).unwrap_or(u32::MAX),
    }
}

/// `GET {hub}invitation`.
pub(super) async fn get(page: PageCaller) -> Response {
    let code = page.query("code").unwrap_or_default();
    page.answer(show(&page, &code, None).await)
}

/// `POST {hub}invitation`.
pub(super) async fn post(PostedForm { page, fields }: PostedForm) -> Response {
    let code = page.query("code").unwrap_or_default();
    if !fields.passwords_agree() {
        return page.answer(show(&page, &code, Some("The two passwords are not the same.")).await);
    }
    page.answer(accept(&page, &code, fields.text("password")).await)
}

async fn accept(page: &PageCaller, code: &str, password: &str) -> PageResult {
    match accounts::accept(&page.ctx, code, password, page.browser()).await {
        Ok(signed_in) => {
            page.end_session().await?;
            Ok(page.enter(&signed_in, &page.hub("home")))
        }
        Err(error) if error.kind() == Kind::Invalid => show(page, code, Some(error.public())).await,
        Err(error) if error.kind() == Kind::NotFound => Ok(closed(page)),
        Err(error) => Err(error.into()),
    }
}

async fn show(page: &PageCaller, code: &str, error: Option<&str>) -> PageResult {
    let Some((user, end)) = accounts::find_invitation(&page.ctx, code).await? else { return Ok(closed(page)) };
    let known = accounts::has_password(&page.ctx, user.id).await?;
    let form = InvitationForm {
        action: format!("{}?code={}", page.hub("invitation"), quote_path_part(code)),
        username: user.name.to_string(),
        kind: if known { InvitationKind::SignIn } else { InvitationKind::Invitation },
        invited_by: None,
        expires: Some(page.moment().words(end)),
        rules: password_rules(),
        error: error.map(str::to_owned),
    };
    let status = if error.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(draw(page, status, &InvitationPage::Open(form)))
}

/// Used, ended and never made are one to whoever brings a wrong code.
fn closed(page: &PageCaller) -> Response {
    draw(page, StatusCode::NOT_FOUND, &InvitationPage::Closed { problem: LinkProblem::Unknown, invited_by: None })
}

fn draw(page: &PageCaller, status: StatusCode, what: &InvitationPage) -> Response {
    // Whoever is signed in here is not the one whom the link is for.
    let shell = Shell { user: None, ..page.shell() };
    page.html(status, page.ctx.pages.invitation(&shell, what))
}
