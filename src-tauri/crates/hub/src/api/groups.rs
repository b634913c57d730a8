//! `/groups`: list, add, look at, change, remove.

use axum::Json;
use axum::extract::{Extension, OriginalUri, Path, Query, State};
use http::{HeaderMap, StatusCode};
use labdeck_model::GroupName;
use labdeck_model::scope::{ScopeBase, Target};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::error::ApiResult;
use super::extract::{AnyBody, Auth};
use super::page::{Page, PageQuery};
use super::path::GroupPath;
use super::shapes::Group;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::front::Peer;
use crate::groups::{self, Membership};
use crate::python;

/// The query of `GET /groups`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// How many to leave out.
    #[param(value_type = Option<u64>)]
    offset: Option<String>,
    /// How many to show, 200 at the most.
    #[param(value_type = Option<u64>)]
    limit: Option<String>,
}

/// The body of `POST /groups`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read as JSON, so that each refusal is JupyterHub's; this describes it")]
pub(super) struct NewGroups {
    /// Their names.
    #[serde(default)]
    groups: Vec<String>,
    /// Who is in each of them.
    #[serde(default)]
    users: Vec<String>,
}

/// The body of `POST /groups/{name}`: the model of a group, of which only its members count.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "likewise")]
pub(super) struct NewGroup {
    /// Read past: the path says it.
    name: Option<String>,
    /// Who is in it.
    #[serde(default)]
    users: Vec<String>,
    /// Read past: roles are given by calls of their own.
    roles: Option<Vec<String>>,
}

/// The body of `POST` and `DELETE /groups/{name}/users`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "likewise")]
pub(super) struct GroupUsers {
    /// Read past: the path says it.
    name: Option<String>,
    /// Whom to add or remove.
    users: Option<Vec<String>>,
    /// Read past: roles are given by calls of their own.
    roles: Option<Vec<String>>,
}

/// What a body about a group may hold, and its classes (JupyterHub's `_group_model_types`).
const FIELDS: [(&str, &str); 3] = [("name", "str"), ("users", "list"), ("roles", "list")];

/// Rights of which any one lets a group be looked at.
const READ_ONE: [ScopeBase; 3] = [ScopeBase::ReadGroups, ScopeBase::ReadGroupsName, ScopeBase::ReadRolesGroups];

/// `GET /groups`: a bare list, or with the `Accept` header `application/jupyterhub-pagination+json` a page of it.
#[utoipa::path(get, path = "/hub/api/groups", params(ListQuery),
    responses((status = 200, body = Vec<Group>)), security(("token" = ["list:groups"])))]
pub(super) async fn list(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Query(query): Query<ListQuery>,
    OriginalUri(uri): OriginalUri,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> ApiResult<(HeaderMap, Json<Value>)> {
    let access = caller.reach(&ScopeBase::ListGroups)?;
    let page = Page::of(&PageQuery::new(query.offset, query.limit), &headers)?;
    let listed = groups::list_models(&ctx, &caller, access, (page.offset, page.limit)).await?;
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let total = u64::try_from(listed.total).unwrap_or(u64::MAX);
    Ok(page.answer(Value::Array(listed.models), total, path, &peer))
}

/// `POST /groups`: all of them, or none.
#[utoipa::path(post, path = "/hub/api/groups", request_body = NewGroups,
    responses((status = 201, body = Vec<Group>), (status = 400), (status = 409)), security(("token" = ["admin:groups"])))]
pub(super) async fn create_several(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    AnyBody(body): AnyBody,
) -> ApiResult<(StatusCode, Json<Vec<Value>>)> {
    caller.require(&ScopeBase::AdminGroups, Target::Hub)?;
    let (names, members) = read_new(body?)?;
    let created = groups::create(&ctx, &names, &members).await?;
    Ok((StatusCode::CREATED, Json(groups::models(&ctx, &caller, created).await?)))
}

fn read_new(body: Value) -> Result<(Vec<String>, Vec<String>)> {
    let none = || Error::invalid("Must specify at least one group to create");
    let Value::Object(mut fields) = body else { return Err(none()) };
    let names = match fields.remove("groups").unwrap_or_default() {
        Value::Array(names) if !names.is_empty() => names,
        Value::Array(_) | Value::Null => return Err(none()),
        // JupyterHub takes a text for the list of its letters.
        other => {
            let found = python::class_of(&other);
            return Err(Error::invalid(format!("groups must be <class 'list'>, not: <class '{found}'>")));
        }
    };
    let members = read_members(Value::Object(fields))?.unwrap_or_default();
    Ok((python::texts(&names, "group names")?, members))
}

