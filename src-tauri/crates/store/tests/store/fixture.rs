//! A store in a folder of its own, with a clock that stands still.

use std::sync::Arc;

use labdeck_model::{Clock, FixedClock, ServerName, SpawnerId, Timestamp, UserId, UserName};
use labdeck_store::tables::{spawners, users};
use labdeck_store::{Read, Store, StoreError, Tx};
use tempfile::TempDir;

pub(crate) struct Fixture {
    pub(crate) dir: TempDir,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) store: Store,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::new(Timestamp::parse("2026-11-20T06:00:00Z").unwrap()));
        let store = Store::open(dir.path(), Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        Self { dir, clock, store }
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        op: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.write(op).await.unwrap()
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        op: impl FnOnce(&Read<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.store.read(op).await.unwrap()
    }

    pub(crate) async fn user(&self, name: &'static str) -> UserId {
        self.write(move |tx| users::create(tx, &user(name))).await.id
    }

    pub(crate) async fn server(&self, owner: UserId, name: &'static str) -> SpawnerId {
        self.write(move |tx| spawners::upsert(tx, owner, &server(name))).await.id
    }

    pub(crate) async fn reopen(self) -> Self {
        self.store.close().await;
        let store = Store::open(self.dir.path(), Arc::clone(&self.clock) as Arc<dyn Clock>).unwrap();
        Self { store, ..self }
    }
}

pub(crate) fn user(name: &str) -> UserName {
    UserName::parse(name).unwrap()
}

pub(crate) fn server(name: &str) -> ServerName {
    ServerName::parse(name).unwrap()
}

pub(crate) fn scopes(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}
