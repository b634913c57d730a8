//! [`NativeAuthenticator`]: names and passwords that this hub keeps itself. Gives one answer, after the same work, for
//! a wrong password and for a user that does not exist.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use labdeck_model::{Secret, UserName};
use tracing::{debug, info, warn};

use crate::password::{self, Hasher, Place, Throttle, ThrottlePolicy, Ticker, Vault, Verified};
use crate::{AuthError, Authenticator, LoginAttempt, Outcome};

/// How strict the sign-in is.
#[derive(Debug, Clone, Copy, Default)]
pub struct NativePolicy {
    /// Limits on failed attempts.
    pub throttle: ThrottlePolicy,
}

/// Judges by the hashes in a [`Vault`].
#[derive(Debug)]
pub struct NativeAuthenticator {
    vault: Arc<dyn Vault>,
    throttle: Throttle,
    hasher: Hasher,
}

// === impl NativeAuthenticator ===

impl NativeAuthenticator {
    /// With the process's shared hasher. `ticker` is a clock that never goes back: delays must not end because
    /// somebody set the time.
    pub fn new(vault: Arc<dyn Vault>, policy: NativePolicy, ticker: Arc<dyn Ticker>) -> Self {
        Self::with_hasher(vault, policy, ticker, Hasher::shared().clone())
    }

    /// With a hasher of one's own; tests use a cheap one.
    pub fn with_hasher(vault: Arc<dyn Vault>, policy: NativePolicy, ticker: Arc<dyn Ticker>, hasher: Hasher) -> Self {
        Self { vault, throttle: Throttle::new(policy.throttle, ticker), hasher }
    }

    /// The same steps for known and unknown names: one look-up, one verification.
    async fn judge(
        &self,
        place: Place,
        name: Option<&UserName>,
        password: Secret<String>,
    ) -> Result<Verified, AuthError> {
        let stored = match name {
            Some(name) => self.vault.find_hash(name).await?,
            None => None,
        };
        match stored {
            Some(stored) => self.hasher.verify_at(place, password, stored).await,
            None => {
                self.hasher.verify_at(place, password, self.hasher.unmatchable()).await?;
                Ok(Verified::Wrong)
            }
        }
    }

    /// Renews a hash that was made with other costs than today's. A failure here must not keep anyone out.
    async fn renew(&self, name: &UserName, password: Secret<String>) {
        let renewed = match self.hasher.hash(password).await {
            Ok(hash) => self.vault.store_hash(name, &hash).await.map_err(AuthError::from),
            Err(error) => Err(error),
        };
        if let Err(error) = renewed {
            warn!(user.name = %name, error = &error as &dyn std::error::Error, "Kept the old password hash of {name}");
        }
    }
}

#[async_trait]
impl Authenticator for NativeAuthenticator {
    fn kind(&self) -> &'static str {
        "native"
    }

    async fn authenticate(&self, attempt: LoginAttempt) -> Result<Outcome, AuthError> {
        if attempt.password.expose().len() > password::MAX_BYTES {
            return Err(AuthError::PasswordTooLong);
        }
        let name = parse_typed(&attempt.username);
        let ticket = match self.throttle.begin(attempt.peer, name.as_ref()) {
            Ok(ticket) => ticket,
            Err(retry_after) => {
                debug!(peer = %attempt.peer, "Refused a sign-in unseen: too many failed ones");
                return Ok(Outcome::Limited { retry_after });
            }
        };
        // Taken before anything is looked up: what is refused here costs nothing.
        let judged = match self.hasher.place_for(attempt.peer) {
            Ok(place) => self.judge(place, name.as_ref(), attempt.password.clone()).await,
            Err(error) => Err(error),
        };
        let verified = match judged {
            Ok(verified) => verified,
            Err(error) => {
                ticket.take_back();
                return match error {
                    AuthError::Busy => Ok(Outcome::Limited { retry_after: Duration::from_secs(1) }),
                    other => Err(other),
                };
            }
        };
        match (name, verified) {
            (Some(name), Verified::Right | Verified::RightButOutdated) => {
                ticket.succeeded();
                if verified == Verified::RightButOutdated {
                    self.renew(&name, attempt.password).await;
                }
                Ok(Outcome::Accepted(name))
            }
            (name, _) => {
                log_failure(&attempt.peer, name.as_ref());
                Ok(Outcome::Denied)
            }
        }
    }
}

/// Far longer than a name can be is refused before it is normalised: that work grows with the text.
fn parse_typed(text: &str) -> Option<UserName> {
    if text.len() > 1024 { None } else { UserName::parse(text).ok() }
}

/// What was typed as a name is logged only if it is one: people type passwords into the wrong field.
fn log_failure(peer: &std::net::IpAddr, name: Option<&UserName>) {
    match name {
        Some(name) => info!(user.name = %name, %peer, "Denied a sign-in as {name} from {peer}"),
        None => info!(%peer, "Denied a sign-in from {peer}: the name is none"),
    }
}

#[cfg(test)]
#[path = "native/tests.rs"]
mod tests;
