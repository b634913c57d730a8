//! [`DummyAuthenticator`]: lets any name in, with one password for all or none. For trying out and for tests; the
//! configuration keeps it on loopback.

use async_trait::async_trait;
use labdeck_model::{Secret, UserName};
use subtle::ConstantTimeEq as _;

use crate::{AuthError, Authenticator, LoginAttempt, Outcome};

/// Accepts every valid name. Reference: JupyterHub's `DummyAuthenticator`.
#[derive(Debug)]
pub struct DummyAuthenticator {
    password: Option<Secret<String>>,
}

// === impl DummyAuthenticator ===

impl DummyAuthenticator {
    /// With a password that everyone shares, or with none asked.
    pub fn new(password: Option<Secret<String>>) -> Self {
        Self { password }
    }

    /// The time of the comparison tells the length of the shared password, not its content.
    fn password_fits(&self, typed: &str) -> bool {
        let wanted = self.password.as_ref();
        wanted.is_none_or(|wanted| bool::from(wanted.expose().as_bytes().ct_eq(typed.as_bytes())))
    }
}

#[async_trait]
impl Authenticator for DummyAuthenticator {
    fn kind(&self) -> &'static str {
        "dummy"
    }

    async fn authenticate(&self, attempt: LoginAttempt) -> Result<Outcome, AuthError> {
        let fits = self.password_fits(attempt.password.expose());
        Ok(match UserName::parse(&attempt.username) {
            Ok(name) if fits => Outcome::Accepted(name),
            Ok(_) | Err(_) => Outcome::Denied,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    async fn login(dummy: &DummyAuthenticator, name: &str, password: &str) -> Outcome {
        dummy.authenticate(LoginAttempt::new(name, password, IpAddr::V4(Ipv4Addr::LOCALHOST))).await.unwrap()
    }

    #[tokio::test]
    async fn any_valid_name_comes_in_normalised() {
        let open = DummyAuthenticator::new(None);
        assert_eq!(login(&open, " ADA ", "").await, Outcome::Accepted(UserName::parse("ada").unwrap()));
        assert_eq!(login(&open, "..", "").await, Outcome::Denied);
    }

    #[tokio::test]
    async fn a_shared_password_is_asked() {
        let shared = DummyAuthenticator::new(Some(Secret::new("pw".to_owned())));
        assert!(matches!(login(&shared, "ada", "pw").await, Outcome::Accepted(_)));
        for wrong in ["", "p", "pw ", "PW"] {
            assert_eq!(login(&shared, "ada", wrong).await, Outcome::Denied);
        }
    }
}
