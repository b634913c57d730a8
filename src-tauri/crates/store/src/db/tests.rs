//! A disk without room, and what the connections promise. The room is SQLite's `max_page_count` on the writer.

use std::sync::Arc;

use labdeck_model::SystemClock;

use super::*;
use crate::tables::settings;

async fn limit_pages(store: &Store, pages: i64) {
    let sql = format!("PRAGMA max_page_count = {pages}");
    store.write::<_, StoreError, _>(move |tx| tx.find(&sql, [], |_| Ok(()))).await.unwrap();
}

async fn pragma(store: &Store, name: &'static str) -> i64 {
    let sql = format!("PRAGMA {name}");
    store.write::<_, StoreError, _>(move |tx| tx.find(&sql, [], |row| row.get(0))).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_full_disk_is_told_in_words_and_the_store_works_again_once_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), Arc::new(SystemClock)).unwrap();
    let pages = pragma(&store, "page_count").await;
    limit_pages(&store, pages + 4).await;
    let big = || "x".repeat(64 << 10);
    let full = store.write::<(), StoreError, _>(move |tx| {
        settings::set(tx, "small", &1)?;
        settings::set(tx, "big", &big())
    });
    let error = full.await.unwrap_err();
    assert!(matches!(error, StoreError::DiskFull), "{error:?}");
    assert!(error.to_string().contains("free some space"), "{error}");
    assert_eq!(store.read(|r| settings::find::<i64>(r, "small")).await.unwrap(), None, "half of it was written");
    store.write(|tx| settings::set(tx, "small", &2)).await.unwrap();
    limit_pages(&store, 1_000_000).await;
    store.write(move |tx| settings::set(tx, "big", &big())).await.unwrap();
    store.close().await;
    let store = Store::open(dir.path(), Arc::new(SystemClock)).unwrap();
    assert_eq!(store.read(|r| settings::find::<i64>(r, "small")).await.unwrap(), Some(2));
    store.close().await;
}

#[tokio::test]
async fn an_error_that_the_code_swallows_does_not_pass_for_a_write() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), Arc::new(SystemClock)).unwrap();
    let pages = pragma(&store, "page_count").await;
    limit_pages(&store, pages + 2).await;
    let swallowed = store.write::<_, StoreError, _>(|tx| {
        settings::set(tx, "small", &1)?;
        let full = settings::set(tx, "big", &"x".repeat(64 << 10));
        assert!(matches!(full, Err(StoreError::DiskFull)));
        Ok(())
    });
    let answered = swallowed.await.is_ok();
    let kept = store.read(|r| settings::find::<i64>(r, "small")).await.unwrap();
    assert_eq!(answered, kept.is_some());
    store.close().await;
}

#[tokio::test]
async fn the_writer_is_set_as_the_plan_says() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), Arc::new(SystemClock)).unwrap();
    for (name, value) in
        [("foreign_keys", 1), ("synchronous", 1), ("secure_delete", 1), ("busy_timeout", 5000), ("trusted_schema", 0)]
    {
        assert_eq!(pragma(&store, name).await, value, "{name}");
    }
    assert_eq!(pragma(&store, "application_id").await, i64::from(migrate::APPLICATION_ID));
    let mode = store.write::<_, StoreError, _>(|tx| tx.find("PRAGMA journal_mode", [], |row| row.get::<_, String>(0)));
    assert_eq!(mode.await.unwrap().as_deref(), Some("wal"));
    store.close().await;
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), Arc::new(SystemClock)).unwrap();
    let sql = "INSERT INTO settings (key, value) VALUES ('a', '1') RETURNING key";
    let refused = store.read::<_, StoreError, _>(move |r| r.find(sql, [], |_| Ok(()))).await;
    assert!(matches!(refused, Err(StoreError::Sqlite(_))));
    store.close().await;
}

#[tokio::test]
async fn a_reading_sees_what_was_answered_and_each_commit_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), Arc::new(SystemClock)).unwrap();
    let before = store.commits();
    store.write(|tx| settings::set(tx, "a", &1)).await.unwrap();
    assert_eq!(store.read(|r| settings::find::<i64>(r, "a")).await.unwrap(), Some(1));
    assert_eq!(store.commits(), before + 1);
    let undone = store.write::<(), _, _>(|tx| {
        settings::set(tx, "a", &2)?;
        Err(StoreError::NotFound("anything"))
    });
    assert!(undone.await.is_err());
    assert_eq!((store.commits(), store.read(|r| settings::find::<i64>(r, "a")).await.unwrap()), (before + 1, Some(1)));
    // One that panics gives its connection back, and ends its transaction.
    let broken = store.read::<(), StoreError, _>(|_| panic!("on purpose")).await;
    assert!(matches!(broken, Err(StoreError::Panicked(_))), "{broken:?}");
    for _ in 0..8 {
        assert_eq!(store.read(|r| settings::find::<i64>(r, "a")).await.unwrap(), Some(1));
    }
    store.close().await;
    assert!(matches!(store.read(|r| settings::find::<i64>(r, "a")).await, Err(StoreError::Closed)));
}
