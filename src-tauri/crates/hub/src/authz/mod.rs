//! Who makes a request and what they may do. Owns [`Caller`] and how it is found from a token, a session or the
//! window; the grammar of rights is `labdeck_model::scope`'s. Handlers ask `caller.require(…)`, nothing else.

mod caller;
mod find;
mod known;
mod rights;

pub use caller::{Caller, Members, Via, Who};
pub use find::{by_password, effective_scopes, find_again, find_by_session, find_by_token, identify_scopes, window};
pub use known::{Known, Stamp};
pub use rights::{may_open, owner_scopes, role_names, service_scopes, share_scopes};
