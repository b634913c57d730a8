//! [`Hasher`]: argon2id on blocking threads, few at once, in memory that is kept for the next. [`super::queue`] says
//! whose turn it is, so that a flood of sign-ins can take neither all memory nor all threads, nor others' turns.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use argon2::password_hash::{self, Output, ParamsString, PasswordHash, Salt, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use labdeck_model::Secret;

use super::memory::Memory;
use super::queue::{Place, Queue};
use crate::AuthError;

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

/// Hashes and verifies. Cheap to clone; clones share queue and memory.
#[derive(Debug, Clone)]
pub struct Hasher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    cost: HashCost,
    params: Params,
    queue: Queue,
    /// As many sets as the queue gives turns: 2 × 19 MiB at the default costs.
    memory: Memory,
    /// The costs of every verification so far, for tests: time is no measure on a busy machine.
    #[cfg(test)]
    verified: parking_lot::Mutex<Vec<HashCost>>,
}

/// A PHC string, taken apart.
struct Stored<'a> {
    /// With the costs that the string names.
    argon2: Argon2<'static>,
    salt: Salt<'a>,
    output: Output,
}

// === impl HashCost ===

impl Default for HashCost {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

// === impl Hasher ===

impl Hasher {
    /// A hasher with a queue of its own.
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
        let memory = Memory::new(params.block_count());
        Self(Arc::new(Inner {
            cost,
            params,
            queue: Queue::new(),
            memory,
            #[cfg(test)]
            verified: parking_lot::Mutex::default(),
        }))
    }

    /// The hash of a password with a new salt, as a PHC string.
    ///
    /// # Errors
    /// [`AuthError::Busy`] when too many wait, [`AuthError::Hash`] when there is no randomness or memory.
    ///
    /// # Cancellation
    /// Safe to drop; work that has begun runs to its end unseen and keeps its place in the queue until then.
    pub async fn hash(&self, password: Secret<String>) -> Result<String, AuthError> {
        let place = self.0.queue.enter_from_house()?;
        self.at_turn(place, move |inner| inner.hash(&password)).await
    }

    /// Checks a password against a PHC string, in time that does not depend on where they differ.
    ///
    /// # Errors
    /// As [`Self::hash`], and [`AuthError::Hash`] for a stored text that is no argon2id hash.
    ///
    /// # Cancellation
    /// As [`Self::hash`].
    pub async fn verify(&self, password: Secret<String>, stored: String) -> Result<Verified, AuthError> {
        let place = self.0.queue.enter_from_house()?;
        self.verify_at(place, password, stored).await
    }

    /// A place in the queue for an attempt from an address. It is for one verification.
    ///
    /// # Errors
    /// [`AuthError::Busy`] when the address, or all addresses together, have as many as they may.
    pub(crate) fn place_for(&self, peer: IpAddr) -> Result<Place, AuthError> {
        self.0.queue.enter_from(peer)
    }

