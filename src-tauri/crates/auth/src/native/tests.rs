//! The native sign-in from outside: same answer and same work, limits, renewal of hashes.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use parking_lot::Mutex;

use super::*;
use crate::VaultError;
use crate::password::{HashCost, SystemTicker};

const GOOD: &str = "correct horse battery";

#[derive(Debug, Default)]
struct MapVault(Mutex<HashMap<UserName, String>>);

#[async_trait]
impl Vault for MapVault {
    async fn find_hash(&self, user: &UserName) -> Result<Option<String>, VaultError> {
        Ok(self.0.lock().get(user).cloned())
    }

    async fn store_hash(&self, user: &UserName, hash: &str) -> Result<(), VaultError> {
        self.0.lock().insert(user.clone(), hash.to_owned());
        Ok(())
    }
}

#[derive(Debug)]
struct BrokenVault;

#[async_trait]
impl Vault for BrokenVault {
    async fn find_hash(&self, _: &UserName) -> Result<Option<String>, VaultError> {
        Err(VaultError::new("disk gone"))
    }

    async fn store_hash(&self, _: &UserName, _: &str) -> Result<(), VaultError> {
        Err(VaultError::new("disk gone"))
    }
}

fn hasher(memory_kib: u32) -> Hasher {
    Hasher::new(HashCost { memory_kib, passes: 1, lanes: 1 }).unwrap()
}

/// Ada has a password, kept at the costs of `stored_by`.
async fn hub_of_ada(stored_by: &Hasher, hasher: Hasher) -> (Arc<MapVault>, NativeAuthenticator) {
    let vault = Arc::new(MapVault::default());
    let hash = stored_by.hash(Secret::new(GOOD.to_owned())).await.unwrap();
    vault.store_hash(&UserName::parse("ada").unwrap(), &hash).await.unwrap();
    let ticker = Arc::new(SystemTicker::new());
    (vault.clone(), NativeAuthenticator::with_hasher(vault, NativePolicy::default(), ticker, hasher))
}

async fn login_from(native: &NativeAuthenticator, peer: u32, name: &str, password: &str) -> Result<Outcome, AuthError> {
    native.authenticate(LoginAttempt::new(name, password, IpAddr::V4(Ipv4Addr::from(peer)))).await
}

#[tokio::test]
async fn the_right_password_comes_in_under_any_spelling_of_the_name() {
    let (_, native) = hub_of_ada(&hasher(64), hasher(64)).await;
    for spelling in ["ada", "ADA", " Ada ", "ａｄａ"] {
        let ada = UserName::parse("ada").unwrap();
        assert_eq!(login_from(&native, 1, spelling, GOOD).await.unwrap(), Outcome::Accepted(ada), "{spelling:?}");
    }
}

#[tokio::test]
async fn wrong_unknown_and_malformed_have_one_answer() {
    let (vault, native) = hub_of_ada(&hasher(64), hasher(64)).await;
    let stored = vault.0.lock().values().next().unwrap().clone();
    let huge = "a".repeat(1 << 20);
    for (peer, (name, password)) in [
        ("ada", "wrong"),
        ("ada", &stored),
        ("ada", ""),
        ("eve", GOOD),
        ("..", GOOD),
        ("", ""),
        ("ada%20", GOOD),
        (&huge, GOOD),
    ]
    .into_iter()
    .enumerate()
    {
        let outcome = login_from(&native, u32::try_from(peer).unwrap(), name, password).await.unwrap();
        assert_eq!(outcome, Outcome::Denied, "{:.20}", name);
    }
}

#[tokio::test]
async fn unknown_users_cost_the_same_work() {
    let shared = hasher(64);
    let (_, native) = hub_of_ada(&shared, shared.clone()).await;
    let mut work = Vec::new();
    for name in ["ada", "nobody", "no/name", ""] {
        login_from(&native, 1, name, "wrong").await.unwrap();
        work.push(shared.take_verified());
    }
    let one = vec![HashCost { memory_kib: 64, passes: 1, lanes: 1 }];
    assert_eq!(work, [one.clone(), one.clone(), one.clone(), one]);
}

#[tokio::test]
async fn too_many_failures_are_limited_and_others_are_not() {
    let (_, native) = hub_of_ada(&hasher(64), hasher(64)).await;
    for _ in 0..11 {
        assert_eq!(login_from(&native, 1, "ada", "wrong").await.unwrap(), Outcome::Denied);
    }
    let limited = login_from(&native, 1, "ada", GOOD).await.unwrap();
    assert!(
        matches!(limited, Outcome::Limited { retry_after } if retry_after <= Duration::from_secs(5)),
        "{limited:?}"
    );
    assert!(matches!(login_from(&native, 2, "ada", GOOD).await.unwrap(), Outcome::Accepted(_)));
}

#[tokio::test]
async fn a_flood_from_one_address_leaves_the_others_their_places() {
    let hasher = hasher(64);
    let (_, native) = hub_of_ada(&hasher, hasher.clone()).await;
    let native = Arc::new(native);
    let shut = hasher.shut_gate().await;
    let mut flood = tokio::task::JoinSet::new();
    for _ in 0..60 {
        let native = native.clone();
        flood.spawn(async move { login_from(&native, 1, "eve", "wrong").await.unwrap() });
    }
    for _ in 0..58 {
        let refused = flood.join_next().await.unwrap().unwrap();
        assert_eq!(refused, Outcome::Limited { retry_after: Duration::from_secs(1) });
    }
    let mut ada = Box::pin(login_from(&native, 2, "ada", GOOD));
    assert!(tokio::time::timeout(Duration::ZERO, &mut ada).await.is_err(), "waits, and is not refused");
    drop(shut);
    assert!(matches!(ada.await.unwrap(), Outcome::Accepted(_)));
    assert_eq!(flood.join_all().await, [Outcome::Denied, Outcome::Denied]);
}

#[tokio::test]
async fn an_overlong_password_is_not_hashed() {
    let (_, native) = hub_of_ada(&hasher(64), hasher(64)).await;
    let long = "x".repeat(1025);
    assert!(matches!(login_from(&native, 1, "ada", &long).await, Err(AuthError::PasswordTooLong)));
}

#[tokio::test]
async fn a_hash_of_old_costs_is_renewed_at_sign_in() {
    let (vault, native) = hub_of_ada(&hasher(32), hasher(64)).await;
    assert!(matches!(login_from(&native, 1, "ada", GOOD).await.unwrap(), Outcome::Accepted(_)));
    let stored = vault.0.lock().values().next().unwrap().clone();
    assert!(stored.contains("m=64,"), "{stored}");
    assert!(matches!(login_from(&native, 1, "ada", GOOD).await.unwrap(), Outcome::Accepted(_)));
}

#[tokio::test]
async fn a_broken_vault_is_an_error_and_counts_against_nobody() {
    let ticker = Arc::new(SystemTicker::new());
    let native = NativeAuthenticator::with_hasher(Arc::new(BrokenVault), NativePolicy::default(), ticker, hasher(64));
    for _ in 0..50 {
        assert!(matches!(login_from(&native, 1, "ada", GOOD).await, Err(AuthError::Vault(_))));
    }
}
