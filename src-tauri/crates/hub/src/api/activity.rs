//! `POST /users/{name}/activity`: what single-user servers report of themselves.

use std::collections::BTreeMap;

use axum::extract::State;
use http::StatusCode;
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{ServerName, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::error::ApiResult;
use super::extract::{AnyBody, Auth};
use super::path::UserPath;
use crate::accounts::{self, Activity};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::python;

/// The body of `POST /users/{name}/activity`.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "read as JSON, so that each refusal is JupyterHub's; this describes it")]
pub(super) struct ActivityReport {
    /// The user's.
    last_activity: Option<String>,
    /// The servers', by name.
    #[serde(default)]
    servers: BTreeMap<String, ServerActivity>,
}

/// One server in an activity report.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "likewise")]
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
    AnyBody(report): AnyBody,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::UsersActivity, Target::User(&name))?;
    accounts::get(&ctx, &name).await.map_err(|error| match error.kind() {
        Kind::NotFound => Error::not_found(format!("No such user: {}", python::repr_text(name.as_str()))),
        _ => error,
    })?;
    let activity = read(&report?, ctx.clock.now())?;
    accounts::report_activity(&ctx, &name, activity).await?;
    Ok(StatusCode::OK)
}

fn read(report: &Value, now: Timestamp) -> Result<Activity> {
    let fields = report.as_object().ok_or_else(|| Error::invalid("body must be a json dict"))?;
    let given = |name: &str| fields.get(name).filter(|value| !is_nothing(value));
    let (of_user, of_servers) = (given("last_activity"), given("servers"));
    if of_user.is_none() && of_servers.is_none() {
        return Err(Error::invalid("body must contain at least one of `last_activity` or `servers`"));
    }
    let shape = || Error::invalid("servers must be a dict of the form {server_name: {last_activity: timestamp}}");
    let of_servers = match of_servers {
        None => Vec::new(),
        Some(servers) => servers
            .as_object()
            .ok_or_else(shape)?
            .iter()
            .map(|(name, entry)| {
                let at = entry.get("last_activity").ok_or_else(shape)?;
                Ok((ServerName::parse(name)?, moment(at, now)?))
            })
            .collect::<Result<_>>()?,
    };
    Ok(Activity { of_user: of_user.map(|at| moment(at, now)).transpose()?, of_servers })
}

/// What Python takes for false, JupyterHub takes for left out.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(yes) => !yes,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

fn moment(given: &Value, now: Timestamp) -> Result<Timestamp> {
    let at = given.as_str().and_then(|text| Timestamp::parse(text).ok());
    let at = at.ok_or_else(|| Error::invalid(format!("Not a valid timestamp: {}", python::repr(given))))?;
    if at.since(now) > MAX_AHEAD {
        return Err(Error::invalid(format!("Rejecting activity from more than an hour in the future: {at}")));
    }
    Ok(at)
}
