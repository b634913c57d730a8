//! `POST /users/{name}/activity`: what single-user servers report of themselves.

use std::collections::BTreeMap;

use axum::extract::State;
use http::StatusCode;
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{ServerName, Timestamp};
use serde::Deserialize;
use utoipa::ToSchema;

use super::error::ApiResult;
use super::extract::{Auth, Body};
use super::path::UserPath;
use crate::accounts::{self, Activity};
use crate::context::Context;
use crate::error::{Error, Result};

/// The body of `POST /users/{name}/activity`.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ActivityReport {
    /// The user's.
    last_activity: Option<String>,
    /// The servers', by name.
    #[serde(default)]
    servers: BTreeMap<String, ServerActivity>,
}

/// One server in an activity report.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ServerActivity {
    /// When it was last active.
    last_activity: String,
}

/// A report from a clock that runs ahead: an hour is a wrong time zone, not a drift (JupyterHub's limit).
const MAX_AHEAD: std::time::Duration = std::time::Duration::from_secs(59 * 60);

/// `POST /users/{name}/activity`: what a single-user server reports of itself.
#[utoipa::path(post, path = "/hub/api/users/{name}/activity", params(("name" = String, Path)), request_body = ActivityReport,
    responses((status = 200)), security(("token" = ["users:activity"])))]
pub(super) async fn report(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
    Body(report): Body<ActivityReport>,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::UsersActivity, Target::User(&name))?;
    if report.last_activity.is_none() && report.servers.is_empty() {
        return Err(Error::invalid("body must contain last_activity or servers").into());
    }
    let now = ctx.clock.now();
    let of_user = report.last_activity.as_deref().map(|text| moment(text, now)).transpose()?;
    let of_servers = report
        .servers
        .iter()
        .map(|(name, entry)| Ok((ServerName::parse(name)?, moment(&entry.last_activity, now)?)))
        .collect::<Result<Vec<_>>>()?;
    accounts::report_activity(&ctx, &name, Activity { of_user, of_servers }).await?;
    Ok(StatusCode::OK)
}

fn moment(text: &str, now: Timestamp) -> Result<Timestamp> {
    let at = Timestamp::parse(text).map_err(|error| Error::invalid(error.to_string()))?;
    if at.since(now) > MAX_AHEAD {
        return Err(Error::invalid(format!(
            "The activity {text} lies more than an hour ahead; check the clock of the server."
        )));
    }
    Ok(at)
}
