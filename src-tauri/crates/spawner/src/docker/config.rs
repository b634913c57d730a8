//! [`DockerConfig`]: what the Docker driver can be told, with every default filled in. The reading of files is the
//! hub's.

use std::path::PathBuf;
use std::time::Duration;

use labdeck_model::ImageRef;
use sha2::{Digest, Sha256};

use super::locate::TlsFiles;
use super::settings::ContainerSettings;
use super::template::{Names, escape};

/// The settings of one Docker driver.
#[derive(Debug, Clone)]
pub struct DockerConfig {
    /// The hub's lasting identity: lower-case letters and digits. It names and labels whatever is made.
    pub hub_id: String,
    /// The engine's address as `DOCKER_HOST` writes it; `None` looks where engines usually are.
    pub host: Option<String>,
    /// The certificates for an engine on another machine.
    pub tls: Option<TlsFiles>,
    /// The image of a request that brings no stack.
    pub image: Option<ImageRef>,
    /// When an image is fetched at a start.
    pub pull_policy: PullPolicy,
    /// The name of the hub's own network; `None` derives it from the hub's identity.
    pub network_name: Option<String>,
    /// What the names of containers, volumes and the network begin with.
    pub prefix: String,
    /// Where the home volume is mounted; where Jupyter's images have their home.
    pub home_path: String,
    /// How long a container may take to end by itself before it is killed.
    pub stop_timeout: Duration,
    /// What is added to every container.
    pub containers: ContainerSettings,
    /// A folder of this machine whose files a new home begins with, if it is there.
    pub skeleton: Option<PathBuf>,
}

/// When an image is fetched at a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullPolicy {
    /// When it is not on this machine.
    IfNotPresent,
    /// At every start; an image that is present serves if that fails.
    Always,
    /// Never: it must be there.
    Never,
}

// === impl DockerConfig ===

impl DockerConfig {
    /// The defaults for a hub.
    pub fn new(hub_id: impl Into<String>) -> Self {
        Self {
            hub_id: hub_id.into(),
            host: None,
            tls: None,
            image: None,
            pull_policy: PullPolicy::IfNotPresent,
            network_name: None,
            prefix: "labdeck".into(),
            home_path: "/home/jovyan".into(),
            stop_timeout: Duration::from_secs(10),
            containers: ContainerSettings::default(),
            skeleton: None,
        }
    }

    /// The name of a server's container. Readable; what a container *is* stands in its labels. A name of the
    /// configuration's own that does not tell a person's servers apart gets the server's name behind it.
    pub(super) fn container_name(&self, names: &Names<'_>) -> String {
        let key = names.key;
        match &self.containers.name_template {
            None => format!("{}-{}-{}", self.container_prefix(), self.hub_id, key.object_name()),
            Some(template) if key.server.is_default() || template.names_the_server() => template.render(names),
            Some(template) => format!("{}--{}", template.render(names), escape(key.server.as_str())),
        }
    }

    /// What the names of containers begin with. Volumes and the network keep theirs: another word must not hide homes.
    pub(super) fn container_prefix(&self) -> &str {
        self.containers.prefix.as_deref().unwrap_or(&self.prefix)
    }

    /// Whether a server's home is a volume of the driver's own: not where the configuration mounts something in its
    /// place, or where servers are accounts of this machine.
    pub(super) fn makes_homes(&self) -> bool {
        let is_home = |target: &str| target.trim_end_matches('/') == self.home_path.trim_end_matches('/');
        let containers = &self.containers;
        containers.system_user.is_none() && !containers.volumes.iter().any(|volume| is_home(volume.target.as_str()))
    }

    /// The name of a server's home volume.
    pub fn home_volume(&self, home: &str) -> String {
        format!("{}-{}-home-{home}", self.prefix, self.hub_id)
    }

    /// The name of a shared folder's volume.
    pub fn folder_volume(&self, folder: &str) -> String {
        format!("{}-{}-folder-{folder}", self.prefix, self.hub_id)
    }

    /// The name of the hub's network.
    pub(super) fn network(&self) -> String {
        self.network_name.clone().unwrap_or_else(|| format!("{}-{}", self.prefix, self.hub_id))
    }

    /// The bridge's name on the machine, fixed so that a firewall rule can name it. Linux allows 15 characters;
    /// eight of a hash keep two hubs on one machine apart.
    pub(super) fn bridge(&self) -> String {
        let hash = Sha256::digest(self.hub_id.as_bytes());
        let tail: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        format!("labdeck{tail}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::{VolumeSetting, VolumeSource};
    use super::super::template::Template;
    use super::super::template::tests::key;
    use super::*;

    fn name(config: &DockerConfig, user: &str, server: &str) -> String {
        let key = key(user, server);
        config.container_name(&Names { key: &key, image: "i", prefix: &config.prefix })
    }

    #[test]
    fn names_are_derived_from_hub_and_key() {
        let config = DockerConfig::new("h1");
        assert_eq!(name(&config, "ada", ""), format!("labdeck-h1-{}", key("ada", "").object_name()));
        assert!(config.home_volume("ada-1").starts_with("labdeck-h1-home-ada"));
        assert_eq!(config.bridge().len(), 15);
        assert_ne!(config.bridge(), DockerConfig::new("h2").bridge());
    }

    #[test]
    fn a_home_that_the_configuration_mounts_is_not_the_drivers() {
        let mut config = DockerConfig::new("h1");
        assert!(config.makes_homes());
        let source = VolumeSource::Host(Template::parse("/srv/{username}").unwrap());
        let target = Template::parse("/home/jovyan/").unwrap();
        config.containers.volumes.push(VolumeSetting { source, target, read_only: false });
        assert!(!config.makes_homes());
    }

    #[test]
    fn a_name_of_the_configuration_still_tells_servers_apart() {
        let mut config = DockerConfig::new("h1");
        config.containers.name_template = Some(Template::parse("{prefix}-{username}").unwrap());
        assert_eq!(name(&config, "ada", ""), "labdeck-ada");
        assert_eq!(name(&config, "ada", "gpu1"), "labdeck-ada--gpu1");
        config.containers.name_template = Some(Template::parse("{username}-{servername}").unwrap());
        assert_eq!(name(&config, "ada", "gpu"), "ada-gpu");
    }
}
