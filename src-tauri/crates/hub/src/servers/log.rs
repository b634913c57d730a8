//! A server's log as it is written; and who stopped it, in words.

use futures_util::StreamExt as _;
use labdeck_model::ServerKey;
use labdeck_spawner::{LogLines, SpawnerState, StopMode};

use crate::authz::{Caller, Who};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::lifecycle::{StopCause, StopTicket};

/// The last lines of a server's log and then each new one. Of a server that is gone: the lines kept with its end.
///
/// # Errors
/// 404; 503 when it cannot be read now.
pub async fn follow_log(ctx: &Context, key: &ServerKey, lines: usize) -> Result<LogLines> {
    let missing = || Error::not_found(format!("There is no server {key}."));
    let row = super::find_row(ctx, key).await?.ok_or_else(missing)?;
    let snapshot = ctx.registry.find(key).filter(|snapshot| snapshot.state().is_active());
    let state = snapshot.as_ref().and_then(|snapshot| snapshot.record.spawner_state.clone());
    let state = state.or_else(|| snapshot.and_then(|_| row.run.state.clone().map(SpawnerState)));
    let spawner = row.spawner_kind.as_deref().and_then(|kind| ctx.spawners.find(kind));
    if let (Some(spawner), Some(state)) = (spawner, state) {
        match spawner.follow_log(&state, lines).await {
            Ok(stream) => return Ok(stream),
            Err(error) => tracing::debug!(server.key = %key, error = %error, "Cannot follow the log of {key}"),
        }
    }
    let kept = super::log_lines(ctx, key, lines).await?;
    Ok(futures_util::stream::iter(kept.into_iter().map(Ok)).boxed())
}

/// Asks a server to stop for somebody, whom its user can read afterwards; also calls off a start.
pub fn stop_for(ctx: &Context, key: &ServerKey, mode: StopMode, by: &Caller) -> StopTicket {
    let (rule, words) = match &by.who {
        Who::User(user) if user.name == key.user => return ctx.registry.stop(key, mode),
        Who::User(user) => ("asked", format!("It was stopped by {}.", user.name)),
        Who::Window => ("asked", "It was stopped by the person who runs the hub.".to_owned()),
        Who::Service(service) => ("service", format!("It was stopped by the service {}.", service.name)),
    };
    ctx.registry.stop_because(key, mode, StopCause::Culled { rule: rule.to_owned(), words })
}
