//! The authenticators of Labdeck: the extension point, native passwords, and the rules of who may come in.
//! Owns hashing, throttling and password rules; stores nothing (hashes lie behind [`Vault`]), knows no HTTP and no
//! session. Called by the hub's `accounts`, which applies [`Rules`] around any authenticator.
//!
//! ```
//! use std::net::{IpAddr, Ipv4Addr};
//! use labdeck_auth::{Authenticator, DummyAuthenticator, LoginAttempt, Outcome};
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let dummy = DummyAuthenticator::new(None);
//! let attempt = LoginAttempt::new("Ada", "anything", IpAddr::V4(Ipv4Addr::LOCALHOST));
//! assert!(matches!(dummy.authenticate(attempt).await?, Outcome::Accepted(name) if name.as_str() == "ada"));
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod authenticator;
mod dummy;
mod error;
mod native;
pub mod password;
mod rules;

pub use authenticator::{Authenticator, LoginAttempt, Outcome};
pub use dummy::DummyAuthenticator;
pub use error::{AuthError, VaultError};
pub use native::{NativeAuthenticator, NativePolicy};
pub use password::{PasswordRule, SystemTicker, Ticker, Vault};
pub use rules::{Account, Admission, Decision, Refusal, Rules};
