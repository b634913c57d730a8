//! The exchange step: a client shows its code and secret and receives a token. One write: the code is gone and the
//! token is there, or neither.

use std::time::Duration;

use labdeck_model::Secret;
use labdeck_store::tables::oauth_clients;
use labdeck_store::tables::oauth_codes;
use labdeck_store::tables::tokens::{self, NewToken, TokenOwner};
use labdeck_store::{SecretHash, StoreError, TokenHash, Tx, generate_token};
use serde::Deserialize;
use utoipa::ToSchema;

use super::pkce::{self, PkceError};
use crate::context::Context;

/// The form of an exchange.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ExchangeRequest {
    /// Must be `authorization_code`.
    #[serde(default)]
    pub grant_type: String,
    /// The client.
    #[serde(default)]
    pub client_id: String,
    /// Its secret: for a server its API token.
    #[schema(value_type = Option<String>)]
    pub client_secret: Option<Secret<String>>,
    /// The code.
    #[schema(value_type = Option<String>)]
    pub code: Option<Secret<String>>,
    /// The same as at authorize.
    pub redirect_uri: Option<String>,
    /// The PKCE verifier.
    #[schema(value_type = Option<String>)]
    pub code_verifier: Option<Secret<String>>,
}

/// A token for the client.
#[derive(Debug, Clone)]
pub struct Exchanged {
    /// The token, shown this once.
    pub access_token: Secret<String>,
    /// How long it is good.
    pub expires_in: Duration,
    /// What it may do.
    pub scope: String,
}

/// The errors of RFC 6749 section 5.2.
#[derive(Debug)]
pub enum ExchangeError {
    /// 401: who are you?
    InvalidClient,
    /// 400: no such code for this client.
    InvalidGrant,
    /// 400 with a reason.
    InvalidRequest(&'static str),
    /// 400: another grant type.
    UnsupportedGrantType,
    /// Our own fault.
    Internal(StoreError),
}

impl From<StoreError> for ExchangeError {
    fn from(error: StoreError) -> Self {
        Self::Internal(error)
    }
}

/// Takes the code and makes the token.
///
/// # Errors
/// [`ExchangeError`]. A code that was shown is gone, also when the rest was wrong: it may have been stolen.
pub async fn exchange(ctx: &Context, request: ExchangeRequest) -> Result<Exchanged, ExchangeError> {
    if request.grant_type != "authorization_code" {
        return Err(ExchangeError::UnsupportedGrantType);
    }
    let lifetime = ctx.config.cookie_max_age;
    // The code must be gone even where the exchange fails, so a refusal is a value and not an error that undoes it.
    ctx.store.write(move |tx| Ok::<_, StoreError>(take(tx, &request, lifetime))).await?
}

fn take(tx: &mut Tx<'_>, request: &ExchangeRequest, lifetime: Duration) -> Result<Exchanged, ExchangeError> {
    let code = request.code.as_ref().ok_or(ExchangeError::InvalidRequest("Missing code parameter."))?;
    let secret = request.client_secret.as_ref().map_or("", |secret| secret.expose().as_str());
    let client = oauth_clients::find(tx, &request.client_id)?
        .filter(|client| client.secret.as_ref().is_some_and(|hash| hash.matches(secret)));
    let client = client.ok_or(ExchangeError::InvalidClient)?;
    let now = tx.now();
    let code = oauth_codes::take(tx, &SecretHash::of(code.expose()))?
        .filter(|code| code.client_id == client.identifier && code.expires_at > now)
        .ok_or(ExchangeError::InvalidGrant)?;
    // A client has one address only, which was compared when the code was made; JupyterHub's need not say it again.
    if request.redirect_uri.as_deref().is_some_and(|uri| uri != code.redirect_uri) {
        return Err(ExchangeError::InvalidRequest("Mismatching redirect URI."));
    }
    let verifier = request.code_verifier.as_ref().map(|verifier| verifier.expose().as_str());
    let challenge = code.challenge.as_ref();
    match pkce::verify(challenge.map(|c| c.value.as_str()), challenge.map(|c| c.method.as_str()), verifier) {
        Ok(()) => {}
        Err(PkceError::Missing) => return Err(ExchangeError::InvalidRequest("Code verifier required.")),
        Err(PkceError::Mismatch) => return Err(ExchangeError::InvalidGrant),
    }
    let access_token = generate_token();
    let scope = code.scopes.join(" ");
    let token = NewToken {
        scopes: code.scopes,
        client_id: Some(client.identifier),
        session_id: Some(code.session_id),
        expires_at: Some(now.after(lifetime)),
        ..NewToken::new(TokenOwner::User(code.user_id), TokenHash::of(access_token.expose()))
    };
    tokens::create(tx, &token)?;
    Ok(Exchanged { access_token, expires_in: lifetime, scope })
}
