//! `{hub}accept-share?code=…`: somebody followed a link to a server that is shared. Nothing is taken without a click.

use axum::response::Response;
use http::StatusCode;
use labdeck_model::ServerKey;

use super::caller::{PageCaller, Reader};
use super::error::PageResult;
use super::form::{Fields, PostedForm};
use super::view::{AcceptSharePage, ErrorPage, NextStep};
use crate::authz::share_scopes;
use crate::error::{Error, Kind};
use crate::sharing;

/// `GET`.
pub(super) async fn get(page: PageCaller) -> Response {
    page.answer(ask(&page).await)
}

async fn ask(page: &PageCaller) -> PageResult {
    let reader = page.require_full_login()?;
    let code = page.query("code").ok_or_else(|| Error::invalid("Missing argument code"))?;
    let row = match sharing::find_code(&page.ctx, &code).await {
        Ok(row) => row,
        Err(error) if error.kind() == Kind::NotFound => return Ok(ended(page, StatusCode::NOT_FOUND, &error)),
        Err(error) => return Err(error.into()),
    };
    if reader.caller.is(&row.server.user) {
        return Ok(own(page, StatusCode::FORBIDDEN, &row.server));
    }
    let state = page.ctx.registry.find(&row.server);
    let shown = AcceptSharePage {
        code,
        next: page.next().unwrap_or_default(),
        owner: row.server.user.to_string(),
        server: row.server.server.to_string(),
        url: row.server.path_below(page.base()),
        ready: state.is_some_and(|snapshot| snapshot.state().is_ready()),
        allows: sharing::words(&share_scopes(&row.scopes, &row.server)),
    };
    Ok(page.html(StatusCode::OK, page.ctx.pages.accept_share(&page.shell(), &shown)))
}

/// The page for a link that gives nothing any more, or never did.
fn ended(page: &PageCaller, status: StatusCode, error: &Error) -> Response {
    if page.prefers_json() {
        return page.refuse(status, error.public());
    }
    let shown = ErrorPage {
        title: "This link leads nowhere".to_owned(),
        message: "It was withdrawn, its time is over, or it was not copied whole.".to_owned(),
        remedy: "Ask who sent it for a new one.".to_owned(),
        ..ErrorPage::of_status(status.as_u16())
    };
    page.error_page(status, &shown)
}

/// The page for who follows a link of their own.
fn own(page: &PageCaller, status: StatusCode, server: &ServerKey) -> Response {
    if page.prefers_json() {
        return page.refuse(status, "You can't share with yourself!");
    }
    let shown = ErrorPage {
        title: "This is a link to your own server".to_owned(),
        message: "It is for others: send it to whom you want to let in.".to_owned(),
        remedy: String::new(),
        next_step: Some(NextStep { label: "Open my server".to_owned(), url: server.path_below(page.base()) }),
        ..ErrorPage::of_status(status.as_u16())
    };
    page.error_page(status, &shown)
}

/// `POST`: to the server, or where the link's `next` said.
pub(super) async fn post(PostedForm { page, fields }: PostedForm) -> Response {
    page.answer(take(&page, &fields).await)
}

async fn take(page: &PageCaller, fields: &Fields) -> PageResult {
    let reader: Reader<'_> = page.require_full_login()?;
    // To a form JupyterHub answers 400 for what its page answers 404 and 403.
    let key = match sharing::accept(&page.ctx, reader.caller, fields.text("code")).await {
        Ok(key) => key,
        Err(error) if error.kind() == Kind::NotFound => return Ok(ended(page, StatusCode::BAD_REQUEST, &error)),
        Err(error) if error.kind() == Kind::Forbidden => {
            return Err(Error::invalid(error.public().to_owned()).into());
        }
        Err(error) => return Err(error.into()),
    };
    let next = page.checked_next(fields.text("next")).filter(|_| !fields.text("next").is_empty());
    Ok(page.redirect(&next.unwrap_or_else(|| key.path_below(page.base()))))
}
