//! What the configuration adds to every container: names, volumes, limits, a user of the machine's own. Values only;
//! the hub reads them from the file, the other files of this driver act on them.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::extra::Extra;
use super::host_path::is_plain;
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

// === impl VolumeDriver ===

impl VolumeDriver {
    /// Refuses a volume that would be a folder or a disk of the machine, which only `host_folders` (here `open`) opens:
    /// by the options that the engine's own driver has for it, and by any path that another driver is told. What lies
    /// on the network or in memory is no part of the machine.
    ///
    /// # Errors
    /// What is wrong and what to do; the words follow the setting's name.
    pub fn check(&self, open: &[PathBuf]) -> Result<(), String> {
        if !self.name.is_empty() && !self.name.eq_ignore_ascii_case("local") {
            return self.check_paths(open);
        }
        // An engine may read the name of an option in any case, and the last of several.
        let values = |wanted: &'static str| {
            let named = self.options.iter().filter(move |(name, _)| name.trim().eq_ignore_ascii_case(wanted));
            named.map(|(_, value)| value.trim().to_ascii_lowercase())
        };
        let ways = ["bind", "rbind", "move", "remount"];
        if values("o").any(|o| o.split(',').any(|way| ways.contains(&way.trim()))) {
            return Err("is refused: it mounts a folder of this computer. Write type = \"bind\" with a source below \
                        one of host_folders in [labdeck]"
                .to_owned());
        }
        let far = ["nfs", "nfs4", "cifs", "smb3", "tmpfs"];
        let kinds: Vec<_> = values("type").filter(|kind| !kind.is_empty()).collect();
        let names_one = !kinds.is_empty() || values("device").next().is_some();
        if names_one && (kinds.is_empty() || !kinds.iter().all(|kind| far.contains(&kind.as_str()))) {
            return Err("is refused: a device may only be of type nfs, cifs or tmpfs, others are parts of this \
                        computer. If that is wanted, set allow_any_host_config = true in [labdeck]"
                .to_owned());
        }
        Ok(())
    }

    /// What a driver does with a path is its own affair; that it is a path of this computer can be seen.
    fn check_paths(&self, open: &[PathBuf]) -> Result<(), String> {
        let pieces = self.options.iter().flat_map(|(_, value)| value.split([',', '=', ' ', '\t', '\n', '"', '\'']));
        let paths = pieces.map(|piece| piece.strip_prefix("file://").unwrap_or(piece));
        // Two slashes begin the name of another computer.
        let mut here = paths.filter(|piece| piece.starts_with('/') && !piece.starts_with("//"));
        let closed = |path: &&str| {
            let path = Path::new(path);
            !is_plain(path) || !open.iter().any(|root| path.starts_with(root))
        };
        match here.find(closed) {
            Some(path) => Err(format!(
                "is refused: the driver {:?} is told the path {path:?} of this computer. Add it, or a folder above it, to \
                 host_folders in [labdeck]; if it is no path of this computer, set allow_any_host_config = true there",
                self.name
            )),
            None => Ok(()),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_of_the_engines_own_driver_is_no_way_round_host_folders() {
        let check = |name: &str, options: &[(&str, &str)]| {
            let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            VolumeDriver { name: name.to_owned(), options }.check(&["/data".into()])
        };
        let refused: [&[(&str, &str)]; 10] = [
            &[("o", "rw"), ("O", "bind"), ("type", "nfs"), ("device", "/")],
            &[("type", "nfs"), ("Type", "none"), ("device", "/")],
            &[("type", "none"), ("device", "/"), ("o", "bind")],
            &[("device", "/etc"), ("o", "ro, RBIND")],
            &[("o", "bind"), ("type", "nfs"), ("device", "/")],
            &[("type", "ext4"), ("device", "/dev/sda1")],
            &[("type", "overlay"), ("device", "overlay"), ("o", "lowerdir=/etc")],
            &[("Type", "None"), ("Device", "/")],
            &[("device", "/")],
            &[("type", ""), ("device", "/")],
        ];
        for options in refused {
            assert!(check("local", options).is_err() && check("", options).is_err(), "{options:?}");
        }
        check("local", &[("type", "nfs"), ("device", ":/x"), ("o", "addr=10.0.0.1,rw")]).unwrap();
        check("local", &[("type", "cifs"), ("device", "//nas/x")]).unwrap();
        check("local", &[("type", "tmpfs"), ("device", "tmpfs"), ("o", "size=1g")]).unwrap();
        check("local", &[]).unwrap();
        check("vieux/sshfs", &[("sshcmd", "ada@host:/x"), ("port", "22")]).unwrap();
        check("netshare", &[("share", "//nas/x"), ("create", "true")]).unwrap();
        check("local-persist", &[("mountpoint", "/data/ada")]).unwrap();
        let others: [&[(&str, &str)]; 6] = [
            &[("mountpoint", "/etc")],
            &[("mountpoint", "/data/../etc")],
            &[("mountpoint", "/database")],
            &[("mount", "file:///")],
            &[("type", "none"), ("o", "bind"), ("device", "/")],
            &[("o", "lowerdir=/etc,upperdir=/x")],
        ];
        for options in others {
            assert!(check("local-persist", options).unwrap_err().contains("host_folders"), "{options:?}");
        }
        assert!(check("local", refused[0]).unwrap_err().contains("host_folders"));
    }
}
