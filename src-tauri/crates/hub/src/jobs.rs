//! Long work that people watch and may call off: fetching an image, making an environment. Owns the list and its
//! events; what the work is, its starter knows. Jobs live as long as the hub runs; nothing of them is stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use labdeck_model::{Event, Job, JobState};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::events::Bus;

/// Jobs that ended and are still shown.
const KEPT_ENDED: usize = 20;

/// All jobs of this run. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Jobs {
    bus: Bus,
    list: Arc<Mutex<List>>,
}

#[derive(Debug, Default)]
struct List {
    last_id: u64,
    entries: BTreeMap<u64, (Job, CancellationToken)>,
}

/// The worker's side of one job. Dropping it without [`JobHandle::end`] marks the job as failed.
#[derive(Debug)]
pub struct JobHandle {
    jobs: Jobs,
    id: u64,
    cancel: CancellationToken,
    ended: bool,
}

// === impl Jobs ===

impl Jobs {
    /// An empty list that publishes on `bus`.
    pub fn new(bus: Bus) -> Self {
        Self { bus, list: Arc::default() }
    }

    /// Adds a running job.
    pub fn begin(&self, title: impl Into<String>) -> (Job, JobHandle) {
        let cancel = CancellationToken::new();
        let job = {
            let mut list = self.list.lock();
            list.last_id += 1;
            let id = list.last_id;
            let job = Job {
                id,
                title: title.into(),
                state: JobState::Running,
                message: "Waiting to begin".to_owned(),
                fraction: None,
            };
            list.entries.insert(id, (job.clone(), cancel.clone()));
            list.forget_oldest();
            job
        };
        self.bus.publish(Event::JobChanged { job: job.clone() });
        (job.clone(), JobHandle { jobs: self.clone(), id: job.id, cancel, ended: false })
    }

    /// All jobs, newest last.
    pub fn all(&self) -> Vec<Job> {
        self.list.lock().entries.values().map(|(job, _)| job.clone()).collect()
    }

    /// Calls a job off. Answers whether there was such a running job; it ends a moment later.
    pub fn cancel(&self, id: u64) -> bool {
        let list = self.list.lock();
        let running = list.entries.get(&id).filter(|(job, _)| job.state == JobState::Running);
        running.inspect(|(_, cancel)| cancel.cancel()).is_some()
    }

    /// Calls all of them off: the hub ends.
    pub fn cancel_all(&self) {
        self.list.lock().entries.values().for_each(|(_, cancel)| cancel.cancel());
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut Job)) {
        let changed = {
            let mut list = self.list.lock();
            let Some((job, _)) = list.entries.get_mut(&id) else { return };
            change(job);
            job.clone()
        };
        self.bus.publish(Event::JobChanged { job: changed });
    }
}

impl List {
    fn forget_oldest(&mut self) {
        let ended: Vec<_> =
            self.entries.iter().filter(|(_, (job, _))| job.state != JobState::Running).map(|(id, _)| *id).collect();
        for id in ended.iter().take(ended.len().saturating_sub(KEPT_ENDED)) {
            self.entries.remove(id);
        }
    }
}

// === impl JobHandle ===

impl JobHandle {
    /// Tells how far the work is.
    pub fn progress(&self, message: impl Into<String>, fraction: Option<f64>) {
        let message = message.into();
        self.jobs.change(self.id, |job| {
            job.message = message;
            job.fraction = fraction;
        });
    }

    /// Tripped when somebody calls the work off.
    pub fn cancel_token(&self) -> CancellationToken {
        self.cancel.clone()
    }

    /// The work is over.
    pub fn end(mut self, state: JobState, message: impl Into<String>) {
        self.finish(state, message.into());
    }

    fn finish(&mut self, state: JobState, message: String) {
        self.ended = true;
        self.jobs.change(self.id, |job| {
            job.state = state;
            job.message = message;
            if state == JobState::Done {
                job.fraction = Some(1.0);
            }
        });
    }
}

impl Drop for JobHandle {
    fn drop(&mut self) {
        if !self.ended {
            self.finish(JobState::Failed, "The work ended before it was done. Try again.".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use labdeck_model::SystemClock;

    use super::*;

    #[test]
    fn a_job_that_is_dropped_is_seen_as_failed() {
        let jobs = Jobs::new(Bus::new(Arc::new(SystemClock)));
        let (job, handle) = jobs.begin("Fetching x");
        assert!(jobs.cancel(job.id) && handle.cancel_token().is_cancelled());
        drop(handle);
        assert_eq!(jobs.all()[0].state, JobState::Failed);
        assert!(!jobs.cancel(job.id), "an ended job cannot be called off");
    }
}
