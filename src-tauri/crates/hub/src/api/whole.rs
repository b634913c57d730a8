//! The hub as a whole, by JupyterHub's calls: the proxy's routes, the end of the hub, and the two old ways to ask who
//! somebody is.

use axum::Json;
use axum::extract::{Extension, OriginalUri, Path, Query, State};
use http::{HeaderMap, StatusCode};
use labdeck_model::scope::{ScopeBase, Target};
use labdeck_model::{Timestamp, UserName};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::error::{ApiError, ApiResult};
use super::extract::{AnyBody, Auth};
use super::page::{Page, PageQuery};
use crate::authz::Via;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::front::Peer;
use crate::overview::AtQuit;
use crate::{accounts, python, servers, services};

/// The query of `GET /proxy`.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct RoutesQuery {
    /// How many to leave out.
    #[param(value_type = Option<u64>)]
    offset: Option<String>,
    /// How many to show, 200 at the most.
    #[param(value_type = Option<u64>)]
    limit: Option<String>,
}

/// A route of the proxy.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Route)]
pub(super) struct RouteView {
    /// Where it begins.
    routespec: String,
    /// Where it leads.
    target: String,
    /// Whose it is.
    data: Value,
}

/// The body of `POST /shutdown`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described, never built: what is read is freer")]
pub(super) struct Shutdown {
    /// Read and passed over: the proxy is a part of the hub and ends with it.
    #[schema(nullable = false)]
    proxy: Option<bool>,
    /// Whether the servers are stopped first (so by default), or run on and are found again.
    #[schema(nullable = false)]
    servers: Option<bool>,
}

/// What `POST /shutdown` answers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShuttingDown {
    message: &'static str,
}

/// `GET /proxy`: the routes by where they begin, or with the `Accept` header a page of them.
#[utoipa::path(get, path = "/hub/api/proxy", params(RoutesQuery),
    responses((status = 200, body = std::collections::BTreeMap<String, RouteView>)), security(("token" = ["proxy"])))]
pub(super) async fn routes(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Query(query): Query<RoutesQuery>,
    OriginalUri(uri): OriginalUri,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> ApiResult<(HeaderMap, Json<Value>)> {
    caller.require(&ScopeBase::Proxy, Target::Hub)?;
    let page = Page::of(&PageQuery::new(query.offset, query.limit), &headers)?;
    let mut all: Vec<_> = ctx.routes.list();
    all.sort_by_key(|route| route.spec.to_string());
    let total = u64::try_from(all.len()).unwrap_or(u64::MAX);
    let at = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let shown = all.into_iter().skip(at(page.offset)).take(at(page.limit));
    let items: Map<String, Value> = shown
        .map(|route| {
            let routespec = route.spec.to_string();
            let view = RouteView { routespec, target: route.target.to_string(), data: shown_data(&route) };
            (view.routespec.clone(), json!(view))
        })
        .collect();
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    Ok(page.answer(Value::Object(items), total, path, &peer))
}

/// As JupyterHub shows what its proxy keeps: whose mark the route bears is not told, when it was used last is.
fn shown_data(route: &labdeck_proxy::Route) -> Value {
    let mut data = (*route.data).clone();
    if let Some(fields) = data.as_object_mut() {
        fields.remove("jupyterhub");
        let at = i64::try_from(route.last_activity.unix_timestamp_nanos() / 1000).unwrap_or_default();
        fields.insert("last_activity".to_owned(), json!(Timestamp::from_unix_micros(at)));
    }
    data
}

/// `POST /proxy`: looks whether every server that is ready has its route, and that no other has one.
#[utoipa::path(post, path = "/hub/api/proxy", responses((status = 200)), security(("token" = ["proxy"])))]
pub(super) async fn check_routes(State(ctx): State<Context>, Auth(caller): Auth) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::Proxy, Target::Hub)?;
    servers::check_routes(&ctx).await?;
    services::reconcile(&ctx).await?;
    Ok(StatusCode::OK)
}

/// `PATCH /proxy`: checks the routes. The proxy is a part of the hub, so telling it of another one is refused.
#[utoipa::path(patch, path = "/hub/api/proxy", request_body = std::collections::BTreeMap<String, Value>,
    responses((status = 200), (status = 400)), security(("token" = ["proxy"])))]
