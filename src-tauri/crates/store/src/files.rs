//! The data folder and the files in it. Owns modes, the lock that keeps a second hub out, and the look at a database
//! file before SQLite touches it. Knows no SQL.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::StoreError;
use crate::migrate::APPLICATION_ID;

/// The lock's name inside the data folder.
const LOCK_NAME: &str = "labdeck.lock";
/// A SQLite file's first 100 bytes are its header: <https://www.sqlite.org/fileformat2.html#the_database_header>.
const HEADER_LEN: usize = 100;
const MAGIC: &[u8] = b"SQLite format 3\0";

/// The data folder is ours as long as this lives. The system frees it when the process dies, however it dies.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// What lies where the database should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing, and no trace that there was something.
    Nothing,
    /// A file whose header says that it is ours.
    Ours,
}

// === impl Lock ===

impl Lock {
    /// Takes the folder, or says who has it.
    pub(crate) fn acquire(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(LOCK_NAME);
        let mut options = OpenOptions::new();
        // Not truncated: until the lock is ours, the text in it is the other's.
        options.read(true).write(true).create(true).truncate(false);
        let mut file = private(&mut options).open(&path).map_err(folder_error(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse { dir: dir.to_owned(), pid: read_pid(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(StoreError::Folder { path, source }),
        }
        write_pid(&mut file).map_err(folder_error(&path))?;
        Ok(Self { _file: file })
    }
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

// === the look before opening ===

/// Looks at the database file without opening it as a database: what is not ours is not touched.
pub(crate) fn look_at(path: &Path) -> Result<Found, StoreError> {
    let damaged = |detail: &str| StoreError::Damaged { path: path.to_owned(), detail: detail.to_owned() };
    let meta = match fs::symlink_metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return missing(path),
        Err(source) => return Err(StoreError::Folder { path: path.to_owned(), source }),
    };
    if !meta.is_file() {
        return Err(damaged("it is not a file"));
    }
    let mut header = Vec::with_capacity(HEADER_LEN);
    let file = File::open(path).map_err(folder_error(path))?;
    let limit = u64::try_from(HEADER_LEN).unwrap_or(u64::MAX);
    file.take(limit).read_to_end(&mut header).map_err(folder_error(path))?;
    match header.as_slice() {
        [] => Err(damaged("it is empty")),
        text if text.len() < HEADER_LEN => Err(damaged("it is cut off")),
        text if !text.starts_with(MAGIC) => Err(damaged("it is not a SQLite database")),
        text if text.get(68..72) != Some(APPLICATION_ID.to_be_bytes().as_slice()) => {
            Err(StoreError::Foreign { path: path.to_owned() })
        }
        // SQLite reads the missing end of a last page as zeros. A log may hold that page whole, then it is for SQLite.
        text if !meta.len().is_multiple_of(page_bytes(text)) && !has_content(&beside(path, "-wal")) => {
            Err(damaged("it is cut off"))
        }
        _ => Ok(Found::Ours),
    }
}

/// The header's page size; 1 stands for 65536, which does not fit into its two bytes.
fn page_bytes(header: &[u8]) -> u64 {
    match header.get(16..18) {
        Some(&[0, 1]) => 65536,
        Some(&[high, low]) => u64::from(u16::from_be_bytes([high, low])),
        _ => 0,
    }
}

fn has_content(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.len() > 0)
}

/// No file: a first start, unless a log or a copy beside it shows that there was one.
fn missing(path: &Path) -> Result<Found, StoreError> {
    let has_wal = has_content(&beside(path, "-wal"));
    let copies = format!("{}.before-v", crate::FILE_NAME);
    let mut names = path.parent().and_then(|dir| fs::read_dir(dir).ok()).into_iter().flatten().flatten();
    let has_copy = names.any(|entry| entry.file_name().to_string_lossy().starts_with(&copies));
    if has_wal || has_copy {
        let detail = "it is missing, but files that belong to it are there".to_owned();
        return Err(StoreError::Damaged { path: path.to_owned(), detail });
    }
    Ok(Found::Nothing)
}

// === folders and modes ===

/// Makes the folder, mode 0700. One that is there is closed to others if it is empty or holds our database; any other
/// is left as it is, because it is more than ours (somebody's home, `/tmp`); the files in it are private all the same.
pub(crate) fn prepare_folder(dir: &Path) -> Result<(), StoreError> {
    if !dir.is_dir() {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        return builder.create(dir).map_err(folder_error(dir));
    }
    #[cfg(unix)]
    close_folder(dir)?;
    Ok(())
}

#[cfg(unix)]
fn close_folder(dir: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(dir).map_err(folder_error(dir))?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let is_empty = fs::read_dir(dir).map_err(folder_error(dir))?.next().is_none();
    let sticky = mode & 0o1000 != 0;
    if !sticky && (is_empty || dir.join(crate::FILE_NAME).exists()) {
        return fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).map_err(folder_error(dir));
    }
    tracing::warn!(dir = %dir.display(), "Others may list the data folder; the files in it are private");
    Ok(())
}

/// Makes an empty file of mode 0600, whatever the umask is.
pub(crate) fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options).open(path).map_err(folder_error(path))?;
    Ok(())
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Takes the rights of others from the database and its companions. SQLite gives new companions the database's mode.
pub(crate) fn make_private(path: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    for file in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        use std::os::unix::fs::PermissionsExt as _;
        match fs::set_permissions(&file, fs::Permissions::from_mode(0o600)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(folder_error(&file)(error)),
            _ => {}
        }
    }
    Ok(())
}

/// Renames over the target and makes both file and name survive a power cut.
pub(crate) fn put_in_place(from: &Path, to: &Path) -> Result<(), StoreError> {
    File::open(from).and_then(|file| file.sync_all()).map_err(folder_error(from))?;
    fs::rename(from, to).map_err(folder_error(to))?;
    #[cfg(unix)]
    if let Some(dir) = to.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(folder_error(dir))?;
    }
    Ok(())
}

/// Removes a file that may be absent.
pub(crate) fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(folder_error(path)(error)),
        _ => Ok(()),
    }
}

/// The path with a suffix to its last part.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut text = OsString::from(path);
    text.push(suffix);
    text.into()
}

fn folder_error(path: &Path) -> impl Fn(io::Error) -> StoreError + '_ {
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::DiskFull,
        _ => StoreError::Folder { path: path.to_owned(), source },
    }
}
