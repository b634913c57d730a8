//! The REST API: parse, authorise, call one use-case, shape the answer. JupyterHub's paths lie below `/hub/api`,
//! what JupyterHub has not below `/hub/api/labdeck`. Every route stands in `router`.

mod activity;
mod error;
mod extract;
mod frame;
mod groups;
mod info;
mod labdeck;
mod metrics;
mod oauth2;
mod openapi;
mod page;
mod path;
mod progress;
mod public;
mod router;
mod servers;
mod services;
mod shapes;
mod share_codes;
mod shares;
mod tokens;
mod users;
mod whole;

pub use error::{ApiError, ApiResult, public_text, status_of};
pub use extract::foreign_origin;
pub use openapi::document as openapi_document;
pub use router::router;
