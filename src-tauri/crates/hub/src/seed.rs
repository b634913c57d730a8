//! What the configuration puts into the store at each start: roles, services, tokens, users.

mod given;

use labdeck_model::scope::find_base_role;
use labdeck_model::{RoleName, ServiceName, quote_path_part};
use labdeck_store::tables::groups::{self, GroupRow};
use labdeck_store::tables::oauth_clients::{self, NewClient};
use labdeck_store::tables::roles::{self, AssignedBy, Holder};
use labdeck_store::tables::services::{self, ServiceFacts, ServiceRow};
use labdeck_store::tables::tokens::{self, NewToken, TokenOwner};
use labdeck_store::tables::users::{self, UserRow};
use labdeck_store::{Read, StoreError, TokenHash, Tx};

use self::given::Given;
use crate::config::{Config, RoleSettings, ServiceSettings};

/// What tokens of the configuration are called, so that the next start finds and replaces them.
const NOTE: &str = "From the configuration";
/// What the OAuth client of a service is called before its name, by JupyterHub and on the wire.
pub(crate) const SERVICE_CLIENT: &str = "JupyterHub service ";

/// Brings the store in line with the configuration. What vanished from the configuration goes; what people made
/// stays.
///
/// # Errors
/// When the store fails.
pub(crate) fn apply(tx: &mut Tx<'_>, config: &Config) -> Result<(), StoreError> {
    for name in config.rules.admin_users.iter().chain(&config.rules.allowed_users) {
        let user = match users::find_by_name(tx, name)? {
            Some(user) => user,
            None => users::create(tx, name)?,
        };
        if config.rules.makes_admin(name) && !user.admin {
            users::set_admin(tx, user.id, true)?;
        }
    }
    remove_services(tx, config)?;
    for service in &config.services {
        put_service(tx, service, &config.base_url)?;
    }
    for entry in &config.api_tokens {
        let user = match users::find_by_name(tx, &entry.user)? {
            Some(user) => user,
            None => users::create(tx, &entry.user)?,
        };
        put_token(tx, TokenOwner::User(user.id), entry.token.expose())?;
    }
    let kept: Vec<RoleName> = config.roles.iter().map(|role| role.name.clone()).collect();
    roles::delete_absent(tx, &kept)?;
    let mut given = Given::of_last_start(tx)?;
    for role in &config.roles {
        put_role(tx, role, &mut given)?;
    }
    given.save(tx)
}

/// What vanished goes, with its tokens, its client and whatever was issued through that.
fn remove_services(tx: &mut Tx<'_>, config: &Config) -> Result<(), StoreError> {
    for row in services::list(tx)?.into_iter().filter(|row| row.facts.from_config) {
        if config.services.iter().all(|service| service.name != row.name) {
            remove_service(tx, &row)?;
        }
    }
    Ok(())
}

/// Removes a service with everything that it, or anybody through it, could speak with.
///
/// # Errors
/// When the store fails.
pub(crate) fn remove_service(tx: &mut Tx<'_>, row: &ServiceRow) -> Result<(), StoreError> {
    if let Some(client) = &row.facts.oauth_client_id {
        oauth_clients::delete(tx, client)?;
    }
    services::delete(tx, row.id)?;
    tx.require_sync();
    Ok(())
}

