//! What a server sees of the machine and of the engine's volumes: its home, the folders that the hub gave it, what the
//! configuration mounts. Which folders of the machine these may be is told in `host_path`.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use bollard::models::{
    Mount, MountBindOptions, MountBindOptionsPropagationEnum, MountTmpfsOptions, MountType, MountVolumeOptions,
    MountVolumeOptionsDriverConfig,
};
use labdeck_model::{Failure, ServerKey};
use tokio::fs;

use super::config::DockerConfig;
use super::container::labels;
use super::host_home;
use super::host_path::{self, is_plain};
use super::settings::{VolumeSetting, VolumeSource};
use super::system_user::Account;
use super::template::Names;
use crate::{MountSource, MountWish, SpawnError};

/// Folders inside a container that belong to the kernel and to the engine.
const KERNELS: [&str; 3] = ["/proc", "/sys", "/dev"];

/// What the mounts of one server are made from.
#[derive(Debug)]
pub(super) struct MountPlan<'a> {
    pub(super) config: &'a DockerConfig,
    pub(super) key: &'a ServerKey,
    pub(super) home: &'a str,
    pub(super) names: Names<'a>,
    pub(super) wishes: &'a [MountWish],
    pub(super) account: Option<&'a Account>,
    pub(super) place: Place,
    /// The engine's own socket, which is the machine.
    pub(super) socket: Option<PathBuf>,
    /// Where the engine keeps images and volumes, on its machine.
    pub(super) storage: Option<PathBuf>,
}

/// Where the engine's folders are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On this machine: they can be looked at.
    Here,
    /// On another one.
    Elsewhere,
}

// === impl MountPlan ===

impl MountPlan<'_> {
    /// All mounts, the home first.
    pub(super) async fn all(&self) -> Result<Vec<Mount>, SpawnError> {
        let mut mounts = Vec::new();
        for setting in &self.config.containers.volumes {
            mounts.push(self.configured(setting).await?);
        }
        for wish in self.wishes {
            mounts.push(self.wished(wish).await?);
        }
        if !mounts.iter().any(|mount| mount.target.as_deref() == Some(self.home_path())) {
            mounts.insert(0, self.home().await?);
        }
        host_path::check_nesting(&mounts)?;
        let mut seen = BTreeSet::new();
        for target in mounts.iter().filter_map(|mount| mount.target.as_deref()) {
            if !seen.insert(target.trim_end_matches('/')) {
                return Err(refused(
                    format!("Two folders shall be mounted at {target}."),
                    "Give each folder a place of its own.",
                ));
            }
        }
        Ok(mounts)
    }

    /// Makes sure again that folders of the machine are still what they were: a link may have been put in the place
    /// of one meanwhile.
    pub(super) async fn check_again(&self, mounts: &[Mount]) -> Result<(), SpawnError> {
        for mount in mounts.iter().filter(|mount| mount.typ == Some(MountType::BIND)) {
            let path = Path::new(mount.source.as_deref().unwrap_or_default());
            if self.place == Place::Here && fs::canonicalize(path).await.ok().as_deref() != Some(path) {
                return Err(refused(
                    format!("The folder {} was replaced while the server was starting.", path.display()),
                    "Start the server again; if it stays so, somebody moves that folder about.",
                ));
            }
        }
        Ok(())
    }

    fn home_path(&self) -> &str {
        self.account.map_or(self.config.home_path.as_str(), |account| account.image_home.as_str())
    }

    async fn home(&self) -> Result<Mount, SpawnError> {
        if let Some(account) = self.account {
            // An account's own home needs no other permission than that of the setting that asks for it.
            let roots = [account.home_root.clone()];
            let path = self.host_path(&account.home, &roots).await?;
            return Ok(bind(&path, account.image_home.clone(), false));
        }
        Ok(Mount {
            target: Some(self.config.home_path.clone()),
            source: Some(self.config.home_volume(self.home)),
            typ: Some(MountType::VOLUME),
            read_only: Some(false),
            // An empty volume takes over what the image has there, with its owner.
            volume_options: Some(MountVolumeOptions {
                no_copy: Some(false),
                labels: Some(self.labels("home")),
                ..MountVolumeOptions::default()
            }),
            ..Mount::default()
        })
    }

    async fn wished(&self, wish: &MountWish) -> Result<Mount, SpawnError> {
        let target = target(&wish.target)?;
        match &wish.source {
            MountSource::Host(path) => {
                let path = self.host_path(Path::new(path), &self.config.containers.host_folders).await?;
                Ok(bind(&path, target, !wish.writable))
            }
            MountSource::Volume => {
                let mut labels = self.labels("folder");
                // It is nobody's in particular.
                labels.remove(labels::USER);
                labels.remove(labels::SERVER);
                labels.insert(labels::FOLDER.into(), wish.name.clone());
                Ok(Mount {
                    target: Some(target),
                    source: Some(volume_name(&self.config.folder_volume(&wish.name))?),
                    typ: Some(MountType::VOLUME),
                    read_only: Some(!wish.writable),
                    volume_options: Some(MountVolumeOptions {
                        no_copy: Some(true),
                        labels: Some(labels),
                        ..MountVolumeOptions::default()
                    }),
                    ..Mount::default()
                })
            }
        }
    }

    async fn configured(&self, setting: &VolumeSetting) -> Result<Mount, SpawnError> {
        let target = target(&setting.target.render(&self.names))?;
        let made = match &setting.source {
            VolumeSource::Host(path) => {
                let path = path.render(&self.names);
                if target == self.home_path() && !setting.read_only && self.place == Place::Here {
                    host_home::make_missing(self, Path::new(&path)).await?;
                }
                let path = self.host_path(Path::new(&path), &self.config.containers.host_folders).await?;
                return Ok(bind(&path, target, setting.read_only));
            }
            VolumeSource::Memory { limit_bytes } => Mount {
                typ: Some(MountType::TMPFS),
                tmpfs_options: Some(MountTmpfsOptions { size_bytes: *limit_bytes, ..MountTmpfsOptions::default() }),
                ..Mount::default()
            },
            VolumeSource::Volume { name, driver, no_copy } => Mount {
                source: Some(volume_name(&name.render(&self.names))?),
                typ: Some(MountType::VOLUME),
                volume_options: Some(MountVolumeOptions {
                    no_copy: Some(*no_copy),
                    driver_config: driver.as_ref().map(|driver| MountVolumeOptionsDriverConfig {
                        name: Some(driver.name.clone()),
                        options: Some(driver.options.iter().cloned().collect()),
                    }),
                    ..MountVolumeOptions::default()
                }),
                ..Mount::default()
            },
        };
        Ok(Mount { target: Some(target), read_only: Some(setting.read_only), ..made })
    }

    fn labels(&self, kind: &str) -> HashMap<String, String> {
        HashMap::from([
            (labels::HUB.into(), self.config.hub_id.clone()),
            (labels::USER.into(), self.key.user.to_string()),
            (labels::SERVER.into(), self.key.server.to_string()),
            (labels::KIND.into(), kind.into()),
        ])
    }
}

