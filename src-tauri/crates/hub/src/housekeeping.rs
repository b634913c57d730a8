//! What the hub does by itself while it runs: measures servers, often while somebody watches, takes activity from the
//! proxy's routes, clears away what has ended, tells when the engine comes and goes.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use labdeck_model::{EngineState, Event};
use labdeck_spawner::Spawner;
use labdeck_store::StoreError;
use labdeck_store::tables::{
    access_requests, invitations, oauth_codes, server_events, sessions, share_codes, spawners, starts, tickets, tokens,
    users,
};
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::lifecycle::recover;
use crate::overview::{AtQuit, Problem};
use crate::resources::Watch;
use crate::servers::{Doors, list_moves};
use crate::spawners::DOCKER;
use crate::{diagnosis, homes, idle, resources, sharing, tasks};

/// How often running servers are measured while somebody watches; otherwise it is looked whether a minute has passed.
const SAMPLE_EVERY: Duration = Duration::from_secs(2);
/// How often it is looked whether memory has become short, or is free again for those who wait.
const MEMORY_EVERY: Duration = Duration::from_secs(5);
/// How often it is measured how late tasks run, and by what sleep (JupyterHub measures without a pause, which keeps a
/// processor from its rest).
const LATENESS_EVERY: Duration = Duration::from_secs(5);
const SHORT_SLEEP: Duration = Duration::from_millis(50);
/// How often activity goes from the routes to the store.
const ACTIVITY_EVERY: Duration = Duration::from_secs(60);
/// How often what has ended is cleared away (JupyterHub's hour).
const PURGE_EVERY: Duration = Duration::from_secs(3600);
/// How often servers that nobody knows are looked for: one question to each driver, whatever runs there.
const SWEEP_EVERY: Duration = Duration::from_secs(10);
/// How long after a door that could not be opened it is tried again.
const DOOR_AGAIN: Duration = Duration::from_secs(10);
/// How often starts that wait for memory are looked at: nobody says when another program frees some.
const QUEUE_EVERY: Duration = Duration::from_secs(2);
/// How often it is looked whether a share has ended, or a visitor lost the right to be where they are.
const SHARES_EVERY: Duration = Duration::from_secs(1);
/// How often the group around all servers is looked at: a limit below what servers used takes effect once it can.
const TOGETHER_EVERY: Duration = Duration::from_secs(60);
/// Lines of history that are kept of each server, and starts of all from which usual times are learnt.
const HISTORY_KEPT: u32 = 500;
const STARTS_KEPT: u32 = 10_000;
/// Tickets are kept a while after their end: a second showing must still be recognised.
const TICKETS_KEPT: Duration = Duration::from_secs(24 * 3600);

/// Begins all of it; it ends with `shutdown`.
pub(crate) fn begin(ctx: &Context, doors: &Arc<Doors>, shutdown: &CancellationToken) {
    every("housekeeping.sample", SAMPLE_EVERY, ctx, shutdown, sample);
    drop(tasks::spawn("housekeeping.memory", watch_memory(ctx.clone(), shutdown.clone())));
    every("housekeeping.lateness", LATENESS_EVERY, ctx, shutdown, lateness);
    every("housekeeping.activity", ACTIVITY_EVERY, ctx, shutdown, activity);
    every("housekeeping.purge", PURGE_EVERY, ctx, shutdown, purge);
    every("housekeeping.sweep", SWEEP_EVERY, ctx, shutdown, |ctx| async move { sweep(&ctx).await });
    every("housekeeping.shares", SHARES_EVERY, ctx, shutdown, |ctx| async move {
        if let Err(error) = sharing::look(&ctx).await {
            tracing::warn!(?error, "Could not end shares whose time is over");
        }
    });
    let here = ctx.clone();
    drop(tasks::spawn("housekeeping.leftovers", async move { homes::clear_leftovers(&here).await }));
    every("housekeeping.together", TOGETHER_EVERY, ctx, shutdown, |ctx| async move {
        if let Some(ceiling) = ctx.machine.ceiling() {
            tasks::blocking(move || ceiling.refresh()).await;
        }
    });
    drop(tasks::spawn("idle.watch", idle::watch(ctx.clone(), shutdown.clone())));
    drop(tasks::spawn("diagnosis.watch", diagnosis::watch(ctx.clone(), shutdown.clone())));
    begin_counting(ctx, shutdown);
    every("housekeeping.queue", QUEUE_EVERY, ctx, shutdown, look_at_queue);
    let (ctx, doors, shutdown) = (ctx.clone(), Arc::clone(doors), shutdown.clone());
    drop(tasks::spawn("housekeeping.engine", async move { watch_engine(&ctx, &doors, &shutdown).await }));
}

