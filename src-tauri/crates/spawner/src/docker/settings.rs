//! What the configuration adds to every container: names, volumes, limits, a user of the machine's own. Values only;
//! the hub reads them from the file, the other files of this driver act on them.

use std::net::IpAddr;
use std::path::PathBuf;

use super::extra::Extra;
use super::template::Template;

/// The settings of all containers of one driver.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ContainerSettings {
    /// What the names of containers begin with; `None` is the hub's own word.
    pub prefix: Option<String>,
    /// The name of a container; `None` is one that no other hub has.
    pub name_template: Option<Template>,
    /// What is mounted beside the home. One whose target is the home takes the home's place.
    pub volumes: Vec<VolumeSetting>,
    /// Folders of the machine below which servers may mount; none means that they may not.
    pub host_folders: Vec<PathBuf>,
    /// Folders that no server may mount, nor anything above or below them: where the hub keeps its own.
    pub closed_folders: Vec<PathBuf>,
    /// How a server is reached from the hub.
    pub reach: Reach,
    /// Other containers that a server sees under a name: container and name.
    pub links: Vec<(Template, Template)>,
    /// Settings of the engine that have no name here.
    pub extra: Extra,
    /// A command that runs in each container once it has started.
    pub post_start_cmd: Vec<Template>,
    /// Memory that the engine tries to keep for a server, in bytes.
    pub memory_guarantee_bytes: Option<u64>,
    /// The share of processors that a server gets when all are busy.
    pub cpu_guarantee: Option<f64>,
    /// Variables of the hub's own that servers get too; every other one wins over them.
    pub kept_environment: Vec<(String, String)>,
    /// The folder that a server opens with.
    pub notebook_dir: Option<Template>,
    /// Further groups of the server's processes, by name or number in the image.
    pub group_add: Vec<String>,
    /// Servers run as the person's account of this machine, with its home.
    pub system_user: Option<SystemUser>,
}

/// How a server is reached from the hub.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    /// At a port that the engine publishes on loopback, or on its own address where the engine is elsewhere.
    #[default]
    Usual,
    /// At a port that the engine publishes on this address.
    Published(IpAddr),
    /// At its own address in its network, which the hub must be able to reach. Nothing is published.
    Internal,
}

/// Something that is mounted into every container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeSetting {
    /// Where it comes from.
    pub source: VolumeSource,
    /// Where the server sees it.
    pub target: Template,
    /// Whether the server may only read it.
    pub read_only: bool,
}

/// Where a configured mount comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VolumeSource {
    /// A volume of the engine, made when it is first needed. It is the administrator's: Labdeck never deletes it.
    Volume {
        /// Its name.
        name: Template,
        /// The driver that makes it and that driver's options; `None` is the engine's own.
        driver: Option<VolumeDriver>,
        /// Whether an empty volume stays empty instead of taking over what the image has there.
        no_copy: bool,
    },
    /// A folder of the machine.
    Host(Template),
    /// Memory, which is empty at each start.
    Memory {
        /// The most that it holds.
        limit_bytes: Option<i64>,
    },
}

/// Who makes a volume. Reference: docker's `driver_config`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeDriver {
    /// Its name.
    pub name: String,
    /// What it is told.
    pub options: Vec<(String, String)>,
}

/// How a server becomes its person's account of this machine. Reference: dockerspawner's `SystemUserSpawner`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemUser {
    /// Where the home is on the machine; `None` is what the machine's list of accounts says.
    pub host_home: Option<Template>,
    /// Where the server sees it.
    pub image_home: Template,
    /// The container starts as root and the image's start script becomes the person; otherwise it is the person from
    /// the beginning.
    pub run_as_root: bool,
}