fn bind(path: &Path, target: String, read_only: bool) -> Mount {
    Mount {
        target: Some(target),
        source: Some(path.display().to_string()),
        typ: Some(MountType::BIND),
        read_only: Some(read_only),
        // What is mounted inside the container stays there.
        bind_options: Some(MountBindOptions {
            propagation: Some(MountBindOptionsPropagationEnum::RPRIVATE),
            ..MountBindOptions::default()
        }),
        ..Mount::default()
    }
}

/// Where something may be seen in a container.
fn target(text: &str) -> Result<String, SpawnError> {
    let path = Path::new(text);
    let kernels = KERNELS.iter().any(|folder| path.starts_with(folder));
    if text.starts_with('/') && is_plain(path) && path != Path::new("/") && !kernels && !text.contains('\0') {
        return Ok(text.to_owned());
    }
    Err(refused(
        format!("Nothing can be mounted at {text:?} in a server."),
        "Choose a place such as /home/jovyan/shared, outside of /proc, /sys and /dev.",
    ))
}

/// A volume's name as engines take it.
fn volume_name(text: &str) -> Result<String, SpawnError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if text.len() >= 2 && text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(fits) {
        return Ok(text.to_owned());
    }
    Err(refused(
        format!("{text:?} cannot be the name of a volume."),
        "Use {username} in place of {raw_username}: it holds letters, digits and dashes only.",
    ))
}

pub(super) fn refused(message: String, remedy: &str) -> SpawnError {
    SpawnError::Refused(Failure::new("mount_refused", message, remedy))
}

#[cfg(test)]
mod tests {
    use super::super::host_path::tests::Case;
    use super::*;

    #[tokio::test]
    async fn a_link_put_in_the_place_of_a_checked_folder_is_noticed() {
        let box_ = tempfile::tempdir().unwrap();
        let top = box_.path().canonicalize().unwrap();
        std::fs::create_dir_all(top.join("data/ada")).unwrap();
        let case = Case::new(&[&top.join("data")]);
        let wish = MountWish {
            name: "x".into(),
            source: MountSource::Host(top.join("data/ada").display().to_string()),
            target: "/x".into(),
            writable: true,
        };
        let wishes = [wish];
        let plan = case.plan(&wishes);
        let mounts = plan.all().await.unwrap();
        plan.check_again(&mounts).await.unwrap();
        std::fs::rename(top.join("data/ada"), top.join("data/gone")).unwrap();
        std::os::unix::fs::symlink("/etc", top.join("data/ada")).unwrap();
        assert_eq!(plan.check_again(&mounts).await.unwrap_err().failure().kind, "mount_refused");
        assert!(plan.all().await.is_err(), "nor is it mounted at the next start");
    }

    #[test]
    fn nothing_is_mounted_over_the_kernels_own() {
        for bad in ["/", "/proc", "/proc/sys", "/sys", "/dev/shm", "home", "/a/../proc", "", "/a\0"] {
            assert!(target(bad).is_err(), "{bad:?}");
        }
        assert_eq!(target("/home/jovyan/x").unwrap(), "/home/jovyan/x");
        assert_eq!(target("/device").unwrap(), "/device");
    }

    #[test]
    fn volumes_have_names_that_engines_take() {
        assert!(volume_name("lab-ada-40x").is_ok());
        for bad in ["", "a", "-ab", "a/b", "ada@x", "../x"] {
            assert!(volume_name(bad).is_err(), "{bad}");
        }
    }
}
