//! `/users`: list, add, look at, change, remove.

use std::time::Duration;

use axum::Json;
use axum::extract::{Extension, OriginalUri, Path, Query, State};
use http::{HeaderMap, StatusCode};
use labdeck_model::UserName;
use labdeck_model::scope::{Access, Filter, ScopeBase, Target};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::error::ApiResult;
use super::extract::{AnyBody, Auth};
use super::page::{Listed, Page, PageQuery};
use super::path::UserPath;
use super::shapes::User;
use crate::accounts::{self, ServersShown, Standing, UserModel, UserQuery, UserSort, UserState};
use crate::authz::Caller;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::front::Peer;
use crate::homes::{self, Parting};
use crate::{python, tasks};

/// The query of `GET /users`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// `active`, `ready` or `inactive`.
    state: Option<String>,
    /// A part of the name.
    name_filter: Option<String>,
    /// `id`, `name` or `last_activity`, with a `-` before it for the other way round.
    sort: Option<String>,
    /// Anything but `0` and `false` shows stopped servers too.
    include_stopped_servers: Option<String>,
    /// How many to leave out.
    #[param(value_type = Option<u64>)]
    offset: Option<String>,
    /// How many to show, 200 at the most.
    #[param(value_type = Option<u64>)]
    limit: Option<String>,
}

/// The body of `POST /users`.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "read as JSON, so that each refusal is JupyterHub's; this describes it")]
pub(super) struct NewUsers {
    /// Their names.
    #[serde(default)]
    usernames: Vec<String>,
    /// Whether they are admins.
    #[serde(default)]
    admin: bool,
}

/// The body of `POST /users/{name}`.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "likewise")]
pub(super) struct NewUser {
    /// Whether the user is an admin.
    #[serde(default)]
    admin: bool,
}

/// What becomes of files when their owner or their server is deleted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PartingQuery {
    /// `keep`, `archive` or `erase`.
    #[serde(default)]
    #[param(required = false)]
    pub(super) labdeck_homes: Parting,
}

/// The body of `PATCH /users/{name}`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "likewise")]
pub(super) struct UserChange {
    /// Another name.
    name: Option<String>,
    /// Whether the user is an admin.
    admin: Option<bool>,
    /// Refused: groups are changed by `/groups/{name}/users`.
    groups: Option<Vec<String>>,
    /// Refused: roles are changed by `/labdeck/roles`.
    roles: Option<Vec<String>>,
    /// Refused: this version keeps none.
    auth_state: Option<Value>,
}

/// What a body about a user may hold, and its classes (JupyterHub's `_user_model_types`).
const FIELDS: [(&str, &str); 5] =
    [("name", "str"), ("admin", "bool"), ("groups", "list"), ("roles", "list"), ("auth_state", "dict")];

/// Rights of which any one lets a user be looked at.
const READ_ONE: [ScopeBase; 6] = [
    ScopeBase::ReadUsers,
    ScopeBase::ReadUsersName,
    ScopeBase::ReadServers,
    ScopeBase::ReadUsersGroups,
    ScopeBase::ReadUsersActivity,
    ScopeBase::ReadRolesUsers,
];

/// `GET /users`: a bare list, or with the `Accept` header `application/jupyterhub-pagination+json` a page of it.
#[utoipa::path(get, path = "/hub/api/users", params(ListQuery),
    responses((status = 200, body = Vec<User>)), security(("token" = ["list:users"])))]
