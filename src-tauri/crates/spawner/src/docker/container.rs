//! The one builder of containers. Pure: from a [`Plan`] to what is sent to the engine. What a server may do to its
//! machine is decided here, in `mounts` and in `extra`, and nowhere else: privileges, folders and devices come by their rules only.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigLogConfig, Mount, PortBinding, RestartPolicy,
    RestartPolicyNameEnum,
};
use labdeck_model::{ResourceLimits, ServerKey, ServerName, UserName};

use super::config::DockerConfig;
use super::limits;
use super::shapes::is_roots;
use super::system_user::Account;
use super::template::{Names, Template};
use crate::{SpawnError, SpawnRequest, env};

/// The port that servers listen on inside; that of Jupyter's images.
pub(super) const PORT: &str = "8888/tcp";
/// The same as a number.
pub(super) const LISTEN_PORT: u16 = 8888;
/// Where a server listens inside, as it is told.
pub(super) const LISTEN: &str = "http://0.0.0.0:8888";
/// Grows with each change of what is sent, so that an old container can be told from a new one.
const SPEC_VERSION: &str = "2";
/// As whom a server runs whose image would run as root: user and group of Jupyter's images.
pub(super) const FALLBACK_USER: &str = "1000:100";
/// What the start script of Jupyter's images needs to become somebody else.
const START_CAPABILITIES: [&str; 5] = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"];

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
    /// The image by the name that was asked for; a container knows only what that was at its start.
    pub(in super::super) const IMAGE: &str = "labdeck.image";
    /// The name of a folder that several servers share.
    pub(in super::super) const FOLDER: &str = "labdeck.folder";
}

/// All that a container is made from.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) config: &'a DockerConfig,
    /// The server, and the image by the name that was asked for.
    pub(super) names: Names<'a>,
    /// The image by id, so that a tag that moves meanwhile changes nothing.
    pub(super) image: &'a str,
    /// As whom the image would run.
    pub(super) image_user: &'a str,
    pub(super) mounts: Vec<Mount>,
    pub(super) gpus: &'a [String],
    pub(super) account: Option<&'a Account>,
    /// Where the port is published; `None` does not publish it.
    pub(super) publish_on: Option<IpAddr>,
    /// `None` runs the image's own command.
    pub(super) cmd: Option<Vec<String>>,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) limits: ResourceLimits,
    pub(super) machine_cpus: u32,
    /// The control group around all servers, in the engine's words.
    pub(super) parent: Option<String>,
}

/// Builds the body of the create call.
pub(super) fn body(plan: Plan<'_>) -> Result<ContainerCreateBody, SpawnError> {
    let (extra, names) = (&plan.config.containers.extra, plan.names);
    extra.apply(own(plan), &names)
}

fn own(plan: Plan<'_>) -> ContainerCreateBody {
    let person = person(&plan);
    let mut environment = plan.environment.clone();
    environment.extend(person.environment);
    ContainerCreateBody {
        user: person.user,
        working_dir: person.folder,
        image: Some(plan.image.to_owned()),
        cmd: plan.cmd.clone(),
        env: Some(environment.iter().map(|(name, value)| format!("{name}={value}")).collect()),
        exposed_ports: Some(vec![PORT.to_owned()]),
        labels: Some(server_labels(&plan)),
        // An image's own check starts a Python every few seconds; the hub asks over HTTP.
        healthcheck: Some(HealthConfig { test: Some(vec!["NONE".to_owned()]), ..HealthConfig::default() }),
        stop_timeout: i64::try_from(plan.config.stop_timeout.as_secs()).ok(),
        host_config: Some(host_config(plan)),
        ..ContainerCreateBody::default()
    }
}

