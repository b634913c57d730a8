//! The file of an archive: a tar packed with Zstandard, readable only by the hub's account, and beside it a manifest
//! that says whose it was, what is in it and what its checksum is. Owns both formats. Blocks: for threads that may.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter, Error, ErrorKind, Read, Result, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use labdeck_model::Timestamp;
use labdeck_spawner::Contents;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Zstandard's own default: as quick as a disk, a third of the size for notebooks.
const LEVEL: i32 = 3;
/// The version of this format.
const FORMAT: u32 = 1;
/// Bytes that are read in one piece.
const PIECE: usize = 256 << 10;

/// What is known of an archive, as it lies beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// Whose the home was.
    pub(super) user: String,
    /// Which server's; empty for the default one.
    pub(super) server: String,
    /// Whose driver had it.
    pub(super) spawner: String,
    /// Its name there.
    pub(super) home: String,
    /// The image that its server ran last, where that is known.
    pub(super) image: Option<String>,
    /// How many files, folders and links.
    pub(super) files: u64,
    /// What is in the files, in bytes.
    pub(super) bytes: u64,
    /// The length of the tar in it, in bytes: what unpacking writes. Holes of files take nothing of it where the driver
    /// packs them as such. Archives of older versions do not say.
    #[serde(default)]
    pub(super) tar_bytes: Option<u64>,
    /// The size of the packed file, in bytes.
    pub(super) archive_bytes: u64,
    /// The checksum of the packed file.
    pub(super) sha256: String,
    /// When it was made.
    pub(super) made_at: Timestamp,
    /// The version of the program that made it.
    pub(super) labdeck: String,
}

/// Whose home it is.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) user: String,
    pub(super) server: String,
    pub(super) spawner: String,
    pub(super) home: String,
    pub(super) image: Option<String>,
}

/// What was counted while packing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numbers {
    files: u64,
    pub(super) bytes: u64,
    tar_bytes: Option<u64>,
    archive_bytes: u64,
    sha256: String,
}

// === impl Manifest ===

impl Manifest {
    pub(super) fn new(origin: Origin, numbers: &Numbers, made_at: Timestamp) -> Self {
        let Origin { user, server, spawner, home, image } = origin;
        let Numbers { files, bytes, tar_bytes, archive_bytes, sha256 } = numbers.clone();
        let labdeck = env!("CARGO_PKG_VERSION").to_owned();
        Self {
            format: FORMAT,
            user,
            server,
            spawner,
            home,
            image,
            files,
            bytes,
            tar_bytes,
            archive_bytes,
            sha256,
            made_at,
            labdeck,
        }
    }

    /// Where the manifest of an archive lies.
    pub(super) fn path_of(archive: &Path) -> PathBuf {
        archive.with_extension("").with_extension("json")
    }

    /// Reads the one beside an archive.
    pub(super) fn read(archive: &Path) -> Result<Self> {
        let text = fs::read(Self::path_of(archive))?;
        serde_json::from_slice(&text).map_err(|error| Error::new(ErrorKind::InvalidData, error))
    }

    /// Writes it beside its archive.
    pub(super) fn write(&self, archive: &Path) -> Result<()> {
        let path = Self::path_of(archive);
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        // One from an attempt that was killed.
        let _ = fs::remove_file(&path);
        let mut file = private_file(&path)?;
        file.write_all(&text)?;
        file.sync_all()
    }

    fn numbers(&self) -> Numbers {
        let Self { files, bytes, tar_bytes, archive_bytes, sha256, .. } = self.clone();
        Numbers { files, bytes, tar_bytes, archive_bytes, sha256 }
    }
}

/// Packs a tar stream into a new file. `passed` grows with what has been read.
pub(super) fn pack(from: impl Read, path: &Path, passed: &AtomicU64) -> Result<Numbers> {
    let _ = fs::remove_file(path);
    let file = Hashing::new(BufWriter::with_capacity(PIECE, private_file(path)?));
    let mut encoder = zstd::Encoder::new(file, LEVEL)?;
    encoder.include_checksum(true)?;
    let mut tee = Tee { from: BufReader::with_capacity(PIECE, from), into: encoder, passed };
    let Tally { files, contents, tar_bytes } = count(&mut tee)?;
    let done = tee.into.finish()?;
    let (sha256, archive_bytes, written) = done.end();
    let file = written.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(Numbers { files, bytes: contents.bytes, tar_bytes: Some(tar_bytes), archive_bytes, sha256 })
}

