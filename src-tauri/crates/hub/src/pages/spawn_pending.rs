//! Following a start or a stop. Never starts anything.

use axum::response::Response;
use futures_util::FutureExt as _;
use http::StatusCode;
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{ServerState, StartStep, StopReason};

use super::caller::{PageCaller, Reader};
use super::error::PageResult;
use super::not_running;
use super::server::{Catalogue, Found, ServerPath};
use super::view::{SpawnPendingPage, StopPendingPage};
use crate::lifecycle::ProgressEvent;

/// `GET {hub}spawn-pending/{name}`, `{hub}spawn-pending/{name}/{server}`.
pub(super) async fn get(page: PageCaller, of: ServerPath) -> Response {
    page.answer(show(&page, of).await)
}

async fn show(page: &PageCaller, of: ServerPath) -> PageResult {
    let reader = page.require_login()?;
    let key = of.key(&reader)?;
    reader.caller.require(&ScopeBase::StartServers, Target::Server(&key))?;
    let found = Found::load(page, key).await?;
    match &found.state {
        ServerState::Ready { .. } => Ok(page.redirect(&found.destination(page.next()))),
        ServerState::Queued { .. } => starting(page, &reader, &found, StartStep::Queued).await,
        ServerState::Starting { step, .. } => starting(page, &reader, &found, *step).await,
        ServerState::Waiting { .. } | ServerState::Routing { .. } | ServerState::Checking { .. } => {
            starting(page, &reader, &found, StartStep::Booting).await
        }
        ServerState::Stopping { reason, .. } => Ok(stopping(page, &reader, &found, reason)),
        ServerState::Failed { .. } => {
            not_running::draw(page, &reader, &found, page.next(), StatusCode::INTERNAL_SERVER_ERROR).await
        }
        ServerState::Stopped { .. } => not_running::draw(page, &reader, &found, page.next(), StatusCode::OK).await,
    }
}

async fn starting(page: &PageCaller, reader: &Reader<'_>, found: &Found, step: StartStep) -> PageResult {
    let catalogue = Catalogue::load(&page.ctx).await?;
    let told = told_so_far(page, found);
    let last = told.last();
    let pending = SpawnPendingPage {
        owner: found.key.user.to_string(),
        yours: found.key.user == *reader.name,
        name: found.key.server.to_string(),
        stack_title: catalogue.title(found.stack()),
        step,
        percent: last.map(|event| event.progress).filter(|percent| *percent > 0),
        message: message(found, last),
        elapsed_seconds: elapsed(page, found),
        usual_seconds: found.view.as_ref().and_then(|view| view.labdeck_usual_seconds).map(u64::from),
        log: told.into_iter().map(|event| event.message).collect(),
        links: found.links.clone(),
    };
    Ok(page.html(StatusCode::OK, page.ctx.pages.spawn_pending(&page.shell(), &pending)))
}

/// What it waits for, else what it told last.
fn message(found: &Found, last: Option<&ProgressEvent>) -> String {
    let waiting = found.view.as_ref().and_then(|view| view.labdeck_waiting.as_ref());
    let told = waiting.map(|waiting| waiting.message.clone()).or_else(|| last.map(|event| event.message.clone()));
    told.unwrap_or_else(|| "Server requested".to_owned())
}

/// What the start has reported up to now, without waiting for more.
fn told_so_far(page: &PageCaller, found: &Found) -> Vec<ProgressEvent> {
    let Some(mut reader) = page.ctx.registry.progress(&found.key) else { return Vec::new() };
    std::iter::from_fn(|| reader.next().now_or_never().flatten()).collect()
}

fn stopping(page: &PageCaller, reader: &Reader<'_>, found: &Found, reason: &StopReason) -> Response {
    let start_failed = matches!(reason, StopReason::StartFailed { .. });
    let reason = match reason {
        StopReason::Asked => None,
        StopReason::Restart => Some("It is started again right after that.".to_owned()),
        StopReason::Culled { words, .. } => Some(words.clone()),
        StopReason::StartFailed { failure } => Some(failure.message.clone()),
        StopReason::Died { exit } => Some(exit.reason.clone()),
        StopReason::Shutdown => Some("The hub is shutting down.".to_owned()),
    };
    let stop = StopPendingPage {
        owner: found.key.user.to_string(),
        yours: found.key.user == *reader.name,
        name: found.key.server.to_string(),
        start_failed,
        reason,
        elapsed_seconds: elapsed(page, found),
    };
    page.html(StatusCode::OK, page.ctx.pages.stop_pending(&page.shell(), &stop))
}

fn elapsed(page: &PageCaller, found: &Found) -> u64 {
    found.state.since().map_or(0, |since| page.moment().seconds_since(since))
}