fn every<F, Fut>(name: &'static str, period: Duration, ctx: &Context, shutdown: &CancellationToken, work: F)
where
    F: Fn(Context) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    let (ctx, shutdown) = (ctx.clone(), shutdown.clone());
    drop(tasks::spawn(name, async move {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                _ = ticks.tick() => work(ctx.clone()).await,
            }
        }
    }));
}

/// How late a task comes to run that asked for a short sleep.
async fn lateness(ctx: Context) {
    let begun = tokio::time::Instant::now();
    tokio::time::sleep(SHORT_SLEEP).await;
    ctx.metrics.slept(begun.elapsed());
}

async fn sample(ctx: Context) {
    let watch = if ctx.streams.has_readers() { Watch::Watched } else { Watch::Unwatched };
    let samples = resources::samples(&ctx, watch).await;
    if !samples.is_empty() {
        ctx.bus.publish(Event::Sampled { samples });
    }
}

/// Tells when memory becomes short and when it is there again.
async fn watch_memory(ctx: Context, shutdown: CancellationToken) {
    let mut was_short = false;
    loop {
        tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            () = tokio::time::sleep(MEMORY_EVERY) => {}
        }
        // Memory that another program gave back is nobody's event.
        ctx.registry.look_at_queue();
        let is_short = ctx.machine.is_short();
        if is_short != was_short {
            was_short = is_short;
            ctx.bus.publish(Event::OverviewChanged);
        }
    }
}

async fn look_at_queue(ctx: Context) {
    ctx.registry.look_at_queue();
}

/// JupyterHub's `consecutive_failure_limit`: after so many failed starts in a row the hub ends, with a failure, and
/// whatever supervises it starts it anew; servers are left running. With a window there is somebody to tell instead.
fn begin_counting(ctx: &Context, shutdown: &CancellationToken) {
    let Some(limit) = ctx.config.usual().consecutive_failure_limit else { return };
    let (ctx, shutdown) = (ctx.clone(), shutdown.clone());
    drop(tasks::spawn("housekeeping.failures", async move {
        let mut failures = ctx.board.watch_failures();
        loop {
            let counted = tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                reached = failures.wait_for(|count| *count >= limit) => reached.map(|count| *count),
            };
            let Ok(count) = counted else { break };
            if ctx.desktop.is_none() {
                tracing::error!(failures = count, "{count} starts failed one after the other: the hub ends");
                ctx.request_quit(AtQuit::Leave);
                break;
            }
            ctx.bus.publish(Event::OverviewChanged);
            let below = tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                below = failures.wait_for(|count| *count < limit) => below.is_ok(),
            };
            if !below {
                break;
            }
            ctx.bus.publish(Event::OverviewChanged);
        }
    }));
}

/// Data that moves through a route is activity of its server and of its user.
async fn activity(ctx: Context) {
    let begun = tokio::time::Instant::now();
    let seen = list_moves(&ctx);
    ctx.metrics.routes_read(begun.elapsed());
    if seen.is_empty() {
        return;
    }
    let written: Result<(), StoreError> = ctx
        .store
        .write(move |tx| {
            for (key, at) in &seen {
                if let Some(row) = spawners::find_by_key(tx, key)? {
                    spawners::touch_activity(tx, row.id, *at)?;
                    users::touch_activity(tx, row.user_id, *at)?;
                }
            }
            Ok(())
        })
        .await;
    if let Err(error) = written {
        tracing::warn!(error = &error as &dyn std::error::Error, "Could not write down activity");
    }
}

