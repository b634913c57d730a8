//! All that a caller may see of sharing, for the panel: their own, what is shared with them, and everybody's as far as
//! their rights reach.

use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{ServerKey, UserName};
use labdeck_store::StoreError;
use labdeck_store::tables::users::UserRow;
use labdeck_store::tables::{share_codes, shares};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::{ShareCodeView, ShareView};
use crate::authz::Caller;
use crate::context::Context;
use crate::error::Result;

/// What is shared.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Sharing)]
pub struct SharingView {
    /// Whose own shares are meant: the person who asks, in the window the lead.
    me: Option<UserName>,
    /// All shares that the caller may see, except those that are only with them.
    shares: Vec<ShareView>,
    /// All links that the caller may see, without their codes.
    codes: Vec<ShareCodeView>,
    /// What is shared with `me`, directly and through groups.
    received: Vec<ShareView>,
}

/// What the caller may see. `me` is whose own sharing is shown.
///
/// # Errors
/// When the store fails.
pub async fn everything(ctx: &Context, caller: &Caller, me: Option<UserRow>) -> Result<SharingView> {
    let (asker, who) = (caller.clone(), me.clone());
    let (given, links, received) = ctx
        .store
        .read(move |read| {
            let sees = |key: &ServerKey| {
                who.as_ref().is_some_and(|me| me.name == key.user)
                    || asker.may(&ScopeBase::ReadShares, Target::Server(key))
            };
            let mut given = shares::list_all(read)?;
            given.retain(|row| sees(&row.server));
            let mut links = share_codes::list_all(read)?;
            links.retain(|row| sees(&row.server));
            let received = who.as_ref().map(|me| shares::list_with_user(read, me.id)).transpose()?;
            Ok::<_, StoreError>((given, links, received.unwrap_or_default()))
        })
        .await?;
    Ok(SharingView {
        me: me.map(|me| me.name),
        shares: given.iter().map(|row| ShareView::of(ctx, row)).collect(),
        codes: links.iter().map(|row| ShareCodeView::of(ctx, row)).collect(),
        received: received.iter().map(|row| ShareView::of(ctx, row)).collect(),
    })
}
