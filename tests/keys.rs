//! Reads out of the database of a hub that has ended with what its servers could still speak. For tests of kills.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use labdeck_model::SystemClock;
use labdeck_store::tables::{oauth_clients, spawners, tokens};
use labdeck_store::{Store, StoreError};

/// What a server has in the hub's database with which it could speak.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keys {
    /// Its own tokens.
    pub(crate) own: usize,
    /// Tokens that its visitors got through it.
    pub(crate) issued: usize,
    /// Whether it is an OAuth client.
    pub(crate) client: usize,
}

/// One token, and good for a sign-in.
pub(crate) const OF_A_RUNNING_SERVER: Keys = Keys { own: 1, issued: 0, client: 1 };

/// By person, what their servers have in the database of a hub that has ended.
pub(crate) async fn keys(data_dir: &Path) -> BTreeMap<String, Keys> {
    let folder = data_dir.to_owned();
    let opened = tokio::task::spawn_blocking(move || Store::open(&folder, Arc::new(SystemClock)));
    let store = opened.await.expect("it ends").expect("the database");
    let read = store.read(|read| {
        let clients = oauth_clients::list(read)?;
        let mut found = BTreeMap::new();
        for row in spawners::list_all(read)? {
            let client_id = row.key.oauth_client_id();
            let owned = tokens::list_by_owner(read, tokens::TokenOwner::User(row.user_id))?;
            let keys = Keys {
                own: owned.iter().filter(|token| token.spawner_id == Some(row.id)).count(),
                issued: owned.iter().filter(|token| token.client_id.as_ref() == Some(&client_id)).count(),
                client: clients.iter().filter(|client| client.identifier == client_id).count(),
            };
            found.insert(row.key.to_string(), keys);
        }
        Ok::<_, StoreError>(found)
    });
    let found = read.await.expect("it can be read");
    // The folder is the next hub's.
    store.close().await;
    found
}
