//! `/users/{name}/tokens`.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::{Extension, Path, State};
use http::StatusCode;
use labdeck_model::scope::{Owner, ScopeBase, Target, expand, intersect, resolve_owner};
use labdeck_model::{Secret, Timestamp, TokenId, UserName};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::error::ApiResult;
use super::extract::{AnyBody, Auth, MaybeAuth};
use super::path::UserPath;
use crate::accounts;
use crate::authz::{Caller, Via, Who};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::front::{Listener, Peer};
use crate::groups;
use crate::python;
use crate::tokens::{self, TokenRow, TokenWish};

/// The body of a creation.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "read as JSON, so that each refusal is JupyterHub's; this describes it")]
pub(super) struct NewToken {
    /// What it is for.
    note: Option<String>,
    /// Seconds that it is good for; without them it does not end.
    expires_in: Option<u64>,
    /// What it may do; without them what its owner may.
    scopes: Option<Vec<String>>,
    /// What it may do, as the scopes of these roles. Name scopes instead.
    #[schema(deprecated)]
    roles: Option<Vec<String>>,
    /// Who asks, where the request itself does not say it.
    auth: Option<Credentials>,
}

/// A name and a password, for one request.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Credentials {
    /// The name.
    username: String,
    /// The password.
    #[schema(value_type = String)]
    password: Secret<String>,
}

/// A token as it is shown: everything but the token itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub(super) struct TokenView {
    /// Whose.
    user: UserName,
    /// Its id: `a12`.
    id: String,
    /// `api_token`.
    kind: &'static str,
    /// Always empty: tokens have scopes.
    roles: [String; 0],
    /// What it may do.
    scopes: Vec<String>,
    /// What it was given in words, one sentence for each right.
    labdeck_allows: Vec<String>,
    /// When it was made.
    created: Timestamp,
    /// When it was last used.
    last_activity: Option<Timestamp>,
    /// When it ends.
    expires_at: Option<Timestamp>,
    /// What it is for.
    note: String,
    /// The sign-in session that it ends with.
    session_id: Option<String>,
    /// Through what it was made.
    oauth_client: String,
}

/// The tokens of a user.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TokenList {
    api_tokens: Vec<TokenView>,
}

/// A token that was made just now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadeToken {
    #[serde(flatten)]
    view: TokenView,
    /// The token itself: shown this once.
    token: String,
}

/// `GET /users/{name}/tokens`.
#[utoipa::path(get, path = "/hub/api/users/{name}/tokens", params(("name" = String, Path)),
    responses((status = 200, body = TokenList)), security(("token" = ["read:tokens"])))]
pub(super) async fn list(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
) -> ApiResult<Json<TokenList>> {
    caller.require(&ScopeBase::ReadTokens, Target::User(&name))?;
    let mut all = tokens::list(&ctx, &name).await?;
    // The token that asks is used now, which is written down a moment later.
    if let Via::Token(own) = &caller.via
        && let Some(row) = all.iter_mut().find(|row| row.id == own.id)
    {
        row.last_activity = Some(accounts::last_use(own, ctx.clock.now()));
    }
    all.sort_by_key(|row| row.last_activity.unwrap_or(row.created));
    Ok(Json(TokenList { api_tokens: views(&ctx, &name, all).await? }))
}

/// `POST /users/{name}/tokens`. The token itself is in this answer and nowhere else.
#[utoipa::path(post, path = "/hub/api/users/{name}/tokens", params(("name" = String, Path)), request_body = Option<NewToken>,
    responses((status = 201, body = MadeToken)), security(("token" = ["tokens"])))]
