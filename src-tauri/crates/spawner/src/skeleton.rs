//! The files that a new home begins with: a folder of the lead's, copied at the first start and never again. Nothing that
//! is in a home already is written over. Owns reading the folder; the drivers say when and into what.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

use tar::{Builder, EntryType, Header};

/// More than this is no skeleton but a data set, which belongs into a shared folder.
const MOST_BYTES: u64 = 64 << 20;

/// One entry of the skeleton.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Its name below the home.
    pub(crate) name: PathBuf,
    from: PathBuf,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Folder,
    File,
    Link,
}

/// All entries of a skeleton, folders before what is in them; none where there is no skeleton.
pub(crate) fn pieces(folder: &Path) -> Result<Vec<Piece>> {
    let (mut all, mut bytes) = (Vec::new(), 0);
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(path) = waiting.pop() {
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound && path == folder => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let kind = match entry.file_type()? {
                kind if kind.is_dir() => Kind::Folder,
                kind if kind.is_symlink() => Kind::Link,
                kind if kind.is_file() => Kind::File,
                _ => continue,
            };
            match kind {
                Kind::Folder => waiting.push(entry.path()),
                Kind::File => bytes += entry.metadata()?.len(),
                Kind::Link => {}
            }
            let name = entry.path().strip_prefix(folder).map(Path::to_path_buf).map_err(Error::other)?;
            all.push(Piece { name, from: entry.path(), kind });
        }
    }
    if bytes > MOST_BYTES {
        return Err(Error::other("the skeleton holds more than 64 MB; offer large files as a shared folder"));
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// Copies a skeleton into a home of this machine. What is there stays.
pub(crate) fn copy_into(pieces: &[Piece], home: &Path) -> Result<()> {
    for piece in pieces {
        let to = home.join(&piece.name);
        if fs::symlink_metadata(&to).is_ok() {
            continue;
        }
        match piece.kind {
            Kind::Folder => fs::create_dir(&to)?,
            Kind::File => drop(fs::copy(&piece.from, &to)?),
            Kind::Link => link(&fs::read_link(&piece.from)?, &to)?,
        }
    }
    Ok(())
}

/// Packs a skeleton for a home elsewhere, without what that has already. Everything belongs to `owner`.
pub(crate) fn pack(pieces: &[Piece], there: &BTreeSet<PathBuf>, owner: (u32, u32)) -> Result<Vec<u8>> {
    let mut packed = Builder::new(Vec::new());
    for piece in pieces.iter().filter(|piece| !there.contains(&piece.name)) {
        let mut header = Header::new_gnu();
        header.set_metadata(&fs::symlink_metadata(&piece.from)?);
        header.set_uid(owner.0.into());
        header.set_gid(owner.1.into());
        match piece.kind {
            Kind::Folder => {
                header.set_size(0);
                packed.append_data(&mut header, piece.name.join(""), std::io::empty())?;
            }
            Kind::File => {
                let bytes = fs::read(&piece.from)?;
                header.set_size(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                packed.append_data(&mut header, &piece.name, bytes.as_slice())?;
            }
            Kind::Link => {
                header.set_size(0);
                header.set_entry_type(EntryType::Symlink);
                packed.append_link(&mut header, &piece.name, fs::read_link(&piece.from)?)?;
            }
        }
    }
    packed.into_inner()
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) -> Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    fn skeleton() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("work/day1")).unwrap();
        fs::write(dir.path().join("work/day1/start.ipynb"), "begin").unwrap();
        fs::write(dir.path().join("README.md"), "of the lab").unwrap();
        std::os::unix::fs::symlink("README.md", dir.path().join("read-me-first")).unwrap();
        dir
    }

    #[cfg(unix)]
    #[test]
    fn what_a_home_has_already_is_never_written_over() {
        let (skeleton, home) = (skeleton(), tempfile::tempdir().unwrap());
        fs::write(home.path().join("README.md"), "mine").unwrap();
        let all = pieces(skeleton.path()).unwrap();
        copy_into(&all, home.path()).unwrap();
        let read = |name: &str| fs::read_to_string(home.path().join(name)).unwrap();
        assert_eq!((read("README.md").as_str(), read("work/day1/start.ipynb").as_str()), ("mine", "begin"));
        assert_eq!(fs::read_link(home.path().join("read-me-first")).unwrap(), Path::new("README.md"));

        let there = BTreeSet::from([PathBuf::from("README.md")]);
        let packed = pack(&all, &there, (1000, 100)).unwrap();
        let mut archive = tar::Archive::new(packed.as_slice());
        let entries = archive.entries().unwrap().map(|entry| {
            let entry = entry.unwrap();
            let header = entry.header();
            assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (1000, 100));
            entry.path().unwrap().to_string_lossy().trim_end_matches('/').to_owned()
        });
        let entries: Vec<_> = entries.collect();
        assert_eq!(entries, ["read-me-first", "work", "work/day1", "work/day1/start.ipynb"]);
    }

    #[test]
    fn no_skeleton_is_an_empty_one() {
        assert_eq!(pieces(Path::new("/no/such/skeleton")).unwrap(), []);
    }
}
