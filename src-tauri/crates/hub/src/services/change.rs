//! Adding and removing services while the hub runs, and starting one anew that the hub keeps running. Owns the checks
//! of what the caller may give away; services of the configuration are not to be changed from here.

use labdeck_model::scope::{Owner, ScopeBase, ScopeSet, expand, find_base_role, intersect, resolve_owner};
use labdeck_model::{Event, ServiceName};
use labdeck_store::tables::oauth_clients;
use labdeck_store::tables::services;
use labdeck_store::tables::tokens::{self, NewToken, TokenOwner};
use labdeck_store::{TokenHash, Tx};
use serde_json::Value;

use super::routes;
use super::wish::Wish;
use crate::authz::{Caller, Who};
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::seed::{self, NewServiceClient};
use crate::tasks;
use crate::tokens::not_held;

/// What the token of an added service is called.
const NOTE: &str = "Given when the service was added";

/// Adds a service, and leads to it if it has an address. Whether it answers is looked at in the background: JupyterHub
/// holds the answer back for that.
///
/// # Errors
/// 409 for a name that is taken; 400 for what cannot be, and for rights that the caller has not.
pub async fn create(ctx: &Context, caller: &Caller, name: &ServiceName, body: &Value) -> Result<()> {
    let taken = move |name: &ServiceName| Error::conflict(format!("Service {name} already exists"));
    if ctx.services.find(name).is_some() {
        return Err(taken(name));
    }
    let wish = Wish::read(name, body)?;
    check_rights(caller, &wish)?;
    let token = wish.api_token.clone();
    // Slow on purpose, and so not inside the store's one writer.
    let hash = tasks::blocking(move || token.map(|token| TokenHash::of_configured(token.expose()))).await;
    let (wanted, base_url) = (name.clone(), ctx.config.base_url.clone());
    let row = ctx
        .store
        .write(move |tx| {
            if services::find_by_name(tx, &wanted)?.is_some() {
                return Err(taken(&wanted));
            }
            check_free(tx, &wish)?;
            let Wish { facts, client_id: identifier, redirect_uri, .. } = wish;
            let client = NewServiceClient { identifier, redirect_uri, secret: hash.clone() };
            let row = seed::put_service_row(tx, &wanted, facts, client, &base_url)?;
            if let Some(hash) = hash {
                let owner = TokenOwner::Service(row.id);
                let scopes = find_base_role("token").map(|role| role.scope_set().to_texts()).unwrap_or_default();
                tokens::create(tx, &NewToken { note: NOTE.to_owned(), scopes, ..NewToken::new(owner, hash) })?;
            }
            tx.emit(Event::ServicesChanged);
            Ok(row)
        })
        .await?;
    ctx.services.put(row, ctx.clock.now());
    tracing::info!(service.name = %name, "{} added the service {name}", caller.label());
    Ok(routes::reconcile(ctx).await?)
}

/// Removes a service that was added while the hub ran: its route, its tokens, its client and what was issued through
/// that are gone when this returns. (JupyterHub leaves the route until it is looked at next.)
///
/// # Errors
/// 404 for none, 405 for one of the configuration.
pub async fn delete(ctx: &Context, caller: &Caller, name: &ServiceName) -> Result<()> {
    let wanted = name.clone();
    ctx.store
        .write(move |tx| {
            let missing = || Error::not_found(format!("Service {wanted} does not exist"));
            let row = services::find_by_name(tx, &wanted)?.ok_or_else(missing)?;
            if row.facts.from_config {
                return Err(Error::new(Kind::Fixed, format!("Service {wanted} is not modifiable at runtime")));
            }
            seed::remove_service(tx, &row)?;
            tx.emit(Event::ServicesChanged);
            Ok(())
        })
        .await?;
    ctx.services.remove(name);
    tracing::info!(service.name = %name, "{} removed the service {name}", caller.label());
    Ok(routes::reconcile(ctx).await?)
}

/// Has a service ended and started again that the hub keeps running.
///
/// # Errors
/// 404 for none, 400 for one that somebody else starts.
pub fn restart(ctx: &Context, caller: &Caller, name: &ServiceName) -> Result<()> {
    let entry = ctx.services.find(name).ok_or_else(|| Error::not_found(format!("No such service: {name}")))?;
    let Some(run) = entry.run else {
        let words = format!("The hub does not start the service {name}; start it again where it runs.");
        return Err(Error::invalid(words));
    };
    tracing::info!(service.name = %name, "{} starts the service {name} again", caller.label());
    // Full means that it was asked already.
    let _ = run.again.try_send(());
    Ok(())
}

/// Nobody gives a service more than they have.
fn check_rights(caller: &Caller, wish: &Wish) -> Result<()> {
    let mut given = ScopeSet::parse(&wish.facts.oauth_client_allowed_scopes).unwrap_or_default();
    if wish.facts.admin {
        given = given.union(&find_base_role("admin").map(|role| role.scope_set()).unwrap_or_default());
    }
    // `self` and bare filters are measured by what they mean for the caller, as in JupyterHub.
    let (given, holder) = match &caller.who {
        Who::User(user) => (resolve_owner(&given, &Owner::user(user.name.clone())), format!("User {}", user.name)),
        Who::Service(row) => {
            (resolve_owner(&given, &Owner::service(row.name.clone())), format!("Service {}", row.name))
        }
        Who::Window => {
            let all = given.iter().filter(|scope| scope.base != ScopeBase::SelfScope);
            (all.cloned().collect(), caller.label())
        }
    };
    let given = expand(&given);
    let excess = given.difference(&intersect(&given, &caller.scopes, &caller.members));
    if excess.is_empty() { Ok(()) } else { Err(not_held(&excess, &holder)) }
}

/// Two holders of one token, or two owners of one client, could not be told apart.
fn check_free(tx: &Tx<'_>, wish: &Wish) -> Result<()> {
    if oauth_clients::find(tx, &wish.client_id)?.is_some() {
        return Err(Error::invalid(format!("service.oauth_client_id: {} is another service's", wish.client_id)));
    }
    let known = match &wish.api_token {
        Some(token) => tokens::find_by_token(tx, token.expose())?,
        None => None,
    };
    match known {
        Some(_) => Err(Error::invalid("service.api_token is somebody else's; give each service a token of its own")),
        None => Ok(()),
    }
}