/// The variables of a server: those of the hub, and what the configuration adds. Reference: JupyterHub 6.1
/// `spawner.py`, `get_env`.
pub(super) fn environment(
    config: &DockerConfig,
    request: &SpawnRequest,
    names: &Names<'_>,
) -> BTreeMap<String, String> {
    let settings = &config.containers;
    let mut all: BTreeMap<String, String> = settings.kept_environment.iter().cloned().collect();
    let promised = [
        ("JUPYTERHUB_ROOT_DIR", settings.notebook_dir.as_ref().map(|folder| folder.render(names))),
        ("MEM_GUARANTEE", settings.memory_guarantee_bytes.map(|bytes| bytes.to_string())),
        ("CPU_GUARANTEE", settings.cpu_guarantee.map(|cpus| cpus.to_string())),
    ];
    all.extend(promised.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    all.extend(env::server_environment(request, LISTEN));
    all
}

/// The key that a container's labels name, if they are a server's.
pub(super) fn key_of(labels: &HashMap<String, String>) -> Option<ServerKey> {
    let user = UserName::parse(labels.get(labels::USER)?).ok()?;
    let server = ServerName::parse(labels.get(labels::SERVER)?).ok()?;
    Some(ServerKey::new(user, server))
}

/// As whom a server runs.
#[derive(Debug, Default, PartialEq, Eq)]
struct Person {
    user: Option<String>,
    folder: Option<String>,
    environment: BTreeMap<String, String>,
}

/// As the account of the machine that it stands for, or as the image says, but never as root.
fn person(plan: &Plan<'_>) -> Person {
    if let Some(account) = plan.account {
        let folder = Some(account.image_home.clone());
        return Person { user: Some(account.user()), folder, environment: account.environment() };
    }
    let of_image = plan.image_user.split(':').next().unwrap_or_default();
    if !is_roots(of_image) || plan.config.containers.extra.names_a_user() {
        return Person::default();
    }
    let home = plan.config.home_path.clone();
    let environment = BTreeMap::from([("HOME".to_owned(), home.clone())]);
    Person { user: Some(FALLBACK_USER.to_owned()), folder: Some(home), environment }
}

fn host_config(plan: Plan<'_>) -> HostConfig {
    let publish = |ip: IpAddr| PortBinding { host_ip: Some(ip.to_string()), host_port: Some(String::new()) };
    let settings = &plan.config.containers;
    let link = |(container, name): &(Template, Template)| {
        format!("{}:{}", container.render(&plan.names), name.render(&plan.names))
    };
    let links: Vec<String> = settings.links.iter().map(link).collect();
    let mut host = HostConfig {
        network_mode: Some(plan.config.network()),
        port_bindings: plan.publish_on.map(|ip| HashMap::from([(PORT.to_owned(), Some(vec![publish(ip)]))])),
        cap_drop: Some(vec!["ALL".to_owned()]),
        cap_add: plan
            .account
            .filter(|account| account.run_as_root)
            .map(|_| START_CAPABILITIES.map(str::to_owned).into()),
        group_add: groups(&plan),
        cgroup_parent: plan.parent,
        links: (!links.is_empty()).then_some(links),
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
    limits::promise(&mut host, settings.memory_guarantee_bytes, settings.cpu_guarantee);
    limits::gpus(&mut host, plan.gpus);
    host.mounts = Some(plan.mounts);
    host
}

/// Groups beside the main one: those of the configuration, and those of the account.
fn groups(plan: &Plan<'_>) -> Option<Vec<String>> {
    let mut groups = plan.config.containers.group_add.clone();
    if let Some(account) = plan.account {
        groups.extend(account.groups.iter().filter(|group| **group != account.gid && **group != 0).map(u32::to_string));
    }
    (!groups.is_empty()).then_some(groups)
}

fn server_labels(plan: &Plan<'_>) -> HashMap<String, String> {
    let of = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    HashMap::from([
        of(labels::HUB, &plan.config.hub_id),
        of(labels::USER, plan.names.key.user.as_str()),
        of(labels::SERVER, plan.names.key.server.as_str()),
        of(labels::KIND, "server"),
        of(labels::SPEC, SPEC_VERSION),
        of(labels::IMAGE, plan.names.image),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::template::tests::key;
    use super::*;

    fn built(config: &DockerConfig, image_user: &str, account: Option<&Account>) -> Value {
        let key = key("ada", "gpu");
        let volume = Mount { target: Some("/home/jovyan".into()), ..Mount::default() };
        let plan = Plan {
            config,
            names: Names { key: &key, image: "quay.io/x/y:1", prefix: "labdeck" },
            image: "sha256:ab",
            image_user,
            mounts: vec![volume],
            gpus: &[],
            account,
            publish_on: Some([127, 0, 0, 1].into()),
            cmd: None,
            environment: BTreeMap::from([("A".to_owned(), "1".to_owned())]),
            limits: ResourceLimits {
                memory_bytes: Some(1 << 30),
                cpus: Some(0.5),
                pids: Some(512),
                ..ResourceLimits::NONE
            },
            machine_cpus: 2,
            parent: Some("/labdeck-all-h1".to_owned()),
        };
        serde_json::to_value(body(plan).unwrap()).unwrap()
    }

    #[test]
    fn what_is_sent_is_exactly_this() {
        let sent = built(&DockerConfig::new("h1"), "1000", None);
        let golden = json!({
            "Image": "sha256:ab",
            "Env": ["A=1"],
            "ExposedPorts": {"8888/tcp": {}},
            "Healthcheck": {"Test": ["NONE"]},
            "Labels": {
                "labdeck.hub": "h1", "labdeck.user": "ada", "labdeck.server": "gpu", "labdeck.kind": "server",
                "labdeck.spec": "2", "labdeck.image": "quay.io/x/y:1",
            },
            "StopTimeout": 10,
            "HostConfig": {
                "NetworkMode": "labdeck-h1",
                "PortBindings": {"8888/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]},
                "Mounts": [{"Target": "/home/jovyan"}],
                "CapDrop": ["ALL"],
                "CgroupParent": "/labdeck-all-h1",
                "SecurityOpt": ["no-new-privileges"],
                "Privileged": false,
                "AutoRemove": false,
                "RestartPolicy": {"Name": "no"},
                "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}},
                "Memory": 1u64 << 30,
                "MemorySwap": 1u64 << 30,
                "NanoCpus": 500_000_000u64,
                "OomScoreAdj": 500,
                "PidsLimit": 512,
            },
        });
        assert_eq!(sent, golden);
    }

    #[test]
    fn an_image_of_roots_runs_as_somebody_else() {
        for root in ["", "root", "0", "root:root", "0:0"] {
            let sent = built(&DockerConfig::new("h1"), root, None);
            assert_eq!((&sent["User"], &sent["WorkingDir"]), (&json!("1000:100"), &json!("/home/jovyan")), "{root}");
            assert!(sent["Env"].as_array().unwrap().contains(&json!("HOME=/home/jovyan")));
        }
        assert_eq!(built(&DockerConfig::new("h1"), "jovyan", None)["User"], Value::Null);
    }

    #[test]
    fn a_system_user_is_told_to_the_engine_and_to_the_start_script() {
        let mut account = Account {
            name: "ada".into(),
            uid: 1001,
            gid: 1001,
            groups: vec![1001, 44, 0],
            home: "/home/ada".into(),
            home_root: "/home".into(),
            image_home: "/home/ada".into(),
            run_as_root: false,
        };
        let sent = built(&DockerConfig::new("h1"), "1000", Some(&account));
        assert_eq!((&sent["User"], &sent["HostConfig"]["GroupAdd"]), (&json!("1001:1001"), &json!(["44"])));
        assert_eq!(sent["HostConfig"]["CapAdd"], Value::Null);
        account.run_as_root = true;
        let sent = built(&DockerConfig::new("h1"), "1000", Some(&account));
        assert_eq!(sent["User"], json!("root"));
        assert_eq!(sent["HostConfig"]["CapAdd"], json!(["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"]));
        assert_eq!(sent["HostConfig"]["SecurityOpt"], json!(["no-new-privileges"]));
        assert!(sent["Env"].as_array().unwrap().contains(&json!("NB_UID=1001")));
    }

    #[test]
    fn variables_of_the_configuration_never_hide_the_hubs() {
        let mut config = DockerConfig::new("h1");
        config.containers.kept_environment =
            vec![("LANG".into(), "C".into()), ("JUPYTERHUB_USER".into(), "eve".into()), ("COURSE".into(), "a".into())];
        config.containers.notebook_dir = Some(Template::parse("/home/jovyan/{username}").unwrap());
        let mut request = env::tests::request("ada", "");
        request.environment.insert("COURSE".into(), "b".into());
        let names = Names { key: &request.key, image: "i", prefix: "p" };
        let all = environment(&config, &request, &names);
        assert_eq!((all["LANG"].as_str(), all["JUPYTERHUB_USER"].as_str(), all["COURSE"].as_str()), ("C", "ada", "b"));
        assert_eq!(all["JUPYTERHUB_ROOT_DIR"], "/home/jovyan/ada");
    }

    #[test]
    fn a_key_comes_back_from_its_labels() {
        let labels = HashMap::from([("labdeck.user".into(), "ada".into()), ("labdeck.server".into(), String::new())]);
        assert_eq!(key_of(&labels).unwrap().to_string(), "ada");
        assert!(key_of(&HashMap::new()).is_none());
    }
}
