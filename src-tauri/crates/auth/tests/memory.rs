//! How much memory a crowd of sign-ins may take. A program of its own: what other tests allocate must not be counted.
#![cfg(target_os = "linux")]

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use async_trait::async_trait;
use labdeck_auth::password::{Hasher, SystemTicker, Vault};
use labdeck_auth::{Authenticator as _, LoginAttempt, NativeAuthenticator, NativePolicy, Outcome, VaultError};
use labdeck_model::{Secret, UserName};

const GOOD: &str = "correct horse battery";
const CROWD: u32 = 200;
/// Twice 19 MiB for the hashes, and as much again for threads and everything else.
const MOST_GROWTH_KIB: u64 = 80 * 1024;

/// Everybody has the same password.
#[derive(Debug)]
struct OneHash(String);

#[async_trait]
impl Vault for OneHash {
    async fn find_hash(&self, _: &UserName) -> Result<Option<String>, VaultError> {
        Ok(Some(self.0.clone()))
    }

    async fn store_hash(&self, _: &UserName, _: &str) -> Result<(), VaultError> {
        Ok(())
    }
}

/// The most memory that this process ever had, in KiB.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_that_signs_in_at_once_is_let_in_and_takes_little_memory() {
    let before = peak_kib().unwrap();
    let stored = Hasher::shared().hash(Secret::new(GOOD.to_owned())).await.unwrap();
    let ticker = Arc::new(SystemTicker::new());
    let native = Arc::new(NativeAuthenticator::new(Arc::new(OneHash(stored)), NativePolicy::default(), ticker));

    let mut crowd = tokio::task::JoinSet::new();
    for number in 0..CROWD {
        let native = native.clone();
        let peer = IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number));
        let attempt = LoginAttempt::new(format!("user{number}"), GOOD, peer);
        crowd.spawn(async move { native.authenticate(attempt).await.unwrap() });
    }
    let outcomes = crowd.join_all().await;

    let growth = peak_kib().unwrap() - before;
    assert!(growth < MOST_GROWTH_KIB, "{growth} KiB more than before");
    let accepted = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Accepted(_))).count();
    assert_eq!(accepted, outcomes.len());
}
