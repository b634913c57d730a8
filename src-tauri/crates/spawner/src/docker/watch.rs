//! Watching the engine come and go. Owns one task per driver; the driver's end stops it.

use std::sync::Arc;
use std::time::Duration;

use bollard::query_parameters::EventsOptionsBuilder;
use futures_util::StreamExt;
use labdeck_model::EngineState;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::engine::Engine;
use crate::tasks::{self, Task};

/// How often an absent engine is looked for. A look is one attempt to open a socket.
const ABSENT_INTERVAL: Duration = Duration::from_secs(1);
/// How often a present engine is greeted although its event stream is open: a stream over a network can die silently.
const PRESENT_INTERVAL: Duration = Duration::from_secs(15);

/// A running watch: its receiver is cloned for each who asks.
#[derive(Debug)]
pub(super) struct Watch {
    receiver: watch::Receiver<EngineState>,
    _task: Task,
}

// === impl Watch ===

impl Watch {
    pub(super) fn begin(engine: Arc<Engine>, now: EngineState) -> Self {
        let (sender, receiver) = watch::channel(now);
        Self { receiver, _task: tasks::spawn("engine watch", follow(engine, sender)) }
    }

    pub(super) fn receiver(&self) -> watch::Receiver<EngineState> {
        self.receiver.clone()
    }
}

async fn follow(engine: Arc<Engine>, sender: watch::Sender<EngineState>) {
    loop {
        let state = engine.state().await;
        let running = matches!(state, EngineState::Running { .. });
        sender.send_if_modified(|last| {
            let changed = *last != state;
            *last = state;
            changed
        });
        if running { until_gone(&engine).await } else { sleep(ABSENT_INTERVAL).await }
    }
}

/// Resolves when the engine ends its event stream, or after a while.
async fn until_gone(engine: &Engine) {
    let Ok(client) = engine.client().await else { return };
    // The engine's own events only: those of containers would be a flood that nobody here reads.
    let filter = std::collections::HashMap::from([("type".to_owned(), vec!["daemon".to_owned()])]);
    let mut events = Box::pin(client.events(Some(EventsOptionsBuilder::new().filters(&filter).build())));
    let drained = async { while let Some(Ok(_)) = events.next().await {} };
    // A stream that the engine refuses ends at once; without the pause this would be a busy loop.
    let _ = timeout(PRESENT_INTERVAL, drained).await;
    sleep(Duration::from_millis(200)).await;
}
