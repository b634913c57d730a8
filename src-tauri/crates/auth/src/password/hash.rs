//! [`Hasher`]: argon2id on blocking threads, few at once. Each hash takes its memory; the gate bounds their number, and
//! the queue before it, so that a flood of sign-ins can take neither all memory nor all threads.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use labdeck_model::Secret;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::AuthError;

/// How many hashes may be computed at once: 2 × 19 MiB are always there, and two processors are busy at most.
const AT_ONCE: usize = 2;
/// How many more may wait. At some 30 ms each the last one waits half a second.
const WAITING: usize = 32;

/// What one hash costs. The default is OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

/// What a stored hash says of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// It is the one.
    Right,
    /// It is the one, and the hash was made at other costs: make it anew.
    RightButOutdated,
    /// It is another.
    Wrong,
}

/// Hashes and verifies. Cheap to clone; clones share the gate.
#[derive(Debug, Clone)]
pub struct Hasher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    cost: HashCost,
    params: Params,
    /// One permit for each that computes or waits; full means refuse.
    queue: Arc<Semaphore>,
    /// One permit for each that computes.
    gate: Arc<Semaphore>,
    /// The costs of every verification so far, for tests: time is no measure on a busy machine.
    #[cfg(test)]
    verified: parking_lot::Mutex<Vec<HashCost>>,
}

// === impl HashCost ===

impl Default for HashCost {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

// === impl Hasher ===

impl Hasher {
    /// A hasher with a gate of its own.
    ///
    /// # Errors
    /// [`AuthError::Hash`] for costs that argon2 does not allow.
    pub fn new(cost: HashCost) -> Result<Self, AuthError> {
        let params =
            Params::new(cost.memory_kib, cost.passes, cost.lanes, None).map_err(|e| AuthError::Hash(e.into()))?;
        Ok(Self::from_params(cost, params))
    }

    /// The one of this process, with the default costs: all who hash share its bound.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Hasher> = LazyLock::new(|| {
            // argon2's own defaults are the same costs; falling back on them avoids a panic path.
            Hasher::new(HashCost::default())
                .unwrap_or_else(|_| Hasher::from_params(HashCost::default(), Params::DEFAULT))
        });
        &SHARED
    }

    fn from_params(cost: HashCost, params: Params) -> Self {
        let queue = Arc::new(Semaphore::new(AT_ONCE + WAITING));
        let gate = Arc::new(Semaphore::new(AT_ONCE));
        #[cfg(test)]
        let verified = parking_lot::Mutex::default();
        Self(Arc::new(Inner {
            cost,
            params,
            queue,
            gate,
            #[cfg(test)]
            verified,
        }))
    }

    /// The hash of a password with a new salt, as a PHC string.
    ///
    /// # Errors
    /// [`AuthError::Busy`] when too many wait, [`AuthError::Hash`] when there is no randomness or memory.
    ///
    /// # Cancellation
    /// Safe to drop; work that has begun runs to its end unseen and keeps its place in the gate until then.
    pub async fn hash(&self, password: Secret<String>) -> Result<String, AuthError> {
        let params = self.0.params.clone();
        self.behind_gate(move || {
            let mut salt = [0u8; 16];
            getrandom::fill(&mut salt).map_err(|e| AuthError::Hash(e.to_string().into()))?;
            let salt = SaltString::encode_b64(&salt).map_err(|e| AuthError::Hash(e.into()))?;
            let hash = argon2id(params).hash_password(password.expose().as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(|e| AuthError::Hash(e.into()))
        })
        .await
    }

    /// Checks a password against a PHC string, in time that does not depend on where they differ.
    ///
    /// # Errors
    /// As [`Self::hash`], and [`AuthError::Hash`] for a stored text that is no argon2id hash.
    ///
    /// # Cancellation
    /// As [`Self::hash`].
    pub async fn verify(&self, password: Secret<String>, stored: String) -> Result<Verified, AuthError> {
        let params = self.0.params.clone();
        #[cfg(test)]
        let inner = self.0.clone();
        self.behind_gate(move || {
            let stored = PasswordHash::new(&stored).map_err(|e| AuthError::Hash(e.into()))?;
            let made_with = Params::try_from(&stored).map_err(|e| AuthError::Hash(e.into()))?;
            let same_costs = stored.algorithm == Algorithm::Argon2id.ident() && same(&made_with, &params);
            #[cfg(test)]
            inner.verified.lock().push(HashCost {
                memory_kib: made_with.m_cost(),
                passes: made_with.t_cost(),
                lanes: made_with.p_cost(),
            });
            match argon2id(params).verify_password(password.expose().as_bytes(), &stored) {
                Ok(()) if same_costs => Ok(Verified::Right),
                Ok(()) => Ok(Verified::RightButOutdated),
                Err(argon2::password_hash::Error::Password) => Ok(Verified::Wrong),
                Err(other) => Err(AuthError::Hash(other.into())),
            }
        })
        .await
    }

    /// A hash at today's costs that no password has: verifying against it takes as long as against a real one.
    pub(crate) fn unmatchable(&self) -> String {
        let HashCost { memory_kib, passes, lanes } = self.0.cost;
        let (salt, zeros) = ("bm9ib2R5LW5vYm9keS4", "A".repeat(43));
        format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${zeros}")
    }

    /// The costs of the verifications since the last call.
    #[cfg(test)]
    pub(crate) fn take_verified(&self) -> Vec<HashCost> {
        std::mem::take(&mut self.0.verified.lock())
    }

    async fn behind_gate<T, F>(&self, work: F) -> Result<T, AuthError>
    where
        T: Send + 'static,
        F: FnOnce() -> Result<T, AuthError> + Send + 'static,
    {
        let place = self.0.queue.clone().try_acquire_owned().map_err(|_| AuthError::Busy)?;
        let turn = self.0.gate.clone().acquire_owned().await.map_err(|_| AuthError::Busy)?;
        let places: [OwnedSemaphorePermit; 2] = [place, turn];
        let outcome = tokio::task::spawn_blocking(move || {
            // Held by the work, not by the waiting future: dropping that must not let more than the bound compute.
            let _places = places;
            work()
        });
        outcome.await.map_err(|e| AuthError::Hash(e.into()))?
    }
}

