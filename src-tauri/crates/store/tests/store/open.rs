//! Opening: modes, locks, and files that are not what they should be. Nothing is ever replaced by an empty hub.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use labdeck_model::SystemClock;
use labdeck_store::{FILE_NAME, Store, StoreError};
use tempfile::TempDir;

use crate::fixture::Fixture;

fn open(dir: &Path) -> Result<Store, StoreError> {
    Store::open(dir, Arc::new(SystemClock))
}

/// A folder with a closed database of one user, and the database's path.
async fn closed() -> (TempDir, PathBuf) {
    let f = Fixture::new();
    f.user("ada").await;
    f.store.close().await;
    let path = f.dir.path().join(FILE_NAME);
    (f.dir, path)
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Opening must fail as damage, and the file must be as it was.
fn refused(dir: &Path, path: &Path) -> StoreError {
    let before = fs::read(path).ok();
    let error = open(dir).unwrap_err();
    assert_eq!(fs::read(path).ok(), before, "the file was changed");
    error
}

#[cfg(unix)]
#[tokio::test]
async fn folder_and_files_are_private_whatever_the_umask_is() {
    use std::os::unix::fs::PermissionsExt as _;
    let outer = tempfile::tempdir().unwrap();
    let dir = outer.path().join("deep").join("data");
    rustix::process::umask(rustix::fs::Mode::empty());
    let store = open(&dir).unwrap();
    store.write::<_, StoreError, _>(|tx| labdeck_store::tables::settings::set(tx, "a", &1)).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    let wal = format!("{FILE_NAME}-wal");
    assert_eq!(names(&dir), ["labdeck.lock", FILE_NAME, &format!("{FILE_NAME}-shm"), &wal]);
    for name in names(&dir) {
        assert_eq!(mode(&dir.join(&name)), 0o600, "{name}");
    }
    let copy = dir.join("copy");
    store.back_up(&copy).await.unwrap();
    assert_eq!(mode(&copy), 0o600);
    store.close().await;
}

#[cfg(unix)]
#[tokio::test]
async fn modes_that_somebody_opened_are_closed_again() {
    use std::os::unix::fs::PermissionsExt as _;
    let (dir, path) = closed().await;
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let store = open(dir.path()).unwrap();
    assert_eq!(fs::metadata(dir.path()).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    store.close().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_is_more_than_ours_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("letter.txt"), "dear").unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    open(dir.path()).unwrap().close().await;
    assert_eq!(fs::metadata(dir.path()).unwrap().permissions().mode() & 0o777, 0o755);
}

#[tokio::test]
async fn two_hubs_on_one_folder_are_refused_with_the_holder_s_number() {
    let f = Fixture::new();
    let error = open(f.dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::InUse { pid: Some(pid), .. } if pid == std::process::id()));
    assert!(error.to_string().contains(&format!("process {}", std::process::id())));
    f.user("ada").await;
    f.store.close().await;
    open(f.dir.path()).unwrap().close().await;
}

#[tokio::test]
async fn a_closed_store_leaves_one_file() {
    let (dir, _) = closed().await;
    assert_eq!(names(dir.path()), ["labdeck.lock", FILE_NAME]);
}

#[tokio::test]
async fn a_start_that_was_cut_short_is_no_damage() {
    let dir = tempfile::tempdir().unwrap();
    for leftover in ["labdeck.sqlite.new", "labdeck.sqlite.new-wal", "labdeck.sqlite.new-shm"] {
        fs::write(dir.path().join(leftover), "half").unwrap();
    }
    open(dir.path()).unwrap().close().await;
    assert_eq!(names(dir.path()), ["labdeck.lock", FILE_NAME]);
}

#[tokio::test]
async fn an_empty_or_cut_file_is_damage() {
    let (dir, path) = closed().await;
    let whole = fs::read(&path).unwrap();
    for keep in [0, 1, 50, 99, 100, 4096, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..keep]).unwrap();
        let error = refused(dir.path(), &path);
        assert!(matches!(&error, StoreError::Damaged { path: named, .. } if *named == path), "{keep}: {error}");
    }
}

#[tokio::test]
async fn a_missing_file_beside_its_companions_is_damage() {
    for companion in ["labdeck.sqlite-wal", "labdeck.sqlite.before-v2"] {
        let (dir, path) = closed().await;
        fs::remove_file(&path).unwrap();
        fs::write(dir.path().join(companion), "rows").unwrap();
        assert!(matches!(refused(dir.path(), &path), StoreError::Damaged { .. }), "{companion}");
    }
}

#[tokio::test]
async fn what_is_no_database_is_damage() {
    let (dir, path) = closed().await;
    fs::write(&path, "dear diary ".repeat(1000)).unwrap();
    let error = refused(dir.path(), &path);
    assert!(matches!(error, StoreError::Damaged { .. }));
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert!(matches!(open(dir.path()), Err(StoreError::Damaged { .. })));
}

