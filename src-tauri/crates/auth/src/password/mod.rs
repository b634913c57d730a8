//! Passwords: what a good one is, how it is kept (argon2id), how guessing is slowed. Used by
//! [`crate::NativeAuthenticator`], and directly by whoever sets a password (invitation page, `labdeckd user password`).

mod bounded;
mod hash;
mod memory;
mod queue;
mod strength;
mod throttle;
mod vault;
mod well_known;

use labdeck_model::Secret;

pub use hash::{HashCost, Hasher, Verified};
pub(crate) use queue::Place;
pub use strength::{MAX_BYTES, MAX_CHARS, MIN_CHARS, PasswordRule, check_rules};
pub use throttle::{Limits, SystemTicker, Throttle, ThrottlePolicy, Ticker, Ticket};
pub use vault::Vault;

/// Hashes a password with the process's shared hasher. The rules are for the caller to check before.
///
/// # Errors
/// [`crate::AuthError::Busy`] when too many wait, [`crate::AuthError::Hash`] when hashing fails.
///
/// # Cancellation
/// Safe to drop; the work runs to its end unseen.
pub async fn hash(password: Secret<String>) -> Result<String, crate::AuthError> {
    Hasher::shared().hash(password).await
}

/// Checks a password against a stored hash with the process's shared hasher.
///
/// # Errors
/// As [`hash`], and for a stored text that is no hash.
///
/// # Cancellation
/// Safe to drop; the work runs to its end unseen.
pub async fn verify(password: Secret<String>, stored: String) -> Result<Verified, crate::AuthError> {
    Hasher::shared().verify(password, stored).await
}