fn put_service(tx: &mut Tx<'_>, wanted: &ServiceSettings, base_url: &str) -> Result<(), StoreError> {
    let run = wanted.run.as_ref();
    let facts = ServiceFacts {
        admin: wanted.admin,
        url: wanted.url.clone(),
        oauth_client_allowed_scopes: wanted.oauth_client_allowed_scopes.to_texts(),
        info: wanted.info.clone(),
        display: wanted.display,
        oauth_no_confirm: wanted.oauth_no_confirm,
        command: run.map(|run| run.command.clone()).unwrap_or_default(),
        cwd: run.and_then(|run| run.cwd.as_ref()).map(|cwd| cwd.display().to_string()),
        environment: run.map(|run| run.environment.clone()).unwrap_or_default(),
        user: run.and_then(|run| run.user.clone()),
        timeout_seconds: u32::try_from(wanted.timeout.as_secs()).unwrap_or(u32::MAX),
        from_config: true,
        oauth_client_id: None,
    };
    // One of this name that was added while the hub ran is another one: what it could speak with goes.
    if let Some(row) = services::find_by_name(tx, &wanted.name)?.filter(|row| !row.facts.from_config) {
        remove_service(tx, &row)?;
    }
    let secret = wanted.api_token.as_ref().map(|token| TokenHash::of_configured(token.expose()));
    let client = NewServiceClient {
        identifier: wanted.oauth_client_id.clone(),
        redirect_uri: wanted.oauth_redirect_uri.clone(),
        secret,
    };
    let row = put_service_row(tx, &wanted.name, facts, client, base_url)?;
    match &wanted.api_token {
        Some(token) => put_token(tx, TokenOwner::Service(row.id), token.expose()),
        None => drop_tokens(tx, TokenOwner::Service(row.id)),
    }
}

/// The OAuth client of a service.
#[derive(Debug)]
pub(crate) struct NewServiceClient {
    /// Its `client_id`.
    pub identifier: String,
    /// Where codes are sent to; `None` is `oauth_callback` below the service's own address.
    pub redirect_uri: Option<String>,
    /// The hash of its secret; `None` until it is started, or for ever.
    pub secret: Option<TokenHash>,
}

/// Adds or changes a service with its client, which it has if browsers can come back to it.
///
/// # Errors
/// When the store fails.
pub(crate) fn put_service_row(
    tx: &mut Tx<'_>,
    name: &ServiceName,
    facts: ServiceFacts,
    client: NewServiceClient,
    base_url: &str,
) -> Result<ServiceRow, StoreError> {
    let earlier = services::find_by_name(tx, name)?.and_then(|row| row.facts.oauth_client_id);
    let own = || format!("{base_url}services/{}/oauth_callback", quote_path_part(name.as_str()));
    let redirect_uri = client.redirect_uri.or_else(|| facts.url.as_ref().map(|_| own()));
    let identifier = redirect_uri.as_ref().map(|_| client.identifier.clone());
    if let Some(redirect_uri) = redirect_uri {
        let description = format!("{SERVICE_CLIENT}{name}");
        let allowed_scopes = facts.oauth_client_allowed_scopes.clone();
        let NewServiceClient { identifier, secret, .. } = client;
        oauth_clients::upsert(tx, &NewClient { identifier, description, secret, redirect_uri, allowed_scopes })?;
    }
    let row = services::upsert(tx, name, &ServiceFacts { oauth_client_id: identifier.clone(), ..facts })?;
    if let Some(earlier) = earlier.filter(|earlier| Some(earlier) != identifier.as_ref()) {
        oauth_clients::delete(tx, &earlier)?;
    }
    Ok(row)
}

/// What the configuration gave once, and gives no more.
fn drop_tokens(tx: &mut Tx<'_>, owner: TokenOwner) -> Result<(), StoreError> {
    for row in tokens::list_by_owner(tx, owner)?.into_iter().filter(|row| row.note == NOTE) {
        tokens::delete(tx, row.id)?;
    }
    Ok(())
}

/// Keeps a token that is there already: hashing a configured one is slow on purpose, and its activity is of use.
fn put_token(tx: &mut Tx<'_>, owner: TokenOwner, token: &str) -> Result<(), StoreError> {
    let earlier: Vec<_> = tokens::list_by_owner(tx, owner)?.into_iter().filter(|row| row.note == NOTE).collect();
    let (same, other): (Vec<_>, Vec<_>) = earlier.into_iter().partition(|row| row.hash.matches(token));
    for row in other {
        tokens::delete(tx, row.id)?;
    }
    if same.is_empty() {
        let scopes = find_base_role("token").map(|role| role.scope_set().to_texts()).unwrap_or_default();
        let new = NewToken { note: NOTE.to_owned(), scopes, ..NewToken::new(owner, TokenHash::of_configured(token)) };
        tokens::create(tx, &new)?;
    }
    Ok(())
}

