//! Rules of the schema's history. The tables as they are now stand in `tests/golden/schema.sql`; write it anew with
//! `UPDATE=1` and read the difference.

use std::path::Path;
use std::sync::Arc;

use labdeck_model::SystemClock;
use sha2::{Digest, Sha256};

use super::*;
use crate::Store;
use crate::tables::settings;

/// The SHA-256 of each migration. One that was released is never edited, because databases exist that ran it as it
/// was: add a line, change none.
const HASHES: [&str; 3] = [
    "af6593f33578d39803fa934e9ce881115040bfa6eb7d456217bbe6ff948b79b4",
    "097d56b08ba3501e98fe81cd44d88b5e8bee4d0ae9977d14d30c3828d30f9bed",
    "6eb9ae85acd5da3b056dc36f88f383beb1d50d513c2166088c759fe398269cd6",
];

const NEXT: Schema = Schema::new(&[
    include_str!("../../migrations/0001_initial.sql"),
    include_str!("../../migrations/0002_servers.sql"),
    include_str!("../../migrations/0003_sharing.sql"),
    "ALTER TABLE users ADD COLUMN colour TEXT; INSERT INTO settings (key, value) VALUES ('migrated', 'true');",
]);
const BROKEN: Schema = Schema::new(&[
    include_str!("../../migrations/0001_initial.sql"),
    include_str!("../../migrations/0002_servers.sql"),
    include_str!("../../migrations/0003_sharing.sql"),
    "DELETE FROM settings; ALTER TABLE nothing ADD COLUMN x;",
]);

fn open(dir: &Path, schema: &Schema) -> Result<Store, StoreError> {
    Store::open_as(dir, Arc::new(SystemClock), schema)
}

async fn folder_with_a_setting() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), &Schema::CURRENT).unwrap();
    store.write(|tx| settings::set(tx, "kept", &true)).await.unwrap();
    store.close().await;
    dir
}

async fn setting(store: &Store, key: &'static str) -> Option<bool> {
    store.read(move |r| settings::find(r, key)).await.unwrap()
}

#[test]
fn released_migrations_are_as_they_were_released() {
    let hash =
        |step: &&str| Sha256::digest(step.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let hashes: Vec<String> = Schema::CURRENT.steps.iter().map(hash).collect();
    assert_eq!(hashes, HASHES);
}

#[test]
fn the_schema_is_the_one_on_record() {
    let mut connection = Connection::open_in_memory().unwrap();
    initialise(&mut connection, &Schema::CURRENT).unwrap();
    let mut statement = connection
        .prepare("SELECT sql || ';' FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, name")
        .unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let schema = rows.collect::<Result<Vec<_>, _>>().unwrap().join("\n\n") + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/schema.sql");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &schema).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), schema, "run once with UPDATE=1 if this is meant");
}

#[test]
fn every_reference_has_an_index_and_every_step_runs() {
    let mut connection = Connection::open_in_memory().unwrap();
    initialise(&mut connection, &Schema::CURRENT).unwrap();
    let sql = "SELECT t.name || '.' || f.\"from\" FROM sqlite_schema t, pragma_foreign_key_list(t.name) f
               WHERE t.type = 'table' AND NOT EXISTS (
                 SELECT 1 FROM pragma_index_list(t.name) i, pragma_index_info(i.name) c WHERE c.seqno = 0 AND c.name = f.\"from\")
               AND NOT EXISTS (SELECT 1 FROM pragma_table_info(t.name) p WHERE p.pk = 1 AND p.name = f.\"from\")";
    let mut statement = connection.prepare(sql).unwrap();
    let missing: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(missing, Vec::<String>::new(), "deleting what they refer to reads the whole table");
}

#[tokio::test]
async fn an_older_database_is_brought_up_and_a_copy_is_kept() {
    let dir = folder_with_a_setting().await;
    let store = open(dir.path(), &NEXT).unwrap();
    assert_eq!((setting(&store, "kept").await, setting(&store, "migrated").await), (Some(true), Some(true)));
    store.close().await;
    let copy = dir.path().join("labdeck.sqlite.before-v4");
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&copy).unwrap()) & 0o777, 0o600);
    // The way back that the words of `TooNew` name: the copy in the place of the database.
    assert!(matches!(open(dir.path(), &Schema::CURRENT), Err(StoreError::TooNew { found: 4, known: 3 })));
    std::fs::rename(&copy, dir.path().join(crate::FILE_NAME)).unwrap();
    let store = open(dir.path(), &Schema::CURRENT).unwrap();
    assert_eq!((setting(&store, "kept").await, setting(&store, "migrated").await), (Some(true), None));
    store.close().await;
}

#[tokio::test]
async fn a_migration_that_fails_leaves_the_database_as_it_was() {
    let dir = folder_with_a_setting().await;
    let error = open(dir.path(), &BROKEN).unwrap_err();
    assert!(matches!(error, StoreError::Migration { from: 3, to: 4, .. }), "{error}");
    let store = open(dir.path(), &Schema::CURRENT).unwrap();
    assert_eq!(setting(&store, "kept").await, Some(true));
    store.close().await;
    open(dir.path(), &NEXT).unwrap().close().await;
}