async fn purge(ctx: Context) {
    let purged: Result<(), StoreError> = ctx
        .store
        .write(|tx| {
            tokens::purge_expired(tx)?;
            sessions::purge_expired(tx)?;
            oauth_codes::purge_expired(tx)?;
            invitations::purge_expired(tx)?;
            share_codes::purge_expired(tx)?;
            access_requests::purge_expired(tx)?;
            let before = tx.now().before(TICKETS_KEPT);
            tickets::purge_expired(tx, before)?;
            server_events::purge(tx, HISTORY_KEPT)?;
            starts::purge(tx, STARTS_KEPT)?;
            Ok(())
        })
        .await;
    if let Err(error) = purged {
        tracing::warn!(error = &error as &dyn std::error::Error, "Could not clear away what has ended");
    }
}

/// At the start and whenever the engine returns: opens the door for servers of earlier runs, which have its address
/// in their environment, and stops what runs without being known to run.
async fn watch_engine(ctx: &Context, doors: &Doors, shutdown: &CancellationToken) {
    let mut engine = ctx.spawners.watch_engine();
    let mut told = engine.borrow().clone();
    let mut is_new = true;
    loop {
        let now = engine.borrow_and_update().clone();
        // Before anything that takes its time, and whatever woke this: a change is told once.
        if now != told {
            tracing::info!(engine = ?now, "The container engine changed");
            told.clone_from(&now);
            ctx.bus.publish_all([Event::EngineChanged { engine: now.clone() }, Event::OverviewChanged]);
        }
        if matches!(now, EngineState::Running { .. }) {
            open_doors(ctx, doors).await;
            // Beside the watch: what takes its time to end must not delay the news of the engine.
            if is_new {
                let ctx = ctx.clone();
                drop(tasks::spawn("housekeeping.arrival", async move { arrived(&ctx).await }));
            }
        }
        let closed = ctx.door_problem.lock().is_some();
        tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            changed = engine.changed() => if changed.is_ok() { is_new = true } else { break },
            () = tokio::time::sleep(DOOR_AGAIN), if closed => is_new = false,
        }
    }
}

/// Clears away in an engine that has come what nobody knows.
async fn arrived(ctx: &Context) {
    if let Some(spawner) = ctx.spawners.find(DOCKER) {
        sweep_in(ctx, &*spawner).await;
    }
    homes::clear_leftovers(ctx).await;
}

async fn open_doors(ctx: &Context, doors: &Doors) {
    let lives =
        ctx.registry.all().iter().any(|server| server.record.spawner_kind == DOCKER && server.state().is_active());
    let Some(spawner) = ctx.spawners.find(DOCKER).filter(|_| lives) else { return };
    let opened = match spawner.hub_access().await {
        Ok(access) => doors.api_url(&access).await.map(drop).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let problem = opened.err().map(|cause| Problem {
        id: "containers_door".to_owned(),
        title: "Running servers cannot reach the hub".to_owned(),
        cause,
        remedy:
            "Nobody can sign in to them until then. Labdeck tries again by itself; end the program that has the port, \
                 or stop the servers and start them again."
                .to_owned(),
    });
    if let Some(problem) = &problem {
        tracing::error!("{}: {}", problem.title, problem.cause);
    }
    let changed = std::mem::replace(&mut *ctx.door_problem.lock(), problem.clone()) != problem;
    if changed {
        ctx.bus.publish(Event::OverviewChanged);
    }
}

/// In all drivers at once: one that is slow holds no other up.
async fn sweep(ctx: &Context) {
    let engine_is_there = matches!(*ctx.spawners.watch_engine().borrow(), EngineState::Running { .. });
    let asked = ctx.spawners.all().iter().filter(|spawner| engine_is_there || spawner.kind() != DOCKER);
    join_all(asked.map(|spawner| sweep_in(ctx, &**spawner))).await;
}

async fn sweep_in(ctx: &Context, spawner: &dyn Spawner) {
    if let Err(error) = recover::sweep(&ctx.registry, spawner).await {
        let (kind, error) = (spawner.kind(), &error as &dyn std::error::Error);
        tracing::warn!(spawner.kind = kind, error, "Could not look for servers of {kind} that nobody knows");
    }
}