/// The members that a body names. What else a group's model may hold is read past: the path and calls of their own say it.
fn read_members(body: Value) -> Result<Option<Vec<String>>> {
    let fields = python::checked(body, &FIELDS, "group")?;
    fields.get("users").and_then(Value::as_array).map(|users| python::texts(users, "usernames")).transpose()
}

/// `GET /groups/{name}`.
#[utoipa::path(get, path = "/hub/api/groups/{name}", params(("name" = String, Path)),
    responses((status = 200, body = Group), (status = 404)),
    security(("token" = ["read:groups"]), ("token" = ["read:groups:name"]), ("token" = ["read:roles:groups"])))]
pub(super) async fn get(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    GroupPath(name): GroupPath,
) -> ApiResult<Json<Value>> {
    caller.require_any(&READ_ONE, Target::Group(&name))?;
    Ok(Json(groups::model(&ctx, &caller, &name).await?))
}

/// `POST /groups/{name}`.
#[utoipa::path(post, path = "/hub/api/groups/{name}", params(("name" = String, Path)), request_body = Option<NewGroup>,
    responses((status = 201, body = Group), (status = 400), (status = 409)), security(("token" = ["admin:groups"])))]
pub(super) async fn create_one(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path(name): Path<String>,
    AnyBody(body): AnyBody,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let name = GroupName::parse(&name)?;
    caller.require(&ScopeBase::AdminGroups, Target::Group(&name))?;
    let body = body?;
    let members = if body.is_null() { Vec::new() } else { read_members(body)?.unwrap_or_default() };
    groups::create(&ctx, &[name.to_string()], &members).await?;
    Ok((StatusCode::CREATED, Json(groups::model(&ctx, &caller, &name).await?)))
}

/// `DELETE /groups/{name}`. Its members stay; what they might do only through it, they may no more.
#[utoipa::path(delete, path = "/hub/api/groups/{name}", params(("name" = String, Path)),
    responses((status = 204), (status = 404)), security(("token" = ["delete:groups"])))]
pub(super) async fn delete(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    GroupPath(name): GroupPath,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::DeleteGroups, Target::Group(&name))?;
    groups::delete(&ctx, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /groups/{name}/users`: who is in it already stays.
#[utoipa::path(post, path = "/hub/api/groups/{name}/users", params(("name" = String, Path)), request_body = GroupUsers,
    responses((status = 200, body = Group), (status = 400), (status = 404)), security(("token" = ["groups"])))]
pub(super) async fn add_users(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    GroupPath(name): GroupPath,
    AnyBody(body): AnyBody,
) -> ApiResult<Json<Value>> {
    caller.require(&ScopeBase::Groups, Target::Group(&name))?;
    // A group that is not there is said so before what is wrong with the body.
    groups::model(&ctx, &caller, &name).await?;
    let users = read_members(body?)?.ok_or_else(|| Error::invalid("Must specify users to add"))?;
    groups::change_members(&ctx, &name, &users, Membership::Added).await?;
    Ok(Json(groups::model(&ctx, &caller, &name).await?))
}

/// `DELETE /groups/{name}/users`: who is not in it stays out.
#[utoipa::path(delete, path = "/hub/api/groups/{name}/users", params(("name" = String, Path)), request_body = GroupUsers,
    responses((status = 200, body = Group), (status = 400), (status = 404)), security(("token" = ["groups"])))]
pub(super) async fn remove_users(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    GroupPath(name): GroupPath,
    AnyBody(body): AnyBody,
) -> ApiResult<Json<Value>> {
    caller.require(&ScopeBase::Groups, Target::Group(&name))?;
    // A group that is not there is said so before what is wrong with the body.
    groups::model(&ctx, &caller, &name).await?;
    let users = read_members(body?)?.ok_or_else(|| Error::invalid("Must specify users to delete"))?;
    groups::change_members(&ctx, &name, &users, Membership::Removed).await?;
    Ok(Json(groups::model(&ctx, &caller, &name).await?))
}

/// `PUT /groups/{name}/properties`: any object; it takes the place of the one before.
#[utoipa::path(put, path = "/hub/api/groups/{name}/properties", params(("name" = String, Path)), request_body = BTreeMap<String, Value>,
    responses((status = 200, body = Group), (status = 400), (status = 404)), security(("token" = ["groups"])))]
pub(super) async fn set_properties(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    GroupPath(name): GroupPath,
    AnyBody(body): AnyBody,
) -> ApiResult<Json<Value>> {
    caller.require(&ScopeBase::Groups, Target::Group(&name))?;
    groups::model(&ctx, &caller, &name).await?;
    let properties: Map<String, Value> = match body? {
        Value::Object(fields) => fields,
        _ => return Err(Error::invalid("Must specify properties").into()),
    };
    groups::set_properties(&ctx, &name, properties).await?;
    Ok(Json(groups::model(&ctx, &caller, &name).await?))
}
