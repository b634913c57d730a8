//! [`HubPorts`]: the hub's side of the lifecycle: where tokens are minted, records written, routes added and events
//! published. Owns how a server's life appears in the store.

use std::sync::Arc;

use async_trait::async_trait;
use labdeck_model::scope::{Owner, find_base_role, resolve_owner};
use labdeck_model::{Event, Failure, LastExit, ServerKey, ServerState, StopReason};
use labdeck_proxy::{RouteTable, Routespec, Target};
use labdeck_spawner::{HubFacts, SpawnRequest, Spawner, SpawnerState};
use labdeck_store::tables::oauth_clients::{self, NewClient};
use labdeck_store::tables::spawners::{self, Phase, Run, SpawnerRow};
use labdeck_store::tables::tokens::{self, NewToken, TokenOwner};
use labdeck_store::{Store, StoreError, TokenHash, Tx, generate_token};
use tokio::time::Instant;

use super::routes::{add_route, find_session_names};
use super::{Board, Deeds, Doors, history, learning, view};
use crate::config::Config;
use crate::events::Bus;
use crate::lifecycle::{BoxError, Minted, Ports, Prober, Readiness, Record, Snapshot, StartOptions, StartTimes};
use crate::metrics::Outcome;
use crate::resources::{CardUse, card_variables};

/// What the lifecycle touches of this hub.
#[derive(Debug)]
pub struct HubPorts {
    /// The database.
    pub store: Store,
    /// The settings.
    pub config: Config,
    /// Where events go.
    pub bus: Bus,
    /// The proxy's routes.
    pub routes: RouteTable,
    /// The drivers.
    pub drivers: Vec<Arc<dyn Spawner>>,
    /// Where servers reach the hub.
    pub doors: Arc<Doors>,
    /// What is pinned about servers.
    pub board: Arc<Board>,
    /// Asks servers whether they serve.
    pub prober: Prober,
    /// Whom to tell what was done.
    pub deeds: Deeds,
    /// The hub's lasting identity.
    pub hub_id: String,
}

// === impl HubPorts ===

impl HubPorts {
    fn request(&self, key: &ServerKey, home: String, options: &StartOptions, hub: HubFacts) -> SpawnRequest {
        let settings = self.config.common(options.spawner.kind());
        SpawnRequest {
            key: key.clone(),
            home,
            hub_id: self.hub_id.clone(),
            stack: options.stack.clone(),
            limits: options.grant.limits,
            hub,
            cmd: settings.cmd.clone(),
            args: settings.args.clone(),
            environment: settings.environment.clone(),
            user_options: options.user_options.clone(),
            default_url: settings.default_url.clone(),
            mounts: options.mounts.clone(),
            gpus: options.grant.gpus.clone(),
            groups: options.groups.clone(),
        }
    }

    /// The API as the server reaches it: where the configuration says, or through a door that is opened for it.
    async fn api_url(&self, options: &StartOptions) -> Result<String, Failure> {
        if let Some(url) = self.config.connect_url(options.spawner.kind()) {
            return Ok(format!("{url}{}hub/api", self.config.base_url));
        }
        let access = options.spawner.hub_access().await.map_err(|error| error.failure())?;
        self.doors.api_url(&access).await.map_err(|error| {
            let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            Failure::new(
                "hub_unreachable",
                format!("{error}: {source}"),
                "Another program may use that port. Restart Labdeck to choose anew.",
            )
        })
    }

    async fn route(&self, key: &ServerKey, url: &str) -> Result<(), Failure> {
        let spec = self.routespec(key)?;
        let target = Target::parse(url).map_err(|error| {
            Failure::new("route", format!("The server's address cannot be routed: {error}"), "Start it again.")
        })?;
        let unread = |error: StoreError| {
            Failure::new("store", format!("Who was shut out of the server cannot be read: {error}."), "Start it again.")
        };
        let read = || find_session_names(self.store.clone(), key.clone());
        add_route(&self.routes, spec, target, key, read).await.map_err(unread)
    }

    /// The proxy's name for a server's path.
    fn routespec(&self, key: &ServerKey) -> Result<Routespec, Failure> {
        Routespec::parse(&key.path_below(&self.config.base_url)).map_err(|error| {
            Failure::new("route", format!("The server's path cannot be routed: {error}"), "Rename the server.")
        })
    }
}

#[async_trait]
impl Ports for HubPorts {
    fn spawners(&self) -> Vec<Arc<dyn Spawner>> {
        self.drivers.clone()
    }

