//! The XSRF token: bound to the browser session and the user behind it, so that a token of
//! one session is worth nothing in another. Its form is ours; where it travels (cookie `_xsrf`, form field `_xsrf`,
//! headers `X-XSRFToken` and `X-CSRFToken`) is JupyterHub's.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use labdeck_model::{Secret, Timestamp};
use labdeck_store::generate_token;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// How long a token is good. JupyterHub's signed cookies say 31 days.
const MAX_AGE: Duration = Duration::from_secs(31 * 24 * 3600);

/// How far ahead a token's time may lie before it counts as forged: clocks that were corrected meanwhile.
const MAX_AHEAD: Duration = Duration::from_secs(300);

/// The keys with which the hub signs what it hands out. Made once per data folder, kept in the secret store.
#[derive(Clone, Debug)]
pub struct Keys {
    signing: Secret<[u8; 32]>,
}

/// What a token is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XsrfId(String);

/// What is known of a visitor without an account.
#[derive(Debug, Clone)]
pub struct AnonymousId<'a> {
    /// Where the visitor comes from.
    pub peer: IpAddr,
    /// The browser's name.
    pub user_agent: &'a str,
}

/// Why a token does not count. The texts are JupyterHub's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum XsrfError {
    /// None came.
    #[error("'_xsrf' argument missing from request")]
    Missing,
    /// One came, of another session, too old, or made up.
    #[error("XSRF cookie does not match POST argument")]
    Mismatch,
}

// === impl XsrfId ===

impl XsrfId {
    /// For a signed-in browser: its session id and the user's cookie id.
    pub fn signed_in(session_id: Option<&str>, user: &str) -> Self {
        Self(format!("{}:{user}", session_id.unwrap_or("None")))
    }

    /// For a visitor.
    pub fn anonymous(session_id: Option<&str>, visitor: &AnonymousId<'_>) -> Self {
        let mut hash = Sha256::new();
        hash.update(visitor.peer.to_string());
        hash.update([0xff]);
        hash.update(visitor.user_agent);
        Self(format!("{}:{}", session_id.unwrap_or("None"), URL_SAFE_NO_PAD.encode(hash.finalize())))
    }
}

// === impl Keys ===

impl Keys {
    /// From 32 random bytes.
    pub fn new(signing: [u8; 32]) -> Self {
        Self { signing: Secret::new(signing) }
    }

    /// A token for an id.
    pub fn xsrf_token(&self, id: &XsrfId, now: Timestamp) -> String {
        let seconds = now.unix_seconds().to_be_bytes();
        let mut token = seconds.to_vec();
        token.extend_from_slice(&self.xsrf_mac(id, seconds));
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Checks a token that came back against the id of the request it came with, and against the cookies beside it.
    ///
    /// # Errors
    /// [`XsrfError`] says which part is wrong.
    pub fn check_xsrf<'a>(
        &self,
        id: &XsrfId,
        submitted: Option<&str>,
        mut cookies: impl Iterator<Item = &'a str>,
        now: Timestamp,
    ) -> Result<(), XsrfError> {
        let submitted = submitted.filter(|token| !token.is_empty()).ok_or(XsrfError::Missing)?;
        let known = self.xsrf_is_good(id, submitted, now);
        let beside = cookies.any(|cookie| bool::from(cookie.as_bytes().ct_eq(submitted.as_bytes())));
        if known && beside { Ok(()) } else { Err(XsrfError::Mismatch) }
    }

    /// Whether a token was made here for this id and is not too old.
    pub fn xsrf_is_good(&self, id: &XsrfId, token: &str, now: Timestamp) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else { return false };
        let Some((seconds, mac)) = bytes.split_first_chunk::<8>() else { return false };
        let made = Timestamp::from_unix_micros(i64::from_be_bytes(*seconds).saturating_mul(1_000_000));
        let fresh = now.since(made) <= MAX_AGE && made.since(now) <= MAX_AHEAD;
        fresh && bool::from(self.xsrf_mac(id, *seconds).ct_eq(mac))
    }

    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    fn xsrf_mac(&self, id: &XsrfId, seconds: [u8; 8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.signing.expose()).expect("BUG: HMAC refused a key");
        mac.update(b"labdeck xsrf 1\0");
        mac.update(&seconds);
        mac.update(id.0.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// A word that nobody can guess, by which the scripts of one page may run.
pub fn nonce() -> String {
    generate_token().expose().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_micros(seconds * 1_000_000)
    }

    #[test]
    fn a_token_is_good_for_its_session_only() {
        let keys = Keys::new([7; 32]);
        let (ada, eve) = (XsrfId::signed_in(Some("s"), "ada"), XsrfId::signed_in(Some("s"), "eve"));
        let token = keys.xsrf_token(&ada, at(1000));
        let check = |id: &XsrfId, sent: Option<&str>, cookie: &str, now| {
            keys.check_xsrf(id, sent, std::iter::once(cookie), at(now))
        };
        assert_eq!(check(&ada, Some(&token), &token, 1000), Ok(()));
        assert_eq!(check(&eve, Some(&token), &token, 1000), Err(XsrfError::Mismatch));
        assert_eq!(check(&ada, Some(&token), "other", 1000), Err(XsrfError::Mismatch));
        assert_eq!(check(&ada, None, &token, 1000), Err(XsrfError::Missing));
        assert_eq!(check(&ada, Some(&token), &token, 1000 + 32 * 24 * 3600), Err(XsrfError::Mismatch));
        assert_eq!(check(&ada, Some(&token), &token, 0), Err(XsrfError::Mismatch));
        assert_eq!(
            Keys::new([8; 32]).check_xsrf(&ada, Some(&token), std::iter::once(token.as_str()), at(1000)),
            Err(XsrfError::Mismatch)
        );
    }

    #[test]
    fn signing_in_makes_the_visitors_token_worthless() {
        let keys = Keys::new([7; 32]);
        let visitor = XsrfId::anonymous(None, &AnonymousId { peer: [127, 0, 0, 1].into(), user_agent: "x" });
        let token = keys.xsrf_token(&visitor, at(10));
        assert!(!keys.xsrf_is_good(&XsrfId::signed_in(Some("s"), "ada"), &token, at(10)));
    }
}
