//! The authorize step: a browser that is signed in comes from a server or service and wants a code to take back.
//! Owns the rules of JupyterHub 6.1 (`oauth/provider.py`); the page that asks the person is `pages::oauth_confirm`.

use std::time::Duration;

use labdeck_model::scope::{
    Filter, Owner, Scope, ScopeBase, ScopeSet, Via as IssuedTo, expand, intersect, resolve_owner,
};
use labdeck_model::{ServerKey, ServiceName};
use labdeck_store::tables::oauth_clients::{self, ClientRow};
use labdeck_store::tables::oauth_codes::{self, CodeChallenge, CodeRow};
use labdeck_store::tables::sessions::Rights;
use labdeck_store::tables::tokens::{self, TokenOwner};
use labdeck_store::tables::{services, spawners};
use labdeck_store::{Read, SecretHash, StoreError, generate_secret};
use serde::Deserialize;

use super::pkce;
use crate::authz::{Caller, Members};
use crate::context::Context;
use crate::error::{Error, Result};

/// How long a code is good (JupyterHub's value).
const CODE_LIFETIME: Duration = Duration::from_secs(300);

/// The query of an authorize request.
#[derive(Debug, Clone, Deserialize)]
pub struct AuthorizeRequest {
    /// Which client sent the browser.
    #[serde(default)]
    pub client_id: String,
    /// Where the client wants it back; compared with the registered text.
    #[serde(default)]
    pub redirect_uri: String,
    /// Must be `code`.
    #[serde(default)]
    pub response_type: String,
    /// Given back untouched.
    pub state: Option<String>,
    /// What the client asks for; by default what it is registered for.
    pub scope: Option<String>,
    /// The PKCE challenge.
    pub code_challenge: Option<String>,
    /// Its method.
    pub code_challenge_method: Option<String>,
}

/// What a person is asked to agree to, or is not asked.
#[derive(Debug, Clone)]
pub struct Consent {
    /// The client.
    pub client: ClientRow,
    /// What the client is, for the page.
    pub of: ClientOf,
    /// What the code will be worth.
    pub scopes: ScopeSet,
    /// Whether the person must agree first.
    pub must_ask: bool,
    within: Grantable,
}

/// The bounds of what a client can be granted for a caller.
#[derive(Debug, Clone)]
struct Grantable {
    owner: Owner,
    members: Members,
    /// Who the user is: always told.
    identify: ScopeSet,
    /// That, and access to the client itself.
    required: ScopeSet,
    /// All that the client may ask for.
    allowed: ScopeSet,
}

/// What an OAuth client belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientOf {
    /// A single-user server.
    Server(ServerKey),
    /// A service.
    Service(ServiceName),
}

/// Why there is no code.
#[derive(Debug)]
pub enum AuthorizeError {
    /// Shown to the person: nothing may be sent to an address that was not checked.
    Shown(Error),
    /// The person is shown whose server it is, and may not open it.
    Closed(ServerKey),
    /// Sent back to the client, as OAuth wants it: an error word, and what is wrong where that says too little.
    SentBack(&'static str, Option<&'static str>),
}

impl From<Error> for AuthorizeError {
    fn from(error: Error) -> Self {
        Self::Shown(error)
    }
}

impl From<StoreError> for AuthorizeError {
    fn from(error: StoreError) -> Self {
        Self::Shown(error.into())
    }
}

/// The request with the address that its client is registered with, where it names none: there is one only.
///
/// # Errors
/// When the store fails.
pub async fn complete(ctx: &Context, mut request: AuthorizeRequest) -> Result<AuthorizeRequest> {
    if request.redirect_uri.is_empty() {
        let id = request.client_id.clone();
        let client = ctx.store.read(move |read| Ok::<_, Error>(oauth_clients::find(read, &id)?)).await?;
        request.redirect_uri = client.map(|client| client.redirect_uri).unwrap_or_default();
    }
    Ok(request)
}

/// Checks a request for a signed-in caller; nothing is changed yet.
///
/// # Errors
/// [`AuthorizeError`] says whether the person or the client hears of it.
pub async fn authorize(ctx: &Context, caller: &Caller, request: AuthorizeRequest) -> Result<Consent, AuthorizeError> {
    let caller = caller.clone();
    ctx.store.read(move |read| check(read, &caller, &request)).await
}