    async fn mint_tokens(&self, key: &ServerKey, options: &StartOptions) -> Result<Minted, Failure> {
        let api_url = self.api_url(options).await?;
        let token = generate_token();
        let (key_, secret, path) = (key.clone(), token.clone(), key.path_below(&self.config.base_url));
        let minted: Result<(String, CardUse), StoreError> =
            self.store.write(move |tx| mint(tx, &key_, secret.expose(), &path)).await;
        let (home, cards) = minted.map_err(|error| {
            tracing::error!(server.key = %key, error = &error as &dyn std::error::Error, "Could not make tokens for {key}");
            Failure::new("store", format!("The server's token could not be saved: {error}."), "Free some disk space and try again.")
        })?;
        let hub = HubFacts { api_url, base_url: self.config.base_url.clone(), api_token: token, public_url: None };
        let mut request = self.request(key, home, options, hub);
        let variables = card_variables(options.spawner.kind(), &options.grant.gpus, cards);
        request.environment.extend(variables);
        Ok(Minted { request })
    }

    async fn revoke_tokens(&self, key: &ServerKey) -> Result<(), BoxError> {
        let key = key.clone();
        let revoked: Result<(), StoreError> = self
            .store
            .write(move |tx| {
                let Some(row) = spawners::find_by_key(tx, &key)? else { return Ok(()) };
                revoke(tx, &row)
            })
            .await;
        Ok(revoked?)
    }

    async fn persist(&self, record: &Record) -> Result<(), BoxError> {
        let record = record.clone();
        let written: Result<(), StoreError> = self
            .store
            .write(move |tx| {
                let Some(row) = spawners::find_by_key(tx, &record.key)? else { return without_row(&record.state) };
                spawners::set_options(tx, row.id, &record.user_options, &record.spawner_kind, record.stack.as_deref())?;
                spawners::set_grant(tx, row.id, &record.grant)?;
                if record.spawner_state.is_some() && row.home.is_none() {
                    spawners::set_home(tx, row.id, Some(&home_of(&row)))?;
                }
                spawners::set_run(tx, row.id, &run_of(&record))
            })
            .await;
        Ok(written?)
    }

    async fn records(&self) -> Result<Vec<Record>, BoxError> {
        let rows = self.store.read(spawners::list_all).await?;
        Ok(rows.iter().filter_map(record_of).collect())
    }

    async fn publish(&self, snapshot: &Snapshot) {
        if snapshot.state().is_stopped() {
            self.board.forget(snapshot.key());
        }
        self.board.note_version(snapshot);
        self.deeds.see(snapshot.key(), snapshot.state());
        let key = snapshot.record.key.clone();
        let row = self.store.read(move |read| spawners::find_by_key(read, &key)).await;
        match row {
            Ok(Some(row)) => {
                let server = Box::new(view(&row, &self.board.live(snapshot, &row), &self.config.base_url));
                self.bus.publish(Event::ServerChanged { user: row.key.user, server });
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "Could not tell about a server"),
        }
    }

    async fn add_route(&self, key: &ServerKey, url: &str) -> Result<(), Failure> {
        let begun = Instant::now();
        let added = self.route(key, url).await;
        let outcome = if added.is_ok() { Outcome::Success } else { Outcome::Failure };
        self.deeds.metrics.route_added(outcome, begun.elapsed());
        added
    }

    async fn delete_route(&self, key: &ServerKey) -> Result<(), BoxError> {
        let begun = Instant::now();
        if let Ok(spec) = self.routespec(key) {
            self.routes.remove(&spec);
        }
        self.deeds.metrics.route_deleted(Outcome::Success, begun.elapsed());
        Ok(())
    }

    fn usual_seconds(&self, kind: &str, stack: Option<&str>) -> Option<u32> {
        self.board.find_usual_seconds(kind, stack)
    }

    async fn note_start(&self, record: &Record, times: &StartTimes) {
        learning::learn(&self.store, &self.board, record, times).await;
    }

    async fn note(&self, key: &ServerKey, kind: &'static str, message: String) {
        history::note(&self.store, key, kind, message).await;
    }

    async fn probe(&self, key: &ServerKey, url: &str) -> Result<Readiness, String> {
        self.prober.probe(key, url).await
    }
}

/// A server that was removed meanwhile has nothing left to write to; a start of one must not go on.
fn without_row(state: &ServerState) -> Result<(), StoreError> {
    match state {
        ServerState::Queued { .. } | ServerState::Starting { .. } => Err(StoreError::NotFound("server")),
        ServerState::Stopped { .. }
        | ServerState::Failed { .. }
        | ServerState::Waiting { .. }
        | ServerState::Routing { .. }
        | ServerState::Ready { .. }
        | ServerState::Stopping { .. }
        | ServerState::Checking { .. } => Ok(()),
    }
}

