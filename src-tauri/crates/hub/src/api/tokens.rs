//! `/users/{name}/tokens`.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use labdeck_model::scope::{Owner, ScopeBase, ScopeSet, Target, expand, intersect, resolve_owner};
use labdeck_model::{Timestamp, TokenId, UserName};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::error::ApiResult;
use super::extract::{Auth, Body};
use super::path::UserPath;
use crate::accounts;
use crate::authz::{Caller, Via};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::tokens::{self, TokenRow, TokenWish};

/// The body of a creation.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewToken {
    /// What it is for.
    note: Option<String>,
    /// Seconds that it is good for; without them it does not end.
    #[serde(default)]
    #[schema(value_type = Option<u64>)]
    expires_in: Value,
    /// What it may do; without them what its owner may.
    scopes: Option<Vec<String>>,
    /// Not supported: name scopes instead.
    #[schema(deprecated)]
    roles: Option<Vec<String>>,
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
    Ok(Json(TokenList { api_tokens: all.into_iter().map(|row| view(&name, row)).collect() }))
}

/// `POST /users/{name}/tokens`. The token itself is in this answer and nowhere else.
#[utoipa::path(post, path = "/hub/api/users/{name}/tokens", params(("name" = String, Path)), request_body = Option<NewToken>,
    responses((status = 201, body = MadeToken)), security(("token" = ["tokens"])))]
pub(super) async fn create(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
    Body(body): Body<NewToken>,
) -> ApiResult<(StatusCode, Json<MadeToken>)> {
    caller.require(&ScopeBase::Tokens, Target::User(&name))?;
    if body.roles.is_some() {
        return Err(Error::invalid("Roles of tokens are not supported; name scopes instead.").into());
    }
    // A token of an admin is the admin.
    if !caller.is(&name) && !caller.is_admin() && accounts::get(&ctx, &name).await?.admin {
        return Err(Error::forbidden("Only an admin can make a token for an admin.").into());
    }
    // Made in somebody's name by an admin, or by a token with fewer rights: never more than the caller could use.
    let wish = TokenWish {
        note: body.note.unwrap_or_else(|| format!("Requested via api by {}", caller.label())),
        scopes: narrowed(&caller, &name, body.scopes)?,
        lifetime: lifetime(&body.expires_in)?,
    };
    let (row, token) = tokens::create(&ctx, &name, wish).await?;
    Ok((StatusCode::CREATED, Json(MadeToken { view: view(&name, row), token: token.expose().clone() })))
}

/// Whoever acts with fewer rights than the owner of the new token (a ticket's session, a limited token, a service,
/// somebody who looks after people) names scopes, and only such as they hold themselves.
fn narrowed(caller: &Caller, owner: &UserName, scopes: Option<Vec<String>>) -> Result<Option<Vec<String>>> {
    if acts_fully(caller) && (caller.is(owner) || caller.is_admin()) {
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

/// Whether the caller has all the rights of whoever they are.
fn acts_fully(caller: &Caller) -> bool {
    match &caller.via {
        Via::Window => true,
        Via::Session(session) => accounts::page_of(session).is_none(),
        Via::Token(row) => ScopeSet::parse(&row.scopes).is_ok_and(|own| own.mentions(&ScopeBase::Inherit)),
    }
}

fn lifetime(expires_in: &Value) -> Result<Option<Duration>> {
    match expires_in {
        Value::Null => Ok(None),
        Value::Number(number) => {
            let seconds = number.as_u64().filter(|seconds| (1..=100 * 366 * 24 * 3600).contains(seconds));
            let seconds =
                seconds.ok_or_else(|| Error::invalid("expires_in must be a whole number of seconds, at least 1"))?;
            Ok(Some(Duration::from_secs(seconds)))
        }
        _ => Err(Error::invalid("expires_in must be a whole number of seconds, at least 1")),
    }
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
    Ok(Json(view(&name, row)))
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

fn view(owner: &UserName, row: TokenRow) -> TokenView {
    TokenView {
        user: owner.clone(),
        id: format!("a{}", row.id),
        kind: "api_token",
        roles: [],
        scopes: row.scopes,
        created: row.created,
        last_activity: row.last_activity,
        expires_at: row.expires_at,
        note: row.note,
        session_id: row.session_id,
        oauth_client: row.client_id.unwrap_or_else(|| "JupyterHub".to_owned()),
    }
}
