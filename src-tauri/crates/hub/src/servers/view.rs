//! A server as the API and the pages show it: the stored row and the live state, joined.

use labdeck_model::{ServerState, ServerView};
use labdeck_store::tables::spawners::SpawnerRow;
use serde_json::Value;

use super::board::Live;

/// Joins what is stored and what is going on. `base_url` is the hub's, with slashes at both ends.
pub fn view(row: &SpawnerRow, live: &Live, base_url: &str) -> ServerView {
    let (key, state) = (&row.key, &live.state);
    let started = match state {
        ServerState::Ready { started, .. } => Some(*started),
        other => other.is_active().then(|| other.since()).flatten(),
    };
    let (failure, last_exit) = match state {
        ServerState::Failed { failure, .. } => (Some(failure.clone()), None),
        ServerState::Stopped { last_exit } => (None, last_exit.clone()),
        ServerState::Queued { .. }
        | ServerState::Starting { .. }
        | ServerState::Waiting { .. }
        | ServerState::Routing { .. }
        | ServerState::Ready { .. }
        | ServerState::Stopping { .. }
        | ServerState::Checking { .. } => (None, None),
    };
    ServerView {
        name: key.server.to_string(),
        display_name: row.display_name.clone(),
        full_name: key.full_name(),
        last_activity: row.last_activity,
        started,
        pending: state.pending(),
        ready: state.is_ready(),
        stopped: state.is_stopped(),
        url: key.path_below(base_url),
        user_options: if row.user_options.is_null() {
            Value::Object(serde_json::Map::default())
        } else {
            row.user_options.clone()
        },
        progress_url: progress_url(row, base_url),
        full_url: None,
        full_progress_url: None,
        state: None,
        labdeck_state: state.word().to_owned(),
        labdeck_since: state.since(),
        labdeck_failure: failure,
        labdeck_last_exit: last_exit,
        labdeck_stack: row.stack.clone(),
        labdeck_spawner: row.spawner_kind.clone(),
        labdeck_grant: row.grant.clone(),
        labdeck_waiting: live.waiting.clone(),
        labdeck_usual_seconds: live.usual_seconds,
        labdeck_engine_gone: live.engine_gone,
        labdeck_stops: live.stops.clone(),
        labdeck_awake_until: row.awake_until,
        labdeck_notices: live.notices.clone(),
    }
}

fn progress_url(row: &SpawnerRow, base_url: &str) -> String {
    let user = labdeck_model::quote_path_part(row.key.user.as_str());
    match row.key.server.as_str() {
        "" => format!("{base_url}hub/api/users/{user}/server/progress"),
        server => format!("{base_url}hub/api/users/{user}/servers/{server}/progress"),
    }
}
