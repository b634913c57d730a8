//! Keeping those services running that the hub starts: one task for each, which starts it with a token of its own for
//! each run, waits for its end, and starts it again after a pause. Owns that order; processes are the spawner's.

use std::sync::Arc;
use std::time::Duration;

use labdeck_model::{Event, Secret, ServiceName};
use labdeck_spawner::process::{Program, ProgramExit, ProgramOrder};
use labdeck_store::tables::oauth_clients::{self, NewClient};
use labdeck_store::tables::services::{self, ServiceRow};
use labdeck_store::tables::tokens::{self, NewToken, TokenOwner};
use labdeck_store::{StoreError, TokenHash, Tx, generate_token};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::board::{End, Health, Phase, RunState};
use super::environment::{self, HubSide};
use super::{health, pauses, routes};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::tasks;

/// What the token of a run is called, so that the next one finds and replaces what a killed hub left.
const NOTE: &str = "For the service itself, while it runs";

/// Longest that the end of the hub waits for its services: their three askings and a margin.
const END_PATIENCE: Duration = Duration::from_secs(14);

/// Puts all services up, leads to them and starts those that the hub starts. Nothing of it is waited for but the store.
///
/// # Errors
/// When the store fails.
pub async fn begin(ctx: &Context, shutdown: &CancellationToken) -> Result<(), StoreError> {
    let rows = ctx.store.read(services::list).await?;
    for row in &rows {
        ctx.services.put(row.clone(), ctx.clock.now());
    }
    routes::reconcile(ctx).await?;
    health::begin(ctx, shutdown);
    let kept: Vec<_> = rows.into_iter().filter(|row| row.facts.from_config && !row.facts.command.is_empty()).collect();
    let (ctx, shutdown) = (Arc::clone(ctx), shutdown.clone());
    let mut kept: Vec<_> = kept.into_iter().map(|row| (row.clone(), enter(&ctx, &row))).collect();
    drop(tasks::spawn("services.begin", async move {
        // Before anything is started: two runs of one service would be at one port.
        ctx.services.programs.end_all().await;
        for (row, again) in kept.drain(..) {
            let keeper = Keeper { ctx: Arc::clone(&ctx), row, again, shutdown: shutdown.clone() };
            drop(tasks::spawn("services.keeper", keeper.keep()));
        }
    }));
    Ok(())
}

/// Waits until the services have ended; whoever calls has told them.
///
/// # Cancellation
/// Safe to drop; it only waits.
pub async fn end(ctx: &Context) {
    let mut keepers = ctx.services.keepers.subscribe();
    if tokio::time::timeout(END_PATIENCE, keepers.wait_for(|count| *count == 0)).await.is_err() {
        tracing::warn!("Some services did not end in time; the next start ends them");
    }
}

/// Marks a service as one that is kept running; the other end is its keeper's.
fn enter(ctx: &Context, row: &ServiceRow) -> mpsc::Receiver<()> {
    // One request is enough: a second one before the first was heard means the same.
    let (again, asked) = mpsc::channel(1);
    let run = RunState { phase: Phase::Starting, restarts: 0, last_end: None, again };
    ctx.services.change(&row.name, |entry| entry.run = Some(run));
    ctx.services.keepers.send_modify(|count| *count += 1);
    asked
}

/// Keeps one service running.
struct Keeper {
    ctx: Context,
    row: ServiceRow,
    again: mpsc::Receiver<()>,
    shutdown: CancellationToken,
}

/// Why a run is over.
enum Over {
    /// The hub ends.
    Ending,
    /// Somebody asked for a new start.
    Asked,
    /// It ended, or could not be started.
    Ended(Option<ProgramExit>, String),
}

// === impl Keeper ===

