//! Why nothing answers here, with a Start button for those who may.

use http::StatusCode;
use labdeck_model::ServerState;
use labdeck_model::scope::{ScopeBase, Target};

use super::caller::{PageCaller, Reader};
use super::error::PageResult;
use super::server::{Catalogue, Found};
use super::view::{NotRunningPage, StopNote};
use crate::error::Error;
use crate::servers;

/// So many lines of the history are looked through for what led to an end.
const HISTORY: u32 = 50;

/// The page of a server at rest.
///
/// # Errors
/// When the store fails.
pub(super) async fn draw(
    page: &PageCaller,
    reader: &Reader<'_>,
    found: &Found,
    next: Option<String>,
    status: StatusCode,
) -> PageResult {
    let catalogue = Catalogue::load(&page.ctx).await?;
    let moment = page.moment();
    let (failure, stopped) = match &found.state {
        ServerState::Failed { failure, .. } => (Some(failure.clone()), None),
        ServerState::Stopped { last_exit } => (None, last_exit.as_ref()),
        ServerState::Queued { .. }
        | ServerState::Starting { .. }
        | ServerState::Waiting { .. }
        | ServerState::Routing { .. }
        | ServerState::Ready { .. }
        | ServerState::Stopping { .. }
        | ServerState::Checking { .. } => (None, None),
    };
    let history = servers::history::list(&page.ctx.store, &found.key, HISTORY).await.map_err(Error::from)?;
    let not_running = NotRunningPage {
        owner: found.key.user.to_string(),
        yours: found.key.user == *reader.name,
        may_start: reader.caller.may(&ScopeBase::StartServers, Target::Server(&found.key)),
        name: found.key.server.to_string(),
        stack: found.stack().map(str::to_owned),
        stack_title: catalogue.title(found.stack()),
        several_stacks: catalogue.has_several(found.spawner()),
        stopped: stopped.map(|exit| StopNote::new(exit, &history, moment)),
        failure,
        next,
        links: found.links.clone(),
    };
    Ok(page.html(status, page.ctx.pages.not_running(&page.shell(), &not_running)))
}
