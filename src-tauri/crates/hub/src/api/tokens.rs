//! `/users/{name}/tokens`.

use std::time::Duration;

use axum::Json;
use axum::extract::{Extension, Path, State};
use http::StatusCode;
use labdeck_model::scope::{Owner, ScopeBase, ScopeSet, Target, expand, intersect, resolve_owner};
use labdeck_model::{Secret, Timestamp, TokenId, UserName};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::error::ApiResult;
use super::extract::{AnyBody, Auth, MaybeAuth};
use super::path::UserPath;
use crate::accounts;
use crate::authz::{Caller, Who};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::front::{Listener, Peer};
use crate::groups;
use crate::tokens::{self, TokenRow, TokenWish};

/// The body of a creation.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "who asks is read before the rest")]
pub(super) struct NewToken {
    /// What it is for.
    note: Option<String>,
    /// Seconds that it is good for; without them it does not end.
    #[serde(default)]
    #[schema(value_type = Option<u64>)]
    expires_in: Value,
    /// What it may do; without them what its owner may.
    scopes: Option<Vec<String>>,
    /// What it may do, as the scopes of these roles. Name scopes instead.
    #[schema(deprecated)]
    roles: Option<Vec<String>>,
    /// Who asks, where the request itself does not say it.
    #[schema(value_type = Option<Credentials>)]
    auth: Option<Value>,
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
    let all = tokens::list(&ctx, &name).await?;
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
    let caller = match caller {
        Some(caller) => caller,
        None => by_credentials(&ctx, &body, listener, &peer).await?,
    };
    let body = read_body(body)?;
    may_make(&ctx, &caller, &name).await?;
    let scopes = match (body.scopes, body.roles) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid("Can only assign one of scopes or roles when creating tokens.").into());
        }
        (None, Some(roles)) => Some(tokens::scopes_of_roles(&ctx, roles).await?),
        (scopes, None) => scopes,
    };
    let by = if caller.is(&name) { String::new() } else { format!(" by {}", requester(&caller)) };
    // Made in somebody's name by an admin, or by a token with fewer rights: never more than the caller could use.
    let wish = TokenWish {
        note: body.note.filter(|note| !note.is_empty()).unwrap_or_else(|| format!("Requested via api{by}")),
        scopes: narrowed(&caller, &name, scopes)?,
        lifetime: lifetime(&body.expires_in, ctx.config.token_max_lifetime)?,
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

fn read_body(body: Value) -> Result<NewToken> {
    match body {
        Value::Null => read_body(Value::Object(serde_json::Map::new())),
        Value::Object(_) => serde_json::from_value(body).map_err(|error| Error::invalid(error.to_string())),
        _ => Err(Error::invalid("Body must be a JSON dict or empty")),
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
    let asked = ScopeSet::parse(&wanted).map_err(|error| Error::invalid(error.to_string()))?;
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

/// How long it is good: what was asked for, within the configuration's limit, which also holds where nothing was.
fn lifetime(expires_in: &Value, most: Option<Duration>) -> Result<Option<Duration>> {
    let wanted = match expires_in {
        Value::Null => return Ok(most),
        Value::Number(number) => number.as_i64().ok_or_else(|| not_whole(expires_in))?,
        _ => return Err(not_whole(expires_in)),
    };
    let seconds = u64::try_from(wanted).ok().filter(|seconds| (1..=100 * 366 * 24 * 3600).contains(seconds));
    let refused = || Error::invalid(format!("expires_in must be a positive integer or null, not {wanted}"));
    let wanted = Duration::from_secs(seconds.ok_or_else(refused)?);
    match most {
        Some(most) if wanted > most => {
            Err(Error::invalid(format!("token expires_in: {} must not exceed {}", wanted.as_secs(), most.as_secs())))
        }
        Some(_) | None => Ok(Some(wanted)),
    }
}

fn not_whole(given: &Value) -> Error {
    Error::invalid(format!("token expires_in must be null or integer, not {given}"))
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
    let id = token_id(&id)?;
    let found = tokens::list(&ctx, &name).await?.into_iter().find(|row| row.id == id);
    let row = found.ok_or_else(|| Error::not_found(format!("No such token a{id}")))?;
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
    tokens::delete(&ctx, &name, token_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `a12`.
fn token_id(text: &str) -> Result<TokenId> {
    let number = text.strip_prefix('a').and_then(|number| number.parse().ok());
    number
        .map(TokenId)
        .ok_or_else(|| Error::not_found(format!("No such token {}", text.chars().take(20).collect::<String>())))
}

async fn views(ctx: &Context, owner: &UserName, rows: Vec<TokenRow>) -> Result<Vec<TokenView>> {
    let scopes = tokens::effective_scopes(ctx, &rows).await?;
    Ok(rows.into_iter().zip(scopes).map(|(row, scopes)| view(owner, row, scopes)).collect())
}

fn view(owner: &UserName, row: TokenRow, scopes: Vec<String>) -> TokenView {
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
        oauth_client: row.client_id.unwrap_or_else(|| "JupyterHub".to_owned()),
    }
}
