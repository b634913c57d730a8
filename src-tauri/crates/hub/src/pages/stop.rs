//! The Stop button, which also gives a start up.

use std::time::Duration;

use axum::response::Response;
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_spawner::StopMode;

use super::caller::PageCaller;
use super::error::PageResult;
use super::form::PostedForm;
use super::server::{Found, ServerPath};
use super::spawn::pending_url;
use crate::servers;

/// Most stops are done after this; then nobody has to look at a page about it.
const PATIENCE: Duration = Duration::from_secs(2);

/// `POST {hub}stop/{name}`, `{hub}stop/{name}/{server}`.
pub(super) async fn post(of: ServerPath, PostedForm { page, .. }: PostedForm) -> Response {
    page.answer(stop(&page, of).await)
}

async fn stop(page: &PageCaller, of: ServerPath) -> PageResult {
    let reader = page.require_login()?;
    let key = of.key(&reader)?;
    reader.caller.require(&ScopeBase::DeleteServers, Target::Server(&key))?;
    let found = Found::load(page, key).await?;
    let mut ticket = servers::stop_for(&page.ctx, &found.key, StopMode::Graceful, reader.caller);
    match ticket.ended_within(PATIENCE).await {
        Some(_) => Ok(page.redirect(&page.hub("home"))),
        None => Ok(page.redirect(&pending_url(&found, None))),
    }
}
