//! What an actor hears and what it makes of it: how its call ended, what it observed, whether its turn has come. The
//! third part of the actor, beside `perform`; turns words of the outside into inputs of the machine.

use std::time::Duration;

use futures_util::future::BoxFuture;
use labdeck_model::{StartStep, Waiting};

use super::actor::Actor;
use super::calls::{Outcome, RETRY_PAUSE, chain};
use super::chronicle;
use super::effects::Input;
use super::entries::Turn;
use super::observe::Observation;
use super::ports::Engine;

// === impl Actor ===

impl Actor {
    /// A word about the turn of a queued start.
    pub(super) async fn turn_is(&mut self, turn: Turn) {
        match turn {
            Turn::Wait(waiting) => self.waits(waiting).await,
            Turn::Go(grant) => {
                if let Some(options) = &mut self.parts.options {
                    options.grant = grant.clone();
                }
                self.parts.snapshot.record.grant = grant;
                self.feed(Input::LetIn).await;
            }
            Turn::Never(failure) => self.feed(Input::StartFailed { failure }).await,
        }
    }

    async fn waits(&mut self, waiting: Waiting) {
        self.tell_wait(&waiting);
        self.parts.snapshot.waiting = Some(waiting);
        // Without the turnstile: a wait makes room for nobody, and would be asked for again by its own news.
        self.parts.tell().await;
    }

    /// Tells whoever reads the progress what the start waits for.
    pub(super) fn tell_wait(&self, waiting: &Waiting) {
        let message = waiting.message.clone();
        self.parts.log.report(labdeck_spawner::Progress { step: StartStep::Queued, percent: None, message });
    }

    pub(super) async fn call_ended(&mut self, outcome: Outcome) {
        self.line = None;
        let input = match outcome {
            // It was away before this look, so it took the server with it.
            Outcome::Input(Input::Observed(ended)) if self.engine_is_gone() => {
                self.engine_is(Engine::Answers).await;
                Input::Observed(ended.with_engine())
            }
            Outcome::Input(input) => input,
            Outcome::EngineAway(failure) => {
                self.engine_is(Engine::Gone).await;
                Input::EngineGone { failure }
            }
            Outcome::EngineBack => {
                self.engine_is(Engine::Answers).await;
                Input::EngineBack
            }
            Outcome::Ready(readiness) => {
                self.parts.snapshot.version = readiness.version;
                Input::Answered
            }
            Outcome::Adopted { url, state, readiness } => {
                self.engine_is(Engine::Answers).await;
                let snapshot = &mut self.parts.snapshot;
                snapshot.version = readiness.version;
                snapshot.record.spawner_state = Some(state);
                Input::Adopted { url }
            }
            Outcome::EngineGone(error) => {
                let key = &self.parts.caller.key;
                tracing::debug!(server.key = %key, error = %chain(&error), "Cannot look at server {key} yet");
                self.call = Some(self.check(RETRY_PAUSE));
                return self.engine_is(Engine::Gone).await;
            }
        };
        self.feed(input).await;
    }

    /// A look at a server of an earlier run of the hub.
    pub(super) fn check(&self, pause: Duration) -> BoxFuture<'static, Outcome> {
        let known = self.parts.snapshot.record.spawner_state.clone();
        self.parts.caller.check(known, pause, self.parts.timeouts.answer)
    }

    async fn engine_is(&mut self, engine: Engine) {
        if self.parts.snapshot.engine != engine {
            let key = &self.parts.caller.key;
            match engine {
                Engine::Gone => tracing::warn!(server.key = %key, "What runs server {key} does not answer"),
                Engine::Answers => tracing::info!(server.key = %key, "What runs server {key} answers again"),
            }
            self.parts.snapshot.engine = engine;
            self.lines.push(chronicle::of_engine(engine));
            self.parts.publish().await;
            self.chronicle().await;
        }
    }

    pub(super) async fn observed(&mut self, observation: Observation) {
        match observation {
            Observation::Ended(liveness) => self.feed(Input::Observed(liveness)).await,
            Observation::EngineGone => self.engine_is(Engine::Gone).await,
            Observation::EngineBack { url } => {
                self.engine_is(Engine::Answers).await;
                // Where it listens may be another place now. What did not move stays as it is.
                if let Some(url) = url {
                    self.feed(Input::Adopted { url }).await;
                }
            }
        }
    }
}
