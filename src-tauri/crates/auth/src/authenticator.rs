//! [`Authenticator`]: the extension point. One object per configured kind; what it remembers is its own.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use labdeck_model::{Secret, UserName};

use crate::AuthError;

/// Says whether a name and a password belong together. Who of those may come in is for [`crate::Rules`].
#[async_trait]
pub trait Authenticator: Send + Sync + fmt::Debug + 'static {
    /// The name by which the configuration chooses it.
    fn kind(&self) -> &'static str;

    /// Judges one attempt.
    ///
    /// # Errors
    /// [`AuthError`] when no judgement was possible; never for a wrong name or password.
    ///
    /// # Cancellation
    /// Safe to drop; an attempt that was dropped counts as a failed one.
    async fn authenticate(&self, attempt: LoginAttempt) -> Result<Outcome, AuthError>;
}

/// One attempt to sign in, as it came.
#[derive(Debug)]
pub struct LoginAttempt {
    /// The name as typed. Not yet a [`UserName`], and not for the log.
    pub username: String,
    /// The password as typed.
    pub password: Secret<String>,
    /// Where the attempt came from.
    pub peer: IpAddr,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Name and password belong together; the name is in normal form.
    Accepted(UserName),
    /// They do not, or there is no such user: the two are one answer.
    Denied,
    /// Not looked at, because there were too many; answer 429.
    Limited {
        /// When another attempt will be looked at.
        retry_after: Duration,
    },
}

// === impl LoginAttempt ===

impl LoginAttempt {
    /// An attempt.
    pub fn new(username: impl Into<String>, password: impl Into<String>, peer: IpAddr) -> Self {
        Self { username: username.into(), password: Secret::new(password.into()), peer }
    }
}
