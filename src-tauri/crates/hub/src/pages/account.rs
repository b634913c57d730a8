//! The account page: where one is signed in, and another password.

use axum::response::Response;
use http::StatusCode;
use labdeck_model::SessionId;

use super::caller::{PageCaller, Reader};
use super::device::device;
use super::error::PageResult;
use super::form::{Fields, PostedForm};
use super::home::visits;
use super::invitation::password_rules;
use super::view::{AccountPage, Notice, SessionRow};
use crate::accounts;
use crate::error::{Error, Kind};

/// The list of visits is the record, so it goes further back than the one on the home page.
const SHOWN_VISITS: u32 = 100;

/// What went wrong with a new password.
#[derive(Debug, Default)]
struct Refused {
    old_password: Option<String>,
    password: Option<String>,
    notice: Option<Notice>,
}

/// `GET {hub}account`.
pub(super) async fn get(page: PageCaller) -> Response {
    page.answer(show(&page).await)
}

async fn show(page: &PageCaller) -> PageResult {
    let reader = page.require_full_login()?;
    let done = page.query("done");
    let notice = done.and_then(|done| Some(Notice::ready(words_of(&done)?)));
    draw(page, &reader, StatusCode::OK, Refused { notice, ..Refused::default() }).await
}

fn words_of(done: &str) -> Option<&'static str> {
    match done {
        "password" => Some("The password is changed. Everywhere else you sign in again."),
        "session" => Some("That browser is signed out."),
        "others" => Some("You are signed out everywhere else."),
        _ => None,
    }
}

/// `POST {hub}account/password`.
pub(super) async fn change_password(PostedForm { page, fields }: PostedForm) -> Response {
    page.answer(set_password(&page, &fields).await)
}

async fn set_password(page: &PageCaller, fields: &Fields) -> PageResult {
    let reader = page.require_full_login()?;
    if !fields.passwords_agree() {
        let password = Some("The two passwords are not the same.".to_owned());
        return draw(page, &reader, StatusCode::BAD_REQUEST, Refused { password, ..Refused::default() }).await;
    }
    let (old, new) = (fields.text("old_password"), fields.text("password"));
    let Err(error) = accounts::change_password(&page.ctx, reader.caller, old, new).await else {
        return Ok(page.redirect(&format!("{}?done=password", page.hub("account"))));
    };
    let words = error.public().to_owned();
    let (status, refused) = match error.kind() {
        Kind::Forbidden => (StatusCode::FORBIDDEN, Refused { old_password: Some(words), ..Refused::default() }),
        Kind::Invalid => (StatusCode::BAD_REQUEST, Refused { password: Some(words), ..Refused::default() }),
        Kind::Conflict => (StatusCode::CONFLICT, Refused { notice: Some(Notice::failed(words)), ..Refused::default() }),
        Kind::NotFound
        | Kind::Unauthenticated
        | Kind::Fixed
        | Kind::Limited(_)
        | Kind::Unavailable
        | Kind::Timeout
        | Kind::Internal => return Err(error.into()),
    };
    draw(page, &reader, status, refused).await
}

/// `POST {hub}account/sessions/revoke`.
pub(super) async fn revoke_session(PostedForm { page, fields }: PostedForm) -> Response {
    page.answer(end_session(&page, &fields).await)
}

async fn end_session(page: &PageCaller, fields: &Fields) -> PageResult {
    let reader = page.require_full_login()?;
    let wanted = fields.text("session");
    if wanted == "others" {
        if let Some(present) = reader.caller.session() {
            accounts::end_other_sessions(&page.ctx, reader.id, present.id).await?;
        }
        return Ok(page.redirect(&format!("{}?done=others", page.hub("account"))));
    }
    let id = wanted.parse().map(SessionId).map_err(|_| Error::invalid("Which browser is meant, is not clear."))?;
    accounts::end_session(&page.ctx, reader.id, id).await?;
    Ok(page.redirect(&format!("{}?done=session", page.hub("account"))))
}

async fn draw(page: &PageCaller, reader: &Reader<'_>, status: StatusCode, refused: Refused) -> PageResult {
    let moment = page.moment();
    let present = reader.caller.session().map(|session| session.id);
    let sessions = accounts::list_sessions(&page.ctx, reader.id).await?;
    let account = AccountPage {
        notice: refused.notice,
        has_password: accounts::has_password(&page.ctx, reader.id).await?,
        rules: password_rules(),
        old_password_error: refused.old_password,
        password_error: refused.password,
        sessions: sessions
            .into_iter()
            .map(|session| SessionRow {
                id: session.id.to_string(),
                device: device(&session.user_agent),
                address: Some(session.peer),
                started: moment.words(session.created),
                last_seen: Some(moment.words(session.last_seen)),
                current: Some(session.id) == present,
            })
            .collect(),
        visits: visits(page, reader, SHOWN_VISITS).await?,
    };
    Ok(page.html(status, page.ctx.pages.account(&page.shell(), &account)))
}