/// The server's API token (which is also its OAuth client's secret) and the client, in place of earlier ones.
/// Answers the name of the server's home, and whether cards are rationed.
fn mint(tx: &mut Tx<'_>, key: &ServerKey, token: &str, path: &str) -> Result<(String, CardUse), StoreError> {
    let row = spawners::find_by_key(tx, key)?.ok_or(StoreError::NotFound("server"))?;
    revoke(tx, &row)?;
    let scopes = find_base_role("server").map(|role| role.scope_set()).unwrap_or_default();
    let scopes = resolve_owner(&scopes, &Owner::server(key.clone()));
    let note = format!("Server at {path}");
    let new = NewToken {
        spawner_id: Some(row.id),
        scopes: scopes.to_texts(),
        note: note.clone(),
        ..NewToken::new(TokenOwner::User(row.user_id), TokenHash::of(token))
    };
    tokens::create(tx, &new)?;
    let client = NewClient {
        identifier: key.oauth_client_id(),
        description: note,
        secret: Some(TokenHash::of(token)),
        redirect_uri: format!("{path}oauth_callback"),
        allowed_scopes: Vec::new(),
    };
    oauth_clients::upsert(tx, &client)?;
    spawners::set_oauth_client(tx, row.id, Some(&client.identifier))?;
    Ok((home_of(&row), CardUse::load(tx)?))
}

/// The name of a server's home. The row's number is in it, which is never given again: a new user of an old name gets
/// a new home.
pub fn home_of(row: &SpawnerRow) -> String {
    row.home.clone().unwrap_or_else(|| format!("{}-{}", row.key.object_name(), row.id))
}

/// The token, the client, and with the client every token that was issued through it.
pub(super) fn revoke(tx: &mut Tx<'_>, row: &SpawnerRow) -> Result<(), StoreError> {
    tokens::delete_by_spawner(tx, row.id)?;
    spawners::set_oauth_client(tx, row.id, None)?;
    let client = row.key.oauth_client_id();
    tokens::delete_by_client(tx, &client)?;
    oauth_clients::delete(tx, &client)?;
    tx.require_sync();
    Ok(())
}

fn run_of(record: &Record) -> Run {
    let (last_exit, failure) = match &record.state {
        ServerState::Stopped { last_exit } => (last_exit.clone(), None),
        ServerState::Failed { at, failure } => {
            (Some(LastExit::new(*at, &failure.kind, failure.message.clone())), Some(failure.clone()))
        }
        ServerState::Queued { .. }
        | ServerState::Starting { .. }
        | ServerState::Waiting { .. }
        | ServerState::Routing { .. }
        | ServerState::Ready { .. }
        | ServerState::Stopping { .. }
        | ServerState::Checking { .. } => (None, None),
    };
    Run {
        phase: phase_of(&record.state),
        state: record.spawner_state.as_ref().map(|state| state.0.clone()),
        url: record.state.url().map(str::to_owned),
        started: record.started,
        last_exit,
        failure,
    }
}

fn phase_of(state: &ServerState) -> Phase {
    match state {
        ServerState::Stopped { .. } => Phase::Stopped,
        ServerState::Queued { .. } | ServerState::Starting { .. } => Phase::Starting,
        ServerState::Waiting { .. } => Phase::Waiting,
        ServerState::Routing { .. } => Phase::Routing,
        // A server that is being looked at was serving when the hub last wrote.
        ServerState::Ready { .. } | ServerState::Checking { .. } => Phase::Ready,
        ServerState::Stopping { .. } => Phase::Stopping,
        ServerState::Failed { .. } => Phase::Failed,
    }
}

/// What is known of a server that no actor of this run has touched.
pub(super) fn resting_state(row: &SpawnerRow) -> ServerState {
    match (&row.run.failure, &row.run.last_exit) {
        (Some(failure), Some(exit)) if row.run.phase == Phase::Failed => {
            ServerState::Failed { at: exit.at, failure: failure.clone() }
        }
        (_, last_exit) => ServerState::Stopped { last_exit: last_exit.clone() },
    }
}

/// `None` for a server that was never started.
fn record_of(row: &SpawnerRow) -> Option<Record> {
    let spawner_kind = row.spawner_kind.clone()?;
    let since = row.run.started.unwrap_or(row.created);
    let state = match row.run.phase {
        Phase::Stopped | Phase::Failed => resting_state(row),
        Phase::Stopping => ServerState::Stopping { since, deadline: since, reason: StopReason::Asked },
        Phase::Starting | Phase::Waiting | Phase::Routing | Phase::Ready => ServerState::Checking { since },
    };
    Some(Record {
        key: row.key.clone(),
        state,
        spawner_kind,
        spawner_state: row.run.state.clone().map(SpawnerState),
        stack: row.stack.clone(),
        user_options: row.user_options.clone(),
        grant: row.grant.clone().unwrap_or_default(),
        started: row.run.started,
    })
}

#[cfg(test)]
mod tests {
    use labdeck_model::{StartStep, Timestamp};

    use super::*;

    #[test]
    fn a_start_of_a_server_that_was_removed_does_not_go_on_and_its_end_is_no_error() {
        let since = Timestamp::from_unix_micros(0);
        let starting = ServerState::Starting { since, deadline: since, step: StartStep::Creating };
        assert!(without_row(&starting).is_err());
        let stopping = ServerState::Stopping { since, deadline: since, reason: StopReason::Asked };
        assert!(without_row(&stopping).is_ok() && without_row(&ServerState::new()).is_ok());
    }
}
