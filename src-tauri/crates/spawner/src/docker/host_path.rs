//! Folders of the machine that servers may see: each is looked up with all its links, must lie below one that the
//! configuration opened, and nowhere that a server could put something else in its place. Called by `mounts` and
//! `host_home`; the hub asks [`ContainerSettings::writable_above`] before a folder goes into its list.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use bollard::models::{Mount, MountType};
use tokio::fs;

use super::host_home;
use super::mounts::{MountPlan, Place, refused};
use super::settings::{ContainerSettings, VolumeSource};
use crate::SpawnError;

// === impl MountPlan ===

impl MountPlan<'_> {
    /// The folder that a path leads to in the end, if servers may have it.
    pub(super) async fn host_path(&self, path: &Path, roots: &[PathBuf]) -> Result<PathBuf, SpawnError> {
        let shown = path.display();
        if !is_plain(path) {
            return Err(refused(
                format!("{shown} is no folder that can be mounted."),
                "Write its whole path, from / on and without \"..\".",
            ));
        }
        let closed = || {
            refused(
                format!("The folder {shown} of this computer is not open to servers."),
                "The lead adds it, or a folder above it, to host_folders in [labdeck] of labdeck.toml.",
            )
        };
        if self.place == Place::Elsewhere {
            let open = roots.iter().any(|root| path.starts_with(root));
            let in_storage = self.storage.as_ref().is_some_and(|kept| path.starts_with(kept) || kept.starts_with(path));
            if !open || in_storage {
                return Err(closed());
            }
            // Another machine's folders: nothing here is asked about them.
            check_above(&self.config.containers, path)?;
            return Ok(path.to_owned());
        }
        let found = fs::canonicalize(path).await.map_err(|error| missing(path, &error))?;
        let mut nearest: Option<PathBuf> = None;
        for root in roots {
            // The root may itself be a link; what counts is where it leads.
            let Ok(root) = fs::canonicalize(root).await else { continue };
            let nearer = nearest.as_ref().is_none_or(|other| root.starts_with(other));
            if found.starts_with(&root) && nearer {
                nearest = Some(root);
            }
        }
        let mut open = nearest.is_some();
        let mut kept: Vec<PathBuf> = self.config.containers.closed_folders.clone();
        kept.extend(self.socket.clone());
        kept.extend(self.storage.clone());
        for kept in kept {
            let kept = fs::canonicalize(&kept).await.unwrap_or(kept);
            open &= !found.starts_with(&kept) && !kept.starts_with(&found);
        }
        let kind = fs::metadata(&found).await.map_err(|error| missing(path, &error))?;
        open &= kind.is_dir() || kind.is_file();
        let Some(root) = nearest.filter(|_| open) else { return Err(closed()) };
        let owner = self.account.map_or(host_home::OWNER, |account| (account.uid, account.gid));
        let (settings, way) = (self.config.containers.clone(), found.clone());
        // A folder of another computer may take long to answer.
        let looked = tokio::task::spawn_blocking(move || {
            check_above(&settings, &way)?;
            check_way(&root, &way, owner)
        });
        looked.await.unwrap_or_else(|error| Err(missing(&found, &std::io::Error::other(error))))?;
        Ok(found)
    }
}

/// Refuses a folder that a server could put something else in the place of, between the look at it and its mount.
fn check_way(root: &Path, found: &Path, owner: (u32, u32)) -> Result<(), SpawnError> {
    for above in found.ancestors().skip(1).take_while(|above| *above != root && above.starts_with(root)) {
        let Some(seen) = host_home::writable_for(above, owner).map_err(|error| missing(above, &error))? else {
            continue;
        };
        return Err(refused(
            format!(
                "The folder {} cannot be mounted: servers may write into {} above it ({seen}) and could replace it.",
                found.display(),
                above.display()
            ),
            "The lead names the folder right above it in host_folders, or gives the one above to another account.",
        ));
    }
    Ok(())
}