pub(super) async fn create(
    State(ctx): State<Context>,
    MaybeAuth(caller): MaybeAuth,
    Extension(listener): Extension<Listener>,
    Extension(peer): Extension<Peer>,
    UserPath(name): UserPath,
    AnyBody(body): AnyBody,
) -> ApiResult<(StatusCode, Json<MadeToken>)> {
    let body = body?;
    if !body.is_object() && !body.is_null() {
        return Err(Error::invalid("Body must be a JSON dict or empty").into());
    }
    let caller = match caller {
        Some(caller) => caller,
        None => by_credentials(&ctx, &body, listener, &peer).await?,
    };
    may_make(&ctx, &caller, &name).await?;
    let (roles, scopes) = (texts(&body, "roles")?, texts(&body, "scopes")?);
    let lifetime = lifetime(&body["expires_in"])?;
    let scopes = match (scopes, roles) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid("Can only assign one of scopes or roles when creating tokens.").into());
        }
        (None, Some(roles)) => Some(tokens::scopes_of_roles(&ctx, roles).await?),
        (scopes, None) => scopes,
    };
    let by = if caller.is(&name) { String::new() } else { format!(" by {}", requester(&caller)) };
    // Made in somebody's name by an admin, or by a token with fewer rights: never more than the caller could use.
    let wish = TokenWish {
        note: note(&body["note"])?.unwrap_or_else(|| format!("Requested via api{by}")),
        scopes: narrowed(&caller, &name, scopes)?,
        lifetime,
    };
    let (row, token) = tokens::create(&ctx, &name, wish).await?;
    let view = views(&ctx, &name, vec![row]).await?.pop().ok_or_else(|| Error::internal("a token was not made"))?;
    Ok((StatusCode::CREATED, Json(MadeToken { view, token: token.expose().clone() })))
}

/// Who asks by name and password in the body. Behind the proxy only: servers have tokens, and the window its own.
async fn by_credentials(ctx: &Context, body: &Value, listener: Listener, peer: &Peer) -> Result<Caller> {
    let unknown = || Error::new(Kind::Unauthenticated, "Missing or invalid credentials.");
    let auth = body.get("auth").filter(|_| listener == Listener::Hub).ok_or_else(unknown)?;
    let auth = serde_json::from_value::<Credentials>(auth.clone()).map_err(|_| unknown())?;
    let found = accounts::find_by_password(ctx, &auth.username, auth.password.expose(), peer.ip).await?;
    found.ok_or_else(unknown)
}

/// What it is for; nothing where nothing is said. A number is as good a note as its digits.
fn note(given: &Value) -> Result<Option<String>> {
    match given {
        Value::Null | Value::Bool(false) => Ok(None),
        Value::String(text) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Value::Number(number) => Ok(Some(number.to_string()).filter(|_| number.as_f64() != Some(0.0))),
        other => Err(Error::invalid(format!("token note must be null or a string, not {}", python::repr(other)))),
    }
}

/// The roles or scopes that are named.
fn texts(body: &Value, key: &str) -> Result<Option<Vec<String>>> {
    let given = &body[key];
    let list = given.as_array().map(|list| list.iter().map(|text| text.as_str().map(str::to_owned)));
    match list.map(Iterator::collect::<Option<Vec<_>>>) {
        None if given.is_null() => Ok(None),
        Some(Some(texts)) => Ok(Some(texts)),
        Some(None) | None => {
            let words = format!("token {key} must be null or a list of strings, not {}", python::repr(given));
            Err(Error::invalid(words))
        }
    }
}

/// JupyterHub answers 403 for nobody as well, so that nobody learns who is there. The lead at the machine may know.
async fn may_make(ctx: &Context, caller: &Caller, name: &UserName) -> Result<()> {
    let kind = if matches!(caller.who, Who::User(_)) { "User" } else { "Service" };
    let refused = || Error::forbidden(format!("{kind} {name} not found or no permissions to generate tokens"));
    if !caller.may(&ScopeBase::Tokens, Target::User(name)) {
        return Err(refused());
    }
    let owner = accounts::get(ctx, name).await.map_err(|error| match error.kind() {
        Kind::NotFound if matches!(caller.who, Who::Window) => {
            Error::not_found(format!("There is nobody called {name}."))
        }
        Kind::NotFound => refused(),
        _ => error,
    })?;
    // A token of an admin is the admin.
    if owner.admin && !caller.is(name) && !caller.is_admin() {
        return Err(Error::forbidden("Only an admin can make a token for an admin."));
    }
    Ok(())
}

fn requester(caller: &Caller) -> String {
    match &caller.who {
        Who::User(user) => format!("user {}", user.name),
        Who::Window | Who::Service(_) => caller.label(),
    }
}

