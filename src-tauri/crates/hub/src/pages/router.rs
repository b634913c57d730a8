//! Every page's route.

use axum::Router;

use crate::context::Context;

/// The pages, to be nested at the hub's base path.
pub fn router() -> Router<Context> {
    Router::new()
}
