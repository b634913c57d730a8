//! What is shown of an account beside the account itself: who opened its servers, and whether it has a password here.

use labdeck_model::UserId;
use labdeck_store::tables::credentials;
use labdeck_store::tables::visits::{self, VisitRow};

use crate::context::Context;
use crate::error::Result;

/// The latest visits of others to a user's servers, newest first.
///
/// # Errors
/// When the store fails.
pub async fn list_visits(ctx: &Context, owner: UserId, limit: u32) -> Result<Vec<VisitRow>> {
    ctx.store.read(move |read| Ok(visits::list_for_owner(read, owner, limit)?)).await
}

/// The latest visits to anybody's servers, newest first.
///
/// # Errors
/// When the store fails.
pub async fn list_all_visits(ctx: &Context, limit: u32) -> Result<Vec<VisitRow>> {
    ctx.store.read(move |read| Ok(visits::list_all(read, limit)?)).await
}

/// Whether a user signs in with a password that is kept here.
///
/// # Errors
/// When the store fails.
pub async fn has_password(ctx: &Context, user: UserId) -> Result<bool> {
    if ctx.authenticator.kind() != "native" {
        return Ok(false);
    }
    ctx.store.read(move |read| Ok(credentials::find(read, user)?.is_some())).await
}
