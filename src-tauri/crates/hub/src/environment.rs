//! The Python environment of local servers, for the lead: how it stands, and repairing and upgrading it as jobs.

use std::collections::BTreeMap;
use std::sync::Arc;

use labdeck_model::{Job, JobState};
use labdeck_spawner::process::{EnvironmentState, ProcessSpawner, Repaired};
use labdeck_spawner::{SpawnError, StartContext};
use serde::Serialize;
use utoipa::ToSchema;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::jobs::JobHandle;
use crate::tasks;

/// How the environment stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnvironmentView {
    /// `absent` (the first start makes it), `ready`, `broken` or `making`.
    state: &'static str,
    /// What is wrong or could be better, in a sentence.
    problem: Option<String>,
    /// Its Python: `3.11.2`.
    python: Option<String>,
    /// What was asked for, with the versions that are there.
    packages: BTreeMap<String, String>,
    /// Where it lies.
    path: String,
    /// Whether an upgrade would bring other packages.
    outdated: bool,
}

/// What is done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Made anew if it is broken.
    Repair,
    /// Made anew with the newest packages that are allowed.
    Upgrade,
}

/// How it stands now.
pub async fn view(ctx: &Context) -> EnvironmentView {
    let report = ctx.processes.environment_report().await;
    EnvironmentView {
        state: match report.state {
            EnvironmentState::Absent => "absent",
            EnvironmentState::Ready => "ready",
            EnvironmentState::Broken => "broken",
            EnvironmentState::Making => "making",
        },
        problem: report.problem,
        python: report.python,
        packages: report.packages,
        path: report.path.display().to_string(),
        outdated: report.outdated,
    }
}

/// Begins the work; answers the job.
///
/// # Errors
/// 409 while such work is under way.
pub fn begin(ctx: &Context, work: Work) -> Result<Job> {
    let titles = [Work::Repair, Work::Upgrade].map(Work::title);
    let busy = |job: &Job| job.state == JobState::Running && titles.contains(&job.title.as_str());
    if ctx.jobs.all().iter().any(busy) {
        return Err(Error::conflict("The notebook environment is being worked on already."));
    }
    let (job, handle) = ctx.jobs.begin(work.title());
    drop(tasks::spawn("environment.work", run(Arc::clone(&ctx.processes), work, handle)));
    Ok(job)
}

async fn run(processes: Arc<ProcessSpawner>, work: Work, handle: JobHandle) {
    let cancel = handle.cancel_token();
    let handle = Arc::new(handle);
    let teller = Arc::downgrade(&handle);
    let report = move |progress: labdeck_spawner::Progress| {
        if let Some(handle) = teller.upgrade() {
            handle.progress(progress.message, progress.percent.map(|percent| f64::from(percent) / 100.0));
        }
    };
    let ctx = StartContext::new(|_| async { Ok(()) }, report, cancel);
    let ended = match work {
        Work::Repair => processes.repair_environment(&ctx).await.map(|repaired| match repaired {
            Repaired::WasWhole => "The notebook environment is whole; nothing was to be done.",
            Repaired::Made => {
                "The notebook environment was made anew. Running servers keep the old one until they stop."
            }
        }),
        Work::Upgrade => processes
            .upgrade_environment(&ctx)
            .await
            .map(|()| "The notebook environment was upgraded. Running servers keep the old one until they stop."),
    };
    drop(ctx);
    // The teller holds it for the moment of a message only.
    let Ok(handle) = Arc::try_unwrap(handle) else { return };
    match ended {
        Ok(words) => handle.end(JobState::Done, words),
        Err(SpawnError::Cancelled) => handle.end(JobState::Cancelled, "Called off. The environment is as it was."),
        Err(error) => {
            let failure = error.failure();
            tracing::warn!(error = &error as &dyn std::error::Error, "Could not work on the notebook environment");
            handle.end(JobState::Failed, format!("{} {}", failure.message, failure.remedy).trim().to_owned());
        }
    }
}

// === impl Work ===

impl Work {
    fn title(self) -> &'static str {
        match self {
            Self::Repair => "Repairing the notebook environment",
            Self::Upgrade => "Upgrading the notebook environment",
        }
    }
}