fn check_above(settings: &ContainerSettings, found: &Path) -> Result<(), SpawnError> {
    match settings.writable_above(found) {
        Some(above) => Err(nested(found, &above)),
        None => Ok(()),
    }
}

// === impl ContainerSettings ===

impl ContainerSettings {
    /// The configured folder above a path that servers may write into, as it is written, whatever its names become.
    /// Below such a one nothing can be mounted: a server could put a link to elsewhere in its place.
    pub fn writable_above(&self, path: &Path) -> Option<String> {
        let written =
            self.volumes.iter().filter(|volume| !volume.read_only).filter_map(|volume| match &volume.source {
                VolumeSource::Host(template) => Some(template.as_str()),
                VolumeSource::Volume { .. } | VolumeSource::Memory { .. } => None,
            });
        written.into_iter().find(|above| lies_below(path, above)).map(str::to_owned)
    }
}

/// Whether a path lies below what a template may become. Each part with a name in it may be any.
fn lies_below(path: &Path, template: &str) -> bool {
    let parts: Vec<_> = Path::new(template).components().collect();
    let has_name = |part: &Component<'_>| part.as_os_str().to_string_lossy().contains('{');
    let fixed: PathBuf = parts.iter().take_while(|part| !has_name(part)).collect();
    let led = fixed.canonicalize().unwrap_or_else(|_| fixed.clone());
    let rest = parts.iter().skip(fixed.components().count());
    let wanted: Vec<_> = led.components().chain(rest.copied()).collect();
    let given: Vec<_> = path.components().collect();
    given.len() > wanted.len() && wanted.iter().zip(&given).all(|(wanted, given)| has_name(wanted) || wanted == given)
}

/// Refuses mounts of one server of which one lies in another that it may write into.
pub(super) fn check_nesting(mounts: &[Mount]) -> Result<(), SpawnError> {
    let folders = || {
        let binds = mounts.iter().filter(|mount| mount.typ == Some(MountType::BIND));
        binds.filter_map(|mount| Some((Path::new(mount.source.as_deref()?), mount.read_only == Some(true))))
    };
    for (folder, _) in folders() {
        let above = folders().find(|(above, read_only)| !read_only && *above != folder && folder.starts_with(above));
        if let Some((above, _)) = above {
            return Err(nested(folder, &above.display().to_string()));
        }
    }
    Ok(())
}

fn nested(folder: &Path, above: &str) -> SpawnError {
    refused(
        format!(
            "The folder {} cannot be mounted: it lies in {above}, which servers may write into, and could be replaced.",
            folder.display()
        ),
        "The lead mounts the upper one read-only, or moves the lower one out of it.",
    )
}

/// Whether a path is whole and has no way back in it.
pub(super) fn is_plain(path: &Path) -> bool {
    let down = |part: Component<'_>| matches!(part, Component::RootDir | Component::Normal(_) | Component::Prefix(_));
    path.is_absolute() && path.components().all(down) && !path.to_string_lossy().contains("/./")
}

/// Opens a folder by a whole path without any link in it, part by part, so that nothing put in the place of a part is
/// followed. What is opened is good for reaching what lies in it.
///
/// # Errors
/// The system's, also where a part is a link or no folder.
#[cfg(unix)]
pub fn open_folder(path: &Path) -> std::io::Result<std::os::fd::OwnedFd> {
    use rustix::fs::{Mode, OFlags, open, openat};
    // The folders on the way may be closed to reading.
    #[cfg(target_os = "linux")]
    let way = OFlags::PATH;
    #[cfg(not(target_os = "linux"))]
    let way = OFlags::RDONLY;
    let flags = way | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut folder = open("/", flags, Mode::empty())?;
    for part in path.components() {
        match part {
            Component::RootDir => {}
            Component::Normal(name) => folder = openat(&folder, name, flags, Mode::empty())?,
            Component::Prefix(_) | Component::CurDir | Component::ParentDir => {
                return Err(ErrorKind::InvalidInput.into());
            }
        }
    }
    Ok(folder)
}

fn missing(path: &Path, error: &std::io::Error) -> SpawnError {
    let shown = path.display();
    match error.kind() {
        ErrorKind::NotFound => refused(
            format!("The folder {shown} does not exist on this computer."),
            "The lead makes it, or takes it out of the configuration.",
        ),
        _ => refused(format!("The folder {shown} cannot be looked at: {error}."), "The lead checks its permissions."),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use labdeck_model::ServerKey;

    use super::super::config::DockerConfig;
    use super::super::settings::VolumeSetting;
    use super::super::template::Names;
    use super::super::template::Template;
    use super::super::template::tests::key;
    use super::*;
    use crate::MountWish;

    pub(in super::super) struct Case {
        config: DockerConfig,
        key: ServerKey,
        storage: Option<PathBuf>,
    }

    impl Case {
        pub(in super::super) fn new(open: &[&Path]) -> Self {
            let mut config = DockerConfig::new("h1");
            config.containers.host_folders = open.iter().map(|path| path.to_path_buf()).collect();
            Self { config, key: key("ada", ""), storage: None }
        }

        pub(in super::super) fn plan<'a>(&'a self, wishes: &'a [MountWish]) -> MountPlan<'a> {
            let names = Names { key: &self.key, image: "a", prefix: "labdeck" };
            let (config, key) = (&self.config, &self.key);
            let (account, place, socket, storage) = (None, Place::Here, None, self.storage.clone());
            MountPlan { config, key, home: "h", names, wishes, account, place, socket, storage }
        }

        async fn kind_of(&self, path: &Path) -> Result<String, String> {
            match self.plan(&[]).host_path(path, &self.config.containers.host_folders).await {
                Ok(path) => Ok(path.display().to_string()),
                Err(error) => Err(error.failure().message),
            }
        }
    }

    #[tokio::test]
    async fn only_what_lies_below_an_open_folder_is_mounted() {
        let box_ = tempfile::tempdir().unwrap();
        let top = box_.path().canonicalize().unwrap();
        for folder in ["data/ada", "data-secret", "elsewhere", "data/.labdeck/keys"] {
            std::fs::create_dir_all(top.join(folder)).unwrap();
        }
        let link = |from: &str, to: &str| std::os::unix::fs::symlink(top.join(to), top.join(from)).unwrap();
        link("data/inside", "data/ada");
        link("data/out", "elsewhere");
        link("data/ada/up", "data-secret");
        link("linked-root", "data");
        std::os::unix::net::UnixListener::bind(top.join("data/engine.sock")).unwrap();
        let data = top.join("data");
        let mut case = Case::new(&[&data]);
        case.config.containers.closed_folders = vec![top.join("data/.labdeck")];
        let rows = [
            ("data", false),
            ("data/ada", true),
            ("data/inside", true),
            ("data/out", false),
            ("data/ada/up", false),
            ("data-secret", false),
            ("data/../data-secret", false),
            ("data/./ada", false),
            ("data/ada/../../elsewhere", false),
            ("data/missing", false),
            ("data/engine.sock", false),
            ("data/.labdeck", false),
            ("data/.labdeck/keys", false),
            ("linked-root/ada", true),
            ("", false),
        ];
        for (path, good) in rows {
            let seen = case.kind_of(&top.join(path)).await;
            assert_eq!(seen.is_ok(), good, "{path}: {seen:?}");
        }
        assert_eq!(case.kind_of(&top.join("data/inside")).await.unwrap(), data.join("ada").display().to_string());
        assert!(case.kind_of(Path::new("data/ada")).await.is_err(), "a path that is not whole");
        assert!(Case::new(&[]).kind_of(&data).await.unwrap_err().contains("not open to servers"));
        let through_link = Case::new(&[&top.join("linked-root")]);
        assert!(through_link.kind_of(&data.join("ada")).await.is_ok(), "an open folder may be a link");
    }

    fn volume(source: &Path, target: &str, read_only: bool) -> VolumeSetting {
        let source = VolumeSource::Host(Template::parse(&source.display().to_string()).unwrap());
        VolumeSetting { source, target: Template::parse(target).unwrap(), read_only }
    }

    #[tokio::test]
    async fn what_lies_in_a_folder_that_servers_write_is_not_mounted() {
        let box_ = tempfile::tempdir().unwrap();
        let top = box_.path().canonicalize().unwrap();
        for folder in ["homes/ada/project", "course/week", "other"] {
            std::fs::create_dir_all(top.join(folder)).unwrap();
        }
        std::os::unix::fs::symlink(top.join("course"), top.join("linked")).unwrap();
        // Naming the folder itself opens nothing that a server could replace.
        let mut case = Case::new(&[&top, &top.join("homes/ada"), &top.join("course")]);
        case.config.containers.volumes =
            vec![volume(&top.join("homes/{username}"), "/h", false), volume(&top.join("linked"), "/c", false)];
        for bad in ["homes/ada/project", "course/week"] {
            let told = case.kind_of(&top.join(bad)).await.unwrap_err();
            assert!(told.contains("may write into"), "{bad}: {told}");
        }
        for good in ["homes", "homes/ada", "course", "other"] {
            case.kind_of(&top.join(good)).await.unwrap();
        }
        case.config.containers.volumes = vec![volume(&top.join("course"), "/c", true)];
        case.kind_of(&top.join("course/week")).await.unwrap();
    }

    #[tokio::test]
    async fn nothing_of_the_engines_own_store_is_mounted_wherever_it_is() {
        let box_ = tempfile::tempdir().unwrap();
        let top = box_.path().canonicalize().unwrap();
        for folder in ["disk/engine/volumes/x", "disk/files"] {
            std::fs::create_dir_all(top.join(folder)).unwrap();
        }
        std::os::unix::fs::symlink(top.join("disk/engine"), top.join("store")).unwrap();
        let mut case = Case::new(&[&top]);
        // As engines write it, which may be a link.
        case.storage = Some(top.join("store"));
        for kept in ["disk", "disk/engine", "disk/engine/volumes/x", "store/volumes/x"] {
            let told = case.kind_of(&top.join(kept)).await.unwrap_err();
            assert!(told.contains("not open"), "{kept}: {told}");
        }
        case.kind_of(&top.join("disk/files")).await.unwrap();
    }

    #[tokio::test]
    async fn the_way_to_a_folder_is_not_for_servers_to_change() {
        use std::os::unix::fs::PermissionsExt;
        let box_ = tempfile::tempdir().unwrap();
        let top = box_.path().canonicalize().unwrap();
        std::fs::create_dir_all(top.join("open/deep")).unwrap();
        std::fs::set_permissions(top.join("open"), PermissionsExt::from_mode(0o777)).unwrap();
        let told = Case::new(&[&top]).kind_of(&top.join("open/deep")).await.unwrap_err();
        assert!(told.contains("could replace it") && told.contains("mode 777"), "{told}");
        Case::new(&[&top]).kind_of(&top.join("open")).await.unwrap();
        Case::new(&[&top.join("open")]).kind_of(&top.join("open/deep")).await.unwrap();
    }

    #[test]
    fn folders_of_one_server_do_not_lie_in_each_other() {
        let bind = |source: &str, read_only| Mount {
            typ: Some(MountType::BIND),
            source: Some(source.into()),
            read_only: Some(read_only),
            ..Mount::default()
        };
        assert!(check_nesting(&[bind("/data/a", false), bind("/data/a/b", true)]).is_err());
        check_nesting(&[bind("/data/a", true), bind("/data/a/b", false)]).unwrap();
        check_nesting(&[bind("/data/a", false), bind("/data/ab", false), bind("/data/a", true)]).unwrap();
    }
}
