//! The job that saves a file, and what it saved, so that its folder can be shown.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use labdeck_model::{Job, JobState, ServerKey, ServerName, UserName};
use parking_lot::Mutex;
use serde::Deserialize;
use tokio::io::AsyncWriteExt as _;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::place::{Place, tame};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::jobs::JobHandle;
use crate::resources::bytes_in_words;
use crate::{homes, servers, tasks};

/// How often the job says how far it is.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// Saved files whose folder can still be shown: as many as the jobs that the window lists.
const KEPT: usize = 20;

/// What shall be saved.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum DownloadWish {
    /// The log of a server.
    Log {
        /// Whose server.
        user: UserName,
        /// Which; empty for the default one.
        server: ServerName,
    },
    /// Somebody's files, as an archive.
    Home {
        /// Which home, as the list of homes names it.
        id: String,
    },
}

/// Where the files of late were saved, by the number of their job.
#[derive(Debug, Default)]
pub struct Saved(Mutex<VecDeque<(u64, PathBuf)>>);

/// A file before it is written.
struct Source {
    name: String,
    length: Option<u64>,
    bytes: Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>,
}

/// Why a file was not saved.
enum Unsaved {
    CalledOff,
    Failed(std::io::Error),
}

/// Begins to save a file among the lead's downloads; answers the job.
///
/// # Errors
/// 404 for what does not exist; 503 without a desktop, or when it cannot be read.
pub async fn save(ctx: &Context, wish: DownloadWish) -> Result<Job> {
    let folder = ctx.desktop.as_ref().and_then(|desktop| desktop.downloads());
    let folder = folder.ok_or_else(|| Error::new(Kind::Unavailable, "There is no desktop here to save files on."))?;
    let source = Source::open(ctx, wish).await?;
    let (job, handle) = ctx.jobs.begin(format!("Saving {}", source.name));
    let (ctx, id) = (ctx.clone(), job.id);
    drop(tasks::spawn("downloads.save", async move {
        match source.write(&folder, &handle).await {
            Ok((file, bytes)) => {
                let words = format!("Saved to {} ({}).", file.display(), size_in_words(bytes));
                ctx.saved.add(id, file);
                handle.end(JobState::Done, words);
            }
            Err(Unsaved::CalledOff) => handle.end(JobState::Cancelled, "Called off. Nothing was saved."),
            Err(Unsaved::Failed(error)) => {
                tracing::warn!(%error, "A file could not be saved");
                let folder = folder.display();
                let words = format!("Nothing was saved in {folder}: {error}. Put that right and try again.");
                handle.end(JobState::Failed, words);
            }
        }
    }));
    Ok(job)
}

/// Shows a saved file in its folder. Asking a desktop takes its time, so this waits beside everything else.
///
/// # Errors
/// 404 for one that is not known or not there any more; 503 without a desktop.
pub async fn show(ctx: &Context, job: u64) -> Result<()> {
    let file = ctx.saved.find(job).ok_or_else(|| Error::not_found("Labdeck did not save this file, or long ago."))?;
    if !file.exists() {
        return Err(Error::not_found(format!("{} is not there any more.", file.display())));
    }
    let nobody = || Error::new(Kind::Unavailable, "There is no desktop here to show a folder on.");
    let desktop = ctx.desktop.clone().ok_or_else(nobody)?;
    tasks::blocking(move || desktop.show(&file)).await
}

/// A log is small: words made for memory would call it a megabyte.
fn size_in_words(bytes: u64) -> String {
    if bytes < 1 << 20 { format!("{} kB", bytes.div_ceil(1 << 10)) } else { bytes_in_words(bytes) }
}

// === impl Source ===

impl Source {
    async fn open(ctx: &Context, wish: DownloadWish) -> Result<Self> {
        match wish {
            DownloadWish::Log { user, server } => {
                let key = ServerKey::new(user, server);
                let mut text = servers::log_lines(ctx, &key, servers::MOST_LOG_LINES).await?.join("\n");
                text.push('\n');
                let length = Some(text.len() as u64);
                let name = tame(&format!("{}.log", key.to_string().replace(':', "-")));
                Ok(Self { name, length, bytes: Box::pin(stream::iter([Ok(Bytes::from(text))])) })
            }
            DownloadWish::Home { id } => {
                let home = homes::download(ctx, &id).await?;
                Ok(Self { name: tame(&home.name), length: home.length, bytes: home.bytes })
            }
        }
    }

    /// # Cancellation
    /// Through the job; nothing of the file stays then.
    async fn write(mut self, folder: &Path, handle: &JobHandle) -> Result<(PathBuf, u64), Unsaved> {
        let cancel = handle.cancel_token();
        let (folder, name) = (folder.to_owned(), self.name.clone());
        let opened = tasks::blocking(move || {
            let place = Place::take(&folder, &name)?;
            let file = place.open()?;
            Ok((place, file))
        });
        let (place, file) = opened.await.map_err(Unsaved::Failed)?;
        let mut file = tokio::fs::File::from_std(file);
        let (mut written, mut told) = (0_u64, None::<Instant>);
        loop {
            // Who calls it off waits for nothing that is still to be read.
            let piece = tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(Unsaved::CalledOff),
                piece = self.bytes.next() => piece,
            };
            let Some(piece) = piece else { break };
            let piece = piece.map_err(Unsaved::Failed)?;
            file.write_all(&piece).await.map_err(Unsaved::Failed)?;
            written += piece.len() as u64;
            if told.is_none_or(|at| at.elapsed() >= TELL_EVERY) {
                told = Some(Instant::now());
                let share = self.length.filter(|length| *length > 0).map(|length| written as f64 / length as f64);
                handle.progress(format!("{} so far", size_in_words(written)), share);
            }
        }
        file.sync_all().await.map_err(Unsaved::Failed)?;
        drop(file);
        let kept = tasks::blocking(move || place.keep()).await.map_err(Unsaved::Failed)?;
        Ok((kept, written))
    }
}

// === impl Saved ===

impl Saved {
    fn add(&self, job: u64, file: PathBuf) {
        let mut files = self.0.lock();
        files.push_back((job, file));
        if files.len() > KEPT {
            files.pop_front();
        }
    }

    fn find(&self, job: u64) -> Option<PathBuf> {
        self.0.lock().iter().find(|(id, _)| *id == job).map(|(_, file)| file.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_files_are_told_in_kilobytes() {
        let words = [0, 1, 1025, (1 << 20) - 1, 1 << 20].map(size_in_words);
        assert_eq!(words, ["0 kB", "1 kB", "2 kB", "1024 kB", "1 MB"]);
    }
}
