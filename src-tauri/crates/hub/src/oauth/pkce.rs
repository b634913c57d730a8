//! Proof key for code exchange (RFC 7636), the hub's side: what was promised at authorize must be shown at exchange.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

/// Why a verifier does not count; each has its own OAuth error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PkceError {
    /// A challenge was given at authorize and no verifier now.
    Missing,
    /// The verifier does not belong to the challenge.
    Mismatch,
}

/// Whether a challenge method is one that the hub knows; RFC 7636 names two.
pub(super) fn is_known_method(method: &str) -> bool {
    matches!(method, "S256" | "plain")
}

/// Whether a challenge has the form of RFC 7636 section 4.2: 43 to 128 unreserved characters.
pub(super) fn is_well_formed(challenge: &str) -> bool {
    (43..=128).contains(&challenge.len())
        && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'))
}

/// Checks the verifier of an exchange against the challenge of its code. No challenge asks for no verifier.
///
/// # Errors
/// [`PkceError`].
pub(super) fn verify(challenge: Option<&str>, method: Option<&str>, verifier: Option<&str>) -> Result<(), PkceError> {
    let Some(challenge) = challenge.filter(|challenge| !challenge.is_empty()) else { return Ok(()) };
    let verifier = verifier.ok_or(PkceError::Missing)?;
    let shown = match method {
        Some("S256") => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
        _ => verifier.to_owned(),
    };
    if bool::from(shown.as_bytes().ct_eq(challenge.as_bytes())) { Ok(()) } else { Err(PkceError::Mismatch) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_verifies() {
        let (verifier, challenge) =
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(verify(Some(challenge), Some("S256"), Some(verifier)), Ok(()));
        assert_eq!(verify(Some(challenge), Some("S256"), Some("other")), Err(PkceError::Mismatch));
        assert_eq!(verify(Some(challenge), Some("S256"), None), Err(PkceError::Missing));
        assert_eq!(verify(Some("x"), None, Some("x")), Ok(()));
        assert_eq!(verify(None, None, None), Ok(()));
    }
}
