//! Row numbers as types of their own, so that a user's id cannot be passed where a token's is meant.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A row of `users`.
    UserId,
    /// A row of `groups`.
    GroupId,
    /// A row of `roles`.
    RoleId,
    /// A row of `services`.
    ServiceId,
    /// A row of `spawners`: one server of one user, running or not.
    SpawnerId,
    /// A row of `api_tokens`; the API shows it as `a12`.
    TokenId,
    /// A row of `oauth_clients` (its wire name is text; this is the row).
    ClientRowId,
    /// A row of `sessions`: one browser that signed in.
    SessionId,
}
