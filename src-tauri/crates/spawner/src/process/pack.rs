//! Packing a home into a tar archive below `home/`, and unpacking one. Blocks: for threads that may. Links are packed
//! as links and never followed; sockets and pipes, which mean nothing elsewhere, are left out.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{Error, ErrorKind, Read, Result, Write, copy, repeat};
use std::path::{Path, PathBuf};

use tar::{Archive, Builder, EntryType, Header};

use crate::Contents;

/// The folder in the archive.
pub(super) const TOP: &str = "home";

/// Packs a folder. What vanishes meanwhile is left out.
pub(super) fn pack(home: &Path, into: impl Write) -> Result<()> {
    let mut packer = Packer { archive: Builder::new(into), seen: HashMap::new() };
    packer.archive.follow_symlinks(false);
    let mut waiting = vec![(home.to_path_buf(), PathBuf::from(TOP))];
    while let Some((path, name)) = waiting.pop() {
        let added = packer.add(&path, &name).map_err(|error| named(&path, &error));
        match added {
            Ok(true) => {
                let mut children = children(&path).map_err(|error| named(&path, &error))?;
                children.sort_by(|a, b| b.cmp(a));
                waiting.extend(children.into_iter().map(|child| (path.join(&child), name.join(&child))));
            }
            Ok(false) => {}
            Err(error) if error.kind() == ErrorKind::NotFound && path != home => {}
            Err(error) => return Err(error),
        }
    }
    packer.archive.into_inner()?.flush()
}

/// Unpacks an archive into an empty folder: afterwards its `home/` is there. Nothing is written outside of it.
pub(super) fn unpack(from: impl Read, folder: &Path) -> Result<()> {
    let mut archive = Archive::new(from);
    archive.set_preserve_permissions(true);
    archive.set_preserve_mtime(true);
    #[cfg(unix)]
    archive.set_preserve_ownerships(rustix::process::geteuid().is_root());
    archive.unpack(folder)?;
    if folder.join(TOP).is_dir() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidData, "the archive has no folder named home"))
}

/// How much space the files of a folder take.
pub(super) fn measure(home: &Path) -> Result<u64> {
    let mut sum = 0;
    let mut seen = HashMap::new();
    let mut waiting = vec![home.to_path_buf()];
    while let Some(path) = waiting.pop() {
        let meta = match fs::symlink_metadata(&path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == ErrorKind::NotFound && path != home => continue,
            Err(error) => return Err(named(&path, &error)),
        };
        if file_id(&meta).is_none_or(|id| seen.insert(id, ()).is_none()) {
            sum += space(&meta);
        }
        if meta.is_dir() {
            waiting.extend(children(&path)?.into_iter().map(|child| path.join(child)));
        }
    }
    Ok(sum)
}

/// What an archive of a folder must hold. What vanishes meanwhile counts: then the two differ, as they should.
pub(super) fn count(home: &Path) -> Result<Contents> {
    let (mut contents, mut seen) = (Contents::default(), HashMap::new());
    let mut waiting = vec![home.to_path_buf()];
    while let Some(path) = waiting.pop() {
        let meta = fs::symlink_metadata(&path).map_err(|error| named(&path, &error))?;
        let kind = meta.file_type();
        if !(kind.is_file() || kind.is_dir() || kind.is_symlink()) {
            continue;
        }
        contents.entries += 1;
        if kind.is_dir() {
            waiting.extend(
                children(&path).map_err(|error| named(&path, &error))?.into_iter().map(|child| path.join(child)),
            );
        } else if kind.is_file() && file_id(&meta).is_none_or(|id| seen.insert(id, ()).is_none()) {
            contents.bytes += meta.len();
        }
    }
    Ok(contents)
}

struct Packer<W: Write> {
    archive: Builder<W>,
    /// Files with several names, by what they are: the name under which each was packed.
    seen: HashMap<(u64, u64), PathBuf>,
}

// === impl Packer ===

impl<W: Write> Packer<W> {
    /// Adds one entry. Answers whether it is a folder, whose entries come next.
    fn add(&mut self, path: &Path, name: &Path) -> Result<bool> {
        let meta = fs::symlink_metadata(path)?;
        let kind = meta.file_type();
        let mut header = Header::new_gnu();
        header.set_metadata(&meta);
        if kind.is_dir() {
            header.set_size(0);
            self.archive.append_data(&mut header, name.join(""), std::io::empty())?;
            return Ok(true);
        }
        if kind.is_symlink() {
            header.set_size(0);
            self.archive.append_link(&mut header, name, fs::read_link(path)?)?;
            return Ok(false);
        }
        if !kind.is_file() {
            return Ok(false);
        }
        if let Some(first) = file_id(&meta).and_then(|id| self.seen.get(&id)) {
            header.set_entry_type(EntryType::Link);
            header.set_size(0);
            self.archive.append_link(&mut header, name, first)?;
            return Ok(false);
        }
        self.add_file(path, name, &meta, header)?;
        if let Some(id) = file_id(&meta) {
            self.seen.insert(id, name.to_path_buf());
        }
        Ok(false)
    }

    fn add_file(&mut self, path: &Path, name: &Path, meta: &Metadata, mut header: Header) -> Result<()> {
        let mut file = File::open(path)?;
        if space(meta) < meta.len() {
            // Holes stay holes.
            return self.archive.append_file(name, &mut file);
        }
        // As long as it was when its header was made, whatever its writer does meanwhile.
        let exactly = file.take(meta.len()).chain(repeat(0)).take(meta.len());
        self.archive.append_data(&mut header, name, exactly)
    }
}

fn children(folder: &Path) -> Result<Vec<std::ffi::OsString>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.file_name())).collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// An error with the file that it is about.
fn named(path: &Path, error: &Error) -> Error {
    Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// What tells files with several names from one another; `None` for those with one.
#[cfg(unix)]
fn file_id(meta: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    (meta.is_file() && meta.nlink() > 1).then(|| (meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
fn file_id(_: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(unix)]
fn space(meta: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(meta) * 512
}

#[cfg(not(unix))]
fn space(meta: &Metadata) -> u64 {
    meta.len()
}

/// Copies what is left of a reader to nowhere.
pub(super) fn drain(mut from: impl Read) {
    let _ = copy(&mut from, &mut std::io::sink());
}
