//! What happens to running servers without ending them: programs that ran out of memory, messages from people. Each is
//! pinned for the pages and the window, and written into the server's history, from which a restarted hub takes it
//! again.

use std::sync::Arc;
use std::time::Duration;

use labdeck_model::{Notice, ServerKey, Timestamp};
use labdeck_spawner::diagnosis::kind;
use labdeck_spawner::{Happening, HappeningKind, Spawner};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::servers::{self, announce, history};
use crate::{resources, tasks};

/// One program's death can be told several times, by each group of processes that it counts for.
const SAME_EVENT: Duration = Duration::from_secs(5);
/// How many characters of a message people read.
const LONGEST_MESSAGE: usize = 1000;
/// Lines of a history that can still matter for a running server.
const REMEMBERED: u32 = 20;
/// Lines of a history that are pinned again after a restart of the hub.
const PINNED: [&str; 2] = [kind::OUT_OF_MEMORY, MESSAGE];
const MESSAGE: &str = "message";

/// Takes what the drivers tell until the hub ends.
pub async fn watch(ctx: Context, shutdown: CancellationToken) {
    remember(&ctx).await;
    for spawner in ctx.spawners.all() {
        if let Some(happenings) = spawner.happenings() {
            let (ctx, spawner, shutdown) = (ctx.clone(), Arc::clone(spawner), shutdown.clone());
            drop(tasks::spawn(
                "diagnosis.happenings",
                async move { follow(&ctx, &*spawner, happenings, &shutdown).await },
            ));
        }
    }
}

/// Pins again what was pinned about servers that still run.
async fn remember(ctx: &Context) {
    for server in ctx.registry.all().iter().filter(|server| server.state().is_active()) {
        let key = server.key();
        let (Some(started), Ok(entries)) = (server.record.started, history::list(&ctx.store, key, REMEMBERED).await)
        else {
            continue;
        };
        let pinned = entries.into_iter().rev();
        for entry in pinned.filter(|entry| entry.at >= started && PINNED.contains(&entry.kind.as_str())) {
            ctx.board.add_notice(key, Notice { at: entry.at, kind: entry.kind, message: entry.message });
        }
    }
}

async fn follow(
    ctx: &Context,
    spawner: &dyn Spawner,
    mut happenings: broadcast::Receiver<Happening>,
    shutdown: &CancellationToken,
) {
    let mut last: Option<(ServerKey, Timestamp)> = None;
    loop {
        let told = tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            told = happenings.recv() => told,
        };
        match told {
            Ok(Happening { key, kind: HappeningKind::OutOfMemory }) => {
                let now = ctx.clock.now();
                let told = last.as_ref().is_some_and(|(of, at)| *of == key && now.since(*at) < SAME_EVENT);
                if !told {
                    out_of_memory(ctx, &key, now).await;
                    last = Some((key, now));
                }
            }
            Err(RecvError::Lagged(missed)) => {
                tracing::warn!(spawner.kind = spawner.kind(), missed, "Missed what happened to some servers");
            }
            Err(RecvError::Closed) => return,
        }
    }
}

async fn out_of_memory(ctx: &Context, key: &ServerKey, at: Timestamp) {
    let Some(server) = ctx.registry.find(key).filter(|server| server.state().is_active()) else { return };
    let limit = server.record.grant.limits.memory_bytes;
    let all = limit.map_or_else(|| "its memory".to_owned(), resources::bytes_in_words);
    let message = format!(
        "A program in this server used all {all} and was ended. The server runs on; restart the kernel, or restart \
         the server with a larger size."
    );
    tracing::info!(server.key = %key, "A program in server {key} ran out of memory");
    pin(ctx, key, Notice { at, kind: kind::OUT_OF_MEMORY.to_owned(), message }, kind::OUT_OF_MEMORY).await;
}

async fn pin(ctx: &Context, key: &ServerKey, notice: Notice, kind: &'static str) {
    history::note(&ctx.store, key, kind, notice.message.clone()).await;
    ctx.board.add_notice(key, notice);
    announce(ctx, key).await;
}

/// Puts a message from somebody on the pages of a running server.
///
/// # Errors
/// 404; 400 for an empty or endless text; 409 while it does not run.
pub async fn tell(ctx: &Context, key: &ServerKey, from: &str, text: &str) -> Result<()> {
    let text = checked(text)?;
    servers::find_row(ctx, key).await?.ok_or_else(|| Error::not_found(format!("There is no server {key}.")))?;
    if !ctx.registry.find(key).is_some_and(|server| server.state().is_active()) {
        return Err(Error::conflict(format!("The server {key} does not run; nobody would read it.")));
    }
    send(ctx, key, from, text).await;
    Ok(())
}

/// Puts a message on the pages of all running servers; says how many those are.
///
/// # Errors
/// 400 for an empty or endless text.
pub async fn tell_all(ctx: &Context, from: &str, text: &str) -> Result<usize> {
    let text = checked(text)?;
    let running: Vec<_> = ctx.registry.all().into_iter().filter(|server| server.state().is_active()).collect();
    for server in &running {
        send(ctx, server.key(), from, text).await;
    }
    Ok(running.len())
}

async fn send(ctx: &Context, key: &ServerKey, from: &str, text: &str) {
    let notice = Notice { at: ctx.clock.now(), kind: MESSAGE.to_owned(), message: format!("{from}: {text}") };
    pin(ctx, key, notice, MESSAGE).await;
}

fn checked(text: &str) -> Result<&str> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(Error::invalid("Write something first.")),
        long if long > LONGEST_MESSAGE => {
            Err(Error::invalid(format!("A message has at most {LONGEST_MESSAGE} characters; this one has {long}.")))
        }
        _fits => Ok(text),
    }
}
