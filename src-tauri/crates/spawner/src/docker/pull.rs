//! Fetching an image, with progress summed over its layers. Dropping or cancelling the fetch makes the engine stop it;
//! layers that are complete are kept and not fetched again.

use std::collections::BTreeMap;

use bollard::models::CreateImageInfo;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::StreamExt;
use labdeck_model::ImageRef;
use tokio_util::sync::CancellationToken;

use super::engine::{Engine, is_gone, said};
use super::image::absent;
use crate::SpawnError;

/// How far a fetch is.
#[derive(Debug, Clone, PartialEq)]
pub struct PullProgress {
    /// Bytes that have arrived.
    pub downloaded_bytes: u64,
    /// Bytes of the layers whose size is known so far.
    pub total_bytes: u64,
    /// Layers that are in place, and all of them.
    pub layers: (usize, usize),
    /// The whole, 0 to 1; `None` before the layers are known.
    pub fraction: Option<f64>,
}

/// The share of a layer's work that is its transfer; the rest is unpacking. A rough value: networks and disks differ.
const TRANSFER_SHARE: f64 = 0.7;

/// Fetches an image.
pub(super) async fn pull(
    engine: &Engine,
    image: &ImageRef,
    on_progress: &(dyn Fn(PullProgress) + Send + Sync),
    cancel: &CancellationToken,
) -> Result<(), SpawnError> {
    if image.as_str().starts_with("sha256:") {
        return Err(absent(image, "an image id cannot be fetched, only a name can"));
    }
    let client = engine.client().await?;
    let options = CreateImageOptionsBuilder::new().from_image(&image.with_tag()).build();
    let mut stream = Box::pin(client.create_image(Some(options), None, None));
    let mut layers = Layers::default();
    loop {
        let next = tokio::select! {
            // A cancelled fetch must not go on because the engine is talkative.
            biased;
            () = cancel.cancelled() => return Err(SpawnError::Cancelled),
            next = stream.next() => next,
        };
        match next {
            None => return Ok(()),
            Some(Ok(line)) => {
                if layers.take(&line) {
                    on_progress(layers.progress());
                }
            }
            // Docker answers 500 at once, Podman fails in mid-stream: both arrive here.
            Some(Err(error)) if is_gone(&error) => return Err(engine.failed("fetching an image")(error)),
            Some(Err(error)) => return Err(absent(image, said(&error))),
        }
    }
}

/// The layers of one fetch, by id.
#[derive(Debug, Default)]
struct Layers(BTreeMap<String, Layer>);

#[derive(Debug, Default, Clone, Copy)]
struct Layer {
    current: u64,
    total: u64,
    unpacked: f64,
    transferred: bool,
    done: bool,
}

// === impl Layers ===

impl Layers {
    /// Takes one line of the engine; says whether it told anything.
    fn take(&mut self, line: &CreateImageInfo) -> bool {
        let (Some(id), Some(status)) = (line.id.as_deref(), line.status.as_deref()) else { return false };
        // A line about the whole image bears its tag as id.
        if status.starts_with("Pulling from") {
            return false;
        }
        let detail = line.progress_detail.as_ref();
        let bytes = |value: Option<i64>| value.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default();
        let (current, total) = (bytes(detail.and_then(|d| d.current)), bytes(detail.and_then(|d| d.total)));
        let layer = self.0.entry(id.to_owned()).or_default();
        match status {
            "Downloading" => (layer.current, layer.total) = (current, total.max(layer.total)),
            "Download complete" | "Verifying Checksum" => layer.transferred = true,
            "Extracting" => {
                layer.transferred = true;
                layer.unpacked = share(current, total);
            }
            "Pull complete" | "Already exists" => layer.done = true,
            _ => {}
        }
        if layer.transferred || layer.done {
            layer.current = layer.total;
        }
        true
    }

    fn progress(&self) -> PullProgress {
        let count = self.0.len();
        let done = self.0.values().filter(|layer| layer.done).count();
        let shares: f64 = self.0.values().map(Layer::share).sum();
        PullProgress {
            downloaded_bytes: self.0.values().map(|layer| layer.current).sum(),
            total_bytes: self.0.values().map(|layer| layer.total).sum(),
            layers: (done, count),
            fraction: (count > 0).then(|| (shares / count as f64).clamp(0.0, 1.0)),
        }
    }
}

// === impl Layer ===

impl Layer {
    fn share(&self) -> f64 {
        match (self.done, self.transferred) {
            (true, _) => 1.0,
            (false, true) => TRANSFER_SHARE + (1.0 - TRANSFER_SHARE) * self.unpacked,
            (false, false) => TRANSFER_SHARE * share(self.current, self.total),
        }
    }
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).clamp(0.0, 1.0) }
}

// === impl PullProgress ===

impl PullProgress {
    /// One line for people: `3 of 7 layers, 120 of 431 MB`.
    pub fn message(&self) -> String {
        let megabytes = |bytes: u64| bytes / 1_000_000;
        let (done, all) = self.layers;
        if self.total_bytes == 0 {
            return format!("{done} of {all} layers");
        }
        format!("{done} of {all} layers, {} of {} MB", megabytes(self.downloaded_bytes), megabytes(self.total_bytes))
    }

    /// The whole in per cent.
    pub(super) fn percent(&self) -> Option<u8> {
        self.fraction.map(|fraction| (fraction * 100.0) as u8)
    }
}

#[cfg(test)]
mod tests {
    use bollard::models::ProgressDetail;

    use super::*;

    fn line(id: &str, status: &str, current: i64, total: i64) -> CreateImageInfo {
        CreateImageInfo {
            id: Some(id.into()),
            status: Some(status.into()),
            progress_detail: Some(ProgressDetail { current: Some(current), total: Some(total) }),
            error_detail: None,
        }
    }

    #[test]
    fn layers_add_up_to_one_fraction() {
        let mut layers = Layers::default();
        assert!(!layers.take(&line("latest", "Pulling from lab/x", 0, 0)));
        for id in ["a", "b"] {
            layers.take(&line(id, "Pulling fs layer", 0, 0));
        }
        layers.take(&line("a", "Downloading", 50_000_000, 100_000_000));
        let half = layers.progress();
        assert!((half.fraction.unwrap() - 0.175).abs() < 1e-9);
        assert_eq!(half.message(), "0 of 2 layers, 50 of 100 MB");
        layers.take(&line("a", "Extracting", 1, 2));
        layers.take(&line("a", "Pull complete", 0, 0));
        layers.take(&line("b", "Already exists", 0, 0));
        assert_eq!(layers.progress().percent(), Some(100));
        assert_eq!(layers.progress().layers, (2, 2));
    }

    #[test]
    fn lines_that_say_nothing_change_nothing() {
        assert!(!Layers::default().take(&CreateImageInfo::default()));
        assert_eq!(Layers::default().progress().fraction, None);
    }
}
