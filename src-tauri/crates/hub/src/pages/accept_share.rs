//! `{hub}accept-share?code=…`: somebody followed a link to a server that is shared. Nothing is taken without a click.

use axum::response::Response;
use http::StatusCode;

use super::caller::{PageCaller, Reader};
use super::error::PageResult;
use super::form::{Fields, PostedForm};
use super::view::AcceptSharePage;
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
    let row = sharing::find_code(&page.ctx, reader.caller, &code).await?;
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

/// `POST`: to the server, or where the link's `next` said.
pub(super) async fn post(PostedForm { page, fields }: PostedForm) -> Response {
    page.answer(take(&page, &fields).await)
}

async fn take(page: &PageCaller, fields: &Fields) -> PageResult {
    let reader: Reader<'_> = page.require_full_login()?;
    let accepted = sharing::accept(&page.ctx, reader.caller, fields.text("code")).await;
    // To a form JupyterHub answers 400 for what its page answers 404 and 403.
    let key = accepted.map_err(|error| match error.kind() {
        Kind::NotFound | Kind::Forbidden => Error::invalid(error.public().to_owned()),
        _ => error,
    })?;
    let next = page.checked_next(fields.text("next")).filter(|_| !fields.text("next").is_empty());
    Ok(page.redirect(&next.unwrap_or_else(|| key.path_below(page.base()))))
}
