//! `/users/{name}/tokens`.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use labdeck_model::TokenId;
use labdeck_model::scope::{ScopeBase, ScopeSet, Target};
use labdeck_store::tables::tokens::TokenRow;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::ApiResult;
use super::extract::{Auth, Body};
use super::path::UserPath;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::tokens::{self, TokenWish};

/// The body of a creation.
#[derive(Debug, Deserialize)]
pub(super) struct NewToken {
    note: Option<String>,
    #[serde(default)]
    expires_in: Value,
    scopes: Option<Vec<String>>,
    roles: Option<Vec<String>>,
}

/// `GET /users/{name}/tokens`.
pub(super) async fn list(State(ctx): State<Context>, Auth(caller): Auth, UserPath(name): UserPath) -> ApiResult<Json<Value>> {
    caller.require(&ScopeBase::ReadTokens, Target::User(&name))?;
    let all = tokens::list(&ctx, &name).await?;
    let models: Vec<_> = all.iter().map(|row| model(&name, row)).collect();
    Ok(Json(json!({ "api_tokens": models })))
}

/// `POST /users/{name}/tokens`. The token itself is in this answer and nowhere else.
pub(super) async fn create(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
    Body(body): Body<NewToken>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    caller.require(&ScopeBase::Tokens, Target::User(&name))?;
    if body.roles.is_some() {
        return Err(Error::invalid("Roles of tokens are not supported; name scopes instead.").into());
    }
    // Made in somebody's name by an admin, or by a token with fewer rights: never more than the caller could use.
    let wish = TokenWish {
        note: body.note.unwrap_or_else(|| format!("Requested via api by {}", caller.label())),
        scopes: narrowed(&caller, body.scopes)?,
        lifetime: lifetime(&body.expires_in)?,
    };
    let (row, token) = tokens::create(&ctx, &name, wish).await?;
    let mut answer = model(&name, &row);
    answer["token"] = json!(token.expose());
    Ok((StatusCode::CREATED, Json(answer)))
}

/// A limited token must not make an unlimited one.
fn narrowed(caller: &crate::authz::Caller, scopes: Option<Vec<String>>) -> Result<Vec<String>> {
    let crate::authz::Via::Token(row) = &caller.via else { return Ok(scopes.unwrap_or_default()) };
    let inherits = ScopeSet::parse(&row.scopes).is_ok_and(|own| own.mentions(&ScopeBase::Inherit));
    let wanted = scopes.unwrap_or_default();
    if inherits {
        return Ok(wanted);
    }
    if wanted.is_empty() || wanted.iter().any(|scope| scope == "inherit") {
        return Err(Error::invalid("A token with limited scopes can only make tokens with named scopes of its own."));
    }
    let asked = ScopeSet::parse(&wanted).map_err(|error| Error::invalid(error.to_string()))?;
    let owner = caller.user_name().map(|name| labdeck_model::scope::Owner::user(name.clone()));
    let meant = owner.map_or_else(|| asked.clone(), |owner| labdeck_model::scope::resolve_owner(&asked, &owner));
    let meant = labdeck_model::scope::expand(&meant);
    let common = labdeck_model::scope::intersect(&meant, &caller.scopes, &caller.members);
    if meant.difference(&common).is_empty() { Ok(wanted) } else { Err(Error::invalid("A token cannot make one that may do more than itself.")) }
}

fn lifetime(expires_in: &Value) -> Result<Option<Duration>> {
    match expires_in {
        Value::Null => Ok(None),
        Value::Number(number) => {
            let seconds = number.as_u64().filter(|seconds| (1..=100 * 366 * 24 * 3600).contains(seconds));
            let seconds = seconds.ok_or_else(|| Error::invalid("expires_in must be a whole number of seconds, at least 1"))?;
            Ok(Some(Duration::from_secs(seconds)))
        }
        _ => Err(Error::invalid("expires_in must be a whole number of seconds, at least 1")),
    }
}

/// `GET /users/{name}/tokens/{id}`.
pub(super) async fn get(
    State(ctx): State<Context>,
    Auth(caller): Auth,
    UserPath(name): UserPath,
    Path((_, id)): Path<(String, String)>,
) -> ApiResult<Json<Value>> {
    caller.require(&ScopeBase::ReadTokens, Target::User(&name))?;
    let id = token_id(&id)?;
    let found = tokens::list(&ctx, &name).await?.into_iter().find(|row| row.id == id);
    let row = found.ok_or_else(|| Error::not_found(format!("No such token a{id}")))?;
    Ok(Json(model(&name, &row)))
}

/// `DELETE /users/{name}/tokens/{id}`.
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
    number.map(TokenId).ok_or_else(|| Error::not_found(format!("No such token {}", text.chars().take(20).collect::<String>())))
}

fn model(owner: &labdeck_model::UserName, row: &TokenRow) -> Value {
    json!({
        "user": owner,
        "id": format!("a{}", row.id),
        "kind": "api_token",
        "roles": [],
        "scopes": row.scopes,
        "created": row.created,
        "last_activity": row.last_activity,
        "expires_at": row.expires_at,
        "note": row.note,
        "session_id": row.session_id,
        "oauth_client": row.client_id.as_deref().unwrap_or("JupyterHub"),
    })
}