/// Makes the code and says where to send the browser. `scopes` is what the person left ticked, within what was
/// checked.
///
/// # Errors
/// When the store fails.
pub async fn grant(
    ctx: &Context,
    caller: &Caller,
    request: &AuthorizeRequest,
    consent: &Consent,
    oauth_session_id: &str,
) -> Result<String> {
    let Some(user) = caller.user() else { return Err(Error::forbidden("Only people can sign in to servers.")) };
    // The form of JupyterHub's codes is free; half of ours is 128 bits, more than any table can be searched for.
    let code = generate_secret();
    let challenge = request.code_challenge.clone().filter(|value| !value.is_empty()).map(|value| CodeChallenge {
        value,
        method: request.code_challenge_method.clone().unwrap_or_else(|| "plain".to_owned()),
    });
    let row = CodeRow {
        client_id: consent.client.identifier.clone(),
        user_id: user.id,
        redirect_uri: consent.client.redirect_uri.clone(),
        session_id: oauth_session_id.to_owned(),
        scopes: consent.scopes.to_texts(),
        expires_at: ctx.clock.now().after(CODE_LIFETIME),
        challenge,
    };
    let hash = SecretHash::of(code.expose());
    ctx.store.write(move |tx| Ok::<_, Error>(oauth_codes::create(tx, &hash, &row)?)).await?;
    Ok(with_query(
        &consent.client.redirect_uri,
        &[("code", Some(code.expose().as_str())), ("state", request.state.as_deref())],
    ))
}

/// An address with parameters added.
pub fn with_query(uri: &str, pairs: &[(&str, Option<&str>)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let separator = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{separator}{}", query.finish())
}

fn check(read: &Read<'_>, caller: &Caller, request: &AuthorizeRequest) -> Result<Consent, AuthorizeError> {
    let known = oauth_clients::find(read, &request.client_id)?.filter(|client| client.secret.is_some());
    let client = known.ok_or_else(|| Error::invalid("Invalid client_id parameter value."))?;
    if client.redirect_uri != request.redirect_uri {
        return Err(Error::invalid("Mismatching redirect URI.").into());
    }
    match request.response_type.as_str() {
        "code" => {}
        "" => return Err(AuthorizeError::SentBack("invalid_request", Some("Missing response_type parameter."))),
        _ => return Err(AuthorizeError::SentBack("unsupported_response_type", None)),
    }
    let challenge_is_bad = request.code_challenge.as_deref().is_some_and(|text| !pkce::is_well_formed(text));
    let method_is_bad = request.code_challenge_method.as_deref().is_some_and(|method| !pkce::is_known_method(method));
    if method_is_bad {
        return Err(AuthorizeError::SentBack("invalid_request", Some("Transform algorithm not supported.")));
    }
    if challenge_is_bad {
        return Err(AuthorizeError::SentBack("invalid_request", Some("Malformed code_challenge.")));
    }
    let of = client_of(read, &client)?.ok_or_else(|| Error::invalid("Invalid client_id parameter value."))?;
    let access = access_scope(&of);
    if intersect(&ScopeSet::from_iter([access.clone()]), &caller.scopes, &caller.members).is_empty() {
        return Err(match of {
            ClientOf::Server(key) => AuthorizeError::Closed(key),
            ClientOf::Service(name) => {
                Error::forbidden(format!("You do not have permission to access the service {name}.")).into()
            }
        });
    }
    let within = grantable(caller, &client, &of, access)?;
    let scopes = granted(caller, &within, request.scope.as_deref())?;
    let must_ask = must_ask(read, caller, &client, &of, &scopes)?;
    Ok(Consent { client, of, scopes, must_ask, within })
}

fn client_of(read: &Read<'_>, client: &ClientRow) -> Result<Option<ClientOf>, StoreError> {
    if let Some(server) = spawners::find_by_oauth_client(read, &client.identifier)? {
        return Ok(Some(ClientOf::Server(server.key)));
    }
    Ok(services::find_by_oauth_client(read, &client.identifier)?.map(|service| ClientOf::Service(service.name)))
}

fn access_scope(of: &ClientOf) -> Scope {
    match of {
        ClientOf::Server(key) => Scope::filtered(ScopeBase::AccessServers, Filter::Server(key.clone())),
        ClientOf::Service(name) => Scope::filtered(ScopeBase::AccessServices, Filter::Service(name.clone())),
    }
}

/// What this client may be granted: who the user is, access to the client, and what it is registered for.
fn grantable(caller: &Caller, client: &ClientRow, of: &ClientOf, access: Scope) -> Result<Grantable, AuthorizeError> {
    let invalid = |_| AuthorizeError::SentBack("invalid_scope", None);
    let registered = ScopeSet::parse(&client.allowed_scopes).map_err(invalid)?;
    let identify = ScopeSet::parse(["read:users:name!user", "read:users:groups!user"]).map_err(invalid)?;
    let issued_to = match of {
        ClientOf::Server(key) => IssuedTo::Server(key.clone()),
        ClientOf::Service(name) => IssuedTo::Service(name.clone()),
    };
    let Some(name) = caller.user_name() else {
        return Err(Error::forbidden("Only people can sign in to servers.").into());
    };
    let owner = Owner::User { name: name.clone(), via: issued_to };
    let resolve = |set: &ScopeSet| expand(&resolve_owner(set, &owner));
    let identify = resolve(&identify);
    let required = identify.union(&resolve(&ScopeSet::from_iter([access])));
    let allowed = required.union(&resolve(&registered));
    Ok(Grantable { owner, members: caller.members.clone(), identify, required, allowed })
}

/// What is granted: what is asked for, cut down to what the caller holds.
fn granted(caller: &Caller, within: &Grantable, asked: Option<&str>) -> Result<ScopeSet, AuthorizeError> {
    let wanted = match asked.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => within.read(text.split_whitespace())?,
        None => within.allowed.clone(),
    };
    Ok(intersect(&wanted.union(&within.required), &caller.scopes, &caller.members).union(&within.identify))
}