    /// As [`Self::verify`], at a place that was taken before.
    pub(crate) async fn verify_at(
        &self,
        place: Place,
        password: Secret<String>,
        stored: String,
    ) -> Result<Verified, AuthError> {
        self.at_turn(place, move |inner| inner.verify(&password, &stored)).await
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

    /// Nobody's turn comes until what this returns is dropped.
    #[cfg(test)]
    pub(crate) async fn shut_gate(&self) -> tokio::sync::OwnedSemaphorePermit {
        self.0.queue.shut_gate().await
    }

    async fn at_turn<T, F>(&self, place: Place, work: F) -> Result<T, AuthError>
    where
        T: Send + 'static,
        F: FnOnce(&Inner) -> Result<T, AuthError> + Send + 'static,
    {
        let turn = place.turn().await?;
        let inner = self.0.clone();
        let outcome = tokio::task::spawn_blocking(move || {
            // Held by the work, not by the waiting future: dropping that must not let more than the bound compute.
            let _turn = turn;
            work(&inner)
        });
        outcome.await.map_err(|e| AuthError::Hash(e.into()))?
    }
}

// === impl Inner ===

impl Inner {
    fn hash(&self, password: &Secret<String>) -> Result<String, AuthError> {
        let mut salt = [0u8; 16];
        getrandom::fill(&mut salt).map_err(|e| AuthError::Hash(e.to_string().into()))?;
        let salt = SaltString::encode_b64(&salt).map_err(|e| AuthError::Hash(e.into()))?;
        let output = self.compute(&argon2id(self.params.clone()), password, salt.as_salt())?;
        let made = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.params).map_err(|e| AuthError::Hash(e.into()))?,
            salt: Some(salt.as_salt()),
            hash: Some(output),
        };
        Ok(made.to_string())
    }

    fn verify(&self, password: &Secret<String>, stored: &str) -> Result<Verified, AuthError> {
        let Stored { argon2, salt, output } = Stored::parse(stored).map_err(|e| AuthError::Hash(e.into()))?;
        let made_with = argon2.params();
        #[cfg(test)]
        self.verified.lock().push(HashCost {
            memory_kib: made_with.m_cost(),
            passes: made_with.t_cost(),
            lanes: made_with.p_cost(),
        });
        // `Output` compares in constant time.
        if self.compute(&argon2, password, salt)? != output {
            return Ok(Verified::Wrong);
        }
        let today = stored.starts_with("$argon2id$") && same(made_with, &self.params);
        Ok(if today { Verified::Right } else { Verified::RightButOutdated })
    }

    fn compute(&self, argon2: &Argon2<'_>, password: &Secret<String>, salt: Salt<'_>) -> Result<Output, AuthError> {
        let params = argon2.params();
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let mut buffer = [0u8; Salt::MAX_LENGTH];
        let salt = salt.decode_b64(&mut buffer).map_err(|e| AuthError::Hash(e.into()))?;
        let computed = self.memory.lend(params.block_count(), |memory| {
            Output::init_with(length, |output| {
                let password = password.expose().as_bytes();
                Ok(argon2.hash_password_into_with_memory(password, salt, output, memory)?)
            })
        });
        computed.map_err(|e| AuthError::Hash(e.into()))?.map_err(|e| AuthError::Hash(e.into()))
    }
}

// === impl Stored ===

impl<'a> Stored<'a> {
    fn parse(text: &'a str) -> password_hash::Result<Self> {
        let parsed = PasswordHash::new(text)?;
        let algorithm = Algorithm::try_from(parsed.algorithm)?;
        let version = parsed.version.map(Version::try_from).transpose()?.unwrap_or_default();
        let params = Params::try_from(&parsed)?;
        let (salt, output) = parsed.salt.zip(parsed.hash).ok_or(password_hash::Error::PhcStringField)?;
        Ok(Self { argon2: Argon2::new(algorithm, version, params), salt, output })
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
    use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

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
    async fn hashes_of_argon2_itself_verify_and_ours_verify_there() {
        let theirs = argon2id(Params::new(64, 1, 1, None).unwrap());
        let salt = SaltString::encode_b64(b"sixteen bytes...").unwrap();
        let stored = theirs.hash_password(b"pw", &salt).unwrap().to_string();
        assert_eq!(cheap().verify(secret("pw"), stored).await.unwrap(), Verified::Right);
        let ours = cheap().hash(secret("pw")).await.unwrap();
        theirs.verify_password(b"pw", &PasswordHash::new(&ours).unwrap()).unwrap();
    }

    #[tokio::test]
    async fn a_full_queue_is_busy_at_once() {
        let hasher = cheap();
        let full: Vec<_> = std::iter::from_fn(|| hasher.0.queue.enter_from_house().ok()).collect();
        assert!(matches!(hasher.hash(secret("pw")).await, Err(AuthError::Busy)));
        drop(full);
        assert!(hasher.hash(secret("pw")).await.is_ok());
    }
}