#[tokio::test]
async fn a_zeroed_page_anywhere_is_damage() {
    let (dir, path) = closed().await;
    let whole = fs::read(&path).unwrap();
    let pages = whole.len() / 4096;
    assert!(pages > 20, "{pages}");
    let mut accepted = Vec::new();
    for page in 0..pages {
        let mut bytes = whole.clone();
        bytes[page * 4096..(page + 1) * 4096].fill(0);
        fs::write(&path, &bytes).unwrap();
        match open(dir.path()) {
            Err(StoreError::Damaged { .. }) => assert_eq!(fs::read(&path).unwrap(), bytes, "page {page}"),
            Err(other) => panic!("page {page}: {other}"),
            Ok(store) => {
                store.close().await;
                accepted.push(page);
            }
        }
    }
    assert_eq!(accepted, Vec::<usize>::new(), "pages whose loss nobody noticed");
}

#[tokio::test]
async fn flipped_bits_never_panic_and_never_make_an_empty_hub() {
    let (dir, path) = closed().await;
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 60) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        fs::write(&path, &bytes).unwrap();
        let Ok(store) = open(dir.path()) else { continue };
        let users =
            store.read(|r| labdeck_store::tables::users::list(r, &labdeck_store::tables::users::UserQuery::default()));
        assert!(users.await.map_or(true, |rows| rows.len() == 1), "byte {at}");
        store.close().await;
    }
}

#[tokio::test]
async fn a_database_of_another_program_is_left_untouched() {
    let (dir, path) = closed().await;
    let mut bytes = fs::read(&path).unwrap();
    bytes[68..72].fill(0);
    fs::write(&path, &bytes).unwrap();
    let error = refused(dir.path(), &path);
    assert!(matches!(&error, StoreError::Foreign { path: named } if *named == path));
    assert_eq!(names(dir.path()), ["labdeck.lock", FILE_NAME]);
}

#[tokio::test]
async fn a_newer_schema_is_refused_with_both_numbers() {
    let (dir, path) = closed().await;
    let mut bytes = fs::read(&path).unwrap();
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(&path, &bytes).unwrap();
    let error = open(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::TooNew { found: 99, known: 3 }));
    assert!(error.to_string().contains("99") && error.to_string().contains("up to 3"), "{error}");
}

#[tokio::test]
async fn a_schema_number_that_is_gone_is_damage() {
    let (dir, path) = closed().await;
    let mut bytes = fs::read(&path).unwrap();
    bytes[60..64].fill(0);
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(open(dir.path()), Err(StoreError::Damaged { .. })));
}

#[tokio::test]
async fn a_log_full_of_nonsense_loses_nothing_that_was_in_the_file() {
    let (dir, path) = closed().await;
    let wal = dir.path().join("labdeck.sqlite-wal");
    fs::write(&wal, "nonsense".repeat(5000)).unwrap();
    let store = open(dir.path()).unwrap();
    let count =
        store.read(|r| labdeck_store::tables::users::count(r, &labdeck_store::tables::users::UserQuery::default()));
    assert_eq!(count.await.unwrap(), 1);
    store.close().await;
    assert!(path.exists() && !wal.exists());
}

#[tokio::test]
async fn the_log_of_a_damaged_file_is_not_worked_into_it() {
    let f = Fixture::new();
    f.user("ada").await;
    let (path, wal) = (f.dir.path().join(FILE_NAME), f.dir.path().join("labdeck.sqlite-wal"));
    let mut file = fs::read(&path).unwrap();
    let log = fs::read(&wal).unwrap();
    assert!(!log.is_empty());
    f.store.close().await;
    let last = file.len() - 4096;
    file[last..].fill(0xa5);
    fs::write(&path, &file).unwrap();
    fs::write(&wal, &log).unwrap();
    assert!(matches!(refused(f.dir.path(), &path), StoreError::Damaged { .. }));
    assert_eq!(fs::read(&wal).unwrap(), log);
}

#[tokio::test]
async fn a_copy_is_a_whole_database_and_replaces_nothing() {
    let f = Fixture::new();
    f.user("ada").await;
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join(FILE_NAME);
    f.store.back_up(&copy).await.unwrap();
    assert!(matches!(f.store.back_up(&copy).await, Err(StoreError::Folder { .. })));
    let restored = open(elsewhere.path()).unwrap();
    let users =
        restored.read(|r| labdeck_store::tables::users::count(r, &labdeck_store::tables::users::UserQuery::default()));
    assert_eq!(users.await.unwrap(), 1);
    restored.close().await;
}

#[tokio::test]
async fn no_folder_can_be_made_below_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(open(&file.join("data")), Err(StoreError::Folder { .. })));
    assert!(matches!(open(&file), Err(StoreError::Folder { .. })));
}
