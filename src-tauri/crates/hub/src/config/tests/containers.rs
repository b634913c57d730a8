//! `[docker_spawner]`: what is read and what is refused.

use std::path::PathBuf;

use labdeck_spawner::docker::{Reach, VolumeSource};

use super::super::Config;
use super::problems;

fn docker(text: &str) -> super::super::DockerSettings {
    Config::from_toml("labdeck.toml", text).unwrap_or_else(|error| panic!("{error}")).docker
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_option_of_dockerspawner_is_read() {
    let settings = docker(
        r#"
[docker_spawner]
image = "quay.io/jupyter/base-notebook:latest"
allowed_images = { Small = "quay.io/a/b:1" }
prefix = "jupyter"
name_template = "{prefix}-{username}--{servername}"
volumes = { "{prefix}-{username}" = "/home/jovyan/work", "/data/{username}" = { bind = "/data", mode = "ro" } }
read_only_volumes = { course = "/srv/course" }
use_internal_ip = true
links = { postgres = "db" }
extra_host_config = { shm_size = "1g", dns = ["1.1.1.1"] }
extra_create_kwargs = { hostname = "{username}" }
post_start_cmd = ["sh", "-c", "echo {username}"]
group_add = ["44"]
mem_guarantee = "1G"
cpu_guarantee = 0.5
env_keep = ["LANG"]
notebook_dir = "/home/jovyan/{username}"
client_kwargs = { base_url = "tcp://10.0.0.9:2376", timeout = 5 }
tls_config = { ca_cert = "/c/ca.pem", client_cert = ["/c/cert.pem", "/c/key.pem"], verify = true }
hub_connect_url = "http://192.168.1.20:8000/"

[[docker_spawner.mounts]]
type = "volume"
source = "nfs-{username}"
target = "/srv/nfs"
driver_config = { name = "local", options = { type = "nfs", device = ":/x" } }

[[docker_spawner.mounts]]
type = "tmpfs"
target = "/scratch"
tmpfs_size = "64M"

[labdeck]
host_folders = ["/data"]
"#,
    );
    let containers = &settings.containers;
    assert_eq!(containers.prefix.as_deref(), Some("jupyter"));
    assert_eq!(containers.name_template.as_ref().unwrap().as_str(), "{prefix}-{username}--{servername}");
    assert_eq!(containers.host_folders, [PathBuf::from("/data")]);
    let volumes: Vec<_> = containers
        .volumes
        .iter()
        .map(|volume| {
            let source = match &volume.source {
                VolumeSource::Volume { name, driver, .. } => {
                    format!("{}{}", name.as_str(), driver.as_ref().map_or("", |driver| driver.name.as_str()))
                }
                VolumeSource::Host(path) => format!("host {}", path.as_str()),
                VolumeSource::Memory { limit_bytes } => format!("memory {limit_bytes:?}"),
            };
            (source, volume.target.as_str().to_owned(), volume.read_only)
        })
        .collect();
    let expected = [
        ("host /data/{username}", "/data", true),
        ("{prefix}-{username}", "/home/jovyan/work", false),
        ("course", "/srv/course", true),
        ("nfs-{username}local", "/srv/nfs", false),
        ("memory Some(67108864)", "/scratch", false),
    ];
    for (source, target, read_only) in expected {
        assert!(volumes.contains(&(source.to_owned(), target.to_owned(), read_only)), "{source}: {volumes:?}");
    }
    assert_eq!(volumes.len(), expected.len());
    assert_eq!(containers.reach, Reach::Internal);
    assert_eq!((containers.memory_guarantee_bytes, containers.cpu_guarantee), (Some(1 << 30), Some(0.5)));
    assert_eq!(containers.post_start_cmd.len(), 3);
    assert!(!containers.extra.is_empty());
    assert_eq!(settings.engine.host.as_deref(), Some("tcp://10.0.0.9:2376"));
    assert_eq!(settings.engine.tls.unwrap().key, PathBuf::from("/c/key.pem"));
    assert_eq!(settings.hub_connect_url.as_deref(), Some("http://192.168.1.20:8000"));
    assert_eq!(settings.env_keep, ["LANG"]);
}

#[test]
fn where_servers_reach_the_hub_may_stand_in_three_places() {
    let url = |text: &str| docker(text).hub_connect_url;
    assert_eq!(url("[hub]\nhub_connect_ip = \"10.0.0.1\""), Some("http://10.0.0.1:8000".into()));
    assert_eq!(
        url("[hub]\nbind_url = \"http://:81\"\nhub_connect_ip = \"hub.lab\"").as_deref(),
        Some("http://hub.lab:81")
    );
    assert_eq!(url("[hub]\nhub_connect_url = \"https://hub.lab\"").as_deref(), Some("https://hub.lab"));
    let both = "[hub]\nhub_connect_url = \"http://a:1\"\n[docker_spawner]\nhub_connect_url = \"http://b:1\"";
    assert_eq!(url(both).as_deref(), Some("http://b:1"));
}

#[test]
fn system_users_are_a_kind_of_docker() {
    let text = "[hub]\nspawner_class = \"docker-system-user\"\n[system_user_spawner]\nhost_homedir_format_string = \"/srv/{username}\"\nrun_as_root = true";
    let user = docker(text).containers.system_user.unwrap();
    assert_eq!(user.host_home.unwrap().as_str(), "/srv/{username}");
    assert_eq!((user.image_home.as_str(), user.run_as_root), ("/home/{username}", true));
    assert!(docker("[hub]\nspawner_class = \"docker\"").containers.system_user.is_none());
}

#[test]
fn what_is_odd_is_warned_about() {
    let warned = |text: &str| Config::from_toml("x", text).unwrap().warnings.concat();
    assert!(warned("[docker_spawner]\nallowed_images = \"*\"").contains("hostile"));
    assert!(warned("[docker_spawner]\nhost_ip = \"0.0.0.0\"").contains("past the hub"));
    assert!(warned("[docker_spawner]\nclient_kwargs = { base_url = \"tcp://10.0.0.9:2375\" }").contains("tls_config"));
    let any = "[labdeck]\nallow_any_host_config = true\n[docker_spawner]\nextra_host_config = { privileged = true }";
    assert!(warned(any).contains("root of this computer"));
}

#[test]
fn who_opens_everything_gets_what_is_refused_otherwise() {
    let settings = docker(
        "[labdeck]\nallow_any_host_config = true\n[docker_spawner]\ngroup_add = [\"0\"]\n\
         mounts = [{ source = \"x\", target = \"/x\", driver_config = { name = \"local\", options = { o = \"bind\", device = \"/\" } } }]",
    );
    assert_eq!((settings.containers.group_add.len(), settings.containers.volumes.len()), (1, 1));
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_mistake_names_its_key_and_the_remedy() {
    let rows = [
        ("name_template = \"{user}\"", "{user}"),
        ("name_template = \"{username\"", "brace"),
        ("prefix = \"a/b\"", "letters"),
        ("volumes = [\"x\"]", "must be a table"),
        ("volumes = { x = 1 }", "must lead to a path"),
        ("volumes = { x = \"relative\" }", "nothing can be mounted"),
        ("volumes = { x = \"/proc/x\" }", "nothing can be mounted"),
        ("volumes = { x = \"/a/../proc\" }", "nothing can be mounted"),
        ("volumes = { x = { bind = \"/a\", mode = \"rwx\" } }", "mode"),
        ("volumes = { \"/data/x\" = \"/x\" }", "host_folders"),
        ("volumes = { \"/var/run/docker.sock\" = \"/x\" }", "host_folders"),
        ("read_only_volumes = { \"/etc\" = \"/x\" }", "host_folders"),
        ("mounts = \"x\"", "list of tables"),
        ("mounts = [{ type = \"bind\", source = \"/etc\", target = \"/x\" }]", "host_folders"),
        ("mounts = [{ type = \"npipe\", source = \"x\", target = \"/x\" }]", "volume or bind"),
        ("mounts = [{ source = \"x\" }]", "target"),
        ("mounts = [{ sauce = \"x\" }]", "not known"),
        (
            "mounts = [{ source = \"x\", target = \"/x\", driver_config = { name = \"local\", options = { type = \"none\", o = \"bind\", device = \"/\" } } }]",
            "host_folders",
        ),
        (
            "mounts = [{ source = \"x\", target = \"/x\", driver_config = { name = \"local\", options = { type = \"ext4\", device = \"/dev/sda1\" } } }]",
            "allow_any_host_config",
        ),
        (
            "mounts = [{ source = \"x\", target = \"/x\", driver_config = { name = \"local-persist\", options = { mountpoint = \"/etc\" } } }]",
            "host_folders",
        ),
        ("group_add = [\"0\"]", "\"0\""),
        ("group_add = [\"44\", \"docker\"]", "\"docker\""),
        ("extra_create_kwargs = { user = \"1000:0\" }", "neither root"),
        ("extra_host_config = { security_opt = [\"label=type:spc_t\"] }", "spc_t"),
        ("host_ip = \"here\"", "address"),
        ("use_internal_ip = true\nhost_ip = \"127.0.0.1\"", "keep one"),
        ("use_internal_hostname = true", "use_internal_ip"),
        ("extra_host_config = { privileged = true }", "allow_any_host_config"),
        ("extra_host_config = { cap_add = [\"SYS_ADMIN\"] }", "\"cap_add\""),
        ("extra_host_config = { binds = { \"/\" = \"/x\" } }", "volumes"),
        ("extra_host_config = { network_mode = \"host\" }", "network_name"),
        ("extra_host_config = { shm_size = \"lots\" }", "1g"),
        ("extra_create_kwargs = { user = \"root\" }", "root"),
        ("extra_create_kwargs = { volumes = [\"/x\"] }", "volumes"),
        ("post_start_cmd = \"sh -c 'x'\"", "write a list"),
        ("env_keep = [\"LABDECK_DATA_DIR\"]", "hub's own"),
        ("client_kwargs = { base_url = \"10.0.0.9\" }", "tcp://"),
        ("tls_config = { ca = \"x\" }", "ca, cert and key"),
        ("tls_config = { ca = \"x\", cert = \"y\", key = \"z\", verify = false }", "verify"),
        ("hub_connect_url = \"192.168.1.2:8000\"", "http://"),
        ("container_image = \"x\"", "write image"),
        ("image_whitelist = [\"x\"]", "write allowed_images"),
        ("container_prefix = \"x\"", "write prefix"),
        ("remove_containers = true", "write remove"),
        ("hub_ip_connect = \"x\"", "hub_connect_ip"),
        ("certs_volume_name = \"x\"", "internal_ssl"),
        ("format_volume_name = \"x\"", "Python"),
        ("escape = \"legacy\"", "cannot be changed"),
    ];
    for (line, words) in rows {
        let told = problems(&format!("[docker_spawner]\n{line}"));
        let key = line.split(' ').next().unwrap();
        assert_eq!(told.len(), 1, "{line}: {told:?}");
        assert!(told[0].contains(words), "{line}: {told:?}");
        assert!(told[0].contains(key) || told[0].contains("host_ip"), "{line}: {told:?}");
    }
    for (line, words) in [
        ("host_folders = [\"/\"]", "system"),
        ("host_folders = [\"/etc/x\"]", "system"),
        ("host_folders = [\"/var/run\"]", "system"),
        ("host_folders = [\"data\"]", "whole path"),
        ("host_folders = [\"/data/..\"]", "whole path"),
    ] {
        let told = problems(&format!("[labdeck]\n{line}"));
        assert!(told.len() == 1 && told[0].contains(words), "{line}: {told:?}");
    }
}

#[test]
fn a_folder_beside_an_open_one_is_not_open() {
    let of = |source: &str| {
        problems_or_none(&format!(
            "[labdeck]\nhost_folders = [\"/data\"]\n[docker_spawner]\nvolumes = {{ \"{source}\" = \"/x\" }}"
        ))
    };
    for good in ["/data", "/data/x", "/data/{username}", "/data/u-{username}/x"] {
        assert!(of(good).is_empty(), "{good}: {:?}", of(good));
    }
    for bad in ["/data-secret", "/data{username}", "/{username}", "/data/../etc", "/datab/{username}"] {
        assert_eq!(of(bad).len(), 1, "{bad}");
    }
}

fn problems_or_none(text: &str) -> Vec<String> {
    match Config::from_toml("labdeck.toml", text) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems.iter().map(ToString::to_string).collect(),
    }
}
