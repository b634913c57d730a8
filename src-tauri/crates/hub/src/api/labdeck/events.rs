//! The event stream.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use http::{HeaderMap, header};
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{Event, HubEvent, ServerKey, ServerName};
use serde::Deserialize;

use crate::accounts;
use crate::api::error::ApiResult;
use crate::api::extract::Auth;
use crate::api::shapes::StreamEvent;
use crate::authz::Caller;
use crate::context::Context;
use crate::events::event_stream;

/// How often a stream asks whether its reader still may. A signed-out browser sees nothing after this long.
const LOOK_AGAIN: Duration = Duration::from_secs(4);

/// The query of a stream.
#[derive(Debug, Deserialize)]
pub(crate) struct SinceQuery {
    since: Option<u64>,
}

/// `GET events`: what happens from now on, or from a number on (`?since=`, or the header of a returning browser).
#[utoipa::path(get, path = "/hub/api/labdeck/events", params(("since" = Option<u64>, Query)),
    responses((status = 200, body = StreamEvent, content_type = "text/event-stream")), security(("token" = [])))]
pub(crate) async fn events(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Query(query): Query<SinceQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let returning = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let place = ctx.streams.enter(&caller.label())?;
    let now = Arc::new(ArcSwap::from_pointee(caller.clone()));
    let seen = Arc::clone(&now);
    let stream = event_stream(&ctx.bus, query.since.or(returning), move |event| shown(&seen.load(), event));
    let (ending, gone) = (ctx.ending.clone().cancelled_owned(), revoked(ctx.clone(), now));
    let stream = stream.take_until(ending).take_until(Box::pin(gone)).map(move |frame| {
        let _held = &place;
        frame
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, Body::from_stream(stream)).into_response())
}

/// Keeps what a reader may see up to date; resolves when the reader may see nothing any more.
async fn revoked(ctx: Context, now: Arc<ArcSwap<Caller>>) {
    loop {
        tokio::time::sleep(LOOK_AGAIN).await;
        match accounts::find_again(&ctx, &now.load_full()).await {
            Ok(Some(caller)) => now.store(Arc::new(caller)),
            Ok(None) => return,
            // A store that cannot be read for a moment takes no rights away.
            Err(error) => tracing::debug!(%error, "Could not look again who reads events"),
        }
    }
}

/// Resolves when a reader may no longer look into a server: for a log that is followed.
pub(super) async fn revoked_token(ctx: Context, caller: Caller, key: ServerKey) {
    loop {
        tokio::time::sleep(LOOK_AGAIN).await;
        match accounts::find_again(&ctx, &caller).await {
            Ok(Some(now)) if now.may(&ScopeBase::AccessServers, Target::Server(&key)) => {}
            Ok(_) => return,
            Err(error) => tracing::debug!(%error, "Could not look again who reads a log"),
        }
    }
}

/// What a reader sees of an event. Of samples, people see those of the servers that they may read about.
fn shown(caller: &Caller, mut event: HubEvent) -> Option<HubEvent> {
    let Event::Sampled { samples } = &mut event.event else { return may_see(caller, &event).then_some(event) };
    samples.retain(|sample| match ServerName::parse(&sample.server) {
        Ok(name) => caller.may(&ScopeBase::ReadServers, Target::Server(&ServerKey::new(sample.user.clone(), name))),
        Err(_) => false,
    });
    (!samples.is_empty()).then_some(event)
}

/// People see what concerns their own; who manages the hub sees everything.
fn may_see(caller: &Caller, event: &HubEvent) -> bool {
    let looks = || caller.may(&ScopeBase::AdminUi, Target::Hub);
    let manages = || caller.may(&ScopeBase::AdminServers, Target::Hub);
    match &event.event {
        Event::ServerChanged { user, server } => match ServerName::parse(&server.name) {
            Ok(name) => caller.may(&ScopeBase::ReadServers, Target::Server(&ServerKey::new(user.clone(), name))),
            Err(_) => false,
        },
        // What happened in a server can tell what its user did: as its log.
        Event::ServerNoted { user, name, .. } => match ServerName::parse(name) {
            Ok(name) => caller.may(&ScopeBase::AccessServers, Target::Server(&ServerKey::new(user.clone(), name))),
            Err(_) => false,
        },
        Event::ServerDeleted { user, .. } => caller.may(&ScopeBase::ReadServers, Target::User(user)),
        Event::UserChanged { user } | Event::UserDeleted { user } => {
            caller.may(&ScopeBase::ReadUsersName, Target::User(user))
        }
        // Never by who asks: whether somebody was told would say whether there is somebody.
        Event::AccessRequestsChanged { user } => manages() || caller.is(user),
        Event::StackChanged { stack } => stack.offered || manages(),
        // The last says nothing but that asking again is worth it.
        Event::StackDeleted { .. } | Event::SizesChanged | Event::Resync | Event::SharesChanged => true,
        // A job can tell whose files are packed.
        Event::JobChanged { .. } | Event::FoldersChanged => manages(),
        Event::EngineChanged { .. }
        | Event::OverviewChanged
        | Event::GroupsChanged
        | Event::ServicesChanged
        // Each reader has samples of their own.
        | Event::Sampled { .. } => looks(),
    }
}