pub(super) async fn list(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Query(query): Query<ListQuery>,
    OriginalUri(uri): OriginalUri,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> ApiResult<(HeaderMap, Json<Listed<UserModel>>)> {
    let access = caller.reach(&ScopeBase::ListUsers)?;
    // A right to a server is none to list who owns it.
    if let Access::Filtered(filters) = &access
        && filters.iter().any(|filter| !matches!(filter, Filter::User(_) | Filter::Group(_)))
    {
        return Err(Error::forbidden("The right to list users can only be narrowed to users and groups.").into());
    }
    let paging = PageQuery::new(query.offset.clone(), query.limit.clone());
    let page = Page::of(&paging, &headers)?;
    let shown = shown(query.include_stopped_servers.as_deref());
    let query = UserQuery { offset: page.offset, limit: Some(page.limit), ..user_query(&query)? };
    let listed = accounts::list_models(&ctx, &caller, access, query, shown).await?;
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let total = u64::try_from(listed.total).unwrap_or(u64::MAX);
    Ok(page.list(listed.models, total, path, &peer))
}

/// How long a deletion is waited for before it is answered with 202: as for starts and stops.
const PATIENCE: Duration = Duration::from_secs(10);

/// Archives lie on the hub's own disk, and nobody but the lead clears them away.
///
/// # Errors
/// 403.
pub(super) fn may_part(caller: &Caller, parting: Parting) -> Result<()> {
    if parting != Parting::Archive || caller.may(&ScopeBase::AdminServers, Target::Hub) {
        return Ok(());
    }
    Err(Error::forbidden("Only who manages all servers can have files archived. Keep or erase them."))
}

/// 204 when it is done soon, 202 while it goes on. It goes on also when whoever asked has left.
pub(super) async fn soon(
    name: &'static str,
    work: impl Future<Output = Result<()>> + Send + 'static,
) -> ApiResult<StatusCode> {
    match tokio::time::timeout(PATIENCE, tasks::spawn(name, work)).await {
        Ok(Ok(Some(done))) => Ok(done.map(|()| StatusCode::NO_CONTENT)?),
        Ok(_) => Err(Error::internal("a deletion ended before its time").into()),
        Err(_) => Ok(StatusCode::ACCEPTED),
    }
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
        Some(other) => return Err(Error::invalid(format!("Unrecognized state filter: '{other}'"))),
    };
    let sort = query.sort.as_deref().unwrap_or("id");
    let sort = match sort {
        "id" => UserSort::Id,
        "-id" => UserSort::IdDescending,
        "name" => UserSort::Name,
        "-name" => UserSort::NameDescending,
        "last_activity" => UserSort::LastActivity,
        "-last_activity" => UserSort::LastActivityDescending,
        other => return Err(Error::invalid(format!("sort must be 'id', 'name', or 'last_activity', not '{other}'"))),
    };
    Ok(UserQuery { name_filter: query.name_filter.clone(), state, sort, ..UserQuery::default() })
}

/// `POST /users`.
#[utoipa::path(post, path = "/hub/api/users", request_body = NewUsers,
    responses((status = 201, body = Vec<User>), (status = 409)), security(("token" = ["admin:users"])))]
pub(super) async fn create_several(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    AnyBody(body): AnyBody,
) -> ApiResult<(StatusCode, Json<Vec<Value>>)> {
    caller.require(&ScopeBase::AdminUsers, Target::Hub)?;
    let (names, standing) = read_new(body?)?;
    let created = accounts::create(&ctx, &caller, &names, standing).await?;
    if standing == Standing::Admin {
        accounts::settled(&ctx).await;
    }
    let names: Vec<_> = created.iter().map(|user| user.name.clone()).collect();
    let mut models = accounts::models(&ctx, &caller, created, ServersShown::Active).await?;
    offer_homes(&ctx, &caller, &names, &mut models).await;
    Ok((StatusCode::CREATED, Json(models)))
}

fn read_new(body: Value) -> Result<(Vec<String>, Standing)> {
    let nobody = || Error::invalid("Must specify at least one user to create");
    let Value::Object(mut fields) = body else { return Err(nobody()) };
    let names = match fields.remove("usernames").unwrap_or_default() {
        Value::Array(names) if !names.is_empty() => names,
        Value::Array(_) | Value::Null => return Err(nobody()),
        // JupyterHub takes a text for the list of its letters.
        other => {
            let found = python::class_of(&other);
            return Err(Error::invalid(format!("usernames must be <class 'list'>, not: <class '{found}'>")));
        }
    };
    let standing = standing_of(&python::checked(Value::Object(fields), &FIELDS, "user")?);
    Ok((python::texts(&names, "usernames")?, standing))
}

fn standing_of(fields: &Map<String, Value>) -> Standing {
    if fields.get("admin") == Some(&Value::Bool(true)) { Standing::Admin } else { Standing::User }
}

/// Names what earlier people of these names left, for callers who may give it to somebody. Nothing is given here.
async fn offer_homes(ctx: &Context, caller: &Caller, names: &[UserName], models: &mut [Value]) {
    if !caller.may(&ScopeBase::AdminServers, Target::Hub) {
        return;
    }
    // The people are there; that an offer is missing undoes nothing.
    let left = homes::left_by(ctx, names).await.unwrap_or_else(|error| {
        tracing::warn!(?error, "Could not look for what earlier people of a name left");
        Vec::new()
    });
    for model in models {
        let theirs: Vec<_> = left.iter().filter(|home| model["name"] == json!(home.user)).collect();
        if !theirs.is_empty() {
            model["labdeck_kept_homes"] = json!(theirs);
        }
    }
}

/// `GET /users/{name}`.
#[utoipa::path(get, path = "/hub/api/users/{name}", params(("name" = String, Path), ("include_stopped_servers" = Option<String>, Query)),
    responses((status = 200, body = User)),
    security(("token" = ["read:users"]), ("token" = ["read:users:name"]), ("token" = ["read:servers"]), ("token" = ["read:users:groups"]), ("token" = ["read:users:activity"]), ("token" = ["read:roles:users"])))]
