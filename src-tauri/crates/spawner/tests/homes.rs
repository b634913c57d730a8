//! The homes of the local-process driver: found, measured, packed and made again as they were, and deleted.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "in a test a surprise is a failure")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use labdeck_model::{ServerKey, ServerName, UserName};
use labdeck_spawner::process::{ProcessConfig, ProcessSpawner};
use labdeck_spawner::{Contents, FolderAccess, Homes, MountSource};
use tempfile::TempDir;

struct Lab {
    folder: TempDir,
    spawner: ProcessSpawner,
}

impl Lab {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let spawner = ProcessSpawner::new(ProcessConfig::new(folder.path()));
        Self { folder, spawner }
    }

    fn home(&self, name: &str) -> PathBuf {
        self.folder.path().join("homes").join(name)
    }

    fn filled(&self, name: &str) -> PathBuf {
        let home = self.home(name);
        fs::create_dir_all(home.join("work/empty")).unwrap();
        fs::write(home.join("work/a.ipynb"), "{}").unwrap();
        fs::write(home.join(".hidden"), vec![7; 100_000]).unwrap();
        fs::set_permissions(home.join("work/a.ipynb"), PermissionsExt::from_mode(0o640)).unwrap();
        fs::set_permissions(home.join("work/empty"), PermissionsExt::from_mode(0o500)).unwrap();
        fs::hard_link(home.join(".hidden"), home.join("second")).unwrap();
        symlink("work/a.ipynb", home.join("link")).unwrap();
        symlink("/etc/passwd", home.join("outside")).unwrap();
        let long = "n".repeat(200);
        fs::create_dir_all(home.join(&long)).unwrap();
        fs::write(home.join(long).join("deep"), "deep").unwrap();
        let hole = fs::File::create(home.join("holes")).unwrap();
        hole.set_len(50 << 20).unwrap();
        fs::set_permissions(&home, PermissionsExt::from_mode(0o700)).unwrap();
        home
    }

    async fn packed(&self, name: &str) -> Vec<u8> {
        let mut packed = Vec::new();
        self.spawner.archive_home(name, &mut packed).await.unwrap();
        packed
    }
}

fn key(user: &str) -> ServerKey {
    ServerKey::new(UserName::parse(user).unwrap(), ServerName::default_server())
}

/// Everything below a folder: name, mode, owner, time, and what is in it or where it leads.
fn tree(folder: &Path) -> Vec<(PathBuf, u32, u32, i64, Vec<u8>)> {
    let mut all = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(path) = waiting.pop() {
        let meta = fs::symlink_metadata(&path).unwrap();
        let inside = match meta.file_type() {
            kind if kind.is_symlink() => fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes(),
            kind if kind.is_dir() => {
                waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
                Vec::new()
            }
            _ => fs::read(&path).unwrap(),
        };
        let name = path.strip_prefix(folder).unwrap().to_path_buf();
        let time = if meta.is_dir() || meta.is_symlink() { 0 } else { meta.mtime() };
        all.push((name, meta.mode(), meta.uid(), time, inside));
    }
    all.sort();
    all
}

#[tokio::test]
async fn a_home_comes_back_from_its_archive_as_it_was() {
    let lab = Lab::new();
    let home = lab.filled("ada-1");
    let packed = lab.packed("ada-1").await;
    lab.spawner.restore_home(&key("bob"), "bob-2", &mut packed.as_slice()).await.unwrap();
    let again = lab.home("bob-2");
    assert!(tree(&home) == tree(&again), "the two differ");
    let inode = |name: &str| fs::metadata(again.join(name)).unwrap().ino();
    assert_eq!(inode(".hidden"), inode("second"), "one file with two names stays one");
    let holes = fs::metadata(again.join("holes")).unwrap();
    assert!(holes.blocks() * 512 < holes.len(), "holes stay holes");
    let used = lab.spawner.measure_home("ada-1").await.unwrap();
    assert!((100_000..5 << 20).contains(&used), "{used}");
}

#[tokio::test]
async fn a_count_of_a_home_is_what_its_archive_holds() {
    let lab = Lab::new();
    let home = lab.filled("ada-1");
    drop(std::os::unix::net::UnixListener::bind(home.join("socket")).unwrap());
    let packed = lab.packed("ada-1").await;
    let mut archive = tar::Archive::new(packed.as_slice());
    let sizes: Vec<u64> = archive.entries().unwrap().map(|entry| entry.unwrap().size()).collect();
    let counted = lab.spawner.count_home("ada-1").await.unwrap();
    let entries = u64::try_from(sizes.len()).unwrap();
    assert_eq!(counted, Contents { entries, bytes: sizes.iter().sum() });
    assert_eq!(counted.bytes, 2 + 100_000 + 4 + (50 << 20), "two names of a file are one file, holes count");
}