/// Whoever acts with fewer rights than the owner of the new token (a ticket's session, a limited token, a service,
/// somebody who looks after people) names scopes, and only such as they hold themselves.
fn narrowed(caller: &Caller, owner: &UserName, scopes: Option<Vec<String>>) -> Result<Option<Vec<String>>> {
    if caller.acts_fully() && (caller.is(owner) || caller.is_admin()) {
        return Ok(scopes);
    }
    let wanted =
        scopes.ok_or_else(|| Error::invalid("Name the scopes of the token: yours are limited, so its must be."))?;
    let asked = tokens::read_scopes(&wanted)?;
    if asked.mentions(&ScopeBase::Inherit) {
        return Err(Error::invalid("With limited rights no token can be made that inherits all of its owner's."));
    }
    let meant = expand(&resolve_owner(&asked, &Owner::user(owner.clone())));
    let common = intersect(&meant, &caller.scopes, &caller.members);
    if meant.difference(&common).is_empty() {
        Ok(Some(wanted))
    } else {
        Err(Error::invalid("Nobody can make a token that may do more than they may themselves."))
    }
}

/// How long it is to be good.
fn lifetime(expires_in: &Value) -> Result<Option<Duration>> {
    let wanted = match expires_in {
        Value::Null => return Ok(None),
        Value::Number(number) => number.as_i64().ok_or_else(|| not_whole(expires_in))?,
        _ => return Err(not_whole(expires_in)),
    };
    let seconds = u64::try_from(wanted).ok().filter(|seconds| (1..=100 * 366 * 24 * 3600).contains(seconds));
    let refused = || Error::invalid(format!("expires_in must be a positive integer or null, not {wanted}"));
    Ok(Some(Duration::from_secs(seconds.ok_or_else(refused)?)))
}

fn not_whole(given: &Value) -> Error {
    Error::invalid(format!("token expires_in must be null or integer, not {}", python::repr(given)))
}

/// `GET /users/{name}/tokens/{id}`.
#[utoipa::path(get, path = "/hub/api/users/{name}/tokens/{id}", params(("name" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = TokenView)), security(("token" = ["read:tokens"])))]
pub(super) async fn get(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
    Path((_, id)): Path<(String, String)>,
) -> ApiResult<Json<TokenView>> {
    caller.require(&ScopeBase::ReadTokens, Target::User(&name))?;
    let wanted = token_id(&id);
    let found = tokens::list(&ctx, &name).await?.into_iter().find(|row| Some(row.id) == wanted);
    let row = found.ok_or_else(|| missing(&id, &name))?;
    let view = views(&ctx, &name, vec![row]).await?.pop();
    Ok(Json(view.ok_or_else(|| Error::internal("a token has no view"))?))
}

/// `DELETE /users/{name}/tokens/{id}`.
#[utoipa::path(delete, path = "/hub/api/users/{name}/tokens/{id}", params(("name" = String, Path), ("id" = String, Path)),
    responses((status = 204)), security(("token" = ["tokens"])))]
pub(super) async fn delete(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
    Path((_, id)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    caller.require(&ScopeBase::Tokens, Target::User(&name))?;
    let wanted = token_id(&id).ok_or_else(|| missing(&id, &name))?;
    tokens::delete(&ctx, &name, wanted).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `a12`.
fn token_id(text: &str) -> Option<TokenId> {
    text.strip_prefix('a')?.parse().ok().map(TokenId)
}

fn missing(id: &str, owner: &UserName) -> Error {
    tokens::missing(id.chars().take(20).collect::<String>(), owner)
}

async fn views(ctx: &Context, owner: &UserName, rows: Vec<TokenRow>) -> Result<Vec<TokenView>> {
    let scopes = tokens::effective_scopes(ctx, &rows).await?;
    let names = tokens::client_names(ctx, &rows).await?;
    Ok(rows.into_iter().zip(scopes).map(|(row, scopes)| view(owner, row, scopes, &names)).collect())
}

fn view(owner: &UserName, row: TokenRow, scopes: Vec<String>, clients: &BTreeMap<String, String>) -> TokenView {
    let labdeck_allows = groups::in_words(&row.scopes).into_iter().map(|right| right.words).collect();
    TokenView {
        user: owner.clone(),
        id: format!("a{}", row.id),
        kind: "api_token",
        roles: [],
        scopes,
        labdeck_allows,
        created: row.created,
        last_activity: row.last_activity,
        expires_at: row.expires_at,
        note: row.note,
        session_id: row.session_id,
        oauth_client: match row.client_id {
            Some(id) => clients.get(&id).cloned().unwrap_or(id),
            None => "JupyterHub".to_owned(),
        },
    }
}
