//! [`Vault`]: where password hashes lie. The hub implements it over the store.

use std::fmt;

use async_trait::async_trait;
use labdeck_model::UserName;

use crate::VaultError;

/// Keeps one hash per user.
#[async_trait]
pub trait Vault: Send + Sync + fmt::Debug + 'static {
    /// The user's hash; `None` if there is no such user or none was set.
    ///
    /// # Errors
    /// [`VaultError`] when the store does not answer.
    async fn find_hash(&self, user: &UserName) -> Result<Option<String>, VaultError>;

    /// Replaces the user's hash by one of the same password. Does nothing for a user that is gone meanwhile.
    ///
    /// # Errors
    /// [`VaultError`] when the store does not answer.
    async fn store_hash(&self, user: &UserName, hash: &str) -> Result<(), VaultError>;
}
