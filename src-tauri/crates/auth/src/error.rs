//! What can go wrong while judging a sign-in. A wrong password is not among it.

use std::error::Error;

/// No judgement was possible.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The password is longer than any that could have been set; answer 400.
    #[error("The password is longer than {} bytes", crate::password::MAX_BYTES)]
    PasswordTooLong,
    /// The stored hashes could not be read or written.
    #[error("Reading the stored password")]
    Vault(#[from] VaultError),
    /// The hashing itself failed: a stored hash that is none, or no memory for it.
    #[error("Hashing the password")]
    Hash(#[source] Box<dyn Error + Send + Sync>),
    /// Too many passwords wait to be hashed; try again in a second.
    #[error("Too many passwords are being checked at once; try again in a second")]
    Busy,
}

/// A [`crate::Vault`] that could not answer; the cause is the implementation's.
#[derive(Debug, thiserror::Error)]
#[error("Using the store of password hashes")]
pub struct VaultError(#[source] Box<dyn Error + Send + Sync>);

// === impl VaultError ===

impl VaultError {
    /// Wraps the implementation's error.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}
