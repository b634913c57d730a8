//! Invitations, and who visited whose server.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use labdeck_model::Timestamp;
use labdeck_model::scope::{ScopeBase, Target};
use serde::Serialize;
use utoipa::ToSchema;

use crate::accounts::{self, Invitation};
use crate::api::error::ApiResult;
use crate::api::extract::Auth;
use crate::api::path::UserPath;
use crate::context::Context;
use crate::error::Error;

/// More visits than this nobody reads.
const SHOWN_VISITS: u32 = 100;

/// Somebody opened somebody else's server.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Visit {
    /// Who came.
    visitor: String,
    /// Whose server it was.
    user: String,
    /// Which server.
    server: String,
    /// When.
    at: Timestamp,
}

/// `POST users/{name}/invitation`: a link that works once.
#[utoipa::path(post, path = "/hub/api/labdeck/users/{name}/invitation", params(("name" = String, Path)),
    responses((status = 201, body = Invitation), (status = 409)), security(("token" = ["admin:users"])))]
pub(crate) async fn invite(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
) -> ApiResult<(StatusCode, Json<Invitation>)> {
    caller.require(&ScopeBase::AdminUsers, Target::User(&name))?;
    // A link is a way into the account: into one that may more than the caller, only for admins.
    if !caller.is_admin() && !accounts::may_no_more_than(&ctx, &name, &caller).await? {
        return Err(Error::forbidden("This person may do more than you. An admin makes the link.").into());
    }
    Ok((StatusCode::CREATED, Json(accounts::invite(&ctx, &name).await?)))
}

/// `GET visits`: to the caller's own servers; an admin sees all.
#[utoipa::path(get, path = "/hub/api/labdeck/visits", responses((status = 200, body = Vec<Visit>)), security(("token" = ["read:users:activity"])))]
pub(crate) async fn visits(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<Vec<Visit>>> {
    caller.reach(&ScopeBase::ReadUsersActivity)?;
    let own = |name| caller.may(&ScopeBase::ReadUsersActivity, Target::User(name));
    let rows = match caller.user() {
        _ if caller.may(&ScopeBase::AdminUsers, Target::Hub) => accounts::list_all_visits(&ctx, SHOWN_VISITS).await?,
        Some(user) if own(&user.name) => accounts::list_visits(&ctx, user.id, SHOWN_VISITS).await?,
        Some(_) | None => Vec::new(),
    };
    let shown = rows.into_iter().map(|row| Visit {
        visitor: row.visitor.to_string(),
        user: row.user.to_string(),
        server: row.server.to_string(),
        at: row.at,
    });
    Ok(Json(shown.collect()))
}