// === impl Grantable ===

impl Grantable {
    /// Scopes as texts, if the client may ask for all of them.
    fn read<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> Result<ScopeSet, AuthorizeError> {
        let invalid = || AuthorizeError::SentBack("invalid_scope", None);
        let wanted = ScopeSet::parse(texts).map_err(|_| invalid())?;
        let wanted = expand(&resolve_owner(&wanted, &self.owner));
        let excess = wanted.difference(&intersect(&wanted, &self.allowed, &self.members));
        if excess.is_empty() { Ok(wanted) } else { Err(invalid()) }
    }
}

// === impl Consent ===

impl Consent {
    /// The same with what the person left ticked, and nothing else beyond what every sign-in tells.
    ///
    /// # Errors
    /// [`AuthorizeError`] where that is more than the client may ask for.
    pub fn narrowed<'a>(self, ticked: impl IntoIterator<Item = &'a str>) -> Result<Self, AuthorizeError> {
        let ticked = self.within.read(ticked)?.union(&self.within.required);
        let scopes = intersect(&ticked, &self.scopes, &self.within.members).union(&self.within.identify);
        Ok(Self { scopes, ..self })
    }
}

/// A person agrees once, before a server of somebody else or a service learns who they are. A ticket was the
/// person's own click.
fn must_ask(
    read: &Read<'_>,
    caller: &Caller,
    client: &ClientRow,
    of: &ClientOf,
    scopes: &ScopeSet,
) -> Result<bool, StoreError> {
    let Some(user) = caller.user() else { return Ok(true) };
    let by_ticket = caller.session().is_some_and(|session| session.rights != Rights::Full);
    match of {
        ClientOf::Server(key) if key.user == user.name || by_ticket => return Ok(false),
        ClientOf::Service(name)
            if services::find_by_name(read, name)?.is_some_and(|row| row.facts.oauth_no_confirm) =>
        {
            return Ok(false);
        }
        ClientOf::Server(_) | ClientOf::Service(_) => {}
    }
    let earlier = tokens::list_by_owner(read, TokenOwner::User(user.id))?;
    let now = read.now();
    let covered = earlier.iter().filter(|token| token.client_id.as_ref() == Some(&client.identifier)).any(|token| {
        let live = token.expires_at.is_none_or(|end| end > now);
        live && ScopeSet::parse(&token.scopes).is_ok_and(|held| scopes.difference(&held).is_empty())
    });
    Ok(!covered)
}