impl Keeper {
    async fn keep(mut self) {
        let mut pause = None;
        while !self.shutdown.is_cancelled() {
            let begun = self.ctx.clock.now();
            let over = self.run_once().await;
            let wait = match over {
                Over::Ending => break,
                Over::Asked => Duration::ZERO,
                Over::Ended(exit, words) => {
                    let now = self.ctx.clock.now();
                    let next = pauses::next(pause, now.since(begun));
                    pause = Some(next);
                    let name = &self.row.name;
                    tracing::warn!(service.name = %name, pause_seconds = next.as_secs(), "The service {name}: {words}");
                    self.ctx.services.change(name, |entry| {
                        if let Some(run) = &mut entry.run {
                            run.last_end = Some(End { at: now, exit, words });
                        }
                    });
                    next
                }
            };
            self.set(Phase::Waiting { until: self.ctx.clock.now().after(wait) });
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => break,
                _ = self.again.recv() => pause = None,
                () = tokio::time::sleep(wait) => {}
            }
            self.ctx.services.change(&self.row.name, |entry| {
                if let Some(run) = &mut entry.run {
                    run.restarts = run.restarts.saturating_add(1);
                }
            });
        }
        self.set(Phase::Stopped);
        self.ctx.services.keepers.send_modify(|count| *count = count.saturating_sub(1));
    }

    /// One run, with its token.
    async fn run_once(&mut self) -> Over {
        self.set(Phase::Starting);
        let over = match self.start().await {
            Err(words) => Over::Ended(None, words),
            Ok(program) => self.until_over(program).await,
        };
        self.revoke().await;
        over
    }

    async fn start(&self) -> Result<Program, String> {
        let (ctx, row) = (&self.ctx, &self.row);
        let facts = &row.facts;
        let minted = self.mint().await.map_err(|error| format!("its token could not be made: {error}"))?;
        let hub = HubSide {
            base_url: &ctx.config.base_url,
            api_url: format!("http://{}{}hub/api", ctx.hub_address, ctx.config.base_url),
            token: minted.token,
            client: minted.client,
        };
        let order = ProgramOrder {
            name: row.name.to_string(),
            command: facts.command.clone(),
            cwd: facts.cwd.clone().map(Into::into),
            environment: environment::of(row, &hub),
            user: facts.user.clone(),
        };
        ctx.services.programs.start(&order).await.map_err(|error| {
            let failure = error.failure();
            format!("it could not be started. {} {}", failure.message, failure.remedy)
        })
    }

    async fn until_over(&mut self, mut program: Program) -> Over {
        let (name, pid) = (self.row.name.clone(), program.pid());
        tracing::info!(service.name = %name, service.pid = pid, "Started the service {name} as process {pid}");
        self.set(Phase::Running { pid, since: self.ctx.clock.now() });
        let over = tokio::select! {
            // The end of the hub goes before all: nothing is started while it ends.
            biased;
            () = self.shutdown.cancelled() => Over::Ending,
            _ = self.again.recv() => Over::Asked,
            exit = program.wait() => Over::Ended(Some(exit), words(exit)),
        };
        // Also after an end of its own: what it left running would be in the way of the next run.
        if let Err(error) = program.end().await {
            tracing::error!(service.name = %name, error = &error as &dyn std::error::Error, "Could not end all of the service {name}");
        }
        over
    }

    fn set(&self, phase: Phase) {
        self.ctx.services.change(&self.row.name, |entry| {
            let Some(run) = &mut entry.run else { return };
            run.phase = phase;
            if matches!(run.phase, Phase::Running { .. }) {
                // A fresh run has its time to answer.
                entry.health = Health::Unknown;
                entry.since = self.ctx.clock.now();
            }
        });
        self.ctx.services.news.notify_one();
        self.ctx.bus.publish(Event::ServicesChanged);
    }

    /// The token of this run: the configured one, or a fresh one that is the secret of the client as well.
    async fn mint(&self) -> Result<Minted> {
        let configured = self.ctx.config.services.iter().find(|service| service.name == self.row.name);
        let configured = configured.and_then(|service| service.api_token.clone());
        let (name, fresh) = (self.row.name.clone(), configured.is_none());
        let token = configured.unwrap_or_else(generate_token);
        let hash = fresh.then(|| TokenHash::of(token.expose()));
        let client = self.ctx.store.write(move |tx| Ok::<_, Error>(mint(tx, &name, hash)?)).await?;
        Ok(Minted { token, client })
    }

    async fn revoke(&self) {
        let id = self.row.id;
        let revoked = self.ctx.store.write(move |tx| {
            drop_run_tokens(tx, TokenOwner::Service(id))?;
            tx.require_sync();
            Ok::<_, StoreError>(())
        });
        if let Err(error) = revoked.await {
            let name = &self.row.name;
            tracing::error!(service.name = %name, error = &error as &dyn std::error::Error, "Could not revoke the token of the service {name}");
        }
    }
}

/// What a run speaks with.
struct Minted {
    token: Secret<String>,
    client: Option<(String, String)>,
}

fn mint(tx: &mut Tx<'_>, name: &ServiceName, hash: Option<TokenHash>) -> Result<Option<(String, String)>, StoreError> {
    let row = services::find_by_name(tx, name)?.ok_or(StoreError::NotFound("service"))?;
    drop_run_tokens(tx, TokenOwner::Service(row.id))?;
    let found = match &row.facts.oauth_client_id {
        Some(identifier) => oauth_clients::find(tx, identifier)?,
        None => None,
    };
    let client = found.as_ref().map(|client| (client.identifier.clone(), client.redirect_uri.clone()));
    let Some(hash) = hash else { return Ok(client) };
    let new = NewToken {
        note: NOTE.to_owned(),
        scopes: vec!["inherit".to_owned()],
        ..NewToken::new(TokenOwner::Service(row.id), hash.clone())
    };
    tokens::create(tx, &new)?;
    if let Some(client) = found {
        let labdeck_store::tables::oauth_clients::ClientRow {
            identifier,
            description,
            redirect_uri,
            allowed_scopes,
            ..
        } = client;
        let secret = Some(hash);
        oauth_clients::upsert(tx, &NewClient { identifier, description, secret, redirect_uri, allowed_scopes })?;
    }
    Ok(client)
}

fn drop_run_tokens(tx: &mut Tx<'_>, owner: TokenOwner) -> Result<(), StoreError> {
    for row in tokens::list_by_owner(tx, owner)?.into_iter().filter(|row| row.note == NOTE) {
        tokens::delete(tx, row.id)?;
    }
    Ok(())
}

/// An end in words.
fn words(exit: ProgramExit) -> String {
    match (exit.code, exit.signal) {
        (Some(0), _) => "it ended by itself.".to_owned(),
        (Some(127), _) => "it ended with code 127: its program was not found. Write its whole path.".to_owned(),
        (Some(code), _) => format!("it ended with code {code}; its log has more."),
        (None, Some(signal)) => format!("signal {signal} ended it."),
        (None, None) => "it ended.".to_owned(),
    }
}
