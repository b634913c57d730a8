//! ApiToken: the secret that a hub shows with each call. Owns the header's grammar and the comparison in constant time.

use std::fmt;

use http::{HeaderMap, header};
use subtle::ConstantTimeEq;

/// The secret of the REST API; never printed.
#[derive(Clone)]
pub struct ApiToken(String);

// === impl ApiToken ===

impl ApiToken {
    /// Takes a secret; an empty one is no secret and gives `None`.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Option<Self> {
        Some(secret.into()).filter(|secret| !secret.is_empty()).map(Self)
    }

    /// Whether `Authorization` holds `token SECRET`, in CHP's reading: the word may stand behind others.
    pub(super) fn admits(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(find_token);
        shown.is_some_and(|shown| bool::from(shown.as_bytes().ct_eq(self.0.as_bytes())))
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiToken(…)")
    }
}

/// The word after the first `token` that is followed by blanks.
fn find_token(value: &str) -> Option<&str> {
    value.match_indices("token").find_map(|(at, word)| {
        let rest = value.get(at + word.len()..)?;
        rest.starts_with([' ', '\t']).then(|| rest.split_ascii_whitespace().next()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_token_is_found_as_chp_finds_it() {
        let token = ApiToken::new("s3cret").unwrap();
        for (value, admitted) in [
            ("token s3cret", true),
            ("token   s3cret", true),
            ("bearer token s3cret", true),
            ("token s3cre", false),
            ("token s3crets", false),
            ("s3cret", false),
            ("token", false),
            ("tokens3cret", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(value))]);
            assert_eq!(token.admits(&headers), admitted, "{value:?}");
        }
        assert!(!token.admits(&HeaderMap::new()));
        assert!(ApiToken::new("").is_none());
        assert_eq!(format!("{token:?}"), "ApiToken(…)");
    }
}
