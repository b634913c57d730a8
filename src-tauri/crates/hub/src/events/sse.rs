//! The event stream in `text/event-stream` form. Owns framing, resumption and keep-alive; which events a caller
//! may see is decided by the filter that the handler passes in.

use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use labdeck_model::HubEvent;
use tokio::sync::broadcast::error::RecvError;

use super::{Bus, Missed};

/// Silence after which a comment is sent, so that proxies and sleeping laptops notice a dead connection.
const KEEP_ALIVE: Duration = Duration::from_secs(8);

/// The stream for one reader: first what it missed, then what comes, until the hub ends or the reader leaves. `shown`
/// says what the reader sees of an event.
///
/// # Cancellation
/// Dropping the stream unsubscribes; nothing is left behind.
pub fn event_stream<F>(
    bus: &Bus,
    after: Option<u64>,
    shown: F,
) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> + use<F>
where
    F: Fn(HubEvent) -> Option<HubEvent> + Send + 'static,
{
    let mut subscription = bus.subscribe(after);
    async_stream::stream! {
        // A first byte at once lets the reader know that the connection stands.
        yield Ok(Bytes::from_static(b": connected\n\n"));
        if subscription.missed == Missed::Some {
            yield Ok(resync());
        }
        for event in subscription.backlog.drain(..).filter_map(&shown) {
            yield Ok(frame(&event));
        }
        loop {
            match tokio::time::timeout(KEEP_ALIVE, subscription.receiver.recv()).await {
                Err(_) => yield Ok(Bytes::from_static(b": still here\n\n")),
                Ok(Ok(event)) => if let Some(event) = shown(event) {
                    yield Ok(frame(&event));
                },
                Ok(Err(RecvError::Lagged(_))) => yield Ok(resync()),
                Ok(Err(RecvError::Closed)) => break,
            }
        }
    }
}

fn frame(event: &HubEvent) -> Bytes {
    let data = serde_json::to_string(event).unwrap_or_else(|_| "{}".to_owned());
    Bytes::from(format!("id: {}\ndata: {data}\n\n", event.seq))
}

/// Has no number: a reader that resumes later must still say where it was before.
fn resync() -> Bytes {
    Bytes::from_static(b"data: {\"type\":\"resync\"}\n\n")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::StreamExt;
    use labdeck_model::{Event, SystemClock};

    use super::*;

    #[tokio::test]
    async fn the_stream_resumes_and_then_follows() {
        let bus = Bus::new(Arc::new(SystemClock));
        bus.publish_all([Event::OverviewChanged, Event::OverviewChanged]);
        let mut stream = Box::pin(event_stream(&bus, Some(1), Some));
        assert_eq!(stream.next().await.unwrap().unwrap(), ": connected\n\n");
        assert!(stream.next().await.unwrap().unwrap().starts_with(b"id: 2\ndata: {"));
        bus.publish(Event::OverviewChanged);
        assert!(stream.next().await.unwrap().unwrap().starts_with(b"id: 3\n"));
    }
}
