//! `/users`: list, add, look at, change, remove; and the activity that servers report.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Extension, OriginalUri, Query, State};
use http::{HeaderMap, StatusCode};
use labdeck_model::scope::{Access, ScopeBase, Target};
use labdeck_model::{ServerName, Timestamp, UserName};
use labdeck_store::tables::users::{self, UserQuery, UserRow, UserSort, UserState};
use labdeck_store::tables::spawners;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ApiResult;
use super::extract::{Auth, Body};
use super::page::{Page, PageQuery};
use super::path::UserPath;
use crate::accounts::{self, ServersShown, Standing};
use crate::authz::Caller;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::front::Peer;

/// The query of `GET /users`.
#[derive(Debug, Deserialize)]
pub(super) struct ListQuery {
    state: Option<String>,
    name_filter: Option<String>,
    sort: Option<String>,
    include_stopped_servers: Option<String>,
    offset: Option<String>,
    limit: Option<String>,
}

/// The body of `POST /users`.
#[derive(Debug, Deserialize)]
pub(super) struct NewUsers {
    #[serde(default)]
    usernames: Vec<String>,
    #[serde(default)]
    admin: bool,
}

/// The body of `POST /users/{name}`.
#[derive(Debug, Deserialize)]
pub(super) struct NewUser {
    #[serde(default)]
    admin: bool,
}

/// The body of `PATCH /users/{name}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserChange {
    admin: Option<bool>,
}

/// The body of `POST /users/{name}/activity`.
#[derive(Debug, Deserialize)]
pub(super) struct ActivityReport {
    last_activity: Option<String>,
    #[serde(default)]
    servers: BTreeMap<String, ServerActivity>,
}

/// One server in an activity report.
#[derive(Debug, Deserialize)]
pub(super) struct ServerActivity {
    last_activity: String,
}

/// Rights of which any one lets a user be looked at.
const READ_ONE: [ScopeBase; 6] = [
    ScopeBase::ReadUsers,
    ScopeBase::ReadUsersName,
    ScopeBase::ReadServers,
    ScopeBase::ReadUsersGroups,
    ScopeBase::ReadUsersActivity,
    ScopeBase::ReadRolesUsers,
];

/// A report from a clock that runs ahead: an hour is a wrong time zone, not a drift (JupyterHub's limit).
const MAX_AHEAD: std::time::Duration = std::time::Duration::from_secs(59 * 60);

