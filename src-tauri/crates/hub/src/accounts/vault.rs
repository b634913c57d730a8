//! Where the native authenticator finds password hashes: the hub's store.

use async_trait::async_trait;
use labdeck_auth::{Vault, VaultError};
use labdeck_model::UserName;
use labdeck_store::tables::{credentials, users};
use labdeck_store::{Store, StoreError};

/// The store as a vault.
#[derive(Debug)]
pub struct StoreVault(pub Store);

#[async_trait]
impl Vault for StoreVault {
    async fn find_hash(&self, user: &UserName) -> Result<Option<String>, VaultError> {
        let user = user.clone();
        let found = self.0.read(move |read| {
            let Some(row) = users::find_by_name(read, &user)? else { return Ok(None) };
            Ok::<_, StoreError>(credentials::find(read, row.id)?.map(|credential| credential.hash))
        });
        found.await.map_err(VaultError::new)
    }

    async fn store_hash(&self, user: &UserName, hash: &str) -> Result<(), VaultError> {
        let (user, hash) = (user.clone(), hash.to_owned());
        let stored = self.0.write(move |tx| -> Result<(), StoreError> {
            let Some(row) = users::find_by_name(tx, &user)? else { return Ok(()) };
            credentials::set(tx, row.id, &hash)
        });
        stored.await.map_err(VaultError::new)
    }
}