fn put_role(tx: &mut Tx<'_>, wanted: &RoleSettings, given: &mut Given) -> Result<(), StoreError> {
    let built_in = find_base_role(wanted.name.as_str());
    let scopes = match (&wanted.scopes, built_in) {
        (Some(scopes), _) => scopes.to_texts(),
        (None, Some(base)) => base.scope_set().to_texts(),
        (None, None) => Vec::new(),
    };
    let description = wanted.description.clone().unwrap_or_default();
    let role = roles::upsert(tx, &wanted.name, &description, &scopes)?;
    let all = holders(tx, wanted)?;
    for earlier in given.earlier(role.id, roles::list_holders(tx, role.id)?) {
        if all.contains(&earlier) {
            given.note(role.id, earlier);
        } else {
            roles::unassign(tx, role.id, earlier)?;
        }
    }
    for holder in all {
        if roles::assign(tx, role.id, holder, AssignedBy::Hub)? {
            given.note(role.id, holder);
        }
    }
    Ok(())
}

/// Gives a new group the roles that the configuration names it in.
///
/// # Errors
/// When the store fails.
pub(crate) fn assign_group_roles(tx: &mut Tx<'_>, wanted: &[RoleSettings], group: &GroupRow) -> Result<(), StoreError> {
    for role in wanted.iter().filter(|role| role.groups.contains(&group.name)) {
        give_now(tx, &role.name, Holder::Group(group.id))?;
    }
    Ok(())
}

/// Gives a role between two starts in the name of the configuration, which takes it back if it does not say so any more.
fn give_now(tx: &mut Tx<'_>, role: &RoleName, holder: Holder) -> Result<(), StoreError> {
    let Some(role) = roles::find_by_name(tx, role)? else { return Ok(()) };
    if roles::assign(tx, role.id, holder, AssignedBy::Hub)? {
        let mut given = Given::of_last_start(tx)?;
        given.keep();
        given.note(role.id, holder);
        given.save(tx)?;
    }
    Ok(())
}

/// Gives a new user the roles that the configuration names them in.
///
/// # Errors
/// When the store fails.
pub(crate) fn assign_roles(tx: &mut Tx<'_>, wanted: &[RoleSettings], user: &UserRow) -> Result<(), StoreError> {
    for role in wanted.iter().filter(|role| role.users.contains(&user.name)) {
        give_now(tx, &role.name, Holder::User(user.id))?;
    }
    Ok(())
}

/// Who shall hold a role; names that nobody has are told and left out.
fn holders(read: &Read<'_>, wanted: &RoleSettings) -> Result<Vec<Holder>, StoreError> {
    let mut holders = Vec::new();
    for name in &wanted.users {
        match users::find_by_name(read, name)? {
            Some(user) => holders.push(Holder::User(user.id)),
            None => {
                tracing::warn!(role.name = %wanted.name, "Role {} names the user {name}, who does not exist yet", wanted.name)
            }
        }
    }
    for name in &wanted.groups {
        match groups::find_by_name(read, name)? {
            Some(group) => holders.push(Holder::Group(group.id)),
            None => {
                tracing::warn!(role.name = %wanted.name, "Role {} names the group {name}, which does not exist yet", wanted.name)
            }
        }
    }
    for name in &wanted.services {
        if let Some(service) = find_service(read, name)? {
            holders.push(service);
        }
    }
    Ok(holders)
}

fn find_service(read: &Read<'_>, name: &ServiceName) -> Result<Option<Holder>, StoreError> {
    Ok(services::find_by_name(read, name)?.map(|service| Holder::Service(service.id)))
}