pub(super) async fn get(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
    Query(query): Query<ListQuery>,
) -> ApiResult<Json<Value>> {
    caller.require_any(&READ_ONE, Target::User(&name))?;
    let user = accounts::get(&ctx, &name).await?;
    Ok(Json(accounts::model(&ctx, &caller, user, shown(query.include_stopped_servers.as_deref())).await?))
}

/// `POST /users/{name}`.
#[utoipa::path(post, path = "/hub/api/users/{name}", params(("name" = String, Path)), request_body = Option<NewUser>,
    responses((status = 201, body = User), (status = 409)), security(("token" = ["admin:users"])))]
pub(super) async fn create_one(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path(given): Path<String>,
    AnyBody(body): AnyBody,
) -> ApiResult<(StatusCode, Json<Value>)> {
    caller.reach(&ScopeBase::AdminUsers)?;
    let name = accounts::parse_new(std::slice::from_ref(&given))?.pop().ok_or_else(|| Error::internal("no name"))?;
    caller.require(&ScopeBase::AdminUsers, Target::User(&name))?;
    let standing = match body? {
        Value::Null => Standing::User,
        body => standing_of(&python::checked(body, &FIELDS, "user")?),
    };
    let created = accounts::create(&ctx, &caller, &[name.to_string()], standing).await;
    let mut created = created.map_err(|error| match error.kind() {
        crate::error::Kind::Conflict => Error::conflict(format!("User {name} already exists")),
        _ => error,
    })?;
    if standing == Standing::Admin {
        accounts::settled(&ctx).await;
    }
    let user = created.pop().ok_or_else(|| Error::internal("a user was not created"))?;
    let mut model = accounts::model(&ctx, &caller, user, ServersShown::Active).await?;
    offer_homes(&ctx, &caller, &[name], std::slice::from_mut(&mut model)).await;
    Ok((StatusCode::CREATED, Json(model)))
}

/// `PATCH /users/{name}`: another name, or admin or not. Tokens, sessions, servers and files stay with the person.
#[utoipa::path(patch, path = "/hub/api/users/{name}", params(("name" = String, Path)), request_body = UserChange,
    responses((status = 200, body = User), (status = 400), (status = 404), (status = 409)), security(("token" = ["admin:users"])))]
pub(super) async fn update(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
    AnyBody(body): AnyBody,
) -> ApiResult<Json<Value>> {
    caller.require(&ScopeBase::AdminUsers, Target::User(&name))?;
    let user = accounts::get(&ctx, &name).await?;
    let (new_name, admin) = read_change(body?)?;
    if user.admin && !caller.is_admin() {
        return Err(Error::forbidden("Only admins can modify other admins").into());
    }
    if admin == Some(true) && !caller.is_admin() {
        return Err(Error::forbidden("Only admins can grant admin permissions").into());
    }
    let mut user = match new_name {
        Some(new) => accounts::rename(&ctx, &name, &new).await?,
        None => user,
    };
    if let Some(admin) = admin.filter(|admin| *admin != user.admin) {
        let standing = if admin { Standing::Admin } else { Standing::User };
        user = accounts::set_admin(&ctx, &caller, &user.name, standing).await?;
        if admin {
            accounts::settled(&ctx).await;
        }
    }
    let mut model = accounts::model(&ctx, &caller, user, ServersShown::Active).await?;
    model["auth_state"] = Value::Null;
    Ok(Json(model))
}

/// The name and the standing that a change asks for. What JupyterHub breaks over is refused.
fn read_change(body: Value) -> Result<(Option<String>, Option<bool>)> {
    let fields = python::checked(body, &FIELDS, "user")?;
    if fields.contains_key("groups") {
        return Err(Error::invalid("Groups are changed by POST and DELETE of /hub/api/groups/GROUP/users."));
    }
    if fields.contains_key("roles") {
        return Err(Error::invalid("Roles are changed by PUT and DELETE of /hub/api/labdeck/roles/ROLE/users/NAME."));
    }
    if fields.contains_key("auth_state") {
        return Err(Error::invalid("This hub keeps no auth_state."));
    }
    let name = fields.get("name").and_then(Value::as_str).map(str::to_owned);
    Ok((name, fields.get("admin").and_then(Value::as_bool)))
}

/// `DELETE /users/{name}`. What the user saved is kept unless the query says `archive` or `erase`. Packing goes on after
/// ten seconds, with 202 as the answer; the job tells how it ended.
#[utoipa::path(delete, path = "/hub/api/users/{name}", params(("name" = String, Path), PartingQuery),
    responses((status = 204), (status = 202), (status = 503)), security(("token" = ["delete:users"])))]
pub(super) async fn delete(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
    Query(query): Query<PartingQuery>,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::DeleteUsers, Target::User(&name))?;
    let parting = query.labdeck_homes;
    may_part(&caller, parting)?;
    let deleting = async move { accounts::delete(&ctx, &caller, &name, parting).await };
    soon("api.delete_user", deleting).await
}
