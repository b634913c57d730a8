//! [`StartContext`]: how a driver talks to the hub during a start. Owns the three lines between them (what to
//! remember, how far it is, when to give up); the hub decides what happens with each.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use labdeck_model::StartStep;
use tokio_util::sync::CancellationToken;

use crate::{BoxError, SpawnError, SpawnerState};

/// How far a start is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The step it is in.
    pub step: StartStep,
    /// How much of that step is done, 0 to 100, where that can be known.
    pub percent: Option<u8>,
    /// What is being done, one line for the server's user.
    pub message: String,
}

type Saved = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

/// The driver's side of one start. Cheap to clone.
#[derive(Clone)]
pub struct StartContext {
    save: Arc<dyn Fn(SpawnerState) -> Saved + Send + Sync>,
    report: Arc<dyn Fn(Progress) + Send + Sync>,
    cancel: CancellationToken,
}

// === impl StartContext ===

impl StartContext {
    /// Joins the three lines: `save` resolves once the state is durable, `report` must not block, `cancel` is
    /// tripped to give the start up.
    pub fn new<S, F, R>(save: S, report: R, cancel: CancellationToken) -> Self
    where
        S: Fn(SpawnerState) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), BoxError>> + Send + 'static,
        R: Fn(Progress) + Send + Sync + 'static,
    {
        Self { save: Arc::new(move |state| Box::pin(save(state))), report: Arc::new(report), cancel }
    }

    /// Hands over what is needed to clean up from here on, and waits until it is durable.
    ///
    /// # Errors
    /// [`SpawnError::NotSaved`]: the driver must undo what it made and give up.
    pub async fn checkpoint(&self, state: SpawnerState) -> Result<(), SpawnError> {
        (self.save)(state).await.map_err(SpawnError::NotSaved)
    }

    /// Tells how far the start is.
    pub fn progress(&self, progress: Progress) {
        (self.report)(progress);
    }

    /// The same, from its parts, for a step whose share is not known.
    pub fn step(&self, step: StartStep, message: impl Into<String>) {
        self.progress(Progress { step, percent: None, message: message.into() });
    }

    /// Resolves when the start shall be given up.
    pub async fn cancelled(&self) {
        self.cancel.cancelled().await;
    }

    /// Whether the start shall be given up.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// [`SpawnError::Cancelled`] if the start shall be given up: for a place between two steps.
    ///
    /// # Errors
    /// As said.
    pub fn check(&self) -> Result<(), SpawnError> {
        if self.is_cancelled() { Err(SpawnError::Cancelled) } else { Ok(()) }
    }

    /// The token itself, for work that is handed on.
    pub fn token(&self) -> &CancellationToken {
        &self.cancel
    }
}

impl fmt::Debug for StartContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartContext").field("cancelled", &self.is_cancelled()).finish_non_exhaustive()
    }
}
