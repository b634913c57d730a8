//! Fetching an image as a job of its own, with progress and a way to call it off.

use std::sync::Arc;

use labdeck_model::{ImageRef, Job, JobState};
use labdeck_spawner::SpawnError;
use labdeck_spawner::docker::DockerSpawner;

use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::jobs::JobHandle;
use crate::tasks;

/// Begins to fetch an image; answers the job.
///
/// # Errors
/// 503 where there is no engine; 409 while the same image is being fetched.
pub fn pull(ctx: &Context, image: ImageRef) -> Result<Job> {
    let Some(docker) = ctx.docker.clone() else {
        return Err(Error::new(Kind::Unavailable, "This hub runs without a container engine."));
    };
    let title = format!("Fetching {}", image.with_tag());
    if ctx.jobs.all().iter().any(|job| job.title == title && job.state == JobState::Running) {
        return Err(Error::conflict(format!("{image} is being fetched already.")));
    }
    let (job, handle) = ctx.jobs.begin(title);
    drop(tasks::spawn("stacks.pull", run(docker, image, handle)));
    Ok(job)
}

async fn run(docker: Arc<DockerSpawner>, image: ImageRef, handle: JobHandle) {
    let cancel = handle.cancel_token();
    let report =
        |progress: labdeck_spawner::docker::PullProgress| handle.progress(progress.message(), progress.fraction);
    let ended = docker.pull(&image, report, &cancel).await;
    match ended {
        Ok(()) => handle.end(JobState::Done, format!("{image} is on this computer.")),
        Err(SpawnError::Cancelled) => handle.end(JobState::Cancelled, "Called off."),
        Err(error) => {
            let failure = error.failure();
            tracing::warn!(image = %image, error = &error as &dyn std::error::Error, "Could not fetch {image}");
            handle.end(JobState::Failed, format!("{} {}", failure.message, failure.remedy).trim().to_owned());
        }
    }
}
