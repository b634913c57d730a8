//! The one builder of containers. Pure: from a [`Plan`] to what is sent to the engine. What a server may do to its
//! machine is decided here and nowhere else, so there is no way to ask for privileges, host folders or devices.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigLogConfig, Mount, MountType, MountVolumeOptions,
    PortBinding, RestartPolicy, RestartPolicyNameEnum,
};
use labdeck_model::{ResourceLimits, ServerKey, ServerName, UserName};

use super::config::DockerConfig;
use super::limits;

/// The port that servers listen on inside; that of Jupyter's images.
pub(super) const PORT: &str = "8888/tcp";
/// Where a server listens inside, as it is told.
pub(super) const LISTEN: &str = "http://0.0.0.0:8888";
/// Grows with each change of what is sent, so that an old container can be told from a new one.
const SPEC_VERSION: &str = "1";

/// The labels by which a hub finds what is its own.
pub(super) mod labels {
    /// The hub's identity.
    pub(in super::super) const HUB: &str = "labdeck.hub";
    /// What it is: `server`, `probe`, `home`, `network`.
    pub(in super::super) const KIND: &str = "labdeck.kind";
    /// Whose server.
    pub(in super::super) const USER: &str = "labdeck.user";
    /// The server's name; empty for the default one.
    pub(in super::super) const SERVER: &str = "labdeck.server";
    /// The version of the builder that made it.
    pub(in super::super) const SPEC: &str = "labdeck.spec";
}

/// All that a container is made from.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) config: &'a DockerConfig,
    pub(super) key: &'a ServerKey,
    pub(super) home: &'a str,
    /// The image by id, so that a tag that moves meanwhile changes nothing.
    pub(super) image: &'a str,
    /// `None` runs the image's own command.
    pub(super) cmd: Option<Vec<String>>,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) limits: ResourceLimits,
    pub(super) machine_cpus: u32,
}

/// Builds the body of the create call.
pub(super) fn body(plan: &Plan<'_>) -> ContainerCreateBody {
    ContainerCreateBody {
        image: Some(plan.image.to_owned()),
        cmd: plan.cmd.clone(),
        env: Some(plan.environment.iter().map(|(name, value)| format!("{name}={value}")).collect()),
        exposed_ports: Some(vec![PORT.to_owned()]),
        labels: Some(server_labels(plan)),
        // An image's own check starts a Python every few seconds; the hub asks over HTTP.
        healthcheck: Some(HealthConfig { test: Some(vec!["NONE".to_owned()]), ..HealthConfig::default() }),
        stop_timeout: i64::try_from(plan.config.stop_timeout.as_secs()).ok(),
        host_config: Some(host_config(plan)),
        ..ContainerCreateBody::default()
    }
}

/// The key that a container's labels name, if they are a server's.
pub(super) fn key_of(labels: &HashMap<String, String>) -> Option<ServerKey> {
    let user = UserName::parse(labels.get(labels::USER)?).ok()?;
    let server = ServerName::parse(labels.get(labels::SERVER)?).ok()?;
    Some(ServerKey::new(user, server))
}

fn host_config(plan: &Plan<'_>) -> HostConfig {
    let published = PortBinding { host_ip: Some("127.0.0.1".into()), host_port: Some(String::new()) };
    let mut host = HostConfig {
        network_mode: Some(plan.config.network()),
        port_bindings: Some(HashMap::from([(PORT.to_owned(), Some(vec![published]))])),
        mounts: Some(vec![home(plan)]),
        cap_drop: Some(vec!["ALL".to_owned()]),
        security_opt: Some(vec!["no-new-privileges".to_owned()]),
        privileged: Some(false),
        // An engine that restarts would delete such a container with all that its user has running.
        auto_remove: Some(false),
        restart_policy: Some(RestartPolicy { name: Some(RestartPolicyNameEnum::NO), maximum_retry_count: None }),
        log_config: Some(HostConfigLogConfig {
            typ: Some("json-file".into()),
            config: Some(HashMap::from([("max-size".into(), "10m".into()), ("max-file".into(), "3".into())])),
        }),
        ..HostConfig::default()
    };
    limits::apply(&mut host, &plan.limits, plan.machine_cpus);
    host
}

