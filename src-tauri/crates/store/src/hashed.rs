//! Secrets as the database may hold them: hashed. Owns how tokens and session secrets are made, hashed and compared.
//! Tokens are in JupyterHub's form (`orm.Hashed`), so that its rows can be carried over.

use std::fmt;
use std::str::FromStr;

use labdeck_model::Secret;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

/// How many characters of a token stand readable beside its hash, to find it by. JupyterHub's `prefix_length`.
const PREFIX_CHARS: usize = 4;
/// A token we made has 128 bits; one round is enough. JupyterHub's `generated_rounds`.
const GENERATED_ROUNDS: u32 = 1;
/// A token that a person chose may be weak. JupyterHub's `rounds`.
const CONFIGURED_ROUNDS: u32 = 16384;
/// More rounds than this in a stored hash are not ours, and would be work for nothing.
const MAX_ROUNDS: u32 = 1_000_000;
/// JupyterHub's limits for a token's length; a longer text is not worth hashing.
const TOKEN_BYTES: std::ops::RangeInclusive<usize> = 8..=64;

/// A token's salted hash with its readable prefix.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenHash {
    prefix: String,
    rounds: u32,
    salt: String,
    digest: String,
}

/// A text that is no token hash, or whose algorithm is not ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a token hash; it should look like sha512:1:<salt>:<hash>")]
pub struct TokenHashError;

/// The hash of a 256-bit secret (session cookie, ticket, invitation, code). The secret cannot be guessed, so a plain
/// SHA-256 is enough, and a row is found by it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SecretHash(String);

/// A new API token: 32 lower-case hexadecimal characters, JupyterHub's form.
pub fn generate_token() -> Secret<String> {
    Secret::new(hex(&random::<16>()))
}

/// A new 256-bit secret in 64 lower-case hexadecimal characters, for cookies and links.
pub fn generate_secret() -> Secret<String> {
    Secret::new(hex(&random::<32>()))
}

#[expect(clippy::expect_used, reason = "without randomness nothing secret can be made; there is no way on")]
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("BUG: the system gives no random numbers");
    bytes
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}

// === impl TokenHash ===

impl TokenHash {
    /// Hashes a token that [`generate_token`] made.
    pub fn of(token: &str) -> Self {
        Self::with(token, GENERATED_ROUNDS, hex(&random::<8>()))
    }

    /// Hashes a token that stands in a configuration: many rounds, because a person chose it.
    pub fn of_configured(token: &str) -> Self {
        Self::with(token, CONFIGURED_ROUNDS, hex(&random::<8>()))
    }

    fn with(token: &str, rounds: u32, salt: String) -> Self {
        let digest = digest(token, rounds, &salt);
        Self { prefix: Self::prefix_of(token), rounds, salt, digest }
    }

    /// Reads the columns `hashed` and `prefix`.
    ///
    /// # Errors
    /// [`TokenHashError`] for anything but `sha512:<rounds>:<salt>:<hash>`.
    pub fn parse(hashed: &str, prefix: &str) -> Result<Self, TokenHashError> {
        let parts: Vec<&str> = hashed.split(':').collect();
        let &["sha512", rounds, salt, digest] = parts.as_slice() else { return Err(TokenHashError) };
        let rounds =
            u32::from_str(rounds).ok().filter(|rounds| (1..=MAX_ROUNDS).contains(rounds)).ok_or(TokenHashError)?;
        Ok(Self { prefix: prefix.to_owned(), rounds, salt: salt.to_owned(), digest: digest.to_owned() })
    }

    /// The first four characters of a token, by which its rows are found.
    pub fn prefix_of(token: &str) -> String {
        token.chars().take(PREFIX_CHARS).collect()
    }

    /// Whether a text may be a token at all; what may not is not worth a look into the database.
    pub fn is_plausible(token: &str) -> bool {
        TOKEN_BYTES.contains(&token.len())
    }

    /// The column `prefix`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Whether this is the hash of `token`. Takes the same time wherever the two differ.
    pub fn matches(&self, token: &str) -> bool {
        let digest = digest(token, self.rounds, &self.salt);
        digest.as_bytes().ct_eq(self.digest.as_bytes()).into()
    }
}

/// JupyterHub's `hash_token`: the salt's text, then the token once per round.
fn digest(token: &str, rounds: u32, salt: &str) -> String {
    let mut hasher = Sha512::new();
    hasher.update(salt.as_bytes());
    for _ in 0..rounds {
        hasher.update(token.as_bytes());
    }
    hex(&hasher.finalize())
}

impl fmt::Display for TokenHash {
    /// The column `hashed`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha512:{}:{}:{}", self.rounds, self.salt, self.digest)
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenHash({}…)", self.prefix)
    }
}

// === impl SecretHash ===

impl SecretHash {
    /// Hashes a secret that [`generate_secret`] made.
    pub fn of(secret: &str) -> Self {
        Self(hex(&Sha256::digest(secret.as_bytes())))
    }

    /// The column's text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_32_lower_hex_and_never_the_same() {
        let token = generate_token();
        assert_eq!(token.expose().len(), 32);
        assert!(token.expose().chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)));
        assert_ne!(token, generate_token());
        assert_eq!(generate_secret().expose().len(), 64);
    }

    /// Expected values computed with Python's hashlib, following `jupyterhub.utils.hash_token`.
    #[test]
    fn the_hash_is_jupyterhubs() {
        let token = "0123456789abcdef0123456789abcdef";
        for (rounds, tail) in [
            (
                1,
                "29872519b3265068bb2748afdb35ac991eb357f3993719913dd2dad01325ad6f60c16427fe621364d2f6f8a3c8e3ec4c7e82f62afbb1cdf0aec6967a7a111c62",
            ),
            (
                16384,
                "9ac84526a9938f7dcf5f1be51847fab30e1060b20cba933b3fb46892d0061589d7a82eb267f6bf31570b3a7be47471582e40491839315a3f49c41b828be6f8d8",
            ),
        ] {
            let hash = TokenHash::with(token, rounds, "00112233445566ff".to_owned());
            assert_eq!(hash.to_string(), format!("sha512:{rounds}:00112233445566ff:{tail}"));
            assert_eq!(hash.prefix(), "0123");
        }
    }

    #[test]
    fn only_the_token_itself_matches() {
        for hash in [TokenHash::of("a-token-of-mine"), TokenHash::of_configured("a-token-of-mine")] {
            let read = TokenHash::parse(&hash.to_string(), hash.prefix()).unwrap();
            assert_eq!(read, hash);
            assert!(read.matches("a-token-of-mine"));
            assert!(!read.matches("a-token-of-mines") && !read.matches("") && !read.matches("a-to"));
        }
    }

    #[test]
    fn other_hashes_are_refused() {
        for bad in
            ["", "sha512", "md5:1:00:00", "sha512:0:00:00", "sha512:9999999999:0:0", "sha512:1:0:0:0", "sha512:x:0:0"]
        {
            assert_eq!(TokenHash::parse(bad, ""), Err(TokenHashError), "{bad}");
        }
        assert!(!TokenHash::is_plausible("short") && !TokenHash::is_plausible(&"x".repeat(65)));
    }

    #[test]
    fn hashes_do_not_print_themselves() {
        assert_eq!(format!("{:?}", TokenHash::of("abcdefgh")), "TokenHash(abcd…)");
        assert_eq!(format!("{:?}", SecretHash::of("abcdefgh")), "SecretHash(…)");
    }
}