/// Reads an archive again from the disk: every byte of the file, every entry in it. Answers what a home of it has.
pub(super) fn verify(path: &Path, wanted: &Numbers) -> Result<Contents> {
    let mut file = Hashing::new(File::open(path)?);
    let Tally { files, contents, tar_bytes } = {
        let mut decoder = zstd::Decoder::new(BufReader::with_capacity(PIECE, &mut file))?;
        count(&mut decoder)?
    };
    std::io::copy(&mut file, &mut std::io::sink())?;
    let (sha256, archive_bytes, _) = file.end();
    let tar_bytes = wanted.tar_bytes.map(|_| tar_bytes);
    if (Numbers { files, bytes: contents.bytes, tar_bytes, archive_bytes, sha256 }) == *wanted {
        return Ok(contents);
    }
    Err(Error::new(ErrorKind::InvalidData, "what was read back is not what was written"))
}

/// The same by the manifest beside it.
pub(super) fn verify_by_manifest(path: &Path) -> Result<Manifest> {
    let manifest = Manifest::read(path)?;
    verify(path, &manifest.numbers())?;
    Ok(manifest)
}

/// Unpacks an archive to a tar stream.
pub(super) fn unpack(path: &Path, mut into: impl Write, passed: &AtomicU64) -> Result<()> {
    let mut decoder = zstd::Decoder::new(BufReader::with_capacity(PIECE, File::open(path)?))?;
    let mut piece = vec![0; PIECE];
    loop {
        let read = decoder.read(&mut piece)?;
        let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        into.write_all(bytes)?;
        passed.fetch_add(u64::try_from(read).unwrap_or(0), Ordering::Relaxed);
    }
    into.flush()
}

/// Whether an archive is the whole of a home. `counted` was not made from the archive: a driver that left something out,
/// or whose stream ended early, is found out by that alone.
pub(super) fn check_whole(archive: Contents, counted: Contents) -> Result<()> {
    if archive == counted {
        return Ok(());
    }
    let words = |of: Contents| format!("{} files, folders and links with {} bytes", of.entries, of.bytes);
    let words = format!(
        "it holds {}, but the home has {}; somebody writes into it, or something in it cannot be read",
        words(archive),
        words(counted)
    );
    Err(Error::new(ErrorKind::InvalidData, words))
}

/// What is in a tar stream.
struct Tally {
    /// All entries of it.
    files: u64,
    /// Those that mean something elsewhere.
    contents: Contents,
    tar_bytes: u64,
}

/// Reads a tar stream to its end.
fn count(from: &mut impl Read) -> Result<Tally> {
    let mut from = Counting { from, bytes: 0 };
    let (mut files, mut contents) = (0, Contents::default());
    let mut archive = tar::Archive::new(&mut from);
    for entry in archive.entries()? {
        let entry = entry?;
        let kind = entry.header().entry_type();
        files += 1;
        contents.entries += u64::from(!(kind.is_fifo() || kind.is_character_special() || kind.is_block_special()));
        contents.bytes += entry.size();
    }
    if files == 0 {
        return Err(Error::new(ErrorKind::UnexpectedEof, "there is nothing in it"));
    }
    std::io::copy(&mut from, &mut std::io::sink())?;
    Ok(Tally { files, contents, tar_bytes: from.bytes })
}

/// A new file that only its owner may read.
pub(super) fn private_file(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder that only its owner may enter.
pub(super) fn private_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path)?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// Gives on what is read.
struct Tee<'a, R, W> {
    from: R,
    into: W,
    passed: &'a AtomicU64,
}

impl<R: Read, W: Write> Read for Tee<'_, R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.from.read(buffer)?;
        self.into.write_all(buffer.get(..read).unwrap_or_default())?;
        self.passed.fetch_add(u64::try_from(read).unwrap_or(0), Ordering::Relaxed);
        Ok(read)
    }
}

/// Counts what is read.
struct Counting<R> {
    from: R,
    bytes: u64,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.from.read(buffer)?;
        self.bytes += u64::try_from(read).unwrap_or(0);
        Ok(read)
    }
}

