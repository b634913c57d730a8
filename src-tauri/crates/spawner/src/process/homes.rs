//! The homes of local processes: folders below the data folder. Owns how they are found, measured, packed, filled and
//! deleted. What a home is good for, the hub decides.

use std::fs;
use std::io::{BufReader, BufWriter, Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use labdeck_model::{ServerKey, Timestamp};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::oneshot;
use tracing::info;

use super::driver::ProcessSpawner;
use super::{pack, record};
use crate::{Blocking, Contents, FolderAccess, FoundHome, FoundKind, Homes, MountSource, SpawnError};

/// Bytes that pass between a task and the thread that packs in one piece.
const PIECE: usize = 256 << 10;
/// What the names of half-made homes begin with; no home's name does.
const HALF_MADE: &str = ".restoring-";

#[async_trait]
impl Homes for ProcessSpawner {
    async fn list_homes(&self) -> Result<Vec<FoundHome>, SpawnError> {
        let folder = self.config().home("");
        let listed = tokio::task::spawn_blocking(move || list(&folder)).await;
        finished(listed).map_err(SpawnError::io("listing the homes"))
    }

    async fn measure_home(&self, home: &str) -> Result<u64, SpawnError> {
        let folder = self.folder_of(home)?;
        let measured = tokio::task::spawn_blocking(move || pack::measure(&folder)).await;
        finished(measured).map_err(SpawnError::io("measuring a home"))
    }

    async fn count_home(&self, home: &str) -> Result<Contents, SpawnError> {
        let folder = self.folder_of(home)?;
        let counted = tokio::task::spawn_blocking(move || pack::count(&folder)).await;
        finished(counted).map_err(SpawnError::io("counting what is in a home"))
    }

    async fn archive_home(&self, home: &str, into: &mut (dyn AsyncWrite + Send + Unpin)) -> Result<(), SpawnError> {
        let folder = self.folder_of(home)?;
        let (mut near, far) = tokio::io::duplex(PIECE);
        let far = BufWriter::with_capacity(PIECE, Blocking::new(far));
        let packing = tokio::task::spawn_blocking(move || pack::pack(&folder, far));
        // A drop closes the near end, which ends the thread with its next piece.
        let copied = tokio::io::copy(&mut near, into).await;
        drop(near);
        let packed = finished(packing.await);
        copied.map_err(SpawnError::io("packing a home"))?;
        packed.map_err(SpawnError::io("packing a home"))?;
        into.flush().await.map_err(SpawnError::io("packing a home"))
    }

    async fn restore_home(
        &self,
        key: &ServerKey,
        home: &str,
        from: &mut (dyn AsyncRead + Send + Unpin),
    ) -> Result<(), SpawnError> {
        const DOING: &str = "restoring a home";
        let folder = self.folder_of(home)?;
        if folder.exists() {
            let exists = Error::new(ErrorKind::AlreadyExists, format!("{} exists already", folder.display()));
            return Err(SpawnError::io(DOING)(exists));
        }
        let half_made = self.config().home(&format!("{HALF_MADE}{home}"));
        let (mut near, far) = tokio::io::duplex(PIECE);
        let far = BufReader::with_capacity(PIECE, Blocking::new(far));
        // Said once the whole archive was handed over. A drop, or an archive that breaks off, says nothing.
        let (whole, told) = oneshot::channel();
        let unpacking = tokio::task::spawn_blocking(move || fill(far, told, &half_made, &folder));
        let copied = tokio::io::copy(from, &mut near).await;
        drop(near);
        match copied {
            Ok(_) => drop(whole.send(())),
            Err(_) => drop(whole),
        }
        let unpacked = finished(unpacking.await);
        if let Err(error) = copied
            && error.kind() != ErrorKind::BrokenPipe
        {
            return Err(SpawnError::io("reading an archive")(error));
        }
        unpacked.map_err(SpawnError::io(DOING))?;
        info!(server.name = %key, "Restored a home of {key}, folder {home}");
        Ok(())
    }

    async fn erase_home(&self, home: &str) -> Result<(), SpawnError> {
        const DOING: &str = "deleting a home";
        let folder = self.folder_of(home)?;
        if record::all_noted(self.config()).iter().any(|(_, run)| run.is_alive() && works_in(run.pid, &folder)) {
            let busy = Error::new(ErrorKind::ResourceBusy, "a server works in it; stop that first");
            return Err(SpawnError::io(DOING)(busy));
        }
        match tokio::fs::remove_dir_all(&folder).await {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(SpawnError::io(DOING)(error)),
            _ => info!("Deleted the home {home}, folder {}", folder.display()),
        }
        Ok(())
    }

    async fn prepare_folder(&self, name: &str) -> Result<(), SpawnError> {
        record::make_private(&self.config().volume(name)).map_err(SpawnError::io("making a shared folder"))
    }

    async fn try_folder(&self, name: &str, source: &MountSource) -> Result<FolderAccess, SpawnError> {
        let folder = match source {
            MountSource::Host(path) => PathBuf::from(path),
            MountSource::Volume => {
                self.prepare_folder(name).await?;
                self.config().volume(name)
            }
        };
        let tried = tokio::task::spawn_blocking(move || try_in(&folder)).await;
        finished(tried).map_err(SpawnError::io("trying a folder"))
    }

    async fn clear_leftovers(&self) -> Result<(), SpawnError> {
        let folder = self.config().home("");
        let cleared = tokio::task::spawn_blocking(move || clear(&folder)).await;
        finished(cleared).map_err(SpawnError::io("clearing away half-made homes"))
    }
}

// === impl ProcessSpawner ===

impl ProcessSpawner {
    /// A home's folder. The name becomes a path, so it must be one part of one.
    fn folder_of(&self, home: &str) -> Result<PathBuf, SpawnError> {
        let tame = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !home.is_empty() && home.chars().all(tame) {
            return Ok(self.config().home(home));
        }
        Err(SpawnError::State(format!("{home:?} names no home")))
    }
}

/// The result of blocking work; a panic in it goes on here.
fn finished<T>(joined: Result<std::io::Result<T>, tokio::task::JoinError>) -> std::io::Result<T> {
    match joined {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(ErrorKind::Interrupted.into()),
        },
    }
}

