//! What can be wrong with the values given to the proxy. Owns the meanings, not their HTTP form: a request
//! that fails is answered by `errors.rs`. Returned by the parsers of this crate.

/// Why a value for the proxy was refused, or why it could not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// A text that is no route specification.
    #[error("'{text}' is not a routespec: {reason}")]
    InvalidRoutespec {
        /// What was given.
        text: String,
        /// What is wrong with it, for people.
        reason: &'static str,
    },
    /// A text that is no target.
    #[error("'{text}' cannot be a target: {reason}")]
    InvalidTarget {
        /// What was given.
        text: String,
        /// What is wrong with it, for people.
        reason: &'static str,
    },
    /// A text that is no host of an allow-list.
    #[error("'{text}' is not a host name or address")]
    InvalidHost {
        /// What was given.
        text: String,
    },
    /// A text that is no network in CIDR notation.
    #[error("'{text}' is not a network such as 192.168.1.0/24")]
    InvalidNetwork {
        /// What was given.
        text: String,
    },
    /// An address that could not be listened on.
    #[error("could not listen on {address}")]
    Bind {
        /// The address as it was asked for.
        address: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}