/// `GET /users`.
pub(super) async fn list(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Query(query): Query<ListQuery>,
    OriginalUri(uri): OriginalUri,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> ApiResult<Json<Value>> {
    let access = caller.reach(&ScopeBase::ListUsers)?;
    let paging = PageQuery::new(query.offset.clone(), query.limit.clone());
    let page = Page::of(&paging, &headers)?;
    let shown = shown(query.include_stopped_servers.as_deref());
    let only_ready = query.state.as_deref() == Some("ready");
    let wanted = user_query(&query)?;
    let (context, asker) = (ctx.clone(), caller.clone());
    let (models, total) = ctx
        .store
        .read(move |read| {
            let all = users::list(read, &wanted)?;
            let visible: Vec<_> = all.iter().filter(|user| may_list(&access, user, &asker)).collect();
            let total = visible.len();
            let start = usize::try_from(page.offset).unwrap_or(usize::MAX).min(total);
            let end = start.saturating_add(usize::try_from(page.limit).unwrap_or(usize::MAX)).min(total);
            let models = visible[start..end].iter().map(|user| accounts::user_model(read, &context, &asker, user, shown));
            Ok::<_, Error>((models.collect::<std::result::Result<Vec<_>, _>>()?, total))
        })
        .await?;
    let models = if only_ready { models.into_iter().filter(has_ready_server).collect() } else { models };
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    Ok(Json(page.shape(models, u64::try_from(total).unwrap_or(u64::MAX), path, &peer)))
}

fn may_list(access: &Access, user: &UserRow, caller: &Caller) -> bool {
    access.admits(Target::User(&user.name), &caller.members)
}

fn has_ready_server(model: &Value) -> bool {
    let servers = model.get("servers").and_then(Value::as_object);
    servers.is_some_and(|servers| servers.values().any(|server| server["ready"] == json!(true)))
}

fn shown(include_stopped: Option<&str>) -> ServersShown {
    match include_stopped {
        None | Some("0" | "false") => ServersShown::Active,
        Some(_) => ServersShown::All,
    }
}

fn user_query(query: &ListQuery) -> Result<UserQuery> {
    let state = match query.state.as_deref() {
        None | Some("") => None,
        Some("inactive") => Some(UserState::Inactive),
        Some("active") => Some(UserState::Active),
        Some("ready") => Some(UserState::Ready),
        Some(other) => return Err(Error::invalid(format!("Unrecognized state filter: {other:?}"))),
    };
    let sort = query.sort.as_deref().unwrap_or("id");
    let sort = match sort {
        "id" => UserSort::Id,
        "-id" => UserSort::IdDescending,
        "name" => UserSort::Name,
        "-name" => UserSort::NameDescending,
        "last_activity" => UserSort::LastActivity,
        "-last_activity" => UserSort::LastActivityDescending,
        other => return Err(Error::invalid(format!("sort must be one of id, name, last_activity, not {other:?}"))),
    };
    Ok(UserQuery { name_filter: query.name_filter.clone(), state, sort, ..UserQuery::default() })
}

/// `POST /users`.
pub(super) async fn create_several(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Body(body): Body<NewUsers>,
) -> ApiResult<(StatusCode, Json<Vec<Value>>)> {
    caller.require(&ScopeBase::AdminUsers, Target::Hub)?;
    let standing = if body.admin { Standing::Admin } else { Standing::User };
    let created = accounts::create(&ctx, &caller, &body.usernames, standing).await?;
    if body.admin {
        accounts::settled(&ctx).await;
    }
    let (context, asker) = (ctx.clone(), caller.clone());
    let models = ctx
        .store
        .read(move |read| {
            let models = created.iter().map(|user| accounts::user_model(read, &context, &asker, user, ServersShown::Active));
            Ok::<_, Error>(models.collect::<std::result::Result<Vec<_>, _>>()?)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(models)))
}

/// `GET /users/{name}`.
pub(super) async fn get(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
    Query(query): Query<ListQuery>,
) -> ApiResult<Json<Value>> {
    caller.require_any(&READ_ONE, Target::User(&name))?;
    let user = accounts::get(&ctx, &name).await?;
    Ok(Json(model(&ctx, &caller, user, shown(query.include_stopped_servers.as_deref())).await?))
}

/// `POST /users/{name}`.
pub(super) async fn create_one(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
    Body(body): Body<NewUser>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    caller.require(&ScopeBase::AdminUsers, Target::User(&name))?;
    let standing = if body.admin { Standing::Admin } else { Standing::User };
    let created = accounts::create(&ctx, &caller, &[name.to_string()], standing).await;
    let mut created = created.map_err(|error| match error.kind() {
        crate::error::Kind::Conflict => Error::conflict(format!("User {name} already exists")),
        _ => error,
    })?;
    if body.admin {
        accounts::settled(&ctx).await;
    }
    let user = created.pop().ok_or_else(|| Error::internal("a user was not created"))?;
    Ok((StatusCode::CREATED, Json(model(&ctx, &caller, user, ServersShown::Active).await?)))
}

/// `PATCH /users/{name}`.
pub(super) async fn update(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
    Body(body): Body<UserChange>,
) -> ApiResult<Json<Value>> {
    caller.require(&ScopeBase::AdminUsers, Target::User(&name))?;
    let user = match body.admin {
        Some(true) => accounts::set_admin(&ctx, &caller, &name, Standing::Admin).await?,
        Some(false) => accounts::set_admin(&ctx, &caller, &name, Standing::User).await?,
        None => accounts::get(&ctx, &name).await?,
    };
    Ok(Json(model(&ctx, &caller, user, ServersShown::Active).await?))
}

/// `DELETE /users/{name}`.
pub(super) async fn delete(State(ctx): State<Context>, Auth(caller): Auth, UserPath(name): UserPath) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::DeleteUsers, Target::User(&name))?;
    accounts::delete(&ctx, &caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn model(ctx: &Context, caller: &Caller, user: UserRow, shown: ServersShown) -> Result<Value> {
    let (context, asker) = (ctx.clone(), caller.clone());
    ctx.store.read(move |read| Ok(accounts::user_model(read, &context, &asker, &user, shown)?)).await
}

/// `POST /users/{name}/activity`: what a single-user server reports of itself.
pub(super) async fn activity(
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
    ctx.store.write(move |tx| note_activity(tx, &name, of_user, &of_servers)).await?;
    Ok(StatusCode::OK)
}

fn note_activity(
    tx: &mut labdeck_store::Tx<'_>,
    name: &UserName,
    of_user: Option<Timestamp>,
    of_servers: &[(ServerName, Timestamp)],
) -> Result<()> {
    let user = users::find_by_name(tx, name)?.ok_or_else(|| Error::not_found("No such user"))?;
    if let Some(at) = of_user {
        users::touch_activity(tx, user.id, at)?;
    }
    for (server, at) in of_servers {
        let unknown = || Error::invalid(format!("No such server '{server}' for user {name}"));
        let row = spawners::find(tx, user.id, server)?.ok_or_else(unknown)?;
        spawners::touch_activity(tx, row.id, *at)?;
    }
    Ok(())
}

fn moment(text: &str, now: Timestamp) -> Result<Timestamp> {
    let at = Timestamp::parse(text).map_err(|error| Error::invalid(error.to_string()))?;
    if at.since(now) > MAX_AHEAD {
        return Err(Error::invalid(format!("The activity {text} lies more than an hour ahead; check the clock of the server.")));
    }
    Ok(at)
}
