//! [`ServerKey`]: which server of whom, and the texts derived from it (path, OAuth client, object names).
//! Derivations live here so that no two rooms escape a name differently.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{ServerName, UserName};

/// What JupyterHub leaves as it is in a path part (`utils.url_escape_path`: Python's `quote` with safe `@~`).
const PATH_PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'@');

/// One server of one user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ServerKey {
    /// Whose.
    pub user: UserName,
    /// Which; the default server has the empty name.
    pub server: ServerName,
}

/// Percent-encodes one part of a path as JupyterHub does.
pub fn quote_path_part(part: &str) -> String {
    utf8_percent_encode(part, PATH_PART).to_string()
}

// === impl ServerKey ===

impl ServerKey {
    /// The given server of a user.
    pub fn new(user: UserName, server: ServerName) -> Self {
        Self { user, server }
    }

    /// The user's default server.
    pub fn default_of(user: UserName) -> Self {
        Self { user, server: ServerName::default_server() }
    }

    /// The server's path and routespec below a hub at `/`: `/user/ada/` or `/user/ada/gpu/`.
    pub fn path(&self) -> String {
        self.path_below("/")
    }

    /// The server's path below a hub at `base_url` (which begins and ends with a slash).
    pub fn path_below(&self, base_url: &str) -> String {
        let user = quote_path_part(self.user.as_str());
        match self.server.as_str() {
            "" => format!("{base_url}user/{user}/"),
            server => format!("{base_url}user/{user}/{server}/"),
        }
    }

    /// The id of the server's OAuth client, which is its cookie's name too.
    pub fn oauth_client_id(&self) -> String {
        let user = utf8_percent_encode(self.user.as_str(), NON_ALPHANUMERIC_BUT_COOKIE).to_string();
        match self.server.as_str() {
            "" => format!("jupyterhub-user-{user}"),
            server => format!("jupyterhub-user-{user}-{server}"),
        }
    }

    /// `ada/` or `ada/gpu`: how scopes and the API's `full_name` write it.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.user, self.server)
    }

    /// A short text that is the same for the same key and differs for any other: readable start, hashed end.
    /// Fit for container and volume names (lower-case letters, digits, dashes; at most 40 characters).
    pub fn object_name(&self) -> String {
        let readable: String = self
            .to_string()
            .chars()
            .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' })
            .take(24)
            .collect();
        // The separator cannot occur in a name, so ("a", "b-c") and ("a-b", "c") hash apart.
        let hash = Sha256::digest(format!("{}\0{}", self.user, self.server));
        let tail: String = hash.iter().take(5).map(|b| format!("{b:02x}")).collect();
        format!("{}-{tail}", readable.trim_matches('-'))
    }
}

/// Python's `quote(name, safe="")`: what cookie and client names hold.
const NON_ALPHANUMERIC_BUT_COOKIE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

impl fmt::Display for ServerKey {
    /// `ada` for the default server, `ada:gpu` for a named one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.server.as_str() {
            "" => write!(f, "{}", self.user),
            server => write!(f, "{}:{server}", self.user),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(user: &str, server: &str) -> ServerKey {
        ServerKey::new(UserName::parse(user).unwrap(), ServerName::parse(server).unwrap())
    }

    #[test]
    fn derived_texts_are_jupyterhubs() {
        let gpu = key("a.b@lab.org", "gpu1");
        assert_eq!(gpu.path(), "/user/a.b@lab.org/gpu1/");
        assert_eq!(gpu.oauth_client_id(), "jupyterhub-user-a.b%40lab.org-gpu1");
        assert_eq!(gpu.full_name(), "a.b@lab.org/gpu1");
        assert_eq!(key("zoë", "").path(), "/user/zo%C3%AB/");
    }

    #[test]
    fn object_names_never_collide_over_separators() {
        assert_ne!(key("a-b", "c").object_name(), key("a", "b-c").object_name());
        assert_ne!(key("a-b", "").object_name(), key("a", "b").object_name());
    }

    proptest::proptest! {
        #[test]
        fn object_names_are_injective_and_tame(a in "[a-z0-9._@+-]{1,20}", b in "[a-z0-9._@+-]{1,20}", s in "([a-z]{1,8})?") {
            let (Ok(ua), Ok(ub), Ok(server)) = (UserName::parse(&a), UserName::parse(&b), ServerName::parse(&s)) else { return Ok(()) };
            let (ka, kb) = (ServerKey::new(ua, server.clone()), ServerKey::new(ub, server));
            proptest::prop_assert_eq!(ka == kb, ka.object_name() == kb.object_name());
            proptest::prop_assert!(ka.object_name().len() <= 40);
            proptest::prop_assert!(ka.object_name().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
        }
    }
}
