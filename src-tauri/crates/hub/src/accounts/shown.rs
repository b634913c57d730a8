//! What the pages show or ask of an account beside the API: who opened its servers, whether it has a password here,
//! and who holds a token that a program sends to a page.

use labdeck_model::UserId;
use labdeck_store::tables::credentials;
use labdeck_store::tables::visits::{self, VisitRow};

use crate::authz::{self, Caller};
use crate::context::Context;
use crate::error::Result;

/// The latest visits of others to a user's servers, newest first.
///
/// # Errors
/// When the store fails.
pub async fn list_visits(ctx: &Context, owner: UserId, limit: u32) -> Result<Vec<VisitRow>> {
    ctx.store.read(move |read| Ok(visits::list_for_owner(read, owner, limit)?)).await
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

/// Who holds this token, if it is good now.
///
/// # Errors
/// When the store fails.
pub async fn find_by_token(ctx: &Context, token: &str) -> Result<Option<Caller>> {
    let token = token.to_owned();
    ctx.store.read(move |read| Ok(authz::find_by_token(read, &token)?)).await
}
