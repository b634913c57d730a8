//! The round over all running servers: who is to be warned, who is to be stopped. The only impure part of the rules.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use labdeck_model::{ServerKey, ServerState, Timestamp, UserId};
use labdeck_spawner::StopMode;
use labdeck_store::tables::spawners::SpawnerRow;
use labdeck_store::tables::{settings, spawners, users};
use tokio_util::sync::CancellationToken;

use super::ask;
use super::decide::{Decision, Facts, Kernels, decide, decide_again, hangs_on_kernels};
use super::rules::{Layer, Rules, Sources, resolve};
use super::settings::{WINDOW, file_layer};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::lifecycle::{Engine, Snapshot, StopCause};
use crate::servers::{announce, history, list_moves};

/// Between two rounds: a rule of hours needs no more.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// While nothing is to be stopped, only to notice a new rule; and the least between two rounds.
const NO_RULES_PAUSE: Duration = Duration::from_secs(5);
/// The least between two rounds, for rules of seconds.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);
/// How many servers are asked at once.
const ASKED_AT_ONCE: usize = 8;

/// Goes over the servers until the hub ends.
pub async fn watch(ctx: Context, shutdown: CancellationToken) {
    loop {
        let pause = match round(&ctx).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "Could not look for servers that nobody uses");
                LONGEST_PAUSE
            }
        };
        tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// A server that runs, with the rules that hold for it.
struct Candidate {
    row: SpawnerRow,
    snapshot: Snapshot,
    rules: Rules,
    moved: Option<Timestamp>,
}

/// One round; says when the next is due.
async fn round(ctx: &Context) -> Result<Duration> {
    let running: HashMap<ServerKey, Snapshot> = ctx.registry.all().into_iter().map(|s| (s.key().clone(), s)).collect();
    if running.is_empty() {
        return Ok(NO_RULES_PAUSE);
    }
    let rules = load(ctx).await?;
    if !rules.any() {
        return Ok(NO_RULES_PAUSE);
    }
    // Fresher than what is written down once a minute.
    let moved: HashMap<ServerKey, Timestamp> = list_moves(ctx).into_iter().collect();
    let rows = ctx.store.read(|read| Ok::<_, Error>(spawners::list_active(read)?)).await?;
    let candidates: Vec<_> = rows
        .into_iter()
        .filter_map(|row| {
            let snapshot = running.get(&row.key)?.clone();
            let (rules, moved) = (rules.of(&row), moved.get(&row.key).copied());
            Some(Candidate { row, snapshot, rules, moved })
        })
        .collect();
    let shortest = candidates.iter().filter_map(|candidate| candidate.rules.shortest()).min();
    futures_util::stream::iter(candidates)
        .for_each_concurrent(ASKED_AT_ONCE, |candidate| async move { look(ctx, candidate).await })
        .await;
    Ok(shortest.map_or(NO_RULES_PAUSE, |time| (time / 20).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)))
}

/// What was said, by whom.
struct Said {
    file: Layer,
    window: Layer,
    persons: HashMap<UserId, Layer>,
}

async fn load(ctx: &Context) -> Result<Said> {
    let file = file_layer(&ctx.config);
    ctx.store
        .read(move |read| {
            let window = settings::find::<Layer>(read, WINDOW)?.unwrap_or_default();
            let layer = |rule| serde_json::from_value(rule).unwrap_or_default();
            let persons = users::list_idle_rules(read)?.into_iter().map(|(id, rule)| (id, layer(rule))).collect();
            Ok::<_, Error>(Said { file, window, persons })
        })
        .await
}

async fn look(ctx: &Context, candidate: Candidate) {
    let Candidate { row, snapshot, rules, moved } = candidate;
    let Some(mut facts) = facts(ctx, &row, &snapshot, moved) else { return };
    if hangs_on_kernels(&rules, &facts) {
        let url = snapshot.state().url().unwrap_or_default();
        facts.kernels = ask::kernels(ctx, &row, url).await;
    }
    let mut decision = decide(&rules, &facts);
    if matches!(decision, Decision::Stop { .. }) {
        // The round and the question took their time: somebody may have come back, or have started it anew.
        let Some(again) = decide_again(&rules, &facts, facts_now(ctx, &row.key, facts.kernels).await) else { return };
        decision = again;
    }
    carry_out(ctx, &row.key, decision, facts.warned.is_some()).await;
}

/// What is known without asking the server; `None` of one that does not run. Nothing is known of a server whose engine
/// is away, and nothing is done to it.
fn facts(ctx: &Context, row: &SpawnerRow, snapshot: &Snapshot, moved: Option<Timestamp>) -> Option<Facts> {
    let started = match (snapshot.state(), snapshot.engine) {
        (ServerState::Ready { started, .. }, Engine::Answers) => *started,
        (_, Engine::Answers | Engine::Gone) => return None,
    };
    Some(Facts {
        now: ctx.clock.now(),
        started,
        last_activity: row.last_activity.max(moved),
        awake_until: row.awake_until,
        kernels: Kernels::Unknown,
        warned: ctx.board.find_stop(&row.key),
    })
}

/// The same at this moment, with what the kernels just said.
async fn facts_now(ctx: &Context, key: &ServerKey, kernels: Kernels) -> Option<Facts> {
    let wanted = key.clone();
    let row = ctx.store.read(move |read| Ok::<_, Error>(spawners::find_by_key(read, &wanted)?)).await.ok()??;
    let moved = list_moves(ctx).into_iter().find_map(|(of, at)| (of == *key).then_some(at));
    let facts = facts(ctx, &row, &ctx.registry.find(key)?, moved)?;
    Some(Facts { kernels, ..facts })
}

async fn carry_out(ctx: &Context, key: &ServerKey, decision: Decision, was_warned: bool) {
    match decision {
        Decision::Nothing => {
            if ctx.board.set_stop(key, None) {
                announce(ctx, key).await;
            }
        }
        Decision::Warn(stop) => {
            let words = stop.message.clone();
            if ctx.board.set_stop(key, Some(stop)) {
                if !was_warned {
                    history::note(&ctx.store, key, "idle_warning", words).await;
                }
                announce(ctx, key).await;
            }
        }
        Decision::Stop { rule, words } => {
            tracing::info!(server.key = %key, rule = rule.word(), "Stopping server {key}: {words}");
            let cause = StopCause::Culled { rule: rule.word().to_owned(), words };
            drop(ctx.registry.stop_because(key, StopMode::Graceful, cause));
        }
    }
}

// === impl Said ===

impl Said {
    /// Whether anything can be stopped by it.
    fn any(&self) -> bool {
        let of_all = Sources { file: self.file.clone(), window: self.window.clone(), ..Sources::default() };
        resolve(&of_all).any()
            || self
                .persons
                .values()
                .any(|layer| resolve(&Sources { person: layer.clone(), ..Sources::default() }).any())
    }

    /// The rules of one server.
    fn of(&self, row: &SpawnerRow) -> Rules {
        resolve(&Sources {
            person: self.persons.get(&row.user_id).cloned().unwrap_or_default(),
            groups: Vec::new(),
            file: self.file.clone(),
            window: self.window.clone(),
        })
    }
}
