//! Waiting for something to become true, without guessing how long it takes.

use std::future::Future;
use std::time::Duration;

/// Asks again and again until the answer is `Some`, for at most `limit`.
///
/// # Panics
/// With `what` when the time is over.
pub async fn eventually<T, F>(what: &str, limit: Duration, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let asking = async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    match tokio::time::timeout(limit, asking).await {
        Ok(found) => found,
        Err(_) => panic!("waited {limit:?} in vain: {what}"),
    }
}