pub(super) async fn change_proxy(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    AnyBody(body): AnyBody,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::Proxy, Target::Hub)?;
    let fields = match body {
        Ok(Value::Null) => return Err(Error::invalid("need JSON body").into()),
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => return Err(Error::invalid("Request body must be JSON dict").into()),
    };
    if fields.contains_key("api_url") || fields.contains_key("auth_token") {
        return Err(Error::invalid(
            "The proxy is a part of this hub. It has no address or token of its own to be changed.",
        )
        .into());
    }
    servers::check_routes(&ctx).await?;
    services::reconcile(&ctx).await?;
    Ok(StatusCode::OK)
}

/// `POST /shutdown`: ends the hub, and unless the body says otherwise its servers before it.
#[utoipa::path(post, path = "/hub/api/shutdown", request_body = Option<Shutdown>,
    responses((status = 202, body = ShuttingDown), (status = 400)), security(("token" = ["shutdown"])))]
pub(super) async fn shutdown(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    AnyBody(body): AnyBody,
) -> ApiResult<(StatusCode, Json<ShuttingDown>)> {
    caller.require(&ScopeBase::Shutdown, Target::Hub)?;
    let body = body?;
    switch(&body, "proxy")?;
    let at_quit = match switch(&body, "servers")? {
        Some(false) => AtQuit::Leave,
        Some(true) | None => AtQuit::Stop,
    };
    tracing::info!("{} shuts the hub down", caller.label());
    ctx.request_quit(at_quit);
    Ok((StatusCode::ACCEPTED, Json(ShuttingDown { message: "Shutting down Hub" })))
}

fn switch(body: &Value, name: &str) -> Result<Option<bool>> {
    match body.get(name) {
        None => Ok(None),
        Some(Value::Bool(on)) => Ok(Some(*on)),
        Some(other) => Err(Error::invalid(format!("{name} must be true or false, got {}", python::repr(other)))),
    }
}

/// `GET /authorizations/token/{token}`: who holds a token. Deprecated: ask `/user` with the token itself.
#[utoipa::path(get, path = "/hub/api/authorizations/token/{token}", params(("token" = String, Path)),
    responses((status = 200, body = super::shapes::User), (status = 404)), security(("token" = [])))]
pub(super) async fn who_holds(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path(token): Path<String>,
) -> ApiResult<Json<Value>> {
    by_token(&caller)?;
    let holder = accounts::find_by_token(&ctx, &token).await?.ok_or_else(not_found)?;
    Ok(Json(accounts::identified(&ctx, &caller, &holder).await?))
}

/// `GET /authorizations/cookie/{cookie_name}/{cookie_value}`: who is signed in with a cookie. Deprecated.
#[utoipa::path(get, path = "/hub/api/authorizations/cookie/{cookie_name}/{cookie_value}", params(("cookie_name" = String, Path), ("cookie_value" = String, Path)),
    responses((status = 200, body = super::shapes::User), (status = 404)), security(("token" = [])))]
pub(super) async fn who_is_signed_in(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    Path((name, value)): Path<(String, String)>,
) -> ApiResult<Json<Value>> {
    by_token(&caller)?;
    let holder = accounts::find_by_cookie(&ctx, &name, &value).await?.ok_or_else(not_found)?;
    Ok(Json(accounts::identified(&ctx, &caller, &holder).await?))
}

/// `POST /authorizations/token`: removed in JupyterHub 2.
#[utoipa::path(post, path = "/hub/api/authorizations/token", responses((status = 404)), security(()))]
pub(super) async fn old_token() -> ApiError {
    ApiError(Error::not_found(
        "Deprecated endpoint /hub/api/authorizations/token is removed in JupyterHub 2.0. Use /hub/api/users/:user/tokens instead.",
    ))
}

/// `POST /users/{name}/admin-access`: answered as by a JupyterHub that has it off, which is the default there.
#[utoipa::path(post, path = "/hub/api/users/{name}/admin-access", params(("name" = String, Path)),
    responses((status = 403)), security(("token" = ["servers"])))]
pub(super) async fn admin_access(Auth(caller): Auth, Path(name): Path<String>) -> ApiResult<StatusCode> {
    let name = UserName::parse(&name).map_err(|_| not_found())?;
    caller.require(&ScopeBase::Servers, Target::User(&name))?;
    Err(Error::forbidden("admin access to user servers disabled").into())
}

/// A browser has no business here: only programs hold what they ask about.
fn by_token(caller: &crate::authz::Caller) -> Result<()> {
    match caller.via {
        Via::Session(_) | Via::Password => Err(Error::forbidden("Missing or invalid credentials.")),
        Via::Token(_) | Via::Window => Ok(()),
    }
}

fn not_found() -> Error {
    Error::not_found("Not Found")
}
