//! What the Docker driver is told: the settings of the file as the driver takes them. Called once, when the hub is built.

use std::path::Path;

use labdeck_spawner::docker::{self, ContainerSettings, DockerConfig};

use super::{DockerSettings, PullPolicy};

// === impl DockerSettings ===

impl DockerSettings {
    /// For the driver of a hub with that identity. Its data folder is never open to servers.
    pub fn driver_config(&self, hub_id: &str, data_dir: &Path) -> DockerConfig {
        let kept = |name: &String| Some((name.clone(), std::env::var(name).ok()?));
        let containers = ContainerSettings {
            closed_folders: vec![data_dir.to_owned()],
            kept_environment: self.env_keep.iter().filter_map(kept).collect(),
            ..self.containers.clone()
        };
        DockerConfig {
            host: self.engine.host.clone(),
            tls: self.engine.tls.clone(),
            image: self.image.clone(),
            pull_policy: match self.pull_policy {
                PullPolicy::Always => docker::PullPolicy::Always,
                PullPolicy::IfNotPresent => docker::PullPolicy::IfNotPresent,
                PullPolicy::Never => docker::PullPolicy::Never,
            },
            network_name: self.network_name.clone(),
            containers,
            skeleton: Some(data_dir.join("skeleton")),
            ..DockerConfig::new(hub_id)
        }
    }
}
