//! The hub as OAuth provider for single-user servers and services: authorize, exchange,
//! clients. Handlers and pages call these; nothing here knows HTTP.

mod authorize;
mod exchange;
mod pkce;

pub use authorize::{AuthorizeError, AuthorizeRequest, ClientOf, Consent, authorize, complete, grant, with_query};
pub use exchange::{ExchangeError, ExchangeRequest, Exchanged, exchange};
