//! The group around all containers of a hub (see [`Ceiling`]), as far as this engine can be told to use it. Owns when it
//! can: the groups must be this computer's, and the engine must take them as folders.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tracing::warn;

use super::engine::Engine;
use super::inspect;
use super::mounts::Place;
use crate::{Ceiling, Hold, SpawnError};

/// The kernel counts a program as ended a moment after it said that memory ran out.
const COUNTED: Duration = Duration::from_millis(250);

/// Makes the group and says how it stands.
pub(super) async fn hold(engine: &Engine, ceiling: Option<&Arc<Ceiling>>) -> Hold {
    let Some(ceiling) = ceiling.cloned() else {
        return Hold::Absent("this hub keeps no group around its servers".into());
    };
    if engine.place() == Place::Elsewhere {
        return Hold::Absent("the engine is on another computer".into());
    }
    let Ok(connected) = engine.connect().await else {
        return Hold::Absent("Docker cannot be asked at the moment".into());
    };
    if let Err(why) = connected.abilities.takes_groups() {
        return Hold::Absent(why.into());
    }
    let held = tokio::task::spawn_blocking(move || ceiling.hold()).await;
    held.unwrap_or_else(|_| Hold::Absent("the hub is ending".into()))
}

/// The group as the engine calls it, where there is one. Where not, the lead is told by the hub, and each server's own
/// limit holds.
pub(super) async fn parent(engine: &Engine, ceiling: Option<&Arc<Ceiling>>) -> Option<String> {
    let held = hold(engine, ceiling).await;
    ceiling.filter(|_| held.is_there())?.parent()
}

/// Looks whether the engine put a container that runs into the group. The group is limited once more: another hub may
/// have cleared it away while it was empty, and then the engine made it.
pub(super) async fn confirm(
    engine: &Engine,
    ceiling: Option<&Arc<Ceiling>>,
    container: &str,
) -> Result<(), SpawnError> {
    let held = hold(engine, ceiling).await;
    let Some(ceiling) = ceiling.filter(|_| held.is_there()) else { return Ok(()) };
    let (asked, id) = (Arc::clone(ceiling), container.to_owned());
    let is_in = tokio::task::spawn_blocking(move || asked.holds(&id)).await.unwrap_or(true);
    // One that has ended meanwhile has no group any more.
    if is_in || !inspect::is_running(engine, container).await? {
        return Ok(());
    }
    ceiling.miss();
    warn!(container.id = %container, "The engine did not put container {container} into the group around all servers");
    Ok(())
}

/// Tells whose memory it was. Where the group around all ran full, version 1 of control groups says so for each server
/// in it; the kernel's counts say in which of them a program was ended.
#[derive(Debug, Default)]
pub(super) struct Kills {
    seen: HashMap<String, u64>,
}

// === impl Kills ===

impl Kills {
    /// Whether a program of this container was ended since the last look. What cannot be known is believed.
    pub(super) async fn is_its_own(&mut self, ceiling: Option<&Arc<Ceiling>>, container: &str) -> bool {
        let Some(ceiling) = ceiling else { return true };
        sleep(COUNTED).await;
        match ceiling.kills_in(container) {
            Some(kills) => self.seen.insert(container.to_owned(), kills).unwrap_or(0) < kills,
            None => true,
        }
    }

    /// A container ended.
    pub(super) fn forget(&mut self, container: &str) {
        self.seen.remove(container);
    }
}
