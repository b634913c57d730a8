//! The progress of a start in JupyterHub's event-stream form: `data:` lines only, a blank pair as keep-alive.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;

use crate::lifecycle::ProgressReader;

/// JupyterHub's keep-alive.
const KEEP_ALIVE: Duration = Duration::from_secs(8);

/// The stream for one reader; it ends with the start.
///
/// # Cancellation
/// Safe to drop; the start goes on.
pub(super) fn stream(mut reader: ProgressReader) -> impl Stream<Item = Result<Bytes, Infallible>> {
    async_stream::stream! {
        yield Ok(Bytes::from_static(b"\n\n"));
        loop {
            match tokio::time::timeout(KEEP_ALIVE, reader.next()).await {
                Err(_) => yield Ok(Bytes::from_static(b"\n\n")),
                Ok(None) => break,
                Ok(Some(event)) => {
                    let data = serde_json::to_string(&event).unwrap_or_else(|_| "{}".to_owned());
                    yield Ok(Bytes::from(format!("data: {data}\n\n")));
                }
            }
        }
    }
}