fn argon2id(params: Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn same(a: &Params, b: &Params) -> bool {
    (a.m_cost(), a.t_cost(), a.p_cost()) == (b.m_cost(), b.t_cost(), b.p_cost())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap() -> Hasher {
        Hasher::new(HashCost { memory_kib: 64, passes: 1, lanes: 1 }).unwrap()
    }

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[tokio::test]
    async fn passwords_round_trip_exactly() {
        let hasher = cheap();
        let long_a = format!("{}a", "x".repeat(72));
        let long_b = format!("{}b", "x".repeat(72));
        for password in ["correct horse", "  outer spaces  ", "пароль-пароль", "🔑🔑🔑🔑🔑🔑🔑🔑", &long_a]
        {
            let stored = hasher.hash(secret(password)).await.unwrap();
            assert_eq!(hasher.verify(secret(password), stored.clone()).await.unwrap(), Verified::Right);
            for other in [password.trim_end(), "x", &stored, &long_b] {
                let expected = if other == password { Verified::Right } else { Verified::Wrong };
                assert_eq!(hasher.verify(secret(other), stored.clone()).await.unwrap(), expected, "{other:?}");
            }
        }
    }

    #[tokio::test]
    async fn equal_passwords_have_different_hashes() {
        let hasher = cheap();
        assert_ne!(hasher.hash(secret("same")).await.unwrap(), hasher.hash(secret("same")).await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_of_other_costs_is_outdated() {
        let stored =
            Hasher::new(HashCost { memory_kib: 32, passes: 1, lanes: 1 }).unwrap().hash(secret("pw")).await.unwrap();
        assert_eq!(cheap().verify(secret("pw"), stored).await.unwrap(), Verified::RightButOutdated);
    }

    #[tokio::test]
    async fn the_default_costs_are_owasps() {
        let stored = Hasher::shared().hash(secret("pw")).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    }

    #[tokio::test]
    async fn the_unmatchable_hash_verifies_as_wrong() {
        for hasher in [cheap(), Hasher::shared().clone()] {
            assert_eq!(hasher.verify(secret(""), hasher.unmatchable()).await.unwrap(), Verified::Wrong);
        }
    }

    #[tokio::test]
    async fn a_stored_text_that_is_no_hash_is_an_error() {
        assert!(matches!(cheap().verify(secret("pw"), "pw".to_owned()).await, Err(AuthError::Hash(_))));
    }

    #[tokio::test]
    async fn a_full_queue_is_busy_at_once() {
        let hasher = cheap();
        let all = u32::try_from(AT_ONCE + WAITING).unwrap();
        let full = hasher.0.queue.clone().acquire_many_owned(all).await.unwrap();
        assert!(matches!(hasher.hash(secret("pw")).await, Err(AuthError::Busy)));
        drop(full);
        assert!(hasher.hash(secret("pw")).await.is_ok());
    }
}
