//! Carries out the effects that the machine decided on. The second half of the actor: short ones are awaited here,
//! long ones become the actor's call. No effect makes a decision.

use std::time::Duration;

use labdeck_model::{Failure, ServerState, Timestamp};
use labdeck_spawner::StopMode;

use super::actor::{Actor, FirstPart, Parts, not_saved};
use super::calls::{LOG_LINES, chain, start_line};
use super::effects::{Deadline, Effect};
use super::ports::BoxError;

/// For one write, one route, one event. A neighbour that takes longer must not hold a server up.
const ONE_EFFECT: Duration = Duration::from_secs(10);
/// How often revoking tokens and the last write of a record are tried before a person has to look.
const TRIES: u32 = 3;
/// Between two tries, and before a record is written again.
const PAUSE: Duration = Duration::from_secs(2);

// === impl Actor ===

impl Actor {
    /// Does one effect.
    ///
    /// # Errors
    /// Only when a start's record cannot be written: the attempt ends there.
    pub(super) async fn perform(&mut self, effect: Effect) -> Result<(), Failure> {
        match effect {
            Effect::MintTokens => self.first_part = FirstPart::MintTokens,
            Effect::TakeLog => self.first_part = FirstPart::TakeLog,
            Effect::CallStart => self.call_start(),
            Effect::CallCheck => self.call = Some(self.check(Duration::ZERO)),
            Effect::CallStop { mode } => self.call_stop(mode),
            Effect::AwaitEngine => self.await_engine(),
            Effect::CancelStart => self.line.iter().for_each(|line| line.cancel.cancel()),
            Effect::DropCall => (self.call, self.line) = (None, None),
            Effect::Probe { url } => {
                self.seen.lock().take();
                self.call = Some(self.parts.caller.probe(url, self.seen.clone()));
            }
            Effect::AddRoute { url } => {
                self.call = Some(self.parts.caller.route(url, self.parts.snapshot.record.started));
            }
            Effect::DeleteRoute => self.parts.delete_route().await,
            Effect::RevokeTokens => self.parts.revoke_tokens().await,
            Effect::SetDeadline { deadline, at } => self.set_deadline(deadline, at),
            Effect::ClearDeadline => self.deadline = None,
            Effect::Persist => return self.persist_or_fail().await,
            Effect::Publish => self.parts.publish().await,
        }
        Ok(())
    }

    fn call_start(&mut self) {
        self.first_part = FirstPart::Nothing;
        let Some(options) = self.parts.options.clone() else {
            tracing::error!(server.key = %self.parts.caller.key, "BUG: a start without options");
            return;
        };
        let (line, ctx) = start_line(self.parts.log.clone());
        // Stays in the record until the new start has a checkpoint of its own.
        let leftover = self.parts.snapshot.record.spawner_state.clone();
        self.line = Some(line);
        self.call = Some(self.parts.caller.start(options, leftover, ctx));
    }

    fn call_stop(&mut self, mode: StopMode) {
        let takes_log = std::mem::replace(&mut self.first_part, FirstPart::Nothing) == FirstPart::TakeLog;
        let state = self.parts.snapshot.record.spawner_state.clone();
        self.call = Some(self.parts.caller.stop(state, mode, if takes_log { LOG_LINES } else { 0 }));
    }

    fn await_engine(&mut self) {
        if let Some(state) = self.parts.snapshot.record.spawner_state.clone() {
            self.call = Some(self.parts.caller.await_engine(state));
        }
    }

    fn set_deadline(&mut self, deadline: Deadline, at: Timestamp) {
        let left = at.since(self.parts.clock.now());
        self.deadline = Some((deadline, Box::pin(tokio::time::sleep(left))));
    }

    async fn persist_or_fail(&mut self) -> Result<(), Failure> {
        self.persist().await;
        let begins = matches!(self.parts.snapshot.state(), ServerState::Queued { .. } | ServerState::Starting { .. });
        if begins && self.rewrite.take().is_some() { Err(not_saved()) } else { Ok(()) }
    }

    /// Writes the record; where that fails, again later. At the end there is no later: then a few times at once.
    pub(super) async fn persist(&mut self) {
        let record = &self.parts.snapshot.record;
        let (key, last) = (&record.key, record.state.is_stopped());
        let mut tries = 1;
        self.rewrite = None;
        while let Err(error) = bounded(self.parts.caller.ports.persist(record)).await {
            let cause = chain(&*error);
            tracing::error!(server.key = %key, error = %cause, "Could not write down server {key}: {cause}");
            if !last || tries == TRIES {
                self.rewrite = Some(Box::pin(tokio::time::sleep(PAUSE)));
                return;
            }
            tries += 1;
            tokio::time::sleep(PAUSE).await;
        }
    }
}

// === impl Parts ===

impl Parts {
    pub(super) async fn delete_route(&self) {
        let caller = &self.caller;
        if let Err(error) = bounded(caller.ports.delete_route(&caller.key)).await {
            let (key, cause) = (&caller.key, chain(&*error));
            tracing::warn!(server.key = %key, error = %cause, "Could not delete the route of server {key}: {cause}");
        }
    }

    pub(super) async fn revoke_tokens(&self) {
        let caller = &self.caller;
        let (key, ports) = (&caller.key, &caller.ports);
        let mut tries = 1;
        while let Err(error) = bounded(ports.revoke_tokens(key)).await {
            let cause = chain(&*error);
            if tries == TRIES {
                tracing::error!(server.key = %key, error = %cause, "Could not revoke the tokens of server {key}: {cause}");
                return;
            }
            tries += 1;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Tells what changed, and lets in whoever may start now because of it.
    pub(super) async fn publish(&self) {
        self.show();
        self.turnstile.turn();
        self.spread().await;
    }

    /// Tells what changed, where that makes room for nobody.
    pub(super) async fn tell(&self) {
        self.show();
        self.spread().await;
    }

    /// To those who wait for this server.
    fn show(&self) {
        let snapshot = &self.snapshot;
        tracing::info!(
            server.key = %snapshot.key(), state = snapshot.state().word(),
            "Server {} is now {}", snapshot.key(), snapshot.state().word()
        );
        self.view.send_replace(snapshot.clone());
    }

    /// To everybody.
    async fn spread(&self) {
        let snapshot = &self.snapshot;
        if tokio::time::timeout(ONE_EFFECT, self.caller.ports.publish(snapshot)).await.is_err() {
            tracing::warn!(server.key = %snapshot.key(), "Nobody took the news of server {}", snapshot.key());
        }
    }
}

/// A short effect, cut off where it is not short.
pub(super) async fn bounded(effect: impl Future<Output = Result<(), BoxError>>) -> Result<(), BoxError> {
    tokio::time::timeout(ONE_EFFECT, effect).await.unwrap_or_else(|late| Err(late.into()))
}