fn list(folder: &Path) -> std::io::Result<Vec<FoundHome>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let Ok(home) = entry.file_name().into_string() else { continue };
        if home.starts_with('.') || !entry.file_type()?.is_dir() {
            continue;
        }
        let made = entry.metadata()?.created().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let micros = made.and_then(|since| i64::try_from(since.as_micros()).ok());
        let place = entry.path().display().to_string();
        found.push(FoundHome {
            home,
            kind: FoundKind::Home,
            key: None,
            created: micros.map(Timestamp::from_unix_micros),
            place,
        });
    }
    Ok(found)
}

/// Unpacks beside and moves into place at the end: a home is there whole or not at all.
fn fill(
    mut from: impl std::io::Read,
    whole: oneshot::Receiver<()>,
    half_made: &Path,
    folder: &Path,
) -> std::io::Result<()> {
    let unpacked = remove(half_made)
        .and_then(|()| record::make_private(half_made))
        .and_then(|()| pack::unpack(&mut from, half_made));
    let filled = unpacked.and_then(|()| {
        // What follows the archive's end is padding.
        pack::drain(from);
        whole.blocking_recv().map_err(|_| Error::from(ErrorKind::UnexpectedEof))?;
        fs::rename(half_made.join(pack::TOP), folder)
    });
    let removed = remove(half_made);
    filled.and(removed)
}

fn clear(folder: &Path) -> std::io::Result<()> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let left = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(HALF_MADE));
    left.into_iter().try_for_each(|entry| remove(&entry.path()))
}

fn remove(folder: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn try_in(folder: &Path) -> std::io::Result<FolderAccess> {
    if !fs::metadata(folder)?.is_dir() {
        return Err(ErrorKind::NotADirectory.into());
    }
    let probe = folder.join(format!(".labdeck-{}", std::process::id()));
    let made = fs::OpenOptions::new().write(true).create_new(true).open(&probe);
    let writable = made.is_ok();
    if writable {
        fs::remove_file(probe)?;
    }
    Ok(FolderAccess { readable: fs::read_dir(folder).is_ok(), writable })
}

/// Whether a process has this folder as its home. The system keeps what a program was begun with.
fn works_in(pid: i32, home: &Path) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let wanted = format!("HOME={}", home.display());
    environment.split(|byte| *byte == 0).any(|pair| pair == wanted.as_bytes())
}
