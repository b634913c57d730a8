//! A home as a stream for the lead's browser: an archive as it lies, any other home packed while it is sent.

use std::path::Path;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::sync::oneshot;
use tokio_util::io::ReaderStream;

use super::list::{HomeStatus, get};
use super::{driver, homes_of};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::tasks;

/// Bytes between the driver and the reader.
const PIPE: usize = 256 << 10;

/// What is sent.
pub struct Download {
    /// The file's name for the browser.
    pub name: String,
    /// What kind of file it is.
    pub content_type: &'static str,
    /// Its length, where that is known before.
    pub length: Option<u64>,
    /// Its bytes. An error in the middle means that what was sent is no whole archive.
    pub bytes: Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>,
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Download").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Begins to send a home.
///
/// # Errors
/// 404; 503 when it cannot be read.
pub async fn download(ctx: &Context, id: &str) -> Result<Download> {
    let home = get(ctx, id).await?;
    if home.status == HomeStatus::Archived {
        let path = Path::new(&ctx.data_dir).join(&home.place);
        let gone = |error: std::io::Error| {
            Error::new(Kind::Unavailable, format!("The archive {} cannot be read: {error}.", path.display()))
                .caused_by(error)
        };
        let file = tokio::fs::File::open(&path).await.map_err(gone)?;
        let length = file.metadata().await.ok().map(|meta| meta.len());
        let bytes = Box::pin(ReaderStream::with_capacity(file, PIPE));
        return Ok(Download {
            name: format!("{}.tar.zst", home.home),
            content_type: "application/zstd",
            length,
            bytes,
        });
    }
    let driver = driver(ctx, &home.spawner)?;
    homes_of(&*driver)?;
    let (near, mut far) = tokio::io::duplex(PIPE);
    let (ended, end) = oneshot::channel();
    let name = home.home.clone();
    // Ends with its reader: a line that nobody reads is closed.
    drop(tasks::spawn("homes.download", async move {
        let Some(homes) = driver.homes() else { return };
        let sent = homes.archive_home(&name, &mut far).await;
        drop(far);
        let _ = ended.send(sent.map_err(|error| std::io::Error::other(error.to_string())));
    }));
    // A driver that failed must not look like the end of the file.
    let last = futures_util::stream::once(async move {
        match end.await {
            Ok(Ok(())) => Ok(Bytes::new()),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(std::io::ErrorKind::BrokenPipe.into()),
        }
    });
    let bytes = Box::pin(ReaderStream::with_capacity(near, PIPE).chain(last));
    Ok(Download { name: format!("{}.tar", home.home), content_type: "application/x-tar", length: None, bytes })
}