fn home(plan: &Plan<'_>) -> Mount {
    let mut labels = own_labels(plan);
    labels.insert(labels::KIND.into(), "home".into());
    Mount {
        target: Some(plan.config.home_path.clone()),
        source: Some(plan.config.home_volume(plan.home)),
        typ: Some(MountType::VOLUME),
        read_only: Some(false),
        // An empty volume takes over what the image has there, with its owner.
        volume_options: Some(MountVolumeOptions {
            no_copy: Some(false),
            labels: Some(labels),
            ..MountVolumeOptions::default()
        }),
        ..Mount::default()
    }
}

fn server_labels(plan: &Plan<'_>) -> HashMap<String, String> {
    let mut labels = own_labels(plan);
    labels.insert(labels::KIND.into(), "server".into());
    labels.insert(labels::SPEC.into(), SPEC_VERSION.into());
    labels
}

fn own_labels(plan: &Plan<'_>) -> HashMap<String, String> {
    HashMap::from([
        (labels::HUB.into(), plan.config.hub_id.clone()),
        (labels::USER.into(), plan.key.user.to_string()),
        (labels::SERVER.into(), plan.key.server.to_string()),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn built() -> Value {
        let config = DockerConfig::new("h1");
        let key = ServerKey::new(UserName::parse("ada").unwrap(), ServerName::parse("gpu").unwrap());
        let plan = Plan {
            config: &config,
            key: &key,
            home: "ada-gpu-97e2b5d1ad",
            image: "sha256:ab",
            cmd: None,
            environment: BTreeMap::from([("A".to_owned(), "1".to_owned())]),
            limits: ResourceLimits {
                memory_bytes: Some(1 << 30),
                cpus: Some(0.5),
                pids: Some(512),
                ..ResourceLimits::NONE
            },
            machine_cpus: 2,
        };
        serde_json::to_value(body(&plan)).unwrap()
    }

    #[test]
    fn what_is_sent_is_exactly_this() {
        let home = "labdeck-h1-home-ada-gpu-97e2b5d1ad";
        let sent = built();
        let source = sent["HostConfig"]["Mounts"][0]["Source"].as_str().unwrap();
        assert_eq!(&source[..24], &home[..24]);
        let labels = json!({"labdeck.hub": "h1", "labdeck.user": "ada", "labdeck.server": "gpu"});
        let with = |extra: Value| {
            let mut all = labels.clone();
            all.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            all
        };
        let golden = json!({
            "Image": "sha256:ab",
            "Env": ["A=1"],
            "ExposedPorts": {"8888/tcp": {}},
            "Healthcheck": {"Test": ["NONE"]},
            "Labels": with(json!({"labdeck.kind": "server", "labdeck.spec": "1"})),
            "StopTimeout": 10,
            "HostConfig": {
                "NetworkMode": "labdeck-h1",
                "PortBindings": {"8888/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]},
                "Mounts": [{
                    "Type": "volume", "Source": source, "Target": "/home/jovyan", "ReadOnly": false,
                    "VolumeOptions": {"NoCopy": false, "Labels": with(json!({"labdeck.kind": "home"}))},
                }],
                "CapDrop": ["ALL"],
                "SecurityOpt": ["no-new-privileges"],
                "Privileged": false,
                "AutoRemove": false,
                "RestartPolicy": {"Name": "no"},
                "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
                "Memory": 1u64 << 30,
                "MemorySwap": 1u64 << 30,
                "NanoCpus": 500_000_000u64,
                "PidsLimit": 512,
            },
        });
        assert_eq!(sent, golden);
    }

    #[test]
    fn a_key_comes_back_from_its_labels() {
        let labels = HashMap::from([("labdeck.user".into(), "ada".into()), ("labdeck.server".into(), String::new())]);
        assert_eq!(key_of(&labels).unwrap().to_string(), "ada");
        assert!(key_of(&HashMap::new()).is_none());
    }
}
