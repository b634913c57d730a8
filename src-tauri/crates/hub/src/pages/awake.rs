//! Keeping a server awake, without script: a page to choose for how long, and the form behind every such button.

use axum::response::Response;
use http::StatusCode;
use labdeck_model::scope::{ScopeBase, Target};

use super::caller::{PageCaller, Reader};
use super::error::PageResult;
use super::form::{Fields, PostedForm};
use super::server::{Found, ServerPath};
use super::view::{AwakePage, Care};
use crate::api::{public_text, status_of};
use crate::idle;

/// `GET {hub}awake/{name}`, `{hub}awake/{name}/{server}`.
pub(super) async fn get(page: PageCaller, of: ServerPath) -> Response {
    page.answer(show(&page, of).await)
}

async fn show(page: &PageCaller, of: ServerPath) -> PageResult {
    let reader = page.require_login()?;
    let found = find(page, &reader, of).await?;
    Ok(draw(page, &reader, &found, None, StatusCode::OK))
}

/// `POST` to the same: `hours`; 0 lets the rules rule again.
pub(super) async fn post(of: ServerPath, PostedForm { page, fields }: PostedForm) -> Response {
    page.answer(keep(&page, of, &fields).await)
}

async fn keep(page: &PageCaller, of: ServerPath, fields: &Fields) -> PageResult {
    let reader = page.require_login()?;
    let found = find(page, &reader, of).await?;
    let hours = fields.text("hours").trim().parse().unwrap_or(u32::MAX);
    let limit = match reader.caller.may(&ScopeBase::AdminServers, Target::Hub) {
        true => idle::LEAD_HOURS,
        false => idle::OWN_HOURS,
    };
    match idle::keep_awake(&page.ctx, &found.key, Some(hours).filter(|&hours| hours > 0), limit).await {
        Ok(_) => Ok(page.redirect(&page.hub("home"))),
        Err(error) => Ok(draw(page, &reader, &found, Some(public_text(&error)), status_of(error.kind()))),
    }
}

async fn find(page: &PageCaller, reader: &Reader<'_>, of: ServerPath) -> Result<Found, super::error::Stop> {
    let key = of.key(reader)?;
    reader.caller.require(&ScopeBase::StartServers, Target::Server(&key))?;
    Ok(Found::load(page, key).await?)
}

fn draw(page: &PageCaller, reader: &Reader<'_>, found: &Found, error: Option<String>, status: StatusCode) -> Response {
    let awake = AwakePage {
        owner: found.key.user.to_string(),
        yours: found.key.user == *reader.name,
        name: found.key.server.to_string(),
        runs: found.state.is_ready(),
        care: found.view.as_ref().map(|view| Care::new(view, page.moment())).unwrap_or_default(),
        error,
        links: found.links.clone(),
    };
    page.html(status, page.ctx.pages.awake(&page.shell(), &awake))
}
