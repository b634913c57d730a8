//! Sharing at a glance: what the panel shows.

use axum::Json;
use axum::extract::State;
use labdeck_model::scope::{ScopeBase, Target};

use crate::accounts::{self, UserRow};
use crate::api::error::ApiResult;
use crate::api::extract::Auth;
use crate::authz::{Caller, Via, Who};
use crate::context::Context;
use crate::error::Result;
use crate::sharing::{self, SharingView};

/// `GET shares`: one's own and what is shared with one; with `read:shares` others' too.
#[utoipa::path(get, path = "/hub/api/labdeck/shares",
    responses((status = 200, body = SharingView)), security(("token" = [])))]
pub(crate) async fn list(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<SharingView>> {
    let me = myself(&ctx, &caller).await?;
    Ok(Json(sharing::everything(&ctx, &caller, me).await?))
}

/// Whose own sharing is shown: of whoever is signed in with all rights; a token says by its scopes whether it may know.
async fn myself(ctx: &Context, caller: &Caller) -> Result<Option<UserRow>> {
    let knows = |user: &UserRow| {
        let target = Target::User(&user.name);
        caller.may(&ScopeBase::ReadUsersShares, target) && caller.may(&ScopeBase::ReadShares, target)
    };
    match (&caller.who, &caller.via) {
        (Who::Window, _) => accounts::find_lead(ctx).await,
        (Who::User(user), Via::Session(session)) if accounts::page_of(session).is_none() => Ok(Some(user.clone())),
        (Who::User(user), _) if knows(user) => Ok(Some(user.clone())),
        (Who::User(_) | Who::Service(_), _) => Ok(None),
    }
}