#[tokio::test]
async fn homes_are_found_and_half_made_ones_are_not() {
    let lab = Lab::new();
    lab.filled("ada-1");
    fs::create_dir_all(lab.home(".restoring-bob-2")).unwrap();
    let found = lab.spawner.list_homes().await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].home.as_str(), found[0].place.as_str()), ("ada-1", lab.home("ada-1").to_str().unwrap()));
    assert!(found[0].created.is_some());
    lab.spawner.clear_leftovers().await.unwrap();
    assert!(!lab.home(".restoring-bob-2").exists() && lab.home("ada-1").exists());
}

#[tokio::test]
async fn an_archive_that_breaks_off_leaves_no_home() {
    let lab = Lab::new();
    lab.filled("ada-1");
    let packed = lab.packed("ada-1").await;
    for cut in [0, 512, 1024, packed.len() / 2] {
        let mut broken = Broken(packed[..cut].to_vec());
        let error = lab.spawner.restore_home(&key("bob"), "bob-2", &mut broken).await.unwrap_err();
        assert_eq!(error.failure().kind, "system_error", "{error}");
        assert!(!lab.home("bob-2").exists());
    }
    let names: Vec<_> = fs::read_dir(lab.home("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["ada-1"], "nothing half-made is left");
}

#[tokio::test]
async fn an_archive_never_writes_outside_nor_over_a_home() {
    let lab = Lab::new();
    lab.filled("ada-1");
    let packed = lab.packed("ada-1").await;
    let before = tree(&lab.home("ada-1"));
    lab.spawner.restore_home(&key("ada"), "ada-1", &mut packed.as_slice()).await.unwrap_err();
    assert!(tree(&lab.home("ada-1")) == before);
    let mut hostile = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    header.set_mode(0o644);
    header.as_gnu_mut().unwrap().name[..12].copy_from_slice(b"home/../../x");
    header.set_cksum();
    hostile.append(&header, b"x".as_slice()).unwrap();
    let hostile = hostile.into_inner().unwrap();
    let _ = lab.spawner.restore_home(&key("bob"), "bob-3", &mut hostile.as_slice()).await;
    assert!(!lab.folder.path().join("x").exists() && !lab.home("x").exists());
    for name in ["", ".", "..", "../x", "a/b", "Ada"] {
        assert!(lab.spawner.erase_home(name).await.is_err(), "{name}");
        assert!(lab.spawner.measure_home(name).await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn erasing_deletes_one_home_and_twice_is_once() {
    let lab = Lab::new();
    lab.filled("ada-1");
    lab.filled("bob-2");
    fs::set_permissions(lab.home("ada-1").join("work/empty"), PermissionsExt::from_mode(0o700)).unwrap();
    lab.spawner.erase_home("ada-1").await.unwrap();
    lab.spawner.erase_home("ada-1").await.unwrap();
    assert!(!lab.home("ada-1").exists() && lab.home("bob-2").join("link").exists());
    assert!(Path::new("/etc/passwd").exists(), "links are not followed");
}

#[tokio::test]
async fn a_folder_is_really_tried() {
    let lab = Lab::new();
    let all = FolderAccess { readable: true, writable: true };
    assert_eq!(lab.spawner.try_folder("course", &MountSource::Volume).await.unwrap(), all);
    let missing = MountSource::Host(lab.folder.path().join("nowhere").display().to_string());
    assert!(lab.spawner.try_folder("course", &missing).await.is_err());
    let left = fs::read_dir(lab.folder.path().join("folders/course")).unwrap().count();
    assert_eq!(left, 0, "the try leaves nothing");
}

/// Gives some bytes, then fails as a disk would.
struct Broken(Vec<u8>);

impl tokio::io::AsyncRead for Broken {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        if self.0.is_empty() {
            return std::task::Poll::Ready(Err(std::io::ErrorKind::UnexpectedEof.into()));
        }
        let count = self.0.len().min(buffer.remaining());
        buffer.put_slice(&self.0[..count]);
        self.0.drain(..count);
        std::task::Poll::Ready(Ok(()))
    }
}
