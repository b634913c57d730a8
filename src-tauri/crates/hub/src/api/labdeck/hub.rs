//! The hub itself: overview, claim, on and off, tickets, quitting.

use axum::Json;
use axum::extract::{Extension, State};
use http::StatusCode;
use labdeck_model::Timestamp;
use labdeck_model::scope::{ScopeBase, Target};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::error::ApiResult;
use crate::api::extract::{Auth, Body};
use crate::context::Context;
use crate::error::{Error, Kind};
use crate::front::Listener;
use crate::overview::{AtQuit, HubChange, Overview};
use crate::{accounts, overview, tickets};

/// The body of a claim.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ClaimBody {
    /// The lead's user name.
    name: String,
}

/// Who claimed the hub.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Claimed {
    /// The user name, in normal form.
    name: String,
}

/// The body of a ticket.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct TicketBody {
    /// The page to open: a server's, or the home page.
    path: String,
    /// Whether the desktop shall open it.
    #[serde(default)]
    open: bool,
}

/// A ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ticket {
    /// The address that opens the page, once.
    url: String,
    /// When it ends.
    expires_at: Timestamp,
}

/// The body of a quit.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct QuitBody {
    /// What happens to running servers.
    servers: AtQuit,
}

/// `GET overview`.
#[utoipa::path(get, path = "/hub/api/labdeck/overview",
    responses((status = 200, body = Overview)), security(("token" = ["admin-ui"])))]
pub(crate) async fn overview(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<Json<Overview>> {
    caller.require(&ScopeBase::AdminUi, Target::Hub)?;
    Ok(Json(overview::build(&ctx).await?))
}

/// `POST claim`: only from the machine itself, only while nobody has.
#[utoipa::path(post, path = "/hub/api/labdeck/claim", request_body = ClaimBody,
    responses((status = 201, body = Claimed), (status = 409)), security(("token" = [])))]
pub(crate) async fn claim(
    State(ctx): State<Context>,
    Auth(_): Auth,
    Extension(listener): Extension<Listener>,
    Body(body): Body<ClaimBody>,
) -> ApiResult<(StatusCode, Json<Claimed>)> {
    if !matches!(listener, Listener::Control | Listener::Socket) {
        return Err(Error::forbidden("A hub is claimed at its own computer.").into());
    }
    let user = accounts::claim(&ctx, &body.name).await?;
    Ok((StatusCode::CREATED, Json(Claimed { name: user.name.to_string() })))
}

/// `PATCH hub`: on, off, for whom, at which port.
#[utoipa::path(patch, path = "/hub/api/labdeck/hub", request_body = HubChange,
    responses((status = 200, body = Overview), (status = 409)), security(("token" = ["shutdown", "admin:servers"])))]
pub(crate) async fn change(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Body(change): Body<HubChange>,
) -> ApiResult<Json<Overview>> {
    caller.require(&ScopeBase::Shutdown, Target::Hub)?;
    // Letting the network in, and servers without containers, is more than an end.
    caller.require(&ScopeBase::AdminServers, Target::Hub)?;
    overview::change(&ctx, change).await?;
    Ok(Json(overview::build(&ctx).await?))
}

/// `POST tickets`: a link for the lead's own browser.
#[utoipa::path(post, path = "/hub/api/labdeck/tickets", request_body = TicketBody,
    responses((status = 201, body = Ticket)), security(("token" = ["access:servers"])))]
pub(crate) async fn ticket(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Body(body): Body<TicketBody>,
) -> ApiResult<(StatusCode, Json<Ticket>)> {
    caller.require(&ScopeBase::AccessServers, Target::Hub)?;
    let (url, expires_at) = tickets::issue(&ctx, &caller, &body.path).await?;
    if body.open {
        let desktop = ctx
            .desktop
            .as_ref()
            .ok_or_else(|| Error::new(Kind::Unavailable, "There is no desktop here to open a browser on."))?;
        desktop.open(&url)?;
    }
    Ok((StatusCode::CREATED, Json(Ticket { url, expires_at })))
}

/// `POST quit`: the desktop ends, with or without the servers.
#[utoipa::path(post, path = "/hub/api/labdeck/quit", request_body = QuitBody,
    responses((status = 202)), security(("token" = ["shutdown"])))]
pub(crate) async fn quit(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Body(body): Body<QuitBody>,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::Shutdown, Target::Hub)?;
    ctx.request_quit(body.servers);
    Ok(StatusCode::ACCEPTED)
}
