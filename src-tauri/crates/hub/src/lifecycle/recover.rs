//! After a restart of the hub: joins what the store remembers with what really runs. A server in both is looked at
//! and adopted, one that is only remembered is stopped with a reason, one that only runs is brought down. No engine,
//! no verdict: it waits for the engine.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::ready;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use labdeck_model::{LastExit, Pending, ServerState};
use labdeck_spawner::{Found, Liveness, Spawner, StopMode};
use tokio::time::Instant;

use super::calls::chain;
use super::effects::StopCause;
use super::ports::{BoxError, Record, Snapshot};
use super::registry::Registry;
use crate::tasks;

/// Between two tries to list what runs while the engine is away.
const LIST_AGAIN: Duration = Duration::from_secs(2);
/// Between two looks whether all servers have been looked at. Only the hub's start waits for that.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// How many strays are stopped at once.
const SWEPT_AT_ONCE: usize = 8;

/// Takes over the servers of the last run. Returns as soon as all of them are in the registry, those that ran in
/// state `Checking`; the looks go on at the same time for all of them, and [`settled`] waits for their end. What runs
/// and is not remembered is brought down in the background.
///
/// To be called once, before anybody can ask for a start.
///
/// # Errors
/// When the records cannot be read.
pub async fn recover(registry: &Registry) -> Result<(), BoxError> {
    let spawners = registry.ports().spawners();
    for record in registry.ports().records().await? {
        let spawner = spawners.iter().find(|spawner| spawner.kind() == record.spawner_kind).cloned();
        take_over(registry, record, spawner).await;
    }
    for spawner in spawners {
        drop(tasks::spawn("sweep", sweep_when_possible(registry.clone(), spawner)));
    }
    Ok(())
}

/// Waits until every server of the last run has been looked at, at most `patience` (JupyterHub's
/// `init_spawners_timeout`). Says whether that is so.
pub async fn settled(registry: &Registry, patience: Duration) -> bool {
    let until = Instant::now() + patience;
    loop {
        let checking = registry.all().iter().any(|server| server.state().pending() == Some(Pending::Check));
        if !checking || Instant::now() >= until {
            return !checking;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Brings down what a driver lists and the registry does not know as living, and second ones of what it does. For
/// when an engine has come back, too, and from time to time: what the last run of the hub asked for shortly before it
/// was killed, a slow engine may do after the first look.
///
/// # Errors
/// When the driver cannot list.
pub async fn sweep(registry: &Registry, spawner: &dyn Spawner) -> Result<usize, labdeck_spawner::SpawnError> {
    let all = spawner.list().await?;
    let there = all.iter().filter(|one| one.liveness != Liveness::Gone);
    let judged: Vec<_> = there.map(|one| judge(registry, spawner, one, &all).boxed()).collect();
    // One that takes its time must not keep the others alive.
    Ok(stream::iter(judged).buffer_unordered(SWEPT_AT_ONCE).filter(|swept| ready(*swept)).count().await)
}

/// Brings it down if nobody knows it; says whether it did.
async fn judge(registry: &Registry, spawner: &dyn Spawner, one: &Found, all: &[Found]) -> bool {
    // The registry is asked after the driver: what is started meanwhile is not in the list.
    is_stray(&registry.snapshot(&one.key), one, all) && bring_down(spawner, one).await
}

/// Says whether it worked.
async fn bring_down(spawner: &dyn Spawner, stray: &Found) -> bool {
    let key = &stray.key;
    tracing::warn!(server.key = %key, "Server {key} runs but is not known to run: stopping it");
    let stopped = spawner.clear_stray(&stray.state).await;
    if let Err(error) = &stopped {
        tracing::warn!(server.key = %key, error = %chain(error), "Could not stop server {key}");
    }
    stopped.is_ok()
}

fn is_stray(known: &Snapshot, one: &Found, all: &[Found]) -> bool {
    if !known.state().is_active() {
        return true;
    }
    // While it starts, the hub does not know yet which of two is its own.
    let own = known.record.spawner_state.as_ref().filter(|_| known.state().is_ready());
    let is_own = |found: &Found| found.key == one.key && Some(&found.state) == own;
    !is_own(one) && all.iter().any(is_own)
}

async fn take_over(registry: &Registry, mut record: Record, spawner: Option<Arc<dyn Spawner>>) {
    let was_stopping = matches!(record.state, ServerState::Stopping { .. });
    match spawner {
        spawner if record.state.is_stopped() => registry.remember(record, spawner),
        Some(spawner) => {
            let key = record.key.clone();
            registry.adopt(record, spawner);
            if was_stopping {
                // The last run was asked to stop it and did not get to the end of that.
                drop(registry.stop_because(&key, StopMode::Graceful, StopCause::Asked));
            }
        }
        None => {
            let (key, kind) = (record.key.clone(), record.spawner_kind.clone());
            tracing::warn!(server.key = %key, spawner.kind = %kind, "Server {key} has a spawner that is not configured");
            let reason = format!("The hub no longer has the spawner {kind:?} that it was started with.");
            registry.ports().note(&key, "no_spawner", reason.clone()).await;
            let exit = LastExit::new(registry.now(), "no_spawner", reason);
            record.state = ServerState::Stopped { last_exit: Some(exit) };
            // First the tokens: while they are good the record stays as it was, and the next run tries again.
            if let Err(error) = registry.ports().revoke_tokens(&key).await {
                tracing::error!(server.key = %key, error = %chain(&*error), "Could not revoke the tokens of server {key}");
            } else if let Err(error) = registry.ports().persist(&record).await {
                tracing::error!(server.key = %key, error = %chain(&*error), "Could not write down server {key}");
            }
            registry.remember(record, None);
        }
    }
}

async fn sweep_when_possible(registry: Registry, spawner: Arc<dyn Spawner>) {
    while let Err(error) = sweep(&registry, &*spawner).await {
        let kind = spawner.kind();
        tracing::debug!(spawner.kind = kind, error = %chain(&error), "Cannot list the servers of {kind} yet");
        tokio::time::sleep(LIST_AGAIN).await;
        if registry.is_ending() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use labdeck_model::Timestamp;
    use labdeck_spawner::SpawnerState;
    use serde_json::json;

    use super::super::testing::key;
    use super::*;

    #[test]
    fn a_stray_is_what_nobody_knows_and_a_second_one_of_what_is_known() {
        let found = |container: &str| Found {
            key: key("ada"),
            state: SpawnerState(json!(container)),
            liveness: Liveness::Running,
        };
        let known = |state: ServerState, container: Option<&str>| {
            let spawner_state = container.map(|container| SpawnerState(json!(container)));
            Snapshot::of(Record { state, spawner_state, ..Record::new(key("ada")) })
        };
        let at = Timestamp::from_unix_micros(1);
        let ready = || ServerState::Ready { url: "http://127.0.0.1:1".into(), started: at };
        let all = [found("own"), found("second")];
        let judged = |known: &Snapshot| all.clone().map(|one| is_stray(known, &one, &all));
        assert_eq!(judged(&known(ServerState::new(), None)), [true, true]);
        assert_eq!(judged(&known(ready(), Some("own"))), [false, true]);
        // Where the hub's own is not listed, or not known yet, nothing is brought down.
        assert_eq!(judged(&known(ready(), Some("other"))), [false, false]);
        assert_eq!(judged(&known(ServerState::Checking { since: at }, Some("own"))), [false, false]);
    }
}
