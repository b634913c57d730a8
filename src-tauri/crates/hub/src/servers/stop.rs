//! Asking for a stop, a deletion, or the last lines of a log.

use std::sync::Arc;
use std::time::Duration;

use labdeck_model::{Event, ServerKey, ServerState};
use labdeck_spawner::{SpawnerState, StopMode};
use labdeck_store::tables::spawners::{self, SpawnerRow};

use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::homes::Parting;
use crate::lifecycle::{Leaver, StopTicket};

/// Lines of a log that are handed out at the most.
pub const MOST_LOG_LINES: usize = 100_000;

/// How long a removal waits for a server to stop: the deadlines of the gentle way and of the hard one.
const REMOVAL_PATIENCE: Duration = Duration::from_secs(90);

/// Asks a server to stop; also calls off a start.
pub fn stop(ctx: &Context, key: &ServerKey, mode: StopMode) -> StopTicket {
    ctx.registry.stop(key, mode)
}

/// Stops a server and waits for it; answers how it is then.
///
/// # Errors
/// 504 when it does not come to rest.
pub async fn stop_and_wait(ctx: &Context, key: &ServerKey, mode: StopMode) -> Result<ServerState> {
    let mut ticket = ctx.registry.stop(key, mode);
    match ticket.ended_within(REMOVAL_PATIENCE).await {
        Some(snapshot) => Ok(snapshot.state().clone()),
        None => Err(Error::new(Kind::Timeout, format!("The server {key} does not stop. Look at its log."))),
    }
}

/// Deletes a named server for good. What its user saved in it is kept, packed or deleted, as `parting` says.
///
/// # Errors
/// 400 for the default server or one that runs; 404; 503 when its files cannot be packed or deleted now.
pub async fn delete(ctx: &Context, key: &ServerKey, parting: Parting) -> Result<()> {
    if key.server.is_default() {
        return Err(Error::invalid("Cannot delete the default server"));
    }
    let missing = || Error::not_found(format!("{} has no server named {:?}", key.user, key.server.as_str()));
    let leaver = Leaver::Server(key.clone());
    let removed_already = || Error::conflict(format!("{leaver}"));
    let _leaving = ctx.registry.leave(leaver.clone()).ok_or_else(removed_already)?;
    let row = super::find_row(ctx, key).await?.ok_or_else(missing)?;
    stop_and_wait(ctx, key, StopMode::Graceful).await?;
    let gone = vec![row.clone()];
    let parts = Arc::new(parting.prepare(ctx, &gone).await?);
    ctx.registry.forget(key).map_err(|_| Error::conflict(format!("The server {key} was started again meanwhile.")))?;
    let removed = row.clone();
    let (user, name, noted) = (key.user.clone(), key.server.to_string(), Arc::clone(&parts));
    ctx.store
        .write(move |tx| {
            noted.note(tx, parting, &gone)?;
            spawners::delete(tx, row.id)?;
            tx.emit(Event::ServerDeleted { user, name });
            Ok::<_, Error>(())
        })
        .await?;
    clear_away(ctx, &removed).await;
    parts.finish(ctx).await;
    Ok(())
}

/// Forgets what is known of a server that was deleted, so that a new one of its name begins with nothing. What its
/// user saved is not touched.
pub async fn clear_away(ctx: &Context, row: &SpawnerRow) {
    ctx.day.forget(&row.key);
    if ctx.registry.forget(&row.key).is_err() {
        tracing::error!(server.key = %row.key, "BUG: the server {} is active although it was deleted", row.key);
    }
    ctx.board.forget(&row.key);
    for spawner in ctx.spawners.all() {
        if let Err(error) = spawner.forget_run(&row.key).await {
            let key = &row.key;
            tracing::warn!(server.key = %key, %error, "The log of {key}, which was deleted, is still there");
        }
    }
}

/// The last lines that a server wrote; of a server that is gone, the lines kept with its end.
///
/// # Errors
/// 404; 503 when they cannot be read now.
pub async fn log_lines(ctx: &Context, key: &ServerKey, lines: usize) -> Result<Vec<String>> {
    let missing = || Error::not_found(format!("There is no server {key}."));
    let row = super::find_row(ctx, key).await?.ok_or_else(missing)?;
    let snapshot = ctx.registry.find(key);
    let state = snapshot.as_ref().and_then(|snapshot| snapshot.record.spawner_state.clone());
    let state = state.or_else(|| row.run.state.clone().map(SpawnerState));
    let spawner = row.spawner_kind.as_deref().and_then(|kind| ctx.spawners.find(kind));
    if let (Some(spawner), Some(state)) = (spawner, state) {
        match spawner.logs(&state, lines).await {
            Ok(found) if !found.is_empty() => return Ok(found),
            Ok(_) => {}
            Err(error) => tracing::debug!(server.key = %key, error = %error, "No log of {key} from its driver"),
        }
    }
    match super::state_of(ctx, &row) {
        ServerState::Failed { failure, .. } => Ok(failure.log),
        ServerState::Stopped { last_exit } => Ok(last_exit.map(|exit| exit.log).unwrap_or_default()),
        ServerState::Queued { .. }
        | ServerState::Starting { .. }
        | ServerState::Waiting { .. }
        | ServerState::Routing { .. }
        | ServerState::Ready { .. }
        | ServerState::Stopping { .. }
        | ServerState::Checking { .. } => Ok(Vec::new()),
    }
}