/// Counts and hashes what goes through.
struct Hashing<T> {
    inner: T,
    hash: Sha256,
    bytes: u64,
}

impl<T> Hashing<T> {
    fn new(inner: T) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    fn note(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes += u64::try_from(bytes.len()).unwrap_or(0);
    }

    fn end(self) -> (String, u64, T) {
        let digest = self.hash.finalize();
        (digest.iter().map(|byte| format!("{byte:02x}")).collect(), self.bytes, self.inner)
    }
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let read = self.inner.read(buffer)?;
        self.note(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let written = self.inner.write(bytes)?;
        self.note(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut packed = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o600);
            packed.append_data(&mut header, name, *bytes).unwrap();
        }
        packed.into_inner().unwrap()
    }

    fn origin() -> Origin {
        let (user, home) = ("ada".to_owned(), "ada-1".to_owned());
        Origin { user, server: String::new(), spawner: "simple".into(), home, image: None }
    }

    #[test]
    fn an_archive_is_read_back_and_a_changed_one_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ada-1.20260101T000000Z.tar.zst");
        let tar = tar_of(&[("home/a", &[1; 70_000]), ("home/b", b"b")]);
        let passed = AtomicU64::new(0);
        let numbers = pack(tar.as_slice(), &path, &passed).unwrap();
        assert_eq!((numbers.files, numbers.bytes), (2, 70_001));
        assert_eq!(passed.load(Ordering::Relaxed), tar.len() as u64);
        verify(&path, &numbers).unwrap();
        Manifest::new(origin(), &numbers, Timestamp::from_unix_micros(7)).write(&path).unwrap();
        assert_eq!(verify_by_manifest(&path).unwrap().numbers(), numbers);

        let mut again = Vec::new();
        unpack(&path, &mut again, &AtomicU64::new(0)).unwrap();
        assert_eq!(again, tar);

        #[cfg(unix)]
        for file in [&path, &Manifest::path_of(&path)] {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let bytes = fs::read(&path).unwrap();
        for at in [5, bytes.len() / 2, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            assert!(verify(&path, &numbers).is_err(), "a bit at {at} was turned");
        }
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(verify(&path, &numbers).is_err(), "it was cut short");
    }

    #[test]
    fn a_stream_that_ended_between_two_files_is_noticed_by_the_count_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ada-1.20260101T000000Z.tar.zst");
        let whole = tar_of(&[("home/a", b"a"), ("home/b", b"b")]);
        // A header and a block for each file: what follows would have been the second.
        let numbers = pack(&whole[..1024], &path, &AtomicU64::new(0)).unwrap();
        let read = verify(&path, &numbers).unwrap();
        let told = check_whole(read, Contents { entries: 2, bytes: 2 }).unwrap_err().to_string();
        assert!(told.contains("it holds 1 files") && told.contains("the home has 2 files"), "{told}");
        check_whole(read, Contents { entries: 1, bytes: 1 }).unwrap();
        check_whole(read, Contents { entries: 1, bytes: 2 }).unwrap_err();
    }

    #[test]
    fn an_archive_of_a_version_that_did_not_say_how_long_its_tar_is_can_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ada-1.20260101T000000Z.tar.zst");
        let numbers = pack(tar_of(&[("home/a", b"a")]).as_slice(), &path, &AtomicU64::new(0)).unwrap();
        let numbers = Numbers { tar_bytes: None, ..numbers };
        Manifest::new(origin(), &numbers, Timestamp::from_unix_micros(7)).write(&path).unwrap();
        let beside = Manifest::path_of(&path);
        let mut old: serde_json::Value = serde_json::from_slice(&fs::read(&beside).unwrap()).unwrap();
        old.as_object_mut().unwrap().remove("tar_bytes");
        fs::write(&beside, old.to_string()).unwrap();
        assert_eq!(verify_by_manifest(&path).unwrap().numbers(), numbers);
    }

    #[test]
    fn nothing_is_no_archive() {
        let dir = tempfile::tempdir().unwrap();
        assert!(pack(std::io::empty(), &dir.path().join("x"), &AtomicU64::new(0)).is_err());
        assert!(pack([7_u8; 2048].as_slice(), &dir.path().join("x"), &AtomicU64::new(0)).is_err());
    }
}
