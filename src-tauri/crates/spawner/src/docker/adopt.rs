//! Finding this hub's containers by their labels, whatever they are named; for recovery and before a start.

use bollard::models::{ContainerSummary, ContainerSummaryStateEnum};
use bollard::query_parameters::ListContainersOptionsBuilder;
use labdeck_model::ServerKey;
use tracing::warn;

use super::container::{key_of, labels};
use super::engine::{Engine, by_labels};
use super::{inspect, stray};
use crate::{Found, Liveness, SpawnError};

/// All servers of a hub, running or not, but what was set aside.
pub(super) async fn list(engine: &Engine, hub_id: &str) -> Result<Vec<Found>, SpawnError> {
    let wanted = [(labels::HUB, hub_id), (labels::KIND, "server")];
    let mut found = Vec::new();
    for summary in containers(engine, &wanted).await?.into_iter().filter(is_a_servers) {
        let id = summary.id.clone().unwrap_or_default();
        let Some(key) = summary.labels.as_ref().and_then(key_of) else {
            warn!(container.id = %id, "Container {id} carries this hub's label but names no server; left alone");
            continue;
        };
        let liveness = match summary.state {
            Some(ContainerSummaryStateEnum::RUNNING | ContainerSummaryStateEnum::PAUSED) => Liveness::Running,
            _ => inspect::liveness(engine, &id).await?,
        };
        if liveness != Liveness::Gone {
            let image = summary.labels.as_ref().and_then(|labels| labels.get(labels::IMAGE)).cloned();
            let (image, image_id) = (image.unwrap_or_default(), summary.image_id.clone().unwrap_or_default());
            let state = inspect::state_of(&id, &name_of(&summary), &image, &image_id);
            found.push(Found { key, state, liveness });
        }
    }
    Ok(found)
}

/// The ids of the containers that are one server's.
pub(super) async fn ids_of(engine: &Engine, hub_id: &str, key: &ServerKey) -> Result<Vec<String>, SpawnError> {
    let wanted = [
        (labels::HUB, hub_id),
        (labels::KIND, "server"),
        (labels::USER, key.user.as_str()),
        (labels::SERVER, key.server.as_str()),
    ];
    let all = containers(engine, &wanted).await?;
    // Engines take an empty value in a filter for any value: a default server would match named ones too.
    let own = all
        .into_iter()
        .filter(is_a_servers)
        .filter(|summary| summary.labels.as_ref().and_then(key_of).as_ref() == Some(key));
    Ok(own.filter_map(|summary| summary.id).collect())
}

/// All containers with these labels.
pub(super) async fn containers(engine: &Engine, wanted: &[(&str, &str)]) -> Result<Vec<ContainerSummary>, SpawnError> {
    let options = ListContainersOptionsBuilder::new().all(true).filters(&by_labels(wanted)).build();
    engine.client().await?.list_containers(Some(options)).await.map_err(engine.failed("listing the servers"))
}

fn is_a_servers(summary: &ContainerSummary) -> bool {
    !stray::is_set_aside(&name_of(summary))
}

fn name_of(summary: &ContainerSummary) -> String {
    let first = summary.names.as_ref().and_then(|names| names.first());
    first.map(|name| name.trim_start_matches('/').to_owned()).unwrap_or_default()
}
