//! Starting a server: the choice of stacks, and the form that starts. A GET never starts anything.

use axum::response::Response;
use http::StatusCode;
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{Failure, quote_path_part};
use serde_json::{Value, json};

use super::caller::{PageCaller, Reader};
use super::error::{PageResult, add_retry_after};
use super::form::{Fields, PostedForm};
use super::server::{Catalogue, Found, ServerPath};
use super::view::SpawnPage;
use crate::api::{public_text, status_of};
use crate::error::{Error, Kind, Result};
use crate::servers::{self, StartWish};

/// `GET {hub}spawn`, `{hub}spawn/{name}`, `{hub}spawn/{name}/{server}`.
pub(super) async fn get(page: PageCaller, of: ServerPath) -> Response {
    page.answer(show(&page, of).await)
}

async fn show(page: &PageCaller, of: ServerPath) -> PageResult {
    let reader = page.require_login()?;
    let found = find(page, &reader, of).await?;
    if found.state.is_ready() {
        return Ok(page.redirect(&found.destination(page.next())));
    }
    if found.state.is_active() {
        return Ok(page.redirect(&pending_url(&found, page.next().as_deref())));
    }
    let failure = found.view.as_ref().and_then(|view| view.labdeck_failure.clone());
    draw(page, &reader, &found, failure, StatusCode::OK).await
}

/// `POST` to the same.
pub(super) async fn post(of: ServerPath, PostedForm { page, fields }: PostedForm) -> Response {
    page.answer(start(&page, of, &fields).await)
}

async fn start(page: &PageCaller, of: ServerPath, fields: &Fields) -> PageResult {
    let reader = page.require_login()?;
    let found = find(page, &reader, of).await?;
    let next = page.next().or_else(|| fields.find("next").and_then(|next| page.checked_next(next)));
    let wish = StartWish { user_options: options(fields), display_name: None };
    match servers::start(&page.ctx, reader.caller, &found.key, wish).await {
        Ok(_) => Ok(page.redirect(&pending_url(&found, next.as_deref()))),
        Err(error) => refused(page, &reader, &found, &error).await,
    }
}

/// The server, if the reader may start it.
async fn find(page: &PageCaller, reader: &Reader<'_>, of: ServerPath) -> Result<Found> {
    let key = of.key(reader)?;
    reader.caller.require(&ScopeBase::StartServers, Target::Server(&key))?;
    Found::load(page, key).await
}

/// What the form chose; nothing chosen repeats the last choice.
fn options(fields: &Fields) -> Value {
    match fields.text("stack") {
        "" => Value::Null,
        stack => json!({ "stack": stack }),
    }
}

async fn refused(page: &PageCaller, reader: &Reader<'_>, found: &Found, error: &Error) -> PageResult {
    let failure = Failure::new("refused", public_text(error), "");
    let mut response = draw(page, reader, found, Some(failure), status_of(error.kind())).await?;
    if let Kind::Limited(after) = error.kind() {
        add_retry_after(&mut response, after.as_secs());
    }
    Ok(response)
}

async fn draw(
    page: &PageCaller,
    reader: &Reader<'_>,
    found: &Found,
    failure: Option<Failure>,
    status: StatusCode,
) -> PageResult {
    let catalogue = Catalogue::load(&page.ctx).await?;
    let asked = page.query("stack");
    let spawn = SpawnPage {
        owner: found.key.user.to_string(),
        yours: found.key.user == *reader.name,
        name: found.key.server.to_string(),
        stacks: catalogue.cards(found.spawner(), asked.as_deref().or(found.stack())),
        failure,
        next: page.next(),
        links: found.links.clone(),
    };
    Ok(page.html(status, page.ctx.pages.spawn(&page.shell(), &spawn)))
}

/// Where a start or stop is followed.
pub(super) fn pending_url(found: &Found, next: Option<&str>) -> String {
    match next {
        Some(next) => format!("{}?next={}", found.links.pending, quote_path_part(next)),
        None => found.links.pending.clone(),
    }
}
