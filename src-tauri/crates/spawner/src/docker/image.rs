//! [`Image`]: what is on this machine and whether it can serve notebooks. Owns the look at an image before a start.

use bollard::errors::Error as EngineError;
use bollard::models::{ImageConfig, ImageInspect};
use bollard::query_parameters::ListImagesOptionsBuilder;
use labdeck_model::{ImageRef, Timestamp};
use serde::Serialize;

use super::engine::{Connected, Engine};
use super::probe::{Prober, Verdict};
use crate::SpawnError;

/// An image on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Image {
    /// Its name: `quay.io/jupyter/scipy-notebook:latest`.
    pub reference: String,
    /// Its id, which names its content.
    pub id: String,
    /// Its size on disk, in bytes; layers shared with other images count in each.
    pub size_bytes: u64,
    /// When it was made.
    pub created: Timestamp,
    /// Whether it can serve notebooks here.
    pub usable: bool,
    /// Why not; empty if it can.
    pub reason: String,
    /// The version of JupyterHub in it, if that could be found.
    pub hub_version: Option<String>,
}

/// An image that was looked at for a start.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) id: String,
    pub(super) config: ImageConfig,
    pub(super) verdict: Verdict,
}

/// What a look at images works with.
#[derive(Debug)]
pub(super) struct Look<'a> {
    pub(super) engine: &'a Engine,
    pub(super) prober: &'a Prober,
    pub(super) hub_id: &'a str,
    pub(super) machine: &'a Connected,
}

/// Lists the images that have a name, each with its verdict.
pub(super) async fn list(engine: &Engine, prober: &Prober, hub_id: &str) -> Result<Vec<Image>, SpawnError> {
    let connected = engine.connect().await?;
    let options = ListImagesOptionsBuilder::new().all(false).build();
    let summaries = connected.client.list_images(Some(options)).await.map_err(engine.failed("listing the images"))?;
    let look = Look { engine, prober, hub_id, machine: &connected };
    let mut images = Vec::new();
    for summary in summaries {
        let names: Vec<String> = summary.repo_tags.into_iter().filter(|name| !name.contains("<none>")).collect();
        let Some(first) = names.first() else { continue };
        // Gone since the list was made: not an image any more.
        let Some(found) = inspect(engine, first).await? else { continue };
        let (reason, hub_version) = match check(&look, first, found).await {
            Ok(checked) => (checked.verdict.refusal.unwrap_or_default(), checked.verdict.hub_version),
            Err(SpawnError::WrongArchitecture { found, wanted, .. }) => {
                (format!("it is made for {found} processors, this computer has {wanted}"), None)
            }
            Err(SpawnError::EngineGone(source)) => return Err(SpawnError::EngineGone(source)),
            Err(other) => (other.to_string(), None),
        };
        images.extend(names.into_iter().map(|reference| Image {
            reference,
            id: summary.id.clone(),
            size_bytes: u64::try_from(summary.size).unwrap_or_default(),
            created: Timestamp::from_unix_micros(summary.created.saturating_mul(1_000_000)),
            usable: reason.is_empty(),
            reason: reason.clone(),
            hub_version: hub_version.clone(),
        }));
    }
    images.sort_by(|a, b| a.reference.cmp(&b.reference));
    Ok(images)
}

/// Asks the engine for an image; `None` where it is not on this machine.
pub(super) async fn inspect(engine: &Engine, reference: &str) -> Result<Option<ImageInspect>, SpawnError> {
    match engine.client().await?.inspect_image(reference).await {
        Ok(found) => Ok(Some(found)),
        Err(EngineError::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
        Err(error) => Err(engine.failed("looking at an image")(error)),
    }
}

/// Makes sure that an image fits this machine, and finds out whether it can serve notebooks.
pub(super) async fn check(look: &Look<'_>, reference: &str, found: ImageInspect) -> Result<Checked, SpawnError> {
    let (id, config) = fitting(look.machine, reference, found)?;
    let verdict = look.prober.verdict(look.engine, look.hub_id, (&id, &config)).await?;
    Ok(Checked { id, config, verdict })
}

/// The same for a start, which should not wait for a look into an image whose command says enough.
pub(super) async fn check_for_start(
    look: &Look<'_>,
    reference: &str,
    found: ImageInspect,
) -> Result<Checked, SpawnError> {
    let (id, config) = fitting(look.machine, reference, found)?;
    let verdict = match Prober::obvious(&config) {
        Some(verdict) => verdict,
        None => look.prober.verdict(look.engine, look.hub_id, (&id, &config)).await?,
    };
    Ok(Checked { id, config, verdict })
}

/// The image's id and configuration, if it is made for this machine.
fn fitting(machine: &Connected, reference: &str, found: ImageInspect) -> Result<(String, ImageConfig), SpawnError> {
    let (os, arch) = (found.os.unwrap_or_default(), found.architecture.unwrap_or_default());
    if !fits(&os, &arch, &machine.arch) {
        let found = if os.is_empty() || os == "linux" { arch } else { format!("{os}/{arch}") };
        return Err(SpawnError::WrongArchitecture { image: reference.into(), found, wanted: machine.arch.clone() });
    }
    Ok((found.id.unwrap_or_default(), found.config.unwrap_or_default()))
}

/// The image that a reference means, without a name that moves: only for messages.
pub(super) fn absent(image: &ImageRef, said: impl Into<String>) -> SpawnError {
    SpawnError::ImageNotFound { image: image.to_string(), said: said.into() }
}

/// Whether an image runs on a processor. Both of these run the programs of their smaller forerunner.
fn fits(os: &str, image: &str, machine: &str) -> bool {
    let linux = os.is_empty() || os == "linux";
    let same = image.is_empty() || machine.is_empty() || image == machine;
    linux && (same || matches!((machine, image), ("amd64", "386") | ("arm64", "arm")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_fits_its_own_processor_and_that_ones_successor() {
        assert!(fits("linux", "amd64", "amd64"));
        assert!(fits("linux", "arm", "arm64"));
        assert!(!fits("linux", "arm64", "amd64"));
        assert!(!fits("windows", "amd64", "amd64"));
        assert!(fits("", "", "amd64"), "an engine that says nothing is believed");
    }
}
